#include <reassess/io/csv.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <cstddef>
#include <locale>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::table;
using ra::io::thousands_separator;
using test_support::temporary_folder;

namespace {

using cells = std::vector<std::vector<std::string>>;

/// The header, then the rows.
cells all_cells(const table& t)
{
    cells all{{t.columns().begin(), t.columns().end()}};
    for (std::size_t row = 0; row < t.rows(); ++row) {
        all.emplace_back();
        for (std::size_t column = 0; column < t.columns().size(); ++column)
            all.back().emplace_back(t.text(row, column));
    }
    return all;
}

table read(std::string_view text)
{
    const temporary_folder folder;
    return ra::io::read_csv(folder.file("x.csv", text));
}

/// The answer for one cell as a number.
double number(const std::string& cell, thousands_separator thousands = thousands_separator::refuse)
{
    return read("n\n\"" + cell + "\"\n").numbers("n", {.thousands = thousands}).at(0);
}

}  // namespace

TEST_CASE("csv: RFC 4180, with any line ends")
{
    const cells wanted{{"a", "b"}, {"1", "2"}, {"3", "4"}};
    CHECK(all_cells(read("a,b\n1,2\n3,4\n")) == wanted);
    CHECK(all_cells(read("a,b\r\n1,2\r\n3,4\r\n")) == wanted);
    CHECK(all_cells(read("a,b\r1,2\r3,4\r")) == wanted);
    CHECK(all_cells(read("a,b\n1,2\n3,4")) == wanted);
    CHECK(all_cells(read("\xef\xbb\xbf"
                         "a,b\n1,2\n3,4")) == wanted);
    CHECK(all_cells(read("\"a\",\"b\"\n\"1\",\"2\"\n\"3\",\"4\"")) == wanted);
    CHECK(all_cells(read("\n\r\na,b\n\n1,2\r\n\r\n\n3,4\n\n\n")) == wanted);
    CHECK(all_cells(read("a,b")) == cells{{"a", "b"}});
    CHECK(all_cells(read("a,b\n,\n\"\",\n")) == cells{{"a", "b"}, {"", ""}, {"", ""}});
    CHECK(all_cells(read("a\n\"\"\n\nx\n")) == cells{{"a"}, {""}, {"x"}});
    CHECK(all_cells(read("a,b\n\"x,\"\"y\"\"\r\n\nz\",w\n")) == cells{{"a", "b"}, {"x,\"y\"\r\n\nz", "w"}});
    CHECK(all_cells(read("a,b\n 1 ,\t2 \n\" 3 \", \n")) == cells{{"a", "b"}, {" 1 ", "\t2 "}, {" 3 ", " "}});
    CHECK(all_cells(read("a;b,\xff\n1;2,\xc3\n")) == cells{{"a;b", "\xff"}, {"1;2", "\xc3"}});
    const std::string with_nul("a,b\n1\0,2\n", 9);
    CHECK(all_cells(read(with_nul)) == cells{{"a", "b"}, {std::string("1\0", 2), "2"}});
    const std::string long_cell(200000, 'x');
    CHECK(all_cells(read("a\n" + long_cell + "\n")) == cells{{"a"}, {long_cell}});
}

TEST_CASE("csv: what is refused names the line")
{
    struct refused {
        std::string text;
        const char* why;
    };
    const std::vector<refused> all{
        {"", "is empty: no header"},
        {"\r\n\n", "is empty: no header"},
        {"\xef\xbb\xbf", "is empty: no header"},
        {"a,b,c\n1,2\n3,4,5\n", "line 2: 2 fields, expected 3"},
        {"a,b\n1,2\n\n1,2,3", "line 4: 3 fields, expected 2"},
        {"a,b\r\n1,2\r\n1\r\n", "line 3: 1 fields, expected 2"},
        {"a,b\n\"1\n1\n1\",2\n\n\"1\n\n1\"\n", "line 6: 1 fields, expected 2"},
        {"a,b\n1,2\n\"3,4\n5,6\n", "line 3: the quote that opens a cell is never closed"},
        {"\"a", "line 1: the quote that opens a cell is never closed"},
        {"a,b\n1,x\"y\n", "line 2: a quote inside a cell"},
        {"a,b\n1,\"x\"y\n", "line 2: a quote inside a cell that is not quoted, or text after the closing quote"},
        {"a,b\n1,\"x\" \n", "line 2: a quote inside"},
        {"a,b\n\"1\n2\"x,3\n", "line 3: a quote inside"},
    };
    for (const refused& input : all) {
        CAPTURE(input.text);
        CHECK_THROWS_WITH_AS((void)read(input.text), Contains(input.why), file_error);
    }
}

