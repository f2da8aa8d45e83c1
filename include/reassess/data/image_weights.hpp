// Weights of images: which are valid, and their check.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Whether a weight is 0 or in [1e-100, 1e100], so that no sum of squares overflows or vanishes. Compares bits, so that
/// -ffast-math has no effect on NaN.
[[nodiscard]] REASSESS_HOST_DEVICE inline bool is_weight(double weight) noexcept
{
    // The bits of numbers that are not negative are in the order of the numbers.
    const auto bits = __builtin_bit_cast(std::uint64_t, weight);
    const bool is_zero = bits << 1 == 0;
    return is_zero ||
           (bits >= __builtin_bit_cast(std::uint64_t, 1e-100) && bits <= __builtin_bit_cast(std::uint64_t, 1e100));
}

/// Throws std::out_of_range for the first invalid weight. `first_image` is the number of the first image in the
/// message.
inline void check_weights(std::span<const double> weights, std::uint64_t first_image)
{
    for (std::size_t image = 0; image < weights.size(); ++image)
        expects<std::out_of_range>(is_weight(weights[image]), "the weight of image ", first_image + image, " is ",
                                   weights[image], ", expected 0 or a number in [1e-100, 1e100]");
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
