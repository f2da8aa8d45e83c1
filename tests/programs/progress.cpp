// The program `progress`: Table 5 of the paper, in its readings, and its options.
#include "../support/expected_figures.hpp"
#include "../support/relative_error.hpp"
#include "run_program.hpp"

#include <string>
#include <vector>

using test_support::check_fails;
using test_support::expected_figures;
using test_support::relative_error;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;

namespace {

const std::string progress = REASSESS_PROGRESS_PROGRAM;
const std::string table_5 = std::string(REASSESS_EXAMPLES_DIR) + "/data/table5.csv";

void check_progress(const nlohmann::json& result, const nlohmann::json& reference)
{
    CHECK(result["models"] == reference["models"]);
    CHECK(result["halves"][0]["models"] == reference["first_half"]);
    for (std::size_t half = 0; half < 2; ++half) {
        for (const char* key :
             {"slope", "slope_standard_error", "intercept", "intercept_standard_error", "r_squared"}) {
            CAPTURE(key);
            CHECK(relative_error(result["halves"][half][key], reference["fits"][half][key]) < 1e-12);
        }
    }
    CHECK(relative_error(result["z"], reference["z"]) < 1e-12);
    CHECK(relative_error(result["log10_p_value"], reference["log10_p_two_sided"]) < 1e-12);
    CHECK(relative_error(result["p_value"], reference["p_two_sided"]) < 1e-10);
}

}  // namespace

TEST_CASE("progress: the three readings of Table 5 equal the reference")
{
    const auto all = run_program({progress, "--table", table_5, "--json", "-"});
    REQUIRE_MESSAGE(all.status == 0, all.errors);
    check_progress(all.json(), expected_figures()["table_5"]["all_but_labels"]);
    CHECK(all.json()["tie_at_split"] == false);
    REQUIRE(all.json()["references"].size() == 1);
    CHECK(all.json()["references"][0]["name"] == "ILSVRC-2012 labels");

    const std::vector<std::string> pool{progress, "--table", table_5, "--where", "pool=table 3,later", "--json", "-"};
    check_progress(run_program(pool).json(), expected_figures()["table_5"]["figure_4_pool"]);
    auto shared = pool;
    shared.push_back("--share-boundary");
    const auto result = run_program(shared).json();
    check_progress(result, expected_figures()["table_5"]["figure_4_pool_with_the_boundary_model_in_both_halves"]);
    CHECK(result["halves"][1]["models"] == 12);
    CHECK(result["halves_share_a_model"] == true);

    const auto by_exclusion =
        run_program({progress, "--table", table_5, "--where", "pool!=other,labels", "--json", "-"}).json();
    CHECK(by_exclusion["z"] == run_program(pool).json()["z"]);
}

TEST_CASE("progress: references, a chosen split, other columns, a tie at the split")
{
    const auto without_labels =
        run_program({progress, "--table", table_5, "--reference", "pool=labels", "--json", "-"}).json();
    check_progress(without_labels, expected_figures()["table_5"]["all_but_labels"]);
    const auto other_reference =
        run_program({progress, "--table", table_5, "--reference", "model=AlexNet", "--json", "-"}).json();
    CHECK(other_reference["models"] == 30);
    CHECK(other_reference["references"][0]["name"] == "AlexNet");

    // All but two of three pools, and two, are the same models.
    const auto without =
        run_program({progress, "--table", table_5, "--where", "pool!=other,labels", "--json", "-"}).json();
    check_progress(without, expected_figures()["table_5"]["figure_4_pool"]);

    const auto split = run_program({progress, "--table", table_5, "--split", "10", "--json", "-"}).json();
    CHECK(split["halves"][0]["models"] == 10);
    CHECK(split["halves"][1]["models"] == 20);

    const temporary_folder folder;
    const std::string file = folder / "t.csv";
    write_all(file, "\xEF\xBB\xBFwho,x,y\r\na,1,1\r\nb,2,3\r\nc,3,2\r\nd,3,4\r\ne,5,6\r\nf,7,7\r\n");
    const auto tie =
        run_program({progress, "--table", file, "--x", "x", "--y", "y", "--name", "who", "--json", "-"}).json();
    CHECK(tie["tie_at_split"] == true);
    CHECK(tie["models"] == 6);

    // A line through two points has no error, so there is nothing to test with.
    const auto few =
        run_program({progress, "--table", file, "--x", "x", "--y", "y", "--split", "2", "--json", "-"}).json();
    CHECK(few["halves"][0]["slope"] == 2.0);
    CHECK(few["halves"][0]["slope_standard_error"].is_null());
    CHECK(few["z"].is_null());
    CHECK(few["p_value"].is_null());
}

