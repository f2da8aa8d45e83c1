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

/// Adds the lanes to the sum.
inline void add_lanes(double& sum, floats lanes_of_sum) noexcept
{
    float each[sizeof lanes_of_sum / sizeof(float)];
    __builtin_memcpy(each, &lanes_of_sum, sizeof each);
    for (const float lane : each) sum += static_cast<double>(lane);
}

/// As plain_softmax_sums, for a finite greatest score. Fetches the next row as it goes.
template <class T>
inline softmax_sums vector_softmax_sums(const T* row, std::size_t classes, std::size_t prediction,
                                        next_row_fetcher& next) noexcept
{
    constexpr std::size_t width = lanes<float>::width;
    constexpr std::size_t step = 4 * width;
    constexpr std::size_t most_steps = 16;
    const auto greatest = static_cast<float>(real_value(row[prediction]));
    const floats top = lanes<float>::all(greatest);
    const floats least = lanes<float>::all(greatest - 88.0f);
    const auto below_top = [&](const T* scores) { return lanes<float>::greater_of(load_floats(scores), least) - top; };
    softmax_sums sums;
    const auto add_steps = [&](std::size_t first, std::size_t last) {
        while (first < last) {
            const std::size_t end = last - first < most_steps ? last : first + most_steps;
            floats sum{};
            floats squares{};
            const auto take = [&](const T* scores) {
                const floats e = exp_not_positive(below_top(scores));
                sum += e;
                squares += e * e;
            };
            for (; first < end; ++first) {
                next.fetch(step * sizeof(T) / 64 + 1);
                const T* const scores = row + first * step;
                take(scores);
                take(scores + width);
                take(scores + 2 * width);
                take(scores + 3 * width);
            }
            add_lanes(sums.rest, sum);
            add_lanes(sums.rest_squares, squares);
        }
    };
    // The vectors around the prediction take all of its score out, so that what is small beside it keeps its digits.
    // Elsewhere the same score is another class's, and as large as anything that it is added to.
    const std::size_t steps = classes / step;
    const std::size_t of_prediction = prediction / step;
    add_steps(0, of_prediction < steps ? of_prediction : steps);
    std::int64_t tied = -1;
    if (of_prediction < steps) {
        floats sum{};
        floats squares{};
        int_vector at_top{};
        for (std::size_t unit = 0; unit < 4; ++unit) {
            const floats zero{};
            const floats x = below_top(row + of_prediction * step + unit * width);
            const floats e = x < zero ? exp_not_positive(x) : zero;
            at_top -= x == zero;
            sum += e;
            squares += e * e;
        }
        add_lanes(sums.rest, sum);
        add_lanes(sums.rest_squares, squares);
        std::int32_t each[width];
        __builtin_memcpy(each, &at_top, sizeof each);
        for (const std::int32_t count : each) tied += count;
        add_steps(of_prediction + 1, steps);
    }
    for (std::size_t c = steps * step; c < classes; ++c) {
        const double x = real_value(row[c]) - static_cast<double>(greatest);
        const double e = x < 0.0 ? std::exp(x) : 0.0;
        tied += static_cast<std::int64_t>(x >= 0.0);
        sums.rest += e;
        sums.rest_squares += e * e;
    }
    sums.rest += static_cast<double>(tied);
    sums.rest_squares += static_cast<double>(tied);
    return sums;
}

}  // namespace reassess::inline v0_1::detail::REASSESS_KERNEL
