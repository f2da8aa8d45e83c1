// Serial execution policy. Defines the semantics of the primitives for all backends.
#pragma once

#include "../version.hpp"
#include "policy.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Calls f(index) for every index in [0, work.size), in any order, possibly concurrently.
template <class Function>
void for_each_index(serial_policy, work_size work, Function f)
{
    for (std::size_t index = 0; index < work.size; ++index) f(index);
}

/// Calls f(begin, end) for blocks of rows that cover [0, work.size), in any order, possibly concurrently.
template <class Function>
void for_each_row(serial_policy, work_size work, Function f)
{
    if (work.size > 0) f(std::size_t{0}, work.size);
}

/// Calls f(begin, end, tally) for blocks of rows that cover [0, work.size), in any order, possibly concurrently.
/// Amounts that f adds to the tally are added to `counters`; they are integers, so the result is independent of the
/// order. If f throws, the exception is propagated and the counters are unspecified.
template <class Function>
void accumulate_rows(serial_policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    if (work.size > 0) f(std::size_t{0}, work.size, host_tally(counters.data()));
}

namespace detail {

/// Calls f(index, tally) for every index of a block. Uses a copy of f, because writes to counters might alias the
/// original.
template <class Function>
auto each_index_of_block(Function f)
{
    return [f](std::size_t begin, std::size_t end, const host_tally& tally) {
        Function mine = f;
        for (std::size_t index = begin; index < end; ++index) mine(index, tally);
    };
}

}  // namespace detail

/// The same for f(index, tally), called for every index in [0, work.size). f must not throw.
template <class Function>
void accumulate(serial_policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    accumulate_rows(seq, work, detail::each_index_of_block(f), counters);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
