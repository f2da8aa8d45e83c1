// Simulated coverage of confidence intervals and error rates of tests, with fixed seeds.
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/statistics/bootstrap.hpp>
#include <reassess/statistics/linear_regression.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/slope_test.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ra = reassess;

namespace {

/// Sanitizers slow the tests about tenfold, so they use a tenth of the samples and wider limits, which the output
/// states.
constexpr int share_of_samples = test_support::under_sanitizer ? 10 : 1;

struct simulation {
    int samples = 0;
    int covered = 0;

    /// Whether the rate equals the level up to `bias` (discreteness and the method's own error) and four standard
    /// errors of the simulation.
    void check_near(double level, double bias) const
    {
        CAPTURE(covered);
        CAPTURE(samples);
        CHECK(std::abs(covered / static_cast<double>(samples) - level) <
              bias + 4 * std::sqrt(level * (1 - level) / samples));
    }
};

/// Draws hits of images with this true accuracy repeatedly, and counts how often the interval contains it.
template <class Interval>
simulation cover(int samples, std::uint64_t images, ra::proportion accuracy, Interval interval)
{
    simulation result{samples / share_of_samples, 0};
    for (int sample = 0; sample < result.samples; ++sample) {
        ra::detail::random_stream stream(images, static_cast<std::uint64_t>(sample));
        const std::uint64_t hits = stream.binomial(images, accuracy.hits, accuracy.total);
        const ra::interval ends = interval(ra::proportion{hits, images});
        result.covered += ends.lower <= accuracy.value() && accuracy.value() <= ends.upper;
    }
    return result;
}

/// A new seed for each simulation.
ra::interval bootstrap_interval(ra::proportion p, std::uint64_t seed)
{
    std::vector<double> hits(static_cast<std::size_t>(p.total), 0.0);
    for (std::size_t image = 0; image < p.hits; ++image) hits[image] = 1;
    return ra::bootstrap(ra::seq, ra::image_values_view(hits), [](const ra::resample_sums& s) { return s.mean(0); },
                         ra::random_seed{seed}, {.replicates = 199})
        .best();
}

double noise(ra::detail::random_stream& stream)
{
    double sum = -6;  // sum of twelve uniforms, approximately normal
    for (int i = 0; i < 12; ++i) sum += stream.unit();
    return sum;
}

ra::linear_fit noisy_line(ra::detail::random_stream& stream, std::size_t points, double from)
{
    std::vector<double> x, y;
    for (std::size_t i = 0; i < points; ++i) {
        x.push_back(from + 10 * stream.unit());
        y.push_back(20 + 0.8 * x.back() + noise(stream));
    }
    return ra::linear_regression(x, y);
}

}  // namespace

TEST_CASE("coverage: Wilson's interval has its level at 50, 500 and 50,000 images")
{
    if (test_support::under_sanitizer)
        MESSAGE("coverage is simulated with a tenth of the samples: a sanitizer watches");
    const auto wilson = [](ra::proportion p) { return ra::wilson_interval(p); };
    for (const ra::proportion accuracy : {ra::proportion{1, 2}, {76, 100}, {9, 10}}) {
        cover(10000, 50, accuracy, wilson).check_near(0.95, 0.015);
        cover(10000, 500, accuracy, wilson).check_near(0.95, 0.003);
        cover(10000, 50000, accuracy, wilson).check_near(0.95, 0.0005);
    }
}

TEST_CASE("coverage: the weighted Wilson interval has its level with weights on which the accuracy depends")
{
    // Weights are uniform in [0.2, 2]; images of weight below 1 are hits with probability 0.9, others with 0.7. The
    // value is the ratio of the expectations of weight * hit and weight, (0.9 * 0.48 + 0.7 * 1.5) / 1.98.
    const double value = (0.9 * 0.48 + 0.7 * 1.5) / 1.98;
    simulation result{4000 / share_of_samples, 0};
    for (int sample = 0; sample < result.samples; ++sample) {
        ra::detail::random_stream stream(11, static_cast<std::uint64_t>(sample));
        ra::weighted_proportion p{.images = 300};
        for (int image = 0; image < 300; ++image) {
            const double weight = 0.2 + 1.8 * stream.unit();
            const bool hit = stream.unit() < (weight < 1 ? 0.9 : 0.7);
            p.total += weight;
            p.squares += weight * weight;
            p.hits += hit ? weight : 0;
            p.hit_squares += hit ? weight * weight : 0;
        }
        const ra::interval ends = ra::weighted_wilson_interval(p);
        result.covered += ends.lower <= value && value <= ends.upper;
    }
    result.check_near(0.95, 0.003);
}

