// Reads and writes label sets as JSON in the form of real.json: a list with one list of class indices for each image.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

class label_sets_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] label_sets take() { return std::move(sets_); }

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

private:
    static constexpr auto max_class = static_cast<number_unsigned_t>(std::numeric_limits<class_index>::max());

    [[nodiscard]] std::string place() const override
    {
        if (depth_ == 0) return "the file's value";
        if (depth_ == 1) return concatenate("element ", sets_.images());
        return concatenate("element ", set_.size(), " of label set ", sets_.images());
    }
    [[nodiscard]] std::string_view expected() const override
    {
        if (depth_ == 0) return "a list of lists of class indices";
        return depth_ == 1 ? "a list of class indices" : "a class index: an integer from 0 to 2147483647";
    }

    int depth_ = 0;
    std::vector<class_index> set_;
    label_sets sets_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads label sets from a JSON file in the form of real.json: `[[1], [2, 3], []]`, where set i belongs to image i.
/// ReaL metrics exclude images with an empty set. Each set is sorted and repeated classes are removed.
///
/// A byte-order mark before the text is skipped; -0 is 0. `[]` has no images; an empty file is an error. Throws
/// file_error, naming the element, for text that is not JSON by RFC 8259 and for any value other than lists of lists of
/// integers from 0 to 2^31 - 1 (1.0, true, null and "1" are errors too). O(bytes). Source:
/// github.com/google-research/reassessed-imagenet.
[[nodiscard]] inline label_sets read_label_sets(const std::filesystem::path& path)
{
    detail::label_sets_reader reader(path);
    reader.read(read_text_file(path));
    return reader.take();
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
