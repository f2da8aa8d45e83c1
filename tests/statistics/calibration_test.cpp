// Debiased calibration error and Spiegelhalter's test: by hand, and simulated for calibrated and uncalibrated models.
#include "support/messages.hpp"
#include "support/relative_error.hpp"
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/metric/calibration.hpp>
#include <reassess/statistics/calibration_test.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using groups = std::vector<ra::confidence_group>;

namespace {

struct predictions {
    std::vector<double> confidence{};
    std::vector<std::uint8_t> right{};
};

/// Confidences in (0.2, 1), in ascending order; each prediction is right with probability confidence - excess.
predictions draw(std::uint64_t run, std::size_t images, double excess)
{
    ra::detail::random_stream stream(17, run);
    predictions drawn;
    for (std::size_t i = 0; i < images; ++i) drawn.confidence.push_back(0.2 + 0.8 * stream.unit());
    std::sort(drawn.confidence.begin(), drawn.confidence.end());
    for (const double c : drawn.confidence) drawn.right.push_back(stream.unit() < c - excess);
    return drawn;
}

groups equal_mass(const predictions& drawn, std::size_t bins)
{
    groups result(bins);
    for (std::size_t i = 0; i < drawn.confidence.size(); ++i) {
        ra::confidence_group& group = result[i * bins / drawn.confidence.size()];
        group.accuracy.hits += drawn.right[i];
        ++group.accuracy.total;
        group.mean_confidence += drawn.confidence[i];
    }
    for (ra::confidence_group& group : result) group.mean_confidence /= static_cast<double>(group.accuracy.total);
    return result;
}

}  // namespace

TEST_CASE("debiased calibration error: by hand, empty groups, errors")
{
    // Squares 0.01 and 0.0625 of 10 and 20 images; variances 0.8 * 0.2 / 9 and 0.5 * 0.5 / 19.
    const auto result = ra::debiased_calibration_error(groups{{{8, 10}, 0.9}, {{0, 0}, 0.5}, {{10, 20}, 0.75}}).value();
    CHECK(relative_error(result.plain, std::sqrt((10 * 0.01 + 20 * 0.0625) / 30)) < 1e-14);
    const double squared = (10 * (0.01 - 0.16 / 9) + 20 * (0.0625 - 0.25 / 19)) / 30;
    CHECK(relative_error(result.squared, squared) < 1e-13);
    CHECK(relative_error(result.debiased, std::sqrt(squared)) < 1e-13);
    CHECK(result.groups == 2);
    CHECK_FALSE(ra::debiased_calibration_error(groups{{{0, 0}, 0.5}}));
    const auto exact = ra::debiased_calibration_error(groups{{{5, 10}, 0.5}}).value();
    CHECK(exact.squared < 0);
    CHECK(exact.debiased == 0);
    CHECK_ERROR(std::domain_error, (void)ra::debiased_calibration_error(groups{{{1, 1}, 0.5}}), "1 image");
    CHECK_ERROR(std::invalid_argument, (void)ra::debiased_calibration_error(groups{{{2, 1}, 0.5}}), "2 of 1");
    CHECK_ERROR(std::invalid_argument, (void)ra::debiased_calibration_error(groups{{{1, 2}, 1.5}}), "group 0");
    CHECK_ERROR(std::invalid_argument, (void)ra::debiased_calibration_error(groups{{{1, 2}, std::nan("")}}), "group 0");
}

TEST_CASE("debiased calibration error: 0 on average for a calibrated model, the true error otherwise")
{
    const int samples = test_support::under_sanitizer ? 40 : 400;
    for (const double excess : {0.0, 0.1}) {
        double mean = 0, squares = 0, plain = 0;
        for (int run = 0; run < samples; ++run) {
            const auto result =
                ra::debiased_calibration_error(equal_mass(draw(static_cast<std::uint64_t>(run), 500, excess), 15))
                    .value();
            mean += result.squared / samples;
            squares += result.squared * result.squared / samples;
            plain += result.plain / samples;
        }
        const double error = std::sqrt((squares - mean * mean) / samples);
        CHECK(std::abs(mean - excess * excess) < 4 * error);
        CHECK(plain > excess + (excess == 0 ? 0.05 : 0.005));
    }
}

