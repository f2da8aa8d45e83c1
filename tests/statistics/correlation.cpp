// Tests of correlations, ranks, ranking agreement, first places and summary statistics.
#include "support/expected_figures.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/correlation.hpp>
#include <reassess/statistics/model_ranking.hpp>
#include <reassess/statistics/summary.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

TEST_CASE("correlation: Figure 5 is reproduced for the 24 models with public predictions")
{
    const auto& expected = test_support::expected_figures();
    values first, second_enough, third_enough, second, third;
    for (const auto& [name, model] : expected.at("models").items()) {
        const auto share = [](double hits, double total) { return hits / total; };
        const auto& hits = model.at("real_kth_prediction_hits");
        const auto& enough = model.at("real_kth_prediction_hits_where_at_least_k_labels");
        first.push_back(share(hits[0], 46837));
        second.push_back(share(hits[1], 46837));
        third.push_back(share(hits[2], 46837));
        second_enough.push_back(share(enough[1][0], enough[1][1]));
        third_enough.push_back(share(enough[2][0], enough[2][1]));
    }
    const auto& figure = expected.at("figure_5");
    const auto& where_enough = figure.at("correlation_where_at_least_k_labels");
    const auto& over_all = figure.at("correlation_over_all_judged_images");
    CHECK(relative_error(ra::pearson_correlation(first, second_enough).correlation, where_enough[0]) < 1e-12);
    CHECK(relative_error(ra::pearson_correlation(first, third_enough).correlation, where_enough[1]) < 1e-12);
    CHECK(relative_error(ra::pearson_correlation(first, second).correlation, over_all[0]) < 1e-12);
    CHECK(relative_error(ra::pearson_correlation(first, third).correlation, over_all[1]) < 1e-12);
}

