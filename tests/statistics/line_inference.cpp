// Tests of inference for regression lines: coefficients, bands, Student's t, regression through the origin, t-test.
#include "csv_columns.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/line_inference.hpp>
#include <reassess/statistics/origin_regression.hpp>
#include <reassess/statistics/slope_t_test.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

ra::linear_fit line(double slope, double standard_error, std::size_t points)
{
    ra::linear_fit fit;
    fit.points = points;
    fit.slope = slope;
    fit.slope_standard_error = standard_error;
    return fit;
}

}  // namespace

TEST_CASE("inference on a line: equals R's lm of weight on height")
{
    // scipy's test_stats.py quotes R: p 1.16440531074e-06.
    const values x{151, 174, 138, 186, 128, 136, 179, 163, 152, 131}, y{63, 81, 56, 91, 47, 57, 76, 72, 62, 48};
    const ra::linear_fit fit = ra::linear_regression(x, y);
    CHECK(fit.x_mean == 153.8);
    CHECK(relative_error(fit.x_sum_of_squares, 3927.6) < 1e-15);
    const ra::coefficient_inference slope = ra::slope_inference(fit);
    CHECK(slope.estimate == fit.slope);
    CHECK(relative_error(slope.p_value, 1.16440531074e-06) < 1e-11);
    CHECK(relative_error(slope.log10_p_value, std::log10(slope.p_value)) < 1e-14);
    // t(0.975, 8) = 2.3060041352041662.
    CHECK(relative_error(slope.bounds.lower, slope.estimate - 2.3060041352041662 * slope.standard_error) < 1e-13);
    CHECK(relative_error(slope.bounds.upper, slope.estimate + 2.3060041352041662 * slope.standard_error) < 1e-13);
    const ra::coefficient_inference normal =
        ra::slope_inference(fit, {.reference = ra::reference_distribution::normal});
    CHECK(normal.statistic == slope.statistic);
    CHECK(normal.p_value < 1e-20);
    CHECK(relative_error(normal.bounds.upper, slope.estimate + 1.9599639845400542 * slope.standard_error) < 1e-14);
    const ra::coefficient_inference intercept = ra::intercept_inference(fit);
    CHECK(relative_error(intercept.statistic, -38.455087076077 / 8.0490133029927) < 1e-12);
    CHECK(relative_error(ra::regression_f(fit).value(), slope.statistic * slope.statistic) < 1e-15);
}

TEST_CASE("inference on a line: confidence and prediction bands equal a textbook example")
{
    // x 1..5, y 2 4 5 4 5 (a textbook example): slope 0.6, intercept 2.2, s^2 = 0.8, sum of squares 10; t(0.975, 3) =
    // 3.182446305284263.
    const ra::linear_fit fit = ra::linear_regression(values{1, 2, 3, 4, 5}, values{2, 4, 5, 4, 5});
    const double t = 3.182446305284263, s = std::sqrt(0.8);
    const ra::interval at_mean = ra::confidence_band(fit, 3);
    CHECK(relative_error(at_mean.upper, 4 + t * s * std::sqrt(0.2)) < 1e-13);
    CHECK(relative_error(at_mean.lower, 4 - t * s * std::sqrt(0.2)) < 1e-13);
    const ra::interval far = ra::confidence_band(fit, 7);
    CHECK(relative_error(far.upper, 6.4 + t * s * std::sqrt(0.2 + 1.6)) < 1e-13);
    const ra::interval next = ra::prediction_band(fit, 7);
    CHECK(relative_error(next.upper, 6.4 + t * s * std::sqrt(1.2 + 1.6)) < 1e-13);
    CHECK(relative_error(next.lower, 6.4 - t * s * std::sqrt(1.2 + 1.6)) < 1e-12);
    const ra::interval normal = ra::confidence_band(fit, 3, {.reference = ra::reference_distribution::normal});
    CHECK(normal.upper < at_mean.upper);
    CHECK_THROWS_AS((void)ra::confidence_band(fit, std::nan("")), std::invalid_argument);
    const ra::linear_fit two = ra::linear_regression(values{1, 2}, values{1, 2});
    CHECK_THROWS_AS((void)ra::prediction_band(two, 1), std::domain_error);
    CHECK_THROWS_AS((void)ra::slope_inference(two), std::domain_error);
    CHECK_FALSE(ra::regression_f(two).has_value());
}

TEST_CASE("inference on a line: no result is NaN for a line without noise")
{
    const ra::linear_fit exact = ra::linear_regression(values{1, 2, 3, 4}, values{3, 5, 7, 9});
    const ra::coefficient_inference slope = ra::slope_inference(exact);
    CHECK(slope.statistic == infinity);
    CHECK(slope.p_value == 0);
    CHECK(slope.log10_p_value == -infinity);
    CHECK(slope.bounds == ra::interval{2, 2});
    CHECK(ra::regression_f(exact).value() == infinity);
    CHECK(ra::prediction_band(exact, 10) == ra::interval{21, 21});
    const ra::linear_fit flat = ra::linear_regression(values{1, 2, 3, 4}, values{5, 5, 5, 5});
    CHECK(ra::slope_inference(flat).statistic == 0);
    CHECK(ra::slope_inference(flat).p_value == 1);
    CHECK_FALSE(ra::regression_f(flat).has_value());
}

