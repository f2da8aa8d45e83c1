// Correlation of two variables over models: Pearson, Spearman and Kendall's tau-b, with intervals and p-values.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "proportion_interval.hpp"
#include "special_functions.hpp"
#include "student_tail.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
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
    /// Absent for too few points (at most 3, for rank correlations at most 4) and for a correlation of exactly -1 or 1,
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

namespace detail {

/// Kendall's tau-b from the numbers of pairs; NaN if all pairs are tied in x or in y.
inline double tau_b(double concordant, double discordant, double tied_x, double tied_y) noexcept
{
    const double ordered = concordant + discordant, in_x = ordered + tied_y, in_y = ordered + tied_x;
    return in_x == in_y ? (concordant - discordant) / in_x
                        : (concordant - discordant) / std::sqrt(in_x) / std::sqrt(in_y);
}

inline double tau_b(const pair_orders& pairs) noexcept
{
    const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
    return tau_b(real(pairs.concordant), real(pairs.discordant), real(pairs.tied_x), real(pairs.tied_y));
}

/// The pairs of all points, and of each point with all others, in one pass. O(n^2).
struct orders_by_point {
    pair_orders all{};
    std::vector<pair_orders> of{};

    orders_by_point(std::span<const double> x, std::span<const double> y) : of(x.size())
    {
        for (std::size_t i = 0; i < x.size(); ++i) {
            pair_orders own;  // with the points after i
            for (std::size_t j = i + 1; j < x.size(); ++j) {
                const int by_x = (x[i] < x[j]) - (x[j] < x[i]), by_y = (y[i] < y[j]) - (y[j] < y[i]);
                const pair_orders pair{by_x * by_y > 0, by_x * by_y < 0, by_x == 0 && by_y != 0, by_x != 0 && by_y == 0,
                                       by_x == 0 && by_y == 0};
                add(own, pair);
                add(of[j], pair);
            }
            add(all, own);
            add(of[i], own);
        }
    }

private:
    static void add(pair_orders& sum, const pair_orders& more) noexcept
    {
        sum.concordant += more.concordant;
        sum.discordant += more.discordant;
        sum.tied_x += more.tied_x;
        sum.tied_y += more.tied_y;
        sum.tied_both += more.tied_both;
    }
};

/// Variance of Kendall's tau-b by the jackknife: (n - 1) / n times the squared deviations of the n values without one
/// point; NaN if one of these is not defined.
inline double jackknife_variance_of_tau(const orders_by_point& orders)
{
    const double n = static_cast<double>(orders.of.size());
    const pair_orders& all = orders.all;
    std::vector<double> left_out;
    double mean = 0;
    for (const pair_orders& own : orders.of) {
        left_out.push_back(tau_b({all.concordant - own.concordant, all.discordant - own.discordant,
                                  all.tied_x - own.tied_x, all.tied_y - own.tied_y, 0}));
        mean += left_out.back() / n;
    }
    double squares = 0;
    for (const double value : left_out) squares += (value - mean) * (value - mean);
    return (n - 1) / n * squares;
}

/// Interval of Kendall's tau: of q = (1 - tau) / 2, the probability that two points are discordant, by the ends of
/// clopper_pearson_interval for q m hits of m trials. The effective number of trials m is that of a binomial share with
/// the jackknife variance of q, times (z / t)^2 for the estimated variance, and at most the number of pairs.
inline std::optional<interval> effective_pairs_interval(double tau, double variance, std::size_t points,
                                                        confidence_level level)
{
    if (points <= 4 || !(std::abs(tau) < 1) || !std::isfinite(variance)) return std::nullopt;
    const double n = static_cast<double>(points), q = (1 - tau) / 2, pairs = n * (n - 1) / 2;
    const double ratio = two_sided_normal_quantile(level) / two_sided_student_quantile(level, n - 1);
    double trials = variance > 0 ? std::min(pairs, q * (1 - q) / (variance / 4)) : pairs;
    trials *= ratio * ratio;
    const double hits = q * trials, tail = (1 - level.value()) / 2;
    const double lower = beta_quantile(hits, trials - hits + 1, tail);
    const double upper = beta_upper_quantile(hits + 1, trials - hits, tail);
    return interval{1 - 2 * upper, 1 - 2 * lower};
}

/// Spearman's correlation of a normal distribution with this Kendall correlation: 6 / pi asin(sin(pi tau / 2) / 2).
inline double spearman_of_kendall(double tau) noexcept
{
    return 6 / std::numbers::pi * std::asin(std::sin(std::numbers::pi / 2 * tau) / 2);
}

/// Kendall's tau-b with its interval, from the pairs.
inline correlation_result kendall_of(const orders_by_point& orders, confidence_level level)
{
    const double tau = tau_b(orders.all);
    const std::size_t points = orders.of.size();
    return {tau, points, effective_pairs_interval(tau, jackknife_variance_of_tau(orders), points, level)};
}

/// Spearman's correlation with its interval, from that of Kendall's tau of the same points.
inline correlation_result spearman_of(std::span<const double> x, std::span<const double> y,
                                      const correlation_result& kendall)
{
    correlation_result result = kendall;
    result.correlation = product_moment(average_ranks(x), average_ranks(y));
    if (std::abs(result.correlation) == 1) result.bounds.reset();
    if (result.bounds) {
        result.bounds = interval{std::min(spearman_of_kendall(result.bounds->lower), result.correlation),
                                 std::max(spearman_of_kendall(result.bounds->upper), result.correlation)};
    }
    return result;
}

}  // namespace detail

