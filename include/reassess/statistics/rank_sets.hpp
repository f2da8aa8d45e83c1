// Confidence sets of the ranks of models that were evaluated on the same images, from pairwise sign tests.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "all_pairs.hpp"
#include "confidence.hpp"
#include "mcnemar.hpp"
#include "multiple_testing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Which statement the level of rank_sets is about.
enum class rank_coverage {
    all_models,  ///< all rank sets contain their true ranks at once: for a whole table of ranks
    each_model,  ///< each set alone contains its true rank: for one model that was chosen before looking at the data
};

struct rank_sets_options {
    confidence_level level{0.95};
    rank_coverage coverage = rank_coverage::all_models;
};

/// Rank of one model among all models (1 is best) and its confidence set: best .. worst.
struct rank_set {
    /// In the sample: 1 + the number of better models + half of the number of equal ones.
    double rank = 0;
    std::size_t best = 0;   ///< 1 + the number of models that are significantly better
    std::size_t worst = 0;  ///< the number of models minus the number of those that are significantly worse
};

namespace detail {

/// Exact one-sided p-value of "the model with `wins` is better than the one with `losses`": P(X >= wins). 1 unless
/// wins > losses, because it is above one half then.
inline double one_sided_sign_p_value(std::uint64_t wins, std::uint64_t losses)
{
    return wins > losses ? sign_test(wins, losses).p_value / 2 : 1;
}

}  // namespace detail

/// Confidence sets of the ranks of models by accuracy: best = 1 + the number of models that are significantly better,
/// worst = models - the number of models that are significantly worse.
///
/// Both one-sided hypotheses of every pair are tested by the exact sign test of the images on which the two models
/// differ (the mid-p value may exceed its level, so it is not used), with Holm's correction over all models (models -
/// 1) hypotheses, or, for `each_model`, over the 2 (models - 1) hypotheses about each model. The true rank of a model
/// is 1 + the number of models with a greater true accuracy; for models of equal true accuracy, the whole range of
/// ranks that they share is in the set. The coverage is at least the level for any number of images and any dependence
/// of the models. Simulated at level 0.95 with independent errors: 20 models 0.05 points apart on 2,000 images, all
/// ranks at once in 0.998 of samples, by `each_model` each rank in 0.999; 10 models 0.1 points apart on 2,000 images
/// 0.996 and 0.998; 10 models 0.05 points apart on 50,000 images 0.997 and 0.999. Percentile intervals of bootstrap
/// ranks, which version 0.1 had, cover all ranks at once in 0.115 of samples in the first case, because resamples keep
/// the order of the sample too often.
///
/// `cells` has the paired table of every pair, in the order of compare_all_pairs. Throws std::invalid_argument if the
/// number of tables is not models (models - 1) / 2, and like sign_test. O(pairs (log pairs + sqrt(images))). Mogstad,
/// Romano, Shaikh, Wilhelm 2024, "Inference for ranks with applications to mobility across neighbourhoods and academic
/// achievement across countries", Review of Economic Studies 91, doi:10.1093/restud/rdad006.
[[nodiscard]] inline std::vector<rank_set> rank_sets(std::size_t models, std::span<const paired_proportion> cells,
                                                     const rank_sets_options& options = {})
{
    detail::expect_tables_of_pairs(cells.size(), models);
    // Of the hypotheses (better, worse), number better * models + worse.
    std::vector<double> p_values(models * models, 1.0);
    std::vector<rank_set> sets(models, rank_set{1.0, 1, models});
    std::size_t next = 0;
    for (std::size_t a = 0; a < models; ++a) {
        for (std::size_t b = a + 1; b < models; ++b) {
            const paired_proportion& pair = cells[next++];
            p_values[a * models + b] = detail::one_sided_sign_p_value(pair.first_only, pair.second_only);
            p_values[b * models + a] = detail::one_sided_sign_p_value(pair.second_only, pair.first_only);
            const bool equal = pair.first_only == pair.second_only;
            sets[a].rank += equal ? 0.5 : pair.second_only > pair.first_only;
            sets[b].rank += equal ? 0.5 : pair.first_only > pair.second_only;
        }
    }
    const double alpha = 1 - options.level.value();
    const auto is_significant = [&](std::vector<double> tested) {
        tested = adjust_p_values(tested, correction::holm);
        std::vector<bool> significant;
        for (const double p : tested) significant.push_back(p <= alpha);
        return significant;
    };
    if (options.coverage == rank_coverage::all_models) {
        std::vector<double> tested;
        for (std::size_t a = 0; a < models; ++a) {
            for (std::size_t b = 0; b < models; ++b) {
                if (a != b) tested.push_back(p_values[a * models + b]);
            }
        }
        const std::vector<bool> significant = is_significant(tested);
        std::size_t test = 0;
        for (std::size_t a = 0; a < models; ++a) {
            for (std::size_t b = 0; b < models; ++b) {
                if (a == b || !significant[test++]) continue;
                --sets[a].worst;
                ++sets[b].best;
            }
        }
        return sets;
    }
    for (std::size_t model = 0; model < models; ++model) {
        std::vector<double> tested;
        for (std::size_t other = 0; other < models; ++other) {
            if (other == model) continue;
            tested.push_back(p_values[model * models + other]);
            tested.push_back(p_values[other * models + model]);
        }
        const std::vector<bool> significant = is_significant(tested);
        for (std::size_t test = 0; test < significant.size(); test += 2) {
            sets[model].worst -= significant[test];
            sets[model].best += significant[test + 1];
        }
    }
    return sets;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
