// pair_counts: sparse counts of pairs of numbers, for example (label, prediction), (class, class), (class, set size).
#pragma once

#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A pair and its count.
struct pair_count {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    std::uint64_t count = 0;

    friend bool operator==(const pair_count&, const pair_count&) = default;
};

namespace detail {

/// The slot of a hash table of `slots` slots (a power of two) at which the search for a pair starts. After the second
/// multiplication the upper half depends on every bit of both numbers, so pairs are spread over all slots even if one
/// number is constant or all are multiples of a power of two.
[[nodiscard]] inline std::size_t first_slot_of_pair(std::uint32_t first, std::uint32_t second,
                                                    std::size_t slots) noexcept
{
    const std::uint64_t product = (std::uint64_t{first} << 32 | second) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>((product ^ product >> 32) * 0x9e3779b97f4a7c15U >> 32) & (slots - 1);
}

}  // namespace detail

/// A multiset of pairs as a flat hash table (open addressing, linear probing): its memory grows with the number of
/// pairs that occur. Merging adds the counts; the contents do not depend on the order of counting.
class pair_counts {
public:
    /// Reserves memory for `pairs` more different pairs, so that adding them cannot throw.
    void reserve_more(std::size_t pairs)
    {
        const std::size_t needed = (size_ + pairs) * 2;
        if (needed <= slots_.size()) return;
        std::size_t capacity = 16;
        while (capacity < needed) capacity *= 2;
        std::vector<pair_count> old(capacity);
        old.swap(slots_);
        for (const pair_count& entry : old) {
            if (entry.count != 0) slot_of(entry.first, entry.second) = entry;
        }
    }

    /// Counts a pair `count` more times. Amortised O(1).
    void add(std::uint32_t first, std::uint32_t second, std::uint64_t count = 1)
    {
        if (count == 0) return;
        reserve_more(1);
        pair_count& slot = slot_of(first, second);
        if (slot.count == 0) {
            slot.first = first;
            slot.second = second;
            ++size_;
        }
        slot.count += count;
    }

    /// How often the pair was counted; 0 if never. O(1).
    [[nodiscard]] std::uint64_t operator()(std::uint32_t first, std::uint32_t second) const noexcept
    {
        return slots_.empty() ? 0 : slots_[index_of(first, second)].count;
    }

    /// The number of different pairs.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The pairs that occur, by first, then by second. O(pairs log pairs).
    [[nodiscard]] std::vector<pair_count> sorted() const
    {
        std::vector<pair_count> entries;
        entries.reserve(size_);
        for (const pair_count& entry : slots_) {
            if (entry.count != 0) entries.push_back(entry);
        }
        std::sort(entries.begin(), entries.end(),
                  [](const pair_count& a, const pair_count& b) { return key_of(a) < key_of(b); });
        return entries;
    }

    /// Adds the counts of another object. If it throws std::bad_alloc, nothing has changed.
    void merge(const pair_counts& other)
    {
        reserve_more(other.size_);
        for (const pair_count& entry : other.slots_) add(entry.first, entry.second, entry.count);
    }

    friend bool operator==(const pair_counts& a, const pair_counts& b)
    {
        return a.size_ == b.size_ && std::all_of(a.slots_.begin(), a.slots_.end(), [&](const pair_count& entry) {
                   return entry.count == 0 || b(entry.first, entry.second) == entry.count;
               });
    }

private:
    static std::uint64_t key_of(std::uint32_t first, std::uint32_t second) noexcept
    {
        return std::uint64_t{first} << 32 | second;
    }
    static std::uint64_t key_of(const pair_count& entry) noexcept { return key_of(entry.first, entry.second); }

    /// The slot of a pair, or the empty slot where it would be inserted.
    [[nodiscard]] std::size_t index_of(std::uint32_t first, std::uint32_t second) const noexcept
    {
        const std::size_t mask = slots_.size() - 1;
        std::size_t index = detail::first_slot_of_pair(first, second, slots_.size());
        while (slots_[index].count != 0 && (slots_[index].first != first || slots_[index].second != second)) {
            index = (index + 1) & mask;
        }
        return index;
    }
    pair_count& slot_of(std::uint32_t first, std::uint32_t second) noexcept { return slots_[index_of(first, second)]; }

    std::vector<pair_count> slots_;
    std::size_t size_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
