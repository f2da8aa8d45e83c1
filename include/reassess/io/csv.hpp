// Tables from CSV files. Parsed by libcsv (github.com/rgamble/libcsv, LGPL-2.1 or later), which programs link.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "text_file.hpp"

#include <csv.h>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Whether "1,013.01" is a number.
enum class thousands_separator { refuse, accept };

/// Whether "70.5%" is the number 70.5.
enum class percent_sign { refuse, accept };

struct numbers_options {
    thousands_separator thousands = thousands_separator::refuse;
    percent_sign percent = percent_sign::refuse;
};

struct csv_options {
    /// The character between cells: ',', ';' or a tab.
    char separator = ',';
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

class csv_table_parser;

/// What to do if the text of a cell shows that cells are separated by another character; else empty.
[[nodiscard]] inline std::string_view separator_hint(std::string_view cell, const io::csv_options& csv) noexcept
{
    const auto has = [&](char separator) {
        return csv.separator != separator && cell.find(separator) != std::string_view::npos;
    };
    if (has(';')) return "; if cells are separated by semicolons, say so (--separator ';')";
    if (has('\t')) return "; if cells are separated by tabs, say so (--separator tab)";
    return {};
}

/// Removes the thousands separators of a number: "1,013.01" becomes "1013.01". Returns nothing for commas at other
/// places, and for a first group of 0, which is a decimal comma ("0,123"). Text without commas is returned unchanged.
[[nodiscard]] inline std::optional<std::string> without_thousands_separators(std::string_view text)
{
    constexpr std::string_view digits = "0123456789";
    if (text.find(',') == std::string_view::npos) return std::string(text);
    const std::size_t sign = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
    std::string plain(text.substr(0, sign));
    text.remove_prefix(sign);
    const std::size_t whole_end = std::min(text.find_first_not_of("0123456789,"), text.size());
    std::string_view groups = text.substr(0, whole_end);
    const std::size_t first = groups.find(',');
    if (first == 0 || first > 3 || groups.front() == '0') return std::nullopt;
    plain += groups.substr(0, first);
    groups.remove_prefix(first);
    while (!groups.empty()) {
        const std::string_view group = groups.substr(1, 3);
        if (groups.front() != ',' || group.size() != 3 || group.find_first_not_of(digits) != std::string_view::npos)
            return std::nullopt;
        plain += group;
        groups.remove_prefix(4);
    }
    if (text.find(',', whole_end) != std::string_view::npos) return std::nullopt;
    plain += text.substr(whole_end);
    return plain;
}

/// Converts the whole text to a finite decimal number, independent of the locale; one leading + is allowed.
[[nodiscard]] inline std::optional<double> strict_number(std::string_view text)
{
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    double value = 0.0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    // Infinities and NaN are recognised by their letters, because under -ffast-math std::isfinite is always true.
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() ||
        text.find_first_of("nN") != std::string_view::npos)
        return std::nullopt;
    return value;
}

