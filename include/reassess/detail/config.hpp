// All macros of the library: compiler detection, host/device annotations, selection of SIMD kernels.
#pragma once

// Annotation of functions that also run on a device; empty under a host compiler.
#if defined(__CUDACC__)
#    define REASSESS_HOST_DEVICE __host__ __device__
#else
#    define REASSESS_HOST_DEVICE
#endif

// Whether this compiler can compile kernels (CUDA), and whether this compilation pass generates device code.
#if defined(__CUDACC__)
#    define REASSESS_CUDA 1
#else
#    define REASSESS_CUDA 0
#endif
#if defined(__CUDA_ARCH__)
#    define REASSESS_DEVICE_CODE 1
#else
#    define REASSESS_DEVICE_CODE 0
#endif

// Whether device code may use instructions of compute capability 8.0.
#define REASSESS_DEVICE_80 0
#if defined(__CUDA_ARCH__)
#    if __CUDA_ARCH__ >= 800
#        undef REASSESS_DEVICE_80
#        define REASSESS_DEVICE_80 1
#    endif
#endif

// Before a loop: a compiler for devices does not unroll it, because it has few iterations, or unrolls it completely, so
// that arrays are in registers.
#if defined(__CUDA_ARCH__)
#    define REASSESS_NO_UNROLL _Pragma("unroll 1")
#    define REASSESS_UNROLL _Pragma("unroll")
#else
#    define REASSESS_NO_UNROLL
#    define REASSESS_UNROLL
#endif

// Which row kernels can be built. Vector types need GCC or Clang; kernels for several instruction sets in one file,
// with selection at run time, need x86. Users may define REASSESS_KERNELS as 0 (plain loops), 1 (vectors without
// intrinsics) or 2 (all kernels) for a whole program; the default is everything that the compiler supports.
#if !defined(REASSESS_KERNELS)
#    define REASSESS_KERNELS 2
#endif
#if defined(__GNUC__) && !defined(__CUDA_ARCH__) && REASSESS_KERNELS >= 1
#    define REASSESS_VECTOR_KERNELS 1
#else
#    define REASSESS_VECTOR_KERNELS 0
#endif
#if REASSESS_VECTOR_KERNELS && defined(__x86_64__) && REASSESS_KERNELS >= 2
#    define REASSESS_X86_KERNELS 1
#else
#    define REASSESS_X86_KERNELS 0
#endif

// Begin and end of functions that are compiled for AVX2 or AVX-512 independently of the compiler flags. REASSESS_FLAGS
// appends the instruction set of the flags to a name: code built with different flags differs, so it needs a different
// name (one-definition rule).
#if REASSESS_X86_KERNELS
#    if defined(__clang__)
#        define REASSESS_AVX2_BEGIN \
            _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#        define REASSESS_AVX512_BEGIN \
            _Pragma("clang attribute push(__attribute__((target(\"fma,avx512dq\"))), apply_to = function)")
#        define REASSESS_TARGET_END _Pragma("clang attribute pop")
#    else
#        define REASSESS_AVX2_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#        define REASSESS_AVX512_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"fma,avx512dq\")")
#        define REASSESS_TARGET_END _Pragma("GCC pop_options")
#    endif
#    if defined(__AVX512F__)
#        define REASSESS_FLAGS(name) name##_built_for_avx512
#    elif defined(__AVX2__)
#        define REASSESS_FLAGS(name) name##_built_for_avx2
#    elif defined(__AVX__)
#        define REASSESS_FLAGS(name) name##_built_for_avx
#    else
#        define REASSESS_FLAGS(name) name##_built_for_sse2
#    endif
#else
#    define REASSESS_FLAGS(name) name
#endif

// Compiler builtins for 64-byte registers, whose names differ between compilers. Newer versions of Clang remove some,
// so __has_builtin is tested; without them there are no AVX-512 kernels.
#define REASSESS_AVX512_KERNELS 0
#if REASSESS_X86_KERNELS && !defined(__clang__)
#    undef REASSESS_AVX512_KERNELS
#    define REASSESS_AVX512_KERNELS 1
#    define REASSESS_AVX512_MAX(a, b) __builtin_ia32_maxps512_mask(a, b, a, static_cast<unsigned short>(-1), 4)
#    define REASSESS_AVX512_LOOKUP(low, n, high) \
        __builtin_ia32_vpermt2vard512_mask(n, low, high, static_cast<unsigned short>(-1))
#elif REASSESS_X86_KERNELS
#    if __has_builtin(__builtin_ia32_maxps512) && __has_builtin(__builtin_ia32_vpermi2vard512) && \
        __has_builtin(__builtin_ia32_vfmaddps512_mask)
#        undef REASSESS_AVX512_KERNELS
#        define REASSESS_AVX512_KERNELS 1
#        define REASSESS_AVX512_MAX(a, b) __builtin_ia32_maxps512(a, b, 4)
#        define REASSESS_AVX512_LOOKUP(low, n, high) __builtin_ia32_vpermi2vard512(low, n, high)
#    endif
#endif
#if REASSESS_AVX512_KERNELS
#    define REASSESS_AVX512_FMA(a, b, c) __builtin_ia32_vfmaddps512_mask(a, b, c, static_cast<unsigned short>(-1), 4)
#endif

// Whether the compiler has the generic vector fused multiply-add builtin (newer Clang).
#define REASSESS_ELEMENTWISE_FMA 0
#if defined(__has_builtin)
#    if __has_builtin(__builtin_elementwise_fma)
#        undef REASSESS_ELEMENTWISE_FMA
#        define REASSESS_ELEMENTWISE_FMA 1
#    endif
#endif

// Optimisation barrier: keeps a floating-point number as rounded, so that -ffast-math does not reassociate across it.
// In a vector register on architectures that have a constraint for one.
#if defined(__SSE2__)
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__)
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+w"(x))
#else
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+m"(x))
#endif

// Always inlined on hosts; on devices the compiler decides, because inlining affects register use.
#if defined(__GNUC__) && !defined(__CUDACC__)
#    define REASSESS_HOST_INLINE __attribute__((always_inline))
#else
#    define REASSESS_HOST_INLINE
#endif

// A parameter whose referent must outlive the object that is constructed from it; Clang checks it.
#define REASSESS_LIFETIMEBOUND
#if defined(__has_cpp_attribute)
#    if __has_cpp_attribute(clang::lifetimebound)
#        undef REASSESS_LIFETIMEBOUND
#        define REASSESS_LIFETIMEBOUND [[clang::lifetimebound]]
#    endif
#endif
