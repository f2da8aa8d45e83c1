// Multi-label accuracy: the later label sets in JSON and CSV, by hand, against the papers' loop, and every fault.
#include "support/messages.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"
#include "temporary_folder.hpp"

#include <reassess/io/assessed_labels.hpp>
#include <reassess/metric/multi_label_accuracy.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::temporary_folder;

namespace {

/// A made example of five images and four classes, c0 to c3.
const std::string example_json = R"([
{"file_name": "a.png", "original_label": 0, "correct_multi_labels": [0, "c1"], "unclear_multi_labels": [2],
 "wrong_multi_labels": [], "is_problematic": false},
{"file_name": "b.png", "original_label": 0, "correct_multi_labels": ["c0"], "unclear_multi_labels": [3, 1],
 "wrong_multi_labels": [2], "is_problematic": false, "further": {}},
{"file_name": "c.png", "original_label": "c1", "correct_multi_labels": [], "unclear_multi_labels": [],
 "wrong_multi_labels": [0], "is_problematic": false},
{"file_name": "d.png", "original_label": 2, "correct_multi_labels": [2], "unclear_multi_labels": [],
 "wrong_multi_labels": [], "is_problematic": true},
{"file_name": "e.png", "original_label": -1, "correct_multi_labels": [3], "unclear_multi_labels": [],
 "wrong_multi_labels": [], "is_problematic": false}])";
const std::string example_csv =
    "file_name,original_label,correct_multi_labels,unclear_multi_labels,wrong_multi_labels,is_problematic\n"
    "a.png,0,0 c1,2,,False\nb.png,c0,0,3  1,2,0\nc.png,1,,,c0,FALSE\nd.png,2,2,,,1\ne.png,-1,3,,,0\n";

const ra::io::class_names& names()
{
    static const ra::io::class_names four(std::vector<std::string>{"c0", "c1", "c2", "c3"});
    return four;
}

/// The loop of the papers: problematic images are skipped, unclear labels count, mean over the classes that occur.
double mean_of_papers(const std::vector<ra::class_index>& predictions, const ra::assessed_labels& labels)
{
    std::map<ra::class_index, double> hits, images;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        if (labels.problematic[i] != 0) continue;
        images[labels.original[i]] += 1;
        for (const auto& set : {labels.correct[i], labels.unclear[i]}) {
            for (const ra::class_index c : set) hits[labels.original[i]] += c == predictions[i] ? 1 : 0;
        }
    }
    double sum = 0;
    for (const auto& [c, count] : images) sum += hits[c] / count;
    return sum / static_cast<double>(images.size());
}

}  // namespace

TEST_CASE("assessed labels: JSON and CSV give the same, and the accuracies are those by hand")
{
    const temporary_folder folder;
    const auto json = ra::io::read_assessed_labels(folder.file("a.json", example_json), names());
    const auto csv = ra::io::read_assessed_labels(folder.file("a.csv", example_csv), names());
    CHECK(json.labels == csv.labels);
    CHECK(json.names == csv.names);
    CHECK(json.names == std::vector<std::string>{"a.png", "b.png", "c.png", "d.png", "e.png"});
    CHECK(json.labels.unclear[0][0] == 2);
    CHECK(json.labels.wrong[1][0] == 2);
    const std::vector<ra::class_index> predictions{2, 2, 1, 0, 3};
    // a: unclear; b: wrong; c: nobody assessed it; d: problematic; e: correct, without an original label.
    const ra::multi_label_result lenient = ra::multi_label_accuracy(predictions, json.labels, 4);
    CHECK(lenient.accuracy == ra::proportion{2, 4});
    CHECK(lenient.classes == std::vector<ra::proportion>{{1, 2}, {0, 1}, {0, 0}, {0, 0}});
    CHECK(lenient.unclear == 1);
    CHECK(lenient.not_assessed == 1);
    CHECK(lenient.problematic == 1);
    CHECK(lenient.without_prediction == 0);
    CHECK(lenient.mean_accuracy().value.value() == 0.25);
    CHECK(lenient.mean_accuracy().classes == 2);
    CHECK(lenient.accuracy_if_not_assessed_is_correct() == ra::proportion{3, 4});
    const ra::multi_label_result strict =
        ra::multi_label_accuracy(predictions, json.labels, 4, {.unclear = ra::unclear_labels::wrong});
    CHECK(strict.accuracy == ra::proportion{1, 4});
    CHECK(strict.mean_accuracy().value.value() == 0.0);
    CHECK(strict.unclear == 1);
    CHECK(strict.not_assessed == 1);
    const std::vector<ra::class_index> absent{-1, 0, 1, -1, 3};
    CHECK(ra::multi_label_accuracy(absent, json.labels, 4).without_prediction == 1);
    CHECK(ra::multi_label_accuracy(absent, json.labels, 4).accuracy == ra::proportion{2, 3});
    CHECK(ra::io::read_assessed_labels(folder.file("none.json", "[]")).labels == ra::assessed_labels{});
    CHECK(!ra::multi_label_accuracy({}, {}, 4).mean_accuracy().value);
}

