// The program `evaluate` on inputs as people have them: joins, repeated rows, shards, numberings, and what it says.
#include "../support/real_data.hpp"
#include "run_program.hpp"

#include <reassess/data/class_orders.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::program_result;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string evaluate = REASSESS_EVALUATE_PROGRAM;

program_result run(std::vector<std::string> words)
{
    words.insert(words.begin(), evaluate);
    words.insert(words.end(), {"--json", "-"});
    return run_program(words);
}

/// Hits and images of the only model's first predictions.
void check_hits(const program_result& result, const char* metric, int hits, int total)
{
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto found = result.json().at("models").at(0).at(metric).at(0);
    CHECK(found["hits"] == hits);
    CHECK(found["total"] == total);
}

/// The kinds of all warnings, in order; each is printed on standard error.
std::vector<std::string> warnings_of(const program_result& result)
{
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    std::vector<std::string> kinds;
    const auto document = result.json();
    for (const auto& warning : document["warnings"]) {
        kinds.push_back(warning["kind"]);
        CHECK(result.errors.find(warning["text"].get<std::string>()) != std::string::npos);
    }
    return kinds;
}

}  // namespace

TEST_CASE("evaluate: 12 rows of 10 images are an error, or count once, with names, ids and named predictions")
{
    const temporary_folder folder;
    std::string names, ids, lists, named, labels, val;
    for (int row = 0; row < 12; ++row) {
        const int image = row % 10;  // a sampler pads with the first two images
        const std::string prediction = std::to_string(image < 2 ? 9 - image : image);
        names += "x_" + std::to_string(image + 1) + ".png\n";
        ids += std::to_string(image) + "\n";
        lists += prediction + "\n";
        named += "x_" + std::to_string(image + 1) + ".png," + prediction + "\n";
        labels += std::to_string(image) + "\n";
        if (row < 10) val += "x_" + std::to_string(image + 1) + ".png " + std::to_string(image) + "\n";
    }
    for (const auto& [file, text] : std::vector<std::pair<std::string, std::string>>{
             {"names", names}, {"ids", ids}, {"lists", lists}, {"named", named}, {"labels", labels}, {"val", val}})
        write_all(folder / (file + ".txt"), text);
    const std::string val_file = folder / "val.txt";
    const std::vector<std::vector<std::string>> inputs{
        {"--predictions", folder / "lists.txt", "--names", folder / "names.txt", "--original", folder / "labels.txt"},
        {"--predictions", folder / "lists.txt", "--names", folder / "names.txt", "--original", val_file},
        {"--predictions", folder / "lists.txt", "--ids", folder / "ids.txt", "--original", folder / "labels.txt"},
        {"--predictions", folder / "named.txt", "--original", val_file},
    };
    for (std::vector<std::string> words : inputs) {
        CAPTURE(words[3]);
        check_fails(
            run(words), 1,
            words[2] == "--ids" ? "\"0\" occurs twice (rows 0 and 10)" : "\"x_1.png\" occurs twice (rows 0 and 10)");
        words.insert(words.end(), {"--repeated", "first"});
        check_hits(run(words), "top_k", 8, 10);
    }
    write_all(folder / "lists.txt", lists.substr(0, lists.size() - 2) + "5\n");
    auto words = inputs[0];
    words.insert(words.end(), {"--repeated", "first"});
    check_fails(run(words), 1, "the rows 1 and 11 of the image \"x_2.png\" differ");
    check_fails(run({"--predictions", folder / "lists.txt", "--names", folder / "names.txt", "--ids",
                     folder / "ids.txt", "--original", val_file}),
                2, "--names or --ids");
}

