// Reads image names, in the order of a model's rows, from text, JSON or npy.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "array_file.hpp"
#include "column_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "npy_header.hpp"
#include "npy_layout.hpp"
#include "npy_text.hpp"
#include "npz.hpp"
#include "number_table.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Reads a list of names, or the object of ImageNetV2 with its list of [name, class] pairs among other keys.
class image_names_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] std::vector<std::string> take()
    {
        if (!found_names_) fail_file(path(), "the object has no key \"image_filenames\"");
        return std::move(names_);
    }

    bool start_object(std::size_t) override
    {
        if (is_skipped()) return enter_skipped();
        if (in_ != inside::nothing) unexpected("an object");
        in_ = inside::object;
        return true;
    }
    bool key(string_t& name) override
    {
        if (skipped_depth_ > 0) return true;
        in_ = name == "image_filenames" ? inside::names_key : inside::other_key;
        if (in_ == inside::names_key && found_names_) fail_file(path(), "the key \"image_filenames\" occurs twice");
        return true;
    }
    bool end_object() override
    {
        if (skipped_depth_ > 0) leave_skipped();
        return true;
    }
    bool start_array(std::size_t) override
    {
        if (is_skipped()) return enter_skipped();
        switch (in_) {
            case inside::nothing:
                in_ = inside::list;
                break;
            case inside::names_key:
                in_ = inside::pairs;
                break;
            case inside::pairs:
                in_ = inside::pair;
                break;
            default:
                unexpected("a list");
        }
        found_names_ = true;
        return true;
    }
    bool end_array() override
    {
        if (skipped_depth_ > 0) {
            leave_skipped();
        } else if (in_ == inside::pair) {
            unexpected("the end of the list");
        } else {
            in_ = in_ == inside::after_name ? inside::pairs : inside::object;
        }
        return true;
    }
    bool string(string_t& value) override
    {
        if (in_ == inside::list || in_ == inside::pair) {
            if (value.empty()) unexpected("an empty string");
            names_.push_back(std::move(value));
            if (in_ == inside::pair) in_ = inside::after_name;
            return true;
        }
        return is_skipped() || json_reader::string(value);
    }
    bool null() override { return is_skipped() || json_reader::null(); }
    bool boolean(bool value) override { return is_skipped() || json_reader::boolean(value); }
    bool number_integer(number_integer_t value) override { return is_skipped() || json_reader::number_integer(value); }
    bool number_unsigned(number_unsigned_t value) override
    {
        return is_skipped() || json_reader::number_unsigned(value);
    }
    bool number_float(number_float_t value, const string_t& digits) override
    {
        return is_skipped() || json_reader::number_float(value, digits);
    }

private:
    // The position of the next value: at the top; in the list; in the object, between values or after a key; in the
    // list of pairs; in a pair, before or after the name.
    enum class inside { nothing, list, object, other_key, names_key, pairs, pair, after_name };

    [[nodiscard]] bool is_skipped() const noexcept
    {
        return skipped_depth_ > 0 || in_ == inside::other_key || in_ == inside::after_name;
    }
    bool enter_skipped() noexcept
    {
        ++skipped_depth_;
        return true;
    }
    void leave_skipped() noexcept { --skipped_depth_; }

    [[nodiscard]] std::string place() const override
    {
        switch (in_) {
            case inside::nothing:
                return "the file's value";
            case inside::names_key:
                return "\"image_filenames\"";
            case inside::after_name:
                return concatenate("the value after image name ", names_.size() - 1);
            default:
                return concatenate("image name ", names_.size());
        }
    }
    [[nodiscard]] std::string_view expected() const override
    {
        switch (in_) {
            case inside::nothing:
                return "a list of image names, or an object with the key \"image_filenames\"";
            case inside::names_key:
                return "a list of [name, class] pairs";
            case inside::pairs:
                return "a [name, class] pair";
            case inside::after_name:
                return "a string";
            default:
                return "a string that is not empty";
        }
    }

    inside in_ = inside::nothing;
    std::size_t skipped_depth_ = 0;
    bool found_names_ = false;
    std::vector<std::string> names_;
};

/// Throws io::file_error for an array that is not text, one name per image.
inline void expect_array_of_names(const std::filesystem::path& path, io::npy_type dtype,
                                  const std::vector<std::size_t>& shape)
{
    const bool one_an_image = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
    if ((dtype == io::npy_type::text || dtype == io::npy_type::bytes) && one_an_image) return;
    fail_file(path, "has elements of type ", io::name_of(dtype), " and shape ", shape_text(shape),
              ", expected one name per image: text of shape (images,) or (images, 1)");
}

