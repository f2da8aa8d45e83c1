// Softmax normaliser sums by vectors of float, for one instruction set; row_kernels.hpp includes it before
// row_kernel.inl, with the same macros. For element types that are exact in float. Only this part of the kernels has a
// path for 64-byte registers (AVX-512).
//
// exp(x) = 2^n exp(r) with small r, and a polynomial for exp(r). The argument is the score itself, not its distance to
// the top score, because the distance would be rounded; the sums are divided by the approximation of exp(top score).
// Up to a few hundred terms are summed in float, these sums in double. The relative error of every loss is at most
// 1e-6. The distance is used in two cases in which it causes no error: if another class has the top score (the term is
// then exactly 1), and for scores so large that their distances are exact.

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL {

using floats = typename lanes<float>::vector;
typedef std::int32_t int_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
typedef double double_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
typedef float half_of_floats __attribute__((vector_size(REASSESS_KERNEL_BYTES / 2)));

/// Loads one vector of scores as float. -infinity of binary16 becomes -65536: its exponential is 0 for every finite top
/// score.
template <class T>
inline floats load_floats(const T* scores) noexcept
{
    static_assert(is_exact_in_float<T>);
    if constexpr (vector_format_of<T> == vector_format::float32) {
        floats loaded;
        __builtin_memcpy(&loaded, scores, sizeof loaded);
        return loaded;
    } else {
        typedef std::uint16_t bits16 __attribute__((vector_size(REASSESS_KERNEL_BYTES / 2)));
        bits16 loaded;
        __builtin_memcpy(&loaded, scores, sizeof loaded);
        const int_vector bits = __builtin_convertvector(loaded, int_vector);
        if constexpr (vector_format_of<T> == vector_format::bfloat16) {
            return __builtin_bit_cast(floats, bits << 16);
        } else {
            const int_vector sign = (bits & 0x8000) << 16;
            // The exponent biases differ by 112. The product is exact, also for denormals.
            const floats magnitude = __builtin_bit_cast(floats, (bits & 0x7fff) << 13) * 0x1p112f;
            return __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, magnitude) | sign);
        }
    }
}

/// The greater of both in every lane; neither is NaN. A builtin, because compilers translate the comparison of floats
/// to several instructions if one operand is constant.
inline floats greater_float(floats a, floats b) noexcept
{
#if REASSESS_KERNEL_BYTES == 64
    return REASSESS_AVX512_MAX(a, b);
#elif REASSESS_KERNEL_INTRINSICS && REASSESS_KERNEL_BYTES == 32
    return __builtin_ia32_maxps256(a, b);
#elif REASSESS_KERNEL_INTRINSICS
    return __builtin_ia32_maxps(a, b);
#else
    return lanes<float>::greater_of(a, b);
#endif
}

/// Scores up to this magnitude are reduced exactly enough. Greater ones are multiples of 2^-15, and so are their
/// distances, which are therefore exact.
inline constexpr float greatest_reduced = 512.0f;

// An exponential is a power of two (the scale) times a polynomial of the remainder r. The polynomials only need to be
// proportional to exp, which saves one operation, because every sum is divided by the approximation of exp(top score).
// They are scaled so that the greatest exponential of a row is near 2^60 and not above: squares of small ones do not
// underflow, and the sum of a few hundred squares does not overflow. For r = 0 the polynomial is a number of few bits
// (2, 6 or 9 * 2^14), so sums of equal terms are exact.

#if REASSESS_KERNEL_BYTES >= 32
/// Number of vectors of exponentials that are computed together, so that the dependency chain of one overlaps with the
/// others.
inline constexpr std::size_t side_by_side = 64 / REASSESS_KERNEL_BYTES;
/// Each of these vectors has its own sum; one fused multiply-add multiplies by the scale and adds.
inline constexpr std::size_t sum_chains = side_by_side;

/// a * b + c, rounded once. A builtin, because compilers may not contract separate operations, and -ffast-math may
/// reorder them.
inline floats fused_multiply_add(floats a, floats b, floats c) noexcept
{
#    if REASSESS_ELEMENTWISE_FMA
    return __builtin_elementwise_fma(a, b, c);
#    elif REASSESS_KERNEL_BYTES == 64
    return REASSESS_AVX512_FMA(a, b, c);
#    else
    return __builtin_ia32_vfmaddps256(a, b, c);
#    endif
}

