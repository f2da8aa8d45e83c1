// Tests of the bootstrap over images: resampling, percentile and BCa intervals, reproducibility, errors.
#include "support/relative_error.hpp"

#include <reassess/statistics/bootstrap.hpp>
#include <reassess/statistics/linear_regression.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

namespace {

double mean(const ra::resample_sums& sample)
{
    return sample.mean(0);
}

double ratio(const ra::resample_sums& sample)
{
    return sample.sum(0) / sample.sum(1);
}

const ra::random_seed seed{2020};

}  // namespace

TEST_CASE("bootstrap: the replicates are means of images drawn by the streams of the seed")
{
    const values x{1, 5, 2, 8, 13, 2, 2};
    const ra::bootstrap_result result =
        ra::bootstrap(ra::seq, ra::image_values_view(x), mean, seed, {.replicates = 199});
    CHECK(relative_error(result.value, 33.0 / 7) < 1e-15);
    values expected, sorted = x;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint64_t replicate = 0; replicate < 199; ++replicate) {
        ra::detail::random_stream stream(2020, replicate);
        double sum = 0;
        for (int i = 0; i < 7; ++i) sum += sorted[static_cast<std::size_t>(stream.below(7))];
        expected.push_back(sum / 7);
    }
    std::sort(expected.begin(), expected.end());
    CHECK(result.replicates == expected);
    // 200 * 0.025 = 5: the 5th smallest and the 5th largest.
    CHECK(result.percentile == ra::interval{expected[4], expected[194]});
    CHECK(result.replicates_without_value == 0);
    // The bootstrap standard error of a mean is known: sqrt(sum of squared deviations) / n.
    CHECK(relative_error(result.standard_error, std::sqrt(115.42857142857143) / 7) < 0.1);
}

TEST_CASE("bootstrap: resampled counts are multinomial for any group sizes")
{
    // Multinomial moments: means n p, variances n p (1 - p), covariances -n p q.
    const auto check = [](const std::vector<std::size_t>& sizes) {
        values images;
        for (std::size_t group = 0; group < sizes.size(); ++group)
            images.insert(images.end(), sizes[group], static_cast<double>(group));
        const double n = static_cast<double>(images.size());
        const ra::detail::grouped_images grouped{ra::image_values_view(images)};
        REQUIRE(grouped.images() == images.size());
        REQUIRE(grouped.groups() == sizes.size());
        constexpr int replicates = 3000;
        values sums(sizes.size()), squares(sizes.size());
        double crossed = 0;
        std::vector<std::uint64_t> counts(sizes.size());
        const auto expected = [&](std::size_t group) { return static_cast<double>(sizes[group]); };
        for (std::uint64_t replicate = 0; replicate < replicates; ++replicate) {
            ra::detail::random_stream stream(77, replicate);
            grouped.draw(stream, counts);
            std::uint64_t drawn = 0;
            for (std::size_t group = 0; group < sizes.size(); ++group) {
                drawn += counts[group];
                const double deviation = static_cast<double>(counts[group]) - expected(group);
                sums[group] += deviation / replicates;
                squares[group] += deviation * deviation / replicates;
            }
            REQUIRE(drawn == images.size());
            crossed += (static_cast<double>(counts.front()) - expected(0)) *
                       (static_cast<double>(counts.back()) - expected(sizes.size() - 1)) / replicates;
        }
        for (std::size_t group = 0; group < sizes.size(); ++group) {
            const double variance = expected(group) * (1 - expected(group) / n);
            CHECK(std::abs(sums[group]) < 5 * std::sqrt(variance / replicates));
            CHECK(std::abs(squares[group] - variance) < 5 * std::sqrt(3.0 / replicates) * variance);
        }
        const double covariance = -expected(0) * expected(sizes.size() - 1) / n;
        CHECK(std::abs(crossed - covariance) <
              5 * std::sqrt(expected(0) * expected(sizes.size() - 1) * 2 / replicates));
    };
    check({700, 300});
    check({1, 998, 1});
    check({5, 400, 3, 7, 85, 1, 1, 1, 97});
    check(std::vector<std::size_t>(60, 2));
    check(std::vector<std::size_t>(200, 1));
}

TEST_CASE("bootstrap: sums are correct for rows with zeros in any position")
{
    const values rows{0, 0, 3, 0, 5, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 7, 0, 9};
    const ra::detail::grouped_images grouped{ra::image_values_view(rows, 4)};
    REQUIRE(grouped.groups() == 4);  // the first and the fourth image are equal
    values sums(4);
    grouped.sum(grouped.counts(), sums);
    CHECK(sums == values{5, 7, 7, 11});
}

