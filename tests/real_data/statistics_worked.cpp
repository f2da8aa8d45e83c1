// Worked examples with exact values, and the exact simple regressions of the NIST sets.
#include "statistics/csv_columns.hpp"
#include "support/expected_figures.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/line_inference.hpp>
#include <reassess/statistics/linear_regression.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/multiple_testing.hpp>
#include <reassess/statistics/origin_regression.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/slope_test.hpp>
#include <reassess/statistics/summary.hpp>
#include <reassess/statistics/two_proportions.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ra = reassess;
using nlohmann::json;
using test_support::read_json;
using test_support::relative_error;

namespace {

// Exact values are written as strings, so that no digit is lost.
double number(const json& exact)
{
    return exact.is_string() ? std::stod(exact.get<std::string>()) : exact.get<double>();
}

/// One unit of the last digit that a printed number shows.
double last_digit(const json& printed)
{
    const std::string text = printed.dump();
    const std::size_t point = text.find('.'), exponent = text.find('e');
    const int digits = point == std::string::npos ? 0 : static_cast<int>(std::min(exponent, text.size()) - point - 1);
    return std::pow(10.0, (exponent == std::string::npos ? 0 : std::stoi(text.substr(exponent + 1))) - digits);
}

/// Whether a number rounds to the printed one, which a program of the time may have got wrong in its last bits.
bool rounds_to(double number, const json& printed)
{
    return std::abs(number - printed.get<double>()) <= 0.5001 * last_digit(printed) + 1e-12;
}

/// The interval of that name; nothing for those that the library leaves out.
std::optional<ra::interval> published_method(const std::string& name, ra::proportion p, ra::confidence_level level)
{
    if (name == "wilson") return ra::wilson_interval(p, level);
    if (name == "wilson_cc") return ra::wilson_interval_with_continuity_correction(p, level);
    if (name == "clopper_pearson") return ra::clopper_pearson_interval(p, level);
    if (name == "mid_p") return ra::mid_p_interval(p, level);
    if (name == "jeffreys") return ra::jeffreys_interval(p, level);
    if (name == "agresti_coull") return ra::agresti_coull_interval(p, level);
    return std::nullopt;
}

void check_fit(const ra::linear_fit& fit, const json& exact)
{
    CHECK(fit.points == exact.at("n").get<std::size_t>());
    CHECK(relative_error(fit.slope, number(exact.at("slope"))) < 1e-12);
    CHECK(relative_error(fit.intercept, number(exact.at("intercept"))) < 1e-12);
    CHECK(relative_error(fit.slope_standard_error.value(), number(exact.at("se_slope"))) < 1e-12);
    CHECK(relative_error(fit.intercept_standard_error.value(), number(exact.at("se_intercept"))) < 1e-12);
    CHECK(relative_error(fit.residual_standard_deviation.value(), number(exact.at("residual_sd"))) < 1e-12);
    CHECK(relative_error(fit.r_squared.value(), number(exact.at("r_squared"))) < 1e-12);
    if (!exact.contains("F")) return;
    CHECK(relative_error(fit.x_mean, number(exact.at("x_mean"))) < 1e-15);
    CHECK(relative_error(fit.x_sum_of_squares, number(exact.at("sxx"))) < 1e-14);
    const double t = ra::slope_inference(fit).statistic, f = ra::regression_f(fit).value();
    if (exact.at("F").is_null()) {  // the points are on a line
        CHECK(t == std::numeric_limits<double>::infinity());
        CHECK(f == t);
    } else {
        CHECK(relative_error(t, number(exact.at("t_slope"))) < 1e-12);
        CHECK(relative_error(f, number(exact.at("F"))) < 1e-12);
    }
}

/// The names of a folder's files.
std::set<std::string> files_of(const std::filesystem::path& folder)
{
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder)) names.insert(file.path().filename().string());
    return names;
}

}  // namespace

