// What a model is scored against.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"
#include "optional_view.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The labels of some images: the original ones, the ReaL label sets, or both. What is not given, is not evaluated.
/// Not owned; trivially copyable. Written as `{.original = labels, .real = sets.view()}`.
struct targets_view {
    optional_view<std::span<const class_index>> original{};
    optional_view<label_sets_view> real{};

    /// Throws std::invalid_argument unless every part that is given has `images` images; `what` names whose number that
    /// is.
    void expect_images(std::size_t images, const char* what) const
    {
        detail::expects(!original || original->size() == images, what, " have ", images, " images, original labels ",
                        original ? original->size() : 0);
        detail::expects(!real || real->images() == images, what, " have ", images, " images, label sets ",
                        real ? real->images() : 0);
    }

    /// The labels of images first .. first + count - 1. Throws std::out_of_range if there are not so many.
    [[nodiscard]] targets_view slice(std::size_t first, std::size_t count) const
    {
        targets_view part;
        if (original) {
            detail::expects<std::out_of_range>(first <= original->size() && count <= original->size() - first,
                                               "original labels of images ", first, " to ", first + count, " of ",
                                               original->size(), " were asked for");
            part.original = original->subspan(first, count);
        }
        if (real) part.real = real->slice(first, count);
        return part;
    }
};

namespace detail {

/// Throws std::invalid_argument for a number of classes that cannot be.
inline void check_classes(std::size_t classes)
{
    expects(classes > 0, "no classes");
    expects(classes <= static_cast<std::size_t>(std::numeric_limits<class_index>::max()), classes,
            " classes, wanted at most 2^31 - 1");
}

/// Whether every label is a class or, of the original ones, missing. No branch for each label, as all are looked at.
inline bool has_classes_only(const targets_view& targets, std::size_t classes) noexcept
{
    bool every = true;
    if (targets.original) {
        // One more than the label, which is 0 where it is missing.
        for (const class_index label : *targets.original) every &= static_cast<std::uint32_t>(label) + 1U <= classes;
    }
    if (targets.real) {
        const class_index* const first = targets.real->classes() + targets.real->first_label();
        const std::span<const class_index> labels(first, static_cast<std::size_t>(targets.real->labels()));
        for (const class_index label : labels) every &= static_cast<std::uint32_t>(label) < classes;
    }
    return every;
}

/// Throws std::out_of_range for the first label that is neither a class nor, for original labels, missing.
inline void check_labels(const targets_view& targets, std::size_t classes, std::uint64_t first_image)
{
    if (has_classes_only(targets, classes)) return;
    const auto check = [&](class_index label, std::size_t image) {
        expects<std::out_of_range>(label >= 0 && static_cast<std::size_t>(label) < classes, "label ", label,
                                   " of image ", first_image + image, " is not in [0, ", classes, ")");
    };
    if (targets.original) {
        for (std::size_t image = 0; image < targets.original->size(); ++image) {
            const class_index label = (*targets.original)[image];
            if (label != missing_label) check(label, image);
        }
    }
    if (targets.real) {
        for (std::size_t image = 0; image < targets.real->images(); ++image) {
            // Sets are ascending and without negative classes, so the last one decides.
            if (const auto set = (*targets.real)[image]; !set.empty()) check(set.back(), image);
        }
    }
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
