// Tables of models: conditions, references, joins.
#include <reassess/io/model_table.hpp>
#include <reassess/io/table_warnings.hpp>

#include "support/random_source.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;

TEST_CASE("parse_row_condition: a column, = or !=, and values")
{
    const auto is = ra::io::parse_row_condition("pool=a,b");
    REQUIRE(is.has_value());
    CHECK(is->column == "pool");
    CHECK(is->values == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(is->negated);
    CHECK(ra::io::parse_row_condition("pool!=")->negated);
    CHECK_FALSE(ra::io::parse_row_condition("pool").has_value());
    CHECK_FALSE(ra::io::parse_row_condition("=a").has_value());
    CHECK_FALSE(ra::io::parse_row_condition("!=a").has_value());
}

TEST_CASE("read_model_table: conditions select models, and references are kept apart")
{
    const test_support::temporary_folder folder;
    const auto file = folder.file("t.csv", "model,pool,x,y\na,p,61,62\nb,q,-,?\nlabels,p,100,90\n");
    ra::io::read_model_table_options options{.x = "x", .y = "y"};
    options.where = {*ra::io::parse_row_condition("pool=p")};
    const auto table = ra::io::read_model_table(file, options);
    CHECK(table.x() == std::vector<double>{61});
    CHECK(table.y() == std::vector<double>{62});
    CHECK(table.uncertain().empty());
    REQUIRE(table.references.size() == 1);
    CHECK(table.references[0].name == "labels");
}

TEST_CASE("read_joined_model_tables: x and y from two tables, rows without a partner are counted")
{
    const test_support::temporary_folder folder;
    const auto left = folder.file("l.csv", "model,top1\na,-\nb,2\n");
    const auto right = folder.file("r.csv", "model,top1\nb,5\nc,NaN\nd,7\n");
    const auto table = ra::io::read_joined_model_tables(left, right, {.join = {"model"}, .joined_column = "top1"});
    CHECK(table.x() == std::vector<double>{2});
    CHECK(table.y() == std::vector<double>{5});
    CHECK(table.only_in_first == 1);
    CHECK(table.only_in_second == 2);
}

TEST_CASE("read_evaluated_models: a file that is not evaluate's JSON is refused")
{
    const test_support::temporary_folder folder;
    for (const char* text : {"{", "{}", "[]", "{\"models\": [{}]}"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS((void)ra::io::read_evaluated_models(folder.file("e.json", text)),
                             Contains("expected the output of evaluate --json"), ra::io::file_error);
    }
    const auto refuses = [&](const std::string& text, const char* message) {
        CHECK_THROWS_WITH_AS((void)ra::io::read_evaluated_models(folder.file("e.json", text)), Contains(message),
                             ra::io::file_error);
    };
    const std::string model = R"({"name": "a", "top_k": [{"k": 1, "hits": 6, "total": 9}],
                                  "real_any": [{"k": 1, "hits": 7, "total": 9}], "joint": {"both_right": 5,
                                  "only_original_right": 1, "only_real_right": 2, "both_wrong": )";
    const std::string valid = R"({"models": [)" + model + R"(1}}], "original_labels": null})";
    CHECK(ra::io::read_evaluated_models(folder.file("e.json", valid)).models.size() == 1);
    refuses(valid + '\0' + "text", "is NUL");
    refuses(R"({"models": [)" + model + "1}}, " + model + R"(1.5}}]})", "model 1: both_wrong is 1.5");
    refuses(R"({"models": [{"name": "a"}]})", "model 0: key 'top_k' not found; expected the output of evaluate");
    refuses(R"({"models": []})", "the original labels: key 'original_labels' not found");
}

TEST_CASE("read_model_table: rows without a value are an error, or left out and counted")
{
    const test_support::temporary_folder folder;
    ra::io::read_model_table_options options{.x = "x", .y = "y"};
    for (const char* cell : {"", "-", "NaN", "NA", "n/a", " - ", "--", "null", "None", "#N/A"}) {
        CAPTURE(cell);
        const auto file = folder.file("t.csv", "model,x,y\na,61,62\nb,63," + std::string(cell) + "\n");
        options.missing = ra::io::missing_cells::error;
        CHECK_THROWS_WITH_AS((void)ra::io::read_model_table(file, options), Contains("line 3, column \"y\": found"),
                             ra::io::file_error);
        CHECK_THROWS_WITH_AS((void)ra::io::read_model_table(file, options), Contains("--missing drop"),
                             ra::io::file_error);
        options.missing = ra::io::missing_cells::drop;
        const auto table = ra::io::read_model_table(file, options);
        CHECK(table.x() == std::vector<double>{61});
        CHECK(table.dropped == 1);
    }
    const auto file = folder.file("t.csv", "model,x,y\na,61,sixty\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_model_table(file, options), Contains("found \"sixty\""),
                         ra::io::file_error);
}

TEST_CASE("read_model_table: a reference outside of the conditions may have percent signs and separators")
{
    const test_support::temporary_folder folder;
    const auto file = folder.file("t.csv", "model,kind,x,y\na,net,61%,62%\nb,net,63%,64%\nlabels,human,100%,90.5%\n");
    ra::io::read_model_table_options options{
        .x = "x", .y = "y", .where = {{.column = "kind", .values = {"net"}}}, .percent = ra::io::percent_sign::accept};
    for (const auto thousands : {ra::io::thousands_separator::refuse, ra::io::thousands_separator::accept}) {
        options.thousands = thousands;
        const auto table = ra::io::read_model_table(file, options);
        CHECK(table.x() == std::vector<double>{61, 63});
        REQUIRE(table.references.size() == 1);
        CHECK(table.references[0].y == 90.5);
    }
}

TEST_CASE("read_model_table: fractions have their reference at 1, and do not mix with percent")
{
    const test_support::temporary_folder folder;
    const ra::io::read_model_table_options options{.x = "x", .y = "y"};
    const auto table =
        ra::io::read_model_table(folder.file("t.csv", "model,x,y\na,0.61,0.62\nb,0.7,0.8\nlabels,1.0,0.9\n"), options);
    CHECK(table.fractions);
    CHECK(table.x() == std::vector<double>{0.61, 0.7});
    REQUIRE(table.references.size() == 1);
    CHECK(table.references[0].name == "labels");
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_model_table(folder.file("t.csv", "model,x,y\na,0.6,62\nb,0.7,80\n"), options),
        Contains("x is in fractions (no value is above 1), but y in percent (62"), ra::io::file_error);
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_model_table(folder.file("t.csv", "model,x,y\na,60,0.62\nb,70,0.8\n"), options),
        Contains("y is in fractions"), ra::io::file_error);
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_model_table(folder.file("t.csv", "model,x,y\na,60.25,0.62\nb,70,0.8\n"), options),
        Contains("x in percent (60.25 of a)"), ra::io::file_error);
}

