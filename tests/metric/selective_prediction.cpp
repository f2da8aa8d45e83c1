// Risk-coverage curves: by hand, and against every image in the best, worst and true order.
#include "support/messages.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/metric/calibration.hpp>
#include <reassess/metric/selective_prediction.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ra = reassess;

namespace {

struct image {
    double confidence = 0;
    bool right = false;
};

/// Risks of the m most confident images, m = 1 .. images.
std::vector<double> risks_of(const std::vector<image>& images)
{
    std::vector<double> risks;
    std::uint64_t errors = 0;
    for (const image& one : images) {
        errors += one.right ? 0 : 1;
        risks.push_back(static_cast<double>(errors) / static_cast<double>(risks.size() + 1));
    }
    return risks;
}
double mean_of(const std::vector<double>& values)
{
    long double sum = 0;
    for (const double value : values) sum += static_cast<long double>(value);
    return static_cast<double>(sum / static_cast<long double>(values.size()));
}
std::uint64_t greatest_within(const std::vector<double>& risks, double risk)
{
    std::uint64_t greatest = 0;
    for (std::size_t m = 0; m < risks.size(); ++m) {
        if (risks[m] <= risk) greatest = m + 1;
    }
    return greatest;
}

std::vector<ra::calibration_bin> bins_of(const std::vector<image>& images, std::size_t count)
{
    std::vector<ra::calibration_bin> bins(count);
    for (std::size_t b = 0; b < count; ++b) bins[b].lower = static_cast<double>(b) / static_cast<double>(count);
    for (const image& one : images) {
        ra::calibration_bin& bin = bins[ra::detail::calibration_bin_of(one.confidence, count)];
        ++bin.accuracy.total;
        bin.accuracy.hits += one.right ? 1U : 0U;
    }
    return bins;
}

bool near(double found, double expected)
{
    return std::abs(found - expected) < 1e-13;
}

}  // namespace

TEST_CASE("risk-coverage curve: by hand, with an image in each bin, and with all in one")
{
    // Right, right, wrong, right: risks 0, 0, 1/3, 1/4.
    const std::vector<image> images{{0.95, true}, {0.75, true}, {0.55, false}, {0.15, true}};
    const ra::risk_coverage_curve curve(bins_of(images, 10));
    const double area = (1.0 / 3 + 1.0 / 4) / 4;
    for (const double found : {curve.area()->lower, curve.area()->expected, curve.area()->upper})
        CHECK(near(found, area));
    CHECK(curve.risk_at(0.5) == ra::binned_value{});
    CHECK(near(curve.risk_at(0.51)->lower, 1.0 / 3));
    CHECK(near(curve.risk_at(1.0)->upper, 0.25));
    CHECK(curve.risk_at(1e-300) == ra::binned_value{});
    CHECK(curve.coverage_at(0.0) == ra::binned_coverage{{2, 4}, {2, 4}});
    CHECK(curve.coverage_at(0.3) == ra::binned_coverage{{4, 4}, {4, 4}});
    CHECK(curve.points() ==
          std::vector<ra::risk_coverage_point>{
              {0.9, {1, 4}, {0, 1}}, {0.7, {2, 4}, {0, 2}}, {0.5, {3, 4}, {1, 3}}, {0.1, {4, 4}, {1, 4}}});
    // One bin: best 0, 0, 0, 1/4; worst 1, 1/2, 1/3, 1/4; expected 1/4 each.
    const ra::risk_coverage_curve one(bins_of(images, 1));
    CHECK(near(one.area()->lower, 1.0 / 16));
    CHECK(near(one.area()->expected, 1.0 / 4));
    CHECK(near(one.area()->upper, 25.0 / 48));
    CHECK(one.risk_at(0.5) == ra::binned_value{0.0, 0.25, 0.5});
    CHECK(one.coverage_at(0.0) == ra::binned_coverage{{0, 4}, {3, 4}});
    CHECK(one.coverage_at(0.34) == ra::binned_coverage{{4, 4}, {4, 4}});
}

