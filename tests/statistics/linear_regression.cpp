// Tests of linear regression: NIST data, exact fits, offsets, scales, errors.
#include "csv_columns.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/linear_regression.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;

namespace {

std::vector<double> on_line(const std::vector<double>& x, double intercept, double slope)
{
    std::vector<double> y;
    for (const double value : x) y.push_back(intercept + slope * value);
    return y;
}

}  // namespace

TEST_CASE("linear regression: NIST Norris is reproduced")
{
    const auto columns = test_support::csv_columns(test_support::reference_file("norris.csv"));
    const std::vector<double> x = test_support::numbers(columns.at("x")), y = test_support::numbers(columns.at("y"));
    REQUIRE(x.size() == 36);
    const ra::linear_fit fit = ra::linear_regression(x, y);
    CHECK(fit.points == 36);
    // Certified values are exact for the printed decimals, so the intercept differs from them in the thirteenth digit.
    CHECK(relative_error(fit.slope, 1.00211681802045) < 1e-14);
    CHECK(relative_error(fit.intercept, -0.262323073774029) < 1e-12);
    CHECK(relative_error(fit.slope_standard_error.value(), 0.429796848199937e-03) < 1e-12);
    CHECK(relative_error(fit.intercept_standard_error.value(), 0.232818234301152) < 1e-12);
    CHECK(relative_error(fit.residual_standard_deviation.value(), 0.884796396144373) < 1e-12);
    CHECK(relative_error(fit.residual_variance().value(), 0.782864662630069) < 1e-12);
    CHECK(relative_error(fit.r_squared.value(), 0.999993745883712) < 1e-14);
    // Exact values for the printed decimals rounded to double.
    CHECK(relative_error(fit.slope, 1.002116818020454395992394) < 1e-15);
    CHECK(relative_error(fit.intercept, -0.2623230737740267447107771) < 1e-15);
    CHECK(relative_error(*fit.slope_standard_error, 0.0004297968481999411745740057) < 1e-15);
    CHECK(relative_error(*fit.intercept_standard_error, 0.2328182343011548105127748) < 1e-15);
    CHECK(relative_error(*fit.residual_standard_deviation, 0.8847963961443813281444045) < 1e-15);
}

TEST_CASE("linear regression: x and y are not interchangeable")
{
    const std::vector<double> x{1, 3, 7, 12}, y{8, 13, 26, 35};  // the example of Boost.Math's documentation
    const ra::linear_fit fit = ra::linear_regression(x, y);
    CHECK(relative_error(fit.slope, 2.5088339222614840989) < 1e-15);
    CHECK(relative_error(fit.intercept, 6.0742049469964664311) < 1e-15);
    CHECK(relative_error(fit.slope_standard_error.value(), 0.23300129359483443931) < 1e-15);
    CHECK(relative_error(fit.intercept_standard_error.value(), 1.6598787133269591673) < 1e-15);
    CHECK(relative_error(fit.residual_standard_deviation.value(), 1.9598442283235895529) < 1e-15);
    CHECK(relative_error(fit.r_squared.value(), 0.98304198940709365908) < 1e-15);
    CHECK(ra::linear_regression(y, x).slope < 0.4);
}

TEST_CASE("linear regression: a line without noise has residuals of exactly 0")
{
    for (const std::vector<double>& x :
         {std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 2, 4}, std::vector<double>{-7, 0, 5, 11, 1000003}}) {
        const ra::linear_fit fit = ra::linear_regression(x, on_line(x, 1, 2));
        CHECK(fit.slope == 2);
        CHECK(fit.intercept == 1);
        CHECK(fit.slope_standard_error.value() == 0);
        CHECK(fit.intercept_standard_error.value() == 0);
        CHECK(fit.residual_standard_deviation.value() == 0);
        CHECK(fit.residual_variance().value() == 0);
        CHECK(fit.r_squared.value() == 1);
    }
    // Neither the means nor the slope of 1/3 are doubles.
    const ra::linear_fit third =
        ra::linear_regression(std::vector<double>{3, 6, 12, 24, 33}, std::vector<double>{1, 2, 4, 8, 11});
    CHECK(third.slope == 1.0 / 3);
    CHECK(third.intercept == 0);
    CHECK(third.residual_standard_deviation.value() == 0);
    CHECK(third.r_squared.value() == 1);
}

