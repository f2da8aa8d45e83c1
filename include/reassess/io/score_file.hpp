// score_file and top_k_file: scores and stored top-k predictions from npy, npz, text and CSV files of any supported
// element type.
#pragma once

#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "column_names.hpp"
#include "file_error.hpp"
#include "mlperf.hpp"
#include "npy.hpp"
#include "npy_header.hpp"
#include "npy_layout.hpp"
#include "npz.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

struct score_file_options {
    /// The meaning of uint16 in a file; NumPy has no bfloat16.
    uint16_meaning uint16 = uint16_meaning::integers;
    npz_options archive{};
    /// For npy: column-major and big-endian arrays of more bytes are not copied into memory, but read by copy_rows.
    std::size_t most_copied_bytes = std::numeric_limits<std::size_t>::max();
};

struct top_k_file_options {
    npz_options archive{};
    /// The classes that names in text and CSV mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

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

/// Splits a line of numbers at commas, or at blanks if it has no comma. Cells have no blanks around them.
inline void split_cells(std::string_view line, std::vector<std::string_view>& cells)
{
    constexpr std::string_view blanks = " \t";
    cells.clear();
    const bool has_commas = line.find(',') != std::string_view::npos;
    for (;;) {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty() && !has_commas) return;
        const std::size_t end = has_commas ? line.find(',') : line.find_first_of(blanks);
        const std::string_view cell = line.substr(0, end);
        cells.push_back(cell.substr(0, cell.find_last_not_of(blanks) + 1));
        if (end == std::string_view::npos) return;
        line.remove_prefix(end + 1);
    }
}

/// Converts the whole cell to a number, independent of the locale.
template <class Number>
[[nodiscard]] std::optional<Number> number_of_cell(std::string_view cell)
{
    Number value{};
    const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != cell.data() + cell.size()) return std::nullopt;
    return value;
}

template <class Number>
struct number_table {
    std::vector<Number> values{};
    std::size_t rows = 0;
    std::size_t columns = 0;
    /// The images of the rows, if the first column names them; else empty.
    std::vector<std::string> names{};
};

/// One row of numbers per line, separated by commas or blanks, with or without an image name in the first column. A
/// first line without any number, and one that begins with a usual header of image names, is a header; the latter says
/// that the first of several columns has names, which then may be numbers. `parse` converts a cell, `allowed` names one
/// cell in messages. Throws io::file_error, naming line and column.
template <class Number, class Parse>
[[nodiscard]] number_table<Number> read_number_table(const std::filesystem::path& path, std::string_view allowed,
                                                     Parse parse)
{
    const std::string text = io::read_text_file(path);
    const std::vector<std::string_view> lines = lines_of_values(path, text, concatenate("rows of ", allowed));
    number_table<Number> table;
    std::vector<std::string_view> cells;
    bool header_names_images = false;
    for (std::size_t line = 0; line < lines.size(); ++line) {
        split_cells(lines[line], cells);
        const auto is_number = [&](std::string_view cell) { return parse(cell).has_value(); };
        if (line == 0 && lines.size() > 1 &&
            (std::none_of(cells.begin(), cells.end(), is_number) || is_image_header(cells[0]))) {
            header_names_images = cells.size() > 1 && is_image_header(cells[0]);
            continue;
        }
        if (table.rows == 0) {
            if (cells.size() > 1 && (header_names_images || (!is_number(cells[0]) && is_number(cells[1]))))
                table.names.emplace_back(cells[0]);
            table.columns = cells.size() - table.names.size();
        } else if (!table.names.empty()) {
            if (!header_names_images && is_number(cells[0])) {
                fail_file(path, "line ", line + 1, ", column 1: found ", in_quotes(cells[0]),
                          ", expected an image name such as ", in_quotes(table.names[0]), " in line ",
                          line + 1 - table.rows);
            }
            table.names.emplace_back(cells[0]);
        }
        const std::size_t first = table.names.empty() ? 0 : 1;
        if (cells.size() - first != table.columns) {
            fail_file(path, "line ", line + 1, " has ", cells.size() - first, " numbers, expected ", table.columns,
                      " as in the first row");
        }
        for (std::size_t column = first; column < cells.size(); ++column) {
            const std::optional<Number> value = parse(cells[column]);
            if (!value) {
                fail_file(path, "line ", line + 1, ", column ", column + 1, ": found ", in_quotes(cells[column]),
                          ", expected ", allowed);
            }
            table.values.push_back(*value);
        }
        ++table.rows;
    }
    return table;
}

