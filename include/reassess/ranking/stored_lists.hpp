// Ranks of labels in stored top-k lists, and checks of lists and labels, for hosts and devices.
#pragma once

#include "../data/labels.hpp"
#include "../data/top_k.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "image_fault.hpp"
#include "image_results.hpp"
#include "rank_row.hpp"
#include "row_job.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Ranks the labels of images by their lists. `job` has the labels and the output columns, but no scores.
template <class T>
struct stored_list_ranker {
    const T* lists = nullptr;
    std::size_t k = 0;
    row_job<float> job{};

    /// Writes the prediction and the ranks of one image. Its list and labels must be valid. O(k * labels of the image).
    REASSESS_HOST_DEVICE void rank(std::size_t image) const noexcept
    {
        const labels_of_image<float> labels(job, image);
        job.prediction[image] = static_cast<class_index>(list_of(image)[0]);
        if (job.original != nullptr) job.original_rank[image] = no_rank;
        labels.set_each_rank([&](class_index label) { return rank_of(image, label); });
    }

    /// The first element of a list that is not a class or repeats an earlier class. O(k^2).
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of_list(std::size_t image) const noexcept
    {
        const T* const list = list_of(image);
        for (std::size_t r = 0; r < k; ++r) {
            const auto which = static_cast<std::int64_t>(list[r]);
            if (!is_class(list[r]))
                return {std::is_unsigned_v<T> ? fault::unsigned_prediction : fault::prediction, which};
            for (std::size_t earlier = 0; earlier < r; ++earlier) {
                if (list[earlier] == list[r]) return {fault::repeated_prediction, which};
            }
        }
        return {};
    }

    /// Whether a list is valid, i.e. fault_of_list would find no fault. O(k log k), host only; `sorted` is scratch
    /// memory of k elements.
    [[nodiscard]] bool has_valid_list(std::size_t image, std::vector<class_index>& sorted) const noexcept
    {
        const T* const list = list_of(image);
        for (std::size_t r = 0; r < k; ++r) {
            if (!is_class(list[r])) return false;
            sorted[r] = static_cast<class_index>(list[r]);
        }
        if (k == 1) return true;
        std::sort(sorted.begin(), sorted.end());
        return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE const T* list_of(std::size_t image) const noexcept { return lists + image * k; }
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_class(T element) const noexcept
    {
        // A negative number becomes greater than every class by conversion to the widest unsigned type.
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(element)) < job.classes;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE rank_index rank_of(std::size_t image, class_index label) const noexcept
    {
        const T* const list = list_of(image);
        for (std::size_t r = 0; r < k; ++r) {
            if (static_cast<std::int64_t>(list[r]) == label) return static_cast<rank_index>(r);
        }
        return no_rank;
    }
};

/// The first fault of an image with a stored list; labels are checked before the list.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of_listed_image(const stored_list_ranker<T>& ranker,
                                                                           std::size_t image) noexcept
{
    const row_job<float>& job = ranker.job;
    std::int64_t label = 0;
    const invalid_label found = find_invalid_label(job.original, job.offsets, job.labels, job.classes, image, &label);
    if (found != invalid_label::none) return {fault_of(found), label};
    return ranker.fault_of_list(image);
}

/// The first fault of an image with scores. Order of the checks: labels, NaN, values of the scores (by the hook).
template <class T, class Hook>
[[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of_ranked_image(const row_job<T>& job, const Hook& hook,
                                                                           std::size_t image) noexcept
{
    std::int64_t label = 0;
    const invalid_label found = find_invalid_label(job.original, job.offsets, job.labels, job.classes, image, &label);
    if (found != invalid_label::none) return {fault_of(found), label};
    const T* const row = job.row(image);
    for (std::size_t c = 0; c < job.classes; ++c) {
        if (is_nan(row[c])) return {fault::nan_score, static_cast<std::int64_t>(c)};
    }
    return hook.fault_of(row, job.classes);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
