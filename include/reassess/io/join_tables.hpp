// join_tables: joins two tables on columns.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "csv.hpp"
#include "file_error.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Two rows with the same key.
struct joined_row {
    std::size_t left = 0;
    std::size_t right = 0;

    friend bool operator==(const joined_row&, const joined_row&) = default;
};

struct joined_rows {
    /// Rows on both sides, in the left table's order.
    std::vector<joined_row> rows;
    /// Rows whose key the other side does not have, ascending.
    std::vector<std::size_t> only_left;
    std::vector<std::size_t> only_right;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

// The cells of a row in the joined columns.
using row_key = std::vector<std::string_view>;

[[nodiscard]] inline std::vector<row_key> keys_of(const io::table& table, std::span<const std::string> columns)
{
    std::vector<std::size_t> indices;
    for (const std::string& name : columns) indices.push_back(table.column(name));
    std::vector<row_key> keys(table.rows());
    for (std::size_t row = 0; row < keys.size(); ++row) {
        for (const std::size_t column : indices) keys[row].push_back(table.text(row, column));
    }
    return keys;
}

/// Maps keys to rows. Throws io::file_error, naming the columns and the lines, if a key occurs twice.
[[nodiscard]] inline std::map<row_key, std::size_t> rows_by_key(const io::table& table,
                                                                std::span<const std::string> columns,
                                                                const std::vector<row_key>& keys)
{
    std::map<row_key, std::size_t> rows;
    for (std::size_t row = 0; row < keys.size(); ++row) {
        const auto [entry, added] = rows.emplace(keys[row], row);
        if (added) continue;
        std::string key;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            key += concatenate(i == 0 ? "" : ", ", columns[i], " ", in_quotes(keys[row][i]));
        }
        fail_file(table.path(), "the key ", key, " occurs twice, in lines ", table.line(entry->second), " and ",
                  table.line(row));
    }
    return rows;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Joins two tables on all of `columns`: two rows match if these cells are the same text, byte by byte.
///
/// Throws file_error if a table lacks a column, and if a key occurs twice in a table, because the match is then
/// ambiguous; std::invalid_argument for no columns. The result is empty for tables without rows. O(rows log rows).
[[nodiscard]] inline joined_rows join_tables(const table& left, const table& right,
                                             std::span<const std::string> columns)
{
    detail::expects(!columns.empty(), "join: no columns to join on");
    const auto left_keys = detail::keys_of(left, columns);
    const auto right_keys = detail::keys_of(right, columns);
    const auto left_rows = detail::rows_by_key(left, columns, left_keys);
    const auto right_rows = detail::rows_by_key(right, columns, right_keys);
    joined_rows joined;
    for (std::size_t row = 0; row < left_keys.size(); ++row) {
        if (const auto match = right_rows.find(left_keys[row]); match != right_rows.end()) {
            joined.rows.push_back({row, match->second});
        } else {
            joined.only_left.push_back(row);
        }
    }
    for (std::size_t row = 0; row < right_keys.size(); ++row) {
        if (!left_rows.contains(right_keys[row])) joined.only_right.push_back(row);
    }
    return joined;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
