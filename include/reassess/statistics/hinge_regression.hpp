// Continuous piecewise line with one break (hinge, "broken stick") with an interval of the knot, and Chow's test of a
// break at a given split.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "compare_halves.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "special_functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of hinge_regression: y = value_at_knot + slope (x - knot), with one slope on each side of the knot.
struct hinge_fit {
    std::size_t points = 0;
    double knot = 0;
    double value_at_knot = 0;
    double first_slope = 0;   ///< for x below the knot
    double second_slope = 0;  ///< for x above the knot
    /// Sum of squared residuals, and that of one straight line through all points.
    double residual_sum_of_squares = 0;
    double line_residual_sum_of_squares = 0;
    /// The smallest interval that contains all knots whose residual sum is at most the least one times 1 + F(1, n - 4)
    /// / (n - 4); absent for 4 points. It may reach the ends of the range of possible knots.
    std::optional<interval> knot_interval{};

    [[nodiscard]] double predict(double x) const noexcept
    {
        return value_at_knot + (x < knot ? first_slope : second_slope) * (x - knot);
    }
};

namespace detail {

/// Least squares over the points of one side, from running centred sums.
struct side_of_hinge {
    double n = 0, mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0;

    void add(double x, double y) noexcept
    {
        ++n;
        const double dx = x - mean_x, dy = y - mean_y;
        mean_x += dx / n;
        mean_y += dy / n;
        xx += dx * (x - mean_x);
        xy += dx * (y - mean_y);
        yy += dy * (y - mean_y);
    }
    [[nodiscard]] bool has_line() const noexcept { return n >= 2 && xx > 0; }
    [[nodiscard]] double slope() const noexcept { return xy / xx; }
    [[nodiscard]] double at(double x) const noexcept { return mean_y + slope() * (x - mean_x); }
    [[nodiscard]] double residual_squares() const noexcept { return std::max(0.0, yy - xy * xy / xx); }
    /// Variance of at(x) in units of the residual variance.
    [[nodiscard]] double variance_at(double x) const noexcept { return 1 / n + (x - mean_x) * (x - mean_x) / xx; }
};

/// The two sides of one gap between neighbouring x. A hinge with its knot in the gap is two lines with the condition
/// that they meet there, which adds (distance of the free lines at the knot)^2 / (sum of their variances there) to the
/// residual sum of squares of the free lines.
struct hinge_gap {
    side_of_hinge left, right;
    double from = 0, to = 0;

    [[nodiscard]] double distance(double knot) const noexcept { return left.at(knot) - right.at(knot); }
    [[nodiscard]] double free_squares() const noexcept { return left.residual_squares() + right.residual_squares(); }
    [[nodiscard]] double squares(double knot) const noexcept
    {
        const double d = distance(knot);
        return free_squares() + d * d / (left.variance_at(knot) + right.variance_at(knot));
    }
    /// The best knot of the gap: where the free lines meet, or one of the ends.
    [[nodiscard]] double best_knot() const noexcept
    {
        const double change = left.slope() - right.slope();
        const double meet = from - distance(from) / change;
        if (meet > from && meet < to) return meet;
        return squares(from) <= squares(to) ? from : to;
    }
    /// The knots of the gap with squares(knot) <= limit, as their smallest interval.
    [[nodiscard]] std::optional<interval> knots_within(double limit) const
    {
        const double extra = limit - free_squares();
        if (extra < 0) return std::nullopt;
        // a k^2 + b k + c <= 0 for k = knot - from.
        const double slope = left.slope() - right.slope(), d = distance(from);
        const double l = from - left.mean_x, r = from - right.mean_x;
        const double a = slope * slope - extra * (1 / left.xx + 1 / right.xx);
        const double b = 2 * (slope * d - extra * (l / left.xx + r / right.xx));
        const double c = d * d - extra * (left.variance_at(from) + right.variance_at(from));
        double ends[4] = {0, to - from, 0, to - from};
        const double discriminant = b * b - 4 * a * c;
        if (discriminant >= 0) {
            const double q = -(b + std::copysign(std::sqrt(discriminant), b)) / 2;
            if (a != 0) ends[2] = std::clamp(q / a, 0.0, to - from);
            if (q != 0) ends[3] = std::clamp(c / q, 0.0, to - from);
        }
        const double tolerance = 1e-9 * (std::abs(a) * ends[1] * ends[1] + std::abs(b) * ends[1] + std::abs(c));
        std::optional<interval> found;
        for (const double k : ends) {
            if (!((a * k + b) * k + c <= tolerance)) continue;
            if (!found) found = interval{from + k, from + k};
            found->lower = std::min(found->lower, from + k);
            found->upper = std::max(found->upper, from + k);
        }
        return found;
    }
};

}  // namespace detail

