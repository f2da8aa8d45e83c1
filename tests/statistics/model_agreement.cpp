// Error consistency and churn: values of other software, symmetry, extreme tables and simulated coverage.
#include "support/messages.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/statistics/model_agreement.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace ra = reassess;
using test_support::relative_error;

namespace {

struct known {
    ra::paired_proportion table;
    double kappa;
    // Of the table with 1/2 added to every cell.
    double lower, upper;
};

/// A table of images drawn from shares of the four cells, in thousandths.
ra::paired_proportion draw(std::uint64_t images, const ra::paired_proportion& shares, std::uint64_t sample)
{
    ra::detail::random_stream stream(images, sample);
    ra::paired_proportion table;
    table.both = stream.binomial(images, shares.both, shares.total());
    std::uint64_t left = images - table.both, of = shares.total() - shares.both;
    table.first_only = stream.binomial(left, shares.first_only, of);
    left -= table.first_only, of -= shares.first_only;
    table.second_only = stream.binomial(left, shares.second_only, of);
    table.neither = left - table.second_only;
    return table;
}

double coverage(std::uint64_t images, const ra::paired_proportion& shares, int samples)
{
    const double expected = ra::error_consistency(shares).kappa.value();
    int covered = 0;
    for (int sample = 0; sample < samples; ++sample) {
        const auto bounds =
            ra::error_consistency(draw(images, shares, static_cast<std::uint64_t>(sample))).bounds.value();
        covered += bounds.lower <= expected && expected <= bounds.upper;
    }
    return covered / static_cast<double>(samples);
}

}  // namespace

TEST_CASE("error consistency: kappa and its interval are those of statsmodels")
{
    // statsmodels 0.14 cohens_kappa of the table, and kappa_low, kappa_upp of the table plus 1/2; clipped to [-1, 1].
    for (const known& k : {known{{70, 6, 4, 20}, 0.7334754797441365, 0.5597265131980766, 0.8727469314149738},
                           known{{600, 50, 150, 200}, 0.5294117647058824, 0.47260900899088837, 0.5840605148052533},
                           known{{40, 0, 0, 10}, 1.0, 0.8305139118598411, 1.0},
                           known{{30, 20, 25, 5}, -0.2413793103448276, -0.4259914161758933, -0.03775776736427655},
                           known{{90, 3, 7, 0}, -0.04384133611691004, -0.18933782542251154, 0.254855066801822}}) {
        const ra::error_consistency_result found = ra::error_consistency(k.table);
        CAPTURE(k.kappa);
        CHECK(relative_error(found.kappa.value(), k.kappa) < 1e-14);
        CHECK(relative_error(found.bounds.value().lower, k.lower) < 1e-12);
        CHECK(relative_error(found.bounds.value().upper, k.upper) < 1e-12);
        CHECK(found.observed == ra::proportion{k.table.both + k.table.neither, k.table.total()});
        // kappa = (observed - expected) / (1 - expected)
        CHECK(std::abs((found.observed.value() - found.expected) / (1 - found.expected) - k.kappa) < 1e-14);
        // The order of the models does not matter, and neither does exchanging right and wrong.
        const ra::paired_proportion t = k.table;
        for (const ra::paired_proportion& same :
             {t.swapped(), ra::paired_proportion{t.neither, t.second_only, t.first_only, t.both}}) {
            CHECK(relative_error(ra::error_consistency(same).kappa.value(), k.kappa) < 1e-14);
            CHECK(relative_error(ra::error_consistency(same).bounds.value().lower, k.lower) < 1e-12);
        }
    }
    CHECK(ra::error_consistency({70, 6, 4, 20}, ra::confidence_level{0.5}).bounds.value().lower > 0.66);
}

TEST_CASE("error consistency: exact where products exceed a double, undefined where nothing differs, and errors")
{
    // 2^52 images of each of two cells less a few: kappa = 2 (a d - b c) / (..), with a d - b c = -(2^52 + 1).
    const std::uint64_t big = std::uint64_t{1} << 50;
    // both * neither - first_only * second_only = (big - 1)(big + 1) - big^2 = -1.
    const auto found = ra::error_consistency({big - 1, big, big, big + 1});
    // The denominator is (2 big - 1)(2 big + 1) * 2 = 8 big^2 - 2.
    CHECK(relative_error(found.kappa.value(), -2.0 / (8.0 * static_cast<double>(big) * static_cast<double>(big))) <
          1e-14);
    for (const ra::paired_proportion& same : {ra::paired_proportion{.both = 7}, ra::paired_proportion{.neither = 7}}) {
        CHECK(!ra::error_consistency(same).kappa);
        CHECK(!ra::error_consistency(same).bounds);
        CHECK(ra::error_consistency(same).observed == ra::proportion{7, 7});
        CHECK(ra::error_consistency(same).expected == 1.0);
    }
    CHECK(ra::error_consistency({.first_only = 5, .second_only = 5}).kappa.value() == -1.0);
    CHECK(ra::error_consistency({.first_only = 5, .second_only = 5}).bounds.value().lower == -1.0);
    CHECK_ERROR(std::domain_error, static_cast<void>(ra::error_consistency({})), "0 images");
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::error_consistency({.both = std::uint64_t{1} << 54})),
                "paired table: a cell of 18014398509481984");
}

TEST_CASE("error consistency: simulated coverage of the interval at level 0.95")
{
    if (test_support::under_sanitizer) return;
    // Accuracies 0.76 and 0.72 with kappa 0.6, 0.95 and 0.93 with kappa 0.12, equal errors except for 2 %.
    for (const std::uint64_t images : {200U, 1000U}) {
        CAPTURE(images);
        for (const ra::paired_proportion& shares :
             {ra::paired_proportion{662, 98, 58, 182}, ra::paired_proportion{890, 60, 40, 10},
              ra::paired_proportion{780, 15, 5, 200}}) {
            const double share = coverage(images, shares, 4000);
            CAPTURE(shares.both);
            CHECK(share > 0.915);
            CHECK(share < 0.975);
        }
    }
}

TEST_CASE("churn: both directions, their difference is that of the accuracies")
{
    const ra::churn_result found = ra::churn({.both = 60, .first_only = 5, .second_only = 12, .neither = 23});
    CHECK(found.flipped == ra::proportion{17, 100});
    CHECK(found.gained == ra::proportion{12, 100});
    CHECK(found.lost == ra::proportion{5, 100});
    CHECK(!ra::churn({}).flipped.try_value());
}
