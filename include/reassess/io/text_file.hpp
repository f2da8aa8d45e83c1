// Reads and writes whole files, for the small formats: text, JSON and CSV.
#pragma once

#include "../version.hpp"
#include "file_error.hpp"
#include "gzip.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads all bytes of a file, pipe or device; a gzip file is inflated. The result is empty for an empty file.
///
/// The memory grows with the bytes that are read, not with the size that the system reports. Throws file_error if the
/// file cannot be opened or read to its end.
[[nodiscard]] inline std::string read_text_file(const std::filesystem::path& path)
{
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) detail::fail_file(path, "cannot be opened: ", std::generic_category().message(errno));
    constexpr std::size_t chunk_bytes = std::size_t{1} << 16;
    const auto chunk = std::make_unique<char[]>(chunk_bytes);
    std::string text;
    do {
        file.read(chunk.get(), static_cast<std::streamsize>(chunk_bytes));
        text.append(chunk.get(), static_cast<std::size_t>(file.gcount()));
    } while (file);
    if (file.bad()) detail::fail_file(path, "cannot be read: ", std::generic_category().message(errno));
    if (std::string_view(text).starts_with(detail::gzip_magic)) return detail::inflate_gzip(path, text);
    return text;
}

/// Writes the concatenated parts to the file. Throws file_error if not all bytes can be written; the file is then
/// incomplete.
inline void write_file(const std::filesystem::path& path, std::string_view first, std::string_view second = {})
{
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!file) detail::fail_file(path, "cannot be opened for writing: ", std::generic_category().message(errno));
    file.write(first.data(), static_cast<std::streamsize>(first.size()));
    file.write(second.data(), static_cast<std::streamsize>(second.size()));
    file.close();
    if (!file) detail::fail_file(path, "cannot be written: ", std::generic_category().message(errno));
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The text without blanks at its ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The text without the byte-order mark (U+FEFF in UTF-8) that some programs write first.
[[nodiscard]] inline std::string_view without_byte_order_mark(std::string_view text) noexcept
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

/// Whether the text is JSON: its first byte that is not a blank is [ or {.
[[nodiscard]] inline bool looks_like_json(std::string_view text) noexcept
{
    text = without_byte_order_mark(text);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

/// Removes the first line from the text, including its LF, CR or CRLF, and returns it.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) noexcept
{
    std::size_t length = text.find_first_of("\r\n");
    if (length == std::string_view::npos) {
        length = text.size();
    } else {
        length += text.substr(length, 2) == "\r\n" ? std::size_t{2} : std::size_t{1};
    }
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(length);
    return line;
}

/// The lines of a text with one value per line, without line ends; blank lines are allowed only at the end. `expected`
/// describes a line in messages. Throws io::file_error for a NUL byte, a blank line before another line, and a text
/// without lines. O(bytes).
[[nodiscard]] inline std::vector<std::string_view> lines_of_values(const std::filesystem::path& path,
                                                                   std::string_view text, std::string_view expected)
{
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        fail_file(path, "byte ", nul, " is NUL, so this is not text; expected ", expected, " per line", this_is(text));
    text = without_byte_order_mark(text);
    std::vector<std::string_view> lines;
    std::size_t blank_line = 0;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = take_line(text);
        line = line.substr(0, line.find_first_of("\r\n"));
        if (line.find_first_not_of(" \t") == std::string_view::npos) {
            if (blank_line == 0) blank_line = number;
            continue;
        }
        if (blank_line != 0) fail_file(path, "line ", blank_line, " is blank, expected ", expected);
        lines.push_back(line);
    }
    if (lines.empty()) fail_file(path, "is empty, expected ", expected, " per line");
    return lines;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
