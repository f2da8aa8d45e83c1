// The program `paper`: every number of its report against the reference, the report without data, and its errors.
#include "../support/real_data.hpp"
#include "../support/relative_error.hpp"
#include "../support/sanitizers.hpp"
#include "run_program.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

using nlohmann::json;
using test_support::check_fails;
using test_support::relative_error;
using test_support::run_program;
using test_support::temporary_folder;

namespace {

const std::string paper = REASSESS_PAPER_PROGRAM;

/// The numbers of a report.json by their ids.
class numbers_by_id {
public:
    explicit numbers_by_id(const json& report)
    {
        for (const json& number : report["numbers"]) {
            CHECK(numbers_.emplace(number["id"].get<std::string>(), number).second);
            if (!number["value"].is_null() && !number["published"].is_null())
                CHECK(number["difference"] == number["value"].get<double>() - number["published"].get<double>());
            if (!number["lower"].is_null()) {
                CHECK(number["lower"] <= number["value"]);
                CHECK(number["upper"] >= number["value"]);
            }
        }
    }

    [[nodiscard]] const json& operator[](const std::string& id) const
    {
        const auto found = numbers_.find(id);
        REQUIRE_MESSAGE(found != numbers_.end(), "no number ", id);
        return found->second;
    }
    [[nodiscard]] bool contains(const std::string& id) const { return numbers_.contains(id); }