TEST_CASE("progress: the report for people")
{
    const auto result = run_program({progress, "--table", table_5});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    for (const char* part : {"30 models", "0.9737   [", "0.5728   [", "t = 13.508", "10^-12.29", "z = 13.508",
                             "10^-40.85", "HC3, t = 7.156", "slopes 1.128 and 0.733", "x 78.64 [75.04, 80.84]",
                             "Durbin-Watson 0.34", "progress carries over less", "Not fitted: ILSVRC-2012 labels"}) {
        CHECK_MESSAGE(result.output.find(part) != std::string::npos, "expected '", part, "' in: ", result.output);
    }
}

TEST_CASE("progress: the report does not say more than the tests do")
{
    const temporary_folder folder;
    const std::string file = folder / "few.csv";
    const auto report = [&](const char* rows) {
        write_all(file, std::string("x,y\n") + rows);
        return run_program({progress, "--table", file, "--x", "x", "--y", "y"}).output;
    };
    // Three models a half: p = 0.0001 by the Z-test, 0.097 by Student's t.
    const std::string few = report("1,1\n2,2.1\n3,3\n4,3.2\n5,3.9\n6,4.2\n");
    CHECK(few.find("6 models, in order of x\n") != std::string::npos);
    CHECK(few.find("progress carries over less") == std::string::npos);
    CHECK(few.find("Verdict: 1 of 6 tests after the paper's find a smaller second slope") != std::string::npos);
    CHECK(few.find("0.0967") != std::string::npos);
    CHECK(few.find("With so few models the Z-test's p is too small") != std::string::npos);
    // Three points have no interval of Theil and Sen's slope at 95 %.
    CHECK(few.find("[-]") != std::string::npos);
    const std::string alike = report("1,1\n2,2.1\n3,3\n4,4.2\n5,4.9\n6,6\n");
    CHECK(alike.find("nothing shows that a gain carries over less") != std::string::npos);
    const auto json = run_program({progress, "--table", file, "--x", "x", "--y", "y", "--json", "-"}).json();
    CHECK(json["halves"][0]["theil_sen"]["slope"].is_number());
    CHECK(json["halves"][0]["theil_sen"]["slope_lower"].is_null());
    // Decimals on two lines, but for their rounding to binary.
    const std::string exact =
        report("70.1,40.1\n70.4,40.37\n70.7,40.64\n71,40.91\n71.3,41.18\n71.6,41.3\n71.9,41.42\n72.2,41.54\n");
    CHECK(exact.find("Both lines go through all their points") != std::string::npos);
    CHECK(exact.find("Verdict") == std::string::npos);
    CHECK(exact.find("Chow") == std::string::npos);
    const auto exact_json = run_program({progress, "--table", file, "--x", "x", "--y", "y", "--json", "-"});
    CHECK(exact_json.errors.find("moves the slope") == std::string::npos);
    CHECK(exact_json.json()["verdict"]["tests"] == 0);
}

TEST_CASE("progress: thousands, joins, and clear errors")
{
    const temporary_folder folder;
    const std::string left = folder / "left.csv", right = folder / "right.csv";
    write_all(left, "model,size,top1\na,1,10\nb,1,20\nb,2,30\nc,1,40\nd,1,50\ne,1,\"1,060.5\"\nonly,1,3\n");
    write_all(right, "model,size,top1\ne,1,66\nd,1,55\nc,1,41\nb,2,31\nb,1,23\na,1,11\n");
    const std::vector<std::string> join{progress,     "--table",  left,   "--table", right, "--join",
                                        "model,size", "--column", "top1", "--json",  "-"};
    check_fails(run_program(join), 1, "1,060.5");
    auto with_thousands = join;
    with_thousands.push_back("--thousands");
    const auto joined = run_program(with_thousands);
    REQUIRE_MESSAGE(joined.status == 0, joined.errors);
    CHECK(joined.json()["models"] == 6);
    CHECK(joined.errors.find("1 rows stand in the first table only") != std::string::npos);

    check_fails(run_program({progress, "--table", left, "--table", right, "--join", "model", "--column", "top1",
                             "--thousands"}),
                1, "occurs twice");
    check_fails(run_program({progress, "--table", left, "--table", right}), 2, "--join");
    check_fails(run_program({progress, "--table", left, "--join", "model"}), 2, "two tables");
    check_fails(run_program({progress, "--table", left}), 1, "no column \"real_accuracy\"");
    check_fails(run_program({progress, "--table", table_5, "--where", "pool"}), 2, "COLUMN=VALUE");
    check_fails(run_program({progress, "--table", table_5, "--where", "pool=labels"}), 1,
                "table5.csv: compare halves: 0 models in the first half; the minimum is 2");
    check_fails(run_program({progress, "--table", folder / "nowhere.csv"}), 1, "nowhere.csv");
    check_fails(run_program({progress}), 2, "--table");
}