TEST_CASE("worked examples: every file on disk is one that a test below reads")
{
    NEEDS_REAL_DATA(data);
    std::set<std::string> worked{"mcnemar.json", "multiple_testing.json", "proportion_intervals.json", "slopes.json",
                                 "two_proportions.json"};
    const json slopes = read_json(data / "worked" / "slopes.json");
    for (const json& example : slopes.at("cases")) {
        if (example.contains("data")) worked.insert(example.at("data").begin(), example.at("data").end());
    }
    CHECK(files_of(data / "worked") == worked);

    std::set<std::string> nist{"simple_regression_exact.json", "univariate_certified.json"};
    for (const std::string& listed : std::set<std::string>(nist)) {
        const json list = read_json(data / "nist-strd" / listed);
        for (const auto& set : list.at("sets").items()) nist.insert(set.key().substr(0, set.key().find('.')) + ".csv");
    }
    CHECK(files_of(data / "nist-strd") == nist);
    CHECK(nist.size() == 2 + 9 + 8);
}

TEST_CASE("bad values: every case about statistics has a test, which this table names")
{
    NEEDS_REAL_DATA(data);
    // By the number of the case in values.json.
    const std::map<std::string, std::string> test_of{
        {"V32", "intervals of a proportion: 0 of 0, more hits than total and too large totals throw"},
        {"V33", "intervals of a proportion: 0 of 0, more hits than total and too large totals throw"},
        {"V34", "intervals of a proportion: ends are exactly 0 without hits and exactly 1 without misses"},
        {"V35", "confidence level: values outside (0, 1) throw"},
        {"V36", "intervals of a proportion: every worked example, also at confidence 0.99999"},
        {"V37", "intervals of a proportion: 0 of 0, more hits than total and too large totals throw"},
        {"V38", "intervals of a proportion: Agresti-Coull flags clipped ends"},
        {"V39", "bootstrap: no images, too few replicates and NaN values throw"},
        {"V40", "bootstrap: without spread both ends are the value, and BCa is absent"},
        {"V41", "bootstrap: results have the same bits on any number of threads, and differ for another seed"},
        {"V42", "McNemar: no discordant pairs, and equal discordant counts, give p-values of 1"},
        {"V43", "McNemar: no discordant pairs, and equal discordant counts, give p-values of 1"},
        {"V44", "McNemar: p-values are accurate for many images"},
        {"V45", "McNemar: p-values are accurate for many images"},
        {"V46", "McNemar: nothing overflows at 4e9 discordant images, nor at 2^53"},
        {"V47", "linear regression: too few points, equal x, NaN and infinity throw"},
        {"V48", "linear regression: results that two points or a constant y do not determine are absent"},
        {"V49", "linear regression: too few points, equal x, NaN and infinity throw"},
        {"V50", "linear regression: results that two points or a constant y do not determine are absent"},
        {"V51", "linear regression: a line without noise has residuals of exactly 0"},
        {"V52", "linear regression: too few points, equal x, NaN and infinity throw"},
        {"V53", "linear regression: a small scale does not reduce the precision"},
        {"V54", "linear regression: a large offset does not reduce the precision"},
        {"V55", "linear regression: too few points, equal x, NaN and infinity throw"},
        {"V56", "slope test: two lines without noise have an infinite z, or throw if their slopes are equal"},
        {"V57", "slope test: two lines without noise have an infinite z, or throw if their slopes are equal"},
        {"V58", "slope test: undefined tests throw with the reason"},
        {"V59", "slope test: log10 p is finite where p underflows to 0"},
        {"V60", "compare halves: Table 5 of the paper is reproduced, with its tie at 85.40 and its reference point"},
        {"V75", "correction of p-values: NaN and values outside [0, 1] throw"},
        {"V76", "correction of p-values: input order is kept, and equal p-values stay equal"},
    };
    std::string tests;
    for (const char* folder : {"../statistics", "../real_data"}) {
        for (const auto& file :
             std::filesystem::directory_iterator(std::filesystem::path(REASSESS_TEST_REFERENCE_DIR) / folder)) {
            std::ifstream stream(file.path());
            tests.append(std::istreambuf_iterator<char>(stream), {});
        }
    }
    const std::set<std::string> areas{"interval", "bootstrap", "mcnemar", "OLS", "slope Z", "adjust"};
    std::size_t cases = 0;
    for (const json& bad : read_json(data / "bad-inputs" / "values.json")) {
        if (!areas.contains(bad.at("area").get<std::string>())) continue;
        ++cases;
        CAPTURE(bad.at("input").get<std::string>());
        const std::string id = bad.at("id").get<std::string>();
        REQUIRE_MESSAGE(test_of.contains(id), "no test is named for ", id);
        CHECK_MESSAGE(tests.find("(\"" + test_of.at(id)) != std::string::npos, "no test is called ", test_of.at(id));
    }
    CHECK(cases == test_of.size());
}

