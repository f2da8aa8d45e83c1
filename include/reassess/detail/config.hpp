// Every macro of the library, and the only place that asks which compiler reads it.
#pragma once

// Functions that also run on a device. Under a host compiler the mark is empty.
#if defined(__CUDACC__)
#    define REASSESS_HOST_DEVICE __host__ __device__
#else
#    define REASSESS_HOST_DEVICE
#endif

// Whether kernels can be written here (CUDA's compiler), and whether this reading of the file makes a device's code.
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

// Which row kernels can be built. Vector types are GCC's and Clang's; kernels for several instruction sets in one file,
// chosen when the program runs, are for x86. A user may define REASSESS_KERNELS as 0 (plain loops), 1 (vectors without
// intrinsics) or 2 (everything) for a whole program; by default everything that there is.
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

// What stands around functions that are compiled for AVX2 or AVX-512 whatever the flags, and the name of what the flags
// allow: code built with other flags is other code, and must have another name.
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

// The compilers' own functions for registers of 64 bytes, whose names differ. Clang drops such names in time, and says
// which it has; without them there is no such kernel.
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

// Whether the compiler multiplies and adds vectors in one step by a function for all of them (newer Clang).
#define REASSESS_ELEMENTWISE_FMA 0
#if defined(__has_builtin)
#    if __has_builtin(__builtin_elementwise_fma)
#        undef REASSESS_ELEMENTWISE_FMA
#        define REASSESS_ELEMENTWISE_FMA 1
#    endif
#endif

// Keeps a number of floating point as it was rounded: -ffast-math reorders nothing across this. In a register where one
// is known to hold vectors.
#if defined(__SSE2__)
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__)
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+w"(x))
#else
#    define REASSESS_KEEP_ROUNDED(x) __asm__("" : "+m"(x))
#endif

// Functions that hosts inline whatever their size. Devices decide by registers.
#if defined(__GNUC__) && !defined(__CUDACC__)
#    define REASSESS_HOST_INLINE __attribute__((always_inline))
#else
#    define REASSESS_HOST_INLINE
#endif