TEST_CASE("Student's t: tail probabilities are accurate, also beyond the range of a double")
{
    CHECK(ra::two_sided_student_p_value(0, 5) == 1);
    CHECK(relative_error(ra::two_sided_student_p_value(1, 1), 0.5) < 1e-15);                   // Cauchy
    CHECK(relative_error(ra::two_sided_student_p_value(-2, 2), 0.18350341907227397) < 1e-14);  // 1 - 2 / sqrt 6
    // Beyond the range of a double: Cauchy's tail is 2 / (pi t).
    CHECK(relative_error(ra::log10_two_sided_student_p_value(1e305, 1), std::log10(2 / 3.141592653589793) - 305) <
          1e-12);
    // 50 digits of the incomplete beta function: t = 52 with 1552 degrees of freedom, p = 10^-342.
    CHECK(ra::two_sided_student_p_value(52, 1552) == 0);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(52, 1552), -341.56852278083494945) < 1e-12);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(30, 1e4),
                         std::log10(ra::two_sided_student_p_value(30, 1e4))) < 1e-13);
    // t^2 is beyond the range of a double, but the p-value is not.
    CHECK(relative_error(ra::two_sided_student_p_value(1e200, 0.5), 6.414019508284458006807e-101) < 1e-12);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(1e200, 1), -200.1961198770301526591) < 1e-14);
    // Nearly normal: the degrees of freedom are so large that x = n / (n + t^2) is nearly 1.
    CHECK(relative_error(ra::log10_two_sided_student_p_value(52, 1e12), -588.9803624845507890498) < 1e-13);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(1e-10, 30), -3.436417495392630258753e-11) < 1e-13);
    CHECK(ra::log10_two_sided_student_p_value(0, 30) == 0);
    CHECK(ra::log10_two_sided_student_p_value(infinity, 3) == -infinity);
    CHECK_THROWS_AS((void)ra::two_sided_student_p_value(std::nan(""), 3), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::two_sided_student_p_value(1, 0), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::two_sided_student_p_value(1, std::nan("")), std::invalid_argument);
}

TEST_CASE("Student's t: fewer than one degree of freedom, far in the tail")
{
    // 60 digits of the incomplete beta function.
    CHECK(relative_error(ra::log10_two_sided_student_p_value(1e10, 0.01), -0.11299256980374680561) < 1e-12);
    CHECK(relative_error(ra::two_sided_student_p_value(1e10, 0.01), 0.77091665830192964734) < 1e-12);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(331658589.8, 0.01), -0.098199482301756100306) < 1e-12);
    CHECK(relative_error(ra::two_sided_student_p_value(-331658589.8, 0.01), 0.79762823254606974166) < 1e-12);
    CHECK(relative_error(ra::two_sided_student_p_value(1e6, 0.5), 0.00064140195082839769553) < 1e-12);
    CHECK(relative_error(ra::two_sided_student_p_value(2000, 0.99), 0.00034279645924169817179) < 1e-12);
    CHECK(relative_error(ra::log10_two_sided_student_p_value(50, 0.25), -0.56580395571073551356) < 1e-12);
    // Not far in the tail, although t is large.
    CHECK(relative_error(ra::log10_two_sided_student_p_value(151.8566012646375, 0.06596113195982914),
                         -0.2019452403395983609991) < 1e-13);
}

TEST_CASE("lines: predictions, residuals and bands keep their digits far from the origin")
{
    values x, y;
    for (int i = 0; i < 9; ++i) {
        x.push_back(1e9 + i);
        y.push_back(0.5 * i + (i % 3) * 0.125);
    }
    const ra::linear_fit fit = ra::linear_regression(x, y);
    values near;  // the same points at the origin
    for (int i = 0; i < 9; ++i) near.push_back(i);
    const ra::linear_fit plain = ra::linear_regression(near, y);
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(std::abs(fit.predict(x[i]) - plain.predict(near[i])) < 1e-14);
        CHECK(std::abs(ra::residual(fit, {x[i], y[i]}) - ra::residual(plain, {near[i], y[i]})) < 1e-14);
        const ra::interval far = ra::prediction_band(fit, x[i]), close = ra::prediction_band(plain, near[i]);
        CHECK(std::abs(far.lower - close.lower) < 1e-6);
        CHECK(std::abs(far.upper - close.upper) < 1e-6);
    }
    // The mean of x is not a double here: the line is known at the rounded mean.
    const values thirds{1e9, 1e9 + 1, 1e9 + 1}, line{0, 1, 1};
    CHECK(std::abs(ra::linear_regression(thirds, line).predict(1e9)) < 1e-15);
    CHECK(std::abs(ra::linear_regression(thirds, line).predict(1e9 + 1) - 1) < 1e-15);
}

