// Tables of models: conditions, references, joins.
#include <reassess/io/model_table.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

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
    const auto file = folder.file("t.csv", "model,pool,x,y\na,p,1,2\nb,q,3,4\nlabels,p,100,90\n");
    ra::io::read_model_table_options options{.x = "x", .y = "y"};
    options.where = {*ra::io::parse_row_condition("pool=p")};
    const auto table = ra::io::read_model_table(file, options);
    CHECK(table.x() == std::vector<double>{1});
    CHECK(table.y() == std::vector<double>{2});
    CHECK(table.uncertain().empty());
    REQUIRE(table.references.size() == 1);
    CHECK(table.references[0].name == "labels");
}

TEST_CASE("read_joined_model_tables: x and y from two tables, rows without a partner are counted")
{
    const test_support::temporary_folder folder;
    const auto left = folder.file("l.csv", "model,top1\na,1\nb,2\n");
    const auto right = folder.file("r.csv", "model,top1\nb,5\nc,6\nd,7\n");
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
}