TEST_CASE("evaluate: class order and class selection together, by both rules")
{
    const temporary_folder folder;
    // Folders 0 to 10 in text order are 0, 1, 10, 2, ..; label i is a position in it, and class c of the 11 is column
    // 12 - c of 13.
    const auto order = reassess::text_class_order(11);
    std::vector<float> scores(11 * 13);
    std::string labels;
    for (std::size_t i = 0; i < 11; ++i) {
        scores[i * 13 + 12 - static_cast<std::size_t>(order[i])] = 1;
        labels += std::to_string(i) + "\n";
    }
    reassess::io::write_npy(folder / "s.npy", scores, {11, 13});
    write_all(folder / "o.txt", labels);
    const std::vector<std::string> words{"--scores", folder / "s.npy", "--original", folder / "o.txt",
                                         "--class-selection"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), words.begin(), words.end());
        return run(more);
    };
    const std::string selection = "12,11,10,9,8,7,6,5,4,3,2";
    check_hits(with({selection, "--class-order", "text"}), "top_k", 11, 11);
    check_hits(with({selection, "--class-order", "text", "--rank-among", "all"}), "top_k", 11, 11);
    check_fails(with({selection, "--class-order", "devkit"}), 2, "1000 classes, but --class-selection has 11");
    // A list that is longer than the name of a file can be.
    std::string zeros = selection;
    zeros.replace(0, 2, std::string(300, '0') + "12");
    check_hits(with({zeros, "--class-order", "text"}), "top_k", 11, 11);
    reassess::io::write_npy(folder / "t.npy", std::vector<float>(11 * 12), {11, 12});
    check_fails(with({selection, "--scores", folder / "t.npy"}), 1, "t.npy: scores of 12 classes, expected 13 as in");
}

TEST_CASE("evaluate: predictions, scores and label sets in another order of the classes")
{
    const temporary_folder folder;
    // Row i is of class 3 i. What is written are positions in text order, or the devkit's numbers.
    const auto devkit = reassess::inverse_class_order(reassess::devkit_class_order());
    const auto text = reassess::inverse_class_order(reassess::text_class_order(1000));
    std::string labels, text_numbers, devkit_numbers, text_sets = "[";
    std::vector<float> text_scores(100 * 1000), devkit_scores(100 * 1001), selected_scores(100 * 1002);
    for (std::size_t i = 0; i < 100; ++i) {
        const std::size_t c = 3 * i, by_text = static_cast<std::size_t>(text[c]),
                          by_devkit = static_cast<std::size_t>(devkit[c]);
        labels += std::to_string(c) + "\n";
        text_numbers += std::to_string(by_text) + "\n";
        devkit_numbers += std::to_string(by_devkit + 1) + "\n";
        text_sets += (i == 0 ? "[" : ", [") + std::to_string(by_text) + "]";
        text_scores[i * 1000 + by_text] = 1;
        devkit_scores[i * 1001 + by_devkit + 1] = 1;
        selected_scores[i * 1002 + c + 2] = 1;
    }
    for (const auto& [file, content] : std::vector<std::pair<std::string, std::string>>{{"o.txt", labels},
                                                                                        {"text.txt", text_numbers},
                                                                                        {"devkit.txt", devkit_numbers},
                                                                                        {"sets.json", text_sets + "]"}})
        write_all(folder / file, content);
    reassess::io::write_npy(folder / "text.npy", text_scores, {100, 1000});
    reassess::io::write_npy(folder / "devkit.npy", devkit_scores, {100, 1001});
    reassess::io::write_npy(folder / "selected.npy", selected_scores, {100, 1002});
    const std::vector<std::string> by_label{"--original", folder / "o.txt"};
    const auto hits = [&](std::vector<std::string> words, int expected) {
        words.insert(words.end(), by_label.begin(), by_label.end());
        check_hits(run(words), "top_k", expected, 100);
    };
    hits({"--predictions", folder / "text.txt", "--classes", "1000"}, 1);  // class 0 only
    hits({"--predictions", folder / "text.txt", "--classes", "1000", "--model-class-order", "text"}, 100);
    hits({"--predictions", folder / "devkit.txt", "--model-class-order", "devkit"}, 100);
    hits({"--scores", folder / "text.npy", "--model-class-order", "text"}, 100);
    hits({"--scores", folder / "devkit.npy", "--model-class-order", "devkit"}, 100);
    check_hits(run({"--predictions", folder / "o.txt", "--real", folder / "sets.json", "--real-class-order", "text",
                    "--classes", "1000"}),
               "real_any", 100, 100);
    // The devkit's numbers of 1000 selected classes, columns 2 to 1001.
    for (const char* const rule : {"selected", "all"}) {
        check_hits(run({"--scores", folder / "selected.npy", "--original", folder / "devkit.txt", "--class-order",
                        "devkit", "--class-selection", "2-1001", "--rank-among", rule}),
                   "top_k", 100, 100);
    }
    std::vector<std::string> words{"--predictions", folder / "text.txt", "--model-class-order", "text"};
    words.insert(words.end(), by_label.begin(), by_label.end());
    check_fails(run(words), 2, "--model-class-order text: predictions need --classes");
    words[3] = "devkit";
    check_fails(run(words), 1, "text.txt: prediction 0 of row 0 is outside [1, 1001)");
    words = {"--scores", folder / "selected.npy", "--model-class-order", "devkit"};
    words.insert(words.end(), by_label.begin(), by_label.end());
    check_fails(run(words), 1, "scores of 1002 classes, but a class order of 1000");
    check_fails(run({"--predictions", folder / "o.txt", "--original", folder / "o.txt", "--real-class-order", "text"}),
                2, "--real-class-order numbers label sets: give --real");
}

