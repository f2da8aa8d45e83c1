#include <reassess/io/labels.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::read_labels;
using test_support::temporary_folder;
using indices = std::vector<ra::class_index>;

TEST_CASE("labels: npy of every integer type, one label an image")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    const auto check_type = [&]<class T>(T) {
        ra::io::write_npy(path, std::vector<T>{3, 0, 100}, {3});
        CHECK(read_labels(path) == indices{3, 0, 100});
        ra::io::write_npy(path, std::vector<T>{3, 0, 100}, {3, 1});
        CHECK(read_labels(path, {.ignore_label = 100}) == indices{3, 0, ra::missing_label});
    };
    check_type(std::int8_t{});
    check_type(std::int16_t{});
    check_type(std::int32_t{});
    check_type(std::int64_t{});
    check_type(std::uint8_t{});
    check_type(std::uint16_t{});
    check_type(std::uint32_t{});
    check_type(std::uint64_t{});
    ra::io::write_npy(path, std::vector<std::int64_t>{}, {0});
    CHECK(read_labels(path).empty());
}

TEST_CASE("labels: missing ones, and those that no class can have")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    ra::io::write_npy(path, std::vector<std::int16_t>{-1, 5, -100}, {3});
    CHECK(read_labels(path, {.ignore_label = -100}) == indices{-1, 5, -1});
    CHECK_THROWS_WITH_AS(
        (void)read_labels(path),
        (path.string() + ": label -100 of image 2 is not a class index, expected 0 to 2147483647 or -1 (no label); "
                         "if it means no label, give it as ignore_label (--ignore-label)")
            .c_str(),
        file_error);
    ra::io::write_npy(path, std::vector<std::uint16_t>{5, 65535}, {2});
    CHECK(read_labels(path) == indices{5, 65535});
    CHECK(read_labels(path, {.ignore_label = 65535}) == indices{5, -1});
    CHECK(read_labels(path, {.ignore_label = -1}) == indices{5, 65535});
    ra::io::write_npy(path, std::vector<std::uint64_t>{5, std::uint64_t{1} << 32}, {2});
    CHECK_THROWS_WITH_AS((void)read_labels(path), Contains("label 4294967296 of image 1"), file_error);
    // -1 as a 64-bit pattern is not a label in an unsigned file, and an ignored label outside the type has no effect.
    ra::io::write_npy(path, std::vector<std::uint64_t>{~std::uint64_t{0}}, {1});
    CHECK_THROWS_WITH_AS((void)read_labels(path, {.ignore_label = -1}), Contains("of image 0"), file_error);
    ra::io::write_npy(path, std::vector<std::int8_t>{44}, {1});
    CHECK(read_labels(path, {.ignore_label = 300}) == indices{44});
}

TEST_CASE("labels: npy of another shape or type")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    ra::io::write_npy(path, std::vector<std::int64_t>(6), {3, 2});
    CHECK_THROWS_WITH_AS((void)read_labels(path), Contains("has shape (3, 2), expected one label per image"),
                         file_error);
    ra::io::write_npy(path, std::vector<std::int64_t>(3), {1, 3});
    CHECK_THROWS_WITH_AS((void)read_labels(path), Contains("has shape (1, 3)"), file_error);
    ra::io::write_npy(path, std::vector<std::int64_t>(1), {});
    CHECK_THROWS_WITH_AS((void)read_labels(path), Contains("has shape ()"), file_error);
    ra::io::write_npy(path, std::vector<float>(3), {3});
    ra::io::write_npy(path, std::vector<float>{3, -1, 65}, {3});
    CHECK(read_labels(path) == indices{3, -1, 65});
    ra::io::write_npy(path, std::vector<double>{3, 0.5}, {2});
    CHECK_THROWS_WITH_AS((void)read_labels(path),
                         Contains("the label of row 1, column 0 is 0.5, expected a class: a whole number"), file_error);
}

TEST_CASE("labels: names of images and of classes")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view text) { return ra::io::read_named_labels(folder.file("x", text)); };
    const auto check = [&](std::string_view text) {
        CAPTURE(text);
        const ra::io::named_labels found = read(text);
        CHECK(found.labels == indices{65, 0});
        CHECK(found.names == std::vector<std::string>{"ILSVRC2012_val_00000001.JPEG", "b c.JPEG"});
    };
    check("ILSVRC2012_val_00000001.JPEG 65\nb c.JPEG 0\n");
    check("ILSVRC2012_val_00000001.JPEG\tn01751748 \r\n  b c.JPEG\tn01440764\r\n");
    check("ImageId,Class\nILSVRC2012_val_00000001.JPEG,65\nb c.JPEG,0\n");
    check("index,label,file\n7,65,ILSVRC2012_val_00000001.JPEG\n8,n01440764,b c.JPEG\n");
    check("ILSVRC2012_val_00000001.JPEG,65\nb c.JPEG,0\n");
    check(R"({"ILSVRC2012_val_00000001.JPEG": 65, "b c.JPEG": "n01440764"})");
    CHECK(read("ImageId,PredictionString\nILSVRC2012_val_00000001,n01751748 85 1 499 272 \n").labels == indices{65});
    CHECK(read("6.500000000000000000e+01\n -1.0\n").labels == indices{65, -1});
    CHECK(read("n01751748\n").names.empty());
    CHECK(read("[\"n01751748\", 3]").labels == indices{65, 3});

    const auto synsets = folder.file("synsets.txt", "n00000009 one, two\nn00000003\n");
    const ra::io::class_names own = ra::io::read_class_names(synsets);
    CHECK(own.classes() == 2);
    CHECK(ra::io::read_labels(folder.file("y", "n00000003\nn00000009\n"), {.classes = own}) == indices{1, 0});
    CHECK_THROWS_WITH_AS((void)ra::io::read_class_names(folder.file("z", "a\nb\na\n")), Contains("\"a\" occurs twice"),
                         file_error);
}

