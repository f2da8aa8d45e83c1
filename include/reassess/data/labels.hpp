// Class indices, and the original labels: one class index per image, -1 for a missing label.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The index of a class: 0 .. classes - 1.
using class_index = std::int32_t;

/// Marks an image without an original label. Metrics of the original label exclude such images and count them
/// (missing_labels()).
inline constexpr class_index missing_label = -1;

namespace detail {

/// Whether `value` is among values[0] .. values[count - 1]. Not std::find, because device code cannot call it.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE bool is_among(const T* values, std::size_t count, T value) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i] == value) return true;
    }
    return false;
}

}  // namespace detail

/// Converts labels of any integer type to class indices, which every metric reads.
///
/// -1 in a signed type becomes `missing_label`, and so does every value equal to `ignore_label`, if it is given (for
/// example 65535 in unsigned 16-bit files, -100 or 255 in training code). Throws std::out_of_range, naming the image,
/// for any other value below 0 or above 2^31 - 1. O(images).
template <std::integral Integer>
[[nodiscard]] std::vector<class_index> to_class_indices(std::span<const Integer> labels,
                                                        std::type_identity_t<std::optional<Integer>> ignore_label = {})
{
    std::vector<class_index> indices(labels.size());
    for (std::size_t image = 0; image < labels.size(); ++image) {
        const Integer label = labels[image];
        const bool missing =
            (ignore_label && label == *ignore_label) || (std::is_signed_v<Integer> && label == Integer(-1));
        detail::expects<std::out_of_range>(missing || (std::in_range<class_index>(label) && !std::cmp_less(label, 0)),
                                           "label ", label, " of image ", image,
                                           " is not a class index, expected 0 to 2147483647 or -1 (no label); if it "
                                           "means no label, give it as ignore_label");
        indices[image] = missing ? missing_label : static_cast<class_index>(label);
    }
    return indices;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
