// Stored predictions: for each image the k classes of highest score, best first.
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

/// Top-k lists of images x depth, not owned: the classes of rank 0 .. depth - 1 of each image, row-major, as any
/// integer type stores them. Trivially copyable. The classes are checked (in range, none twice in a row) where they are
/// ranked.
template <std::integral T, class Space = host_space>
class predictions_view {
public:
    using element_type = T;
    using space = Space;

    /// No images and no depth.
    predictions_view() = default;

    /// `images` lists of `depth` classes. Throws std::invalid_argument for depth 0, for no data where there
    /// are images, and where the lists would not fit into memory.
    predictions_view(const T* data, std::size_t images, std::size_t depth) : data_(data), images_(images), depth_(depth)
    {
        detail::expects(depth > 0, "predictions: depth 0, wanted at least 1");
        detail::expects(data != nullptr || images == 0, "predictions: no data for ", images, " images");
        constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T);
        detail::expects(images == 0 || depth <= most / images, "predictions: ", images, " lists of ", depth,
                        " classes do not fit into memory");
    }

    /// The lists of a span or vector in host memory, `depth` classes a list; by default one prediction an image.
    /// Throws std::invalid_argument for depth 0 and for a size that is no multiple of it.
    explicit predictions_view(std::span<const T> classes,
                              std::size_t depth = 1) requires std::same_as<Space, host_space>
        : predictions_view(classes.data(), lists_of(classes.size(), depth), depth)
    {
    }
    explicit predictions_view(const std::vector<T>& classes,
                              std::size_t depth = 1) requires std::same_as<Space, host_space>
        : predictions_view(std::span<const T>(classes), depth)
    {
    }

    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
    /// The classes predicted for one image, best first.
    [[nodiscard]] const T* row(std::size_t image) const noexcept { return data_ + image * depth_; }

    /// The lists of images first .. first + count - 1. Throws std::out_of_range if there are not so many.
    [[nodiscard]] predictions_view slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images_ && count <= images_ - first, "predictions: images ", first,
                                           " to ", first + count, " of ", images_, " were asked for");
        predictions_view part = *this;
        if (count != 0) part.data_ = row(first);
        part.images_ = count;
        return part;
    }

private:
    static std::size_t lists_of(std::size_t elements, std::size_t depth)
    {
        detail::expects(depth > 0, "predictions: depth 0, wanted at least 1");
        detail::expects(elements % depth == 0, "predictions: ", elements, " classes are no multiple of depth ", depth);
        return elements / depth;
    }

    const T* data_ = nullptr;
    std::size_t images_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
