// Tests of rater preferences over models.
#include "support/relative_error.hpp"

#include <reassess/statistics/preference_test.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using points = std::vector<ra::preference_point>;

TEST_CASE("preference over models: results are in order of accuracy, with interval and test against one half")
{
    const auto result = ra::preference_over_models(
        points{{80, {60, 100}}, {70, {30, 100}}, {75, {53, 100}}, {60, {0, 0}}, {90, {900, 1000}}});
    REQUIRE(result.models.size() == 5);
    CHECK(result.models[0].model == 3);
    CHECK_FALSE(result.models[0].bounds.has_value());
    CHECK(result.models[0].test.without_trials);
    CHECK(result.models[1].model == 1);
    CHECK(result.models[1].bounds.value() == ra::wilson_interval({30, 100}));
    CHECK(result.models[1].test.p_value == ra::sign_test(30, 70).p_value);
    CHECK(result.models[2].model == 2);
    CHECK(result.first_above_half == 2u);
    CHECK(result.first_clearly_above_half == 3u);
    // Holm: the smallest p-value times 5, the model without images counts, too.
    CHECK(result.first_above_half_after_correction == 4u);
    CHECK(result.models[4].adjusted_p_value == 5 * result.models[4].test.mid_p_value);
    CHECK(result.models[1].adjusted_p_value == 4 * result.models[1].test.mid_p_value);
    CHECK(result.models[3].adjusted_p_value == 3 * result.models[3].test.mid_p_value);
    CHECK(result.models[3].test.mid_p_value < 0.05);
    CHECK(result.models[3].adjusted_p_value > 0.05);
    CHECK(result.models[0].adjusted_p_value == 1);
    // Significantly below one half is not above it.
    CHECK_FALSE(ra::preference_over_models(points{{1, {5, 100}}}).first_above_half_after_correction.has_value());
    CHECK_FALSE(ra::preference_over_models(points{{1, {5, 10}}}).first_above_half.has_value());
    CHECK(ra::preference_over_models(points{}).models.empty());
    CHECK_THROWS_AS((void)ra::preference_over_models(points{{1, {6, 5}}}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::preference_over_models(points{{std::nan(""), {1, 5}}}), std::invalid_argument);
}
