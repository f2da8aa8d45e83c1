// The primitives on the calling thread. They say what every other backend must do.
#pragma once

#include "../version.hpp"
#include "policy.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

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

/// Calls f(begin, end, tally) for blocks of rows that together are [0, work.size), in any order, perhaps at the same
/// time; what f adds to the tally is added to `counters`. The counts are integers, so they are the same in any order.
/// Where f throws, so does this, and the counters say nothing any more.
template <class Function>
void accumulate_rows(serial_policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    if (work.size > 0) f(std::size_t{0}, work.size, host_tally(counters.data()));
}

namespace detail {

/// f(index, tally) for every index of a block. On a copy of f, as an addition to a counter could change the original.
template <class Function>
auto each_index_of_block(Function f)
{
    return [f](std::size_t begin, std::size_t end, const host_tally& tally) {
        Function mine = f;
        for (std::size_t index = begin; index < end; ++index) mine(index, tally);
    };
}

}  // namespace detail

/// The same for f(index, tally), called for every index of [0, work.size). f must not throw.
template <class Function>
void accumulate(serial_policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    accumulate_rows(seq, work, detail::each_index_of_block(f), counters);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
