// The counters of a state in the memory of a backend, and the state that they are handed to when they are read.
#pragma once

#include "../execution/execution.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

template <policy_with_memory Policy, class State>
class device_counters {
public:
    device_counters(Policy policy, State empty) : empty_(std::move(empty)), settled_(empty_), counters_(policy) {}

    /// The state, settled as far as it is, without counts.
    [[nodiscard]] const State& state() const noexcept { return settled_; }
    [[nodiscard]] bool is_settled() const noexcept { return is_settled_; }
    /// Settles the state; the first time so many counters become 0.
    void settle(State settled, std::size_t counters)
    {
        if (!is_settled_) {
            counters_.grow(counters);
            counters_.fill_zero();
        }
        settled_ = std::move(settled);
        is_settled_ = true;
    }
    /// In the policy's memory.
    [[nodiscard]] std::span<std::uint64_t> counters() const noexcept { return {counters_.data(), counters_.size()}; }
    /// A copy on the host; waits for the work.
    [[nodiscard]] std::vector<std::uint64_t> read() const
    {
        std::vector<std::uint64_t> copy(counters_.size());
        counters_.copy_to(copy.data(), copy.size());
        return copy;
    }
    void reset()
    {
        settled_ = empty_;
        is_settled_ = false;
    }

private:
    State empty_;
    State settled_;
    bool is_settled_ = false;
    typename Policy::template buffer<std::uint64_t> counters_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
