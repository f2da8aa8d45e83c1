// Z-test of the difference of two regression slopes fitted to different points.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"
#include "normal_tail.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of slope_test.
struct slope_test_result {
    /// Slope of the first fit minus slope of the second.
    double slope_difference = 0;
    /// Standard error of the difference: sqrt(se1^2 + se2^2).
    double standard_error = 0;
    /// slope_difference / standard_error; infinite if `without_noise`.
    double z = 0;
    /// Two-sided, of the standard normal distribution. 0 from |z| = 38.6 on; log10_p_value remains finite.
    double p_value = 1;
    /// log10 of the two-sided p-value; -infinity if `without_noise`.
    double log10_p_value = 0;
    /// Both lines fit all their points exactly (linear_fit::without_noise) and the slopes differ by more than rounding:
    /// z is infinite and the p-value 0, however small the difference is.
    bool without_noise = false;
};

namespace detail {

/// The reason why z is not defined, or null if it is.
inline const char* why_no_slope_test(const linear_fit& first, const linear_fit& second) noexcept
{
    if (!first.slope_standard_error) return "the first line has no standard error (it needs at least 3 points)";
    if (!second.slope_standard_error) return "the second line has no standard error (it needs at least 3 points)";
    // Standard errors of lines without noise are those of rounding.
    if (first.without_noise() && second.without_noise() &&
        std::abs(first.slope - second.slope) <=
            64 * std::hypot(*first.slope_standard_error, *second.slope_standard_error)) {
        return "both lines fit all their points exactly and have equal slopes, so z is 0 / 0";
    }
    return nullptr;
}

}  // namespace detail

/// Z-test of equal slopes: z = (b1 - b2) / sqrt(se1^2 + se2^2), normal for fits to independent samples of many points.
///
/// This is the test of the paper. With few points its p-value is too small, because the standard errors are estimates:
/// at level 5 % it rejects equal slopes in 6.1 % of cases with 15 points each, 6.8 % with 10 and 9.8 % with 5. Far in
/// the tail the p-value has no meaning: for 15 models each and z = 13.5 it is 10^-40.85, but 5.2e-13 by slope_t_test,
/// which has the nominal rate with few points. Report the p-value of slope_t_test. Neither holds if the models are
/// dependent or the noise differs along the line: see robust_slope_test.
///
/// Swapping the fits changes the sign of z; the p-values are two-sided. Two lines without noise and with different
/// slopes: z = +-infinity, p-value 0, `without_noise`. Throws std::domain_error, with the reason, if z is not defined:
/// a fit of 2 points, or two lines without noise and with equal slopes; std::invalid_argument for a slope that is not
/// finite or a standard error that is negative or not finite. O(1). Clogg, Petkova, Haritou 1995, doi:10.1086/230638;
/// Paternoster, Brame, Mazerolle, Piquero 1998, doi:10.1111/j.1745-9125.1998.tb01268.x.
[[nodiscard]] inline slope_test_result slope_test(const linear_fit& first, const linear_fit& second)
{
    const char* const reason = detail::why_no_slope_test(first, second);
    detail::expects<std::domain_error>(reason == nullptr, "slope test: ", reason == nullptr ? "" : reason);
    for (const linear_fit* fit : {&first, &second}) {
        const double error = *fit->slope_standard_error;
        detail::expects(std::isfinite(fit->slope) && error >= 0 && std::isfinite(error), "slope test: the ",
                        fit == &first ? "first" : "second",
                        " line needs a finite slope and a finite, non-negative standard error");
    }

    slope_test_result result;
    result.slope_difference = first.slope - second.slope;
    result.standard_error = std::hypot(*first.slope_standard_error, *second.slope_standard_error);
    result.without_noise = first.without_noise() && second.without_noise();
    result.z = result.without_noise ? std::copysign(std::numeric_limits<double>::infinity(), result.slope_difference)
                                    : result.slope_difference / result.standard_error;
    result.p_value = two_sided_p_value(result.z);
    result.log10_p_value = log10_two_sided_p_value(result.z);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