TEST_CASE("coverage: Clopper-Pearson is never below the level, mid-p and Wilson's bounds are near it")
{
    const auto exact = [](ra::proportion p) { return ra::clopper_pearson_interval(p); };
    const auto mid_p = [](ra::proportion p) { return ra::mid_p_interval(p); };
    const auto bound = [](ra::proportion p) {
        return ra::wilson_interval(p, ra::confidence_level{0.95}, ra::interval_sides::lower_only);
    };
    const simulation never_below = cover(2000, 50, {97, 100}, exact);
    CHECK(never_below.covered >= 0.95 * never_below.samples);  // 98 %
    cover(2000, 200, {9, 10}, mid_p).check_near(0.95, 0.005);
    cover(4000, 500, {8, 10}, bound).check_near(0.95, 0.005);
}

TEST_CASE("coverage: the bootstrap interval of an accuracy has its level at 50, 500 and 50,000 images")
{
    std::uint64_t seed = 0;
    const auto by_bootstrap = [&seed](ra::proportion p) { return bootstrap_interval(p, ++seed); };
    // An accuracy that no sample has exactly, because an interval could otherwise end at it.
    cover(4000, 50, {763, 1000}, by_bootstrap).check_near(0.95, 0.01);
    cover(4000, 500, {763, 1000}, by_bootstrap).check_near(0.95, 0.005);
    cover(800, 50000, {83, 100}, by_bootstrap).check_near(0.95, 0.005);
}

TEST_CASE("coverage: the Z-test of slopes has its error rate with many models, and a higher one with few")
{
    const auto alarms = [](std::size_t models, int samples) {
        int by_z = 0, by_t = 0;
        for (int sample = 0; sample < samples; ++sample) {
            ra::detail::random_stream stream(models, static_cast<std::uint64_t>(sample));
            const ra::linear_fit first = noisy_line(stream, models, 60), second = noisy_line(stream, models, 70);
            by_z += ra::slope_test(first, second).p_value <= 0.05;
            by_t += ra::slope_t_test(first, second).p_value <= 0.05;
        }
        struct rates {
            double z, t;
        };
        return rates{by_z / static_cast<double>(samples), by_t / static_cast<double>(samples)};
    };
    const auto many = alarms(150, 1500);
    CHECK(many.z > 0.028);
    CHECK(many.z < 0.073);
    const auto half_of_table_5 = alarms(15, 4000);  // documented as 6.1 %
    CHECK(half_of_table_5.z > 0.047);
    CHECK(half_of_table_5.z < 0.077);
    CHECK(half_of_table_5.t > 0.036);
    CHECK(half_of_table_5.t < 0.064);
    const auto few = alarms(5, 4000);  // 9.8 %
    CHECK(few.z > 0.075);
    CHECK(few.t > 0.025);
    CHECK(few.t < 0.065);
}

TEST_CASE("coverage: McNemar's mid-p test has its error rate, the exact test a lower one")
{
    int mid = 0, exact = 0;
    constexpr int samples = 4000;
    for (int sample = 0; sample < samples; ++sample) {
        ra::detail::random_stream stream(4711, static_cast<std::uint64_t>(sample));
        const std::uint64_t better = stream.binomial(100, 1, 2);
        const ra::sign_test_result result = ra::sign_test(better, 100 - better);
        mid += result.mid_p_value <= 0.05;
        exact += result.p_value <= 0.05;
    }
    CHECK(mid < samples * 7 / 100);
    CHECK(mid > samples * 3 / 100);
    CHECK(exact <= mid);
    CHECK(exact < samples * 5 / 100);
}
