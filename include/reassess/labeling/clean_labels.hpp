// Cleaning a training set: keeps the images whose label agrees with a model that was not trained on them.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Joins the image results of the models of all folds: those of an image are by the model that was trained without its
/// fold. Memory: 8 bytes per image, and the results of one model at a time.
class held_out_results {
public:
    /// `fold_of` has the fold of every image: see assign_folds.
    explicit held_out_results(std::vector<std::uint32_t> fold_of) : fold_of_(std::move(fold_of))
    {
        results_.prediction.resize(fold_of_.size(), missing_label);
        results_.original_rank.resize(fold_of_.size(), no_rank);
    }

    /// Takes the images of `fold` from the results of all images by the model that was trained without this fold. Folds
    /// may be added in any order. Throws std::invalid_argument for results of another number of images, made without
    /// original labels, or with another number of classes or another depth than the folds before, and for a fold that
    /// was added before. O(images).
    void add(std::uint32_t fold, const image_results& model)
    {
        detail::expects(model.images() == fold_of_.size(), "held-out results: fold ", fold, " has results of ",
                        model.images(), " images, expected ", fold_of_.size());
        detail::expects(model.original_rank.size() == fold_of_.size(), "held-out results: those of fold ", fold,
                        " were made without original labels");
        detail::expects(std::find(added_.begin(), added_.end(), fold) == added_.end(), "held-out results: fold ", fold,
                        " was added before");
        detail::expects(added_.empty() || (model.classes == results_.classes && model.depth == results_.depth),
                        "held-out results: fold ", fold, " has ", model.classes, " classes and ranks below ",
                        model.depth, ", the folds before have ", results_.classes, " classes and ranks below ",
                        results_.depth);
        added_.push_back(fold);
        results_.classes = model.classes;
        results_.depth = model.depth;
        for (std::size_t image = 0; image < fold_of_.size(); ++image) {
            if (fold_of_[image] != fold) continue;
            results_.prediction[image] = model.prediction[image];
            results_.original_rank[image] = model.original_rank[image];
            ++images_;
        }
    }

    /// Prediction and rank of the original label of every image. Throws std::invalid_argument if the fold of an image
    /// was not added.
    [[nodiscard]] const image_results& results() const
    {
        detail::expects(images_ == fold_of_.size(), "held-out results: the folds of ", fold_of_.size() - images_,
                        " images were not added");
        return results_;
    }

private:
    std::vector<std::uint32_t> fold_of_;
    image_results results_{};
    std::vector<std::uint32_t> added_{};
    std::size_t images_ = 0;
};

struct clean_labels_options {
    /// An image is kept if its label is among the first top_k predictions.
    std::size_t top_k = 1;
};

/// Indices of the kept images, and their fraction.
struct cleaned_labels {
    /// Indices of the kept images, ascending.
    std::vector<std::size_t> kept{};
    /// Kept images of those with a label and a prediction (about 90 % in the paper).
    proportion share{};
    /// The same for each class of original label.
    std::vector<proportion> by_class{};
    /// Images that are not kept because they have no label, or no prediction because of a NaN score.
    std::uint64_t without_label = 0;
    std::uint64_t without_prediction = 0;

    friend bool operator==(const cleaned_labels&, const cleaned_labels&) = default;
};

/// Keeps the images whose label is the held-out model's top prediction, or among its first options.top_k.
///
/// `held_out` has the ranks of every image by the model that was not trained on its fold (from held_out_results, or
/// from `rank` of scores or of stored lists, with `labels` as the original labels). Throws std::invalid_argument if the
/// sizes of ranks and labels differ, and for a top_k of 0 or above the depth of the ranks; std::out_of_range for an
/// invalid label or prediction. O(images + classes). Source: Beyer et al., "Are we done with ImageNet?" (2020),
/// section 6.
[[nodiscard]] inline cleaned_labels clean_labels(const image_results& held_out, std::span<const class_index> labels,
                                                 const clean_labels_options& options = {})
{
    // Not expect_made_with: the results may also contain ranks of label sets.
    const targets_view targets{.original = labels};
    detail::check_classes(held_out.classes);
    targets.expect_images(held_out.images(), "image results");
    detail::check_labels(targets, held_out.classes, 0);
    detail::expects(held_out.original_rank.size() == held_out.images(),
                    "image results were made without original labels");
    detail::check_predictions(held_out.prediction, held_out.classes, 0);
    detail::expects(options.top_k >= 1 && options.top_k <= held_out.depth, "clean labels: top_k = ", options.top_k,
                    " is outside [1, depth of the ranks], depth = ", held_out.depth);
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
