// Sums without rounding: against integers of any size, written out in the simplest way.
#include "support/random_source.hpp"

#include <reassess/detail/exact_sum.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rd = reassess::detail;
using test_support::random_source;

namespace {

using limbs = std::array<std::uint64_t, rd::exact_sum_limbs>;

void add(limbs& sum, double x)
{
    rd::split_exactly(x, [&](std::size_t limb, std::uint64_t amount) { sum.at(limb) += amount; });
}

double value(limbs sum)
{
    rd::carry_exact_sum(sum.data());
    return rd::value_of_exact_sum(sum);
}

double sum_of(const std::vector<double>& values)
{
    limbs sum{};
    for (const double x : values) add(sum, x);
    return value(sum);
}

double random_magnitude(random_source& random)
{
    const double x = std::bit_cast<double>(random.bits() & 0x7fffffffffffffffU);
    return std::isfinite(x) ? x : 1.0;
}

}  // namespace

TEST_CASE("exact sum: one number is itself, from the least denormal to the greatest double")
{
    random_source random(1);
    CHECK(sum_of({}) == 0.0);
    for (const double x : {0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::min(),
                           std::numeric_limits<double>::max(), 1.0, 0.1, 0x1p-1022 - 0x1p-1074, 0x1.fffffffffffffp31})
        CHECK(sum_of({x}) == x);
    for (int i = 0; i < 20000; ++i) {
        const double x = random_magnitude(random);
        REQUIRE(sum_of({x}) == x);
    }
}

TEST_CASE("exact sum: two numbers give the rounded sum of IEEE 754, with overflow to infinity")
{
    random_source random(2);
    const double greatest = std::numeric_limits<double>::max();
    CHECK(sum_of({greatest, greatest}) == std::numeric_limits<double>::infinity());
    CHECK(sum_of({1.0, 0x1p-53}) == 1.0);                       // a tie goes to even
    CHECK(sum_of({1.0, 0x1p-53, 0x1p-1074}) == 1.0 + 0x1p-52);  // and any bit decides it
    CHECK(sum_of({1.0 + 0x1p-52, 0x1p-53}) == 1.0 + 0x1p-51);
    for (int i = 0; i < 50000; ++i) {
        const double a = random_magnitude(random);
        // Near in size, so that both matter.
        const double b = std::ldexp(a, static_cast<int>(random.below(120)) - 60) *
                         (1.0 + 0x1p-52 * static_cast<double>(random.below(1000)));
        if (!std::isfinite(b)) continue;
        REQUIRE(sum_of({a, b}) == a + b);
    }
}

TEST_CASE("exact sum: any order and any grouping give the same limbs")
{
    random_source random(3);
    std::vector<double> values;
    for (int i = 0; i < 5000; ++i) values.push_back(random_magnitude(random));
    limbs expected{};
    for (const double x : values) add(expected, x);
    rd::carry_exact_sum(expected.data());
    for (int repetition = 0; repetition < 10; ++repetition) {
        random.shuffle(values);
        limbs whole{}, part{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            add(part, values[i]);
            if (random.chance(3)) {
                for (std::size_t limb = 0; limb < whole.size(); ++limb) whole[limb] += part[limb];
                rd::carry_exact_sum(whole.data());
                part = {};
            }
        }
        for (std::size_t limb = 0; limb < whole.size(); ++limb) whole[limb] += part[limb];
        rd::carry_exact_sum(whole.data());
        REQUIRE(whole == expected);
    }
}

TEST_CASE("exact sum: many equal numbers are a product, where a running double loses digits")
{
    constexpr std::uint64_t count = 1'000'003;
    limbs sum{};
    double running = 0.0;
    for (std::uint64_t i = 0; i < count; ++i) {
        add(sum, 0.1);
        running += 0.1;
    }
    CHECK(value(sum) == 0.1 * static_cast<double>(count));
    CHECK(running != value(sum));
}
