// Storage types for the 16-bit floating-point formats IEEE 754 binary16 (half) and bfloat16.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

// __builtin_bit_cast, because device code cannot call std::bit_cast.

/// IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. Storage only: convert to float for arithmetic.
struct half {
    std::uint16_t bits = 0;

    /// The same number as float. Exact, including denormals, infinities and NaN.
    [[nodiscard]] REASSESS_HOST_DEVICE constexpr explicit operator float() const noexcept
    {
        const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
        const std::uint32_t exponent = (bits >> 10) & 0x1fu;
        const std::uint32_t fraction = bits & 0x3ffu;
        if (exponent == 0x1f) return __builtin_bit_cast(float, sign | 0x7f800000u | (fraction << 13));
        if (exponent != 0) return __builtin_bit_cast(float, sign | ((exponent + 112) << 23) | (fraction << 13));
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return sign != 0 ? -magnitude : magnitude;
    }
};

/// bfloat16: the upper 16 bits of a float. Storage only: convert to float for arithmetic.
struct bfloat16 {
    std::uint16_t bits = 0;

    /// The same number as float. Exact.
    [[nodiscard]] REASSESS_HOST_DEVICE constexpr explicit operator float() const noexcept
    {
        return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
