// Atomic operations on plain 64-bit integers in host and device memory. Relaxed memory order: results are read only
// after all threads have finished.
#pragma once

#include "../version.hpp"
#include "config.hpp"

#include <atomic>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

REASSESS_HOST_DEVICE inline void atomic_add(std::uint64_t* number, std::uint64_t amount) noexcept
{
#if REASSESS_DEVICE_CODE
    atomicAdd(reinterpret_cast<unsigned long long*>(number), static_cast<unsigned long long>(amount));
#elif defined(__cpp_lib_atomic_ref)
    std::atomic_ref<std::uint64_t>(*number).fetch_add(amount, std::memory_order_relaxed);
#else
    __atomic_fetch_add(number, amount, __ATOMIC_RELAXED);
#endif
}

/// Compare and exchange: writes `value` if the number equals `expected`. Returns the previous number.
REASSESS_HOST_DEVICE inline std::uint64_t atomic_exchange_if(std::uint64_t* number, std::uint64_t expected,
                                                             std::uint64_t value) noexcept
{
#if REASSESS_DEVICE_CODE
    return atomicCAS(reinterpret_cast<unsigned long long*>(number), static_cast<unsigned long long>(expected),
                     static_cast<unsigned long long>(value));
#elif defined(__cpp_lib_atomic_ref)
    std::atomic_ref<std::uint64_t>(*number).compare_exchange_strong(expected, value, std::memory_order_relaxed);
    return expected;
#else
    __atomic_compare_exchange_n(number, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return expected;
#endif
}

/// Reads a number that other threads may change; host only.
inline std::uint64_t atomic_load(const std::uint64_t* number) noexcept
{
#if defined(__cpp_lib_atomic_ref)
    return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(*number)).load(std::memory_order_relaxed);
#else
    return __atomic_load_n(number, __ATOMIC_RELAXED);
#endif
}

REASSESS_HOST_DEVICE inline void atomic_max(std::uint64_t* number, std::uint64_t value) noexcept
{
#if REASSESS_DEVICE_CODE
    atomicMax(reinterpret_cast<unsigned long long*>(number), static_cast<unsigned long long>(value));
#else
    for (std::uint64_t before = 0; before < value;) {
        const std::uint64_t found = atomic_exchange_if(number, before, value);
        if (found == before) return;
        before = found;
    }
#endif
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
