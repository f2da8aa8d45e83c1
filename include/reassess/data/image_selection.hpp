// Some of the images by their numbers: a subset, or all but a denylist.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"
#include "scores.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The images 0 .. images - 1 but those of the list, which may name one twice. Throws std::out_of_range for what is no
/// image.
[[nodiscard]] inline std::vector<std::size_t> images_without(std::size_t images, std::span<const std::size_t> denied)
{
    std::vector<bool> is_denied(images);
    for (const std::size_t image : denied) {
        detail::expects<std::out_of_range>(image < images, "image ", image, " is outside [0, ", images, ")");
        is_denied[image] = true;
    }
    std::vector<std::size_t> kept;
    for (std::size_t image = 0; image < images; ++image) {
        if (!is_denied[image]) kept.push_back(image);
    }
    return kept;
}

namespace detail {

inline void check_selected_images(std::span<const std::size_t> selected, std::size_t images)
{
    for (const std::size_t image : selected)
        expects<std::out_of_range>(image < images, "selected image ", image, " is outside [0, ", images, ")");
}

}  // namespace detail

/// The labels of the selected images, in their order. Throws std::out_of_range for what is no image.
[[nodiscard]] inline std::vector<class_index> select_images(std::span<const class_index> labels,
                                                            std::span<const std::size_t> selected)
{
    detail::check_selected_images(selected, labels.size());
    std::vector<class_index> result;
    result.reserve(selected.size());
    for (const std::size_t image : selected) result.push_back(labels[image]);
    return result;
}

/// The label sets of the selected images, in their order. Throws std::out_of_range for what is no image.
[[nodiscard]] inline label_sets select_images(const label_sets_view& sets, std::span<const std::size_t> selected)
{
    detail::check_selected_images(selected, sets.images());
    label_sets result;
    for (const std::size_t image : selected) result.append(sets[image]);
    return result;
}

/// The rows of the selected images, in their order: a source of scores. Scores and selection are viewed, not owned.
template <score_element T>
class selected_images {
public:
    using element_type = T;

    /// Throws std::out_of_range for what is no image of the scores.
    selected_images(const scores_view<T>& scores, std::span<const std::size_t> selected)
        : scores_(scores), selected_(selected)
    {
        detail::check_selected_images(selected, scores.images());
    }

    [[nodiscard]] std::size_t images() const noexcept { return selected_.size(); }
    [[nodiscard]] std::size_t classes() const noexcept { return scores_.classes(); }
    [[nodiscard]] std::size_t row_bytes() const noexcept { return classes() * sizeof(T); }

    void fill_row(std::size_t image, T* row) const noexcept
    {
        const T* const scores = scores_.row(selected_[image]);
        std::copy(scores, scores + classes(), row);
    }

    /// Some of the selected images. Throws std::out_of_range if there are not so many.
    [[nodiscard]] selected_images slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images() && count <= images() - first, "selected images ", first,
                                           " to ", first + count, " of ", images(), " were asked for");
        selected_images part = *this;
        part.selected_ = selected_.subspan(first, count);
        return part;
    }

private:
    scores_view<T> scores_;
    std::span<const std::size_t> selected_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
