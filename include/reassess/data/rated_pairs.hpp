// rated_pair: an item of a rating task, a pair of an image and a class ("is this class in this image?"), and conversion
// of pairs to label sets.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// An image and a class that raters are asked about.
struct rated_pair {
    std::uint32_t image = 0;
    class_index label = 0;

    friend bool operator==(const rated_pair&, const rated_pair&) = default;
};

/// For each pair, whether its class is in the label set of its image. Throws std::out_of_range, naming the pair, for an
/// image outside [0, sets.images()). O(pairs log size of a set).
[[nodiscard]] inline std::vector<bool> pairs_in(std::span<const rated_pair> pairs, label_sets_view sets)
{
    std::vector<bool> in(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        detail::expects<std::out_of_range>(pairs[i].image < sets.images(), "image ", pairs[i].image, " of pair ", i,
                                           " is outside [0, ", sets.images(), ")");
        in[i] = sets.contains(pairs[i].image, pairs[i].label);
    }
    return in;
}

/// For each pair, whether its class is the original label of its image. Throws std::out_of_range, naming the pair, for
/// an image outside [0, original.size()). O(pairs).
[[nodiscard]] inline std::vector<bool> pairs_in(std::span<const rated_pair> pairs,
                                                std::span<const class_index> original)
{
    std::vector<bool> in(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        detail::expects<std::out_of_range>(pairs[i].image < original.size(), "image ", pairs[i].image, " of pair ", i,
                                           " is outside [0, ", original.size(), ")");
        in[i] = original[pairs[i].image] == pairs[i].label;
    }
    return in;
}

/// Label sets from decisions on pairs: the set of an image has the classes of its kept pairs. The set of an image
/// without pairs is its default label (missing_label: the empty set). If an image has pairs and none is kept, its set
/// is empty.
///
/// `default_labels` has one entry for each image of the result. Throws std::invalid_argument unless `kept` has one
/// entry for each pair, std::out_of_range for a pair whose image is outside [0, default_labels.size()) for a negative
/// label of a kept pair, and for a negative default label other than missing_label. O(pairs + images).
[[nodiscard]] inline label_sets label_sets_from_pairs(std::span<const rated_pair> pairs, const std::vector<bool>& kept,
                                                      std::span<const class_index> default_labels)
{
    detail::expects(kept.size() == pairs.size(), "label sets: ", kept.size(), " decisions for ", pairs.size(),
                    " pairs");
    const std::size_t images = default_labels.size();
    std::vector<std::uint64_t> ends(images + 1, 0);
    std::vector<bool> rated(images, false);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        detail::expects<std::out_of_range>(pairs[i].image < images, "image ", pairs[i].image, " of pair ", i,
                                           " is outside [0, ", images, ")");
        rated[pairs[i].image] = true;
        if (kept[i]) ++ends[pairs[i].image + 1];
    }
    for (std::size_t image = 0; image < images; ++image) {
        if (!rated[image] && default_labels[image] != missing_label) ++ends[image + 1];
        ends[image + 1] += ends[image];
    }
    std::vector<class_index> classes(static_cast<std::size_t>(ends[images]));
    std::vector<std::uint64_t> next(ends.begin(), ends.end() - 1);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (kept[i]) classes[static_cast<std::size_t>(next[pairs[i].image]++)] = pairs[i].label;
    }
    for (std::size_t image = 0; image < images; ++image) {
        if (!rated[image] && default_labels[image] != missing_label)
            classes[static_cast<std::size_t>(next[image])] = default_labels[image];
    }
    label_sets sets;
    for (std::size_t image = 0; image < images; ++image) {
        sets.append(std::span<const class_index>(classes).subspan(
            static_cast<std::size_t>(ends[image]), static_cast<std::size_t>(ends[image + 1] - ends[image])));
    }
    return sets;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
