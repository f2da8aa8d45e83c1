// One original label per image, from npy, JSON, CSV or text, with or without the names of the images.
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "array_file.hpp"
#include "class_names.hpp"
#include "column_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "json_lines.hpp"
#include "json_reader.hpp"
#include "npy.hpp"
#include "npz.hpp"
#include "number_table.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

struct read_labels_options {
    /// The value that means "no label", in addition to -1 in signed data: 65535, 255 or -100 in some files.
    std::optional<std::int64_t> ignore_label = std::nullopt;
    /// The classes that names in the file mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
    /// The separator of cells in CSV; in lines without a header also blanks, if it is a comma.
    csv_options csv{};
};

/// One label per image, and the images' names if the file has them.
struct named_labels {
    std::vector<class_index> labels{};
    /// As many as labels, or none.
    std::vector<std::string> names{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Labels as they are in a file.
struct labels_of_some_file {
    std::vector<std::int64_t> labels{};
    std::vector<std::string> names{};
};

/// Converts the labels of a file to class indices; the error names the file and the image.
template <std::integral Integer>
[[nodiscard]] std::vector<class_index> labels_of_file(const std::filesystem::path& path,
                                                      std::span<const Integer> labels,
                                                      const io::read_labels_options& options)
{
    std::optional<Integer> ignored;
    if (options.ignore_label && std::in_range<Integer>(*options.ignore_label))
        ignored = static_cast<Integer>(*options.ignore_label);
    try {
        return to_class_indices(labels, ignored);
    } catch (const std::out_of_range& error) {
        fail_file(path, error.what(), " (--ignore-label)");
    }
}

/// Reads a list of labels, or an object of image names and labels.
class labels_reader final : public json_reader {
public:
    labels_reader(const std::filesystem::path& path, const io::class_names& classes)
        : json_reader(path), classes_(classes)
    {
    }

    [[nodiscard]] labels_of_some_file take() { return std::move(found_); }

    bool start_array(std::size_t) override
    {
        if (in_ != inside::nothing) unexpected("a list");
        in_ = inside::list;
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (in_ != inside::nothing) unexpected("an object");
        in_ = inside::object;
        return true;
    }
    bool key(string_t& name) override
    {
        found_.names.push_back(name);
        return true;
    }
    bool number_integer(number_integer_t value) override
    {
        if (in_ == inside::nothing) unexpected(concatenate("the number ", value));
        found_.labels.push_back(value);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (!std::in_range<number_integer_t>(value)) unexpected(concatenate("the number ", value));
        return number_integer(static_cast<number_integer_t>(value));
    }
    bool string(string_t& value) override
    {
        const auto named = classes_.find(value);
        if (in_ == inside::nothing || !named) return json_reader::string(value);
        found_.labels.push_back(*named);
        return true;
    }

private:
    enum class inside { nothing, list, object };

    [[nodiscard]] std::string place() const override
    {
        switch (in_) {
            case inside::list:
                return concatenate("element ", found_.labels.size());
            case inside::object:
                return found_.names.empty() ? "the object"
                                            : concatenate("the label of ", in_quotes(found_.names.back()));
            default:
                return "the file's value";
        }
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return in_ == inside::nothing ? "a list of labels, one per image, or an object of image names and labels"
                                      : "a label: an integer, or a class name such as n01440764";
    }

    const io::class_names& classes_;
    inside in_ = inside::nothing;
    labels_of_some_file found_;
};

/// Labels of JSON lines: objects such as {"image": "a.jpg", "label": 65}. Nothing for text of another form.
[[nodiscard]] inline std::optional<labels_of_some_file> labels_of_json_lines(const std::filesystem::path& path,
                                                                             std::string_view text,
                                                                             const io::class_names& classes)
{
    constexpr std::string_view expected =
        "an object in each line, with a label (label, class, target or wnid: an integer, or a class name such as "
        "n01440764) and, in all lines or in none, an image (image, file_name, filename, file, path or name)";
    const std::optional<json_objects> lines = objects_of_json_lines(path, text, expected);
    if (!lines) return std::nullopt;
    labels_of_some_file found;
    for (const nlohmann::json& line : lines->objects) {
        std::optional<std::int64_t> label;
        std::string found_here = value_text(line);
        for (const char* key : {"label", "class", "target", "wnid"}) {
            if (label || !line.contains(key)) continue;
            label = class_of_json(line[key], classes);
            found_here =
                label ? "an image in some lines only" : concatenate(in_quotes(key), ": ", value_text(line[key]));
        }
        if (std::optional<std::string> image = image_of_json_line(line)) found.names.push_back(std::move(*image));
        if (!label || (!found.names.empty() && found.names.size() != found.labels.size() + 1)) {
            fail_file(path, "line ", lines->lines[found.labels.size()], ": found ", found_here, ", expected ",
                      expected);
        }
        found.labels.push_back(*label);
    }
    return found;
}

/// The columns of images and labels in a table: by their usual names, or the only two columns.
struct label_columns {
    std::size_t image = 0;
    std::size_t label = 0;
};

[[nodiscard]] inline label_columns find_label_columns(const io::table& rows)
{
    const auto columns = rows.columns();
    const auto find = [&](bool (*is_header)(std::string_view)) -> std::optional<std::size_t> {
        const auto found = std::find_if(columns.begin(), columns.end(), is_header);
        if (found == columns.end()) return std::nullopt;
        return static_cast<std::size_t>(found - columns.begin());
    };
    const auto image = find(is_image_header), label = find(is_label_header);
    if (image && label) return {*image, *label};
    if (columns.size() == 2) {
        // One header is enough to tell the other column.
        if (label) return {1 - *label, *label};
        if (image) return {*image, 1 - *image};
        return {0, 1};
    }
    fail_file(rows.path(),
              "no columns of images and labels, expected two columns, or columns such as ImageId and Class");
}

/// A class, or a class name and its boxes as in Kaggle's LOC_val_solution.csv: groups of the same name and four
/// integers.
[[nodiscard]] inline std::optional<std::int64_t> class_of_cell(std::string_view cell, const io::class_names& classes)
{
    if (const auto label = parse_class(cell, classes)) return label;
    const std::string_view name = cell.substr(0, cell.find(' '));
    constexpr std::size_t group = 5;
    std::size_t words = 0;
    for (; !cell.empty(); ++words) {
        const std::string_view word = cell.substr(0, cell.find(' '));
        if (words % group == 0 ? word != name : !parse_whole_number(word)) return std::nullopt;
        cell.remove_prefix(word.size());
        cell = trimmed(cell);
    }
    if (words % group != 0 || parse_whole_number(name)) return std::nullopt;
    return parse_class(name, classes);
}

[[nodiscard]] inline std::int64_t label_of_cell(const io::table& rows, std::size_t row, std::size_t column,
                                                const io::read_labels_options& options)
{
    const std::string_view cell = trimmed(rows.text(row, column));
    const std::optional<std::int64_t> label = class_of_cell(cell, options.classes);
    if (!label) {
        fail_file(rows.path(), "line ", rows.line(row), ", column ", in_quotes(rows.columns()[column]), ": found ",
                  in_quotes(cell), ", expected ", a_class, separator_hint(cell, options.csv));
    }
    return *label;
}

/// Labels of a table with a header: of its only column, or by their columns.
[[nodiscard]] inline labels_of_some_file labels_of_csv(const std::filesystem::path& path, std::string_view text,
                                                       const io::read_labels_options& options)
{
    const io::table rows = csv_table_parser(path, options.csv).parse(text);
    labels_of_some_file found;
    if (rows.rows() == 0) fail_file(path, "has no labels after its header in line 1, expected one per line");
    if (rows.columns().size() == 1) {
        for (std::size_t row = 0; row < rows.rows(); ++row)
            found.labels.push_back(label_of_cell(rows, row, 0, options));
        return found;
    }
    const label_columns columns = find_label_columns(rows);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        found.labels.push_back(label_of_cell(rows, row, columns.label, options));
        found.names.emplace_back(trimmed(rows.text(row, columns.image)));
    }
    return found;
}

/// Whether a first line is the header of a table of labels: a usual header of labels as the only cell; of several cells
/// a usual header of images or labels, or a last one that is no class.
[[nodiscard]] inline bool is_header_of_labels(std::string_view line, const io::read_labels_options& options)
{
    std::vector<std::string_view> cells;
    if (line.find(options.csv.separator) == std::string_view::npos) {
        cells.push_back(trimmed(line));
    } else {
        split_cells(line, options.csv.separator, cells);
    }
    for (std::string_view& cell : cells) {
        if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    }
    if (cells.size() == 1) return is_label_header(cells[0]);
    return is_image_header(cells[0]) || std::any_of(cells.begin(), cells.end(), is_label_header) ||
           !class_of_cell(cells.back(), options.classes);
}

/// Whether all words of the text, between blanks and separators, are whole numbers.
[[nodiscard]] inline bool has_only_numbers(std::string_view text)
{
    constexpr std::string_view separators = " \t,;";
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end != 0 && !parse_whole_number(text.substr(0, end))) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

/// Labels of text without a header: one per line, or a name and a label with blanks or a separator between them.
class label_lines {
public:
    label_lines(const std::filesystem::path& path, const io::read_labels_options& options)
        : path_(path), options_(options)
    {
    }

