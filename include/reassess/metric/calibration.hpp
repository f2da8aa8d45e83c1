// Calibration: do predictions of confidence p come true in a share p of all cases?
#pragma once

#include "../data/average.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "paired_outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline v0_1 {

/// Predictions of similar confidence.
struct calibration_bin {
    /// Confidences of the bin: [lower, upper), the last one closed; of equal-mass bins the least and the greatest.
    double lower = 0.0;
    double upper = 0.0;
    /// Images whose prediction has such a confidence, and those of them where it is right.
    proportion accuracy{};
    /// The mean of their confidences.
    average confidence{};

    friend bool operator==(const calibration_bin&, const calibration_bin&) = default;
};

/// How the bins' differences |accuracy - confidence| become one number: their mean, weighted by images (L1, the
/// expected calibration error); the root of the mean of squares (L2); the greatest one (max, the maximum calibration
/// error).
enum class calibration_norm { l1, l2, max };

/// The calibration error of bins, in [0, 1]; nothing where they hold no image. Empty bins have no part in it.
/// Source: Naeini, Cooper and Hauskrecht (AAAI 2015); Guo et al. (ICML 2017), section 2. O(bins).
[[nodiscard]] inline std::optional<double> calibration_error(std::span<const calibration_bin> bins,
                                                             calibration_norm norm = calibration_norm::l1)
{
    double images = 0.0;
    double sum = 0.0;
    double greatest = 0.0;
    for (const calibration_bin& bin : bins) {
        if (bin.accuracy.total == 0) continue;
        const auto weight = static_cast<double>(bin.accuracy.total);
        const double difference = std::abs(bin.accuracy.value() - bin.confidence.value());
        images += weight;
        sum += weight * (norm == calibration_norm::l2 ? difference * difference : difference);
        greatest = std::max(greatest, difference);
    }
    if (images == 0.0) return std::nullopt;
    switch (norm) {
        case calibration_norm::l1:
            return sum / images;
        case calibration_norm::l2:
            return std::sqrt(sum / images);
        case calibration_norm::max:
            break;
    }
    return greatest;
}

/// Bins of equal numbers of images (up to one), by confidence and then by image, from score_values::confidence and
/// image_outcomes; images that are left out there are left out here. Never more bins than images; no images give none.
/// Throws std::invalid_argument for no bins and for spans of different length. O(n log n), 8 bytes an image.
/// Source: Nixon et al., "Measuring calibration in deep learning" (CVPR workshops 2019), adaptive calibration error.
[[nodiscard]] inline std::vector<calibration_bin> equal_mass_calibration_bins(std::span<const double> confidence,
                                                                              std::span<const image_outcome> outcomes,
                                                                              std::size_t bins)
{
    detail::expects(bins > 0, "calibration: 0 bins, wanted at least 1");
    detail::expects(confidence.size() == outcomes.size(), "calibration: ", confidence.size(), " confidences, but ",
                    outcomes.size(), " outcomes");
    std::vector<std::size_t> order;
    order.reserve(confidence.size());
    for (std::size_t image = 0; image < outcomes.size(); ++image) {
        if (outcomes[image] != image_outcome::left_out) order.push_back(image);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return confidence[a] < confidence[b]; });
    bins = std::min(bins, order.size());
    std::vector<calibration_bin> result(bins);
    std::size_t next = 0;
    for (std::size_t b = 0; b < bins; ++b) {
        const std::size_t size = order.size() / bins + (b < order.size() % bins);
        calibration_bin& bin = result[b];
        bin.lower = confidence[order[next]];
        bin.upper = confidence[order[next + size - 1]];
        bin.accuracy.total = bin.confidence.total = size;
        for (const std::size_t end = next + size; next < end; ++next) {
            bin.accuracy.hits += outcomes[order[next]] == image_outcome::right;
            bin.confidence.sum += confidence[order[next]];
        }
    }
    return result;
}

}  // namespace reassess::inline v0_1