TEST_CASE("csv: columns by name, lines and rows by number")
{
    const table t = read("\nmodel,top1,top1\nA,\"1\n2\",3\nB,4,5\n");
    CHECK(t.rows() == 2);
    CHECK(t.column("model") == 0);
    CHECK(t.line(0) == 3);
    CHECK(t.line(1) == 5);
    CHECK_THROWS_WITH_AS((void)t.column("real"), Contains("no column \"real\"; the columns are model, top1, top1"),
                         file_error);
    CHECK_THROWS_WITH_AS((void)t.column("Model"), Contains("no column \"Model\""), file_error);
    CHECK_THROWS_WITH_AS((void)t.column("top1"), Contains("the column \"top1\" occurs twice"), file_error);
    CHECK_THROWS_WITH_AS((void)t.numbers("real"), Contains("no column"), file_error);
    CHECK_THROWS_WITH_AS((void)t.text(2, 0),
                         Contains("row 2, column 0 is outside the table, which has 2 rows and 3 columns"),
                         std::out_of_range);
    CHECK_THROWS_AS((void)t.text(0, 3), std::out_of_range);
    CHECK_THROWS_AS((void)t.line(2), std::out_of_range);
    CHECK(read("a,b\n").numbers("b").empty());
    CHECK(t.path().filename() == "x.csv");
}

TEST_CASE("csv: numbers are strict")
{
    CHECK(number("70.5") == 70.5);
    CHECK(number("+1.088") == 1.088);
    CHECK(number("-0.329") == -0.329);
    CHECK(number("1e3") == 1000.0);
    CHECK(number("0.1") == 0.1);
    CHECK(number("00") == 0.0);
    for (const char* const cell :
         {"",         " ",     "NA",     "nan",   "-nan",  "inf",   "-inf", "infinity", "70.5%", "70,5",
          "1,013.01", " 1",    "1 ",     "+",     "-",     "++1",   "+-1",  "--1",      "+ 1",   "0x10",
          "1e",       "1e999", "-1e999", "1.2.3", "1'000", "1_000", "true", "1\n"}) {
        CAPTURE(cell);
        CHECK_THROWS_WITH_AS((void)number(cell), Contains("line 2, column \"n\": found \""), file_error);
    }
    CHECK_THROWS_WITH_AS((void)read("model,top1\nA,1\n\n\"B\nC\",70.5%\n").numbers("top1"),
                         Contains("x.csv: line 4, column \"top1\": found \"70.5%\", expected a finite number"),
                         file_error);
}

TEST_CASE("csv: a thousands separator is an option, and stands before every third digit")
{
    const auto accepted = [](const char* cell) { return number(cell, thousands_separator::accept); };
    CHECK(accepted("1,013.01") == 1013.01);
    CHECK(accepted("-12,345,678") == -12345678.0);
    CHECK(accepted("+123,456") == 123456.0);
    CHECK(accepted("1,000e3") == 1e6);
    CHECK(accepted("1013.01") == 1013.01);
    CHECK(accepted("12345.5") == 12345.5);
    CHECK(accepted("-5") == -5.0);
    CHECK(accepted("1,013.") == 1013.0);
    for (const char* const cell :
         {"70,5",  "1,01",   "1,0133",   "1234,567", "1,013,01",    "1,,013", ",013",    "1,013,", ",",
          "0,123", "01,234", "1.013,01", "1.5,000",  "1,000.000,1", "-,123",  "+-1,000", "1,0a3",  "1,013x",
          "1 013", "1,+13",  "nan",      ""}) {
        CAPTURE(cell);
        CHECK_THROWS_WITH_AS((void)accepted(cell), Contains("expected a finite number"), file_error);
    }
}

TEST_CASE("csv: numbers do not depend on the user's locale")
{
    struct german_numbers : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const std::string c_locale_before = std::setlocale(LC_ALL, nullptr);
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new german_numbers));
    for (const char* const name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE"}) {
        if (std::setlocale(LC_ALL, name) != nullptr) break;
    }
    CHECK(number("70.5") == 70.5);
    CHECK_THROWS_WITH_AS((void)number("70,5"), Contains("found \"70,5\""), file_error);
    CHECK_THROWS_WITH_AS((void)read("a\n" + std::string(1234, '\n') + "1,2"),
                         Contains("line 1236: 2 fields, expected 1"), file_error);
    std::locale::global(before);
    std::setlocale(LC_ALL, c_locale_before.c_str());
}
