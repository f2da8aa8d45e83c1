// label_summary computed in the memory of a device, without synchronisation until the counts are read.
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
#include "label_counters.hpp"
#include "label_summary.hpp"
#include "pair_counts.hpp"
#include "shared_pair_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct device_label_summary_options {
    /// As in label_summary_options.
    std::size_t classes = 0;
    /// The maximum number of different pairs of classes, and of class and set size, that can be counted. Limited to the
    /// number that is possible with these classes. 32 to 64 bytes each.
    std::size_t pairs = std::size_t{1} << 20;
};

namespace detail {

/// Calls count_labels for an image of a batch; runs on every backend through `accumulate`.
struct count_labels_of_targets {
    device_targets_view targets{};
    std::size_t classes = 0;
    /// Of (label, other class) and (label, classes + size of the set).
    shared_pair_counts pairs{};

    REASSESS_HOST_DEVICE void add_size(class_index label, std::size_t size) const noexcept
    {
        pairs.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(classes + size));
    }
    REASSESS_HOST_DEVICE void add_together(class_index label, class_index other) const noexcept
    {
        pairs.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(other));
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        image_labels labels;
        labels.has_original = targets.original != nullptr;
        if (labels.has_original) labels.original = targets.original[image];
        labels.has_real = targets.offsets != nullptr;
        if (labels.has_real) {
            labels.set = targets.classes + targets.offsets[image];
            labels.size = static_cast<std::size_t>(targets.offsets[image + 1] - targets.offsets[image]);
            // A set with repetitions, which the caller must not pass, stays within the counters.
            if (labels.size > classes) labels.size = classes;
        }
        count_labels(labels, tally, *this);
    }
};

}  // namespace detail

/// Computes a label_summary from labels in the memory of a device, batch by batch; `result` returns the same counts as
/// on a host. As with evaluator on a device, only `result` synchronises, only the first update allocates memory, and
/// the first batch with a label outside [0, classes) and all later ones are not counted.
template <device_policy Policy>
class device_label_summary {
public:
    using space = typename Policy::space;

    /// Throws std::invalid_argument for a number of classes outside [1, 2^31).
    device_label_summary(Policy policy, const device_label_summary_options& options)
        : policy_(policy),
          options_(options),
          configured_({.classes = options.classes}),
          counters_(policy),
          pairs_(policy),
          invalid_(policy)
    {
        detail::check_classes(options.classes);
    }

    /// Counts a batch of labels in the policy's memory. Throws std::invalid_argument if the numbers of original labels
    /// and label sets differ, or if the kinds of labels differ from those of earlier batches. O(labels).
    void update(const targets_in<space>& targets)
    {
        const std::size_t images = targets.images;
        detail::expect_images_of(targets, images, "the label sets");
        label_summary configured = configured_.configured_for(targets.original != nullptr, targets.offsets != nullptr);
        if (!has_counters_) {
            // At most 2 classes^2 pairs are possible; the comparison is written so that it cannot overflow.
            const std::size_t classes = options_.classes;
            slots_ = detail::shared_pair_counts::slots_for(
                classes < options_.pairs / (2 * classes) ? 2 * classes * classes : options_.pairs);
            pairs_.grow(detail::shared_pair_counts::memory_for(slots_));
            pairs_.fill_zero();
            counters_.grow(detail::label_counters::set_size(classes) + 1);
            counters_.fill_zero();
            has_counters_ = true;
        }
        configured_ = std::move(configured);

        const detail::check_labels_of_images check{targets, options_.classes, images_, invalid_.data()};
        for_each_index(policy_, {images, bytes_each}, check);
        for_each_index(policy_, {1, 1}, detail::describe_fault<detail::check_labels_of_images>{check, images});
        accumulate(policy_, {images, bytes_each},
                   detail::count_unless_invalid<detail::count_labels_of_targets>{
                       {targets, options_.classes, {pairs_.data(), slots_}}, invalid_.data()},
                   std::span<std::uint64_t>(counters_.data(), counters_.size()));
        images_ += images;
    }

    /// The counts so far; synchronises. Throws std::out_of_range for the first image with a label outside [0, classes);
    /// std::length_error if more different pairs occurred than options.pairs.
    [[nodiscard]] label_summary result() const
    {
        invalid_.read().throw_if_found();
        label_summary summary = configured_;
        if (!has_counters_) return summary;
        std::vector<std::uint64_t> memory = copy_of(pairs_);
        const detail::shared_pair_counts pairs{memory.data(), slots_};
        detail::expects<std::length_error>(pairs.lost() == 0, "label summary: more than ", slots_ / 2,
                                           " different pairs of classes occur; increase options.pairs");
        for (const pair_count& pair : pairs.collect().sorted()) {
            if (pair.second < options_.classes) {
                summary.together_.add(pair.first, pair.second, pair.count);
            } else {
                summary.confirmed_by_size_.add(pair.first, pair.second - static_cast<std::uint32_t>(options_.classes),
                                               pair.count);
            }
        }
        const std::vector<std::uint64_t> counters = copy_of(counters_);
        const auto sizes = counters.begin() + detail::label_counters::scalars;
        std::copy(counters.begin(), sizes, summary.scalars_.begin());
        summary.set_sizes_.assign(sizes, counters.end());
        while (!summary.set_sizes_.empty() && summary.set_sizes_.back() == 0) summary.set_sizes_.pop_back();
        return summary;
    }

    /// Removes all counts and errors; keeps the options and the memory.
    void reset()
    {
        configured_ = label_summary({.classes = options_.classes});
        has_counters_ = false;
        images_ = 0;
        invalid_.clear();
    }

    /// Images of all batches so far, including those that were not counted because of an invalid label.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_; }

private:
    using buffer = typename Policy::template buffer<std::uint64_t>;
    static constexpr std::size_t bytes_each = 64;

    [[nodiscard]] static std::vector<std::uint64_t> copy_of(const buffer& memory)
    {
        std::vector<std::uint64_t> copy(memory.size());
        memory.copy_to(copy.data(), copy.size());
        return copy;
    }

    Policy policy_;
    device_label_summary_options options_;
    /// The classes and the kinds of labels so far, without counts.
    label_summary configured_;
    bool has_counters_ = false;
    std::uint64_t images_ = 0;
    std::size_t slots_ = 0;
    buffer counters_;
    buffer pairs_;
    detail::device_image_fault<Policy> invalid_;
};

/// The label_summary of labels in the memory of a device; synchronises. Throws like label_summary::update, and
/// std::length_error like device_label_summary::result.
template <device_policy Policy>
[[nodiscard]] label_summary summarise(Policy policy, const device_targets_view& targets,
                                      const device_label_summary_options& options)
{
    device_label_summary<Policy> summary(policy, options);
    summary.update(targets);
    return summary.result();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
