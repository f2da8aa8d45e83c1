// Run-time dispatch of the row kernels: one build for each instruction set that the compiler supports, selected by the
// processor, so users need no flags. Other compilers and processors use the plain loops of rank_row.hpp.
#pragma once

#include "../data/element_traits.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"
#include "list_hook.hpp"
#include "rank_row.hpp"
#include "row_job.hpp"
#include "softmax_sums.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Code paths that rank rows; all give the same ranks. avx512 is avx2 with 64-byte registers for the exponentials
/// alone.
enum class instruction_set { plain, baseline, avx2, avx512 };

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

#if REASSESS_CUDA
// nvcc warns about pragmas that only the host compiler knows.
#    pragma nv_diagnostic push
#    pragma nv_diag_suppress 1675
// nvcc declares the parameters of compiler builtins that are masks as signed integers.
#    pragma nv_diag_suppress 68
#endif
#if REASSESS_VECTOR_KERNELS
// Baseline: the instruction set that the compiler flags allow.
#    define REASSESS_KERNEL REASSESS_FLAGS(baseline_row_kernel)
#    define REASSESS_KERNEL_BYTES 16
#    define REASSESS_KERNEL_INTRINSICS REASSESS_X86_KERNELS
// In this order: each file uses the ones before it.
// clang-format off
#    include "vector_lanes.inl"
#    include "softmax_kernel.inl"
#    include "short_row_kernel.inl"
#    include "row_kernel.inl"
// clang-format on
namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {
namespace baseline_row_kernel_here = REASSESS_KERNEL;
}
#    undef REASSESS_KERNEL
#    undef REASSESS_KERNEL_BYTES
#    undef REASSESS_KERNEL_INTRINSICS
#endif

#if REASSESS_AVX512_KERNELS
// Only the exponentials are faster with AVX-512.
#    define REASSESS_KERNEL REASSESS_FLAGS(avx512_exponentials)
#    define REASSESS_KERNEL_BYTES 64
#    define REASSESS_KERNEL_INTRINSICS 0
REASSESS_AVX512_BEGIN
// clang-format off
#    include "vector_lanes.inl"
#    include "softmax_kernel.inl"
// clang-format on
REASSESS_TARGET_END
namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {
namespace avx512_exponentials_here = REASSESS_KERNEL;
}
#    undef REASSESS_KERNEL
#    undef REASSESS_KERNEL_BYTES
#    undef REASSESS_KERNEL_INTRINSICS
#endif

#if REASSESS_X86_KERNELS
#    define REASSESS_KERNEL REASSESS_FLAGS(avx2_row_kernel)
#    define REASSESS_KERNEL_BYTES 32
#    define REASSESS_KERNEL_INTRINSICS 1
REASSESS_AVX2_BEGIN
// In this order: each file uses the ones before it.
// clang-format off
#    include "vector_lanes.inl"
#    include "softmax_kernel.inl"
#    include "short_row_kernel.inl"
#    include "row_kernel.inl"
// clang-format on
REASSESS_TARGET_END
namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {
namespace avx2_row_kernel_here = REASSESS_KERNEL;
}
#    undef REASSESS_KERNEL
#    undef REASSESS_KERNEL_BYTES
#    undef REASSESS_KERNEL_INTRINSICS
#endif

#if REASSESS_CUDA
#    pragma nv_diagnostic pop
#endif

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Whether this build contains the path and this processor supports it.
inline bool can_run(instruction_set set) noexcept
{
#if REASSESS_X86_KERNELS
    static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == instruction_set::avx2) return has_avx2;
#endif
#if REASSESS_AVX512_KERNELS
    static const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
    if (set == instruction_set::avx512) return has_avx2 && has_avx512;
#endif
    return set == instruction_set::plain || (set == instruction_set::baseline && REASSESS_VECTOR_KERNELS);
}

/// Ranks rows begin .. end - 1 by one path, for which can_run must be true; element types without vector kernels always
/// use the plain loops. Rows with a NaN are excluded; returns the first of them, or `end` if there is none. `hook`
/// computes additional output (values, lists or both) for each row.
template <class T, class Hook = no_hook>
std::size_t rank_rows(instruction_set set, const row_job<T>& job, std::size_t begin, std::size_t end,
                      const Hook& hook = {}) noexcept
{
    if constexpr (vector_format_of<T> != vector_format::none) {
#if REASSESS_X86_KERNELS
        if (set == instruction_set::avx2 || set == instruction_set::avx512)
            return avx2_row_kernel_here::rank_rows(set, job, begin, end, hook);
#endif
#if REASSESS_VECTOR_KERNELS
        if (set == instruction_set::baseline) return baseline_row_kernel_here::rank_rows(set, job, begin, end, hook);
#endif
    }
    static_cast<void>(set);
    return rank_rows_plainly(job, begin, end, hook);
}

/// The fastest path that this processor supports.
inline instruction_set fastest_instruction_set() noexcept
{
    for (const instruction_set set : {instruction_set::avx512, instruction_set::avx2, instruction_set::baseline}) {
        if (can_run(set)) return set;
    }
    return instruction_set::plain;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
