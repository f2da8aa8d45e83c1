// Softmax normaliser sums of one row, in double, by plain loops over a group of lanes. Devices, scores in double and
// types without vector kernels use them; the vector kernels are tested against them.
#pragma once

#include "../data/element_traits.hpp"
#include "../detail/config.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/lane_group.hpp"
#include "../version.hpp"
#include "lane_scores.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The sum of p_c / p_prediction over all classes except the prediction, and the sum of its square. The prediction's
/// own term, 1, is omitted, so that rounding does not lose small terms of a confident row.
struct softmax_sums {
    double rest = 0.0;
    double rest_squares = 0.0;

    REASSESS_HOST_DEVICE softmax_sums& operator+=(const softmax_sums& other) noexcept
    {
        rest += other.rest;
        rest_squares += other.rest_squares;
        return *this;
    }
};

/// The sums of a row without NaN, given its prediction, by a group of lanes.
template <class T, class Group = single_lane>
REASSESS_HOST_DEVICE softmax_sums plain_softmax_sums(const T* row, std::size_t classes, std::size_t prediction,
                                                     Group group = {}) noexcept
{
    const double greatest = real_value(row[prediction]);
    return sum_over_row<softmax_sums>(group, row, classes, [&](T score, std::uint32_t c) {
        const double e = c == prediction ? 0.0 : softmax_numerator(real_value(score), greatest);
        return softmax_sums{e, e * e};
    });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