TEST_CASE("evaluate: options that would have no effect are refused")
{
    const temporary_folder folder;
    write_all(folder / "p.txt", "0\n1\n");
    write_all(folder / "o.txt", "0\n1\n");
    write_all(folder / "r.json", "[[0], [1]]");
    const std::vector<std::string> words{"--predictions", folder / "p.txt"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), words.begin(), words.end());
        return run(more);
    };
    check_fails(with({"--real", folder / "r.json", "--class-order", "text"}), 2, "give --original");
    check_fails(with({"--original", folder / "o.txt", "--repeated", "first"}), 2, "needs --names or --ids");
    check_fails(with({"--original", folder / "o.txt", "--scores-are", "logits"}), 2, "predictions have no scores");
    check_fails(with({"--original", folder / "o.txt", "--scores", folder / "o.txt", "--scores-are", "probabilities",
                      "--clip", "0.5"}),
                2, "--clip: 0.5 is outside [0, 0.5)");
}

TEST_CASE("evaluate: folders whose base names repeat, shards, and a subset that is stated")
{
    const temporary_folder folder;
    write_all(folder / "val.csv", "ImageId,Class\nval/cat/0001.png,0\nval/dog/0001.png,1\nval/dog/0002.png,1\n");
    write_all(folder / "sets.json", R"({"dog/0001.png": [1], "cat/0001.png": [0], "dog/0002.png": [0]})");
    write_all(folder / "names.txt", "dog/0001.png\ncat/0001.png\n");
    reassess::io::write_npy(folder / "a.npy", std::vector<float>{1, 2}, {1, 2});
    reassess::io::write_npy(folder / "b.npy", std::vector<float>{1, 2}, {1, 2});
    const std::string shards = "m=" + folder / "a.npy" + "," + folder / "b.npy";
    const std::vector<std::string> words{
        "--scores",           shards,    "--original",        folder / "val.csv", "--real",
        folder / "sets.json", "--names", folder / "names.txt"};
    const auto result = run(words);
    check_hits(result, "top_k", 1, 2);
    check_hits(result, "real_any", 1, 2);
    std::vector<std::string> table{evaluate};
    table.insert(table.end(), words.begin(), words.end());
    const std::string output = run_program(table).output;
    CHECK(output.find("label sets joined by image name, 2 of 3 in the file") != std::string::npos);
    CHECK(output.find("Original labels joined by image name, 2 of 3 in the file") != std::string::npos);
}

