// Reads NumPy's npy files by memory mapping (scores, predictions and labels of any size without a copy), and writes
// them.
#pragma once

#include "../data/float16.hpp"
#include "../data/scores.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "npy_header.hpp"
#include "npy_layout.hpp"
#include "text_file.hpp"

#include <bit>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ios>
#include <limits>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

static_assert(std::endian::native == std::endian::little, "npy files are read and written on little-endian machines");

/// C++ types of the elements of an npy file. Element types that NumPy does not have (bfloat16, types of the user's own)
/// are read from unsigned integers of the same size.
template <class T>
concept npy_element = (score_element<T> || (std::integral<T> && !std::same_as<T, bool>)) &&
                      sizeof(T) <= 8 && std::has_single_bit(sizeof(T));

/// The npy type of a C++ type.
template <npy_element T>
[[nodiscard]] constexpr npy_type npy_type_of() noexcept
{
    if constexpr (std::same_as<T, half>) {
        return npy_type::float16;
    } else if constexpr (std::same_as<T, float>) {
        return npy_type::float32;
    } else if constexpr (std::same_as<T, double>) {
        return npy_type::float64;
    } else if constexpr (std::same_as<T, bfloat16>) {
        return npy_type::uint16;
    } else if constexpr (sizeof(T) == 1) {
        return std::is_signed_v<T> ? npy_type::int8 : npy_type::uint8;
    } else if constexpr (sizeof(T) == 2) {
        return std::is_signed_v<T> ? npy_type::int16 : npy_type::uint16;
    } else if constexpr (sizeof(T) == 4) {
        return std::is_signed_v<T> ? npy_type::int32 : npy_type::uint32;
    } else {
        return std::is_signed_v<T> ? npy_type::int64 : npy_type::uint64;
    }
}

struct npy_file_options {
    /// Arrays that are column-major or big-endian, or not aligned, are copied into memory if they have at most this
    /// many bytes. Larger ones can be read by copy_rows only.
    std::size_t most_copied_bytes = std::numeric_limits<std::size_t>::max();
    npy_text texts = npy_text::refuse;
};

/// An npy file that is mapped for reading during the life of this object; pages are read when they are used. Views of
/// the data are valid until this object is destroyed, also after a move. A moved-from object may only be destroyed or
/// assigned to.
///
/// If the data are not aligned in the file (NumPy always aligns them), column-major or big-endian, they are copied into
/// memory once, unless they are larger than the options allow. If another program shortens a mapped file, reading
/// beyond the new end terminates this program on POSIX systems (SIGBUS): write a new file and rename it instead.
class npy_file {
public:
    /// Maps the file and checks its header against its size. Throws file_error with the value found and the values
    /// expected. O(header), or O(bytes) if the data are copied.
    explicit npy_file(const std::filesystem::path& path, const npy_file_options& options = {}) : path_(path)
    {
        std::error_code error;
        const auto status = std::filesystem::status(path_, error);
        if (!std::filesystem::exists(status))
            detail::fail_file(path_, "cannot be opened: ", error ? error.message() : "there is no such file");
        if (!std::filesystem::is_regular_file(status))
            detail::fail_file(path_, "cannot be mapped: expected a regular file");
        if (std::filesystem::file_size(path_, error) != 0 && !error) map();
        const char* const begin = static_cast<const char*>(region_.get_address());
        const std::size_t size = begin == nullptr ? 0 : region_.get_size();
        header_ = detail::parse_npy_header(path_, {begin, size}, size, options.texts);
        stored_ = reinterpret_cast<const std::byte*>(begin + header_.data_offset);
        if (detail::is_native(header_) && header_.data_offset % size_of(header_.dtype) == 0) {
            data_ = stored_;
        } else if (bytes() <= options.most_copied_bytes) {
            copy_converted();
        }
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] npy_type dtype() const noexcept { return header_.dtype; }
    /// The bytes of one element: of text, those of the whole text.
    [[nodiscard]] std::size_t element_bytes() const noexcept { return header_.element_bytes; }
    [[nodiscard]] std::span<const std::size_t> shape() const noexcept { return header_.shape; }
    /// The product of the shape; 1 for the shape ().
    [[nodiscard]] std::size_t elements() const noexcept { return header_.elements; }
    /// Whether data() and values() are available: the elements are in memory, row-major and in the byte order of this
    /// machine. False for arrays above npy_file_options::most_copied_bytes.
    [[nodiscard]] bool is_in_place() const noexcept { return data_ != nullptr; }
    /// The first element, aligned for the element type; null unless is_in_place().
    [[nodiscard]] const void* data() const noexcept { return data_; }