TEST_CASE("origin regression: NIST NoInt1 and NoInt2 are reproduced")
{
    const values x1{60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70},
        y1{130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140};
    const ra::origin_fit first = ra::origin_regression(x1, y1);
    CHECK(relative_error(first.slope, 2.07438016528926) < 1e-14);
    CHECK(relative_error(first.slope_standard_error.value(), 0.165289256198347e-1) < 1e-14);
    CHECK(relative_error(first.residual_standard_deviation.value(), 3.56753034006338) < 1e-14);
    CHECK(relative_error(first.r_squared.value(), 0.999365492298663) < 1e-14);
    const ra::coefficient_inference inference = ra::slope_inference(first);
    CHECK(relative_error(inference.statistic * inference.statistic, 15750.25) < 1e-12);  // the certified F
    const ra::origin_fit second = ra::origin_regression(values{4, 5, 6}, values{3, 4, 4});
    CHECK(relative_error(second.slope, 0.727272727272727) < 1e-14);
    CHECK(relative_error(second.slope_standard_error.value(), 0.420827318078432e-1) < 1e-14);
    CHECK(relative_error(second.residual_standard_deviation.value(), 0.369274472937998) < 1e-14);
    CHECK(relative_error(second.r_squared.value(), 0.993348115299335) < 1e-14);
}

TEST_CASE("origin regression: lines without noise and one point are handled, invalid input throws")
{
    const ra::origin_fit exact = ra::origin_regression(values{3, 6, 12}, values{1, 2, 4});
    CHECK(exact.slope == 1.0 / 3);
    CHECK(exact.slope_standard_error.value() == 0);
    CHECK(exact.r_squared.value() == 1);
    const ra::origin_fit one = ra::origin_regression(values{4}, values{8});
    CHECK(one.slope == 2);
    CHECK_FALSE(one.slope_standard_error.has_value());
    CHECK_THROWS_AS((void)ra::slope_inference(one), std::domain_error);
    CHECK_FALSE(ra::origin_regression(values{1, 2}, values{0, 0}).r_squared.has_value());
    CHECK_THROWS_AS((void)ra::origin_regression(values{0, 0}, values{1, 2}), std::domain_error);
    CHECK_THROWS_AS((void)ra::origin_regression(values{}, values{}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::origin_regression(values{1, 2}, values{1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::origin_regression(values{1, std::nan("")}, values{1, 2}), std::invalid_argument);
}

TEST_CASE("slope t-test: the published example of life expectancy and smoking is reproduced")
{
    // Zaiontz, real-statistics.com: t = -0.692043 with 27 degrees of freedom, se 0.231692; further digits computed.
    const auto men = line(-0.62820040523116596058, 0.17112895461639729556, 15);
    const auto women = line(-0.46785962473940236275, 0.15619225948227386083, 16);
    const auto pooled = ra::slope_t_test(men, women, {.degrees = ra::slope_degrees::residual});
    CHECK(pooled.degrees_of_freedom == 27);
    CHECK(relative_error(pooled.t, -0.69204306997457091546) < 1e-14);
    CHECK(relative_error(pooled.p_value, 0.49481917451729266158) < 1e-13);
    const auto welch = ra::slope_t_test(men, women);
    CHECK(welch.degrees_of_freedom < 27);
    CHECK(welch.degrees_of_freedom > 26);
    CHECK(welch.p_value > pooled.p_value);
    CHECK(welch.bounds.lower < pooled.bounds.lower);
    const ra::slope_test_result z = ra::slope_test(men, women);
    CHECK(pooled.p_value > z.p_value);
    const ra::interval by_z = ra::slope_difference_interval(z);
    CHECK(relative_error(by_z.upper - z.slope_difference, 1.9599639845400542 * 0.23169190972124800121) < 1e-13);
    CHECK(pooled.bounds.upper > by_z.upper);
}

TEST_CASE("slope t-test: degrees of freedom are Satterthwaite's, and undefined tests throw")
{
    // Equal errors and points: n1 + n2 - 4; one error of 0: the other line's n - 2.
    CHECK(relative_error(ra::slope_t_test(line(1, 0.3, 10), line(0, 0.3, 10)).degrees_of_freedom, 16) < 1e-14);
    CHECK(relative_error(ra::slope_t_test(line(1, 0.3, 10), line(0, 0, 50)).degrees_of_freedom, 8) < 1e-14);
    CHECK(relative_error(ra::slope_t_test(line(1e-200, 3e-201, 10), line(0, 3e-201, 10)).degrees_of_freedom, 16) <
          1e-14);
    CHECK_THROWS_AS((void)ra::slope_t_test(line(1, 0, 10), line(0, 0, 10)), std::domain_error);
    CHECK_THROWS_AS((void)ra::slope_t_test(line(1, 0, 10), line(1, 0, 10)), std::domain_error);
    CHECK_THROWS_AS((void)ra::slope_t_test(line(1, 1, 2), line(0, 1, 10)), std::invalid_argument);
}
