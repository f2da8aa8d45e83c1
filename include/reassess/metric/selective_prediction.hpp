// Selective prediction from calibration bins: risk at a coverage, coverage at a risk, and the area under the
// risk-coverage curve, with bounds of the error of binning.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "calibration.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A value that depends on the order of the images within their bins, which bins do not tell.
struct binned_value {
    double lower = 0;     ///< if in every bin right predictions are the most confident
    double expected = 0;  ///< the mean over random orders within the bins
    double upper = 0;     ///< if in every bin wrong predictions are the most confident

    friend bool operator==(const binned_value&, const binned_value&) = default;
};

/// A coverage that depends on the order of the images within their bins; of all images, those that are predicted.
struct binned_coverage {
    proportion lower{};
    proportion upper{};

    friend bool operator==(const binned_coverage&, const binned_coverage&) = default;
};

/// A point of the curve that does not depend on the order within bins.
struct risk_coverage_point {
    /// Predictions of at least this confidence are made; the others are rejected.
    double confidence = 0;
    /// Of all images, those that are predicted.
    proportion coverage{};
    /// Of the predicted images, those whose prediction is wrong.
    proportion risk{};

    friend bool operator==(const risk_coverage_point&, const risk_coverage_point&) = default;
};

namespace detail {

/// The harmonic sum 1 / (a + 1) + .. + 1 / b for a <= b. Relative error 1e-14.
[[nodiscard]] inline double harmonic_between(std::uint64_t a, std::uint64_t b) noexcept
{
    constexpr std::uint64_t direct = 64;
    double sum = 0;
    for (; a < b && a < direct; ++a) sum += 1.0 / static_cast<double>(a + 1);
    if (a == b) return sum;
    // Euler and Maclaurin; the first omitted term is below 1e-17.
    const auto correction = [](std::uint64_t n) {
        const double x = 1.0 / static_cast<double>(n), y = x * x;
        return x * (1.0 / 2 - x * (1.0 / 12 - y * (1.0 / 120 - y / 252)));
    };
    return sum + (std::log1p(static_cast<double>(b - a) / static_cast<double>(a)) + (correction(b) - correction(a)));
}

/// Consecutive images of the curve whose predictions are all right, or all wrong.
struct risk_run {
    std::uint64_t images_before = 0;
    std::uint64_t errors_before = 0;
    std::uint64_t images = 0;
    bool wrong = false;

    [[nodiscard]] std::uint64_t errors_of(std::uint64_t first_images) const noexcept
    {
        return errors_before + (wrong ? first_images : 0);
    }
    /// The sum of the risks after each image of the run.
    [[nodiscard]] double sum_of_risks() const noexcept
    {
        const double harmonic = harmonic_between(images_before, images_before + images);
        if (!wrong) return static_cast<double>(errors_before) * harmonic;
        return static_cast<double>(images) - static_cast<double>(images_before - errors_before) * harmonic;
    }
};

}  // namespace detail

/// The risk-coverage curve of a classifier that rejects its least confident predictions.
///
///     const ra::risk_coverage_curve curve(ra::evaluate(ra::par, ra::logits(scores), targets,
///                                                      {.calibration_bins = 1000}).calibration());
///     curve.risk_at(0.8), curve.area(), curve.coverage_at(0.01);
///
/// Images are ordered by descending confidence. Bins tell their number of images and errors, not the order within; so
/// values between the borders of bins are bounded by the best and the worst order, and are exact at the borders. More
/// bins give closer bounds. Images of equal confidence are in one bin: every order of them is within the bounds.
/// El-Yaniv, Wiener 2010 (JMLR 11); Geifman, Uziel, El-Yaniv 2019, arXiv:1805.08206 (AURC).
class risk_coverage_curve {
public:
    /// From calibration bins in ascending order of confidence (evaluation::calibration, real_calibration or
    /// equal_mass_calibration_bins). Throws std::invalid_argument for bins in another order and for more hits than
    /// images. O(bins).
    explicit risk_coverage_curve(std::span<const calibration_bin> bins)
    {
        for (std::size_t b = 0; b < bins.size(); ++b) {
            const proportion accuracy = bins[b].accuracy;
            detail::expects(accuracy.hits <= accuracy.total, "risk-coverage curve: ", accuracy.hits, " of ",
                            accuracy.total, " is not a valid accuracy of bin ", b);
            detail::expects(b == 0 || bins[b - 1].lower <= bins[b].lower, "risk-coverage curve: bin ", b,
                            " begins at confidence ", bins[b].lower, ", the bin before at ",
                            bins[b == 0 ? 0 : b - 1].lower, "; expected ascending bins");
        }
        for (std::size_t b = bins.size(); b-- > 0;) {
            const proportion accuracy = bins[b].accuracy;
            if (accuracy.total == 0) continue;
            parts_.push_back({images_, errors_, accuracy.total, accuracy.total - accuracy.hits, bins[b].lower});
            images_ += accuracy.total;
            errors_ += accuracy.total - accuracy.hits;
        }
    }

    /// Number of images of all bins.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_; }

    /// The exact points at the lower borders of the bins that have images, in ascending order of coverage. O(bins).
    [[nodiscard]] std::vector<risk_coverage_point> points() const
    {
        std::vector<risk_coverage_point> result;
        for (const part& p : parts_) {
            const std::uint64_t covered = p.images_before + p.images;
            result.push_back({p.confidence, {covered, images_}, {p.errors_before + p.errors, covered}});
        }
        return result;
    }