    /// Adds the label of a line, whose text is `found`; `name` is empty without a name.
    void add(std::size_t line, std::string_view found, std::string_view name, std::string_view label)
    {
        const auto number = parse_class(label, options_.classes);
        if (!number || (!name.empty() && has_only_numbers(name))) {
            fail_file(path_, "line ", line, ": found ", in_quotes(found),
                      ", expected one integer of at most 64 bits and nothing else, a class name such as n01440764, or "
                      "an image name and one of these",
                      separator_hint(found, options_.csv));
        }
        if (!labels_.labels.empty() && name.empty() != labels_.names.empty()) {
            fail_file(
                path_, "line ", line, ": found ", in_quotes(found), ", ",
                name.empty() ? "a label without an image name" : "a label with an image name after labels without");
        }
        if (!name.empty()) labels_.names.emplace_back(name);
        labels_.labels.push_back(*number);
    }
    [[nodiscard]] labels_of_some_file take() { return std::move(labels_); }

private:
    const std::filesystem::path& path_;
    const io::read_labels_options& options_;
    labels_of_some_file labels_{};
};

/// Labels of text of any kind.
[[nodiscard]] inline labels_of_some_file labels_of_text(const std::filesystem::path& path, std::string_view text,
                                                        const io::read_labels_options& options)
{
    const std::vector<std::string_view> lines = lines_of_values(path, text, "one integer");
    if (is_header_of_labels(lines[0], options)) return labels_of_csv(path, text, options);
    label_lines found(path, options);
    const char separator = options.csv.separator;
    if (text.find('"') != std::string_view::npos) {
        for_each_row(path, text, options.csv, "one integer", [&](const row_of_cells& row) {
            if (row.cells.size() > 2)
                fail_file(path, "line ", row.line, " has ", row.cells.size(), " cells, expected a name and a label");
            found.add(row.line, row.cells[0], row.cells.size() == 2 ? row.cells[0] : "", row.cells.back());
        });
        return found.take();
    }
    const std::string separators = separator == ',' ? " \t," : std::string(1, separator);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = trimmed(lines[i]);
        const std::size_t end = line.find_last_of(separators);
        const bool one_word = end == std::string_view::npos;
        const std::string_view name = one_word ? "" : trimmed(line.substr(0, end));
        // A separator without a name before it is part of what is no label.
        const std::string_view label = one_word || name.empty() ? line : trimmed(line.substr(end + 1));
        found.add(i + 1, lines[i], name, label);
    }
    return found.take();
}

