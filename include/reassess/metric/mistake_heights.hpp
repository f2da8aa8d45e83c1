// Severity of mistakes in a taxonomy of classes: the height of the lowest common ancestor of prediction and label.
#pragma once

#include "../data/class_taxonomy.hpp"
#include "../data/labels.hpp"
#include "../data/mean.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "confusion.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Mistakes by severity: the height of the lowest common ancestor of prediction and label.
struct mistake_heights_result {
    /// Element h is the number of mistakes of height h, for h = 0 .. the height of the taxonomy.
    std::vector<std::uint64_t> mistakes{};
    /// Images whose prediction is right.
    std::uint64_t right = 0;

    /// Mean height over the mistakes: Bertinetto's hierarchical distance of a mistake. 0 of 0 without mistakes.
    [[nodiscard]] mean of_mistakes() const noexcept
    {
        mean result;
        for (std::size_t h = 0; h < mistakes.size(); ++h) {
            result.sum += static_cast<double>(h) * static_cast<double>(mistakes[h]);
            result.total += mistakes[h];
        }
        return result;
    }
    /// Mean height over all images, where a right prediction has height 0: the average hierarchical distance at 1.
    [[nodiscard]] mean of_images() const noexcept
    {
        const mean mistaken = of_mistakes();
        return {mistaken.sum, mistaken.total + right};
    }

    friend bool operator==(const mistake_heights_result&, const mistake_heights_result&) = default;
};

/// Heights of the mistakes by original label, from confusion counts. Images without an original label are excluded.
/// Throws std::invalid_argument if the numbers of classes differ, and like class_taxonomy::lowest_common_ancestor.
/// O(classes + pairs * depth). Bertinetto, Mueller, Tertikas, Samangooei, Lord 2020, "Making better mistakes",
/// arXiv:1912.09393.
[[nodiscard]] inline mistake_heights_result mistake_heights(const confusion& counts, const class_taxonomy& taxonomy)
{
    detail::expects(counts.classes() == taxonomy.classes(), "mistake heights: the confusion counts have ",
                    counts.classes(), " classes, the taxonomy has ", taxonomy.classes());
    mistake_heights_result result{std::vector<std::uint64_t>(taxonomy.height() + 1)};
    for (std::size_t c = 0; c < counts.classes(); ++c)
        result.right += counts(static_cast<class_index>(c), static_cast<class_index>(c));
    for (const confusion_entry& mistake : counts.mistakes())
        result.mistakes[taxonomy.height(taxonomy.lowest_common_ancestor(mistake.label, mistake.prediction))] +=
            mistake.images;
    return result;
}

/// Heights of the mistakes by label set, from the results of `rank`: of an image, the least height over the labels of
/// its set. Images without ReaL labels and those left out for a NaN are excluded. `targets` must be the targets that
/// `rank` had. The results of batches are added element by element. Throws std::invalid_argument without label sets, if
/// the results do not fit the targets or the numbers of classes differ, and like
/// class_taxonomy::lowest_common_ancestor. O(labels * depth).
[[nodiscard]] inline mistake_heights_result real_mistake_heights(const image_results& ranks,
                                                                 const targets_view& targets,
                                                                 const class_taxonomy& taxonomy)
{
    ranks.expect_made_with(targets);
    detail::expects(targets.real.has_value(), "mistake heights: the targets have no label sets");
    detail::expects(ranks.classes == taxonomy.classes() || ranks.images() == 0, "mistake heights: the results have ",
                    ranks.classes, " classes, the taxonomy has ", taxonomy.classes());
    mistake_heights_result result{std::vector<std::uint64_t>(taxonomy.height() + 1)};
    for (std::size_t image = 0; image < ranks.images(); ++image) {
        const std::span<const class_index> labels = (*targets.real)[image];
        const class_index prediction = ranks.prediction[image];
        if (prediction == missing_label || labels.empty()) continue;
        if (std::binary_search(labels.begin(), labels.end(), prediction)) {
            ++result.right;
            continue;
        }
        std::size_t least = taxonomy.height();
        for (const class_index label : labels)
            least = std::min(least, taxonomy.height(taxonomy.lowest_common_ancestor(label, prediction)));
        ++result.mistakes[least];
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
