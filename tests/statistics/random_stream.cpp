// Tests of the counter-based random number generator: known values, uniform integers, binomial numbers.
#include <reassess/detail/random_stream.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

using reassess::detail::philox;
using reassess::detail::random_stream;
using block = std::array<std::uint32_t, 4>;

TEST_CASE("random stream: Philox4x32-10 reproduces the published test vectors")
{
    // kat_vectors of Random123, github.com/DEShawResearch/random123.
    CHECK(philox({0, 0, 0, 0}, {0, 0}) == block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random stream: numbers depend on seed, stream and position only")
{
    random_stream first(0, 0);
    CHECK(first.bits() == 0x6627e8d5);
    CHECK(first.bits() == 0xe169c58d);
    random_stream again(7, 3), other_seed(8, 3), other_stream(7, 4);
    const std::uint32_t bits = random_stream(7, 3).bits();
    CHECK(again.bits() == bits);
    CHECK(other_seed.bits() != bits);
    CHECK(other_stream.bits() != bits);
    // Streams that differ only above bit 31.
    CHECK(random_stream(7, 3 + (std::uint64_t{1} << 32)).bits() != bits);
    CHECK(random_stream(7 + (std::uint64_t{1} << 32), 3).bits() != bits);
}

TEST_CASE("random stream: integers are in range and equally likely")
{
    random_stream stream(1, 1);
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{10}}) {
        std::vector<int> counts(static_cast<std::size_t>(size));
        constexpr int draws = 30000;
        for (int i = 0; i < draws; ++i) ++counts.at(static_cast<std::size_t>(stream.below(size)));
        for (const int count : counts) {
            const double expected = draws / static_cast<double>(size);
            CHECK(count > expected * 0.9);
            CHECK(count < expected * 1.1);
        }
    }
    // Just above 2^31, where a product without rejection makes every second number more likely.
    const std::uint64_t size = (std::uint64_t{3} << 30);
    int even = 0, low = 0;
    for (int i = 0; i < 30000; ++i) {
        const std::uint64_t number = stream.below(size);
        REQUIRE(number < size);
        even += number % 3 == 0;
        low += number < size / 2;
    }
    CHECK(even > 9500);
    CHECK(even < 10500);
    CHECK(low > 14500);
    CHECK(low < 15500);
    const std::uint64_t huge = (std::uint64_t{1} << 40) + 1;
    bool above_32_bits = false;
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t number = stream.below(huge);
        CHECK(number < huge);
        above_32_bits = above_32_bits || number > (std::uint64_t{1} << 38);
    }
    CHECK(above_32_bits);
    for (int i = 0; i < 1000; ++i) {
        const double number = stream.unit();
        CHECK(number > 0);
        CHECK(number < 1);
    }
}

TEST_CASE("random stream: binomial numbers have the binomial distribution")
{
    random_stream stream(3, 9);
    CHECK(stream.binomial(0, 1, 2) == 0);
    CHECK(stream.binomial(1000, 0, 7) == 0);
    CHECK(stream.binomial(1000, 7, 7) == 1000);
    // Each number of successes for few trials against its probability, by chi-squared.
    const auto chi_squared = [&](std::uint64_t trials, std::uint64_t part, std::uint64_t whole) {
        constexpr int draws = 40000;
        std::vector<int> counts(static_cast<std::size_t>(trials) + 1);
        for (int i = 0; i < draws; ++i) ++counts.at(static_cast<std::size_t>(stream.binomial(trials, part, whole)));
        const double p = static_cast<double>(part) / static_cast<double>(whole);
        double sum = 0, probability = std::pow(1 - p, static_cast<double>(trials));
        for (std::uint64_t k = 0; k <= trials; ++k) {
            const double expected = draws * probability;
            sum += std::pow(counts[static_cast<std::size_t>(k)] - expected, 2) / expected;
            probability *= p / (1 - p) * static_cast<double>(trials - k) / static_cast<double>(k + 1);
        }
        return sum;
    };
    CHECK(chi_squared(5, 1, 3) < 20.5);  // 99.9 % of 5 degrees of freedom
    CHECK(chi_squared(5, 1, 2) < 20.5);
    CHECK(chi_squared(8, 7, 10) < 26.1);
    CHECK(chi_squared(3, std::uint64_t{1} << 61, (std::uint64_t{1} << 63) - 1) < 16.3);
    // Mean and variance for many trials.
    double mean = 0, variance = 0;
    constexpr int draws = 4000;
    for (int i = 0; i < draws; ++i) {
        const double deviation = static_cast<double>(stream.binomial(50000, 83, 100)) - 41500;
        mean += deviation / draws;
        variance += deviation * deviation / draws;
    }
    CHECK(std::abs(mean) < 4 * std::sqrt(7055.0 / draws));
    CHECK(std::abs(variance / 7055 - 1) < 4 * std::sqrt(2.0 / draws));
}