TEST_CASE("bootstrap: BCa equals Efron's formula")
{
    const values x{1, 5, 2, 8, 13, 2, 2};
    const ra::bootstrap_result result =
        ra::bootstrap(ra::seq, ra::image_values_view(x), mean, seed, {.replicates = 1999});
    // For a mean the acceleration is sum d^3 / (6 (sum d^2)^(3/2)).
    double squares = 0, cubes = 0;
    for (const double value : x) {
        squares += std::pow(value - result.value, 2);
        cubes += std::pow(value - result.value, 3);
    }
    const double a = cubes / (6 * std::pow(squares, 1.5));
    double below = 0;
    for (const double replicate : result.replicates)
        below += replicate < result.value ? 1 : replicate == result.value ? 0.5 : 0;
    const auto phi = [](double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; };
    const auto normal_quantile = [&](double p) {  // by bisection, independent of the library
        double low = -10, high = 10;
        for (int i = 0; i < 200; ++i) (phi((low + high) / 2) < p ? low : high) = (low + high) / 2;
        return low;
    };
    const double z0 = normal_quantile(below / 1999);
    const auto end = [&](double z) {
        const double place = 2000 * phi(z0 + (z0 + z) / (1 - a * (z0 + z)));
        const auto lower = static_cast<std::size_t>(place);
        return result.replicates[lower - 1] +
               (place - std::floor(place)) * (result.replicates[lower] - result.replicates[lower - 1]);
    };
    REQUIRE(result.bca.has_value());
    CHECK(result.why_no_bca.empty());
    CHECK(relative_error(result.bca->lower, end(-1.9599639845400542)) < 1e-10);
    CHECK(relative_error(result.bca->upper, end(1.9599639845400542)) < 1e-10);
    CHECK(result.bca->upper > result.percentile.upper);  // skewed to the right
    CHECK(result.best() == *result.bca);
}

TEST_CASE("bootstrap: results have the same bits on any number of threads, and differ for another seed")
{
    values hits;
    for (std::size_t i = 0; i < 900; ++i) {
        hits.push_back(i % 7 < 4 ? 1.0 : 0.0);
        hits.push_back(i % 11 != 0 ? 1.0 : 0.0);
        hits.push_back(0.1 * static_cast<double>(i % 13));
    }
    const ra::image_values_view view(hits, 3);
    const auto statistic = [](const ra::resample_sums& s) { return s.sum(0) / s.sum(1) + s.mean(2); };
    const ra::bootstrap_result alone = ra::bootstrap(ra::seq, view, statistic, seed, {.replicates = 499});
    for (const unsigned threads : {1u, 2u, 8u}) {
        CAPTURE(threads);
        const ra::bootstrap_result result =
            ra::bootstrap(ra::par.on(threads).serial_below(0), view, statistic, seed, {.replicates = 499});
        CHECK(result.replicates == alone.replicates);
        CHECK(result.best() == alone.best());
    }
    CHECK(ra::bootstrap(ra::seq, view, statistic, ra::random_seed{2021}, {.replicates = 499}).replicates !=
          alone.replicates);
}

TEST_CASE("bootstrap: a paired difference has a shorter interval than that of independent samples")
{
    values together, apart;
    for (int i = 0; i < 300; ++i) {
        const double first = i % 5 != 0 ? 1 : 0;
        together.insert(together.end(), {first, i % 50 == 0 ? 1 - first : first});
        apart.insert(apart.end(), {first, (i + 150) % 300 % 5 != 0 ? 1.0 : 0.0});
        if (i % 3 == 0) apart.back() = 1 - apart.back();
    }
    const auto difference = [](const ra::resample_sums& s) { return s.mean(0) - s.mean(1); };
    const auto paired = ra::bootstrap(ra::seq, ra::image_values_view(together, 2), difference, seed);
    const auto independent = ra::bootstrap(ra::seq, ra::image_values_view(apart, 2), difference, seed);
    CHECK(paired.standard_error * 2 < independent.standard_error);
    CHECK(paired.percentile.lower <= paired.value);
    CHECK(paired.percentile.upper >= paired.value);
}

TEST_CASE("bootstrap: the slope over models is resampled by images of all models")
{
    // Columns: original and ReaL hits of four models.
    ra::detail::random_stream stream(5, 5);
    values hits;
    for (int image = 0; image < 2000; ++image) {
        const double hard = stream.unit();
        for (const double accuracy : {0.5, 0.6, 0.7, 0.8}) {
            hits.push_back(hard < accuracy ? 1 : 0);
            hits.push_back(hard < 0.1 + 0.9 * accuracy ? 1 : 0);
        }
    }
    const auto slope = [](const ra::resample_sums& s) {
        values x, y;
        for (std::size_t column = 0; column < 8; column += 2) {
            x.push_back(s.mean(column));
            y.push_back(s.mean(column + 1));
        }
        return ra::linear_regression(x, y).slope;
    };
    const auto result = ra::bootstrap(ra::par, ra::image_values_view(hits, 8), slope, seed, {.replicates = 499});
    CHECK(result.best().lower < 0.9);
    CHECK(result.best().upper > 0.9);
    CHECK(result.best().upper - result.best().lower < 0.3);
}