// Range reduction in steps of log(2) / 8 or, with AVX-512, of log(2) / 32, because two registers of 64 bytes hold a
// table of 32 entries. The table has the powers of two of whole steps; a cubic or quadratic polynomial approximates the
// rest.
#    if REASSESS_KERNEL_BYTES == 64
inline constexpr int steps_bits = 5;
/// The binary exponent of the greatest scale.
inline constexpr int greatest_scale = 59;
#    else
inline constexpr int steps_bits = 3;
inline constexpr int greatest_scale = 57;
#    endif
inline constexpr float steps = 1 << steps_bits;

/// Entry j: the bits of the scaled 2^(j / steps) minus j << (23 - steps_bits). Adding n << (23 - steps_bits) with
/// n = j modulo steps gives the bits of 2^(n / steps).
struct power_table {
    alignas(REASSESS_KERNEL_BYTES) std::int32_t bits[1 << steps_bits]{};

    constexpr power_table() noexcept
    {
        constexpr double of_one_step = steps_bits == 5 ? 1.0218971486541166 : 1.0905077326652577;
        double power = 1.0;
        for (std::int32_t j = 0; j < (1 << steps_bits); ++j, power *= of_one_step) {
            bits[j] = __builtin_bit_cast(std::int32_t, static_cast<float>(power)) + (greatest_scale << 23) -
                      (j << (23 - steps_bits));
        }
    }
};
inline constexpr power_table powers{};

/// The table entry of every number of steps.
inline int_vector power_of(int_vector n) noexcept
{
    int_vector low;
    __builtin_memcpy(&low, powers.bits, sizeof low);
#    if REASSESS_KERNEL_BYTES == 64
    int_vector high;
    __builtin_memcpy(&high, powers.bits + 16, sizeof high);
    return REASSESS_AVX512_LOOKUP(low, n, high);
#    else
    return __builtin_ia32_permvarsi256(low, n);
#    endif
}

/// Replaces scores between the lowest and the top by their polynomials, and sets their scales. |r| is at most half a
/// step. The polynomial is ((r + a)^2 + b)(r + a) + c, about 6 exp(r), or (r + a)^2 + b, about 2 exp(r), for the
/// smaller steps.
template <std::size_t Vectors>
[[gnu::always_inline]] inline void split_exponentials(floats (&x)[Vectors], floats (&scale)[Vectors],
                                                      floats power) noexcept
{
    // Adding this rounds a number of steps to an integer, relative to the power, in the low bits.
    const floats shift = 0x1.8p23f - steps * power;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < Vectors; ++u) {
        const floats shifted = fused_multiply_add(x[u], lanes<float>::all(1.44269504f * steps), shift);
        const int_vector n = __builtin_bit_cast(int_vector, shifted);
        const floats r = fused_multiply_add(shifted - shift, lanes<float>::all(-0.693147182f / steps), x[u]);
        scale[u] = __builtin_bit_cast(floats, power_of(n) + (n << (23 - steps_bits)));
#    if REASSESS_KERNEL_BYTES == 64
        const floats s = r + 1.00001464f;
        x[u] = fused_multiply_add(s, s, lanes<float>::all(0.999970734f));
#    else
        const floats s = r + 1.00013043f;
        const floats square = fused_multiply_add(s, s, lanes<float>::all(2.99921753f));
        x[u] = fused_multiply_add(square, s, lanes<float>::all(2.0f));
#    endif
    }
}
#else
/// Number of vectors of exponentials that are computed together, so that their dependency chains overlap.
inline constexpr std::size_t side_by_side = 8;
inline constexpr std::size_t sum_chains = 1;
inline constexpr int greatest_scale = 42;

/// Replaces scores between the lowest and the top by their polynomials, and sets their scales. log(2) is subtracted in
/// two parts, so that r is accurate for large scores; -ffast-math must not combine them. The polynomial is the square
/// of
/// ((r + a)^2 + b)^2 + c (r + d), of degree 4.
template <std::size_t Vectors>
[[gnu::always_inline]] inline void split_exponentials(floats (&x)[Vectors], floats (&scale)[Vectors],
                                                      floats power) noexcept
{
    constexpr float log2_e = 1.44269504f;
    // Adding this rounds a number to an integer, and leaves the exponent of its power of two in the low bits.
    const floats shift = (0x1.8p23f + (127 + greatest_scale)) - power;
    floats r[Vectors];
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < Vectors; ++u) {
        floats shifted = x[u] * log2_e + shift;
        REASSESS_KEEP_ROUNDED(shifted);
        scale[u] = __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, shifted) << 23);
        const floats whole = shifted - shift;
        r[u] = x[u] - whole * 0.693359375f;
        REASSESS_KEEP_ROUNDED(r[u]);
        r[u] += whole * 2.12194440e-4f;
    }
    floats(&p)[Vectors] = x;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < Vectors; ++u) p[u] = (r[u] + 2.00374741f) * (r[u] + 2.00374741f) + 11.9550444f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < Vectors; ++u) p[u] = p[u] * p[u] + (r[u] + 2.01496816f) * 63.9997892f;
