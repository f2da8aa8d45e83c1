// Tables of numbers in text and CSV files: one image per line, with or without its name.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "column_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Converts the whole cell to a number, independent of the locale.
template <class Number>
[[nodiscard]] std::optional<Number> number_of_cell(std::string_view cell)
{
    Number value{};
    const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != cell.data() + cell.size()) return std::nullopt;
    return value;
}

/// Splits a line at the separator, or at blanks if the separator is a comma and the line has none. Cells have no blanks
/// around them. In a line with tabs the first cell may have blanks, if the last word before the tab is no number: it is
/// a name.
inline void split_cells(std::string_view line, char separator, std::vector<std::string_view>& cells)
{
    const std::string_view blanks = separator == '\t' ? " " : " \t";
    cells.clear();
    const bool at_blanks = separator == ',' && line.find(',') == std::string_view::npos;
    if (const std::size_t tab = line.find('\t'); at_blanks && tab != std::string_view::npos) {
        const std::string_view first = trimmed(line.substr(0, tab));
        const std::size_t blank = first.find_last_of(' ');
        if (blank != std::string_view::npos && !number_of_cell<double>(first.substr(blank + 1))) {
            cells.push_back(first);
            line.remove_prefix(tab + 1);
        }
    }
    for (;;) {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty() && at_blanks) return;
        const std::size_t end = at_blanks ? line.find_first_of(blanks) : line.find(separator);
        const std::string_view cell = line.substr(0, end);
        cells.push_back(cell.substr(0, cell.find_last_not_of(blanks) + 1));
        if (end == std::string_view::npos) return;
        line.remove_prefix(end + 1);
    }
}

/// A row of a text or CSV file. The cells are valid only during the call that gets it.
struct row_of_cells {
    std::size_t line = 0;
    const std::vector<std::string_view>& cells;
    /// The number of rows in the file.
    std::size_t rows = 0;
};

/// Calls f(row_of_cells) for every row. Cells are split by split_cells, or, if the text has a quote, by the rules of
/// CSV. `expected` describes the rows in messages. Throws io::file_error for a NUL byte, a blank line before a row and
/// a text without rows, and for quoted cells that are not CSV. O(bytes).
template <class F>
void for_each_row(const std::filesystem::path& path, std::string_view text, const io::csv_options& csv,
                  std::string_view expected, F f)
{
    std::vector<std::string_view> cells;
    const std::vector<std::string_view> lines = lines_of_values(path, text, expected);
    if (text.find('"') == std::string_view::npos) {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            split_cells(lines[i], csv.separator, cells);
            f(row_of_cells{i + 1, cells, lines.size()});
        }
        return;
    }
    const io::table rows = csv_table_parser(path, csv).parse(text);
    for (const std::string& cell : rows.columns()) cells.push_back(trimmed(cell));
    f(row_of_cells{1, cells, rows.rows() + 1});
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        cells.clear();
        for (std::size_t column = 0; column < rows.columns().size(); ++column)
            cells.push_back(trimmed(rows.text(row, column)));
        f(row_of_cells{rows.line(row), cells, rows.rows() + 1});
    }
}

template <class Number>
struct number_table {
    std::vector<Number> values{};
    std::size_t rows = 0;
    std::size_t columns = 0;
    /// The images of the rows, if the first column names them; else empty.
    std::vector<std::string> names{};
};

/// One row of numbers per line, with or without an image name in the first column. A first line without any number, and
/// one that begins with a usual header of image names, is a header; the latter says that the first of several columns
/// has names, which then may be numbers. `parse` converts a cell, `allowed` names one cell in messages. Throws
/// io::file_error, naming line and column.
template <class Number, class Parse>
[[nodiscard]] number_table<Number> read_number_table(const std::filesystem::path& path, std::string_view text,
                                                     const io::csv_options& csv, std::string_view allowed, Parse parse)
{
    number_table<Number> table;
    bool header_names_images = false, is_first = true;
    std::size_t first_line = 0;
    const auto is_number = [&](std::string_view cell) { return parse(cell).has_value(); };
    const std::string expected = concatenate("rows of ", allowed);
    for_each_row(path, text, csv, expected, [&](const row_of_cells& row) {
        const std::vector<std::string_view>& cells = row.cells;
        if (is_first) {
            is_first = false;
            const bool without_numbers = std::none_of(cells.begin(), cells.end(), is_number);
            if (row.rows > 1 && (without_numbers || is_image_header(cells[0]))) {
                header_names_images = cells.size() > 1 && is_image_header(cells[0]);
                return;
            }
            if (without_numbers && is_image_header(cells[0]))
                fail_file(path, "has no rows after its header in line ", row.line, ", expected ", expected);
        }
        if (table.rows == 0) {
            first_line = row.line;
            if (cells.size() > 1 && (header_names_images || (!is_number(cells[0]) && is_number(cells[1]))))
                table.names.emplace_back(cells[0]);
            table.columns = cells.size() - table.names.size();
        } else if (!table.names.empty()) {
            if (!header_names_images && is_number(cells[0])) {
                fail_file(path, "line ", row.line, ", column 1: found ", in_quotes(cells[0]),
                          ", expected an image name such as ", in_quotes(table.names[0]), " in line ", first_line);
            }
            table.names.emplace_back(cells[0]);
        }
        const std::size_t first = table.names.empty() ? 0 : 1;
        if (cells.size() - first != table.columns) {
            fail_file(path, "line ", row.line, " has ", cells.size() - first, " numbers, expected ", table.columns,
                      " as in the first row");
        }
        for (std::size_t column = first; column < cells.size(); ++column) {
            const std::optional<Number> value = parse(cells[column]);
            if (!value) {
                fail_file(path, "line ", row.line, ", column ", column + 1, ": found ", in_quotes(cells[column]),
                          ", expected ", allowed, separator_hint(cells[column], csv));
            }
            table.values.push_back(*value);
        }
        ++table.rows;
    });
    return table;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
