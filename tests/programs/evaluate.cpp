// The program `evaluate`, run as a user runs it, on a hand-made data set whose numbers can be checked by eye.
#include "run_program.hpp"
#include "support/relative_error.hpp"

#include <reassess/io/npy.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::read_all;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string evaluate = REASSESS_EVALUATE_PROGRAM;

/// Six images of four classes; the rows are in another order than the label sets.
struct small_set {
    temporary_folder folder{};
    std::string scores = folder / "scores.npy";
    std::string lists = folder / "lists.npy";
    std::string original = folder / "original.npy";
    std::string real = folder / "real.json";
    std::string names = folder / "names.txt";

    small_set()
    {
        write_all(names, "x_3.png\nx_1.png\nx_2.png\nx_6.png\nx_5.png\nx_4.png\n");
        write_all(real, "[[1], [2, 0], [], [3], [0, 1, 2], [2]]");
        // Rows are images 3, 1, 2, 6, 5, 4.
        reassess::io::write_npy(original, std::vector<std::int64_t>{0, 1, 2, 1, 3, -1}, {6});
        reassess::io::write_npy(
            scores, std::vector<float>{9, 1, 2, 3,   // image 3: predicts 0, label 0, no set
                                       1, 9, 2, 3,   // image 1: predicts 1, label 1, {1}
                                       9, 1, 3, 2,   // image 2: predicts 0, label 2, {0, 2}
                                       1, 2, 9, 3,   // image 6: predicts 2, label 1, {2}
                                       8, 8, 7, 7,   // image 5: predicts 0 of a tie, label 3 (tied), {0, 1, 2}
                                       1, 2, 3, 9},  // image 4: predicts 3, no label, {3}
            {6, 4});
        reassess::io::write_npy(lists, std::vector<std::uint16_t>{0, 3, 1, 3, 0, 2, 2, 3, 0, 1, 3, 2}, {6, 2});
    }

    [[nodiscard]] std::vector<std::string> command(std::initializer_list<std::string> more) const
    {
        std::vector<std::string> words{evaluate, "--original", original, "--real", real, "--names", names};
        words.insert(words.end(), more);
        return words;
    }
};

}  // namespace

