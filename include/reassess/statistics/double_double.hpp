// Double-double arithmetic (about 32 decimal digits) on pairs of doubles, for sums whose terms cancel.
#pragma once

#include "../version.hpp"

#include <cmath>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The unevaluated sum high + low, where |low| is at most half a unit in the last place of high. Every operation below
/// has a relative error of a few 2^-105, and is exact if the result is a short integer. Scale operands first if a
/// product or its rounding error leaves the range of double. With -ffast-math the precision falls to the 16 digits of a
/// double. Joldes, Muller, Popescu 2017, algorithms 1-3, 6, 12 and 18, doi:10.1145/3121432.
struct double_double {
    double high = 0;
    double low = 0;

    constexpr double_double() = default;
    constexpr double_double(double value) noexcept : high(value) {}
    constexpr double_double(double high_part, double low_part) noexcept : high(high_part), low(low_part) {}

    /// The nearest double.
    constexpr explicit operator double() const noexcept { return high; }
};

/// a + b without error, for |a| >= |b| or a = 0.
constexpr double_double exact_sum_of_ordered(double a, double b) noexcept
{
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

/// a + b without error.
constexpr double_double exact_sum_of_two(double a, double b) noexcept
{
    const double sum = a + b;
    const double part_of_b = sum - a;
    return {sum, (a - (sum - part_of_b)) + (b - part_of_b)};
}

/// a * b without error.
inline double_double exact_product(double a, double b) noexcept
{
    const double product = a * b;
    return {product, std::fma(a, b, -product)};
}

constexpr double_double operator-(double_double a) noexcept
{
    return {-a.high, -a.low};
}

constexpr double_double operator+(double_double a, double_double b) noexcept
{
    const double_double high = exact_sum_of_two(a.high, b.high);
    const double_double low = exact_sum_of_two(a.low, b.low);
    const double_double sum = exact_sum_of_ordered(high.high, high.low + low.high);
    return exact_sum_of_ordered(sum.high, low.low + sum.low);
}

constexpr double_double operator-(double_double a, double_double b) noexcept
{
    return a + -b;
}

inline double_double operator*(double_double a, double_double b) noexcept
{
    const double_double product = exact_product(a.high, b.high);
    const double cross = std::fma(a.low, b.high, std::fma(a.high, b.low, a.low * b.low));
    return exact_sum_of_ordered(product.high, product.low + cross);
}

inline double_double operator/(double_double a, double_double b) noexcept
{
    const double quotient = a.high / b.high;
    const double_double remainder = a - b * quotient;
    return exact_sum_of_ordered(quotient, remainder.high / b.high);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
