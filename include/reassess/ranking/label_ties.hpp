// Ties of labels: how many classes have a greater score than a label, and how many have the same one. Found on request,
// by a second reading of the rows.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "image_results.hpp"
#include "lane_scores.hpp"
#include "rank_row.hpp"
#include "row_job.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The place of a label's score among the scores of its row. The rank of the label is in [greater, greater + tied).
struct label_ties {
    rank_index greater = no_rank;  ///< number of classes with a greater score
    rank_index tied = 0;           ///< number of classes with the same score, the label included

    friend bool operator==(const label_ties&, const label_ties&) = default;
};

namespace detail {

/// Finds the ties of the labels of ranked rows. `job` has the scores, the labels and the predictions.
template <class T>
struct find_ties {
    row_job<T> job{};
    /// For each image; null if no original labels are given.
    label_ties* of_original = nullptr;
    /// For each label, the first at offsets[0]; null if no label sets are given.
    label_ties* of_labels = nullptr;

    /// One image with valid labels. Ties of an image that is excluded because of a NaN are default values.
    template <class Group>
    REASSESS_HOST_DEVICE void operator()(Group group, std::size_t image) const noexcept
    {
        find(group, image, job.row(image));
    }
    /// The same for an image whose scores are at `row`.
    template <class Group>
    REASSESS_HOST_DEVICE void find(Group group, std::size_t image, const T* row) const noexcept
    {
        const labels_of_image<T> labels(job, image);
        const bool left_out = !labels.valid || job.prediction[image] == missing_label;
        label_ties original{};
        if (of_original != nullptr) {
            if (labels.with_original() && !left_out) original = ties_of(group, row, labels.original);
            if (group.leads()) of_original[image] = original;
        }
        for (std::uint64_t j = labels.begin; j < labels.end; ++j) {
            label_ties found{};
            if (!left_out) found = job.labels[j] == labels.original ? original : ties_of(group, row, job.labels[j]);
            if (group.leads()) of_labels[j - job.offsets[0]] = found;
        }
    }

private:
    template <class Group>
    REASSESS_HOST_DEVICE label_ties ties_of(Group group, const T* row, class_index label) const noexcept
    {
        struct counts {
            std::uint32_t greater = 0, tied = 0;
            REASSESS_HOST_DEVICE counts& operator+=(const counts& other) noexcept
            {
                greater += other.greater;
                tied += other.tied;
                return *this;
            }
        };
        const comparable_t<T> key = comparable(row[label]);
        const counts found = sum_over_row<counts>(group, row, job.classes, [&](T score, std::uint32_t) {
            const comparable_t<T> other = comparable(score);
            return counts{other > key ? 1U : 0U, other == key ? 1U : 0U};
        });
        return {found.greater, found.tied};
    }
};

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
