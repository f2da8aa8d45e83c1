// Selection of images by index: a subset, or all images except a list.
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

/// The images 0 .. images - 1 without those in `denied`, ascending. `denied` may contain an image several times. Throws
/// std::out_of_range for an image outside [0, images). O(images + denied).
[[nodiscard]] inline std::vector<std::size_t> images_without(std::size_t images, std::span<const std::size_t> denied)
{
    std::vector<bool> is_denied(images);
    for (const std::size_t image : denied) {
        detail::expects<std::out_of_range>(image < images, "image selection: denied image ", image, " is outside [0, ",
                                           images, ")");
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
        expects<std::out_of_range>(image < images, "image selection: image ", image, " is outside [0, ", images, ")");
}

}  // namespace detail

/// The labels of the selected images, in the order of the selection. Throws std::out_of_range for an image without a
/// label.
[[nodiscard]] inline std::vector<class_index> select_images(std::span<const class_index> labels,
                                                            std::span<const std::size_t> selected)
{
    detail::check_selected_images(selected, labels.size());
    std::vector<class_index> result;
    result.reserve(selected.size());
    for (const std::size_t image : selected) result.push_back(labels[image]);
    return result;
}

/// The label sets of the selected images, in the order of the selection. Throws std::out_of_range for an image without
/// a set.
[[nodiscard]] inline label_sets select_images(const label_sets_view& sets, std::span<const std::size_t> selected)
{
    detail::check_selected_images(selected, sets.images());
    label_sets result;
    for (const std::size_t image : selected) result.append(sets[image]);
    return result;
}

/// Scores of the selected images, in the order of the selection: a score_source. Scores and selection are not owned.
template <score_element T>
class selected_images {
public:
    using element_type = T;

    /// Throws std::out_of_range for an image that the scores do not have.
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

    /// The selected images first .. first + count - 1. Throws std::out_of_range if fewer images are selected.
    [[nodiscard]] selected_images slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images() && count <= images() - first, "image selection: images [",
                                           first, ", ", first, " + ", count,
                                           ") were requested, expected a part of [0, ", images(), ")");
        selected_images part = *this;
        part.selected_ = selected_.subspan(first, count);
        return part;
    }

private:
    scores_view<T> scores_;
    std::span<const std::size_t> selected_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