    void check_count(const std::string& id, const json& expected) const
    {
        CAPTURE(id);
        CHECK((*this)[id]["value"] == expected.get<double>());
    }
    void check_share(const std::string& id, const json& hits, const json& total) const
    {
        CAPTURE(id);
        CHECK((*this)[id]["hits"] == hits);
        CHECK((*this)[id]["total"] == total);
        CHECK(relative_error((*this)[id]["value"], 100 * hits.get<double>() / total.get<double>()) < 1e-12);
    }
    void check_real(const std::string& id, double expected, double most = 1e-12) const
    {
        CAPTURE(id);
        CHECK(relative_error((*this)[id]["value"], expected) < most);
    }

private:
    std::map<std::string, json> numbers_;
};

json reference()
{
    return json::parse(test_support::read_all(std::string(REASSESS_TEST_REFERENCE_DIR) + "/expected.json"));
}

void check_halves(const numbers_by_id& numbers, const std::string& pool, const json& expected)
{
    const std::string id = "figure4." + pool + ".";
    numbers.check_count(id + "models", expected["models"]);
    numbers.check_count(id + "first_models", expected["first_half"]);
    for (std::size_t half = 0; half < 2; ++half) {
        const json& fit = expected["fits"][half];
        for (const auto& key : {"slope", "slope_standard_error", "intercept", "intercept_standard_error", "r_squared"})
            numbers.check_real(id + (half == 0 ? "first_" : "second_") + key, fit[key]);
    }
    numbers.check_real(id + "z", expected["z"]);
    numbers.check_real(id + "log10_p", expected["log10_p_two_sided"]);
}

void check_labels_and_models(const numbers_by_id& numbers, const json& expected)
{
    const json& labels = expected["imagenet"];
    numbers.check_count("text.images", labels["images"]);
    numbers.check_count("text.labels", labels["labels"]);
    numbers.check_count("text.images_with_labels", labels["images_with_labels"]);
    numbers.check_count("text.multi_label_images", labels["multi_label_images"]);
    for (std::size_t size = 0; size < labels["set_size_histogram"].size(); ++size)
        numbers.check_count("text.images_by_labels." + std::to_string(size), labels["set_size_histogram"][size]);
    numbers.check_share("text.original_labels_real", labels["original_labels_as_a_model"]["real_hits"], 46837);
    numbers.check_real("text.multi_label_share_of_rated", 100 * labels["multi_label_share_of_rated"].get<double>());
    numbers.check_real("text.multi_label_share_of_judged", 100 * labels["multi_label_share_of_judged"].get<double>());
    for (const char* const id :
         {"text.labels", "text.images_with_labels", "text.images_without_labels", "text.rated_images",
          "text.unrated_images", "text.proposals_per_rated_image", "text.original_labels_real"})
        CHECK_MESSAGE(numbers[id]["agrees"] == true, id);

    for (const auto& [name, model] : expected["models"].items()) {
        const std::string id = "models." + name + ".";
        numbers.check_share(id + "original", model["original_top_k_hits"][0], 50000);
        numbers.check_share(id + "real", model["real_any_of_top_k_hits"][0], 46837);
        for (const char* const key : {"model_preferred", "label_preferred", "both_correct", "both_wrong"})
            numbers.check_count(id + key, model[key]);
        const auto preferred = model["model_preferred"].get<std::uint64_t>();
        numbers.check_share(id + "preference", preferred, preferred + model["label_preferred"].get<std::uint64_t>());
        for (const auto& [k, order] : {std::pair<std::size_t, std::string>{2, "second"}, {3, "third"}}) {
            const json& enough = model["real_kth_prediction_hits_where_at_least_k_labels"][k - 1];
            numbers.check_share("figure5." + name + "." + order + "_where_enough_labels", enough[0], enough[1]);
            numbers.check_share("figure5." + name + "." + order + "_over_all_judged",
                                model["real_kth_prediction_hits"][k - 1], 46837);
        }
    }
    const json& figure_5 = expected["figure_5"];
    for (std::size_t k = 0; k < 2; ++k) {
        const std::string id = k == 0 ? "figure5.second_" : "figure5.third_";
        numbers.check_real(id + "where_enough_labels.correlation", figure_5["correlation_where_at_least_k_labels"][k]);
        numbers.check_real(id + "over_all_judged.correlation", figure_5["correlation_over_all_judged_images"][k]);
        numbers.check_real(id + "over_all_judged.chance",
                           100 * labels["mean_set_size_of_judged_over_classes_is_chance"].get<double>());
    }
    numbers.check_count("figure1.models_above_half", 0);
}

void check_classes(const numbers_by_id& numbers, const json& expected)
{
    const json& oracle = expected["imagenet"]["oracle"];
    numbers.check_count("figure6.oracle_images", oracle["images"]);
    numbers.check_count("figure6.classes_below_90", oracle["classes_below_90_percent"]);
    numbers.check_count("figure6.ambiguous_classes", oracle["of_those_not_animals"]);
    numbers.check_real("figure6.mean_oracle_all_classes", 100 * oracle["mean_class_accuracy"].get<double>());
    const json& figure_6 = expected["figure_6"];
    numbers.check_real("figure6.oracle_mean", 100 * figure_6["oracle_mean"].get<double>());
    for (const auto& [name, model] : figure_6.items()) {
        if (!model.is_object()) continue;
        numbers.check_real("figure6." + name + ".mean", 100 * model["mean"].get<double>());
        numbers.check_count("figure6." + name + ".at_or_above_oracle",
                            model["sorted_positions_at_or_above_the_oracle"]);
    }
    const std::map<std::string, std::string> ids{{"desktop computer", "desktop-computer"}};
    for (const auto& [name, one] : expected["imagenet"]["table_1"].items()) {
        const std::string id = "table1." + (ids.contains(name) ? ids.at(name) : name) + ".";
        numbers.check_real(id + "oracle", 100 * one["oracle_accuracy"].get<double>());
        for (const auto& [model, classes] : expected["table_1_models"].items()) {
            const json& share = classes[std::to_string(one["class_index"].get<int>())];
            numbers.check_share(id + model, share[0], share[1]);
        }
    }
    const json& desktop = expected["imagenet"]["table_1"]["desktop computer"];
    numbers.check_share("table1.desktop-computer.together.monitor", desktop["cooccurring"][0][1], desktop["images"]);
    numbers.check_share("table1.desktop-computer.together.keyboard", desktop["cooccurring"][1][1], desktop["images"]);
    CHECK(numbers["table1.swing.together.sweatshirt"]["hits"] == 1);
}

void check_votes(const numbers_by_id& numbers, const json& raters)
{
    for (const char* const key : {"pairs", "raters", "votes"})
        numbers.check_count(std::string("figure3.") + key, raters[key]);
    numbers.check_count("figure3.published.kept", raters["pairs_kept_in_real_json"]);
    numbers.check_count("text.rated_images", raters["images"]);
    numbers.check_count("text.unrated_images", raters["unrated_images"]);
    const auto check_point = [&](const std::string& id, const json& point) {
        for (const char* const key : {"hits", "proposed", "gold"})
            numbers.check_count("figure3." + id + "." + key, point[key]);
        numbers.check_share("figure3." + id + ".precision", point["hits"], point["proposed"]);
        numbers.check_share("figure3." + id + ".recall", point["hits"], point["gold"]);
    };
    const json& majority = raters["majority_vote"];
    numbers.check_count("figure3.three_yes.kept", majority["at_least_3_yes"]);
    numbers.check_count("figure3.more_yes.kept", majority["more_yes_than_no"]);
    numbers.check_count("figure3.majority.kept", majority["paper_rule"]["kept"]);
    check_point("three_yes", majority["golden"]);
    check_point("more_yes", majority["golden_more_yes_than_no"]);
    check_point("majority", majority["paper_rule"]["golden"]);
    CHECK(numbers["figure3.majority.precision"]["agrees"] == true);
    CHECK(numbers["figure3.majority.recall"]["agrees"] == true);
    check_point("original_labels", raters["golden_original_labels"]);
    check_point("published_labels", raters["golden_real_json"]);
    for (const auto& [id, key] : {std::pair("dawid_skene", "dawid_skene_with_virtual_rater"),
                                  std::pair("dawid_skene_alone", "dawid_skene_without_virtual_rater")}) {
        const json& fit = raters[key];
        const std::string prefix = std::string("figure3.") + id + ".";
        numbers.check_count(prefix + "kept", fit["kept_above_0_8"]);
        numbers.check_real(prefix + "agreement", 100 * fit["agreement_with_real_json"].get<double>());
        numbers.check_real(prefix + "log_likelihood", fit["log_likelihood"]);
        numbers.check_real(prefix + "prior", fit["prior_present"], 1e-9);
        CHECK(std::abs(numbers[prefix + "iterations"]["value"].get<double>() -
                       fit["iterations_to_1e_9"].get<double>()) <= 2);
        check_point(id, fit["golden_above_0_8"]);
    }
}

/// What shipped facts give, with or without the released data.
void check_facts(const numbers_by_id& numbers, const json& expected)
{
    const json& table_5 = expected["table_5"];
    check_halves(numbers, "table_5", table_5["all_but_labels"]);
    check_halves(numbers, "table_5_pool", table_5["figure_4_pool"]);
    check_halves(numbers, "table_5_shared", table_5["figure_4_pool_with_the_boundary_model_in_both_halves"]);
    CHECK(numbers["figure4.table_5_shared.first_slope"]["agrees"] == true);
    CHECK(numbers["figure4.table_5_shared.second_slope"]["agrees"] == true);
    CHECK(numbers["figure4.table_5_pool.second_slope"]["agrees"] == false);
    CHECK(numbers["figure4.table_5_pool.second_slope"]["note"] != "");
    numbers.check_count("table4.printed_differences", 66);
    numbers.check_count("table4.agreeing_differences", 66);
    numbers.check_count("table4.resnet-50.sigmoid.clean.900.original.median", 78.5);
    CHECK(numbers["table4.resnet-50.sigmoid.clean.900.original.difference"]["published"] == 2.5);
    CHECK_FALSE(numbers.contains("table4.resnet-50.softmax.all.90.original.difference"));
    CHECK(numbers["table5.resnet-50.real"]["published"] == 82.94);
}

}  // namespace