    /// Copies elements first .. first + count - 1 of the first dimension to `to`, row-major and in the byte order of
    /// this machine, also if the array is not in place. The memory of column-major arrays is read in strides, so read
    /// many rows in each call. Throws std::out_of_range for more rows than there are, std::invalid_argument if `to`
    /// does not have their size. O(count x row).
    void copy_rows(std::size_t first, std::size_t count, std::span<std::byte> to) const
    {
        const std::size_t rows = header_.shape.empty() ? 1 : header_.shape[0];
        detail::expects<std::out_of_range>(first <= rows && count <= rows - first, "npy file: rows [", first, ", ",
                                           first, " + ", count, ") were requested, expected a part of [0, ", rows, ")");
        const std::size_t size = rows == 0 ? 0 : count * (bytes() / rows);
        detail::expects(to.size() == size, "npy file: ", to.size(), " bytes for rows of ", size, " bytes");
        if (size != 0) detail::copy_rows(header_, stored_, first, count, to.data());
    }

    /// All elements, row-major, in place.
    ///
    /// T must be the type of the file: half for float16; std::uint8_t also for bool; bfloat16 for a uint16 file that
    /// contains its bits. Elements are not converted. Throws file_error for another type, naming both, and unless
    /// is_in_place(). O(1).
    template <npy_element T>
    [[nodiscard]] std::span<const T> values() const
    {
        if (!is_in_place()) {
            detail::fail_file(
                path_, "is ", header_.column_major ? "column-major" : "big-endian or not aligned", " and has ", bytes(),
                " bytes, which are more than are copied into memory (most_copied_bytes): read it by rows");
        }
        const bool byte_of_boolean = std::same_as<T, std::uint8_t> && dtype() == npy_type::boolean;
        const bool bits_of_bfloat16 = std::same_as<T, bfloat16> && dtype() == npy_type::void16;
        if (dtype() != npy_type_of<T>() && !byte_of_boolean && !bits_of_bfloat16) {
            detail::fail_file(path_, "has elements of type ", name_of(dtype()), ", expected ",
                              name_of(npy_type_of<T>()), std::same_as<T, bfloat16> ? " (the bits of bfloat16)" : "");
        }
        return {static_cast<const T*>(data_), elements()};
    }

    /// The file as scores, images x classes, in place. Throws file_error like values(), for a shape that does not have
    /// two dimensions, and for 0 classes. O(1).
    template <score_element T>
    [[nodiscard]] scores_view<T> scores() const
    {
        const std::span<const T> all = values<T>();
        if (shape().size() != 2) {
            detail::fail_file(path_, "has shape ", detail::shape_text(header_.shape),
                              ", expected 2 dimensions: (images, classes)");
        }
        if (shape()[1] == 0)
            detail::fail_file(path_, "has shape ", detail::shape_text(header_.shape),
                              ": the number of classes is 0, expected at least 1");
        return {all.data(), shape()[0], shape()[1]};
    }

private:
    void map()
    {
        try {
            const boost::interprocess::file_mapping file(path_.string().c_str(), boost::interprocess::read_only);
            region_ = boost::interprocess::mapped_region(file, boost::interprocess::read_only);
        } catch (const boost::interprocess::interprocess_exception& error) {
            detail::fail_file(path_, "cannot be mapped: ", error.what());
        }
    }

    [[nodiscard]] std::size_t bytes() const noexcept { return header_.elements * header_.element_bytes; }

    void copy_converted()
    {
        constexpr std::size_t word = sizeof(std::uint64_t);
        // One more word, because the data of an empty array are in place, too.
        converted_.resize(bytes() / word + 1);
        auto* const to = reinterpret_cast<std::byte*>(converted_.data());
        const std::size_t rows = header_.shape.empty() ? 1 : header_.shape[0];
        if (bytes() != 0) detail::copy_rows(header_, stored_, 0, rows, to);
        header_.column_major = false;
        header_.big_endian = false;
        data_ = converted_.data();
        stored_ = to;
        region_ = {};
    }

