// An operator new that fails at the n-th allocation, on any thread, while it is armed (tests/metric/operator_new.cpp).
#pragma once

#include "sanitizers.hpp"

#include <doctest/doctest.h>

#include <new>

namespace test_support {

/// The next `allocations` succeed, the later ones fail.
void fail_after(long allocations) noexcept;
/// All succeed again. Returns how many of those that would have succeeded were not asked for.
long stop_failing() noexcept;

/// Calls prepare(), then attempt() with its first allocation failing, then the second, ... until none fails any more;
/// failed() after each std::bad_alloc. An attempt may succeed although an allocation failed: a thread that cannot be
/// had is done without.
template <class Prepare, class Attempt, class Failed>
void fail_each_allocation(Prepare prepare, Attempt attempt, Failed failed)
{
    if constexpr (under_sanitizer) {
        MESSAGE("failing allocations left out: a sanitizer brings its own operator new");
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
