// shared_pair_counts: concurrent counts of pairs in a hash table of fixed size, in the memory of a backend. The growing
// table for one thread is pair_counts.
#pragma once

#include "../detail/atomic.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "pair_counts.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// A hash table of fixed size in memory that is not owned and must be zero at the start: `slots` keys (a power of two),
/// `slots` counts, and one counter of additions that found no slot.
struct shared_pair_counts {
    std::uint64_t* memory = nullptr;
    std::size_t slots = 0;

    /// Number of 64-bit numbers of memory for a table with `slots` slots.
    [[nodiscard]] static std::size_t memory_for(std::size_t slots) noexcept { return 2 * slots + 1; }
    /// Number of slots for `pairs` different pairs: at least twice as many, so that probe sequences stay short.
    [[nodiscard]] static std::size_t slots_for(std::size_t pairs) noexcept
    {
        std::size_t slots = 16;
        while (slots / 2 < pairs) slots *= 2;
        return slots;
    }

    REASSESS_HOST_DEVICE void add(std::uint32_t first, std::uint32_t second) const noexcept
    {
        const std::uint64_t key = (std::uint64_t{first} << 32 | second) + 1;  // 0 marks an empty slot
        const std::uint64_t product = key * 0x9e3779b97f4a7c15U;
        std::size_t slot = static_cast<std::size_t>(product ^ product >> 32);
        // The limit bounds the search in a full table; a half-full table has no probe sequence of this length.
        for (std::size_t step = 0; step < 256; ++step, ++slot) {
            slot &= slots - 1;
            const std::uint64_t before = atomic_exchange_if(memory + slot, 0, key);
            if (before == 0 || before == key) return atomic_add(memory + slots + slot, 1);
        }
        atomic_add(memory + 2 * slots, 1);
    }

    // For a copy of the memory on the host, after all work.

    /// Number of additions that were not counted because the table was full.
    [[nodiscard]] std::uint64_t lost() const noexcept { return memory[2 * slots]; }
    [[nodiscard]] pair_counts collect() const
    {
        pair_counts counts;
        for (std::size_t slot = 0; slot < slots; ++slot) {
            if (memory[slot] == 0) continue;
            const std::uint64_t key = memory[slot] - 1;
            counts.add(static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), memory[slots + slot]);
        }
        return counts;
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
