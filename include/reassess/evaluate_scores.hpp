// All metrics of a model's scores in one reading of them: `evaluate` and, beside it, losses, Brier score and
// calibration. Needs the standard library only.
#pragma once

#include "data/device_targets.hpp"
#include "data/score_source.hpp"
#include "data/scores.hpp"
#include "data/targets.hpp"
#include "evaluate.hpp"
#include "execution/execution.hpp"
#include "metric/device_scores_evaluation.hpp"
#include "metric/model_evaluation.hpp"
#include "metric/score_evaluation.hpp"
#include "metric/scores_evaluation.hpp"
#include "ranking/rank_with_values.hpp"
#include "ranking/score_values.hpp"
#include "version.hpp"

#include <algorithm>
#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct evaluate_scores_options {
    /// As in model_evaluation_options.
    std::size_t depth = 0;
    on_nan nan = on_nan::error;
    /// What the scores are, and what is made of them.
    score_value_options values{};
    std::size_t calibration_bins = 15;
};

/// Evaluates a model's scores as `evaluate` does and, while each row is in the cache, what they say as probabilities.
/// `options.values.scores` must say whether they are logits or probabilities. Memory is for the results only. Throws as
/// `evaluate` and `rank_with_values` do.
template <execution_policy Policy, real_score_source Source>
[[nodiscard]] scores_evaluation evaluate_scores(Policy policy, const Source& scores, const targets_view& targets,
                                                const evaluate_scores_options& options)
{
    targets.expect_images(scores.images(), "scores");
    scores_evaluation result{
        model_evaluation({.classes = scores.classes(), .depth = options.depth, .nan = options.nan}),
        score_evaluation({.classes = scores.classes(),
                          .values = options.values,
                          .calibration_bins = options.calibration_bins,
                          .nan = options.nan})};
    // Large enough that starting threads for each costs nothing, few enough images for ranks and values in 60 MB.
    const std::size_t most = std::clamp<std::size_t>(
        (std::size_t{256} << 20) / std::max<std::size_t>(1, detail::row_bytes(scores)), 1024, std::size_t{1} << 20);
    detail::for_each_batch(scores.images(), most, [&](std::size_t first, std::size_t count) {
        const targets_view labels = targets.slice(first, count);
        const rankings_with_values batch = rank_with_values(policy, scores.slice(first, count), labels, options.values,
                                                            {.nan = options.nan, .first_image = result.order.images()});
        result.order.update(policy, batch.ranks, labels);
        result.values.update(policy, batch, labels);
    });
    return result;
}

namespace detail {

inline device_scores_evaluation_options device_options(std::size_t classes, const evaluate_scores_options& options)
{
    return {.order = {.classes = classes, .depth = options.depth, .nan = options.nan},
            .values = options.values,
            .calibration_bins = options.calibration_bins};
}

}  // namespace detail

/// The same for scores in a device's memory, and labels there (device_targets_view): ranked and counted on the device.
/// Counts equal a host's, sums of reals to their accuracy (device_scores_evaluation says what that is). Waits for the
/// result; device_scores_evaluation does not.
template <device_policy Policy, real_score_element T>
[[nodiscard]] scores_evaluation evaluate_scores(Policy policy, const scores_view<T, device_space>& scores,
                                                const device_targets_view& targets,
                                                const evaluate_scores_options& options)
{
    device_scores_evaluation<Policy> counts(policy, detail::device_options(scores.classes(), options));
    counts.update(scores, targets);
    return counts.read();
}

/// The same for host scores that do not fit into a device's memory, and labels on the host: staged(scores,
/// {.buffer_bytes = ...}). Waits for the result.
template <policy_with_memory Policy, staged_source<Policy> Source>
[[nodiscard]] scores_evaluation evaluate_scores(Policy policy, const Source& source, const targets_view& targets,
                                                const evaluate_scores_options& options)
{
    device_scores_evaluation<Policy> counts(policy, detail::device_options(source.staged_classes(), options));
    source.for_each_block(policy, targets,
                          [&](const auto& scores, const auto& labels) { counts.update(scores, labels); });
    return counts.read();
}

// Refused when the program is compiled, as by `evaluate`.
template <device_policy Policy, real_score_source Source>
scores_evaluation evaluate_scores(Policy, const Source&, const targets_view&, const evaluate_scores_options&)
{
    detail::refuse_host_scores<Source>();
    return {};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
