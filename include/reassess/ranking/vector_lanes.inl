// Vector primitives of the row kernels, for one instruction set: loading scores as keys, reducing comparison masks,
// counting, NaN detection and prefetching. row_kernels.hpp includes this file once per instruction set, with
//   REASSESS_KERNEL              the namespace. Its name contains the instruction set and the compiler flags, so that
//                                object files built with different flags never share a kernel
//   REASSESS_KERNEL_BYTES        the size of a vector register in bytes
//   REASSESS_KERNEL_INTRINSICS   1 if movemask is available, else 0

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL {

/// A vector register of keys (see element_traits): float and double unchanged, other formats as signed integers.
template <class T>
struct lanes {
    using element = comparable_t<T>;
    typedef element vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
    static constexpr std::size_t width = REASSESS_KERNEL_BYTES / sizeof(element);
    static_assert(std::is_same_v<element, typename format_constants<vector_format_of<T>>::key_type> &&
                      sizeof(T) == sizeof(element),
                  "element_traits<T>::vectors names a bit format with another size or key type");

    static inline vector load(const T* scores) noexcept
    {
        vector v;
        __builtin_memcpy(&v, scores, sizeof v);
        return v;
    }
    /// The keys of loaded scores, as element_traits<T>::key computes them for one score.
    static inline vector keys_of(vector loaded) noexcept
    {
        if constexpr (has_16_bit_format<T>) {
#if REASSESS_KERNEL_INTRINSICS && REASSESS_KERNEL_BYTES == 32
            // psignw applies the sign in two instructions instead of four. The type does not depend on T because nvcc
            // rejects dependent arguments of builtins.
            typedef short words __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
            const words bits = __builtin_bit_cast(words, loaded);
            return __builtin_bit_cast(vector, __builtin_ia32_psignw256(bits & 0x7fff, bits));
#else
            const vector sign = loaded >> 15;
            return ((loaded & 0x7fff) ^ sign) - sign;
#endif
        } else if constexpr (vector_format_of<T> == vector_format::uint8) {
            return loaded ^ static_cast<std::int8_t>(-128);
        } else {
            return loaded;
        }
    }
    static inline vector load_keys(const T* scores) noexcept
    {
        return keys_of(load(scores));
    }
    static inline vector greater_of(vector a, vector b) noexcept
    {
        return a > b ? a : b;
    }
    static inline vector less_of(vector a, vector b) noexcept
    {
        return a < b ? a : b;
    }
    static inline vector all(element x) noexcept
    {
        return x - vector{};
    }
    /// The lane numbers 0, 1, 2 ...
    static inline vector places() noexcept
    {
        vector places{};
        for (std::size_t i = 0; i < width; ++i) places[i] = static_cast<element>(i);
        return places;
    }
    static inline vector place(std::size_t number) noexcept
    {
        return all(static_cast<element>(number));
    }
};

typedef char byte_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));

#if REASSESS_KERNEL_INTRINSICS
/// One bit for each byte of a comparison mask. Compiler builtins, because including <immintrin.h> takes more compile
/// time than this library.
template <class Mask>
inline std::uint32_t bits_of(Mask mask) noexcept
{
#    if REASSESS_KERNEL_BYTES == 32
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(__builtin_bit_cast(byte_vector, mask)));
#    else
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(__builtin_bit_cast(byte_vector, mask)));
#    endif
}
#endif

/// Whether any lane of a comparison mask is true.
template <class Mask>
inline bool any(Mask mask) noexcept
{
#if REASSESS_KERNEL_INTRINSICS
    return bits_of(mask) != 0;
#else
    std::uint64_t words[REASSESS_KERNEL_BYTES / 8];
    __builtin_memcpy(words, &mask, sizeof words);
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    return all != 0;
#endif
}

/// The index of the first byte of the first true lane. At least one lane must be true.
template <class Mask>
inline std::size_t first_byte(Mask mask) noexcept
{
#if REASSESS_KERNEL_INTRINSICS
    return static_cast<std::size_t>(std::countr_zero(bits_of(mask)));
#else
    unsigned char bytes[REASSESS_KERNEL_BYTES];
    __builtin_memcpy(bytes, &mask, sizeof bytes);
    std::size_t byte = 0;
    while (bytes[byte] == 0) ++byte;
    return byte;
#endif
}

/// Nonzero if a lane that starts at this byte or later is true.
template <class Mask>
inline std::uint64_t bits_behind(Mask mask, std::size_t byte) noexcept
{
#if REASSESS_KERNEL_INTRINSICS
    return std::uint64_t{bits_of(mask)} >> byte;
#else
    unsigned char bytes[REASSESS_KERNEL_BYTES];
    __builtin_memcpy(bytes, &mask, sizeof bytes);
    std::uint64_t behind = 0;
    for (; byte < sizeof bytes; ++byte) behind |= bytes[byte];
    return behind;
#endif
}

/// Calls f(lane) for every true lane, in ascending order.
template <class Mask, class Function>
inline void for_each_true_lane(Mask mask, Function f) noexcept
{
    constexpr std::size_t lane_bytes = sizeof(mask[0]);
#if REASSESS_KERNEL_INTRINSICS
    constexpr std::uint32_t one_lane = (std::uint32_t{1} << lane_bytes) - 1;
    for (std::uint32_t bits = bits_of(mask); bits != 0;) {
        const int first = std::countr_zero(bits);
        f(static_cast<std::size_t>(first) / lane_bytes);
        bits &= ~(one_lane << first);
    }
#else
    if (!any(mask)) return;
    for (std::size_t i = 0; i < sizeof mask / lane_bytes; ++i) {
        if (mask[i] != 0) f(i);
    }
#endif
}