TEST_CASE("linear regression: rounding errors give no residuals, and small residuals are not discarded")
{
    // These decimals are exactly on a line in binary too, although neither the means nor the slope are doubles.
    const ra::linear_fit exact =
        ra::linear_regression(std::vector<double>{0.5, 0.9, 1.3}, std::vector<double>{2.3, 2.4, 2.5});
    CHECK(exact.residual_standard_deviation.value() == 0);
    CHECK(exact.slope_standard_error.value() == 0);
    // One unit in the last place of one y: residuals of -1/3, 2/3 and -1/3 of it.
    const ra::linear_fit near =
        ra::linear_regression(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2 + 0x1p-51, 3});
    CHECK(relative_error(near.residual_standard_deviation.value(), std::sqrt(2.0 / 3) * 0x1p-51) < 1e-15);
    CHECK(relative_error(near.slope_standard_error.value(), std::sqrt(1.0 / 3) * 0x1p-51) < 1e-15);
    // Decimals on a line, which are not exactly on a line in binary.
    const ra::linear_fit decimals = ra::linear_regression(std::vector<double>{0.6, 0.7, 0.8, 0.9, 1.0},
                                                          std::vector<double>{1.1, 1.2, 1.3, 1.4, 1.5});
    CHECK(decimals.residual_standard_deviation.value() > 0);
    CHECK(decimals.without_noise());
    CHECK(exact.without_noise());
    CHECK(near.without_noise());
    const auto with_step = [](double step) {
        return ra::linear_regression(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2 + step, 3});
    };
    // The sums of squares are 2/3 step^2 and 2.
    CHECK(with_step(0x1p-45 * 1.7).without_noise());
    CHECK_FALSE(with_step(0x1p-45 * 1.75).without_noise());
    CHECK(ra::linear_regression(std::vector<double>{1, 2, 3}, std::vector<double>{5, 5, 5}).without_noise());
    CHECK_FALSE(ra::linear_regression(std::vector<double>{1, 2}, std::vector<double>{1, 2}).without_noise());
    CHECK_FALSE(ra::linear_fit{}.without_noise());
}

TEST_CASE("linear regression: a large offset does not reduce the precision")
{
    const ra::linear_fit fit =
        ra::linear_regression(std::vector<double>{1e9, 1e9 + 1, 1e9 + 2}, std::vector<double>{1, 2, 4});
    CHECK(fit.slope == 1.5);
    CHECK(relative_error(fit.slope_standard_error.value(), 0.28867513459481288225) < 1e-15);
    CHECK(relative_error(fit.intercept, -1499999999.1666666667) < 1e-15);
}

TEST_CASE("linear regression: a small scale does not reduce the precision")
{
    // The regression test of SciPy's linregress: y falls with x near 1e-71.
    constexpr std::size_t points = 100000;
    std::vector<double> tiny(points), x(points), y(points);
    for (std::size_t i = 0; i < points; ++i) {
        tiny[i] = 1e-71 * (1 + static_cast<double>(i) / (points - 1));
        y[i] = 2 - static_cast<double>(i) / (points - 1);
    }
    const ra::linear_fit fit = ra::linear_regression(tiny, y);
    CHECK(relative_error(fit.slope, -1e71) < 1e-14);
    CHECK(relative_error(fit.intercept, 3) < 1e-14);
    CHECK(fit.r_squared.value() <= 1);
    CHECK(fit.r_squared.value() > 1 - 1e-15);
    CHECK(fit.slope_standard_error.value() < 1e-15 * 1e71);

    // Scaling by a power of two scales the results exactly, within the range of double.
    const std::vector<double> a{1, 3, 7, 12}, b{8, 13, 26, 35};
    const ra::linear_fit plain = ra::linear_regression(a, b);
    for (const int exponent : {-1020, -300, 300, 1000}) {
        CAPTURE(exponent);
        std::vector<double> scaled_a, scaled_b;
        for (std::size_t i = 0; i < a.size(); ++i) {
            scaled_a.push_back(std::ldexp(a[i], exponent));
            scaled_b.push_back(std::ldexp(b[i], exponent));
        }
        const ra::linear_fit scaled = ra::linear_regression(scaled_a, scaled_b);
        CHECK(scaled.slope == plain.slope);
        CHECK(scaled.slope_standard_error == plain.slope_standard_error);
        CHECK(scaled.r_squared == plain.r_squared);
        CHECK(scaled.intercept == std::ldexp(plain.intercept, exponent));
        CHECK(scaled.residual_standard_deviation == std::ldexp(*plain.residual_standard_deviation, exponent));
    }
}

