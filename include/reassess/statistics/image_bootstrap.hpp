// Uncertainty of slopes from the images: bootstrap over images, or over images and models together, and the covariances
// of accuracies that were measured on the same images.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "bootstrap.hpp"
#include "compare_halves.hpp"
#include "slope_bootstrap.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// What a replicate draws with replacement.
enum class resampled {
    images,             ///< images: the same models on other images
    images_and_models,  ///< images, and the models of each half: other models on other images
};

struct image_bootstrap_options {
    resampled what = resampled::images_and_models;
    std::size_t replicates = 1999;
    confidence_level level{0.95};
};

/// Slope difference of compare_halves with its percentile interval over resampled images, or images and models.
///
/// `values` has 2 + 2 models columns for each image: whether it counts for x (1 or 0), whether it counts for y, then
/// for every model 1 for a hit by x, then for every model 1 for a hit by y (0 for images that do not count). Accuracies
/// are the sums of hits over the sums of counting images. All models share the drawn images, so the noise that they
/// have in common is kept. `halves` is the result of compare_halves of these accuracies, in any unit; the halves stay
/// as they are.
///
/// bootstrap_slope_difference resamples models only: it includes the noise of each model's own images, but not what the
/// sample of images does to all models together. `images` alone is the uncertainty of the line of these models.
/// `images_and_models` adds both and is slightly too wide, because each drawn model's own noise counts twice (Owen
/// 2007). There is no BCa interval. Simulated at level 0.95 with 24 and 40 models of equal slopes that scatter and
/// share half of their randomness, on 300 images: images and models 0.995 and 0.980, images alone 0.945 and 0.910,
/// models alone 0.925 and 0.850; with 24 models on 2,000 images 0.970, 0.685 and 0.960 (200 samples each).
///
/// Random streams as for bootstrap: the same bits for every policy. Throws std::invalid_argument for no images, a
/// number of columns that does not fit `halves` and fewer than 2 replicates; std::domain_error if at least half of the
/// replicates have no slope. O(replicates distinct rows of values * columns). Owen 2007, doi:10.1214/07-AOAS122.
template <execution_policy Policy>
[[nodiscard]] bootstrap_result bootstrap_slope_difference_over_images(Policy policy, const image_values_view& values,
                                                                      const halves_result& halves, random_seed seed,
                                                                      const image_bootstrap_options& options = {})
{
    const std::size_t models = halves.order.size();
    detail::expects(values.images() > 0, "bootstrap over images: no images");
    detail::expects(values.columns() == 2 + 2 * models, "bootstrap over images: ", values.columns(),
                    " columns; expected ", 2 + 2 * models, " for ", models, " models");
    detail::expect_replicates(options.replicates);
    const detail::grouped_images images(values);
    const std::span<const std::size_t> halves_of[2] = {halves.first_models(), halves.second_models()};
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    const auto difference_of = [&](const resample_sums& sums, const auto& members) {
        std::vector<double> x(models), y(models);
        for (std::size_t model = 0; model < models; ++model) {
            x[model] = sums.sum(2 + model) / sums.sum(0);
            y[model] = sums.sum(2 + models + model) / sums.sum(1);
        }
        return detail::plain_slope(x, y, members[0], none) - detail::plain_slope(x, y, members[1], none);
    };
    std::vector<double> sums(values.columns());
    images.sum(images.counts(), sums);
    const double value = difference_of(resample_sums{static_cast<double>(images.images()), sums}, halves_of);
    std::vector<double> replicates(options.replicates);
    detail::for_each_resample(
        policy, images, options.replicates, seed, [&](std::size_t replicate, const resample_sums& resample) {
            if (options.what == resampled::images) {
                replicates[replicate] = difference_of(resample, halves_of);
                return;
            }
            // Streams of models are those after all streams of images.
            detail::random_stream stream(seed.value(), replicate + options.replicates);
            std::vector<std::size_t> drawn[2];
            for (std::size_t part = 0; part < 2; ++part) {
                for (std::size_t i = 0; i < halves_of[part].size(); ++i)
                    drawn[part].push_back(
                        halves_of[part][static_cast<std::size_t>(stream.below(halves_of[part].size()))]);
            }
            replicates[replicate] = difference_of(resample, drawn);
        });
    bootstrap_result result = detail::summarise_replicates(value, std::move(replicates), options.level);
    result.why_no_bca = "images and models have no common acceleration";
    return result;
}

/// Covariances of the accuracies of all models (columns of 0 and 1) over the same images, models x models, row-major:
/// (mean of the product of two columns - product of their means) / images. The diagonal is p (1 - p) / images. Models
/// that fail on the same images have positive covariances, so their difference varies less than independent accuracies
/// would.
///
/// Throws std::invalid_argument for no images. O(images models^2).
[[nodiscard]] inline std::vector<double> accuracy_covariances(const image_values_view& hits)
{
    detail::expects(hits.images() > 0, "accuracy covariances: no images");
    const std::size_t models = hits.columns();
    const double n = static_cast<double>(hits.images());
    std::vector<double> means(models), covariances(models * models);
    for (std::size_t image = 0; image < hits.images(); ++image) {
        for (std::size_t model = 0; model < models; ++model) means[model] += hits.row(image)[model] / n;
    }
    for (std::size_t image = 0; image < hits.images(); ++image) {
        const std::span<const double> row = hits.row(image);
        for (std::size_t a = 0; a < models; ++a) {
            for (std::size_t b = 0; b <= a; ++b)
                covariances[a * models + b] += (row[a] - means[a]) * (row[b] - means[b]) / n / n;
        }
    }
    for (std::size_t a = 0; a < models; ++a) {
        for (std::size_t b = 0; b < a; ++b) covariances[b * models + a] = covariances[a * models + b];
    }
    return covariances;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
