// Tests of p-values of the normal distribution and their logarithms.
#include "support/relative_error.hpp"

#include <reassess/statistics/normal_tail.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace ra = reassess;
using test_support::relative_error;

namespace {

struct tail {
    double z;
    double p_value;
    double log10_p_value;
};

// erfc(|z| / sqrt 2) and its log10 in 60-digit arithmetic (mpmath), for z rounded to double.
constexpr tail tails[] = {
    {1e-300, 1.0, -3.4651686195248405e-301},
    {1e-20, 1.0, -3.4651686195248402e-21},
    {1e-8, 0.99999999202115439, -3.4651686333488632e-9},
    {0.001, 0.99920211557217787, -3.4665511795786366e-4},
    {0.1, 0.92034432544594203, -0.036049661062642286},
    {0.4999999, 0.61707514786504091, -0.20966194404488326},
    {0.5, 0.61707507745197379, -0.20966199360125958},
    {0.6, 0.54850623550014718, -0.26081843093719523},
    {1, 0.3173105078629141, -0.4985155458279893},
    {1.959963984540054, 0.050000000000000022, -1.301029995663981},
    {2.5758293035489004, 0.010000000000000011, -1.9999999999999995},
    {5, 5.7330314375838782e-7, -6.2416156767266733},
    {7.172127193666805, 7.3841286279741652e-13, -12.131700746714966},
    {7.9999999, 1.2441931253089805e-15, -14.905112202646639},
    {8, 1.2441921148543568e-15, -14.905112555353173},
    {8.0000001, 1.2441911044005504e-15, -14.905112908059709},
    {10, 1.5239706048321052e-23, -22.817023409822095},
    {13.508298983141344, 1.3971234086133351e-41, -40.85476523074147},
    {20, 5.5072482372124674e-89, -88.259065347411611},
    {30, 9.8134278542963741e-198, -197.00817926599697},
    {37.5, 9.2107060191639097e-308, -307.03570707898066},
    {38.6, 0.0, -325.22564136464006},
    {39, 0.0, -331.97036309736687},
    {52.05085723689086, 0.0, -590.12987405297841},
    {100, 0.0, -2173.5705128733704},
    {1000, 0.0, -217150.33901199872},
    {12345.678, 0.0, -33096667.097588887},
    {1000000, 0.0, -217147240957.72397},
};

}  // namespace

TEST_CASE("normal tail: p-values and their logarithms equal 60-digit values, for both signs of z")
{
    for (const tail& expected : tails) {
        CAPTURE(expected.z);
        for (const double z : {expected.z, -expected.z}) {
            if (expected.p_value > 0) CHECK(relative_error(ra::two_sided_p_value(z), expected.p_value) < 1e-12);
            CHECK(relative_error(ra::log10_two_sided_p_value(z), expected.log10_p_value) < 1e-14);
        }
    }
    CHECK(ra::two_sided_p_value(39) == 0.0);
}

TEST_CASE("normal tail: zero and infinity have exact results, NaN throws")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(ra::two_sided_p_value(0) == 1.0);
    CHECK(ra::log10_two_sided_p_value(0) == 0.0);
    CHECK_FALSE(std::signbit(ra::log10_two_sided_p_value(-0.0)));
    for (const double z : {infinity, -infinity}) {
        CHECK(ra::two_sided_p_value(z) == 0.0);
        CHECK(ra::log10_two_sided_p_value(z) == -infinity);
    }
    CHECK_THROWS_AS((void)ra::two_sided_p_value(std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::log10_two_sided_p_value(std::nan("")), std::invalid_argument);
}

TEST_CASE("normal tail: log10 p decreases monotonically across the points where the formula changes")
{
    for (const double switch_over : {0.5, 8.0}) {
        double before = 0;
        for (int step = -1000; step <= 1000; ++step) {
            const double now = ra::log10_two_sided_p_value(switch_over + step * 1e-10);
            CHECK(now < before);
            before = now;
        }
    }
}
