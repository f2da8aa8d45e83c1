// The one call that most people want: scores or stored predictions, and labels, to all metrics. Needs the standard
// library only, also for a device: its memory comes with the policy (execution/thrust.hpp).
#pragma once

#include "data/device_targets.hpp"
#include "data/label_sets.hpp"
#include "data/labels.hpp"
#include "data/predictions.hpp"
#include "data/proportion.hpp"
#include "data/score_source.hpp"
#include "data/scores.hpp"
#include "data/targets.hpp"
#include "detail/expects.hpp"
#include "execution/execution.hpp"
#include "metric/class_curves.hpp"
#include "metric/confusion.hpp"
#include "metric/device_evaluation.hpp"
#include "metric/label_summary.hpp"
#include "metric/mistakes.hpp"
#include "metric/model_evaluation.hpp"
#include "metric/preference.hpp"
#include "ranking/device_ranks.hpp"
#include "ranking/rank.hpp"
#include "ranking/rankings.hpp"
#include "version.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Whether `evaluate` returns the ranks of every image beside the counts: 16 bytes an image.
enum class keep_rankings { no, yes };

struct evaluate_options {
    /// Number of classes. Scores know it; stored predictions need it.
    std::size_t classes = 0;
    /// As in model_evaluation_options.
    std::size_t depth = 0;
    on_nan nan = on_nan::error;
    reassess::keep_rankings keep_rankings = reassess::keep_rankings::no;
};

/// All metrics of one model, and the ranks behind them, if asked for: those of the images of that call, whatever is
/// merged into the counts later.
struct evaluation : model_evaluation {
    using model_evaluation::model_evaluation;
    std::optional<rankings> ranks{};
};

namespace detail {

/// Calls f(first, count) for batches of images, once with none where there are none.
template <class Function>
void for_each_batch(std::size_t images, std::size_t most, Function f)
{
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(most, images - first);
        f(first, count);
        first += count;
    } while (first < images);
}

template <class Policy, class Source>
evaluation evaluate_in_batches(Policy policy, const Source& source, const targets_view& targets,
                               const evaluate_options& options)
{
    targets.expect_images(source.images(), "scores or predictions");
    evaluation result(model_evaluation_options{.classes = options.classes, .depth = options.depth, .nan = options.nan});
    if (options.keep_rankings == keep_rankings::yes) {
        const ranking_options ranking{.nan = options.nan};
        if constexpr (requires { source.classes(); }) {
            result.ranks = rank(policy, source, targets, ranking);
        } else {
            result.ranks = rank(policy, source, options.classes, targets, ranking);
        }
        result.update(policy, *result.ranks, targets);
        return result;
    }
    // A batch remembers its wrong images: 8 MB of them, at worst.
    for_each_batch(source.images(), std::size_t{1} << 20, [&](std::size_t first, std::size_t count) {
        result.update(policy, source.slice(first, count), targets.slice(first, count));
    });
    return result;
}

}  // namespace detail

/// Evaluates a model's scores (images x classes, a scores_view or another source of scores; logits, probabilities or
/// any other score) against original labels, label sets, or both.
///
/// `targets` is written as {.original = labels, .real = sets.view()}; what is left out, is not evaluated. The scores
/// are read once, in blocks of rows, so memory is for the results only. Throws as model_evaluation::update does; also
/// std::invalid_argument where options.classes is given and is not the scores' number of classes. No images give counts
/// of 0 of 0.
template <execution_policy Policy, score_source Source>
[[nodiscard]] evaluation evaluate(Policy policy, const Source& scores, const targets_view& targets,
                                  evaluate_options options = {})
{
    detail::check_classes(scores.classes());
    detail::expects(options.classes == 0 || options.classes == scores.classes(), "scores of ", scores.classes(),
                    " classes, wanted ", options.classes);
    options.classes = scores.classes();
    return detail::evaluate_in_batches(policy, scores, targets, options);
}

/// The same for stored top-k lists (images x k, best first) of options.classes classes: every metric is known up to k,
/// ties are not.
template <execution_policy Policy, std::integral T>
[[nodiscard]] evaluation evaluate(Policy policy, const predictions_view<T>& predictions, const targets_view& targets,
                                  const evaluate_options& options)
{
    detail::expects(options.classes != 0, "stored predictions do not tell the number of classes: give it as an option");
    return detail::evaluate_in_batches(policy, predictions, targets, options);
}

