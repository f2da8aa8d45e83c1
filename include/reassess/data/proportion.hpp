// Hits of a total, and of two models on the same images: what metrics hand to statistics.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// `hits` of `total`, both exact. A metric's result; an interval of it is made by statistics/.
struct proportion {
    std::uint64_t hits = 0;
    std::uint64_t total = 0;

    /// hits / total in [0, 1], one correctly rounded division (below 2^53).
    /// Throws std::domain_error for 0 of 0, which has no value.
    [[nodiscard]] double value() const
    {
        detail::expects<std::domain_error>(total != 0, "a proportion of 0 of 0 has no value");
        return static_cast<double>(hits) / static_cast<double>(total);
    }

    /// value(), or nothing for 0 of 0.
    [[nodiscard]] std::optional<double> try_value() const
    {
        if (total == 0) return std::nullopt;
        return value();
    }

    friend bool operator==(const proportion&, const proportion&) = default;
};

/// Hits of two models on the same images (or of one model by two metrics): the four cells of a paired table, all exact.
struct paired_proportion {
    std::uint64_t both = 0;         ///< images that both get right
    std::uint64_t first_only = 0;   ///< images that only the first gets right
    std::uint64_t second_only = 0;  ///< images that only the second gets right
    std::uint64_t neither = 0;      ///< images that neither gets right

    /// Number of images. The cells of a table whose total needs more than 64 bits cannot have been counted.
    [[nodiscard]] std::uint64_t total() const noexcept { return both + first_only + second_only + neither; }
    /// Images on which the two differ: the only ones that tell them apart.
    [[nodiscard]] std::uint64_t different() const noexcept { return first_only + second_only; }
    /// The first one's hits.
    [[nodiscard]] proportion first() const noexcept { return {both + first_only, total()}; }
    /// The second one's hits.
    [[nodiscard]] proportion second() const noexcept { return {both + second_only, total()}; }
    /// The same table with first and second exchanged.
    [[nodiscard]] paired_proportion swapped() const noexcept { return {both, second_only, first_only, neither}; }

    friend bool operator==(const paired_proportion&, const paired_proportion&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