TEST_CASE("intervals of a proportion: every worked example, also at confidence 0.99999")
{
    NEEDS_REAL_DATA(data);
    const json worked = read_json(data / "worked" / "proportion_intervals.json");
    int examples = 0, published = 0;
    for (const char* part : {"cases", "large_n"}) {
        for (const json& example : worked.at(part)) {
            const ra::proportion p{example.at("x").get<std::uint64_t>(), example.at("n").get<std::uint64_t>()};
            const double level = example.at("confidence").get<double>();
            CAPTURE(p.hits);
            CAPTURE(p.total);
            CAPTURE(level);
            const double tolerance = level <= 0.999 ? 1e-14 : 1e-11;
            ++examples;
            const json& exact = example.at("exact");
            const ra::interval wilson = ra::wilson_interval(p, ra::confidence_level{level});
            CHECK(relative_error(wilson.lower, number(exact.at("wilson")[0])) < tolerance);
            CHECK(relative_error(wilson.upper, number(exact.at("wilson")[1])) < tolerance);
            const ra::interval clopper_pearson = ra::clopper_pearson_interval(p, ra::confidence_level{level});
            CHECK(relative_error(clopper_pearson.lower, number(exact.at("clopper_pearson")[0])) < tolerance);
            CHECK(relative_error(clopper_pearson.upper, number(exact.at("clopper_pearson")[1])) < tolerance);
            const auto check = [&](const ra::interval& ends, const char* name, double most) {
                CAPTURE(name);
                CHECK(relative_error(ends.lower, std::max(0.0, number(exact.at(name)[0]))) < most);
                CHECK(relative_error(ends.upper, std::min(1.0, number(exact.at(name)[1]))) < most);
            };
            const ra::confidence_level confidence{level};
            check(ra::wilson_interval_with_continuity_correction(p, confidence), "wilson_cc", tolerance);
            check(ra::mid_p_interval(p, confidence), "mid_p", tolerance);
            const ra::clipped_interval agresti_coull = ra::agresti_coull_interval(p, confidence);
            check(agresti_coull, "agresti_coull_unclipped", tolerance);
            CHECK(agresti_coull.lower_clipped == (number(exact.at("agresti_coull_unclipped")[0]) < 0));
            CHECK(agresti_coull.upper_clipped == (number(exact.at("agresti_coull_unclipped")[1]) > 1));
            if (exact.contains("jeffreys_equal_tailed_raw")) {
                // Ours are 0 without hits and 1 without misses, as Brown, Cai and DasGupta set them.
                const ra::interval ours = ra::jeffreys_interval(p, confidence);
                const json& raw = exact.at("jeffreys_equal_tailed_raw");
                CHECK(relative_error(ours.lower, p.hits == 0 ? 0 : number(raw[0])) < tolerance);
                CHECK(relative_error(ours.upper, p.hits == p.total ? 1 : number(raw[1])) < tolerance);
            }
            if (!example.contains("published")) continue;
            for (const auto& item : example.at("published").items()) {
                const std::string& name = item.key();
                const json& printed = item.value();
                CAPTURE(name);
                const auto ends = published_method(name, p, confidence);
                if (!ends) continue;
                // As printed: half a unit of the last digit. Two mid-p intervals were published
                // from a search that stopped early.
                const bool coarse = name == "mid_p" && (p.total == 43 || p.total == 19);
                const auto unit = [&](const json& digits) {
                    return coarse ? 1e-4 : std::max(last_digit(digits), 4e-15);
                };
                CHECK(std::abs(ends->lower - std::max(0.0, printed[0].get<double>())) <= 0.5001 * unit(printed[0]));
                CHECK(std::abs(ends->upper - std::min(1.0, printed[1].get<double>())) <= 0.5001 * unit(printed[1]));
                ++published;
            }
        }
    }
    CHECK(examples == 49 + 9);
    CHECK(published == 113);
}

