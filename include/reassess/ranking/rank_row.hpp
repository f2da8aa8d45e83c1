// One row of scores by plain loops: the definition of a rank, written out. Every faster path is compared with it, and
// it is the path of processors and compilers that have no other.
#pragma once

#include "../data/comparable.hpp"
#include "../data/labels.hpp"
#include "rankings.hpp"
#include "row_job.hpp"
#include "softmax_sums.hpp"
#include "top_list.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline v0_1::detail {

struct row_top {
    class_index best = 0;
    /// The first class whose score is NaN, or missing_label. `best` means nothing then.
    class_index first_nan = missing_label;
};

template <class T>
row_top top_of_row(const T* row, std::size_t classes) noexcept
{
    row_top top;
    for (std::size_t c = 0; c < classes; ++c) {
        if (is_nan(row[c])) {
            top.first_nan = static_cast<class_index>(c);
            return top;
        }
        if (comparable(row[c]) > comparable(row[top.best])) top.best = static_cast<class_index>(c);
    }
    return top;
}

struct label_in_row {
    rank_index rank = 0;
    /// Whether another class has the same score.
    bool tied = false;
};

/// Rank of one class in a row without NaN.
template <class T>
label_in_row rank_in_row(const T* row, std::size_t classes, class_index label) noexcept
{
    const auto own = static_cast<std::size_t>(label);
    const auto score = comparable(row[own]);
    label_in_row found;
    for (std::size_t c = 0; c < classes; ++c) {
        const auto other = comparable(row[c]);
        found.rank += other > score || (other == score && c < own);
        found.tied |= other == score && c != own;
    }
    return found;
}

/// Ranks rows begin .. end - 1 by plain loops. Rows with a NaN are left out; the first of them is returned, or `end`.
template <class T, class Beside>
std::size_t rank_rows_plainly(const row_job<T>& job, std::size_t begin, std::size_t end, const Beside& beside) noexcept
{
    std::size_t first_nan = end;
    for (std::size_t image = begin; image < end; ++image) {
        const T* const row = job.row(image);
        const row_top top = top_of_row(row, job.classes);
        if (top.first_nan != missing_label) {
            job.leave_out(image);
            if (first_nan == end) first_nan = image;
            continue;
        }
        job.prediction[image] = top.best;
        if (job.original != nullptr) {
            const class_index label = job.original[image];
            const label_in_row found =
                label == missing_label ? label_in_row{no_rank, false} : rank_in_row(row, job.classes, label);
            job.original_rank[image] = found.rank;
            job.original_tied[image] = found.tied;
        }
        if (job.offsets != nullptr) {
            for (std::uint64_t j = job.offsets[image]; j < job.offsets[image + 1]; ++j) {
                job.label_rank[j - job.offsets[0]] = rank_in_row(row, job.classes, job.labels[j]).rank;
            }
        }
        if constexpr (Beside::wants_lists) plain_top_list(row, job.classes, beside.depth, beside.of(image));
        if constexpr (Beside::wants_values) {
            if (beside.of_logits()) {
                beside.fill_from_logits(job, image,
                                        plain_softmax_sums(row, job.classes, static_cast<std::size_t>(top.best)));
            } else {
                beside.fill_from_probabilities(job, image);
            }
        }
    }
    return first_nan;
}

}  // namespace reassess::inline v0_1::detail
