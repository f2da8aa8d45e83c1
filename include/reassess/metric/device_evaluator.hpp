// device_evaluator: the evaluator of device policies; ranks and counts in the device's memory, and waits only when the
// result is read.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/device_ranking.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/image_fault.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "evaluation.hpp"
#include "evaluation_state.hpp"
#include "host_evaluator.hpp"
#include "loss_counters.hpp"
#include "metric.hpp"
#include "rank_counters.hpp"
#include "ranked_image.hpp"
#include "shared_pair_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Counts one image and, if its prediction is wrong, its pair (label, prediction).
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

template <device_policy Policy, class... Metrics>
class device_evaluator {
public:
    device_evaluator(Policy policy, const evaluation_options& options, const Metrics&... metrics)
        : policy_(policy),
          options_(options),
          metrics_(metrics...),
          configuration_(options),
          batch_(policy),
          counters_(policy),
          confused_(policy),
          host_results_(seq, options, metrics...)
    {
    }

    template <class Input>
    void update(const Input& input, const device_targets_view& targets, const batch_options& options)
    {
        expects(options.image_ids.empty(),
                "image ids are not supported on a device: pass the results of rank to evaluator::update");
        const auto view = view_of(input);
        static_assert(is_device_view<std::remove_const_t<decltype(view)>>,
                      "a device cannot read scores in host memory: use staged(scores, {.buffer_bytes = ...}) of "
                      "reassess/device/staged.hpp to evaluate, or a copy (device_scores)");
        evaluation_options requested = options_;
        if (!columns_of_all<Metrics...>().top_k) requested.top_k = 0;
        const std::uint64_t first = options.first_image == next_image ? images_ : options.first_image;
        const batch_request request = batch_.checked(view, targets, request_of(requested, first));
        constexpr bool lists = is_top_k_view<std::remove_const_t<decltype(view)>>;
        expect_requested_columns<Metrics...>({.losses = request.settings.has_losses(),
                                              .k = request.k,
                                              .ties = !lists,
                                              .weights = targets.weights != nullptr});
        const evaluation_configuration configuration = configuration_with(
            configuration_,
            {view.images(),
             view.classes(),
             batch_.depth_of(view),
             request.settings,
             {.original = targets.original != nullptr, .real = targets.offsets != nullptr, .ties = !lists}});
        if (!configuration_.inputs) take_counters(configuration);
        configuration_ = configuration;
        batch_.rank(view, targets, request);
        if constexpr (columns_of_all<Metrics...>().ties && !lists) batch_.find_ties(view);
        count();
        images_ += view.images();
    }

    void update(const image_results& results, const targets_view& targets, const batch_options& batch)
    {
        host_results_.update(results, targets, batch);
    }

    [[nodiscard]] evaluation<Metrics...> result() const
    {
        batch_.read_fault().throw_if_found();
        evaluation<Metrics...> counted = evaluation_maker::make(read(), metrics_);
        const evaluation<Metrics...> from_host = host_results_.result();
        if (from_host.images() != 0) counted.merge(from_host);
        return counted;
    }
    [[nodiscard]] std::uint64_t images() const noexcept { return images_ + host_results_.images(); }
    void reset()
    {
        configuration_ = evaluation_configuration(options_);
        images_ = 0;
        batch_.reset();
        host_results_.reset();
    }

private:
    /// The first counter of the losses and of each metric (ranks start at 0), and the number of all counters.
    struct places {
        std::size_t losses = 0;
        std::vector<std::size_t> metrics{};
        std::size_t size = 0;
    };
    [[nodiscard]] places places_of(const evaluation_configuration& configuration) const
    {
        places at;
        at.losses = tally_layout{configuration.rank_counters()}.size();
        at.size = at.losses + (configuration.has_losses() ? configuration.loss_counters().size() : 0);
        std::apply(
            [&](const auto&... m) {
                const auto add = [&](const auto& one) {
                    at.metrics.push_back(at.size);
                    // One more for invalid indices: see tally_of_metric.
                    at.size += one.counters({configuration.classes, configuration.depth}) + 1;
                };
                (add(m), ...);
            },
            with_built_in(metrics_));
        return at;
    }

    void take_counters(const evaluation_configuration& configuration)
    {
        at_ = places_of(configuration);
        counters_.grow(at_.size);
        counters_.fill_zero();
        // At most classes * (classes - 1) pairs; the comparison avoids overflow.
        const std::size_t classes = configuration.classes;
        const std::size_t most = options_.confused_pairs;
        slots_ = shared_pair_counts::slots_for(classes - 1 < most / classes ? classes * (classes - 1) : most);
        confused_.grow(shared_pair_counts::memory_for(slots_));
        confused_.fill_zero();
    }

