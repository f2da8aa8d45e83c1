// proportion (hits of a total) and paired_proportion (hits of two models on the same images): the results of metrics
// and the input of statistics/.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// `hits` of `total`, both exact. The functions of statistics/ compute confidence intervals of it.
struct proportion {
    std::uint64_t hits = 0;
    std::uint64_t total = 0;

    /// hits / total in [0, 1], rounded once if both are below 2^53. Throws std::domain_error if `total` is 0.
    [[nodiscard]] double value() const
    {
        detail::expects<std::domain_error>(total != 0, "proportion: 0 of 0 is undefined; use try_value()");
        return static_cast<double>(hits) / static_cast<double>(total);
    }

    /// value(), or nothing if `total` is 0.
    [[nodiscard]] std::optional<double> try_value() const
    {
        if (total == 0) return std::nullopt;
        return value();
    }

    friend bool operator==(const proportion&, const proportion&) = default;
};

/// Hits of two models on the same images (or of one model by two metrics): the four cells of a paired table, all exact.
struct paired_proportion {
    std::uint64_t both = 0;         ///< images that both classify correctly
    std::uint64_t first_only = 0;   ///< images that only the first classifies correctly
    std::uint64_t second_only = 0;  ///< images that only the second classifies correctly
    std::uint64_t neither = 0;      ///< images that neither classifies correctly

    /// Number of images.
    [[nodiscard]] std::uint64_t total() const noexcept { return both + first_only + second_only + neither; }
    /// Number of discordant images: exactly one of the two is correct.
    [[nodiscard]] std::uint64_t different() const noexcept { return first_only + second_only; }
    /// Hits of the first model.
    [[nodiscard]] proportion first() const noexcept { return {both + first_only, total()}; }
    /// Hits of the second model.
    [[nodiscard]] proportion second() const noexcept { return {both + second_only, total()}; }
    /// Adds the table of other images.
    paired_proportion& operator+=(const paired_proportion& other) noexcept
    {
        both += other.both;
        first_only += other.first_only;
        second_only += other.second_only;
        neither += other.neither;
        return *this;
    }
    /// The same table with first and second exchanged.
    [[nodiscard]] paired_proportion swapped() const noexcept { return {both, second_only, first_only, neither}; }

    friend bool operator==(const paired_proportion&, const paired_proportion&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
