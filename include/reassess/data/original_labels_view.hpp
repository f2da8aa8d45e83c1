// One original label per image, of any integer type, or no original labels.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "labels.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

/// A contiguous range of integers that are not class_index: std::vector<std::int64_t>, std::span<const std::uint16_t>.
template <class Range>
concept other_integers = requires(const Range& range)
{
    requires std::integral<std::remove_cvref_t<decltype(*std::data(range))>>;
    requires !std::same_as<std::remove_cvref_t<decltype(*std::data(range))>, class_index>;
    requires !std::same_as<std::remove_cvref_t<decltype(*std::data(range))>, bool>;
    std::size(range);
};

}  // namespace detail

/// One original label per image, or no labels. Used like std::optional<std::span<const class_index>>.
///
/// Labels of type class_index (std::int32_t) are not copied and must outlive the view. Labels of another integer type
/// are converted by to_class_indices when the view is made; copies and slices of the view share the converted labels.
class original_labels_view {
public:
    /// No labels.
    original_labels_view() = default;
    /// Another view that converts, e.g. std::span<class_index>.
    template <std::convertible_to<std::span<const class_index>> Source>
        requires(!std::same_as<std::remove_cvref_t<Source>, original_labels_view> &&
                 std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    original_labels_view(Source&& source) : labels_(std::forward<Source>(source)), has_value_(true) {}
    /// An owner of class_index values, e.g. std::vector<class_index>. A temporary is valid until the end of the call
    /// that it is an argument of. clang++ warns (-Wdangling) about a named view of a temporary; g++ does not.
    template <std::convertible_to<std::span<const class_index>> Source>
        requires(!std::same_as<std::remove_cvref_t<Source>, original_labels_view> &&
                 !std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    original_labels_view(Source&& source REASSESS_LIFETIMEBOUND)
        : labels_(std::forward<Source>(source)), has_value_(true)
    {
    }
    /// Labels of another integer type, converted by to_class_indices: -1 of a signed type stays missing_label. Throws
    /// std::out_of_range for any other value outside [0, 2^31) and names the image. O(images).
    template <detail::other_integers Source>
    original_labels_view(const Source& source)
        : converted_(std::make_shared<const std::vector<class_index>>(
              to_class_indices(std::span<const std::remove_cvref_t<decltype(*std::data(source))>>(std::data(source),
                                                                                                  std::size(source))))),
          labels_(*converted_),
          has_value_(true)
    {
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    explicit operator bool() const noexcept { return has_value_; }
    /// The labels; empty if there are none.
    [[nodiscard]] const std::span<const class_index>& operator*() const noexcept { return labels_; }
    [[nodiscard]] const std::span<const class_index>* operator->() const noexcept { return &labels_; }

    /// The labels of images first .. first + count - 1; no labels if this view has none. Throws std::out_of_range if
    /// there are fewer images.
    [[nodiscard]] original_labels_view slice(std::size_t first, std::size_t count) const
    {
        original_labels_view part = *this;
        if (!has_value_) return part;
        detail::expects<std::out_of_range>(first <= labels_.size() && count <= labels_.size() - first,
                                           "original labels: images [", first, ", ", first, " + ", count,
                                           ") were requested, expected a part of [0, ", labels_.size(), ")");
        part.labels_ = labels_.subspan(first, count);
        return part;
    }

private:
    std::shared_ptr<const std::vector<class_index>> converted_{};
    std::span<const class_index> labels_{};
    bool has_value_ = false;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
