// Diagnostics of a regression line over models: autocorrelation of the residuals along x, leverage, Cook's distance.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"
#include "summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of diagnose_regression.
struct regression_diagnostics {
    /// Correlation of the residuals of neighbours in order of x; absent for points on a line. Far above 0, the points
    /// do not follow a straight line or are not independent, and the standard errors of the line are too small.
    std::optional<double> lag_1_autocorrelation{};
    /// sum (e[i + 1] - e[i])^2 / sum e^2 in order of x, near 2 for independent errors; absent for points on a line.
    std::optional<double> durbin_watson{};
    /// The greatest leverage, 1/n + (x - mean x)^2 / sum (x - mean x)^2, and the index of its point. The mean is 2/n; a
    /// point far above it determines the line almost alone.
    double largest_leverage = 0;
    std::size_t largest_leverage_point = 0;
    /// The greatest Cook's distance, e^2 h / (2 s^2 (1 - h)^2): how far the line moves without the point; and the index
    /// of the point. Absent for points on a line, and for a point of leverage 1.
    std::optional<double> largest_cooks_distance{};
    std::size_t largest_cooks_distance_point = 0;
};

/// Diagnostics of the least-squares line of y on x. Equal x are ordered by y, then by input, as in compare_halves.
///
/// Throws as linear_regression does, and std::invalid_argument for fewer than 3 points. O(points log points). Durbin,
/// Watson 1950, doi:10.1093/biomet/37.3-4.409; Cook 1977, doi:10.1080/00401706.1977.10489493.
[[nodiscard]] inline regression_diagnostics diagnose_regression(std::span<const double> x, std::span<const double> y)
{
    const linear_fit line = linear_regression(x, y);
    detail::expects(line.points >= 3, "regression diagnostics: ", line.points, " points; the minimum is 3");
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (x[a] != x[b]) return x[a] < x[b];
        if (y[a] != y[b]) return y[a] < y[b];
        return a < b;
    });
    const double deviation = *line.residual_standard_deviation, n = static_cast<double>(x.size());
    const detail::scaled_axis xs(x);
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) mean += xs[i] / n;
    for (std::size_t i = 0; i < x.size(); ++i) squares += (xs[i] - mean) * (xs[i] - mean);
    regression_diagnostics result;
    std::vector<double> residuals;  // in units of their standard deviation, in order of x
    double steps = 0, sum = 0;
    for (const std::size_t point : order) {
        const double leverage = 1 / n + (xs[point] - mean) * (xs[point] - mean) / squares;
        if (leverage > result.largest_leverage) {
            result.largest_leverage = leverage;
            result.largest_leverage_point = point;
        }
        if (line.without_noise()) continue;
        const double residual = (y[point] - line.predict(x[point])) / deviation;
        if (!residuals.empty()) steps += (residual - residuals.back()) * (residual - residuals.back());
        sum += residual * residual;
        residuals.push_back(residual);
        const double cook = residual * residual * leverage / (2 * (1 - leverage) * (1 - leverage));
        if (leverage < 1 - 1e-12 && cook > result.largest_cooks_distance.value_or(-1)) {
            result.largest_cooks_distance = cook;
            result.largest_cooks_distance_point = point;
        }
    }
    if (line.without_noise()) return result;
    result.durbin_watson = steps / sum;
    result.lag_1_autocorrelation = summarise_values(residuals).lag_1_autocorrelation;
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
