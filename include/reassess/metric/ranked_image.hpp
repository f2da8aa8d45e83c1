// ranked_image: the results and labels of one image, the input of a metric; and the columns of many images as plain
// pointers for every backend.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/label_ties.hpp"
#include "../ranking/loss_hook.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The results and labels of one image, the argument of a metric. Metrics are not called for images that are excluded
/// because of a NaN or skipped as repeated.
struct ranked_image {
    std::size_t classes = 0;
    /// metric_shape::depth: ranks of `depth` and more are counted as one.
    std::size_t depth = 0;
    /// The class of rank 0.
    class_index prediction = 0;

    bool has_original = false;  ///< whether original labels were given
    class_index original = missing_label;
    rank_index original_rank = no_rank;
    bool original_tied = false;

    bool has_real = false;                   ///< whether label sets were given
    const class_index* labels = nullptr;     ///< the label set: label_count classes, ascending; may be empty
    const rank_index* label_rank = nullptr;  ///< the rank of each label
    std::size_t label_count = 0;

    // For a metric that requests ties.
    label_ties original_ties{};
    const label_ties* label_tie = nullptr;  ///< of each label

    double weight = 1.0;  ///< for a metric that requests weights

    /// The k best classes, for a metric that requests top_k; else null.
    const class_index* top_k = nullptr;
    std::size_t k = 0;

    // For a metric that requests losses; see the columns of image_results.
    double confidence = 0.0;
    double cross_entropy = 0.0;
    double real_cross_entropy = 0.0;
    double brier_score = 0.0;

    // Both are branch-free for at most two labels, because their results are unpredictable.

    /// Whether the image has an original label and it is the prediction.
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_correct() const noexcept
    {
        return (original == prediction) & (original != missing_label);
    }
    /// Whether the prediction is in the label set.
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_real_correct() const noexcept
    {
        if (label_count == 0) return false;
        bool found = (label_rank[0] == 0) | (label_rank[label_count - 1] == 0);
        for (std::size_t j = 1; j + 1 < label_count; ++j) found |= label_rank[j] == 0;
        return found;
    }
};

namespace detail {

/// Columns of a block or batch of images. A pointer is null if its column is not given or not requested.
struct ranked_images {
    std::size_t classes = 0;
    std::size_t depth = 0;  ///< see ranked_image; for metrics only
    const class_index* prediction = nullptr;
    const class_index* original = nullptr;
    const rank_index* original_rank = nullptr;
    const std::uint8_t* original_tied = nullptr;
    const std::uint64_t* offsets = nullptr;
    const class_index* labels = nullptr;
    const rank_index* label_rank = nullptr;  ///< points to the rank of the label at offsets[0]
    const label_ties* original_ties = nullptr;
    const label_ties* label_tie = nullptr;   ///< points to that of the label at offsets[0]
    const std::uint8_t* repeated = nullptr;  ///< 1 for an image that was counted before
    const double* weights = nullptr;
    const class_index* top_k = nullptr;
    std::size_t k = 0;
    loss_columns<const double> losses{};

    ranked_images() = default;
    ranked_images(const image_results& results, const targets_view& targets, const std::uint8_t* repeated_images)
        : classes(results.classes), prediction(results.prediction.data()), repeated(repeated_images), k(results.k)
    {
        if (targets.original) {
            original = targets.original->data();
            original_rank = results.original_rank.data();
            if (results.ties_known) original_tied = results.original_tied.data();
        }
        if (targets.real) {
            offsets = targets.real->offsets();
            labels = targets.real->classes();
            label_rank = results.label_rank.data();
        }
        if (targets.weights) weights = targets.weights->data();
        if (k != 0) top_k = results.top_k.data();
        const auto data_of = [](const std::vector<double>& column) { return column.empty() ? nullptr : column.data(); };
        losses.confidence = data_of(results.confidence);
        losses.cross_entropy = data_of(results.cross_entropy);
        losses.real_cross_entropy = data_of(results.real_cross_entropy);
        losses.sigmoid_cross_entropy = data_of(results.sigmoid_cross_entropy);
        losses.real_sigmoid_cross_entropy = data_of(results.real_sigmoid_cross_entropy);
        losses.brier_score = data_of(results.brier_score);
    }

    [[nodiscard]] REASSESS_HOST_DEVICE bool is_repeated(std::size_t image) const noexcept
    {
        return repeated != nullptr && repeated[image] != 0;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_left_out(std::size_t image) const noexcept
    {
        return prediction[image] == missing_label;
    }
    // Forced inlining, so that the members that a metric does not read are not computed.
    [[nodiscard]] REASSESS_HOST_INLINE REASSESS_HOST_DEVICE ranked_image operator[](std::size_t image) const noexcept
    {
        ranked_image result;
        result.classes = classes;
        result.depth = depth;
        result.prediction = prediction[image];
        if (original != nullptr) {
            result.has_original = true;
            result.original = original[image];
            result.original_rank = original_rank[image];
            result.original_tied = original_tied != nullptr && original_tied[image] != 0;
            if (original_ties != nullptr) result.original_ties = original_ties[image];
        }
        if (offsets != nullptr) {
            result.has_real = true;
            result.labels = labels + offsets[image];
            result.label_rank = label_rank + (offsets[image] - offsets[0]);
            result.label_count = static_cast<std::size_t>(offsets[image + 1] - offsets[image]);
            if (label_tie != nullptr) result.label_tie = label_tie + (offsets[image] - offsets[0]);
        }
        if (weights != nullptr) result.weight = weights[image];
        if (top_k != nullptr) {
            result.top_k = top_k + image * k;
            result.k = k;
        }
        const auto value_of = [&](const double* column) { return column == nullptr ? 0.0 : column[image]; };
        result.confidence = value_of(losses.confidence);
        result.cross_entropy = value_of(losses.cross_entropy);
        result.real_cross_entropy = value_of(losses.real_cross_entropy);
        result.brier_score = value_of(losses.brier_score);
        return result;
    }
};

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
