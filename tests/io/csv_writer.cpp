// csv_writer: quoting, numbers and empty cells.
#include <reassess/io/csv.hpp>
#include <reassess/io/csv_writer.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace ra = reassess;

TEST_CASE("csv_cell: only text with a comma, a quote or a line end is quoted")
{
    CHECK(ra::io::csv_cell("a b") == "a b");
    CHECK(ra::io::csv_cell("a,b") == "\"a,b\"");
    CHECK(ra::io::csv_cell("a\"b\n") == "\"a\"\"b\n\"");
    CHECK(ra::io::csv_cell(0.1) == "0.1");
    CHECK(ra::io::csv_cell(1e300) == "1e+300");
}

TEST_CASE("csv_writer: cells of every kind, and read_csv reads what is written")
{
    const test_support::temporary_folder folder;
    ra::io::csv_writer table({"text", "integer", "bool", "real", "none"});
    table.add_row("x,y", -3, true, 0.25, std::optional<double>());
    table.add_cell("z");
    table.add_cell(7U);
    table.add_cell(false);
    table.add_cell(std::optional<int>(5));
    table.add_cell("");
    table.end_row();
    CHECK(table.text() == "text,integer,bool,real,none\n\"x,y\",-3,1,0.25,\nz,7,0,5,\n");
    ra::io::write_csv(folder.path() / "t.csv", table);
    const ra::io::table read = ra::io::read_csv(folder.path() / "t.csv");
    CHECK(read.rows() == 2);
    CHECK(read.text(0, 0) == "x,y");
    table.clear();
    CHECK(table.text().empty());
}