/// Labels of arrays of integers, of booleans, of floats that are whole numbers and of names of classes.
[[nodiscard]] inline std::vector<class_index> labels_of_array(const std::filesystem::path& path,
                                                              const io::read_labels_options& options)
{
    array_of_file file = array_of_file::open(path, {}, {.texts = io::npy_text::accept});
    const bool one_an_image = file.shape().size() == 1 || (file.shape().size() == 2 && file.shape()[1] == 1);
    if (!one_an_image) {
        fail_file(file.path(), "has shape ", shape_text(file.shape()),
                  ", expected one label per image: (images,) or (images, 1)");
    }
    file.read_classes(options.classes, "label");
    return file.visit_integers([&](const auto& labels) { return labels_of_file(file.path(), labels, options); });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads one label per image, and the names of the images if the file has them. The first bytes of the file decide the
/// format:
/// - npy, "a.npz:labels", or "a.npz" if it has one array: of any integer type, of booleans, of floats that are whole
///   numbers or of names of classes, shape (images,) or (images, 1);
/// - JSON: a flat list of labels, an object of image names and labels, or lines with objects of an image and a label;
/// - CSV with a header: columns such as ImageId and Class, or two columns, the image first unless a header tells, or
/// one
///   of labels; a class name may have boxes after it (LOC_val_solution.csv);
/// - text: one label per line, or an image name and a label (val.txt); any line ends; blank lines at the end are
///   ignored.
///
/// A label is an integer (in text also 6.5e+01, as numpy.savetxt writes it) or a name of `classes`. -1 in signed data,
/// JSON and text, and `ignore_label` if given, become `missing_label`. The result is empty for an npy or JSON file
/// without labels; an empty file is an error. Throws file_error for a value that is not a class, naming the image or
/// the line, and for a file of another format. O(images).
[[nodiscard]] inline named_labels read_named_labels(const std::filesystem::path& path,
                                                    const read_labels_options& options = {})
{
    // Whatever its extension, what is not an array is text.
    if (is_npy_file(path) || is_npz_file(detail::split_archive_member(path).archive))
        return {detail::labels_of_array(path, options), {}};
    const std::string text = read_text_file(path);
    detail::labels_of_some_file found;
    if (auto lines = detail::labels_of_json_lines(path, text, options.classes)) {
        found = std::move(*lines);
    } else if (detail::looks_like_json(text)) {
        detail::labels_reader reader(path, options.classes);
        reader.read(text);
        found = reader.take();
    } else {
        found = detail::labels_of_text(path, text, options);
    }
    return {detail::labels_of_file(path, std::span<const std::int64_t>(found.labels), options), std::move(found.names)};
}

/// The labels of read_named_labels in the order of the file, whether or not it has names.
[[nodiscard]] inline std::vector<class_index> read_labels(const std::filesystem::path& path,
                                                          const read_labels_options& options = {})
{
    return read_named_labels(path, options).labels;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