/// An array of one file: mapped (npy) or in memory (npz, text, CSV). Moving this object does not move the data.
class array_of_file {
public:
    /// Text and CSV files are read as numbers of type TextNumber by `parse`. Throws io::file_error.
    template <class TextNumber, class Parse>
    [[nodiscard]] static array_of_file open(const std::filesystem::path& path, const io::npz_options& options,
                                            const io::npy_file_options& npy_options, std::string_view allowed,
                                            Parse parse)
    {
        const archive_member member = split_archive_member(path);
        const std::filesystem::path extension = member.archive.extension();
        if (!member.name.empty() || extension == ".npz" || io::is_npz_file(member.archive))
            return open_archive(member, options);
        array_of_file array;
        array.path_ = path;
        if (extension == ".npy" || io::is_npy_file(path)) {
            array.mapped_.emplace(path, npy_options);
            array.dtype_ = array.mapped_->dtype();
            array.shape_.assign(array.mapped_->shape().begin(), array.mapped_->shape().end());
            array.data_ = array.mapped_->data();
            array.read_booleans_as_bytes();
            return array;
        }
        number_table<TextNumber> table;
        if constexpr (std::same_as<TextNumber, std::int64_t>) {
            if (extension == ".json") {
                table.values = predictions_of_mlperf(path, io::read_text_file(path));
                table.rows = table.values.size();
                table.columns = 1;
            }
        }
        if (table.rows == 0) table = read_number_table<TextNumber>(path, allowed, parse);
        array.names_ = std::move(table.names);
        const auto* const bytes = reinterpret_cast<const std::byte*>(table.values.data());
        array.bytes_.assign(bytes, bytes + table.values.size() * sizeof(TextNumber));
        array.dtype_ = io::npy_type_of<TextNumber>();
        array.shape_ = {table.rows, table.columns};
        array.data_ = array.bytes_.data();
        return array;
    }

