// The sums behind a row's softmax by vectors of float, for one instruction set; row_kernels.hpp includes it before
// row_kernel.inl, with the same macros. For scores of at most 32 bits.
//
// exp(-x) is 2^n exp(r) with r small, and a polynomial for exp(r) - 1, so that exp(0) is 1 and ties count in full.
// Every exponential is right to 2e-7 and 3e-9 x of itself. Sums of a few hundred are taken in float, the rest in
// double.

namespace reassess::inline v0_1::detail::REASSESS_KERNEL {

using floats = typename lanes<float>::vector;
typedef std::int32_t int_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
typedef double double_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
typedef float half_of_floats __attribute__((vector_size(REASSESS_KERNEL_BYTES / 2)));

/// One vector of scores as floats. A half's -infinity becomes -65536, far enough below any finite half's maximum.
inline floats load_floats(const float* scores) noexcept
{
    return lanes<float>::load(scores);
}
inline floats load_floats(const bfloat16* scores) noexcept
{
    typedef std::uint16_t bits16 __attribute__((vector_size(REASSESS_KERNEL_BYTES / 2)));
    bits16 loaded;
    __builtin_memcpy(&loaded, scores, sizeof loaded);
    return __builtin_bit_cast(floats, __builtin_convertvector(loaded, int_vector) << 16);
}
inline floats load_floats(const half* scores) noexcept
{
    typedef std::uint16_t bits16 __attribute__((vector_size(REASSESS_KERNEL_BYTES / 2)));
    bits16 loaded;
    __builtin_memcpy(&loaded, scores, sizeof loaded);
    const int_vector bits = __builtin_convertvector(loaded, int_vector);
    const int_vector sign = (bits & 0x8000) << 16;
    // The exponent's bias differs by 112; the product is exact, for denormals too.
    const floats magnitude = __builtin_bit_cast(floats, (bits & 0x7fff) << 13) * 0x1p112f;
    return __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, magnitude) | sign);
}

/// The lesser of both in every lane; none is negative, so that their bits have the order of integers. Of a question
/// with floats compilers make several operations where one side is constant.
inline floats lesser_of(floats a, floats b) noexcept
{
#if REASSESS_KERNEL_INTRINSICS && REASSESS_KERNEL_BYTES == 16
    return __builtin_ia32_minps(a, b);
#else
    return __builtin_bit_cast(
        floats, lanes<std::int32_t>::less_of(__builtin_bit_cast(int_vector, a), __builtin_bit_cast(int_vector, b)));
#endif
}

/// Exponentials are kept 2^60 times as large as they are, so that the squares of small ones are not lost.
inline constexpr int exponential_scale = 60;

#if REASSESS_KERNEL_BYTES == 32
/// How many vectors of exponentials are computed side by side: one waits for its own steps, but the processor runs on
/// into the next.
inline constexpr std::size_t side_by_side = 2;

/// a * b + c, rounded once. Not left to compilers, which may not join operations or, under -ffast-math, take this
/// apart.
inline floats fused_multiply_add(floats a, floats b, floats c) noexcept
{
#    if REASSESS_ELEMENTWISE_FMA
    return __builtin_elementwise_fma(a, b, c);
#    else
    return __builtin_ia32_vfmaddps256(a, b, c);
#    endif
}

/// The bits of 2^(j/8) of the given float, for adding n << 20 with n = j modulo 8: 2^(n/8), scaled.
constexpr std::int32_t eighth_power_bits(float power, std::int32_t j) noexcept
{
    return __builtin_bit_cast(std::int32_t, power) + ((exponential_scale << 23) - (j << 20));
}

