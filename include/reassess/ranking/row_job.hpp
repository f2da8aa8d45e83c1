// Input and output of ranking a block of rows, as plain pointers for every kernel, and the row hook.
#pragma once

#include "../data/labels.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "image_fault.hpp"
#include "image_results.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Rows of scores, their labels, and the columns for their ranks. Pointers are null if the labels are not given.
template <class T>
struct row_job {
    const T* scores = nullptr;
    /// The image of the first row of `scores`.
    std::size_t first_row = 0;
    std::size_t classes = 0;
    std::size_t row_stride = 0;
    const class_index* original = nullptr;
    const std::uint64_t* offsets = nullptr;
    const class_index* labels = nullptr;
    class_index* prediction = nullptr;
    rank_index* original_rank = nullptr;
    std::uint8_t* original_tied = nullptr;
    /// Points to the rank of the label at offsets[0].
    rank_index* label_rank = nullptr;

    row_job() = default;
    template <class Source>
    row_job(const Source& source, const targets_view& targets, image_results& ranks) noexcept
        : classes(source.classes()), prediction(ranks.prediction.data())
    {
        if constexpr (stored_scores<Source>) {
            scores = source.data();
            row_stride = source.row_stride();
        }
        if (targets.original) {
            original = targets.original->data();
            original_rank = ranks.original_rank.data();
            original_tied = ranks.original_tied.data();
        }
        if (targets.real) {
            offsets = targets.real->offsets();
            labels = targets.real->classes();
            label_rank = ranks.label_rank.data();
        }
    }

    [[nodiscard]] REASSESS_HOST_DEVICE const T* row(std::size_t image) const noexcept
    {
        return scores + (image - first_row) * row_stride;
    }

    /// The same images with contiguous rows at `rows`; the first row there is that of image `first`.
    [[nodiscard]] row_job with_rows(const T* rows, std::size_t first) const noexcept
    {
        row_job job = *this;
        job.scores = rows;
        job.first_row = first;
        job.row_stride = classes;
        return job;
    }

    /// Marks an image that is excluded because of a NaN.
    REASSESS_HOST_DEVICE void leave_out(std::size_t image) const noexcept
    {
        prediction[image] = missing_label;
        if (original != nullptr) {
            original_rank[image] = no_rank;
            original_tied[image] = 0;
        }
        if (offsets != nullptr) {
            for (std::uint64_t j = offsets[image]; j < offsets[image + 1]; ++j) label_rank[j - offsets[0]] = no_rank;
        }
    }
};

/// The default row hook: no additional output. It documents what every hook provides.
struct no_hook {
    static constexpr bool wants_values = false;
    static constexpr bool wants_lists = false;

    /// Computes the additional output of an image from its row, which has no NaN and this prediction, and, if the hook
    /// wants lists, from what the lanes of a group kept of their reading of it (lane_tops.hpp).
    template <class Group, class T, class Tops>
    REASSESS_HOST_DEVICE void fill(Group, const row_job<T>&, std::size_t, std::uint32_t, Tops&) const noexcept
    {
    }
    /// Marks an image that is excluded because of a NaN.
    REASSESS_HOST_DEVICE void leave_out(std::size_t) const noexcept {}
    /// Whether the values of an image's scores are invalid, e.g. not probabilities.
    [[nodiscard]] REASSESS_HOST_DEVICE bool refuses(std::size_t) const noexcept { return false; }
    /// The fault of such a row.
    template <class T>
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of(const T*, std::size_t) const noexcept
    {
        return {};
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