TEST_CASE("evaluate: class names of a list of synsets, in predictions and labels")
{
    const temporary_folder folder;
    write_all(folder / "synsets.txt", "n00000005 a\nn00000007 b\n");
    write_all(folder / "p.txt", "n00000005\nn00000007\nn00000005\n");
    write_all(folder / "o.txt", "n00000005\nn00000007\nn00000007\n");
    check_hits(
        run({"--predictions", folder / "p.txt", "--original", folder / "o.txt", "--synsets", folder / "synsets.txt"}),
        "top_k", 2, 3);
}

TEST_CASE("evaluate: labels that are not classes, and transposed predictions, with the remedy")
{
    const temporary_folder folder;
    reassess::io::write_npy(folder / "p.npy", std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0}, {7});
    const auto labels = [&](std::vector<std::int64_t> values, std::vector<std::string> more = {}) {
        reassess::io::write_npy(folder / "o.npy", values, {values.size()});
        std::vector<std::string> words{"--predictions", folder / "p.npy", "--original", folder / "o.npy"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    };
    CHECK(warnings_of(labels({0, 1, 2, 0, 1, 2, 255})) == std::vector<std::string>{"lone_label"});
    check_hits(labels({0, 1, 2, 0, 1, 2, 255}, {"--ignore-label", "255"}), "top_k", 6, 6);
    check_fails(labels({0, 1, 2, 0, 1, 2, -100}), 1, "(--ignore-label)");
    check_fails(labels({0, 1, 2, 0, 1, 2, 255}, {"--classes", "3"}), 1, "--ignore-label 255");
    check_fails(labels({0, 1, 2, 0, 1, 2, 1000}, {"--classes", "1000"}), 1, "--class-order devkit");
    check_fails(labels({1, 2, 3, 1, 2, 3, 1}, {"--classes", "4", "--class-order", "devkit"}), 2,
                "numbers of 1000 classes, but there are 4 (--classes)");
    reassess::io::write_npy(folder / "p.npy", std::vector<std::int64_t>(21), {3, 7});
    check_fails(labels({0, 1, 2, 0, 1, 2, 0}, {"--classes", "10"}), 1, "if it is transposed");
    write_all(folder / "n.txt", "a\nb\nc\nd\ne\nf\ng\n");
    check_fails(labels({0, 1, 2, 0, 1, 2, 0}, {"--classes", "10", "--names", folder / "n.txt"}), 1,
                "if it is transposed");
    reassess::io::write_npy(folder / "p.npy", std::vector<float>(2), {2, 1});
    check_fails(run({"--scores", folder / "p.npy", "--original", folder / "o.npy"}), 1, "7 images in");
    write_all(folder / "o.txt", "0\n1\n");
    check_fails(run({"--scores", folder / "p.npy", "--original", folder / "o.txt"}), 1,
                "the scores have a single column");
}

TEST_CASE("evaluate: predictions sorted worst first are no other numbering")
{
    const temporary_folder folder;
    // Scores that fall with the distance from the label, from the worst to the best.
    std::vector<std::int64_t> lists;
    std::string labels;
    for (int i = 0; i < 60; ++i) {
        const int label = i % 5;
        for (const int step : {3, 2, 4, 1, 0}) lists.push_back((label + (i < 50 ? step : 4 - step)) % 5);
        labels += std::to_string(label) + "\n";
    }
    reassess::io::write_npy(folder / "p.npy", lists, {60, 5});
    write_all(folder / "o.txt", labels);
    CHECK(warnings_of(run({"--predictions", folder / "p.npy", "--original", folder / "o.txt"})) ==
          std::vector<std::string>{"worst_first"});
    std::string sets = "[";
    for (int i = 0; i < 60; ++i) sets += (i == 0 ? "[" : ", [") + std::to_string(i % 5) + "]";
    write_all(folder / "r.json", sets + "]");
    CHECK(warnings_of(run({"--predictions", folder / "p.npy", "--real", folder / "r.json"})) ==
          std::vector<std::string>{"worst_first"});
}

