// Detection of sanitizers, to skip tests of gigabytes of address space and of failing allocations.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define REASSESS_TEST_UNDER_SANITIZER
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#        define REASSESS_TEST_UNDER_SANITIZER
#    endif
#endif

namespace test_support {

#if defined(REASSESS_TEST_UNDER_SANITIZER)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif

}  // namespace test_support
