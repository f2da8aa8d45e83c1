// Calibration as statistics: a debiased calibration error of binned predictions, and Spiegelhalter's test of
// calibration.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../version.hpp"
#include "bootstrap.hpp"
#include "confidence.hpp"
#include "normal_tail.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Images of similar confidence: a bin.
struct confidence_group {
    /// Number of images with a right prediction, and of all images.
    proportion accuracy{};
    /// Mean confidence of these images.
    double mean_confidence = 0;
};

/// Result of debiased_calibration_error.
struct debiased_error {
    /// The root of the weighted mean of (accuracy - confidence)^2: calibration_error with calibration_norm::l2.
    double plain = 0;
    /// The debiased estimate of the squared error. It is below 0 for about half of the perfectly calibrated models.
    double squared = 0;
    /// sqrt(max(0, squared)).
    double debiased = 0;
    std::size_t groups = 0;
};

/// L2 calibration error of bins without the bias of the plug-in estimate.
///
/// The accuracy of a bin of n images has variance p (1 - p) / n, so its squared difference from the confidence is too
/// large by this on average, also for a perfectly calibrated model: with 15 bins of equal mass and 500, 5,000 and
/// 50,000 images such a model has a plain L1 error of 0.059, 0.018 and 0.0058 on average (simulated with confidences
/// that are uniform in [0.2, 1]). The squared error here is the mean,
/// weighted by images, of (accuracy - confidence)^2 - accuracy (1 - accuracy) / (n - 1). Bins of equal mass are
/// recommended. Bins without images are ignored. The error is that of the binned confidences, which is at most that of
/// the confidences themselves.
///
/// Absent if no bin has images. Throws std::invalid_argument for more hits than images and for a confidence outside [0,
/// 1]; std::domain_error for a bin of one image, whose variance cannot be estimated. O(bins). Kumar, Liang, Ma 2019,
/// "Verified uncertainty calibration", arXiv:1909.10155; Bröcker 2012, doi:10.1007/s00382-011-1191-1.
[[nodiscard]] inline std::optional<debiased_error> debiased_calibration_error(std::span<const confidence_group> groups)
{
    debiased_error result;
    double images = 0, plain = 0, squared = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const proportion accuracy = groups[i].accuracy;
        const double confidence = groups[i].mean_confidence;
        detail::expects(accuracy.hits <= accuracy.total, "calibration error: ", accuracy.hits, " of ", accuracy.total,
                        " is not a valid accuracy of group ", i);
        if (accuracy.total == 0) continue;
        detail::expects(confidence >= 0 && confidence <= 1, "calibration error: the mean confidence of group ", i,
                        " is outside [0, 1]");
        detail::expects<std::domain_error>(accuracy.total > 1, "calibration error: group ", i,
                                           " has 1 image; the minimum is 2, use fewer groups");
        const double n = static_cast<double>(accuracy.total), p = accuracy.value();
        const double square = (p - confidence) * (p - confidence);
        images += n;
        plain += n * square;
        squared += n * (square - p * (static_cast<double>(accuracy.total - accuracy.hits) / n) / (n - 1));
        ++result.groups;
    }
    if (images == 0) return std::nullopt;
    result.plain = std::sqrt(plain / images);
    result.squared = squared / images;
    result.debiased = std::sqrt(std::fmax(0, result.squared));
    return result;
}

/// Interval of the debiased calibration error of debiased_calibration_error, in [0, 1], by bootstrap.
///
/// Each replicate draws the hits of every bin from a binomial distribution with the bin's accuracy, with the
/// confidences as they are. Around the sample, the debiased squared error of replicates is centred on the plain squared
/// error, so it is shifted by their difference; the ends are the roots of the quantiles, at least 0. A lower end of 0
/// means that the model may be calibrated. Simulated at level 0.95 with 15 bins of equal mass, the
/// interval covers an error of 0, 0.02, 0.05 and 0.1 in 0.997, 0.998, 0.995 and 0.978 of samples with 500 images and in
/// 1.000, 0.993, 0.957 and 0.950 with 5,000: too wide where the images do not suffice to see the error.
///
/// Replicate r draws from stream r of the seed. Absent, and errors, as for debiased_calibration_error; also
/// std::invalid_argument for fewer than 2 replicates. O(replicates images / 16).
[[nodiscard]] inline std::optional<interval> debiased_calibration_interval(std::span<const confidence_group> groups,
                                                                           random_seed seed,
                                                                           const bootstrap_options& options = {})
{
    detail::expect_replicates(options.replicates);
    const std::optional<debiased_error> sample = debiased_calibration_error(groups);
    if (!sample) return std::nullopt;
    std::vector<double> squared;
    std::vector<confidence_group> drawn(groups.begin(), groups.end());
    for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
        detail::random_stream stream(seed.value(), replicate);
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const proportion accuracy = groups[i].accuracy;
            if (accuracy.total > 0)
                drawn[i].accuracy.hits = stream.binomial(accuracy.total, accuracy.hits, accuracy.total);
        }
        squared.push_back(debiased_calibration_error(drawn)->squared - sample->plain * sample->plain + sample->squared);
    }
    std::sort(squared.begin(), squared.end());
    const double tail = (1 - options.level.value()) / 2;
    const auto end = [&](double share) { return std::sqrt(std::fmax(0, detail::quantile_of_sorted(squared, share))); };
    return interval{end(tail), end(1 - tail)};
}

/// Result of calibration_test.
struct calibration_test_result {
    double z = 0;
    /// Two-sided, of the standard normal distribution.
    double p_value = 1;
    double log10_p_value = 0;
    std::size_t images = 0;
};

/// Spiegelhalter's test of calibration: whether each prediction is right with the probability that is its confidence.
/// No bins are needed.
///
/// z = sum (right - c) (1 - 2 c) / sqrt(sum (1 - 2 c)^2 c (1 - c)), standard normal for many images if the model is
/// calibrated: the Brier score against its expectation. It has no power against errors that do not change the Brier
/// score, and it ignores images of confidence 0, 1/2 and 1, which add nothing. With many images even a small error of
/// calibration is significant: read it together with debiased_calibration_error.
///
/// `right` is 1 for a right prediction and 0 otherwise. Throws std::invalid_argument for spans of different length and
/// for a confidence outside [0, 1]; std::domain_error if the variance is 0. O(images). Spiegelhalter 1986,
/// doi:10.1002/sim.4780050506.
[[nodiscard]] inline calibration_test_result calibration_test(std::span<const double> confidence,
                                                              std::span<const std::uint8_t> right)
{
    detail::expects(confidence.size() == right.size(), "calibration test: ", confidence.size(), " confidences, but ",
                    right.size(), " outcomes");
    double sum = 0, variance = 0;
    for (std::size_t i = 0; i < confidence.size(); ++i) {
        const double c = confidence[i];
        detail::expects(c >= 0 && c <= 1, "calibration test: the confidence of image ", i, " is outside [0, 1]");
        detail::expects(right[i] <= 1, "calibration test: the outcome of image ", i, " is ", unsigned{right[i]},
                        ", expected 0 or 1");
        sum += (right[i] - c) * (1 - 2 * c);
        variance += (1 - 2 * c) * (1 - 2 * c) * c * (1 - c);
    }
    detail::expects<std::domain_error>(variance > 0,
                                       "calibration test: all confidences are 0, 1/2 or 1, so z has no "
                                       "variance");
    calibration_test_result result;
    result.images = confidence.size();
    result.z = sum / std::sqrt(variance);
    result.p_value = two_sided_p_value(result.z);
    result.log10_p_value = log10_two_sided_p_value(result.z);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
