// Tests of the continuity-corrected, mid-p, Jeffreys and Agresti-Coull intervals, and of one-sided bounds.
#include "support/relative_error.hpp"

#include <reassess/statistics/proportion_interval.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;

namespace {

using method = ra::interval (*)(ra::proportion, ra::confidence_level, ra::interval_sides);

ra::interval agresti_coull(ra::proportion p, ra::confidence_level level, ra::interval_sides sides)
{
    return ra::agresti_coull_interval(p, level, sides);
}

const std::vector<method> every_method{ra::wilson_interval,          ra::wilson_interval_with_continuity_correction,
                                       ra::clopper_pearson_interval, ra::mid_p_interval,
                                       ra::jeffreys_interval,        agresti_coull};

void check(ra::interval ends, double lower, double upper)
{
    CHECK(relative_error(ends.lower, lower) < 1e-14);
    CHECK(relative_error(ends.upper, upper) < 1e-14);
}

}  // namespace

TEST_CASE("intervals of a proportion: Newcombe's 81 of 263 and 15 of 148 are reproduced by every method")
{
    // Newcombe 1998 prints 0.2535, 0.3682 (Wilson, corrected), 0.2544, 0.3658 (mid-p) and, for 15 of 148, 0.0598,
    // 0.1644 and 0.0601, 0.1581; the digits here are from arithmetic of 45 digits.
    check(ra::wilson_interval_with_continuity_correction({81, 263}), 0.25350868229518517075, 0.3681762010430035558);
    check(ra::mid_p_interval({81, 263}), 0.25440210494552238507, 0.36577347425777715037);
    check(ra::jeffreys_interval({81, 263}), 0.25452193499102347234, 0.36564749917408241582);
    check(ra::agresti_coull_interval({81, 263}), 0.255220665189996777, 0.36627743167107751892);
    check(ra::wilson_interval_with_continuity_correction({15, 148}), 0.059778208428498121515, 0.16444977936483698506);
    check(ra::agresti_coull_interval({15, 148}), 0.061385974928797272137, 0.16148766632524704658);
    // Mid-p without hits: 1 - 0.05^(1/20), printed as 0.1391.
    check(ra::mid_p_interval({0, 20}), 0, 0.1391083406682652049);
}

TEST_CASE("intervals of a proportion: every method is symmetric in hits and misses")
{
    for (const method f : every_method) {
        for (const std::uint64_t hits : {0u, 1u, 3u, 10u, 19u, 20u}) {
            const ra::interval ends = f({hits, 20}, ra::confidence_level{0.9}, ra::interval_sides::both);
            const ra::interval mirrored = f({20 - hits, 20}, ra::confidence_level{0.9}, ra::interval_sides::both);
            CAPTURE(hits);
            CHECK(std::abs(ends.lower - (1 - mirrored.upper)) < 1e-15);
            CHECK(ends.lower <= ends.upper);
            if (hits == 0) CHECK(ends.lower == 0.0);
            if (hits == 20) CHECK(ends.upper == 1.0);
            if (hits == 3) CHECK(ends.lower > 0.0);
        }
    }
}

TEST_CASE("intervals of a proportion: a one-sided bound is the end of the two-sided interval at 2 level - 1")
{
    for (const method f : every_method) {
        for (const std::uint64_t hits : {0u, 7u, 50u}) {
            const ra::interval both = f({hits, 50}, ra::confidence_level{0.75}, ra::interval_sides::both);
            const ra::interval lower = f({hits, 50}, ra::confidence_level{0.875}, ra::interval_sides::lower_only);
            const ra::interval upper = f({hits, 50}, ra::confidence_level{0.875}, ra::interval_sides::upper_only);
            CHECK(lower.lower == both.lower);
            CHECK(lower.upper == 1.0);
            CHECK(upper.lower == 0.0);
            CHECK(upper.upper == both.upper);
        }
        CHECK_THROWS_AS((void)f({7, 50}, ra::confidence_level{0.5}, ra::interval_sides::lower_only),
                        std::invalid_argument);
        CHECK_THROWS_AS((void)f({7, 50}, ra::confidence_level{0.025}, ra::interval_sides::upper_only),
                        std::invalid_argument);
    }
    // The rule of three: with 0 hits of 100 images, the upper bound at 95 % is about 3 %.
    CHECK(relative_error(
              ra::clopper_pearson_interval({0, 100}, ra::confidence_level{0.95}, ra::interval_sides::upper_only).upper,
              0.0295130496070399345) < 1e-14);
}

TEST_CASE("intervals of a proportion: invalid counts throw for every method")
{
    const ra::confidence_level level{0.95};
    const auto both = ra::interval_sides::both;
    for (const method f : every_method) {
        CHECK_THROWS_AS((void)f({0, 0}, level, both), std::domain_error);
        CHECK_THROWS_AS((void)f({11, 10}, level, both), std::invalid_argument);
        CHECK_THROWS_AS((void)f({1, 0}, level, both), std::invalid_argument);
        CHECK_THROWS_AS((void)f({1, (std::uint64_t{1} << 53) + 1}, level, both), std::invalid_argument);
    }
}

TEST_CASE("intervals of a proportion: Agresti-Coull flags clipped ends")
{
    const ra::clipped_interval few = ra::agresti_coull_interval({1, 30});  // -0.0083 before clipping
    CHECK(few.lower == 0.0);
    CHECK(few.lower_clipped);
    CHECK_FALSE(few.upper_clipped);
    CHECK(relative_error(few.upper, 0.1809) < 1e-3);
    const ra::clipped_interval many = ra::agresti_coull_interval({29, 30});
    CHECK(many.upper == 1.0);
    CHECK(many.upper_clipped);
    CHECK_FALSE(many.lower_clipped);
    const ra::clipped_interval inside = ra::agresti_coull_interval({15, 30});
    CHECK_FALSE(inside.lower_clipped);
    CHECK_FALSE(inside.upper_clipped);
    CHECK_FALSE(
        ra::agresti_coull_interval({1, 30}, ra::confidence_level{0.95}, ra::interval_sides::upper_only).lower_clipped);
}

TEST_CASE("intervals of a proportion: mid-p is inside Clopper-Pearson, also at unusual levels")
{
    for (const double level : {0.01, 0.3, 0.95, 0.99999}) {
        for (const std::uint64_t hits : {1u, 2u, 50u, 98u, 99u}) {
            CAPTURE(level);
            CAPTURE(hits);
            const ra::interval mid = ra::mid_p_interval({hits, 100}, ra::confidence_level{level});
            const ra::interval exact = ra::clopper_pearson_interval({hits, 100}, ra::confidence_level{level});
            CHECK(mid.lower > exact.lower);
            CHECK(mid.upper < exact.upper);
            CHECK(mid.lower < mid.upper);
        }
    }
}
