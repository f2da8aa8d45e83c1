// Tests of p-values adjusted for multiple testing.
#include "support/relative_error.hpp"

#include <reassess/statistics/multiple_testing.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

namespace {

void check(const values& actual, const values& expected)
{
    REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        CAPTURE(i);
        CHECK(relative_error(actual[i], expected[i]) < 1e-14);
    }
}

const ra::correction every_method[] = {ra::correction::bonferroni, ra::correction::holm, ra::correction::hochberg,
                                       ra::correction::benjamini_hochberg, ra::correction::benjamini_yekutieli};

}  // namespace

TEST_CASE("correction of p-values: Table 1 of Benjamini and Hochberg 1995 is reproduced")
{
    const values p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                   0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    check(ra::adjust_p_values(p, ra::correction::bonferroni),
          {0.0015, 0.006, 0.0285, 0.1425, 0.3015, 0.417, 0.447, 0.516, 0.6885, 1, 1, 1, 1, 1, 1});
    check(ra::adjust_p_values(p),
          {0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1, 1, 1, 1, 1, 1});
    check(ra::adjust_p_values(p, ra::correction::hochberg),
          {0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.2682, 0.2682, 0.2752, 0.3213, 1, 1, 1, 1, 1, 1});
    check(ra::adjust_p_values(p, ra::correction::benjamini_hochberg),
          {0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714285714286, 0.06385714285714286, 0.0645, 0.0765, 0.486,
           0.5811818181818181, 0.714875, 0.7532307692307693, 0.8132142857142857, 1});
    check(ra::adjust_p_values(p, ra::correction::benjamini_yekutieli),
          {0.00497734348984349, 0.00995468697968698, 0.031523175435675434, 0.11821190788378289, 0.2000892082917083,
           0.21189262285333713, 0.21189262285333713, 0.21402577006327006, 0.25384451798201796, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("correction of p-values: input order is kept, and equal p-values stay equal")
{
    // The six pairs of smokers in R's pairwise.prop.test.
    const values p{0.00533824886503131,  0.8327574849753566, 0.1880573726722516,
                   0.002026764254350234, 0.1309487516334318, 0.1076118730631731};
    check(ra::adjust_p_values(p, ra::correction::holm), {0.02669124432515655, 0.8327574849753566, 0.4304474922526924,
                                                         0.012160585526101404, 0.4304474922526924, 0.4304474922526924});
    for (const ra::correction method : every_method) {
        const values tied = ra::adjust_p_values(values{0.04, 0.01, 0.04, 0.01, 0.2}, method);
        CHECK(tied[0] == tied[2]);
        CHECK(tied[1] == tied[3]);
        CHECK(tied[1] < tied[0]);
        CHECK(tied[0] < tied[4]);
        CHECK(ra::adjust_p_values(values{}, method).empty());
        CHECK(ra::adjust_p_values(values{0.03}, method) == values{0.03});
        CHECK(ra::adjust_p_values(values{0, 1}, method) == values{0, 1});
    }
}

TEST_CASE("correction of p-values: NaN and values outside [0, 1] throw")
{
    for (const double bad : {std::nan(""), -0.1, 1.1, std::numeric_limits<double>::infinity()}) {
        for (const ra::correction method : every_method)
            CHECK_THROWS_AS((void)ra::adjust_p_values(values{0.5, bad}, method), std::invalid_argument);
    }
    CHECK_THROWS_WITH_AS((void)ra::adjust_p_values(values{0.5, std::nan("")}), "p-value 1 is NaN",
                         std::invalid_argument);
}
