// Precision, recall and F1 of each class and their micro, macro and weighted means, Matthews' correlation and Cohen's
// kappa from confusion counts; real_class_scores, the metric of the same scores for label sets.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confusion.hpp"
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

/// The counts of one class against all others, from which precision, recall and F1 follow.
struct class_score {
    std::uint64_t true_positives = 0;  ///< images of this class that are predicted as this class
    std::uint64_t predicted = 0;       ///< images that are predicted as this class
    std::uint64_t support = 0;         ///< images of this class

    /// true_positives / predicted; 0 of 0 if the class is never predicted.
    [[nodiscard]] proportion precision() const noexcept { return {true_positives, predicted}; }
    /// true_positives / support; 0 of 0 if no image has this class.
    [[nodiscard]] proportion recall() const noexcept { return {true_positives, support}; }
    /// 2 true_positives / (predicted + support), the harmonic mean of precision and recall. It is 0 for a class that
    /// has images and is never predicted, or is predicted and has no images; 0 of 0 if neither occurs. Its hits and
    /// total are not images, so it has no binomial interval.
    [[nodiscard]] proportion f1() const noexcept { return {2 * true_positives, predicted + support}; }

    friend bool operator==(const class_score&, const class_score&) = default;
};

/// A mean of a score over the classes where it is defined; the other classes are counted.
struct class_score_mean {
    /// In [0, 1]; nothing if the score is defined for no class, or all weights are 0.
    std::optional<double> value{};
    /// Number of classes where the score is defined.
    std::size_t classes = 0;
    /// Number of classes where the score is 0 of 0; they are excluded.
    std::size_t undefined_classes = 0;
    /// The support of the excluded classes.
    std::uint64_t undefined_support = 0;

    friend bool operator==(const class_score_mean&, const class_score_mean&) = default;
};

/// Means of the scores of all classes.
struct class_score_means {
    class_score_mean precision{};
    class_score_mean recall{};
    class_score_mean f1{};

    friend bool operator==(const class_score_means&, const class_score_means&) = default;
};

/// Precision, recall and F1 of all classes. Result of scores_by_class and of the metric real_class_scores.
struct class_scores {
    /// One element per class.
    std::vector<class_score> classes{};

    /// The counts summed over the classes; its precision(), recall() and f1() are the micro means. For original labels
    /// all three are the accuracy; for label sets precision is ReaL accuracy, and recall is of all labels. O(classes).
    [[nodiscard]] class_score micro() const noexcept
    {
        class_score sum;
        for (const class_score& c : classes) {
            sum.true_positives += c.true_positives;
            sum.predicted += c.predicted;
            sum.support += c.support;
        }
        return sum;
    }

    /// Macro means: every class has the same weight. A class where a score is 0 of 0 is excluded from the mean of this
    /// score and counted. Equal to scikit-learn's average="macro" with zero_division=nan; its default counts
    /// undefined scores as 0, which is value * classes / (classes + undefined classes that occur). O(classes).
    [[nodiscard]] class_score_means macro() const
    {
        return means([](const class_score&) { return 1.0; });
    }

    /// Weighted means: the weight of a class is its support. Excluded classes as for macro(); equal to scikit-learn's
    /// average="weighted" with zero_division=nan. O(classes).
    [[nodiscard]] class_score_means weighted() const
    {
        return means([](const class_score& c) { return static_cast<double>(c.support); });
    }

    friend bool operator==(const class_scores&, const class_scores&) = default;

private:
    template <class Weight>
    [[nodiscard]] class_score_means means(Weight weight) const
    {
        const auto mean_of = [&](auto score) {
            class_score_mean result;
            double sum = 0.0, weights = 0.0;
            for (const class_score& c : classes) {
                const std::optional<double> value = score(c).try_value();
                if (!value) {
                    ++result.undefined_classes;
                    result.undefined_support += c.support;
                    continue;
                }
                ++result.classes;
                sum += weight(c) * *value;
                weights += weight(c);
            }
            if (weights > 0.0) result.value = sum / weights;
            return result;
        };
        return {mean_of([](const class_score& c) { return c.precision(); }),
                mean_of([](const class_score& c) { return c.recall(); }),
                mean_of([](const class_score& c) { return c.f1(); })};
    }
};

/// Precision, recall and F1 of each class, from confusion counts. The class of an image is its original label; images
/// without one are excluded, as from the confusion counts. Without images all counts are 0. O(classes + pairs log
/// pairs).
///
///     const auto scores = ra::scores_by_class(result.confusion());
///     scores.classes[65].f1().try_value(), scores.macro().f1.value, scores.micro().f1().value();
[[nodiscard]] inline class_scores scores_by_class(const confusion& counts)
{
    class_scores result{std::vector<class_score>(counts.classes())};
    for (std::size_t c = 0; c < counts.classes(); ++c) {
        const std::uint64_t hits = counts(static_cast<class_index>(c), static_cast<class_index>(c));
        result.classes[c] = {hits, hits, hits};
    }
    for (const confusion_entry& mistake : counts.mistakes()) {
        result.classes[static_cast<std::size_t>(mistake.label)].support += mistake.images;
        result.classes[static_cast<std::size_t>(mistake.prediction)].predicted += mistake.images;
    }
    return result;
}

