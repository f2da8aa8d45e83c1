// Tests of robust regression lines: Theil-Sen, York, Deming, break test, slope bootstrap.
#include "csv_columns.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/break_test.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/errors_in_variables.hpp>
#include <reassess/statistics/hinge_regression.hpp>
#include <reassess/statistics/influence.hpp>
#include <reassess/statistics/regression_diagnostics.hpp>
#include <reassess/statistics/robust_slope_test.hpp>
#include <reassess/statistics/slope_bootstrap.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/theil_sen.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

namespace {

const ra::random_seed seed{5};

/// The 30 models of Table 5.
struct table_5 {
    values x{}, y{};

    table_5()
    {
        const auto table = test_support::csv_columns(test_support::reference_file("table5.csv"));
        const values original = test_support::numbers(table.at("original_accuracy"));
        const values real = test_support::numbers(table.at("real_accuracy"));
        for (std::size_t i = 0; i < original.size(); ++i) {
            if (table.at("pool")[i] == "labels") continue;
            x.push_back(original[i]);
            y.push_back(real[i]);
        }
    }
};

/// Pearson's points with York's weights (York 1966, doi:10.1139/p66-090), each with correlation r of its errors.
std::vector<ra::uncertain_point> york_points(double r)
{
    const values x{0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4};
    const values y{5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5};
    const values x_weight{1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0};
    const values y_weight{1.0, 1.8, 4, 8, 20, 20, 70, 70, 100, 500};
    std::vector<ra::uncertain_point> points;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double vx = 1 / x_weight[i], vy = 1 / y_weight[i];
        points.push_back({x[i], y[i], vx, vy, r * std::sqrt(vx * vy)});
    }
    return points;
}

}  // namespace

TEST_CASE("Theil-Sen: the slope is the median slope, independent of one outlier")
{
    const values x{1, 2, 3, 4, 10, 12, 18}, y{9, 15, 19, 20, 45, 55, 78};  // SciPy's and Sen's example of 1968
    const ra::theil_sen_fit fit = ra::theil_sen(x, y);
    CHECK(fit.slope == 4.0);
    CHECK(fit.intercept == 6.0);
    // Sen 1968 gives (26/7, 35/8) at 93 %, of 21 slopes.
    const ra::interval sen = ra::theil_sen(x, y, ra::confidence_level{0.93}).slope_interval.value();
    CHECK(sen.lower == 26.0 / 7);
    CHECK(sen.upper == 35.0 / 8);
    values wild = y;
    wild[3] = 1e9;
    CHECK(ra::theil_sen(x, wild).slope < 6);
    CHECK(ra::theil_sen(x, wild).slope > 3);
    CHECK(ra::linear_regression(x, wild).slope < -1e6);
}