namespace detail {

template <class>
inline constexpr bool never = false;

template <class Policy, class Source, class Truth>
evaluation evaluate_in_memory(Policy policy, const Source& source, const Truth& targets,
                              const evaluate_options& options)
{
    evaluation result;
    if (options.keep_rankings == keep_rankings::yes) {
        device_ranks<Policy> ranks(policy);
        if constexpr (requires { source.classes(); }) {
            ranks.update(source, targets, {.nan = options.nan});
        } else {
            ranks.update(source, options.classes, targets, {.nan = options.nan});
        }
        result.ranks = ranks.read();
    }
    device_evaluation<Policy> counts(policy, {.classes = options.classes, .depth = options.depth, .nan = options.nan});
    counts.update(source, targets);
    static_cast<model_evaluation&>(result) = counts.read();
    return result;
}

}  // namespace detail

/// The same for scores in a device's memory, and labels there (device_targets_view): ranked and counted on the device,
/// equal to the last count. Waits for the result; device_evaluation does not. `keep_rankings` ranks twice.
template <device_policy Policy, score_element T>
[[nodiscard]] evaluation evaluate(Policy policy, const scores_view<T, device_space>& scores,
                                  const device_targets_view& targets, evaluate_options options = {})
{
    detail::check_classes(scores.classes());
    detail::expects(options.classes == 0 || options.classes == scores.classes(), "scores of ", scores.classes(),
                    " classes, wanted ", options.classes);
    options.classes = scores.classes();
    return detail::evaluate_in_memory(policy, scores, targets, options);
}

/// The same for stored top-k lists in a device's memory.
template <device_policy Policy, std::signed_integral T>
[[nodiscard]] evaluation evaluate(Policy policy, const predictions_view<T, device_space>& predictions,
                                  const device_targets_view& targets, const evaluate_options& options)
{
    detail::expects(options.classes != 0, "stored predictions do not tell the number of classes: give it as an option");
    return detail::evaluate_in_memory(policy, predictions, targets, options);
}

/// Host scores that are streamed through a policy's memory block by block: `staged` of device/staged.hpp makes them.
template <class Source, class Policy>
concept staged_source = policy_with_memory<Policy> &&
    requires(const Source& source, Policy policy, targets_view targets)
{
    source.staged_classes();
    source.for_each_block(policy, targets, detail::no_operation{});
};

/// The same for host scores that do not fit into a device's memory, and labels on the host: staged(scores,
/// {.buffer_bytes = ...}). Waits for the result.
template <policy_with_memory Policy, staged_source<Policy> Source>
[[nodiscard]] evaluation evaluate(Policy policy, const Source& source, const targets_view& targets,
                                  const evaluate_options& options = {})
{
    const std::size_t classes = source.staged_classes();
    detail::check_classes(classes);
    detail::expects(options.classes == 0 || options.classes == classes, "scores of ", classes, " classes, wanted ",
                    options.classes);
    detail::expects(options.keep_rankings == keep_rankings::no,
                    "rankings of staged scores are not kept: rank them block by block");
    device_evaluation<Policy> counts(policy, {.classes = classes, .depth = options.depth, .nan = options.nan});
    source.for_each_block(policy, targets,
                          [&](const auto& scores, const auto& labels) { counts.update(scores, labels); });
    evaluation result;
    static_cast<model_evaluation&>(result) = counts.read();
    return result;
}

// Scores in memory that the policy's functions cannot read: refused when the program is compiled.

namespace detail {

template <class Source>
void refuse_host_scores()
{
    static_assert(never<Source>,
                  "a device cannot read scores in host memory: give it staged(scores, {.buffer_bytes = ...}) of "
                  "reassess/device/staged.hpp, or a copy (device_scores)");
}

}  // namespace detail

template <device_policy Policy, score_source Source>
evaluation evaluate(Policy, const Source&, const targets_view&, const evaluate_options& = {})
{
    detail::refuse_host_scores<Source>();
    return {};
}
template <execution_policy Policy, score_element T, class Truth>
evaluation evaluate(Policy, const scores_view<T, device_space>&, const Truth&, const evaluate_options& = {})
{
    static_assert(detail::never<T>,
                  "a host cannot read scores in a device's memory: give a thrust_policy of a CUDA policy");
    return {};
}

/// What the labels say of themselves: set sizes, unbiased oracle, co-occurrence, the original labels as a model.
/// Throws as label_summary::update does.
[[nodiscard]] inline label_summary summarise(const targets_view& targets, const label_summary_options& options)
{
    label_summary summary(options);
    summary.update(targets);
    return summary;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