/// Kendall's tau-b: (concordant - discordant) / sqrt(pairs not tied in x * pairs not tied in y).
///
/// Interval: Clopper-Pearson's of the share of discordant pairs, with the effective number of pairs from the jackknife
/// variance of tau and Student's t (as Korn and Graubard 1998 for shares from dependent samples). It needs no
/// distribution of x and y, and holds where almost all pairs are concordant and Fisher's transformation fails.
/// Simulated at level 0.95 for normal variables of correlation 0, 0.9, 0.99 and 0.999 (where the interval exists):
/// 0.98, 1.00, 1.00, 1.00 at 10 points; 0.97, 0.98, 0.99, 1.00 at 30; 0.97, 0.97, 0.98, 0.99 at 100; 0.93, 0.95, 0.94,
/// 0.98 at 1,000 (120 samples).
///
/// Errors as for pearson_correlation. O(points^2). Kendall 1945, doi:10.1093/biomet/33.3.239; Korn, Graubard 1998,
/// "Confidence intervals for proportions with small expected number of positive counts estimated from survey data",
/// Survey Methodology 24.
[[nodiscard]] inline correlation_result kendall_tau_b(std::span<const double> x, std::span<const double> y,
                                                      confidence_level level = confidence_level{0.95})
{
    detail::expect_pairs(x, y, "Kendall's tau");
    return detail::kendall_of(detail::orders_by_point(x, y), level);
}

/// Spearman's correlation: Pearson's correlation of the ranks; equal values get the mean of their ranks.
///
/// The interval is that of Kendall's tau (see kendall_tau_b), converted by 6 / pi asin(sin(pi tau / 2) / 2), extended
/// to contain the correlation itself. The conversion is exact for variables that are normal after monotone
/// transformations, and an approximation for others. An interval around the sample's correlation cannot hold near 1,
/// because it is biased: its mean is ((n - 2) rho + 3 tau) / (n + 1), 0.996 for a true 0.999 at 30 points. The
/// simulated coverage is that of kendall_tau_b or a little more; Fisher's transformation with variance (1 + r^2 / 2) /
/// (n - 3) covers 0.83, 0.43 at 30 points and 0.89, 0.46 at 100 for correlations of 0.99, 0.999.
///
/// Errors as for pearson_correlation. O(points^2). Spearman 1904, doi:10.2307/1412159; Kruskal 1958,
/// doi:10.1080/01621459.1958.10501481.
[[nodiscard]] inline correlation_result spearman_correlation(std::span<const double> x, std::span<const double> y,
                                                             confidence_level level = confidence_level{0.95})
{
    detail::expect_pairs(x, y, "Spearman correlation");
    return detail::spearman_of(x, y, detail::kendall_of(detail::orders_by_point(x, y), level));
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
