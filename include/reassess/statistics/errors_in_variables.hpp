// Errors-in-variables regression (York, Deming): a line through points with uncertain x and y, because both accuracies
// of a model are measured on the same finite set of images.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "double_double.hpp"
#include "linear_regression.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A point with the variances of its coordinates and their covariance, all in the same squared unit.
struct uncertain_point {
    double x = 0;
    double y = 0;
    double x_variance = 0;
    double y_variance = 0;
    double covariance = 0;
};

/// A model's two accuracies with the binomial noise of the images: x is `original`, y is `real`. `joint` counts the
/// images that are valid for both metrics: first = correct by the original label, second = correct by ReaL.
///
/// Variances p (1 - p) / n; covariance N (p_both - p_first p_second) / (n_x n_y) with the shares of `joint` and its
/// total N. All values are fractions of 1, not percent. Throws std::domain_error for 0 of 0; std::invalid_argument for
/// more hits than total, and if `joint` cannot be a subset of the images of both metrics. O(1).
[[nodiscard]] inline uncertain_point uncertain_accuracies(proportion original, proportion real,
                                                          const paired_proportion& joint)
{
    detail::expects(original.hits <= original.total && real.hits <= real.total,
                    "uncertain accuracies: more hits than images");
    detail::expects(joint.total() <= original.total && joint.total() <= real.total,
                    "uncertain accuracies: ", joint.total(), " images count for both metrics, but only ",
                    original.total, " and ", real.total, " for each");
    const auto expect_part = [](proportion part, proportion all, const char* metric) {
        detail::expects(part.hits <= all.hits && part.total - part.hits <= all.total - all.hits,
                        "uncertain accuracies: ", part.hits, " of ", part.total, " by the ", metric,
                        " accuracy among the images that count for both metrics, but only ", all.hits, " of ",
                        all.total, " in all");
    };
    expect_part(joint.first(), original, "original");
    expect_part(joint.second(), real, "ReaL");
    const auto variance = [](proportion p) {
        const double n = static_cast<double>(p.total);
        return p.value() * (static_cast<double>(p.total - p.hits) / n) / n;
    };
    uncertain_point point{original.value(), real.value(), variance(original), variance(real), 0};
    if (joint.total() == 0) return point;
    const double n = static_cast<double>(joint.total());
    // p_both - p_first p_second, as the difference of the products of the cells.
    const double shared = (static_cast<double>(joint.both) / n) * (static_cast<double>(joint.neither) / n) -
                          (static_cast<double>(joint.first_only) / n) * (static_cast<double>(joint.second_only) / n);
    point.covariance = n / static_cast<double>(original.total) / static_cast<double>(real.total) * shared;
    return point;
}

/// A line fitted by york_regression.
struct york_fit {
    std::size_t points = 0;
    double slope = 0;
    double intercept = 0;
    /// From the variances of the points only.
    double slope_standard_error = 0;
    double intercept_standard_error = 0;
    /// Sum of squared distances from the line in units of their variances; near n - 2 if sampling of images is the only
    /// noise. If it is far larger, the models also scatter for other reasons (real models do), and the standard errors
    /// are too small by a factor of about sqrt(chi_squared / (n - 2)).
    double chi_squared = 0;
    std::size_t iterations = 0;
    /// Whether the last step changed the slope by less than the tolerance. If false, the line is not the
    /// maximum-likelihood line.
    bool converged = false;
    /// Weighted mean of x, and y of the line there: predict starts at them, as linear_fit does.
    double x_mean = 0;
    double y_at_x_mean = 0;

    /// slope_standard_error * max(1, sqrt(chi_squared / (n - 2))); absent for 2 points. Too small if the models scatter
    /// by far more than the images' noise: the weights still trust precise points most, although their scatter is the
    /// same. With a scatter of 0.3 or 1 point its 95 % intervals cover in 91 % and 84 % of
    /// simulated cases; use york_regression_with_scatter there.
    [[nodiscard]] std::optional<double> scaled_slope_standard_error() const noexcept
    {
        if (points <= 2) return std::nullopt;
        return slope_standard_error * std::sqrt(std::fmax(1, chi_squared / (static_cast<double>(points) - 2)));
    }
    [[nodiscard]] double predict(double x) const noexcept { return y_at_x_mean + slope * (x - x_mean); }
};

