// Assessed mistakes: read, joined with label sets, counted by hand and against plain loops, and the released file.
#include "support/messages.hpp"
#include "support/random_source.hpp"
#include "support/real_data.hpp"
#include "temporary_folder.hpp"

#include <reassess/io/assessed_mistakes.hpp>
#include <reassess/metric/assessed_mistakes.hpp>
#include <reassess/statistics/proportion_interval.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using counts = ra::assessed_mistake_counts;
using groups = std::vector<ra::assessed_mistake_group>;
using test_support::temporary_folder;

namespace {

/// Made: four mistakes on five images; image 4 has no label.
const std::string example = R"({
"x_4.png": {"top_prediction": 3, "failure category": "Spurious", "failure severity": "Major", "note": "made"},
"x_1.png": {"failure severity": "Minor", "top_prediction": 0, "failure category": "Fine"},
"x_5.png": {"top_prediction": 2147483647, "failure category": "Fine", "failure severity": "Minor", "note": 3},
"a/x_2.png": {"top_prediction": 5, "failure category": "Fine", "failure severity": "Major"}})";
const std::string example_sets = "[[0, 7], [5], [3], [], [2]]";

const counts* find(const groups& all, const std::string& name)
{
    for (const ra::assessed_mistake_group& group : all) {
        if (group.name == name) return &group.counts;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("assessed mistakes: read, joined by number or by name, and counted by severity and category")
{
    const temporary_folder folder;
    const auto mistakes = ra::io::read_imagenet_mistakes(folder.file("m.json", example));
    CHECK(mistakes == std::vector<ra::assessed_mistake>{{"x_4.png", 3, "Spurious", "Major"},
                                                        {"x_1.png", 0, "Fine", "Minor"},
                                                        {"x_5.png", 2147483647, "Fine", "Minor"},
                                                        {"a/x_2.png", 5, "Fine", "Major"}});
    const ra::assessed_mistake_summary by_hand{.all = {2, 1, 1},
                                               .severities = {{"Major", {1, 0, 1}}, {"Minor", {1, 1, 0}}},
                                               .categories = {{"Fine", {2, 1, 0}}, {"Spurious", {0, 0, 1}}}};
    const auto summary_by = [&](const std::string& sets) {
        const auto real = ra::io::read_label_sets_of_mistakes(folder.file("r.json", sets), mistakes);
        return ra::count_assessed_mistakes(mistakes, real);
    };
    CHECK(summary_by(example_sets) == by_hand);
    CHECK(summary_by(R"({"x_5.png": [2], "x_4.png": [], "x_3.png": [3], "x_2.png": [5], "x_1.png": [0, 7]})") ==
          by_hand);
    CHECK(by_hand.all.accepted_share() == ra::proportion{2, 3});
    CHECK(by_hand.all.total() == 4);

    CHECK_ERROR(ra::io::file_error, summary_by("[[0], [5], [3], []]"), "r.json", "x_5.png", "[1, 4]");
    CHECK_ERROR(ra::io::file_error, summary_by(R"({"x_1.png": [0]})"), "r.json", "x_4.png", "is not among");
    CHECK_ERROR(std::invalid_argument, ra::count_assessed_mistakes(mistakes, {}), "4 mistakes, but 0 label sets");

    const auto none = ra::io::read_imagenet_mistakes(folder.file("none.json", "{}"));
    CHECK(none.empty());
    CHECK(ra::count_assessed_mistakes(none, {}) == ra::assessed_mistake_summary{});
    CHECK_FALSE(counts{}.accepted_share().try_value());
}

TEST_CASE("assessed mistakes: other files are refused with the image and the key")
{
    const temporary_folder folder;
    const auto read = [&](const std::string& text) { return ra::io::read_imagenet_mistakes(folder.file("m", text)); };
    const std::string fine = R"("failure category": "c", "failure severity": "s")";
    const auto mistake = [](const std::string& fields) { return R"({"a.png": {)" + fields + "}}"; };
    CHECK(read(mistake(R"("top_prediction": 0, )" + fine)).size() == 1);
    CHECK_ERROR(ra::io::file_error, read("[]"), "the file's value is a list", "an object of image names");
    CHECK_ERROR(ra::io::file_error, read(std::string("{}\0{", 4)), "byte 2 is NUL");
    CHECK_ERROR(ra::io::file_error, read(R"({"a.png": 3})"), "the mistake of \"a.png\" is the number 3");
    CHECK_ERROR(ra::io::file_error, read(R"({"a.png": "x"})"), "the mistake of \"a.png\" is the string \"x\"");
    CHECK_ERROR(ra::io::file_error, read(R"({"a.png": []})"), "the mistake of \"a.png\" is a list");
    CHECK_ERROR(ra::io::file_error, read(mistake(fine)), "the mistake of \"a.png\" has no \"top_prediction\"");
    CHECK_ERROR(ra::io::file_error, read(mistake(R"("top_prediction": 1, "failure severity": "s")")),
                "has no \"failure category\"");
    CHECK_ERROR(ra::io::file_error, read(mistake(R"("top_prediction": 1, "failure category": "c")")),
                "has no \"failure severity\"");
    for (const char* const value : {"-1", "2147483648", "1.0", "\"1\"", "null", "[1]", "{}"}) {
        CAPTURE(value);
        CHECK_ERROR(ra::io::file_error, read(mistake("\"top_prediction\": " + std::string(value) + ", " + fine)),
                    "\"top_prediction\" of \"a.png\" is ", "an integer from 0 to 2147483647");
    }
    for (const char* const value : {"\"\"", "3", "null", "{}"}) {
        CAPTURE(value);
        CHECK_ERROR(ra::io::file_error, read(mistake("\"failure severity\": " + std::string(value))),
                    "\"failure severity\" of \"a.png\" is ", "expected a text");
    }
    for (const char* const twice :
         {R"("top_prediction": 1, "top_prediction": 2)", R"("failure category": "c", "failure category": "c")",
          R"("failure severity": "s", "failure severity": "t")"}) {
        CAPTURE(twice);
        CHECK_ERROR(ra::io::file_error, read(mistake(twice)), "the mistake of \"a.png\" has a second");
    }
    const std::string one = R"("a.png": {"top_prediction": 0, )" + fine + "}";
    CHECK_ERROR(ra::io::file_error, read("{" + one + ", " + one + "}"), "the image \"a.png\" occurs twice");
    CHECK_ERROR(ra::io::file_error, read("{" + one), "not valid JSON");
}

TEST_CASE("assessed mistakes: counts equal plain loops, and groups are in order of size and name")
{
    test_support::random_source random(20);
    for (const std::size_t images : {1U, 7U, 400U}) {
        std::vector<ra::assessed_mistake> mistakes;
        ra::label_sets real;
        std::map<std::string, counts> severities, categories;
        counts all;
        for (std::size_t i = 0; i < images; ++i) {
            std::vector<ra::class_index> set;
            for (ra::class_index c = 0; c < 4; ++c) {
                if (random.chance(30)) set.push_back(c);
            }
            real.append(std::span<const ra::class_index>(set));
            mistakes.push_back({std::to_string(i), random.below<ra::class_index>(4),
                                "category " + std::to_string(random.below(5)),
                                "severity " + std::to_string(random.below(3))});
            bool accepted = false;
            for (const ra::class_index c : set) accepted = accepted || c == mistakes[i].prediction;
            for (counts* one : {&all, &severities[mistakes[i].severity], &categories[mistakes[i].category]}) {
                if (set.empty()) {
                    ++one->without_real_labels;
                } else if (accepted) {
                    ++one->accepted_by_real;
                } else {
                    ++one->not_accepted_by_real;
                }
            }
        }
        const auto summary = ra::count_assessed_mistakes(mistakes, real);
        CHECK(summary.all == all);
        const auto check_groups = [](const groups& found, const std::map<std::string, counts>& expected) {
            REQUIRE(found.size() == expected.size());
            for (std::size_t g = 0; g < found.size(); ++g) {
                CHECK(found[g].counts == expected.at(found[g].name));
                if (g == 0) continue;
                const auto before = found[g - 1].counts.total(), here = found[g].counts.total();
                CHECK((before > here || (before == here && found[g - 1].name < found[g].name)));
            }
        };
        check_groups(summary.severities, severities);
        check_groups(summary.categories, categories);
    }
}

TEST_CASE("assessed mistakes: of the released ones ReaL labels accept 85, and experts call 20 of these major")
{
    NEEDS_REAL_DATA(data);
    const auto mistakes = ra::io::read_imagenet_mistakes(data / "imagenet-mistakes/vit3b_mistakes.json");
    const auto real = ra::io::read_label_sets_of_mistakes(data / "reassessed-imagenet/real.json", mistakes);
    const auto summary = ra::count_assessed_mistakes(mistakes, real);
    CHECK(summary.all == counts{85, 229, 64});
    CHECK(summary.severities ==
          groups{{"Major", {20, 109, 25}}, {"Minor", {42, 80, 28}}, {"Borderline", {23, 40, 11}}});
    CHECK(summary.categories == groups{{"Fine-grained error", {62, 138, 41}},
                                       {"Fine-grained error with OOV", {14, 34, 6}},
                                       {"Spurious Correlation", {5, 39, 8}},
                                       {"Non-prototypical", {4, 17, 9}},
                                       {"Fine-grained with Multilabel Options", {0, 1, 0}}});
    // Computed by numpy: 85 of 314.
    const ra::interval bounds = ra::wilson_interval(summary.all.accepted_share());
    CHECK(bounds.lower == doctest::Approx(0.2245).epsilon(1e-3));
    CHECK(bounds.upper == doctest::Approx(0.3224).epsilon(1e-3));
    REQUIRE(find(summary.severities, "Major") != nullptr);
    CHECK(find(summary.severities, "Major")->total() == 154);
}