TEST_CASE("difference of two proportions: every worked example")
{
    NEEDS_REAL_DATA(data);
    const json worked = read_json(data / "worked" / "two_proportions.json");
    CHECK(worked.at("two_independent").size() == 9);
    CHECK(worked.at("paired_method_10").at("cases").size() == 3);
    for (const json& example : worked.at("two_independent")) {
        const ra::proportion first{example.at("x1").get<std::uint64_t>(), example.at("n1").get<std::uint64_t>()};
        const ra::proportion second{example.at("x2").get<std::uint64_t>(), example.at("n2").get<std::uint64_t>()};
        CAPTURE(first.hits);
        CAPTURE(second.hits);
        const json& exact = example.at("exact");
        const ra::interval ends = ra::difference_interval(first, second);
        // What is near 0 is the difference of numbers that are not.
        CHECK(std::abs(ends.lower - number(exact.at("newcombe_hybrid_score")[0])) < 1e-14);
        CHECK(std::abs(ends.upper - number(exact.at("newcombe_hybrid_score")[1])) < 1e-14);
        if (example.at("published").contains("newcombe_hybrid_score")) {
            const json& printed = example.at("published").at("newcombe_hybrid_score");
            const double unit = std::min(last_digit(printed[0]), last_digit(printed[1]));
            CHECK(std::abs(ends.lower - printed[0].get<double>()) <= 0.5001 * unit);
            CHECK(std::abs(ends.upper - printed[1].get<double>()) <= 0.5001 * unit);
        }
        const auto pooled = ra::two_proportion_z_test(first, second);
        CHECK(relative_error(pooled.difference, number(exact.at("difference"))) < 1e-15);
        CHECK(relative_error(pooled.z, number(exact.at("z_pooled"))) < 1e-14);
        CHECK(relative_error(pooled.p_value, number(exact.at("p_pooled"))) < 1e-12);
        const json& published = example.at("published");
        if (published.contains("z_pooled")) CHECK(rounds_to(pooled.z, published.at("z_pooled")));
        if (published.contains("p_pooled")) CHECK(rounds_to(pooled.p_value, published.at("p_pooled")));
        if (!exact.contains("z_unpooled")) continue;
        const auto unpooled = ra::two_proportion_z_test(first, second, ra::difference_variance::unpooled);
        CHECK(relative_error(unpooled.z, number(exact.at("z_unpooled"))) < 1e-14);
        CHECK(relative_error(unpooled.p_value, number(exact.at("p_unpooled"))) < 1e-12);
        if (published.contains("z_unpooled")) CHECK(rounds_to(unpooled.z, published.at("z_unpooled")));
        if (published.contains("p_unpooled")) CHECK(rounds_to(unpooled.p_value, published.at("p_unpooled")));
    }
    for (const json& example : worked.at("paired_method_10").at("cases")) {
        const auto cells = example.at("table_e_f_g_h").get<std::vector<std::uint64_t>>();
        const ra::interval ends = ra::paired_difference_interval({cells[0], cells[1], cells[2], cells[3]});
        CHECK(std::abs(ends.lower - number(example.at("exact")[0])) < 1e-14);
        CHECK(std::abs(ends.upper - number(example.at("exact")[1])) < 1e-14);
        CHECK(std::abs(ends.lower - example.at("published_method_10")[0].get<double>()) <= 0.5001e-4);
        CHECK(std::abs(ends.upper - example.at("published_method_10")[1].get<double>()) <= 0.5001e-4);
    }
}

