// Class indices, and one original label per image: std::span<const class_index>, -1 where there is none.
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

/// The number of a class: 0 .. classes - 1.
using class_index = std::int32_t;

/// Stands for "this image has no original label". The image is left out of metrics of the original label, and counted.
inline constexpr class_index missing_label = -1;

namespace detail {

/// Whether a value is among others. Not std::find, which a device may not call.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE bool is_among(const T* values, std::size_t count, T value) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i] == value) return true;
    }
    return false;
}

}  // namespace detail

/// Labels of any integer type as class indices, the form that every metric reads.
///
/// -1 in a signed type stays `missing_label`; so does every value equal to `ignore_label`, if one is named (65535 in
/// unsigned 16-bit files, -100 or 255 in training code). Throws std::out_of_range for any other value that
/// no class can have (below 0, or above 2^31 - 1) and names the image. O(images).
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
                                           "label ", label, " of image ", image, " is not a class index");
        indices[image] = missing ? missing_label : static_cast<class_index>(label);
    }
    return indices;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
