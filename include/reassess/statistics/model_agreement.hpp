// Agreement of two models on the same images: error consistency (Cohen's kappa of correctness) with an interval, and
// churn.
#pragma once

#include "../data/proportion.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "double_double.hpp"
#include "proportion_interval.hpp"
#include "two_proportions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of error_consistency.
struct error_consistency_result {
    /// Observed consistency: the proportion of images that both models classify correctly or both do not.
    proportion observed{};
    /// Expected consistency of independent errors: p1 p2 + (1 - p1) (1 - p2) of the two accuracies, in [0, 1].
    double expected = 0;
    /// (observed - expected) / (1 - expected), in [-1, 1]. 1: errors on the same images; 0: as consistent as
    /// independent errors of these accuracies; below 0: less consistent. Nothing if both models are right on all
    /// images, or both wrong on all.
    std::optional<double> kappa{};
    /// Interval of kappa; nothing if kappa is not defined.
    std::optional<interval> bounds{};
};

namespace detail {

struct kappa_estimate {
    double kappa = 0;
    double standard_error = 0;
};

/// Kappa of a table with two rows and columns, whose cells need not be integers, and its large-sample standard error:
/// the deviation of the influence function of Fleiss, Cohen and Everitt. No row and no column is 0.
inline kappa_estimate estimate_kappa(double both, double first_only, double second_only, double neither)
{
    const double n = both + first_only + second_only + neither;
    const double first = (both + first_only) / n, second = (both + second_only) / n;
    const double disagreed = (first_only + second_only) / n;
    const double by_chance = first * ((first_only + neither) / n) + second * ((second_only + neither) / n);
    // The mean of the influence: p_o + p_o p_e - 2 p_e, where p_o = 1 - disagreed and p_e = 1 - by_chance.
    const double centre = (1 - disagreed) * (2 - by_chance) - 2 * (1 - by_chance);
    const auto square_of = [&](double influence) { return (influence - centre) * (influence - centre); };
    const double variance = both / n * square_of(by_chance - (first + second) * disagreed) +
                            neither / n * square_of(by_chance - (2 - first - second) * disagreed) +
                            first_only / n * square_of(-(1 - first + second) * disagreed) +
                            second_only / n * square_of(-(1 + first - second) * disagreed);
    return {1 - disagreed / by_chance, std::sqrt(variance / n) / (by_chance * by_chance)};
}

}  // namespace detail

/// Error consistency of two models: whether they fail on the same images more often than models of their accuracies
/// with independent errors. It is Cohen's kappa of "correct" and "not correct".
///
/// kappa = 2 (both neither - first_only second_only) / (hits of the first * misses of the second + misses of the first
/// * hits of the second), where the products are exact; relative error 1e-15. The interval is normal, clipped to [-1,
/// 1], around the kappa of the table with 1/2 added to every cell, with the standard error of this table by Fleiss,
/// Cohen and Everitt: without the addition the error is 0 where no images differ, and the coverage at level 0.95 is
/// 0.83 for 200 images of models with accuracies 0.95 and 0.93 and kappa 0.1; with it 0.93. ARCHITECTURE.md has
/// simulations.
///
/// Throws std::domain_error for a table without images and std::invalid_argument for a cell above 2^53. O(1). Geirhos,
/// Meding, Wichmann 2020, arXiv:2006.16736; Fleiss, Cohen, Everitt 1969, doi:10.1037/h0028106.
[[nodiscard]] inline error_consistency_result error_consistency(const paired_proportion& table,
                                                                confidence_level level = confidence_level{0.95})
{
    detail::expect_table(table);
    const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
    const double first = real(table.first().hits), second = real(table.second().hits);
    const double first_misses = real(table.total() - table.first().hits);
    const double second_misses = real(table.total() - table.second().hits);
    error_consistency_result result;
    result.observed = {table.both + table.neither, table.total()};
    const double total = real(table.total());
    result.expected = first / total * (second / total) + first_misses / total * (second_misses / total);
    const detail::double_double by_chance =
        detail::exact_product(first, second_misses) + detail::exact_product(first_misses, second);
    if (by_chance.high == 0) return result;
    const detail::double_double beyond = detail::exact_product(real(table.both), real(table.neither)) -
                                         detail::exact_product(real(table.first_only), real(table.second_only));
    result.kappa = static_cast<double>(beyond / by_chance * 2.0);
    const detail::kappa_estimate smoothed = detail::estimate_kappa(
        real(table.both) + 0.5, real(table.first_only) + 0.5, real(table.second_only) + 0.5, real(table.neither) + 0.5);
    const double margin = detail::two_sided_normal_quantile(level) * smoothed.standard_error;
    result.bounds = {std::max(-1.0, smoothed.kappa - margin), std::min(1.0, smoothed.kappa + margin)};
    return result;
}

/// Result of churn.
struct churn_result {
    /// Images whose correctness differs between the models, of all images.
    proportion flipped{};
    /// Images that only the second model classifies correctly, of all images.
    proportion gained{};
    /// Images that only the first model classifies correctly, of all images: the negative flip rate.
    proportion lost{};
};

/// Churn from a first (old) model to a second (new) one: the share of images whose correctness flips, in both
/// directions. gained - lost is the difference of the accuracies. 0 of 0 without images. (Churn of the predictions,
/// also among wrong ones, is 1 - prediction_agreement.) O(1). Milani Fard, Cormier, Canini, Gupta 2016, "Launch and
/// iterate: reducing prediction churn"; Yan et al. 2021, arXiv:2011.09161 (negative flip rate).
[[nodiscard]] inline churn_result churn(const paired_proportion& table) noexcept
{
    return {{table.different(), table.total()}, {table.second_only, table.total()}, {table.first_only, table.total()}};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
