// The sums behind a row's softmax by vectors of float, for one instruction set; row_kernels.hpp includes it before
// row_kernel.inl, with the same macros. For scores of at most 32 bits.
//
// exp(x) is 2^n exp(r) with n the nearest integer to x log2(e), log(2) in two parts so that r loses nothing where x is
// large, and a polynomial of degree 5 for exp(r): that of the least greatest relative error among those that are 1 at
// 0, so that ties count in full. Every exponential is right to 2e-7 of itself (-ffast-math joins the two parts again:
// 6e-8 |x|). Sums of 64 vectors are taken in float, the rest in double.

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

/// 2^60 exp(score - top) of four vectors of scores, none above the top; 0 where a score is more than 129 below it. The
/// four are computed side by side: one alone would wait for each of its own steps.
template <class T>
[[gnu::always_inline]] inline void scaled_exponentials(const T* scores, floats top, floats (&e)[4]) noexcept
{
    constexpr float log2_e = 1.44269504f;
    const floats most = lanes<float>::all(129.6f);
    floats x[4];
    floats r[4];
    int_vector n[4];
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) x[u] = lesser_of(top - load_floats(scores + u * lanes<float>::width), most);
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) n[u] = __builtin_convertvector(x[u] * -log2_e - 0.5f, int_vector);  // towards 0
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) {
        const floats whole = __builtin_convertvector(n[u], floats);
        r[u] = (whole * -0.693359375f - x[u]) + whole * 2.12194440e-4f;
    }
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] = 0.00829027593f * r[u] + 0.0418980978f;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] = e[u] * r[u] + 0.166676357f;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] = e[u] * r[u] + 0.499991506f;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] = e[u] * r[u] + 0.999999702f;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] = e[u] * r[u] + 1.0f;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) e[u] *= __builtin_bit_cast(floats, (n[u] + (127 + exponential_scale)) << 23);
}

/// Sums of exponentials and of their squares, in every lane.
struct exponential_sums {
    double_vector sum{};
    double_vector squares{};

    /// Adds those of four vectors.
    [[gnu::always_inline]] inline void add(const floats (&e)[4]) noexcept
    {
        add_lanes(sum, (e[0] + e[1]) + (e[2] + e[3]));
        add_lanes(squares, (e[0] * e[0] + e[1] * e[1]) + (e[2] * e[2] + e[3] * e[3]));
    }
    static inline void add_lanes(double_vector& sum, floats x) noexcept
    {
        half_of_floats low;
        half_of_floats high;
        __builtin_memcpy(&low, &x, sizeof low);
        __builtin_memcpy(&high, reinterpret_cast<const char*>(&x) + sizeof low, sizeof high);
        sum += __builtin_convertvector(low, double_vector) + __builtin_convertvector(high, double_vector);
    }
    static inline double total(double_vector lanes_of_sum) noexcept
    {
        double total = 0.0;
        for (std::size_t i = 0; i < sizeof lanes_of_sum / sizeof(double); ++i) total += lanes_of_sum[i];
        return total;
    }
};

/// Adds the exponentials of four vectors of scores from the place `first` on, without that at `left_out`.
template <class T>
[[gnu::always_inline]] inline void add_some(exponential_sums& sums, const T* scores, floats top, std::size_t first,
                                            std::size_t left_out) noexcept
{
    floats e[4];
    scaled_exponentials(scores, top, e);
    constexpr auto width = static_cast<std::int32_t>(lanes<float>::width);
    int_vector place;
    for (std::int32_t i = 0; i < width; ++i) place[i] = i;
#pragma GCC unroll 4
    for (std::size_t u = 0; u < 4; ++u) {
        const int_vector taken =
            (place >= static_cast<std::int32_t>(first)) & (place != static_cast<std::int32_t>(left_out));
        e[u] = __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, e[u]) & taken);
        place += width;
    }
    sums.add(e);
}

/// As plain_softmax_sums, for a finite greatest score. Fetches the next row as it goes.
template <class T>
inline softmax_sums vector_softmax_sums(const T* row, std::size_t classes, std::size_t prediction,
                                        next_row_fetcher& next) noexcept
{
    constexpr std::size_t step = 4 * lanes<float>::width;
    // As many as floats add up without a loss that matters, or an overflow of squares.
    constexpr std::size_t part = 16 * step;
    const floats top = lanes<float>::all(static_cast<float>(real_value(row[prediction])));
    const std::size_t whole = classes / step * step;
    // The prediction is left out, not subtracted later, so that what is small beside it keeps its digits.
    const std::size_t of_prediction = prediction / step * step;
    exponential_sums sums;
    for (std::size_t first = 0; first < whole; first += part) {
        const std::size_t end = whole - first < part ? whole : first + part;
        floats sum[2]{};
        floats squares[2]{};
        for (std::size_t c = first; c < end; c += step) {
            next.fetch(step * sizeof(T) / 64 + 1);
            if (c == of_prediction) continue;
            floats e[4];
            scaled_exponentials(row + c, top, e);
#pragma GCC unroll 4
            for (std::size_t u = 0; u < 4; ++u) {
                sum[u % 2] += e[u];
                squares[u % 2] += e[u] * e[u];
            }
        }
        sums.add_lanes(sums.sum, sum[0] + sum[1]);
        sums.add_lanes(sums.squares, squares[0] + squares[1]);
    }
    if (of_prediction < whole) add_some(sums, row + of_prediction, top, 0, prediction - of_prediction);
    if (whole < classes) {
        // The last scores with those before them, which are known already; of short rows, with some of no class.
        const std::size_t before = classes < step ? step - classes : 0;
        T padded[step];
        if (before != 0) {
            for (std::size_t i = 0; i < step; ++i) padded[i] = row[i < before ? prediction : i - before];
        }
        const T* const last = before != 0 ? padded : row + (classes - step);
        add_some(sums, last, top, step - (classes - whole), prediction >= whole ? prediction + step - classes : step);
    }
    constexpr double scale = 1.0 / static_cast<double>(std::uint64_t{1} << exponential_scale);
    return {sums.total(sums.sum) * scale, sums.total(sums.squares) * scale * scale};
}

}  // namespace reassess::inline v0_1::detail::REASSESS_KERNEL
