// Accuracy at the level of groups of classes: from confusion counts for original labels, and as a metric for label
// sets.
#pragma once

#include "../data/class_groups.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_scores.hpp"
#include "confusion.hpp"
#include "metric.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Accuracy at the level of groups, and the scores of each group. Images none of whose labels is in a group are
/// excluded and counted.
struct group_scores {
    /// Of the images with a label in a group, the proportion whose prediction shares a group with a label.
    proportion accuracy{};
    /// Of the mistakes among these images (the prediction is not the label, or not in the label set), the proportion
    /// whose prediction shares a group with a label: mistakes within groups. The others are mistakes across groups.
    proportion mistakes_within{};
    /// Images with labels, none of which is in a group.
    std::uint64_t without_group = 0;
    /// Scores of each group as of a class: images predicted as a class of the group, and images with a label in it.
    /// recall() is the accuracy of the group.
    class_scores groups{};

    friend bool operator==(const group_scores&, const group_scores&) = default;
};

/// Accuracy at the level of groups for original labels, from confusion counts. Images without an original label are
/// excluded. Throws std::invalid_argument if the numbers of classes differ. O(classes + pairs log pairs).
///
///     const auto groups = ra::class_groups::by_map(std::span(superclass_of_class), superclasses);
///     ra::scores_by_group(result.confusion(), groups).accuracy.value();
[[nodiscard]] inline group_scores scores_by_group(const confusion& counts, const class_groups& groups)
{
    detail::expects(counts.classes() == groups.classes(), "scores by group: the confusion counts have ",
                    counts.classes(), " classes, the groups have ", groups.classes());
    group_scores result{.groups = {std::vector<class_score>(groups.groups())}};
    const class_groups_view view = groups.view();
    const auto add = [&](class_index label, class_index prediction, std::uint64_t images) {
        if (view.count(label) == 0) {
            result.without_group += images;
            return;
        }
        const std::uint64_t shared = view.share_group(label, prediction) ? images : 0;
        result.accuracy.hits += shared;
        result.accuracy.total += images;
        if (label != prediction) {
            result.mistakes_within.hits += shared;
            result.mistakes_within.total += images;
        }
        for (const group_index group : groups.groups_of(label))
            result.groups.classes[static_cast<std::size_t>(group)].support += images;
        for (const group_index group : groups.groups_of(prediction)) {
            class_score& of_group = result.groups.classes[static_cast<std::size_t>(group)];
            of_group.predicted += images;
            if (view.is_in(label, group)) of_group.true_positives += images;
        }
    };
    for (std::size_t c = 0; c < counts.classes(); ++c) {
        const auto label = static_cast<class_index>(c);
        add(label, label, counts(label, label));
    }
    for (const confusion_entry& mistake : counts.mistakes()) add(mistake.label, mistake.prediction, mistake.images);
    return result;
}

/// The metric of group_scores for label sets: an image is right at the level of groups if its prediction shares a group
/// with any of its labels. Images without ReaL labels are excluded.
///
///     const ra::class_groups groups = ...;
///     const auto result = ra::evaluate(ra::par, scores, targets, {}, ra::real_group_scores{groups});
///     result.get<ra::real_group_scores>().accuracy.value();
///
/// `groups` must live until the images are counted. On a device its pointers must be those of a copy in the device's
/// memory (device_class_groups). An evaluation of scores with another number of classes throws std::invalid_argument;
/// results of different groups cannot be merged. O(labels * groups of a class) for each image.
struct real_group_scores {
    static constexpr std::string_view name = "reassess.real_group_scores";
    static constexpr std::uint32_t version = 1;

    class_groups_view groups{};

    [[nodiscard]] std::vector<std::uint64_t> configuration() const
    {
        return {groups.classes, groups.groups, groups.fingerprint.low, groups.fingerprint.high};
    }

    /// Images without a group; predictions in the set that share a group with a label, and that do not, because their
    /// class is in no group; mistakes within groups, and across groups. Then, for each group, the images predicted in
    /// it without a label in it, those with one, and the images with a label in it.
    [[nodiscard]] std::size_t counters(metric_shape shape) const
    {
        detail::expects(shape.classes == 0 || shape.classes == groups.classes, "metric ", name, ": the groups are of ",
                        groups.classes, " classes, the scores or top-k lists have ", shape.classes);
        return first_group + 3 * groups.groups;
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        if (image.label_count == 0) return;
        bool grouped = false;
        for (std::size_t j = 0; j < image.label_count; ++j) {
            const group_index* const of_label = groups.groups_of(image.labels[j]);
            const std::size_t count = groups.count(image.labels[j]);
            grouped |= count != 0;
            for (std::size_t g = 0; g < count; ++g) {
                if (!is_in_groups_of(image.labels, j, of_label[g]))
                    tally.add(first_group + 3 * static_cast<std::size_t>(of_label[g]) + 2);
            }
        }
        if (!grouped) {
            tally.add(0);
            return;
        }
        bool shared = false;
        const group_index* const predicted = groups.groups_of(image.prediction);
        const std::size_t count = groups.count(image.prediction);
        for (std::size_t g = 0; g < count; ++g) {
            const bool hit = is_in_groups_of(image.labels, image.label_count, predicted[g]);
            shared |= hit;
            tally.add(first_group + 3 * static_cast<std::size_t>(predicted[g]) + static_cast<std::size_t>(hit));
        }
        tally.add((image.is_real_correct() ? std::size_t{1} : std::size_t{3}) + (shared ? 0 : 1));
    }

    [[nodiscard]] group_scores result(std::span<const std::uint64_t> counters, metric_shape) const
    {
        group_scores scores{.groups = {std::vector<class_score>(groups.groups)}};
        scores.without_group = counters[0];
        scores.mistakes_within = {counters[3], counters[3] + counters[4]};
        scores.accuracy = {counters[1] + counters[3], counters[1] + counters[2] + scores.mistakes_within.total};
        for (std::size_t g = 0; g < groups.groups; ++g) {
            const std::span<const std::uint64_t> of = counters.subspan(first_group + 3 * g, 3);
            scores.groups.classes[g] = {of[1], of[0] + of[1], of[2]};
        }
        return scores;
    }

private:
    static constexpr std::size_t first_group = 5;

    /// Whether one of the first `count` labels is in the group.
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_in_groups_of(const class_index* labels, std::size_t count,
                                                            group_index group) const noexcept
    {
        for (std::size_t j = 0; j < count; ++j) {
            if (groups.is_in(labels[j], group)) return true;
        }
        return false;
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
