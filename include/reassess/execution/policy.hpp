// Execution policies: small values that select how work is distributed, the first argument of all expensive functions.
// A policy's `space` is the memory space that its functions read.
#pragma once

#include "../detail/config.hpp"
#include "../detail/memory_space.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Runs everything on the calling thread.
struct serial_policy {
    using space = host_space;
};

/// Runs blocks of work on several threads, which are started for the call and joined before it returns: no threads
/// remain and none spins. Calls that read fewer than `serial_below()` bytes stay on the calling thread, because
/// starting a thread costs as much as reading megabytes. Results do not depend on the number of threads.
class parallel_policy {
public:
    using space = host_space;

    /// Uses all cores.
    constexpr parallel_policy() = default;

    /// The same policy with at most `threads` threads, including the calling one; 0 means all cores.
    [[nodiscard]] constexpr parallel_policy on(unsigned threads) const noexcept
    {
        parallel_policy policy = *this;
        policy.threads_ = threads;
        return policy;
    }
    /// The same policy with another threshold, in bytes read, from which threads are started; 0 means always.
    [[nodiscard]] constexpr parallel_policy serial_below(std::size_t bytes) const noexcept
    {
        parallel_policy policy = *this;
        policy.serial_below_ = bytes;
        return policy;
    }

    /// Number of threads that a large call uses, at least 1.
    [[nodiscard]] unsigned threads() const noexcept
    {
        return threads_ != 0 ? threads_ : std::max(1U, std::thread::hardware_concurrency());
    }
    [[nodiscard]] constexpr std::size_t serial_below() const noexcept { return serial_below_; }

private:
    unsigned threads_ = 0;
    std::size_t serial_below_ = std::size_t{8} << 20;
};

inline constexpr serial_policy seq{};
inline constexpr parallel_policy par{};

/// Amount of work: `size` indices (usually images), each of which reads about `bytes_each` bytes. The bytes only decide
/// whether threads are worth starting; they never change a result.
struct work_size {
    std::size_t size = 0;
    std::size_t bytes_each = 1;
};

/// Counter interface of `accumulate` on hosts: adds to counters that are private to the calling thread.
class host_tally {
public:
    explicit host_tally(std::uint64_t* counters) noexcept : counters_(counters) {}
    // Runs on hosts only. The annotation is needed because generic counting code, which calls it, has it.
    REASSESS_HOST_DEVICE void add(std::size_t counter, std::uint64_t amount = 1) const noexcept
    {
        counters_[counter] += amount;
    }
    /// Adds 1 if `counts`, without a branch, because the branch is usually unpredictable.
    REASSESS_HOST_DEVICE void add_if(bool counts, std::size_t counter) const noexcept { counters_[counter] += counts; }

    /// The same tally with counter 0 at `first`.
    [[nodiscard]] host_tally from(std::size_t first) const noexcept { return host_tally(counters_ + first); }

private:
    std::uint64_t* counters_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
