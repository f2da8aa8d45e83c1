// Execution policy for a user-provided thread pool: TBB, OpenMP, or the pool of a training framework.
#pragma once

#include "../version.hpp"
#include "parallel.hpp"
#include "policy.hpp"
#include "serial.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Policy that runs blocks of work on the user's threads. `run_blocks(n, f)` must call f(block) once for every block 0
/// .. n - 1, in any order and on any threads, and return when all calls have returned. It is copied with the policy, so
/// it should refer to a pool by reference. f never throws: the first exception of the work is stored and rethrown on
/// the calling thread. Results do not depend on the pool. Created by `on_executor`.
template <class RunBlocks>
class executor_policy {
public:
    using space = host_space;

    explicit executor_policy(RunBlocks run_blocks) : run_blocks_(std::move(run_blocks)) {}

    /// The same policy with another threshold, in bytes read, below which a call stays on the calling thread. Default 1
    /// MiB, because waking a pool costs less than starting threads.
    [[nodiscard]] executor_policy serial_below(std::size_t bytes) const
    {
        executor_policy policy = *this;
        policy.serial_below_ = bytes;
        return policy;
    }
    /// The same policy with another number of private copies of the counters; use the number of threads of the pool.
    /// Default: the number of hardware threads.
    [[nodiscard]] executor_policy threads(unsigned count) const
    {
        executor_policy policy = *this;
        policy.threads_ = count;
        return policy;
    }

    [[nodiscard]] std::size_t serial_below() const noexcept { return serial_below_; }
    [[nodiscard]] unsigned threads() const noexcept { return par.on(threads_).threads(); }

    /// Runs body(0) .. body(blocks - 1) on the pool. Rethrows the first exception; blocks that start after it are
    /// skipped.
    template <class Body>
    void run(std::size_t blocks, Body body) const
    {
        std::atomic<bool> has_error{false};
        std::exception_ptr first_error;  // written by the thread that sets has_error, read after all blocks have ended
        run_blocks_(blocks, [&](std::size_t block) noexcept {
            if (has_error.load(std::memory_order_relaxed)) return;
            try {
                body(block);
            } catch (...) {
                if (!has_error.exchange(true)) first_error = std::current_exception();
            }
        });
        if (first_error) std::rethrow_exception(first_error);
    }

private:
    RunBlocks run_blocks_;
    std::size_t serial_below_ = std::size_t{1} << 20;
    unsigned threads_ = 0;
};

/// Creates a policy that runs blocks by `run_blocks(n, f)`, for example
/// `[](std::size_t n, const auto& f) { tbb::parallel_for(std::size_t{0}, n, f); }`.
template <class RunBlocks>
[[nodiscard]] executor_policy<RunBlocks> on_executor(RunBlocks run_blocks)
{
    return executor_policy<RunBlocks>(std::move(run_blocks));
}

namespace detail {

template <class RunBlocks>
bool stays_serial(const executor_policy<RunBlocks>& policy, work_size work, std::size_t blocks) noexcept
{
    return blocks <= 1 || work.size < policy.serial_below() / std::max<std::size_t>(1, work.bytes_each);
}

}  // namespace detail

/// As for serial_policy, on the user's pool.
template <class RunBlocks, class Function>
void for_each_row(executor_policy<RunBlocks> policy, work_size work, Function f)
{
    const detail::block_queue queue(work);
    if (detail::stays_serial(policy, work, queue.blocks())) return for_each_row(seq, work, f);
    policy.run(queue.blocks(), [&](std::size_t block) { queue.run(block, f); });
}

/// As for serial_policy, on the user's pool.
template <class RunBlocks, class Function>
void for_each_index(executor_policy<RunBlocks> policy, work_size work, Function f)
{
    for_each_row(policy, work, [&](std::size_t begin, std::size_t end) {
        for (std::size_t index = begin; index < end; ++index) f(index);
    });
}

/// As for serial_policy. Each thread of the policy has private counters, which are added at the end: if f throws, the
/// counters are unchanged. Throws std::bad_alloc before anything is counted.
template <class RunBlocks, class Function>
void accumulate_rows(executor_policy<RunBlocks> policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    detail::block_queue queue(work);
    const std::size_t parts = std::min<std::size_t>(policy.threads(), queue.blocks());
    if (detail::stays_serial(policy, work, parts)) return accumulate_rows(seq, work, f, counters);
    detail::private_counters own(parts, counters.size());
    policy.run(parts, [&](std::size_t part) {
        try {
            own.drain(queue, part, f);
        } catch (...) {
            queue.stop();
            throw;
        }
    });
    own.add_to(counters);
}

/// As for serial_policy, with private counters for each thread like accumulate_rows.
template <class RunBlocks, class Function>
void accumulate(executor_policy<RunBlocks> policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    accumulate_rows(policy, work, detail::each_index_of_block(f), counters);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
