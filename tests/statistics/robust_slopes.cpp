// Robust tests of equal slopes: HC3, CR2 with Satterthwaite's degrees of freedom, wild and cluster bootstraps, break
// tests; hinge and Chow test, diagnostics, accuracy scales. References: statsmodels 0.14, and dense matrices in numpy.
#include "csv_columns.hpp"
#include "support/messages.hpp"
#include "support/relative_error.hpp"
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/statistics/accuracy_scale.hpp>
#include <reassess/statistics/break_test.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/hinge_regression.hpp>
#include <reassess/statistics/line_inference.hpp>
#include <reassess/statistics/regression_diagnostics.hpp>
#include <reassess/statistics/robust_slope_test.hpp>
#include <reassess/statistics/slope_bootstrap.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/wild_bootstrap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;
using numbers = std::vector<std::size_t>;

namespace {

/// The 30 models of Table 5, in its order.
struct table_5 {
    values x{}, y{};
    std::vector<std::string> names{};

    table_5()
    {
        const auto table = test_support::csv_columns(test_support::reference_file("table5.csv"));
        const values original = test_support::numbers(table.at("original_accuracy"));
        const values real = test_support::numbers(table.at("real_accuracy"));
        for (std::size_t i = 0; i < original.size(); ++i) {
            if (table.at("pool")[i] == "labels") continue;
            x.push_back(original[i]);
            y.push_back(real[i]);
            names.push_back(table.at("model")[i]);
        }
    }
};

double normal(ra::detail::random_stream& stream)
{
    return ra::detail::normal_quantile(stream.unit());
}

/// Models whose errors within a family are correlated: intercept and slope of a family, and own noise.
struct sample {
    values x{}, y{};
    numbers family{};
};

/// One straight line through `families` families of `size` models; the errors of a family are correlated by
/// `correlation`, as are the x of a family.
sample draw_families(std::uint64_t seed, std::uint64_t run, std::size_t families, std::size_t size, double correlation)
{
    ra::detail::random_stream stream(seed, run);
    sample drawn;
    for (std::size_t family = 0; family < families; ++family) {
        const double centre = 60 + 30 * stream.unit(), shared = normal(stream), trend = normal(stream);
        for (std::size_t i = 0; i < size; ++i) {
            const double offset = normal(stream);
            drawn.x.push_back(centre + 3 * offset);
            drawn.y.push_back(20 + 0.8 * drawn.x.back() + std::sqrt(correlation) * (shared + trend * offset) +
                              std::sqrt(1 - correlation) * normal(stream));
            drawn.family.push_back(family);
        }
    }
    return drawn;
}

/// One straight line, with noise that grows towards both ends.
sample draw_unequal_noise(std::uint64_t seed, std::uint64_t run, std::size_t models)
{
    ra::detail::random_stream stream(seed, run);
    sample drawn;
    for (std::size_t i = 0; i < models; ++i) {
        drawn.x.push_back(60 + 30 * stream.unit());
        const double from_middle = (drawn.x.back() - 75) / 15;
        drawn.y.push_back(20 + 0.8 * drawn.x.back() + (0.05 + 2 * std::pow(from_middle, 4)) * normal(stream));
    }
    return drawn;
}

/// One straight line on the logit scale, with noise of standard deviation 0.02 on it.
sample draw_logit_line(std::uint64_t seed, std::uint64_t run, std::size_t models)
{
    ra::detail::random_stream stream(seed, run);
    sample drawn;
    for (std::size_t i = 0; i < models; ++i) {
        drawn.x.push_back(0.6 + 0.3 * stream.unit());
        const double logit =
            0.6 + 0.9 * ra::to_scale(drawn.x.back(), ra::accuracy_scale::logit) + 0.02 * normal(stream);
        drawn.y.push_back(ra::from_scale(logit, ra::accuracy_scale::logit));
    }
    return drawn;
}

constexpr int fewer = test_support::under_sanitizer ? 40 : 1;  // too few to check rates: only memory and arithmetic

/// The largest plausible number of rejections of a test at level 0.05 that may exceed it by a hundredth.
double most_rejections(int samples)
{
    return samples * (0.06 + 4 * std::sqrt(0.06 * 0.94 / samples));
}

}  // namespace

