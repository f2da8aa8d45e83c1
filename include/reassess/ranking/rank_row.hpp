// Ranks one row of scores by a group of lanes: the device path for every row, and, with one lane, the host path for
// compilers, processors and element types without vector kernels.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../execution/lane_group.hpp"
#include "../version.hpp"
#include "image_results.hpp"
#include "lane_scores.hpp"
#include "row_job.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Partial result over some scores of a row: the best score, the first NaN, and for each of `Labels` labels the number
/// of classes that rank before it. `add` combines two partial results; it is associative and commutative.
template <class T, std::size_t Labels>
struct row_findings {
    comparable_t<T> best = least_comparable<T>;
    std::uint32_t best_class = no_class;
    std::uint32_t first_nan = no_class;
    std::uint32_t before[Labels]{};
    /// Number of scores that equal the score of the first label, including its own.
    std::uint32_t equal = 0;

    REASSESS_HOST_DEVICE void add(const row_findings& other) noexcept
    {
        if (other.best > best || (other.best == best && other.best_class < best_class)) {
            best = other.best;
            best_class = other.best_class;
        }
        if (other.first_nan < first_nan) first_nan = other.first_nan;
        for (std::size_t j = 0; j < Labels; ++j) before[j] += other.before[j];
        equal += other.equal;
    }
};

/// The result of a whole row for `Labels` labels. The rank of a label is the number of classes with a greater score,
/// plus the number with an equal score and a lower index; -0 equals 0. The ranks of a row with a NaN are meaningless.
template <std::size_t Labels, class Group, class T>
REASSESS_HOST_DEVICE row_findings<T, Labels> find_in_row(Group group, const T* row, std::size_t classes,
                                                         const class_index (&labels)[Labels]) noexcept
{
    comparable_t<T> score[Labels];
    std::uint32_t own[Labels];
    for (std::size_t j = 0; j < Labels; ++j) {
        own[j] = static_cast<std::uint32_t>(labels[j]);
        score[j] = comparable(row[labels[j]]);
    }
    return group.reduce(
        [&](std::size_t lane) {
            row_findings<T, Labels> found;
            for_each_score_of_lane<Group::lanes>(row, classes, lane, [&](T element, std::uint32_t c) {
                if (is_nan(element) && c < found.first_nan) found.first_nan = c;
                const comparable_t<T> x = comparable(element);
                if (x > found.best || found.best_class == no_class) {
                    found.best = x;
                    found.best_class = c;
                }
                for (std::size_t j = 0; j < Labels; ++j)
                    found.before[j] += x > score[j] || (x == score[j] && c < own[j]) ? 1U : 0U;
                found.equal += x == score[0] ? 1U : 0U;
            });
            return found;
        },
        [](row_findings<T, Labels> a, const row_findings<T, Labels>& b) {
            a.add(b);
            return a;
        });
}

/// The labels of one image, the original label first if it exists, and the columns for their ranks.
template <class T>
struct labels_of_image {
    const row_job<T>& job;
    std::size_t image;
    bool with_original;
    std::uint64_t first = 0, end = 0;

    REASSESS_HOST_DEVICE labels_of_image(const row_job<T>& of, std::size_t of_image) noexcept
        : job(of), image(of_image), with_original(of.original != nullptr && of.original[of_image] != missing_label)
    {
        if (job.offsets != nullptr) {
            first = job.offsets[image];
            end = job.offsets[image + 1];
        }
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept
    {
        return static_cast<std::size_t>(end - first) + (with_original ? 1 : 0);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE class_index operator[](std::size_t place) const noexcept
    {
        if (with_original && place == 0) return job.original[image];
        return job.labels[first + place - (with_original ? 1 : 0)];
    }
    REASSESS_HOST_DEVICE void set_rank(std::size_t place, rank_index rank) const noexcept
    {
        if (with_original && place == 0) {
            job.original_rank[image] = rank;
        } else {
            job.label_rank[first - job.offsets[0] + place - (with_original ? 1 : 0)] = rank;
        }
    }
};

/// Ranks `Labels` labels of an image, starting with the label at `place`. If fewer labels are left, the last label is
/// ranked repeatedly.
template <std::size_t Labels, class Group, class T>
REASSESS_HOST_DEVICE row_findings<T, Labels> rank_labels(Group group, const row_job<T>& job,
                                                         const labels_of_image<T>& labels, std::size_t place) noexcept
{
    class_index ranked[Labels]{};
    for (std::size_t j = 0; j < Labels && labels.size() != 0; ++j)
        ranked[j] = labels[place + j < labels.size() ? place + j : labels.size() - 1];
    const row_findings<T, Labels> found = find_in_row(group, job.row(labels.image), job.classes, ranked);
    if (group.leads()) {
        for (std::size_t j = 0; j < Labels && place + j < labels.size(); ++j)
            labels.set_rank(place + j, found.before[j]);
    }
    return found;
}

/// Ranks one row: writes its prediction and the ranks of all labels, then calls `hook` for additional output. Returns
/// no_class, or the first class whose score is NaN; then the image is excluded. The row is read once for the first two
/// labels, and once more, from the cache, for every further four labels.
template <class Group, class T, class Hook = no_hook>
REASSESS_HOST_DEVICE std::uint32_t rank_row(Group group, const row_job<T>& job, std::size_t image,
                                            const Hook& hook = {}) noexcept
{
    const labels_of_image<T> labels(job, image);
    const auto found = rank_labels<2>(group, job, labels, 0);
    if (found.first_nan != no_class) {
        if (group.leads()) {
            job.leave_out(image);
            hook.leave_out(image);
        }
        return found.first_nan;
    }
    for (std::size_t place = 2; place < labels.size(); place += 4) rank_labels<4>(group, job, labels, place);
    if (group.leads()) {
        job.prediction[image] = static_cast<class_index>(found.best_class);
        if (job.original != nullptr) {
            if (!labels.with_original) job.original_rank[image] = no_rank;
            job.original_tied[image] = labels.with_original && found.equal > 1 ? 1 : 0;
        }
    }
    hook.fill(group, job, image, found.best_class);
    return no_class;
}

/// The rank of one label in a row, and whether it is tied.
struct label_in_row {
    rank_index rank = 0;
    /// Whether another class has the same score.
    bool tied = false;
};

struct row_top {
    class_index best = 0;
    /// The first class whose score is NaN, or missing_label if there is none. `best` is meaningless in a row with a
    /// NaN.
    class_index first_nan = missing_label;
};

/// The prediction of a row, and its first NaN.
template <class T>
row_top top_of_row(const T* row, std::size_t classes) noexcept
{
    const class_index no_labels[1]{};
    const auto found = find_in_row(single_lane{}, row, classes, no_labels);
    if (found.first_nan != no_class) return {0, static_cast<class_index>(found.first_nan)};
    return {static_cast<class_index>(found.best_class), missing_label};
}

/// Ranks rows begin .. end - 1 by plain loops. Rows with a NaN are excluded. Returns the first of them, or `end` if
/// there is none.
template <class T, class Hook>
std::size_t rank_rows_plainly(const row_job<T>& job, std::size_t begin, std::size_t end, const Hook& hook) noexcept
{
    std::size_t first_nan = end;
    for (std::size_t image = begin; image < end; ++image) {
        if (rank_row(single_lane{}, job, image, hook) != no_class && first_nan == end) first_nan = image;
    }
    return first_nan;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
