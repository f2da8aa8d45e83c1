// ReaL accuracy of stored predictions alone, where a device has them.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/predictions.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/bad_image.hpp"
#include "../ranking/device_ranks.hpp"
#include "../ranking/rank.hpp"
#include "../version.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Counts one judged image at 0, and after it the first of its predictions that is in its set.
template <class T>
struct count_first_hit {
    const T* lists;
    std::size_t depth;
    check_labels_of_images labels;
    bad_image* bad = labels.bad;
    std::uint64_t first_image = 0;

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        labels(image);
        const row_job<float>& job = labels.job;
        const T* const list = lists + image * depth;
        const auto size = static_cast<std::size_t>(job.offsets[image + 1] - job.offsets[image]);
        bool found = false;
        for (std::size_t r = 0; r < depth; ++r) {
            if (!is_class(list[r])) return bad->report(image);
            if (found || !is_among(job.labels + job.offsets[image], size, static_cast<class_index>(list[r]))) continue;
            found = true;
            tally.add(1 + r);
        }
        if (size != 0) tally.add(0);
    }
    REASSESS_HOST_DEVICE void describe(std::size_t image) const noexcept
    {
        labels.describe(image);
        for (std::size_t r = 0; r < depth && bad->what == fault::none; ++r) {
            bad->which = static_cast<std::int64_t>(lists[image * depth + r]);
            if (!is_class(lists[image * depth + r])) bad->what = fault::prediction;
        }
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_class(T c) const noexcept
    {
        return c >= 0 && static_cast<std::uint64_t>(c) < labels.job.classes;
    }
};

}  // namespace detail

/// `real_accuracy` of stored predictions of `classes` classes in a device's memory, and label sets there: element k - 1
/// is the judged images with any of the first k predictions in their set, of all judged images. Equal to the last count
/// to a host's. Waits for the counts.
///
/// Throws std::invalid_argument for no classes, for depth 0, for lists deeper than there are classes, where predictions
/// and sets have different numbers of images and where no label sets are given; std::out_of_range for a prediction or
/// label outside [0, classes). A class twice in a list does no harm. No images give 0 of 0.
template <device_policy Policy, std::signed_integral T>
[[nodiscard]] std::vector<proportion> real_accuracy(Policy policy, const predictions_view<T, device_space>& predictions,
                                                    const device_targets_view& targets, std::size_t classes)
{
    const std::size_t depth = predictions.depth();
    detail::check_lists(depth, classes);
    detail::expect_images_of(targets, predictions.images(), "predictions");
    detail::expects(targets.offsets != nullptr, "no label sets were given");

    const detail::kept_bad_image<Policy> bad(policy);
    typename Policy::template buffer<std::uint64_t> counters(policy);
    counters.grow(1 + depth);
    counters.fill_zero();
    const detail::count_first_hit<T> pass{predictions.data(), depth, {targets, classes, 0, bad.data()}};
    accumulate(policy, {predictions.images(), depth * sizeof(T) + 4 * sizeof(std::uint64_t)}, pass,
               std::span<std::uint64_t>(counters.data(), counters.size()));
    for_each_index(policy, {1, 1}, detail::describe_bad_image<detail::count_first_hit<T>>{pass, predictions.images()});
    bad.read().expect_none();

    std::vector<std::uint64_t> counts(1 + depth);
    counters.copy_to(counts.data(), counts.size());
    std::vector<proportion> result(depth, {0, counts[0]});
    std::uint64_t hits = 0;
    for (std::size_t r = 0; r < depth; ++r) {
        hits += counts[1 + r];
        result[r].hits = hits;
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
