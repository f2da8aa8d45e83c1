// Whether this is built with -ffast-math, under which the library promises the order of all scores but denormals, and
// that NaN are found; not what an infinite loss is.
#pragma once

namespace test_support {

#if defined(__FAST_MATH__)
inline constexpr bool fast_math = true;
#else
inline constexpr bool fast_math = false;
#endif

}  // namespace test_support