TEST_CASE("evaluate: tables with semicolons, by --separator for every file, and classes by name in options")
{
    const temporary_folder folder;
    write_all(folder / "p.csv", "filename;a;b\nx.jpg;1;0\ny.jpg;0;1\n");
    write_all(folder / "o.csv", "ImageId;Class\ny.jpg;n01440764\nx.jpg;0\n");
    write_all(folder / "n.csv", "split;filename\nval;x.jpg\nval;y.jpg\n");
    const std::vector<std::string> words{"--predictions",     folder / "p.csv",     "--original", folder / "o.csv",
                                         "--names",           folder / "n.csv",     "--classes",  "1000",
                                         "--exclude-classes", "n01440764-n01443537"};
    check_fails(run(words), 1, "--separator ';'");
    auto separated = words;
    separated.insert(separated.end(), {"--separator", ";"});
    check_hits(run(separated), "top_k", 1, 2);
}

TEST_CASE("evaluate: faults of numbering and order of a real model are named with the figures")
{
    NEEDS_REAL_DATA(data);
    const temporary_folder folder;
    const std::string resnet = data / "imagenetv2/imagenet-validation-original/resnet50.npy",
                      original = data / "label-errors/imagenet_val_set_original_labels.npy",
                      real = data / "reassessed-imagenet/real.json",
                      names = data / "imagenetv2/imagenet-validation-original.json";
    const reassess::io::npy_file file(resnet);
    const auto lists = file.values<std::int64_t>();
    const auto labels = reassess::io::read_labels(original);
    const auto order = reassess::inverse_class_order(reassess::text_class_order(1000));
    std::vector<std::int64_t> shifted, reversed, transposed(lists.size());
    std::vector<std::int64_t> text_order, minus_one;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        shifted.push_back(lists[i] + 1);
        reversed.push_back(lists[i / 5 * 5 + 4 - i % 5]);
        transposed[i % 5 * 50000 + i / 5] = lists[i];
    }
    for (const auto label : labels) {
        text_order.push_back(order[static_cast<std::size_t>(label)]);
        minus_one.push_back(label - 1);
    }
    reassess::io::write_npy(folder / "shifted.npy", shifted, {50000, 5});
    reassess::io::write_npy(folder / "reversed.npy", reversed, {50000, 5});
    reassess::io::write_npy(folder / "transposed.npy", transposed, {5, 50000});
    reassess::io::write_npy(folder / "text.npy", text_order, {50000});
    reassess::io::write_npy(folder / "minus_one.npy", minus_one, {50000});
    using kinds = std::vector<std::string>;
    const auto figure = [](const program_result& result, const char* name) {
        return result.json().at("warnings").at(0).at("figures").at(name).get<double>();
    };

    const auto plus =
        run({"--predictions", folder / "shifted.npy", "--original", original, "--real", real, "--names", names});
    CHECK(warnings_of(plus) == kinds{"class_shift", "class_shift"});
    CHECK(figure(plus, "shift") == 1);
    CHECK(figure(plus, "accuracy") == doctest::Approx(0.0112).epsilon(0.01));
    CHECK(figure(plus, "relabelled_accuracy") == doctest::Approx(0.7628).epsilon(0.001));
    const auto minus = run({"--predictions", resnet, "--original", folder / "minus_one.npy", "--real", real, "--names",
                            names, "--classes", "1000"});
    CHECK(warnings_of(minus) == kinds{"class_shift", "labels_disagree"});
    const std::vector<std::string> text{"--predictions", resnet, "--original", folder / "text.npy",
                                        "--real",        real,   "--names",    names,
                                        "--classes",     "1000"};
    CHECK(warnings_of(run(text)) == kinds{"class_order", "labels_disagree"});
    auto renumbered = text;
    renumbered.insert(renumbered.end(), {"--class-order", "text"});
    const auto right = run(renumbered);
    CHECK(warnings_of(right).empty());
    check_hits(right, "top_k", 38065, 50000);
    const auto worst = run({"--predictions", folder / "reversed.npy", "--original", original});
    CHECK(warnings_of(worst) == kinds{"worst_first"});
    CHECK(figure(worst, "rank_5") == doctest::Approx(0.7613).epsilon(0.0001));
    check_fails(run({"--predictions", folder / "transposed.npy", "--original", original}), 1, "transposed");
    const auto by_position = run({"--predictions", resnet, "--real", real, "--classes", "1000"});
    CHECK(warnings_of(by_position) == kinds{"row_order"});
    CHECK(figure(by_position, "relabelled_accuracy") < 0.05);
}

