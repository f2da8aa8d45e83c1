// Simple linear regression (ordinary least squares) with standard errors: ReaL accuracy on original accuracy (Fig. 4).
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "double_double.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A line y = intercept + slope x fitted by linear_regression. Values that the points do not determine are absent, not
/// 0.
struct linear_fit {
    /// Number of points.
    std::size_t points = 0;
    /// In units of y per unit of x.
    double slope = 0;
    /// y of the line at x = 0.
    double intercept = 0;
    /// sqrt(s^2 / sum (x - mean x)^2) with the residual variance s^2; absent for 2 points.
    std::optional<double> slope_standard_error{};
    /// sqrt(s^2 sum x^2 / (n sum (x - mean x)^2)); absent for 2 points.
    std::optional<double> intercept_standard_error{};
    /// s, the square root of the sum of squared residuals over n - 2, in units of y; absent for 2 points.
    std::optional<double> residual_standard_deviation{};
    /// Fraction of the variation of y that the line explains, in [0, 1]; absent for constant y (0 of 0).
    std::optional<double> r_squared{};
    /// Mean of x, where the confidence band is narrowest.
    double x_mean = 0;
    /// y of the line at x_mean: the mean of y, up to the rounding of x_mean.
    double y_at_x_mean = 0;
    /// sum (x - mean x)^2, in squared units of x.
    double x_sum_of_squares = 0;

    /// s^2, in squared units of y; absent for 2 points.
    [[nodiscard]] std::optional<double> residual_variance() const noexcept
    {
        if (!residual_standard_deviation) return std::nullopt;
        return *residual_standard_deviation * *residual_standard_deviation;
    }

    /// Whether the points are on the line: the sum of squared residuals is 0, or at most 2^-90 of the variation of y
    /// that the line explains, as by the rounding of decimals (0.1, 0.2, 0.3) to binary. Nothing can then be inferred
    /// from the residuals. False for 2 points.
    [[nodiscard]] bool without_noise() const noexcept
    {
        const double degrees = std::fmax(1.0, static_cast<double>(points) - 2);
        return slope_standard_error && *slope_standard_error * std::sqrt(degrees) <= 0x1p-45 * std::abs(slope);
    }

    /// y of the line at x, computed as y_at_x_mean + slope (x - x_mean): intercept + slope x loses all digits where x
    /// is large and its spread small (x = 10^9 + {0, 1, 2}).
    [[nodiscard]] double predict(double x) const noexcept { return y_at_x_mean + slope * (x - x_mean); }
};

namespace detail {

inline void expect_finite(std::span<const double> values, const char* what, const char* axis)
{
    for (std::size_t i = 0; i < values.size(); ++i) {
        expects(std::isfinite(values[i]), what, ": ", axis, " of point ", i, " is ",
                std::isnan(values[i]) ? "not a number" : "infinite", "; it must be finite");
    }
}

/// Values of one axis times 2^-exponent, so that the largest magnitude is in [0.5, 1) and products do not leave the
/// range of a double. The scaling is exact except for values below 2^-1022 of the largest.
struct scaled_axis {
    std::span<const double> values;
    int exponent = 0;
    double_double sum{};

    explicit scaled_axis(std::span<const double> numbers) : values(numbers)
    {
        double largest = 0;
        for (const double value : values) largest = std::max(largest, std::abs(value));
        std::frexp(largest, &exponent);
        for (std::size_t i = 0; i < values.size(); ++i) sum = sum + (*this)[i];
    }

    [[nodiscard]] double operator[](std::size_t i) const noexcept { return std::ldexp(values[i], -exponent); }

    /// n times the deviation from the mean, which unlike the mean needs no division and so no rounding.
    [[nodiscard]] double_double deviation(std::size_t i) const noexcept
    {
        return exact_product(static_cast<double>(values.size()), (*this)[i]) - sum;
    }
};

inline double unscale(double value, int exponent, const char* what)
{
    const double unscaled = std::ldexp(value, exponent);
    expects<std::domain_error>(std::isfinite(unscaled), what, " is too large for a double");
    return unscaled;
}

}  // namespace detail