/// Number of true comparisons in each lane. A true comparison is -1.
template <class T>
struct lane_counts {
    using mask = decltype(typename lanes<T>::vector{} > typename lanes<T>::vector{});
    using count = std::make_unsigned_t<std::remove_cvref_t<decltype(mask{}[0])>>;
    mask counts{};

    inline void add(mask compared) noexcept { counts -= compared; }
    [[nodiscard]] inline rank_index total() const noexcept
    {
        if constexpr (sizeof(count) > 4) {
            count each[lanes<T>::width];
            copy_to(each);
            count sum = 0;
            for (const count lane : each) sum += lane;
            return static_cast<rank_index>(sum);
        } else {
            typedef std::uint32_t words __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
            words sums = __builtin_bit_cast(words, counts);
            if constexpr (sizeof(count) == 1) sums = (sums & 0xff00ff) + ((sums >> 8) & 0xff00ff);
            if constexpr (sizeof(count) <= 2) sums = (sums & 0xffff) + (sums >> 16);
            // Add halves, then words: compilers would store an array of words to memory.
            typedef std::uint32_t half_words __attribute__((vector_size(16)));
            typedef std::uint64_t word_pair __attribute__((vector_size(16)));
            half_words low, high{};
            __builtin_memcpy(&low, &sums, sizeof low);
            if constexpr (sizeof sums > sizeof low)
                __builtin_memcpy(&high, reinterpret_cast<const char*>(&sums) + sizeof low, sizeof high);
            const word_pair pair = __builtin_bit_cast(word_pair, low + high);
            const std::uint64_t both = pair[0] + pair[1];
            return static_cast<rank_index>(both) + static_cast<rank_index>(both >> 32);
        }
    }
    /// Mask of the lanes that counted fewer than `most`.
    [[nodiscard]] inline mask below(std::size_t most) const noexcept
    {
        return counts < mask{} + static_cast<std::remove_cvref_t<decltype(counts[0])>>(most);
    }
    inline void copy_to(count (&each)[lanes<T>::width]) const noexcept { __builtin_memcpy(each, &counts, sizeof each); }
};

/// Tells whether a row may contain a NaN; false positives are possible. Floating-point formats keep a sum of the
/// scores, which is NaN if a score is NaN or if infinities of both signs occur. The NaN is detected from the bit
/// pattern, so -ffast-math has no effect on it. The 16-bit formats keep the greatest magnitude.
template <class T>
struct nan_watch {
    using vector = typename lanes<T>::vector;
    vector seen[4]{};

    inline void add(std::size_t unit, vector x) noexcept { seen[unit] += x; }
    [[nodiscard]] inline bool suspects() const noexcept
    {
        using bits = typename lane_counts<T>::mask;
        const bits sum = __builtin_bit_cast(bits, (seen[0] + seen[1]) + (seen[2] + seen[3]));
        using lane_bits = std::remove_cvref_t<decltype(sum[0])>;
        constexpr lane_bits infinity = format_constants<vector_format_of<T>>::infinity;
        return any((sum & std::numeric_limits<lane_bits>::max()) > bits{} + infinity);
    }
};

template <class T>
    requires has_integer_format<T>
struct nan_watch<T> {
    inline void add(std::size_t, typename lanes<T>::vector) noexcept {}
    [[nodiscard]] inline bool suspects() const noexcept { return false; }
};

template <class T>
    requires has_16_bit_format<T>
struct nan_watch<T> {
    using vector = typename lanes<T>::vector;
    vector magnitude[4]{};

    inline void add(std::size_t unit, vector x) noexcept
    {
        magnitude[unit] = lanes<T>::greater_of(x & 0x7fff, magnitude[unit]);
    }
    [[nodiscard]] inline bool suspects() const noexcept
    {
        const vector infinity = lanes<T>::all(format_constants<vector_format_of<T>>::infinity);
        return any(((magnitude[0] > infinity) | (magnitude[1] > infinity)) |
                   ((magnitude[2] > infinity) | (magnitude[3] > infinity)));
    }
};

/// Prefetches the next row, a few cache lines per call.
class next_row_fetcher {
public:
    inline next_row_fetcher(const void* row, std::size_t bytes) noexcept
        : next_(reinterpret_cast<std::uintptr_t>(row)), end_(next_ + bytes)
    {
    }
    inline void fetch(std::size_t lines) noexcept
    {
        // Eight lines per bounds check.
        for (; lines >= 8 && next_ + 8 * 64 <= end_; lines -= 8) {
#pragma GCC unroll 8
            for (std::size_t line = 0; line < 8; ++line)
                __builtin_prefetch(reinterpret_cast<const void*>(next_ + 64 * line));
            next_ += 8 * 64;
        }
        for (std::size_t line = 0; line < lines && next_ < end_; ++line, next_ += 64) {
            __builtin_prefetch(reinterpret_cast<const void*>(next_));
        }
    }
    /// Prefetches the cache lines of `Bytes` bytes at `offset` from the current position. There is no bounds check, so
    /// the last lines may lie past the end of the row.
    template <std::size_t Bytes>
    [[gnu::always_inline]] inline void fetch_at(std::size_t offset) const noexcept
    {
#pragma GCC unroll 4
        for (std::size_t line = 0; line < Bytes; line += 64)
            __builtin_prefetch(reinterpret_cast<const void*>(next_ + offset + line));
    }
    /// Advances the current position by the bytes that fetch_at has prefetched.
    inline void skip(std::size_t bytes) noexcept
    {
        next_ += bytes;
    }

private:
    std::uintptr_t next_;
    std::uintptr_t end_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL
