// Allocation failure injection: operator new fails at the n-th allocation on any thread
// (tests/metric/operator_new.cpp).
#pragma once

#include "sanitizers.hpp"

#include <doctest/doctest.h>

#include <new>

namespace test_support {

/// The next `allocations` allocations succeed, later ones fail.
void fail_after(long allocations) noexcept;
/// All allocations succeed again. Returns how many of the permitted allocations were not used.
long stop_failing() noexcept;

/// Starts to record the maximum of allocated memory.
void watch_memory() noexcept;
/// The maximum of allocated memory since watch_memory, in bytes above what was allocated then. 0 under sanitizers.
[[nodiscard]] std::size_t peak_of_watched_memory() noexcept;

/// Calls prepare() and then attempt() with its first allocation failing, then the second, ... until none fails; calls
/// failed() after each std::bad_alloc. An attempt may succeed although an allocation failed: if a thread cannot be
/// started, the work continues without it.
template <class Prepare, class Attempt, class Failed>
void fail_each_allocation(Prepare prepare, Attempt attempt, Failed failed)
{
    if constexpr (under_sanitizer) {
        MESSAGE("skipped: allocation failure injection, because sanitizers replace operator new");
        prepare();
        attempt();
        return;
    }
    int failures = 0;
    for (long n = 0; n < 10000; ++n) {
        prepare();
        try {
            fail_after(n);
            attempt();
            if (stop_failing() > 0) break;
        } catch (const std::bad_alloc&) {
            stop_failing();
            ++failures;
            failed();
        }
    }
    CHECK(failures > 0);
}

}  // namespace test_support
