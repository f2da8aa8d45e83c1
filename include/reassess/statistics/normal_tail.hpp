// p-values of the standard normal distribution and their logarithms, accurate far in the tail.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cmath>
#include <numbers>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

/// Mills' ratio (1 - Phi(z)) / phi(z) for z >= 8 by Laplace's continued fraction 1/(z + 1/(z + 2/(z + 3/(z + ...)))).
inline double mills_ratio(double z) noexcept
{
    // For z >= 8 the truncation error of 30 levels is below 1e-16 (at z = 10^6 one level is enough).
    constexpr int levels = 30;
    double denominator = z;
    for (int level = levels; level > 0; --level) denominator = z + level / denominator;
    return 1 / denominator;
}

}  // namespace detail

/// P(|Z| >= |z|) of a standard normal Z, in [0, 1], computed as erfc(|z| / sqrt 2), without subtraction from 1. 1 at
/// z = 0, 0 at infinity.
///
/// The value is below the smallest normal double from |z| = 37.5 on and is 0 from |z| = 38.6 on: see
/// log10_two_sided_p_value. Throws std::invalid_argument for NaN. O(1). Abramowitz, Stegun 1964, 7.1.2 and 26.2.29.
[[nodiscard]] inline double two_sided_p_value(double z)
{
    detail::expects(!std::isnan(z), "p-value: z is NaN");
    return std::erfc(std::abs(z) / std::numbers::sqrt2);
}

/// log10 P(|Z| >= |z|) of a standard normal Z, at most 0: 0 at z = 0, -infinity at infinity, and finite where the
/// p-value underflows to 0 (about -217147240957.0 at |z| = 10^6).
///
/// Up to |z| = 8 the logarithm of the p-value (computed from 1 - erf while that is near 1), beyond it
/// (-z^2/2 + log(sqrt(2/pi) m)) / log 10 with Mills' ratio m as a continued fraction. Relative error at most 1e-14.
/// Throws std::invalid_argument for NaN. O(1). Abramowitz, Stegun 1964, 26.2.14.
[[nodiscard]] inline double log10_two_sided_p_value(double z)
{
    detail::expects(!std::isnan(z), "p-value: z is NaN");
    const double distance = std::abs(z);
    if (distance == 0) return 0;
    if (std::isinf(distance)) return -distance;
    double log_p = 0;
    if (distance < 0.5) {
        log_p = std::log1p(-std::erf(distance / std::numbers::sqrt2));
    } else if (distance < 8) {
        log_p = std::log(two_sided_p_value(distance));
    } else {
        const double root_two_over_pi = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
        log_p = std::log(root_two_over_pi * detail::mills_ratio(distance)) - distance * distance / 2;
    }
    return log_p * std::numbers::log10e;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
