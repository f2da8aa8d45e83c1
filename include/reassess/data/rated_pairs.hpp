// Items of rating that are pairs of an image and a class: "is this class in this image?"
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

/// An image and a class that may be in it.
struct rated_pair {
    std::uint32_t image = 0;
    class_index label = 0;

    friend bool operator==(const rated_pair&, const rated_pair&) = default;
};

/// For each pair, whether its class is in its image's set. Throws std::out_of_range, naming the pair, for an image that
/// the sets do not have. O(pairs log size of a set).
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

/// For each pair, whether its class is its image's original label. Throws std::out_of_range, naming the pair, for an
/// image without an entry in `original`. O(pairs).
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

/// For each image, the classes of its pairs that are kept; an image without a pair gets its default label alone
/// (missing_label: no label), one whose pairs are all dropped gets none.
///
/// `default_labels` has one entry for each image of the result. Throws std::invalid_argument where `kept` has not one
/// entry for each pair, std::out_of_range for a pair's image without a default label and for what is no class.
/// O(pairs + images).
[[nodiscard]] inline label_sets label_sets_from_pairs(std::span<const rated_pair> pairs, const std::vector<bool>& kept,
                                                      std::span<const class_index> default_labels)
{
    detail::expects(kept.size() == pairs.size(), "label sets: ", kept.size(), " decisions on ", pairs.size(), " pairs");
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
