// Results of labeling and of slope tests as JSON: keys, their order, values, and null for what is not defined.
#include <reassess/io/result_json.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::io::ordered_json;
using ra::io::to_json;

namespace {

using keys = std::vector<std::string>;

keys keys_of(const ordered_json& object)
{
    keys result;
    for (const auto& [key, value] : object.items()) result.push_back(key);
    return result;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("JSON of precision and recall: counts and shares; no threshold and minus infinity are null")
{
    CHECK(to_json(ra::precision_recall{3, 4, 12}).dump() ==
          R"({"precision":0.75,"recall":0.25,"hits":3,"proposed":4,"gold":12})");
    CHECK(to_json(ra::precision_recall{}).dump() ==
          R"({"precision":null,"recall":null,"hits":0,"proposed":0,"gold":0})");
    const std::vector<ra::io::measured> points{{"kept", "dawid-skene", 0.8, {1, 2, 4}},
                                               {"curve", "c", -infinity, {1, 1, 1}},
                                               {"labels", "original", std::nullopt, {1, 1, 1}}};
    const ordered_json list = to_json(std::span<const ra::io::measured>(points));
    REQUIRE(list.size() == 3);
    CHECK(list[0].dump() ==
          R"({"kind":"kept","name":"dawid-skene","precision":0.5,"recall":0.25,"hits":1,"proposed":2,)"
          R"("gold":4,"threshold":0.8})");
    CHECK(list[1]["threshold"].is_null());
    CHECK(list[2]["threshold"].is_null());
    CHECK(list[2]["name"] == "original");
}

TEST_CASE("JSON of a subset search: names of the models, counts and means of every subset")
{
    const keys models{"a", "b", "c"};
    const ra::subset_figures figures{.models = 5,
                                     .correct = 3,
                                     .judged_proposals = 4,
                                     .gold_labels = 6,
                                     .proposals = 20,
                                     .images = 8,
                                     .proposals_on_rated = 9,
                                     .rated = 2};
    const ordered_json json = to_json(figures, models);
    CHECK(keys_of(json) == keys{"models", "precision", "recall", "proposals", "proposals_on_rated", "rated",
                                "mean_over_rated", "mean_over_all"});
    CHECK(json["models"].dump() == R"(["a","c"])");
    CHECK(json["precision"]["hits"] == 3);
    CHECK(json["precision"]["total"] == 4);
    CHECK(json["recall"]["total"] == 6);
    CHECK(json["proposals"] == 20);
    CHECK(json["proposals_on_rated"] == 9);
    CHECK(json["rated"] == 2);
    CHECK(json["mean_over_rated"] == 4.5);
    CHECK(json["mean_over_all"] == 2.5);

    ra::subset_search_result search{.all_models = figures, .least_recall = 0.5, .gold_images = 7};
    search.pareto_front = {figures, {.models = 2}};
    const ordered_json found = to_json(search, models);
    CHECK(keys_of(found) == keys{"judged", "least_recall", "all_models", "best", "front"});
    CHECK(found["judged"] == 7);
    CHECK(found["least_recall"] == 0.5);
    CHECK(found["all_models"] == json);
    CHECK(found["best"].is_null());
    REQUIRE(found["front"].size() == 2);
    CHECK(found["front"][1]["models"].dump() == R"(["b"])");
    CHECK(found["front"][1]["mean_over_rated"].is_null());
    search.best = figures;
    CHECK(to_json(search, models)["best"] == json);
}

TEST_CASE("JSON of proposals and of cleaned labels")
{
    ra::proposal_set set{.rated = {1}, .not_rated = {0, 2}, .dropped = 4, .proposals_on_rated = 3};
    set.proposed = ra::label_sets(std::vector<std::vector<int>>{{1}, {0, 1, 2}, {0, 2}});
    CHECK(to_json(set).dump() ==
          R"({"proposals":6,"dropped":4,"rated":1,"not_rated":2,"proposals_on_rated":3,"mean_over_rated":3.0,)"
          R"("mean_over_all":2.0})");
    CHECK(to_json(ra::proposal_set{})["mean_over_rated"].is_null());
    CHECK(to_json(ra::proposal_set{})["mean_over_all"].is_null());

    const ra::cleaned_labels cleaned{
        .share = {3, 4}, .by_class = {{1, 1}, {2, 3}}, .without_label = 5, .without_prediction = 6};
    const ordered_json json = to_json(cleaned);
    CHECK(keys_of(json) == keys{"kept", "without_label", "without_prediction", "by_class"});
    CHECK(json["kept"]["value"] == 0.75);
    CHECK(json["without_label"] == 5);
    CHECK(json["without_prediction"] == 6);
    CHECK(json["by_class"].dump() == R"([{"kept":1,"images":1},{"kept":2,"images":3}])");
}

TEST_CASE("JSON of slope tests: lines of both halves, every test, and references compared with the second line")
{
    const std::vector<double> x{50, 55, 60, 65, 70, 74, 77, 79, 81, 83};
    const std::vector<double> y{58.1, 63.2, 67.7, 73.0, 77.5, 80.9, 82.1, 83.5, 84.2, 85.6};
    const ra::halves_result halves = ra::compare_halves(x, y);
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{3}, {.replicates = 99});
    ra::io::model_table models;
    for (std::size_t i = 0; i < x.size(); ++i) models.models.push_back({"m", x[i], y[i], std::nullopt});
    models.references.push_back({"labels", 100, 90, std::nullopt});
    const ordered_json json = to_json(models, halves, tests);
    CHECK(keys_of(json) == keys{"models",
                                "halves",
                                "z",
                                "p_value",
                                "log10_p_value",
                                "tie_at_split",
                                "halves_share_a_model",
                                "references",
                                "slope_difference",
                                "t_test",
                                "bootstrap",
                                "break_test",
                                "ranking",
                                "hc3",
                                "wild_bootstrap",
                                "wild_break_p_value",
                                "by_cluster",
                                "logit",
                                "probit",
                                "hinge",
                                "chow_test",
                                "diagnostics",
                                "verdict"});
    CHECK(json["models"] == 10);
    CHECK(json["z"] == halves.slope_test->z);
    CHECK(json["p_value"] == halves.slope_test->p_value);
    CHECK(json["log10_p_value"] == halves.slope_test->log10_p_value);
    CHECK(json["tie_at_split"] == false);
    CHECK(json["halves_share_a_model"] == false);
    const ordered_json& first = json["halves"][0];
    CHECK(keys_of(first) == keys{"models", "slope", "slope_standard_error", "intercept", "intercept_standard_error",
                                 "residual_standard_deviation", "r_squared", "slope_lower", "slope_upper", "theil_sen",
                                 "york", "deming"});
    CHECK(first["models"] == 5);
    CHECK(first["slope"] == halves.first.slope);
    CHECK(first["slope_standard_error"] == *halves.first.slope_standard_error);
    CHECK(first["intercept"] == halves.first.intercept);
    CHECK(first["r_squared"] == *halves.first.r_squared);
    CHECK(first["slope_upper"] == ra::slope_inference(halves.first).bounds.upper);
    CHECK(first["theil_sen"]["slope_lower"] == tests.halves[0].theil_sen->slope_interval->lower);
    CHECK(first["york"].is_null());
    CHECK(first["deming"]["slope"] == tests.halves[0].deming->slope);
    CHECK(json["halves"][1]["slope"] == halves.second.slope);
    CHECK(json["references"].size() == 1);
    CHECK(json["references"][0]["name"] == "labels");
    CHECK(json["references"][0]["x"] == 100.0);
    CHECK(json["references"][0]["y"] == 90.0);
    CHECK(json["references"][0]["above_second_line"] == ra::residual(halves.second, {100, 90}));
    CHECK(json["references"][0]["expected"]["lower"] == ra::prediction_band(halves.second, 100).lower);
    CHECK(json["slope_difference"]["upper"] == tests.z_interval->upper);
    CHECK(keys_of(json["t_test"]) == keys{"t", "degrees_of_freedom", "p_value", "log10_p_value", "lower", "upper"});
    CHECK(json["t_test"]["degrees_of_freedom"] == tests.t_test->degrees_of_freedom);
    CHECK(keys_of(json["bootstrap"]) == keys{"slope_difference", "standard_error", "percentile", "bca", "replicates",
                                             "replicates_without_value", "seed"});
    CHECK(json["bootstrap"]["seed"] == 3);
    CHECK(json["bootstrap"]["replicates"] == 99);
    CHECK(json["bootstrap"]["percentile"]["lower"] == tests.bootstrap->percentile.lower);
    CHECK(keys_of(json["break_test"]) ==
          keys{"f", "p_value", "models_before", "x_before", "x_after", "simulations", "seed"});
    CHECK(json["break_test"]["models_before"] == tests.break_test->split);
    CHECK(json["break_test"]["x_after"] == tests.break_test->x_after);
    CHECK(keys_of(json["ranking"]) ==
          keys{"spearman", "kendall_tau_b", "pairs_in_the_same_order", "pairs_in_opposite_order"});
    CHECK(json["ranking"]["spearman"]["value"] == 1.0);
    CHECK(json["ranking"]["pairs_in_the_same_order"] == 45);
    CHECK(json["ranking"]["pairs_in_opposite_order"] == 0);

    CHECK(keys_of(json["hc3"]) == keys{"slope_difference", "standard_error", "t", "degrees_of_freedom", "p_value",
                                       "log10_p_value", "lower", "upper", "clusters"});
    CHECK(json["hc3"]["p_value"] == tests.hc3->p_value);
    CHECK(json["wild_bootstrap"]["replicates"] == 99);
    CHECK(json["wild_break_p_value"] == tests.wild_break_test->p_value);
    CHECK(json["by_cluster"].is_null());
    CHECK(json["logit"]["t"] == tests.logit->t_test.t);
    CHECK(json["logit"]["by_cluster"].is_null());
    CHECK(json["probit"]["slopes"][1] == tests.probit->second_slope);
    CHECK(json["hinge"]["knot"] == tests.hinge->knot);
    CHECK(json["chow_test"]["f"] == tests.chow->f);
    CHECK(json["diagnostics"]["largest_leverage_model"] == 0);
    CHECK(json["verdict"]["tests"] == 6);
    CHECK(json["verdict"]["smaller"].get<int>() > 3);
    const std::vector<std::size_t> families{0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    const ordered_json clustered = to_json(
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{3}, {.replicates = 99, .clusters = families}));
    CHECK(keys_of(clustered["by_cluster"]) ==
          keys{"clusters", "cr2", "wild_bootstrap", "bootstrap", "wild_break_p_value"});
    CHECK(clustered["by_cluster"]["clusters"] == 5);
    CHECK(clustered["by_cluster"]["cr2"]["clusters"] == 5);
    CHECK(clustered["logit"]["by_cluster"]["clusters"] == 5);

    // Sampling errors give York's lines.
    std::vector<ra::uncertain_point> points;
    for (std::size_t i = 0; i < x.size(); ++i) points.push_back({x[i], y[i], 0.04, 0.03, 0.01});
    const ordered_json york =
        to_json(halves, ra::compare_slopes(ra::seq, x, y, points, halves, ra::random_seed{1}, {.replicates = 99}));
    CHECK(york["halves"][0]["deming"].is_null());
    CHECK(keys_of(york["halves"][0]["york"]) == keys{"slope", "intercept", "slope_standard_error",
                                                     "scaled_slope_standard_error", "intercept_standard_error",
                                                     "chi_squared", "converged"});
    CHECK(york["halves"][0]["york"]["converged"] == true);
}

TEST_CASE("JSON of slope tests: null for what two points per half do not determine, and for infinities")
{
    const std::vector<double> x{1, 2, 3, 4}, y{1, 3, 4, 6};
    const ra::halves_result halves = ra::compare_halves(x, y);
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::seq, x, y, {}, halves, ra::random_seed{1}, {.replicates = 99});
    const ordered_json json = to_json(halves, tests);
    for (const char* key : {"z", "p_value", "log10_p_value"}) CHECK_MESSAGE(json[key].is_null(), key);
    for (const char* key : {"slope_standard_error", "intercept_standard_error", "slope_lower", "slope_upper"})
        CHECK_MESSAGE(json["halves"][0][key].is_null(), key);
    CHECK(to_json(ra::slope_comparison{}).dump() ==
          R"({"slope_difference":null,"t_test":null,"bootstrap":null,"break_test":null,"ranking":null,"hc3":null,)"
          R"("wild_bootstrap":null,"wild_break_p_value":null,"by_cluster":null,"logit":null,"probit":null,)"
          R"("hinge":null,"chow_test":null,"diagnostics":null,"verdict":{"tests":0,"smaller":0,"greater":0}})");
    // Lines through all their points: z and log10 p are infinite.
    ra::halves_result exact = halves;
    exact.slope_test = ra::slope_test_result{};
    exact.slope_test->z = infinity;
    exact.slope_test->p_value = 0;
    exact.slope_test->log10_p_value = -infinity;
    CHECK(to_json(exact, tests)["z"].is_null());
    CHECK(to_json(exact, tests)["p_value"] == 0.0);
    CHECK(to_json(exact, tests)["log10_p_value"].is_null());
}