/// 2^60 exp(-x) for 0 <= x < 130, in place. With n / 8 for n, the eighths from a table, r is at most log(2) / 16 and
/// the polynomial is cubic.
[[gnu::always_inline]] inline void scaled_exponentials(floats (&x)[side_by_side]) noexcept
{
    constexpr float eighths_of_log2_e = 11.5415603f;
    constexpr float log_2_eighth = 0.0866433978f;
    // Added to a small number, leaves it rounded in the low bits.
    const floats shift = lanes<float>::all(0x1.8p23f);
    const int_vector powers = {eighth_power_bits(0x1p+0f, 0),        eighth_power_bits(0x1.172b84p+0f, 1),
                               eighth_power_bits(0x1.306fep+0f, 2),  eighth_power_bits(0x1.4bfdaep+0f, 3),
                               eighth_power_bits(0x1.6a09e6p+0f, 4), eighth_power_bits(0x1.8ace54p+0f, 5),
                               eighth_power_bits(0x1.ae89fap+0f, 6), eighth_power_bits(0x1.d5818ep+0f, 7)};
#    pragma GCC unroll 8
    for (floats& e : x) {
        const floats shifted = fused_multiply_add(e, lanes<float>::all(-eighths_of_log2_e), shift);
        const int_vector n = __builtin_bit_cast(int_vector, shifted);
        const floats r = fused_multiply_add(shifted - shift, lanes<float>::all(-log_2_eighth), -e);
        const floats scale = __builtin_bit_cast(floats, __builtin_ia32_permvarsi256(powers, n) + (n << 20));
        floats p = fused_multiply_add(r, lanes<float>::all(0.166642934f), lanes<float>::all(0.500064909f));
        p = fused_multiply_add(p, r, lanes<float>::all(1.0f));
        e = fused_multiply_add(scale * r, p, scale);
    }
}
#else
/// How many vectors of exponentials are computed side by side: one alone would wait for each of its own steps.
inline constexpr std::size_t side_by_side = 8;

/// The nearest whole numbers, of such as are not positive.
inline int_vector nearest(floats x) noexcept
{
#    if REASSESS_KERNEL_INTRINSICS
    return __builtin_ia32_cvtps2dq(x);
#    else
    return __builtin_convertvector(x - 0.5f, int_vector);
#    endif
}

/// 2^60 exp(-x) for 0 <= x < 130, in place. log(2) in two parts, so that r loses nothing where x is large
/// (-ffast-math joins them again: 6e-8 x).
[[gnu::always_inline]] inline void scaled_exponentials(floats (&x)[side_by_side]) noexcept
{
    constexpr float log2_e = 1.44269504f;
    floats r[side_by_side];
    floats scale[side_by_side];
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) {
        const int_vector n = nearest(x[u] * -log2_e);
        scale[u] = __builtin_bit_cast(floats, (n + (127 + exponential_scale)) << 23);
        const floats whole = __builtin_convertvector(n, floats);
        r[u] = (whole * -0.693359375f - x[u]) + whole * 2.12194440e-4f;
    }
    floats(&p)[side_by_side] = x;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) p[u] = 0.00829027593f * r[u] + 0.0418980978f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) p[u] = p[u] * r[u] + 0.166676357f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) p[u] = p[u] * r[u] + 0.499991506f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) p[u] = p[u] * r[u] + 0.999999702f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) x[u] = scale[u] * r[u] * p[u] + scale[u];
}
#endif

/// Sums of a few hundred exponentials and of their squares, in every lane.
struct short_sums {
    floats sum{};
    floats squares{};
};

/// The same of any number.
struct exponential_sums {
    double_vector sum{};
    double_vector squares{};

    inline void add(const short_sums& others) noexcept
    {
        sum += widened(others.sum);
        squares += widened(others.squares);
    }
    [[nodiscard]] inline softmax_sums total() const noexcept
    {
        constexpr double scale = 1.0 / static_cast<double>(std::uint64_t{1} << exponential_scale);
        softmax_sums total{};
        for (std::size_t i = 0; i < sizeof sum / sizeof(double); ++i) {
            total.rest += sum[i] * scale;
            total.rest_squares += squares[i] * scale * scale;
        }
        return total;
    }

private:
    static inline double_vector widened(floats x) noexcept
    {
        half_of_floats low;
        half_of_floats high;
        __builtin_memcpy(&low, &x, sizeof low);
        __builtin_memcpy(&high, reinterpret_cast<const char*>(&x) + sizeof low, sizeof high);
        return __builtin_convertvector(low, double_vector) + __builtin_convertvector(high, double_vector);
    }
};