/// Least-squares regression line of y on x, with standard errors.
///
/// Two passes: deviations from the means first, slope = sum dx dy / sum dx^2, intercept = mean y - slope mean x; then
/// the standard errors from the residuals dy - slope dx, not from 1 - r^2. All sums use double-double arithmetic and
/// are scaled by powers of two. The relative error of every result is at most 1e-12 (measured on the NIST StRD sets and
/// on random lines: 4e-16) for any offset (x = 10^9 + {0, 1, 2}) and scale (x near 10^-71), and points on a line have
/// residuals of exactly 0. The order of the points changes results by rounding only. Code built with -ffast-math loses
/// the extra digits and the check for NaN.
///
/// Two points: the line through them, without standard errors. Constant y: slope 0 with standard error 0, no r_squared.
/// Throws std::invalid_argument if x and y differ in size, for fewer than 2 points and for a NaN or infinity (the
/// message has the index of the point); std::domain_error if all x are equal, and if a result is too large for a
/// double. O(points), no allocation. NIST StRD linear regression, https://www.itl.nist.gov/div898/strd/lls/lls.shtml;
/// Draper, Smith 1998, chapter 1, doi:10.1002/9781118625590.
[[nodiscard]] inline linear_fit linear_regression(std::span<const double> x, std::span<const double> y)
{
    using detail::double_double, detail::exact_product;
    const std::size_t points = x.size();
    detail::expects(points == y.size(), "linear regression: ", points, " values of x, but ", y.size(), " of y");
    detail::expects(points >= 2, "linear regression: ", points, " points; the minimum is 2");
    detail::expect_finite(x, "linear regression", "x");
    detail::expect_finite(y, "linear regression", "y");
    detail::expects<std::domain_error>(std::any_of(x.begin(), x.end(), [&](double value) { return value != x[0]; }),
                                       "linear regression: all ", points, " values of x are equal");

    const double n = static_cast<double>(points);
    const detail::scaled_axis xs(x), ys(y);
    // All except sum_x_squared are sums over scaled deviations: n^2 times the usual sums.
    double_double sum_x_squared, sum_xx, sum_xy, sum_yy;
    for (std::size_t i = 0; i < points; ++i) {
        const double_double dx = xs.deviation(i), dy = ys.deviation(i);
        sum_x_squared = sum_x_squared + detail::exact_product(xs[i], xs[i]);
        sum_xx = sum_xx + dx * dx;
        sum_xy = sum_xy + dx * dy;
        sum_yy = sum_yy + dy * dy;
    }

    linear_fit fit;
    fit.points = points;
    const auto slope = static_cast<double>(sum_xy / sum_xx);
    fit.slope = detail::unscale(slope, ys.exponent - xs.exponent, "linear regression: the slope");
    const auto intercept = static_cast<double>((ys.sum * sum_xx - sum_xy * xs.sum) / (sum_xx * n));
    fit.intercept = detail::unscale(intercept, ys.exponent, "linear regression: the intercept");
    fit.x_mean = std::ldexp(static_cast<double>(xs.sum / n), xs.exponent);
    // The rounded mean is not the exact one: the line is evaluated at the rounded mean.
    const double scaled_mean = std::ldexp(fit.x_mean, -xs.exponent);
    const double_double from_mean = exact_product(n, scaled_mean) - xs.sum;
    fit.y_at_x_mean = detail::unscale(static_cast<double>((ys.sum + sum_xy / sum_xx * from_mean) / n), ys.exponent,
                                      "linear regression: y at the mean of x");
    // The sum of squares itself may overflow or underflow; no other result uses it.
    fit.x_sum_of_squares = std::ldexp(static_cast<double>(sum_xx / (n * n)), 2 * xs.exponent);
    if (static_cast<double>(sum_yy) > 0) {
        fit.r_squared = static_cast<double>(sum_xy * sum_xy / (sum_xx * sum_yy));
    }
    if (points == 2) return fit;

    // Residuals below the precision of the sums are rounding error, so they are set to 0.
    const double noise = 0x1p-100 * n * (sum_xx.high + std::abs(sum_xy.high));
    double_double sum_of_squares;
    for (std::size_t i = 0; i < points; ++i) {
        // n sum_xx times the residual: without the division by sum_xx an exact fit gives exactly 0.
        const double_double residual = ys.deviation(i) * sum_xx - sum_xy * xs.deviation(i);
        if (std::abs(residual.high) > noise) sum_of_squares = sum_of_squares + residual * residual;
    }
    const double_double unit = sum_xx * n;
    const double_double variance = sum_of_squares / (unit * unit) / (n - 2);
    const double_double slope_variance = variance * (n * n) / sum_xx;
    const auto root = [](double_double value) { return std::sqrt(static_cast<double>(value)); };
    fit.residual_standard_deviation =
        detail::unscale(root(variance), ys.exponent, "linear regression: the residual standard deviation");
    fit.slope_standard_error = detail::unscale(root(slope_variance), ys.exponent - xs.exponent,
                                               "linear regression: the standard error of the slope");
    fit.intercept_standard_error = detail::unscale(root(slope_variance * sum_x_squared / n), ys.exponent,
                                                   "linear regression: the standard error of the intercept");
    return fit;
}

/// A point that is compared with a line but was not fitted, such as the original labels themselves (100, 90.02).
struct reference_point {
    double x = 0;
    double y = 0;
};

/// Vertical distance of the point from the line, y - fit.predict(x), in units of y; negative below the line.
///
/// Throws std::invalid_argument for a NaN or infinity. O(1).
[[nodiscard]] inline double residual(const linear_fit& fit, reference_point point)
{
    detail::expects(std::isfinite(point.x) && std::isfinite(point.y),
                    "residual: the reference point has a coordinate that is not finite");
    return point.y - fit.predict(point.x);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
