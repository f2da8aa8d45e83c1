// All tests of equal slopes as one list: the paper's test, then the same question without each of its assumptions, and
// what they say together, as data and in words.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/number_text.hpp"
#include "../version.hpp"
#include "accuracy_scale.hpp"
#include "bootstrap.hpp"
#include "compare_halves.hpp"
#include "confidence.hpp"
#include "robust_slope_test.hpp"
#include "slope_comparison.hpp"
#include "wild_bootstrap.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The assumption of the paper's Z-test that another test of equal slopes does without.
enum class slope_assumption {
    none,            ///< the Z-test itself
    many_models,     ///< standard errors are known
    equal_noise,     ///< one variance of the noise along each line
    independence,    ///< models of one family are independent
    straight_lines,  ///< both lines are straight on the linear scale
};

enum class slope_method {
    z_test,
    welch_t,
    hc3,
    cr2,
    wild_bootstrap,
    models_resampled,
    clusters_resampled,
};

/// One test of equal slopes. What the method does not have is absent.
struct listed_slope_test {
    slope_assumption without = slope_assumption::none;
    slope_method method = slope_method::z_test;
    accuracy_scale scale = accuracy_scale::linear;
    /// Families, if the test allows for dependence within them; else 0.
    std::size_t clusters = 0;
    /// The slopes on another scale than the linear one; absent on it.
    std::optional<double> first_slope{};
    std::optional<double> second_slope{};
    /// First slope minus second slope.
    double slope_difference = 0;
    /// Interval of the difference, at 95 %.
    std::optional<interval> bounds{};
    /// Whether `bounds` is a BCa interval.
    bool bca = false;
    /// z or t.
    std::optional<double> statistic{};
    std::optional<double> degrees_of_freedom{};
    /// Two-sided.
    std::optional<double> p_value{};
    std::optional<double> log10_p_value{};

    /// Whether the slopes differ at 5 %: by the p-value, or without one by the interval. O(1).
    [[nodiscard]] bool significant() const noexcept
    {
        if (p_value) return *p_value <= 0.05;
        return bounds && (bounds->lower > 0 || bounds->upper < 0);
    }
};

namespace detail {

template <class Test>
[[nodiscard]] listed_slope_test listed_t_test(slope_assumption without, slope_method method, const Test& test)
{
    return {.without = without,
            .method = method,
            .slope_difference = test.slope_difference,
            .bounds = test.bounds,
            .statistic = test.t,
            .degrees_of_freedom = test.degrees_of_freedom,
            .p_value = test.p_value,
            .log10_p_value = test.log10_p_value};
}

}  // namespace detail

/// The tests that are present, in the order of their assumptions: Welch's t; HC3, the wild bootstrap and the bootstrap
/// of models; those by cluster; the logit and the probit scale, by cluster if there are clusters. Not in the list: the
/// break and Chow tests, which see other changes, too; bootstraps without any spread; and the other scales if the
/// linear one has no test (two lines without noise are curved there, which would be taken for a difference). O(1).
[[nodiscard]] inline std::vector<listed_slope_test> list_slope_tests(const slope_comparison& tests)
{
    std::vector<listed_slope_test> list;
    const auto add_t_test = [&](slope_assumption without, slope_method method, const auto& test, std::size_t clusters) {
        if (!test) return;
        list.push_back(detail::listed_t_test(without, method, *test));
        list.back().clusters = clusters;
    };
    const auto add_wild = [&](slope_assumption without, const std::optional<wild_bootstrap_result>& test,
                              std::size_t clusters) {
        if (!test) return;
        list.push_back({.without = without,
                        .method = slope_method::wild_bootstrap,
                        .clusters = clusters,
                        .slope_difference = test->slope_difference,
                        .p_value = test->p_value});
    };
    const auto add_bootstrap = [&](slope_assumption without, slope_method method,
                                   const std::optional<bootstrap_result>& test, std::size_t clusters) {
        if (!test || test->best().lower == test->best().upper) return;
        list.push_back({.without = without,
                        .method = method,
                        .clusters = clusters,
                        .slope_difference = test->value,
                        .bounds = test->best(),
                        .bca = test->bca.has_value()});
    };
    const auto add_scale = [&](accuracy_scale scale, const std::optional<scaled_slopes>& scaled) {
        if (!scaled || !tests.t_test) return;
        constexpr slope_assumption without = slope_assumption::straight_lines;
        if (scaled->cluster_test) {
            add_t_test(without, slope_method::cr2, scaled->cluster_test,
                       tests.by_cluster ? tests.by_cluster->clusters : 0);
        } else {
            list.push_back(detail::listed_t_test(without, slope_method::welch_t, scaled->t_test));
        }
        list.back().scale = scale;
        list.back().first_slope = scaled->first_slope;
        list.back().second_slope = scaled->second_slope;
    };
    add_t_test(slope_assumption::many_models, slope_method::welch_t, tests.t_test, 0);
    add_t_test(slope_assumption::equal_noise, slope_method::hc3, tests.hc3, 0);
    add_wild(slope_assumption::equal_noise, tests.wild_bootstrap, 0);
    add_bootstrap(slope_assumption::equal_noise, slope_method::models_resampled, tests.bootstrap, 0);
    if (const auto& c = tests.by_cluster) {
        add_t_test(slope_assumption::independence, slope_method::cr2, c->cr2, c->clusters);
        add_wild(slope_assumption::independence, c->wild_bootstrap, c->clusters);
        add_bootstrap(slope_assumption::independence, slope_method::clusters_resampled, c->bootstrap, c->clusters);
    }
    add_scale(accuracy_scale::logit, tests.logit);
    add_scale(accuracy_scale::probit, tests.probit);
    return list;
}