#    pragma GCC unroll 8
    for (std::size_t u = 0; u < Vectors; ++u) p[u] *= p[u];
}
#endif

/// The argument of the exponentials (scores, or distances to the top score), and the power of two to which they are
/// relative: the one above the greatest exponential.
template <bool Distances>
struct row_exponent {
    floats top;
    floats power;
    /// The exponential of this argument is 0: its power of two is the first that cannot be represented.
    floats lowest;

    explicit inline row_exponent(float top_score) noexcept : top(lanes<float>::all(top_score))
    {
        const float greatest = Distances ? 0.0f : top_score;
        const float whole = static_cast<float>(static_cast<std::int32_t>(greatest * 1.44269504f + 1024.0f) - 1024 + 1);
        power = lanes<float>::all(whole);
        lowest = lanes<float>::all((whole - (127 + greatest_scale)) * 0.693147182f);
    }
    [[nodiscard]] inline floats operator()(floats scores) const noexcept
    {
        return greater_float(lowest, Distances ? scores - top : scores);
    }
    [[nodiscard]] inline double of_top() const noexcept
    {
        floats p[1] = {(*this)(top)};
        floats scale[1];
        split_exponentials(p, scale, power);
        return static_cast<double>((p[0] * scale[0])[0]);
    }
};

/// Sums, in every lane, of a few hundred exponentials and, if Squares, of their squares.
template <bool Squares>
struct short_sums {
    floats sum[sum_chains]{};
    floats squares{};

    inline void add(const short_sums& others) noexcept
    {
#pragma GCC unroll 8
        for (std::size_t u = 0; u < sum_chains; ++u) sum[u] += others.sum[u];
        if constexpr (Squares) squares += others.squares;
    }
    [[gnu::always_inline]] inline void add_group(const floats (&p)[side_by_side],
                                                 const floats (&scale)[side_by_side]) noexcept
    {
#if REASSESS_KERNEL_BYTES >= 32
#    pragma GCC unroll 8
        for (std::size_t u = 0; u < side_by_side; ++u) {
            if constexpr (Squares) {
                const floats e = scale[u] * p[u];
                sum[u] += e;
                squares = fused_multiply_add(e, e, squares);
            } else {
                sum[u] = fused_multiply_add(scale[u], p[u], sum[u]);
            }
        }
#else
        floats of_group{};
#    pragma GCC unroll 8
        for (std::size_t u = 0; u < side_by_side; ++u) {
            const floats e = scale[u] * p[u];
            of_group = u == 0 ? e : of_group + e;
            if constexpr (Squares) squares += e * e;
        }
        // One rounding of the sum per group. -ffast-math must not reorder this: adding one by one has a greater error.
        REASSESS_KEEP_ROUNDED(of_group);
        sum[0] += of_group;
#endif
    }
};

/// Sums of any number of exponentials and their squares, in double.
struct exponential_sums {
    double_vector sum{};
    double_vector squares{};

    template <bool Squares>
    inline void add(const short_sums<Squares>& others) noexcept
    {
        floats of_chains = others.sum[0];
#pragma GCC unroll 8
        for (std::size_t u = 1; u < sum_chains; ++u) of_chains += others.sum[u];
        sum += widened(of_chains);
        if constexpr (Squares) squares += widened(others.squares);
    }
    [[nodiscard]] inline softmax_sums times(double factor) const noexcept
    {
        softmax_sums total{};
        for (std::size_t i = 0; i < sizeof sum / sizeof(double); ++i) {
            total.rest += sum[i];
            total.rest_squares += squares[i];
        }
        total.rest *= factor;
        total.rest_squares *= factor * factor;
        return total;
    }

private:
    static inline double_vector widened(floats x) noexcept
    {
        // Otherwise g++ keeps x in memory, also in the loop before.
        REASSESS_KEEP_ROUNDED(x);
        half_of_floats low;
        half_of_floats high;
        __builtin_memcpy(&low, &x, sizeof low);
        __builtin_memcpy(&high, reinterpret_cast<const char*>(&x) + sizeof low, sizeof high);
        return __builtin_convertvector(low, double_vector) + __builtin_convertvector(high, double_vector);
    }
};

/// Number of classes that are processed together.
inline constexpr std::size_t group_classes = side_by_side * lanes<float>::width;

