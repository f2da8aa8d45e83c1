// Comparison by relative error, because doctest::Approx treats every small p-value as equal to 0.
#pragma once

#include <cmath>
#include <limits>

namespace test_support {

/// |actual - expected| / |expected|; 0 if both are equal (also infinite); infinity if either is NaN or expected is 0.
inline double relative_error(double actual, double expected)
{
    if (actual == expected) return 0.0;
    const double error = std::abs(actual - expected) / std::abs(expected);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

}  // namespace test_support