struct york_options {
    std::size_t max_iterations = 200;
    /// The iteration ends when the relative change of the slope is at most this.
    double tolerance = 1e-14;
};

/// York regression: the maximum-likelihood line through points with correlated normal errors in x and y.
///
/// Least squares of y on x underestimates the slope if x is uncertain. The iteration starts at the least-squares slope.
/// Weights W = 1 / (var y + b^2 var x - 2 b cov), York's unified equations; standard errors as in York et al. The
/// points are assumed to be independent. Models measured on the same images are not: the sample of images moves all of
/// them together, which mostly shifts the line, so the standard error of the intercept is too small. If the points are
/// far from any line, the iteration may not converge: see `converged`.
///
/// Throws std::invalid_argument for fewer than 2 points, a coordinate that is not finite, a negative variance and a
/// covariance larger than its variances allow; std::domain_error if all x are equal, or if a point has no variance
/// perpendicular to the line and so an infinite weight. O(iterations points). York, Evensen, Martinez, De Basabe
/// Delgado 2004, doi:10.1119/1.1632486.
[[nodiscard]] inline york_fit york_regression(std::span<const uncertain_point> points, const york_options& options = {})
{
    std::vector<double> x, y;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const uncertain_point& p = points[i];
        detail::expects(
            p.x_variance >= 0 && p.y_variance >= 0 && std::isfinite(p.x_variance) && std::isfinite(p.y_variance),
            "York regression: a variance of point ", i, " is negative or not finite");
        detail::expects(p.covariance * p.covariance <= p.x_variance * p.y_variance * (1 + 1e-12),
                        "York regression: the covariance of point ", i, " exceeds sqrt(x_variance y_variance)");
        x.push_back(p.x);
        y.push_back(p.y);
    }
    york_fit fit;
    fit.points = points.size();
    fit.slope = linear_regression(x, y).slope;  // throws if no line can be fitted
    // From here on, coordinates are relative to the first point, so that a large offset does not cost digits.
    const double first_x = x[0], first_y = y[0];
    for (std::size_t i = 0; i < points.size(); ++i) {
        x[i] -= first_x;
        y[i] -= first_y;
    }

    std::vector<double> weights(points.size()), beta(points.size());
    double sum = 0, mean_x = 0, mean_y = 0;
    // Computes for a slope the weights, the weighted centre and each point's adjusted offset from it, beta.
    const auto weigh = [&](double b) {
        sum = mean_x = mean_y = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const uncertain_point& p = points[i];
            weights[i] = 1 / (p.y_variance + b * b * p.x_variance - 2 * b * p.covariance);
            detail::expects<std::domain_error>(weights[i] > 0 && std::isfinite(weights[i]), "York regression: point ",
                                               i, " has variance 0 across the line, so its weight is infinite");
            sum += weights[i];
            mean_x += weights[i] * x[i];
            mean_y += weights[i] * y[i];
        }
        mean_x /= sum;
        mean_y /= sum;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const uncertain_point& p = points[i];
            const double u = x[i] - mean_x, v = y[i] - mean_y;
            beta[i] = weights[i] * (u * (p.y_variance - b * p.covariance) + v * (b * p.x_variance - p.covariance));
        }
    };
    while (fit.iterations < options.max_iterations && !fit.converged) {
        weigh(fit.slope);
        double above = 0, below = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            above += weights[i] * beta[i] * (y[i] - mean_y);
            below += weights[i] * beta[i] * (x[i] - mean_x);
        }
        const double slope = above / below;
        detail::expects<std::domain_error>(std::isfinite(slope), "York regression: the line is vertical");
        ++fit.iterations;
        fit.converged = std::abs(slope - fit.slope) <= options.tolerance * std::abs(slope);
        fit.slope = slope;
    }
    weigh(fit.slope);
    fit.intercept = first_y + mean_y - fit.slope * (first_x + mean_x);
    fit.x_mean = first_x + mean_x;
    // x_mean is rounded.
    fit.y_at_x_mean = first_y + (mean_y + fit.slope * (fit.x_mean - first_x - mean_x));
    // Adjusted x of the points, projected onto the line.
    double mean_adjusted = 0, squares = 0;
    for (std::size_t i = 0; i < points.size(); ++i) mean_adjusted += weights[i] * (mean_x + beta[i]) / sum;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double u = mean_x + beta[i] - mean_adjusted;
        squares += weights[i] * u * u;
        const double distance = y[i] - mean_y - fit.slope * (x[i] - mean_x);
        fit.chi_squared += weights[i] * distance * distance;
    }
    fit.slope_standard_error = 1 / std::sqrt(squares);
    fit.intercept_standard_error = std::hypot(1 / std::sqrt(sum), (first_x + mean_adjusted) * fit.slope_standard_error);
    return fit;
}

