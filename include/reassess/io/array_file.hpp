// array_of_file: an array of an npy file, of an archive or of a table in text, whatever its element type.
#pragma once

#include "../data/float16.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "npy.hpp"
#include "npy_header.hpp"
#include "npy_layout.hpp"
#include "npy_text.hpp"
#include "npz.hpp"
#include "number_table.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// "a.npz:scores" as the archive and the name of its array. The name is empty if the path has none.
struct archive_member {
    std::filesystem::path archive{};
    std::string name{};
};

[[nodiscard]] inline archive_member split_archive_member(const std::filesystem::path& path)
{
    constexpr std::string_view separator = ".npz:";
    const std::string text = path.string();
    std::error_code ignored;
    const std::size_t at = text.rfind(separator);
    if (at == std::string::npos || std::filesystem::exists(path, ignored)) return {path, {}};
    return {text.substr(0, at + separator.size() - 1), text.substr(at + separator.size())};
}

/// Whether the path is an npy file, an npz archive, or an array of one: by the extension or the first bytes.
[[nodiscard]] inline bool is_array_file(const std::filesystem::path& path)
{
    const archive_member member = split_archive_member(path);
    const std::filesystem::path extension = member.archive.extension();
    return !member.name.empty() || extension == ".npz" || extension == ".npy" || io::is_npz_file(member.archive) ||
           io::is_npy_file(path);
}

/// An array of one file: mapped (npy) or in memory (npz, text, CSV). Moving this object does not move the data.
class array_of_file {
public:
    /// Opens an npy file, or an array of an archive. Booleans are read as uint8. Throws io::file_error.
    [[nodiscard]] static array_of_file open(const std::filesystem::path& path, const io::npz_options& options = {},
                                            const io::npy_file_options& npy_options = {})
    {
        const archive_member member = split_archive_member(path);
        if (!member.name.empty() || member.archive.extension() == ".npz" || io::is_npz_file(member.archive))
            return open_archive(member, options);
        array_of_file array;
        array.path_ = path;
        array.mapped_.emplace(path, npy_options);
        array.dtype_ = array.mapped_->dtype();
        array.element_bytes_ = array.mapped_->element_bytes();
        array.shape_.assign(array.mapped_->shape().begin(), array.mapped_->shape().end());
        array.data_ = array.mapped_->data();
        array.read_booleans_as_bytes();
        return array;
    }

    /// The numbers of a text or CSV file.
    template <class Number>
    [[nodiscard]] static array_of_file of_table(const std::filesystem::path& path, number_table<Number> table)
    {
        array_of_file array;
        array.path_ = path;
        array.names_ = std::move(table.names);
        array.shape_ = {table.rows, table.columns};
        array.keep(io::npy_type_of<Number>(), std::span<const Number>(table.values));
        return array;
    }

    /// The file; for an archive also the array, as messages name it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] io::npy_type dtype() const noexcept { return dtype_; }
    [[nodiscard]] const std::vector<std::size_t>& shape() const noexcept { return shape_; }
    /// The product of the shape.
    [[nodiscard]] std::size_t elements() const noexcept
    {
        std::size_t elements = 1;
        for (const std::size_t size : shape_) elements *= size;
        return elements;
    }
    template <class T>
    [[nodiscard]] const T* data() const noexcept
    {
        return static_cast<const T*>(data_);
    }
    template <class T>
    [[nodiscard]] std::span<const T> values() const noexcept
    {
        return {data<T>(), elements()};
    }
    [[nodiscard]] bool is_text() const noexcept
    {
        return dtype_ == io::npy_type::text || dtype_ == io::npy_type::bytes;
    }
    /// The elements of an array of text, row-major. Throws io::file_error for numbers that are not code points.
    [[nodiscard]] std::vector<std::string> texts() const
    {
        std::vector<std::string> texts(elements());
        std::vector<char32_t> points(element_bytes_ / sizeof(char32_t));
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::byte* const from = data<std::byte>() + i * element_bytes_;
            if (dtype_ == io::npy_type::bytes) {
                const std::string_view text(reinterpret_cast<const char*>(from), element_bytes_);
                texts[i] = text.substr(0, text.find_last_not_of('\0') + 1);
            } else {
                std::memcpy(points.data(), from, element_bytes_);
                decode_text(path_, points, texts[i]);
            }
        }
        return texts;
    }
    /// Replaces whole numbers in floating point, and names of classes, by int64. `what` names an element in messages.
    /// Throws io::file_error, naming row and column, for a fraction and for text that is no class.
    void read_classes(const io::class_names& classes, std::string_view what)
    {
        if (is_text()) {
            const std::vector<std::string> names = texts();
            read_whole_numbers_of(
                what, a_class, [&](std::size_t i) { return parse_class(trimmed(names[i]), classes); },
                [&](std::size_t i) { return in_quotes(names[i]); });
        } else if (dtype_ == io::npy_type::float16) {
            read_whole_numbers_of<half>(what);
        } else if (dtype_ == io::npy_type::float32) {
            read_whole_numbers_of<float>(what);
        } else if (dtype_ == io::npy_type::float64) {
            read_whole_numbers_of<double>(what);
        }
    }
    /// Calls f(values) with all elements as a span of their integer type. Throws io::file_error for other types.
    template <class F>
    decltype(auto) visit_integers(F&& f) const
    {
        switch (dtype_) {
            case io::npy_type::int8:
                return std::forward<F>(f)(values<std::int8_t>());
            case io::npy_type::int16:
                return std::forward<F>(f)(values<std::int16_t>());
            case io::npy_type::int32:
                return std::forward<F>(f)(values<std::int32_t>());
            case io::npy_type::int64:
                return std::forward<F>(f)(values<std::int64_t>());
            case io::npy_type::uint8:
                return std::forward<F>(f)(values<std::uint8_t>());
            case io::npy_type::uint16:
                return std::forward<F>(f)(values<std::uint16_t>());
            case io::npy_type::uint32:
                return std::forward<F>(f)(values<std::uint32_t>());
            case io::npy_type::uint64:
                return std::forward<F>(f)(values<std::uint64_t>());
            default:
                fail_file(path_, "has elements of type ", io::name_of(dtype_), ", expected integers");
        }
    }
    /// The images of the rows, if the file names them.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    /// Whether data() and row() are available: see npy_file.
    [[nodiscard]] bool is_in_place() const noexcept { return data_ != nullptr || !mapped_; }
    /// Copies rows first .. first + count - 1, which must exist, to `to`.
    void copy_rows(std::size_t first, std::size_t count, std::span<std::byte> to) const
    {
        if (count == 0) return;
        if (is_in_place()) {
            std::memcpy(to.data(), row(first).data(), to.size());
        } else {
            mapped_->copy_rows(first, count, to);
        }
    }
    /// The bytes of one row of an array of two dimensions, or one element of an array of one.
    [[nodiscard]] std::span<const std::byte> row(std::size_t image) const noexcept
    {
        const std::size_t bytes = element_bytes_ * (shape_.size() == 1 ? 1 : shape_[1]);
        return {static_cast<const std::byte*>(data_) + image * bytes, bytes};
    }