TEST_CASE("robust slope test: Table 5 by HC3 equals statsmodels, by CR2 dense matrices")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    const auto hc3 = ra::robust_slope_test(t.x, t.y, halves, {.variance = ra::robust_variance::hc3});
    CHECK(relative_error(hc3.slope_difference, 0.40089049941463784) < 1e-10);
    CHECK(relative_error(hc3.standard_error, 0.05601900585023342) < 1e-10);
    CHECK(relative_error(hc3.t, 7.156330129925827) < 1e-10);
    CHECK(relative_error(hc3.p_value, 1.3382524625409036e-07) < 1e-8);
    CHECK(hc3.degrees_of_freedom == 26);
    CHECK(hc3.clusters == 30);
    CHECK(relative_error(hc3.first_slope, halves.first.slope) < 1e-12);
    CHECK(relative_error(hc3.second_slope, halves.second.slope) < 1e-12);

    const auto hc2 = ra::robust_slope_test(t.x, t.y, halves);
    CHECK(relative_error(hc2.standard_error, 0.0439661404551811) < 1e-10);
    CHECK(relative_error(hc2.degrees_of_freedom, 9.275347254809782) < 1e-9);
    numbers families;
    for (std::size_t i = 0; i < 30; ++i) families.push_back(100 - 7 * (i % 7));  // any numbers
    const auto cr2 = ra::robust_slope_test(t.x, t.y, halves, {.clusters = families});
    CHECK(relative_error(cr2.standard_error, 0.051130001217335234) < 1e-10);
    CHECK(relative_error(cr2.degrees_of_freedom, 4.077880851639178) < 1e-9);
    CHECK(cr2.clusters == 7);
    const double margin =
        ra::detail::two_sided_student_quantile(ra::confidence_level{0.95}, cr2.degrees_of_freedom) * cr2.standard_error;
    CHECK(relative_error(cr2.bounds.upper - cr2.slope_difference, margin) < 1e-12);
    values weights;
    for (std::size_t i = 0; i < 30; ++i) weights.push_back(1e6 / static_cast<double>(1 + i % 5));
    const auto weighted = ra::robust_slope_test(t.x, t.y, halves, {.clusters = families, .weights = weights});
    CHECK(relative_error(weighted.slope_difference, 0.3986055239260373) < 1e-10);
    CHECK(relative_error(weighted.standard_error, 0.03381595654622771) < 1e-10);
    CHECK(relative_error(weighted.degrees_of_freedom, 3.79477975705112) < 1e-9);
    // Other units, and a model in both halves.
    values far = t.x;
    for (double& value : far) value = std::ldexp(value, 300);
    const auto scaled = ra::robust_slope_test(far, t.y, ra::compare_halves(far, t.y), {.clusters = families});
    CHECK(relative_error(scaled.t, cr2.t) < 1e-10);
    const auto shared = ra::compare_halves(t.x, t.y, {.boundary = ra::boundary_model::in_both_halves});
    CHECK(ra::robust_slope_test(t.x, t.y, shared, {.clusters = families}).clusters == 7);
}

TEST_CASE("robust slope test: errors say what is wrong")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    const numbers few{1, 2}, one(30, 3), own(30, 0);
    values zero(30, 1.0);
    zero[4] = 0;
    CHECK_ERROR(std::invalid_argument, (void)ra::robust_slope_test(t.x, t.y, halves, {.clusters = few}), "2 models");
    CHECK_ERROR(std::invalid_argument, (void)ra::robust_slope_test(t.x, t.y, halves, {.weights = zero}), "model 4");
    CHECK_ERROR(std::domain_error, (void)ra::robust_slope_test(t.x, t.y, halves, {.clusters = one}), "1 cluster");
    CHECK_ERROR(std::invalid_argument,
                (void)ra::robust_slope_test(t.x, t.y, halves, {.variance = ra::robust_variance::hc3, .clusters = own}),
                "HC3");
    CHECK_ERROR(std::invalid_argument, (void)ra::robust_slope_test(few.empty() ? t.x : values{1}, t.y, halves), "1 x");
    const values x{1, 2, 3, 4, 5, 6}, line{1, 2, 3, 4, 5, 7}, leveraged{1, 1, 2, 4, 5, 6}, y{1, 2, 2, 4, 5, 8};
    const values exact{1, 2, 3, 2, 4, 6};
    CHECK_ERROR(std::domain_error, (void)ra::robust_slope_test(x, exact, ra::compare_halves(x, exact)), "exactly");
    CHECK_ERROR(std::domain_error,
                (void)ra::robust_slope_test(leveraged, y, ra::compare_halves(leveraged, y),
                                            {.variance = ra::robust_variance::hc3}),
                "leverage 1");
    CHECK_ERROR(std::domain_error,
                (void)ra::robust_slope_test(values{1, 2, 3, 4}, values{1, 3, 2, 5},
                                            ra::compare_halves(values{1, 2, 3, 4}, values{1, 3, 2, 5})),
                "the minimum is 3");
    CHECK_ERROR(std::invalid_argument,
                (void)ra::wild_bootstrap_slope_test(ra::seq, t.x, t.y, halves, ra::random_seed{1}, {.replicates = 1}),
                "1 replicates");
}