/// Least-squares fit of a continuous line with one break: the knot is anywhere between the points, and at least two
/// different x are on each side.
///
/// The exact minimum: in every gap between neighbouring x the best knot has a closed form. For a line that changes its
/// slope without a jump this describes the data with one parameter less than two separate lines. The knot's interval
/// inverts the F test; simulated with 30 points it covers in 93.0 % of samples at level 95 %. A hinge is fitted to any
/// points: test for a break with break_test or robust_slope_test first.
///
/// Throws std::invalid_argument if x and y differ in size and for a NaN or infinity; std::domain_error for fewer than 4
/// different x. O(points log points). Hudson 1966, doi:10.1080/01621459.1966.10482198; Hinkley 1971,
/// doi:10.1080/01621459.1971.10482337.
[[nodiscard]] inline hinge_fit hinge_regression(std::span<const double> x, std::span<const double> y,
                                                confidence_level level = confidence_level{0.95})
{
    const std::size_t points = x.size();
    detail::expects(points == y.size(), "hinge regression: ", points, " values of x, but ", y.size(), " of y");
    detail::expect_finite(x, "hinge regression", "x");
    detail::expect_finite(y, "hinge regression", "y");
    std::vector<std::size_t> order(points);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    const detail::scaled_axis xs(x), ys(y);
    // Relative to the first point, so that a large offset does not cost digits.
    const double base_x = points > 0 ? xs[order[0]] : 0, base_y = points > 0 ? ys[order[0]] : 0;
    std::vector<detail::side_of_hinge> after(points + 1);
    for (std::size_t i = points; i-- > 0;) {
        after[i] = after[i + 1];
        after[i].add(xs[order[i]] - base_x, ys[order[i]] - base_y);
    }
    std::vector<detail::hinge_gap> gaps;
    detail::side_of_hinge before;
    for (std::size_t i = 0; i + 1 < points; ++i) {
        const double here = xs[order[i]] - base_x, next = xs[order[i + 1]] - base_x;
        before.add(here, ys[order[i]] - base_y);
        if (here != next && before.has_line() && after[i + 1].has_line())
            gaps.push_back({before, after[i + 1], here, next});
    }
    detail::expects<std::domain_error>(!gaps.empty(), "hinge regression: fewer than 4 different values of x");
    // Residual sums that differ by rounding only are equal: on a line every knot is as good as any other.
    const double rounding = 0x1p-50 * after[0].yy;
    double least = std::numeric_limits<double>::infinity(), knot = 0;
    const detail::hinge_gap* best = nullptr;
    for (const detail::hinge_gap& gap : gaps) {
        const double at = gap.best_knot(), squares = gap.squares(at);
        if (best != nullptr && !(squares < least - rounding)) continue;
        best = &gap;
        least = squares;
        knot = at;
    }
    hinge_fit fit;
    fit.points = points;
    const int to_y = ys.exponent, to_slope = ys.exponent - xs.exponent;
    fit.knot = std::ldexp(base_x + knot, xs.exponent);
    // The lines that meet at the knot: the distance is divided between the free lines by their variances there.
    const double left_variance = best->left.variance_at(knot), right_variance = best->right.variance_at(knot);
    const double share = best->distance(knot) / (left_variance + right_variance);
    const auto slope_of = [&](const detail::side_of_hinge& side, double shift) {
        return side.slope() + shift * (knot - side.mean_x) / side.xx;
    };
    fit.value_at_knot = std::ldexp(base_y + (best->left.at(knot) - share * left_variance), to_y);
    fit.first_slope = std::ldexp(slope_of(best->left, -share), to_slope);
    fit.second_slope = std::ldexp(slope_of(best->right, share), to_slope);
    fit.residual_sum_of_squares = std::ldexp(least, 2 * to_y);
    fit.line_residual_sum_of_squares = std::ldexp(after[0].residual_squares(), 2 * to_y);
    if (points > 4) {
        const double degrees = static_cast<double>(points) - 4;
        const double f = detail::f_upper_quantile(1.0, degrees, 1 - level.value());
        interval bounds{knot, knot};
        for (const detail::hinge_gap& gap : gaps) {
            if (const auto within = gap.knots_within(least * (1 + f / degrees) + rounding)) {
                bounds.lower = std::min(bounds.lower, within->lower);
                bounds.upper = std::max(bounds.upper, within->upper);
            }
        }
        fit.knot_interval =
            interval{std::ldexp(base_x + bounds.lower, xs.exponent), std::ldexp(base_x + bounds.upper, xs.exponent)};
    }
    return fit;
}