TEST_CASE("progress: models of evaluate's JSON, with York's fit from their counts")
{
    const temporary_folder folder;
    const std::string file = folder / "evaluate.json";
    nlohmann::json evaluated{{"original_labels", {{"real", {{"hits", 900}, {"total", 1000}}}}},
                             {"models", nlohmann::json::array()}};
    const auto add = [&](const std::string& name, int both, int only_original, int only_real) {
        evaluated["models"].push_back(
            {{"name", name},
             {"top_k", {{{"k", 1}, {"hits", both + only_original}, {"total", 1000}}}},
             {"real_any",
              {{{"k", 5}, {"hits", 999}, {"total", 1000}}, {{"k", 1}, {"hits", both + only_real}, {"total", 1000}}}},
             {"joint",
              {{"both_right", both},
               {"only_original_right", only_original},
               {"only_real_right", only_real},
               {"both_wrong", 1000 - both - only_original - only_real}}}});
    };
    for (int i = 0; i < 8; ++i) add("m" + std::to_string(i), 500 + 40 * i, 30 + i % 3, 100 - 8 * i);
    write_all(file, evaluated.dump());
    const std::vector<std::string> command{progress, "--models", file, "--json", "-"};
    const auto run = run_program(command);
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto json = run.json();
    CHECK(json["models"] == 8);
    CHECK(json["references"][0]["name"] == "original labels");
    CHECK(json["references"][0]["y"] == 90.0);
    for (const auto& half : json["halves"]) {
        CHECK(half["deming"].is_null());
        CHECK(half["york"]["converged"] == true);
        CHECK(half["york"]["slope"] > 0.5);
        CHECK(half["york"]["slope"] < 1.0);
        CHECK(half["york"]["slope_standard_error"] > 0.0);
        CHECK(half["york"]["scaled_slope_standard_error"] >= half["york"]["slope_standard_error"]);
    }
    const auto table = run_program({progress, "--models", file});
    CHECK(table.output.find("York, the images' noise") != std::string::npos);
    CHECK(table.output.find("Deming") == std::string::npos);

    check_fails(run_program({progress, "--models", file, "--where", "model=m1"}), 2, "--models");
    check_fails(run_program({progress, "--models", folder / "nowhere.json"}), 1, "nowhere.json");
    for (const char* key : {"joint", "top_k", "name"}) {
        auto without = evaluated;
        without["models"][3].erase(key);
        write_all(file, without.dump());
        check_fails(run_program(command), 1, "expected the output of evaluate --json");
    }
    auto other_k = evaluated;
    other_k["models"][0]["top_k"][0]["k"] = 2;
    write_all(file, other_k.dump());
    check_fails(run_program(command), 1, "accuracy of the first prediction is missing");
    for (const auto& bad : {nlohmann::json(-1), nlohmann::json(500.5), nlohmann::json(1e300), nlohmann::json("5")}) {
        auto no_count = evaluated;
        no_count["models"][0]["joint"]["both_right"] = bad;
        write_all(file, no_count.dump());
        check_fails(run_program(command), 1, "which is not a valid count");
    }
    write_all(file, "{");
    check_fails(run_program(command), 1, "not valid JSON");
}

