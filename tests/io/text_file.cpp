#include <reassess/io/text_file.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using test_support::temporary_folder;

TEST_CASE("text file: all bytes, as they are, whatever size is stated")
{
    const temporary_folder folder;
    CHECK(ra::io::read_text_file(folder.file("x", "")).empty());
    const std::string bytes("a\r\n\0\xff\x1a z", 8);
    CHECK(ra::io::read_text_file(folder.file("x", bytes)) == bytes);
    for (const std::size_t size : {65535u, 65536u, 65537u, 200000u}) {
        const std::string many = std::string(size - 1, 'x') + 'y';
        CHECK(ra::io::read_text_file(folder.file("x", many)) == many);
    }
    // Linux states a size of 0 for files of /proc.
    if (const char* path = "/proc/self/status"; std::filesystem::exists(path))
        CHECK(ra::io::read_text_file(path).find("Pid:") != std::string::npos);
}

TEST_CASE("text file: what cannot be opened, read or written names the path and the reason")
{
    const temporary_folder folder;
    const auto missing = folder.path() / "missing";
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(missing),
                         (missing.string() + ": cannot be opened: No such file or directory").c_str(), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(folder.path()), Contains("Is a directory"), file_error);
    CHECK_THROWS_WITH_AS(ra::io::write_file(folder.path(), "x"), Contains("cannot be opened for writing"), file_error);
    if (const char* full = "/dev/full"; std::filesystem::exists(full))
        CHECK_THROWS_WITH_AS(ra::io::write_file(full, "x"), Contains("cannot be written: No space left"), file_error);
    ra::io::write_file(missing, "one ", "two");
    CHECK(ra::io::read_text_file(missing) == "one two");
}

TEST_CASE("text file: lines end in LF, CR or CRLF")
{
    std::string_view text = "a\nb\rc\r\n\r\n\n\rd";
    for (const std::string_view line : {"a\n", "b\r", "c\r\n", "\r\n", "\n", "\r", "d"})
        CHECK(ra::detail::take_line(text) == line);
    CHECK(text.empty());
}

TEST_CASE("text file: bytes in messages stay on one line and short")
{
    CHECK(ra::detail::in_quotes("a\nb\x1b[1m\x7f") == "\"a\\x0ab\\x1b[1m\\x7f\"");
    CHECK(ra::detail::in_quotes(std::string(60, 'x')) == '"' + std::string(60, 'x') + '"');
    CHECK(ra::detail::in_quotes(std::string(100000, 'x')) == '"' + std::string(60, 'x') + "\"...");
}