namespace detail {

__extension__ typedef unsigned __int128 uint128;

/// images * hits - sum of products of marginal counts, images^2 - sum of products, .. as exact integers. All are at
/// most images^2, so none overflows.
struct marginal_products {
    uint128 hits = 0;         ///< images * true positives
    uint128 both = 0;         ///< sum over classes of predicted * support
    uint128 predictions = 0;  ///< sum over classes of predicted^2
    uint128 labels = 0;       ///< sum over classes of support^2
    uint128 images_squared = 0;

    explicit marginal_products(const class_scores& scores)
    {
        const class_score all = scores.micro();
        hits = uint128{all.support} * all.true_positives;
        images_squared = uint128{all.support} * all.support;
        for (const class_score& c : scores.classes) {
            both += uint128{c.predicted} * c.support;
            predictions += uint128{c.predicted} * c.predicted;
            labels += uint128{c.support} * c.support;
        }
    }
    /// hits - both, which may be negative, rounded once.
    [[nodiscard]] double beyond_chance() const noexcept
    {
        return hits >= both ? static_cast<double>(hits - both) : -static_cast<double>(both - hits);
    }
};

}  // namespace detail

/// Matthews' correlation coefficient of label and prediction for any number of classes (Gorodkin's R_K), in [-1, 1].
///
/// With n images, h hits, t_c images of class c and p_c predictions of class c: (n h - sum t_c p_c) / sqrt((n^2 - sum
/// p_c^2) (n^2 - sum t_c^2)). Products and sums are 128-bit integers; relative error 1e-15. Nothing if a factor of the
/// root is 0: all labels, or all predictions, are one class, or there are no images (scikit-learn returns 0). Images
/// without an original label are excluded. Also for two classes. O(classes + pairs log pairs). Gorodkin 2004,
/// doi:10.1016/j.compbiolchem.2004.09.006.
[[nodiscard]] inline std::optional<double> matthews_correlation(const confusion& counts)
{
    const detail::marginal_products sums(scores_by_class(counts));
    const detail::uint128 predictions = sums.images_squared - sums.predictions;
    const detail::uint128 labels = sums.images_squared - sums.labels;
    if (predictions == 0 || labels == 0) return std::nullopt;
    return sums.beyond_chance() /
           (std::sqrt(static_cast<double>(predictions)) * std::sqrt(static_cast<double>(labels)));
}

/// Cohen's kappa of label and prediction: agreement beyond chance, in [-1, 1].
///
/// With the symbols of matthews_correlation: (n h - sum t_c p_c) / (n^2 - sum t_c p_c), which is (p_o - p_e) / (1 -
/// p_e) of observed and expected agreement, in 128-bit integers; relative error 1e-15. Nothing if the denominator is 0:
/// all labels and all predictions are the same class, or there are no images. O(classes + pairs log pairs). Cohen 1960,
/// doi:10.1177/001316446002000104.
[[nodiscard]] inline std::optional<double> cohen_kappa(const confusion& counts)
{
    const detail::marginal_products sums(scores_by_class(counts));
    if (sums.images_squared == sums.both) return std::nullopt;
    return sums.beyond_chance() / static_cast<double>(sums.images_squared - sums.both);
}

/// The metric of precision, recall and F1 of each class for label sets: precision of class c is, of the images
/// predicted as c, the proportion with c in the set; recall is, of the images with c in the set, the proportion
/// predicted as c. An image counts as support of each of its labels and is predicted once, so recall is below 1 also
/// for a perfect model if sets have several labels. Images without ReaL labels are excluded.
///
///     const auto result = ra::evaluate(ra::par, scores, targets, {}, ra::real_class_scores{});
///     result.get<ra::real_class_scores>().macro().precision.value;
struct real_class_scores {
    static constexpr std::string_view name = "reassess.real_class_scores";
    static constexpr std::uint32_t version = 1;

    /// For each class the images predicted as it that do not have it in the set, those that do, and the images that
    /// have it in the set.
    [[nodiscard]] std::size_t counters(metric_shape shape) const noexcept { return 3 * shape.classes; }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        if (image.label_count == 0) return;
        tally.add(3 * static_cast<std::size_t>(image.prediction) + static_cast<std::size_t>(image.is_real_correct()));
        for (std::size_t j = 0; j < image.label_count; ++j)
            tally.add(3 * static_cast<std::size_t>(image.labels[j]) + 2);
    }

    [[nodiscard]] class_scores result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        class_scores scores{std::vector<class_score>(shape.classes)};
        for (std::size_t c = 0; c < shape.classes; ++c) {
            const std::span<const std::uint64_t> of = counters.subspan(3 * c, 3);
            scores.classes[c] = {of[1], of[0] + of[1], of[2]};
        }
        return scores;
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
