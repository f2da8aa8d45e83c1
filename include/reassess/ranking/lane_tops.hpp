// The greatest scores of each lane of a group, kept while the lanes read a row, from which lists of the best classes
// are made without another reading of the row.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../execution/lane_group.hpp"
#include "../version.hpp"
#include "lane_scores.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Whether a class ranks before another: by greater score, then by lower index.
template <class Score>
[[nodiscard]] REASSESS_HOST_DEVICE inline bool goes_before(Score score, std::uint32_t c, Score other_score,
                                                           std::uint32_t other) noexcept
{
    return score > other_score || (score == other_score && c < other);
}

/// For readings from which no lists are made.
struct no_tops {
    template <class Key>
    REASSESS_HOST_DEVICE void add(std::size_t, Key, Key) noexcept
    {
    }
    template <class Key>
    REASSESS_HOST_DEVICE void finish(std::size_t, Key, std::uint32_t) noexcept
    {
    }
};

/// The best class of one lane that is not listed yet.
template <class T>
struct lane_top {
    /// Its key, the greatest of the lane's classes that are not listed.
    comparable_t<T> head = least_comparable<T>;
    /// The class, or no_class while it is not known.
    std::uint32_t c = no_class;
    /// The key that follows; while c is not known, the greatest key outside the packet of `from`.
    comparable_t<T> next = least_comparable<T>;
    /// As row_findings::best_from; no_class if the class must be searched in all scores of the lane.
    std::uint32_t from = no_class;
    /// The class of this lane that was listed last, if any.
    comparable_t<T> last_key{};
    std::uint32_t last = no_class;

    /// Finds `c` and `next`.
    template <std::size_t Lanes>
    REASSESS_HOST_DEVICE void find_class(const T* row, std::size_t classes, std::size_t lane) noexcept
    {
        if (from == no_class) return search<Lanes>(row, classes, lane);
        with_packet(row, classes, from, [&]<std::size_t Size>(const T(&scores)[Size]) {
            comparable_t<T> best = comparable(scores[0]);
            REASSESS_UNROLL
            for (std::size_t i = 1; i < Size; ++i) {
                const comparable_t<T> key = comparable(scores[i]);
                next = greater_or_nan(next, lesser(best, key));
                best = greater_or_nan(best, key);
            }
            REASSESS_UNROLL
            for (std::size_t i = Size; i-- > 0;) {
                if (comparable(scores[i]) == head) c = from + static_cast<std::uint32_t>(i);
            }
        });
    }
    REASSESS_HOST_DEVICE void remove() noexcept
    {
        last_key = head;
        last = c;
        head = next;
        c = from = no_class;
    }

private:
    template <std::size_t Lanes>
    REASSESS_HOST_DEVICE void search(const T* row, std::size_t classes, std::size_t lane) noexcept
    {
        next = least_comparable<T>;
        for_each_score_of_lane<Lanes>(row, classes, lane, [&](T score, std::uint32_t i) {
            const comparable_t<T> key = comparable(score);
            if (key == head) {
                if (last != no_class && key == last_key && i <= last) return;
                if (c == no_class) {
                    c = i;
                } else {
                    next = key;
                }
            }
            // Greater keys are listed.
            next = greater_or_nan(next, key < head ? key : least_comparable<T>);
        });
    }
};

/// The tops of all lanes of a group.
template <class T, class Group>
class group_tops {
public:
    // While a lane reads: the keys of two packets or single scores, the lane's greatest before and the new one.
    REASSESS_HOST_DEVICE void add(std::size_t lane, comparable_t<T> before, comparable_t<T> key) noexcept
    {
        lane_top<T>& top = tops_[lane];
        top.next = greater_or_nan(top.next, lesser(before, key));
    }
    REASSESS_HOST_DEVICE void finish(std::size_t lane, comparable_t<T> best, std::uint32_t from) noexcept
    {
        tops_[lane].head = best;
        tops_[lane].from = from;
    }

    /// Writes the list of the row that was read; `depth` must not exceed the number of classes.
    REASSESS_HOST_DEVICE void list(Group group, const T* row, std::size_t classes, std::size_t depth,
                                   class_index* list) noexcept
    {
        std::uint32_t last = no_class;
        for (std::size_t place = 0; place < depth; ++place) {
            const comparable_t<T> best = group.reduce(
                [&](std::size_t lane) {
                    lane_top<T>& top = tops_[lane];
                    if (last != no_class && top.c == last) top.remove();
                    return top.head;
                },
                greatest_of_lanes{});
            last = group.reduce(
                [&](std::size_t lane) {
                    lane_top<T>& top = tops_[lane];
                    if (top.head != best) return no_class;
                    if (top.c == no_class) top.template find_class<Group::lanes>(row, classes, lane);
                    return top.c;
                },
                least_of_lanes{});
            if (group.leads()) list[place] = static_cast<class_index>(last);
        }
    }

private:
    typename Group::template per_lane<lane_top<T>> tops_{};
};

template <class T, class Group, bool Wanted>
using lane_tops = std::conditional_t<Wanted && (Group::lanes > 1), group_tops<T, Group>, no_tops>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
