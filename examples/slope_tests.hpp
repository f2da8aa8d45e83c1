// The question of the paper's Z-test asked by other tests, for the programs that compare the halves of a table of
// models.
#pragma once

#include <reassess/execution/execution.hpp>
#include <reassess/statistics/break_test.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/errors_in_variables.hpp>
#include <reassess/statistics/model_ranking.hpp>
#include <reassess/statistics/slope_bootstrap.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/theil_sen.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace program {

/// A robust line of one half, and one that knows that x is uncertain too.
struct robust_half {
    std::optional<reassess::theil_sen_fit> theil_sen{};
    std::optional<reassess::york_fit> york{};
    /// Only where York's fit lacks the counts.
    std::optional<reassess::deming_fit> deming{};
};

/// What has no answer (too few models, no noise) is absent.
struct further_tests {
    robust_half halves[2]{};
    std::optional<reassess::slope_t_test_result> t_test{};
    std::optional<reassess::interval> z_interval{};
    std::optional<reassess::bootstrap_result> bootstrap{};
    std::optional<reassess::break_test_result> break_test{};
    std::optional<reassess::ranking_agreement_result> agreement{};
};

/// f(), or nothing where the statistic is not defined for these points.
template <class F>
auto if_defined(F f) -> std::optional<decltype(f())>
{
    try {
        return f();
    } catch (const std::logic_error&) {
        return std::nullopt;
    }
}

/// Shares as percentages, with their noise.
inline reassess::uncertain_point in_percent(reassess::uncertain_point point)
{
    for (double* share : {&point.x, &point.y}) *share *= 100;
    for (double* variance : {&point.x_variance, &point.y_variance, &point.covariance}) *variance *= 10000;
    return point;
}

/// All of them for the halves of (x, y). `uncertain` has the noise of every model, where the counts are known; else it
/// is empty.
inline further_tests make_further_tests(std::span<const double> x, std::span<const double> y,
                                        std::span<const reassess::uncertain_point> uncertain,
                                        const reassess::halves_result& halves, reassess::random_seed seed,
                                        std::size_t replicates)
{
    namespace ra = reassess;
    further_tests tests;
    const std::span<const std::size_t> members[2] = {halves.first_models(), halves.second_models()};
    for (std::size_t half = 0; half < 2; ++half) {
        std::vector<double> half_x, half_y;
        std::vector<ra::uncertain_point> points;
        for (const std::size_t member : members[half]) {
            half_x.push_back(x[member]);
            half_y.push_back(y[member]);
            if (uncertain.size() == x.size()) points.push_back(uncertain[member]);
        }
        tests.halves[half].theil_sen = if_defined([&] { return ra::theil_sen(half_x, half_y); });
        if (points.size() == half_x.size()) {
            tests.halves[half].york = if_defined([&] { return ra::york_regression(points); });
        } else {
            tests.halves[half].deming = if_defined([&] { return ra::deming_regression(half_x, half_y); });
        }
    }
    tests.t_test = if_defined([&] { return ra::slope_t_test(halves.first, halves.second); });
    if (halves.slope_test) tests.z_interval = ra::slope_difference_interval(*halves.slope_test);
    tests.bootstrap = if_defined(
        [&] { return ra::bootstrap_slope_difference(ra::par, x, y, halves, seed, {.replicates = replicates}); });
    tests.break_test = if_defined([&] { return ra::break_test(ra::par, x, y, seed, {.simulations = replicates}); });
    tests.agreement = if_defined([&] { return ra::ranking_agreement(x, y); });
    return tests;
}

}  // namespace program