    /// The file; for an archive also the array, as messages name it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] io::npy_type dtype() const noexcept { return dtype_; }
    [[nodiscard]] const std::vector<std::size_t>& shape() const noexcept { return shape_; }
    template <class T>
    [[nodiscard]] const T* data() const noexcept
    {
        return static_cast<const T*>(data_);
    }
    /// Replaces elements of a floating-point type, which must be whole numbers, by int64. Throws io::file_error, naming
    /// the row, for a fraction.
    void read_whole_numbers()
    {
        if (dtype_ == io::npy_type::float16) {
            read_whole_numbers_of<half>();
        } else if (dtype_ == io::npy_type::float32) {
            read_whole_numbers_of<float>();
        } else if (dtype_ == io::npy_type::float64) {
            read_whole_numbers_of<double>();
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
        const std::size_t bytes = io::size_of(dtype_) * (shape_.size() == 1 ? 1 : shape_[1]);
        return {static_cast<const std::byte*>(data_) + image * bytes, bytes};
    }

private:
    void read_booleans_as_bytes() noexcept
    {
        if (dtype_ == io::npy_type::boolean) dtype_ = io::npy_type::uint8;
    }
    template <class T>
    void read_whole_numbers_of()
    {
        std::size_t elements = 1;
        for (const std::size_t size : shape_) elements *= size;
        const std::size_t width = shape_.size() < 2 || shape_[0] == 0 ? 1 : elements / shape_[0];
        std::vector<std::byte> integers(elements * sizeof(std::int64_t));
        for (std::size_t i = 0; i < elements; ++i) {
            const double value = real_value(data<T>()[i]);
            const std::optional<std::int64_t> whole = whole_number(value);
            if (!whole) {
                fail_file(path_, "the prediction of row ", i / width, ", column ", i % width, " is ", value,
                          ", expected a class: a whole number");
            }
            std::memcpy(integers.data() + i * sizeof *whole, &*whole, sizeof *whole);
        }
        mapped_.reset();
        bytes_ = std::move(integers);
        data_ = bytes_.data();
        dtype_ = io::npy_type::int64;
    }
    [[nodiscard]] static array_of_file open_archive(const archive_member& member, const io::npz_options& options)
    {
        const io::npz_file archive(member.archive, options);
        npz_stream stream = open_array(archive, member.name.empty() ? archive.only_name() : member.name);
        array_of_file array;
        array.path_ = stream.path();
        array.dtype_ = stream.header().dtype;
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
    std::vector<std::size_t> shape_{};
    std::optional<io::npy_file> mapped_{};
    // The allocation is aligned for every element type.
    std::vector<std::byte> bytes_{};
    const void* data_ = nullptr;
    std::vector<std::string> names_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Scores of images x classes in a file of any supported format and element type.
///
/// - npy: float16, float32, float64, int8, uint8; uint16 as bfloat16 on request. Mapped, without a copy; column-major
/// and
///   big-endian arrays are copied, or above most_copied_bytes read by rows.
/// - npz, "a.npz:scores", or "a.npz" if it contains one array: the same types, copied.
/// - text and CSV, one image per line, numbers separated by blanks or commas: float64, copied.
///
/// The first bytes and the extensions .npy and .npz decide the format. In text and CSV a first line in which no cell is
/// a number is a header. So is one that begins with a usual header of image names (ImageId, filename, image, ..); its
/// first column has the names, even if they are numbers. Any other header of numbers (the default of pandas) counts as
/// an image, so write such files without a header. "nan" and "inf" are numbers.
///
/// A view of the scores is valid as long as this object lives, also after a move. Source of the formats:
/// numpy.org/neps/nep-0001-npy-format.html.
class score_file {
public:
    /// Opens the file and checks type and shape. Throws file_error, naming the file, the value found and the values
    /// allowed. O(header) for npy, O(bytes) for the other formats.
    explicit score_file(const std::filesystem::path& path, const score_file_options& options = {})
        : array_(detail::array_of_file::open<double>(path, options.archive, {options.most_copied_bytes},
                                                     "a score: a number", detail::number_of_cell<double>)),
          is_bfloat16_((array_.dtype() == npy_type::uint16 || array_.dtype() == npy_type::void16) &&
                       options.uint16 == uint16_meaning::bfloat16_bits)
    {
        const std::vector<std::size_t>& shape = array_.shape();
        if (shape.size() != 2) {
            detail::fail_file(array_.path(), "has ", shape.size(), " dimensions, shape ", detail::shape_text(shape),
                              ", expected 2: (images, classes)");
        }
        if (shape[1] == 0)
            detail::fail_file(array_.path(), "has shape ", detail::shape_text(shape),
                              ": the number of classes is 0, expected at least 1");
        if (!is_bfloat16_ && !is_score_type(array_.dtype())) {
            detail::fail_file(array_.path(), "has elements of type ", name_of(array_.dtype()),
                              ", expected scores: float16, float32, float64, int8 or uint8",
                              array_.dtype() == npy_type::uint16 || array_.dtype() == npy_type::void16
                                  ? "; if these are the bits of bfloat16, say so (uint16_meaning::bfloat16_bits, "
                                    "--bfloat16)"
                                  : "");
        }
    }

    /// The file; for an archive also the array, as messages name it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return array_.path(); }
    /// The element type; uint16 for bfloat16, float64 for text and CSV.
    [[nodiscard]] npy_type dtype() const noexcept { return array_.dtype(); }
    [[nodiscard]] std::size_t images() const noexcept { return array_.shape()[0]; }
    [[nodiscard]] std::size_t classes() const noexcept { return array_.shape()[1]; }
    /// The images of the rows, if the first column of a text or CSV file names them; else empty.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return array_.names(); }
    /// Whether all scores are in memory, or mapped, as visit needs them. False only for npy files above
    /// score_file_options::most_copied_bytes.
    [[nodiscard]] bool is_in_place() const noexcept { return array_.is_in_place(); }
    /// The bytes of one row. Requires is_in_place().
    [[nodiscard]] std::span<const std::byte> row(std::size_t image) const noexcept { return array_.row(image); }
    /// Copies rows first .. first + count - 1 to `to`, also if they are not in place. Throws std::out_of_range for more
    /// rows than there are, std::invalid_argument if `to` does not have their size. O(count classes).
    void copy_rows(std::size_t first, std::size_t count, std::span<std::byte> to) const
    {
        detail::expects<std::out_of_range>(first <= images() && count <= images() - first, "score file: rows [", first,
                                           ", ", first, " + ", count, ") were requested, expected a part of [0, ",
                                           images(), ")");
        const std::size_t bytes = count * classes() * size_of(dtype());
        detail::expects(to.size() == bytes, "score file: ", to.size(), " bytes for rows of ", bytes, " bytes");
        array_.copy_rows(first, count, to);
    }
    /// Whether the scores are real numbers. Quantised ones (int8, uint8) only have an order.
    [[nodiscard]] bool is_real() const noexcept { return dtype() != npy_type::int8 && dtype() != npy_type::uint8; }

    /// Calls f with a scores_view of the file's element type: float, double, half, bfloat16, std::int8_t or
    /// std::uint8_t. Returns what f returns, which must have one type for all of them. Throws file_error unless
    /// is_in_place(). O(1) plus f.
    template <class F>
    decltype(auto) visit(F&& f) const
    {
        return visit_type([&]<class T>(T) -> decltype(auto) { return std::forward<F>(f)(view<T>()); });
    }

    /// Calls f like visit, for f that needs real numbers: f is not compiled for int8 and uint8. Throws file_error for a
    /// file of these types.
    template <class F>
    decltype(auto) visit_real(F&& f) const
    {
        return visit_real_type([&]<class T>(T) -> decltype(auto) { return std::forward<F>(f)(view<T>()); });
    }

    /// Calls f(T{}) with the element type T of the file and returns what f returns. O(1) plus f.
    template <class F>
    decltype(auto) visit_type(F&& f) const
    {
        if (dtype() == npy_type::int8) return std::forward<F>(f)(std::int8_t{});
        if (dtype() == npy_type::uint8) return std::forward<F>(f)(std::uint8_t{});
        return visit_real_type(std::forward<F>(f));
    }

    /// The same for f that needs real numbers. Throws file_error for int8 and uint8.
    template <class F>
    decltype(auto) visit_real_type(F&& f) const
    {
        if (!is_real()) {
            detail::fail_file(path(), "has elements of type ", name_of(dtype()),
                              ", expected real scores: float16, float32, float64 or bfloat16");
        }
        if (is_bfloat16_) return std::forward<F>(f)(bfloat16{});
        if (dtype() == npy_type::float16) return std::forward<F>(f)(half{});
        if (dtype() == npy_type::float32) return std::forward<F>(f)(float{});
        return std::forward<F>(f)(double{});
    }

private:
    [[nodiscard]] static bool is_score_type(npy_type type) noexcept
    {
        return type == npy_type::float16 || type == npy_type::float32 || type == npy_type::float64 ||
               type == npy_type::int8 || type == npy_type::uint8;
    }
    template <class T>
    [[nodiscard]] scores_view<T> view() const
    {
        if (!is_in_place()) {
            detail::fail_file(path(), "is column-major or big-endian, and larger than what is copied into memory ",
                              "(most_copied_bytes): read it by rows");
        }
        return {array_.data<T>(), images(), classes()};
    }

    detail::array_of_file array_;
    bool is_bfloat16_ = false;
};

/// Stored predictions, the top-k classes of every image with the best first, in a file of any supported format and
/// integer type: npy (mapped) and npz of 8 to 64 bits, or of floats that are whole numbers (read as int64), of shape
/// (images, k), or (images,) for one prediction; text and CSV as for score_file, one image per line, read as int64. The
/// functions that rank the lists check the classes.
///
/// Text and CSV may have the image of every row in the first column; a file .json is MLPerf's log of predictions
/// (mlperf_log_accuracy.json), in the order of qsl_idx. A view of the predictions is valid as long as this object
/// lives, also after a move.
class top_k_file {
public:
    /// Opens the file and checks type and shape. Throws file_error, naming the file, the value found and the values
    /// allowed. O(header) for npy, O(bytes) for the other formats.
    explicit top_k_file(const std::filesystem::path& path, const top_k_file_options& options = {})
        : array_(detail::array_of_file::open<std::int64_t>(
              path, options.archive, {}, detail::a_class,
              [&](std::string_view cell) { return detail::parse_class(cell, options.classes); }))
    {
        array_.read_whole_numbers();
        const std::vector<std::size_t>& shape = array_.shape();
        if (shape.size() != 1 && shape.size() != 2) {
            detail::fail_file(array_.path(), "has ", shape.size(), " dimensions, shape ", detail::shape_text(shape),
                              ", expected 1 or 2: (images, k)");
        }
        if (k() == 0) detail::fail_file(array_.path(), "has shape ", detail::shape_text(shape), ": no predictions");
        switch (array_.dtype()) {
            case npy_type::bytes:
            case npy_type::void16:
            case npy_type::text:
                detail::fail_file(array_.path(), "has elements of type ", name_of(array_.dtype()),
                                  ", expected integers: the predicted classes");
            default:
                break;
        }
    }

    /// The file; for an archive also the array, as messages name it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return array_.path(); }
    /// The element type; int64 for text and CSV.
    [[nodiscard]] npy_type dtype() const noexcept { return array_.dtype(); }
    [[nodiscard]] std::size_t images() const noexcept { return array_.shape()[0]; }
    /// Predictions per image.
    [[nodiscard]] std::size_t k() const noexcept { return array_.shape().size() == 1 ? 1 : array_.shape()[1]; }
    /// The images of the rows, if the first column of a text or CSV file names them; else empty.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return array_.names(); }
    /// The bytes of one row.
    [[nodiscard]] std::span<const std::byte> row(std::size_t image) const noexcept { return array_.row(image); }
    /// Whether row() is available: always.
    [[nodiscard]] bool is_in_place() const noexcept { return array_.is_in_place(); }
    /// Copies rows first .. first + count - 1, which must exist, to `to`, which must have their size. O(count k).
    void copy_rows(std::size_t first, std::size_t count, std::span<std::byte> to) const
    {
        array_.copy_rows(first, count, to);
    }

    /// Calls f with a top_k_view of the file's integer type, for a data set of `classes` classes. Returns what f
    /// returns, which must have one type for all eight of them. Throws std::invalid_argument if k() exceeds `classes`.
    /// O(1) plus f.
    template <class F>
    decltype(auto) visit(std::size_t classes, F&& f) const
    {
        switch (dtype()) {
            case npy_type::int8:
                return std::forward<F>(f)(view<std::int8_t>(classes));
            case npy_type::int16:
                return std::forward<F>(f)(view<std::int16_t>(classes));
            case npy_type::int32:
                return std::forward<F>(f)(view<std::int32_t>(classes));
            case npy_type::uint8:
                return std::forward<F>(f)(view<std::uint8_t>(classes));
            case npy_type::uint16:
                return std::forward<F>(f)(view<std::uint16_t>(classes));
            case npy_type::uint32:
                return std::forward<F>(f)(view<std::uint32_t>(classes));
            case npy_type::uint64:
                return std::forward<F>(f)(view<std::uint64_t>(classes));
            default:
                return std::forward<F>(f)(view<std::int64_t>(classes));
        }
    }

    /// The largest valid class index in the file, for files whose number of classes is not known; nothing if there is
    /// none. O(images * k).
    [[nodiscard]] std::optional<class_index> largest_class() const
    {
        return visit(most_classes, [](const auto& lists) {
            std::optional<class_index> largest;
            const std::size_t count = lists.images() * lists.k();
            for (std::size_t i = 0; i < count; ++i) {
                const auto value = lists.data()[i];
                if (!std::in_range<class_index>(value) || std::cmp_less(value, 0)) continue;
                if (!largest || std::cmp_greater(value, *largest)) largest = static_cast<class_index>(value);
            }
            return largest;
        });
    }

private:
    static constexpr auto most_classes = static_cast<std::size_t>(std::numeric_limits<class_index>::max());

    template <class T>
    [[nodiscard]] top_k_view<T> view(std::size_t classes) const
    {
        return {array_.data<T>(), images(), k(), classes};
    }

    detail::array_of_file array_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
