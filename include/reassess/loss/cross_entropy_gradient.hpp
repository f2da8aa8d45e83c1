// Gradients of sigmoid and softmax cross-entropy with respect to the scores (logits), for training loops.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/execution.hpp"
#include "../ranking/image_fault.hpp"
#include "../ranking/rank.hpp"
#include "../ranking/rank_row.hpp"
#include "../version.hpp"

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Type of cross-entropy, for an image with the label set Y (or the original label alone) and the scores s:
/// - sigmoid: the sum over all classes c of -log sigmoid(s_c) for c in Y and of -log(1 - sigmoid(s_c)) for the others;
///   every class is a separate binary problem, so several labels do not compete;
/// - softmax: the sum over all classes c of -t_c log softmax(s)_c, with t_c = 1/|Y| for c in Y and 0 otherwise.
///
/// Source: Beyer et al., "Are we done with ImageNet?" (2020), section 6.
enum class cross_entropy { sigmoid, softmax };

struct gradient_options {
    /// Divisor of the sum of the losses; by default the number of images with labels in the batch. Set it to the number
    /// of the whole batch if the batch is computed in parts.
    std::optional<std::uint64_t> images{};
    /// Index of the batch's first image, used in error messages.
    std::uint64_t first_image = 0;
};

namespace detail {

/// Derivative of one class's sigmoid loss: sigmoid(s) if it is not a label, sigmoid(s) - 1 = -sigmoid(-s) if it is. exp
/// has only non-positive arguments, so nothing overflows, and 1 is never subtracted.
inline double sigmoid_derivative(double score, bool is_label) noexcept
{
    const double s = is_label ? -score : score;
    const double e = std::exp(-std::abs(s));
    const double sigmoid = s >= 0 ? 1 / (1 + e) : e / (1 + e);
    return is_label ? -sigmoid : sigmoid;
}

/// Function object for the backends: the gradients of a block of rows.
template <class T, class LabelsOf>
struct gradient_of_rows {
    cross_entropy loss;
    scores_view<T> scores;
    LabelsOf labels_of;
    double images;
    T* gradient;
    image_fault* nan_image;

    void operator()(std::size_t begin, std::size_t end) const
    {
        const std::size_t classes = scores.classes();
        std::vector<double> derivatives(classes);
        for (std::size_t image = begin; image < end; ++image) {
            const T* const row = scores.row(image);
            const row_top top = top_of_row(row, classes);
            if (top.first_nan != missing_label) {
                nan_image->report(image);
                continue;
            }
            T* const result = gradient + image * classes;
            const std::span<const class_index> labels = labels_of(image);
            if (labels.empty()) {
                for (std::size_t c = 0; c < classes; ++c) result[c] = 0;
                continue;
            }
            if (loss == cross_entropy::sigmoid) {
                fill_sigmoid(row, labels, derivatives);
            } else {
                fill_softmax(row, row[top.best], labels, derivatives);
            }
            for (std::size_t c = 0; c < classes; ++c) result[c] = static_cast<T>(derivatives[c] / images);
        }
    }

    static void fill_sigmoid(const T* row, std::span<const class_index> labels, std::vector<double>& derivatives)
    {
        for (std::size_t c = 0; c < derivatives.size(); ++c)
            derivatives[c] = sigmoid_derivative(static_cast<double>(row[c]), false);
        for (const class_index label : labels) {
            const auto c = static_cast<std::size_t>(label);
            derivatives[c] = sigmoid_derivative(static_cast<double>(row[c]), true);
        }
    }

    static void fill_softmax(const T* row, T largest, std::span<const class_index> labels,
                             std::vector<double>& derivatives)
    {
        const double sum = softmax_row(row, derivatives.size(), largest, derivatives.data());
        for (double& derivative : derivatives) derivative /= sum;
        for (const class_index label : labels)
            derivatives[static_cast<std::size_t>(label)] -= 1 / static_cast<double>(labels.size());
    }
};

}  // namespace detail