TEST_CASE("Theil-Sen: the interval's ends are slopes of the expected rank, for any number of points")
{
    for (std::size_t points = 5; points <= 40; ++points) {
        ra::detail::random_stream stream(7, points);
        values x, y, slopes;
        for (std::size_t i = 0; i < points; ++i) {
            x.push_back(60 + 20 * stream.unit());
            y.push_back(0.8 * x.back() + 4 * stream.unit());
            for (std::size_t j = 0; j < i; ++j) slopes.push_back((y[i] - y[j]) / (x[i] - x[j]));
        }
        std::sort(slopes.begin(), slopes.end());
        const double n = static_cast<double>(points), count = static_cast<double>(slopes.size());
        const double reach = 1.959963984540054 * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
        const auto of_rank = [&](double rank) { return slopes[static_cast<std::size_t>(rank) - 1]; };
        const ra::theil_sen_fit fit = ra::theil_sen(x, y);
        CAPTURE(points);
        REQUIRE(fit.slope_interval);
        CHECK(fit.slope >= fit.slope_interval->lower);
        CHECK(fit.slope <= fit.slope_interval->upper);
        CHECK(fit.slope_interval->lower == of_rank(std::max(1.0, std::floor((count - reach) / 2))));
        CHECK(fit.slope_interval->upper == of_rank(std::min(count, std::ceil((count + reach) / 2) + 1)));
        // Ties of y leave the variance as it is, ties of x reduce it.
        if (points < 10) continue;
        for (const bool tied_x : {false, true}) {
            values tied = tied_x ? x : y;
            for (double& value : tied) value = std::round(value / 8) * 8;
            const values& a = tied_x ? tied : x;
            const values& b = tied_x ? y : tied;
            slopes.clear();
            double ties = 0;
            for (std::size_t i = 0; i < points; ++i) {
                const double t = static_cast<double>(std::count(a.begin(), a.end(), a[i]));
                ties += (t - 1) * (2 * t + 5);  // once for each of the t points
                for (std::size_t j = 0; j < i; ++j) {
                    if (a[i] != a[j]) slopes.push_back((b[i] - b[j]) / (a[i] - a[j]));
                }
            }
            std::sort(slopes.begin(), slopes.end());
            const double all = static_cast<double>(slopes.size());
            const double shorter = 1.959963984540054 * std::sqrt((n * (n - 1) * (2 * n + 5) - ties) / 18);
            const auto bounds = ra::theil_sen(a, b).slope_interval;
            REQUIRE(bounds);
            CHECK(bounds->lower == of_rank(std::max(1.0, std::floor((all - shorter) / 2))));
            CHECK(bounds->upper == of_rank(std::min(all, std::ceil((all + shorter) / 2) + 1)));
        }
    }
}

TEST_CASE("Theil-Sen: the interval has its level with rounded y, unless the steps are as coarse as the noise")
{
    const int runs = 1000;
    const auto covered = [&](double deviation) {
        int count = 0;
        for (int run = 0; run < runs; ++run) {
            ra::detail::random_stream stream(17, static_cast<std::uint64_t>(run));
            values x, y;
            for (int i = 0; i < 30; ++i) {
                double noise = -6;  // the sum of twelve uniforms is almost normal
                for (int k = 0; k < 12; ++k) noise += stream.unit();
                x.push_back(stream.unit());
                y.push_back(std::round(x.back() + deviation * noise));
            }
            const ra::interval bounds = ra::theil_sen(x, y).slope_interval.value();
            count += bounds.lower <= 1 && 1 <= bounds.upper;
        }
        return count / static_cast<double>(runs);
    };
    const double five_steps = covered(5), one_step = covered(1);
    CAPTURE(five_steps);
    CAPTURE(one_step);
    CHECK(five_steps > 0.93);  // 0.95 expected, with a standard error of 0.007
    CHECK(five_steps < 0.98);
    CHECK(one_step > 0.73);
    CHECK(one_step < 0.94);
}

