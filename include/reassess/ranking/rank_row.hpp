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
#include "lane_tops.hpp"
#include "row_job.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

// Comparisons of keys on a device, where a compiler does not find the shortest instructions by itself.

/// The type of counters of comparisons of a lane. Comparisons of floats are counted in floats, exact below 2^24.
#if REASSESS_DEVICE_CODE
template <class Key>
using lane_count = std::conditional_t<std::is_same_v<Key, float>, float, std::uint32_t>;
#else
template <class Key>
using lane_count = std::uint32_t;
#endif

template <class Key>
[[nodiscard]] REASSESS_HOST_DEVICE lane_count<Key> count_greater(Key a, Key b) noexcept
{
#if REASSESS_DEVICE_CODE
    if constexpr (std::is_same_v<Key, float>) {
        float one_if;
        asm("set.gt.f32.f32 %0, %1, %2;" : "=f"(one_if) : "f"(a), "f"(b));
        return one_if;
    }
#endif
    return static_cast<lane_count<Key>>(a > b ? 1 : 0);
}
template <class Key>
[[nodiscard]] REASSESS_HOST_DEVICE lane_count<Key> count_not_less(Key a, Key b) noexcept
{
#if REASSESS_DEVICE_CODE
    if constexpr (std::is_same_v<Key, float>) {
        float one_if;
        asm("set.ge.f32.f32 %0, %1, %2;" : "=f"(one_if) : "f"(a), "f"(b));
        return one_if;
    }
#endif
    return static_cast<lane_count<Key>>(a >= b ? 1 : 0);
}

/// What a reading of a row finds: the best score, whether there is a NaN, and for each of `Labels` labels how many
/// scores are greater than its score, and not less.
template <class T, std::size_t Labels>
struct row_findings {
    comparable_t<T> best = least_comparable<T>;
    /// The best class is this or one of the classes that follow it within 16 bytes; no_class if no score is greater
    /// than the least.
    std::uint32_t best_from = no_class;
    bool has_nan = false;
    std::uint32_t greater[Labels]{};
    std::uint32_t not_less[Labels]{};
};

/// The findings of one lane while it reads its part of a row.
template <class T, std::size_t Labels>
struct lane_findings {
    comparable_t<T> best = least_comparable<T>;
    std::uint32_t best_from = no_class;
    bool has_nan = false;
    lane_count<comparable_t<T>> greater[Labels]{};
    lane_count<comparable_t<T>> not_less[Labels]{};

    /// Adds consecutive scores; returns the greatest key.
    template <std::size_t Size>
    REASSESS_HOST_DEVICE comparable_t<T> add(const T (&scores)[Size], std::uint32_t first,
                                             const comparable_t<T> (&of_labels)[Labels]) noexcept
    {
        comparable_t<T> keys[Size];
        REASSESS_UNROLL
        for (std::size_t i = 0; i < Size; ++i) {
            keys[i] = comparable(scores[i]);
            if constexpr (!greatest_shows_nan<T>) has_nan |= is_nan(scores[i]);
        }
        comparable_t<T> top = keys[0];
        REASSESS_UNROLL
        for (std::size_t i = 1; i < Size; ++i) top = greater_or_nan(top, keys[i]);
        if (top > best) best_from = first;
        best = greater_or_nan(best, top);
        REASSESS_UNROLL
        for (std::size_t j = 0; j < Labels; ++j) {
            REASSESS_UNROLL
            for (std::size_t i = 0; i < Size; ++i) {
                greater[j] += count_greater(keys[i], of_labels[j]);
                not_less[j] += count_not_less(keys[i], of_labels[j]);
            }
        }
        return top;
    }
};

/// Reads a row once for `Labels` labels. The findings of a row with a NaN are meaningless but for has_nan.
template <std::size_t Labels, class Group, class T, class Tops>
REASSESS_HOST_DEVICE row_findings<T, Labels> find_in_row(Group group, const T* row, std::size_t classes,
                                                         const class_index (&labels)[Labels], Tops& tops) noexcept
{
    comparable_t<T> of_labels[Labels];
    REASSESS_UNROLL
    for (std::size_t j = 0; j < Labels; ++j) of_labels[j] = comparable(row[labels[j]]);
    typename Group::template per_lane<lane_findings<T, Labels>> lanes;
    row_findings<T, Labels> all;
    all.best = group.reduce(
        [&](std::size_t lane) {
            lane_findings<T, Labels>& found = lanes[lane];
            for_each_packet_of_lane<Group::lanes>(row, classes, lane,
                                                  [&]<std::size_t Size>(const T(&scores)[Size], std::uint32_t first) {
                                                      const comparable_t<T> before = found.best;
                                                      tops.add(lane, before, found.add(scores, first, of_labels));
                                                  });
            tops.finish(lane, found.best, found.best_from);
            return found.best;
        },
        greatest_of_lanes{});
    all.best_from =
        group.reduce([&](std::size_t lane) { return lanes[lane].best == all.best ? lanes[lane].best_from : no_class; },
                     least_of_lanes{});
    if constexpr (greatest_shows_nan<T>) {
        all.has_nan = all.best != all.best;
    } else if constexpr (!std::is_integral_v<T>) {
        all.has_nan =
            group.reduce([&](std::size_t lane) { return lanes[lane].has_nan ? 1U : 0U; }, sum_of_lanes{}) != 0;
    }
    const auto sum = [&](auto count) {
        return group.reduce([&](std::size_t lane) { return static_cast<std::uint32_t>(count(lanes[lane])); },
                            sum_of_lanes{});
    };
    REASSESS_UNROLL
    for (std::size_t j = 0; j < Labels; ++j) {
        all.greater[j] = sum([&](const auto& found) { return found.greater[j]; });
        all.not_less[j] = sum([&](const auto& found) { return found.not_less[j]; });
    }
    return all;
}