    [[nodiscard]] ranked_images columns() const
    {
        ranked_images columns;
        const device_targets_view& targets = batch_.targets();
        columns.classes = batch_.classes();
        columns.depth = configuration_.depth;
        columns.prediction = batch_.prediction();
        columns.weights = targets.weights;
        if (targets.original != nullptr) {
            columns.original = targets.original;
            columns.original_rank = batch_.original_rank();
            if (batch_.ties_known()) columns.original_tied = batch_.original_tied();
            columns.original_ties = batch_.original_ties();
        }
        if (targets.offsets != nullptr) {
            columns.offsets = targets.offsets;
            columns.labels = targets.classes;
            columns.label_rank = batch_.label_rank();
            columns.label_tie = batch_.label_tie();
        }
        if (batch_.k() != 0) {
            columns.top_k = batch_.top_k();
            columns.k = batch_.k();
        }
        if (configuration_.has_losses()) {
            const loss_columns<double>& losses = batch_.losses();
            columns.losses = {losses.confidence,
                              losses.cross_entropy,
                              losses.real_cross_entropy,
                              losses.sigmoid_cross_entropy,
                              losses.real_sigmoid_cross_entropy,
                              losses.brier_score};
        }
        return columns;
    }

    template <class Count>
    void count_by(const Count& count, std::size_t bytes, std::size_t first)
    {
        accumulate(policy_, {batch_.images(), bytes}, count_unless_invalid<Count>{count, batch_.fault()},
                   std::span<std::uint64_t>(counters_.data() + first, at_.size - first));
    }

    void count()
    {
        const ranked_images images = columns();
        count_by(count_image_and_pair{count_image(configuration_.rank_counters(), images), {confused_.data(), slots_}},
                 bytes_of_counting, 0);
        if (configuration_.has_losses()) {
            const loss_layout layout = configuration_.loss_counters();
            count_by(count_losses(layout, images), bytes_of_counting_losses, at_.losses);
            // The limbs of a sum cannot overflow within a batch, but could over many batches.
            for_each_index(policy_, {layout.sums(), exact_sum_limbs * sizeof(std::uint64_t)},
                           carry_sum{layout, counters_.data() + at_.losses});
        }
        std::size_t number = 0;
        std::apply(
            [&](const auto&... m) {
                const auto count_one = [&](const auto& one) {
                    const std::size_t counters = one.counters({configuration_.classes, configuration_.depth});
                    count_by(count_by_metric<std::remove_cvref_t<decltype(one)>>{images, one, counters},
                             bytes_of_counting, at_.metrics[number++]);
                };
                (count_one(m), ...);
            },
            with_built_in(metrics_));
    }

    [[nodiscard]] evaluation_state read() const
    {
        evaluation_state state;
        state.configuration = configuration_;
        if (!configuration_.inputs) return state;
        std::vector<std::uint64_t> pairs(confused_.size());
        confused_.copy_to(pairs.data(), pairs.size());
        const shared_pair_counts confused{pairs.data(), slots_};
        expects<std::length_error>(confused.lost() == 0,
                                   "the number of confused pairs of classes exceeds the memory for them: set the "
                                   "option confused_pairs to more than ",
                                   slots_ / 2);
        state.confused = confused.collect();
        std::vector<std::uint64_t> counters(at_.size);
        counters_.copy_to(counters.data(), counters.size());
        const std::span<const std::uint64_t> all(counters);
        state.ranks.resize(configuration_.rank_counters().size());
        tally_layout{configuration_.rank_counters()}.add_to(state.ranks, all.first(at_.losses));
        if (configuration_.has_losses()) {
            const auto losses = all.subspan(at_.losses, configuration_.loss_counters().size());
            state.losses.assign(losses.begin(), losses.end());
        }
        state.metrics = counters_of(with_built_in(metrics_), {configuration_.classes, configuration_.depth});
        for (std::size_t m = 0; m < state.metrics.size(); ++m) {
            std::vector<std::uint64_t>& own = state.metrics[m].counters;
            std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at_.metrics[m]), own.size(), own.begin());
            expect_valid_counters(state.metrics[m].name, all[at_.metrics[m] + own.size()], own.size());
        }
        return state;
    }

    Policy policy_;
    evaluation_options options_;
    std::tuple<Metrics...> metrics_;
    evaluation_configuration configuration_;
    std::uint64_t images_ = 0;
    device_batch<Policy> batch_;
    places at_{};
    typename Policy::template buffer<std::uint64_t> counters_;
    typename Policy::template buffer<std::uint64_t> confused_;
    std::size_t slots_ = 0;
    host_evaluator<serial_policy, Metrics...> host_results_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
