// mistakes: the list of images that a model predicts wrongly.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// An image whose prediction is wrong by the original label, by the label set, or by both.
struct mistake {
    /// Position in the image_results.
    std::size_t image = 0;
    class_index prediction = 0;
    /// The original label, or missing_label.
    class_index original = missing_label;
    /// The acceptable classes; a view of the label sets of `targets`.
    std::span<const class_index> labels{};
    bool by_original = false;
    bool by_real = false;
};

/// All mistakes, in order of image. Images without an original label have no mistake by the original label, images with
/// an empty set have no ReaL mistake, and images that are excluded because of a NaN are not in the list. `targets` must
/// be the targets that `rank` had; the result points into its label sets. Throws std::invalid_argument if the results
/// do not fit the targets. O(images + labels).
[[nodiscard]] inline std::vector<mistake> mistakes(const image_results& ranks, const targets_view& targets)
{
    ranks.expect_made_with(targets);
    std::vector<mistake> found;
    for (std::size_t image = 0; image < ranks.images(); ++image) {
        if (ranks.prediction[image] == missing_label) continue;
        mistake m{.image = image, .prediction = ranks.prediction[image]};
        if (targets.original) {
            m.original = (*targets.original)[image];
            m.by_original = m.original != missing_label && m.original != m.prediction;
        }
        if (targets.real) {
            m.labels = (*targets.real)[image];
            m.by_real = !m.labels.empty() && !targets.real->contains(image, m.prediction);
        }
        if (m.by_original || m.by_real) found.push_back(m);
    }
    return found;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
