// Comparison of several models on the same images: McNemar's test of every pair, and confidence sets of their ranks.
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
#include "rank_sets.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct compare_models_options {
    /// Correction of the p-values for the number of pairs.
    correction method = correction::holm;
    /// Level of the intervals and rank sets; two models differ if their adjusted p-value <= 1 - level.
    confidence_level level{0.95};
    /// Resamples of the images, for best_shares.
    std::size_t replicates = 1999;
    /// Whether the rank sets contain all true ranks at once, or each alone.
    rank_coverage coverage = rank_coverage::all_models;
};

/// Result of compare_models.
struct model_comparison {
    compare_models_options options{};
    /// Every pair of models, tested and corrected.
    all_pairs_result pairs{};
    /// The rank of every model and its confidence set, in input order, over the images that are valid for all models;
    /// empty if there are none.
    std::vector<rank_set> ranks{};
    /// first_place_shares of these images; empty if there are none.
    std::vector<double> best_shares{};
};

namespace detail {

/// The paired table of every pair of columns, in the order of compare_all_pairs.
inline std::vector<paired_proportion> pair_columns(const image_values_view& hits)
{
    const std::size_t models = hits.columns();
    std::vector<paired_proportion> tables(models * (models - 1) / 2);
    for (std::size_t image = 0; image < hits.images(); ++image) {
        const std::span<const double> row = hits.row(image);
        std::size_t next = 0;
        for (std::size_t a = 0; a < models; ++a) {
            for (std::size_t b = a + 1; b < models; ++b) {
                paired_proportion& table = tables[next++];
                const bool first = row[a] != 0, second = row[b] != 0;
                ++(first ? (second ? table.both : table.first_only) : (second ? table.second_only : table.neither));
            }
        }
    }
    return tables;
}

}  // namespace detail

/// Compares several models by one metric on the same images: compare_all_pairs, rank_sets and first_place_shares in one
/// call.
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
/// `hits`, and for fewer than 2 replicates. Cost: that of compare_all_pairs and of first_place_shares, mostly the
/// latter; O(images models^2) if some images are not valid for all models. Sources: those of mcnemar_test,
/// adjust_p_values and rank_sets.
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
        options, compare_all_pairs(models, cells, {.method = options.method, .level = options.level}), {}, {}};
    if (hits.images() > 0) {
        const bool same_images =
            std::all_of(cells.begin(), cells.end(), [&](const auto& pair) { return pair.total() == hits.images(); });
        const rank_sets_options for_ranks{.level = options.level, .coverage = options.coverage};
        result.ranks = same_images ? rank_sets(models, cells, for_ranks)
                                   : rank_sets(models, detail::pair_columns(hits), for_ranks);
        result.best_shares = first_place_shares(policy, hits, seed, options.replicates);
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
