// All slope tests in one call against the single functions; if_defined; points in percent.
#include "support/relative_error.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/if_defined.hpp>
#include <reassess/statistics/slope_comparison.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

/// Ten models, not in order of x, whose slope is smaller in the second half.
const std::vector<double> x{70, 52, 61, 77, 55, 74, 58, 82, 79, 65};
const std::vector<double> y{77.1, 60.2, 68.6, 81.9, 63.4, 80.3, 65.5, 84.1, 83.2, 72.9};

std::vector<ra::uncertain_point> uncertain_points()
{
    std::vector<ra::uncertain_point> points;
    for (std::size_t i = 0; i < x.size(); ++i)
        points.push_back({.x = x[i], .y = y[i], .x_variance = 0.04, .y_variance = 0.03, .covariance = 0.02});
    return points;
}

}  // namespace

TEST_CASE("if_defined: the value, nothing for a logic_error, other exceptions pass")
{
    CHECK(ra::if_defined([] { return 3; }) == 3);
    CHECK(ra::if_defined([]() -> int { throw std::domain_error("0 of 0"); }) == std::nullopt);
    CHECK(ra::if_defined([]() -> int { throw std::invalid_argument("one point"); }) == std::nullopt);
    CHECK_THROWS_AS((void)ra::if_defined([]() -> int { throw std::bad_alloc(); }), std::bad_alloc);
    CHECK_THROWS_AS((void)ra::if_defined([]() -> int { throw std::runtime_error("file"); }), std::runtime_error);
}

TEST_CASE("in_percent: shares times 100, variances and the covariance times 10,000")
{
    const ra::uncertain_point point =
        ra::in_percent({.x = 0.5, .y = 0.75, .x_variance = 0.25, .y_variance = 0.5, .covariance = 0.125});
    CHECK(point.x == 50);
    CHECK(point.y == 75);
    CHECK(point.x_variance == 2500);
    CHECK(point.y_variance == 5000);
    CHECK(point.covariance == 1250);
}

TEST_CASE("compare_slopes: each test is that of the single function on the same halves")
{
    const ra::halves_result halves = ra::compare_halves(x, y);
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{7}, {.replicates = 199});
    CHECK(tests.seed == 7);
    CHECK(tests.replicates == 199);
    const std::span<const std::size_t> members[2] = {halves.first_models(), halves.second_models()};
    for (std::size_t half = 0; half < 2; ++half) {
        std::vector<double> half_x, half_y;
        for (const std::size_t model : members[half]) {
            half_x.push_back(x[model]);
            half_y.push_back(y[model]);
        }
        REQUIRE(half_x.size() == 5);
        REQUIRE(tests.halves[half].theil_sen);
        CHECK(tests.halves[half].theil_sen->slope == ra::theil_sen(half_x, half_y).slope);
        REQUIRE(tests.halves[half].deming);
        CHECK(tests.halves[half].deming->slope == ra::deming_regression(half_x, half_y).slope);
        CHECK_FALSE(tests.halves[half].york);
    }
    CHECK(tests.halves[0].theil_sen->slope > tests.halves[1].theil_sen->slope);
    CHECK(tests.t_test->t == ra::slope_t_test(halves.first, halves.second).t);
    CHECK(tests.z_interval->lower == ra::slope_difference_interval(*halves.slope_test).lower);
    const auto bootstrap =
        ra::bootstrap_slope_difference(ra::seq, x, y, halves, ra::random_seed{7}, {.replicates = 199});
    CHECK(tests.bootstrap->percentile.lower == bootstrap.percentile.lower);
    CHECK(tests.bootstrap->standard_error == bootstrap.standard_error);
    const auto break_test = ra::break_test(ra::seq, x, y, ra::random_seed{7}, {.simulations = 199});
    CHECK(tests.break_test->p_value == break_test.p_value);
    CHECK(tests.break_test->simulations == 199);
    CHECK(tests.agreement->kendall.correlation == ra::ranking_agreement(x, y).kendall.correlation);

    const ra::slope_comparison parallel =
        ra::compare_slopes(ra::par.on(3).serial_below(0), x, y, {}, halves, ra::random_seed{7}, {.replicates = 199});
    CHECK(parallel.bootstrap->standard_error == bootstrap.standard_error);
    CHECK(parallel.break_test->p_value == break_test.p_value);
}

TEST_CASE("compare_slopes: sampling errors give York's lines of the half's own points instead of Deming's")
{
    const ra::halves_result halves = ra::compare_halves(x, y);
    std::vector<ra::uncertain_point> points = uncertain_points();
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, points, halves, ra::random_seed{1}, {.replicates = 99});
    for (std::size_t half = 0; half < 2; ++half) {
        std::vector<ra::uncertain_point> of_half;
        for (const std::size_t model : half == 0 ? halves.first_models() : halves.second_models())
            of_half.push_back(points[model]);
        REQUIRE(tests.halves[half].york);
        CHECK(tests.halves[half].york->slope == ra::york_regression(of_half).slope);
        CHECK_FALSE(tests.halves[half].deming);
    }
    // Errors of some points only are not used.
    points.pop_back();
    const ra::slope_comparison partly =
        ra::compare_slopes(ra::seq, x, y, points, halves, ra::random_seed{1}, {.replicates = 99});
    CHECK_FALSE(partly.halves[0].york);
    CHECK(partly.halves[0].deming);
}

TEST_CASE("compare_slopes: what two points per half do not determine is empty")
{
    const std::vector<double> few_x{1, 2, 3, 4}, few_y{1, 3, 4, 6};
    const ra::halves_result halves = ra::compare_halves(few_x, few_y);
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, few_x, few_y, {}, halves, ra::random_seed{1}, {.replicates = 99});
    CHECK_FALSE(halves.slope_test);
    CHECK_FALSE(tests.z_interval);
    CHECK_FALSE(tests.t_test);
    CHECK(tests.agreement->pairs.discordant == 0);
}