private:
    void read_booleans_as_bytes() noexcept
    {
        if (dtype_ == io::npy_type::boolean) dtype_ = io::npy_type::uint8;
    }
    /// Copies these elements, which replace those of the file.
    template <class T>
    void keep(io::npy_type dtype, std::span<const T> values)
    {
        const std::span<const std::byte> bytes = std::as_bytes(values);
        bytes_.assign(bytes.begin(), bytes.end());
        mapped_.reset();
        data_ = bytes_.data();
        dtype_ = dtype;
        element_bytes_ = sizeof(T);
    }
    template <class Whole, class Found>
    void read_whole_numbers_of(std::string_view what, std::string_view expected, Whole whole_of, Found found)
    {
        const std::size_t width = shape_.size() < 2 || shape_[0] == 0 ? 1 : elements() / shape_[0];
        std::vector<std::int64_t> integers(elements());
        for (std::size_t i = 0; i < integers.size(); ++i) {
            const std::optional<std::int64_t> whole = whole_of(i);
            if (!whole) {
                fail_file(path_, "the ", what, " of row ", i / width, ", column ", i % width, " is ", found(i),
                          ", expected ", expected);
            }
            integers[i] = *whole;
        }
        keep(io::npy_type::int64, std::span<const std::int64_t>(integers));
    }
    template <class T>
    void read_whole_numbers_of(std::string_view what)
    {
        const auto value_of = [this](std::size_t i) { return static_cast<double>(real_value(data<T>()[i])); };
        read_whole_numbers_of(
            what, "a class: a whole number", [&](std::size_t i) { return whole_number(value_of(i)); },
            [&](std::size_t i) { return concatenate(value_of(i)); });
    }
    [[nodiscard]] static array_of_file open_archive(const archive_member& member, const io::npz_options& options)
    {
        const io::npz_file archive(member.archive, options);
        npz_stream stream = open_array(archive, member.name.empty() ? archive.only_name() : member.name);
        array_of_file array;
        array.path_ = stream.path();
        array.dtype_ = stream.header().dtype;
        array.element_bytes_ = stream.header().element_bytes;
        array.shape_ = stream.header().shape;
        // Memory grows with the bytes that are read, independent of the declared size.
        for_each_byte_chunk(stream, [&](std::span<const std::byte> bytes) {
            array.bytes_.insert(array.bytes_.end(), bytes.begin(), bytes.end());
        });
        if (!is_native(stream.header()) && !array.bytes_.empty()) {
            const std::vector<std::byte> as_stored =
                std::exchange(array.bytes_, std::vector<std::byte>(array.bytes_.size()));
            const std::size_t rows = array.shape_.empty() ? 1 : array.shape_[0];
            detail::copy_rows(stream.header(), as_stored.data(), 0, rows, array.bytes_.data());
        }
        array.data_ = array.bytes_.data();
        array.read_booleans_as_bytes();
        return array;
    }

    std::filesystem::path path_{};
    io::npy_type dtype_{};
    std::size_t element_bytes_ = 0;
    std::vector<std::size_t> shape_{};
    std::optional<io::npy_file> mapped_{};
    // The allocation is aligned for every element type.
    std::vector<std::byte> bytes_{};
    const void* data_ = nullptr;
    std::vector<std::string> names_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
