// Distribution of the scores of a row over the lanes of a group, and sums over a row.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Sentinel for "no class of this row"; greater than every class.
inline constexpr std::uint32_t no_class = 0xffffffffU;

/// 16 bytes of scores, which a device loads with one instruction.
template <class T>
struct alignas(16) score_packet {
    static constexpr std::size_t size = 16 / sizeof(T);
    T scores[size];
};

/// Calls add(score, class) for the scores of a row that belong to one lane, in ascending order of class. Aligned
/// packets of 16 bytes are loaded whole, the scores before and after them one by one.
template <std::size_t Lanes, class T, class Add>
REASSESS_HOST_DEVICE void for_each_score_of_lane(const T* row, std::size_t classes, std::size_t lane, Add add) noexcept
{
    // Packets need elements that fill 16 bytes and are aligned to their size.
    if constexpr (alignof(T) == sizeof(T) && 16 % sizeof(T) == 0) {
        using packet = score_packet<T>;
        const std::size_t past_packet = reinterpret_cast<std::uintptr_t>(row) / sizeof(T) % packet::size;
        const std::size_t to_packet = past_packet == 0 ? 0 : packet::size - past_packet;
        const std::size_t head = to_packet < classes ? to_packet : classes;
        const std::size_t packets = (classes - head) / packet::size;
        for (std::size_t c = lane; c < head; c += Lanes) add(row[c], static_cast<std::uint32_t>(c));
        for (std::size_t p = lane; p < packets; p += Lanes) {
            const std::size_t first = head + p * packet::size;
            const packet scores = *reinterpret_cast<const packet*>(row + first);
            for (std::size_t i = 0; i < packet::size; ++i) add(scores.scores[i], static_cast<std::uint32_t>(first + i));
        }
        for (std::size_t c = head + packets * packet::size + lane; c < classes; c += Lanes)
            add(row[c], static_cast<std::uint32_t>(c));
    } else {
        for (std::size_t c = lane; c < classes; c += Lanes) add(row[c], static_cast<std::uint32_t>(c));
    }
}

/// The sum of value(score, class) over a row, by the lanes of a group. A single lane sums in order of class, so the
/// result is the same on every host; several lanes are combined in the order of the group's reduction. Sum{} is zero.
template <class Sum, class Group, class T, class Value>
[[nodiscard]] REASSESS_HOST_DEVICE Sum sum_over_row(Group group, const T* row, std::size_t classes,
                                                    Value value) noexcept
{
    return group.reduce(
        [&](std::size_t lane) {
            Sum sum{};
            for_each_score_of_lane<Group::lanes>(row, classes, lane,
                                                 [&](T score, std::uint32_t c) { sum += value(score, c); });
            return sum;
        },
        [](Sum a, const Sum& b) {
            a += b;
            return a;
        });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
