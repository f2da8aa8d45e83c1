// What a test may ask of the emulator of the CUDA runtime. The functions are weak: where a program is linked with
// CUDA's own runtime and runs on a GPU, they are null.
#pragma once

#include <cstdint>

extern "C" {

/// What kernels did since cuda_emulator_start_counting.
struct cuda_emulator_counts {
    std::uint64_t launches;
    /// Instructions, each counted once for a warp.
    std::uint64_t instructions;
    /// Distinct parts of 32 bytes that each load or store of a warp touches.
    std::uint64_t load_sectors;
    std::uint64_t store_sectors;
    /// Atomic operations, counted for each lane.
    std::uint64_t atomics;
};

__attribute__((weak)) void cuda_emulator_start_counting();
/// The counts of all kernels whose mangled name contains `part`. Runs all work that is enqueued.
__attribute__((weak)) cuda_emulator_counts cuda_emulator_counted(const char* part);

/// The next kernel that is launched ends with an illegal memory access. The error stays until the next function.
__attribute__((weak)) void cuda_emulator_fault_in_next_kernel();
/// Ends the error of a faulty kernel, as a new process would.
__attribute__((weak)) void cuda_emulator_restart();
/// The call of a runtime function after `calls` further ones fails (memory allocation), and does nothing. Functions
/// that free, destroy or wait for all work never fail in this way. A negative number: none fails.
__attribute__((weak)) void cuda_emulator_fail_after(int calls);
/// Whether that call has happened.
__attribute__((weak)) bool cuda_emulator_has_failed();

/// The number of reports so far. Any report makes the program end with an error.
__attribute__((weak)) unsigned cuda_emulator_reports();
/// The number of calls that waited, and that took device memory.
__attribute__((weak)) std::uint64_t cuda_emulator_waits();
__attribute__((weak)) std::uint64_t cuda_emulator_allocations();
}