/// A line fitted by york_regression_with_scatter.
struct scattered_fit {
    /// The York line with `scatter` squared added to every variance of y.
    york_fit line{};
    /// Standard deviation of the models around the line beyond the images' noise, in units of y; 0 if the noise
    /// explains all scatter.
    double scatter = 0;
};

/// York regression with intrinsic scatter: models differ from the line by more than the images' noise.
///
/// The variance of y of each point is increased by scatter^2, chosen so that chi_squared = points - 2, or 0 if
/// chi_squared is not above it (Tremaine et al. 2002: the moment estimator of the model of Kelly 2007). All points then
/// have nearly equal weights if the scatter is large, and the standard errors include it. Simulated 95 % intervals
/// (Student's t with points - 2 degrees of freedom) of the slope of 60 points with different noise and a scatter of 0,
/// 0.3 and 1 point: 0.951, 0.942 and 0.951 (by scaled_slope_standard_error 0.948, 0.906 and 0.844); of 20 points 0.979,
/// 0.930 and 0.939.
///
/// Throws as york_regression does, and std::domain_error for 2 points. O(iterations points log). Tremaine et al. 2002,
/// doi:10.1086/341002; Kelly 2007, doi:10.1086/519947.
[[nodiscard]] inline scattered_fit york_regression_with_scatter(std::span<const uncertain_point> points,
                                                                const york_options& options = {})
{
    scattered_fit result{york_regression(points, options), 0};
    detail::expects<std::domain_error>(points.size() > 2, "York regression with scatter: 2 points; the minimum is 3");
    const double degrees = static_cast<double>(points.size()) - 2;
    if (!(result.line.chi_squared > degrees)) return result;
    std::vector<uncertain_point> wider(points.begin(), points.end());
    const auto fit_with = [&](double variance) {
        for (std::size_t i = 0; i < points.size(); ++i) wider[i].y_variance = points[i].y_variance + variance;
        return york_regression(wider, options);
    };
    // The squared residuals bound the variance: with their sum as variance, chi_squared is at most 1.
    double upper = 0;
    for (const uncertain_point& p : points) upper += std::pow(p.y - result.line.predict(p.x), 2);
    double lower = 0;
    // chi_squared falls as the variance grows, so halving the bracket finds the root; 60 steps leave 1e-18 of it.
    for (int step = 0; step < 60 && upper - lower > 1e-13 * upper; ++step) {
        const double middle = lower + (upper - lower) / 2;
        (fit_with(middle).chi_squared > degrees ? lower : upper) = middle;
    }
    result.line = fit_with(upper);
    result.scatter = std::sqrt(upper);
    return result;
}

/// A line fitted by deming_regression.
struct deming_fit {
    std::size_t points = 0;
    double slope = 0;
    double intercept = 0;
    /// Jackknife (leave one point out) standard error; 0 for points on a line, absent for 2 points.
    std::optional<double> slope_standard_error{};
    /// Mean of x, and y of the line there: predict starts at them, as linear_fit does.
    double x_mean = 0;
    double y_at_x_mean = 0;

    [[nodiscard]] double predict(double x) const noexcept { return y_at_x_mean + slope * (x - x_mean); }
};

namespace detail {

inline double deming_slope(double xx, double xy, double yy, double ratio)
{
    const double difference = yy - ratio * xx;
    const double root = std::hypot(difference, 2 * std::sqrt(ratio) * xy);
    expects<std::domain_error>(root > 0, "Deming regression: all directions fit the points equally well");
    // Choose the form without cancellation.
    return difference >= 0 ? (difference + root) / (2 * xy) : 2 * ratio * xy / (root - difference);
}

}  // namespace detail

