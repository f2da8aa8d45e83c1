// scores_view: a non-owning view of a row-major matrix of scores, images x classes.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "element_traits.hpp"

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A two-dimensional std::mdspan or a type with the same extents, strides and data handle.
template <class Matrix>
concept mdspan_like = requires(const Matrix& m)
{
    {
        m.extent(0)
        } -> std::convertible_to<std::size_t>;
    {
        m.stride(0)
        } -> std::convertible_to<std::size_t>;
    {*m.data_handle()};
    requires Matrix::rank()
    == 2;
};

/// A view of a matrix of scores, images x classes: logits, probabilities or any other score where greater is better.
///
/// Row-major: the scores of image i start at data + i * row_stride. The view does not own the scores and never writes
/// them; it is trivially copyable. T is a non-const element type, see element_traits. Space names the memory space:
/// host or device.
template <score_element T, class Space = host_space>
class scores_view {
public:
    using element_type = T;
    using space = Space;

    /// An empty view: no images and no classes.
    scores_view() = default;

    /// `images` contiguous rows of `classes` scores. Errors: see the next constructor.
    scores_view(const T* data, std::size_t images, std::size_t classes) : scores_view(data, images, classes, classes) {}

    /// Rows that start `row_stride` elements apart. Throws std::invalid_argument if `classes` is 0, if the stride is
    /// less than the number of classes, if `data` is null although there are images, and if the size of the matrix in
    /// bytes exceeds PTRDIFF_MAX.
    scores_view(const T* data, std::size_t images, std::size_t classes, std::size_t row_stride)
        : data_(data), images_(images), classes_(classes), row_stride_(row_stride)
    {
        detail::expects(classes > 0, "scores: the number of classes is 0, expected at least 1");
        detail::expects(row_stride >= classes, "scores: row stride ", row_stride,
                        " is less than the number of classes, ", classes);
        detail::expects(data != nullptr || images == 0, "scores: the data pointer is null for ", images, " images");
        constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T);
        detail::expects(images == 0 || row_stride <= most / images, "scores: ", images, " rows of ", row_stride,
                        " elements do not fit into memory");
    }

    /// The scores of a span or vector in host memory, `classes` per row. Throws std::invalid_argument if `classes` is 0
    /// or the number of scores is not a multiple of `classes`.
    scores_view(std::span<const T> scores, std::size_t classes) requires std::same_as<Space, host_space>
        : scores_view(scores.data(), rows_of(scores.size(), classes), classes)
    {
    }
    scores_view(const std::vector<T>& scores, std::size_t classes) requires std::same_as<Space, host_space>
        : scores_view(std::span<const T>(scores), classes)
    {
    }

    /// The scores of a two-dimensional mdspan in host memory. Throws std::invalid_argument if its last stride is not 1
    /// and for the errors of the other constructors.
    template <mdspan_like Matrix>
        requires std::same_as<Space, host_space> &&
            std::same_as<std::remove_cvref_t<decltype(*std::declval<const Matrix&>().data_handle())>, T>
    explicit scores_view(const Matrix& matrix)
        : scores_view(matrix.data_handle(), static_cast<std::size_t>(matrix.extent(0)),
                      static_cast<std::size_t>(matrix.extent(1)), static_cast<std::size_t>(matrix.stride(0)))
    {
        detail::expects(classes_ == 1 || matrix.stride(1) == 1, "scores: stride(1) of the mdspan is ", matrix.stride(1),
                        ", expected 1 (row-major)");
    }

    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t row_stride() const noexcept { return row_stride_; }
    /// The scores of one image.
    [[nodiscard]] const T* row(std::size_t image) const noexcept { return data_ + image * row_stride_; }

    /// The images first .. first + count - 1. Throws std::out_of_range if there are fewer than first + count images.
    [[nodiscard]] scores_view slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images_ && count <= images_ - first, "scores: images [", first,
                                           ", ", first, " + ", count, ") were requested, expected a part of [0, ",
                                           images_, ")");
        scores_view part = *this;
        if (count != 0) part.data_ = row(first);
        part.images_ = count;
        return part;
    }

private:
    static std::size_t rows_of(std::size_t elements, std::size_t classes)
    {
        detail::expects(classes > 0, "scores: the number of classes is 0, expected at least 1");
        detail::expects(elements % classes == 0, "scores: ", elements, " elements are not a multiple of ", classes,
                        " classes");
        return elements / classes;
    }

    const T* data_ = nullptr;
    std::size_t images_ = 0;
    std::size_t classes_ = 0;
    std::size_t row_stride_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
