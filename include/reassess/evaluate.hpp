// evaluate: scores or stored predictions, and targets, to all metrics in one call. Needs the standard library only,
// also for a device: its memory comes with the policy (execution/thrust.hpp).
#pragma once

#include "data/device_targets.hpp"
#include "data/interpreted_scores.hpp"
#include "data/label_sets.hpp"
#include "data/labels.hpp"
#include "data/proportion.hpp"
#include "data/score_source.hpp"
#include "data/scores.hpp"
#include "data/targets.hpp"
#include "data/top_k.hpp"
#include "detail/expects.hpp"
#include "execution/execution.hpp"
#include "metric/class_curves.hpp"
#include "metric/confusion.hpp"
#include "metric/evaluation.hpp"
#include "metric/evaluator.hpp"
#include "metric/label_summary.hpp"
#include "metric/mistakes.hpp"
#include "metric/preference.hpp"
#include "ranking/device_ranking.hpp"
#include "ranking/evaluation_options.hpp"
#include "ranking/image_results.hpp"
#include "ranking/rank.hpp"
#include "version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

template <class>
inline constexpr bool never = false;

/// Images of one update of `evaluate`: while it is counted, each image that is predicted wrong takes 8 bytes.
inline constexpr std::size_t images_of_update = std::size_t{1} << 20;

/// `evaluate` by updates of at most so many images.
template <class Policy, class View, class... Metrics>
evaluation<Metrics...> evaluate_in_updates(Policy policy, const View& view, const targets_view& targets,
                                           const evaluation_options& options, std::size_t images_each,
                                           const Metrics&... metrics)
{
    targets.expect_images(view.images(), "the scores or top-k lists");
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    std::size_t first = 0;
    do {  // once also without images
        const std::size_t count = std::min(images_each, view.images() - first);
        counts.update(view.slice(first, count), targets.slice(first, count));
        first += count;
    } while (first < view.images());
    return counts.result();
}

}  // namespace detail

/// Evaluates a model: logits(scores), probabilities(scores), scores of which only the order counts (a scores_view, a
/// mapped file, an ensemble, ...) or a top_k_view, against original labels, label sets, or both.
///
///     ra::evaluate(ra::par, ra::logits(scores), {.original = labels, .real = sets.view()})
///
/// What is not given in the targets is not evaluated. Metrics of the user's own follow the options. The scores are read
/// once, in blocks of rows, so memory is for results only. No images give counts of 0 of 0. Throws as `rank` does, and
/// std::invalid_argument for an options.depth above the depth of the ranks.
template <execution_policy Policy, host_input Input, metric... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    return detail::evaluate_in_updates(policy, detail::view_of(input), targets, options, detail::images_of_update,
                                       metrics...);
}
/// The same with the policy `seq`.
template <host_input Input, metric... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    return evaluate(seq, input, targets, options, metrics...);
}

/// What a device policy can evaluate: views of scores or top-k lists in a device's memory, plain or with an
/// interpretation, and owners of them.
template <class Input>
concept device_input = detail::is_device_view<decltype(detail::view_of(std::declval<const Input&>()))>;

/// The same for scores or lists, and labels, in a device's memory. Waits for the result; `evaluator` does not before it
/// is read.
template <device_policy Policy, device_input Input, metric... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const device_targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    counts.update(input, targets);
    return counts.result();
}
/// The same with owned labels (device_targets).
template <device_policy Policy, device_input Input, class Targets, metric... Metrics>
    requires requires(const Targets& targets)
    {
        {
            targets.view()
            } -> std::same_as<device_targets_view>;
    }
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const Targets& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    return evaluate(policy, input, targets.view(), options, metrics...);
}

/// Host scores that are streamed through a policy's memory block by block: made by `staged` of device/staged.hpp.
template <class Input, class Policy>
concept staged_input = policy_with_memory<Policy> && requires(const Input& input, Policy policy, targets_view targets)
{
    input.for_each_block(policy, targets, detail::no_operation{});
};

/// The same for host scores that do not fit into a device's memory, and labels on the host: staged(logits(scores),
/// {.buffer_bytes = ...}). Waits for the result.
template <policy_with_memory Policy, staged_input<Policy> Input, metric... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    input.for_each_block(policy, targets,
                         [&](const auto& scores, const auto& labels) { counts.update(scores, labels); });
    return counts.result();
}

// Scores in memory that the policy's functions cannot read do not compile.

template <device_policy Policy, host_input Input, metric... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const targets_view&, const evaluation_options& = {},
                                const Metrics&...)
{
    static_assert(detail::never<Input>,
                  "a device cannot read scores in host memory: give staged(scores, {.buffer_bytes = ...}) of "
                  "reassess/device/staged.hpp, or a copy (device_scores)");
    return {};
}
template <execution_policy Policy, device_input Input, class Targets, metric... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const Targets&, const evaluation_options& = {}, const Metrics&...)
{
    static_assert(detail::never<Input>,
                  "a host cannot read scores in a device's memory: give a thrust_policy of a CUDA policy");
    return {};
}

/// Statistics of the labels alone: set sizes, unbiased oracle, co-occurrence, the original labels as a model.
/// Throws as label_summary::update does.
[[nodiscard]] inline label_summary summarise(const targets_view& targets, const label_summary_options& options)
{
    label_summary summary(options);
    summary.update(targets);
    return summary;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