TEST_CASE("read_model_table: a table without rows, or without chosen ones, says so")
{
    const test_support::temporary_folder folder;
    ra::io::read_model_table_options options{.x = "x", .y = "y"};
    const auto refused = [&](const char* text, const char* why) {
        CHECK_THROWS_WITH_AS((void)ra::io::read_model_table(folder.file("t.csv", text), options), Contains(why),
                             ra::io::file_error);
    };
    refused("model,x,y\n", "t.csv: has no row of a model");
    options.where = {*ra::io::parse_row_condition("model=b")};
    refused("model,x,y\na,61,62\n", "no row that is chosen (where, --where)");
}

TEST_CASE("read_model_table: a model that occurs twice is an error unless both are kept")
{
    const test_support::temporary_folder folder;
    ra::io::read_model_table_options options{.x = "x", .y = "y"};
    const auto file = folder.file("t.csv", "model,x,y\na,61,62\nb,63,64\na,65,66\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_model_table(file, options),
                         Contains("the model \"a\" occurs twice, in lines 2 and 4"), ra::io::file_error);
    options.repeated = ra::io::repeated_models::keep;
    CHECK(ra::io::read_model_table(file, options).x() == std::vector<double>{61, 63, 65});
}

TEST_CASE("influence_warnings: four rows near 1 % move the first slope and are named, honest rows are not")
{
    test_support::random_source random(11);
    ra::io::model_table honest;
    for (int i = 0; i < 60; ++i) {
        const double x = 60 + 0.4 * i;
        const double noise = (static_cast<double>(random.below(2001)) - 1000) / 2000;
        honest.models.push_back({"m" + std::to_string(i), x, 20 + 0.87 * x + noise, std::nullopt});
    }
    const auto warnings = [](const ra::io::model_table& models) {
        return ra::io::influence_warnings(models, ra::compare_halves(models.x(), models.y(), {}));
    };
    CHECK(warnings(honest).empty());
    ra::io::model_table faulty = honest;
    for (const double x : {0.9, 1.0, 1.1, 1.2}) faulty.models.push_back({"bad", x, x + 0.3, std::nullopt});
    const auto found = warnings(faulty);
    REQUIRE(found.size() == 4);
    for (const auto& warning : found) {
        CHECK(warning.kind == "influential_model");
        CHECK(warning.model == "bad");
        CHECK(warning.text.find("of the first half") != std::string::npos);
    }
    faulty = honest;
    faulty.models.push_back({"one", 1.0, 1.3, std::nullopt});
    REQUIRE(warnings(faulty).size() == 1);
    CHECK(warnings(faulty)[0].model == "one");
}

TEST_CASE(
    "influence_warnings: rows near 1 % hide one another in small tables, where they are half of the weaker models")
{
    test_support::random_source random(5);
    for (const int models : {12, 16, 30}) {
        for (const int bad : {1, 2, 3, 4}) {
            CAPTURE(models);
            CAPTURE(bad);
            ra::io::model_table table;
            for (int i = 0; i < models; ++i) {
                const double x = 60 + 25.0 * i / models;
                const double noise = (static_cast<double>(random.below(2001)) - 1000) / 2000;
                table.models.push_back({"m", x, 20 + 0.8 * x + noise, std::nullopt});
            }
            for (int i = 0; i < bad; ++i) table.models.push_back({"bad", 1 + 0.02 * i, 1.1 + 0.025 * i, std::nullopt});
            const auto found = ra::io::influence_warnings(table, ra::compare_halves(table.x(), table.y(), {}));
            CHECK(std::count_if(found.begin(), found.end(), [](const auto& one) { return one.model == "bad"; }) == bad);
        }
    }
}

TEST_CASE("find_influential_points: nothing to tell for few points, lines without residuals and equal x")
{
    using values = std::vector<double>;
    CHECK(ra::find_influential_points(values{1, 2, 3, 9}, values{1, 2, 3, 0}).empty());
    CHECK(ra::find_influential_points(values{1, 2, 3, 4, 5, 60}, values{1, 2, 3, 4, 5, 60}).empty());
    CHECK(ra::find_influential_points(values{1, 1, 1, 1, 1}, values{1, 2, 3, 4, 5}).empty());
    CHECK_THROWS_AS((void)ra::find_influential_points(values{1}, values{}), std::invalid_argument);
}