TEST_CASE("McNemar: every worked example")
{
    NEEDS_REAL_DATA(data);
    const json worked = read_json(data / "worked" / "mcnemar.json");
    CHECK(worked.at("tables").size() == 9);
    for (const json& example : worked.at("tables")) {
        CAPTURE(example.at("name").get<std::string>());
        const auto& table = example.at("table");
        const ra::mcnemar_result result =
            ra::mcnemar_test({table[0][0].get<std::uint64_t>(), table[0][1].get<std::uint64_t>(),
                              table[1][0].get<std::uint64_t>(), table[1][1].get<std::uint64_t>()});
        CHECK(result.first_only == example.at("b").get<std::uint64_t>());
        CHECK(result.second_only == example.at("c").get<std::uint64_t>());
        const json& exact = example.at("exact");
        CHECK(relative_error(result.exact.p_value, number(exact.at("exact_p"))) < 1e-13);
        CHECK(result.no_discordant_pairs == exact.at("chi2").is_null());
        if (result.no_discordant_pairs) continue;
        CHECK(relative_error(result.exact.mid_p_value, number(exact.at("mid_p"))) < 1e-13);
        CHECK(relative_error(result.uncorrected.chi_squared, number(exact.at("chi2"))) < 1e-15);
        CHECK(relative_error(result.uncorrected.p_value, number(exact.at("chi2_p"))) < 1e-13);
        CHECK(relative_error(result.corrected.chi_squared, number(exact.at("chi2_cc"))) < 1e-15);
        CHECK(relative_error(result.corrected.p_value, number(exact.at("chi2_cc_p"))) < 1e-13);
        for (const auto& item : example.at("published").items()) {
            const std::string& name = item.key();
            const json& printed = item.value();
            CAPTURE(name);
            const double ours = name == "exact_p"     ? result.exact.p_value
                                : name == "mid_p"     ? result.exact.mid_p_value
                                : name == "chi2"      ? result.uncorrected.chi_squared
                                : name == "chi2_p"    ? result.uncorrected.p_value
                                : name == "chi2_cc"   ? result.corrected.chi_squared
                                : name == "chi2_cc_p" ? result.corrected.p_value
                                : name == "z"         ? -std::sqrt(result.uncorrected.chi_squared)
                                                      : std::sqrt(result.corrected.chi_squared);
            CHECK(rounds_to(ours, printed));
        }
    }
}

TEST_CASE("correction of p-values: every worked example")
{
    NEEDS_REAL_DATA(data);
    const std::map<std::string, ra::correction> methods{{"bonferroni", ra::correction::bonferroni},
                                                        {"holm", ra::correction::holm},
                                                        {"hochberg", ra::correction::hochberg},
                                                        {"bh", ra::correction::benjamini_hochberg},
                                                        {"by", ra::correction::benjamini_yekutieli}};
    int published = 0;
    for (const json& example : read_json(data / "worked" / "multiple_testing.json")) {
        CAPTURE(example.at("name").get<std::string>());
        const auto p_values = example.at("p").get<std::vector<double>>();
        for (const auto& entry : methods) {
            const auto& name = entry.first;
            const auto& method = entry.second;
            CAPTURE(name);
            const std::vector<double> adjusted = ra::adjust_p_values(p_values, method);
            for (std::size_t i = 0; i < p_values.size(); ++i)
                CHECK(relative_error(adjusted[i], number(example.at("exact").at(name)[i])) < 1e-14);
            std::vector<double> sorted = adjusted;
            std::sort(sorted.begin(), sorted.end());
            for (const auto& [key, printed] : example.at("published").items()) {
                if (key == name + "_rejected_at_0_05") {
                    CHECK(std::upper_bound(sorted.begin(), sorted.end(), 0.05) - sorted.begin() == printed);
                } else if (key == name || key == "sorted_p_" + name || key == name + "_adjusted_first5") {
                    const auto& ours = key == "sorted_p_" + name ? sorted : adjusted;
                    for (std::size_t i = 0; i < printed.size(); ++i) CHECK(rounds_to(ours[i], printed[i]));
                } else {
                    continue;
                }
                ++published;
            }
        }
    }
    CHECK(published == 10);
}

