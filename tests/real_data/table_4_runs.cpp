// Table 4 of the paper: every difference that it prints follows from its medians.
#include "statistics/csv_columns.hpp"
#include "support/real_data.hpp"

#include <reassess/statistics/runs.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("runs: the 72 medians of Table 4 and their differences from the baseline, as printed")
{
    NEEDS_REAL_DATA(data);
    const auto table = test_support::csv_columns(data / "paper" / "table4.csv");
    const std::vector<double> medians = test_support::numbers(table.at("median_of_three_runs"));
    const auto& printed = table.at("printed_difference_from_baseline");
    std::vector<ra::run_cell> cells;
    for (std::size_t i = 0; i < medians.size(); ++i) {
        cells.push_back({table.at("loss")[i] + " " + table.at("training_set")[i] + " " + table.at("epochs")[i],
                         table.at("model")[i] + " " + table.at("metric")[i],
                         {medians[i]}});
    }
    const auto result = ra::compare_runs(cells, "softmax all 90", ra::random_seed{1});
    REQUIRE(result.size() == 72);
    int baselines = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        CAPTURE(result[i].recipe);
        CAPTURE(result[i].metric);
        CHECK(result[i].median == medians[i]);
        CHECK(result[i].difference.has_value() == !printed[i].empty());
        baselines += printed[i].empty();
        // The medians are whole tenths, so what they differ by is one but for rounding.
        if (result[i].difference) CHECK(std::abs(*result[i].difference - std::stod(printed[i])) < 1e-9);
        CHECK_FALSE(result[i].difference_interval.has_value());
    }
    CHECK(baselines == 6);
}
