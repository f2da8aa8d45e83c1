// All slope tests in one call against the single functions; if_defined; points in percent.
#include "support/relative_error.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/if_defined.hpp>
#include <reassess/statistics/model_family.hpp>
#include <reassess/statistics/slope_comparison.hpp>
#include <reassess/statistics/slope_test_list.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;

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

TEST_CASE("compare_slopes: robust tests are those of the single functions, by cluster and on other scales, too")
{
    const ra::halves_result halves = ra::compare_halves(x, y);
    const std::vector<std::size_t> families{0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{7}, {.replicates = 199, .clusters = families});
    CHECK(tests.hc3->t == ra::robust_slope_test(x, y, halves, {.variance = ra::robust_variance::hc3}).t);
    CHECK(tests.wild_bootstrap->p_value ==
          ra::wild_bootstrap_slope_test(ra::seq, x, y, halves, ra::random_seed{7}, {.replicates = 199}).p_value);
    CHECK(tests.wild_break_test->p_value ==
          ra::break_test(ra::seq, x, y, ra::random_seed{7}, {.simulations = 199, .noise = ra::break_noise::wild})
              .p_value);
    REQUIRE(tests.by_cluster);
    CHECK(tests.by_cluster->clusters == 5);
    CHECK(tests.by_cluster->cr2->t == ra::robust_slope_test(x, y, halves, {.clusters = families}).t);
    CHECK(tests.by_cluster->wild_bootstrap->clusters == 5);
    CHECK(tests.by_cluster->bootstrap->percentile ==
          ra::bootstrap_slope_difference_by_cluster(ra::seq, x, y, halves, families, ra::random_seed{7},
                                                    {.replicates = 199})
              .percentile);
    std::vector<double> a = x, b = y;
    for (double& value : a) value /= 100;
    for (double& value : b) value /= 100;
    const auto logit_x = ra::to_scale(a, ra::accuracy_scale::logit),
               logit_y = ra::to_scale(b, ra::accuracy_scale::logit);
    const ra::halves_result on_logit = ra::compare_halves(logit_x, logit_y);
    CHECK(tests.logit->first_slope == on_logit.first.slope);
    CHECK(tests.logit->t_test.t == ra::slope_t_test(on_logit.first, on_logit.second).t);
    CHECK(tests.logit->cluster_test->t == ra::robust_slope_test(logit_x, logit_y, on_logit, {.clusters = families}).t);
    CHECK(tests.probit->second_slope != tests.logit->second_slope);
    CHECK(tests.hinge->knot == ra::hinge_regression(x, y).knot);
    CHECK(tests.chow->f == ra::chow_test(x, y, halves).f);
    CHECK(tests.diagnostics->durbin_watson == ra::diagnose_regression(x, y).durbin_watson);
    // The same as fractions of 1; accuracies outside (0, 100) have no logit.
    const auto fractions =
        ra::compare_slopes(ra::seq, a, b, {}, ra::compare_halves(a, b), ra::random_seed{7}, {.replicates = 99});
    CHECK(relative_error(fractions.logit->t_test.t, tests.logit->t_test.t) < 1e-9);
    CHECK_FALSE(fractions.by_cluster);
    a = x;
    a[0] = 120;
    CHECK_FALSE(
        ra::compare_slopes(ra::seq, a, y, {}, ra::compare_halves(a, y), ra::random_seed{7}, {.replicates = 99}).logit);
    CHECK_THROWS_AS((void)ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{7},
                                             {.clusters = std::span(families).first(3)}),
                    std::invalid_argument);
}

TEST_CASE("judge_slopes: counts the tests that are present, by the sign of the difference")
{
    CHECK(ra::judge_slopes(ra::slope_comparison{}).tests == 0);
    CHECK_FALSE(ra::judge_slopes(ra::slope_comparison{}).all_smaller());
    ra::slope_comparison tests;
    tests.t_test.emplace();
    tests.t_test->slope_difference = 0.4;
    tests.t_test->p_value = 0.05;
    CHECK(ra::judge_slopes(tests).all_smaller());
    tests.hc3.emplace();
    tests.hc3->slope_difference = 0.4;
    tests.hc3->p_value = 0.06;
    tests.bootstrap.emplace();
    tests.bootstrap->value = -0.1;
    tests.bootstrap->percentile = {-0.2, -0.05};
    tests.by_cluster.emplace().bootstrap.emplace();
    tests.by_cluster->bootstrap->percentile = {-1, 1};
    tests.logit.emplace();
    tests.logit->t_test.slope_difference = 0.3;
    tests.logit->t_test.p_value = 0.01;
    tests.probit = tests.logit;
    tests.probit->cluster_test.emplace();  // replaces the t-test
    tests.probit->cluster_test->p_value = 0.5;
    const ra::slope_verdict verdict = ra::judge_slopes(tests);
    CHECK(verdict.tests == 6);
    CHECK(verdict.smaller == 2);
    CHECK(verdict.greater == 1);
    CHECK_FALSE(verdict.all_smaller());
}