TEST_CASE("multi-label accuracy: the papers' loop on random assessments")
{
    test_support::random_source random(351);
    for (int repetition = 0; repetition < 50; ++repetition) {
        const std::size_t images = 5 + random.below(60), classes = 1 + random.below(6);
        ra::assessed_labels labels;
        std::vector<ra::class_index> predictions;
        for (std::size_t i = 0; i < images; ++i) {
            std::vector<ra::class_index> sets[4];
            for (std::size_t c = 0; c < classes; ++c) sets[random.below(4)].push_back(static_cast<ra::class_index>(c));
            labels.correct.append(std::span<const ra::class_index>(sets[0]));
            labels.unclear.append(std::span<const ra::class_index>(sets[1]));
            labels.wrong.append(std::span<const ra::class_index>(sets[2]));
            labels.original.push_back(random.below<ra::class_index>(classes));
            labels.problematic.push_back(i > 0 && random.chance(20) ? 1 : 0);
            predictions.push_back(random.below<ra::class_index>(classes));
        }
        const auto found = ra::multi_label_accuracy(predictions, labels, classes);
        REQUIRE(test_support::relative_error(1 + found.mean_accuracy().value.value(),
                                             1 + mean_of_papers(predictions, labels)) < 1e-14);
        REQUIRE(found.problematic + found.accuracy.total == images);
    }
}

TEST_CASE("multi-label accuracy: labels that contradict each other or do not fit are errors")
{
    const std::vector<std::vector<int>> empty{{}}, one{{1}};
    const ra::assessed_labels good{{0}, ra::label_sets(one), ra::label_sets(empty), ra::label_sets(empty), {0}};
    const std::vector<ra::class_index> prediction{1};
    CHECK(ra::multi_label_accuracy(prediction, good, 2).accuracy == ra::proportion{1, 1});
    ra::assessed_labels twice = good;
    twice.wrong = ra::label_sets(one);
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::multi_label_accuracy(prediction, twice, 2)),
                "class 1 of image 0 is in two of the sets");
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::multi_label_accuracy(prediction, good, 1)),
                "class 1 of image 0 is outside [0, 1)");
    const std::vector<ra::class_index> outside{2};
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::multi_label_accuracy(outside, good, 2)),
                "prediction 2 of image 0 is outside [0, 2); -1 is none");
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::multi_label_accuracy({}, good, 2)),
                "0 predictions, but 1 original labels");
    ra::assessed_labels flags = good;
    flags.problematic = {};
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::multi_label_accuracy(prediction, flags, 2)),
                "0 problematic flags");
}

TEST_CASE("assessed labels: other files are refused with name and position")
{
    const temporary_folder folder;
    const auto refuses = [&](const std::string& text, std::string_view part) {
        return test_support::lacks(
            test_support::message_of<ra::io::file_error>(
                [&] { static_cast<void>(ra::io::read_assessed_labels(folder.file("bad", text), names())); }),
            {"bad", part});
    };
    const auto with = [](std::string from, const std::string& to) {
        std::string text = example_json;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    CHECK(refuses("{}", "expected a list of objects") == "");
    CHECK(refuses("[3]", "element 0 is 3, expected an object") == "");
    CHECK(refuses("[{]", "not valid JSON") == "");
    CHECK(refuses(with("\"original_label\": 0, ", ""), "element 0 has no original_label") == "");
    CHECK(refuses(with("[0, \"c1\"]", "7"), "correct_multi_labels is 7, expected a list of classes") == "");
    CHECK(refuses(with("\"c1\"]", "\"dog\"]"), "element 0: \"dog\" in correct_multi_labels is not a class") == "");
    CHECK(refuses(with("\"c1\"]", "1.5]"), "element 0: 1.5 in correct_multi_labels is not a class") == "");
    CHECK(refuses(with("\"c1\"]", "-1]"), "element 0: -1 in correct_multi_labels is not a class") == "");
    CHECK(refuses(with("\"c1\"]", "18446744073709551615]"), "is not a class") == "");
    CHECK(refuses(with("false", "0"), "element 0: is_problematic is 0, expected true or false") == "");
    CHECK(refuses(with("\"a.png\"", "1"), "element 0: file_name is 1, expected a text") == "");
    std::string csv = example_csv;
    CHECK(refuses(csv.replace(csv.find("False"), 5, "maybe"), "line 2: \"maybe\" in is_problematic") == "");
    csv = example_csv;
    CHECK(refuses(csv.replace(csv.find("c1"), 2, "dog"), "line 2: \"dog\" in correct_multi_labels") == "");
    CHECK(refuses("file_name,original_label\na,1\n", "is_problematic") == "");
    CHECK(refuses("", "bad") == "");
}
