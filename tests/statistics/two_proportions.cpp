// Tests of intervals and Z-test for the difference of two proportions, independent and paired.
#include "support/relative_error.hpp"

#include <reassess/statistics/two_proportions.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace ra = reassess;
using test_support::relative_error;

TEST_CASE("difference of two proportions: Newcombe's examples are reproduced")
{
    // Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, Table II has 0.0524,
    // 0.3339 and 0.6075, 1.0000 for these; the digits are from arithmetic of 45 digits.
    const ra::interval ends = ra::difference_interval({56, 70}, {48, 80});
    CHECK(relative_error(ends.lower, 0.052431472402364877896) < 1e-13);
    CHECK(relative_error(ends.upper, 0.33387265403690597643) < 1e-14);
    const ra::interval all = ra::difference_interval({10, 10}, {0, 10});
    CHECK(relative_error(all.lower, 0.6075093504305241648) < 1e-14);
    CHECK(all.upper == 1.0);
    const ra::interval none = ra::difference_interval({0, 10}, {10, 10});
    CHECK(none.lower == -1.0);
    CHECK(none.upper == -all.lower);
    const ra::interval wide = ra::difference_interval({5, 56}, {0, 29});
    CHECK(relative_error(wide.lower, -0.038137147903536903301) < 1e-13);
    CHECK(relative_error(wide.upper, 0.19256001385511162047) < 1e-14);
}

TEST_CASE("z-test of two proportions: pooled and unpooled variances equal published values")
{
    // Agresti's aspirin example has z = 5.001.
    const auto pooled = ra::two_proportion_z_test({189, 11034}, {104, 11037});
    CHECK(relative_error(pooled.difference, 0.0077060239760047805978) < 1e-15);
    CHECK(relative_error(pooled.z, 5.0013882040083771733) < 1e-14);
    CHECK(relative_error(pooled.p_value, 5.6918969737408560629e-7) < 1e-12);
    const auto unpooled = ra::two_proportion_z_test({189, 11034}, {104, 11037}, ra::difference_variance::unpooled);
    CHECK(relative_error(unpooled.z, 5.0040297716548589321) < 1e-14);
    CHECK(relative_error(unpooled.p_value, 5.6144080333141348606e-7) < 1e-12);
    CHECK(relative_error(unpooled.log10_p_value, std::log10(5.6144080333141348606e-7)) < 1e-13);
    const auto equal = ra::two_proportion_z_test({1, 3}, {2, 6});
    CHECK(equal.z == 0);
    CHECK(equal.p_value == 1);
}

TEST_CASE("two proportions: empty samples and zero variances throw")
{
    CHECK_THROWS_AS((void)ra::difference_interval({0, 0}, {1, 2}), std::domain_error);
    CHECK_THROWS_AS((void)ra::difference_interval({1, 2}, {3, 2}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::two_proportion_z_test({1, 2}, {0, 0}), std::domain_error);
    CHECK_THROWS_AS((void)ra::two_proportion_z_test({5, 5}, {7, 7}), std::domain_error);
    CHECK_THROWS_AS((void)ra::two_proportion_z_test({0, 5}, {0, 7}), std::domain_error);
    CHECK_THROWS_AS((void)ra::two_proportion_z_test({10, 10}, {0, 10}, ra::difference_variance::unpooled),
                    std::domain_error);
    CHECK(ra::two_proportion_z_test({10, 10}, {0, 10}).z > 4.47);
}

TEST_CASE("difference of paired proportions: Newcombe's examples are reproduced")
{
    // Newcombe 1998, doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C, Table III prints 0.0562,
    // 0.3292; 0.0569, 0.3404; -0.0351, 0.0351.
    const ra::interval ends = ra::paired_difference_interval({20, 12, 2, 16});
    CHECK(relative_error(ends.lower, 0.056156424841748287232) < 1e-13);
    CHECK(relative_error(ends.upper, 0.32920699540014055715) < 1e-14);
    const ra::interval without_neither = ra::paired_difference_interval({36, 12, 2, 0});
    CHECK(relative_error(without_neither.lower, 0.056929584003238811146) < 1e-13);
    CHECK(relative_error(without_neither.upper, 0.34042760297494070162) < 1e-14);
    const ra::interval agreed = ra::paired_difference_interval({27, 0, 0, 27});
    CHECK(relative_error(agreed.lower, -0.035069662971613028235) < 1e-12);
    CHECK(relative_error(agreed.upper, 0.035069662971613028235) < 1e-12);
}

TEST_CASE("difference of paired proportions: exchanging the models negates the interval")
{
    const ra::paired_proportion table{20, 12, 2, 16};
    const ra::interval ends = ra::paired_difference_interval(table);
    const ra::interval swapped = ra::paired_difference_interval(table.swapped());
    CHECK(relative_error(swapped.lower, -ends.upper) < 1e-14);
    CHECK(relative_error(swapped.upper, -ends.lower) < 1e-14);
    CHECK(table.first() == ra::proportion{32, 50});
    CHECK(table.second() == ra::proportion{22, 50});
    CHECK(table.different() == 14);
    CHECK_THROWS_AS((void)ra::paired_difference_interval({}), std::domain_error);
    // The total of these cells wraps around to 100 in 64 bits.
    const std::uint64_t half = std::uint64_t{1} << 63;
    CHECK_THROWS_AS((void)ra::paired_difference_interval({half, half, half, half + 100}), std::invalid_argument);
    // Rows or columns without images: the correlation is 0.
    const ra::interval all = ra::paired_difference_interval({0, 10, 0, 0});
    CHECK(all.upper == 1.0);
    CHECK(all.lower > 0.5);
    // Cells near 2^52: their products need more than 64 bits.
    const std::uint64_t large = std::uint64_t{1} << 50;
    const ra::interval many = ra::paired_difference_interval({large, large / 2, large / 4, large});
    CHECK(many.lower > 0.0909);
    CHECK(many.upper < 0.0910);
}