TEST_CASE("tests by cluster: a half of one cluster has a slope of unknown variance, and no test is defined")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    const ra::random_seed seed{1};
    // One cluster per half; then many clusters in the other half.
    for (const std::size_t others : {std::size_t{1}, std::size_t{7}}) {
        for (const bool first : {false, true}) {
            numbers clusters(30, 100);
            const auto rest = first ? halves.second_models() : halves.first_models();
            for (std::size_t i = 0; i < rest.size(); ++i) clusters[rest[i]] = i % others;
            CHECK_ERROR(std::domain_error, (void)ra::robust_slope_test(t.x, t.y, halves, {.clusters = clusters}),
                        "a cluster alone");
            CHECK_ERROR(std::domain_error,
                        (void)ra::wild_bootstrap_slope_test(ra::seq, t.x, t.y, halves, seed, {.clusters = clusters}),
                        "a cluster alone");
            CHECK_ERROR(std::domain_error,
                        (void)ra::bootstrap_slope_difference_by_cluster(ra::seq, t.x, t.y, halves, clusters, seed),
                        first || others == 1 ? "first half is one cluster" : "second half is one cluster");
        }
    }
    // All models of the first half but one are one cluster.
    numbers all_but_one(30, 0);
    for (const std::size_t model : halves.second_models()) all_but_one[model] = model % 7;
    all_but_one[halves.order[3]] = 1;
    CHECK_ERROR(std::domain_error, (void)ra::robust_slope_test(t.x, t.y, halves, {.clusters = all_but_one}),
                "a cluster alone");
    // Two clusters in each half are enough.
    numbers four(30);
    for (std::size_t i = 0; i < 30; ++i) four[halves.order[i]] = i % 2 + (i < 15 ? 0 : 2);
    CHECK(ra::robust_slope_test(t.x, t.y, halves, {.clusters = four}).degrees_of_freedom >= 1);
}

TEST_CASE("wild bootstrap: the p-value counts samples of random signs, the same on any number of threads")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    const auto result =
        ra::wild_bootstrap_slope_test(ra::seq, t.x, t.y, halves, ra::random_seed{3}, {.replicates = 199});
    CHECK(relative_error(result.t, ra::robust_slope_test(t.x, t.y, halves).t) < 1e-12);
    CHECK(result.p_value == 1.0 / 200);
    CHECK(result.clusters == 30);
    // Reference: ten models, all steps by linear_regression on the drawn samples.
    ra::detail::random_stream noise(8, 8);
    values x, y;
    for (int i = 0; i < 12; ++i) {
        x.push_back(60 + i + noise.unit());
        y.push_back(0.7 * x.back() + 3 * noise.unit());
    }
    const auto of = ra::compare_halves(x, y);
    const auto by_library = ra::wild_bootstrap_slope_test(ra::seq, x, y, of, ra::random_seed{5}, {.replicates = 99});
    const auto threads =
        ra::wild_bootstrap_slope_test(ra::par.on(3).serial_below(0), x, y, of, ra::random_seed{5}, {.replicates = 99});
    CHECK(threads.p_value == by_library.p_value);
    // The common slope: pooled within the halves.
    double xx = 0, xy = 0;
    const auto mean = [](const values& v, std::span<const std::size_t> part) {
        double sum = 0;
        for (const std::size_t i : part) sum += v[i];
        return sum / static_cast<double>(part.size());
    };
    for (const auto part : {of.first_models(), of.second_models()}) {
        for (const std::size_t i : part) {
            xx += (x[i] - mean(x, part)) * (x[i] - mean(x, part));
            xy += (x[i] - mean(x, part)) * (y[i] - mean(y, part));
        }
    }
    int as_large = 0;
    for (std::uint64_t replicate = 0; replicate < 99; ++replicate) {
        ra::detail::random_stream stream(5, replicate);
        values signs, drawn(12);
        for (int i = 0; i < 12; ++i) signs.push_back(stream.below(2) == 0 ? -1 : 1);
        for (const auto part : {of.first_models(), of.second_models()}) {
            for (const std::size_t i : part) {
                const double fitted = mean(y, part) + xy / xx * (x[i] - mean(x, part));
                drawn[i] = fitted + signs[i] * (y[i] - fitted);
            }
        }
        // The halves stay those of x; a half sorted by x keeps its members.
        as_large += std::abs(ra::robust_slope_test(x, drawn, ra::compare_halves(x, drawn)).t) >=
                    std::abs(by_library.t) * (1 - 1e-10);
    }
    CHECK(by_library.p_value == (1 + as_large) / 100.0);
    CHECK(as_large > 3);
}