    std::filesystem::path path_;
    boost::interprocess::mapped_region region_;
    std::vector<std::uint64_t> converted_;
    detail::npy_header header_;
    /// The data as they are in the file, or the copy.
    const std::byte* stored_ = nullptr;
    /// Null if the data are stored in another way than in memory.
    const void* data_ = nullptr;
};

/// Scores in a mapped npy file. The view is valid until this object is destroyed, also after a move.
template <score_element T>
class mapped_scores {
public:
    /// Throws file_error like npy_file and npy_file::scores. O(header).
    explicit mapped_scores(const std::filesystem::path& path) : file_(path), view_(file_.scores<T>()) {}

    [[nodiscard]] scores_view<T> view() const noexcept { return view_; }
    operator scores_view<T>() const noexcept { return view_; }
    [[nodiscard]] const npy_file& file() const noexcept { return file_; }

private:
    npy_file file_;
    scores_view<T> view_;
};

/// Maps an npy file of scores of a known type: `auto scores = map_npy<float>("resnet50.npy");`. If the type is unknown,
/// use visit_scores. Throws file_error like npy_file and npy_file::scores. O(header).
template <score_element T>
[[nodiscard]] mapped_scores<T> map_npy(const std::filesystem::path& path)
{
    return mapped_scores<T>(path);
}

/// The meaning of 16-bit unsigned integers in a file of scores: integers, which are not accepted as scores, or the bits
/// of bfloat16, which NumPy does not have.
enum class uint16_meaning { integers, bfloat16_bits };

struct visit_scores_options {
    uint16_meaning uint16 = uint16_meaning::integers;
};

/// Calls f(scores) with the scores of the file as a scores_view<half>, <float> or <double> (or <bfloat16>, see
/// uint16_meaning) and returns its result. f is compiled for each type and must return the same type for all. Throws
/// file_error for a file of integers, and like npy_file::scores.
template <class F>
decltype(auto) visit_scores(const npy_file& file, F&& f, visit_scores_options options = {})
{
    const bool holds_bfloat16 = (file.dtype() == npy_type::uint16 || file.dtype() == npy_type::void16) &&
                                options.uint16 == uint16_meaning::bfloat16_bits;
    if (holds_bfloat16) return std::forward<F>(f)(file.scores<bfloat16>());
    switch (file.dtype()) {
        case npy_type::float16:
            return std::forward<F>(f)(file.scores<half>());
        case npy_type::float32:
            return std::forward<F>(f)(file.scores<float>());
        case npy_type::float64:
            return std::forward<F>(f)(file.scores<double>());
        default:
            detail::fail_file(file.path(), "has elements of type ", name_of(file.dtype()),
                              ", expected scores: float16, float32 or float64");
    }
}

/// Calls f(values) with all elements of the file as a span of their integer type and returns its result. f is compiled
/// for each of the eight types and must return the same type for all. Throws file_error for a file of floats or
/// booleans.
template <class F>
decltype(auto) visit_integers(const npy_file& file, F&& f)
{
    switch (file.dtype()) {
        case npy_type::int8:
            return std::forward<F>(f)(file.values<std::int8_t>());
        case npy_type::int16:
            return std::forward<F>(f)(file.values<std::int16_t>());
        case npy_type::int32:
            return std::forward<F>(f)(file.values<std::int32_t>());
        case npy_type::int64:
            return std::forward<F>(f)(file.values<std::int64_t>());
        case npy_type::uint8:
            return std::forward<F>(f)(file.values<std::uint8_t>());
        case npy_type::uint16:
            return std::forward<F>(f)(file.values<std::uint16_t>());
        case npy_type::uint32:
            return std::forward<F>(f)(file.values<std::uint32_t>());
        case npy_type::uint64:
            return std::forward<F>(f)(file.values<std::uint64_t>());
        default:
            detail::fail_file(file.path(), "has elements of type ", name_of(file.dtype()), ", expected integers");
    }
}

