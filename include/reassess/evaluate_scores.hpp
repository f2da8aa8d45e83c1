// All metrics of a model's scores in one reading of them: `evaluate` and, beside it, losses, Brier score and
// calibration. Needs the standard library only.
#pragma once

#include "data/score_source.hpp"
#include "data/truth.hpp"
#include "evaluate.hpp"
#include "execution/execution.hpp"
#include "metric/score_evaluation.hpp"
#include "ranking/rank_with_values.hpp"

#include <cstddef>
#include <utility>

namespace reassess::inline v0_1 {

struct evaluate_scores_options {
    /// As in model_evaluation_options.
    std::size_t depth = 0;
    on_nan nan = on_nan::error;
    /// What the scores are, and what is made of them.
    score_value_options values{};
    std::size_t calibration_bins = 15;
};

/// All metrics of one model's scores.
struct scores_evaluation {
    model_evaluation order{};   ///< what depends on the order of the scores: accuracies, preference, ...
    score_evaluation values{};  ///< what depends on their values: losses, Brier score, calibration

    /// Adds what another state counted, as the parts' merge does; nothing has changed where either refuses.
    void merge(const scores_evaluation& other)
    {
        model_evaluation merged = order;
        merged.merge(other.order);
        values.merge(other.values);
        order = std::move(merged);
    }
};

/// Evaluates a model's scores as `evaluate` does and, while each row is in the cache, what they say as probabilities.
/// `options.values.scores` must say whether they are logits or probabilities. Memory is for the results only. Throws as
/// `evaluate` and `rank_with_values` do.
template <execution_policy Policy, real_score_source Source>
[[nodiscard]] scores_evaluation evaluate_scores(Policy policy, const Source& scores, const truth_view& truth,
                                                const evaluate_scores_options& options)
{
    truth.expect_images(scores.images(), "scores");
    scores_evaluation result{
        model_evaluation({.classes = scores.classes(), .depth = options.depth, .nan = options.nan}),
        score_evaluation({.classes = scores.classes(),
                          .values = options.values,
                          .calibration_bins = options.calibration_bins,
                          .nan = options.nan})};
    detail::for_each_block(scores.images(), detail::row_bytes(scores), [&](std::size_t first, std::size_t count) {
        const truth_view labels = truth.slice(first, count);
        const rankings_with_values batch = rank_with_values(policy, scores.slice(first, count), labels, options.values,
                                                            {.nan = options.nan, .first_image = result.order.images()});
        result.order.update(policy, batch.ranks, labels);
        result.values.update(policy, batch, labels);
    });
    return result;
}

}  // namespace reassess::inline v0_1
