// Whether this build uses -ffast-math. With it the library guarantees the order of all scores except denormals and the
// detection of NaN, but not the values of infinite losses.
#pragma once

namespace test_support {

#if defined(__FAST_MATH__)
inline constexpr bool fast_math = true;
#else
inline constexpr bool fast_math = false;
#endif

}  // namespace test_support