/// Deming regression: a line through points whose coordinates both have errors of unknown but equal variance, where
/// only the ratio of the variances is known.
///
/// All points have uncorrelated errors of the same variance; those of y have `variance_ratio` times the variance of
/// those of x. Use it only if the variances of the points are unknown (a table of accuracies without counts). With
/// counts use york_regression, because accuracies on the same images have correlated errors, which this fit ignores.
///
/// slope = (d + sqrt(d^2 + 4 r sxy^2)) / (2 sxy), d = syy - r sxx. A ratio of 1 is orthogonal regression. Throws
/// std::invalid_argument if x and y differ in size, for fewer than 2 points, a NaN or infinity and a ratio that is not
/// positive and finite; std::domain_error if all directions fit equally well or x and y are uncorrelated. O(points).
/// Deming 1943; Linnet 1993, doi:10.1093/clinchem/39.3.424.
[[nodiscard]] inline deming_fit deming_regression(std::span<const double> x, std::span<const double> y,
                                                  double variance_ratio = 1)
{
    const std::size_t points = x.size();
    detail::expects(points == y.size(), "Deming regression: ", points, " values of x, but ", y.size(), " of y");
    detail::expects(points >= 2, "Deming regression: ", points, " points; the minimum is 2");
    detail::expects(variance_ratio > 0 && std::isfinite(variance_ratio),
                    "Deming regression: the ratio of variances must be positive and finite");
    detail::expect_finite(x, "Deming regression", "x");
    detail::expect_finite(y, "Deming regression", "y");
    const double n = static_cast<double>(points);
    const detail::scaled_axis xs(x), ys(y);
    const double ratio = std::ldexp(variance_ratio, 2 * (xs.exponent - ys.exponent));
    detail::expects<std::domain_error>(ratio > 0 && std::isfinite(ratio),
                                       "Deming regression: the scales of x and y differ too much for this ratio");
    const double mean_x = static_cast<double>(xs.sum / n), mean_y = static_cast<double>(ys.sum / n);
    double xx = 0, xy = 0, yy = 0;
    for (std::size_t i = 0; i < points; ++i) {
        const double dx = xs[i] - mean_x, dy = ys[i] - mean_y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    detail::expects<std::domain_error>(xy != 0, "Deming regression: x and y are uncorrelated");
    deming_fit fit;
    fit.points = points;
    const double slope = detail::deming_slope(xx, xy, yy, ratio);
    fit.slope = detail::unscale(slope, ys.exponent - xs.exponent, "Deming regression: the slope");
    fit.intercept = detail::unscale(mean_y - slope * mean_x, ys.exponent, "Deming regression: the intercept");
    fit.x_mean = std::ldexp(mean_x, xs.exponent);
    // x_mean is rounded.
    const detail::double_double from_mean = detail::exact_product(n, mean_x) - xs.sum;
    fit.y_at_x_mean = std::ldexp(static_cast<double>((ys.sum + from_mean * slope) / n), ys.exponent);
    if (points == 2) return fit;
    if (linear_regression(x, y).without_noise()) {
        fit.slope_standard_error = 0;  // the differences of the slopes below would be rounding errors
        return fit;
    }
    std::vector<double> left_out;
    double mean = 0;
    for (std::size_t i = 0; i < points; ++i) {
        const double dx = xs[i] - mean_x, dy = ys[i] - mean_y, share = n / (n - 1);
        const double without = xy - share * dx * dy;
        if (without == 0) return fit;  // no slope without this point, so no jackknife estimate
        left_out.push_back(detail::deming_slope(xx - share * dx * dx, without, yy - share * dy * dy, ratio));
        mean += left_out.back() / n;
    }
    double squares = 0;
    for (const double other : left_out) squares += (other - mean) * (other - mean);
    fit.slope_standard_error = detail::unscale(std::sqrt((n - 1) / n * squares), ys.exponent - xs.exponent,
                                               "Deming regression: the standard error of the slope");
    return fit;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