TEST_CASE("families of models: the plain t-test rejects a straight line, cluster-robust tests do not")
{
    // 1,000 models in 100 families, correlation 0.5.
    int plain = 0, robust = 0, few_robust = 0, few_wild = 0;
    const int many_samples = 150 / fewer, few_samples = 200 / fewer;
    for (int run = 0; run < many_samples; ++run) {
        const sample s = draw_families(41, static_cast<std::uint64_t>(run), 100, 10, 0.5);
        const auto halves = ra::compare_halves(s.x, s.y);
        plain += ra::slope_t_test(halves.first, halves.second).p_value <= 0.05;
        robust += ra::robust_slope_test(s.x, s.y, halves, {.clusters = s.family}).p_value <= 0.05;
    }
    if (!test_support::under_sanitizer) {
        CHECK(plain > many_samples * 20 / 100);
        CHECK(robust < most_rejections(many_samples));
    }
    // 40 models in 8 families.
    for (int run = 0; run < few_samples; ++run) {
        const sample s = draw_families(43, static_cast<std::uint64_t>(run), 8, 5, 0.5);
        const auto halves = ra::compare_halves(s.x, s.y);
        few_robust += ra::robust_slope_test(s.x, s.y, halves, {.clusters = s.family}).p_value <= 0.05;
        few_wild += ra::wild_bootstrap_slope_test(ra::seq, s.x, s.y, halves, ra::random_seed{1},
                                                  {.clusters = s.family, .replicates = 199})
                        .p_value <= 0.05;
    }
    if (test_support::under_sanitizer) return;
    CHECK(few_robust < most_rejections(few_samples));
    CHECK(few_wild < most_rejections(few_samples));
}

TEST_CASE("unequal noise: HC3, HC2 and the wild bootstraps have the level that the t-test and the break test exceed")
{
    int plain = 0, hc3 = 0, hc2 = 0, wild = 0, break_normal = 0, break_wild = 0;
    const int samples = 250 / fewer;
    for (int run = 0; run < samples; ++run) {
        const sample s = draw_unequal_noise(47, static_cast<std::uint64_t>(run), 30);
        const auto halves = ra::compare_halves(s.x, s.y);
        const ra::random_seed seed{static_cast<std::uint64_t>(run)};
        plain += ra::slope_t_test(halves.first, halves.second).p_value <= 0.05;
        hc3 += ra::robust_slope_test(s.x, s.y, halves, {.variance = ra::robust_variance::hc3}).p_value <= 0.05;
        hc2 += ra::robust_slope_test(s.x, s.y, halves).p_value <= 0.05;
        wild += ra::wild_bootstrap_slope_test(ra::seq, s.x, s.y, halves, seed, {.replicates = 199}).p_value <= 0.05;
        break_normal += ra::break_test(ra::seq, s.x, s.y, seed, {.simulations = 99}).p_value <= 0.05;
        break_wild +=
            ra::break_test(ra::seq, s.x, s.y, seed, {.simulations = 99, .noise = ra::break_noise::wild}).p_value <=
            0.05;
    }
    if (test_support::under_sanitizer) return;
    CAPTURE(plain);
    CAPTURE(hc3);
    CAPTURE(hc2);
    CAPTURE(wild);
    CAPTURE(break_normal);
    CAPTURE(break_wild);
    CHECK(plain > samples * 8 / 100);
    CHECK(hc3 < most_rejections(samples));
    CHECK(hc2 < most_rejections(samples));
    CHECK(wild < most_rejections(samples));
    CHECK(break_normal > samples * 10 / 100);
    CHECK(break_wild < most_rejections(samples));
}