TEST_CASE("correlation: intervals of Pearson's by Fisher's transformation, of rank correlations by effective pairs")
{
    // Anscombe's first set, The American Statistician 1973: r = 0.81642051634484.
    const values x{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    const values y{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    const ra::correlation_result pearson = ra::pearson_correlation(x, y);
    CHECK(relative_error(pearson.correlation, 0.81642051634484) < 1e-14);
    REQUIRE(pearson.bounds.has_value());
    const double margin = 1.959963984540054 / std::sqrt(8.0);
    CHECK(relative_error(pearson.bounds->lower, std::tanh(std::atanh(0.81642051634484) - margin)) < 1e-12);
    CHECK(relative_error(pearson.bounds->upper, std::tanh(std::atanh(0.81642051634484) + margin)) < 1e-12);
    CHECK(relative_error(ra::correlation_p_value(pearson.correlation, 11), 0.00216962887307879) < 1e-12);  // R's
    const ra::correlation_result spearman = ra::spearman_correlation(x, y);
    CHECK(relative_error(spearman.correlation, 0.8181818181818182) < 1e-14);
    const ra::correlation_result kendall = ra::kendall_tau_b(x, y);
    CHECK(relative_error(kendall.correlation, 35.0 / 55) < 1e-14);
    // The interval's formula with scipy's quantiles of the beta and t distributions.
    CHECK(relative_error(kendall.bounds->lower, 0.19472758796627299) < 1e-10);
    CHECK(relative_error(kendall.bounds->upper, 0.8961264907812366) < 1e-10);
    CHECK(relative_error(spearman.bounds->lower, 0.28865563234704644) < 1e-10);
    CHECK(relative_error(spearman.bounds->upper, 0.9853868973395811) < 1e-10);
}

TEST_CASE("correlation: intervals of rank correlations cover near 1, where Fisher's transformation fails")
{
    // {points, true correlation of a normal distribution, samples}. The intervals are conservative near 1.
    struct setting {
        std::size_t points;
        double correlation;
        int samples;
    };
    for (const setting& s : {setting{10, 0.9, 300},
                             {10, 0.99, 300},
                             {30, 0, 200},
                             {30, 0.9, 200},
                             {30, 0.99, 200},
                             {30, 0.999, 200},
                             {100, 0.9, 100},
                             {100, 0.999, 100}}) {
        const double true_tau = 2 / std::numbers::pi * std::asin(s.correlation);
        const double true_rho = 6 / std::numbers::pi * std::asin(s.correlation / 2);
        int kendall = 0, spearman = 0, samples = 0;
        for (int sample = 0; sample < s.samples; ++sample) {
            ra::detail::random_stream stream(s.points, static_cast<std::uint64_t>(sample));
            const auto normal = [&] { return ra::detail::normal_quantile(stream.unit()); };
            values x, y;
            for (std::size_t i = 0; i < s.points; ++i) {
                x.push_back(normal());
                y.push_back(s.correlation * x.back() + std::sqrt(1 - s.correlation * s.correlation) * normal());
            }
            const auto tau = ra::kendall_tau_b(x, y), rho = ra::spearman_correlation(x, y);
            if (!tau.bounds) continue;
            ++samples;
            kendall += tau.bounds->lower <= true_tau && true_tau <= tau.bounds->upper;
            spearman += rho.bounds->lower <= true_rho && true_rho <= rho.bounds->upper;
            CHECK(tau.bounds->lower < tau.correlation);
            CHECK(tau.correlation < tau.bounds->upper);
            CHECK(rho.bounds->lower <= rho.correlation);
            CHECK(rho.correlation <= rho.bounds->upper);
        }
        CAPTURE(s.points);
        CAPTURE(s.correlation);
        CAPTURE(kendall);
        CAPTURE(spearman);
        CAPTURE(samples);
        const double least = samples * (0.95 - 3 * std::sqrt(0.05 * 0.95 / samples));
        CHECK(samples > s.samples / 2);
        CHECK(kendall >= least);
        CHECK(spearman >= least);
    }
}

TEST_CASE("correlation: tied values get the mean of their ranks")
{
    CHECK(ra::average_ranks(values{10, 20, 20, 5, 20}) == values{2, 4, 4, 1, 4});
    CHECK(ra::average_ranks(values{}).empty());
    const values x{1, 2, 2, 3}, y{1, 3, 2, 3};
    const ra::pair_orders pairs = ra::count_pair_orders(x, y);
    CHECK(pairs.concordant == 4);
    CHECK(pairs.discordant == 0);
    CHECK(pairs.tied_x == 1);
    CHECK(pairs.tied_y == 1);
    CHECK(pairs.tied_both == 0);
    CHECK(relative_error(ra::kendall_tau_b(x, y).correlation, 4.0 / 5) < 1e-15);
    // Ranks 1, 2.5, 2.5, 4 and 1, 3.5, 2, 3.5: 3.75 / 4.5.
    CHECK(relative_error(ra::spearman_correlation(x, y).correlation, 3.75 / 4.5) < 1e-14);
}

TEST_CASE("correlation: exact lines give exactly 1 and have no interval")
{
    const values x{0.1, 0.2, 0.3, 0.7, 0.9}, up{1, 2, 4, 8, 16};
    CHECK(ra::pearson_correlation(x, x).correlation == 1);
    CHECK_FALSE(ra::pearson_correlation(x, x).bounds.has_value());
    CHECK(ra::spearman_correlation(x, up).correlation == 1);
    CHECK(ra::kendall_tau_b(x, up).correlation == 1);
    values down(up.rbegin(), up.rend());
    CHECK(ra::spearman_correlation(x, down).correlation == -1);
    CHECK(ra::kendall_tau_b(x, down).correlation == -1);
    CHECK(ra::correlation_p_value(1, 5) == 0);
    CHECK_FALSE(ra::pearson_correlation(values{1, 2, 3}, values{1, 3, 2}).bounds.has_value());
    values tiny, falling;  // SciPy's test of linregress: never below -1
    for (int i = 0; i < 1000; ++i) {
        tiny.push_back(1e-71 * (1 + i / 999.0));
        falling.push_back(2 - i / 999.0);
    }
    CHECK(ra::pearson_correlation(tiny, falling).correlation >= -1);
    CHECK(ra::pearson_correlation(tiny, falling).correlation < -1 + 1e-15);
    // 1e9 + {0, 1, 2}: an offset does not reduce the precision.
    CHECK(relative_error(ra::pearson_correlation(values{1e9, 1e9 + 1, 1e9 + 2}, values{1, 2, 4}).correlation,
                         0.98198050606196571570) < 1e-15);
}

TEST_CASE("correlation: too few points, equal values and NaN throw")
{
    const values x{1, 2, 3}, flat{2, 2, 2};
    for (const auto f : {ra::pearson_correlation, ra::spearman_correlation, ra::kendall_tau_b}) {
        const ra::confidence_level level{0.95};
        CHECK_THROWS_AS((void)f(x, flat, level), std::domain_error);
        CHECK_THROWS_AS((void)f(flat, x, level), std::domain_error);
        CHECK_THROWS_AS((void)f(x, values{1, 2}, level), std::invalid_argument);
        CHECK_THROWS_AS((void)f(values{1}, values{1}, level), std::invalid_argument);
        CHECK_THROWS_AS((void)f(x, values{1, std::nan(""), 2}, level), std::invalid_argument);
    }
    CHECK_THROWS_AS((void)ra::correlation_p_value(1.1, 9), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::correlation_p_value(std::nan(""), 9), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::correlation_p_value(0.5, 2), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::average_ranks(values{std::nan("")}), std::invalid_argument);
}

TEST_CASE("ranking agreement: the models that change places are reported")
{
    const auto result = ra::ranking_agreement(values{70, 75, 80, 85}, values{80, 84, 83, 90});
    CHECK(result.pairs.concordant == 5);
    CHECK(result.pairs.discordant == 1);
    CHECK(result.places_gained == values{0, 1, -1, 0});
    CHECK(relative_error(result.kendall.correlation, 4.0 / 6) < 1e-15);
    CHECK(relative_error(result.spearman.correlation, 0.8) < 1e-14);
    // The same as the single functions, with ties.
    ra::detail::random_stream stream(5, 5);
    values x, y;
    for (int i = 0; i < 40; ++i) {
        x.push_back(static_cast<double>(stream.below(12)));
        y.push_back(x.back() + static_cast<double>(stream.below(6)));
    }
    const auto together = ra::ranking_agreement(x, y);
    CHECK(together.spearman.correlation == ra::spearman_correlation(x, y).correlation);
    CHECK(together.spearman.bounds == ra::spearman_correlation(x, y).bounds);
    CHECK(together.kendall.bounds == ra::kendall_tau_b(x, y).bounds);
    const ra::pair_orders pairs = ra::count_pair_orders(x, y);
    CHECK(together.pairs.concordant == pairs.concordant);
    CHECK(together.pairs.discordant == pairs.discordant);
    CHECK(together.pairs.tied_x == pairs.tied_x);
    CHECK(together.pairs.tied_y == pairs.tied_y);
    CHECK(together.pairs.tied_both == pairs.tied_both);
    // The jackknife by leaving out each point.
    double mean = 0, squares = 0;
    values left_out;
    for (std::size_t skipped = 0; skipped < x.size(); ++skipped) {
        values a = x, b = y;
        a.erase(a.begin() + static_cast<std::ptrdiff_t>(skipped));
        b.erase(b.begin() + static_cast<std::ptrdiff_t>(skipped));
        left_out.push_back(ra::kendall_tau_b(a, b).correlation);
        mean += left_out.back() / 40;
    }
    for (const double tau : left_out) squares += (tau - mean) * (tau - mean);
    CHECK(relative_error(ra::detail::jackknife_variance_of_tau(ra::detail::orders_by_point(x, y)), squares * 39 / 40) <
          1e-10);
}

TEST_CASE("first places: shares of resamples, the same on any number of threads")
{
    ra::detail::random_stream stream(3, 3);
    values hits;
    for (int image = 0; image < 1000; ++image) {
        for (const double accuracy : {0.5, 0.8, 0.795, 0.9}) hits.push_back(stream.unit() < accuracy ? 1 : 0);
    }
    const ra::image_values_view view(hits, 4);
    CHECK(ra::first_place_shares(ra::seq, view, ra::random_seed{1}, 499) == values{0, 0, 0, 1});
    // Without the best model the two close ones share the first place.
    values close;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (i % 4 != 3) close.push_back(hits[i]);
    }
    const ra::image_values_view three(close, 3);
    const values shares = ra::first_place_shares(ra::seq, three, ra::random_seed{1}, 499);
    CHECK(shares[0] == 0);
    CHECK(shares[1] > 0.05);
    CHECK(shares[2] > 0.05);
    CHECK(shares[1] + shares[2] >= 1);
    CHECK(shares[1] + shares[2] < 1.1);
    CHECK(ra::first_place_shares(ra::par.on(2).serial_below(0), three, ra::random_seed{1}, 499) == shares);
    const values same{1, 1, 0, 0};
    CHECK(ra::first_place_shares(ra::seq, ra::image_values_view(same, 2), ra::random_seed{1}) == values{1, 1});
    CHECK_THROWS_AS((void)ra::first_place_shares(ra::seq, ra::image_values_view(values{}, 2), ra::random_seed{1}),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)ra::first_place_shares(ra::seq, three, ra::random_seed{1}, 1), std::invalid_argument);
}

