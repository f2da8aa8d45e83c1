// JSON and CSV of evaluated models, on a data set small enough to count by hand.
#include <reassess/evaluate.hpp>
#include <reassess/io/evaluation_csv.hpp>
#include <reassess/io/evaluation_json.hpp>
#include <reassess/io/input_warnings.hpp>
#include <reassess/io/model_table.hpp>
#include <reassess/io/text_file.hpp>
#include <reassess/metric/paired_outcomes.hpp>

#include "support/relative_error.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::io::ordered_json;
using test_support::relative_error;

namespace {

/// Six images of four classes.
struct small_set {
    std::vector<float> scores{1, 9, 2, 3,   // predicts 1, label 1, {1}
                              9, 1, 3, 2,   // predicts 0, label 2, {0, 2}
                              9, 1, 2, 3,   // predicts 0, label 0, no set
                              1, 2, 3, 9,   // predicts 3, no label, {3}
                              8, 8, 7, 7,   // predicts 0 of a tie, label 3 (tied), {0, 1, 2}
                              1, 2, 9, 3};  // predicts 2, label 1, {2}
    std::vector<int> lists{1, 3, 0, 2, 0, 3, 3, 2, 0, 1, 2, 3};
    std::vector<ra::class_index> original{1, 2, 0, -1, 3, 1};
    ra::label_sets real{std::vector<std::vector<int>>{{1}, {0, 2}, {}, {3}, {0, 1, 2}, {2}}};

    [[nodiscard]] ra::targets_view both() const { return {.original = original, .real = real.view()}; }
    [[nodiscard]] ra::scores_view<float> view() const { return {scores.data(), 6, 4}; }
    [[nodiscard]] ra::io::evaluated_model from_scores() const
    {
        const ra::image_results ranks = ra::rank(ra::seq, view(), both());
        return {"s", ra::evaluate(ra::seq, view(), both()),
                ra::pair_outcomes(ra::image_outcomes(ranks, both()),
                                  ra::image_outcomes(ranks, both(), {.metric = ra::accuracy_of::real}))};
    }
    [[nodiscard]] ra::evaluation<> from_lists(const ra::targets_view& targets) const
    {
        return ra::evaluate(ra::seq, ra::top_k_view<int>(lists.data(), 6, 2, 4), targets);
    }
    [[nodiscard]] ra::label_summary summary() const { return ra::summarise(both(), {.classes = 4}); }
};

std::vector<std::string> keys_of(const ordered_json& object)
{
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
}

using keys = std::vector<std::string>;

const keys model_keys{"name",          "top_k", "real_any",  "real_kth",   "real_kth_where_enough_labels",
                      "all_of_top_k",  "joint", "remedied",  "preference", "reciprocal_rank",
                      "probabilities", "ties",  "nan_images"};

}  // namespace

