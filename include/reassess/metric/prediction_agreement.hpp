// Agreement of the predictions of several models, and the images by the number of models that classify them correctly.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "paired_outcomes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Agreement of two models: the proportion of images with the same prediction. The arguments are
/// image_results::prediction; images that are left out for a NaN (missing_label) in either are excluded. No labels are
/// needed. 0 of 0 if no images are left. Throws std::invalid_argument if the numbers of images differ. O(images).
[[nodiscard]] inline proportion prediction_agreement(std::span<const class_index> first,
                                                     std::span<const class_index> second)
{
    detail::expects(first.size() == second.size(), "prediction agreement: ", first.size(),
                    " predictions of the first model, but ", second.size(), " of the second");
    proportion same;
    for (std::size_t image = 0; image < first.size(); ++image) {
        const bool valid = first[image] != missing_label && second[image] != missing_label;
        same.total += valid;
        same.hits += valid && first[image] == second[image];
    }
    return same;
}

/// The agreement of every pair of models, in the order of pair_all_outcomes: (0, 1), (0, 2), .. (1, 2), ... Throws like
/// prediction_agreement. Zero or one model gives none. O(models^2 images).
[[nodiscard]] inline std::vector<proportion> prediction_agreements(std::span<const std::vector<class_index>> models)
{
    std::vector<proportion> pairs;
    for (std::size_t first = 0; first < models.size(); ++first) {
        for (std::size_t second = first + 1; second < models.size(); ++second)
            pairs.push_back(prediction_agreement(models[first], models[second]));
    }
    return pairs;
}

/// Result of images_by_models_right.
struct images_by_models_right_result {
    /// Element m is the number of images that exactly m models classify correctly, for m = 0 .. models.
    std::vector<std::uint64_t> images{};
    /// Images that do not count for all models (no label, or a NaN score of a model), which are excluded.
    std::uint64_t left_out = 0;

    /// Of the images, those that every model classifies correctly; 0 of 0 without images.
    [[nodiscard]] proportion all_right() const noexcept { return {images.empty() ? 0 : images.back(), total()}; }
    /// Of the images, those that no model classifies correctly; 0 of 0 without images.
    [[nodiscard]] proportion none_right() const noexcept { return {images.empty() ? 0 : images.front(), total()}; }
    /// Number of images that count.
    [[nodiscard]] std::uint64_t total() const noexcept
    {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : images) sum += count;
        return sum;
    }
};

/// The images by the number of models that classify them correctly. `models` has the image_outcomes of each model, of
/// any metric. Images that are left out for a model are excluded and counted. Throws std::invalid_argument if there are
/// no models or the numbers of images differ. O(models images).
[[nodiscard]] inline images_by_models_right_result images_by_models_right(
    std::span<const std::vector<image_outcome>> models)
{
    detail::expects(!models.empty(), "images by models right: no models, expected at least 1");
    const std::size_t images = models.front().size();
    for (const std::vector<image_outcome>& outcomes : models) {
        detail::expects(outcomes.size() == images, "images by models right: ", images,
                        " images of the first model, but ", outcomes.size(), " of another");
    }
    images_by_models_right_result result{std::vector<std::uint64_t>(models.size() + 1)};
    for (std::size_t image = 0; image < images; ++image) {
        std::size_t right = 0;
        bool counts = true;
        for (const std::vector<image_outcome>& outcomes : models) {
            right += outcomes[image] == image_outcome::right;
            counts &= outcomes[image] != image_outcome::left_out;
        }
        if (counts) {
            ++result.images[right];
        } else {
            ++result.left_out;
        }
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