/// The same for numbers that may have a percent sign or thousands separators.
[[nodiscard]] inline std::optional<double> number_of_text(std::string_view text, io::numbers_options options)
{
    if (options.percent == io::percent_sign::accept && text.ends_with('%')) {
        text.remove_suffix(1);
        text = trimmed(text);
    }
    if (options.thousands == io::thousands_separator::refuse) return strict_number(text);
    const std::optional<std::string> plain = without_thousands_separators(text);
    return plain ? strict_number(*plain) : std::nullopt;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A table of text cells with named columns. Rows count from 0 without the header and blank lines.
class table {
public:
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// The names in the header, in order.
    [[nodiscard]] std::span<const std::string> columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t rows() const noexcept { return lines_.size(); }

    /// The index of the column with this name. Throws file_error if there is none (the message has all names) or more
    /// than one.
    [[nodiscard]] std::size_t column(std::string_view name) const
    {
        const auto found = std::find(columns_.begin(), columns_.end(), name);
        if (found == columns_.end()) {
            std::string there;
            for (const std::string& other : columns_) {
                if (!there.empty()) there += ", ";
                there += other;
            }
            detail::fail_file(path_, "no column ", detail::in_quotes(name), "; the columns are ", there,
                              detail::separator_hint(there, {}));
        }
        if (std::find(found + 1, columns_.end(), name) != columns_.end())
            detail::fail_file(path_, "the column ", detail::in_quotes(name), " occurs twice");
        return static_cast<std::size_t>(found - columns_.begin());
    }

    /// A cell as it is in the file, without quotes. Throws std::out_of_range for a row or column outside the table.
    [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const
    {
        detail::expects<std::out_of_range>(row < rows() && column < columns_.size(), "table: the cell in row ", row,
                                           ", column ", column, " is outside the table, which has ", rows(),
                                           " rows and ", columns_.size(), " columns");
        const std::size_t cell = row * columns_.size() + column;
        const std::size_t begin = cell == 0 ? 0 : cell_ends_[cell - 1];
        return std::string_view(cells_).substr(begin, cell_ends_[cell] - begin);
    }

    /// The line of the file at which the row begins, counted from 1. Throws std::out_of_range like text().
    [[nodiscard]] std::size_t line(std::size_t row) const
    {
        detail::expects<std::out_of_range>(row < rows(), "table: row ", row, " is outside [0, ", rows(), ")");
        return lines_[row];
    }

    /// One cell as a number: one finite decimal number and nothing else, in the C locale, a leading + allowed; commas
    /// before every third digit ("1,013.01") only with `thousands_separator::accept`, a percent sign at the end only
    /// with `percent_sign::accept`. Throws file_error, naming the line, for any other cell, std::out_of_range like
    /// text().
    [[nodiscard]] double number(std::size_t row, std::size_t column, numbers_options options = {}) const
    {
        const std::string_view cell = text(row, column);
        const std::optional<double> value = detail::number_of_text(cell, options);
        if (!value) {
            detail::fail_file(
                path_, "line ", line(row), ", column ", detail::in_quotes(columns_[column]), ": found ",
                detail::in_quotes(cell), ", expected a finite number",
                cell.ends_with('%') && options.percent == percent_sign::refuse
                    ? "; percent signs are accepted on request (--percent)"
                : cell.find(',') != std::string_view::npos && options.thousands == thousands_separator::refuse
                    ? "; thousands separators are accepted on request (--thousands), decimal commas are not: write a "
                      "point"
                : detail::trimmed(cell) != cell && detail::number_of_text(detail::trimmed(cell), options)
                    ? "; remove the blanks around it"
                    : "");
        }
        return *value;
    }

    /// A column as numbers: see number(). Throws file_error like number() and column(). The result is empty if there
    /// are no rows.
    [[nodiscard]] std::vector<double> numbers(std::string_view name, numbers_options options = {}) const
    {
        const std::size_t index = column(name);
        std::vector<double> values(rows());
        for (std::size_t row = 0; row < rows(); ++row) values[row] = number(row, index, options);
        return values;
    }

private:
    friend class detail::csv_table_parser;

    std::filesystem::path path_;
    std::vector<std::string> columns_;
    // All cells in one string, so that a file of commas takes 9 bytes per cell instead of one string object each.
    std::string cells_;
    std::vector<std::size_t> cell_ends_;
    std::vector<std::size_t> lines_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Converts the events of libcsv to a table.
class csv_table_parser {
public:
    explicit csv_table_parser(const std::filesystem::path& path, const io::csv_options& options = {})
        : options_(options)
    {
        table_.path_ = path;
        if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
        // Blanks are part of their cell (RFC 4180, section 2.4); libcsv would trim them by default.
        csv_set_delim(&parser_, static_cast<unsigned char>(options.separator));
        csv_set_space_func(&parser_, [](unsigned char) { return 0; });
        // By default libcsv lengthens its buffer 128 bytes at a time, which makes a long cell slow.
        csv_set_blk_size(&parser_, std::size_t{1} << 16);
    }
    csv_table_parser(const csv_table_parser&) = delete;
    csv_table_parser& operator=(const csv_table_parser&) = delete;
    ~csv_table_parser() { csv_free(&parser_); }

    /// Reads the table. Throws io::file_error. May be called once.
    [[nodiscard]] io::table parse(std::string_view text)
    {
        text = without_byte_order_mark(text);
        // Line by line, because libcsv does not report its position.
        for (std::size_t line_number = 1; !text.empty(); ++line_number) {
            const std::string_view line = take_line(text);
            if (!in_row_) row_line_ = line_number;
            // A row ends within this line unless a quoted cell continues; libcsv skips blank lines.
            in_row_ = in_row_ || line.find_first_not_of("\r\n") != std::string_view::npos;
            const std::size_t parsed = csv_parse(&parser_, line.data(), line.size(), on_cell, on_row, this);
            if (parsed != line.size() || error_)
                fail_parse("a quote inside a cell that is not quoted, or text after the closing quote", line_number);
        }
        if (csv_fini(&parser_, on_cell, on_row, this) != 0 || error_)
            fail_parse("the quote that opens a cell is never closed", row_line_);
        if (table_.columns_.empty()) fail_file(table_.path_, "is empty: no header");
        return std::move(table_);
    }

private:
    [[noreturn]] void fail_parse(std::string_view what, std::size_t line_number)
    {
        if (error_) std::rethrow_exception(error_);
        if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
        fail_file(table_.path_, "line ", line_number, ": ", what, hint());
    }

    /// What to do if the header shows another separator.
    [[nodiscard]] std::string_view hint() const
    {
        return table_.columns_.size() == 1 ? separator_hint(table_.columns_[0], options_) : std::string_view();
    }

    static void on_cell(void* bytes, std::size_t size, void* self)
    {
        auto& parser = *static_cast<csv_table_parser*>(self);
        parser.keep_errors([&] { parser.add_cell({static_cast<const char*>(bytes), size}); });
    }
    static void on_row(int, void* self)
    {
        auto& parser = *static_cast<csv_table_parser*>(self);
        parser.keep_errors([&] { parser.end_row(); });
    }

    // libcsv is C: no exception may pass through it.
    template <class F>
    void keep_errors(F f) noexcept
    {
        if (error_) return;
        try {
            f();
        } catch (...) {
            error_ = std::current_exception();
        }
    }

    void add_cell(std::string_view cell)
    {
        if (!header_is_read_) {
            table_.columns_.emplace_back(cell);
            return;
        }
        table_.cells_ += cell;
        table_.cell_ends_.push_back(table_.cells_.size());
        ++cells_in_row_;
    }

    void end_row()
    {
        in_row_ = false;
        if (!header_is_read_) {
            header_is_read_ = true;
            return;
        }
        if (cells_in_row_ != table_.columns_.size()) {
            fail_file(table_.path_, "line ", row_line_, ": ", cells_in_row_, " fields, expected ",
                      table_.columns_.size(), hint());
        }
        table_.lines_.push_back(row_line_);
        cells_in_row_ = 0;
    }

    ::csv_parser parser_;
    io::csv_options options_;
    io::table table_;
    std::exception_ptr error_;
    std::size_t row_line_ = 0;
    std::size_t cells_in_row_ = 0;
    bool header_is_read_ = false;
    bool in_row_ = false;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A CSV file by RFC 4180 with a header: commas (or another separator), double quotes (doubled within a quoted cell),
/// quoted cells may contain commas and line ends, blanks are part of their cell. Lines end in LF, CRLF or CR. A
/// byte-order mark and blank lines are skipped, also before the header (so an empty row of a one-column table must be
/// written as ""). Bytes that are not UTF-8 are kept.
///
/// A file with only a header has no rows. Throws file_error for a file that begins like one of another kind (zip, HDF5,
/// ..), a file without a header, a row with another number of
/// cells than the header (naming its line), a quote in an unquoted cell, text after a closing quote and a missing
/// closing quote. O(bytes).
[[nodiscard]] inline table read_csv(const std::filesystem::path& path, const csv_options& options = {})
{
    const std::string text = read_text_file(path);
    if (!detail::kind_of_bytes(text).empty()) detail::fail_file(path, "is not CSV", detail::this_is(text));
    return detail::csv_table_parser(path, options).parse(text);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
