// Balanced accuracy: the mean over classes of class accuracy, for original and ReaL labels, with its standard error.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "metric.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A mean over the classes that have images, with its standard error.
struct mean_over_classes {
    /// The mean of the class accuracies, in [0, 1]; nothing if no class has images.
    std::optional<double> value{};
    /// sqrt(sum over classes of p_c (1 - p_c) / n_c) / classes, from the binomial variance of each class with the
    /// classes as fixed. Nothing if there is no value.
    std::optional<double> standard_error{};
    /// Number of classes with at least one image, the denominator of the mean.
    std::size_t classes = 0;
    /// Number of classes without images, which are excluded.
    std::size_t classes_without_images = 0;

    friend bool operator==(const mean_over_classes&, const mean_over_classes&) = default;
};

/// The result of the metric balanced_accuracy: accuracies of each class.
struct class_accuracies {
    /// For each class c: of the images whose original label is c, the proportion predicted as c.
    std::vector<proportion> original{};
    /// For each class c: of the images whose original label is c and whose label set is not empty, the proportion whose
    /// prediction is in the set.
    std::vector<proportion> real{};

    /// Balanced accuracy for the original labels: the mean over classes of `original`; equal to scikit-learn's
    /// balanced_accuracy_score. O(classes).
    [[nodiscard]] mean_over_classes balanced_accuracy() const { return mean_of(original); }
    /// Balanced accuracy for ReaL labels: the mean over classes of `real`. O(classes).
    [[nodiscard]] mean_over_classes real_balanced_accuracy() const { return mean_of(real); }

private:
    static mean_over_classes mean_of(const std::vector<proportion>& classes)
    {
        mean_over_classes result;
        double sum = 0.0, variance = 0.0;
        for (const proportion& c : classes) {
            if (c.total == 0) {
                ++result.classes_without_images;
                continue;
            }
            const double p = c.value();
            sum += p;
            variance += p * (1.0 - p) / static_cast<double>(c.total);
            ++result.classes;
        }
        if (result.classes == 0) return result;
        const auto n = static_cast<double>(result.classes);
        result.value = sum / n;
        result.standard_error = std::sqrt(variance) / n;
        return result;
    }
};

/// The metric of balanced accuracy: accuracy of each class, so that every class has the same weight. The class of an
/// image is its original label; images without an original label are excluded. Built in:
/// evaluation::get<balanced_accuracy>().balanced_accuracy(). Source: Brodersen et al., "The balanced accuracy and its
/// posterior distribution" (ICPR 2010).
struct balanced_accuracy {
    static constexpr std::string_view name = "reassess.balanced_accuracy";
    static constexpr std::uint32_t version = 1;

    /// For each class 2 x 3 counters: whether the prediction is the original label (0, 1) x the label set (0: empty or
    /// not given, 1: the prediction is not in it, 2: it is in it).
    [[nodiscard]] std::size_t counters(metric_shape shape) const noexcept { return 6 * shape.classes; }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        if (image.original == missing_label) return;
        const std::size_t real = image.label_count == 0 ? 0 : 1 + static_cast<std::size_t>(image.is_real_correct());
        tally.add(6 * static_cast<std::size_t>(image.original) + 3 * static_cast<std::size_t>(image.is_correct()) +
                  real);
    }

    [[nodiscard]] class_accuracies result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        class_accuracies classes{std::vector<proportion>(shape.classes), std::vector<proportion>(shape.classes)};
        for (std::size_t c = 0; c < shape.classes; ++c) {
            const std::span<const std::uint64_t> of = counters.subspan(6 * c, 6);
            const std::uint64_t hits = of[3] + of[4] + of[5];
            classes.original[c] = {hits, hits + of[0] + of[1] + of[2]};
            classes.real[c] = {of[2] + of[5], of[1] + of[2] + of[4] + of[5]};
        }
        return classes;
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