TEST_CASE("summary of values: NIST NumAcc1 and similar sets are reproduced")
{
    const ra::value_summary numacc1 = ra::summarise_values(values{10000001, 10000003, 10000002});
    CHECK(numacc1.mean == 10000002);
    CHECK(numacc1.standard_deviation.value() == 1);
    CHECK(numacc1.lag_1_autocorrelation.value() == -0.5);
    values numacc3{1000000.2};
    for (int i = 0; i < 500; ++i) {
        numacc3.push_back(1000000.1);
        numacc3.push_back(1000000.3);
    }
    const ra::value_summary third = ra::summarise_values(numacc3);
    CHECK(relative_error(third.mean, 1000000.2) < 1e-15);
    // 0.1 for exact decimals; the expected values are exact for the decimals rounded to double.
    CHECK(relative_error(third.standard_deviation.value(), 0.1) < 1e-9);
    CHECK(relative_error(third.lag_1_autocorrelation.value(), -0.999) < 1e-9);
    CHECK_FALSE(ra::summarise_values(values{3}).standard_deviation.has_value());
    CHECK_FALSE(ra::summarise_values(values{3, 3}).lag_1_autocorrelation.has_value());
    CHECK(ra::summarise_values(values{3, 3}).standard_deviation.value() == 0);
    CHECK_THROWS_WITH_AS((void)ra::summarise_values(values{1.7e308, -1.7e308}),
                         "summary: the standard deviation is too large for a double", std::domain_error);
    CHECK_THROWS_AS((void)ra::summarise_values(values{}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::summarise_values(values{1, std::numeric_limits<double>::infinity()}),
                    std::invalid_argument);
}
