// Scores of every element type from their bits, with an independent conversion to double as reference.
#pragma once

#include "random_source.hpp"

#include <reassess/data/float16.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace test_support {

/// Value of a binary floating-point number with the given field widths, by the definition in IEEE 754.
inline double decode(std::uint64_t bits, int exponent_bits, int fraction_bits)
{
    const std::uint64_t fraction_end = std::uint64_t{1} << fraction_bits;
    const std::uint64_t exponent_mask = (std::uint64_t{1} << exponent_bits) - 1;
    const auto fraction = static_cast<double>(bits & (fraction_end - 1));
    const auto exponent = static_cast<int>(bits >> fraction_bits & exponent_mask);
    const int bias = static_cast<int>(exponent_mask >> 1);
    const bool negative = (bits >> (exponent_bits + fraction_bits) & 1) != 0;
    double magnitude = 0;
    if (exponent == static_cast<int>(exponent_mask)) {
        magnitude = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    } else if (exponent == 0) {
        magnitude = std::ldexp(fraction, 1 - bias - fraction_bits);
    } else {
        magnitude = std::ldexp(fraction + static_cast<double>(fraction_end), exponent - bias - fraction_bits);
    }
    return negative ? -magnitude : magnitude;
}

inline double value_of(double score)
{
    return score;
}
inline double value_of(float score)
{
    return static_cast<double>(score);
}
inline double value_of(reassess::half score)
{
    return decode(score.bits, 5, 10);
}
inline double value_of(reassess::bfloat16 score)
{
    return decode(score.bits, 8, 7);
}

/// Field widths of element type T.
template <class T>
struct format_of;
template <>
struct format_of<float> {
    static constexpr int exponent_bits = 8, fraction_bits = 23;
};
template <>
struct format_of<double> {
    static constexpr int exponent_bits = 11, fraction_bits = 52;
};
template <>
struct format_of<reassess::half> {
    static constexpr int exponent_bits = 5, fraction_bits = 10;
};
template <>
struct format_of<reassess::bfloat16> {
    static constexpr int exponent_bits = 8, fraction_bits = 7;
};

template <class T>
T from_bits(std::uint64_t bits)
{
    if constexpr (std::is_same_v<T, float>) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    } else if constexpr (std::is_same_v<T, double>) {
        return std::bit_cast<double>(bits);
    } else {
        return T{static_cast<std::uint16_t>(bits)};
    }
}

template <class T>
T nan_score()
{
    constexpr int e = format_of<T>::exponent_bits, f = format_of<T>::fraction_bits;
    return from_bits<T>(((std::uint64_t{1} << e) - 1) << f | 1);
}

/// Made from bits: with -ffast-math a compiler may transform an infinity that it sees as a constant.
template <class T>
T infinite_score(bool negative)
{
    constexpr int e = format_of<T>::exponent_bits, f = format_of<T>::fraction_bits;
    return from_bits<T>(((std::uint64_t{negative} << e) | ((std::uint64_t{1} << e) - 1)) << f);
}

/// Random bits that are not NaN.
template <class T>
T any_score(random_source& random)
{
    for (;;) {
        const T score = from_bits<T>(random.bits());
        if (!std::isnan(value_of(score))) return score;
    }
}

/// Both zeros, both infinities, the smallest and the largest denormals, 1/2 and both ones.
template <class T>
std::vector<T> special_scores()
{
    constexpr int e = format_of<T>::exponent_bits, f = format_of<T>::fraction_bits;
    const std::uint64_t sign = std::uint64_t{1} << (e + f);
    const std::uint64_t bias = (std::uint64_t{1} << (e - 1)) - 1;
    const std::uint64_t one = bias << f;
    const std::uint64_t infinity = ((std::uint64_t{1} << e) - 1) << f;
    const std::uint64_t largest_denormal = (std::uint64_t{1} << f) - 1;
    std::vector<T> scores;
    for (const std::uint64_t magnitude : {std::uint64_t{0}, one, infinity, std::uint64_t{1}, largest_denormal}) {
        scores.push_back(from_bits<T>(magnitude));
        scores.push_back(from_bits<T>(sign | magnitude));
    }
    scores.push_back(from_bits<T>((bias - 1) << f));
    return scores;
}

}  // namespace test_support
