// Theil-Sen estimator: robust regression line with the median of the slopes of all pairs of points.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "proportion_interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A line fitted by theil_sen.
struct theil_sen_fit {
    std::size_t points = 0;
    double slope = 0;
    /// Median of y - slope x.
    double intercept = 0;
    /// Interval of the slope, by Kendall's S; absent if even the extreme slopes do not reach the level.
    std::optional<interval> slope_interval{};
    /// Mean of x, and y of the line there: predict starts at them, as linear_fit does.
    double x_mean = 0;
    double y_at_x_mean = 0;

    [[nodiscard]] double predict(double x) const noexcept { return y_at_x_mean + slope * (x - x_mean); }
};

namespace detail {

/// The middle value, or the mean of the two middle values. Requires at least one value. Reorders them.
inline double median_in_place(std::span<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    // midpoint, because the sum and the difference may overflow.
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

/// How ties of x affect Kendall's S.
struct tie_effects {
    /// sum of t (t - 1) (2 t + 5) over the groups of equal values, t of each: what ties take from 18 times the
    /// variance.
    double variance = 0;
    /// Probability that all untied pairs have the same given order by chance: the product of all t! over n!.
    double all_in_order = 1;
};

inline tie_effects effects_of_ties(std::span<const double> values)
{
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    tie_effects effects;
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
        while (end < sorted.size() && sorted[end] == sorted[begin]) {
            ++end;
            effects.all_in_order *= static_cast<double>(end - begin) / static_cast<double>(end);
        }
        const double t = static_cast<double>(end - begin);
        effects.variance += t * (t - 1) * (2 * t + 5);
    }
    return effects;
}

}  // namespace detail

/// Theil-Sen line: the median slope of all pairs of points with different x, with its interval. Up to 29 % of the
/// points may be arbitrary outliers.
///
/// The interval contains the slopes whose rank among the N slopes is within z sqrt(var) / 2 of N / 2, var = (n (n - 1)
/// (2 n + 5) - sum of t (t - 1) (2 t + 5) over the ties of x) / 18 the variance of Kendall's S of errors without ties.
/// Ties of y are not subtracted: equal y after rounding do not make the errors equal. The extreme slopes cover the true
/// slope with probability 1 - 2 / n! (without ties of x): 0, 0.667 and 0.917 for 2, 3 and 4 points, so these have no
/// interval at level 0.95. The interval requires errors that are independent and identically distributed; it does not
/// hold if their spread depends on x. Simulated at level 0.95 with y rounded to steps, 10 to
/// 100 points and a rise of one step over all x: 0.94 to 0.97 for noise with a standard deviation of 5 steps, 0.73 to
/// 0.95 for one step, 0.39 to 0.94 for half a step, because such coarse rounding biases the slope itself. Throws
/// std::invalid_argument if x and y differ in size, for fewer than 2 points and for a NaN or infinity;
/// std::domain_error if all x are equal. Time and memory O(points^2). Theil 1950; Sen 1968,
/// doi:10.1080/01621459.1968.10480934.
[[nodiscard]] inline theil_sen_fit theil_sen(std::span<const double> x, std::span<const double> y,
                                             confidence_level level = confidence_level{0.95})
{
    const std::size_t points = x.size();
    detail::expects(points == y.size(), "Theil-Sen: ", points, " values of x, but ", y.size(), " of y");
    detail::expects(points >= 2, "Theil-Sen: ", points, " points; the minimum is 2");
    detail::expect_finite(x, "Theil-Sen", "x");
    detail::expect_finite(y, "Theil-Sen", "y");
    std::vector<double> slopes;
    slopes.reserve(points * (points - 1) / 2);
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t j = i + 1; j < points; ++j) {
            if (x[i] != x[j]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
        }
    }
    detail::expects<std::domain_error>(!slopes.empty(), "Theil-Sen: all ", points, " values of x are equal");
    for (const double slope : slopes)
        detail::expects<std::domain_error>(std::isfinite(slope), "Theil-Sen: a slope is too large for a double");

    theil_sen_fit fit;
    fit.points = points;
    fit.slope = detail::median_in_place(slopes);
    const detail::scaled_axis xs(x);
    fit.x_mean = std::ldexp(static_cast<double>(xs.sum / static_cast<double>(points)), xs.exponent);
    std::vector<double> intercepts, at_mean;
    for (std::size_t i = 0; i < points; ++i) {
        intercepts.push_back(y[i] - fit.slope * x[i]);
        at_mean.push_back(y[i] - fit.slope * (x[i] - fit.x_mean));
    }
    fit.intercept = detail::median_in_place(intercepts);
    fit.y_at_x_mean = detail::median_in_place(at_mean);

    const double n = static_cast<double>(points), count = static_cast<double>(slopes.size());
    const detail::tie_effects ties = detail::effects_of_ties(x);
    const double variance = (n * (n - 1) * (2 * n + 5) - ties.variance) / 18;
    const double reach = detail::two_sided_normal_quantile(level) * std::sqrt(std::max(0.0, variance));
    const auto at_rank = [&](double rank) {  // 1-based
        const auto place = slopes.begin() + static_cast<std::ptrdiff_t>(std::clamp(rank, 1.0, count)) - 1;
        std::nth_element(slopes.begin(), place, slopes.end());
        return *place;
    };
    // Ranks are rounded outwards, so the interval is never too short.
    const double first = std::floor((count - reach) / 2), last = std::ceil((count + reach) / 2) + 1;
    const bool only_extremes = first <= 1 || last >= count;
    if (only_extremes && 1 - 2 * ties.all_in_order < level.value()) return fit;
    fit.slope_interval = interval{at_rank(first), at_rank(last)};
    return fit;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
