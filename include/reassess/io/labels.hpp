// One original label per image, from npy, JSON, CSV or text, with or without the names of the images.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "column_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "npy.hpp"
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
        fail_file(path, error.what());
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

/// Labels of JSON lines: objects such as {"image": "a.jpg", "label": 65}, as one list.
[[nodiscard]] inline labels_of_some_file labels_of_json_lines(const std::filesystem::path& path, const json_lines& text,
                                                              const io::class_names& classes)
{
    constexpr std::string_view expected =
        "an object in each line, with a label (label, class, target or wnid: an integer, or a class name such as "
        "n01440764) and, in all lines or in none, an image (image, file_name, filename, file, path or name)";
    const nlohmann::json lines = parse_json(path, text.list, expected);
    if (lines.size() != text.lines.size())
        fail_file(path, text.lines.size(), " lines have ", lines.size(), " values, expected ", expected);
    labels_of_some_file found;
    for (const nlohmann::json& line : lines) {
        std::optional<std::int64_t> label;
        std::string found_here = value_text(line);
        for (const char* key : {"label", "class", "target", "wnid"}) {
            if (label || !line.contains(key)) continue;
            const nlohmann::json& value = line[key];
            const bool is_integer = value.is_number_unsigned() ? std::in_range<std::int64_t>(value.get<std::uint64_t>())
                                                               : value.is_number_integer();
            if (is_integer) label = value.get<std::int64_t>();
            if (value.is_string()) label = parse_class(value.get<std::string>(), classes);
            found_here = label ? "an image in some lines only" : concatenate(in_quotes(key), ": ", value_text(value));
        }
        for (const char* key : {"image", "file_name", "filename", "file", "path", "name"}) {
            if (found.names.size() > found.labels.size() || !line.contains(key) || !line[key].is_string()) continue;
            found.names.push_back(line[key].get<std::string>());
        }
        if (!label || (!found.names.empty() && found.names.size() != found.labels.size() + 1)) {
            fail_file(path, "line ", text.lines[found.labels.size()], ": found ", found_here, ", expected ", expected);
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

[[nodiscard]] inline labels_of_some_file labels_of_csv(const std::filesystem::path& path, std::string_view text,
                                                       const io::class_names& classes)
{
    const io::table rows = csv_table_parser(path).parse(text);
    const label_columns columns = find_label_columns(rows);
    labels_of_some_file found;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const std::string_view cell = trimmed(rows.text(row, columns.label));
        const std::optional<std::int64_t> label = class_of_cell(cell, classes);
        if (!label) {
            fail_file(path, "line ", rows.line(row), ", column ", in_quotes(rows.columns()[columns.label]), ": found ",
                      in_quotes(cell), ", expected ", a_class);
        }
        found.labels.push_back(*label);
        found.names.emplace_back(rows.text(row, columns.image));
    }
    return found;
}

/// One label per line, or a name and a label with blanks or a comma between them.
[[nodiscard]] inline labels_of_some_file labels_of_text(const std::filesystem::path& path, std::string_view text,
                                                        const io::class_names& classes)
{
    labels_of_some_file found;
    const std::vector<std::string_view> lines = lines_of_values(path, text, "one integer");
    const auto split = [](std::string_view line) {
        const std::size_t end = line.find_last_of(" \t,");
        return end == std::string_view::npos ? std::size_t{0} : end + 1;
    };
    if (lines.size() > 1 && lines[0].find(',') != std::string_view::npos) {
        const std::string_view first = trimmed(lines[0]);
        if (!parse_class(first.substr(split(first)), classes)) return labels_of_csv(path, text, classes);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = trimmed(lines[i]);
        const std::size_t begin = split(line);
        const auto label = parse_class(line.substr(begin), classes);
        const std::string_view name = trimmed(line.substr(0, begin == 0 ? 0 : begin - 1));
        const bool has_name = !name.empty();
        if (!label || (has_name && parse_whole_number(name)) || has_name != (begin != 0)) {
            fail_file(path, "line ", i + 1, ": found ", in_quotes(lines[i]),
                      ", expected one integer of at most 64 bits and nothing else, a class name such as n01440764, or "
                      "an image name and one of these");
        }
        if (i > 0 && has_name == found.names.empty()) {
            fail_file(path, "line ", i + 1, ": found ", in_quotes(lines[i]), ", ",
                      has_name ? "a label with an image name after labels without" : "a label without an image name");
        }
        if (has_name) found.names.emplace_back(name);
        found.labels.push_back(*label);
    }
    return found;
}

/// Labels of npy files of any integer type, of booleans, and of floats that are whole numbers.
[[nodiscard]] inline std::vector<class_index> labels_of_npy(const std::filesystem::path& path,
                                                            const io::read_labels_options& options)
{
    const io::npy_file file(path);
    const bool one_an_image = file.shape().size() == 1 || (file.shape().size() == 2 && file.shape()[1] == 1);
    if (!one_an_image) {
        const std::vector<std::size_t> shape(file.shape().begin(), file.shape().end());
        fail_file(path, "has shape ", shape_text(shape), ", expected one label per image: (images,) or (images, 1)");
    }
    const auto whole = [&](const auto& values) {
        std::vector<std::int64_t> labels;
        labels.reserve(values.size());
        for (const auto value : values) {
            const auto label = whole_number(real_value(value));
            if (!label) {
                fail_file(path, "label ", real_value(value), " of image ", labels.size(), " is not a whole number");
            }
            labels.push_back(*label);
        }
        return labels_of_file(path, std::span<const std::int64_t>(labels), options);
    };
    switch (file.dtype()) {
        case io::npy_type::boolean:
            return labels_of_file(path, file.values<std::uint8_t>(), options);
        case io::npy_type::float16:
            return whole(file.values<half>());
        case io::npy_type::float32:
            return whole(file.values<float>());
        case io::npy_type::float64:
            return whole(file.values<double>());
        default:
            return visit_integers(file, [&](const auto& labels) { return labels_of_file(path, labels, options); });
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads one label per image, and the names of the images if the file has them. The first bytes of the file decide the
/// format:
/// - npy of any integer type, of booleans or of floats that are whole numbers, shape (images,) or (images, 1);
/// - JSON: a flat list of labels, an object of image names and labels, or lines with objects of an image and a label;
/// - CSV with a header: columns such as ImageId and Class, or two columns, the image first unless a header tells; a
///   class name may have boxes after it (LOC_val_solution.csv);
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
    if (is_npy_file(path)) return {detail::labels_of_npy(path, options), {}};
    const std::string text = read_text_file(path);
    detail::labels_of_some_file found;
    if (const auto lines = detail::list_of_json_lines(text, '{', '}')) {
        detail::expect_no_nul(path, text);
        found = detail::labels_of_json_lines(path, *lines, options.classes);
    } else if (detail::looks_like_json(text)) {
        detail::labels_reader reader(path, options.classes);
        reader.read(text);
        found = reader.take();
    } else {
        found = detail::labels_of_text(path, text, options.classes);
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
