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
    for (const std::string& bad :
         {std::string("{}"), std::string("[[]]"), std::string("[3]"), std::string(R"([{"id": 1}])"),
          "[{" + rated + "}]", R"([{"id": 1, )" + rated + ", " + rated + "}]",
          std::string(R"([{"id": 1, "mturk": 5}])"), std::string(R"([{"id": 1, "mturk": "x"}])"),
          std::string(R"([{"id": 1, "other": {}}])"), std::string(R"([{"id": 1, "mturk": {}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": 1, "given": 1, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": -1, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": 5000000000, "guessed": 1, "both": 0, "neither": 0}}])"),
          std::string(R"([{"id": 1, "mturk": {"other": 1}}])"),
          std::string(R"([{"id": 1, "mturk": {"given": {}}}])")}) {
        CAPTURE(bad);
        CHECK_THROWS_AS((void)read(bad), ra::io::file_error);
    }
}