TEST_CASE("a straight line on the logit scale: tests on the linear scale reject it, those on the logit scale do not")
{
    int plain = 0, plain_break = 0, on_logit = 0, logit_break = 0;
    const int samples = 300 / fewer;
    for (int run = 0; run < samples; ++run) {
        const sample s = draw_logit_line(53, static_cast<std::uint64_t>(run), 30);
        const ra::random_seed seed{static_cast<std::uint64_t>(run)};
        const auto rejects = [&](const values& x, const values& y) {
            const auto halves = ra::compare_halves(x, y);
            return ra::slope_t_test(halves.first, halves.second).p_value <= 0.05;
        };
        const auto breaks = [&](const values& x, const values& y) {
            return ra::break_test(ra::seq, x, y, seed, {.simulations = 99}).p_value <= 0.05;
        };
        const values x = ra::to_scale(s.x, ra::accuracy_scale::logit), y = ra::to_scale(s.y, ra::accuracy_scale::logit);
        plain += rejects(s.x, s.y);
        plain_break += breaks(s.x, s.y);
        on_logit += rejects(x, y);
        logit_break += breaks(x, y);
    }
    if (test_support::under_sanitizer) return;
    const auto near = [&](int count, double rate) {  // four standard errors of the simulation
        return std::abs(count - samples * rate) < 4 * std::sqrt(samples * rate * (1 - rate));
    };
    CAPTURE(plain);
    CAPTURE(plain_break);
    CAPTURE(on_logit);
    CAPTURE(logit_break);
    CHECK(near(plain, 0.43));
    CHECK(near(plain_break, 0.33));
    CHECK(near(on_logit, 0.056));
    CHECK(near(logit_break, 0.057));
}

TEST_CASE("break test: wild noise finds the break of Table 5, clusters share their multiplier, errors")
{
    const table_5 t;
    const ra::random_seed seed{2};
    const auto plain = ra::break_test(ra::seq, t.x, t.y, seed, {.simulations = 199});
    const auto wild = ra::break_test(ra::seq, t.x, t.y, seed, {.simulations = 199, .noise = ra::break_noise::wild});
    CHECK(wild.f == plain.f);
    CHECK(wild.p_value <= 0.02);
    numbers own, family;
    for (std::size_t i = 0; i < 30; ++i) {
        own.push_back(i);
        family.push_back(i / 5);
    }
    // A cluster for every model is no cluster: only the order of the random numbers differs.
    CHECK(ra::break_test(ra::seq, t.x, t.y, seed, {.simulations = 199, .noise = ra::break_noise::wild, .clusters = own})
              .p_value <= 0.02);
    CHECK(ra::break_test(ra::seq, t.x, t.y, seed,
                         {.simulations = 199, .noise = ra::break_noise::wild, .clusters = family})
              .p_value > wild.p_value);
    // Plain loops: F of the residuals over 1 - leverage, times a normal number of the cluster.
    const ra::linear_fit line = ra::linear_regression(t.x, t.y);
    values noisy = t.y;
    ra::detail::random_stream noise(3, 3);
    for (std::size_t i = 0; i < 30; ++i)
        noisy[i] = line.predict(t.x[i]) + 2 * (0.1 + std::pow((t.x[i] - 75) / 20, 2)) * normal(noise);
    const ra::linear_fit of_noisy = ra::linear_regression(t.x, noisy);
    const auto tested = ra::break_test(ra::seq, t.x, noisy, seed,
                                       {.simulations = 199, .noise = ra::break_noise::wild, .clusters = family});
    int as_large = 0;
    for (std::uint64_t simulation = 0; simulation < 199; ++simulation) {
        ra::detail::random_stream stream(2, simulation);
        values multipliers, simulated;
        for (int cluster = 0; cluster < 6; ++cluster) multipliers.push_back(normal(stream));
        for (std::size_t i = 0; i < 30; ++i) {
            const double leverage = 1.0 / 30 + std::pow(t.x[i] - of_noisy.x_mean, 2) / of_noisy.x_sum_of_squares;
            simulated.push_back(multipliers[family[i]] * (noisy[i] - of_noisy.predict(t.x[i])) / (1 - leverage));
        }
        as_large += ra::break_test(ra::seq, t.x, simulated, seed, {.simulations = 1}).f >= tested.f;
    }
    CHECK(tested.p_value == (1 + as_large) / 200.0);
    CHECK(as_large > 5);
    CHECK(as_large < 195);
    CHECK_ERROR(std::invalid_argument, (void)ra::break_test(ra::seq, t.x, t.y, seed, {.clusters = own}), "wild");
    CHECK_ERROR(std::invalid_argument,
                (void)ra::break_test(ra::seq, t.x, t.y, seed,
                                     {.noise = ra::break_noise::wild, .clusters = std::span(own).first(3)}),
                "clusters of 3 models");
}