/// Result of chow_test.
struct chow_test_result {
    double f = 0;
    double degrees_of_freedom = 0;  ///< of the denominator; those of the numerator are 2
    double p_value = 1;
    /// Sums of squared residuals of one line through all models, and of the lines of both halves together.
    double line_residual_sum_of_squares = 0;
    double halves_residual_sum_of_squares = 0;
};

/// Chow's test of one line against the two lines of compare_halves: F = ((S - S12) / 2) / (S12 / (n - 4)) with the
/// residual sums S of one line and S12 of both. It also sees a jump, not only a change of the slope, and requires
/// independent models, one variance and a split that was fixed before looking at the data; break_test searches the
/// split.
///
/// Throws std::invalid_argument if x and y are not those of `halves` or if the halves share a model; std::domain_error
/// for a half of 2 models and for lines without noise. O(models). Chow 1960, doi:10.2307/1910133.
[[nodiscard]] inline chow_test_result chow_test(std::span<const double> x, std::span<const double> y,
                                                const halves_result& halves)
{
    detail::expects(x.size() == y.size() && x.size() == halves.order.size(), "Chow test: ", x.size(), " x and ",
                    y.size(), " y, but ", halves.order.size(), " models in the result of compare_halves");
    detail::expects(halves.independent(), "Chow test: the halves share a model; use boundary_model::in_first_half");
    detail::expects<std::domain_error>(halves.first.points > 2 && halves.second.points > 2,
                                       "Chow test: a half of 2 models; the minimum is 3");
    const linear_fit line = linear_regression(x, y);
    const auto squares = [](const linear_fit& fit) {
        return *fit.residual_variance() * (static_cast<double>(fit.points) - 2);
    };
    chow_test_result result;
    result.line_residual_sum_of_squares = squares(line);
    result.halves_residual_sum_of_squares = squares(halves.first) + squares(halves.second);
    result.degrees_of_freedom = static_cast<double>(x.size()) - 4;
    detail::expects<std::domain_error>(!(halves.first.without_noise() && halves.second.without_noise()),
                                       "Chow test: both lines fit all their points exactly");
    const double gain = std::max(0.0, result.line_residual_sum_of_squares - result.halves_residual_sum_of_squares);
    result.f = gain / 2 / (result.halves_residual_sum_of_squares / result.degrees_of_freedom);
    result.p_value = detail::f_tail(2.0, result.degrees_of_freedom, result.f);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