/// The first class whose key is `best`, the greatest of the row. `from` is row_findings::best_from.
template <class T>
REASSESS_HOST_DEVICE std::uint32_t class_of_best(const T* row, std::size_t classes, comparable_t<T> best,
                                                 std::uint32_t from) noexcept
{
    const std::uint32_t first = from == no_class ? 0 : from;
    std::uint32_t c = first;
    with_packet(row, classes, first, [&]<std::size_t Size>(const T(&scores)[Size]) {
        REASSESS_UNROLL
        for (std::size_t i = Size; i-- > 0;) {
            if (comparable(scores[i]) == best) c = first + static_cast<std::uint32_t>(i);
        }
    });
    return c;
}

/// The number of classes before `label` that have its score.
template <class Group, class T>
REASSESS_HOST_DEVICE std::uint32_t count_equal_before(Group group, const T* row, class_index label) noexcept
{
    const comparable_t<T> key = comparable(row[label]);
    return sum_over_row<std::uint32_t>(group, row, static_cast<std::size_t>(label),
                                       [&](T score, std::uint32_t) { return comparable(score) == key ? 1U : 0U; });
}

/// The first class whose score is NaN, in a row that has one.
template <class T>
REASSESS_HOST_DEVICE std::uint32_t first_nan_of_row(const T* row) noexcept
{
    std::uint32_t c = 0;
    while (!is_nan(row[c])) ++c;
    return c;
}

/// The labels of one image, the original label first if it exists, and the columns for their ranks.
template <class T>
struct labels_of_image {
    const row_job<T>& job;
    std::size_t image;
    /// missing_label if there is none.
    class_index original = missing_label;
    std::uint64_t begin = 0, end = 0;
    /// The first label, or class 0 if there is none.
    class_index first = 0;
    /// The first label of the set that differs from it; `end` if there is none.
    std::uint64_t other = 0;
    /// Whether all labels are classes.
    bool valid = true;