/// Whether the file begins with the magic bytes of npy. False for a file that cannot be opened or is not a regular
/// file, because the bytes of a pipe can be read only once.
[[nodiscard]] inline bool is_npy_file(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    std::ifstream file(path, std::ios::binary);
    std::string start(detail::npy_magic.size(), '\0');
    return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start == detail::npy_magic;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The product of the shape. Throws std::invalid_argument if it overflows.
[[nodiscard]] inline std::size_t elements_of_shape(const std::vector<std::size_t>& shape)
{
    std::size_t product = 1;
    for (const std::size_t size : shape) {
        expects(size == 0 || product <= std::numeric_limits<std::size_t>::max() / size, "npy: the shape ",
                shape_text(shape), " overflows");
        product *= size;
    }
    return product;
}

/// The header of an npy file of format version 1.0, padded so that the data are aligned to 64 bytes.
template <io::npy_element T>
[[nodiscard]] std::string npy_header_bytes(const std::vector<std::size_t>& shape)
{
    constexpr io::npy_type type = io::npy_type_of<T>();
    constexpr char kind = std::floating_point<T> || std::same_as<T, half> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
    std::string dictionary = concatenate("{'descr': '", io::size_of(type) == 1 ? '|' : '<', kind, io::size_of(type),
                                         "', 'fortran_order': False, 'shape': ", shape_text(shape), ", }");
    constexpr std::size_t alignment = 64;
    const std::size_t before = npy_magic.size() + 4;
    const std::size_t unpadded = before + dictionary.size() + 1;
    dictionary.append((alignment - unpadded % alignment) % alignment, ' ');
    dictionary += '\n';
    expects(dictionary.size() <= 0xffff, "npy: a shape of ", shape.size(), " dimensions is too long");
    std::string header(npy_magic);
    header += {'\x01', '\x00', static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
    return header + dictionary;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Writes the values as an npy file of the given shape: format version 1.0, the data aligned to 64 bytes; bfloat16 as
/// uint16. `values` is a vector, span or array of an npy_element.
///
/// Throws std::invalid_argument if the shape's product is not the number of values, file_error if the file cannot be
/// written. O(values).
template <std::ranges::contiguous_range Values>
    requires std::ranges::sized_range<Values> && npy_element<std::ranges::range_value_t<Values>>
void write_npy(const std::filesystem::path& path, const Values& values, const std::vector<std::size_t>& shape)
{
    using T = std::ranges::range_value_t<Values>;
    const std::size_t count = std::ranges::size(values);
    detail::expects(detail::elements_of_shape(shape) == count, "npy: ", count, " values cannot have the shape ",
                    detail::shape_text(shape));
    write_file(path, detail::npy_header_bytes<T>(shape),
               {reinterpret_cast<const char*>(std::ranges::data(values)), count * sizeof(T)});
}

/// Writes an npy file in parts, for arrays that are larger than memory: create with the final shape, append all values
/// in row-major order, close.
template <npy_element T>
class npy_writer {
public:
    /// Creates the file. Throws file_error if it cannot be written, std::invalid_argument for a shape that overflows.
    npy_writer(const std::filesystem::path& path, const std::vector<std::size_t>& shape)
        : path_(path), left_(detail::elements_of_shape(shape)), file_(path, std::ios::binary | std::ios::trunc)
    {
        const std::string header = detail::npy_header_bytes<T>(shape);
        file_.write(header.data(), static_cast<std::streamsize>(header.size()));
        check();
    }

    /// Appends values. Throws std::invalid_argument for more values than the shape has, file_error if they cannot be
    /// written. O(values).
    void append(std::span<const T> values)
    {
        detail::expects(values.size() <= left_, "npy: ", values.size(), " values are appended, but only ", left_,
                        " are left in the shape");
        file_.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
        left_ -= values.size();
        check();
    }

    /// Closes the file. Throws std::invalid_argument if values are missing, file_error if it cannot be written.
    void close()
    {
        detail::expects(left_ == 0, "npy: ", left_, " values of the shape are missing");
        file_.close();
        check();
    }

private:
    void check() const
    {
        if (!file_) detail::fail_file(path_, "cannot be written");
    }

    std::filesystem::path path_;
    std::size_t left_ = 0;
    std::ofstream file_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
