// One original label per image, from npy, JSON or text.
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "npy.hpp"
#include "text_file.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

struct read_labels_options {
    /// The value that means "no label", in addition to -1 in signed data: 65535, 255 or -100 in some files.
    std::optional<std::int64_t> ignore_label = std::nullopt;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

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

class labels_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] std::span<const std::int64_t> labels() const noexcept { return labels_; }

    bool start_array(std::size_t) override
    {
        if (in_list_) unexpected("a list");
        in_list_ = true;
        return true;
    }
    bool number_integer(number_integer_t value) override
    {
        if (!in_list_) unexpected(concatenate("the number ", value));
        labels_.push_back(value);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (!std::in_range<number_integer_t>(value)) unexpected(concatenate("the number ", value));
        return number_integer(static_cast<number_integer_t>(value));
    }

private:
    [[nodiscard]] std::string place() const override
    {
        return in_list_ ? concatenate("element ", labels_.size()) : "the file's value";
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return in_list_ ? "a label: an integer" : "a list of labels, one per image";
    }

    bool in_list_ = false;
    std::vector<std::int64_t> labels_;
};

[[nodiscard]] inline std::vector<std::int64_t> labels_of_text(const std::filesystem::path& path, std::string_view text)
{
    std::vector<std::int64_t> labels;
    for (const std::string_view line : lines_of_values(path, text, "one integer")) {
        std::int64_t label = 0;
        const auto parsed = std::from_chars(line.data(), line.data() + line.size(), label);
        if (parsed.ec != std::errc{} || parsed.ptr != line.data() + line.size()) {
            fail_file(path, "line ", labels.size() + 1, ": found ", in_quotes(line),
                      ", expected one integer of at most 64 bits and nothing else");
        }
        labels.push_back(label);
    }
    return labels;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads one label per image. The first bytes of the file decide the format:
/// - npy of any integer type, shape (images,) or (images, 1);
/// - JSON: a flat list of integers;
/// - text: one integer per line, any line ends; blank lines at the end are ignored.
///
/// -1 in signed data, JSON and text, and `ignore_label` if given, become `missing_label`. The result is empty for an
/// npy or JSON file without labels; an empty file is an error. Throws file_error for a value that is not a class index,
/// naming the image, and for a file of another format. O(images).
[[nodiscard]] inline std::vector<class_index> read_labels(const std::filesystem::path& path,
                                                          const read_labels_options& options = {})
{
    if (is_npy_file(path)) {
        const npy_file file(path);
        const bool one_an_image = file.shape().size() == 1 || (file.shape().size() == 2 && file.shape()[1] == 1);
        if (!one_an_image) {
            const std::vector<std::size_t> shape(file.shape().begin(), file.shape().end());
            detail::fail_file(path, "has shape ", detail::shape_text(shape),
                              ", expected one label per image: (images,) or (images, 1)");
        }
        return visit_integers(file, [&](const auto& labels) { return detail::labels_of_file(path, labels, options); });
    }
    const std::string text = read_text_file(path);
    if (detail::looks_like_json(text)) {
        detail::labels_reader reader(path);
        reader.read(text);
        return detail::labels_of_file(path, reader.labels(), options);
    }
    const std::vector<std::int64_t> labels = detail::labels_of_text(path, text);
    return detail::labels_of_file(path, std::span(labels), options);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