TEST_CASE("cluster bootstrap: with one model per cluster near the bootstrap of models, wider for families")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    numbers own, family;
    for (std::size_t i = 0; i < 30; ++i) {
        own.push_back(i);
        family.push_back(i / 3);
    }
    const ra::random_seed seed{1};
    const auto by_model = ra::bootstrap_slope_difference(ra::seq, t.x, t.y, halves, seed, {.replicates = 999});
    const auto by_own =
        ra::bootstrap_slope_difference_by_cluster(ra::seq, t.x, t.y, halves, own, seed, {.replicates = 999});
    const auto by_family =
        ra::bootstrap_slope_difference_by_cluster(ra::seq, t.x, t.y, halves, family, seed, {.replicates = 999});
    CHECK(by_own.value == by_model.value);
    CHECK(relative_error(by_own.standard_error, by_model.standard_error) < 0.15);
    CHECK(by_family.standard_error > 0);
    CHECK(by_own.bca.has_value());
    CHECK(ra::bootstrap_slope_difference_by_cluster(ra::par.on(3).serial_below(0), t.x, t.y, halves, family, seed,
                                                    {.replicates = 999})
              .replicates == by_family.replicates);
    // Plain loop: the first replicate.
    ra::detail::random_stream stream(1, 0);
    values x[2], y[2];
    for (int draw = 0; draw < 10; ++draw) {
        const std::size_t drawn = static_cast<std::size_t>(stream.below(10));
        for (std::size_t part = 0; part < 2; ++part) {
            for (const std::size_t model : part == 0 ? halves.first_models() : halves.second_models()) {
                if (family[model] != drawn) continue;
                x[part].push_back(t.x[model]);
                y[part].push_back(t.y[model]);
            }
        }
    }
    const double difference = ra::linear_regression(x[0], y[0]).slope - ra::linear_regression(x[1], y[1]).slope;
    CHECK(std::any_of(by_family.replicates.begin(), by_family.replicates.end(),
                      [&](double value) { return relative_error(value, difference) < 1e-10; }));
    CHECK_ERROR(std::invalid_argument,
                (void)ra::bootstrap_slope_difference_by_cluster(ra::seq, t.x, t.y, halves, numbers{1}, seed),
                "clusters of 1");
    CHECK_ERROR(std::invalid_argument,
                (void)ra::bootstrap_slope_difference_by_cluster(ra::seq, t.x, t.y, halves, numbers(30, 1), seed),
                "the minimum is 2");
}

