// The README's example: a gain that an unpaired test misses, that McNemar's finds, and that the ReaL labels do not see.
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"

#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/ranking/rank.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/two_proportions.hpp>

#include <doctest/doctest.h>

#include <cmath>

namespace ra = reassess;

namespace {

/// A share in percent, as the README prints it.
bool prints_as(double share, double percent)
{
    return std::abs(100 * share - percent) <= 0.005000001;
}

}  // namespace

TEST_CASE("README: SENet-154 and PolyNet, unpaired and paired")
{
    NEEDS_REAL_DATA(data);
    const test_support::imagenet_labels labels(data);
    const auto targets = labels.targets();
    const test_support::model_predictions senet154(data, "senet154"), polynet(data, "polynet");
    const auto ranks = ra::rank(ra::par, senet154.view(), targets);
    const auto other = ra::rank(ra::par, polynet.view(), targets);

    const ra::paired_comparison gain = ra::compare_paired(ra::paired_outcomes(ranks, other, targets));
    const ra::proportion first = gain.cells.first(), second = gain.cells.second();
    CHECK(first == ra::proportion{40652, 50000});
    CHECK(second == ra::proportion{40429, 50000});
    const ra::interval of_first = ra::wilson_interval(first), of_second = ra::wilson_interval(second);
    CHECK(prints_as(of_first.lower, 80.96));
    CHECK(prints_as(of_first.upper, 81.64));
    CHECK(prints_as(of_second.lower, 80.51));
    CHECK(prints_as(of_second.upper, 81.20));
    CHECK(of_first.lower < of_second.upper);  // they overlap

    CHECK(prints_as(first.value(), 81.30));
    CHECK(prints_as(second.value(), 80.86));
    const double unpaired = ra::two_proportion_z_test(first, second).p_value;
    CHECK(std::abs(unpaired - 0.072) <= 0.0005);
    CHECK(gain.cells.different() == 4871);
    CHECK(gain.cells.first_only == 2547);
    CHECK(gain.cells.second_only == 2324);
    CHECK(prints_as(gain.difference, 0.45));
    CHECK(prints_as(gain.difference_interval.lower, 0.17));
    CHECK(prints_as(gain.difference_interval.upper, 0.72));
    CHECK(std::abs(gain.test.exact.mid_p_value - 0.0014) <= 0.00005);

    // By the ReaL labels nothing is left of it.
    const ra::paired_comparison real =
        ra::compare_paired(ra::paired_outcomes(ranks, other, targets, {.metric = ra::accuracy_of::real}));
    CHECK(real.cells.different() == 3554);
    CHECK(real.cells.first_only == 1747);
    CHECK(real.cells.second_only == 1807);
    const ra::interval of_first_by_real = ra::wilson_interval(real.cells.first()),
                       of_second_by_real = ra::wilson_interval(real.cells.second());
    CHECK(prints_as(real.cells.first().value(), 86.35));
    CHECK(prints_as(of_first_by_real.lower, 86.03));
    CHECK(prints_as(of_first_by_real.upper, 86.65));
    CHECK(prints_as(real.cells.second().value(), 86.47));
    CHECK(prints_as(of_second_by_real.lower, 86.16));
    CHECK(prints_as(of_second_by_real.upper, 86.78));
    const double unpaired_by_real = ra::two_proportion_z_test(real.cells.first(), real.cells.second()).p_value;
    CHECK(std::abs(unpaired_by_real - 0.57) <= 0.005);
    CHECK(prints_as(real.difference, -0.13));
    CHECK(prints_as(real.difference_interval.lower, -0.38));
    CHECK(prints_as(real.difference_interval.upper, 0.12));
    CHECK(std::abs(real.test.exact.mid_p_value - 0.31) <= 0.005);
}
