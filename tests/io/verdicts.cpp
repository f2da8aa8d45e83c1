#include "temporary_folder.hpp"

#include <reassess/io/text_file.hpp>
#include <reassess/io/verdicts.hpp>

#include <doctest/doctest.h>

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using records = std::vector<ra::verdict_record>;
using test_support::temporary_folder;

TEST_CASE("verdicts: CSV and JSON, with more in them than is read")
{
    const temporary_folder folder;
    const records wanted{{"a", "real", "x_1.png", "clear mistake"}, {"a", "original", "17", "undecidable"}};
    (void)folder.file(
        "v.csv",
        "image,rater,verdict,model,metric\nx_1.png,3,clear mistake,a,real\nx_2.png,3,,a,real\n17,4,undecidable,a,"
        "original\n");
    CHECK(ra::io::read_verdicts(folder.path() / "v.csv") == wanted);
    (void)folder.file("v.json",
                      R"([{"model": "a", "metric": "real", "image": "x_1.png", "verdict": "clear mistake", "rater": 3},
                  {"verdict": "undecidable", "image": 17, "metric": "original", "model": "a"}])");
    CHECK(ra::io::read_verdicts(folder.path() / "v.json") == wanted);
    (void)folder.file("unrated.json", R"([{"model": "a", "metric": "m", "image": "i", "verdict": " "}])");
    CHECK(ra::io::read_verdicts(folder.path() / "unrated.json").empty());
    (void)folder.file("none.json", "[]");
    CHECK(ra::io::read_verdicts(folder.path() / "none.json").empty());
}

TEST_CASE("verdicts: other files are refused with name and position")
{
    const temporary_folder folder;
    const auto refused = [&](const std::string& text) {
        (void)folder.file("v", text);
        CAPTURE(text);
        CHECK_THROWS_AS((void)ra::io::read_verdicts(folder.path() / "v"), ra::io::file_error);
    };
    refused("");
    refused("model,image,verdict\na,1,undecidable\n");
    refused("model,metric,image,verdict\na,1,undecidable\n");
    refused("{\"model\": 1}");
    refused("[3]");
    refused("[[]]");
    refused(R"([{"model": "a", "metric": "m", "image": "i"}])");
    refused(R"([{"model": "a", "metric": "m", "image": "i", "verdict": null}])");
    refused(R"([{"model": "a", "metric": "m", "image": "i", "verdict": {}}])");
    refused(R"([{"model": "a", "model": "b", "metric": "m", "image": "i", "verdict": "v"}])");
    refused(R"([{"model": "a", "metric": "m", "image": 1.5, "verdict": "v"}])");
    refused(R"([{"model": "a")");
}

TEST_CASE("verdicts: the raters of the label-errors study")
{
    const temporary_folder folder;
    const auto read = [&](const std::string& text) {
        (void)folder.file("m.json", text);
        return ra::io::read_label_error_verdicts(folder.path() / "m.json");
    };
    const std::string rated = R"("mturk": {"given": 3, "guessed": 1, "neither": 0, "both": 1})";
    CHECK(read(R"([{"id": 293, "url": "a/b.JPEG", )" + rated + R"(}, {)" + rated + R"(, "id": "x"}])") ==
          records{{"label-errors", "original", "293", "clear mistake"},
                  {"label-errors", "original", "x", "clear mistake"}});
    CHECK(read(R"([{"id": 1, "mturk": {"given": 2, "guessed": 1, "neither": 1, "both": 1}}])").front().verdict ==
          "undecidable");
    CHECK(read("[]").empty());
    // Reviews of films and of products, and recordings: the answers of the study's own files.
    const auto verdict = [&](const std::string& labels, const std::string& answers) {
        return read(R"([{"id": "t/1", "score": 0.5, "url": null, )" + labels + R"(, "mturk": {)" + answers + "}}]")
            .front()
            .verdict;
    };
    const std::string review = R"("given_original_label": "Negative", "our_guessed_label": "Positive")";
    CHECK(verdict(review, R"("given": 4, "guessed": 0, "neutral": 1, "off-topic": 0)") == ra::clear_mistake);
    CHECK(verdict(review, R"("given": 1, "guessed": 3, "neutral": 1)") == ra::not_a_mistake);
    CHECK(verdict(review, R"("given": 1, "guessed": 1, "neutral": 2, "off-topic": 1)") == ra::undecidable);
    CHECK(verdict(review, R"("positive": 3, "negative": 1, "neutral": 1)") == ra::not_a_mistake);
    const std::string neutral = R"("given_original_label": "Neutral", "our_guessed_label": "Positive")";
    CHECK(verdict(neutral, R"("positive": 1, "negative": 0, "neutral": 3, "off-topic": 1)") == ra::clear_mistake);
    CHECK(verdict(neutral, R"("negative": 3, "positive": 2)") == ra::undecidable);
    const std::string sounds = R"("given_original_labels": ["Hiss", "Snake"], "our_guessed_labels": ["Speech"])";
    CHECK(verdict(sounds, R"("Hiss": 4, "Speech": 2, "Snake": 1)") == ra::clear_mistake);
    CHECK(verdict(sounds, R"("Hiss": 4, "Speech": 3, "Snake": 1)") == ra::not_a_mistake);
    CHECK(verdict(sounds, R"("Hiss": 2, "Speech": 2, "Snake": 2)") == ra::undecidable);
    CHECK_THROWS_AS((void)verdict(sounds, R"("Hiss": 2, "Music": 5)"), ra::io::file_error);
    CHECK_THROWS_AS((void)verdict(R"("our_guessed_label": 4)", R"("neutral": 2)"), ra::io::file_error);
    for (const std::string& bad :
         {std::string("{}"), std::string("[[]]"), std::string("[3]"), std::string(R"([{"id": 1}])"),
          std::string(R"([{"id": 1, "x": [{}], "mturk": {"given": 1}}])"),
          std::string(R"([{"id": 1, "x": [[1]], "mturk": {"given": 1}}])"), "[{" + rated + "}]",
          R"([{"id": 1, )" + rated + ", " + rated + "}]", std::string(R"([{"id": 1, "mturk": 5}])"),
          std::string(R"([{"id": 1, "mturk": "x"}])"), std::string(R"([{"id": 1, "other": {}}])"),
          std::string(R"([{"id": 1, "mturk": {}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": 1, "given": 1, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": -1, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": 5000000000, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"other": 1}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": {}}}])")}) {
        CAPTURE(bad);
        CHECK_THROWS_AS((void)read(bad), ra::io::file_error);
    }
}
