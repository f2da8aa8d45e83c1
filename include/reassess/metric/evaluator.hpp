// evaluator: counts the metrics of one model batch by batch, on any policy.
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

/// Evaluates one model batch by batch. The same class for `seq`, `par`, an executor and every Thrust policy:
///
///     ra::evaluator e(policy, {.nan = ra::on_nan::exclude}, my_metric{});
///     for (...) e.update(ra::logits(batch), targets.slice(first, count));
///     const ra::evaluation total = e.result();
///
/// A metric of the user's own (see `metric`) is counted in the same pass. The first batch fixes the number of classes,
/// which labels are given, the interpretation of the scores and whether images have ids; a batch that does not fit is
/// refused. An update that throws has counted nothing.
///
/// On a host policy an update returns when the batch is counted. Memory: the counters of `evaluation`; while a batch is
/// counted, as much again for each thread, and 8 bytes for each image that is predicted wrong.
///
/// On a device an update enqueues kernels in the policy's order (its stream) and returns; only `result` waits. The
/// first update, and every one with a larger batch than all before, allocates memory; others do not. What only the
/// device can see (a NaN, a score that is not a probability, a label that is not a class) is kept with the lowest image
/// number and thrown by `result`, until `reset`; from that batch on, none is counted. Losses are computed in double
/// there, right to 1e-13 of themselves; whatever follows from the order of the scores equals a host's to the last
/// count.
template <class Policy, metric... Metrics>
class evaluator {
public:
    explicit evaluator(Policy policy, const evaluation_options& options = {}, const Metrics&... metrics)
        : impl_(policy, options, metrics...)
    {
    }

    /// Ranks and counts a batch: scores of which only the order counts, logits(scores), probabilities(scores), a
    /// top_k_view, or an owner of them; in the memory that the policy reads. Throws as `rank` does, and
    /// std::invalid_argument where the batch does not fit the ones before.
    template <class Input>
        requires(!std::same_as<Input, image_results>)
    void update(const Input& input, const targets_in<typename Policy::space>& targets, const batch_options& batch = {})
    {
        impl_.update(input, targets, batch);
    }

    /// Counts the results of `rank` for the same targets, on the host. Throws std::invalid_argument where results,
    /// targets and earlier batches do not fit, and for a repeated id; std::out_of_range for a prediction or label
    /// outside [0, classes).
    void update(const image_results& results, const targets_view& targets, const batch_options& batch = {})
    {
        impl_.update(results, targets, batch);
    }

    /// The evaluation of all batches so far. On a device it waits for the work, and throws what was kept;
    /// std::length_error where more pairs of classes were confused than options.confused_pairs has room for.
    [[nodiscard]] evaluation<Metrics...> result() const { return impl_.result(); }

    /// Images of all batches so far.
    [[nodiscard]] std::uint64_t images() const noexcept { return impl_.images(); }

    /// Forgets all batches, and on a device what was invalid in them. Options, and a device's memory, stay.
    void reset() { impl_.reset(); }

private:
    typename detail::evaluator_of<Policy, Metrics...>::type impl_;
};

template <class Policy, metric... Metrics>
evaluator(Policy, evaluation_options, Metrics...) -> evaluator<Policy, Metrics...>;
template <class Policy>
evaluator(Policy) -> evaluator<Policy>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
