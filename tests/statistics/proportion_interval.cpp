// Tests of Wilson and Clopper-Pearson intervals of a proportion.
#include "support/relative_error.hpp"

#include <reassess/statistics/proportion_interval.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <utility>

namespace ra = reassess;
using test_support::relative_error;

TEST_CASE("confidence level: values outside (0, 1) throw")
{
    for (const double level : {0.0, 1.0, -0.1, 1.5, 95.0, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        CAPTURE(level);
        CHECK_THROWS_AS(ra::confidence_level{level}, std::invalid_argument);
    }
    CHECK(ra::confidence_level{0.95}.value() == 0.95);
    CHECK(ra::confidence_level{std::numeric_limits<double>::min()}.value() > 0);
}

TEST_CASE("intervals of a proportion: a published example is reproduced")
{
    // 81 of 263: Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, Table I prints
    // Wilson 0.2553, 0.3662 and Clopper-Pearson 0.2527, 0.3676; the digits here are from arithmetic of 45 digits.
    const ra::interval wilson = ra::wilson_interval({81, 263});
    CHECK(relative_error(wilson.lower, 0.25528851987827422577) < 1e-14);
    CHECK(relative_error(wilson.upper, 0.36620957698280007015) < 1e-14);
    const ra::interval exact = ra::clopper_pearson_interval({81, 263});
    CHECK(relative_error(exact.lower, 0.25273674558527116302) < 1e-14);
    CHECK(relative_error(exact.upper, 0.36762192260135136465) < 1e-14);
    CHECK(ra::wilson_interval({81, 263}, ra::confidence_level{0.95}) == wilson);
    CHECK(ra::clopper_pearson_interval({81, 263}, ra::confidence_level{0.95}) == exact);
}

TEST_CASE("intervals of a proportion: ends are exactly 0 without hits and exactly 1 without misses")
{
    for (const double level : {0.5, 0.95, 0.99999}) {
        const ra::confidence_level confidence{level};
        for (const std::uint64_t total : {1u, 10u, 38u, 77u, 50000u}) {
            CAPTURE(level);
            CAPTURE(total);
            for (const auto& [none, all] : {std::pair{ra::wilson_interval({0, total}, confidence),
                                                      ra::wilson_interval({total, total}, confidence)},
                                            std::pair{ra::clopper_pearson_interval({0, total}, confidence),
                                                      ra::clopper_pearson_interval({total, total}, confidence)}}) {
                CHECK(none.lower == 0.0);
                CHECK(none.upper > 0.0);
                CHECK(none.upper < 1.0);
                CHECK(all.upper == 1.0);
                CHECK(all.lower < 1.0);
                CHECK(relative_error(1 - all.lower, none.upper) < 1e-9);
            }
        }
    }
}

TEST_CASE("intervals of a proportion: precision is kept for few hits of many, and for levels near 0 and 1")
{
    // Reference values in 40-digit arithmetic.
    const ra::interval rare = ra::wilson_interval({1, std::uint64_t{1} << 53});
    CHECK(relative_error(rare.lower, 1.9598162530071508e-17) < 1e-14);
    CHECK(relative_error(rare.upper, 6.28934045483361464e-16) < 1e-14);
    const ra::interval unsure = ra::wilson_interval({3, 10}, ra::confidence_level{1e-6});
    CHECK(relative_error(unsure.lower, 0.299999818377557964) < 1e-14);
    CHECK(relative_error(unsure.upper, 0.300000181622504868) < 1e-14);
    const ra::interval sure = ra::wilson_interval({3, 10}, ra::confidence_level{1 - 0x1p-40});
    CHECK(relative_error(sure.lower, 0.0160569851778417683) < 1e-14);
    CHECK(relative_error(sure.upper, 0.918401838352269258) < 1e-14);

    const ra::interval million = ra::clopper_pearson_interval({1, 1'000'000});
    CHECK(relative_error(million.lower, 2.53178076637941775e-8) < 1e-14);
    CHECK(relative_error(million.upper, 5.57163065517224433e-6) < 1e-14);
    const ra::interval few = ra::clopper_pearson_interval({3, 1'000'000'000});
    CHECK(relative_error(few.lower, 6.18672123322895812e-10) < 1e-10);
    CHECK(relative_error(few.upper, 8.76727304446069714e-9) < 1e-10);
    const ra::interval many = ra::clopper_pearson_interval({900'000'000, 1'000'000'000});
    CHECK(relative_error(many.lower, 0.899981404491268245) < 1e-10);
    CHECK(relative_error(many.upper, 0.900018593193204415) < 1e-10);
}

TEST_CASE("intervals of a proportion: one-sided bounds have the documented precision")
{
    using ra::interval_sides;
    const double upper =
        ra::clopper_pearson_interval({1, 1'000'000}, ra::confidence_level{0.6827}, interval_sides::upper_only).upper;
    CHECK(relative_error(upper, 0.000002359782775160045673922) < 2e-14);
    const double lower =
        ra::agresti_coull_interval({1, 5}, ra::confidence_level{0.999}, interval_sides::lower_only).lower;
    CHECK(relative_error(lower, 0.0005323453402858224100426) < 2e-14);
}

TEST_CASE("intervals of a proportion: 0 of 0, more hits than total and too large totals throw")
{
    constexpr std::uint64_t most = std::uint64_t{1} << 53;
    CHECK_THROWS_AS((void)ra::wilson_interval({0, 0}), std::domain_error);
    CHECK_THROWS_AS((void)ra::clopper_pearson_interval({0, 0}), std::domain_error);
    CHECK_THROWS_WITH_AS((void)ra::wilson_interval({11, 10}),
                         "interval of a proportion: 11 hits exceed the total of 10", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::clopper_pearson_interval({11, 10}),
                         "interval of a proportion: 11 hits exceed the total of 10", std::invalid_argument);
    CHECK_THROWS_AS((void)ra::wilson_interval({1, 0}), std::invalid_argument);
    CHECK_NOTHROW((void)ra::wilson_interval({most - 1, most}));
    CHECK_THROWS_AS((void)ra::wilson_interval({most, most + 1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::clopper_pearson_interval({most, most + 1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::clopper_pearson_interval({1, 1'000'000'001}), std::invalid_argument);
}

TEST_CASE("weighted Wilson interval: that of as many images as have the same variance")
{
    // 50 hits and 30 misses, each of weight 4: the interval of 50 of 80.
    const ra::interval equal = ra::weighted_wilson_interval({200, 320, 800, 1280, 80});
    CHECK(relative_error(equal.lower, ra::wilson_interval({50, 80}).lower) < 1e-14);
    CHECK(relative_error(equal.upper, ra::wilson_interval({50, 80}).upper) < 1e-14);
    // 60 hits of weight 1, 10 misses of weight 4: value 0.6, variance (0.16 * 60 + 0.36 * 160) / 100^2, so 0.24 /
    // 0.00672 = 250 / 7 images, of which 150 / 7 are hits.
    const ra::weighted_proportion p{60, 100, 60, 220, 70};
    CHECK(relative_error(p.variance(), 0.00672) < 1e-14);
    CHECK(relative_error(p.effective_sample_size(), 10000.0 / 220.0) < 1e-14);
    const ra::interval found = ra::weighted_wilson_interval(p);
    for (const double end : {found.lower, found.upper}) {
        const double z = (end - 0.6) / std::sqrt(end * (1 - end) / (250.0 / 7.0));
        CHECK(relative_error(std::abs(z), 1.959963984540054) < 1e-13);
    }
    CHECK(ra::weighted_wilson_interval(p, ra::confidence_level{0.95}, ra::interval_sides::lower_only).upper == 1.0);
    // Without misses or hits: the effective sample size, here 10.
    CHECK(ra::weighted_wilson_interval({20, 20, 40, 40, 10}).upper == 1.0);
    CHECK(relative_error(ra::weighted_wilson_interval({20, 20, 40, 40, 10}).lower,
                         ra::wilson_interval({10, 10}).lower) < 1e-14);
    CHECK(ra::weighted_wilson_interval({0, 20, 0, 40, 10}).lower == 0.0);
    CHECK_THROWS_AS((void)ra::weighted_wilson_interval({}), std::domain_error);
}
