// Model rankings: agreement of two metrics on the order of models, and how often each model is first in resamples.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "bootstrap.hpp"
#include "confidence.hpp"
#include "correlation.hpp"

#include <algorithm>
#include <cstddef>
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
    detail::expect_pairs(first, second, "Spearman correlation");
    const detail::orders_by_point orders(first, second);
    ranking_agreement_result result;
    result.kendall = detail::kendall_of(orders, level);
    result.spearman = detail::spearman_of(first, second, result.kendall);
    result.pairs = orders.all;
    const std::vector<double> before = average_ranks(first), after = average_ranks(second);
    for (std::size_t model = 0; model < first.size(); ++model)
        result.places_gained.push_back(after[model] - before[model]);
    return result;
}

/// Share of resamples of the images in which no other model has more hits, for each model: a description of how often a
/// model would be first, not a probability that it is the best, and not a confidence interval (see rank_sets). Models
/// that are first together all count, so the shares may add up to more than 1.
///
/// Each column of `values` has one model's hits, over images that are valid for all models. Random streams are used as
/// by bootstrap: the same bits for every policy. Throws std::invalid_argument for no images and for fewer than 2
/// replicates. O(replicates (images + models)); O(replicates images models) if images have many distinct rows.
template <execution_policy Policy>
[[nodiscard]] std::vector<double> first_place_shares(Policy policy, const image_values_view& values, random_seed seed,
                                                     std::size_t replicates = 1999)
{
    detail::expects(values.images() > 0, "first places: 0 images; the minimum is 1");
    detail::expect_replicates(replicates);
    const detail::grouped_images images(values);
    const std::size_t models = values.columns();
    std::vector<double> first(replicates * models);
    detail::for_each_resample(policy, images, replicates, seed,
                              [&](std::size_t replicate, const resample_sums& resample) {
                                  const double most = *std::max_element(resample.sums.begin(), resample.sums.end());
                                  for (std::size_t model = 0; model < models; ++model)
                                      first[replicate * models + model] = resample.sum(model) == most;
                              });
    std::vector<double> shares(models);
    for (std::size_t i = 0; i < first.size(); ++i) shares[i % models] += first[i];
    for (double& share : shares) share /= static_cast<double>(replicates);
    return shares;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
