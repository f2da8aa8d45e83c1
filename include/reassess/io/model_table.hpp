// Pairs of accuracies (original, ReaL) of many models, from CSV tables or from the JSON of the program evaluate.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../statistics/errors_in_variables.hpp"
#include "../statistics/slope_comparison.hpp"
#include "../version.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "join_tables.hpp"
#include "json_reader.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// One model: x is its original accuracy, y its ReaL accuracy, in percent, or both as fractions.
struct model_point {
    std::string name{};
    double x = 0;
    double y = 0;
    /// With its sampling error, if the counts of images are known.
    std::optional<uncertain_point> uncertain{};
    /// The cell of read_model_table_options::cluster; empty without such a column.
    std::string cluster{};
};

struct model_table {
    /// The models in order of the file.
    std::vector<model_point> models{};
    /// Points to compare with a fit, such as the original labels; not for fitting.
    std::vector<model_point> references{};
    /// Rows of the first and of the second table without a partner, if two tables were joined.
    std::size_t only_in_first = 0;
    std::size_t only_in_second = 0;
    /// Rows left out because a cell has no value (missing_cells::drop).
    std::size_t dropped = 0;
    /// Whether the accuracies are fractions: no x is above 1.
    bool fractions = false;

    [[nodiscard]] std::vector<double> x() const { return column(&model_point::x); }
    [[nodiscard]] std::vector<double> y() const { return column(&model_point::y); }
    /// The models whose sampling error is known.
    [[nodiscard]] std::vector<uncertain_point> uncertain() const
    {
        std::vector<uncertain_point> points;
        for (const model_point& model : models) {
            if (model.uncertain) points.push_back(*model.uncertain);
        }
        return points;
    }

private:
    [[nodiscard]] std::vector<double> column(double model_point::*member) const
    {
        std::vector<double> values;
        for (const model_point& model : models) values.push_back(model.*member);
        return values;
    }
};

/// A condition on the cells of one column: that a row's cell is one of `values`, or none of them.
struct row_condition {
    std::string column{};
    std::vector<std::string> values{};
    bool negated = false;

    /// Throws file_error if the table has no such column.
    [[nodiscard]] bool matches(const table& rows, std::size_t row) const
    {
        const std::string_view cell = rows.text(row, rows.column(column));
        return (std::find(values.begin(), values.end(), cell) != values.end()) != negated;
    }
};

/// "COLUMN=VALUE,VALUE" or "COLUMN!=VALUE,VALUE" as a condition; empty for any other text. Values are separated by
/// commas and may be empty.
[[nodiscard]] inline std::optional<row_condition> parse_row_condition(std::string_view text)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    row_condition condition{.negated = equals > 0 && text[equals - 1] == '!'};
    condition.column = text.substr(0, equals - (condition.negated ? 1 : 0));
    if (condition.column.empty()) return std::nullopt;
    text.remove_prefix(equals + 1);
    for (;;) {
        const std::size_t comma = text.find(',');
        condition.values.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return condition;
        text.remove_prefix(comma + 1);
    }
}

/// Rows without a value in a column of accuracies: an empty cell, "-", "--", "NaN", "NA", "N/A", "#N/A", "<NA>", "null"
/// or "None", in any case.
enum class missing_cells {
    /// An error that names the line.
    error,
    /// The row is left out and counted.
    drop,
};

/// Models that occur twice in one table.
enum class repeated_models {
    /// An error that names both lines.
    error,
    /// Every row is a model.
    keep,
};

