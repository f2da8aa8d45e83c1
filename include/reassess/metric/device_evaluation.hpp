// One model against the labels, counted in the memory of a backend; nothing waits before the counts are read.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/predictions.hpp"
#include "../data/scores.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/bad_image.hpp"
#include "../ranking/device_ranks.hpp"
#include "../version.hpp"
#include "device_counters.hpp"
#include "evaluation_counters.hpp"
#include "model_evaluation.hpp"
#include "shared_pair_counts.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct device_evaluation_options {
    /// As in model_evaluation_options.
    std::size_t classes = 0;
    std::size_t depth = 0;
    on_nan nan = on_nan::error;
    /// How many different pairs (label, prediction) may be confused; never more than there can be. 32 to 64 bytes each.
    std::size_t confused_pairs = std::size_t{1} << 20;
};

namespace detail {

/// Counts one image, and the pair that it confuses.
struct count_image_and_pair {
    count_image count{};
    shared_pair_counts confused{};

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        count(image, tally);
        if (count.original == nullptr) return;
        const class_index label = count.original[image];
        const class_index prediction = count.prediction[image];
        if (label != missing_label && prediction != missing_label && prediction != label)
            confused.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(prediction));
    }
};

/// What a model_evaluation counts, in the memory of a policy, of ranks that were made there.
template <policy_with_memory Policy>
class device_model_counts {
public:
    device_model_counts(Policy policy, const device_evaluation_options& options)
        : most_pairs_(options.confused_pairs),
          counters_(policy, model_evaluation(model_evaluation_options{
                                .classes = options.classes, .depth = options.depth, .nan = options.nan})),
          confused_(policy)
    {
    }

    /// Settles what the first batch settles, and refuses what does not fit it.
    void settle(std::size_t classes, std::size_t depth, bool ties_known, bool original, bool real)
    {
        check_classes(classes);
        model_evaluation settled = counters_.state().settled_for(classes, depth, original, real, ties_known);
        if (!counters_.is_settled()) {
            // At most classes^2 - classes pairs, said so that it cannot overflow.
            const std::size_t pairs = classes - 1 < most_pairs_ / classes ? classes * (classes - 1) : most_pairs_;
            slots_ = shared_pair_counts::slots_for(pairs);
            confused_.grow(shared_pair_counts::memory_for(slots_));
            confused_.fill_zero();
        }
        const std::size_t tallies = tally_layout{settled.at()}.size();
        counters_.settle(std::move(settled), tallies);
    }

    void count(const device_ranks<Policy>& ranks)
    {
        count_image_and_pair counter;
        counter.count.at = tally_layout{counters_.state().at()};
        counter.count.prediction = ranks.prediction();
        const device_targets_view& targets = ranks.targets();
        if (targets.original != nullptr) {
            counter.count.original = targets.original;
            counter.count.original_rank = ranks.original_rank();
            if (ranks.ties_known()) counter.count.original_tied = ranks.original_tied();
        }
        if (targets.offsets != nullptr) {
            counter.count.offsets = targets.offsets;
            counter.count.labels = targets.classes;
            counter.count.label_rank = ranks.label_rank();
        }
        counter.confused = {confused_.data(), slots_};
        accumulate(ranks.policy(), {ranks.images(), bytes_of_counting},
                   count_unless_bad<count_image_and_pair>{counter, ranks.bad()}, counters_.counters());
    }

    [[nodiscard]] model_evaluation read() const
    {
        model_evaluation counts = counters_.state();
        if (!counters_.is_settled()) return counts;
        std::vector<std::uint64_t> pairs(confused_.size());
        confused_.copy_to(pairs.data(), pairs.size());
        const shared_pair_counts confused{pairs.data(), slots_};
        expects<std::length_error>(confused.lost() == 0, "more pairs of classes are confused than there is room",
                                   " for: give more than ", slots_ / 2, " as confused_pairs");
        std::vector<std::uint64_t> counters(counts.at().size());
        tally_layout{counts.at()}.add_to(counters, counters_.read());
        counts.set_counts(std::move(counters), confused.collect());
        return counts;
    }

    void reset() { counters_.reset(); }

private:
    std::size_t most_pairs_;
    std::size_t slots_ = 0;
    device_counters<Policy, model_evaluation> counters_;
    typename Policy::template buffer<std::uint64_t> confused_;
};

}  // namespace detail

/// Counts what model_evaluation counts, batch by batch, where a device has the scores; `read` gives the counts as a
/// model_evaluation, equal to the last count to that of a host.
///
/// All work is put in the policy's order (its stream) and nothing waits for it but `read`. Memory is taken from the
/// policy with the first batch and where a batch is larger than all before; no other update allocates. A batch with a
/// NaN (unless excluded) or a label that is no class is not counted, nor is any after it: `read` throws what was wrong
/// with the first bad image, until `reset`. Batches whose shapes do not fit throw at once, and nothing is counted.
///
/// Images are not told apart by ids here: where shards repeat images, take the ranks (device_ranks::read) and count
/// them in a model_evaluation. So do mistakes, paired outcomes and whatever else looks at single images.
template <policy_with_memory Policy>
class device_evaluation {
public:
    using space = typename Policy::space;

    /// Throws std::invalid_argument for a depth above the number of classes.
    explicit device_evaluation(Policy policy, const device_evaluation_options& options = {})
        : options_(options), ranks_(policy), counts_(policy, options)
    {
    }

    /// Ranks and counts a batch of scores in the policy's memory. Throws std::invalid_argument where the shapes do not
    /// fit each other or what is settled.
    template <score_element T>
    void update(const scores_view<T, space>& scores, const targets_in<space>& targets)
    {
        detail::expect_images_of(targets, scores.images(), "scores");
        settle(scores.classes(), scores.classes(), true, targets);
        ranks_.update(scores, targets, ranking());
        count();
    }

    /// Ranks and counts a batch of stored top-k lists in the policy's memory. Throws as above; also where the number of
    /// classes is not known.
    template <std::signed_integral T>
    void update(const predictions_view<T, space>& predictions, const targets_in<space>& targets)
    {
        detail::expects(options_.classes != 0,
                        "stored predictions do not tell the number of classes: give it as an option");
        detail::check_lists(predictions.depth(), options_.classes);
        detail::expect_images_of(targets, predictions.images(), "predictions");
        settle(options_.classes, predictions.depth(), false, targets);
        ranks_.update(predictions, options_.classes, targets, ranking());
        count();
    }

    /// The counts so far; waits for the work. Throws as described above; std::length_error where more pairs of classes
    /// were confused than options.confused_pairs has room for.
    [[nodiscard]] model_evaluation read() const
    {
        ranks_.first_bad().expect_none();
        return counts_.read();
    }

    /// Forgets all images and what was wrong with them; the options stay, and the memory.
    void reset()
    {
        counts_.reset();
        images_ = 0;
        ranks_.reset();
    }

    /// Images of all batches so far, whatever became of them.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_; }

private:
    [[nodiscard]] ranking_options ranking() const noexcept { return {.nan = options_.nan, .first_image = images_}; }

    void settle(std::size_t classes, std::size_t depth, bool ties_known, const targets_in<space>& targets)
    {
        counts_.settle(classes, depth, ties_known, detail::gives_original(targets), detail::gives_real(targets));
    }
    void count()
    {
        counts_.count(ranks_);
        images_ += ranks_.images();
    }

    device_evaluation_options options_;
    std::uint64_t images_ = 0;
    device_ranks<Policy> ranks_;
    detail::device_model_counts<Policy> counts_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
