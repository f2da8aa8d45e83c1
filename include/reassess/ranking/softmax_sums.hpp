// The sums behind a row's softmax, by plain loops: what the vectorised ones are compared with, and the path of scores
// in double.
#pragma once

#include "../data/comparable.hpp"
#include "../detail/softmax_row.hpp"

#include <cstddef>

namespace reassess::inline v0_1::detail {

/// Over the classes beside the prediction: the sum of p_c / p_prediction, and of its square. The prediction's own 1 is
/// left out, so that a confident row loses nothing to rounding.
struct softmax_sums {
    double rest = 0.0;
    double rest_squares = 0.0;
};

/// Of a row without NaN and its prediction.
template <class T>
softmax_sums plain_softmax_sums(const T* row, std::size_t classes, std::size_t prediction) noexcept
{
    const double greatest = real_value(row[prediction]);
    softmax_sums sums;
    for (std::size_t c = 0; c < classes; ++c) {
        if (c == prediction) continue;
        const double e = softmax_numerator(real_value(row[c]), greatest);
        sums.rest += e;
        sums.rest_squares += e * e;
    }
    return sums;
}

}  // namespace reassess::inline v0_1::detail