TEST_CASE("calibration error: a calibrated model shows an error that the debiased estimate does not have")
{
    // The L1 error of 15 bins of equal mass, from a simulation with other confidences; here 0.059, 0.0184 and 0.0058.
    struct figure {
        std::size_t images;
        int samples;
        double error;
    };
    for (const figure expected : {figure{500, 600, 0.0575}, {5000, 150, 0.0186}, {50000, 60, 0.0060}}) {
        const int samples = std::max(4, expected.samples / (test_support::under_sanitizer ? 20 : 1));
        double plain = 0, mean = 0, squares = 0;
        for (int run = 0; run < samples; ++run) {
            const predictions drawn = draw(static_cast<std::uint64_t>(run), expected.images, 0);
            std::vector<ra::image_outcome> outcomes;
            for (const std::uint8_t right : drawn.right)
                outcomes.push_back(right != 0 ? ra::image_outcome::right : ra::image_outcome::wrong);
            groups bins;
            const auto equal_bins = ra::equal_mass_calibration_bins(drawn.confidence, outcomes, 15);
            for (const ra::calibration_bin& bin : equal_bins) bins.push_back({bin.accuracy, bin.confidence.value()});
            plain += ra::calibration_error(equal_bins).value() / samples;
            const double squared = ra::debiased_calibration_error(bins)->squared;
            mean += squared / samples;
            squares += squared * squared / samples;
        }
        CAPTURE(expected.images);
        // One sample deviates from the mean error by about 20 %.
        CHECK(std::abs(plain / expected.error - 1) < 0.02 + 4 * 0.2 / std::sqrt(samples));
        CHECK(std::abs(mean) < 4 * std::sqrt((squares - mean * mean) / (samples - 1)));
        CHECK(std::abs(mean) < (test_support::under_sanitizer ? 1 : 0.1) * plain * plain);
    }
}

TEST_CASE("debiased calibration interval: covers the error of calibrated and uncalibrated models, the same for a seed")
{
    const int samples = test_support::under_sanitizer ? 20 : 200;
    for (const double excess : {0.0, 0.05, 0.1}) {
        int covered = 0;
        for (int run = 0; run < samples; ++run) {
            const groups drawn = equal_mass(draw(static_cast<std::uint64_t>(run), 500, excess), 15);
            const auto ends = ra::debiased_calibration_interval(drawn, ra::random_seed{1}, {.replicates = 199}).value();
            covered += ends.lower <= excess && excess <= ends.upper;
        }
        CAPTURE(excess);
        CAPTURE(covered);
        CHECK(covered >= samples * (0.95 - 4 * std::sqrt(0.05 * 0.95 / samples)));
    }
    const groups drawn = equal_mass(draw(1, 500, 0.1), 15);
    const auto once = ra::debiased_calibration_interval(drawn, ra::random_seed{5}, {.replicates = 99}).value();
    CHECK(once == ra::debiased_calibration_interval(drawn, ra::random_seed{5}, {.replicates = 99}).value());
    CHECK_FALSE(ra::debiased_calibration_interval(groups{{{0, 0}, 0.5}}, ra::random_seed{1}));
    CHECK_ERROR(std::invalid_argument,
                (void)ra::debiased_calibration_interval(drawn, ra::random_seed{1}, {.replicates = 1}), "1 replicates");
}

TEST_CASE("calibration test: by hand, level and power by simulation, errors")
{
    const auto by_hand = ra::calibration_test(std::vector<double>{0.9, 0.6, 0.5}, std::vector<std::uint8_t>{1, 0, 1});
    const double sum = 0.1 * -0.8 + -0.6 * -0.2, variance = 0.64 * 0.09 + 0.04 * 0.24;
    CHECK(relative_error(by_hand.z, sum / std::sqrt(variance)) < 1e-13);
    CHECK(relative_error(by_hand.p_value, std::erfc(std::abs(by_hand.z) / std::sqrt(2.0))) < 1e-13);
    CHECK(by_hand.images == 3);
    const int samples = test_support::under_sanitizer ? 40 : 400;
    int calibrated = 0, overconfident = 0;
    for (int run = 0; run < samples; ++run) {
        const auto number = static_cast<std::uint64_t>(run);
        const predictions right = draw(number, 500, 0), wrong = draw(number, 500, 0.1);
        calibrated += ra::calibration_test(right.confidence, right.right).p_value <= 0.05;
        overconfident += ra::calibration_test(wrong.confidence, wrong.right).p_value <= 0.05;
    }
    CHECK(std::abs(calibrated - 0.05 * samples) < 4 * std::sqrt(samples * 0.05 * 0.95));
    CHECK(overconfident > 0.55 * samples);
    const std::vector<double> certain{0, 1, 0.5}, outside{-0.1}, nan{std::nan("")};
    const std::vector<std::uint8_t> three{0, 1, 1}, one{1}, two{2};
    CHECK_ERROR(std::domain_error, (void)ra::calibration_test(certain, three), "no variance");
    CHECK_ERROR(std::invalid_argument, (void)ra::calibration_test(outside, one), "image 0");
    CHECK_ERROR(std::invalid_argument, (void)ra::calibration_test(nan, one), "image 0");
    CHECK_ERROR(std::invalid_argument, (void)ra::calibration_test(std::vector<double>{0.5}, two), "is 2");
    CHECK_ERROR(std::invalid_argument, (void)ra::calibration_test(certain, one), "1 outcomes");
}
