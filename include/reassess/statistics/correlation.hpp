// Correlation of two variables over models: Pearson, Spearman and Kendall's tau-b, with intervals and p-values.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "proportion_interval.hpp"
#include "student_tail.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A correlation in [-1, 1] with its interval.
struct correlation_result {
    double correlation = 0;
    std::size_t points = 0;
    /// Absent for too few points (at most 3, for Kendall's tau at most 4) and for a correlation of exactly -1 or 1,
    /// whose error is not known.
    std::optional<interval> bounds{};
};

namespace detail {

inline void expect_pairs(std::span<const double> x, std::span<const double> y, const char* what)
{
    expects(x.size() == y.size(), what, ": ", x.size(), " values of x, but ", y.size(), " of y");
    expects(x.size() >= 2, what, ": ", x.size(), " points; the minimum is 2");
    expect_finite(x, what, "x");
    expect_finite(y, what, "y");
    for (const auto& [values, axis] : {std::pair(x, "x"), std::pair(y, "y")}) {
        const double first = values[0];
        expects<std::domain_error>(std::any_of(values.begin(), values.end(), [&](double v) { return v != first; }),
                                   what, ": ", axis, ": all values are equal, so the correlation is undefined");
    }
}

/// Fisher's transformation: atanh of a correlation is approximately normal with this variance.
inline std::optional<interval> fisher_interval(double correlation, double variance, confidence_level level)
{
    if (!(variance > 0) || !std::isfinite(variance) || std::abs(correlation) >= 1) return std::nullopt;
    const double middle = std::atanh(correlation);
    const double margin = two_sided_normal_quantile(level) * std::sqrt(variance);
    return interval{std::tanh(middle - margin), std::tanh(middle + margin)};
}

inline double product_moment(std::span<const double> x, std::span<const double> y)
{
    const scaled_axis xs(x), ys(y);
    double_double xx, xy, yy;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double_double dx = xs.deviation(i), dy = ys.deviation(i);
        xx = xx + dx * dx;
        xy = xy + dx * dy;
        yy = yy + dy * dy;
    }
    // Double-double arithmetic: points on a line give exactly 1 or -1.
    const auto squared = static_cast<double>(xy * xy / (xx * yy));
    return std::clamp(std::copysign(std::sqrt(squared), xy.high), -1.0, 1.0);
}

}  // namespace detail

/// Pearson's correlation, by two passes in double-double arithmetic: relative error 1e-15, always in [-1, 1].
///
/// The interval uses Fisher's transformation with variance 1 / (n - 3), which assumes a bivariate normal distribution.
/// Models chosen from a wide range of accuracies are not normally distributed, and correlate more the wider the range.
/// Throws std::invalid_argument if x and y differ in size, for fewer than 2 points and for a NaN or infinity;
/// std::domain_error if all x or all y are equal.
/// O(points). Fisher 1915, doi:10.1093/biomet/10.4.507.
[[nodiscard]] inline correlation_result pearson_correlation(std::span<const double> x, std::span<const double> y,
                                                            confidence_level level = confidence_level{0.95})
{
    detail::expect_pairs(x, y, "Pearson correlation");
    const double r = detail::product_moment(x, y);
    return {r, x.size(), detail::fisher_interval(r, 1 / (static_cast<double>(x.size()) - 3), level)};
}

/// Two-sided p-value of a Pearson (or Spearman) correlation of `points` points against 0: t = r sqrt((n - 2) / (1 -
/// r^2)) with n - 2 degrees of freedom; 0 for -1 and 1. Throws std::invalid_argument for fewer than 3 points and for a
/// correlation outside [-1, 1] or NaN. O(1).
[[nodiscard]] inline double correlation_p_value(double correlation, std::size_t points)
{
    detail::expects(points >= 3, "correlation: ", points, " points; the minimum is 3");
    detail::expects(std::abs(correlation) <= 1, "correlation: the value is outside [-1, 1]");
    const double degrees = static_cast<double>(points) - 2;
    return two_sided_student_p_value(correlation * std::sqrt(degrees / ((1 - correlation) * (1 + correlation))),
                                     degrees);
}

