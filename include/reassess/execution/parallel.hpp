// Parallel execution policy on std::thread. <execution> is not used, because with libstdc++ the inclusion of
// <execution> alone makes a program depend on TBB.
#pragma once

#include "../version.hpp"
#include "policy.hpp"
#include "serial.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Work queue of the blocks of [0, size); threads take blocks dynamically.
class block_queue {
public:
    explicit block_queue(work_size work) noexcept : size_(work.size), block_(rows_of_block(work)) {}

    [[nodiscard]] std::size_t blocks() const noexcept { return size_ / block_ + (size_ % block_ != 0); }

    /// Calls f(begin, end) for one block.
    template <class Function>
    void run(std::size_t block, Function& f) const
    {
        f(block * block_, std::min(size_, (block + 1) * block_));
    }
    /// Calls f(begin, end) for successive blocks until none is left.
    template <class Function>
    void drain(Function& f)
    {
        for (;;) {
            const std::size_t block = next_.fetch_add(1, std::memory_order_relaxed);
            if (block >= blocks()) return;
            run(block, f);
        }
    }
    /// Removes the remaining blocks, after an error.
    void stop() noexcept { next_.store(blocks(), std::memory_order_relaxed); }

private:
    /// Number of rows of a block, at least 64: 1/256 of the work, so that all threads end at about the same time,
    /// limited to 256 KiB .. 4 MiB, because hardware prefetch restarts at every block.
    static std::size_t rows_of_block(work_size work) noexcept
    {
        const std::size_t bytes_each = std::max<std::size_t>(1, work.bytes_each);
        const std::size_t least = (std::size_t{256} << 10) / bytes_each, most = (std::size_t{4} << 20) / bytes_each;
        return std::max<std::size_t>(64, std::clamp(work.size / 256, least, most));
    }

    std::size_t size_;
    std::size_t block_;
    std::atomic<std::size_t> next_{0};
};

/// Private counters for each thread, added up at the end.
class private_counters {
public:
    private_counters(std::size_t threads, std::size_t counters) : counts_(threads, std::vector<std::uint64_t>(counters))
    {
    }

    /// Calls f(begin, end, tally) for successive blocks until none is left.
    template <class Function>
    void drain(block_queue& queue, std::size_t thread, Function& f)
    {
        const host_tally tally(counts_[thread].data());
        auto count_block = [&](std::size_t begin, std::size_t end) { f(begin, end, tally); };
        queue.drain(count_block);
    }
    void add_to(std::span<std::uint64_t> counters) const noexcept
    {
        for (const std::vector<std::uint64_t>& counts : counts_) {
            for (std::size_t i = 0; i < counters.size(); ++i) counters[i] += counts[i];
        }
    }

private:
    std::vector<std::vector<std::uint64_t>> counts_;
};

/// Number of threads worth starting, including the calling one.
inline unsigned useful_threads(parallel_policy policy, work_size work, const block_queue& queue) noexcept
{
    const std::size_t bytes_each = std::max<std::size_t>(1, work.bytes_each);
    if (work.size < policy.serial_below() / bytes_each) return 1;
    return static_cast<unsigned>(std::clamp<std::size_t>(queue.blocks(), 1, policy.threads()));
}

/// Runs body(0) .. body(threads - 1) concurrently, body(0) on the calling thread, and waits for all. Rethrows the first
/// exception. If a thread cannot be started (limits, no memory), the other threads process its share of the queue.
template <class Body>
void run_on_threads(unsigned threads, block_queue& queue, Body body)
{
    std::atomic<bool> has_error{false};
    std::exception_ptr first_error;  // written by the thread that sets has_error, read after all are joined
    const auto guarded = [&](unsigned thread) noexcept {
        try {
            body(thread);
        } catch (...) {
            queue.stop();
            if (!has_error.exchange(true)) first_error = std::current_exception();
        }
    };
    std::vector<std::thread> helpers;
    helpers.reserve(threads - 1);
    try {
        for (unsigned thread = 1; thread < threads; ++thread) helpers.emplace_back(guarded, thread);
    } catch (...) {
        // Not only std::system_error: allocating the thread's state may throw, and the started threads must be joined.
    }
    guarded(0);
    for (std::thread& helper : helpers) helper.join();
    if (first_error) std::rethrow_exception(first_error);
}

}  // namespace detail

/// As for serial_policy, on several threads. The first exception of f stops the remaining work and is rethrown.
template <class Function>
void for_each_row(parallel_policy policy, work_size work, Function f)
{
    detail::block_queue queue(work);
    const unsigned threads = detail::useful_threads(policy, work, queue);
    if (threads == 1) return for_each_row(seq, work, f);
    detail::run_on_threads(threads, queue, [&](unsigned) { queue.drain(f); });
}

/// As for serial_policy, on several threads. The first exception of f stops the remaining work and is rethrown.
template <class Function>
void for_each_index(parallel_policy policy, work_size work, Function f)
{
    for_each_row(policy, work, [&](std::size_t begin, std::size_t end) {
        for (std::size_t index = begin; index < end; ++index) f(index);
    });
}

/// As for serial_policy. Each thread has private counters, which are added at the end: if f throws, the counters are
/// unchanged. Throws std::bad_alloc before anything is counted.
template <class Function>
void accumulate_rows(parallel_policy policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    detail::block_queue queue(work);
    const unsigned threads = detail::useful_threads(policy, work, queue);
    if (threads == 1) return accumulate_rows(seq, work, f, counters);
    detail::private_counters own(threads, counters.size());
    detail::run_on_threads(threads, queue, [&](unsigned thread) { own.drain(queue, thread, f); });
    own.add_to(counters);
}

/// As for serial_policy, with private counters for each thread like accumulate_rows.
template <class Function>
void accumulate(parallel_policy policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    accumulate_rows(policy, work, detail::each_index_of_block(f), counters);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
