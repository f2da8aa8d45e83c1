// p-values and quantiles of Student's t, far out in the tail too.
#pragma once

#include "../detail/expects.hpp"
#include "confidence.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>

#include <cmath>
#include <numbers>

namespace reassess::inline v0_1 {

namespace detail {

inline void expect_degrees(double degrees)
{
    expects(degrees > 0 && std::isfinite(degrees), "Student's t: wanted a positive number of degrees of freedom");
}

/// The t with P(|T| <= t) = level for T of so many degrees of freedom.
inline double two_sided_student_quantile(confidence_level level, double degrees)
{
    expect_degrees(degrees);
    return boost::math::quantile(
        boost::math::complement(boost::math::students_t_distribution<double>(degrees), (1 - level.value()) / 2));
}

}  // namespace detail

/// P(|T| >= |t|) of Student's t with `degrees` degrees of freedom, in [0, 1]. 1 at t = 0, 0 at infinity.
///
/// Throws std::invalid_argument for NaN and for degrees that are not positive and finite. Abramowitz, Stegun 1964,
/// 26.7.1.
[[nodiscard]] inline double two_sided_student_p_value(double t, double degrees)
{
    detail::expect_degrees(degrees);
    detail::expects(!std::isnan(t), "p-value: t is not a number");
    if (std::isinf(t)) return 0;
    return 2 * boost::math::cdf(
                   boost::math::complement(boost::math::students_t_distribution<double>(degrees), std::abs(t)));
}

/// log10 P(|T| >= |t|), at most 0, finite where the p-value itself is 0 in a double; -infinity at infinity.
///
/// While the p-value is a normal double its logarithm; beyond it the incomplete beta function I_x(n/2, 1/2), x =
/// n / (n + t^2), by its series in x, all of whose terms are positive. Errors as for two_sided_student_p_value.
/// Abramowitz, Stegun 1964, 26.5.4 and 26.7.1.
[[nodiscard]] inline double log10_two_sided_student_p_value(double t, double degrees)
{
    const double p_value = two_sided_student_p_value(t, degrees);
    if (p_value > 1e-300) return std::log10(p_value);
    const double distance = std::abs(t);
    if (std::isinf(distance)) return -distance;
    const double half = degrees / 2;
    // t^2 might overflow.
    const double ratio = distance / std::sqrt(degrees);
    const double log_x = ratio > 1e100 ? -2 * std::log(ratio) : -std::log1p(ratio * ratio);
    const double log_rest = -std::log1p(1 / ratio / ratio);  // of 1 - x
    const double x = std::exp(log_x);
    double term = 1, sum = 1;
    for (double n = 0; term > 0x1p-60 * sum; ++n) {
        term *= x * (half + 0.5 + n) / (half + 1 + n);
        sum += term;
    }
    const double log_beta = std::log(boost::math::tgamma_delta_ratio(half, 0.5)) + std::log(std::numbers::pi) / 2;
    return (half * log_x + log_rest / 2 - std::log(half) - log_beta + std::log(sum)) * std::numbers::log10e;
}

}  // namespace reassess::inline v0_1