/// The same list after the paper's Z-test, if it is defined. O(1).
[[nodiscard]] inline std::vector<listed_slope_test> list_slope_tests(const halves_result& halves,
                                                                     const slope_comparison& tests)
{
    std::vector<listed_slope_test> list = list_slope_tests(tests);
    const std::optional<slope_test_result>& z = halves.slope_test;
    if (!z || z->without_noise) return list;
    list.insert(list.begin(), {.slope_difference = z->slope_difference,
                               .bounds = tests.z_interval,
                               .statistic = z->z,
                               .p_value = z->p_value,
                               .log10_p_value = z->log10_p_value});
    return list;
}

/// The assumption in words, for tables: "equal noise", "independence within 100 families". O(1).
[[nodiscard]] inline std::string assumption_text(const listed_slope_test& test)
{
    switch (test.without) {
        case slope_assumption::many_models:
            return "many models";
        case slope_assumption::equal_noise:
            return "equal noise";
        case slope_assumption::independence:
            return detail::concatenate("independence within ", test.clusters, " families");
        case slope_assumption::straight_lines:
            return "straight lines";
        default:
            return "(the paper's test)";
    }
}

/// The method in words, for tables: "Welch's t", "logit scale, slopes 1.128 and 0.733, CR2". O(1).
[[nodiscard]] inline std::string method_text(const listed_slope_test& test)
{
    std::string text;
    if (test.first_slope && test.second_slope) {
        text = detail::concatenate(test.scale == accuracy_scale::probit ? "probit" : "logit", " scale, slopes ",
                                   detail::fixed_text(*test.first_slope, 3), " and ",
                                   detail::fixed_text(*test.second_slope, 3), ", ");
    }
    switch (test.method) {
        case slope_method::z_test:
            return text + "Z-test";
        case slope_method::welch_t:
            return text + "Welch's t";
        case slope_method::hc3:
            return text + "HC3";
        case slope_method::cr2:
            return text + "CR2";
        case slope_method::wild_bootstrap:
            return text + "wild bootstrap";
        case slope_method::models_resampled:
            return text + (test.bca ? "models resampled (BCa)" : "models resampled (percentile)");
        default:
            return text + (test.bca ? "families resampled (BCa)" : "families resampled (percentile)");
    }
}

/// What several tests of equal slopes say together.
struct slope_verdict {
    std::size_t tests = 0;
    /// Tests that find the second slope smaller or greater, at 5 %.
    std::size_t smaller = 0;
    std::size_t greater = 0;

    /// Whether every test finds the second slope smaller.
    [[nodiscard]] bool all_smaller() const noexcept { return tests > 0 && smaller == tests; }
};

/// Counts the tests of list_slope_tests, without the paper's Z-test, which Welch's t replaces. O(1).
[[nodiscard]] inline slope_verdict judge_slopes(const slope_comparison& tests)
{
    slope_verdict verdict;
    for (const listed_slope_test& test : list_slope_tests(tests)) {
        ++verdict.tests;
        verdict.smaller += test.significant() && test.slope_difference > 0;
        verdict.greater += test.significant() && test.slope_difference < 0;
    }
    return verdict;
}

/// The verdict in one sentence. `x` and `y` name the axes: "original accuracy" and "ReaL accuracy". O(1).
[[nodiscard]] inline std::string verdict_text(const slope_verdict& verdict, const halves_result& halves,
                                              std::string_view x, std::string_view y)
{
    if (verdict.tests == 0) return "no test of the slopes is defined for these models.";
    if (verdict.all_smaller()) {
        return detail::concatenate(
            "all ", verdict.tests, " tests after the paper's find a smaller second slope (5 %): a point of ", x,
            " is worth ", detail::fixed_text(halves.first.slope, 2), " points of ", y, " in the first half and ",
            detail::fixed_text(halves.second.slope, 2), " in the second: progress carries over less than it did.");
    }
    if (verdict.smaller > 0) {
        return detail::concatenate(
            verdict.smaller, " of ", verdict.tests, " tests after the paper's find a smaller second slope (5 %)",
            verdict.greater > 0 ? detail::concatenate(", ", verdict.greater, " a greater one") : std::string(),
            ": the conclusion depends on the assumptions.");
    }
    if (verdict.greater > 0) {
        return detail::concatenate(verdict.greater, " of ", verdict.tests,
                                   " tests after the paper's find a greater second slope (5 %).");
    }
    return detail::concatenate("none of the ", verdict.tests,
                               " tests after the paper's finds a difference (5 %): nothing shows that a gain carries "
                               "over less in the second half than in the first.");
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
