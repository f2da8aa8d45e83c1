// What one model got right, image by image, and two models side by side: what paired tests and the bootstrap are made
// of.
#pragma once

#include "../data/proportion.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// What a metric says of one image.
enum class image_outcome : std::uint8_t {
    wrong = 0,
    right = 1,
    /// The image does not count for this metric: no label, no set, too few labels, or a NaN score.
    left_out = 2,
};

/// Which accuracy is meant. Each is the accuracy of the same name of evaluation.
enum class accuracy_of {
    original,                      ///< top-k accuracy of the original label
    real,                          ///< ReaL accuracy (k = 1) and ReaL@k
    real_kth,                      ///< ReaL accuracy of the k-th prediction, over judged images
    real_kth_where_enough_labels,  ///< the same over images with at least k labels
    all_of_top_k,                  ///< the first k predictions are all in the set, over images with at least k labels
};

struct outcome_options {
    accuracy_of metric = accuracy_of::original;
    std::size_t k = 1;
};

namespace detail {

inline image_outcome outcome_by_sets(std::span<const rank_index> label_ranks, const outcome_options& options)
{
    if (label_ranks.empty()) return image_outcome::left_out;
    const bool needs_k =
        options.metric == accuracy_of::real_kth_where_enough_labels || options.metric == accuracy_of::all_of_top_k;
    if (needs_k && label_ranks.size() < options.k) return image_outcome::left_out;
    const auto count = [&](auto matches) {
        return static_cast<std::size_t>(std::count_if(label_ranks.begin(), label_ranks.end(), matches));
    };
    bool right = false;
    if (options.metric == accuracy_of::real) {
        right = count([&](rank_index rank) { return rank < options.k; }) > 0;
    } else if (options.metric == accuracy_of::all_of_top_k) {
        right = count([&](rank_index rank) { return rank < options.k; }) == options.k;
    } else {
        right = count([&](rank_index rank) { return rank == options.k - 1; }) > 0;
    }
    return right ? image_outcome::right : image_outcome::wrong;
}

}  // namespace detail

/// One model's outcome of every image, in the order of the results. Of all batches of a stream, one after the other,
/// they are the outcomes of the whole.
///
/// Counting right of (right + wrong) gives the proportion of evaluation. Throws std::invalid_argument where the
/// image_results were not made with this targets or the metric's labels are not there, std::out_of_range for k = 0 and
/// for a k beyond the depth of the image_results. No images give none. O(images + labels).
[[nodiscard]] inline std::vector<image_outcome> image_outcomes(const image_results& ranks, const targets_view& targets,
                                                               const outcome_options& options = {})
{
    ranks.expect_made_with(targets);
    detail::expects<std::out_of_range>(options.k >= 1, "k is 0, expected at least 1");
    detail::expects<std::out_of_range>(options.k <= ranks.depth, "k is ", options.k, ", but ranks are known below ",
                                       ranks.depth, " only");
    const bool by_original = options.metric == accuracy_of::original;
    detail::expects(by_original ? targets.original.has_value() : targets.real.has_value(), "no ",
                    by_original ? "original labels" : "label sets", " were given");
    std::vector<image_outcome> outcomes(ranks.images(), image_outcome::left_out);
    for (std::size_t image = 0; image < ranks.images(); ++image) {
        if (ranks.prediction[image] == missing_label) continue;
        if (by_original) {
            if ((*targets.original)[image] == missing_label) continue;
            outcomes[image] = ranks.original_rank[image] < options.k ? image_outcome::right : image_outcome::wrong;
        } else {
            const std::uint64_t first = targets.real->offsets()[image] - targets.real->first_label();
            outcomes[image] = detail::outcome_by_sets(
                std::span(ranks.label_rank).subspan(static_cast<std::size_t>(first), targets.real->size_of(image)),
                options);
        }
    }
    return outcomes;
}

/// How many of the images that count are right.
[[nodiscard]] inline proportion count_right(std::span<const image_outcome> outcomes) noexcept
{
    proportion counted;
    for (const image_outcome outcome : outcomes) {
        counted.hits += outcome == image_outcome::right;
        counted.total += outcome != image_outcome::left_out;
    }
    return counted;
}

/// Two models on the same images, or one model by two metrics: images that count for both, by who gets them right.
/// Throws std::invalid_argument where the numbers of images differ. No images give a table of zeros. O(images).
[[nodiscard]] inline paired_proportion pair_outcomes(std::span<const image_outcome> first,
                                                     std::span<const image_outcome> second)
{
    detail::expects(first.size() == second.size(), "paired outcomes: ", first.size(), " images of the first, but ",
                    second.size(), " of the second");
    // Cells by 3 first + second: no branch an image, for many models have many pairs.
    std::uint64_t cells[9] = {};
    for (std::size_t image = 0; image < first.size(); ++image) {
        ++cells[3 * static_cast<std::size_t>(first[image]) + static_cast<std::size_t>(second[image])];
    }
    return {.both = cells[4], .first_only = cells[3], .second_only = cells[1], .neither = cells[0]};
}

/// The same from the image_results of two models. Both must have been made with `targets`.
/// Throws as image_outcomes does; std::invalid_argument where the numbers of images differ. O(images + labels).
[[nodiscard]] inline paired_proportion paired_outcomes(const image_results& first, const image_results& second,
                                                       const targets_view& targets, const outcome_options& options = {})
{
    return pair_outcomes(image_outcomes(first, targets, options), image_outcomes(second, targets, options));
}

/// The numbers that bootstraps of accuracies are made of, images x models, row-major: 1 where the model is right, 0
/// where it is wrong, of the images that count for all models alone. Of one model's image_outcomes by one metric they
/// are what `bootstrap` wants; of several models', for a difference, a slope over models or rank_intervals:
///
///     const std::vector outcomes{image_outcomes(first, targets), image_outcomes(second, targets)};
///     const auto hits = hit_columns(outcomes);
///     const auto difference = [](const resample_sums& images) { return images.mean(0) - images.mean(1); };
///     bootstrap(par, image_values_view(hits, 2), difference, random_seed{1}).best();
///
/// Throws std::invalid_argument for no models and where the numbers of images differ. No images that count for all give
/// none. 8 bytes an image and model.
[[nodiscard]] inline std::vector<double> hit_columns(std::span<const std::vector<image_outcome>> models)
{
    detail::expects(!models.empty(), "hit columns: no models");
    const std::size_t images = models.front().size();
    for (const std::vector<image_outcome>& outcomes : models) {
        detail::expects(outcomes.size() == images, "hit columns: ", images, " images of the first model, but ",
                        outcomes.size(), " of another");
    }
    std::vector<double> hits;
    for (std::size_t image = 0; image < images; ++image) {
        const bool counts = std::none_of(models.begin(), models.end(), [&](const auto& outcomes) {
            return outcomes[image] == image_outcome::left_out;
        });
        if (!counts) continue;
        for (const auto& outcomes : models) hits.push_back(outcomes[image] == image_outcome::right ? 1.0 : 0.0);
    }
    return hits;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
