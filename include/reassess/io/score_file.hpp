// score_file and top_k_file: scores and stored top-k predictions from npy, npz, text and CSV files of any supported
// element type.
#pragma once

#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "array_file.hpp"
#include "class_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "mlperf.hpp"
#include "npy.hpp"
#include "npy_header.hpp"
#include "npz.hpp"
#include "number_table.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

struct score_file_options {
    /// The meaning of uint16 in a file; NumPy has no bfloat16.
    uint16_meaning uint16 = uint16_meaning::integers;
    npz_options archive{};
    /// The separator of cells in text and CSV; blanks, too, if it is a comma and the line has none.
    csv_options csv{};
    /// For npy: column-major and big-endian arrays of more bytes are not copied into memory, but read by copy_rows.
    std::size_t most_copied_bytes = std::numeric_limits<std::size_t>::max();
};

struct top_k_file_options {
    npz_options archive{};
    /// The separator of cells in text and CSV; blanks, too, if it is a comma and the line has none.
    csv_options csv{};
    /// The classes that names mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The scores of a file of any format.
[[nodiscard]] inline array_of_file open_scores(const std::filesystem::path& path, const io::score_file_options& options)
{
    if (is_array_file(path)) return array_of_file::open(path, options.archive, {options.most_copied_bytes});
    const std::string text = io::read_text_file(path);
    if (looks_like_json(text)) fail_file(path, "is JSON, expected scores: npy, npz, CSV or text, one image per line");
    return array_of_file::of_table(
        path, read_number_table<double>(path, text, options.csv, "a score: a number", number_of_cell<double>));
}

/// The predictions of a file of any format. JSON is MLPerf's log.
[[nodiscard]] inline array_of_file open_predictions(const std::filesystem::path& path,
                                                    const io::top_k_file_options& options)
{
    if (is_array_file(path)) {
        array_of_file array = array_of_file::open(path, options.archive, {.texts = io::npy_text::accept});
        array.read_classes(options.classes, "prediction");
        return array;
    }
    const std::string text = io::read_text_file(path);
    if (!looks_like_json(text)) {
        return array_of_file::of_table(
            path, read_number_table<std::int64_t>(path, text, options.csv, a_class, [&](std::string_view cell) {
                return parse_class(cell, options.classes);
            }));
    }
    number_table<std::int64_t> table{.values = predictions_of_mlperf(path, text), .columns = 1};
    table.rows = table.values.size();
    return array_of_file::of_table(path, std::move(table));
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Scores of images x classes in a file of any supported format and element type.
///
/// - npy: float16, float32, float64, int8, uint8; uint16 as bfloat16 on request. Mapped, without a copy; column-major
/// and
///   big-endian arrays are copied, or above most_copied_bytes read by rows.
/// - npz, "a.npz:scores", or "a.npz" if it contains one array: the same types, copied.
/// - text and CSV, one image per line, numbers separated by blanks, commas or score_file_options::csv: float64, copied.
///   Cells may be in quotes.
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
        : array_(detail::open_scores(path, options)),
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
/// Text and CSV may have the image of every row in the first column; JSON is MLPerf's log of predictions
/// (mlperf_log_accuracy.json), in the order of qsl_idx. Text, CSV and arrays of text may have names of classes. A view
/// of the predictions is valid as long as this object lives, also after a move.
class top_k_file {
public:
    /// Opens the file and checks type and shape. Throws file_error, naming the file, the value found and the values
    /// allowed. O(header) for npy, O(bytes) for the other formats.
    explicit top_k_file(const std::filesystem::path& path, const top_k_file_options& options = {})
        : array_(detail::open_predictions(path, options))
    {
        const std::vector<std::size_t>& shape = array_.shape();
        if (shape.size() != 1 && shape.size() != 2) {
            detail::fail_file(array_.path(), "has ", shape.size(), " dimensions, shape ", detail::shape_text(shape),
                              ", expected 1 or 2: (images, k)");
        }
        if (k() == 0) detail::fail_file(array_.path(), "has shape ", detail::shape_text(shape), ": no predictions");
        if (array_.dtype() == npy_type::void16) {
            detail::fail_file(array_.path(), "has elements of type ", name_of(array_.dtype()),
                              ", expected integers: the predicted classes");
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
