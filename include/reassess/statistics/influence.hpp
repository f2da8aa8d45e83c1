// Influence of points on a regression line: the change of the slope if points are left out.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A point that moves a slope.
struct influential_point {
    std::size_t point = 0;
    /// The slope of the other points: without this point, or without all points that are far from the others.
    double slope_without = 0;
    /// The change of the slope in standard errors of `slope_without`.
    double change = 0;
};

namespace detail {

/// The line of the points that are not left out; nothing if they do not determine one with a standard error.
[[nodiscard]] inline std::optional<linear_fit> fit_without(std::span<const double> x, std::span<const double> y,
                                                           const std::vector<bool>& left_out)
{
    std::vector<double> kept_x, kept_y;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (left_out[i]) continue;
        kept_x.push_back(x[i]);
        kept_y.push_back(y[i]);
    }
    if (kept_x.size() < 4) return std::nullopt;
    try {
        linear_fit fit = linear_regression(kept_x, kept_y);
        if (!fit.slope_standard_error || fit.without_noise()) return std::nullopt;
        return fit;
    } catch (const std::domain_error&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

/// Which of the points are far from the others on x: by more than 18 median absolute deviations from the median, or
/// behind a gap that is more than twice the range of the others, at most half of the points at either end.
[[nodiscard]] inline std::vector<bool> far_points(std::span<const double> x)
{
    constexpr double deviations = 18, ranges = 2;
    const std::size_t n = x.size();
    std::vector<double> sorted(x.begin(), x.end());
    std::sort(sorted.begin(), sorted.end());
    const double median = sorted[n / 2];
    std::vector<double> distances;
    for (const double value : x) distances.push_back(std::abs(value - median));
    std::sort(distances.begin(), distances.end());
    const double deviation = distances[n / 2];
    double least = deviation > 0 ? median - deviations * deviation : sorted.front();
    double greatest = deviation > 0 ? median + deviations * deviation : sorted.back();
    for (std::size_t k = 1; 2 * k <= n; ++k) {
        if (sorted[k] - sorted[k - 1] > ranges * (sorted.back() - sorted[k])) least = std::max(least, sorted[k]);
        const std::size_t last = n - k - 1;
        // Of two groups of one size, the lower is called far: results near chance are the usual fault.
        if (2 * k < n && sorted[last + 1] - sorted[last] > ranges * (sorted[last] - sorted.front()))
            greatest = std::min(greatest, sorted[last]);
    }
    std::vector<bool> far(n);
    for (std::size_t i = 0; i < n; ++i) far[i] = x[i] < least || x[i] > greatest;
    return far;
}

}  // namespace detail

/// The points of a regression of y on x that move its slope b, ascending.
///
/// A point is named if its Cook's distance e^2 h / (2 s^2 (1 - h)^2) exceeds 1, where e is its residual, h = 1/n + (x -
/// mean)^2 / Sxx its leverage and s the residual standard deviation. Points that hide one another, because several are
/// far from all others, are found together: points that are more than 18 median absolute deviations of x from the
/// median, or behind a gap of twice the range of the others, are named if the slope without all of them differs by more
/// than its standard error, and if they are more than 10 residual standard deviations from that line. Empty for fewer
/// than 5 points, and if the other points do not determine a slope with a standard error. O(n log n), and O(n) for each
/// point that is named.
/// Source: Cook, "Detection of influential observation in linear regression", Technometrics 19 (1977).
[[nodiscard]] inline std::vector<influential_point> find_influential_points(std::span<const double> x,
                                                                            std::span<const double> y)
{
    constexpr double largest_distance = 1, errors = 1, deviations = 10;
    detail::expects(x.size() == y.size(), "influence: ", x.size(), " x, but ", y.size(), " y");
    const std::size_t n = x.size();
    if (n < 5) return {};
    const auto whole = detail::fit_without(x, y, std::vector<bool>(n, false));
    if (!whole) return {};
    const double count = static_cast<double>(n);
    const double mean = whole->x_mean, variance = *whole->residual_variance();
    const std::vector<bool> far = detail::far_points(x);
    const auto change_of = [&](const linear_fit& fit) {
        return (whole->slope - fit.slope) / *fit.slope_standard_error;
    };
    const auto without_far = detail::fit_without(x, y, far);
    const bool far_ones_move = without_far && std::abs(change_of(*without_far)) > errors;
    std::vector<influential_point> found;
    for (std::size_t i = 0; i < n; ++i) {
        if (far[i] && far_ones_move &&
            std::abs(y[i] - without_far->predict(x[i])) > deviations * *without_far->residual_standard_deviation) {
            found.push_back({i, without_far->slope, change_of(*without_far)});
            continue;
        }
        const double leverage = 1 / count + (x[i] - mean) * (x[i] - mean) / whole->x_sum_of_squares;
        const double residual = y[i] - whole->predict(x[i]);
        const double distance = residual * residual * leverage / (2 * variance * (1 - leverage) * (1 - leverage));
        if (!(distance > largest_distance)) continue;
        std::vector<bool> one(n, false);
        one[i] = true;
        if (const auto fit = detail::fit_without(x, y, one)) found.push_back({i, fit->slope, change_of(*fit)});
    }
    return found;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
