// evaluate: all metrics of one model from scores or stored predictions, and targets, in one call. Needs only the
// standard library; with a device policy, the policy (execution/thrust.hpp) provides the device's memory.
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
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

template <class>
inline constexpr bool never = false;

/// Maximum number of images per update of `evaluate`. It limits memory: during an update each wrong prediction takes 8
/// bytes.
inline constexpr std::size_t images_of_update = std::size_t{1} << 20;

/// `evaluate` by updates of at most `images_each` images.
template <class Policy, class View, class... Metrics>
evaluation<Metrics...> evaluate_in_updates(Policy policy, const View& view, const targets_view& targets,
                                           const evaluation_options& options, std::size_t images_each,
                                           const Metrics&... metrics)
{
    targets.expect_images(view.images(), "the scores or top-k lists");
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    std::size_t first = 0;
    do {  // one update also if there are no images: it fixes the number of classes
        const std::size_t count = std::min(images_each, view.images() - first);
        counts.update(view.slice(first, count), targets.slice(first, count));
        first += count;
    } while (first < view.images());
    return counts.result();
}

}  // namespace detail

/// Evaluates a model: computes all metrics of scores or stored predictions against original labels, label sets, or
/// both. `input` is logits(scores), probabilities(scores), scores without an interpretation (a scores_view, a mapped
/// file, an ensemble, ...; only their order is used) or a top_k_view.
///
///     ra::evaluate(ra::par, ra::logits(scores), {.original = labels, .real = sets.view()})
///
/// Metrics of absent labels are not computed. `metrics` are metrics of the user's own. The scores are read once, in
/// blocks of rows; additional memory is used for results only. If there are no images, all counts are 0 of 0. Throws
/// like `rank`, and std::invalid_argument if options.depth is above the depth of the ranks.
template <execution_policy Policy, host_input Input, class... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    return detail::evaluate_in_updates(policy, detail::view_of(input), targets, options, detail::images_of_update,
                                       metrics...);
}
/// The same with the policy `seq`.
template <host_input Input, class... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    return evaluate(seq, input, targets, options, metrics...);
}

/// Inputs of device policies: views of scores or top-k lists in a device's memory, with or without an interpretation,
/// and owners of these with a view().
template <class Input>
concept device_input = detail::is_device_view<decltype(detail::view_of(std::declval<const Input&>()))>;

/// `evaluate` for scores or lists, and labels, in a device's memory. Waits for the result. To evaluate without waiting,
/// use `evaluator`, which waits only in result().
template <device_policy Policy, device_input Input, class... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const device_targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    counts.update(input, targets);
    return counts.result();
}
/// `evaluate` on a device with an owner of the labels (device_targets).
template <device_policy Policy, device_input Input, class Targets, class... Metrics>
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

/// Host scores that are copied to a policy's memory block by block: the result of `staged` (device/staged.hpp).
template <class Input, class Policy>
concept staged_input = policy_with_memory<Policy> && requires(const Input& input, Policy policy, targets_view targets)
{
    input.for_each_block(policy, targets, detail::no_operation{});
};

/// `evaluate` for host scores that do not fit into a device's memory, and labels on the host: `input` is
/// staged(logits(scores), {.buffer_bytes = ...}). Waits for the result.
template <policy_with_memory Policy, staged_input<Policy> Input, class... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const Input& input, const targets_view& targets,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    input.for_each_block(policy, targets,
                         [&](const auto& scores, const auto& labels) { counts.update(scores, labels); });
    return counts.result();
}

// Deliberate compile errors for scores in memory that the policy's functions cannot read, and for arguments of other
// types.

template <device_policy Policy, host_input Input, class... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const targets_view&, const evaluation_options& = {},
                                const Metrics&...)
{
    static_assert(detail::never<Input>,
                  "a device cannot read scores in host memory: use staged(scores, {.buffer_bytes = ...}) of "
                  "reassess/device/staged.hpp, or a copy (device_scores)");
    return {};
}
template <execution_policy Policy, device_input Input, class Targets, class... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const Targets&, const evaluation_options& = {}, const Metrics&...)
{
    static_assert(detail::never<Input>,
                  "a host cannot read scores in a device's memory: use a thrust_policy of a CUDA policy");
    return {};
}
template <execution_policy Policy, detail::plain_array Input, class... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const targets_view&, const evaluation_options& = {},
                                const Metrics&...)
{
    detail::expect_view_of_scores<Input>();
    return {};
}
template <detail::plain_array Input, class... Metrics>
evaluation<Metrics...> evaluate(const Input&, const targets_view&, const evaluation_options& = {}, const Metrics&...)
{
    detail::expect_view_of_scores<Input>();
    return {};
}
template <detail::foreign_policy Policy, host_input Input, class... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const targets_view&, const evaluation_options& = {},
                                const Metrics&...)
{
    detail::expect_policy<Policy>();
    return {};
}

template <execution_policy Policy, host_input Input, detail::no_targets Targets, class... Metrics>
evaluation<Metrics...> evaluate(Policy, const Input&, const Targets&, const evaluation_options& = {}, const Metrics&...)
{
    detail::expect_targets<Targets>();
    return {};
}

/// Statistics of the labels alone: set sizes, unbiased oracle, co-occurrence, and the ReaL accuracy of the original
/// labels. Throws like label_summary::update.
[[nodiscard]] inline label_summary summarise(const targets_view& targets, const label_summary_options& options)
{
    label_summary summary(options);
    summary.update(targets);
    return summary;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
