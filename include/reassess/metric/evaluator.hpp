// evaluator: evaluates one model batch by batch, on any policy.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/targets.hpp"
#include "../execution/execution.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/rank.hpp"
#include "../version.hpp"
#include "device_evaluator.hpp"
#include "evaluation.hpp"
#include "host_evaluator.hpp"
#include "metric.hpp"

#include <concepts>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

template <class Policy, class... Metrics>
struct evaluator_of {
    using type = host_evaluator<Policy, Metrics...>;
};
template <device_policy Policy, class... Metrics>
struct evaluator_of<Policy, Metrics...> {
    using type = device_evaluator<Policy, Metrics...>;
};

}  // namespace detail

/// Evaluates one model batch by batch. The interface is the same for `seq`, `par`, an executor and every Thrust policy:
///
///     ra::evaluator e(policy, {.nan = ra::on_nan::exclude}, my_metric{});
///     for (...) e.update(ra::logits(batch), targets.slice(first, count));
///     const ra::evaluation total = e.result();
///
/// A metric of the user's own (see `metric`) is counted in the same pass. The first batch fixes the number of classes,
/// the kinds of labels, the interpretation of the scores and whether images have ids; a later batch that differs throws
/// std::invalid_argument. An update that throws has counted nothing.
///
/// On a host policy an update returns when the batch is counted. Memory: the counters of `evaluation`; during an update
/// also one copy of the counters for each thread and 8 bytes for each wrong prediction of the batch.
///
/// On a device an update enqueues kernels in stream order and returns; only `result` waits. The first update, and every
/// update with a larger batch than all before, allocates memory; other updates do not. Errors that only the device can
/// detect (a NaN, a score that is not a probability, a label that is not a class) are recorded with the lowest image
/// number and thrown by `result` until `reset` is called; that batch and all later ones are not counted. Losses are
/// computed in double with a relative error of at most 1e-13. All counts that depend only on the order of the scores
/// are equal to those of a host policy.
template <class Policy, class... Metrics>
class evaluator {
    static_assert((detail::check_metric<Metrics>() && ... && true));
    static_assert((detail::expect_policy<Policy>(), true));

public:
    explicit evaluator(Policy policy, const evaluation_options& options = {}, const Metrics&... metrics)
        : impl_(policy, options, metrics...)
    {
    }

    /// Ranks and counts a batch: scores without an interpretation, logits(scores), probabilities(scores), a top_k_view,
    /// or an owner of one of these, in memory that the policy reads. Throws like `rank`, and std::invalid_argument if
    /// the batch does not fit the earlier batches or an image id was counted before (see batch_options).
    template <class Input>
        requires(!std::same_as<Input, image_results>)
    void update(const Input& input, const targets_in<typename Policy::space>& targets, const batch_options& batch = {})
    {
        detail::expect_view_of_scores<Input>();
        if constexpr (!detail::plain_array<Input>) impl_.update(input, targets, batch);
    }

    /// A compile error for labels without their kind.
    template <class Input, detail::no_targets Targets>
        requires execution_policy<Policy>
    void update(const Input&, const Targets&, const batch_options& = {}) { detail::expect_targets<Targets>(); }

    /// Counts results of `rank`, on the host; `targets` must be the targets that `rank` had. Throws
    /// std::invalid_argument if results, targets and earlier batches do not fit together, and for a repeated id;
    /// std::out_of_range for a prediction or label outside [0, classes).
    void update(const image_results& results, const targets_view& targets, const batch_options& batch = {})
    {
        impl_.update(results, targets, batch);
    }

    /// The evaluation of all batches so far. On a device it waits for the work, throws the recorded error of the first
    /// invalid image, and throws std::length_error if the number of different confused pairs of classes exceeded the
    /// memory for options.confused_pairs.
    [[nodiscard]] evaluation<Metrics...> result() const { return impl_.result(); }

    /// Number of images of all batches so far.
    [[nodiscard]] std::uint64_t images() const noexcept { return impl_.images(); }

    /// Removes all counts and, on a device, the recorded error. Options and device memory are kept.
    void reset() { impl_.reset(); }

private:
    typename detail::evaluator_of<Policy, Metrics...>::type impl_;
};

template <class Policy, class... Metrics>
evaluator(Policy, evaluation_options, Metrics...) -> evaluator<Policy, Metrics...>;
template <class Policy>
evaluator(Policy) -> evaluator<Policy>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