TEST_CASE("linear regression: the NIST sets against exact values of the numbers as read")
{
    NEEDS_REAL_DATA(data);
    const json exact = read_json(data / "nist-strd" / "simple_regression_exact.json");
    int sets = 0;
    for (const auto& set : exact.at("sets").items()) {
        const std::string name = set.key();
        if (name.ends_with(".noint")) continue;  // a line through the origin is another model
        CAPTURE(name);
        const auto columns = test_support::csv_columns(data / "nist-strd" / (name.substr(0, name.find('.')) + ".csv"));
        check_fit(ra::linear_regression(test_support::numbers(columns.at("x")), test_support::numbers(columns.at("y"))),
                  set.value().at("double"));
        ++sets;
    }
    CHECK(sets == 9);
}

TEST_CASE("origin regression: NoInt1 and NoInt2 against exact values of the numbers as read")
{
    NEEDS_REAL_DATA(data);
    const json exact = read_json(data / "nist-strd" / "simple_regression_exact.json");
    for (const char* name : {"NoInt1", "NoInt2"}) {
        CAPTURE(name);
        const auto columns = test_support::csv_columns(data / "nist-strd" / (std::string(name) + ".csv"));
        const ra::origin_fit fit =
            ra::origin_regression(test_support::numbers(columns.at("x")), test_support::numbers(columns.at("y")));
        const json& wanted = exact.at("sets").at(std::string(name) + ".x.noint").at("double");
        CHECK(relative_error(fit.slope, number(wanted.at("slope"))) < 1e-14);
        CHECK(relative_error(fit.slope_standard_error.value(), number(wanted.at("se_slope"))) < 1e-14);
        CHECK(relative_error(fit.residual_standard_deviation.value(), number(wanted.at("residual_sd"))) < 1e-14);
        CHECK(relative_error(fit.r_squared.value(), number(wanted.at("r_squared"))) < 1e-14);
        const double t = ra::slope_inference(fit).statistic;
        CHECK(relative_error(t * t, number(wanted.at("F"))) < 1e-13);
    }
}

TEST_CASE("summary of values: the NIST univariate sets")
{
    NEEDS_REAL_DATA(data);
    const json certified = read_json(data / "nist-strd" / "univariate_certified.json");
    CHECK(certified.at("sets").size() == 8);
    for (const auto& item : certified.at("sets").items()) {
        const std::string& name = item.key();
        const json& set = item.value();
        CAPTURE(name);
        const auto columns = test_support::csv_columns(data / "nist-strd" / (name + ".csv"));
        const ra::value_summary summary = ra::summarise_values(test_support::numbers(columns.begin()->second));
        CHECK(summary.count == set.at("n").get<std::size_t>());
        const json& exact = set.at("exact_of_double_rounded_data");
        CHECK(relative_error(summary.mean, number(exact.at("mean"))) < 1e-15);
        CHECK(relative_error(summary.standard_deviation.value(), number(exact.at("sd_n_minus_1"))) < 1e-15);
        CHECK(relative_error(summary.lag_1_autocorrelation.value(), number(exact.at("lag1"))) < 1e-15);
    }
}

