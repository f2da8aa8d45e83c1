// The program `runs`, run as a user runs it.
#include "../statistics/csv_columns.hpp"
#include "../support/real_data.hpp"
#include "run_program.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string runs = REASSESS_RUNS_PROGRAM;

}  // namespace

TEST_CASE("runs: medians and differences, with an interval where there are enough runs")
{
    const temporary_folder folder;
    const std::string file = folder / "runs.csv";
    std::string text = "recipe,metric,value,seed\n";
    for (const char* value : {"70.0", "70.2", "70.1", "69.9", "70.3"}) text += std::string("base,m,") + value + ",1\n";
    for (const char* value : {"71.0", "71.2", "70.9", "71.1", "71.3"}) text += std::string("new,m,") + value + ",1\n";
    write_all(file, text + "few,m,70.6,1\nfew,m,70.5,2\n");
    const std::vector<std::string> command{runs, "--table", file, "--baseline", "base"};
    auto with_json = command;
    with_json.insert(with_json.end(), {"--json", "-"});
    const auto result = run_program(with_json);
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    CHECK(json["baseline"] == "base");
    REQUIRE(json["cells"].size() == 3);
    const auto& cells = json["cells"];
    CHECK(cells[0]["recipe"] == "base");
    CHECK(cells[0]["runs"] == 5);
    CHECK(cells[0]["median"] == 70.1);
    CHECK(cells[0]["difference"].is_null());
    CHECK(cells[1]["metric"] == "m");
    CHECK(cells[1]["lower"] > 0.7);
    CHECK(cells[1]["lower"] < cells[1]["difference"]);
    CHECK(cells[1]["upper"] > cells[1]["difference"]);
    CHECK(cells[2]["median"] == 70.55);
    CHECK(cells[2]["lower"].is_null());
    CHECK(run_program(with_json).output == result.output);

    const auto table = run_program(command);
    for (const char* part : {"from base's", "+1.00   [+0.", "+0.45\n", "fewer than 5 runs"})
        CHECK_MESSAGE(table.output.find(part) != std::string::npos, "expected '", part, "' in: ", table.output);

    check_fails(run_program({runs, "--table", file}), 2, "--baseline");
    check_fails(run_program({runs, "--table", file, "--baseline", "other"}), 1, "no runs of the baseline other");
    check_fails(run_program({runs, "--table", file, "--baseline", "base", "--metric", "unit"}), 1, "unit");
    check_fails(run_program({runs, "--table", folder / "nowhere.csv", "--baseline", "base"}), 1, "nowhere.csv");
    write_all(file, "recipe,metric,value\nbase,m,seventy\n");
    check_fails(run_program(command), 1, "seventy");
}

TEST_CASE("runs: Table 4 of the paper")
{
    NEEDS_REAL_DATA(data);
    const auto result =
        run_program({runs, "--table", data / "paper/table4.csv", "--recipe", "loss,training_set,epochs", "--metric",
                     "model,metric", "--value", "median_of_three_runs", "--baseline", "softmax,all,90", "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    const auto table = test_support::csv_columns(data / "paper" / "table4.csv");
    const auto& printed = table.at("printed_difference_from_baseline");
    REQUIRE(json["cells"].size() == 72);
    for (std::size_t i = 0; i < 72; ++i) {
        const auto& cell = json["cells"][i];
        CAPTURE(cell);
        CHECK(cell["difference"].is_null() == printed[i].empty());
        if (!printed[i].empty()) CHECK(std::abs(cell["difference"].get<double>() - std::stod(printed[i])) < 1e-9);
    }
    CHECK(json["cells"][23]["recipe"] == "sigmoid,clean,900");
    CHECK(json["cells"][23]["metric"] == "ResNet-50,real");
}

TEST_CASE("runs: separators, percent signs and thousands by the options that the messages name")
{
    const temporary_folder folder;
    const std::string file = folder / "runs.csv";
    write_all(file, "recipe;metric;value\nbase;m;70.5%\nnew;m;\"1,071\"\n");
    std::vector<std::string> command{runs, "--table", file, "--baseline", "base", "--json", "-"};
    for (const std::string option : {"--separator ';'", "--percent", "--thousands"}) {
        check_fails(run_program(command), 1, option);
        command.push_back(option.substr(0, option.find(' ')));
        if (option.find(';') != std::string::npos) command.push_back(";");
    }
    const auto result = run_program(command);
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.json()["cells"][1]["difference"] == 1000.5);
}
