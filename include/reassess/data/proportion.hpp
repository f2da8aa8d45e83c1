// proportion (hits of a total), weighted_proportion and paired_proportion (hits of two models on the same images): the
// results of metrics and the input of statistics/.
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

/// Hits of a total with a weight per image, from exact sums that are rounded once. The interval is
/// weighted_wilson_interval (statistics/proportion_interval.hpp).
struct weighted_proportion {
    double hits = 0.0;         ///< the sum of the weights of the hits
    double total = 0.0;        ///< the sum of all weights
    double hit_squares = 0.0;  ///< the sum of the squared weights of the hits
    double squares = 0.0;      ///< the sum of all squared weights
    std::uint64_t images = 0;  ///< images with a weight above 0

    /// hits / total in [0, 1]. Throws std::domain_error if no image has a weight.
    [[nodiscard]] double value() const
    {
        detail::expects<std::domain_error>(images != 0,
                                           "weighted proportion: undefined without weights; use try_value()");
        return hits / total;
    }
    /// value(), or nothing if no image has a weight.
    [[nodiscard]] std::optional<double> try_value() const
    {
        if (images == 0) return std::nullopt;
        return value();
    }
    /// total^2 / squares: the number of images of equal weight with the same precision, if weights and hits are
    /// independent; in [0, images]. 0 if no image has a weight. Source: Kish, "Survey Sampling" (1965).
    [[nodiscard]] double effective_sample_size() const noexcept { return images == 0 ? 0.0 : total / squares * total; }
    /// The variance of value(), linearised: the sum of (w (hit - value))^2 over images, divided by total^2; weights may
    /// depend on hits. Throws std::domain_error if no image has a weight. Source: Saerndal, Swensson, Wretman, "Model
    /// Assisted Survey Sampling" (1992), chapter 5.
    [[nodiscard]] double variance() const
    {
        const double p = value();
        return ((1.0 - p) * (1.0 - p) * hit_squares + p * p * (squares - hit_squares)) / total / total;
    }

    friend bool operator==(const weighted_proportion&, const weighted_proportion&) = default;
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
