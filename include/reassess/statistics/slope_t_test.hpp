// t-test of the difference of two regression slopes, for few points: Student's t instead of the paper's Z-test.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "line_inference.hpp"
#include "linear_regression.hpp"
#include "slope_test.hpp"
#include "student_tail.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Degrees of freedom of the standard error of a slope difference.
enum class slope_degrees {
    welch,     ///< Welch-Satterthwaite, for unequal residual variances
    residual,  ///< n1 + n2 - 4, for equal residual variances; the textbook value
};

struct slope_t_test_options {
    slope_degrees degrees = slope_degrees::welch;
    /// Level of the confidence interval.
    confidence_level level{0.95};
};

/// Result of slope_t_test.
struct slope_t_test_result {
    /// Slope of the first fit minus slope of the second.
    double slope_difference = 0;
    /// Standard error of the difference: sqrt(se1^2 + se2^2).
    double standard_error = 0;
    /// Equal to the z of slope_test.
    double t = 0;
    double degrees_of_freedom = 0;
    /// Two-sided p-value of Student's t.
    double p_value = 1;
    double log10_p_value = 0;
    /// Confidence interval of slope_difference.
    interval bounds{};
};

namespace detail {

inline double welch_degrees(const linear_fit& first, const linear_fit& second)
{
    // Computed from shares of the variance, because the square of the variance may overflow.
    const double total = std::hypot(*first.slope_standard_error, *second.slope_standard_error);
    const auto part = [&](const linear_fit& fit) {
        const double share = std::pow(*fit.slope_standard_error / total, 2);
        return share * share / (static_cast<double>(fit.points) - 2);
    };
    return 1 / (part(first) + part(second));
}

}  // namespace detail

/// t-test of equal slopes for few models: the statistic of slope_test with Student's t as its distribution.
///
/// slope_test is the paper's Z-test and treats estimated standard errors as known. At level 5 % it rejects equal slopes
/// in 6.1 % of cases with 15 models per half, 6.8 % with 10, 9.8 % with 5 and 19 % with 3 (P(|t| > 1.96), equal
/// variances); with hundreds of models the two tests agree. This test has the nominal error rate if the models are
/// independent, the noise along each line has one variance and the lines are straight. Where one of these fails it
/// rejects true hypotheses at level 5 % more often. Simulated: 30 models whose noise grows towards the ends, 17 %;
/// errors correlated by 0.5 within 8 families of 5 models, 20 of 5 and 100 of 10, 21 %, 23 % and 35 %; 30 models on one
/// line of the logit scale with noise of standard deviation 0.04 and 0.02 on it, 15 % and 43 %. See robust_slope_test
/// for unequal variances and families, and accuracy_scale for the logit scale.
///
/// Degrees of freedom: Satterthwaite's (se1^2 + se2^2)^2 / (se1^4 / (n1 - 2) + se2^4 / (n2 - 2)), or n1 + n2 - 4.
/// Throws std::domain_error if the test is not defined (as slope_test does, and for two lines without noise).
/// O(1). Satterthwaite 1946, doi:10.2307/3002019; Paternoster, Brame, Mazerolle, Piquero 1998,
/// doi:10.1111/j.1745-9125.1998.tb01268.x.
[[nodiscard]] inline slope_t_test_result slope_t_test(const linear_fit& first, const linear_fit& second,
                                                      const slope_t_test_options& options = {})
{
    const slope_test_result by_z = slope_test(first, second);
    detail::expects<std::domain_error>(
        !by_z.without_noise, "slope t-test: both lines fit all their points exactly, so the standard error is 0");
    slope_t_test_result result;
    result.slope_difference = by_z.slope_difference;
    result.standard_error = by_z.standard_error;
    result.t = by_z.z;
    detail::expects(first.points > 2 && second.points > 2, "slope t-test: a line of ",
                    first.points > 2 ? second.points : first.points, " points; the minimum is 3");
    result.degrees_of_freedom = options.degrees == slope_degrees::welch
                                    ? detail::welch_degrees(first, second)
                                    : static_cast<double>(first.points + second.points - 4);
    result.p_value = two_sided_student_p_value(result.t, result.degrees_of_freedom);
    result.log10_p_value = log10_two_sided_student_p_value(result.t, result.degrees_of_freedom);
    const double margin =
        detail::two_sided_student_quantile(options.level, result.degrees_of_freedom) * result.standard_error;
    result.bounds = {result.slope_difference - margin, result.slope_difference + margin};
    return result;
}

/// Normal confidence interval of the slope difference, matching the Z-test: difference -+ z sqrt(se1^2 + se2^2). For
/// few models use the bounds of slope_t_test, which are wider. For lines without noise both ends are the difference.
/// Throws as slope_test does. O(1).
[[nodiscard]] inline interval slope_difference_interval(const slope_test_result& test,
                                                        confidence_level level = confidence_level{0.95})
{
    const double margin = detail::two_sided_normal_quantile(level) * test.standard_error;
    return {test.slope_difference - margin, test.slope_difference + margin};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