/// Function object for the gradient of the mean loss of a batch, for a training loop.
///
///     ra::cross_entropy_gradient<float> gradient(ra::cross_entropy::sigmoid);
///     std::span<const float> g = gradient(ra::par, scores, labels);  // images x classes, row-major
///
/// It owns the memory of the result, or writes to memory that is passed to it, and reuses it for every batch. Images
/// without labels (an empty set, a missing original label) are excluded from the mean and have gradient 0; if no image
/// has labels, all gradients are 0. Infinite scores give the limits of finite ones. Computed in double and rounded
/// once; the same for every number of threads. The values of the losses are metrics: see metric/.
template <class T>
    requires std::same_as<T, float> || std::same_as<T, double>
class cross_entropy_gradient {
public:
    explicit cross_entropy_gradient(cross_entropy loss) : loss_(loss) {}

    /// Writes to `memory`, such as the gradient of a tensor, which must outlive this object.
    cross_entropy_gradient(cross_entropy loss, std::span<T> memory) : loss_(loss), memory_(memory) {}

    /// The gradient for label sets; valid until the next call. Throws std::invalid_argument if scores and label sets
    /// have different numbers of images, if `memory` is too small, and for options.images = 0; std::out_of_range for a
    /// label outside [0, classes); std::domain_error for a NaN score (the message has image and class). After an error
    /// the contents of the result are unspecified.
    template <execution_policy Policy>
    std::span<const T> operator()(Policy policy, const scores_view<T>& scores, label_sets_view labels,
                                  const gradient_options& options = {})
    {
        return compute(
            policy, scores, {.real = labels}, [labels](std::size_t image) { return labels[image]; }, options);
    }

    /// The gradient for original labels, as above.
    template <execution_policy Policy>
    std::span<const T> operator()(Policy policy, const scores_view<T>& scores, std::span<const class_index> labels,
                                  const gradient_options& options = {})
    {
        const auto label_of = [labels](std::size_t image) {
            return labels.subspan(image, labels[image] == missing_label ? 0 : 1);
        };
        return compute(policy, scores, {.original = labels}, label_of, options);
    }

private:
    template <class Policy, class LabelsOf>
    std::span<const T> compute(Policy policy, const scores_view<T>& scores, const targets_view& targets,
                               LabelsOf labels_of, const gradient_options& options)
    {
        detail::check_classes(scores.classes());
        targets.expect_images(scores.images(), "scores");
        detail::check_labels(targets, scores.classes(), options.first_image);
        detail::expects(!options.images || *options.images > 0,
                        "gradient: options.images is 0; the mean needs at least 1 image");
        std::uint64_t with_labels = 0;
        for (std::size_t image = 0; image < scores.images(); ++image) with_labels += !labels_of(image).empty();

        const std::size_t size = scores.images() * scores.classes();
        if (!memory_) owned_.resize(size);
        detail::expects(!memory_ || memory_->size() >= size, "gradient: memory for ", memory_ ? memory_->size() : 0,
                        " elements; the minimum is ", size);
        T* const result = memory_ ? memory_->data() : owned_.data();
        detail::image_fault nan_image;
        const detail::gradient_of_rows<T, LabelsOf> rows{
            loss_, scores, labels_of, static_cast<double>(options.images.value_or(with_labels)), result, &nan_image};
        for_each_row(policy, {scores.images(), 2 * scores.classes() * sizeof(T)}, rows);
        if (nan_image.found()) {
            const auto image = static_cast<std::size_t>(nan_image.image());
            const class_index nan_class = detail::top_of_row(scores.row(image), scores.classes()).first_nan;
            // Not throw_fault, whose message names an option that does not exist here.
            detail::fail<std::domain_error>("gradient: the score of class ", nan_class, " of image ",
                                            options.first_image + image, " is NaN");
        }
        return {result, size};
    }

    cross_entropy loss_;
    std::optional<std::span<T>> memory_{};
    std::vector<T> owned_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
