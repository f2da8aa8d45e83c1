// The sums behind a row's softmax, by plain loops: what the vectorised ones are compared with, and the path of scores
// in double.
#pragma once

#include "comparable.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace reassess::inline v0_1::detail {

/// Over the classes beside the prediction: the sum of p_c / p_prediction, and of its square. The prediction's own 1 is
/// left out, so that a confident row loses nothing to rounding.
struct softmax_sums {
    double rest = 0.0;
    double rest_squares = 0.0;
};

// Asked of the bits, so that the answer holds under -ffast-math too.
inline bool is_finite(double x) noexcept
{
    return (__builtin_bit_cast(std::uint64_t, x) & 0x7ff0000000000000U) != 0x7ff0000000000000U;
}

/// Of a row without NaN and its prediction. Where the greatest score is infinite, the classes that have it share the
/// probability: the limit of finite scores.
template <class T>
softmax_sums plain_softmax_sums(const T* row, std::size_t classes, std::size_t prediction) noexcept
{
    const double greatest = real_value(row[prediction]);
    const bool finite = is_finite(greatest);
    softmax_sums sums;
    for (std::size_t c = 0; c < classes; ++c) {
        if (c == prediction) continue;
        const double e = finite ? std::exp(real_value(row[c]) - greatest)
                                : static_cast<double>(comparable(row[c]) == comparable(row[prediction]));
        sums.rest += e;
        sums.rest_squares += e * e;
    }
    return sums;
}

}  // namespace reassess::inline v0_1::detail
