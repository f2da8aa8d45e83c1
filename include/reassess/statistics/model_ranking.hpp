// Model rankings: agreement of two metrics on the order of models, and bootstrap confidence intervals of ranks.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "bootstrap.hpp"
#include "confidence.hpp"
#include "correlation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of ranking_agreement.
struct ranking_agreement_result {
    correlation_result spearman{};
    correlation_result kendall{};
    /// Numbers of concordant, discordant and tied pairs of models.
    pair_orders pairs{};
    /// Rank by the first metric minus rank by the second (1 is best): places gained; multiples of 1/2 if models tie.
    std::vector<double> places_gained{};
};

/// Agreement of two metrics (such as original and ReaL accuracy) on the order of the same models.
/// Throws as spearman_correlation does. O(models^2).
[[nodiscard]] inline ranking_agreement_result ranking_agreement(std::span<const double> first,
                                                                std::span<const double> second,
                                                                confidence_level level = confidence_level{0.95})
{
    ranking_agreement_result result;
    result.spearman = spearman_correlation(first, second, level);
    result.kendall = kendall_tau_b(first, second, level);
    result.pairs = count_pair_orders(first, second);
    const std::vector<double> before = average_ranks(first), after = average_ranks(second);
    for (std::size_t model = 0; model < first.size(); ++model)
        result.places_gained.push_back(after[model] - before[model]);
    return result;
}

/// Rank of one model among all models (1 is best) with its bootstrap interval.
struct rank_interval {
    double rank = 0;  ///< in the original sample; equal models get the mean of their ranks
    interval bounds{};
    /// Fraction of replicates in which no other model is better.
    double best_share = 0;
};

/// Ranks of models by the column means of `values`, with percentile intervals by resampling images.
///
/// Each column has one model's hits, over images that are valid for all models. Each interval is for its model alone;
/// the intervals are not simultaneous. Random streams are used as by bootstrap: the same bits for every policy.
///
/// Throws std::invalid_argument for no images and for fewer than 2 replicates. O(replicates (images + models log
/// models)); O(replicates images models) if images have many distinct rows.
/// Goldstein, Spiegelhalter 1996, doi:10.2307/2983325.
template <execution_policy Policy>
[[nodiscard]] std::vector<rank_interval> rank_intervals(Policy policy, const image_values_view& values,
                                                        random_seed seed, const bootstrap_options& options = {})
{
    detail::expects(values.images() > 0, "rank intervals: 0 images; the minimum is 1");
    detail::expect_replicates(options.replicates);
    const detail::grouped_images images(values);
    const std::size_t models = values.columns();
    const auto places = [&](std::span<const double> sums) {
        std::vector<double> ranks = average_ranks(sums);
        for (double& rank : ranks) rank = static_cast<double>(models) + 1 - rank;
        return ranks;
    };
    std::vector<double> of_replicates(options.replicates * models);
    detail::for_each_resample(policy, images, options.replicates, seed,
                              [&](std::size_t replicate, const resample_sums& resample) {
                                  const std::vector<double> ranks = places(resample.sums);
                                  std::copy(ranks.begin(), ranks.end(),
                                            of_replicates.begin() + static_cast<std::ptrdiff_t>(replicate * models));
                              });
    std::vector<double> sums(models);
    images.sum(images.counts(), sums);
    const std::vector<double> observed = places(sums);
    std::vector<rank_interval> result(models);
    const double tail = (1 - options.level.value()) / 2;
    for (std::size_t model = 0; model < models; ++model) {
        std::vector<double> ranks;
        double best = 0;
        for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
            const auto row = std::span(of_replicates).subspan(replicate * models, models);
            ranks.push_back(row[model]);
            best += row[model] == *std::min_element(row.begin(), row.end());
        }
        std::sort(ranks.begin(), ranks.end());
        // Ranks are integers, so the bounds are rounded outwards.
        result[model] = {observed[model],
                         {std::floor(detail::quantile_of_sorted(ranks, tail)),
                          std::ceil(detail::quantile_of_sorted(ranks, 1 - tail))},
                         best / static_cast<double>(options.replicates)};
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