struct read_model_table_options {
    /// Columns of x and y in one table.
    std::string x = "original_accuracy";
    std::string y = "real_accuracy";
    /// The column of names; empty: "model" if there is one, else the line is the name.
    std::string name{};
    /// The column of clusters (families) of models, of the table of x; empty: none.
    std::string cluster{};
    /// Columns on which two tables are joined.
    std::vector<std::string> join{};
    /// The column of x in the first of two tables and of y in the second.
    std::string joined_column{};
    /// Rows must meet all of these.
    std::vector<row_condition> where{};
    /// Rows that meet one of these are references; empty: those with x = 100, or 1 if the accuracies are fractions.
    std::vector<row_condition> references{};
    thousands_separator thousands = thousands_separator::refuse;
    percent_sign percent = percent_sign::refuse;
    missing_cells missing = missing_cells::error;
    repeated_models repeated = repeated_models::error;
    csv_options csv{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Whether the cell says that there is no value.
[[nodiscard]] inline bool is_missing_cell(std::string_view cell)
{
    std::string word;
    for (const char c : cell) {
        if (c != ' ') word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    constexpr std::string_view words[] = {"", "-", "--", "nan", "na", "n/a", "#n/a", "<na>", "null", "none"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// A column of a table.
struct table_column {
    const io::table& rows;
    std::size_t index = 0;
};

/// The number in a cell; nothing if it is missing and rows without a value are left out.
[[nodiscard]] inline std::optional<double> accuracy_of_cell(const table_column& column, std::size_t row,
                                                            const io::read_model_table_options& options)
{
    const std::string_view cell = column.rows.text(row, column.index);
    if (!is_missing_cell(cell)) return column.rows.number(row, column.index, {options.thousands, options.percent});
    if (options.missing == io::missing_cells::error) {
        fail_file(column.rows.path(), "line ", column.rows.line(row), ", column ",
                  in_quotes(column.rows.columns()[column.index]), ": found ", in_quotes(cell),
                  ", expected a finite number; rows without a value are left out on request (--missing drop)");
    }
    return std::nullopt;
}

/// Throws io::file_error if x is in fractions and y in percent, or the other way round.
inline void expect_same_unit(const io::table& table, const std::vector<io::model_point>& models)
{
    const auto fractions = [&](double io::model_point::*value) {
        return !models.empty() &&
               std::all_of(models.begin(), models.end(), [&](const auto& model) { return model.*value <= 1; });
    };
    const bool x = fractions(&io::model_point::x), y = fractions(&io::model_point::y);
    if (x == y) return;
    const auto other = std::find_if(models.begin(), models.end(),
                                    [&](const io::model_point& model) { return (x ? model.y : model.x) > 1; });
    fail_file(table.path(),
              x ? "x is in fractions (no value is above 1), but y in percent ("
                : "y is in fractions (no value is above 1), but x in percent (",
              x ? other->y : other->x, " of ", other->name, "), expected the same unit");
}

/// The models of a table. `rows` are the rows of x and y that belong together; names and conditions are those of x.
/// Rows are chosen before their accuracies are read.
[[nodiscard]] inline io::model_table select_models(std::span<const io::joined_row> rows, const table_column& x,
                                                   const table_column& y, const io::read_model_table_options& options)
{
    const io::table& table = x.rows;
    std::string name_column = options.name;
    const auto columns = table.columns();
    if (name_column.empty() && std::find(columns.begin(), columns.end(), "model") != columns.end())
        name_column = "model";
    io::model_table models;
    std::vector<io::model_point> chosen;
    std::vector<bool> is_reference;
    std::map<std::string, std::size_t> line_of;
    for (const io::joined_row& row : rows) {
        const auto meets = [&](const io::row_condition& condition) { return condition.matches(table, row.left); };
        const bool reference = std::any_of(options.references.begin(), options.references.end(), meets);
        const bool included = std::all_of(options.where.begin(), options.where.end(), meets);
        std::optional<double> x_value, y_value;
        if (included || reference) {
            x_value = accuracy_of_cell(x, row.left, options);
            y_value = accuracy_of_cell(y, row.right, options);
            if (!x_value || !y_value) {
                ++models.dropped;
                continue;
            }
        } else {
            // A row outside of `where` may be a reference, if its x tells.
            const io::numbers_options numbers{options.thousands, options.percent};
            x_value = number_of_text(table.text(row.left, x.index), numbers);
            y_value = number_of_text(y.rows.text(row.right, y.index), numbers);
            const bool perfect = options.references.empty() && x_value && (*x_value == 100 || *x_value == 1);
            if (!perfect || !y_value) continue;
        }
        std::string name = name_column.empty() ? concatenate("line ", table.line(row.left))
                                               : std::string(table.text(row.left, table.column(name_column)));
        if (!name_column.empty() && &x.rows == &y.rows && options.repeated == io::repeated_models::error) {
            const auto [entry, added] = line_of.emplace(name, table.line(row.left));
            if (!added) {
                fail_file(table.path(), "the model ", in_quotes(name), " occurs twice, in lines ", entry->second,
                          " and ", table.line(row.left), "; keep both on request (--repeated keep)");
            }
        }
        chosen.push_back({std::move(name), *x_value, *y_value, std::nullopt,
                          options.cluster.empty() ? std::string()
                                                  : std::string(table.text(row.left, table.column(options.cluster)))});
        is_reference.push_back(reference || !included);
    }
    if (chosen.empty() && models.dropped == 0) {
        fail_file(table.path(), rows.empty() ? "has no row of a model" : "has no row that is chosen (where, --where)",
                  ", expected one row per model");
    }
    std::vector<io::model_point> fitted;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (!is_reference[i]) fitted.push_back(chosen[i]);
    }
    models.fractions = !fitted.empty() && std::all_of(fitted.begin(), fitted.end(),
                                                      [](const io::model_point& model) { return model.x <= 1; });
    const double perfect = models.fractions ? 1 : 100;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (is_reference[i] && options.references.empty() && chosen[i].x != perfect) continue;
        const bool reference = options.references.empty() ? chosen[i].x == perfect : is_reference[i];
        (reference ? models.references : models.models).push_back(std::move(chosen[i]));
    }
    expect_same_unit(table, models.models);
    return models;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The models of a CSV table with a row for every model. Rows are chosen by `where` before their cells are read. Throws
/// file_error for a missing column, a cell that is not a number, a model that occurs twice, and accuracies of which one
/// is in fractions and the other in percent. O(bytes).
[[nodiscard]] inline model_table read_model_table(const std::filesystem::path& path,
                                                  const read_model_table_options& options = {})
{
    const table rows = read_csv(path, options.csv);
    std::vector<joined_row> all;
    for (std::size_t row = 0; row < rows.rows(); ++row) all.push_back({row, row});
    return detail::select_models(all, {rows, rows.column(options.x)}, {rows, rows.column(options.y)}, options);
}

/// The models of two CSV tables, x from the first and y from the second, joined on `join`. Rows without a partner are
/// counted and excluded; names and conditions are those of the first table. Throws file_error like read_model_table and
/// join_tables. O(bytes + rows log rows).
[[nodiscard]] inline model_table read_joined_model_tables(const std::filesystem::path& x_path,
                                                          const std::filesystem::path& y_path,
                                                          const read_model_table_options& options)
{
    const table first = read_csv(x_path, options.csv), second = read_csv(y_path, options.csv);
    const joined_rows joined = join_tables(first, second, options.join);
    model_table models = detail::select_models(joined.rows, {first, first.column(options.joined_column)},
                                               {second, second.column(options.joined_column)}, options);
    models.only_in_first = joined.only_left.size();
    models.only_in_second = joined.only_right.size();
    return models;
}

/// The models of the JSON that the program evaluate writes with --json, with their sampling errors, in percent; the
/// original labels are a reference. Throws file_error for text that is not JSON, and, naming the model, if a key is
/// missing or has another type. O(bytes).
[[nodiscard]] inline model_table read_evaluated_models(const std::filesystem::path& path)
{
    using json = nlohmann::json;
    constexpr std::string_view expected = "the output of evaluate --json with --original and --real";
    model_table table;
    std::string place = "the file";
    const auto bad = [&](std::string_view what) {
        // nlohmann's messages begin with an identifier in brackets.
        if (const std::size_t bracket = what.find("] "); bracket != std::string_view::npos)
            what.remove_prefix(bracket + 2);
        detail::fail_file(path, place, ": ", what, "; expected ", expected);
    };
    // nlohmann's JSON would convert -1 and 1.5 to unsigned numbers.
    const auto count = [](const json& object, const char* key) {
        const json& number = object.at(key);
        if (!number.is_number_unsigned()) {
            detail::fail<std::invalid_argument>(key, " is ", detail::value_text(number),
                                                ", which is not a valid count: an integer from 0");
        }
        return number.get<std::uint64_t>();
    };
    const auto counts = [&](const json& object) { return proportion{count(object, "hits"), count(object, "total")}; };
    const auto at_1 = [&](const json& list) {
        for (const json& entry : list) {
            if (entry.at("k") == 1) return counts(entry);
        }
        throw std::invalid_argument("an accuracy of the first prediction is missing");
    };
    const json file = detail::parse_json(path, read_text_file(path), expected);
    try {
        for (const json& entry : file.at("models")) {
            place = detail::concatenate("model ", table.models.size());
            const proportion original = at_1(entry.at("top_k")), real = at_1(entry.at("real_any"));
            const json& joint = entry.at("joint");
            const paired_proportion cells{count(joint, "both_right"), count(joint, "only_original_right"),
                                          count(joint, "only_real_right"), count(joint, "both_wrong")};
            const uncertain_point point = in_percent(uncertain_accuracies(original, real, cells));
            table.models.push_back({entry.at("name").get<std::string>(), point.x, point.y, point});
        }
        place = "the original labels";
        if (const json& labels = file.at("original_labels"); !labels.is_null())
            table.references.push_back({"original labels", 100, 100 * counts(labels.at("real")).value(), std::nullopt});
    } catch (const json::exception& error) {
        bad(error.what());
    } catch (const std::logic_error& error) {
        bad(error.what());
    }
    return table;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