TEST_CASE("progress: the same question asked otherwise")
{
    const auto run = [](const std::vector<std::string>& more) {
        std::vector<std::string> command{progress, "--table", table_5, "--json", "-"};
        command.insert(command.end(), more.begin(), more.end());
        const auto result = run_program(command);
        REQUIRE_MESSAGE(result.status == 0, result.errors);
        return result.json();
    };
    const auto json = run({});
    const double difference = json["halves"][0]["slope"].get<double>() - json["halves"][1]["slope"].get<double>();
    CHECK(json["t_test"]["t"] == json["z"]);
    CHECK(json["t_test"]["degrees_of_freedom"] > 24);
    CHECK(json["t_test"]["degrees_of_freedom"] < 26);
    CHECK(json["t_test"]["p_value"] > json["p_value"]);
    CHECK(json["t_test"]["lower"] < json["slope_difference"]["lower"]);
    CHECK(json["slope_difference"]["upper"] > difference);
    CHECK(relative_error(json["bootstrap"]["slope_difference"], difference) < 1e-12);
    CHECK(json["bootstrap"]["bca"]["lower"] > 0.2);
    CHECK(json["bootstrap"]["replicates"] == 1999);
    CHECK(json["break_test"]["p_value"] == 1.0 / 2000);
    CHECK(json["break_test"]["models_before"] == 16);
    CHECK(json["ranking"]["pairs_in_opposite_order"] == 2);
    for (const auto& half : json["halves"]) {
        CHECK(half["slope_lower"] < half["slope"]);
        CHECK(half["slope_upper"] > half["slope"]);
        CHECK(half["theil_sen"]["slope_lower"] <= half["theil_sen"]["slope"]);
        CHECK(half["deming"]["slope"] > half["slope"]);
        CHECK(half["york"].is_null());  // a table has no counts
    }
    // The labels themselves are not where the second line expects a model of 100 %.
    CHECK(json["references"][0]["expected"]["lower"] > json["references"][0]["y"]);

    CHECK(run({"--seed", "1"}) == json);
    CHECK(run({"--seed", "2"})["bootstrap"]["bca"] != json["bootstrap"]["bca"]);
    CHECK(run({"--replicates", "199"})["break_test"]["p_value"] == 1.0 / 200);
    check_fails(run_program({progress, "--table", table_5, "--replicates", "1"}), 2, "--replicates");

    const temporary_folder folder;
    write_all(folder / "few.csv", "x,y\n1,1\n2,3\n3,2\n4,5\n");
    const auto few = run_program({progress, "--table", folder / "few.csv", "--x", "x", "--y", "y", "--json", "-"});
    REQUIRE_MESSAGE(few.status == 0, few.errors);
    CHECK(few.json()["t_test"].is_null());
    CHECK(few.json()["break_test"].is_null());
    CHECK(few.json()["slope_difference"].is_null());
    CHECK(few.json()["halves"][0]["slope_lower"].is_null());
}

TEST_CASE("progress: families by a column and by names")
{
    const auto json = [](std::vector<std::string> more) {
        std::vector<std::string> command{progress, "--table", table_5, "--replicates", "199", "--json", "-"};
        command.insert(command.end(), more.begin(), more.end());
        const auto result = run_program(command);
        REQUIRE_MESSAGE(result.status == 0, result.errors);
        return result.json();
    };
    CHECK(json({})["by_cluster"].is_null());
    CHECK(json({})["verdict"]["smaller"] == json({})["verdict"]["tests"]);
    const auto by_column = json({"--cluster", "pool"});
    CHECK(by_column["by_cluster"]["clusters"] == 3);
    CHECK(by_column["by_cluster"]["cr2"]["clusters"] == 3);
    const auto by_name = json({"--families"});
    CHECK(by_name["by_cluster"]["clusters"] > 10);
    CHECK(by_name["by_cluster"]["clusters"] < 25);
    CHECK(by_name["by_cluster"]["cr2"]["t"] > 3.0);
    CHECK(run_program({progress, "--table", table_5, "--families"}).output.find("independence within ") !=
          std::string::npos);
    const temporary_folder folder;
    const std::string file = folder / "models.csv";
    write_all(file, "x,y,pool\n1,1,a\n2,2.1,a\n3,3,a\n4,4.4,a\n5,4.9,b\n6,6,b\n7,7.2,b\n8,8,b\n");
    const std::vector<std::string> one_each{progress, "--table", file, "--x", "x", "--y", "y", "--cluster", "pool"};
    const std::string undefined = run_program(one_each).output;
    CHECK(undefined.find("No test allows for dependence within families (2 here)") != std::string::npos);
    CHECK(undefined.find("independence within ") == std::string::npos);
    check_fails(run_program({progress, "--table", table_5, "--cluster", "no"}), 1, "no column \"no\"");
    check_fails(run_program({progress, "--table", table_5, "--cluster", "pool", "--families"}), 2, "--families");
}
