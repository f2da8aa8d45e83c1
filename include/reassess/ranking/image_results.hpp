// Per-image results as columns: predictions, ranks of labels, lists of the best classes, confidences and losses.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "loss_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The rank of a class in a row of scores: the number of classes with a greater score, plus the number with an equal
/// score and a lower index. The prediction is the class of rank 0.
using rank_index = std::uint32_t;

/// An unknown rank: the class is not in the stored list, the label is missing, or the image is excluded because of a
/// NaN.
inline constexpr rank_index no_rank = std::numeric_limits<rank_index>::max();

/// The rule for NaN scores: throw an error that names image and class, or exclude the image from every metric and count
/// it.
enum class on_nan { error, exclude };

namespace detail {

/// Throws std::out_of_range for the first prediction that is neither in [0, classes) nor missing_label.
inline void check_predictions(std::span<const class_index> predictions, std::size_t classes, std::uint64_t first_image)
{
    for (std::size_t image = 0; image < predictions.size(); ++image) {
        const class_index c = predictions[image];
        expects<std::out_of_range>(c == missing_label || (c >= 0 && static_cast<std::size_t>(c) < classes),
                                   "prediction ", c, " of image ", first_image + image, " is outside [0, ", classes,
                                   ")");
    }
}

}  // namespace detail

/// The result of `rank`: per-image columns, element i for image i. A column is empty if it was not requested or its
/// labels were not given. Functions that take image_results and targets need the targets that `rank` had.
///
/// In the formulas p is the softmax of the logits (or the probabilities), s the sigmoids, y the original label and Y
/// the label set. A loss is 0 and meaningless for an image that is excluded because of a NaN or that has no label of
/// this kind.
struct image_results {
    std::size_t classes = 0;
    /// Ranks below `depth` are known: `depth` is `classes` for scores and k for top-k lists.
    std::size_t depth = 0;
    /// Whether ties are known: true for scores, false for stored lists.
    bool ties_known = false;
    /// The settings of the losses. There are no losses for unspecified scores.
    loss_settings settings{};

    /// The class of rank 0; missing_label for an image that is excluded because of a NaN.
    std::vector<class_index> prediction{};
    /// Rank of the original label, or no_rank.
    std::vector<rank_index> original_rank{};
    /// 1 if another class has the same score as the original label, else 0.
    std::vector<std::uint8_t> original_tied{};
    /// Rank of every acceptable label, or no_rank: label j of image i is at offsets[i] - offsets[0] + j.
    std::vector<rank_index> label_rank{};

    /// Length of the lists in `top_k`; 0 if no lists were requested.
    std::size_t k = 0;
    /// The classes of rank 0 .. k - 1, images x k; all missing_label for an image that is excluded because of a NaN.
    std::vector<class_index> top_k{};

    /// Confidence: p of the prediction.
    std::vector<double> confidence{};
    /// -log p_y.
    std::vector<double> cross_entropy{};
    /// The mean over l in Y of -log p_l.
    std::vector<double> real_cross_entropy{};
    /// The sum over all classes of -log s_c for c = y and -log(1 - s_c) for the others.
    std::vector<double> sigmoid_cross_entropy{};
    /// The sum over all classes of -log s_c for c in Y and -log(1 - s_c) for the others.
    std::vector<double> real_sigmoid_cross_entropy{};
    /// The sum over all classes of (p_c - [c = y])^2, in [0, 2].
    std::vector<double> brier_score{};

    [[nodiscard]] std::size_t images() const noexcept { return prediction.size(); }

    /// The lists in `top_k` as stored predictions; a view of this object. Throws std::invalid_argument if no lists were
    /// requested.
    [[nodiscard]] top_k_view<class_index> lists() const
    {
        detail::expects(k != 0, "these results have no top-k lists: request them with {.top_k = k}");
        return {top_k, k, classes};
    }

    /// Checks that these results fit `targets`. Throws std::invalid_argument if the kinds of labels, the number of
    /// images or the length of a column differs from what `rank` returns for such targets; std::out_of_range for a
    /// prediction or label outside [0, classes). `first_image` is the number of the first image in messages. O(images +
    /// labels).
    void expect_made_with(const targets_view& targets, std::uint64_t first_image = 0) const
    {
        detail::check_classes(classes);
        detail::expects(depth >= 1 && depth <= classes, "image results: depth is ", depth,
                        ", expected 1 to the number of classes, ", classes);
        detail::check_loss_settings(settings);
        targets.expect_images(images(), "image results");
        detail::check_labels(targets, classes, first_image);
        const bool original = targets.original.has_value();
        const bool real = targets.real.has_value();
        const std::size_t labels = real ? static_cast<std::size_t>(targets.real->labels()) : 0;
        const auto expect_size = [&](std::size_t size, std::size_t allowed, const char* column) {
            detail::expects(size == allowed, "image results: column ", column, " has ", size, " elements, expected ",
                            allowed);
        };
        const auto expect_labels = [&](const auto& column, bool given, const char* kind) {
            detail::expects(images() == 0 || column.empty() != given, "image results were made ",
                            given ? "without " : "with ", kind, ", the targets are ", given ? "with" : "without");
        };
        expect_labels(original_rank, original, "original labels");
        if (!real || labels != 0) expect_labels(label_rank, real, "label sets");
        expect_size(original_rank.size(), original ? images() : 0, "original_rank");
        expect_size(original_tied.size(), original && ties_known ? images() : 0, "original_tied");
        expect_size(label_rank.size(), labels, "label_rank");
        expect_size(top_k.size(), k * images(), "top_k");

        const bool losses = settings.has_losses();
        const bool sigmoid = losses && settings.sigmoid == sigmoid_losses::yes;
        const bool brier = losses && settings.brier == brier_scores::yes;
        expect_size(confidence.size(), losses ? images() : 0, "confidence");
        expect_size(cross_entropy.size(), losses && original ? images() : 0, "cross_entropy");
        expect_size(real_cross_entropy.size(), losses && real ? images() : 0, "real_cross_entropy");
        expect_size(sigmoid_cross_entropy.size(), sigmoid && original ? images() : 0, "sigmoid_cross_entropy");
        expect_size(real_sigmoid_cross_entropy.size(), sigmoid && real ? images() : 0, "real_sigmoid_cross_entropy");
        expect_size(brier_score.size(), brier && original ? images() : 0, "brier_score");
        detail::check_predictions(prediction, classes, first_image);
    }

    friend bool operator==(const image_results&, const image_results&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
