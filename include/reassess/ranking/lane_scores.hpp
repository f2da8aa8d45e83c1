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

/// Whether scores are loaded as packets: they fill 16 bytes and are aligned to their size.
template <class T>
inline constexpr bool has_packets = alignof(T) == sizeof(T) && 16 % sizeof(T) == 0;

/// Calls add(scores, first) for the scores of a row that belong to one lane, in ascending order of class: an array of
/// consecutive scores and the class of its first. Aligned packets of 16 bytes are loaded whole, the scores before and
/// after them one by one.
template <std::size_t Lanes, class T, class Add>
REASSESS_HOST_DEVICE void for_each_packet_of_lane(const T* row, std::size_t classes, std::size_t lane, Add add) noexcept
{
    const auto size = static_cast<std::uint32_t>(classes);
    const auto own = static_cast<std::uint32_t>(lane);
    const auto add_one = [&](std::uint32_t c) {
        const T one[1]{row[c]};
        add(one, c);
    };
    if constexpr (has_packets<T>) {
        using packet = score_packet<T>;
        constexpr auto packet_size = static_cast<std::uint32_t>(packet::size);
        const auto past_packet =
            static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(row) / sizeof(T)) % packet_size;
        const std::uint32_t to_packet = past_packet == 0 ? 0 : packet_size - past_packet;
        const std::uint32_t head = to_packet < size ? to_packet : size;
        const std::uint32_t tail = head + (size - head) / packet_size * packet_size;
        for (std::uint32_t c = own; c < head; c += Lanes) add_one(c);
        std::uint32_t c = head + own * packet_size;
        const auto* next = reinterpret_cast<const packet*>(row + c);
        for (; c < tail; c += Lanes * packet_size, next += Lanes) {
            const packet scores = *next;
            add(scores.scores, c);
        }
        for (c = tail + own; c < size; c += Lanes) add_one(c);
    } else {
        for (std::uint32_t c = own; c < size; c += Lanes) add_one(c);
    }
}

/// Calls f(scores) with the scores that for_each_packet_of_lane passes together with the first of them, that of class
/// `first`.
template <class T, class Function>
REASSESS_HOST_DEVICE void with_packet(const T* row, std::size_t classes, std::uint32_t first, Function f) noexcept
{
    if constexpr (has_packets<T>) {
        constexpr auto size = static_cast<std::uint32_t>(score_packet<T>::size);
        const std::uint32_t past_packet =
            (static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(row) / sizeof(T)) + first) % size;
        if (past_packet == 0 && first + size <= static_cast<std::uint32_t>(classes)) {
            const score_packet<T> scores = *reinterpret_cast<const score_packet<T>*>(row + first);
            return f(scores.scores);
        }
    }
    const T one[1]{row[first]};
    f(one);
}

/// Writes consecutive elements, as a packet where they fill one and `to` is aligned to it.
template <class T, std::size_t Size>
REASSESS_HOST_DEVICE void store_packet(const T (&from)[Size], T* to) noexcept
{
    if constexpr (has_packets<T>) {
        if constexpr (Size == score_packet<T>::size) {
            if (reinterpret_cast<std::uintptr_t>(to) % sizeof(score_packet<T>) == 0) {
                score_packet<T> packet;
                REASSESS_UNROLL
                for (std::size_t i = 0; i < Size; ++i) packet.scores[i] = from[i];
                *reinterpret_cast<score_packet<T>*>(to) = packet;
                return;
            }
        }
    }
    REASSESS_UNROLL
    for (std::size_t i = 0; i < Size; ++i) to[i] = from[i];
}

/// Calls add(score, class) for the scores of a row that belong to one lane, in ascending order of class.
template <std::size_t Lanes, class T, class Add>
REASSESS_HOST_DEVICE void for_each_score_of_lane(const T* row, std::size_t classes, std::size_t lane, Add add) noexcept
{
    for_each_packet_of_lane<Lanes>(row, classes, lane,
                                   [&]<std::size_t Size>(const T(&scores)[Size], std::uint32_t first) {
                                       REASSESS_UNROLL
                                       for (std::size_t i = 0; i < Size; ++i)
                                           add(scores[i], first + static_cast<std::uint32_t>(i));
                                   });
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