TEST_CASE("paper: every number that the reference has equals it")
{
    NEEDS_REAL_DATA(data);
    if (test_support::under_sanitizer) {
        MESSAGE("left out: 826 iterations of Dawid-Skene take minutes under a sanitizer");
        return;
    }
    const temporary_folder folder;
    const auto run = run_program({paper, "--data", data.string(), "--out", folder / "out"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(run.output.find("Left out") == std::string::npos);
    CHECK(run.output.find("of these, no animals: ambiguous classes") != std::string::npos);
    const json report = json::parse(test_support::read_all(folder / "out/report.json"));
    const numbers_by_id numbers(report);
    const json expected = reference();
    check_labels_and_models(numbers, expected);
    check_classes(numbers, expected);
    check_votes(numbers, expected["raters"]);
    check_facts(numbers, expected);
    check_halves(numbers, "released", expected["models_slopes"]);
    check_halves(numbers, "timm", expected["timm"]);
    CHECK(numbers["figure4.timm.t_difference"]["lower"] > 0);
    CHECK(numbers["today.kendall"]["value"] > 0.9);
    // The table of `progress --families` for the same models.
    CHECK(numbers["today.tests"]["value"] == 9);
    CHECK(numbers["today.tests_smaller"]["value"] == 9);
    CHECK(numbers["today.slope_test.z.difference"]["value"] == numbers["figure4.timm.slope_difference"]["value"]);
    CHECK(numbers["today.slope_test.cr2.statistic"]["value"] == doctest::Approx(6.002).epsilon(1e-4));
    CHECK(numbers["today.slope_test.cr2.degrees_of_freedom"]["value"] < 25);
    CHECK(numbers["today.slope_test.wild_bootstrap_by_family.log10_p"]["value"] < -3);
    CHECK(numbers["today.slope_test.families_resampled.difference"]["lower"] > 0.2);
    CHECK(numbers["today.slope_test.logit.difference"]["lower"] > 0.2);
    CHECK(test_support::read_all(folder / "out/report.md").find("Verdict: all 9 tests after the paper's find") !=
          std::string::npos);
    const json& answers = expected["mturk"]["majority_of_five"];
    const auto answer = [&](const char* key) { return answers[key].get<std::uint64_t>(); };
    const std::string verdict = "figure7.label-errors.original.";
    numbers.check_share(verdict + "clear-mistake", answer("given"), expected["mturk"]["images"]);
    numbers.check_share(verdict + "not-a-mistake", answer("guessed") + answer("both"), expected["mturk"]["images"]);
    numbers.check_share(verdict + "undecidable", answer("neither") + answer("no_majority"),
                        expected["mturk"]["images"]);
    numbers.check_share("today.mistakes.all.accepted_share", 85, 314);
    numbers.check_share("today.mistakes.severity.major.share_of_accepted", 20, 85);
    numbers.check_count("today.mistakes.all.without_labels", 64);
    CHECK(report["left_out"].empty());
    for (const json& section : report["sections"]) CHECK(section["notice"] == "");
}

TEST_CASE("paper: without data, shipped facts stay and the rest is simulated and says so")
{
    const temporary_folder folder;
    const auto run = run_program({paper, "--out", folder / "out"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(run.output.find("images, models and votes are simulated") != std::string::npos);
    CHECK(run.output.find("Left out: timm/results-imagenet.csv") != std::string::npos);
    const json report = json::parse(test_support::read_all(folder / "out/report.json"));
    const numbers_by_id numbers(report);
    check_facts(numbers, reference());
    CHECK(report["left_out"].size() == 4);
    std::map<std::string, bool> simulated;
    for (const json& section : report["sections"]) simulated[section["id"]] = section["notice"] != "";
    const std::map<std::string, bool> expected{
        {"text", true},     {"figure-1", true}, {"figure-3", true},         {"figure-4", false},
        {"figure-5", true}, {"figure-6", true}, {"table-4-section", false}, {"table-5-section", false}};
    CHECK(simulated == expected);
    // Simulated values have no published value.
    for (const json& number : report["numbers"]) {
        if (simulated.at(number["section"]) && !number["value"].is_null())
            CHECK_MESSAGE(number["published"].is_null(), number["id"]);
    }
    const std::string html = test_support::read_all(folder / "out/report.html");
    CHECK(html.find("Simulated: without the released data") != std::string::npos);
    CHECK(test_support::read_all(folder / "out/report.md").find("![Table 5, all 30 models](figures/") !=
          std::string::npos);
    CHECK(test_support::read_all(folder / "out/figures/figure-4-table_5.svg").starts_with("<svg"));

    // An empty folder holds nothing; one that is not there is a slip.
    std::filesystem::create_directories(folder / "empty");
    CHECK(run_program({paper, "--data", folder / "empty", "--out", folder / "again"}).status == 0);
    check_fails(run_program({paper, "--data", folder / "nowhere", "--out", folder / "never"}), 2, "nowhere");
    const bool same =
        test_support::read_all(folder / "again/report.json") == test_support::read_all(folder / "out/report.json");
    CHECK(same);
}

TEST_CASE("paper: what a folder lacks is left out and said, and a reader's own verdicts are in Fig. 7")
{
    const temporary_folder folder;
    std::filesystem::create_directories(folder / "data/timm");
    std::string table = "model,img_size,top1\n";
    for (int i = 0; i < 24; ++i)
        table +=
            "m" + std::to_string(i) + "<b>,224," + std::to_string(60 + i + i % 3) + "." + std::to_string(i % 7) + "\n";
    test_support::write_all(folder / "data/timm/results-imagenet.csv", table);
    test_support::write_all(folder / "data/timm/results-imagenet-real.csv", table);
    // Four mistakes of which ReaL labels accept two, one of them major, and leave one out.
    std::filesystem::create_directories(folder / "data/imagenet-mistakes");
    std::filesystem::create_directories(folder / "data/reassessed-imagenet");
    const auto mistake = [](int image, int prediction, const std::string& severity) {
        return "\"v_" + std::to_string(image) + ".JPEG\": {\"top_prediction\": " + std::to_string(prediction) +
               R"(, "failure category": "Made", "failure severity": ")" + severity + "\"}";
    };
    test_support::write_all(folder / "data/imagenet-mistakes/vit3b_mistakes.json",
                            "{" + mistake(1, 7, "Major") + ", " + mistake(2, 7, "Minor") + ", " +
                                mistake(3, 7, "Major") + ", " + mistake(4, 7, "Minor") + "}");
    test_support::write_all(folder / "data/reassessed-imagenet/real.json", "[[7], [6, 7], [6], []]");
    const auto run = run_program({paper, "--data", folder / "data", "--out", folder / "out", "--verdicts",
                                  std::string(REASSESS_EXAMPLES_DIR) + "/data/verdicts.csv"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(run.output.find("simulated") == std::string::npos);
    CHECK(run.output.find("Left out: label-errors/imagenet_val_set_index_to_filepath.json") != std::string::npos);
    const json report = json::parse(test_support::read_all(folder / "out/report.json"));
    std::vector<std::string> sections;
    for (const json& section : report["sections"]) sections.push_back(section["id"]);
    CHECK(sections ==
          std::vector<std::string>{"figure-4", "figure-6", "figure-7", "table-4-section", "table-5-section", "today"});
    const numbers_by_id numbers(report);
    CHECK(numbers["figure7.model_c.original.not-a-mistake"]["hits"] == 3);
    CHECK(numbers["figure4.timm.first_slope"]["value"] == 1.0);
    numbers.check_share("today.mistakes.all.accepted_share", 2, 3);
    numbers.check_share("today.mistakes.severity.major.accepted_share", 1, 2);
    numbers.check_share("today.mistakes.severity.major.share_of_accepted", 1, 2);
    numbers.check_count("today.mistakes.category.made.without_labels", 1);
    CHECK(test_support::read_all(folder / "out/report.md").find("Experts call 1 of these 2 major: 50.0 % ") !=
          std::string::npos);
    CHECK(test_support::read_all(folder / "out/report.html").find("<b>,224") == std::string::npos);
}

TEST_CASE("paper: clear errors")
{
    const temporary_folder folder;
    check_fails(run_program({paper}), 2, "--out");
    check_fails(run_program({paper, "--out", folder / "out", "--what"}), 2, "--what");
    check_fails(run_program({paper, "--out", folder / "out", "--facts", folder / "nowhere"}), 1, "table1.csv");
    std::filesystem::create_directories(folder / "data/timm");
    test_support::write_all(folder / "data/timm/results-imagenet.csv", "model,img_size,top1\na,1,x\n");
    test_support::write_all(folder / "data/timm/results-imagenet-real.csv", "model,img_size,top1\na,1,2\n");
    check_fails(run_program({paper, "--data", folder / "data", "--out", folder / "out"}), 1, "results-imagenet.csv");
    test_support::write_all(folder / "file", "");
    check_fails(run_program({paper, "--out", folder / "file"}), 1, "file");
}
