// image_outcomes and paired_outcomes: which images a model classifies correctly, and the paired table of two models;
// the input of paired tests and of the bootstrap.
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

/// The outcome of one image by one metric.
enum class image_outcome : std::uint8_t {
    wrong = 0,
    right = 1,
    /// The image is excluded from this metric: missing label, empty set, too few labels, or a NaN score.
    left_out = 2,
};

/// The accuracy of an outcome. Each enumerator is the accuracy of evaluation with the same name; `original` is
/// evaluation::top_k.
enum class accuracy_of {
    original,                      ///< top-k accuracy of the original label
    real,                          ///< ReaL accuracy (k = 1) and ReaL@k
    real_kth,                      ///< ReaL accuracy of the k-th prediction, over images with ReaL labels
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

/// The outcome of every image for one model, in the order of the results. The concatenated outcomes of all batches are
/// the outcomes of the whole data set.
///
/// right / (right + wrong) is the accuracy of evaluation (see count_right). `targets` must be the targets that `rank`
/// had. The result is empty if there are no images. Throws std::invalid_argument if the results do not fit the targets
/// or the labels of the metric are not given, std::out_of_range for k = 0 and for a k above ranks.depth. O(images +
/// labels).
[[nodiscard]] inline std::vector<image_outcome> image_outcomes(const image_results& ranks, const targets_view& targets,
                                                               const outcome_options& options = {})
{
    ranks.expect_made_with(targets);
    detail::expects<std::out_of_range>(options.k >= 1, "k is 0, expected at least 1");
    detail::expects<std::out_of_range>(options.k <= ranks.depth, "k is ", options.k, ", but only ranks below ",
                                       ranks.depth, " are known");
    const bool by_original = options.metric == accuracy_of::original;
    detail::expects(by_original ? targets.original.has_value() : targets.real.has_value(),
                    "image outcomes: the targets have no ", by_original ? "original labels" : "label sets");
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

/// The proportion of right images among those that are not excluded.
[[nodiscard]] inline proportion count_right(std::span<const image_outcome> outcomes) noexcept
{
    proportion counted;
    for (const image_outcome outcome : outcomes) {
        counted.hits += outcome == image_outcome::right;
        counted.total += outcome != image_outcome::left_out;
    }
    return counted;
}

/// The paired table of two models on the same images, or of one model by two metrics: images that count for both, by
/// which of them is right. If there are no images, all cells are 0. Throws std::invalid_argument if the numbers of
/// images differ. O(images).
[[nodiscard]] inline paired_proportion pair_outcomes(std::span<const image_outcome> first,
                                                     std::span<const image_outcome> second)
{
    detail::expects(first.size() == second.size(), "paired outcomes: ", first.size(), " images of the first, but ",
                    second.size(), " of the second");
    // Cell index 3 * first + second: branch-free, because comparisons of all pairs of many models call this often.
    std::uint64_t cells[9] = {};
    for (std::size_t image = 0; image < first.size(); ++image) {
        ++cells[3 * static_cast<std::size_t>(first[image]) + static_cast<std::size_t>(second[image])];
    }
    return {.both = cells[4], .first_only = cells[3], .second_only = cells[1], .neither = cells[0]};
}

/// The paired tables of every pair of models, in the order that compare_all_pairs expects: (0, 1), (0, 2), .. (1, 2),
/// ... Each is over the images that are valid for both models. Throws like pair_outcomes. Zero or one model gives none.
/// O(models^2 images).
[[nodiscard]] inline std::vector<paired_proportion> pair_all_outcomes(
    std::span<const std::vector<image_outcome>> models)
{
    std::vector<paired_proportion> tables;
    for (std::size_t first = 0; first < models.size(); ++first) {
        for (std::size_t second = first + 1; second < models.size(); ++second)
            tables.push_back(pair_outcomes(models[first], models[second]));
    }
    return tables;
}

/// The paired table of two models from their image_results; `targets` must be the targets that `rank` had for both.
/// Throws like image_outcomes, and std::invalid_argument if the numbers of images differ. O(images + labels).
[[nodiscard]] inline paired_proportion paired_outcomes(const image_results& first, const image_results& second,
                                                       const targets_view& targets, const outcome_options& options = {})
{
    return pair_outcomes(image_outcomes(first, targets, options), image_outcomes(second, targets, options));
}

/// The input of `bootstrap` for accuracies, images x models, row-major: 1 if the model is right, 0 if it is wrong, only
/// for images that count for all models. `models` has the image_outcomes of one model, or of several models for a
/// difference, a slope over models or first_place_shares:
///
///     const std::vector outcomes{image_outcomes(first, targets), image_outcomes(second, targets)};
///     const auto hits = hit_columns(outcomes);
///     const auto difference = [](const resample_sums& images) { return images.mean(0) - images.mean(1); };
///     bootstrap(par, image_values_view(hits, 2), difference, random_seed{1}).best();
///
/// The result is empty if no image counts for all models. Throws std::invalid_argument if there are no models or the
/// numbers of images differ. Memory: 8 bytes per image and model.
[[nodiscard]] inline std::vector<double> hit_columns(std::span<const std::vector<image_outcome>> models)
{
    detail::expects(!models.empty(), "hit columns: no models, expected at least 1");
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
