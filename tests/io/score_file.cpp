// score_file and top_k_file: every format and element type, and the messages for malformed files.
#include <reassess/io/score_file.hpp>

#include "support/zip_bytes.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::score_file;
using ra::io::top_k_file;
using test_support::temporary_folder;

namespace {

template <class T>
using element_of = typename std::remove_cvref_t<T>::element_type;

template <class T>
bool equal(T a, T b)
{
    if constexpr (requires { a.bits; }) {
        return a.bits == b.bits;
    } else {
        return a == b;
    }
}

/// The file visits `values`, two rows of three, as elements of type T.
template <class T>
void check_scores(const score_file& file, const std::vector<T>& values)
{
    CHECK(file.images() == 2);
    CHECK(file.classes() == 3);
    file.visit([&](const auto& scores) {
        if constexpr (std::same_as<element_of<decltype(scores)>, T>) {
            REQUIRE(scores.images() == 2);
            REQUIRE(scores.classes() == 3);
            for (std::size_t i = 0; i < values.size(); ++i) CHECK(equal(scores.data()[i], values[i]));
        } else {
            FAIL_CHECK("another element type is visited");
        }
    });
}

template <class T>
void check_npy_scores(const std::vector<T>& values)
{
    const temporary_folder folder;
    const auto path = folder.path() / "scores.npy";
    ra::io::write_npy(path, values, {2, 3});
    const auto meaning =
        std::same_as<T, ra::bfloat16> ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    check_scores(score_file(path, {.uint16 = meaning}), values);
    // The archive's array is the same file.
    const auto archive = folder.file("scores.npz", test_support::zip_bytes({{"a.npy", ra::io::read_text_file(path)}}));
    check_scores(score_file(archive, {.uint16 = meaning}), values);
    check_scores(score_file(archive.string() + ":a", {.uint16 = meaning}), values);
}

/// The file visits `values` as rows of k elements of type T.
template <class T>
void check_top_k(const top_k_file& file, const std::vector<T>& values, std::size_t k)
{
    CHECK(file.k() == k);
    CHECK(file.images() == values.size() / k);
    file.visit(1000, [&](const auto& lists) {
        if constexpr (std::same_as<element_of<decltype(lists)>, T>) {
            CHECK(lists.k() == k);
            for (std::size_t i = 0; i < values.size(); ++i) CHECK(lists.data()[i] == values[i]);
        } else {
            FAIL_CHECK("another element type is visited");
        }
    });
}

template <class T>
void check_npy_top_k()
{
    const temporary_folder folder;
    const std::vector<T> values{1, 2, 3, 4, 5, 6};
    const auto path = folder.path() / "top_k.npy";
    ra::io::write_npy(path, values, {3, 2});
    check_top_k(top_k_file(path), values, 2);
    CHECK(top_k_file(path).largest_class() == 6);
    const auto archive = folder.file("top_k.npz", test_support::zip_bytes({{"a.npy", ra::io::read_text_file(path)}}));
    check_top_k(top_k_file(archive.string() + ":a"), values, 2);
    ra::io::write_npy(path, values, {6});
    check_top_k(top_k_file(path), values, 1);
}

}  // namespace

TEST_CASE("score_file: every element type of npy and npz is visited as it is stored")
{
    check_npy_scores<float>({0.5F, 1, -2, 3, 4, 5});
    check_npy_scores<double>({0.1, 1, -2, 3, 4, 5});
    check_npy_scores<ra::half>({{1}, {2}, {3}, {4}, {5}, {0xfc00}});
    check_npy_scores<ra::bfloat16>({{1}, {2}, {3}, {4}, {5}, {0x3f80}});
    check_npy_scores<std::int8_t>({-128, 0, 1, 2, 3, 127});
    check_npy_scores<std::uint8_t>({0, 1, 2, 3, 4, 255});
}

TEST_CASE("score_file: rows of numbers, with commas or blanks, with or without a header")
{
    const temporary_folder folder;
    const std::vector<double> values{0.5, 1, -2, 3e2, 4, 5};
    for (const char* text : {"0.5,1,-2\n3e2,4,5\n", "0.5 1 -2\r\n3e2 4\t5", "  0.5   1 -2 \n3e2 4 5\n\n",
                             "cat,dog,\"a, b\"\n0.5,1,-2\n3e2,4,5\n", "0.5, 1 ,-2\n3e2,4,5\n",
                             "\xef\xbb\xbf"
                             "0.5,1,-2\r3e2,4,5\r"}) {
        CAPTURE(text);
        check_scores(score_file(folder.file("scores.csv", text)), values);
    }
    score_file(folder.file("scores.txt", "nan inf\n-inf 1\n")).visit([](const auto& scores) {
        CHECK(std::isnan(static_cast<double>(static_cast<float>(scores.row(0)[0]))));
        CHECK(static_cast<float>(scores.row(1)[1]) == 1);
    });
}

