// Tests whether two halves of a table of models have the same slope, by several methods in one call.
#pragma once

#include "../execution/execution.hpp"
#include "../version.hpp"
#include "break_test.hpp"
#include "compare_halves.hpp"
#include "errors_in_variables.hpp"
#include "if_defined.hpp"
#include "model_ranking.hpp"
#include "slope_bootstrap.hpp"
#include "slope_t_test.hpp"
#include "theil_sen.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Lines through one half by methods other than least squares. A line that is not defined for the points is absent.
struct alternative_lines {
    /// Robust against single models.
    std::optional<theil_sen_fit> theil_sen{};
    /// With the sampling errors of both axes; empty if they are not known.
    std::optional<york_fit> york{};
    /// With equal errors of both axes, if their sizes are not known.
    std::optional<deming_fit> deming{};
};

/// Tests of the difference of two slopes, in addition to compare_halves. A test that is not defined for the data (too
/// few models, no residuals) is absent.
struct slope_comparison {
    alternative_lines halves[2]{};
    /// Welch's t-test, for few models.
    std::optional<slope_t_test_result> t_test{};
    /// 95 % interval of the difference by the Z-test.
    std::optional<interval> z_interval{};
    /// Models resampled within their halves.
    std::optional<bootstrap_result> bootstrap{};
    /// A break at any place.
    std::optional<break_test_result> break_test{};
    /// Agreement of the orders of the models on both axes.
    std::optional<ranking_agreement_result> agreement{};
    std::uint64_t seed = 0;
    std::size_t replicates = 0;
};

struct compare_slopes_options {
    /// Replicates of the bootstrap and simulations of the break test.
    std::size_t replicates = 1999;
};

/// An accuracy and its sampling error, as shares, in percent.
[[nodiscard]] inline uncertain_point in_percent(uncertain_point point)
{
    for (double* share : {&point.x, &point.y}) *share *= 100;
    for (double* variance : {&point.x_variance, &point.y_variance, &point.covariance}) *variance *= 10000;
    return point;
}

/// All tests for the halves of the points (x, y). `uncertain` has the sampling error of every point, in their order, or
/// is empty if they are not known. The same seed gives the same result for every policy. Cost: that of the bootstrap
/// and of the break test, O(replicates * points).
template <execution_policy Policy>
[[nodiscard]] slope_comparison compare_slopes(Policy policy, std::span<const double> x, std::span<const double> y,
                                              std::span<const uncertain_point> uncertain, const halves_result& halves,
                                              random_seed seed, const compare_slopes_options& options = {})
{
    slope_comparison tests{.seed = seed.value(), .replicates = options.replicates};
    const std::span<const std::size_t> members[2] = {halves.first_models(), halves.second_models()};
    for (std::size_t part = 0; part < 2; ++part) {
        std::vector<double> half_x, half_y;
        std::vector<uncertain_point> points;
        for (const std::size_t member : members[part]) {
            half_x.push_back(x[member]);
            half_y.push_back(y[member]);
            if (uncertain.size() == x.size()) points.push_back(uncertain[member]);
        }
        tests.halves[part].theil_sen = if_defined([&] { return theil_sen(half_x, half_y); });
        if (points.size() == half_x.size()) {
            tests.halves[part].york = if_defined([&] { return york_regression(points); });
        } else {
            tests.halves[part].deming = if_defined([&] { return deming_regression(half_x, half_y); });
        }
    }
    tests.t_test = if_defined([&] { return slope_t_test(halves.first, halves.second); });
    if (halves.slope_test) tests.z_interval = slope_difference_interval(*halves.slope_test);
    tests.bootstrap = if_defined(
        [&] { return bootstrap_slope_difference(policy, x, y, halves, seed, {.replicates = options.replicates}); });
    tests.break_test = if_defined([&] { return break_test(policy, x, y, seed, {.simulations = options.replicates}); });
    tests.agreement = if_defined([&] { return ranking_agreement(x, y); });
    return tests;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