TEST_CASE("bootstrap: without spread both ends are the value, and BCa is absent")
{
    const values same(20, 0.3);
    const ra::bootstrap_result result = ra::bootstrap(ra::seq, ra::image_values_view(same), mean, seed);
    CHECK(result.percentile == ra::interval{result.value, result.value});
    CHECK_FALSE(result.bca.has_value());
    CHECK(result.why_no_bca == "all replicates are equal");
    CHECK(result.standard_error == 0);
    const ra::bootstrap_result one = ra::bootstrap(ra::seq, ra::image_values_view(values{4}), mean, seed);
    CHECK(one.percentile == ra::interval{4, 4});
    CHECK_FALSE(one.bca.has_value());
}

TEST_CASE("bootstrap: replicates without a value are counted, and at least half of them throw")
{
    // One valid image of five: (4/5)^5, a third, of the replicates have no valid image and give 0 of 0.
    const values rare{1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto result = ra::bootstrap(ra::seq, ra::image_values_view(rare, 2), ratio, seed, {.replicates = 999});
    CHECK(result.replicates_without_value > 250);
    CHECK(result.replicates_without_value < 400);
    CHECK(result.replicates.size() + result.replicates_without_value == 999);
    CHECK(result.percentile == ra::interval{1, 1});
    const values none{0, 0, 0, 0};
    CHECK_THROWS_AS((void)ra::bootstrap(ra::seq, ra::image_values_view(none, 2), ratio, seed), std::domain_error);
    const auto mostly_nan = [](const ra::resample_sums& s) { return s.sum(0) == 3 ? 1.0 : std::nan(""); };
    CHECK_THROWS_AS((void)ra::bootstrap(ra::seq, ra::image_values_view(values{0, 1, 2, 0, 0, 0}), mostly_nan, seed),
                    std::domain_error);
}

TEST_CASE("bootstrap: infinite values are ordered, only NaN is dropped")
{
    const values nine_of_ten{1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    const auto logit = [](const ra::resample_sums& s) { return std::log(s.mean(0) / (1 - s.mean(0))); };
    const double infinity = std::numeric_limits<double>::infinity();
    const auto result = ra::bootstrap(ra::seq, ra::image_values_view(nine_of_ten), logit, ra::random_seed{1});
    CHECK(result.replicates_without_value == 0);
    CHECK(result.replicates.size() == 1999);
    CHECK(relative_error(result.percentile.lower, std::log(0.7 / 0.3)) < 1e-12);
    CHECK(result.percentile.upper == infinity);  // 0.9^10 = 0.35 of the resamples have no miss
    CHECK(result.standard_error == infinity);
    CHECK_FALSE(result.bca);
    CHECK(result.why_no_bca.find("infinite") != std::string::npos);
    const auto negative = ra::bootstrap(
        ra::seq, ra::image_values_view(nine_of_ten), [&](const auto& s) { return -logit(s); }, ra::random_seed{1});
    CHECK(negative.percentile.lower == -infinity);
    CHECK(relative_error(negative.percentile.upper, -std::log(0.7 / 0.3)) < 1e-12);
    // Ten hits of ten: the value itself is infinite, and so is every replicate.
    const auto all = ra::bootstrap(ra::seq, ra::image_values_view(values(10, 1.0)), logit, ra::random_seed{1});
    CHECK(all.value == infinity);
    CHECK(all.percentile == ra::interval{infinity, infinity});
    CHECK(all.standard_error == 0);
    CHECK_FALSE(all.bca);
    // No interpolation between minus infinity and a number: 0 hits in 35 % of the resamples, and a quantile on the
    // step.
    CHECK(ra::detail::quantile_of_sorted(values{-infinity, 1}, 0.5) == -infinity);
    CHECK(ra::detail::quantile_of_sorted(values{1, infinity}, 0.5) == infinity);
    CHECK(ra::detail::quantile_of_sorted(values{-infinity, infinity}, 0.5) == -infinity);
}

TEST_CASE("bootstrap: no images, too few replicates and NaN values throw")
{
    const values x{1, 2, 3};
    for (const std::size_t replicates : {0u, 1u}) {
        CHECK_THROWS_AS((void)ra::bootstrap(ra::seq, ra::image_values_view(x), mean, seed, {.replicates = replicates}),
                        std::invalid_argument);
    }
    CHECK_NOTHROW((void)ra::bootstrap(ra::seq, ra::image_values_view(x), mean, seed, {.replicates = 2}));
    CHECK_THROWS_AS((void)ra::bootstrap(ra::seq, ra::image_values_view(values{}), mean, seed), std::invalid_argument);
    CHECK_THROWS_AS(ra::image_values_view(x, 2), std::invalid_argument);
    CHECK_THROWS_AS(ra::image_values_view(x, 0), std::invalid_argument);
    CHECK_THROWS_WITH_AS(ra::image_values_view(values{1, 2, std::nan(""), 4}, 2),
                         "values of images: column 0 of image 1 is not finite", std::invalid_argument);
    CHECK_THROWS_AS(ra::image_values_view(values{std::numeric_limits<double>::infinity()}), std::invalid_argument);
    const auto throws = [](const ra::resample_sums&) -> double { throw std::runtime_error("mine"); };
    CHECK_THROWS_WITH_AS((void)ra::bootstrap(ra::par.serial_below(0), ra::image_values_view(x), throws, seed), "mine",
                         std::runtime_error);
}