/// The exponentials of a group of scores, as split_exponentials returns them. No score is above the top; the
/// exponential of a score more than 117 below the top is 0.
template <class T, bool Distances>
[[gnu::always_inline]] inline void split_group(const T* scores, const row_exponent<Distances>& exponent,
                                               floats (&p)[side_by_side], floats (&scale)[side_by_side]) noexcept
{
#pragma GCC unroll 8
    for (std::size_t u = 0; u < side_by_side; ++u) p[u] = exponent(load_floats(scores + u * lanes<float>::width));
    split_exponentials(p, scale, exponent.power);
}

/// The sums of the group's exponentials from position `first` on, without the one at position `left_out`.
template <bool Squares, class T, bool Distances>
inline short_sums<Squares> sums_of_some(const T* scores, const row_exponent<Distances>& exponent, std::size_t first,
                                        std::size_t left_out) noexcept
{
    floats p[side_by_side];
    floats scale[side_by_side];
    split_group(scores, exponent, p, scale);
    constexpr auto width = static_cast<std::int32_t>(lanes<float>::width);
    int_vector place;
    for (std::int32_t i = 0; i < width; ++i) place[i] = i;
    for (floats& x : scale) {
        const int_vector taken =
            (place >= static_cast<std::int32_t>(first)) & (place != static_cast<std::int32_t>(left_out));
        x = __builtin_bit_cast(floats, __builtin_bit_cast(int_vector, x) & taken);
        place += width;
    }
    short_sums<Squares> sums;
    sums.add_group(p, scale);
    return sums;
}

template <bool Distances, bool Squares, class T, class Fetcher>
inline softmax_sums softmax_sums_of(const T* row, std::size_t classes, std::size_t prediction, Fetcher& next) noexcept
{
    constexpr std::size_t group = group_classes;
    // Number of classes that are summed in float: the rounding error is small and squares do not overflow.
    constexpr std::size_t part = 512;
    const row_exponent<Distances> exponent(static_cast<float>(real_value(row[prediction])));
    // The prediction is omitted, not subtracted later, because subtraction would cancel the digits of small terms. The
    // loop processes the last group instead of the prediction's group, without a branch.
    const std::size_t groups_end = classes / group * group;
    const std::size_t of_prediction = prediction / group * group;
    const std::size_t last = groups_end - group;
    const std::size_t end = prediction < groups_end ? last : groups_end;
    exponential_sums sums;
    for (std::size_t first = 0; first < end; first += part) {
        const std::size_t part_end = std::min(end, first + part);
        short_sums<Squares> of_part;
        for (std::size_t c = first; c < part_end; c += group) {
            next.template fetch_at<group * sizeof(T)>(c * sizeof(T));
            floats p[side_by_side];
            floats scale[side_by_side];
            split_group(row + (c == of_prediction ? last : c), exponent, p, scale);
            of_part.add_group(p, scale);
        }
        sums.add(of_part);
    }
    next.skip(end * sizeof(T));
    const double by_top = 1.0 / exponent.of_top();
    short_sums<Squares> of_rest;
    if (prediction < groups_end)
        of_rest.add(sums_of_some<Squares>(row + of_prediction, exponent, 0, prediction - of_prediction));
    if (groups_end < classes) {
        // The last group overlaps the one before it. A row shorter than a group is padded.
        const std::size_t before = classes < group ? group - classes : 0;
        T padded[group];
        if (before != 0) {
            for (std::size_t i = 0; i < group; ++i) padded[i] = row[i < before ? prediction : i - before];
        }
        const T* const tail = before != 0 ? padded : row + (classes - group);
        of_rest.add(sums_of_some<Squares>(tail, exponent, group - (classes - groups_end),
                                          prediction >= groups_end ? prediction + group - classes : group));
    }
    sums.add(of_rest);
    return sums.times(by_top);
}

/// The same sums as plain_softmax_sums, for a row with a finite greatest score. `tied`: whether another class has the
/// greatest score; the sum of squares is 0 unless `squares`. Prefetches the next row.
template <class T, class Fetcher>
inline softmax_sums vector_softmax_sums(const T* row, std::size_t classes, std::size_t prediction, bool tied,
                                        bool squares, Fetcher& next) noexcept
{
    const auto top = static_cast<float>(real_value(row[prediction]));
    // Qualified calls: argument-dependent lookup would also find the functions of the fetcher's instruction set.
    if (tied || top < -greatest_reduced || top > greatest_reduced)
        return REASSESS_KERNEL::softmax_sums_of<true, true>(row, classes, prediction, next);
    if (squares) return REASSESS_KERNEL::softmax_sums_of<false, true>(row, classes, prediction, next);
    return REASSESS_KERNEL::softmax_sums_of<false, false>(row, classes, prediction, next);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL
