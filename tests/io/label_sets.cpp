#include <reassess/io/label_sets.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using test_support::temporary_folder;
using lists = std::vector<std::vector<int>>;

TEST_CASE("label sets: lists of lists of integers")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view text) { return ra::io::read_label_sets(folder.file("x.json", text)); };
    CHECK(read("[[1], [2, 3], []]") == ra::label_sets(lists{{1}, {2, 3}, {}}));
    CHECK(read(" [ [3,1 , 1]\n,[ ]\t]\r\n") == ra::label_sets(lists{{1, 3}, {}}));
    CHECK(read("[]") == ra::label_sets());
    CHECK(read("\xef\xbb\xbf[[1]]") == ra::label_sets(lists{{1}}));
    CHECK(read("[[-0, 2147483647]]") == ra::label_sets(lists{{0, 2147483647}}));
}

TEST_CASE("label sets: an object of image names, and class names")
{
    const temporary_folder folder;
    const auto found = ra::io::read_named_label_sets(
        folder.file("x.json", R"({"ILSVRC2012_val_00000001.JPEG": [65], "b": [], "c": ["n01440764", 3]})"));
    CHECK(found.sets == ra::label_sets(lists{{65}, {}, {0, 3}}));
    CHECK(found.names == std::vector<std::string>{"ILSVRC2012_val_00000001.JPEG", "b", "c"});
    CHECK(ra::io::read_named_label_sets(folder.file("x.json", "[[1]]")).names.empty());
}

TEST_CASE("label sets: everything else is refused, naming the element")
{
    struct refused {
        std::string text;
        const char* why;
    };
    const std::vector<refused> all{
        {"", "not valid JSON near byte 0"},
        {" ", "not valid JSON near byte 1"},
        {"{\"a\": 1}", "the value of \"a\" is the number 1, expected a list of class indices"},
        {"{\"a\": [1], \"b\": {}}", "the value of \"b\" is an object"},
        {"{\"a\": [1]}", "is an object of image names"},
        {"1", "the file's value is the number 1"},
        {"null", "the file's value is null"},
        {"[1, 2]", "element 0 is the number 1, expected a list of class indices"},
        {"[[1], 2]", "element 1 is the number 2"},
        {"[[1], {\"a\": 1}]", "element 1 is an object"},
        {"[[1], [2, [3]]]", "element 1 of label set 1 is a list, expected a class index"},
        {"[[1.5]]", "element 0 of label set 0 is the number \"1.5\""},
        {"[[1.0]]", "is the number \"1.0\""},
        {"[[1e2]]", "is the number \"1e2\""},
        {"[[7, \"970\"]]", "element 1 of label set 0 is the string \"970\""},
        {"[[true]]", "is true"},
        {"[[false]]", "is false"},
        {"[[null]]", "is null"},
        {"[[2147483648]]", "is the number 2147483648"},
        {"[[4294967297]]", "is the number 4294967297"},
        {"[[18446744073709551615]]", "is the number 18446744073709551615"},
        {"[[18446744073709551616]]", "is the number \"18446744073709551616\""},
        {"[[-1]]", "is the number -1"},
        {"[[-9223372036854775809]]", "is the number \"-9223372036854775809\""},
        {"[[01]]", "not valid JSON"},
        {"[[+1]]", "not valid JSON"},
        {"[[0x1]]", "not valid JSON"},
        {"[[NaN]]", "not valid JSON"},
        {"[[Infinity]]", "not valid JSON"},
        {"[[1,]]", "not valid JSON"},
        {"[[1],]", "not valid JSON"},
        {"[[1]", "not valid JSON near byte 4"},
        {"[[1]]]", "not valid JSON"},
        {"[[1]] x", "not valid JSON"},
        {"[[1]]\n[[2]]", "not valid JSON"},
        {"[[1] // one\n]", "not valid JSON"},
        {"[['1']]", "not valid JSON"},
        {"[[\"\\ud800\"]]", "not valid JSON"},
        {"[[\"\xff\"]]", "not valid JSON"},
        {std::string("[[1]]\0", 6), "byte 5 is NUL"},
        {std::string("[[1]]\0[[2]]", 11), "byte 5 is NUL"},
        {std::string(1000000, '['), "element 0 of label set 0 is a list"},
        {"[[" + std::string(1000000, '9') + "]]", "not valid JSON"},
    };
    const temporary_folder folder;
    for (const refused& input : all) {
        CAPTURE(input.text.substr(0, 30));
        const auto path = folder.file("x.json", input.text);
        CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains(input.why), file_error);
        CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains((path.string() + ": ").c_str()), file_error);
        try {
            (void)ra::io::read_label_sets(path);
        } catch (const file_error& error) {
            CHECK(std::string_view(error.what()).size() < 600);
        }
    }
}

TEST_CASE("label sets: what is written is read, in the shape of real.json")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.json";
    const ra::label_sets some(lists{{1}, {2, 3}, {}});
    ra::io::write_label_sets(path, some);
    CHECK(ra::io::read_text_file(path) == "[[1], [2, 3], []]\n");
    CHECK(ra::io::read_label_sets(path) == some);
    ra::io::write_label_sets(path, some.view().slice(1, 1));
    CHECK(ra::io::read_text_file(path) == "[[2, 3]]\n");
    ra::io::write_label_sets(path, ra::label_sets());
    CHECK(ra::io::read_text_file(path) == "[]\n");
    CHECK_THROWS_AS(ra::io::write_label_sets(folder.path(), some), file_error);
}
