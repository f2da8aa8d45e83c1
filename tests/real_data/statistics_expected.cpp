// Fig. 4 on three tables of models, against figures that an independent program computed.
#include "statistics/csv_columns.hpp"
#include "support/expected_figures.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/statistics/compare_halves.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using nlohmann::json;
using test_support::expected_figures;
using test_support::relative_error;

namespace {

void check_fit(const ra::linear_fit& fit, const json& expected)
{
    CHECK(relative_error(fit.slope, expected.at("slope").get<double>()) < 1e-12);
    CHECK(relative_error(fit.slope_standard_error.value(), expected.at("slope_standard_error").get<double>()) < 1e-12);
    CHECK(relative_error(fit.intercept, expected.at("intercept").get<double>()) < 1e-12);
    CHECK(relative_error(fit.intercept_standard_error.value(), expected.at("intercept_standard_error").get<double>()) <
          1e-12);
    CHECK(relative_error(fit.r_squared.value(), expected.at("r_squared").get<double>()) < 1e-12);
}

void check_halves(const ra::halves_result& result, const json& expected)
{
    CHECK(result.order.size() == expected.at("models").get<std::size_t>());
    CHECK(result.first.points == expected.at("first_half").get<std::size_t>());
    check_fit(result.first, expected.at("fits")[0]);
    check_fit(result.second, expected.at("fits")[1]);
    REQUIRE(result.slope_test.has_value());
    CHECK(relative_error(result.slope_test->z, expected.at("z").get<double>()) < 1e-12);
    CHECK(relative_error(result.slope_test->p_value, expected.at("p_two_sided").get<double>()) < 1e-10);
    CHECK(relative_error(result.slope_test->log10_p_value, expected.at("log10_p_two_sided").get<double>()) < 1e-12);
}

}  // namespace

TEST_CASE("compare halves: Table 5 in its three forms")
{
    const json expected = expected_figures().at("table_5");
    const auto table = test_support::csv_columns(test_support::reference_file("table5.csv"));
    const std::vector<double> original = test_support::numbers(table.at("original_accuracy"));
    const std::vector<double> real = test_support::numbers(table.at("real_accuracy"));
    std::vector<double> all_x, all_y, pool_x, pool_y;
    for (std::size_t i = 0; i < original.size(); ++i) {
        const std::string& pool = table.at("pool")[i];
        if (pool == "labels") continue;
        all_x.push_back(original[i]);
        all_y.push_back(real[i]);
        if (pool == "other") continue;
        pool_x.push_back(original[i]);
        pool_y.push_back(real[i]);
    }
    check_halves(ra::compare_halves(all_x, all_y), expected.at("all_but_labels"));
    check_halves(ra::compare_halves(pool_x, pool_y), expected.at("figure_4_pool"));
    check_halves(ra::compare_halves(pool_x, pool_y, {.boundary = ra::boundary_model::in_both_halves}),
                 expected.at("figure_4_pool_with_the_boundary_model_in_both_halves"));
}

TEST_CASE("compare halves: 24 models whose predictions are public")
{
    const json expected = expected_figures();
    std::vector<double> x, y;
    for (const auto& [name, model] : expected.at("models").items()) {
        x.push_back(model.at("original_top_k_hits")[0].get<double>() / 50000 * 100);
        y.push_back(model.at("real_any_of_top_k_hits")[0].get<double>() / 46837 * 100);
    }
    check_halves(ra::compare_halves(x, y), expected.at("models_slopes"));
}

TEST_CASE("compare halves: the result tables of timm")
{
    NEEDS_REAL_DATA(data);
    using key = std::pair<std::string, std::string>;
    const auto original = test_support::csv_columns(data / "timm" / "results-imagenet.csv");
    const auto real = test_support::csv_columns(data / "timm" / "results-imagenet-real.csv");
    std::map<key, double> real_of;
    for (std::size_t i = 0; i < real.at("model").size(); ++i) {
        real_of[{real.at("model")[i], real.at("img_size")[i]}] = std::stod(real.at("top1")[i]);
    }
    std::vector<double> x, y;
    for (std::size_t i = 0; i < original.at("model").size(); ++i) {
        x.push_back(std::stod(original.at("top1")[i]));
        y.push_back(real_of.at({original.at("model")[i], original.at("img_size")[i]}));
    }
    check_halves(ra::compare_halves(x, y), expected_figures().at("timm"));
}
