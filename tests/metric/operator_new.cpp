// The operator new of support/failing_allocation.hpp, in a file of its own so that no call of it is inlined.
#include "support/failing_allocation.hpp"

#include <malloc.h>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

/// Allocations that still succeed; below 0: not armed.
std::atomic<long> allocations_left = -1;

/// Bytes that are allocated now, and the maximum since watch_memory.
std::atomic<std::size_t> allocated = 0;
std::atomic<std::size_t> most_allocated = 0;
std::size_t allocated_before = 0;

}  // namespace

void test_support::fail_after(long allocations) noexcept
{
    allocations_left = allocations;
}

long test_support::stop_failing() noexcept
{
    return allocations_left.exchange(-1);
}

void test_support::watch_memory() noexcept
{
    allocated_before = allocated;
    most_allocated = allocated_before;
}

std::size_t test_support::peak_of_watched_memory() noexcept
{
    return most_allocated - allocated_before;
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
    const std::size_t now = allocated += malloc_usable_size(memory);
    std::size_t most = most_allocated;
    while (most < now && !most_allocated.compare_exchange_weak(most, now)) {
    }
    return memory;
}
void operator delete(void* memory) noexcept
{
    allocated -= malloc_usable_size(memory);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    operator delete(memory);
}

#endif