TEST_CASE("score_file: views stay valid when the file object is moved")
{
    const temporary_folder folder;
    score_file text(folder.file("scores.txt", "1 2 3\n4 5 6\n"));
    const score_file moved = std::move(text);
    check_scores<double>(moved, {1, 2, 3, 4, 5, 6});
    ra::io::write_npy(folder.path() / "s.npy", std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
    std::vector<score_file> files;
    for (int i = 0; i < 5; ++i) files.emplace_back(folder.path() / "s.npy");
    check_scores<float>(files[0], {1, 2, 3, 4, 5, 6});
}

TEST_CASE("score_file: visit_real refuses quantised scores")
{
    const temporary_folder folder;
    const auto path = folder.path() / "q.npy";
    ra::io::write_npy(path, std::vector<std::int8_t>{1, 2}, {1, 2});
    const score_file file(path);
    CHECK_FALSE(file.is_real());
    CHECK_THROWS_WITH_AS(file.visit_real([](const auto&) {}),
                         Contains("has elements of type int8, expected real scores"), file_error);
}

TEST_CASE("score_file: a malformed file is refused with its name, what was found and what is allowed")
{
    const temporary_folder folder;
    const auto refused = [&](const std::filesystem::path& path, const char* why) {
        CAPTURE(path.string());
        CHECK_THROWS_WITH_AS(score_file{path}, Contains(why), file_error);
        CHECK_THROWS_WITH_AS(score_file{path}, Contains(path.filename().string().substr(0, 3).c_str()), file_error);
    };
    const auto npy = [&](const auto& values, const std::vector<std::size_t>& shape) {
        const auto path = folder.path() / "bad.npy";
        ra::io::write_npy(path, values, shape);
        return path;
    };
    refused(npy(std::vector<std::int64_t>{1, 2}, {1, 2}), "has elements of type int64, expected scores: float16");
    refused(npy(std::vector<std::uint16_t>{1, 2}, {1, 2}), "uint16_meaning::bfloat16_bits");
    refused(npy(std::vector<float>{1, 2}, {2}), "has 1 dimensions, shape (2,), expected 2: (images, classes)");
    refused(npy(std::vector<float>{}, {2, 0}), "the number of classes is 0");
    refused(folder.file("not.npy", "1,2\n"), "not an npy file");
    refused(folder.file("not.npz", "1,2\n"), "cannot be opened as an npz archive");
    refused(folder.file("bad.csv", "1,2\n3\n"), "line 2 has 1 numbers, expected 2");
    refused(folder.file("bad.csv", "1,2\n3,x\n"), "line 2, column 2: found \"x\", expected a score");
    refused(folder.file("bad.csv", "1,2\n3,\n"), "line 2, column 2: found \"\"");
    refused(folder.file("bad.csv", "0.1,2\n3,1e999\n"), "found \"1e999\"");
    refused(folder.file("bad.csv", "a,1\n3,4\n"),
            "line 2, column 1: found \"3\", expected an image name such as \"a\" in line 1");
    refused(folder.file("bad.csv", "a,b\n"), "line 1, column 1: found \"a\"");
    refused(folder.file("bad.txt", "1 2\n\n3 4\n"), "line 2 is blank");
    refused(folder.file("bad.txt", ""), "is empty");
    refused(folder.path() / "nowhere.txt", "cannot be opened");
    refused(folder.path() / "nowhere.npy", "cannot be opened");
    refused(folder.path() / "nowhere.npz:a", "cannot be opened");

    const std::string one = ra::io::read_text_file(npy(std::vector<float>{1, 2}, {1, 2}));
    const auto archive = folder.file("two.npz", test_support::zip_bytes({{"a.npy", one}, {"b.npy", one}}));
    refused(archive, "has the arrays \"a\", \"b\", expected one array; name one of them (two.npz:a)");
    refused(archive.string() + ":c", "no array \"c\"; it has \"a\", \"b\"");
    CHECK(score_file(archive.string() + ":b").classes() == 2);
    CHECK_THROWS_WITH_AS(score_file(archive.string() + ":b", {.archive = {.max_array_bytes = 10}}),
                         Contains("above the limit of 10"), file_error);
}

TEST_CASE("top_k_file: every integer type of npy and npz is visited as it is stored")
{
    check_npy_top_k<std::int8_t>();
    check_npy_top_k<std::int16_t>();
    check_npy_top_k<std::int32_t>();
    check_npy_top_k<std::int64_t>();
    check_npy_top_k<std::uint8_t>();
    check_npy_top_k<std::uint16_t>();
    check_npy_top_k<std::uint32_t>();
    check_npy_top_k<std::uint64_t>();
}

TEST_CASE("score_file and top_k_file: booleans, V2 of ml_dtypes, column-major archives, whole numbers of floats")
{
    const temporary_folder folder;
    const auto path = folder.path() / "w.npy";
    ra::io::write_npy(path, std::vector<double>{1, 2, 3, 4}, {2, 2});
    check_top_k<std::int64_t>(top_k_file(path), {1, 2, 3, 4}, 2);
    const auto bytes = [](const char* descr, const char* order, const char* shape, std::string data) {
        return test_support::npy_bytes(
            ra::detail::concatenate("{'descr': '", descr, "', 'fortran_order': ", order, ", 'shape': ", shape, ", }"),
            data);
    };
    const std::string six{"\x80\x3f\x00\x40\x40\x40\x80\x40\xa0\x40\xc0\x40", 12};  // 1 to 6 as bfloat16
    const auto v2 = folder.file("v2.npy", bytes("<V2", "False", "(2, 3)", six));
    CHECK_THROWS_WITH_AS(score_file{v2}, Contains("16 bits without a type (V2), expected scores"), file_error);
    CHECK_THROWS_WITH_AS(score_file{v2}, Contains("--bfloat16"), file_error);
    check_scores<ra::bfloat16>(score_file(v2, {.uint16 = ra::io::uint16_meaning::bfloat16_bits}),
                               {{0x3f80}, {0x4000}, {0x4040}, {0x4080}, {0x40a0}, {0x40c0}});
    const auto booleans = folder.file("b.npy", bytes("|b1", "False", "(2, 3)", {"\1\0\0\0\1\1", 6}));
    check_scores<std::uint8_t>(score_file(booleans), {1, 0, 0, 0, 1, 1});
    const float columns[]{1, 4, 2, 5, 3, 6};
    const auto archive = folder.file(
        "f.npz", test_support::zip_bytes({{"a.npy", bytes("<f4", "True", "(2, 3)", test_support::bytes_of(columns))}}));
    check_scores<float>(score_file(archive), {1, 2, 3, 4, 5, 6});
}

TEST_CASE("top_k_file: text and CSV are read as int64")
{
    const temporary_folder folder;
    check_top_k<std::int64_t>(top_k_file(folder.file("top_k.csv", "first,second\n1,2\n3,4\n")), {1, 2, 3, 4}, 2);
    check_top_k<std::int64_t>(top_k_file(folder.file("top_1.txt", "1\n2\n3\n")), {1, 2, 3}, 1);
}

TEST_CASE("top_k_file: largest_class ignores values that are not classes")
{
    const temporary_folder folder;
    CHECK(top_k_file(folder.file("a.txt", "7 -1\n3 9223372036854775807\n")).largest_class() == 7);
    CHECK_FALSE(top_k_file(folder.file("b.txt", "-1\n")).largest_class().has_value());
}

TEST_CASE("top_k_file: a malformed file is refused with its name, what was found and what is allowed")
{
    const temporary_folder folder;
    const auto refused = [&](const std::filesystem::path& path, const char* why) {
        CAPTURE(path.string());
        CHECK_THROWS_WITH_AS(top_k_file{path}, Contains(why), file_error);
    };
    const auto path = folder.path() / "bad.npy";
    ra::io::write_npy(path, std::vector<float>{1, 2, 3, 2.5F}, {2, 2});
    refused(path, "bad.npy: the prediction of row 1, column 1 is 2.5, expected a class: a whole number");
    ra::io::write_npy(path, std::vector<std::int8_t>{1, 2}, {1, 2, 1});
    refused(path, "bad.npy: has 3 dimensions, shape (1, 2, 1), expected 1 or 2: (images, k)");
    ra::io::write_npy(path, std::vector<std::int8_t>{}, {2, 0});
    refused(path, "no predictions");
    refused(folder.file("bad.csv", "1,2\n3,4.5\n"), "bad.csv: line 2, column 2: found \"4.5\", expected a class");
    refused(folder.file("bad.csv", "1,9223372036854775808\n"), "found \"9223372036854775808\"");
}
