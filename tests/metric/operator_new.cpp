// The operator new of support/failing_allocation.hpp, in a file of its own so that no call of it is inlined.
#include "support/failing_allocation.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

/// Allocations that still succeed; below 0: not armed.
std::atomic<long> allocations_left = -1;

}  // namespace

void test_support::fail_after(long allocations) noexcept
{
    allocations_left = allocations;
}

long test_support::stop_failing() noexcept
{
    return allocations_left.exchange(-1);
}

// Sanitizers bring their own; nothing fails then.
#if !defined(REASSESS_TEST_UNDER_SANITIZER)

namespace {

bool fails_now() noexcept
{
    long left = allocations_left.load(std::memory_order_relaxed);
    while (left > 0 && !allocations_left.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {
    }
    return left == 0;
}

}  // namespace

void* operator new(std::size_t size)
{
    void* const memory = fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

#endif