TEST_CASE("Theil-Sen: few points and equal x are handled, invalid input throws")
{
    const ra::theil_sen_fit two = ra::theil_sen(values{1, 3}, values{1, 2});
    CHECK(two.slope == 0.5);
    CHECK_FALSE(two.slope_interval);
    // The extreme slopes of 4 points cover with probability 1 - 2/24 = 0.917, those of 5 with 0.983; with three equal x
    // of 5 only 5! / 3! = 20 orders are different: 0.9.
    const values four{1, 2, 3, 4}, four_y{1, 3, 2, 5}, five{1, 2, 3, 4, 5}, tied{1, 1, 1, 2, 3}, five_y{1, 3, 2, 5, 4};
    CHECK_FALSE(ra::theil_sen(four, four_y).slope_interval);
    CHECK(ra::theil_sen(four, four_y, ra::confidence_level{0.91}).slope_interval == ra::interval{-1, 3});
    CHECK(ra::theil_sen(five, five_y).slope_interval == ra::interval{-1, 3});
    CHECK_FALSE(ra::theil_sen(five, five_y, ra::confidence_level{0.99}).slope_interval);
    CHECK_FALSE(ra::theil_sen(tied, five_y).slope_interval);
    CHECK(ra::theil_sen(values{1, 1, 2}, values{0, 2, 3}).slope == 2);  // of 3 and 1
    CHECK_THROWS_AS((void)ra::theil_sen(values{1, 1}, values{1, 2}), std::domain_error);
    CHECK_THROWS_AS((void)ra::theil_sen(values{1}, values{1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::theil_sen(values{1, 2}, values{1}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::theil_sen(values{1, std::nan("")}, values{1, 2}), std::invalid_argument);
}

TEST_CASE("York regression: Pearson's points with York's weights are reproduced")
{
    // The minimum of the weighted squares in 40 digits; York et al. 2004 give 5.4799, -0.4805, 11.8664.
    const ra::york_fit fit = ra::york_regression(york_points(0));
    CHECK(fit.converged);
    CHECK(relative_error(fit.slope, -0.48053340744620198662) < 1e-12);
    CHECK(relative_error(fit.intercept, 5.4799102240328653616) < 1e-12);
    CHECK(relative_error(fit.chi_squared, 11.866353194061445259) < 1e-10);
    // York et al. 2004, Table II: 0.0580 and 0.2950 (rounded there).
    CHECK(std::abs(fit.slope_standard_error - 0.0580) < 0.0005);
    CHECK(std::abs(fit.intercept_standard_error - 0.295) < 0.005);
    CHECK(relative_error(fit.scaled_slope_standard_error().value(),
                         fit.slope_standard_error * std::sqrt(fit.chi_squared / 8)) < 1e-14);
    const ra::york_fit correlated = ra::york_regression(york_points(0.5));
    CHECK(correlated.converged);
    CHECK(relative_error(correlated.slope, -0.49288061680644629985) < 1e-11);
    CHECK(relative_error(correlated.intercept, 5.534374564442234922) < 1e-11);
    CHECK(relative_error(correlated.chi_squared, 9.5702651321898100968) < 1e-10);
}

TEST_CASE("York regression: exact x gives weighted least squares, and equal errors give Deming's line")
{
    const values x{1, 2, 3, 4, 5, 7}, y{2.1, 3.9, 6.2, 7.8, 10.1, 13.7};
    std::vector<ra::uncertain_point> certain, alike;
    for (std::size_t i = 0; i < x.size(); ++i) {
        certain.push_back({x[i], y[i], 0, 0.25, 0});
        alike.push_back({x[i], y[i], 0.1, 0.2, 0});
    }
    const ra::linear_fit least_squares = ra::linear_regression(x, y);
    const ra::york_fit fit = ra::york_regression(certain);
    CHECK(relative_error(fit.slope, least_squares.slope) < 1e-13);
    CHECK(relative_error(fit.intercept, least_squares.intercept) < 1e-11);
    CHECK(relative_error(fit.slope_standard_error, 0.5 / std::sqrt(least_squares.x_sum_of_squares)) < 1e-13);
    const ra::deming_fit deming = ra::deming_regression(x, y, 2);
    CHECK(relative_error(ra::york_regression(alike).slope, deming.slope) < 1e-12);
    CHECK(relative_error(ra::york_regression(alike).intercept, deming.intercept) < 1e-10);
    CHECK(deming.slope > least_squares.slope);  // least squares is biased towards 0
    // The reverse regression has the reciprocal slope.
    CHECK(relative_error(ra::deming_regression(y, x, 0.5).slope, 1 / deming.slope) < 1e-13);
    CHECK(deming.slope_standard_error.value() > 0);
    CHECK(deming.slope_standard_error.value() < 0.1);
    CHECK(ra::deming_regression(values{1, 2, 3}, values{6, 4, 2}).slope == -2);
}

TEST_CASE("York regression: accuracies have the covariance of their common images")
{
    // 10 images, of which 8 are valid for both metrics.
    const ra::uncertain_point point = ra::uncertain_accuracies({7, 10}, {6, 8}, {5, 0, 1, 2});
    CHECK(point.x == 0.7);
    CHECK(point.y == 0.75);
    CHECK(relative_error(point.x_variance, 0.021) < 1e-15);
    CHECK(relative_error(point.y_variance, 0.0234375) < 1e-15);
    // 8 / (10 * 8) (5 * 2 - 0 * 1) / 64.
    CHECK(relative_error(point.covariance, 0.015625) < 1e-15);
    CHECK_THROWS_AS((void)ra::uncertain_accuracies({7, 10}, {6, 8}, {5, 2, 1, 2}), std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::uncertain_accuracies({7, 10}, {6, 8}, {5, 0, 2, 1}),
                         "uncertain accuracies: 7 of 8 by the ReaL accuracy among the images that count for both "
                         "metrics, but only 6 of 8 in all",
                         std::invalid_argument);
    // 4 wrong of 8 in the joint table, but only 3 wrong of 10 in total.
    CHECK_THROWS_AS((void)ra::uncertain_accuracies({7, 10}, {6, 8}, {4, 0, 2, 2}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::uncertain_accuracies({0, 0}, {6, 8}, {}), std::domain_error);
    CHECK_THROWS_AS((void)ra::uncertain_accuracies({11, 10}, {6, 8}, {}), std::invalid_argument);
}

TEST_CASE("York and Deming regression: points that determine no line throw")
{
    using points = std::vector<ra::uncertain_point>;
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 1, 1, 0}}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 1, -1, 0}, {2, 2, 1, 1, 0}}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 1, std::nan(""), 0}, {2, 2, 1, 1, 0}}),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 1, 1, 2}, {2, 2, 1, 1, 0}}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 1, 1, 0}, {1, 2, 1, 1, 0}}), std::domain_error);
    CHECK_THROWS_AS((void)ra::york_regression(points{{1, 1, 0, 0, 0}, {2, 2, 1, 1, 0}}), std::domain_error);
    CHECK_THROWS_AS((void)ra::deming_regression(values{1, 2, 3}, values{1, 2, 3}, 0), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::deming_regression(values{1, 2, 3}, values{1, 2, 3}, std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::deming_regression(values{1, 2, 3}, values{1, 1, 1}), std::domain_error);
    CHECK_THROWS_AS((void)ra::deming_regression(values{1}, values{1}), std::invalid_argument);
}

TEST_CASE("York regression with scatter: chi-squared is that of its degrees of freedom, and intervals cover")
{
    int plain = 0, scaled = 0, scattered = 0;
    double mean = 0;
    const int samples = 200;
    for (int run = 0; run < samples; ++run) {
        ra::detail::random_stream stream(72, static_cast<std::uint64_t>(run));
        const auto normal = [&] { return ra::detail::normal_quantile(stream.unit()); };
        std::vector<ra::uncertain_point> points;
        for (int i = 0; i < 40; ++i) {
            const double x = 60 + 30 * stream.unit(), y = 20 + 0.8 * x + normal();
            const double error = i % 2 == 0 ? 0.05 : 0.5;  // of the images' noise; the scatter of 1 is for all models
            points.push_back({x + error * normal(), y + error * normal(), error * error, error * error, 0});
        }
        const ra::york_fit york = ra::york_regression(points);
        const ra::scattered_fit fit = ra::york_regression_with_scatter(points);
        CHECK(relative_error(fit.line.chi_squared, 38) < 1e-9);
        plain += std::abs(york.slope - 0.8) <= 2.024 * york.slope_standard_error;
        scaled += std::abs(york.slope - 0.8) <= 2.024 * *york.scaled_slope_standard_error();
        scattered += std::abs(fit.line.slope - 0.8) <= 2.024 * fit.line.slope_standard_error;
        mean += fit.scatter / samples;
    }
    CHECK(plain < samples / 2);
    CHECK(scattered >= samples * (0.95 - 4 * std::sqrt(0.05 * 0.95 / samples)));
    CHECK(scattered > scaled);
    CHECK(std::abs(mean - 1) < 0.05);
    // Without scatter beyond the noise it is York's line.
    std::vector<ra::uncertain_point> straight;
    for (int i = 0; i < 10; ++i) straight.push_back({1.0 * i, 2.0 * i + (i % 2) * 0.1, 1, 1, 0});
    CHECK(ra::york_regression_with_scatter(straight).scatter == 0);
    CHECK(ra::york_regression_with_scatter(straight).line.slope == ra::york_regression(straight).slope);
    straight.resize(2);
    CHECK_THROWS_AS((void)ra::york_regression_with_scatter(straight), std::domain_error);
}

TEST_CASE("robust lines: results scale with the unit of x and y, within the range of double")
{
    const table_5 table;
    const ra::halves_result halves = ra::compare_halves(table.x, table.y);
    const auto slopes = ra::bootstrap_slope_difference(ra::seq, table.x, table.y, halves, seed, {.replicates = 99});
    const auto split = ra::break_test(ra::seq, table.x, table.y, seed, {.simulations = 99});
    const ra::deming_fit deming = ra::deming_regression(table.x, table.y);
    for (const int exponent : {-1000, 800}) {
        values x = table.x, y = table.y;
        for (double& value : x) value = std::ldexp(value, exponent);
        for (double& value : y) value = std::ldexp(value, exponent);
        CAPTURE(exponent);
        const ra::deming_fit scaled = ra::deming_regression(x, y);
        CHECK(scaled.slope == deming.slope);
        CHECK(scaled.intercept == std::ldexp(deming.intercept, exponent));
        CHECK(scaled.slope_standard_error == deming.slope_standard_error);
        CHECK(relative_error(ra::break_test(ra::seq, x, y, seed, {.simulations = 99}).f, split.f) < 1e-9);
        const auto resampled =
            ra::bootstrap_slope_difference(ra::seq, x, y, ra::compare_halves(x, y), seed, {.replicates = 99});
        CHECK(resampled.replicates == slopes.replicates);
        CHECK(resampled.bca == slopes.bca);
        // Scaling of y only.
        const auto steep = ra::bootstrap_slope_difference(ra::seq, table.x, y, ra::compare_halves(table.x, y), seed,
                                                          {.replicates = 99});
        CHECK(steep.standard_error == std::ldexp(slopes.standard_error, exponent));
        CHECK(steep.bca.has_value());
        CHECK(ra::break_test(ra::seq, table.x, y, seed, {.simulations = 99}).split == split.split);
    }
    CHECK_THROWS_AS((void)ra::deming_regression(values{1e-200, 2e-200, 3e-200}, values{1e200, 3e200, 5e200}),
                    std::domain_error);
}

TEST_CASE("break test: F compares two lines with one at the best split")
{
    const table_5 table;
    const ra::break_test_result result = ra::break_test(ra::seq, table.x, table.y, seed, {.simulations = 199});
    // Reference: the same search with linear_regression.
    values x, y;
    const ra::halves_result order = ra::compare_halves(table.x, table.y);
    for (const std::size_t model : order.order) {
        x.push_back(table.x[model]);
        y.push_back(table.y[model]);
    }
    const auto squares = [&](std::size_t begin, std::size_t end) {
        const ra::linear_fit fit =
            ra::linear_regression(std::span(x).subspan(begin, end - begin), std::span(y).subspan(begin, end - begin));
        return *fit.residual_variance() * static_cast<double>(end - begin - 2);
    };
    double best = 0;
    std::size_t best_split = 0;
    for (std::size_t split = 5; split + 5 <= 30; ++split) {
        if (x[split - 1] == x[split]) continue;
        const double apart = squares(0, split) + squares(split, 30);
        const double f = (squares(0, 30) - apart) / 2 / (apart / 26);
        if (f > best) {
            best = f;
            best_split = split;
        }
    }
    CHECK(relative_error(result.f, best) < 1e-9);
    CHECK(result.split == best_split);
    CHECK(result.x_before == x[best_split - 1]);
    CHECK(result.x_after == x[best_split]);
    CHECK(result.p_value == 1.0 / 200);
    CHECK(result.simulations == 199);
}

TEST_CASE("break test: one outlying x does not cost the others their digits")
{
    values x, y{0,   9,   20,  10,  30,  29,  29,  39,  43, 57, 67, 65, 76, 73, 83, 82, 94,
                107, 108, 111, 124, 113, 106, 104, 110, 96, 92, 84, 80, 82, 78, 73, 192};
    for (int i = 0; i < 32; ++i) x.push_back(i / 32.0);
    x.push_back(1e8);
    for (double& value : y) value /= 64;
    const auto result = ra::break_test(ra::seq, x, y, seed, {.simulations = 99});
    CHECK(relative_error(result.f, 241.60594308886375192) < 1e-10);  // in 60 digits
    CHECK(result.split == 22);
}

TEST_CASE("perfect lines: the bootstrap of slopes and Deming's line have standard error 0")
{
    const values x{60, 61, 62.5, 63, 64, 65.25, 66, 67, 69, 70, 71, 72};
    values y;
    for (std::size_t i = 0; i < x.size(); ++i) y.push_back(i < 6 ? 0.75 * x[i] : 0.25 * x[i] + 3);
    const auto halves = ra::compare_halves(x, y);
    const auto result = ra::bootstrap_slope_difference(ra::seq, x, y, halves, seed, {.replicates = 199});
    CHECK(result.value == 0.5);
    CHECK(result.standard_error == 0);
    CHECK(result.percentile == ra::interval{0.5, 0.5});
    CHECK_FALSE(result.bca);
    CHECK(*ra::deming_regression(x, y).slope_standard_error > 1e-3);
    values exact;
    for (const double value : x) exact.push_back(0.75 * value - 2);
    CHECK(ra::deming_regression(x, exact).slope_standard_error == 0.0);
}

TEST_CASE("perfect lines: decimals that are on a line but for their rounding are without noise, too")
{
    const auto line = [](double from, double slope) {
        values points;
        for (int i = 0; i < 12; ++i) points.push_back(std::round((from + slope * i) * 100) / 100);
        return points;
    };
    const values x = line(70.1, 0.3), straight = line(40.1, 0.21);
    values bent = line(40.1, 0.27);
    for (int i = 6; i < 12; ++i) bent[static_cast<std::size_t>(i)] = std::round((41.72 + 0.12 * (i - 6)) * 100) / 100;
    const auto alike = ra::compare_halves(x, straight);
    REQUIRE(*alike.first.residual_standard_deviation > 0);
    CHECK_FALSE(alike.slope_test);
    CHECK(alike.why_no_slope_test.find("equal slopes") != std::string::npos);
    const auto halves = ra::compare_halves(x, bent);
    CHECK(halves.slope_test->without_noise);
    CHECK(halves.slope_test->z == std::numeric_limits<double>::infinity());
    CHECK_THROWS_AS((void)ra::slope_t_test(halves.first, halves.second), std::domain_error);
    CHECK_THROWS_AS((void)ra::chow_test(x, bent, halves), std::domain_error);
    const auto result = ra::bootstrap_slope_difference(ra::seq, x, bent, halves, seed, {.replicates = 199});
    CHECK(result.standard_error == 0);
    CHECK(result.percentile == ra::interval{result.value, result.value});
    CHECK_FALSE(result.bca);
    CHECK(ra::deming_regression(x, straight).slope_standard_error == 0.0);
    CHECK(ra::break_test(ra::seq, x, straight, seed, {.simulations = 9}).f == 0);
    CHECK(ra::find_influential_points(std::span(x).first(6), std::span(straight).first(6)).empty());
    CHECK_FALSE(ra::diagnose_regression(x, straight).durbin_watson);
    // Every knot is as good as any other.
    const auto hinge = ra::hinge_regression(x, straight);
    CHECK(hinge.knot == x[1]);
    CHECK(hinge.knot_interval == ra::interval{x[1], x[10]});
}

