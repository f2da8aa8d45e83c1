#include <reassess/io/join_tables.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::joined_row;
using test_support::temporary_folder;

namespace {

struct two_tables {
    two_tables(const char* left_text, const char* right_text)
        : left(ra::io::read_csv(folder.file("left.csv", left_text))),
          right(ra::io::read_csv(folder.file("right.csv", right_text)))
    {
    }

    [[nodiscard]] ra::io::joined_rows join(const std::vector<std::string>& columns) const
    {
        return ra::io::join_tables(left, right, columns);
    }

    temporary_folder folder;
    ra::io::table left;
    ra::io::table right;
};

}  // namespace

TEST_CASE("join: rows with the same text in all the columns, in the left order")
{
    const two_tables t("model,size,top1\nA,224,1\nB,224,2\nA,288,3\nC,1,4\n",
                       "size,real,model\n288,5,A\n9,6,Z\n224,7,A\n");
    const auto joined = t.join({"model", "size"});
    CHECK(joined.rows == std::vector<joined_row>{{0, 2}, {2, 0}});
    CHECK(joined.only_left == std::vector<std::size_t>{1, 3});
    CHECK(joined.only_right == std::vector<std::size_t>{1});
}

TEST_CASE("join: cells next to each other do not run together, and text is not read as a number")
{
    const two_tables t("a,b\nxy,z\n", "a,b\nx,yz\n");
    CHECK(t.join({"a", "b"}).rows.empty());
    const two_tables numbers("a\n224\n", "a\n224.0\n");
    CHECK(numbers.join({"a"}).rows.empty());
    const two_tables empty("a,b\n", "b,a\n1,2\n");
    CHECK(empty.join({"a"}).rows.empty());
    CHECK(empty.join({"a"}).only_right == std::vector<std::size_t>{0});
}

TEST_CASE("join: a key that occurs twice, a column that is not there, no columns")
{
    const char* const twice = "model,size,top1\nconvnext,224,80\n\nconvnext,288,81\n";
    const char* const once = "model,size\nconvnext,224\n";
    const char* const why = "the key model \"convnext\" occurs twice, in lines 2 and 4";
    CHECK_THROWS_WITH_AS((void)two_tables(twice, once).join({"model"}), Contains(why), file_error);
    CHECK_THROWS_WITH_AS((void)two_tables(once, twice).join({"model"}), Contains(why), file_error);
    CHECK_THROWS_WITH_AS((void)two_tables(once, twice).join({"model"}), Contains("right.csv: "), file_error);
    CHECK(two_tables(twice, once).join({"model", "size"}).rows == std::vector<joined_row>{{0, 0}});
    CHECK_THROWS_WITH_AS((void)two_tables(once, twice).join({"model", "top1"}),
                         Contains("left.csv: no column \"top1\"; the columns are model, size"), file_error);
    CHECK_THROWS_AS((void)two_tables(once, twice).join({}), std::invalid_argument);
}
