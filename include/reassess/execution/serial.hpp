// The three primitives on the calling thread. They say what every other backend must do.
#pragma once

#include "policy.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline v0_1 {

/// Calls f(index) for every index of [0, work.size), in any order, perhaps at the same time.
template <class Function>
void for_each_index(serial_policy, work_size work, Function f)
{
    for (std::size_t index = 0; index < work.size; ++index) f(index);
}

/// Calls f(begin, end) for blocks of rows that together are [0, work.size), in any order, perhaps at the same time.
template <class Function>
void for_each_row(serial_policy, work_size work, Function f)
{
    if (work.size > 0) f(std::size_t{0}, work.size);
}

/// Calls f(index, tally) for every index of [0, work.size); what f adds to the tally is added to `counters`. The
/// counts are integers, so they are the same in any order. f must not throw.
template <class Function>
void accumulate(serial_policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    const host_tally tally(counters.data());
    for (std::size_t index = 0; index < work.size; ++index) f(index, tally);
}

}  // namespace reassess::inline v0_1
