// The sums behind a row's softmax, in double, by plain loops of a group of lanes: what the vectorised ones are compared
// with, and the path of scores in double and of devices.
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

/// Over the classes beside the prediction: the sum of p_c / p_prediction, and of its square. The prediction's own 1 is
/// left out, so that a confident row loses nothing to rounding.
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

/// Of a row without NaN and its prediction, by a group of lanes.
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
