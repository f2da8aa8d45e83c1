// Comparison of regression slopes: one line through the models of lower x and one through those of higher x, to test
// whether a gain in original accuracy still gives the same gain in ReaL accuracy (Fig. 4 of the paper).
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"
#include "slope_test.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Which half contains the last model of the first half.
enum class boundary_model {
    in_first_half,   ///< only the first half: the halves share no model
    in_both_halves,  ///< both halves: the halves are then not independent
};

/// How compare_halves splits the models.
struct halves_options {
    /// Number of models in the first half; by default half of them, rounded down.
    std::optional<std::size_t> first_half{};
    boundary_model boundary = boundary_model::in_first_half;
};

/// Result of compare_halves. The sizes of the halves are `first.points` and `second.points`.
struct halves_result {
    /// The line through the models of lower x.
    linear_fit first{};
    /// The line through the models of higher x.
    linear_fit second{};
    /// Test of the first slope against the second; absent if the fits do not determine it (see why_no_slope_test).
    std::optional<slope_test_result> slope_test{};
    /// The reason why slope_test is absent; empty if it is present.
    std::string why_no_slope_test{};
    /// The models, as indices into the input, in ascending order of x, then y, then input.
    std::vector<std::size_t> order{};
    /// Whether the last model of the first half and the next model have the same x, so that only y (or the input order)
    /// assigns them to different halves.
    bool tie_at_split = false;
    boundary_model boundary = boundary_model::in_first_half;

    /// Whether the halves share no model. If they share one, the standard errors are correlated and the p-value of the
    /// slope test is only approximate.
    [[nodiscard]] bool independent() const noexcept { return boundary == boundary_model::in_first_half; }

    /// The models of each half, as indices into the input, in order.
    [[nodiscard]] std::span<const std::size_t> first_models() const noexcept
    {
        return std::span(order).first(first.points);
    }
    [[nodiscard]] std::span<const std::size_t> second_models() const noexcept
    {
        return std::span(order).last(second.points);
    }
};

namespace detail {

inline linear_fit fit_half(std::span<const double> x, std::span<const double> y, const char* which)
{
    expects(x.size() >= 2, "compare halves: ", x.size(), " models in the ", which, " half; the minimum is 2");
    // x is sorted, so comparing its ends is enough. linear_regression would also throw, but could not name the half.
    expects<std::domain_error>(x.front() != x.back(), "compare halves: all ", x.size(), " models of the ", which,
                               " half have the same x, so no line can be fitted");
    return linear_regression(x, y);
}

}  // namespace detail

/// Fits y (ReaL accuracy) on x (original accuracy) separately for the half of the models with lower x and the half with
/// higher x, and tests whether the slopes are equal. A smaller slope in the second half means that gains carry over
/// less.
///
/// Models are ordered by x, then y, then input position. With `in_both_halves` the last model of the first half is also
/// the first of the second half. This gives the paper's slopes 0.86 and 0.51 for the 22 models of Table 5 that Fig. 4
/// shows (those of Table 3 and later ones); all 30 models of Table 5 in two separate halves give 0.974 and 0.573.
/// Exclude reference rows (the labels themselves) from the input and pass them to residual. If the slope test is not
/// defined (a half of 2 models, or two lines without noise and of equal slope), the result has the fits and the reason
/// for the absent test.
///
/// Throws std::invalid_argument if x and y differ in size, for a NaN or infinity (the message has the model's input
/// position), for a first half larger than the number of models, and for a half of fewer than 2; std::domain_error if
/// all x of a half are equal. O(models log models).
/// Beyer, Hénaff, Kolesnikov, Zhai, van den Oord 2020, "Are we done with ImageNet?", section 4.1 and Fig. 4,
/// arXiv:2006.07159.
[[nodiscard]] inline halves_result compare_halves(std::span<const double> x, std::span<const double> y,
                                                  halves_options options = {})
{
    const std::size_t models = x.size();
    const std::size_t first_size = options.first_half.value_or(models / 2);
    detail::expects(models == y.size(), "compare halves: ", models, " values of x, but ", y.size(), " of y");
    detail::expects(first_size <= models, "compare halves: ", first_size, " models in the first half, but only ",
                    models, " in all");
    detail::expect_finite(x, "compare halves", "x");
    detail::expect_finite(y, "compare halves", "y");

    halves_result result;
    result.boundary = options.boundary;
    result.order.resize(models);
    std::iota(result.order.begin(), result.order.end(), std::size_t{0});
    std::sort(result.order.begin(), result.order.end(), [&](std::size_t a, std::size_t b) {
        if (x[a] != x[b]) return x[a] < x[b];
        if (y[a] != y[b]) return y[a] < y[b];
        return a < b;
    });
    std::vector<double> sorted_x(models), sorted_y(models);
    for (std::size_t i = 0; i < models; ++i) {
        sorted_x[i] = x[result.order[i]];
        sorted_y[i] = y[result.order[i]];
    }

    const std::span<const double> all_x(sorted_x), all_y(sorted_y);
    result.first = detail::fit_half(all_x.first(first_size), all_y.first(first_size), "first");
    const std::size_t second_start = options.boundary == boundary_model::in_both_halves ? first_size - 1 : first_size;
    result.second = detail::fit_half(all_x.subspan(second_start), all_y.subspan(second_start), "second");
    result.tie_at_split = first_size < models && sorted_x[first_size - 1] == sorted_x[first_size];
    if (const char* const reason = detail::why_no_slope_test(result.first, result.second)) {
        result.why_no_slope_test = reason;
    } else {
        result.slope_test = reassess::slope_test(result.first, result.second);
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
