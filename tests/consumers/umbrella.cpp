// Program that includes the umbrella header, which needs Boost.Math.
#include <reassess/reassess.hpp>

#include <cmath>
#include <iostream>

namespace ra = reassess;

int main()
{
    const auto interval = ra::wilson_interval(ra::proportion{81, 263}, ra::confidence_level{0.95});
    std::cout << "81 of 263: " << interval.lower << " to " << interval.upper << '\n';
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 0.2553 to 0.3662.
    return std::abs(interval.lower - 0.2553) < 5e-5 && std::abs(interval.upper - 0.3662) < 5e-5 ? 0 : 1;
}
