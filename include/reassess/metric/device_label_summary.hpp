// The labels alone, counted in the memory of a backend; nothing waits before the counts are read.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/device_ranking.hpp"
#include "../ranking/image_fault.hpp"
#include "../version.hpp"
#include "device_counters.hpp"
#include "label_summary.hpp"
#include "pair_counts.hpp"
#include "shared_pair_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct device_label_summary_options {
    /// As in label_summary_options.
    std::size_t classes = 0;
    /// How many different pairs of classes, and of class and set size, may occur; never more than there can be. 32 to
    /// 64 bytes each.
    std::size_t pairs = std::size_t{1} << 20;
};

namespace detail {

/// Counts the labels of one image as label_summary does.
struct count_labels {
    enum scalar : std::size_t { images, missing_labels, judged_originals, judged_hits, scalars };

    device_targets_view targets{};
    std::size_t classes = 0;
    /// Of (label, other class) and (label, classes + size of the set).
    shared_pair_counts pairs{};

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        tally.add(images);
        const class_index label = targets.original != nullptr ? targets.original[image] : missing_label;
        if (targets.original != nullptr && label == missing_label) tally.add(missing_labels);
        if (targets.offsets == nullptr) return;
        const class_index* const set = targets.classes + targets.offsets[image];
        const auto given = static_cast<std::size_t>(targets.offsets[image + 1] - targets.offsets[image]);
        const std::size_t size = given < classes ? given : classes;
        tally.add(scalars + size);
        if (label == missing_label || size == 0) return;
        tally.add(judged_originals);
        if (!is_among(set, size, label)) return;
        tally.add(judged_hits);
        pairs.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(classes + size));
        for (std::size_t j = 0; j < size; ++j) {
            if (set[j] != label) pairs.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(set[j]));
        }
    }
};

}  // namespace detail

/// Counts what label_summary counts, batch by batch, where a device has the labels; `read` gives the counts as a
/// label_summary, equal to the last count to that of a host. Like evaluator on a device: nothing waits but `read`, no
/// update but the first takes memory, and no batch is counted from the first on that has a label that is no class.
template <device_policy Policy>
class device_label_summary {
public:
    using space = typename Policy::space;

    /// Throws std::invalid_argument for no classes, and for 2^31 or more.
    device_label_summary(Policy policy, const device_label_summary_options& options)
        : policy_(policy),
          options_(options),
          counters_(policy, label_summary({.classes = options.classes})),
          pairs_(policy),
          bad_(policy)
    {
        detail::check_classes(options.classes);
    }

    /// Counts a batch of labels in the policy's memory. Throws std::invalid_argument where original labels and sets
    /// differ in number, and where a batch has other kinds of labels than those before. O(labels).
    void update(const targets_in<space>& targets)
    {
        const std::size_t images = targets.images;
        detail::expect_images_of(targets, images, "the label sets");
        label_summary settled = counters_.state().settled_for(targets.original != nullptr, targets.offsets != nullptr);
        if (!counters_.is_settled()) {
            // Fewer than 2 classes^2 pairs, said so that it cannot overflow.
            const std::size_t classes = options_.classes;
            slots_ = detail::shared_pair_counts::slots_for(
                classes < options_.pairs / (2 * classes) ? 2 * classes * classes : options_.pairs);
            pairs_.grow(detail::shared_pair_counts::memory_for(slots_));
            pairs_.fill_zero();
        }
        counters_.settle(std::move(settled), detail::count_labels::scalars + options_.classes + 1);

        const detail::check_labels_of_images check{targets, options_.classes, images_, bad_.data()};
        for_each_index(policy_, {images, bytes_each}, check);
        for_each_index(policy_, {1, 1}, detail::describe_fault<detail::check_labels_of_images>{check, images});
        accumulate(policy_, {images, bytes_each},
                   detail::count_unless_invalid<detail::count_labels>{
                       {targets, options_.classes, {pairs_.data(), slots_}}, bad_.data()},
                   counters_.counters());
        images_ += images;
    }

    /// The counts so far; waits for the work. Throws std::out_of_range for the first image with a label that is no
    /// class; std::length_error where more pairs occurred than options.pairs has room for.
    [[nodiscard]] label_summary read() const
    {
        bad_.read().throw_if_found();
        label_summary summary = counters_.state();
        if (!counters_.is_settled()) return summary;
        std::vector<std::uint64_t> memory(pairs_.size());
        pairs_.copy_to(memory.data(), memory.size());
        const detail::shared_pair_counts pairs{memory.data(), slots_};
        detail::expects<std::length_error>(pairs.lost() == 0,
                                           "more pairs of classes occur than there is room for: ", "give more than ",
                                           slots_ / 2, " as pairs");
        for (const pair_count& pair : pairs.collect().sorted()) {
            if (pair.second < options_.classes) {
                summary.together_.add(pair.first, pair.second, pair.count);
            } else {
                summary.confirmed_by_size_.add(pair.first, pair.second - static_cast<std::uint32_t>(options_.classes),
                                               pair.count);
            }
        }
        using count = detail::count_labels;
        std::vector<std::uint64_t> counters = counters_.read();
        while (counters.size() > count::scalars && counters.back() == 0) counters.pop_back();
        summary.images_ = counters[count::images];
        summary.missing_labels_ = counters[count::missing_labels];
        summary.judged_originals_ = counters[count::judged_originals];
        summary.judged_hits_ = counters[count::judged_hits];
        summary.set_sizes_.assign(counters.begin() + count::scalars, counters.end());
        return summary;
    }

    /// Forgets all images and what was wrong with them; the options stay, and the memory.
    void reset()
    {
        counters_.reset();
        images_ = 0;
        bad_.clear();
    }

    /// Images of all batches so far, whatever became of them.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_; }

private:
    static constexpr std::size_t bytes_each = 64;

    Policy policy_;
    device_label_summary_options options_;
    std::uint64_t images_ = 0;
    std::size_t slots_ = 0;
    detail::device_counters<Policy, label_summary> counters_;
    typename Policy::template buffer<std::uint64_t> pairs_;
    detail::device_image_fault<Policy> bad_;
};

/// What labels in a device's memory say of themselves; waits for the counts. Throws as label_summary::update does;
/// std::length_error as device_label_summary::read.
template <device_policy Policy>
[[nodiscard]] label_summary summarise(Policy policy, const device_targets_view& targets,
                                      const device_label_summary_options& options)
{
    device_label_summary<Policy> summary(policy, options);
    summary.update(targets);
    return summary.read();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
