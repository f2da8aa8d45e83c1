// Tests of compare_halves: order and split of models, slopes of both halves, Table 5 of the paper.
#include "csv_columns.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/compare_halves.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;
using indices = std::vector<std::size_t>;

namespace {

indices list(std::span<const std::size_t> models)
{
    return {models.begin(), models.end()};
}

}  // namespace

TEST_CASE("compare halves: models are ordered by x, then y, then input")
{
    const values x{5, 1, 3, 3, 2, 3, 9}, y{7, 0, 4, 2, 1, 2, 8};
    const ra::halves_result result = ra::compare_halves(x, y);
    CHECK(result.order == indices{1, 4, 3, 5, 2, 0, 6});
    CHECK(list(result.first_models()) == indices{1, 4, 3});
    CHECK(list(result.second_models()) == indices{5, 2, 0, 6});
    CHECK(result.first.points == 3);
    CHECK(result.second.points == 4);
    CHECK(result.tie_at_split);
    CHECK(result.independent());
    CHECK(result.first.slope == ra::linear_regression(values{1, 2, 3}, values{0, 1, 2}).slope);
    CHECK(result.second.slope == ra::linear_regression(values{3, 3, 5, 9}, values{2, 4, 7, 8}).slope);
    REQUIRE(result.slope_test.has_value());
    CHECK(result.why_no_slope_test.empty());
    CHECK(result.slope_test->z == ra::slope_test(result.first, result.second).z);
}

TEST_CASE("compare halves: the split position and the half of the boundary model are options")
{
    const values x{1, 2, 3, 4, 5, 6, 7}, y{1, 2, 4, 3, 6, 5, 5};
    const ra::halves_result early = ra::compare_halves(x, y, {.first_half = 3});
    CHECK(list(early.second_models()) == indices{3, 4, 5, 6});
    CHECK_FALSE(early.tie_at_split);
    const ra::halves_result late = ra::compare_halves(x, y, {.first_half = 4});
    CHECK(late.first.points == 4);
    CHECK(late.second.points == 3);

    const ra::halves_result shared = ra::compare_halves(x, y, {.boundary = ra::boundary_model::in_both_halves});
    CHECK(list(shared.first_models()) == indices{0, 1, 2});
    CHECK(list(shared.second_models()) == indices{2, 3, 4, 5, 6});
    CHECK_FALSE(shared.independent());
    CHECK(shared.boundary == ra::boundary_model::in_both_halves);
    CHECK(shared.second.slope == ra::linear_regression(values{3, 4, 5, 6, 7}, values{4, 3, 6, 5, 5}).slope);
    CHECK(shared.second.slope != early.second.slope);
}

TEST_CASE("compare halves: without a slope test the fits are present, with the reason")
{
    const ra::halves_result few = ra::compare_halves(values{1, 2, 3, 4, 5}, values{1, 2, 3, 3, 5});
    CHECK(few.first.slope == 1);
    CHECK(few.second.points == 3);
    CHECK_FALSE(few.slope_test.has_value());
    CHECK(few.why_no_slope_test == "the first line has no standard error (it needs at least 3 points)");

    const ra::halves_result line = ra::compare_halves(values{1, 2, 3, 4, 5, 6}, values{3, 5, 7, 9, 11, 13});
    CHECK(line.first.slope == 2);
    CHECK(line.second.slope == 2);
    CHECK_FALSE(line.slope_test.has_value());
    CHECK(line.why_no_slope_test == "both lines fit all their points exactly and have equal slopes, so z is 0 / 0");

    const ra::halves_result bent = ra::compare_halves(values{1, 2, 3, 4, 5, 6}, values{3, 5, 7, 8, 9, 10});
    REQUIRE(bent.slope_test.has_value());
    CHECK(bent.slope_test->without_noise);
}

TEST_CASE("compare halves: invalid sizes, non-finite values and equal x throw")
{
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(values{1, 2, 3}, values{1, 2, 3}),
                         "compare halves: 1 models in the first half; the minimum is 2", std::invalid_argument);
    CHECK_THROWS_AS((void)ra::compare_halves(values{}, values{}), std::invalid_argument);
    const values x{1, 2, 3, 4}, y{1, 3, 2, 4};
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(x, y, {.first_half = 3}),
                         "compare halves: 1 models in the second half; the minimum is 2", std::invalid_argument);
    CHECK_NOTHROW((void)ra::compare_halves(x, y, {.first_half = 3, .boundary = ra::boundary_model::in_both_halves}));
    for (const std::size_t first_half : {0u, 1u, 4u, 5u}) {
        CAPTURE(first_half);
        for (const auto boundary : {ra::boundary_model::in_first_half, ra::boundary_model::in_both_halves}) {
            CHECK_THROWS_AS((void)ra::compare_halves(x, y, {.first_half = first_half, .boundary = boundary}),
                            std::invalid_argument);
        }
    }
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(x, values{1, 2}), "compare halves: 4 values of x, but 2 of y",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(values{4, 3, std::nan(""), 1}, y),
                         "compare halves: x of point 2 is not a number; it must be finite", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(x, values{std::numeric_limits<double>::infinity(), 1, 2, 3}),
                         "compare halves: y of point 0 is infinite; it must be finite", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::compare_halves(values{1, 2, 9, 9}, y),
                         "compare halves: all 2 models of the second half have the same x, so no line can be fitted",
                         std::domain_error);
}

TEST_CASE("compare halves: Table 5 of the paper is reproduced, with its tie at 85.40 and its reference point")
{
    const auto table = test_support::csv_columns(test_support::reference_file("table5.csv"));
    const values original = test_support::numbers(table.at("original_accuracy"));
    const values real = test_support::numbers(table.at("real_accuracy"));
    values x, y;
    ra::reference_point labels;
    for (std::size_t i = 0; i < original.size(); ++i) {
        const std::string& pool = table.at("pool")[i];
        if (pool == "labels") {
            labels = {.x = original[i], .y = real[i]};
        } else if (pool != "other") {
            x.push_back(original[i]);
            y.push_back(real[i]);
        }
    }
    REQUIRE(x.size() == 22);
    const ra::halves_result shared = ra::compare_halves(x, y, {.boundary = ra::boundary_model::in_both_halves});
    // Fig. 4 of the paper has 0.86 and 0.51.
    CHECK(std::round(shared.first.slope * 100) == 86);
    CHECK(std::round(shared.second.slope * 100) == 51);
    CHECK_FALSE(shared.tie_at_split);

    // The labels are far below the prediction of either line for an original accuracy of 100.
    const ra::halves_result result = ra::compare_halves(x, y);
    CHECK(labels.x == 100);
    CHECK(relative_error(ra::residual(result.second, labels), 90.02 - (46.139514972961486 + 100 * 0.5046720088072608)) <
          1e-12);
    CHECK(ra::residual(result.first, labels) < ra::residual(result.second, labels));

    const std::size_t through_the_first = 17;  // models up to the first of the two with 85.40
    CHECK(ra::compare_halves(x, y, {.first_half = through_the_first}).tie_at_split);
    CHECK_FALSE(ra::compare_halves(x, y, {.first_half = through_the_first - 1}).tie_at_split);
    CHECK_FALSE(ra::compare_halves(x, y, {.first_half = through_the_first + 1}).tie_at_split);
}
