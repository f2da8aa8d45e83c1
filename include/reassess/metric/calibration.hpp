// Calibration: do predictions of confidence p come true in a share p of all cases?
#pragma once

#include "../data/mean.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "paired_outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Predictions of similar confidence.
struct calibration_bin {
    /// Confidences of the bin: [lower, upper), the last one closed; of equal-mass bins the least and the greatest.
    double lower = 0.0;
    double upper = 0.0;
    /// Images whose prediction has such a confidence, and those of them where it is right.
    proportion accuracy{};
    /// The mean of their confidences.
    mean confidence{};

    friend bool operator==(const calibration_bin&, const calibration_bin&) = default;
};

/// How the bins' differences |accuracy - confidence| become one number: their mean, weighted by images (L1, the
/// expected calibration error); the root of the mean of squares (L2); the greatest one (max, the maximum calibration
/// error).
enum class calibration_norm { l1, l2, max };

namespace detail {

/// The bin of a confidence in [0, 1]. The edges are the doubles next to i/B, whatever the product rounds to.
REASSESS_HOST_DEVICE inline std::size_t calibration_bin_of(double confidence, std::size_t bins) noexcept
{
    const auto count = static_cast<double>(bins);
    auto bin = static_cast<std::size_t>(confidence * count);
    if (bin >= bins) return bins - 1;
    if (confidence < static_cast<double>(bin) / count) --bin;
    if (confidence >= static_cast<double>(bin + 1) / count) ++bin;
    return bin < bins ? bin : bins - 1;
}

/// What is known of one bin, as sums.
struct bin_sums {
    double images = 0.0;
    double hits = 0.0;
    double confidence = 0.0;
};

/// The error of bins 0 .. bins - 1, of which sums_of(bin) tells the sums.
template <class SumsOf>
std::optional<double> calibration_error_of(std::size_t bins, calibration_norm norm, SumsOf sums_of)
{
    double images = 0.0;
    double sum = 0.0;
    double greatest = 0.0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
        const bin_sums sums = sums_of(bin);
        if (sums.images == 0.0) continue;
        const double difference = std::abs(sums.hits / sums.images - sums.confidence / sums.images);
        images += sums.images;
        sum += sums.images * (norm == calibration_norm::l2 ? difference * difference : difference);
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

}  // namespace detail

/// The calibration error of bins, in [0, 1]; nothing where they hold no image. Empty bins have no part in it.
/// Source: Naeini, Cooper and Hauskrecht (AAAI 2015); Guo et al. (ICML 2017), section 2. O(bins).
[[nodiscard]] inline std::optional<double> calibration_error(std::span<const calibration_bin> bins,
                                                             calibration_norm norm = calibration_norm::l1)
{
    return detail::calibration_error_of(bins.size(), norm, [&](std::size_t bin) {
        const calibration_bin& b = bins[bin];
        return detail::bin_sums{static_cast<double>(b.accuracy.total), static_cast<double>(b.accuracy.hits),
                                b.confidence.sum};
    });
}

/// The numbers that bins of equal width are made of, images x 3 bins, row-major: of the bin that the image's confidence
/// lies in, 1, whether it is right (0 or 1) and the confidence; 0 elsewhere, and throughout for an image that is left
/// out. They are what `bootstrap` wants, for an interval of the calibration error:
///
///     const auto columns = calibration_columns(confidence, outcomes, 15);
///     const auto error = [](const resample_sums& images) {
///         return calibration_error_of_sums([&](std::size_t column) { return images.sum(column); }, 15);
///     };
///     bootstrap(par, image_values_view(columns, 3 * 15), error, random_seed{1}).percentile;
///
/// Resampling moves accuracy and confidence of a bin apart, so the interval of a well calibrated model lies above its
/// error: read it as how far the error may be from 0 by chance, beside that of another model.
///
/// Throws std::invalid_argument for no bins and for spans of different length. 24 bytes an image and bin.
[[nodiscard]] inline std::vector<double> calibration_columns(std::span<const double> confidence,
                                                             std::span<const image_outcome> outcomes, std::size_t bins)
{
    detail::expects(bins > 0, "calibration: 0 bins, expected at least 1");
    detail::expects(confidence.size() == outcomes.size(), "calibration: ", confidence.size(), " confidences, but ",
                    outcomes.size(), " outcomes");
    std::vector<double> columns(confidence.size() * 3 * bins);
    for (std::size_t image = 0; image < confidence.size(); ++image) {
        if (outcomes[image] == image_outcome::left_out) continue;
        const std::size_t bin = detail::calibration_bin_of(confidence[image], bins);
        double* const sums = columns.data() + (image * bins + bin) * 3;
        sums[0] = 1.0;
        sums[1] = static_cast<double>(outcomes[image] == image_outcome::right);
        sums[2] = confidence[image];
    }
    return columns;
}

/// The calibration error of the sums of `calibration_columns` over some images, sum_of(column); NaN for no images.
template <class SumOf>
[[nodiscard]] double calibration_error_of_sums(SumOf sum_of, std::size_t bins,
                                               calibration_norm norm = calibration_norm::l1)
{
    const auto error = detail::calibration_error_of(bins, norm, [&](std::size_t bin) {
        return detail::bin_sums{sum_of(3 * bin), sum_of(3 * bin + 1), sum_of(3 * bin + 2)};
    });
    return error ? *error : std::numeric_limits<double>::quiet_NaN();
}

/// Bins of equal numbers of images (up to one), by confidence and then by image, from image_results::confidence and
/// image_outcomes; images that are left out there are left out here. Never more bins than images; no images give none.
/// Throws std::invalid_argument for no bins and for spans of different length. O(n log n), 8 bytes an image.
/// Source: Nixon et al., "Measuring calibration in deep learning" (CVPR workshops 2019), adaptive calibration error.
[[nodiscard]] inline std::vector<calibration_bin> equal_mass_calibration_bins(std::span<const double> confidence,
                                                                              std::span<const image_outcome> outcomes,
                                                                              std::size_t bins)
{
    detail::expects(bins > 0, "calibration: 0 bins, expected at least 1");
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

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
