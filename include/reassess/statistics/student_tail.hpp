// p-values and quantiles of Student's t distribution, accurate far in the tail.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "special_functions.hpp"

#include <cmath>
#include <numbers>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

inline void expect_degrees(double degrees)
{
    expects(degrees > 0 && std::isfinite(degrees), "Student's t: degrees of freedom must be positive and finite");
}

/// The t with P(|T| <= t) = level for Student's T with the given degrees of freedom.
inline double two_sided_student_quantile(confidence_level level, double degrees)
{
    expect_degrees(degrees);
    return student_upper_quantile(degrees, (1 - level.value()) / 2);
}

/// Natural logarithm of P(|T| >= t) = I_x(n/2, 1/2), x = n / (n + t^2), for large t: x^(n/2) (1 - x)^(1/2) / B(n/2,
/// 1/2) divided by a continued fraction without cancellation, also for x near 1. DiDonato, Morris 1992,
/// doi:10.1145/131766.131776.
inline double log_student_tail(double t, double degrees)
{
    const double a = degrees / 2;
    // t^2 may overflow.
    const double ratio = t / std::sqrt(degrees);
    const double log_x = ratio > 1e100 ? -2 * std::log(ratio) : -std::log1p(ratio * ratio);
    const double x = std::exp(log_x), rest = 1 / (1 + 1 / ratio / ratio);
    const double offset = a * rest - x / 2 + 1;
    // For p-values of 1e-300 and below, the truncation error of 40 levels is below 1e-16.
    constexpr int levels = 40;
    const auto whole = [&](double m, double divisor) {
        return m + m * (0.5 - m) * x / divisor + (a + m) / (divisor + 2) * (offset + m * (2 - x));
    };
    double fraction = whole(levels, a + 2 * levels - 1);
    for (double m = levels; m > 0; --m) {
        const double divisor = a + 2 * m - 1;
        const double part = (a + m - 1) / divisor * ((a + m - 0.5) / divisor) * (m * (0.5 - m)) * x * x;
        fraction = (m > 1 ? whole(m - 1, divisor - 2) : a / (a + 1) * offset) + part / fraction;
    }
    const double log_beta = std::log(gamma_ratio(a, 0.5)) + std::log(std::numbers::pi) / 2;
    return a * log_x + std::log(rest) / 2 - log_beta - std::log(fraction);
}

/// Whether t is far in a tail that is so heavy that its p-value may still be near 1 (less than one degree of freedom).
inline bool is_heavy_tail(double t, double degrees) noexcept
{
    return degrees < 1 && t > 1e3 * std::sqrt(degrees) && t > 1;
}

}  // namespace detail

/// P(|T| >= |t|) of Student's t with `degrees` degrees of freedom, in [0, 1]. 1 at t = 0, 0 at infinity.
///
/// Throws std::invalid_argument for NaN and for degrees that are not positive and finite. Abramowitz, Stegun 1964,
/// 26.7.1.
[[nodiscard]] inline double two_sided_student_p_value(double t, double degrees)
{
    detail::expect_degrees(degrees);
    detail::expects(!std::isnan(t), "p-value: t is NaN");
    const double distance = std::abs(t);
    if (std::isinf(distance)) return 0;
    // Boost.Math computes t^2, which overflows for larger t, and fails for few degrees and large t.
    if (distance > 1e150 || detail::is_heavy_tail(distance, degrees))
        return std::exp(detail::log_student_tail(distance, degrees));
    return 2 * detail::student_tail(degrees, distance);
}

/// log10 P(|T| >= |t|), at most 0: 0 at t = 0, finite where the p-value underflows to 0, -infinity at infinity.
///
/// The logarithm of the p-value (computed from 1 - P(|T| < |t|) while that is near 1); below 1e-300 the incomplete beta
/// function by its continued fraction. Relative error at most 1e-12 for at least 0.01 degrees of freedom; fewer lose
/// digits where the p-value is near 1. Errors as for two_sided_student_p_value.
/// Abramowitz, Stegun 1964, 26.7.1; DiDonato, Morris 1992, doi:10.1145/131766.131776.
[[nodiscard]] inline double log10_two_sided_student_p_value(double t, double degrees)
{
    const double p_value = two_sided_student_p_value(t, degrees), distance = std::abs(t);
    if (std::isinf(distance)) return -distance;
    if (detail::is_heavy_tail(distance, degrees))
        return detail::log_student_tail(distance, degrees) * std::numbers::log10e;
    if (p_value > 0.5) {
        // P(|T| < |t|), from the argument that is not near 1, where it would have lost digits.
        const double within = distance < std::sqrt(degrees)
                                  ? detail::beta_cdf(0.5, degrees / 2, distance * (distance / (degrees + t * t)))
                                  : detail::beta_tail(degrees / 2, 0.5, degrees / (degrees + t * t));
        return std::log1p(-within) * std::numbers::log10e;
    }
    return p_value > 1e-300 ? std::log10(p_value) : detail::log_student_tail(distance, degrees) * std::numbers::log10e;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
