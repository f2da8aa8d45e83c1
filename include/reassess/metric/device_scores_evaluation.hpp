// One model's scores against the labels, their values too, counted in the memory of a backend; nothing waits before the
// counts are read.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/scores.hpp"
#include "../execution/execution.hpp"
#include "../ranking/bad_image.hpp"
#include "../ranking/device_ranks.hpp"
#include "../ranking/device_ranks_with_values.hpp"
#include "../ranking/score_values.hpp"
#include "../version.hpp"
#include "device_counters.hpp"
#include "device_evaluation.hpp"
#include "score_evaluation.hpp"
#include "scores_evaluation.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct device_scores_evaluation_options {
    device_evaluation_options order{};
    /// What the scores are, and what is made of them.
    score_value_options values{};
    /// As in score_evaluation_options.
    std::size_t calibration_bins = 15;
};

namespace detail {

/// What a score_evaluation counts, in the memory of a policy, of values that were made there.
template <policy_with_memory Policy>
class device_score_counts {
public:
    device_score_counts(Policy policy, const device_scores_evaluation_options& options)
        : counters_(policy, score_evaluation({.classes = options.order.classes,
                                              .values = options.values,
                                              .calibration_bins = options.calibration_bins,
                                              .nan = options.order.nan}))
    {
    }

    /// Settles what the first batch settles, and refuses what does not fit it.
    void settle(std::size_t classes, bool original, bool real)
    {
        score_evaluation settled = counters_.state().settled_for(classes, original, real);
        const std::size_t counters = settled.at().size();
        counters_.settle(std::move(settled), counters);
    }

    void count(const device_ranks_with_values<Policy>& batch)
    {
        const device_ranks<Policy>& ranks = batch.ranks();
        count_values counter;
        counter.at = counters_.state().at();
        counter.prediction = ranks.prediction();
        counter.original = ranks.targets().original;
        counter.offsets = ranks.targets().offsets;
        counter.labels = ranks.targets().classes;
        counter.set_values(batch.values(), [](const double* column) { return column; });
        accumulate(ranks.policy(), {ranks.images(), score_evaluation::bytes_each},
                   count_unless_bad<count_values>{counter, ranks.bad()}, counters_.counters());
        // Limbs of sums have room for any batch, but not for any number of them.
        for_each_index(ranks.policy(), {counter.at.sums(), exact_sum_limbs * sizeof(std::uint64_t)},
                       carry_sum{counter.at, counters_.counters().data()});
    }

    [[nodiscard]] score_evaluation read() const
    {
        score_evaluation counts = counters_.state();
        if (counters_.is_settled()) counts.set_counts(counters_.read());
        return counts;
    }

    void reset() { counters_.reset(); }

private:
    device_counters<Policy, score_evaluation> counters_;
};

}  // namespace detail

/// Counts what evaluate_scores counts, batch by batch, where a device has the scores, in one reading of them. As
/// device_evaluation in all: nothing waits but `read`, no update but the first and the largest takes memory, and no
/// batch is counted from the first on that has a bad image, which `read` tells; a row that holds no probabilities,
/// where they were promised, is one. `read` gives ordinary states, which merge and save.
///
/// What depends on the order of the scores equals a host's to the last count. Sums of losses and confidences are exact
/// sums of the values that the device computed (device_ranks_with_values): they do not depend on the order of images,
/// but differ from a host's as those values do, and a confidence within that of the edge of a calibration bin may fall
/// to the other side.
template <policy_with_memory Policy>
class device_scores_evaluation {
public:
    using space = typename Policy::space;

    /// Throws std::invalid_argument for a depth above the number of classes, where the options do not say what the
    /// scores are or contradict each other, and for no bins.
    device_scores_evaluation(Policy policy, const device_scores_evaluation_options& options)
        : options_(options), batch_(policy), order_(policy, options.order), values_(policy, options)
    {
    }

    /// Ranks and counts a batch of scores in the policy's memory. Throws std::invalid_argument where the shapes do not
    /// fit each other or what is settled.
    template <real_score_element T>
    void update(const scores_view<T, space>& scores, const targets_in<space>& targets)
    {
        detail::expect_images_of(targets, scores.images(), "scores");
        const bool original = detail::gives_original(targets);
        const bool real = detail::gives_real(targets);
        order_.settle(scores.classes(), scores.classes(), true, original, real);
        values_.settle(scores.classes(), original, real);
        batch_.update(scores, targets, options_.values, {.nan = options_.order.nan, .first_image = images_});
        order_.count(batch_.ranks());
        values_.count(batch_);
        images_ += scores.images();
    }

    /// The counts so far; waits for the work. Throws as described above; std::length_error where more pairs of classes
    /// were confused than options.order.confused_pairs has room for.
    [[nodiscard]] scores_evaluation read() const
    {
        batch_.ranks().first_bad().expect_none();
        return {order_.read(), values_.read()};
    }

    /// Forgets all images and what was wrong with them; the options stay, and the memory.
    void reset()
    {
        order_.reset();
        values_.reset();
        images_ = 0;
        batch_.reset();
    }

    /// Images of all batches so far, whatever became of them.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_; }

private:
    device_scores_evaluation_options options_;
    std::uint64_t images_ = 0;
    device_ranks_with_values<Policy> batch_;
    detail::device_model_counts<Policy> order_;
    detail::device_score_counts<Policy> values_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
