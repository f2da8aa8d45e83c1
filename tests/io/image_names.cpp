#include <reassess/io/image_names.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using test_support::npy_bytes;
using test_support::temporary_folder;
using names = std::vector<std::string>;

TEST_CASE("image names: text, a JSON list, and ImageNetV2's object")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view text) { return ra::io::read_image_names(folder.file("x", text)); };
    CHECK(read("a.jpg\nb c.jpg\n") == names{"a.jpg", "b c.jpg"});
    CHECK(read("\xef\xbb\xbf"
               "a\r\nb\r\n\r\n") == names{"a", "b"});
    CHECK(read("a\rb") == names{"a", "b"});
    CHECK(read("[\"val/a.jpg\", \"\\u00e9\"]") == names{"val/a.jpg", "\xc3\xa9"});
    CHECK(read("\xef\xbb\xbf []").empty());
    CHECK(read(R"({"image_filenames": [["a", "n1"], ["b", "n2"]]})") == names{"a", "b"});
    CHECK(read(R"({"image_filenames": []})").empty());
    CHECK(read(R"({"seed": 1, "x": null, "o": {"image_filenames": [1, {"y": [[]]}], "z": 1.5}, "l": [["c"], true],
                   "image_filenames": [["a", "n1"], ["b", 7, null, 1.5, false, -1, ["c"], {"d": "e"}], ["f"]],
                   "after": "text", "more": [[["x"]]]})") == names{"a", "b", "f"});
}

TEST_CASE("image names: npy of text")
{
    const temporary_folder folder;
    const auto read = [&](const std::string& descr, const std::string& shape, std::u32string_view points) {
        const std::string dictionary =
            "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";  // as long as it is
        const std::string_view data(reinterpret_cast<const char*>(points.data()), points.size() * sizeof(char32_t));
        return ra::io::read_image_names(folder.file("names.npy", npy_bytes(dictionary, data)));
    };
    using namespace std::string_view_literals;
    CHECK(read("<U3", "(2,)", U"a.jb\0\0"sv) == names{"a.j", "b"});
    CHECK(read("<U2", "(2, 1)", U"\u00e9cd\0"sv) == names{"\xc3\xa9"
                                                          "c",
                                                          "d"});
    CHECK(read("<U3", "(0,)", U""sv).empty());
    CHECK(read("<U9999999", "(0,)", U""sv).empty());
    const auto refuses = [&](const std::string& descr, const std::string& shape, std::u32string_view points,
                             const char* why) {
        CHECK_THROWS_WITH_AS((void)read(descr, shape, points), Contains(why), file_error);
    };
    refuses("<U2", "(2,)", U"ab\0\0"sv, "image name 1 is empty");
    refuses("<U2", "(1, 2)", U"abcd"sv, "text and shape (1, 2), expected one name per image");
    refuses("<U2", "()", U"ab"sv, "text and shape (), expected");
    refuses("<i4", "(2,)", U"ab"sv, "has elements of type int32 and shape (2,), expected one name per image");
    refuses("<U2", "(2,)", U"abc"sv, "truncated: expected 16 bytes of data, has 12");
    refuses("<U1", "(1,)", U"\xd800"sv, "surrogate");
    CHECK(read(">U1", "(1,)", std::u32string(1, char32_t{0x61000000})) == names{"a"});
    CHECK(read("|S4", "(2,)", U"\x6261\x63"sv) == names{"ab", "c"});
}

TEST_CASE("image names: what is refused")
{
    struct refused {
        std::string text;
        const char* why;
    };
    const std::vector<refused> all{
        {"", "is empty, expected one image name per line"},
        {"a\n\nb", "line 2 is blank, expected one image name"},
        {std::string("a\0b", 3), "byte 1 is NUL"},
        {"[1]", "image name 0 is the number 1, expected a string"},
        {"[\"a\", [\"b\"]]", "image name 1 is a list, expected a string"},
        {"[\"a\", {}]", "image name 1 is an object"},
        {"[\"a\", \"\"]", "image name 1 is an empty string"},
        {"[\"a\"", "not valid JSON"},
        {"[\"a\"] []", "not valid JSON"},
        {"{}", "no key \"image_filenames\""},
        {R"({"names": ["a"]})", "no key \"image_filenames\""},
        {R"({"o": {"image_filenames": [["a", "n"]]}})", "no key \"image_filenames\""},
        {R"({"image_filenames": "a"})",
         "\"image_filenames\" is the string \"a\", expected a list of [name, class] pairs"},
        {R"({"image_filenames": {"a": 1}})", "\"image_filenames\" is an object"},
        {R"({"image_filenames": null})", "\"image_filenames\" is null"},
        {R"({"image_filenames": ["a"]})", "image name 0 is the string \"a\", expected a [name, class] pair"},
        {R"({"image_filenames": [["a", "n"], []]})", "image name 1 is the end of the list"},
        {R"({"image_filenames": [["a", "n"], [7, "n"]]})", "image name 1 is the number 7"},
        {R"({"image_filenames": [[["a"]]]})", "image name 0 is a list"},
        {R"({"image_filenames": [], "image_filenames": []})", "occurs twice"},
        {"{\"o\": " + std::string(1000000, '['), "not valid JSON"},
    };
    const temporary_folder folder;
    for (const refused& input : all) {
        CAPTURE(input.text.substr(0, 60));
        CHECK_THROWS_WITH_AS((void)ra::io::read_image_names(folder.file("x", input.text)), Contains(input.why),
                             file_error);
    }
}
