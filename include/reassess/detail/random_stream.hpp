// Counter-based random numbers (Philox4x32-10): the n-th number of a stream is a function of seed, stream and n, so
// results depend on neither threads nor platform. (The engines of <random> are portable, but its distributions are
// not.)
#pragma once

#include "../version.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Seed of random numbers: the same seed gives the same numbers on every machine. Always chosen by the caller.
class random_seed {
public:
    constexpr explicit random_seed(std::uint64_t value) noexcept : value_(value) {}
    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Philox4x32-10: four random 32-bit numbers from a 128-bit counter and a 64-bit key.
/// Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", doi:10.1145/2063384.2063405.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) noexcept
{
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xd2511f53} * counter[0];
        const std::uint64_t b = std::uint64_t{0xcd9e8d57} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9e3779b9U;
        key[1] += 0xbb67ae85U;
    }
    return counter;
}

/// One of 2^64 independent streams of a seed. Use one stream per replicate, not one per thread.
class random_stream {
public:
    constexpr random_stream(std::uint64_t seed, std::uint64_t stream) noexcept
        : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
          stream_{static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)}
    {
    }

    /// 32 random bits.
    constexpr std::uint32_t bits() noexcept
    {
        if (used_ == 4) {
            block_ = philox({static_cast<std::uint32_t>(next_block_), static_cast<std::uint32_t>(next_block_ >> 32),
                             stream_[0], stream_[1]},
                            key_);
            ++next_block_;
            used_ = 0;
        }
        return block_[used_++];
    }

    /// Unbiased uniform integer in [0, size); size > 0. Below 2^32: multiplication with rejection (Lemire 2019,
    /// doi:10.1145/3230636). Larger sizes: masking with rejection.
    constexpr std::uint64_t below(std::uint64_t size) noexcept
    {
        if (size <= 0xffffffffU) {
            const std::uint32_t small = static_cast<std::uint32_t>(size);
            std::uint64_t product = std::uint64_t{bits()} * small;
            if (static_cast<std::uint32_t>(product) < small) {
                const std::uint32_t rejected = (0U - small) % small;
                while (static_cast<std::uint32_t>(product) < rejected) product = std::uint64_t{bits()} * small;
            }
            return product >> 32;
        }
        // Draw as many bits as size - 1 has, until the number is in range.
        std::uint64_t mask = size - 1;
        for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
        for (;;) {
            const std::uint64_t high = std::uint64_t{bits()} << 32;
            const std::uint64_t candidate = (high | bits()) & mask;
            if (candidate < size) return candidate;
        }
    }

    /// Binomial number of successes in `trials`, each with probability part / whole, exactly; part <= whole < 2^63.
    /// Uses about two random bits per trial and only integer arithmetic, so the number is the same on every machine.
    constexpr std::uint64_t binomial(std::uint64_t trials, std::uint64_t part, std::uint64_t whole) noexcept
    {
        // A trial is a random number in [0, 1) that succeeds if it is below part / whole. The binary digits of both are
        // compared, for all trials at once: a trial is decided at the first digit that differs, half of the trials per
        // digit.
        std::uint64_t successes = 0;
        while (trials > 0 && part > 0) {
            const std::uint64_t ones = count_ones(trials);
            part *= 2;
            if (part >= whole) {
                part -= whole;
                successes += trials - ones;
                trials = ones;
            } else {
                trials -= ones;
            }
        }
        return successes;
    }

    /// Uniform number in (0, 1): the midpoint of one of 2^52 equal intervals.
    constexpr double unit() noexcept
    {
        const std::uint64_t high = std::uint64_t{bits()} << 20;
        return (static_cast<double>(high | (bits() >> 12)) + 0.5) * 0x1p-52;
    }

private:
    /// The number of ones among `number` random bits.
    constexpr std::uint64_t count_ones(std::uint64_t number) noexcept
    {
        std::uint64_t ones = 0;
        for (; number >= 32; number -= 32) ones += static_cast<std::uint64_t>(std::popcount(bits()));
        if (number > 0) ones += static_cast<std::uint64_t>(std::popcount(bits() >> (32 - number)));
        return ones;
    }

    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 2> stream_;
    std::array<std::uint32_t, 4> block_{};
    std::uint64_t next_block_ = 0;
    std::size_t used_ = 4;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
