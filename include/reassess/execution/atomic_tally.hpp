// What `accumulate` hands to its function where all threads share the counters.
#pragma once

#include "../detail/atomic.hpp"
#include "../detail/config.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline v0_1 {

/// Adds to counters that others add to at the same time. Sums of integers, so the same in any order.
class atomic_tally {
public:
    REASSESS_HOST_DEVICE explicit atomic_tally(std::uint64_t* counters) noexcept : counters_(counters) {}

    REASSESS_HOST_DEVICE void add(std::size_t counter, std::uint64_t amount) const noexcept
    {
        detail::atomic_add(counters_ + counter, amount);
    }
    REASSESS_HOST_DEVICE void add(std::size_t counter) const noexcept
    {
#if REASSESS_DEVICE_CODE
        // Most images of a warp count into few counters: one lane adds for all that do so together.
        const unsigned together = __match_any_sync(__activemask(), static_cast<unsigned long long>(counter));
        const unsigned lane = threadIdx.x % 32;
        if ((together & ((1U << lane) - 1)) == 0) add(counter, static_cast<std::uint64_t>(__popc(together)));
#else
        add(counter, 1);
#endif
    }
    REASSESS_HOST_DEVICE void add_if(bool counts, std::size_t counter) const noexcept
    {
        if (counts) add(counter);
    }

private:
    std::uint64_t* counters_;
};

}  // namespace reassess::inline v0_1
