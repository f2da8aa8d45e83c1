// CUDA's own 16-bit types as the element types of scores: the same bits. Opt-in; for CUDA's compiler.
#pragma once

#include "../data/float16.hpp"
#include "../version.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The same scores, as scores_view takes them.
[[nodiscard]] inline const half* as_scores(const ::__half* scores) noexcept
{
    static_assert(sizeof(half) == sizeof(::__half));
    return reinterpret_cast<const half*>(scores);
}
[[nodiscard]] inline const bfloat16* as_scores(const ::__nv_bfloat16* scores) noexcept
{
    static_assert(sizeof(bfloat16) == sizeof(::__nv_bfloat16));
    return reinterpret_cast<const bfloat16*>(scores);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
