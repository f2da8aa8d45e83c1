// Reads and writes label sets as JSON in the form of real.json: a list with one list of class indices for each image.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/float16.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "array_file.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "json_lines.hpp"
#include "json_reader.hpp"
#include "npy.hpp"
#include "npy_header.hpp"
#include "npz.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Label sets, and the names of their images if the file has them.
struct named_label_sets {
    label_sets sets{};
    /// As many as sets, or none.
    std::vector<std::string> names{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Reads a list of label sets, or an object of image names and label sets.
class label_sets_reader final : public json_reader {
public:
    label_sets_reader(const std::filesystem::path& path, const io::class_names& classes)
        : json_reader(path), classes_(classes)
    {
    }

    [[nodiscard]] io::named_label_sets take() { return {std::move(sets_), std::move(names_)}; }

    bool start_array(std::size_t) override
    {
        if (depth_ == 2) unexpected("a list");
        ++depth_;
        return true;
    }
    bool end_array() override
    {
        if (depth_ == 2) {
            sets_.append(std::span<const class_index>(set_));
            set_.clear();
        }
        --depth_;
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (depth_ != 0) unexpected("an object");
        ++depth_;
        return true;
    }
    bool end_object() override
    {
        --depth_;
        return true;
    }
    bool key(string_t& name) override
    {
        names_.push_back(name);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (depth_ != 2 || value > max_class) unexpected(concatenate("the number ", value));
        set_.push_back(static_cast<class_index>(value));
        return true;
    }
    // Called for numbers with a minus sign; -0 is 0.
    bool number_integer(number_integer_t value) override
    {
        if (value != 0) unexpected(concatenate("the number ", value));
        return number_unsigned(0);
    }
    bool string(string_t& value) override
    {
        const auto named = classes_.find(value);
        if (depth_ != 2 || !named) return json_reader::string(value);
        set_.push_back(*named);
        return true;
    }

private:
    static constexpr auto max_class = static_cast<number_unsigned_t>(std::numeric_limits<class_index>::max());

    [[nodiscard]] std::string place() const override
    {
        if (depth_ == 0) return "the file's value";
        if (depth_ == 1) {
            return names_.empty() ? concatenate("element ", sets_.images())
                                  : concatenate("the value of ", in_quotes(names_.back()));
        }
        return concatenate("element ", set_.size(), " of label set ", sets_.images());
    }
    [[nodiscard]] std::string_view expected() const override
    {
        if (depth_ == 0) return "a list of lists of class indices, or an object of image names and such lists";
        return depth_ == 1 ? "a list of class indices" : "a class index: an integer from 0 to 2147483647";
    }

    const io::class_names& classes_;
    int depth_ = 0;
    std::vector<class_index> set_;
    label_sets sets_;
    std::vector<std::string> names_;
};

/// Label sets of JSON lines: objects such as {"image": "a.jpg", "labels": [65, 66]}. Nothing for text of another form.
[[nodiscard]] inline std::optional<io::named_label_sets> label_sets_of_json_lines(const std::filesystem::path& path,
                                                                                  std::string_view text,
                                                                                  const io::class_names& classes)
{
    constexpr std::string_view expected =
        "an object in each line, with a list of class indices (labels, real, classes or label) and, in all lines or in "
        "none, an image (image, file_name, filename, file, path or name)";
    const std::optional<json_objects> lines = objects_of_json_lines(path, text, expected);
    if (!lines) return std::nullopt;
    io::named_label_sets found;
    std::vector<class_index> set;
    for (const nlohmann::json& line : lines->objects) {
        const std::size_t at = found.sets.images();
        const auto fail_line = [&](std::string_view what) {
            fail_file(path, "line ", lines->lines[at], ": found ", what, ", expected ", expected);
        };
        const char* used = nullptr;
        for (const char* key : {"labels", "real", "classes", "label"}) {
            if (used == nullptr && line.contains(key)) used = key;
        }
        if (used == nullptr) fail_line("an object without labels");
        if (!line[used].is_array()) fail_line(concatenate(in_quotes(used), ": ", value_text(line[used])));
        set.clear();
        for (const nlohmann::json& value : line[used]) {
            const std::optional<std::int64_t> label = class_of_json(value, classes);
            if (!label || *label < 0 || !std::in_range<class_index>(*label))
                fail_line(concatenate(value_text(value), " in ", in_quotes(used)));
            set.push_back(static_cast<class_index>(*label));
        }
        if (std::optional<std::string> image = image_of_json_line(line)) found.names.push_back(std::move(*image));
        if (!found.names.empty() && found.names.size() != at + 1) fail_line("an image in some lines only");
        found.sets.append(std::span<const class_index>(set));
    }
    return found;
}

/// The label sets of a multi-hot array: images x classes, 0 or 1.
[[nodiscard]] inline label_sets label_sets_of_array(const std::filesystem::path& path)
{
    const array_of_file file = array_of_file::open(path);
    if (file.shape().size() != 2) {
        fail_file(file.path(), "has shape ", shape_text(file.shape()),
                  ", expected a multi-hot array: (images, classes)");
    }
    const std::size_t classes = file.shape()[1];
    label_sets sets;
    const auto read = [&]<class T>(std::span<const T> values) {
        std::vector<class_index> set;
        for (std::size_t image = 0; image < file.shape()[0]; ++image) {
            set.clear();
            for (std::size_t c = 0; c < classes; ++c) {
                double value = 0;
                if constexpr (std::is_integral_v<T>) {
                    value = static_cast<double>(values[image * classes + c]);
                } else {
                    value = real_value(values[image * classes + c]);
                }
                if (value != 0 && value != 1) {
                    fail_file(file.path(), "the value of class ", c, " of image ", image, " is ", value,
                              ", expected 0 or 1: a multi-hot array");
                }
                if (value == 1) set.push_back(static_cast<class_index>(c));
            }
            sets.append(std::span<const class_index>(set));
        }
    };
    switch (file.dtype()) {
        case io::npy_type::float16:
            read(file.values<half>());
            break;
        case io::npy_type::float32:
            read(file.values<float>());
            break;
        case io::npy_type::float64:
            read(file.values<double>());
            break;
        default:
            file.visit_integers(read);
    }
    return sets;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads label sets from a JSON file: `[[1], [2, 3], []]` as in real.json, where set i belongs to image i, one such set
/// per line, an object `{"ILSVRC2012_val_00000001.JPEG": [65]}`, which names the images, or an object such as
/// `{"image": "a.jpg", "labels": [65]}` per line; or from an npy file, "a.npz:sets", or "a.npz" if it has one array, of
/// images x classes with 1 (or true) for the classes of an image and 0 for the others. ReaL metrics exclude images with
/// an empty set. Each set is sorted and repeated classes are removed. `classes` are the classes that names in the sets
/// mean.
///
/// A byte-order mark before the text is skipped; -0 is 0. `[]` has no images; an empty file is an error. Throws
/// file_error, naming the element, for text that is not JSON by RFC 8259 and for any class other than an integer from 0
/// to 2^31 - 1 or a name of `classes` (1.0, true, null and "1" are errors too). O(bytes). Source:
/// github.com/google-research/reassessed-imagenet.
[[nodiscard]] inline named_label_sets read_named_label_sets(const std::filesystem::path& path,
                                                            const class_names& classes = {})
{
    if (is_npy_file(path) || is_npz_file(detail::split_archive_member(path).archive))
        return {detail::label_sets_of_array(path), {}};
    detail::label_sets_reader reader(path, classes);
    const std::string text = read_text_file(path);
    if (auto objects = detail::label_sets_of_json_lines(path, text, classes)) return std::move(*objects);
    const std::optional<detail::json_lines> lines = detail::list_of_json_lines(text, '[', ']');
    reader.read(lines ? lines->list : text);
    return reader.take();
}

/// The sets of read_named_label_sets in the order of the file. Throws file_error also for an object, whose sets belong
/// to names.
[[nodiscard]] inline label_sets read_label_sets(const std::filesystem::path& path)
{
    named_label_sets found = read_named_label_sets(path);
    if (!found.names.empty())
        detail::fail_file(path,
                          "is an object of image names, expected a list of label sets in the order of the images");
    return std::move(found.sets);
}

/// Writes the sets as JSON for read_label_sets; `[]` if there are no images. Throws file_error if the file cannot be
/// written. O(labels).
inline void write_label_sets(const std::filesystem::path& path, label_sets_view sets)
{
    std::string text = "[";
    for (std::size_t image = 0; image < sets.images(); ++image) {
        text += image == 0 ? "[" : ", [";
        std::string_view separator;
        for (const class_index c : sets[image]) {
            text += separator;
            text += std::to_string(c);
            separator = ", ";
        }
        text += ']';
    }
    write_file(path, text, "]\n");
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
