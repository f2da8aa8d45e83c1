// Inference for a regression line: tests and confidence intervals of the coefficients, confidence and prediction bands.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "normal_tail.hpp"
#include "proportion_interval.hpp"
#include "student_tail.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Reference distribution of estimate / standard error.
enum class reference_distribution {
    student_t,  ///< Student's t: exact for any number of points with normal errors
    normal,     ///< standard normal, for many points; used by Z-tests
};

/// Test of a regression coefficient against 0.
struct coefficient_inference {
    double estimate = 0;
    double standard_error = 0;
    /// estimate / standard_error: t or z; infinite for a line without noise, unless the estimate is also 0.
    double statistic = 0;
    /// Two-sided.
    double p_value = 1;
    double log10_p_value = 0;
    interval bounds{};
};

namespace detail {

inline double two_sided_quantile(confidence_level level, reference_distribution reference, double degrees)
{
    return reference == reference_distribution::normal ? two_sided_normal_quantile(level)
                                                       : two_sided_student_quantile(level, degrees);
}

inline coefficient_inference infer(double estimate, std::optional<double> standard_error, double degrees,
                                   confidence_level level, reference_distribution reference)
{
    expects<std::domain_error>(standard_error.has_value() && degrees > 0,
                               "inference: the line has too few points for a standard error");
    coefficient_inference result;
    result.estimate = estimate;
    result.standard_error = *standard_error;
    const double margin = two_sided_quantile(level, reference, degrees) * *standard_error;
    result.bounds = {estimate - margin, estimate + margin};
    if (estimate == 0) return result;
    result.statistic = *standard_error == 0 ? std::copysign(std::numeric_limits<double>::infinity(), estimate)
                                            : estimate / *standard_error;
    if (reference == reference_distribution::normal) {
        result.p_value = two_sided_p_value(result.statistic);
        result.log10_p_value = log10_two_sided_p_value(result.statistic);
    } else {
        result.p_value = two_sided_student_p_value(result.statistic, degrees);
        result.log10_p_value = log10_two_sided_student_p_value(result.statistic, degrees);
    }
    return result;
}

}  // namespace detail

struct line_inference_options {
    confidence_level level{0.95};
    reference_distribution reference = reference_distribution::student_t;
};

/// Test of the slope against 0 with its confidence interval, by t with n - 2 degrees of freedom or by the normal
/// distribution. A slope of 0 has statistic 0 and p-value 1, also without noise.
/// Throws std::domain_error for a line through 2 points. O(1). Draper, Smith 1998, chapter 1,
/// doi:10.1002/9781118625590.
[[nodiscard]] inline coefficient_inference slope_inference(const linear_fit& fit,
                                                           const line_inference_options& options = {})
{
    return detail::infer(fit.slope, fit.slope_standard_error, static_cast<double>(fit.points) - 2, options.level,
                         options.reference);
}

/// Test of the intercept against 0 with its confidence interval, as slope_inference.
[[nodiscard]] inline coefficient_inference intercept_inference(const linear_fit& fit,
                                                               const line_inference_options& options = {})
{
    return detail::infer(fit.intercept, fit.intercept_standard_error, static_cast<double>(fit.points) - 2,
                         options.level, options.reference);
}

/// F statistic of the regression, the square of the slope's t. Infinite for a line with a slope and without noise;
/// absent for 2 points and for a horizontal line without noise (0 of 0).
[[nodiscard]] inline std::optional<double> regression_f(const linear_fit& fit) noexcept
{
    if (!fit.slope_standard_error || (*fit.slope_standard_error == 0 && fit.slope == 0)) return std::nullopt;
    const double t = fit.slope / *fit.slope_standard_error;
    return t * t;
}

namespace detail {

inline interval band(const linear_fit& fit, double x, double own_variances, const line_inference_options& options)
{
    expects(std::isfinite(x), "band: x is not finite");
    expects<std::domain_error>(fit.residual_standard_deviation.has_value(),
                               "band: a line through 2 points has no standard error");
    const double n = static_cast<double>(fit.points);
    // se(slope) |x - mean| and s / sqrt n are uncorrelated, so their squares add.
    const double spread = std::hypot(*fit.slope_standard_error * (x - fit.x_mean),
                                     *fit.residual_standard_deviation * std::sqrt(1 / n + own_variances));
    const double margin = two_sided_quantile(options.level, options.reference, n - 2) * spread;
    const double middle = fit.predict(x);
    return {middle - margin, middle + margin};
}

}  // namespace detail

/// Confidence band: the interval of the line (the mean y of all models) at one x. A simultaneous band over all x is
/// wider.
///
/// predict(x) -+ t s sqrt(1/n + (x - mean x)^2 / sum (x - mean x)^2). Throws std::domain_error for a line through 2
/// points, std::invalid_argument for an x that is not finite. O(1). Draper, Smith 1998, chapter 3.
[[nodiscard]] inline interval confidence_band(const linear_fit& fit, double x,
                                              const line_inference_options& options = {})
{
    return detail::band(fit, x, 0, options);
}

/// Prediction band: the interval of one further model at x, as confidence_band with 1 + 1/n instead of 1/n.
[[nodiscard]] inline interval prediction_band(const linear_fit& fit, double x,
                                              const line_inference_options& options = {})
{
    return detail::band(fit, x, 1, options);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