TEST_CASE("accuracy scales: Table 5 on the logit and probit scale equals scipy, and bands are drawn back")
{
    const table_5 t;
    values x = t.x, y = t.y;
    for (double& value : x) value /= 100;
    for (double& value : y) value /= 100;
    struct expected {
        ra::accuracy_scale scale;
        double first, second, z;
    };
    for (const expected& e :
         {expected{ra::accuracy_scale::logit, 1.128016471311008, 0.7327491106169405, 11.65541572121751},
          {ra::accuracy_scale::probit, 1.093382361823381, 0.7000224890653348, 11.990898237477152}}) {
        const values a = ra::to_scale(x, e.scale), b = ra::to_scale(y, e.scale);
        const auto halves = ra::compare_halves(a, b);
        CHECK(relative_error(halves.first.slope, e.first) < 1e-10);
        CHECK(relative_error(halves.second.slope, e.second) < 1e-10);
        CHECK(relative_error(halves.slope_test->z, e.z) < 1e-9);
        const ra::interval band =
            ra::from_scale(ra::prediction_band(halves.second, ra::to_scale(0.99, e.scale)), e.scale);
        CHECK(band.lower > 0.9);
        CHECK(band.upper < 1);
        for (const double p : {1e-9, 0.02, 0.5, 0.76, 0.999, 1 - 1e-9}) {
            CHECK(relative_error(ra::from_scale(ra::to_scale(p, e.scale), e.scale), p) < 1e-9);
            const double step = 1e-6 * p * (1 - p);
            const double slope = (ra::to_scale(p + step, e.scale) - ra::to_scale(p - step, e.scale)) / (2 * step);
            CHECK(relative_error(ra::scale_derivative(p, e.scale), slope) < 1e-3);
        }
        CHECK(ra::from_scale(std::numeric_limits<double>::infinity(), e.scale) == 1);
        CHECK(ra::from_scale(-std::numeric_limits<double>::infinity(), e.scale) == 0);
        CHECK_ERROR(std::domain_error, (void)ra::to_scale(1.0, e.scale), "leave the model out");
        CHECK_ERROR(std::invalid_argument, (void)ra::to_scale(76.1, e.scale), "divide percent by 100");
        CHECK_ERROR(std::domain_error, (void)ra::to_scale(values{0.5, 0}, e.scale), "accuracy 1 is not inside");
    }
    // Binomial noise of the logit: 1 / (n p (1 - p)).
    CHECK(relative_error(ra::variance_on_scale({760, 1000}, ra::accuracy_scale::logit), 1 / (1000 * 0.76 * 0.24)) <
          1e-13);
    CHECK(relative_error(ra::variance_on_scale({760, 1000}, ra::accuracy_scale::linear), 0.76 * 0.24 / 1000) < 1e-13);
    CHECK_THROWS_AS((void)ra::variance_on_scale({5, 5}, ra::accuracy_scale::logit), std::domain_error);
    const auto point = ra::to_scale(ra::uncertain_point{0.5, 0.5, 1e-4, 4e-4, 1e-4}, ra::accuracy_scale::logit);
    CHECK(point.x == 0);
    CHECK(relative_error(point.x_variance, 16e-4) < 1e-13);
    CHECK(relative_error(point.covariance, 16e-4) < 1e-13);
    CHECK(ra::to_scale(76.1, ra::accuracy_scale::linear) == 76.1);
}

TEST_CASE("hinge: Table 5, against a scan of knots")
{
    const table_5 t;
    const ra::hinge_fit fit = ra::hinge_regression(t.x, t.y);
    CHECK(std::abs(fit.knot - 78.6410177361874) < 1e-5);
    CHECK(relative_error(fit.first_slope, 0.9704610274134227) < 1e-7);
    CHECK(relative_error(fit.second_slope, 0.5583867011257058) < 1e-7);
    CHECK(relative_error(fit.residual_sum_of_squares, 3.544864596100939) < 1e-10);
    CHECK(relative_error(fit.line_residual_sum_of_squares, 26.321269627492974) < 1e-10);
    double squares = 0;
    for (std::size_t i = 0; i < t.x.size(); ++i) squares += std::pow(t.y[i] - fit.predict(t.x[i]), 2);
    CHECK(relative_error(squares, fit.residual_sum_of_squares) < 1e-10);
    REQUIRE(fit.knot_interval);
    CHECK(std::abs(fit.knot_interval->lower - 75.036) < 2e-3);  // a scan in steps of 0.001
    CHECK(std::abs(fit.knot_interval->upper - 80.838) < 2e-3);

    // An exact hinge, in input order of descending x.
    values x, y;
    for (int i = 20; i > 0; --i) {
        x.push_back(i);
        y.push_back(i < 13 ? 2.0 * i : 26 + 0.5 * (i - 13));
    }
    const ra::hinge_fit exact = ra::hinge_regression(x, y);
    CHECK(std::abs(exact.knot - 13) < 1e-9);
    CHECK(relative_error(exact.first_slope, 2) < 1e-9);
    CHECK(relative_error(exact.second_slope, 0.5) < 1e-9);
    CHECK(std::abs(exact.value_at_knot - 26) < 1e-9);
    CHECK_THROWS_AS((void)ra::hinge_regression(values{1, 2, 3}, values{1, 2, 3}), std::domain_error);
    CHECK_THROWS_AS((void)ra::hinge_regression(values{1, 2, 3, 4}, values{1, 2, 3}), std::invalid_argument);
    CHECK_FALSE(ra::hinge_regression(values{1, 2, 3, 4}, values{1, 2, 2, 1}).knot_interval);
}

