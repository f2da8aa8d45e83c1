// Calibration bins and calibration errors: the difference between confidence and accuracy.
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
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A calibration bin: predictions of similar confidence.
struct calibration_bin {
    /// The range of confidences: [lower, upper), the last bin closed. For equal-mass bins, the least and the greatest
    /// confidence of the bin.
    double lower = 0.0;
    double upper = 0.0;
    /// Accuracy: total is the number of images whose prediction has such a confidence, hits those with a correct
    /// prediction.
    proportion accuracy{};
    /// The mean confidence of these images.
    mean confidence{};

    friend bool operator==(const calibration_bin&, const calibration_bin&) = default;
};

/// How the differences |accuracy - confidence| of the bins are aggregated: their mean, weighted by images (l1, the
/// expected calibration error, ECE); the root of the weighted mean of squares (l2); their maximum (max, the maximum
/// calibration error, MCE).
enum class calibration_norm { l1, l2, max };

namespace detail {

/// The bin of a confidence in [0, 1]. The edges are the doubles nearest to i/B: an error of the rounded product is
/// corrected.
REASSESS_HOST_DEVICE inline std::size_t calibration_bin_of(double confidence, std::size_t bins) noexcept
{
    const auto count = static_cast<double>(bins);
    auto bin = static_cast<std::size_t>(confidence * count);
    if (bin >= bins) return bins - 1;
    if (confidence < static_cast<double>(bin) / count) --bin;
    if (confidence >= static_cast<double>(bin + 1) / count) ++bin;
    return bin < bins ? bin : bins - 1;
}

/// The sums of one bin.
struct bin_sums {
    double images = 0.0;
    double hits = 0.0;
    double confidence = 0.0;
};

/// The calibration error of bins 0 .. bins - 1, whose sums are sums_of(bin); nothing if there are no images.
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

/// The calibration error of bins, in [0, 1]; nothing if the bins have no images. Empty bins are ignored. Source:
/// Naeini, Cooper and Hauskrecht (AAAI 2015); Guo et al. (ICML 2017), section 2. O(bins).
[[nodiscard]] inline std::optional<double> calibration_error(std::span<const calibration_bin> bins,
                                                             calibration_norm norm = calibration_norm::l1)
{
    return detail::calibration_error_of(bins.size(), norm, [&](std::size_t bin) {
        const calibration_bin& b = bins[bin];
        return detail::bin_sums{static_cast<double>(b.accuracy.total), static_cast<double>(b.accuracy.hits),
                                b.confidence.sum};
    });
}

/// The input of `bootstrap` for an interval of the calibration error: per-image terms of bins of equal width, images x
/// (3 * bins), row-major. The three columns of the bin of the image's confidence are 1, 1 if the prediction is right
/// (else 0), and the confidence. All other columns, and the rows of images with image_outcome::left_out, are 0.
///
///     const auto columns = calibration_columns(confidence, outcomes, 15);
///     const auto error = [](const resample_sums& images) {
///         return calibration_error_of_sums([&](std::size_t column) { return images.sum(column); }, 15);
///     };
///     bootstrap(par, image_values_view(columns, 3 * 15), error, random_seed{1}).percentile;
///
/// Resampling increases the differences between accuracy and confidence, so the interval of a well calibrated model is
/// above its error. Use the interval to judge how large an error arises by chance, or to compare models.
///
/// Throws std::invalid_argument if `bins` is 0 and for spans of different length, and std::domain_error for a
/// confidence outside [0, 1] of an image that is not left out. Memory: 24 bytes per image and bin.
[[nodiscard]] inline std::vector<double> calibration_columns(std::span<const double> confidence,
                                                             std::span<const image_outcome> outcomes, std::size_t bins)
{
    detail::expects(bins > 0, "calibration: 0 bins, expected at least 1");
    detail::expects(confidence.size() == outcomes.size(), "calibration: ", confidence.size(), " confidences, but ",
                    outcomes.size(), " outcomes");
    std::vector<double> columns(confidence.size() * 3 * bins);
    for (std::size_t image = 0; image < confidence.size(); ++image) {
        if (outcomes[image] == image_outcome::left_out) continue;
        detail::expects<std::domain_error>(confidence[image] >= 0.0 && confidence[image] <= 1.0,
                                           "calibration: the confidence of image ", image, " is outside [0, 1]");
        const std::size_t bin = detail::calibration_bin_of(confidence[image], bins);
        double* const sums = columns.data() + (image * bins + bin) * 3;
        sums[0] = 1.0;
        sums[1] = static_cast<double>(outcomes[image] == image_outcome::right);
        sums[2] = confidence[image];
    }
    return columns;
}

/// The calibration error computed from column sums of `calibration_columns`, sum_of(column), over some images; NaN if
/// there are no images.
template <class SumOf>
[[nodiscard]] double calibration_error_of_sums(SumOf sum_of, std::size_t bins,
                                               calibration_norm norm = calibration_norm::l1)
{
    const auto error = detail::calibration_error_of(bins, norm, [&](std::size_t bin) {
        return detail::bin_sums{sum_of(3 * bin), sum_of(3 * bin + 1), sum_of(3 * bin + 2)};
    });
    return error ? *error : std::numeric_limits<double>::quiet_NaN();
}

/// Calibration bins of equal mass: images sorted by confidence, then by position, in bins whose numbers of images
/// differ by at most one. `confidence` is image_results::confidence, `outcomes` the result of image_outcomes; images
/// with image_outcome::left_out are excluded. The result has at most as many bins as images, and none if there are no
/// images. Throws std::invalid_argument if `bins` is 0 and for spans of different length, and std::domain_error for a
/// confidence outside [0, 1] of an image that is not left out. O(n log n) for n images;
/// memory: 8 bytes per image. Source: Nixon et al., "Measuring calibration in deep learning" (CVPR workshops 2019),
/// adaptive calibration error.
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
        if (outcomes[image] == image_outcome::left_out) continue;
        detail::expects<std::domain_error>(confidence[image] >= 0.0 && confidence[image] <= 1.0,
                                           "calibration: the confidence of image ", image, " is outside [0, 1]");
        order.push_back(image);
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
