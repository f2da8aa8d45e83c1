// top_k_view: a non-owning view of stored top-k predictions, for each image the k classes of highest score, best first.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/memory_space.hpp"
#include "../version.hpp"

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Top-k lists of a data set with `classes` classes: images x k class indices of any integer type, row-major; row i has
/// the classes of rank 0 .. k - 1 of image i. Not owned; trivially copyable. The functions that rank the lists check
/// the elements: each must be in [0, classes), and a list must not contain a class twice.
template <std::integral T, class Space = host_space>
class top_k_view {
public:
    using element_type = T;
    using space = Space;

    /// No images, no classes and k = 0.
    top_k_view() = default;

    /// `images` lists of k of `classes` classes. Throws std::invalid_argument if k or `classes` is 0, if k is greater
    /// than `classes`, if `data` is null although there are images, and if the size of the lists in bytes exceeds
    /// PTRDIFF_MAX.
    top_k_view(const T* data, std::size_t images, std::size_t k, std::size_t classes)
        : data_(data), images_(images), k_(k), classes_(classes)
    {
        detail::expects(k > 0, "top-k lists: k is 0, expected at least 1");
        detail::expects(classes > 0, "top-k lists: the number of classes is 0, expected at least 1");
        detail::expects(k <= classes, "top-k lists: k is ", k, ", expected at most the number of classes, ", classes);
        detail::expects(data != nullptr || images == 0, "top-k lists: the data pointer is null for ", images,
                        " images");
        constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T);
        detail::expects(images == 0 || k <= most / images, "top-k lists: ", images, " lists of ", k,
                        " classes do not fit into memory");
    }

    /// The lists of a span or vector in host memory, k elements per list. Throws like the constructor above, and
    /// std::invalid_argument for a size that is not a multiple of k.
    top_k_view(std::span<const T> lists, std::size_t k, std::size_t classes) requires std::same_as<Space, host_space>
        : top_k_view(lists.data(), lists_of(lists.size(), k), k, classes)
    {
    }
    top_k_view(const std::vector<T>& lists, std::size_t k, std::size_t classes) requires std::same_as<Space, host_space>
        : top_k_view(std::span<const T>(lists), k, classes)
    {
    }

    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    /// The length of every list.
    [[nodiscard]] std::size_t k() const noexcept { return k_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    /// The classes predicted for one image, best first.
    [[nodiscard]] const T* row(std::size_t image) const noexcept { return data_ + image * k_; }

    /// The lists of images first .. first + count - 1. Throws std::out_of_range if the view has fewer images.
    [[nodiscard]] top_k_view slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images_ && count <= images_ - first, "top-k lists: images [", first,
                                           ", ", first, " + ", count, ") were requested, expected a part of [0, ",
                                           images_, ")");
        top_k_view part = *this;
        if (count != 0) part.data_ = row(first);
        part.images_ = count;
        return part;
    }

private:
    static std::size_t lists_of(std::size_t elements, std::size_t k)
    {
        detail::expects(k > 0, "top-k lists: k is 0, expected at least 1");
        detail::expects(elements % k == 0, "top-k lists: ", elements, " elements are not a multiple of k = ", k);
        return elements / k;
    }

    const T* data_ = nullptr;
    std::size_t images_ = 0;
    std::size_t k_ = 0;
    std::size_t classes_ = 0;
};

namespace detail {

template <class>
inline constexpr bool is_top_k_view = false;
template <class T, class Space>
inline constexpr bool is_top_k_view<top_k_view<T, Space>> = true;

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