TEST_CASE("list_slope_tests: the paper's test, then one row for every test that is present, in words")
{
    const ra::halves_result halves = ra::compare_halves(x, y);
    const std::vector<std::size_t> families{0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    const auto list = [&](std::span<const std::size_t> clusters) {
        const ra::slope_comparison tests = ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{7},
                                                              {.replicates = 199, .clusters = clusters});
        CHECK(ra::judge_slopes(tests).tests + 1 == ra::list_slope_tests(halves, tests).size());
        return ra::list_slope_tests(halves, tests);
    };
    const auto rows = list(families);
    std::vector<std::string> words;
    for (const ra::listed_slope_test& row : rows) {
        const std::string method = ra::method_text(row);
        words.push_back(ra::assumption_text(row) + ": " + method.substr(0, method.find(" scale, slopes")) +
                        (method.ends_with(", CR2") ? " by CR2" : ""));
    }
    CHECK(words == std::vector<std::string>{"(the paper's test): Z-test", "many models: Welch's t", "equal noise: HC3",
                                            "equal noise: wild bootstrap", "equal noise: models resampled (BCa)",
                                            "independence within 5 families: CR2",
                                            "independence within 5 families: wild bootstrap",
                                            "independence within 5 families: families resampled (BCa)",
                                            "straight lines: logit by CR2", "straight lines: probit by CR2"});
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{7}, {.replicates = 199, .clusters = families});
    CHECK(rows[0].statistic == halves.slope_test->z);
    CHECK(rows[0].bounds == tests.z_interval);
    CHECK_FALSE(rows[0].degrees_of_freedom);
    CHECK(rows[1].degrees_of_freedom == tests.t_test->degrees_of_freedom);
    CHECK(rows[2].log10_p_value == tests.hc3->log10_p_value);
    CHECK(rows[3].p_value == tests.wild_bootstrap->p_value);
    CHECK_FALSE(rows[3].bounds);
    CHECK(rows[4].bounds == tests.bootstrap->best());
    CHECK_FALSE(rows[4].p_value);
    CHECK(rows[5].statistic == tests.by_cluster->cr2->t);
    CHECK(rows[6].p_value == tests.by_cluster->wild_bootstrap->p_value);
    CHECK(rows[7].slope_difference == tests.by_cluster->bootstrap->value);
    CHECK(rows[8].first_slope == tests.logit->first_slope);
    CHECK(rows[8].statistic == tests.logit->cluster_test->t);
    CHECK(rows[9].second_slope == tests.probit->second_slope);
    const auto without_families = list({});
    REQUIRE(without_families.size() == 7);
    CHECK(without_families[5].statistic == tests.logit->t_test.t);
    CHECK(ra::method_text(without_families[5]).ends_with(", Welch's t"));
    CHECK(ra::list_slope_tests(ra::halves_result{}, ra::slope_comparison{}).empty());
}

TEST_CASE("verdict_text: names how many tests agree")
{
    const ra::halves_result halves = ra::compare_halves(x, y);
    const auto text = [&](std::size_t tests, std::size_t smaller, std::size_t greater) {
        return ra::verdict_text({tests, smaller, greater}, halves, "top-1", "ReaL");
    };
    CHECK(
        text(6, 6, 0).starts_with("all 6 tests after the paper's find a smaller second slope (5 %): a point of top-1 "
                                  "is worth "));
    CHECK(text(6, 6, 0).find(" points of ReaL in the first half and ") != std::string::npos);
    CHECK(text(6, 5, 0).starts_with("5 of 6 tests after the paper's find a smaller second slope"));
    CHECK(text(6, 0, 2).starts_with("2 of 6 tests after the paper's find a greater second slope"));
    CHECK(text(6, 0, 0).starts_with("none of the 6 tests after the paper's finds a difference"));
    CHECK(
        text(6, 2, 1) ==
        "2 of 6 tests after the paper's find a smaller second slope (5 %), 1 a greater one: the conclusion depends on "
        "the assumptions.");
    CHECK(text(0, 0, 0) == "no test of the slopes is defined for these models.");
}

TEST_CASE("list_slope_tests: lines without noise are not tested, neither by resampling nor on a scale that bends them")
{
    std::vector<double> models, straight, bent;
    for (int i = 0; i < 12; ++i) {
        models.push_back(60 + i);
        straight.push_back(40 + 0.5 * i);
        bent.push_back(i < 6 ? 40 + 0.5 * i : 43 + 0.25 * (i - 6));
    }
    for (const auto& values : {straight, bent}) {
        const auto halves = ra::compare_halves(models, values);
        const auto tests =
            ra::compare_slopes(ra::seq, models, values, {}, halves, ra::random_seed{7}, {.replicates = 99});
        REQUIRE(tests.bootstrap);
        REQUIRE(tests.logit);
        CHECK(ra::list_slope_tests(halves, tests).empty());
        CHECK(ra::judge_slopes(tests).tests == 0);
    }
}

TEST_CASE("families: the letters that a name begins with, and numbers of equal labels")
{
    CHECK(ra::family_of_name("resnet50.a1_in1k") == "resnet");
    CHECK(ra::family_of_name("wide_resnet50_2") == "resnet");
    CHECK(ra::family_of_name("ResNet-152") == "resnet");
    CHECK(ra::family_of_name("tf_efficientnet_l2.ns_jft_in1k") == "efficientnet");
    CHECK(ra::family_of_name("50 layers").empty());
    CHECK(ra::cluster_numbers(std::vector<std::string>{"vit", "resnet", "vit", ""}) ==
          std::vector<std::size_t>{2, 1, 2, 0});
    CHECK(ra::cluster_numbers({}).empty());
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
