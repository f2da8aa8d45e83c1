// Whether this is built with -ffast-math, under which the library promises the order of all scores but denormals, and
// that NaN are found; not what a value is that overflows or is lost in a sum.
#pragma once

namespace test_support {

#if defined(__FAST_MATH__)
inline constexpr bool fast_math = true;
#else
inline constexpr bool fast_math = false;
#endif

}  // namespace test_support