/// Scores are taken by groups of this many.
inline constexpr std::size_t group_classes = side_by_side * lanes<float>::width;

/// The exponentials of a group of scores none of which is above the top; 0 where more than 130 below it.
template <class T>
[[gnu::always_inline]] inline void exponentials_of_group(const T* scores, floats top,
                                                         floats (&e)[side_by_side]) noexcept
{
    const floats most = lanes<float>::all(129.6f);
#pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u)
        e[u] = lesser_of(top - load_floats(scores + u * lanes<float>::width), most);
    scaled_exponentials(e);
}

[[gnu::always_inline]] inline void add_group(short_sums& sums, const floats (&e)[side_by_side]) noexcept
{
    floats sum = e[0];
#pragma GCC unroll 8
    for (std::size_t u = 1; u < side_by_side; ++u) sum += e[u];
    sums.sum += sum;
#pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) sums.squares += e[u] * e[u];
}

/// Of those from the place `first` on in a group, without that at `left_out`.
template <class T>
inline short_sums sums_of_some(const T* scores, floats top, std::size_t first, std::size_t left_out) noexcept
{
    floats e[side_by_side];
    exponentials_of_group(scores, top, e);
    constexpr auto width = static_cast<std::int32_t>(lanes<float>::width);
    int_vector place;
    for (std::int32_t i = 0; i < width; ++i) place[i] = i;
    for (floats& x : e) {
        const int_vector taken =
            (place >= static_cast<std::int32_t>(first)) & (place != static_cast<std::int32_t>(left_out));
        x = __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, x) & taken);
        place += width;
    }
    short_sums sums;
    add_group(sums, e);
    return sums;
}

/// As plain_softmax_sums, for a finite greatest score. Fetches the next row as it goes.
template <class T>
inline softmax_sums vector_softmax_sums(const T* row, std::size_t classes, std::size_t prediction,
                                        next_row_fetcher& next) noexcept
{
    constexpr std::size_t group = group_classes;
    // As many as floats add up without a loss that matters, or an overflow of squares.
    constexpr std::size_t part = 512;
    const floats top = lanes<float>::all(static_cast<float>(real_value(row[prediction])));
    // The prediction is left out, not subtracted later, so that what is small beside it keeps its digits: the last
    // group takes the place of the prediction's, without a branch in the loop.
    const std::size_t groups_end = classes / group * group;
    const std::size_t of_prediction = prediction / group * group;
    const std::size_t last = groups_end - group;
    const std::size_t end = prediction < groups_end ? last : groups_end;
    exponential_sums sums;
    next_row_fetcher ahead = next;
    for (std::size_t first = 0; first < end; first += part) {
        const std::size_t part_end = std::min(end, first + part);
        short_sums of_part;
        for (std::size_t c = first; c < part_end; c += group) {
            ahead.template fetch_always<std::max<std::size_t>(1, group * sizeof(T) / 64)>();
            floats e[side_by_side];
            exponentials_of_group(row + (c == of_prediction ? last : c), top, e);
            add_group(of_part, e);
        }
        sums.add(of_part);
    }
    next = ahead;
    if (prediction < groups_end) sums.add(sums_of_some(row + of_prediction, top, 0, prediction - of_prediction));
    if (groups_end < classes) {
        // The last scores with those before them, which are known already; of short rows, with some of no class.
        const std::size_t before = classes < group ? group - classes : 0;
        T padded[group];
        if (before != 0) {
            for (std::size_t i = 0; i < group; ++i) padded[i] = row[i < before ? prediction : i - before];
        }
        const T* const tail = before != 0 ? padded : row + (classes - group);
        sums.add(sums_of_some(tail, top, group - (classes - groups_end),
                              prediction >= groups_end ? prediction + group - classes : group));
    }
    return sums.total();
}

}  // namespace reassess::inline v0_1::detail::REASSESS_KERNEL
