// targets_view: the labels that predictions are compared with (original labels, ReaL label sets, or both).
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"
#include "optional_view.hpp"
#include "original_labels_view.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The original labels of some images, their ReaL label sets, or both. Metrics of absent labels are not computed.
/// Written as `{.original = labels, .real = sets}`. Not owned, except labels of an integer type other than class_index,
/// which original_labels_view converts.
struct targets_view {
    original_labels_view original{};
    optional_view<label_sets_view> real{};
    /// A weight per image, 0 or in [1e-100, 1e100], for metrics that request weights; all others ignore it.
    optional_view<std::span<const double>> weights{};

    /// Number of images; 0 if no labels are given.
    [[nodiscard]] std::size_t images() const noexcept
    {
        return real ? real->images() : original ? original->size() : 0;
    }

    /// Throws std::invalid_argument if the original labels, the label sets or the weights are given for another number
    /// of images than `images`; `what` names the argument that has `images` images.
    void expect_images(std::size_t images, const char* what) const
    {
        detail::expects(!original || original->size() == images, what, " have ", images,
                        " images, the original labels have ", original ? original->size() : 0);
        detail::expects(!real || real->images() == images, what, " have ", images, " images, the label sets have ",
                        real ? real->images() : 0);
        detail::expects(!weights || weights->size() == images, what, " have ", images, " images, but there are ",
                        weights->size(), " weights");
    }

    /// The labels of images first .. first + count - 1. Throws std::out_of_range if there are fewer images.
    [[nodiscard]] targets_view slice(std::size_t first, std::size_t count) const
    {
        targets_view part{.original = original.slice(first, count)};
        if (real) part.real = real->slice(first, count);
        if (weights) {
            detail::expects<std::out_of_range>(first <= weights->size() && count <= weights->size() - first,
                                               "weights: images [", first, ", ", first, " + ", count,
                                               ") were requested, expected a part of [0, ", weights->size(), ")");
            part.weights = weights->subspan(first, count);
        }
        return part;
    }
};

namespace detail {

template <class Targets>
concept no_targets = !std::convertible_to<const Targets&, targets_view>;

/// Ends the compilation, with a message that says what to write, for labels without their kind.
template <class Targets>
constexpr void expect_targets() noexcept
{
    static_assert(!no_targets<Targets>,
                  "targets say which labels they are: use {.original = labels}, {.real = sets.view()} or both");
}

/// Throws std::invalid_argument unless `classes` is in [1, 2^31 - 1].
inline void check_classes(std::size_t classes)
{
    expects(classes > 0, "the number of classes is 0, expected 1 to 2^31 - 1");
    expects(classes <= static_cast<std::size_t>(std::numeric_limits<class_index>::max()), classes,
            " classes, expected at most 2^31 - 1");
}

/// Whether every label is in [0, classes) and every original label is in [0, classes) or missing. Branch-free per
/// label, so that the loops are vectorised.
inline bool has_classes_only(const targets_view& targets, std::size_t classes) noexcept
{
    bool every = true;
    if (targets.original) {
        // missing_label + 1 is 0, so one comparison checks both cases.
        for (const class_index label : *targets.original) every &= static_cast<std::uint32_t>(label) + 1U <= classes;
    }
    if (targets.real) {
        const class_index* const first = targets.real->classes() + targets.real->first_label();
        const std::span<const class_index> labels(first, static_cast<std::size_t>(targets.real->labels()));
        for (const class_index label : labels) every &= static_cast<std::uint32_t>(label) < classes;
    }
    return every;
}

enum class invalid_label : unsigned char { none, original, real };

/// The first label of one image that is outside [0, classes) (the original label may be missing_label): its kind, and
/// its value in `*value`. Pointers are null if the labels are absent. Runs on every backend.
REASSESS_HOST_DEVICE inline invalid_label find_invalid_label(const class_index* original, const std::uint64_t* offsets,
                                                             const class_index* labels, std::size_t classes,
                                                             std::size_t image, std::int64_t* value) noexcept
{
    const auto is_class = [&](class_index label) {
        *value = label;
        return label >= 0 && static_cast<std::size_t>(label) < classes;
    };
    if (original != nullptr && original[image] != missing_label && !is_class(original[image]))
        return invalid_label::original;
    if (offsets != nullptr) {
        for (std::uint64_t j = offsets[image]; j < offsets[image + 1]; ++j) {
            if (!is_class(labels[j])) return invalid_label::real;
        }
    }
    return invalid_label::none;
}

/// Throws std::out_of_range for the first image with a label outside [0, classes); original labels may be
/// missing_label. `first_image` is the number of the first image in the message.
inline void check_labels(const targets_view& targets, std::size_t classes, std::uint64_t first_image)
{
    if (has_classes_only(targets, classes)) return;
    const class_index* const original = targets.original ? targets.original->data() : nullptr;
    const std::uint64_t* const offsets = targets.real ? targets.real->offsets() : nullptr;
    const class_index* const labels = targets.real ? targets.real->classes() : nullptr;
    std::int64_t value = 0;
    for (std::size_t image = 0; image < targets.images(); ++image) {
        const invalid_label found = find_invalid_label(original, offsets, labels, classes, image, &value);
        expects<std::out_of_range>(found == invalid_label::none,
                                   found == invalid_label::original ? "original label " : "ReaL label ", value,
                                   " of image ", first_image + image, " is outside [0, ", classes, ")");
    }
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