/// Ranks of values, 1 for the smallest; equal values get the mean of their ranks. Throws std::invalid_argument for a
/// NaN. O(n log n).
[[nodiscard]] inline std::vector<double> average_ranks(std::span<const double> values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = 0; i < values.size(); ++i)
        detail::expects(!std::isnan(values[i]), "ranks: value ", i, " is NaN");
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    }
    return ranks;
}

/// Spearman's correlation: Pearson's correlation of the ranks; equal values get the mean of their ranks.
///
/// Interval by Fisher's transformation with variance (1 + r^2 / 2) / (n - 3). Errors as for pearson_correlation.
/// O(points log points). Spearman 1904, doi:10.2307/1412159; Bonett, Wright 2000, doi:10.1007/BF02294183.
[[nodiscard]] inline correlation_result spearman_correlation(std::span<const double> x, std::span<const double> y,
                                                             confidence_level level = confidence_level{0.95})
{
    detail::expect_pairs(x, y, "Spearman correlation");
    const double r = detail::product_moment(average_ranks(x), average_ranks(y));
    return {r, x.size(), detail::fisher_interval(r, (1 + r * r / 2) / (static_cast<double>(x.size()) - 3), level)};
}

/// Numbers of pairs of points by the agreement of their order in x and in y.
struct pair_orders {
    std::uint64_t concordant = 0;  ///< same order in x and y
    std::uint64_t discordant = 0;  ///< opposite order in x and y
    std::uint64_t tied_x = 0;      ///< equal in x only
    std::uint64_t tied_y = 0;      ///< equal in y only
    std::uint64_t tied_both = 0;
};

/// Counts the pairs. Throws std::invalid_argument if x and y differ in size and for a NaN. O(points^2).
[[nodiscard]] inline pair_orders count_pair_orders(std::span<const double> x, std::span<const double> y)
{
    detail::expects(x.size() == y.size(), "pair orders: ", x.size(), " values of x, but ", y.size(), " of y");
    for (std::size_t i = 0; i < x.size(); ++i)
        detail::expects(!std::isnan(x[i]) && !std::isnan(y[i]), "pair orders: point ", i, " has a NaN coordinate");
    pair_orders pairs;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = i + 1; j < x.size(); ++j) {
            const int by_x = (x[i] < x[j]) - (x[j] < x[i]), by_y = (y[i] < y[j]) - (y[j] < y[i]);
            pairs.concordant += by_x * by_y > 0;
            pairs.discordant += by_x * by_y < 0;
            pairs.tied_x += by_x == 0 && by_y != 0;
            pairs.tied_y += by_x != 0 && by_y == 0;
            pairs.tied_both += by_x == 0 && by_y == 0;
        }
    }
    return pairs;
}

/// Kendall's tau-b: (concordant - discordant) / sqrt(pairs not tied in x * pairs not tied in y).
///
/// Interval by Fisher's transformation with variance 0.437 / (n - 4). Errors as for pearson_correlation. O(points^2).
/// Kendall 1945, doi:10.1093/biomet/33.3.239; Fieller, Hartley, Pearson 1957, doi:10.1093/biomet/44.3-4.470.
[[nodiscard]] inline correlation_result kendall_tau_b(std::span<const double> x, std::span<const double> y,
                                                      confidence_level level = confidence_level{0.95})
{
    detail::expect_pairs(x, y, "Kendall's tau");
    const pair_orders pairs = count_pair_orders(x, y);
    const double ordered = static_cast<double>(pairs.concordant + pairs.discordant);
    const double in_x = ordered + static_cast<double>(pairs.tied_y), in_y = ordered + static_cast<double>(pairs.tied_x);
    const double difference = static_cast<double>(pairs.concordant) - static_cast<double>(pairs.discordant);
    const double tau = in_x == in_y ? difference / in_x : difference / std::sqrt(in_x) / std::sqrt(in_y);
    return {tau, x.size(), detail::fisher_interval(tau, 0.437 / (static_cast<double>(x.size()) - 4), level)};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
