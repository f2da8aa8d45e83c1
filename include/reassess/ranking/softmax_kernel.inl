// The sums behind a row's softmax by vectors of float, for one instruction set; row_kernels.hpp includes it before
// row_kernel.inl, with the same macros. For scores of at most 32 bits.
//
// exp(x) is 2^n 2^f with n the nearest integer to x log2(e) and a polynomial of degree 5 for 2^f. Every exponential is
// right to 2e-7 of itself and to 2e-8 |x|; sums of 64 vectors are taken in float, the rest in double.

namespace reassess::inline v0_1::detail::REASSESS_KERNEL {

using floats = typename lanes<float>::vector;
typedef std::int32_t int_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));

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

/// exp(x), for x in [-88, 0]; below -87.7 it is 0.
inline floats exp_not_positive(floats x) noexcept
{
    constexpr float log2_e = 1.44269504f;
    const int_vector n = __builtin_convertvector(x * log2_e - 0.5f, int_vector);  // towards 0
    const floats f = x * log2_e - __builtin_convertvector(n, floats);
    const floats power =
        ((((0.00132764713f * f + 0.00967554189f) * f + 0.0555071309f) * f + 0.240221202f) * f + 0.693146944f) * f +
        1.00000012f;
    return power * __builtin_bit_cast(floats, (n + 127) << 23);
}

/// As plain_softmax_sums, for a finite greatest score. Fetches the next row as it goes.
template <class T>
inline softmax_sums vector_softmax_sums(const T* row, std::size_t classes, float greatest,
                                        next_row_fetcher& next) noexcept
{
    constexpr std::size_t width = lanes<float>::width;
    constexpr std::size_t step = 4 * width;
    const floats top = lanes<float>::all(greatest);
    const floats least = lanes<float>::all(-88.0f);
    const floats zero{};
    floats sum[4]{};
    floats squares[4]{};
    int_vector ties{};
    const auto take = [&](const T* scores, std::size_t unit) {
        const floats x = load_floats(scores) - top;
        const floats e = exp_not_positive(x > least ? x : least);
        const floats below = x < zero ? e : zero;
        ties -= x == zero;
        sum[unit] += below;
        squares[unit] += below * below;
    };
    softmax_sums sums;
    const auto total = [&](const floats(&parts)[4]) {
        const floats all = (parts[0] + parts[1]) + (parts[2] + parts[3]);
        float each[width];
        __builtin_memcpy(each, &all, sizeof each);
        double result = 0.0;
        for (const float part : each) result += static_cast<double>(part);
        return result;
    };
    const auto take_steps = [&](const T* scores, std::size_t steps) {
        for (std::size_t unit = 0; unit < 4; ++unit) sum[unit] = squares[unit] = zero;
        for (std::size_t i = 0; i < steps; ++i, scores += step) {
            next.fetch(static_cast<int>(step * sizeof(T) / 64 + 1));
            take(scores, 0);
            take(scores + width, 1);
            take(scores + 2 * width, 2);
            take(scores + 3 * width, 3);
        }
        sums.rest += total(sum);
        sums.rest_squares += total(squares);
    };
    constexpr std::size_t most_steps = 16;
    std::size_t c = 0;
    while (classes - c >= step) {
        const std::size_t left = (classes - c) / step;
        const std::size_t steps = left < most_steps ? left : most_steps;
        take_steps(row + c, steps);
        c += steps * step;
    }
    std::int32_t tied[width];
    __builtin_memcpy(tied, &ties, sizeof tied);
    double classes_at_top = 0.0;
    for (const std::int32_t count : tied) classes_at_top += static_cast<double>(count);
    for (; c < classes; ++c) {
        const double x = real_value(row[c]) - static_cast<double>(greatest);
        const double e = x < 0.0 ? std::exp(x) : 0.0;
        classes_at_top += static_cast<double>(x >= 0.0);
        sums.rest += e;
        sums.rest_squares += e * e;
    }
    sums.rest += classes_at_top - 1.0;
    sums.rest_squares += classes_at_top - 1.0;
    return sums;
}

}  // namespace reassess::inline v0_1::detail::REASSESS_KERNEL