TEST_CASE("robust lines: a large offset of x costs no digits of the lines")
{
    const values near{0, 1, 2.5, 3, 4, 5.25, 6, 7.75, 8, 9}, y{0.1, 0.25, 0.31, 0.44, 0.45, 0.52, 0.5, 0.63, 0.6, 0.7};
    values far;
    for (const double value : near) far.push_back(1e9 + value);
    const auto points = [&](const values& x) {
        std::vector<ra::uncertain_point> result;
        for (std::size_t i = 0; i < x.size(); ++i)
            result.push_back({x[i], y[i], 1e-4, 1e-4 * (1 + static_cast<double>(i % 3)), 2e-5});
        return result;
    };
    const auto same = [&](const auto& here, const auto& there) {
        CHECK(relative_error(there.slope, here.slope) < 1e-13);
        for (std::size_t i = 0; i < near.size(); ++i)
            CHECK(relative_error(there.predict(far[i]), here.predict(near[i])) < 1e-13);
    };
    same(ra::theil_sen(near, y), ra::theil_sen(far, y));
    same(ra::deming_regression(near, y), ra::deming_regression(far, y));
    const auto york = ra::york_regression(points(near)), york_far = ra::york_regression(points(far));
    same(york, york_far);
    CHECK(relative_error(york_far.slope_standard_error, york.slope_standard_error) < 1e-13);
    CHECK(relative_error(york_far.chi_squared, york.chi_squared) < 1e-12);
    const auto wide = ra::york_regression_with_scatter(points(near)),
               wide_far = ra::york_regression_with_scatter(points(far));
    same(wide.line, wide_far.line);
    CHECK(relative_error(wide_far.scatter, wide.scatter) < 1e-12);
    const auto hinge = ra::hinge_regression(near, y), hinge_far = ra::hinge_regression(far, y);
    CHECK(relative_error(hinge_far.first_slope, hinge.first_slope) < 1e-13);
    CHECK(relative_error(hinge_far.value_at_knot, hinge.value_at_knot) < 1e-13);
    CHECK(relative_error(hinge_far.residual_sum_of_squares, hinge.residual_sum_of_squares) < 1e-12);
    const auto halves = ra::compare_halves(near, y), halves_far = ra::compare_halves(far, y);
    for (const auto variance : {ra::robust_variance::hc3, ra::robust_variance::cr2}) {
        const auto robust = ra::robust_slope_test(near, y, halves, {.variance = variance});
        const auto robust_far = ra::robust_slope_test(far, y, halves_far, {.variance = variance});
        CHECK(relative_error(robust_far.standard_error, robust.standard_error) < 1e-12);
        CHECK(relative_error(robust_far.degrees_of_freedom, robust.degrees_of_freedom) < 1e-12);
    }
    const ra::break_test_options options{.simulations = 99};
    CHECK(relative_error(ra::break_test(ra::seq, far, y, seed, options).f,
                         ra::break_test(ra::seq, near, y, seed, options).f) < 1e-11);
}

TEST_CASE("break test: the result is the same on any number of threads and for any order of models")
{
    const table_5 table;
    values x(table.x.rbegin(), table.x.rend()), y(table.y.rbegin(), table.y.rend());
    ra::detail::random_stream noise(9, 9);
    for (double& value : y) value += 8 * noise.unit();
    const auto alone = ra::break_test(ra::seq, x, y, seed);
    const auto threads = ra::break_test(ra::par.on(4).serial_below(0), x, y, seed);
    CHECK(alone.p_value == threads.p_value);
    CHECK(alone.p_value > 1.0 / 2000);
    CHECK(alone.p_value < 1);
    CHECK(alone.f == threads.f);
    std::swap(x[3], x[20]);
    std::swap(y[3], y[20]);
    CHECK(relative_error(ra::break_test(ra::seq, x, y, seed).f, alone.f) < 1e-9);
}

