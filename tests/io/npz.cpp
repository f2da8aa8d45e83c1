// Arrays of npz archives, and archives that must be refused.
#include <reassess/io/npz.hpp>

#include "support/messages.hpp"
#include "support/zip_bytes.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>
#include <zip.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::io::file_error;
using ra::io::npz_file;
using test_support::bytes_of;
using test_support::lacks;
using test_support::message_of;
using test_support::npy_bytes;
using test_support::temporary_folder;
using test_support::zip_bytes;
using test_support::zip_kind;
using test_support::zip_member;

namespace {

std::string header(const std::string& descr, const std::string& shape)
{
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

const std::string six_floats = npy_bytes(header("<f4", "(2, 3)"), bytes_of<float>({1, 2, 3, 4, 5, 6}));

/// The same bytes deflated, by the library that reads them.
std::filesystem::path deflated(const temporary_folder& folder, const std::string& name, const std::string& bytes)
{
    const auto path = folder.path() / "deflated.npz";
    zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    REQUIRE(archive != nullptr);
    zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    REQUIRE(index >= 0);
    REQUIRE(zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 9) == 0);
    REQUIRE(zip_close(archive) == 0);
    return path;
}

void check_six_floats(const std::filesystem::path& path)
{
    const npz_file file(path);
    CHECK(file.only_name() == "arr_0");
    const auto array = file.read<float>("arr_0");
    CHECK(array.shape == std::vector<std::size_t>{2, 3});
    CHECK(array.values == std::vector<float>{1, 2, 3, 4, 5, 6});
}

}  // namespace

TEST_CASE("npz: stored, zip64 and deflated arrays")
{
    const temporary_folder folder;
    check_six_floats(folder.file("plain.npz", zip_bytes({{"arr_0.npy", six_floats}})));
    check_six_floats(folder.file("zip64.npz", zip_bytes({{"arr_0.npy", six_floats}}, zip_kind::zip64)));
    check_six_floats(deflated(folder, "arr_0.npy", six_floats));
}

