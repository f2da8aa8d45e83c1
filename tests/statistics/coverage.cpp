// Do intervals cover, and tests err, as often as they say? Simulated with fixed seeds.
#include <reassess/detail/random_stream.hpp>
#include <reassess/statistics/bootstrap.hpp>
#include <reassess/statistics/linear_regression.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/slope_test.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ra = reassess;

namespace {

std::uint64_t draw_hits(ra::detail::random_stream& stream, std::uint64_t images, double accuracy)
{
    std::uint64_t hits = 0;
    for (std::uint64_t image = 0; image < images; ++image) hits += stream.unit() < accuracy;
    return hits;
}

template <class Interval>
double coverage(int samples, std::uint64_t images, double accuracy, Interval interval)
{
    int covered = 0;
    for (int sample = 0; sample < samples; ++sample) {
        ra::detail::random_stream stream(images, static_cast<std::uint64_t>(sample));
        const ra::interval ends = interval(ra::proportion{draw_hits(stream, images, accuracy), images});
        covered += ends.lower <= accuracy && accuracy <= ends.upper;
    }
    return covered / static_cast<double>(samples);
}

ra::interval bootstrap_interval(ra::proportion p, std::size_t replicates)
{
    std::vector<double> hits(static_cast<std::size_t>(p.total), 0.0);
    for (std::size_t image = 0; image < p.hits; ++image) hits[image] = 1;
    return ra::bootstrap(ra::par, ra::image_values_view(hits), [](const ra::resample_sums& s) { return s.mean(0); },
                         ra::random_seed{p.hits}, {.replicates = replicates})
        .best();
}

double noise(ra::detail::random_stream& stream)
{
    double sum = -6;  // twelve uniforms: near enough to normal
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

TEST_CASE("coverage: Wilson's interval at 50, 500 and 50,000 images")
{
    const auto wilson = [](ra::proportion p) { return ra::wilson_interval(p); };
    // Four standard errors of the simulation, and what a discrete distribution cannot avoid at 50.
    CHECK(coverage(4000, 50, 0.76, wilson) > 0.93);
    CHECK(coverage(4000, 50, 0.76, wilson) < 0.975);
    CHECK(coverage(4000, 500, 0.9, wilson) > 0.935);
    CHECK(coverage(4000, 500, 0.9, wilson) < 0.965);
    CHECK(coverage(1000, 50000, 0.83, wilson) > 0.922);
    CHECK(coverage(1000, 50000, 0.83, wilson) < 0.978);
}

TEST_CASE("coverage: Clopper-Pearson never falls below the level, mid-p and Wilson's bounds are near it")
{
    const auto exact = [](ra::proportion p) { return ra::clopper_pearson_interval(p); };
    const auto mid_p = [](ra::proportion p) { return ra::mid_p_interval(p); };
    const auto bound = [](ra::proportion p) {
        return ra::wilson_interval(p, ra::confidence_level{0.95}, ra::interval_sides::lower_only);
    };
    CHECK(coverage(2000, 50, 0.97, exact) > 0.95);
    CHECK(coverage(2000, 200, 0.9, mid_p) > 0.93);
    CHECK(coverage(2000, 200, 0.9, mid_p) < 0.975);
    CHECK(coverage(4000, 500, 0.8, bound) > 0.93);
    CHECK(coverage(4000, 500, 0.8, bound) < 0.97);
}

TEST_CASE("coverage: the bootstrap of an accuracy at 50, 500 and 50,000 images")
{
    const auto replicates = [](std::size_t number) {
        return [number](ra::proportion p) { return bootstrap_interval(p, number); };
    };
    CHECK(coverage(1000, 50, 0.76, replicates(399)) > 0.91);
    CHECK(coverage(1000, 50, 0.76, replicates(399)) < 0.975);
    CHECK(coverage(600, 500, 0.76, replicates(399)) > 0.914);
    CHECK(coverage(600, 500, 0.76, replicates(399)) < 0.98);
    CHECK(coverage(60, 50000, 0.83, replicates(199)) > 0.85);
}

TEST_CASE("coverage: the Z-test of slopes errs as often as it should with many models, and more often with few")
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
    const auto half_of_table_5 = alarms(15, 4000);  // 6.1 % says the documentation
    CHECK(half_of_table_5.z > 0.047);
    CHECK(half_of_table_5.z < 0.077);
    CHECK(half_of_table_5.t > 0.036);
    CHECK(half_of_table_5.t < 0.064);
    const auto few = alarms(5, 4000);  // 9.8 %
    CHECK(few.z > 0.075);
    CHECK(few.t > 0.025);
    CHECK(few.t < 0.065);
}

TEST_CASE("coverage: McNemar's mid-p test errs as often as it should, the exact one less")
{
    int mid = 0, exact = 0;
    constexpr int samples = 4000;
    for (int sample = 0; sample < samples; ++sample) {
        ra::detail::random_stream stream(4711, static_cast<std::uint64_t>(sample));
        const std::uint64_t better = draw_hits(stream, 100, 0.5);
        const ra::sign_test_result result = ra::sign_test(better, 100 - better);
        mid += result.mid_p_value <= 0.05;
        exact += result.p_value <= 0.05;
    }
    CHECK(mid < samples * 7 / 100);
    CHECK(mid > samples * 3 / 100);
    CHECK(exact <= mid);
    CHECK(exact < samples * 5 / 100);
}
