// probability_check: rounding is counted, rows that are no distribution are refused.
#include "support/messages.hpp"

#include <reassess/data/probability_check.hpp>
#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

TEST_CASE("probability_check: values and sums that are off by rounding are counted")
{
    const std::vector<double> rows{0.25, 0.75, 1.00001, 0, 0.5, 0.505, 0.3, 0.7000001};
    ra::probability_check all, parts;
    const ra::scores_view<double> view(rows.data(), 4, 2);
    all.add(view);
    CHECK(all.images == 4);
    CHECK(all.above_one == 1);
    CHECK(all.greatest == 1.00001);
    CHECK(all.rounded_sums == 1);
    CHECK(all.greatest_difference == doctest::Approx(0.005));
    for (std::size_t image = 0; image < 4; ++image) {
        ra::probability_check part;
        part.add(view.slice(image, 1), image);
        parts += part;
    }
    CHECK(parts == all);
}

TEST_CASE("probability_check: sigmoids and weights are refused with what to do, NaN and bad values are left alone")
{
    const std::vector<float> sigmoids{0.9F, 0.8F, 0.1F, 0.2F, 0.7F, 0.6F};
    ra::probability_check check;
    CHECK_ERROR(std::domain_error, check.add(ra::scores_view<float>(sigmoids.data(), 2, 3), 40),
                "the scores of image 40 sum to 1.8", "sigmoid", "normalise");
    const std::vector<float> nan{std::numeric_limits<float>::quiet_NaN(), 0.5F, 1.2F, 0.5F, -0.5F, 1.5F};
    ra::probability_check left;
    left.add(ra::scores_view<float>(nan.data(), 3, 2));
    CHECK(left.images == 3);
    CHECK(left.rounded_sums == 0);
}

TEST_CASE(
    "probability_check: 1.0001 and sums of 0.99 and 1.01 are rounding in float32 and float64, what is beyond is not")
{
    const auto check = [](auto first, auto second) {
        using T = decltype(first);
        const std::vector<T> row{first, second};
        ra::probability_check checked;
        checked.add(ra::scores_view<T>(row.data(), 1, 2));
        const std::vector<ra::class_index> labels{0};
        (void)ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<T>(row.data(), 1, 2)), {.original = labels});
        return checked;
    };
    CHECK(check(1.0001F, 0.0F).above_one == 1);
    CHECK(check(1.0001, 0.0).above_one == 1);
    CHECK(check(0.7, 0.31).rounded_sums == 1);
    CHECK(check(0.7, 0.29).rounded_sums == 1);
    CHECK(check(0.7F, 0.31F).rounded_sums == 1);
    CHECK(check(0.7F, 0.29F).rounded_sums == 1);
    CHECK_THROWS_AS((void)check(1.00011F, 0.0F), std::domain_error);
    CHECK_THROWS_AS((void)check(1.00011, 0.0), std::domain_error);
    CHECK_THROWS_AS((void)check(0.7, 0.3101), std::domain_error);
    CHECK_THROWS_AS((void)check(0.7F, 0.2899F), std::domain_error);
}

TEST_CASE("evaluate: probabilities up to 1.0001 count as 1, others are an error with their value")
{
    const std::vector<double> rounded{1.00001, 0, 0, 1.0001}, above{1.2, 0};
    const std::vector<ra::class_index> labels{0, 1};
    const auto e =
        ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<double>(rounded.data(), 2, 2)), {.original = labels});
    CHECK(e.log_loss().sum == 0);
    CHECK(e.calibration().back().confidence.value() == 1);
    CHECK(e.infinite_log_losses() == 0);
    CHECK_ERROR(std::domain_error,
                ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<double>(above.data(), 1, 2)), {}), "value 1.2");
    const std::vector<ra::class_index> wrong{1, 1};
    const auto infinite =
        ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<double>(rounded.data(), 2, 2)), {.original = wrong});
    CHECK(infinite.infinite_log_losses() == 1);
    CHECK(std::isinf(infinite.log_loss().value()));
    const auto clipped = ra::evaluate(
        ra::seq, ra::probabilities(ra::scores_view<double>(rounded.data(), 2, 2), {.clip = 1e-3}), {.original = wrong});
    CHECK(clipped.infinite_log_losses() == 0);
}
