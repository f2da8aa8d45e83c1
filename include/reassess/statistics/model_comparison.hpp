// Comparison of several models on the same images: McNemar's test of every pair, and bootstrap intervals of their
// ranks.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "all_pairs.hpp"
#include "bootstrap.hpp"
#include "confidence.hpp"
#include "model_ranking.hpp"
#include "multiple_testing.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct compare_models_options {
    /// Correction of the p-values for the number of pairs.
    correction method = correction::holm;
    /// Level of the intervals; two models differ if their adjusted p-value <= 1 - level.
    confidence_level level{0.95};
    /// Resamples of the images, for the intervals of the ranks.
    std::size_t replicates = 1999;
};

/// Result of compare_models.
struct model_comparison {
    compare_models_options options{};
    /// Every pair of models, tested and corrected.
    all_pairs_result pairs{};
    /// The rank of every model, in input order; empty if no image is valid for all models.
    std::vector<rank_interval> ranks{};
};

/// Compares several models by one metric on the same images: compare_all_pairs and rank_intervals in one call.
///
/// `cells` has the paired table of every pair, over the images that are valid for both models, in the order of
/// compare_all_pairs; `hits` has one column per model, 1 for correct and 0 for wrong, over the images that are valid
/// for all models. Both are made from the outcomes of the images:
///
///     const std::vector outcomes{image_outcomes(first, targets), image_outcomes(second, targets)};
///     const auto hits = hit_columns(outcomes);
///     const auto result =
///         compare_models(par, pair_all_outcomes(outcomes), image_values_view(hits, outcomes.size()), random_seed{1});
///
/// Empty for a single model, and if a pair has no image in common. The same bits for every policy. Throws
/// std::invalid_argument if the number of tables is not models (models - 1) / 2, if a pair has fewer images than
/// `hits`, and for fewer than 2 replicates. Cost: that of compare_all_pairs and of rank_intervals, mostly the latter.
/// Sources: those of mcnemar_test, adjust_p_values and rank_intervals.
template <execution_policy Policy>
[[nodiscard]] std::optional<model_comparison> compare_models(Policy policy, std::span<const paired_proportion> cells,
                                                             const image_values_view& hits, random_seed seed,
                                                             const compare_models_options& options = {})
{
    const std::size_t models = hits.columns();
    detail::expect_tables_of_pairs(cells.size(), models);
    for (const paired_proportion& pair : cells) {
        detail::expects(pair.total() >= hits.images(), "compare models: ", hits.images(),
                        " images are valid for all models, but only ", pair.total(), " for one pair");
    }
    const bool comparable = std::all_of(cells.begin(), cells.end(), [](const auto& pair) { return pair.total() > 0; });
    if (models < 2 || !comparable) return std::nullopt;
    model_comparison result{
        options, compare_all_pairs(models, cells, {.method = options.method, .level = options.level}), {}};
    if (hits.images() > 0) {
        result.ranks = rank_intervals(policy, hits, seed, {.replicates = options.replicates, .level = options.level});
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
