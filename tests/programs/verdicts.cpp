// The program `verdicts`, run as a user runs it.
#include "../support/real_data.hpp"
#include "run_program.hpp"

#include <string>
#include <vector>

using test_support::check_fails;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string verdicts = REASSESS_VERDICTS_PROGRAM;

}  // namespace

TEST_CASE("verdicts: semicolons by the option that the message names")
{
    const temporary_folder folder;
    write_all(folder / "v.csv", "model;metric;image;verdict\na;real;x; Clear Mistake\n");
    check_fails(run_program({verdicts, "--verdicts", folder / "v.csv"}), 1, "--separator ';'");
    const auto result = run_program({verdicts, "--verdicts", folder / "v.csv", "--separator", ";", "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.json()["tallies"][0]["verdicts"][0]["hits"] == 1);
    write_all(folder / "v.csv", "model,metric,image,verdict\na,real,x,maybe\n");
    check_fails(run_program({verdicts, "--verdicts", folder / "v.csv"}), 1,
                (folder / "v.csv") + ": the verdict on image x of model a is \"maybe\"");
}

TEST_CASE("verdicts: tallies of CSV and JSON by model and metric")
{
    const temporary_folder folder;
    const std::string csv = folder / "v.csv", list = folder / "v.json";
    write_all(csv,
              "model,metric,image,prediction,original,labels,verdict\n"
              "a,real,x,1,2,2 3,clear mistake\na,real,y,1,2,2,not a mistake\na,real,z,1,2,2,\n"
              "a,original,x,1,2,2,undecidable\n");
    write_all(list, R"([{"model": "b", "metric": "real", "image": 7, "verdict": "clear mistake"}])");
    const auto result = run_program({verdicts, "--verdicts", csv, "--verdicts", list, "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    CHECK(json["verdicts"] == 4);
    CHECK(json["of_label_errors"] == 0);
    REQUIRE(json["tallies"].size() == 3);
    const auto& original = json["tallies"][0];
    CHECK(original["model"] == "a");
    CHECK(original["metric"] == "original");
    CHECK(original["verdicts"][2]["verdict"] == "undecidable");
    CHECK(original["verdicts"][2]["value"] == 1.0);
    const auto& real = json["tallies"][1]["verdicts"];
    REQUIRE(real.size() == 3);
    CHECK(real[0]["verdict"] == "clear mistake");
    CHECK(real[0]["hits"] == 1);
    CHECK(real[0]["total"] == 2);
    CHECK(real[0]["lower"] < 0.5);
    CHECK(real[0]["upper"] > 0.5);
    CHECK(real[2]["hits"] == 0);
    CHECK(real[2]["lower"] == 0.0);
    CHECK(json["tallies"][2]["model"] == "b");

    const auto table = run_program({verdicts, "--verdicts", csv});
    CHECK(table.output ==
          "Verdicts in percent, with 95 % Wilson intervals\n"
          "model   mistakes by   verdicts         clear mistake         not a mistake              undecidable\n"
          "a          original          1    0.00 [0.00, 79.35]    0.00 [0.00, 79.35]   100.00 [20.65, 100.00]\n"
          "a              real          2   50.00 [9.45, 90.55]   50.00 [9.45, 90.55]       0.00 [0.00, 65.76]\n");
}

TEST_CASE("verdicts: further verdicts, no verdicts, and clear errors")
{
    const temporary_folder folder;
    const std::string csv = folder / "v.csv", none = folder / "none.json";
    write_all(csv, "model,metric,image,verdict\na,real,x_9,no image\n");
    check_fails(run_program({verdicts, "--verdicts", csv}), 1, "image x_9 of model a is \"no image\"");
    const auto further = run_program({verdicts, "--verdicts", csv, "--further", "no image", "--json", "-"}).json();
    CHECK(further["tallies"][0]["verdicts"][3]["verdict"] == "no image");
    CHECK(further["tallies"][0]["verdicts"][3]["hits"] == 1);
    write_all(none, "[]");
    CHECK(run_program({verdicts, "--verdicts", none}).output == "No verdicts.\n");
    CHECK(run_program({verdicts, "--verdicts", none, "--json", "-"}).json()["tallies"].empty());
    check_fails(run_program({verdicts}), 2, "--verdicts");
    check_fails(run_program({verdicts, "--verdicts", folder / "nowhere.csv"}), 1, "nowhere.csv");
    check_fails(run_program({verdicts, "--label-errors", csv}), 1, csv);
}

TEST_CASE("verdicts: assessed mistakes by severity and category, and what ReaL labels accept of them")
{
    const temporary_folder folder;
    const std::string mistakes = folder / "made.json", real = folder / "real.json";
    write_all(mistakes,
              R"({"x_1": {"top_prediction": 7, "failure category": "Fine", "failure severity": "Major"},
                  "x_2": {"top_prediction": 7, "failure category": "Fine", "failure severity": "Minor"},
                  "x_3": {"top_prediction": 7, "failure category": "Fine", "failure severity": "Major"}})");
    write_all(real, "[[7], [], [6]]");
    const auto alone = run_program({verdicts, "--imagenet-mistakes", mistakes, "--json", "-"}).json();
    CHECK(alone["verdicts"] == 0);
    CHECK(alone["tallies"].empty());
    REQUIRE(alone["imagenet_mistakes"].size() == 1);
    CHECK(alone["imagenet_mistakes"][0]["model"] == "made");
    CHECK(alone["imagenet_mistakes"][0]["mistakes"] == 3);
    CHECK(alone["imagenet_mistakes"][0]["severities"][0]["share"]["hits"] == 2);
    CHECK(alone["imagenet_mistakes"][0]["all"]["real"].is_null());
    const auto against = run_program({verdicts, "--imagenet-mistakes", mistakes, "--real", real, "--json", "-"}).json();
    const auto& major = against["imagenet_mistakes"][0]["severities"][0];
    CHECK(major["name"] == "Major");
    CHECK(major["real"]["accepted"] == 1);
    CHECK(major["real"]["not_accepted"] == 1);
    CHECK(major["real"]["accepted_share"]["total"] == 2);
    CHECK(against["imagenet_mistakes"][0]["all"]["real"]["without_labels"] == 1);
    CHECK(run_program({verdicts, "--imagenet-mistakes", mistakes, "--real", real}).output ==
          "made: 3 mistakes that experts assessed, in percent with 95 % Wilson intervals\n"
          "                 mistakes          of all mistakes   accepted   not accepted"
          "   without ReaL labels   accepted, of those with labels          of all accepted\n"
          "severity Major          2     66.67 [20.77, 93.85]          1              1                "
          "     0              50.00 [9.45, 90.55]   100.00 [20.65, 100.00]\n"
          "severity Minor          1      33.33 [6.15, 79.23]          0              0                "
          "     1                                -       0.00 [0.00, 79.35]\n"
          "category Fine           3   100.00 [43.85, 100.00]          1              1                "
          "     1              50.00 [9.45, 90.55]   100.00 [20.65, 100.00]\n"
          "all                     3   100.00 [43.85, 100.00]          1              1                "
          "     1              50.00 [9.45, 90.55]   100.00 [20.65, 100.00]\n");
    check_fails(run_program({verdicts, "--real", real, "--verdicts", mistakes}), 2, "--imagenet-mistakes");
    write_all(real, "[[7], []]");
    check_fails(run_program({verdicts, "--imagenet-mistakes", mistakes, "--real", real}), 1,
                "2 sets, but 3 image names");
}

TEST_CASE("verdicts: of the released mistakes ReaL labels accept 85, and experts call 20 of these major")
{
    NEEDS_REAL_DATA(data);
    const auto json = run_program({verdicts, "--imagenet-mistakes", data / "imagenet-mistakes/vit3b_mistakes.json",
                                   "--real", data / "reassessed-imagenet/real.json", "--json", "-"})
                          .json();
    const auto& found = json["imagenet_mistakes"][0];
    CHECK(found["mistakes"] == 378);
    CHECK(found["all"]["real"]["accepted"] == 85);
    CHECK(found["all"]["real"]["not_accepted"] == 229);
    CHECK(found["all"]["real"]["without_labels"] == 64);
    const auto& major = found["severities"][0];
    CHECK(major["name"] == "Major");
    CHECK(major["share"]["hits"] == 154);
    CHECK(major["real"]["share_of_accepted"]["hits"] == 20);
    CHECK(major["real"]["share_of_accepted"]["total"] == 85);
    CHECK(major["real"]["share_of_accepted"]["lower"] == doctest::Approx(0.1578).epsilon(1e-3));
    CHECK(major["real"]["share_of_accepted"]["upper"] == doctest::Approx(0.3357).epsilon(1e-3));
    CHECK(found["categories"].size() == 5);
}

TEST_CASE("verdicts: the label-errors study, said to be another one")
{
    NEEDS_REAL_DATA(data);
    const std::string file = data / "label-errors/imagenet_mturk.json";
    const auto json = run_program({verdicts, "--label-errors", file, "--json", "-"}).json();
    CHECK(json["of_label_errors"] == 5440);
    const auto& shares = json["tallies"][0]["verdicts"];
    CHECK(shares[0]["hits"] == 2524);
    CHECK(shares[1]["hits"] == 1428 + 597);
    CHECK(shares[2]["hits"] == 293 + 598);
    const auto table = run_program({verdicts, "--label-errors", file});
    CHECK(table.output.find("another study than the paper's") != std::string::npos);
    CHECK(table.output.find("46.40 [") != std::string::npos);
}