TEST_CASE("hinge: the knot's interval covers, and random fits are not worse than any knot of a scan")
{
    int covered = 0;
    const int samples = 400 / fewer;
    for (int run = 0; run < samples; ++run) {
        ra::detail::random_stream stream(53, static_cast<std::uint64_t>(run));
        values x, y;
        for (int i = 0; i < 40; ++i) {
            x.push_back(60 + 30 * stream.unit());
            y.push_back(80 + (x.back() < 76 ? 0.95 : 0.55) * (x.back() - 76) + 0.4 * normal(stream));
        }
        const ra::hinge_fit fit = ra::hinge_regression(x, y);
        covered += fit.knot_interval->lower <= 76 && 76 <= fit.knot_interval->upper;
        CHECK(fit.knot_interval->lower <= fit.knot);
        CHECK(fit.knot <= fit.knot_interval->upper);
        // Noise alone often puts the knot on a point.
        values noise = y;
        for (double& value : noise) value = normal(stream);
        for (const values& fitted : {y, noise}) {
            const ra::hinge_fit hinge = ra::hinge_regression(x, fitted);
            double squares = 0;
            for (std::size_t i = 0; i < x.size(); ++i) squares += std::pow(fitted[i] - hinge.predict(x[i]), 2);
            CHECK(relative_error(squares, hinge.residual_sum_of_squares) < 1e-9);
        }
        if (run >= 20) continue;
        values sorted = x;
        std::sort(sorted.begin(), sorted.end());
        for (double knot = sorted[1]; knot <= sorted[38]; knot += 0.25) {
            // Least squares of a hinge with this knot: regress the parts of y and of max(x - knot, 0) that are not
            // linear in x.
            values bend, bend_rest, y_rest;
            for (const double value : x) bend.push_back(std::max(0.0, value - knot));
            const auto of_bend = ra::linear_regression(x, bend), of_y = ra::linear_regression(x, y);
            double bb = 0, by = 0, yy = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double b = bend[i] - of_bend.predict(x[i]), r = y[i] - of_y.predict(x[i]);
                bb += b * b;
                by += b * r;
                yy += r * r;
            }
            CHECK(fit.residual_sum_of_squares <= (yy - by * by / bb) * (1 + 1e-9));
        }
    }
    CHECK(covered >= samples * (0.95 - 4 * std::sqrt(0.05 * 0.95 / samples)));
}

TEST_CASE("Chow test: Table 5 at the middle equals scipy")
{
    const table_5 t;
    const auto halves = ra::compare_halves(t.x, t.y);
    const auto result = ra::chow_test(t.x, t.y, halves);
    CHECK(relative_error(result.halves_residual_sum_of_squares, 3.601076959747134) < 1e-12);
    CHECK(relative_error(result.line_residual_sum_of_squares, 26.321269627492974) < 1e-12);
    CHECK(relative_error(result.f, 82.02060327570342) < 1e-11);
    CHECK(relative_error(result.p_value, 5.88345445755205e-12) < 1e-9);
    CHECK(result.degrees_of_freedom == 26);
    const auto shared = ra::compare_halves(t.x, t.y, {.boundary = ra::boundary_model::in_both_halves});
    CHECK_ERROR(std::invalid_argument, (void)ra::chow_test(t.x, t.y, shared), "share a model");
}

TEST_CASE("diagnostics: one line through Table 5 has autocorrelated residuals, and AlexNet the greatest leverage")
{
    const table_5 t;
    const auto result = ra::diagnose_regression(t.x, t.y);
    CHECK(relative_error(result.durbin_watson.value(), 0.33683669900523794) < 1e-10);
    CHECK(relative_error(result.lag_1_autocorrelation.value(), 0.6291341654723227) < 1e-10);
    CHECK(relative_error(result.largest_leverage, 0.27154884958262104) < 1e-12);
    CHECK(t.names[result.largest_leverage_point] == "AlexNet");
    CHECK(relative_error(result.largest_cooks_distance.value(), 2.1490538293914523) < 1e-10);
    CHECK(t.names[result.largest_cooks_distance_point] == "AlexNet");
    const values x{1, 2, 3, 4}, line{2, 4, 6, 8};
    CHECK_FALSE(ra::diagnose_regression(x, line).durbin_watson);
    CHECK_FALSE(ra::diagnose_regression(x, line).lag_1_autocorrelation);
    CHECK(ra::diagnose_regression(x, line).largest_leverage == doctest::Approx(0.7));
    CHECK_THROWS_AS((void)ra::diagnose_regression(values{1, 2}, values{1, 2}), std::invalid_argument);
}
