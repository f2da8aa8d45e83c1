// Random numbers that are the same with every standard library, so that a failing test can be reproduced anywhere.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace test_support {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class random_source {
public:
    explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t bits() noexcept
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    /// An integer in [0, end).
    template <std::integral Integer = std::size_t>
    Integer below(std::size_t end) noexcept
    {
        return static_cast<Integer>(bits() % end);
    }
    bool chance(unsigned percent) noexcept { return bits() % 100 < percent; }

    template <class T>
    void shuffle(std::vector<T>& values) noexcept
    {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

private:
    std::uint64_t state_;
};

}  // namespace test_support
