// Multi-label accuracy of the later label sets of ImageNet, whose assessments are correct, unclear and wrong (Shankar
// et al. 2020, Vasudevan et al. 2022).
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "balanced_accuracy.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The assessments of images by experts, one element per image in every column.
struct assessed_labels {
    std::vector<class_index> original{};  ///< the original label; -1 if it is missing
    label_sets correct{};                 ///< classes that the experts call correct
    label_sets unclear{};                 ///< classes about which the experts are not certain
    label_sets wrong{};                   ///< classes that the experts call wrong
    /// 1 for an image that the experts call problematic (it shows nothing of the data set, or cannot be judged).
    std::vector<std::uint8_t> problematic{};

    [[nodiscard]] std::size_t images() const noexcept { return original.size(); }
    friend bool operator==(const assessed_labels&, const assessed_labels&) = default;
};

/// How a prediction that the experts call unclear counts.
enum class unclear_labels {
    correct,  ///< as correct: the protocol of both papers
    wrong,    ///< as wrong: only classes that are called correct count
};

struct multi_label_options {
    unclear_labels unclear = unclear_labels::correct;
};

/// Result of multi_label_accuracy. Problematic images and images without a prediction are excluded and counted.
struct multi_label_result {
    /// Of the images, those whose prediction counts as correct.
    proportion accuracy{};
    /// For each class c: the same of the images whose original label is c.
    std::vector<proportion> classes{};
    /// Images whose prediction is called unclear; they are in `accuracy`, as the option says.
    std::uint64_t unclear = 0;
    /// Images whose prediction is in none of the three sets: nobody assessed it. They count as wrong.
    std::uint64_t not_assessed = 0;
    /// Problematic images.
    std::uint64_t problematic = 0;
    /// Images without a prediction (a NaN score) that are not problematic.
    std::uint64_t without_prediction = 0;

    /// The papers' multi-label accuracy: the mean over classes that have images. Images without an original label are
    /// not in it.
    [[nodiscard]] mean_over_classes mean_accuracy() const
    {
        return class_accuracies{.original = classes}.balanced_accuracy();
    }
    /// The accuracy if all predictions that nobody assessed were correct: the upper bound that a review could reach.
    [[nodiscard]] proportion accuracy_if_not_assessed_is_correct() const noexcept
    {
        return {accuracy.hits + not_assessed, accuracy.total};
    }

    friend bool operator==(const multi_label_result&, const multi_label_result&) = default;
};

/// Multi-label accuracy of predictions against assessed labels. A prediction counts if it is in the set of correct
/// classes or, by option, in that of unclear ones; problematic images are left out. `predictions` is
/// image_results::prediction or any list of classes in the order of the images; -1 is no prediction. An image whose
/// sets are all empty counts as wrong: unlike with ReaL labels, an empty set is not a missing one.
///
/// Without images, all counts are 0 of 0. Throws std::invalid_argument for columns or predictions of different length
/// and for a class that is in two sets of an image; std::out_of_range for a class or prediction outside [0, classes);
/// messages name the image. O(images + labels). Shankar, Roelofs, Mania, Fang, Recht, Schmidt 2020, "Evaluating machine
/// accuracy on ImageNet" (ICML); Vasudevan, Caine, Gontijo-Lopes, Fridovich-Keil, Roelofs 2022, arXiv:2205.04596.
[[nodiscard]] inline multi_label_result multi_label_accuracy(std::span<const class_index> predictions,
                                                             const assessed_labels& labels, std::size_t classes,
                                                             const multi_label_options& options = {})
{
    const std::size_t images = labels.images();
    const auto expect_images = [&](std::size_t found, const char* what) {
        detail::expects(found == images, "multi-label accuracy: ", found, " ", what, ", but ", images,
                        " original labels");
    };
    expect_images(predictions.size(), "predictions");
    expect_images(labels.correct.images(), "sets of correct classes");
    expect_images(labels.unclear.images(), "sets of unclear classes");
    expect_images(labels.wrong.images(), "sets of wrong classes");
    expect_images(labels.problematic.size(), "problematic flags");
    multi_label_result result{.classes = std::vector<proportion>(classes)};
    for (std::size_t image = 0; image < images; ++image) {
        const auto expect_class = [&](class_index c, class_index least, const char* what) {
            detail::expects<std::out_of_range>(c >= least && std::cmp_less(c, classes), "multi-label accuracy: ", what,
                                               " ", c, " of image ", image, " is outside [0, ", classes, ")",
                                               least < 0 ? "; -1 is none" : "");
        };
        const auto has = [](std::span<const class_index> set, class_index c) {
            return std::binary_search(set.begin(), set.end(), c);
        };
        const std::span<const class_index> correct = labels.correct[image], unclear = labels.unclear[image],
                                           wrong = labels.wrong[image];
        for (const auto set : {correct, unclear, wrong}) {
            for (const class_index c : set) {
                expect_class(c, 0, "class");
                detail::expects(int{has(correct, c)} + int{has(unclear, c)} + int{has(wrong, c)} == 1,
                                "multi-label accuracy: class ", c, " of image ", image,
                                " is in two of the sets of correct, unclear and wrong classes");
            }
        }
        const class_index original = labels.original[image], prediction = predictions[image];
        expect_class(original, missing_label, "original label");
        expect_class(prediction, missing_label, "prediction");
        if (labels.problematic[image] != 0) {
            ++result.problematic;
            continue;
        }
        if (prediction == missing_label) {
            ++result.without_prediction;
            continue;
        }
        const bool is_unclear = has(unclear, prediction);
        const bool hit = has(correct, prediction) || (is_unclear && options.unclear == unclear_labels::correct);
        result.unclear += is_unclear;
        result.not_assessed += !hit && !is_unclear && !has(wrong, prediction);
        result.accuracy.hits += hit;
        ++result.accuracy.total;
        if (original == missing_label) continue;
        proportion& of_class = result.classes[static_cast<std::size_t>(original)];
        of_class.hits += hit;
        ++of_class.total;
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