TEST_CASE("npz: an array of many chunks, stored and deflated")
{
    std::vector<std::uint32_t> numbers(100'003);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint32_t>(i * i);
    const std::string bytes = npy_bytes(header("<u4", "(100003,)"), {reinterpret_cast<const char*>(numbers.data()),
                                                                     numbers.size() * sizeof(std::uint32_t)});
    const temporary_folder folder;
    CHECK(npz_file(folder.file("a.npz", zip_bytes({{"n.npy", bytes}}))).read<std::uint32_t>("n").values == numbers);
    CHECK(npz_file(deflated(folder, "n.npy", bytes)).read<std::uint32_t>("n").values == numbers);
}

TEST_CASE("npz: archives of several arrays, and members that are not arrays")
{
    const temporary_folder folder;
    const npz_file file(
        folder.file("two.npz", zip_bytes({{"a.npy", six_floats},
                                          {"readme.txt", "text"},
                                          {"b.npy", npy_bytes(header("<i8", "(0, 4)"), "")},
                                          {"c.npy", npy_bytes(header("|b1", "(2,)"), std::string("\0\1", 2))}})));
    CHECK(std::vector<std::string>(file.names().begin(), file.names().end()) ==
          std::vector<std::string>{"a", "b", "c"});
    CHECK(file.read<std::int64_t>("b").shape == std::vector<std::size_t>{0, 4});
    CHECK(file.read<std::int64_t>("b").values.empty());
    CHECK(file.read<std::uint8_t>("c").values == std::vector<std::uint8_t>{0, 1});
    CHECK_ERROR(file_error, file.only_name(), "\"a\", \"b\", \"c\"", "expected one array");
    CHECK_ERROR(file_error, file.read<float>("readme.txt"), "no array \"readme.txt\"", "\"a\", \"b\", \"c\"");
    CHECK_ERROR(file_error, file.read<double>("a"), "array \"a\"", "has elements of type float32", "expected float64");
    CHECK_ERROR(file_error, file.read_texts("a"), "has elements of type float32", "expected text");
    CHECK_ERROR(file_error, npz_file(folder.file("none.npz", zip_bytes({{"x.txt", "x"}}))).only_name(), "no arrays");
}

TEST_CASE("npz: text is UTF-8, without the zeros at its end")
{
    const std::string texts = bytes_of<char32_t>({U'a', U'b', U'c', U'x', 0, 0, 0xe9, 0x20ac, 0x1f600});
    const temporary_folder folder;
    const npz_file file(folder.file("t.npz", zip_bytes({{"t.npy", npy_bytes(header("<U3", "(3, 1)"), texts)}})));
    const auto array = file.read_texts("t");
    CHECK(array.shape == std::vector<std::size_t>{3, 1});
    CHECK(array.values == std::vector<std::string>{"abc", "x", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"});
    CHECK_ERROR(file_error, file.read<float>("t"), "has elements of type text", "expected float32");

    const auto refuses = [&](char32_t point, const char* why) {
        const std::string bytes = npy_bytes(header("<U1", "(1,)"), bytes_of<char32_t>({point}));
        const npz_file wrong(folder.file("w.npz", zip_bytes({{"t.npy", bytes}})));
        CHECK_ERROR(file_error, wrong.read_texts("t"), why);
    };
    refuses(0xd800, "surrogate");
    refuses(0x110000, "1114112");
    for (const char* descr : {"<U0", "<U", "<U99999999", "<V3", "<U-1"}) {
        CAPTURE(descr);
        const npz_file wrong(folder.file("d.npz", zip_bytes({{"t.npy", npy_bytes(header(descr, "(3, 1)"), texts)}})));
        CHECK_ERROR(file_error, wrong.read_texts("t"), "unsupported dtype");
    }
    // A file outside of an archive holds no text.
    CHECK_ERROR(file_error, ra::io::npy_file(folder.file("t.npy", npy_bytes(header("<U3", "(3, 1)"), texts))),
                "unsupported dtype \"<U3\"");
}

TEST_CASE("npz: nothing is given where the checksum or a size is wrong")
{
    const temporary_folder folder;
    const auto refuses = [&](const zip_member& member, const char* why) {
        CAPTURE(why);
        const auto path = folder.file("w.npz", zip_bytes({member}));
        CHECK_ERROR(file_error, npz_file(path).read<float>("a"), why, path.string() + ": ");
    };
    // libzip 1.11 and newer find these when they open the archive, older ones let the library find them.
    const auto refuses_at_latest_with = [&](const zip_member& member, const char* why) {
        CAPTURE(why);
        const auto path = folder.file("w.npz", zip_bytes({member}));
        const std::string message = message_of<file_error>([&] { (void)npz_file(path).read<float>("a"); });
        CHECK(message.starts_with(path.string() + ": "));
        const bool refused_by_libzip = lacks(message, {"cannot be opened as an npz archive"}).empty();
        CHECK((refused_by_libzip ? "" : lacks(message, {why})) == "");
    };
    refuses({"a.npy", six_floats, 0, 0, {}, 0x12345678}, "CRC");
    refuses({"a.npy", six_floats, 14}, "unsupported compression method 14");
    refuses_at_latest_with({"a.npy", six_floats, 0, 1}, "encrypted");
    refuses_at_latest_with({"a.npy", six_floats, 0, 0, std::uint64_t{1} << 29},
                           "cannot inflate to the declared 536870912 bytes");
    refuses_at_latest_with({"a.npy", six_floats, 8, 0, std::uint64_t{1} << 29},
                           "cannot inflate to the declared 536870912 bytes");
    refuses({"a.npy", "no npy at all"}, "its first bytes are not");
    refuses({"a.npy", ""}, "it is empty");
    refuses({"a.npy", six_floats.substr(0, six_floats.size() - 1)}, "truncated: expected 24 bytes of data, has 23");
    refuses({"a.npy", six_floats + "x"}, "bytes after the data");
    refuses({"a.npy", npy_bytes(header("<f4", "(4611686018427387904, 3)"), "")}, "overflows");
    refuses({"a.npy", npy_bytes(header("<f4", "(1000000, 1000000)"), "")}, "truncated: expected 4000000000000 bytes");
    // Bytes that are not a deflate stream; the directory declares an inflated size of 100.
    refuses({"a.npy", std::string(50, '\xff'), 8, 0, 100}, "w.npz");
}

TEST_CASE("npz: an archive cut anywhere is refused")
{
    const temporary_folder folder;
    const std::string whole = zip_bytes({{"arr_0.npy", six_floats}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const auto path = folder.file("cut.npz", whole.substr(0, size));
        CHECK_THROWS_AS((void)npz_file(path).read<float>("arr_0"), file_error);
    }
}

TEST_CASE("npz: a bit flipped anywhere is refused or changes nothing")
{
    const temporary_folder folder;
    const std::string whole = zip_bytes({{"arr_0.npy", six_floats}});
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        CAPTURE(at);
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 4);
        const auto path = folder.file("flipped.npz", bytes);
        try {
            const npz_file file(path);
            const std::vector<float> values = file.read<float>(file.only_name()).values;
            CHECK(values == std::vector<float>{1, 2, 3, 4, 5, 6});
        } catch (const file_error& error) {
            ++refused;
            CHECK(std::string(error.what()).starts_with(path.string() + ": "));
        }
    }
    CHECK(refused > six_floats.size());
}

TEST_CASE("npz: a name twice")
{
    const temporary_folder folder;
    const auto path = folder.file("twice.npz", zip_bytes({{"a.npy", six_floats}, {"a.npy", six_floats}}));
    CHECK_THROWS_AS(npz_file{path}, file_error);
}

TEST_CASE("npz: the limit on inflation can be raised and lowered")
{
    const std::string zeros =
        npy_bytes(header("|u1", "(1000000,)"), std::string(1'000'000, '\0'));  // about 1 KB deflated
    const temporary_folder folder;
    const auto path = deflated(folder, "z.npy", zeros);
    CHECK(std::filesystem::file_size(path) < 2000);
    CHECK(npz_file(path).read<std::uint8_t>("z").values.size() == 1'000'000);
    CHECK(npz_file(path, {.max_array_bytes = zeros.size()}).read<std::uint8_t>("z").values.size() == 1'000'000);
    CHECK_ERROR(file_error, npz_file(path, {.max_array_bytes = zeros.size() - 1}).read<std::uint8_t>("z"),
                "inflates to " + std::to_string(zeros.size()) + " bytes", "max_array_bytes");
}

TEST_CASE("npz: the first bytes decide what a file is, not its name")
{
    const temporary_folder folder;
    const auto archive = folder.file("a.npy", zip_bytes({{"a.npy", six_floats}}));
    const auto array = folder.file("a.npz", six_floats);
    CHECK(ra::io::is_npz_file(archive));
    CHECK(!ra::io::is_npy_file(archive));
    CHECK(!ra::io::is_npz_file(array));
    CHECK(ra::io::is_npz_file(folder.file("empty.npz", zip_bytes({}))));
    CHECK(!ra::io::is_npz_file(folder.path() / "missing"));
    CHECK(!ra::io::is_npz_file(folder.path()));
    CHECK_ERROR(file_error, npz_file{array}, "is an npy file, expected an npz archive");
    CHECK_ERROR(file_error, npz_file{folder.file("t", "text, no archive")}, "cannot be opened as an npz archive");
    CHECK_ERROR(file_error, npz_file{folder.path() / "missing"}, "cannot be opened");
}
