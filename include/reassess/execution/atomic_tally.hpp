// Atomic tally: the counter interface of `accumulate` on backends whose threads share the counters (CUDA).
#pragma once

#include "../detail/atomic.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Adds atomically to counters that are shared by all threads. Integer sums, so the result is independent of the order.
class atomic_tally {
public:
    REASSESS_HOST_DEVICE explicit atomic_tally(std::uint64_t* counters) noexcept : counters_(counters) {}

    REASSESS_HOST_DEVICE void add(std::size_t counter, std::uint64_t amount) const noexcept
    {
#if REASSESS_DEVICE_CODE
        // Most images of a warp increment the same few counters: one lane adds for all lanes with the same counter.
        const unsigned together = lanes_with(counter);
        std::uint64_t sum = 0;
        for (unsigned left = together; left != 0; left &= left - 1)
            sum += __shfl_sync(together, static_cast<unsigned long long>(amount), __ffs(static_cast<int>(left)) - 1);
        if (leads(together)) detail::atomic_add(counters_ + counter, sum);
#else
        detail::atomic_add(counters_ + counter, amount);
#endif
    }
    REASSESS_HOST_DEVICE void add(std::size_t counter) const noexcept
    {
#if REASSESS_DEVICE_CODE
        const unsigned together = lanes_with(counter);
        if (leads(together)) detail::atomic_add(counters_ + counter, static_cast<std::uint64_t>(__popc(together)));
#else
        add(counter, 1);
#endif
    }
    REASSESS_HOST_DEVICE void add_if(bool counts, std::size_t counter) const noexcept
    {
        if (counts) add(counter);
    }

private:
#if REASSESS_DEVICE_CODE
    [[nodiscard]] static __device__ unsigned lanes_with(std::size_t counter) noexcept
    {
        return __match_any_sync(__activemask(), static_cast<unsigned long long>(counter));
    }
    [[nodiscard]] static __device__ bool leads(unsigned lanes) noexcept
    {
        return (lanes & ((1U << threadIdx.x % 32) - 1)) == 0;
    }
#endif

    std::uint64_t* counters_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