    /// Risk at a coverage: of the least number of most confident images that is at least this share of all, the
    /// proportion whose prediction is wrong. Nothing if there are no images. Throws std::invalid_argument for a
    /// coverage outside (0, 1]. O(bins).
    [[nodiscard]] std::optional<binned_value> risk_at(double coverage) const
    {
        detail::expects(coverage > 0 && coverage <= 1, "risk at a coverage: the coverage ", coverage,
                        " is outside (0, 1]; use 0.8 for 80 %");
        if (images_ == 0) return std::nullopt;
        const std::uint64_t covered = images_at(coverage);
        const auto p = std::find_if(parts_.begin(), parts_.end(),
                                    [&](const part& one) { return covered <= one.images_before + one.images; });
        const std::uint64_t first = covered - p->images_before, right = p->images - p->errors;
        const auto risk = [&](double errors) {
            return (static_cast<double>(p->errors_before) + errors) / static_cast<double>(covered);
        };
        return binned_value{
            risk(static_cast<double>(first > right ? first - right : 0)),
            risk(static_cast<double>(p->errors) * (static_cast<double>(first) / static_cast<double>(p->images))),
            risk(static_cast<double>(std::min(first, p->errors)))};
    }

    /// The area under the risk-coverage curve (AURC), in [0, 1]: the mean over m = 1 .. images of the risk of the m
    /// most confident images. Smaller is better; a classifier without errors has 0. Nothing if there are no images.
    /// Absolute error 1e-13. O(bins).
    [[nodiscard]] std::optional<binned_value> area() const
    {
        if (images_ == 0) return std::nullopt;
        binned_value sum;
        for (const part& p : parts_) {
            for (const detail::risk_run& run : p.runs(order::best)) sum.lower += run.sum_of_risks();
            for (const detail::risk_run& run : p.runs(order::worst)) sum.upper += run.sum_of_risks();
            // Errors grow by the same amount with every image.
            const double rate = static_cast<double>(p.errors) / static_cast<double>(p.images);
            sum.expected += static_cast<double>(p.errors) +
                            (static_cast<double>(p.errors_before) - rate * static_cast<double>(p.images_before)) *
                                detail::harmonic_between(p.images_before, p.images_before + p.images);
        }
        const auto n = static_cast<double>(images_);
        return binned_value{sum.lower / n, sum.expected / n, sum.upper / n};
    }

    /// Coverage at a wanted risk: the greatest number of most confident images of which at most this share is wrong, of
    /// all images; 0 hits if there is none. 0 of 0 if there are no images. Throws std::invalid_argument for a risk
    /// outside [0, 1]. O(bins + log images).
    [[nodiscard]] binned_coverage coverage_at(double risk) const
    {
        detail::expects(risk >= 0 && risk <= 1, "coverage at a risk: the risk ", risk,
                        " is outside [0, 1]; use 0.01 for 1 %");
        return {{images_within(risk, order::worst), images_}, {images_within(risk, order::best), images_}};
    }

private:
    enum class order { best, worst };

    /// The images of one bin, and those of all bins of greater confidence.
    struct part {
        std::uint64_t images_before = 0;
        std::uint64_t errors_before = 0;
        std::uint64_t images = 0;
        std::uint64_t errors = 0;
        double confidence = 0;

        /// Right and then wrong predictions, or the other way round.
        [[nodiscard]] std::vector<detail::risk_run> runs(order within) const
        {
            const std::uint64_t right = images - errors;
            if (within == order::best) {
                return {{images_before, errors_before, right, false},
                        {images_before + right, errors_before, errors, true}};
            }
            return {{images_before, errors_before, errors, true},
                    {images_before + errors, errors_before + errors, right, false}};
        }
    };

    /// The least number of images whose share is at least `coverage`, as double division tells it.
    [[nodiscard]] std::uint64_t images_at(double coverage) const noexcept
    {
        const auto share = [&](std::uint64_t images) {
            return static_cast<double>(images) / static_cast<double>(images_);
        };
        auto images = std::min(images_, static_cast<std::uint64_t>(coverage * static_cast<double>(images_)));
        while (images < images_ && share(images) < coverage) ++images;
        return std::max<std::uint64_t>(1, images);
    }

    /// The greatest number of images whose risk is at most `risk`. Risk falls along runs of right predictions and never
    /// falls along runs of wrong ones.
    [[nodiscard]] std::uint64_t images_within(double risk, order within) const
    {
        for (std::size_t p = parts_.size(); p-- > 0;) {
            const std::vector<detail::risk_run> runs = parts_[p].runs(within);
            for (std::size_t r = runs.size(); r-- > 0;) {
                const detail::risk_run& run = runs[r];
                const auto is_within = [&](std::uint64_t first) {
                    return static_cast<double>(run.errors_of(first)) / static_cast<double>(run.images_before + first) <=
                           risk;
                };
                if (run.images == 0) continue;
                if (is_within(run.images)) return run.images_before + run.images;
                if (!run.wrong || !is_within(1)) continue;
                std::uint64_t inside = 1, outside = run.images;
                while (outside - inside > 1) {
                    const std::uint64_t middle = inside + (outside - inside) / 2;
                    (is_within(middle) ? inside : outside) = middle;
                }
                return run.images_before + inside;
            }
        }
        return 0;
    }

    std::vector<part> parts_{};  ///< in descending order of confidence
    std::uint64_t images_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
