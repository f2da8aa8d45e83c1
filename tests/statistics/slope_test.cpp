// Tests of the Z-test of two regression slopes.
#include "support/relative_error.hpp"

#include <reassess/statistics/slope_test.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

namespace ra = reassess;
using test_support::relative_error;

namespace {

ra::linear_fit line(double slope, std::optional<double> standard_error)
{
    ra::linear_fit fit;
    fit.points = standard_error ? 10 : 2;
    fit.slope = slope;
    fit.slope_standard_error = standard_error;
    return fit;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("slope test: z and p-value of two slopes with standard errors equal 20-digit values")
{
    // Slopes 3 (1) and 2 (2); 20 digits.
    const ra::slope_test_result result = ra::slope_test(line(3, 1), line(2, 2));
    CHECK(result.slope_difference == 1);
    CHECK(relative_error(result.standard_error, 2.2360679774997896964) < 1e-15);
    CHECK(relative_error(result.z, 0.44721359549995793928) < 1e-15);
    CHECK(relative_error(result.p_value, 0.6547208460185770294) < 1e-14);
    CHECK(relative_error(result.log10_p_value, std::log10(0.6547208460185770294)) < 1e-14);
    CHECK_FALSE(result.without_noise);

    const ra::slope_test_result swapped = ra::slope_test(line(2, 2), line(3, 1));
    CHECK(swapped.z == -result.z);
    CHECK(swapped.p_value == result.p_value);
}

TEST_CASE("slope test: log10 p is finite where p underflows to 0")
{
    const ra::slope_test_result result = ra::slope_test(line(1e6, 1), line(0, 0));
    CHECK(result.z == 1e6);
    CHECK(result.p_value == 0);
    CHECK(relative_error(result.log10_p_value, -217147240957.72397) < 1e-14);
    CHECK_FALSE(result.without_noise);
}

TEST_CASE("slope test: squares of small and large standard errors do not leave the range of a double")
{
    CHECK(relative_error(ra::slope_test(line(3e-200, 3e-200), line(-2e-200, 4e-200)).z, 1) < 1e-15);
    CHECK(relative_error(ra::slope_test(line(3e200, 3e200), line(-2e200, 4e200)).z, 1) < 1e-15);
}

TEST_CASE("slope test: two lines without noise have an infinite z, or throw if their slopes are equal")
{
    const ra::slope_test_result up = ra::slope_test(line(2, 0), line(1, 0));
    CHECK(up.z == infinity);
    CHECK(up.p_value == 0);
    CHECK(up.log10_p_value == -infinity);
    CHECK(up.without_noise);
    CHECK(ra::slope_test(line(1, 0), line(2, 0)).z == -infinity);
    CHECK_THROWS_WITH_AS((void)ra::slope_test(line(1, 0), line(1, 0)),
                         "slope test: both lines fit all their points exactly and have equal slopes, so z is 0 / 0",
                         std::domain_error);
    // Noise in one of the lines is enough.
    const ra::slope_test_result equal = ra::slope_test(line(1, 0), line(1, 0.5));
    CHECK(equal.z == 0);
    CHECK(equal.p_value == 1);
    CHECK(equal.log10_p_value == 0);
}

TEST_CASE("slope test: undefined tests throw with the reason")
{
    CHECK_THROWS_WITH_AS((void)ra::slope_test(line(1, std::nullopt), line(2, 1)),
                         "slope test: the first line has no standard error (it needs at least 3 points)",
                         std::domain_error);
    CHECK_THROWS_WITH_AS((void)ra::slope_test(line(1, 0), line(2, std::nullopt)),
                         "slope test: the second line has no standard error (it needs at least 3 points)",
                         std::domain_error);
    for (const double bad : {-1.0, std::nan(""), infinity}) {
        CHECK_THROWS_AS((void)ra::slope_test(line(1, bad), line(2, 1)), std::invalid_argument);
        CHECK_THROWS_AS((void)ra::slope_test(line(1, 1), line(2, bad)), std::invalid_argument);
    }
    CHECK_THROWS_AS((void)ra::slope_test(line(std::nan(""), 1), line(2, 1)), std::invalid_argument);
}
