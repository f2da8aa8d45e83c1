// The program `clean_labels`, run as a user runs it.
#include "../support/expected_figures.hpp"
#include "../support/real_data.hpp"
#include "run_program.hpp"

#include <reassess/io/npy.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::read_all;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string clean_labels = REASSESS_CLEAN_LABELS_PROGRAM;

}  // namespace

TEST_CASE("clean_labels: keep list, shares and folds of a small set")
{
    const temporary_folder folder;
    const std::string labels = folder / "labels.txt", names = folder / "names.txt", predictions = folder / "p.npy",
                      keep = folder / "keep.txt", folds = folder / "folds.csv", classes = folder / "classes.csv";
    write_all(labels, "0\n2\n1\n-1\n2\n1\n");
    write_all(names, "a.png\nb.png\nc.png\nd.png\ne.png\nf.png\n");
    reassess::io::write_npy(predictions, std::vector<std::uint16_t>{0, 1, 1, 2, 0, 2, 1, 0, 2, 0, 0, 1}, {6, 2});
    const auto result =
        run_program({clean_labels, "--labels", labels, "--names", names, "--predictions", predictions, "--keep", keep,
                     "--per-class", classes, "--folds", "3", "--seed", "5", "--fold-list", folds, "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.errors == "");
    const auto json = result.json();
    CHECK(json["images"] == 6);
    CHECK(json["folds"]["sizes"] == std::vector<int>{2, 2, 2});
    CHECK(json["cleaned"]["kept"]["hits"] == 2);
    CHECK(json["cleaned"]["kept"]["total"] == 5);
    CHECK(json["cleaned"]["without_label"] == 1);
    CHECK(json["cleaned"]["by_class"][2]["kept"] == 1);
    CHECK(json["cleaned"]["by_class"][2]["images"] == 2);
    CHECK(read_all(keep) == "a.png\ne.png\n");
    CHECK(read_all(classes) == "class,images,kept,share\n0,1,1,1\n1,2,0,0\n2,2,1,0.5\n");
    const std::string list = read_all(folds);
    CHECK(list.starts_with("row,image,fold\n0,a.png,"));
    CHECK(std::count(list.begin(), list.end(), '\n') == 7);

    // Among the first two predictions, b and f agree as well.
    CHECK(run_program({clean_labels, "--labels", labels, "--predictions", predictions, "--top-k", "2", "--keep", "-",
                       "--json", folder / "json"})
              .output.ends_with("0\n1\n4\n5\n"));
    const auto table = run_program({clean_labels, "--labels", labels, "--predictions", predictions});
    CHECK(table.output.find("Kept 2 of 5, 40.00 [") != std::string::npos);
    CHECK(table.output.find("Not kept: 1 images without a label") != std::string::npos);
}

TEST_CASE("clean_labels: with one file a fold, every image is checked by the model that was not trained on it")
{
    const temporary_folder folder;
    write_all(folder / "labels.txt", "0\n1\n0\n1\n0\n1\n0\n1\n0\n1\n");
    std::vector<std::string> command{clean_labels, "--labels",         folder / "labels.txt", "--folds",
                                     "5",          "--by-class",       "--fold-list",         folder / "folds.csv",
                                     "--keep",     folder / "keep.txt"};
    // Model f is right on its own fold where f is even, and everywhere else wrong.
    REQUIRE(run_program({clean_labels, "--labels", folder / "labels.txt", "--folds", "5", "--by-class", "--fold-list",
                         folder / "folds.csv"})
                .status == 0);
    std::vector<int> fold_of;
    std::ifstream list(folder / "folds.csv");
    std::string line;
    for (std::getline(list, line); std::getline(list, line);)
        fold_of.push_back(std::stoi(line.substr(line.rfind(',') + 1)));
    REQUIRE(fold_of.size() == 10);
    std::string expected;
    for (std::size_t i = 0; i < 10; ++i) {
        if (fold_of[i] % 2 == 0) expected += std::to_string(i) + "\n";
    }
    for (int f = 0; f < 5; ++f) {
        std::vector<float> scores;
        for (std::size_t i = 0; i < 10; ++i) {
            const bool right = fold_of[i] == f && f % 2 == 0;
            const bool first = (i % 2 == 0) == right;
            scores.insert(scores.end(), {first ? 1.0F : 0.0F, first ? 0.0F : 1.0F});
        }
        const std::string file = folder / ("scores" + std::to_string(f) + ".npy");
        reassess::io::write_npy(file, scores, {10, 2});
        command.insert(command.end(), {"--scores", file});
    }
    const auto result = run_program(command);
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(read_all(folder / "keep.txt") == expected);
    CHECK(std::count(expected.begin(), expected.end(), '\n') == 6);
}

TEST_CASE("clean_labels: bad usage ends with 2, bad data with 1, in one line")
{
    const temporary_folder folder;
    const std::string labels = folder / "labels.txt", predictions = folder / "p.npy";
    write_all(labels, "0\n1\n");
    reassess::io::write_npy(predictions, std::vector<std::int64_t>{0, 7, 1}, {3});
    check_fails(run_program({clean_labels}), 2, "--labels is required");
    check_fails(run_program({clean_labels, "--labels", labels}), 2, "nothing to do");
    check_fails(run_program({clean_labels, "--labels", labels, "--fold-list", "-", "--keep", "-"}), 2,
                "--keep and --per-class need");
    check_fails(run_program({clean_labels, "--labels", labels, "--predictions", predictions, "--scores", predictions}),
                2, "either --predictions or --scores");
    check_fails(
        run_program({clean_labels, "--labels", labels, "--predictions", predictions, "--predictions", predictions}), 2,
        "2 files for 10 folds");
    check_fails(run_program({clean_labels, "--labels", labels, "--fold-list", "-"}), 1,
                "10 folds requested for 2 images");
    check_fails(run_program({clean_labels, "--labels", labels, "--predictions", predictions}), 1,
                "p.npy: top-k lists have 3 images");
    check_fails(run_program({clean_labels, "--labels", labels, "--scores", predictions}), 1, "p.npy: has 1 dimensions");
    write_all(labels, "0\n1\n0\n");
    check_fails(run_program({clean_labels, "--labels", labels, "--predictions", predictions, "--classes", "5"}), 1,
                "p.npy: prediction 7 of image 1 is outside [0, 5)");
    check_fails(run_program({clean_labels, "--labels", labels, "--predictions", predictions, "--top-k", "2"}), 1,
                "clean labels: top_k = 2 is outside");
}

TEST_CASE("clean_labels: the cross-validated predictions of ImageNet keep as many as the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures()["imagenet"]["clean_label_filter"];
    const temporary_folder folder;
    const auto result = run_program(
        {clean_labels, "--labels", data / "label-errors/imagenet_val_set_original_labels.npy", "--predictions",
         data / "label-errors/imagenet_val_set_pyx_argmax_predicted_labels.npy", "--names",
         data / "label-errors/imagenet_val_set_index_to_filepath.json", "--keep", folder / "keep.txt", "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto kept = result.json()["cleaned"]["kept"];
    CHECK(kept["hits"] == expected["kept"]);
    CHECK(kept["total"] == expected["of"]);
    const std::string list = read_all(folder / "keep.txt");
    CHECK(std::count(list.begin(), list.end(), '\n') == expected["kept"].get<int>());
}