    REASSESS_HOST_DEVICE labels_of_image(const row_job<T>& of, std::size_t of_image) noexcept : job(of), image(of_image)
    {
        if (job.original != nullptr) original = job.original[image];
        if (job.offsets != nullptr) {
            begin = job.offsets[image];
            end = job.offsets[image + 1];
        }
        if (original != missing_label) {
            first = original;
            valid = is_class(original);
        } else if (begin != end) {
            first = job.labels[begin];
        }
        // Label sets are small: unrolled loops would take more instructions.
        other = end;
        REASSESS_NO_UNROLL
        for (std::uint64_t j = end; j != begin;) {
            const class_index label = job.labels[--j];
            if (label != first) other = j;
            valid &= is_class(label);
        }
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool with_original() const noexcept { return original != missing_label; }
    /// The first label of the set from `j` on that differs from `first`; `end` if there is none.
    [[nodiscard]] REASSESS_HOST_DEVICE std::uint64_t next_other(std::uint64_t j) const noexcept
    {
        while (j < end && job.labels[j] == first) ++j;
        return j;
    }
    /// Writes rank_of(label) for every label.
    template <class RankOf>
    REASSESS_HOST_DEVICE void set_each_rank(RankOf rank_of) const noexcept
    {
        if (with_original()) job.original_rank[image] = rank_of(original);
        for (std::uint64_t j = begin; j < end; ++j) job.label_rank[j - job.offsets[0]] = rank_of(job.labels[j]);
    }
    /// Writes the ranks of all labels that are one of the classes, of which the first is `first`.
    template <std::size_t Labels>
    REASSESS_HOST_DEVICE void set_ranks(const class_index (&classes)[Labels],
                                        const rank_index (&ranks)[Labels]) const noexcept
    {
        if (with_original()) job.original_rank[image] = ranks[0];
        if (begin == end) return;
        rank_index* to = job.label_rank + (begin - job.offsets[0]);
        REASSESS_NO_UNROLL
        for (std::uint64_t j = begin; j != end; ++j, ++to) {
            if constexpr (Labels == 1) {
                *to = ranks[0];
            } else {
                const class_index label = job.labels[j];
                REASSESS_UNROLL
                for (std::size_t r = 0; r < Labels; ++r) {
                    if (label == classes[r]) *to = ranks[r];
                }
            }
        }
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_class(class_index label) const noexcept
    {
        return static_cast<std::uint32_t>(label) < static_cast<std::uint32_t>(job.classes);
    }
};

/// What `rank_row` needs to know of a row's first reading.
template <class T>
struct read_row {
    comparable_t<T> best = least_comparable<T>;
    std::uint32_t best_from = no_class;
    bool has_nan = false;
    /// Whether another class has the score of the first label.
    bool tied = false;
};

/// Reads a row for some classes, and writes the ranks of all labels that are one of them. The first is labels.first.
template <std::size_t Labels, class Group, class T, class Tops>
REASSESS_HOST_DEVICE read_row<T> rank_classes(Group group, const labels_of_image<T>& labels,
                                              const class_index (&classes)[Labels], Tops& tops) noexcept
{
    const row_job<T>& job = labels.job;
    const T* const row = job.row(labels.image);
    const row_findings<T, Labels> found = find_in_row(group, row, job.classes, classes, tops);
    if (!found.has_nan) {
        rank_index ranks[Labels];
        REASSESS_UNROLL
        for (std::size_t j = 0; j < Labels; ++j) {
            ranks[j] = found.greater[j];
            if (found.not_less[j] > found.greater[j] + 1) ranks[j] += count_equal_before(group, row, classes[j]);
        }
        if (group.leads()) labels.set_ranks(classes, ranks);
    }
    return {found.best, found.best_from, found.has_nan, found.not_less[0] > found.greater[0] + 1};
}

/// Ranks one row with valid labels: writes its prediction and the ranks of all labels, then calls `hook` for additional
/// output. Returns no_class, or the first class whose score is NaN; then the image is excluded. The row is read once
/// for the first two different labels, and once more, from the cache, for every further one.
template <class Group, class T, class Hook = no_hook>
REASSESS_HOST_DEVICE std::uint32_t rank_row(Group group, const labels_of_image<T>& labels,
                                            const Hook& hook = {}) noexcept
{
    const row_job<T>& job = labels.job;
    const std::size_t image = labels.image;
    const T* const row = job.row(image);
    lane_tops<T, Group, Hook::wants_lists> tops;
    read_row<T> read;
    std::uint64_t other = labels.other;
    if (!Group::shares_instructions && other == labels.end) {
        if constexpr (!Group::shares_instructions) read = rank_classes<1>(group, labels, {labels.first}, tops);
    } else {
        do {
            const class_index second = other == labels.end ? labels.first : job.labels[other];
            tops = {};
            read = rank_classes<2>(group, labels, {labels.first, second}, tops);
            if (other != labels.end) other = labels.next_other(other + 1);
        } while (other != labels.end);
    }
    if (read.has_nan) {
        if (group.leads()) {
            job.leave_out(image);
            hook.leave_out(image);
        }
        return first_nan_of_row(row);
    }
    const std::uint32_t prediction = class_of_best(row, job.classes, read.best, read.best_from);
    if (group.leads()) {
        job.prediction[image] = static_cast<class_index>(prediction);
        if (job.original != nullptr) {
            if (!labels.with_original()) job.original_rank[image] = no_rank;
            job.original_tied[image] = labels.with_original() && read.tied ? 1 : 0;
        }
    }
    hook.fill(group, job, image, prediction, tops);
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
    no_tops none;
    const auto found = find_in_row(single_lane{}, row, classes, {class_index{0}}, none);
    if (found.has_nan) return {0, static_cast<class_index>(first_nan_of_row(row))};
    return {static_cast<class_index>(class_of_best(row, classes, found.best, found.best_from)), missing_label};
}

/// Ranks rows begin .. end - 1 by plain loops. Rows with a NaN are excluded. Returns the first of them, or `end` if
/// there is none.
template <class T, class Hook>
std::size_t rank_rows_plainly(const row_job<T>& job, std::size_t begin, std::size_t end, const Hook& hook) noexcept
{
    std::size_t first_nan = end;
    for (std::size_t image = begin; image < end; ++image) {
        if (rank_row(single_lane{}, labels_of_image<T>(job, image), hook) != no_class && first_nan == end)
            first_nan = image;
    }
    return first_nan;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
