// Writes CSV tables (RFC 4180): quoting, numbers that read back exactly, empty cells for missing values.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "text_file.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The text as a CSV cell: in double quotes, with its quotes doubled, if it contains a comma, a quote or a line end;
/// else unchanged. O(bytes). Source: RFC 4180, section 2.
[[nodiscard]] inline std::string csv_cell(std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

/// The number as a CSV cell: the shortest decimal text that reads back as the same double, in the C locale; "inf" or
/// "nan" for a number that is not finite.
[[nodiscard]] inline std::string csv_cell(double number)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// A CSV table in memory. Rows end in LF, the last one too.
///
/// Cells are text (quoted where necessary), integers, bool as 0 or 1, double in the shortest exact form, and optional
/// values, which are empty cells if they have none.
class csv_writer {
public:
    /// A table with this header.
    explicit csv_writer(const std::vector<std::string>& columns)
    {
        for (const std::string& column : columns) add_cell(column);
        end_row();
    }

    /// Adds one complete row.
    template <class... Cells>
    void add_row(const Cells&... cells)
    {
        (add_cell(cells), ...);
        end_row();
    }

    /// Adds one cell to the current row, for rows of a variable number of cells.
    void add_cell(std::string_view cell) { add(csv_cell(cell)); }
    void add_cell(double cell) { add(csv_cell(cell)); }
    template <std::integral Integer>
    void add_cell(Integer cell)
    {
        add(detail::concatenate(cell));
    }
    template <class T>
    void add_cell(const std::optional<T>& cell)
    {
        if (cell) {
            add_cell(*cell);
        } else {
            add("");
        }
    }
    void end_row()
    {
        text_ += '\n';
        row_is_empty_ = true;
    }

    /// The table so far.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Removes all rows, so that a long table can be written in parts.
    void clear() noexcept { text_.clear(); }

private:
    void add(std::string_view cell)
    {
        if (!row_is_empty_) text_ += ',';
        text_ += cell;
        row_is_empty_ = false;
    }

    std::string text_{};
    bool row_is_empty_ = true;
};

/// Writes the table to a file. Throws file_error if it cannot be written.
inline void write_csv(const std::filesystem::path& path, const csv_writer& table)
{
    write_file(path, table.text());
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