TEST_CASE("slopes: every worked example")
{
    NEEDS_REAL_DATA(data);
    const json worked = read_json(data / "worked" / "slopes.json");
    int fits = 0, tests = 0;
    for (const json& example : worked.at("cases")) {
        CAPTURE(example.at("name").get<std::string>());
        const json& exact = example.at("exact");
        ra::linear_fit first, second;
        if (example.contains("x")) {
            const ra::linear_fit fit = ra::linear_regression(example.at("x").get<std::vector<double>>(),
                                                             example.at("y").get<std::vector<double>>());
            check_fit(fit, exact);
            const std::map<std::string, double> ours{{"slope", fit.slope},
                                                     {"intercept", fit.intercept},
                                                     {"se_slope", fit.slope_standard_error.value()},
                                                     {"se_intercept", fit.intercept_standard_error.value()},
                                                     {"r_squared", fit.r_squared.value()},
                                                     {"r", std::sqrt(fit.r_squared.value())},
                                                     {"p", ra::slope_inference(fit).p_value},
                                                     {"p_slope", ra::slope_inference(fit).p_value}};
            for (const auto& item : example.at("published").items()) {
                const std::string& name = item.key();
                CAPTURE(name);
                CHECK(rounds_to(ours.at(name), item.value()));
            }
            ++fits;
            continue;
        }
        if (example.contains("data")) {
            const auto fit = [&](std::size_t i) {
                const auto table =
                    test_support::csv_columns(data / "worked" / example.at("data")[i].get<std::string>());
                return ra::linear_regression(test_support::numbers(table.at("cigarettes_per_day")),
                                             test_support::numbers(table.at("life_expectancy")));
            };
            first = fit(0);
            second = fit(1);
            check_fit(first, exact.at("men"));
            check_fit(second, exact.at("women"));
            fits += 2;
        } else {
            first.slope = example.at("b")[0].get<double>();
            second.slope = example.at("b")[1].get<double>();
            const json& errors = example.at("se");
            const bool as_numbers = errors[0].is_number();
            if (!as_numbers) REQUIRE(errors[0] == "(0.61492+0.36804)/3.92");
            first.slope_standard_error = as_numbers ? errors[0].get<double>() : (0.61492 + 0.36804) / 3.92;
            second.slope_standard_error = as_numbers ? errors[1].get<double>() : (0.883344 + 0.16313) / 3.92;
        }
        const ra::slope_test_result result = ra::slope_test(first, second);
        CHECK(relative_error(result.z, number(exact.at("z"))) < 1e-12);
        CHECK(relative_error(result.p_value, number(exact.at("p_normal"))) < 1e-12);
        const json& published = example.at("published");
        if (published.contains("slopes")) {
            for (std::size_t i = 0; i < 2; ++i) {
                const ra::linear_fit& fit = i == 0 ? first : second;
                CHECK(rounds_to(fit.slope, published.at("slopes")[i]));
                CHECK(rounds_to(fit.slope_standard_error.value(), published.at("se")[i]));
            }
            CHECK(rounds_to(first.residual_standard_deviation.value(), published.at("syx_men")));
            CHECK(rounds_to(-std::sqrt(first.r_squared.value()), published.at("r_men")));
        }
        if (exact.contains("p_t_df27")) {
            const auto by_t = ra::slope_t_test(first, second, {.degrees = ra::slope_degrees::residual});
            CHECK(by_t.degrees_of_freedom == 27);
            CHECK(relative_error(by_t.p_value, number(exact.at("p_t_df27"))) < 1e-12);
        }
        if (published.contains("z")) CHECK(rounds_to(result.z, published.at("z")));
        if (published.contains("t")) CHECK(rounds_to(result.z, published.at("t")));
        if (published.contains("p")) CHECK(rounds_to(result.p_value, published.at("p")));
        if (exact.contains("se_difference")) {
            CHECK(relative_error(result.standard_error, number(exact.at("se_difference"))) < 1e-12);
        }
        ++tests;
    }
    CHECK(fits == 5);
    CHECK(tests == 3);
}
