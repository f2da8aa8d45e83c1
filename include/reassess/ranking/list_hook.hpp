// Lists of the k best classes of a row: by insertion on a host, four classes at a time by a group of lanes; list_hook.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "lane_scores.hpp"
#include "lane_tops.hpp"
#include "row_job.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Maximum length of a list.
inline constexpr std::size_t deepest_list = 64;

/// A sorted list of the best scores, by insertion. Candidates must be added in ascending order of class: among equal
/// scores, the class that was added first stays first.
template <class T>
class top_list {
public:
    explicit top_list(std::size_t depth) noexcept : depth_(depth) {}

    inline void add(comparable_t<T> score, class_index c) noexcept
    {
        if (size_ < depth_) {
            ++size_;
        } else if (size_ == 0 || !(score > scores_[size_ - 1])) {
            return;
        }
        std::size_t place = size_ - 1;
        for (; place > 0 && score > scores_[place - 1]; --place) {
            scores_[place] = scores_[place - 1];
            classes_[place] = classes_[place - 1];
        }
        scores_[place] = score;
        classes_[place] = c;
    }
    /// The last score in the list; least_comparable<T> if the list is empty.
    [[nodiscard]] inline comparable_t<T> worst() const noexcept
    {
        return size_ == 0 ? least_comparable<T> : scores_[size_ - 1];
    }
    [[nodiscard]] inline bool full() const noexcept { return size_ == depth_; }

    inline void copy_to(class_index* list) const noexcept
    {
        for (std::size_t r = 0; r < depth_; ++r) list[r] = classes_[r];
    }

private:
    std::size_t depth_;
    std::size_t size_ = 0;
    comparable_t<T> scores_[deepest_list]{};
    class_index classes_[deepest_list]{};
};

/// Writes the list of a row; `depth` must not exceed the number of classes.
template <class T>
void plain_top_list(const T* row, std::size_t classes, std::size_t depth, class_index* list) noexcept
{
    top_list<T> best(depth);
    for (std::size_t c = 0; c < classes; ++c) best.add(comparable(row[c]), static_cast<class_index>(c));
    best.copy_to(list);
}

/// The best `Count` classes of those that were added, sorted; Count must be a power of two. All array indices are
/// compile-time constants, so that a device keeps the arrays in registers. The second `add` combines two partial
/// results; it is associative and commutative.
template <class T, std::size_t Count>
struct best_classes {
    comparable_t<T> score[Count];
    std::uint32_t c[Count];

    REASSESS_HOST_DEVICE best_classes() noexcept
    {
        for (std::size_t r = 0; r < Count; ++r) {
            score[r] = least_comparable<T>;
            c[r] = no_class;
        }
    }
    REASSESS_HOST_DEVICE void add(comparable_t<T> candidate, std::uint32_t of_class) noexcept
    {
        if (!goes_before(candidate, of_class, score[Count - 1], c[Count - 1])) return;
        score[Count - 1] = candidate;
        c[Count - 1] = of_class;
        for (std::size_t r = Count - 1; r > 0; --r) put_in_order(r - 1, r);
    }
    REASSESS_HOST_DEVICE void add(const best_classes& other) noexcept
    {
        // Bitonic merge: the better of element r of this list and element Count - 1 - r of the other gives the best
        // Count classes, in bitonic order.
        for (std::size_t r = 0; r < Count; ++r) {
            const std::size_t there = Count - 1 - r;
            if (!goes_before(other.score[there], other.c[there], score[r], c[r])) continue;
            score[r] = other.score[there];
            c[r] = other.c[there];
        }
        for (std::size_t distance = Count / 2; distance != 0; distance /= 2) {
            for (std::size_t r = 0; r < Count; ++r) {
                if ((r & distance) == 0) put_in_order(r, r + distance);
            }
        }
    }

private:
    REASSESS_HOST_DEVICE void put_in_order(std::size_t front, std::size_t back) noexcept
    {
        if (!goes_before(score[back], c[back], score[front], c[front])) return;
        const comparable_t<T> moved_score = score[front];
        const std::uint32_t moved = c[front];
        score[front] = score[back];
        c[front] = c[back];
        score[back] = moved_score;
        c[back] = moved;
    }
};

/// Writes the list of a row like plain_top_list, by a group of lanes, from the row alone. The first class, the
/// prediction, is known. Each further reading of the row, from the cache, finds the next four classes.
template <class Group, class T>
REASSESS_HOST_DEVICE void list_row(Group group, const T* row, std::size_t classes, std::size_t depth,
                                   std::uint32_t prediction, class_index* list) noexcept
{
    constexpr std::size_t at_once = 4;
    if (group.leads()) list[0] = static_cast<class_index>(prediction);
    comparable_t<T> last_score = comparable(row[prediction]);
    std::uint32_t last = prediction;
    for (std::size_t place = 1; place < depth; place += at_once) {
        const auto found = group.reduce(
            [&](std::size_t lane) {
                best_classes<T, at_once> best;
                for_each_score_of_lane<Group::lanes>(row, classes, lane, [&](T element, std::uint32_t c) {
                    const comparable_t<T> x = comparable(element);
                    if (goes_before(last_score, last, x, c)) best.add(x, c);
                });
                return best;
            },
            [](best_classes<T, at_once> a, const best_classes<T, at_once>& b) {
                a.add(b);
                return a;
            });
        for (std::size_t r = 0; r < at_once; ++r) {
            if (group.leads() && place + r < depth) list[place + r] = static_cast<class_index>(found.c[r]);
        }
        last_score = found.score[at_once - 1];
        last = found.c[at_once - 1];
    }
}

/// The same, from what the lanes kept of their reading of the row. Long lists are made from the row alone: the more
/// often a lane has the best class that is left, the more often it searches its scores again.
template <class Group, class T, class Tops>
REASSESS_HOST_DEVICE void list_row(Group group, const T* row, std::size_t classes, std::size_t depth,
                                   std::uint32_t prediction, class_index* list, Tops& tops) noexcept
{
    if constexpr (!std::is_same_v<Tops, no_tops>) {
        if (depth <= 2 * Group::lanes) return tops.list(group, row, classes, depth, list);
    }
    list_row(group, row, classes, depth, prediction, list);
}

/// Row hook for lists of the best classes: images x depth.
struct list_hook {
    static constexpr bool wants_values = false;
    static constexpr bool wants_lists = true;
    std::size_t depth = 0;
    class_index* lists = nullptr;

    [[nodiscard]] REASSESS_HOST_DEVICE class_index* of(std::size_t image) const noexcept
    {
        return lists + image * depth;
    }

    template <class Group, class T, class Tops>
    REASSESS_HOST_DEVICE void fill(Group group, const row_job<T>& job, std::size_t image, std::uint32_t prediction,
                                   Tops& tops) const noexcept
    {
        list_row(group, job.row(image), job.classes, depth, prediction, of(image), tops);
    }
    REASSESS_HOST_DEVICE void leave_out(std::size_t image) const noexcept
    {
        for (std::size_t r = 0; r < depth; ++r) of(image)[r] = missing_label;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool refuses(std::size_t) const noexcept { return false; }
    template <class T>
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of(const T*, std::size_t) const noexcept
    {
        return {};
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
