// Linear regression through the origin (no intercept), by least squares.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "line_inference.hpp"
#include "linear_regression.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A line y = slope x fitted by origin_regression.
struct origin_fit {
    std::size_t points = 0;
    double slope = 0;
    /// s / sqrt(sum x^2); absent for 1 point.
    std::optional<double> slope_standard_error{};
    /// s, the square root of the sum of squared residuals over n - 1; absent for 1 point.
    std::optional<double> residual_standard_deviation{};
    /// 1 - sum of squared residuals / sum y^2: variation around 0, not around the mean, so it is not comparable with
    /// the r_squared of linear_regression. Absent if all y are 0.
    std::optional<double> r_squared{};

    [[nodiscard]] double predict(double x) const noexcept { return slope * x; }
};

/// Least-squares line of y on x through the origin: slope = sum x y / sum x^2. Sums use double-double arithmetic:
/// relative error at most 1e-12, and residuals of exactly 0 for points on the line.
///
/// Throws std::invalid_argument if x and y differ in size, for no points and for a NaN or infinity (the message has the
/// index of the point); std::domain_error if all x are 0 and if a result is too large. O(points), no allocation. NIST
/// StRD NoInt1, NoInt2, https://www.itl.nist.gov/div898/strd/lls/lls.shtml; Eisenhauer 2003,
/// doi:10.1111/1467-9639.00136.
[[nodiscard]] inline origin_fit origin_regression(std::span<const double> x, std::span<const double> y)
{
    using detail::double_double, detail::exact_product;
    const std::size_t points = x.size();
    detail::expects(points == y.size(), "origin regression: ", points, " values of x, but ", y.size(), " of y");
    detail::expects(points >= 1, "origin regression: 0 points; the minimum is 1");
    detail::expect_finite(x, "origin regression", "x");
    detail::expect_finite(y, "origin regression", "y");
    const detail::scaled_axis xs(x), ys(y);
    double_double sum_xx, sum_xy, sum_yy;
    for (std::size_t i = 0; i < points; ++i) {
        sum_xx = sum_xx + exact_product(xs[i], xs[i]);
        sum_xy = sum_xy + exact_product(xs[i], ys[i]);
        sum_yy = sum_yy + exact_product(ys[i], ys[i]);
    }
    detail::expects<std::domain_error>(sum_xx.high > 0, "origin regression: all x are 0");
    origin_fit fit;
    fit.points = points;
    fit.slope = detail::unscale(static_cast<double>(sum_xy / sum_xx), ys.exponent - xs.exponent,
                                "origin regression: the slope");
    // sum_xx times the residuals: without a division an exact fit gives exactly 0.
    const double noise = 0x1p-100 * (sum_xx.high + std::abs(sum_xy.high));
    double_double sum_of_squares;
    for (std::size_t i = 0; i < points; ++i) {
        const double_double residual = sum_xx * ys[i] - sum_xy * xs[i];
        if (std::abs(residual.high) > noise) sum_of_squares = sum_of_squares + residual * residual;
    }
    sum_of_squares = sum_of_squares / (sum_xx * sum_xx);
    if (sum_yy.high > 0) fit.r_squared = static_cast<double>(double_double(1) - sum_of_squares / sum_yy);
    if (points == 1) return fit;
    const double_double variance = sum_of_squares / (static_cast<double>(points) - 1);
    fit.residual_standard_deviation = detail::unscale(std::sqrt(static_cast<double>(variance)), ys.exponent,
                                                      "origin regression: the residual standard deviation");
    fit.slope_standard_error =
        detail::unscale(std::sqrt(static_cast<double>(variance / sum_xx)), ys.exponent - xs.exponent,
                        "origin regression: the standard error of the slope");
    return fit;
}

/// Test of the slope against 0 with its interval, by t with n - 1 degrees of freedom or by the normal distribution.
/// Throws std::domain_error for a line through 1 point. O(1).
[[nodiscard]] inline coefficient_inference slope_inference(const origin_fit& fit,
                                                           const line_inference_options& options = {})
{
    return detail::infer(fit.slope, fit.slope_standard_error, static_cast<double>(fit.points) - 1, options.level,
                         options.reference);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
