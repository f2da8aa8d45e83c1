// Softmax of one row of scores: no overflow, defined for infinite scores.
#pragma once

#include "../version.hpp"
#include "config.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

// From the bit pattern, so -ffast-math has no effect on it.
REASSESS_HOST_DEVICE inline bool is_finite(double x) noexcept
{
    return (__builtin_bit_cast(std::uint64_t, x) & 0x7ff0000000000000U) != 0x7ff0000000000000U;
}

/// exp(score - greatest), where `greatest` is the greatest score of the row. The softmax probability is this numerator
/// divided by the sum of the row's numerators, which is positive and finite. If the greatest score is infinite, the
/// classes that have it get equal probabilities and all others 0, the limit for finite scores.
REASSESS_HOST_DEVICE inline double softmax_numerator(double score, double greatest) noexcept
{
    return is_finite(greatest) ? std::exp(score - greatest) : static_cast<double>(score == greatest);
}

/// Sets numerators[c] to exp(row[c] - largest) and returns their sum, which is positive and finite: class c has
/// probability numerators[c] / sum. `largest` is the greatest score of the row. The row must have at least one class
/// and no NaN.
///
/// Computed in double with one std::exp per class, summed in order of class: every host backend gets the same bits.
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