TEST_CASE("risk-coverage curve: the bounds are the best and the worst order of the images, and contain the true one")
{
    test_support::random_source random(341);
    for (int repetition = 0; repetition < 120; ++repetition) {
        const std::size_t number = 1 + random.below(repetition % 4 == 0 ? 400 : 30), count = 1 + random.below(12);
        std::vector<image> images;
        for (std::size_t i = 0; i < number; ++i) {
            const auto confidence = static_cast<double>(random.below(1000)) / 999;
            images.push_back({confidence, random.chance(static_cast<unsigned>(20 + 80 * confidence))});
        }
        std::vector<image> best = images, worst = images, truth = images;
        const auto by = [&](std::vector<image>& list, auto before) {
            std::stable_sort(list.begin(), list.end(), [&](const image& a, const image& b) {
                const std::size_t x = ra::detail::calibration_bin_of(a.confidence, count);
                const std::size_t y = ra::detail::calibration_bin_of(b.confidence, count);
                return x != y ? x > y : before(a, b);
            });
        };
        by(best, [](const image& a, const image& b) { return a.right && !b.right; });
        by(worst, [](const image& a, const image& b) { return !a.right && b.right; });
        by(truth, [](const image& a, const image& b) { return a.confidence > b.confidence; });
        const std::vector<double> least = risks_of(best), greatest = risks_of(worst), real = risks_of(truth);
        const ra::risk_coverage_curve curve(bins_of(images, count));
        REQUIRE(curve.images() == number);
        const ra::binned_value area = curve.area().value();
        REQUIRE(near(area.lower, mean_of(least)));
        REQUIRE(near(area.upper, mean_of(greatest)));
        REQUIRE(area.lower <= mean_of(real) + 1e-13);
        REQUIRE(mean_of(real) <= area.upper + 1e-13);
        double expected = 0;
        for (std::size_t m = 1; m <= number; ++m) {
            const double coverage = static_cast<double>(m) / static_cast<double>(number);
            const ra::binned_value risk = curve.risk_at(coverage).value();
            REQUIRE(risk.lower == least[m - 1]);
            REQUIRE(risk.upper == greatest[m - 1]);
            REQUIRE(risk.lower <= real[m - 1]);
            REQUIRE(real[m - 1] <= risk.upper);
            REQUIRE(curve.risk_at(std::nextafter(coverage, 0.0)) == risk);
            expected += risk.expected;
            // The mean over random orders: errors of whole bins, and of the last bin by its share.
            double errors = 0, left = static_cast<double>(m);
            const std::vector<ra::calibration_bin> bins = bins_of(images, count);
            for (std::size_t b = count; b-- > 0;) {
                const double of_bin = static_cast<double>(bins[b].accuracy.total);
                if (of_bin == 0) continue;
                const double taken = std::min(left, of_bin);
                errors += static_cast<double>(bins[b].accuracy.total - bins[b].accuracy.hits) * taken / of_bin;
                left -= taken;
            }
            REQUIRE(near(risk.expected, errors / static_cast<double>(m)));
        }
        REQUIRE(near(area.expected, expected / static_cast<double>(number)));
        for (const double risk : {0.0, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0}) {
            const ra::binned_coverage coverage = curve.coverage_at(risk);
            REQUIRE(coverage.lower == ra::proportion{greatest_within(greatest, risk), number});
            REQUIRE(coverage.upper == ra::proportion{greatest_within(least, risk), number});
        }
        for (const ra::risk_coverage_point& point : curve.points())
            REQUIRE(point.risk.value() == real[point.coverage.hits - 1]);
    }
}

TEST_CASE("risk-coverage curve: harmonic sums of many images, and billions of images")
{
    for (const auto& [a, b] :
         {std::pair{0U, 1U}, {0U, 63U}, {0U, 100000U}, {63U, 65U}, {64U, 66U}, {99999U, 100003U}}) {
        long double sum = 0;
        for (std::uint64_t i = b; i > a; --i) sum += 1.0L / static_cast<long double>(i);
        CHECK(test_support::relative_error(ra::detail::harmonic_between(a, b), static_cast<double>(sum)) < 1e-14);
    }
    const std::vector<ra::calibration_bin> bins{
        {.lower = 0.0, .upper = 0.5, .accuracy = {1'000'000'000, 2'000'000'000}},
        {.lower = 0.5, .upper = 1.0, .accuracy = {3'000'000'000, 3'000'000'000}}};
    const ra::risk_coverage_curve curve(bins);
    // In the worst order risk is 0.1 after 3e9 / 0.9 images.
    CHECK(curve.coverage_at(0.1).lower == ra::proportion{3'333'333'333, 5'000'000'000});
    // In the best order 4e9 images are right first.
    CHECK(curve.coverage_at(0.0).upper.hits == 4'000'000'000);
    CHECK(near(curve.risk_at(1.0)->expected, 0.2));
    // Of the second bin, the sum over m of (m - 3e9) / (2 m) / 5e9, in the expected order.
    CHECK(std::abs(curve.area()->expected - (1.0 - 1.5 * std::log(5.0 / 3.0)) / 5) < 1e-9);
}

TEST_CASE("risk-coverage curve: no images, and errors")
{
    const ra::risk_coverage_curve none(std::vector<ra::calibration_bin>(3));
    CHECK(none.images() == 0);
    CHECK(!none.risk_at(0.5));
    CHECK(!none.area());
    CHECK(none.points().empty());
    CHECK(none.coverage_at(0.5) == ra::binned_coverage{});
    for (const double coverage : {0.0, -0.1, 1.1, std::nan("")})
        CHECK_ERROR(std::invalid_argument, static_cast<void>(none.risk_at(coverage)), "outside (0, 1]");
    for (const double risk : {-0.1, 1.1, std::nan("")})
        CHECK_ERROR(std::invalid_argument, static_cast<void>(none.coverage_at(risk)), "outside [0, 1]");
    std::vector<ra::calibration_bin> bins(2);
    bins[0].lower = 0.5;
    CHECK_ERROR(std::invalid_argument, ra::risk_coverage_curve(bins).images(), "bin 1 begins at confidence 0");
    bins[0] = {.accuracy = {2, 1}};
    CHECK_ERROR(std::invalid_argument, ra::risk_coverage_curve(bins).images(),
                "2 of 1 is not a valid accuracy of bin 0");
}
