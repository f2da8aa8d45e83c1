// Atomic steps on plain 64-bit numbers, in host and in device memory. Relaxed: what is counted so is read after the
// work has ended.
#pragma once

#include "config.hpp"

#include <atomic>
#include <cstdint>

namespace reassess::inline v0_1::detail {

REASSESS_HOST_DEVICE inline void atomic_add(std::uint64_t* number, std::uint64_t amount) noexcept
{
#if REASSESS_DEVICE_CODE
    atomicAdd(reinterpret_cast<unsigned long long*>(number), static_cast<unsigned long long>(amount));
#else
    std::atomic_ref<std::uint64_t>(*number).fetch_add(amount, std::memory_order_relaxed);
#endif
}

REASSESS_HOST_DEVICE inline void atomic_max(std::uint64_t* number, std::uint64_t value) noexcept
{
#if REASSESS_DEVICE_CODE
    atomicMax(reinterpret_cast<unsigned long long*>(number), static_cast<unsigned long long>(value));
#else
    const std::atomic_ref<std::uint64_t> there(*number);
    std::uint64_t greatest = there.load(std::memory_order_relaxed);
    while (greatest < value && !there.compare_exchange_weak(greatest, value, std::memory_order_relaxed)) {
    }
#endif
}

/// Writes `value` where the number is 0. Returns what the number was.
REASSESS_HOST_DEVICE inline std::uint64_t atomic_claim(std::uint64_t* number, std::uint64_t value) noexcept
{
#if REASSESS_DEVICE_CODE
    return atomicCAS(reinterpret_cast<unsigned long long*>(number), 0ULL, static_cast<unsigned long long>(value));
#else
    std::uint64_t before = 0;
    std::atomic_ref<std::uint64_t>(*number).compare_exchange_strong(before, value, std::memory_order_relaxed);
    return before;
#endif
}

}  // namespace reassess::inline v0_1::detail