TEST_CASE("evaluate: every number of a small set, from scores and from stored lists")
{
    const small_set set;
    const auto result =
        run_program(set.command({"--scores", "s=" + set.scores, "--predictions", "p=" + set.lists, "--json", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    CHECK(json["images"] == 6);
    CHECK(json["judged"] == 5);
    CHECK(json["excluded"] == 1);
    CHECK(json["labels"] == 8);
    CHECK(json["multi_label"] == 2);
    REQUIRE(json["models"].size() == 2);
    for (const auto& model : json["models"]) {
        // Lists are two deep, so that is as far as all models go.
        REQUIRE(model["top_k"].size() == 2);
        CHECK(model["top_k"][0]["k"] == 1);
        CHECK(model["top_k"][0]["hits"] == 2);
        CHECK(model["top_k"][0]["total"] == 5);
        CHECK(model["top_k"][0]["value"] == 0.4);
        CHECK(model["top_k"][0]["lower"] < 0.4);
        CHECK(model["top_k"][0]["upper"] > 0.4);
        CHECK(model["top_k"][1]["hits"] == 3);
        CHECK(model["real_any"][0]["hits"] == 5);
        CHECK(model["real_any"][0]["total"] == 5);
        CHECK(model["real_kth"][1]["hits"] == 2);
        CHECK(model["real_kth"][1]["total"] == 5);
        CHECK(model["real_kth_where_enough_labels"][1]["hits"] == 2);
        CHECK(model["real_kth_where_enough_labels"][1]["total"] == 2);
        CHECK(model["all_of_top_k"][1]["hits"] == 2);
        CHECK(model["all_of_top_k"][1]["total"] == 2);
        CHECK(model["preference"]["model_preferred"] == 2);
        CHECK(model["preference"]["label_preferred"] == 0);
        CHECK(model["preference"]["both_correct"] == 1);
        CHECK(model["preference"]["both_wrong"] == 0);
        CHECK(model["preference"]["both_wrong_without_labels"] == 0);
        CHECK(model["preference"]["ratio"] == 1.0);
        CHECK(model["preference"]["upper"] == 1.0);
        CHECK(model["preference"]["exact_p_value"] == 0.5);
        CHECK(model["preference"]["mid_p_value"] == 0.25);
        CHECK(model["remedied"]["hits"] == 3);
        CHECK(model["remedied"]["total"] == 3);
        CHECK(model["joint"]["both_right"] == 1);
        CHECK(model["joint"]["only_original_right"] == 0);
        CHECK(model["joint"]["only_real_right"] == 3);
        CHECK(model["joint"]["both_wrong"] == 0);
    }
    CHECK(json["models"][0]["name"] == "s");
    CHECK(json["models"][0]["ties"] == 1);
    CHECK(json["models"][0]["nan_images"] == 0);
    CHECK(json["models"][1]["name"] == "p");
    CHECK(json["models"][1]["ties"].is_null());
    CHECK(test_support::relative_error(json["models"][0]["reciprocal_rank"].get<double>(),
                                       (1 + 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 5) < 1e-14);
    CHECK(json["models"][1]["reciprocal_rank"].is_null());
    CHECK(json["models"][0]["probabilities"].is_null());
    CHECK(json["models"][1]["nan_images"].is_null());
    CHECK(json["preference_order"]["models"] == std::vector<std::string>{"s", "p"});
    CHECK(json["preference_order"]["first_above_half"] == "s");
    CHECK(json["preference_order"]["first_clearly_above_half"].is_null());
    CHECK(json["original_labels"]["real"]["hits"] == 2);
    CHECK(json["original_labels"]["real"]["total"] == 4);
    CHECK(json["oracle"]["images"] == 2);
    CHECK(json["oracle"]["classes_below"] == 1);
    CHECK(json["oracle"]["threshold"] == 0.9);
    CHECK(json["oracle"]["excluded_classes"] == 0);
    CHECK(json["oracle"]["mean"] == 0.75);
}

TEST_CASE("evaluate: --metrics ranking adds how label sets are ranked, and nothing without it")
{
    const small_set set;
    const auto result = run_program(set.command(
        {"--scores", "s=" + set.scores, "--predictions", "p=" + set.lists, "--metrics", "ranking", "--json", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto near = [](const auto& found, double value) {
        return test_support::relative_error(found.template get<double>(), value) < 1e-14;
    };
    // All acceptable classes are before all others; the original labels have the ranks 0, 0, 1, 2, 3.
    for (const auto& model : result.json()["models"]) {
        const auto& real = model["ranking"]["real"];
        CHECK(real["images"] == 5);
        CHECK(real["one_error"] == 0.0);
        CHECK(near(real["at_k"][1]["precision"], (0.5 + 1 + 0.5 + 1 + 0.5) / 5));
        CHECK(near(real["at_k"][1]["recall"], (1 + 1 + 1 + 2.0 / 3 + 1) / 5));
        CHECK(near(real["at_k"][1]["f1"], (2.0 / 3 + 1 + 2.0 / 3 + 4.0 / 5 + 2.0 / 3) / 5));
        CHECK(real["at_k"][1]["ndcg"] == 1.0);
        const auto& original = model["ranking"]["original"];
        CHECK(original["images"] == 5);
        CHECK(original["one_error"] == 0.6);
        CHECK(original["r_precision"] == 0.4);
        CHECK(original["at_k"][1]["k"] == 2);
        CHECK(original["at_k"][1]["recall"] == 0.6);
    }
    const auto scores = result.json()["models"][0]["ranking"];
    CHECK(scores["real"]["r_precision"] == 1.0);
    CHECK(scores["real"]["label_ranking_average_precision"] == 1.0);
    CHECK(scores["real"]["coverage_error"] == 1.6);
    CHECK(scores["real"]["ranking_loss"] == 0.0);
    CHECK(near(scores["original"]["label_ranking_average_precision"], (1 + 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 5));
    CHECK(scores["original"]["coverage_error"] == 2.2);
    CHECK(near(scores["original"]["ranking_loss"], 0.4));
    // Lists of two do not tell all ranks, and a set has three labels.
    const auto lists = result.json()["models"][1]["ranking"]["real"];
    for (const char* unknown : {"r_precision", "label_ranking_average_precision", "coverage_error", "ranking_loss"})
        CHECK(lists[unknown].is_null());

    const auto table = run_program(set.command({"--scores", "s=" + set.scores, "--metrics", "ranking"}));
    CHECK(table.output.find("Ranking of the original labels") != std::string::npos);
    CHECK(table.output.find("Ranking of the label sets") != std::string::npos);
    CHECK(table.output.find("1.60") != std::string::npos);
    const auto without = run_program(set.command({"--scores", "s=" + set.scores, "--json", "-"}));
    CHECK_FALSE(without.json()["models"][0].contains("ranking"));
    check_fails(run_program(set.command({"--scores", set.scores, "--metrics", "sorting"})), 2, "sorting");
}

TEST_CASE("evaluate: --metrics classes, groups, selective and agreement, by hand; without them nothing is added")
{
    const small_set set;
    const std::string groups = set.folder / "groups.csv", tree = set.folder / "tree.txt",
                      synsets = set.folder / "synsets.txt";
    write_all(groups, "class,group\n0,a\nc1,a\n2,b\n3,b\nc2,c\n");
    write_all(tree, "root x\nroot y\nx c0\nx c1\ny c2\ny c3\n");
    write_all(synsets, "c0\nc1\nc2\nc3\n");
    const auto result =
        run_program(set.command({"--scores", "s=" + set.scores, "--predictions", "p=" + set.lists, "--scores-are",
                                 "logits", "--synsets", synsets, "--groups", groups, "--taxonomy", tree, "--metrics",
                                 "classes,groups,selective,agreement", "--json", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    const auto near = [](const auto& found, double value) {
        return test_support::relative_error(found.template get<double>(), value) < 1e-14;
    };
    for (const auto& model : json["models"]) {
        const auto& classes = model["classes"]["original"];
        CHECK(classes["classes"][0]["true_positives"] == 1);
        CHECK(classes["classes"][0]["predicted"] == 3);
        CHECK(classes["classes"][1]["recall"] == 0.5);
        CHECK(classes["classes"][3]["precision"].is_null());
        CHECK(classes["micro"]["f1"] == 0.4);
        CHECK(near(classes["macro"]["precision"]["value"], 4.0 / 9));
        CHECK(classes["macro"]["precision"]["undefined_classes"] == 1);
        CHECK(classes["macro"]["precision"]["undefined_support"] == 1);
        // 5 * 2 - (1 * 3 + 2 * 1 + 1 * 1) = 4; 25 - (9 + 1 + 1) = 14 and 25 - (1 + 4 + 1 + 1) = 18; 25 - 6 = 19.
        CHECK(near(classes["matthews_correlation"], 4 / std::sqrt(14.0 * 18.0)));
        CHECK(near(classes["cohen_kappa"], 4.0 / 19));
        CHECK(model["classes"]["real"]["micro"]["precision"] == 1.0);
        CHECK(model["classes"]["real"]["micro"]["recall"] == 0.625);
        CHECK(model["groups"]["original"]["accuracy"]["hits"] == 2);
        CHECK(model["groups"]["original"]["accuracy"]["total"] == 5);
        CHECK(model["groups"]["original"]["mistakes_within"]["total"] == 3);
        CHECK(model["groups"]["real"]["accuracy"]["value"] == 1.0);
        CHECK(model["groups"]["real"]["groups"][0]["group"] == "a");
        CHECK(model["groups"]["real"]["groups"][0]["support"] == 3);
        CHECK(model["groups"]["real"]["groups"][2]["support"] == 3);
        CHECK(model["groups"]["real"]["groups"][2]["predicted"] == 1);
        CHECK(model["mistake_heights"]["original"]["mistakes"] == std::vector<int>{0, 0, 3});
        CHECK(model["mistake_heights"]["original"]["mean_of_images"] == 1.2);
        CHECK(model["mistake_heights"]["real"]["right"] == 5);
        CHECK(model["mistake_heights"]["real"]["mean_of_mistakes"].is_null());
    }
    const auto selective = json["models"][0]["selective"]["original"];
    CHECK(selective["images"] == 5);
    CHECK(selective["risk_at"][4]["risk"]["expected"] == 0.6);
    CHECK(json["models"][0]["selective"]["real"]["area"]["upper"] == 0.0);
    CHECK_FALSE(json["models"][1].contains("selective"));
    CHECK(json["agreement"]["predictions"][0]["hits"] == 6);
    const auto agreement = json["agreement"]["original"];
    CHECK(agreement["right_by_models"]["images"] == std::vector<int>{3, 0, 2});
    CHECK(agreement["right_by_models"]["left_out"] == 1);
    CHECK(agreement["right_by_models"]["none_right"]["hits"] == 3);
    CHECK(agreement["pairs"][0]["kappa"] == 1.0);
    CHECK(agreement["pairs"][0]["second"] == "p");
    CHECK(agreement["pairs"][0]["flipped"] == 0.0);
    CHECK(json["agreement"]["real"]["pairs"][0]["kappa"].is_null());

    const auto table =
        run_program(set.command({"--scores", "s=" + set.scores, "--predictions", "p=" + set.lists, "--synsets", synsets,
                                 "--groups", groups, "--taxonomy", tree, "--metrics", "classes,groups,agreement"}));
    CHECK(table.status == 0);
    for (const char* text :
         {"Scores of the classes by original labels", "Scores of the classes by label sets",
          "Accuracy by group, by label sets", "mistakes within groups", "Height of the lowest common ancestor",
          "Agreement by original labels: all models are right"})
        CHECK(table.output.find(text) != std::string::npos);
    const auto without = run_program(set.command({"--scores", set.scores, "--predictions", set.lists, "--json", "-"}));
    CHECK_FALSE(without.json().contains("agreement"));
    for (const char* key : {"classes", "groups", "mistake_heights", "selective"})
        CHECK_FALSE(without.json()["models"][0].contains(key));
    const auto refuses = [&](std::initializer_list<std::string> options, int status, const char* part) {
        auto words = set.command({"--scores", set.scores});
        words.insert(words.end(), options);
        check_fails(run_program(words), status, part);
    };
    refuses({"--metrics", "groups"}, 2, "give --groups, --taxonomy or both");
    refuses({"--groups", groups}, 2, "are read by --metrics groups");
    refuses({"--metrics", "selective"}, 2, "give --scores-are");
    refuses({"--metrics", "agreement"}, 2, "give at least 2");
    refuses({"--metrics", "groups", "--taxonomy", tree}, 1, "class 0 has no node");
    write_all(tree, "root c0\nroot c1\nroot c2\nx c3\n");
    refuses({"--metrics", "groups", "--taxonomy", tree, "--synsets", synsets}, 1, "have no common ancestor");
}

TEST_CASE("evaluate: losses and calibration, if the interpretation of the scores is given")
{
    const temporary_folder folder;
    reassess::io::write_npy(folder / "original.npy", std::vector<std::int64_t>{1, 0, -1}, {3});
    write_all(folder / "real.json", "[[0, 1], [], [2]]");
    reassess::io::write_npy(folder / "p.npy", std::vector<double>{0.25, 0.5, 0.25, 1, 0, 0, 0, 0.5, 0.5}, {3, 3});
    const auto run = [&](std::initializer_list<std::string> more) {
        std::vector<std::string> words{
            evaluate, "--scores",           folder / "p.npy", "--original", folder / "original.npy",
            "--real", folder / "real.json", "--json",         "-"};
        words.insert(words.end(), more);
        return run_program(words);
    };
    const auto result = run({"--scores-are", "probabilities"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto found = result.json()["models"][0]["probabilities"];
    const auto check = [](double value, double expected) {
        CHECK(test_support::relative_error(value, expected) < 1e-15);
    };
    check(found["log_loss"].get<double>(), -std::log(0.5) / 2);
    check(found["brier_score"].get<double>(), (0.25 + 0.0625 + 0.0625) / 2);
    // Image 3 has label 2 of probability 1/2; image 1 both 1/4 and 1/2.
    check(found["real_log_loss"].get<double>(), (-(std::log(0.25) + std::log(0.5)) / 2 - std::log(0.5)) / 2);
    check(found["calibration"]["l1"].get<double>(), 0.25);  // one of 1 at 0.5, one of 1 at 1
    check(found["calibration"]["max"].get<double>(), 0.5);
    REQUIRE(found["calibration"]["bins"].size() == 15);
    CHECK(found["calibration"]["bins"][7]["total"] == 1);
    CHECK(found["calibration"]["bins"][14]["hits"] == 1);
    CHECK(found["calibration"]["bins"][0]["confidence"].is_null());
    CHECK(found["real_calibration"]["bins"][7]["hits"] == 1);  // image 3 predicts 1, a tie, and is wrong

    const auto logits = run({"--scores-are", "logits"});
    REQUIRE_MESSAGE(logits.status == 0, logits.errors);
    CHECK(logits.json()["models"][0]["probabilities"]["log_loss"] != found["log_loss"]);
    check_fails(run({"--scores-are", "odds"}), 2, "--scores-are");
    check_fails(run({"--scores-are", "logits", "--normalise"}), 2, "only probabilities can be normalised");
}

TEST_CASE("evaluate: what was not given, or has no value, is null")
{
    const small_set set;
    const auto result = run_program({evaluate, "--predictions", set.lists, "--original", set.original, "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    for (const char* key :
         {"judged", "excluded", "labels", "multi_label", "original_labels", "oracle", "preference_order"})
        CHECK(json[key].is_null());
    for (const char* key :
         {"real_any", "real_kth", "real_kth_where_enough_labels", "all_of_top_k", "preference", "remedied", "joint"}) {
        CHECK(json["models"][0][key].is_null());
    }
    CHECK(json["models"][0]["name"] == "lists");
    const auto latin_1 =
        run_program({evaluate, "--predictions", "r\xe9seau=" + set.lists, "--original", set.original, "--json", "-"});
    CHECK(latin_1.json()["models"][0]["name"] == "r\xef\xbf\xbdseau");

    write_all(set.real, "[[], [], [], [], [], []]");
    const auto empty = run_program(set.command({"--predictions", set.lists, "--json", "-"})).json();
    CHECK(empty["models"][0]["real_any"][0]["total"] == 0);
    CHECK(empty["models"][0]["real_any"][0]["value"].is_null());
    CHECK(empty["models"][0]["real_any"][0]["lower"].is_null());
    CHECK(empty["models"][0]["preference"]["ratio"].is_null());
    CHECK(empty["models"][0]["preference"]["exact_p_value"].is_null());
    CHECK(empty["models"][0]["remedied"]["value"].is_null());
    CHECK(empty["preference_order"]["first_above_half"].is_null());
    CHECK(empty["oracle"]["mean"].is_null());
}

TEST_CASE("evaluate: the table for people, and what it says of the classes and the join")
{
    const small_set set;
    const auto scores = run_program(set.command({"--scores", "my model=" + set.scores, "--k", "1,3"}));
    REQUIRE_MESSAGE(scores.status == 0, scores.errors);
    CHECK(scores.output.find("6 images, 4 classes (columns of the scores)") != std::string::npos);
    CHECK(scores.output.find("joined by the number at the end of the image name") != std::string::npos);
    CHECK(scores.output.find("my model   40.00 [11.76, 76.93]") != std::string::npos);
    CHECK(scores.output.find("k = 3") != std::string::npos);
    CHECK(scores.output.find("my model            40.00   100.00 [34.24, 100.00]        0.2500   ") !=
          std::string::npos);
    CHECK(scores.output.find("preferred more often than not: my model; with its whole interval: none") !=
          std::string::npos);

    const auto unsorted = run_program(set.command({"--scores", "my model=" + set.scores, "--k", "3,1,3"}));
    CHECK(unsorted.output == scores.output);

    const auto lists = run_program(set.command({"--predictions", set.lists}));
    CHECK(lists.output.find("4 classes (one more than the largest class seen)") != std::string::npos);
    const auto given = run_program(set.command({"--predictions", set.lists, "--classes", "10"}));
    CHECK(given.output.find("10 classes (--classes)") != std::string::npos);
}

TEST_CASE("evaluate: files by class, by pair, by position and by mistake")
{
    const small_set set;
    const std::string by_class = set.folder / "class.csv", pairs = set.folder / "pairs.csv",
                      curves = set.folder / "curves.csv", mistakes = set.folder / "mistakes.csv";
    const auto result = run_program(set.command({"--scores", "a,b=" + set.scores, "--per-class", by_class,
                                                 "--cooccurrence", pairs, "--curves", curves, "--mistakes", mistakes}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(read_all(by_class) == "class,images,oracle,\"a,b\"\n0,0,,0\n1,1,1,1\n2,1,0.5,0\n3,0,,0\n");
    CHECK(read_all(pairs) == "class,other,images,share\n2,0,1,1\n");
    CHECK(read_all(curves) == "position,oracle,\"a,b\"\n0,0.5,0\n");
    CHECK(read_all(mistakes) ==
          "model,row,image,prediction,original,labels,by_original,by_real\n"
          "\"a,b\",2,x_2.png,0,2,0 2,1,0\n"
          "\"a,b\",3,x_6.png,2,1,2,1,0\n"
          "\"a,b\",4,x_5.png,0,3,0 1 2,1,0\n");

    const auto excluded = run_program(
        set.command({"--scores", set.scores, "--exclude-classes", "0-2", "--curves", curves, "--json", "-"}));
    CHECK(excluded.json()["oracle"]["classes_below"] == 0);
    CHECK(excluded.json()["oracle"]["excluded_classes"] == 3);
    CHECK(read_all(curves) == "position,oracle,scores\n");
}

TEST_CASE("evaluate: a sample of mistakes as a task for raters")
{
    const small_set set;
    const std::string task = set.folder / "task.csv", other = set.folder / "other.npy";
    reassess::io::write_npy(other, std::vector<std::int64_t>{3, 3, 3, 3, 3, 3}, {6});
    const auto sample = [&](const char* size, const char* seed) {
        const auto result = run_program(set.command({"--scores", "s=" + set.scores, "--predictions", "o=" + other,
                                                     "--mistakes", task, "--mistakes-sample", size, "--seed", seed}));
        REQUIRE_MESSAGE(result.status == 0, result.errors);
        return read_all(task);
    };
    // By the original label that label alone counts as correct, by ReaL the set; s has no mistake by ReaL.
    CHECK(sample("9", "1") ==
          "model,metric,image,prediction,original,labels,verdict\n"
          "s,original,x_2.png,0,2,2,\n"
          "s,original,x_6.png,2,1,1,\n"
          "s,original,x_5.png,0,3,3,\n"
          "o,original,x_3.png,3,0,0,\n"
          "o,original,x_1.png,3,1,1,\n"
          "o,original,x_2.png,3,2,2,\n"
          "o,original,x_6.png,3,1,1,\n"
          "o,real,x_1.png,3,1,1,\n"
          "o,real,x_2.png,3,2,0 2,\n"
          "o,real,x_6.png,3,1,2,\n"
          "o,real,x_5.png,3,3,0 1 2,\n");
    const std::string one_each = sample("1", "1");
    CHECK(std::count(one_each.begin(), one_each.end(), '\n') == 4);
    CHECK(sample("1", "1") == one_each);
    std::set<std::string> samples;
    for (const char* seed : {"1", "2", "3", "4", "5"}) samples.insert(sample("1", seed));
    CHECK(samples.size() > 1);
    check_fails(run_program(set.command({"--scores", set.scores, "--mistakes-sample", "3"})), 2, "--mistakes");
}

TEST_CASE("evaluate: threads and backend change nothing")
{
    const small_set set;
    const std::string expected =
        run_program(set.command({"--scores", set.scores, "--backend", "seq", "--json", "-"})).output;
    REQUIRE(!expected.empty());
    for (const char* threads : {"1", "2", "3", "7"}) {
        CHECK(run_program(set.command({"--scores", set.scores, "--threads", threads, "--json", "-"})).output ==
              expected);
    }
}

TEST_CASE("evaluate: NaN, missing labels by another number, names of the label sets")
{
    const small_set set;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::string with_nan = set.folder / "nan.npy";
    reassess::io::write_npy(
        with_nan, std::vector<double>{9, 1, 2, 3, 1, 9, 2, 3, 9, 1, 3, 2, 1, 2, double(nan), 3, 8, 8, 7, 7, 1, 2, 3, 9},
        {6, 4});
    check_fails(run_program(set.command({"--scores", with_nan})), 1,
                "the score of class 2 of image 3 is NaN; --exclude-nan leaves such images out");
    const auto json = run_program(set.command({"--scores", with_nan, "--exclude-nan", "--json", "-"})).json();
    CHECK(json["models"][0]["nan_images"] == 1);
    CHECK(json["models"][0]["top_k"][0]["total"] == 4);

    reassess::io::write_npy(set.original, std::vector<std::uint16_t>{0, 1, 2, 1, 3, 65535}, {6});
    check_fails(run_program(set.command({"--scores", set.scores})), 1, "label 65535 of image 5 is outside [0, 4)");
    const auto ignored = run_program(set.command({"--scores", set.scores, "--ignore-label", "65535", "--json", "-"}));
    CHECK(ignored.json()["models"][0]["top_k"][0]["total"] == 5);

    const std::string real_names = set.folder / "real_names.txt";
    write_all(real_names, "x_1.png\nx_2.png\nx_3.png\nx_4.png\nx_5.png\nx_6.png\n");
    const auto named = run_program(
        set.command({"--scores", set.scores, "--ignore-label", "65535", "--real-names", real_names, "--json", "-"}));
    CHECK(named.output == ignored.output);
}

TEST_CASE("evaluate: labels in another order than the rows earn a warning")
{
    const temporary_folder folder;
    const std::string lists = folder / "p.npy", real = folder / "real.json", names = folder / "names.txt";
    std::vector<std::int32_t> predictions;
    std::string sets = "[", rows;
    for (int i = 0; i < 200; ++i) {
        predictions.push_back(199 - i);
        sets += (i == 0 ? "[" : ", [") + std::to_string(i) + "]";
        rows += "image" + std::to_string(200 - i) + ".jpg\n";
    }
    write_all(real, sets + "]");
    write_all(names, rows);
    reassess::io::write_npy(lists, predictions, {200});
    const auto by_position = run_program({evaluate, "--predictions", lists, "--real", real});
    CHECK(by_position.status == 0);
    CHECK(by_position.errors.find("as by chance") != std::string::npos);
    CHECK(by_position.errors.find("--names") != std::string::npos);
    const auto by_name =
        run_program({evaluate, "--predictions", lists, "--real", real, "--names", names, "--json", "-"});
    CHECK(by_name.errors == "");
    CHECK(by_name.json()["models"][0]["real_any"][0]["hits"] == 200);
}

TEST_CASE("evaluate: bad usage is exit status 2, bad data 1, each with one clear line")
{
    const small_set set;
    check_fails(run_program({evaluate, "--bogus"}), 2, "--bogus");
    check_fails(run_program({evaluate, "--original", set.original}), 2, "no model");
    check_fails(run_program({evaluate, "--scores", set.scores}), 2, "no labels");
    check_fails(run_program(set.command({"--scores", set.scores, "--k", "1,5"})), 2, "5 is outside [1, 4]");
    check_fails(run_program(set.command({"--scores", set.scores, "--scores", set.scores})), 2,
                "two models are called scores");
    check_fails(run_program(set.command({"--scores", set.scores, "--exclude-classes", "9-3"})), 2,
                "9-3 is not a valid range");
    check_fails(run_program(set.command({"--scores", set.scores, "--backend", "gpu"})), 2, "--backend");
    check_fails(run_program(set.command({"--scores", set.folder / "nowhere.npy"})), 1, "nowhere.npy");
    check_fails(run_program(set.command({"--scores", set.lists})), 1, "expected scores");
    check_fails(run_program(set.command({"--predictions", set.lists, "--classes", "2"})), 1, "is outside [0, 2)");
    const std::string stray = set.folder / "stray.npy";
    reassess::io::write_npy(stray, std::vector<std::int32_t>{0, 1, 2, 2147483646, 0, 1}, {6});
    check_fails(run_program(set.command({"--predictions", stray})), 1, "the largest class in predictions, labels");
    check_fails(run_program(set.command({"--scores", set.scores, "--mistakes", set.folder / "no/m.csv"})), 1,
                "no/m.csv: cannot be opened for writing");
    check_fails(run_program(set.command({"--scores", set.scores, "--exclude-classes", "2147483647"})), 2,
                "2147483647 is outside [0, 4)");
    // A name ends at the first =, but not within a path.
    check_fails(run_program(set.command({"--scores", "a=" + (set.folder / "b=c.npy")})), 1, "/b=c.npy: cannot be");
    check_fails(run_program(set.command({"--scores", set.folder / "b=c.npy"})), 1, "/b=c.npy: cannot be");
    write_all(set.real, "[[1], [2], [0]]");
    check_fails(run_program(set.command({"--scores", set.scores})), 1, "3 sets, but 6 image names");
    write_all(set.real, "[[1], [2], 0]");
    check_fails(run_program(set.command({"--scores", set.scores})), 1, set.real);
    CHECK(run_program({evaluate, "--help"}).status == 0);
}

TEST_CASE("evaluate: paired tests of several models, and none of one")
{
    const small_set set;
    const auto one = run_program(set.command({"--scores", set.scores, "--json", "-"})).json();
    CHECK(one["paired_tests"]["original"].is_null());
    CHECK(one["paired_tests"]["real"].is_null());

    // Predicts 1 for every image: right by original label for images 1 and 6, by its set for 1 and 5.
    const std::string other = set.folder / "other.npy";
    reassess::io::write_npy(other, std::vector<std::int64_t>{1, 1, 1, 1, 1, 1}, {6});
    const std::vector<std::string> command =
        set.command({"--scores", "s=" + set.scores, "--predictions", "o=" + other});
    auto with_json = command;
    with_json.insert(with_json.end(), {"--json", "-"});
    const auto run = run_program(with_json);
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto tests = run.json()["paired_tests"];
    REQUIRE(tests["original"]["pairs"].size() == 1);
    const auto& original = tests["original"]["pairs"][0];
    CHECK(original["first"] == "s");
    CHECK(original["second"] == "o");
    CHECK(original["images"] == 5);  // one has no label
    CHECK(original["both_right"] == 1);
    CHECK(original["only_first_right"] == 1);
    CHECK(original["only_second_right"] == 1);
    CHECK(original["both_wrong"] == 2);
    CHECK(original["difference"] == 0.0);
    CHECK(original["exact_p_value"] == 1.0);
    const auto& real = tests["real"]["pairs"][0];
    CHECK(real["images"] == 5);
    CHECK(real["only_first_right"] == 3);
    CHECK(real["only_second_right"] == 0);
    CHECK(real["exact_p_value"].get<double>() > 0.2499999999);
    CHECK(real["exact_p_value"].get<double>() < 0.2500000001);
    CHECK(real["different"] == false);
    CHECK(tests["real"]["groups"] == nlohmann::json::parse(R"([["s", "o"]])"));
    // By ReaL s is right on 5 images of 5, o on 2: never behind in a resample, but sometimes level.
    const auto& places = tests["real"]["places"];
    REQUIRE(places.size() == 2);
    CHECK(places[0]["name"] == "s");
    CHECK(places[0]["place"] == 1.0);
    CHECK(places[0]["best_share"] == 1.0);
    CHECK(places[1]["place"] == 2.0);
    CHECK(places[1]["best_share"] > 0.0);
    CHECK(places[1]["best_share"] < 0.05);  // of 5 draws none of the 3 on which they differ: 1 %
    CHECK(tests["original"]["places"][0]["place"] == 1.5);
    auto other_seed = with_json;
    other_seed.insert(other_seed.end(), {"--seed", "2", "--backend", "seq"});
    const auto again = run_program(other_seed).json()["paired_tests"];
    CHECK(again["real"]["places"][1]["best_share"] != places[1]["best_share"]);
    CHECK(again["real"]["pairs"] == tests["real"]["pairs"]);

    const auto table = run_program(command);
    REQUIRE_MESSAGE(table.status == 0, table.errors);
    for (const char* part :
         {"Who differs by original accuracy: 0 of 1 pairs", "Who differs by ReaL accuracy", "60.00 [", "1 [1, 2]"})
        CHECK_MESSAGE(table.output.find(part) != std::string::npos, "expected '", part, "' in: ", table.output);
}
