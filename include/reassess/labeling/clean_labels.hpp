// Cleaning a training set: only images stay whose label agrees with a model that was not trained on them.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct clean_labels_options {
    /// The label agrees where it is among the first so many predictions.
    std::size_t top_k = 1;
};

/// Which images stay, and what share they are.
struct cleaned_labels {
    /// The images that are kept, ascending.
    std::vector<std::size_t> kept{};
    /// Of the images with a label and a prediction, those that are kept (about 90 % in the paper).
    proportion share{};
    /// The same for every class of original label.
    std::vector<proportion> by_class{};
    /// Images that are not kept because they have no label, and because of a NaN among their scores no prediction.
    std::uint64_t without_label = 0;
    std::uint64_t without_prediction = 0;

    friend bool operator==(const cleaned_labels&, const cleaned_labels&) = default;
};

/// Keeps the images whose label is the held-out model's prediction, or among its first options.top_k.
///
/// `held_out` ranks every image by the model that was not trained on its fold (`rank` of scores or of stored lists,
/// made with `labels` as the original labels). Throws std::invalid_argument where ranks and labels do not fit, and for
/// a top_k of 0 or beyond the depth of the ranks; std::out_of_range for a label or prediction that is no class.
/// O(images + classes). Source: Beyer et al., "Are we done with ImageNet?" (2020), section 6.
[[nodiscard]] inline cleaned_labels clean_labels(const image_results& held_out, std::span<const class_index> labels,
                                                 const clean_labels_options& options = {})
{
    // Not expect_made_with: ranks of label sets may be there too.
    const targets_view targets{.original = labels};
    detail::check_classes(held_out.classes);
    targets.expect_images(held_out.images(), "image results");
    detail::check_labels(targets, held_out.classes, 0);
    detail::expects(held_out.original_rank.size() == held_out.images(),
                    "image results were made without original labels");
    detail::check_predictions(held_out.prediction, held_out.classes, 0);
    detail::expects(options.top_k >= 1 && options.top_k <= held_out.depth, "top-", options.top_k,
                    " was asked for, but ranks are known from 1 to ", held_out.depth);
    cleaned_labels result;
    result.by_class.resize(held_out.classes);
    for (std::size_t image = 0; image < labels.size(); ++image) {
        const class_index label = labels[image];
        if (label == missing_label) {
            ++result.without_label;
            continue;
        }
        if (held_out.prediction[image] == missing_label) {
            ++result.without_prediction;
            continue;
        }
        const bool agrees = held_out.original_rank[image] < options.top_k;
        proportion& of_class = result.by_class[static_cast<std::size_t>(label)];
        ++of_class.total;
        ++result.share.total;
        if (!agrees) continue;
        ++of_class.hits;
        ++result.share.hits;
        result.kept.push_back(image);
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