TEST_CASE("JSON of a model: every key in order, with the counts of a small set")
{
    const small_set set;
    const std::vector<std::size_t> ks{1, 2};
    const ordered_json json = ra::io::to_json(set.from_scores(), ks);
    CHECK(keys_of(json) == model_keys);
    CHECK(json["name"] == "s");
    const auto check = [&](const char* key, std::size_t i, std::uint64_t hits, std::uint64_t total) {
        CAPTURE(key);
        const ordered_json& entry = json[key][i];
        CHECK(keys_of(entry) == keys{"k", "hits", "total", "value", "lower", "upper"});
        CHECK(entry["k"] == i + 1);
        CHECK(entry["hits"] == hits);
        CHECK(entry["total"] == total);
        CHECK(entry["value"] == static_cast<double>(hits) / static_cast<double>(total));
        CHECK(entry["lower"] == ra::wilson_interval({hits, total}).lower);
    };
    check("top_k", 0, 2, 5);
    check("top_k", 1, 3, 5);
    check("real_any", 0, 5, 5);
    check("real_kth", 1, 2, 5);
    check("real_kth_where_enough_labels", 1, 2, 2);
    check("all_of_top_k", 1, 2, 2);
    CHECK(json["joint"].dump() == R"({"both_right":1,"only_original_right":0,"only_real_right":3,"both_wrong":0})");
    CHECK(json["remedied"]["hits"] == 3);
    CHECK(json["remedied"]["total"] == 3);
    CHECK(relative_error(json["reciprocal_rank"].get<double>(), (1 + 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 5) < 1e-14);
    CHECK(json["probabilities"].is_null());
    CHECK(json["ties"] == 1);
    CHECK(json["nan_images"] == 0);

    const ordered_json& preference = json["preference"];
    CHECK(keys_of(preference) == keys{"model_preferred", "label_preferred", "both_correct", "both_wrong",
                                      "both_wrong_without_labels", "ratio", "lower", "upper", "exact_p_value",
                                      "mid_p_value", "log10_mid_p_value"});
    CHECK(preference["model_preferred"] == 2);
    CHECK(preference["label_preferred"] == 0);
    CHECK(preference["both_correct"] == 1);
    CHECK(preference["ratio"] == 1.0);
    CHECK(preference["lower"] == ra::wilson_interval({2, 2}).lower);
    CHECK(preference["upper"] == 1.0);
    CHECK(preference["exact_p_value"] == 0.5);
    CHECK(preference["mid_p_value"] == 0.25);
    CHECK(preference["log10_mid_p_value"] == std::log10(0.25));
    CHECK_THROWS_AS((void)ra::io::to_json(set.from_scores(), std::vector<std::size_t>{5}), std::out_of_range);
}

TEST_CASE("JSON of a model: null for labels that are not given and for what stored lists do not tell")
{
    const small_set set;
    const std::vector<std::size_t> ks{1};
    const ordered_json original = ra::io::to_json({"o", set.from_lists({.original = set.original}), {}}, ks);
    CHECK(keys_of(original) == model_keys);
    CHECK(original["top_k"][0]["hits"] == 2);
    for (const char* key : {"real_any", "real_kth", "real_kth_where_enough_labels", "all_of_top_k", "joint", "remedied",
                            "preference", "reciprocal_rank", "probabilities", "ties", "nan_images"})
        CHECK_MESSAGE(original[key].is_null(), key);
    const ordered_json real = ra::io::to_json({"r", set.from_lists({.real = set.real.view()}), {}}, ks);
    CHECK(real["top_k"].is_null());
    CHECK(real["real_any"][0]["hits"] == 5);
    // Scores tell NaN without original labels, too.
    const ra::evaluation<> scores = ra::evaluate(ra::seq, set.view(), {.real = set.real.view()});
    CHECK(scores.has_scores());
    CHECK(ra::io::to_json({"n", scores, {}}, ks)["nan_images"] == 0);
    CHECK(ra::io::to_json({"n", scores, {}}, ks)["ties"].is_null());
    CHECK_FALSE(set.from_lists(set.both()).has_scores());
    CHECK_FALSE(ra::evaluation<>{}.has_scores());
    const ordered_json undecided = ra::io::to_json(ra::preference_counts{.both_correct = 3});
    CHECK(undecided["both_correct"] == 3);
    for (const char* key : {"ratio", "lower", "upper", "exact_p_value", "mid_p_value", "log10_mid_p_value"})
        CHECK_MESSAGE(undecided[key].is_null(), key);
}

TEST_CASE("JSON of losses: values, calibration bins, and null for an infinite loss once it is written")
{
    const std::vector<double> p{0.25, 0.5, 0.25, 1, 0, 0, 0, 0.5, 0.5};
    const std::vector<ra::class_index> original{1, 0, -1};
    const ra::label_sets real(std::vector<std::vector<int>>{{0, 1}, {}, {2}});
    const auto scores = ra::probabilities(ra::scores_view<double>(p.data(), 3, 3));
    const ordered_json json = ra::io::losses_to_json(
        ra::evaluate(ra::seq, scores, ra::targets_view{.original = original, .real = real.view()}));
    CHECK(keys_of(json) == keys{"log_loss", "brier_score", "calibration", "real_log_loss", "real_calibration",
                                "infinite_losses", "real_infinite_losses"});
    const auto check = [&](const char* key, double expected) {
        CHECK(relative_error(json[key].get<double>(), expected) < 1e-15);
    };
    check("log_loss", -std::log(0.5) / 2);
    check("brier_score", (0.25 + 0.0625 + 0.0625) / 2);
    check("real_log_loss", (-(std::log(0.25) + std::log(0.5)) / 2 - std::log(0.5)) / 2);
    const ordered_json& calibration = json["calibration"];
    CHECK(keys_of(calibration) == keys{"l1", "l2", "max", "bins"});
    CHECK(relative_error(calibration["l1"].get<double>(), 0.25) < 1e-15);
    CHECK(relative_error(calibration["l2"].get<double>(), std::sqrt(0.125)) < 1e-15);
    CHECK(relative_error(calibration["max"].get<double>(), 0.5) < 1e-15);
    REQUIRE(calibration["bins"].size() == 15);
    CHECK(keys_of(calibration["bins"][7]) ==
          keys{"from", "to", "confidence", "hits", "total", "value", "lower", "upper"});
    CHECK(calibration["bins"][7]["from"] == 7.0 / 15);
    CHECK(calibration["bins"][7]["to"] == 8.0 / 15);
    CHECK(calibration["bins"][7]["confidence"] == 0.5);
    CHECK(calibration["bins"][14]["hits"] == 1);
    CHECK(calibration["bins"][0]["confidence"].is_null());
    CHECK(json["real_calibration"]["bins"][7]["total"] == 2);

    const std::vector<ra::class_index> impossible{1, 1, 0};
    const ra::targets_view original_only{.original = impossible};
    const ordered_json infinite = ra::io::losses_to_json(ra::evaluate(ra::seq, scores, original_only));
    CHECK(ordered_json::parse(infinite.dump())["log_loss"].is_null());
    CHECK(infinite["real_log_loss"].is_null());
    CHECK(infinite["real_calibration"].is_null());
    CHECK_THROWS_AS((void)ra::io::losses_to_json(small_set{}.from_lists(small_set{}.both())), std::invalid_argument);
}

TEST_CASE("JSON of a label summary: counts of the sets, the original labels and the oracle")
{
    const small_set set;
    const std::vector<ra::class_index> excluded{1, 3};
    ordered_json json = ra::io::to_json(set.summary(), {.threshold = 0.8, .excluded_classes = excluded});
    CHECK(keys_of(json["original_labels"]["real"]) == keys{"hits", "total", "value", "lower", "upper"});
    CHECK(json["original_labels"]["real"]["hits"] == 2);
    CHECK(json["original_labels"]["real"]["total"] == 4);
    json["original_labels"] = 0;
    CHECK(json.dump() ==
          R"({"images":6,"judged":5,"excluded":1,"labels":8,"multi_label":2,"original_labels":0,"oracle":{"images":2,)"
          R"("classes_below":1,"threshold":0.8,"excluded_classes":2,"mean":0.75}})");
    CHECK(ra::io::to_json(ra::summarise({.original = set.original}, {.classes = 4})).dump() ==
          R"({"images":6,"judged":null,"excluded":null,"labels":null,"multi_label":null,"original_labels":null,)"
          R"("oracle":null})");
}

TEST_CASE("JSON of preferences and of a comparison of models: names instead of numbers, in every list")
{
    const keys names{"weak", "strong", "middle"};
    const std::vector<ra::preference_point> points{{0.5, {4, 10}}, {0.9, {90, 100}}, {0.7, {6, 10}}};
    CHECK(ra::io::to_json(ra::preference_over_models(points), names).dump() ==
          R"({"first_above_half":"middle","first_clearly_above_half":"strong","models":["weak","middle","strong"]})");
    CHECK(ra::io::to_json(ra::preference_over_models(std::span(points).first(1)), names)["first_above_half"].is_null());

    ra::model_comparison comparison;
    comparison.options.method = ra::correction::bonferroni;
    comparison.options.level = ra::confidence_level{0.9};
    const std::vector<ra::paired_proportion> cells{{40, 1, 30, 29}, {40, 1, 1, 58}, {40, 30, 1, 29}};
    comparison.pairs = ra::compare_all_pairs(3, cells, {.method = ra::correction::bonferroni});
    ordered_json json = ra::io::to_json(comparison, names);
    CHECK(keys_of(json) == keys{"correction", "level", "pairs", "groups", "places"});
    CHECK(json["correction"] == "bonferroni");
    CHECK(json["level"] == 0.9);
    CHECK(json["groups"].dump() == R"([["weak","middle"],["strong"]])");
    CHECK(json["places"].is_null());
    REQUIRE(json["pairs"].size() == 3);
    const ordered_json& pair = json["pairs"][0];
    CHECK(keys_of(pair) == keys{"first",
                                "second",
                                "images",
                                "both_right",
                                "only_first_right",
                                "only_second_right",
                                "both_wrong",
                                "difference",
                                "lower",
                                "upper",
                                "exact_p_value",
                                "mid_p_value",
                                "log10_mid_p_value",
                                "chi_squared",
                                "chi_squared_p_value",
                                "corrected_chi_squared",
                                "corrected_chi_squared_p_value",
                                "no_discordant_pairs",
                                "adjusted_p_value",
                                "different"});
    const ra::model_pair& expected = comparison.pairs.pairs[0];
    CHECK(pair["first"] == "weak");
    CHECK(pair["second"] == "strong");
    CHECK(pair["images"] == 100);
    CHECK(pair["both_right"] == 40);
    CHECK(pair["only_first_right"] == 1);
    CHECK(pair["only_second_right"] == 30);
    CHECK(pair["both_wrong"] == 29);
    CHECK(pair["difference"] == -0.29);
    CHECK(pair["lower"] == expected.comparison.difference_interval.lower);
    CHECK(pair["upper"] == expected.comparison.difference_interval.upper);
    CHECK(pair["exact_p_value"] == expected.comparison.test.exact.p_value);
    CHECK(pair["mid_p_value"] == expected.comparison.test.exact.mid_p_value);
    CHECK(pair["log10_mid_p_value"] == expected.comparison.test.exact.log10_mid_p_value);
    CHECK(pair["chi_squared"] == 29.0 * 29 / 31);
    CHECK(pair["chi_squared_p_value"] == expected.comparison.test.uncorrected.p_value);
    CHECK(pair["corrected_chi_squared"] == 28.0 * 28 / 31);
    CHECK(pair["corrected_chi_squared_p_value"] == expected.comparison.test.corrected.p_value);
    CHECK(pair["adjusted_p_value"] == expected.adjusted_p_value);
    CHECK(pair["different"] == true);
    CHECK(json["pairs"][1]["different"] == false);
    CHECK(pair["no_discordant_pairs"] == false);
    comparison.ranks = {{3, 2, 3}, {1, 1, 1}, {2, 2, 3}};
    comparison.best_shares = {0, 1, 0.25};
    CHECK(ra::io::to_json(comparison, names)["places"].dump() ==
          R"([{"name":"weak","place":3.0,"lower":2.0,"upper":3.0,"best_share":0.0},)"
          R"({"name":"strong","place":1.0,"lower":1.0,"upper":1.0,"best_share":1.0},)"
          R"({"name":"middle","place":2.0,"lower":2.0,"upper":3.0,"best_share":0.25}])");
    CHECK_THROWS_AS((void)ra::io::to_json(comparison, std::span(names).first(2)), std::invalid_argument);
}

TEST_CASE("JSON of evaluated models: the document that read_evaluated_models reads")
{
    const small_set set;
    ra::io::evaluated_models evaluated{
        .labels = set.summary(), .models = {set.from_scores()}, .ks = {1}, .excluded_classes = {2}};
    CHECK_FALSE(ra::io::compare_preferences(std::vector<ra::io::evaluated_model>{{"e", {}, {}}}));
    evaluated.preferences = ra::io::compare_preferences(evaluated.models);
    REQUIRE(evaluated.preferences);
    CHECK(evaluated.preferences->models[0].ratio == ra::proportion{2, 2});
    ordered_json json = ra::io::to_json(evaluated);
    CHECK(keys_of(json) == keys{"images", "judged", "excluded", "labels", "multi_label", "models", "original_labels",
                                "oracle", "preference_order", "paired_tests", "warnings"});
    CHECK(json["models"][0] == ra::io::to_json(evaluated.models[0], evaluated.ks));
    CHECK(json["oracle"]["excluded_classes"] == 1);
    CHECK(json["oracle"]["classes_below"] == 0);
    CHECK(json["preference_order"]["models"].dump() == R"(["s"])");
    CHECK(json["paired_tests"].dump() == R"({"original":null,"real":null})");

    const test_support::temporary_folder folder;
    ra::io::write_file(folder.path() / "e.json", json.dump());
    const ra::io::model_table table = ra::io::read_evaluated_models(folder.path() / "e.json");
    REQUIRE(table.models.size() == 1);
    CHECK(table.models[0].name == "s");
    CHECK(table.models[0].x == doctest::Approx(40));
    CHECK(table.models[0].y == doctest::Approx(100));
    CHECK(table.references[0].y == 50);

    evaluated.models.push_back({"l", set.from_lists(set.both()), {}});
    const std::vector<double> hits{1, 1, 0, 1};
    evaluated.by_real = ra::compare_models(ra::seq, std::vector<ra::paired_proportion>{{1, 0, 1, 0}},
                                           ra::image_values_view(hits, 2), ra::random_seed{1}, {.replicates = 99});
    json = ra::io::to_json(evaluated);
    CHECK(json["paired_tests"]["original"].is_null());
    CHECK(json["paired_tests"]["real"]["pairs"][0]["second"] == "l");
    CHECK(json["paired_tests"]["real"]["places"][1]["place"] == 1.0);
    CHECK(json["models"].size() == 2);
}

TEST_CASE("CSV of evaluated models: classes, co-occurrence and sorted curves")
{
    const small_set set;
    const ra::label_summary labels = set.summary();
    std::vector<ra::io::evaluated_model> models{set.from_scores()};
    models[0].name = "a,b";
    CHECK(ra::io::class_accuracy_csv(labels, models).text() ==
          "class,images,oracle,\"a,b\"\n0,0,,0\n1,1,1,1\n2,1,0.5,0\n3,0,,0\n");
    CHECK(ra::io::co_occurrence_csv(labels).text() == "class,other,images,share\n2,0,1,1\n");
    const std::vector<ra::class_index> classes{2, 0, 1};
    CHECK(ra::io::class_curves_csv(labels, models, classes).text() == "position,oracle,\"a,b\"\n0,1,1\n1,0.5,0\n");
    CHECK(ra::io::class_curves_csv(labels, models, {}).text() == "position,oracle,\"a,b\"\n");

    // A model that has no value for a class has a shorter curve.
    std::vector<float> scores = set.scores;
    scores[4] = std::numeric_limits<float>::quiet_NaN();
    models.push_back(
        {"nan",
         ra::evaluate(ra::seq, ra::scores_view<float>(scores.data(), 6, 4), set.both(), {.nan = ra::on_nan::exclude}),
         {}});
    CHECK(ra::io::class_curves_csv(labels, models, classes).text() ==
          "position,oracle,\"a,b\",nan\n0,1,1,1\n1,0.5,0,\n");
}

TEST_CASE("to_json of warnings: kind, model, text and figures")
{
    const std::vector<ra::io::input_warning> warnings{
        {.kind = "class_shift", .model = "m", .text = "why", .figures = {{"shift", 1}, {"accuracy", 0.25}}},
        {.kind = "labels_disagree", .text = "how"}};
    CHECK(ra::io::to_json(std::span<const ra::io::input_warning>(warnings)).dump() ==
          R"([{"kind":"class_shift","model":"m","text":"why","figures":{"shift":1.0,"accuracy":0.25}},)"
          R"({"kind":"labels_disagree","model":null,"text":"how","figures":{}}])");
}