TEST_CASE("evaluate: real labels by name in every form, shards and a subset give the same numbers")
{
    NEEDS_REAL_DATA(data);
    const temporary_folder folder;
    const std::string resnet = data / "imagenetv2/imagenet-validation-original/resnet50.npy",
                      original = data / "label-errors/imagenet_val_set_original_labels.npy",
                      real = data / "reassessed-imagenet/real.json";
    const auto names = reassess::io::read_image_names(data / "imagenetv2/imagenet-validation-original.json");
    const auto labels = reassess::io::read_labels(original);
    const auto synsets = reassess::imagenet_synsets();
    const reassess::io::npy_file file(resnet);
    const auto lists = file.values<std::int64_t>();
    std::string val, csv = "ImageId,Class\n", json = "{", hugging_face, ten_thousand, topk;
    for (std::size_t i = 50000; i-- > 0;) {
        const std::string label = std::to_string(labels[i]), &synset = synsets[static_cast<std::size_t>(labels[i])];
        val += names[i] + ' ' + label + '\n';
        csv += names[i] + ',' + synset + '\n';
        json += (json.size() == 1 ? "\"" : ", \"") + names[i] + "\": " + label;
        topk += names[i] + ',' + std::to_string(lists[5 * i]) + '\n';
    }
    for (std::size_t i = 0; i < 50000; ++i) {
        hugging_face +=
            names[i].substr(0, names[i].size() - 5) + '_' + synsets[static_cast<std::size_t>(labels[i])] + ".JPEG\n";
        if (i < 10000) ten_thousand += names[i] + '\n';
    }
    write_all(folder / "val.txt", val);
    write_all(folder / "val.csv", csv);
    write_all(folder / "val.json", json + "}");
    write_all(folder / "hugging_face.txt", hugging_face);
    write_all(folder / "ten_thousand.txt", ten_thousand);
    write_all(folder / "topk.csv", topk);
    for (const std::size_t part : {0U, 1U}) {
        reassess::io::write_npy(folder / ("part" + std::to_string(part) + ".npy"), lists.subspan(part * 125000, 125000),
                                {25000, 5});
    }
    const std::string parts = "m=" + folder / "part0.npy" + "," + folder / "part1.npy";
    for (const auto& row : std::vector<std::vector<std::string>>{
             {resnet, folder / "val.txt", data / "imagenetv2/imagenet-validation-original.json"},
             {parts, folder / "val.csv", folder / "hugging_face.txt"},
             {parts, folder / "val.json", data / "imagenetv2/imagenet-validation-original.json"}}) {
        const auto result = run(
            {"--predictions", row[0], "--original", row[1], "--real", real, "--names", row[2], "--classes", "1000"});
        check_hits(result, "top_k", 38065, 50000);
        check_hits(result, "real_any", 38855, 46837);
        CHECK(warnings_of(result).empty());
    }
    const auto named = run({"--predictions", folder / "topk.csv", "--original", folder / "val.txt", "--real", real});
    check_hits(named, "real_any", 38855, 46837);
    reassess::io::write_npy(folder / "part.npy", lists.first(50000), {10000, 5});
    const auto subset = run({"--predictions", folder / "part.npy", "--original", folder / "val.txt", "--real", real,
                             "--names", folder / "ten_thousand.txt", "--classes", "1000"});
    check_hits(subset, "top_k", 8272, 10000);
    check_hits(subset, "real_any", 8113, 9331);
}
