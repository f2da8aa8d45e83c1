// Scores as the numbers in which kernels compare them.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"
#include "float16.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

// NaN is asked of the bits, so that the answer holds under -ffast-math too.
REASSESS_HOST_DEVICE inline bool is_nan(float x) noexcept
{
    return (__builtin_bit_cast(std::uint32_t, x) & 0x7fffffffU) > 0x7f800000U;
}
REASSESS_HOST_DEVICE inline bool is_nan(double x) noexcept
{
    return (__builtin_bit_cast(std::uint64_t, x) & 0x7fffffffffffffffU) > 0x7ff0000000000000U;
}
REASSESS_HOST_DEVICE inline bool is_nan(half x) noexcept
{
    return (x.bits & 0x7fffU) > 0x7c00U;
}
REASSESS_HOST_DEVICE inline bool is_nan(bfloat16 x) noexcept
{
    return (x.bits & 0x7fffU) > 0x7f80U;
}
REASSESS_HOST_DEVICE inline bool is_nan(std::int8_t) noexcept
{
    return false;
}
REASSESS_HOST_DEVICE inline bool is_nan(std::uint8_t) noexcept
{
    return false;
}

/// The type in which T is compared: float and double themselves, signed integers of their size for the others.
template <class T>
using comparable_t =
    std::conditional_t<sizeof(T) == 1, std::int8_t, std::conditional_t<sizeof(T) == 2, std::int16_t, T>>;

/// A number that compares as the score does. Not for NaN. -0 equals 0.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE inline comparable_t<T> comparable(T x) noexcept
{
    if constexpr (sizeof(T) == 2) {
        const int magnitude = x.bits & 0x7fff;
        return static_cast<std::int16_t>((x.bits & 0x8000) != 0 ? -magnitude : magnitude);
    } else if constexpr (std::is_same_v<T, std::uint8_t>) {
        return static_cast<std::int8_t>(x - 128);
    } else {
        return x;
    }
}

/// The score as a number, exactly.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE inline double real_value(T x) noexcept
{
    if constexpr (sizeof(T) == 2) {
        return static_cast<double>(static_cast<float>(x));
    } else {
        return static_cast<double>(x);
    }
}

/// Not above any score.
template <class T>
inline constexpr comparable_t<T> least_comparable = std::numeric_limits<comparable_t<T>>::has_infinity
                                                        ? -std::numeric_limits<comparable_t<T>>::infinity()
                                                        : std::numeric_limits<comparable_t<T>>::lowest();

/// Not below any score.
template <class T>
inline constexpr comparable_t<T> greatest_comparable = std::numeric_limits<comparable_t<T>>::has_infinity
                                                           ? std::numeric_limits<comparable_t<T>>::infinity()
                                                           : std::numeric_limits<comparable_t<T>>::max();

/// A score below which there is none.
template <class T>
inline constexpr T lowest_score = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                                       : std::numeric_limits<T>::lowest();
template <>
inline constexpr half lowest_score<half>{0xfc00};
template <>
inline constexpr bfloat16 lowest_score<bfloat16>{0xff80};

/// What +infinity of a 16-bit format compares as.
template <class T>
inline constexpr std::int16_t infinity_key = std::same_as<T, half> ? 0x7c00 : 0x7f80;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
