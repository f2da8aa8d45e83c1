// Reads and writes label sets as JSON in the form of real.json: a list with one list of class indices for each image.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "npy.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// The label sets of a multi-hot array: images x classes, 0 or 1.
[[nodiscard]] inline label_sets label_sets_of_npy(const std::filesystem::path& path)
{
    const io::npy_file file(path);
    if (file.shape().size() != 2) {
        fail_file(path, "has shape ", shape_text({file.shape().begin(), file.shape().end()}),
                  ", expected a multi-hot array: (images, classes)");
    }
    const std::size_t classes = file.shape()[1];
    label_sets sets;
    const auto read = [&](const auto& values, auto value_of) {
        std::vector<class_index> set;
        for (std::size_t image = 0; image < file.shape()[0]; ++image) {
            set.clear();
            for (std::size_t c = 0; c < classes; ++c) {
                const double value = value_of(values[image * classes + c]);
                if (value != 0 && value != 1) {
                    fail_file(path, "the value of class ", c, " of image ", image, " is ", value,
                              ", expected 0 or 1: a multi-hot array");
                }
                if (value == 1) set.push_back(static_cast<class_index>(c));
            }
            sets.append(std::span<const class_index>(set));
        }
    };
    const auto number = [](auto value) { return static_cast<double>(value); };
    switch (file.dtype()) {
        case io::npy_type::boolean:
            read(file.values<std::uint8_t>(), number);
            break;
        case io::npy_type::float32:
            read(file.values<float>(), number);
            break;
        case io::npy_type::float64:
            read(file.values<double>(), number);
            break;
        default:
            io::visit_integers(file, [&](const auto& values) { read(values, number); });
    }
    return sets;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads label sets from a JSON file: `[[1], [2, 3], []]` as in real.json, where set i belongs to image i, one such set
/// per line, or an object `{"ILSVRC2012_val_00000001.JPEG": [65]}`, which names the images; or from an npy file of
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
    if (is_npy_file(path)) return {detail::label_sets_of_npy(path), {}};
    detail::label_sets_reader reader(path, classes);
    const std::string text = read_text_file(path);
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
            detail::append_text(text, c);
            separator = ", ";
        }
        text += ']';
    }
    write_file(path, text, "]\n");
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