/// The names in an array of text, one per image.
[[nodiscard]] inline std::vector<std::string> names_of_npy(const std::filesystem::path& path, std::string_view bytes)
{
    npy_header header = parse_npy_header(path, bytes, bytes.size(), io::npy_text::accept);
    expect_array_of_names(path, header.dtype, header.shape);
    std::vector<std::string> names(header.elements);
    if (names.empty()) return names;
    std::vector<char32_t> points(header.element_bytes / sizeof(char32_t));
    const auto* const data = reinterpret_cast<const std::byte*>(bytes.data() + header.data_offset);
    for (std::size_t image = 0; image < names.size(); ++image) {
        if (header.dtype == io::npy_type::bytes) {
            const std::string_view text =
                bytes.substr(header.data_offset + image * header.element_bytes, header.element_bytes);
            names[image] = text.substr(0, text.find_last_not_of('\0') + 1);
        } else {
            // The file may not align its data.
            copy_rows(header, data, image, 1, reinterpret_cast<std::byte*>(points.data()));
            decode_text(path, points, names[image]);
        }
        if (names[image].empty()) fail_file(path, "image name ", image, " is empty");
    }
    return names;
}

/// The names in an array of an archive.
[[nodiscard]] inline std::vector<std::string> names_of_archive(const std::filesystem::path& path)
{
    const array_of_file file = array_of_file::open(path);
    expect_array_of_names(file.path(), file.dtype(), file.shape());
    std::vector<std::string> names = file.texts();
    for (std::size_t image = 0; image < names.size(); ++image) {
        if (names[image].empty()) fail_file(file.path(), "image name ", image, " is empty");
    }
    return names;
}

/// The names in the column of images of a table, if the first line is a header with one; else the lines.
[[nodiscard]] inline std::vector<std::string> names_of_text(const std::filesystem::path& path, std::string_view text,
                                                            const io::csv_options& csv)
{
    const std::vector<std::string_view> lines = lines_of_values(path, text, "one image name");
    std::vector<std::string> names;
    std::vector<std::string_view> cells;
    split_cells(lines[0], lines[0].find(csv.separator) == std::string_view::npos ? '\n' : csv.separator, cells);
    for (std::string_view& cell : cells) {
        if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    }
    const auto column = std::find_if(cells.begin(), cells.end(), is_image_header);
    const bool is_header = column != cells.end() && lines.size() > 1;
    if (!is_header) {
        for (const std::string_view line : lines) names.emplace_back(trimmed(line));
        return names;
    }
    const io::table rows = csv_table_parser(path, csv).parse(text);
    for (std::size_t row = 0; row < rows.rows(); ++row)
        names.emplace_back(trimmed(rows.text(row, static_cast<std::size_t>(column - cells.begin()))));
    return names;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads the names of images, in the order of the file. The first bytes of the file decide the format (JSON if the
/// first byte that is not a blank is [ or {):
/// - JSON: a list of names (cleanlab's index_to_filepath.json);
/// - JSON: an object whose `image_filenames` is a list of [name, class] pairs (ImageNetV2); other keys, and elements
/// after
///   the name, are skipped;
/// - npy of text ("<U28") or bytes ("|S28"), "a.npz:names", or "a.npz" if it has one array, shape (images,) or
///   (images, 1);
/// - CSV with a header, one of whose columns has a usual header of images (ImageId, filename, image, ..);
/// - text: one name per line without the blanks around it, any line ends; blank lines at the end are ignored.
///
/// Names may contain folders; match_names and align ignore them. The result is empty for a JSON list or an array
/// without names; an empty file is an error. Throws file_error for any other content, naming the line or the element.
/// O(bytes). Sources: github.com/cleanlab/label-errors, github.com/modestyachts/ImageNetV2.
[[nodiscard]] inline std::vector<std::string> read_image_names(const std::filesystem::path& path,
                                                               const csv_options& csv = {})
{
    if (is_npz_file(detail::split_archive_member(path).archive)) return detail::names_of_archive(path);
    const std::string text = read_text_file(path);
    if (text.starts_with(detail::npy_magic)) return detail::names_of_npy(path, text);
    if (detail::looks_like_json(text)) {
        detail::image_names_reader reader(path);
        reader.read(text);
        return reader.take();
    }
    return detail::names_of_text(path, text, csv);
}

/// The name of the image of a row; the number of the row if names are not given.
[[nodiscard]] inline std::string image_name(std::span<const std::string> names, std::size_t row)
{
    return names.empty() ? std::to_string(row) : names[row];
}

/// The names of some rows, one per line: see image_name.
template <class Rows>
[[nodiscard]] std::string image_lines(std::span<const std::string> names, const Rows& rows)
{
    std::string text;
    for (const std::size_t row : rows) text += image_name(names, row) + '\n';
    return text;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
