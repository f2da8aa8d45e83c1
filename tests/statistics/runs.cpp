// Tests of the comparison of repeated training runs.
#include "support/relative_error.hpp"

#include <reassess/statistics/runs.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using cells = std::vector<ra::run_cell>;
const ra::random_seed seed{1};

TEST_CASE("runs: medians and differences from the baseline are computed for each metric")
{
    // From Table 4: ResNet-50, 90 epochs: softmax 76.0 and 82.5, sigmoid 76.3 (+0.3).
    const cells table{{"sigmoid", "original", {76.4, 76.3, 76.1}},
                      {"softmax", "original", {75.9, 76.3, 76.0}},
                      {"softmax", "real", {82.5}},
                      {"sigmoid", "real", {82.8, 83.2}}};
    const auto result = ra::compare_runs(table, "softmax", seed);
    REQUIRE(result.size() == 4);
    CHECK(result[0].median == 76.3);
    CHECK(std::abs(result[0].difference.value() - 0.3) < 1e-12);
    CHECK(result[0].runs == 3);
    CHECK_FALSE(result[0].difference_interval.has_value());  // three runs
    CHECK(result[1].median == 76.0);
    CHECK_FALSE(result[1].difference.has_value());
    CHECK(std::abs(result[3].median - 83.0) < 1e-12);
    CHECK(std::abs(result[3].difference.value() - 0.5) < 1e-12);
    CHECK(ra::compare_runs(cells{{"a", "m", {1.7e308, -1.7e308}}}, "a", seed)[0].median == 0);
    CHECK(ra::compare_runs(cells{}, "softmax", seed).empty());
}

TEST_CASE("runs: an interval is present if there are enough runs")
{
    const cells table{{"base", "m", {70.0, 70.2, 70.1, 69.9, 70.3, 70.0}},
                      {"new", "m", {71.0, 71.2, 70.9, 71.1, 71.3}}};
    const auto result = ra::compare_runs(table, "base", seed);
    REQUIRE(result[1].difference_interval.has_value());
    CHECK(result[1].difference_interval->lower > 0.7);
    CHECK(result[1].difference_interval->lower < *result[1].difference);
    CHECK(result[1].difference_interval->upper > *result[1].difference);
    CHECK(result[1].difference_interval->upper < 1.4);
    CHECK_FALSE(result[0].difference_interval.has_value());
    CHECK(ra::compare_runs(table, "base", seed)[1].difference_interval == result[1].difference_interval);
    CHECK_FALSE(ra::compare_runs(table, "base", seed, {.least_runs = 6})[1].difference_interval.has_value());
}

TEST_CASE("runs: empty cells, duplicates and missing baselines throw")
{
    CHECK_THROWS_AS((void)ra::compare_runs(cells{{"a", "m", {}}}, "a", seed), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::compare_runs(cells{{"a", "m", {1}}, {"a", "m", {2}}}, "a", seed), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::compare_runs(cells{{"a", "m", {1}}, {"b", "other", {2}}}, "a", seed),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)ra::compare_runs(cells{{"a", "m", {std::nan("")}}}, "a", seed), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::compare_runs(cells{{"a", "m", {1}}}, "a", seed, {.replicates = 1}),
                    std::invalid_argument);
}
