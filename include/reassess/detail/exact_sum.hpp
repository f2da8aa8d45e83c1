// Exact floating-point summation in integer limbs: adding and merging are exact and independent of the order.
#pragma once

#include "../version.hpp"
#include "config.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Number of limbs of an exact sum of non-negative finite doubles: limb i counts multiples of 2^(32 i - 1074). Covers
/// the range of binary64 and 2^64 summands. The limbs are plain counters, so a backend's `accumulate` adds to them.
inline constexpr std::size_t exact_sum_limbs = 68;

/// Calls add(limb, amount) for the parts of x, which must be finite and not negative. Amounts are below 2^32, so
/// `carry_exact_sum` is needed only after 2^31 summands.
template <class Add>
REASSESS_HOST_DEVICE void split_exactly(double x, Add add) noexcept
{
    const auto bits = __builtin_bit_cast(std::uint64_t, x);
    const std::uint64_t fraction = bits & 0x000fffffffffffffU;
    const auto exponent = static_cast<std::size_t>(bits >> 52 & 0x7ffU);
    const std::uint64_t significand = exponent == 0 ? fraction : fraction | 0x0010000000000000U;
    const std::size_t shift = exponent == 0 ? 0 : exponent - 1;  // in units of 2^-1074
    const std::size_t limb = shift / 32;
    const std::size_t offset = shift % 32;
    const std::uint64_t low = (significand & 0xffffffffU) << offset;
    const std::uint64_t high = (significand >> 32 << offset) + (low >> 32);
    add(limb, low & 0xffffffffU);
    add(limb + 1, high & 0xffffffffU);
    add(limb + 2, high >> 32);
}

/// Normalises the limbs to values below 2^32, so that equal sums have equal limbs.
REASSESS_HOST_DEVICE inline void carry_exact_sum(std::uint64_t* limbs) noexcept
{
    for (std::size_t i = 0; i + 1 < exact_sum_limbs; ++i) {
        limbs[i + 1] += limbs[i] >> 32;
        limbs[i] &= 0xffffffffU;
    }
}

/// The sum, rounded once to the nearest double (ties to even); infinity on overflow. Requires normalised limbs.
inline double value_of_exact_sum(std::span<const std::uint64_t, exact_sum_limbs> limbs) noexcept
{
    std::size_t top = limbs.size();
    while (top > 0 && limbs[top - 1] == 0) --top;
    if (top == 0) return 0.0;
    const auto limb = [&](std::size_t below_top) { return below_top < top ? limbs[top - 1 - below_top] : 0; };
    // The leading 64 bits. Their lowest bit is set if any later bit is (sticky bit), which is enough for correct
    // rounding.
    const int zeros = std::countl_zero(limb(0) << 32);
    std::uint64_t leading = (limb(0) << 32 | limb(1)) << zeros | (limb(2) << zeros >> 32);
    bool more = (limb(2) << zeros & 0xffffffffU) != 0;
    for (std::size_t i = 3; i < top; ++i) more |= limb(i) != 0;
    leading |= static_cast<std::uint64_t>(more);
    const int exponent = 32 * (static_cast<int>(top) - 2) - zeros - 1074;
    return std::ldexp(static_cast<double>(leading), exponent);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