TEST_CASE("linear regression: the order of the points does not affect the result")
{
    std::vector<double> x{56.36, 71.02, 85.4, 62.21, 85.4, 79.95}, y{62.88, 78.23, 89.11, 69.76, 89.02, 86.02};
    const ra::linear_fit fit = ra::linear_regression(x, y);
    std::reverse(x.begin(), x.end());
    std::reverse(y.begin(), y.end());
    const ra::linear_fit reversed = ra::linear_regression(x, y);
    CHECK(relative_error(reversed.slope, fit.slope) < 1e-15);
    CHECK(relative_error(*reversed.slope_standard_error, *fit.slope_standard_error) < 1e-15);
}

TEST_CASE("linear regression: results that two points or a constant y do not determine are absent")
{
    const ra::linear_fit two = ra::linear_regression(std::vector<double>{1, 3}, std::vector<double>{5, 9});
    CHECK(two.points == 2);
    CHECK(two.slope == 2);
    CHECK(two.intercept == 3);
    CHECK(two.r_squared.value() == 1);
    CHECK_FALSE(two.slope_standard_error.has_value());
    CHECK_FALSE(two.intercept_standard_error.has_value());
    CHECK_FALSE(two.residual_standard_deviation.has_value());
    CHECK_FALSE(two.residual_variance().has_value());

    for (const double level : {0.0, 0.1, -1e300}) {
        const ra::linear_fit flat =
            ra::linear_regression(std::vector<double>{0.1, 0.2, 0.7}, std::vector<double>(3, level));
        CHECK(flat.slope == 0);
        CHECK(flat.slope_standard_error.value() == 0);
        CHECK(flat.intercept == level);
        CHECK(flat.residual_standard_deviation.value() == 0);
        CHECK_FALSE(flat.r_squared.has_value());
    }
}

TEST_CASE("linear regression: too few points, equal x, NaN and infinity throw")
{
    using values = std::vector<double>;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{}, values{}),
                         "linear regression: 0 points; the minimum is 2", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{1}, values{1}),
                         "linear regression: 1 points; the minimum is 2", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{1, 2, 3}, values{1, 2}),
                         "linear regression: 3 values of x, but 2 of y", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{0.1, 0.1, 0.1}, values{1, 2, 3}),
                         "linear regression: all 3 values of x are equal", std::domain_error);
    CHECK_THROWS_AS((void)ra::linear_regression(values{0, -0.0}, values{1, 2}), std::domain_error);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{1, 2, std::nan("")}, values{1, 2, 3}),
                         "linear regression: x of point 2 is not a number; it must be finite", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{1, 2, 3}, values{1, -infinity, 3}),
                         "linear regression: y of point 1 is infinite; it must be finite", std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::linear_regression(values{1e-300, 2e-300}, values{1e300, 3e300}),
                         "linear regression: the slope is too large for a double", std::domain_error);
}

TEST_CASE("reference points: are compared with the line and not fitted")
{
    const ra::linear_fit fit = ra::linear_regression(std::vector<double>{1, 2, 3}, std::vector<double>{3, 5, 7});
    CHECK(fit.predict(10) == 21);
    CHECK(ra::residual(fit, {.x = 10, .y = 20}) == -1);
    CHECK(ra::residual(fit, {.x = 0, .y = 1.5}) == 0.5);
    CHECK_THROWS_AS((void)ra::residual(fit, {.x = std::nan(""), .y = 1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::residual(fit, {.x = 1, .y = std::numeric_limits<double>::infinity()}),
                    std::invalid_argument);
}
