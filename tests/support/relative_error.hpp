// Reals are compared by relative error: doctest::Approx would let every small p-value equal 0.
#pragma once

#include <cmath>
#include <limits>

namespace test_support {

/// |actual - expected| / |expected|; 0 if both are equal (also infinite); infinity where either is NaN or expected is
/// 0.
inline double relative_error(double actual, double expected)
{
    if (actual == expected) return 0.0;
    const double error = std::abs(actual - expected) / std::abs(expected);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

}  // namespace test_support
