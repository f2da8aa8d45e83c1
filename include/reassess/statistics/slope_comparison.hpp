// Tests whether two halves of a table of models have the same slope, by several methods in one call.
#pragma once

#include "../execution/execution.hpp"
#include "../version.hpp"
#include "accuracy_scale.hpp"
#include "break_test.hpp"
#include "compare_halves.hpp"
#include "errors_in_variables.hpp"
#include "hinge_regression.hpp"
#include "if_defined.hpp"
#include "model_ranking.hpp"
#include "regression_diagnostics.hpp"
#include "robust_slope_test.hpp"
#include "slope_bootstrap.hpp"
#include "slope_t_test.hpp"
#include "theil_sen.hpp"
#include "wild_bootstrap.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
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

/// Tests for models that are dependent within clusters (families). A test that is not defined is absent.
struct cluster_tests {
    std::size_t clusters = 0;
    std::optional<robust_slope_result> cr2{};
    std::optional<wild_bootstrap_result> wild_bootstrap{};
    /// Clusters resampled.
    std::optional<bootstrap_result> bootstrap{};
    std::optional<break_test_result> break_test{};
};

/// The halves on another scale of accuracy; the models are those of the halves on the linear scale.
struct scaled_slopes {
    double first_slope = 0;
    double second_slope = 0;
    slope_t_test_result t_test{};
    /// CR2; absent without clusters.
    std::optional<robust_slope_result> cluster_test{};
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
    /// For noise that differs between models.
    std::optional<robust_slope_result> hc3{};
    std::optional<wild_bootstrap_result> wild_bootstrap{};
    std::optional<break_test_result> wild_break_test{};
    /// For dependent models; absent without clusters.
    std::optional<cluster_tests> by_cluster{};
    /// For accuracies near 1; absent unless all accuracies are inside (0, 1), or inside (0, 100) in percent.
    std::optional<scaled_slopes> logit{};
    std::optional<scaled_slopes> probit{};
    /// A continuous break anywhere, and two lines against one at the split of the halves.
    std::optional<hinge_fit> hinge{};
    std::optional<chow_test_result> chow{};
    /// Of one line through all models.
    std::optional<regression_diagnostics> diagnostics{};
    std::uint64_t seed = 0;
    std::size_t replicates = 0;
};

struct compare_slopes_options {
    /// Replicates of the bootstraps and simulations of the break tests.
    std::size_t replicates = 1999;
    /// The cluster (family) of every model, in the order of x, any numbers (see cluster_numbers); empty: no
    /// cluster_tests.
    std::span<const std::size_t> clusters{};
};

/// An accuracy and its sampling error, as shares, in percent.
[[nodiscard]] inline uncertain_point in_percent(uncertain_point point)
{
    for (double* share : {&point.x, &point.y}) *share *= 100;
    for (double* variance : {&point.x_variance, &point.y_variance, &point.covariance}) *variance *= 10000;
    return point;
}

namespace detail {

/// Accuracies as fractions: the values if all are inside (0, 1), a hundredth of them if all are inside (0, 100) and one
/// is above 1; nothing otherwise.
inline std::optional<std::vector<double>> as_fractions(std::span<const double> x, std::span<const double> y,
                                                       std::span<const double> values)
{
    double largest = 0, smallest = 100;
    for (const std::span<const double> axis : {x, y}) {
        for (const double value : axis) {
            largest = std::max(largest, value);
            smallest = std::min(smallest, value);
        }
    }
    if (!(smallest > 0) || !(largest < 100) || largest == 1) return std::nullopt;
    std::vector<double> fractions(values.begin(), values.end());
    for (double& value : fractions) value /= largest > 1 ? 100 : 1;
    return fractions;
}

inline scaled_slopes compare_on_scale(std::span<const double> x, std::span<const double> y, const halves_result& halves,
                                      accuracy_scale scale, std::span<const std::size_t> clusters)
{
    const std::optional<std::vector<double>> x_fractions = as_fractions(x, y, x), y_fractions = as_fractions(x, y, y);
    expects<std::domain_error>(x_fractions && y_fractions, "slopes on a scale: accuracies outside (0, 1)");
    const std::vector<double> a = to_scale(*x_fractions, scale), b = to_scale(*y_fractions, scale);
    const halves_result scaled = compare_halves(a, b, {.first_half = halves.first.points, .boundary = halves.boundary});
    scaled_slopes result{scaled.first.slope, scaled.second.slope, slope_t_test(scaled.first, scaled.second), {}};
    if (!clusters.empty())
        result.cluster_test = if_defined([&] { return robust_slope_test(a, b, scaled, {.clusters = clusters}); });
    return result;
}

}  // namespace detail

/// All tests for the halves of the points (x, y). `uncertain` has the sampling error of every point, in their order, or
/// is empty if they are not known. The same seed gives the same result for every policy. Throws std::invalid_argument
/// for clusters that are not as many as the models. Cost: that of the bootstraps and of the break tests, O(replicates *
/// points), and O(points^2).
template <execution_policy Policy>
[[nodiscard]] slope_comparison compare_slopes(Policy policy, std::span<const double> x, std::span<const double> y,
                                              std::span<const uncertain_point> uncertain, const halves_result& halves,
                                              random_seed seed, const compare_slopes_options& options = {})
{
    detail::expects(options.clusters.empty() || options.clusters.size() == x.size(), "compare slopes: clusters of ",
                    options.clusters.size(), " models, but ", x.size(), " models");
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

    tests.hc3 = if_defined([&] { return robust_slope_test(x, y, halves, {.variance = robust_variance::hc3}); });
    tests.wild_bootstrap = if_defined(
        [&] { return wild_bootstrap_slope_test(policy, x, y, halves, seed, {.replicates = options.replicates}); });
    tests.wild_break_test = if_defined([&] {
        return break_test(policy, x, y, seed, {.simulations = options.replicates, .noise = break_noise::wild});
    });
    if (const std::span<const std::size_t> clusters = options.clusters; !clusters.empty()) {
        cluster_tests& by_cluster = tests.by_cluster.emplace();
        std::vector<std::size_t> numbers(clusters.begin(), clusters.end());
        std::sort(numbers.begin(), numbers.end());
        by_cluster.clusters = static_cast<std::size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
        by_cluster.cr2 = if_defined([&] { return robust_slope_test(x, y, halves, {.clusters = clusters}); });
        by_cluster.wild_bootstrap = if_defined([&] {
            return wild_bootstrap_slope_test(policy, x, y, halves, seed,
                                             {.clusters = clusters, .replicates = options.replicates});
        });
        by_cluster.bootstrap = if_defined([&] {
            return bootstrap_slope_difference_by_cluster(policy, x, y, halves, clusters, seed,
                                                         {.replicates = options.replicates});
        });
        by_cluster.break_test = if_defined([&] {
            return break_test(policy, x, y, seed,
                              {.simulations = options.replicates, .noise = break_noise::wild, .clusters = clusters});
        });
    }
    tests.logit =
        if_defined([&] { return detail::compare_on_scale(x, y, halves, accuracy_scale::logit, options.clusters); });
    tests.probit =
        if_defined([&] { return detail::compare_on_scale(x, y, halves, accuracy_scale::probit, options.clusters); });
    tests.hinge = if_defined([&] { return hinge_regression(x, y); });
    tests.chow = if_defined([&] { return chow_test(x, y, halves); });
    tests.diagnostics = if_defined([&] { return diagnose_regression(x, y); });
    return tests;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