TEST_CASE("labels: JSON and text, by the first bytes and not by the name")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view text) { return read_labels(folder.file("x.npy", text)); };
    CHECK(read("[3, -1, 0]") == indices{3, -1, 0});
    CHECK(read(" \n[]") == indices{});
    CHECK(read("\xef\xbb\xbf[3]") == indices{3});
    CHECK(read("3\n-1\n0\n") == indices{3, -1, 0});
    CHECK(read("3\r\n-1\r\n0") == indices{3, -1, 0});
    CHECK(read("3\r-1\r\r\r") == indices{3, -1});
    CHECK(read("\xef\xbb\xbf"
               "3\n\n \n") == indices{3});
    CHECK(read_labels(folder.file("x", "65535\n1"), {.ignore_label = 65535}) == indices{-1, 1});
}

TEST_CASE("labels: CSV columns by one header of two, and a class with boxes")
{
    const temporary_folder folder;
    const auto read = [&](const char* text) { return ra::io::read_named_labels(folder.file("x.csv", text)); };
    for (const char* text : {"label,id\n65,0\n7,1\n", "id,Class\n0,65\n1,7\n", "x,file\n65,0\n7,1\n",
                             "ImageId,x\n0,65\n1,7\n", "x,y\n0,65\n1,7\n"}) {
        CAPTURE(text);
        const auto found = read(text);
        CHECK(found.labels == indices{65, 7});
        CHECK(found.names == std::vector<std::string>{"0", "1"});
    }
    CHECK(read("ImageId,PredictionString\na,n01440764 1 2 3 4 n01440764 5 6 7 8 \nb,n01751748 1 2  3 4\n").labels ==
          indices{0, 65});
}

TEST_CASE("labels: JSON and text that are refused")
{
    struct refused {
        std::string text;
        const char* why;
    };
    const std::vector<refused> all{
        {"", "is empty, expected one integer per line"},
        {"\n\n", "is empty"},
        {"[[1]]", "element 0 is a list, expected a label"},
        {"[1, 2.0]", "element 1 is the number \"2.0\", expected a label: an integer"},
        {"[\"1\"]", "element 0 is the string \"1\""},
        {"[true]", "element 0 is true"},
        {"[9223372036854775808]", "element 0 is the number 9223372036854775808"},
        {"[2147483648]", "label 2147483648 of image 0 is not a class index"},
        {"[0, -2]", "label -2 of image 1"},
        {"[1", "not valid JSON"},
        {"1\n2147483648", "label 2147483648 of image 1"},
        {"1\n\n2", "line 2 is blank"},
        {"1\n2 3", "line 2: found \"2 3\", expected one integer"},
        {"1.5", "line 1: found \"1.5\""},
        {"n00000000", "line 1: found \"n00000000\""},
        {"a.jpg 3\n4", "line 2: found \"4\", a label without an image name"},
        {"4\na.jpg 3", "line 2: found \"a.jpg 3\""},
        {"{\"a\": [1]}", "the label of \"a\" is a list"},
        {"ImageId,Class\na.jpg,x", "line 2, column \"Class\": found \"x\""},
        {"ImageId,Class\na.jpg,65 970", "line 2, column \"Class\": found \"65 970\", expected a class"},
        {"ImageId,Class\na.jpg,65 1 2 3 4", "found \"65 1 2 3 4\""},
        {"ImageId,Class\na.jpg,n01440764 1 2 3", "found \"n01440764 1 2 3\""},
        {"ImageId,Class\na.jpg,n01440764 1 2 3 x", "found \"n01440764 1 2 3 x\""},
        {"ImageId,Class\na.jpg,n01440764 n01751748", "found \"n01440764 n01751748\""},
        {"ImageId,Class\na.jpg,n01440764 1 2 3 4 n01751748 1 2 3 4", "found \"n01440764 1 2 3 4 n01751748"},
        {"a,b,c\n1,2,3\n", "no columns of images and labels"},
        {"+1", "line 1: found \"+1\""},
        {"0x1", "line 1: found \"0x1\""},
        {"1,000", "line 1: found \"1,000\""},
        {"9223372036854775808", "of at most 64 bits"},
        {std::string("1\0", 2), "byte 1 is NUL"},
        {"\x93NUMPY", "truncated header"},
    };
    const temporary_folder folder;
    for (const refused& input : all) {
        CAPTURE(input.text);
        CHECK_THROWS_WITH_AS((void)read_labels(folder.file("x", input.text)), Contains(input.why), file_error);
    }
}