TEST_CASE("break test: the false alarm rate equals the level")
{
    int alarms = 0;
    constexpr int lines = 400;
    for (int line = 0; line < lines; ++line) {
        ra::detail::random_stream noise(77, static_cast<std::uint64_t>(line));
        values x, y;
        for (int i = 0; i < 24; ++i) {
            x.push_back(60 + i + noise.unit());
            double sum = -6;  // approximately normal
            for (int k = 0; k < 12; ++k) sum += noise.unit();
            y.push_back(0.8 * x.back() + sum);
        }
        alarms += ra::break_test(ra::seq, x, y, seed, {.simulations = 99}).p_value <= 0.05;
    }
    CHECK(alarms > lines * 2 / 100);
    CHECK(alarms < lines * 8 / 100);
}

TEST_CASE("break test: lines without noise are handled, invalid input throws")
{
    values x, straight, broken;
    for (int i = 0; i < 20; ++i) {
        x.push_back(i);
        straight.push_back(3 + 2 * i);
        broken.push_back(i < 11 ? 2 * i : 50 - i);
    }
    CHECK(ra::break_test(ra::seq, x, straight, seed).f == 0);
    CHECK(ra::break_test(ra::seq, x, straight, seed).p_value == 1);
    const auto two_lines = ra::break_test(ra::seq, x, broken, seed);
    CHECK(two_lines.f == std::numeric_limits<double>::infinity());
    CHECK(two_lines.split == 11);
    CHECK(two_lines.p_value == 1.0 / 2000);
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, values{1, 2, 3, 4, 5}, values{1, 2, 3, 4, 5}, seed),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, x, broken, seed, {.least_models = 2}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, x, broken, seed, {.simulations = 0}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, x, values{1}, seed), std::invalid_argument);
    broken[4] = std::nan("");
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, x, broken, seed), std::invalid_argument);
    // All models except the outermost have the same x.
    CHECK_THROWS_AS((void)ra::break_test(ra::seq, values{1, 2, 2, 2, 2, 3}, values{1, 2, 3, 4, 5, 6}, seed),
                    std::domain_error);
}

TEST_CASE("slope bootstrap: Table 5 gives the same result on any number of threads")
{
    const table_5 table;
    const ra::halves_result halves = ra::compare_halves(table.x, table.y);
    const auto result = ra::bootstrap_slope_difference(ra::seq, table.x, table.y, halves, seed);
    CHECK(result.value == halves.first.slope - halves.second.slope);
    CHECK(result.best().lower > 0.2);
    CHECK(result.best().upper < 0.6);
    CHECK(result.bca.has_value());
    CHECK(relative_error(result.standard_error, halves.slope_test->standard_error) < 1);
    const auto threads = ra::bootstrap_slope_difference(ra::par.on(3).serial_below(0), table.x, table.y, halves, seed);
    CHECK(threads.replicates == result.replicates);
    CHECK_THROWS_AS((void)ra::bootstrap_slope_difference(ra::seq, values{1, 2}, values{1, 2}, halves, seed),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)ra::bootstrap_slope_difference(ra::seq, table.x, table.y, halves, seed, {.replicates = 1}),
                    std::invalid_argument);
}

TEST_CASE("slope bootstrap: resamples with a single x are counted as having no slope")
{
    const values x{1, 2, 3, 4, 5, 6}, y{1, 3, 2, 4, 5, 7};
    const auto result = ra::bootstrap_slope_difference(ra::seq, x, y, ra::compare_halves(x, y), seed);
    // A fraction of 1/9 per half draws one model three times.
    CHECK(result.replicates_without_value > 300);
    CHECK(result.replicates_without_value < 560);
}
