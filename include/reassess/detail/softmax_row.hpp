// Softmax of one row without overflow, with defined results for infinite scores.
#pragma once

#include "../version.hpp"
#include "config.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

// Tests the bit pattern, so -ffast-math has no effect on it.
REASSESS_HOST_DEVICE inline bool is_finite(double x) noexcept
{
    return (__builtin_bit_cast(std::uint64_t, x) & 0x7ff0000000000000U) != 0x7ff0000000000000U;
}

/// exp(score - greatest) with the greatest score of the row. The probability is this divided by its sum over the row,
/// which is positive and finite. If the greatest score is infinite, the classes that have it share the probability
/// equally: the limit of finite scores.
REASSESS_HOST_DEVICE inline double softmax_numerator(double score, double greatest) noexcept
{
    return is_finite(greatest) ? std::exp(score - greatest) : static_cast<double>(score == greatest);
}

/// Fills numerators[c] with exp(row[c] - largest) and returns their sum, which is positive and finite: class c has
/// probability numerators[c] / sum. `largest` is the greatest score of the row, which has no NaN and at least one
/// class.
///
/// Computed in double with one std::exp per class and summed in class order, so every host backend gets the same bits.
template <class Float>
double softmax_row(const Float* row, std::size_t classes, std::type_identity_t<Float> largest,
                   double* numerators) noexcept
{
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
        numerators[c] = softmax_numerator(static_cast<double>(row[c]), static_cast<double>(largest));
        sum += numerators[c];
    }
    return sum;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
