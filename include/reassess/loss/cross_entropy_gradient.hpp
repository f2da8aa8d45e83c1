// Gradients of sigmoid and softmax cross-entropy with respect to the scores (logits), for training loops, on hosts and
// devices.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/interpreted_scores.hpp"
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
#include "cross_entropy.hpp"
#include "device_gradient.hpp"

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

namespace detail {

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
///
/// With a device policy as the second template argument the same is computed in a device's memory: see below.
template <detail::gradient_element T, class Policy = void>
    requires(std::same_as<Policy, void> || device_policy<Policy>)
class cross_entropy_gradient {
public:
    explicit cross_entropy_gradient(cross_entropy loss) : loss_(loss) {}

    /// Writes to `memory`, such as the gradient of a tensor, which must outlive this object.
    cross_entropy_gradient(cross_entropy loss, std::span<T> memory) : loss_(loss), memory_(memory) {}

    /// The gradient for label sets; valid until the next call. Throws std::invalid_argument if scores and label sets
    /// have different numbers of images, if `memory` is too small, and for options.images = 0; std::out_of_range for a
    /// label outside [0, classes); std::domain_error for a NaN score (the message has image and class). After an error
    /// the contents of the result are unspecified.
    template <execution_policy HostPolicy>
    std::span<const T> operator()(HostPolicy policy, const scores_view<T>& scores, label_sets_view labels,
                                  const gradient_options& options = {})
    {
        return compute(
            policy, scores, {.real = labels}, [labels](std::size_t image) { return labels[image]; }, options);
    }

    /// The gradient for original labels, as above.
    template <execution_policy HostPolicy>
    std::span<const T> operator()(HostPolicy policy, const scores_view<T>& scores, std::span<const class_index> labels,
                                  const gradient_options& options = {})
    {
        const auto label_of = [labels](std::size_t image) {
            return labels.subspan(image, labels[image] == missing_label ? 0 : 1);
        };
        return compute(policy, scores, {.original = labels}, label_of, options);
    }

private:
    template <class HostPolicy, class LabelsOf>
    std::span<const T> compute(HostPolicy policy, const scores_view<T>& scores, const targets_view& targets,
                               LabelsOf labels_of, const gradient_options& options)
    {
        detail::check_classes(scores.classes());
        targets.expect_images(scores.images(), "scores");
        detail::check_labels(targets, scores.classes(), options.first_image);
        detail::check_divisor(options);
        std::uint64_t with_labels = 0;
        for (std::size_t image = 0; image < scores.images(); ++image) with_labels += !labels_of(image).empty();

        const std::size_t size = scores.images() * scores.classes();
        if (!memory_) owned_.resize(size);
        if (memory_) detail::expect_memory(memory_->size(), size);
        T* const result = memory_ ? memory_->data() : owned_.data();
        detail::image_fault nan_image;
        const detail::gradient_of_rows<T, LabelsOf> rows{
            loss_, scores, labels_of, static_cast<double>(options.images.value_or(with_labels)), result, &nan_image};
        for_each_row(policy, {scores.images(), 2 * scores.classes() * sizeof(T)}, rows);
        if (nan_image.found()) {
            const auto image = static_cast<std::size_t>(nan_image.image());
            const class_index nan_class = detail::top_of_row(scores.row(image), scores.classes()).first_nan;
            detail::throw_gradient_fault({detail::fault::nan_score, nan_class}, options.first_image + image,
                                         scores.classes());
        }
        return {result, size};
    }

    cross_entropy loss_;
    std::optional<std::span<T>> memory_{};
    std::vector<T> owned_;
};

template <class T>
cross_entropy_gradient(cross_entropy, std::span<T>) -> cross_entropy_gradient<T>;

/// The gradient in the memory of a device, for a policy of CUDA. The policy is an argument of the constructor, because
/// the object owns memory of that policy:
///
///     ra::cross_entropy_gradient gradient(policy, ra::cross_entropy::softmax, tensor);  // std::span of device memory
///     for (...) gradient(ra::scores_view<float, ra::device_space>(logits, batch, classes), targets);
///     gradient.wait();  // throws for the first invalid image since the last wait
///
/// The formula, the images that are excluded, and the results at infinite scores are those of a host policy; gradients
/// of float and double are computed in double, too. An element differs from the host's by at most 1e-13 of the larger
/// of its own magnitude and 1 / images, before it is rounded to T.
///
/// A call enqueues kernels in the policy's stream and returns; only `wait` waits. Calls with a larger batch than all
/// before allocate memory, unless the memory is the user's; other calls do not.
template <detail::gradient_element T, device_policy Policy>
class cross_entropy_gradient<T, Policy> {
public:
    /// Owns the memory of the result.
    cross_entropy_gradient(Policy policy, cross_entropy loss)
        : policy_(policy), loss_(loss), owned_(policy), with_labels_(policy), fault_(policy)
    {
        with_labels_.grow(1);
    }
    /// Writes to `memory` of the device, such as the gradient of a tensor, which must outlive this object.
    cross_entropy_gradient(Policy policy, cross_entropy loss, std::span<T> memory)
        : cross_entropy_gradient(policy, loss)
    {
        memory_ = memory;
    }

    /// Enqueues the gradient of a batch for the labels of `targets`, either original labels or label sets. The result
    /// is device memory, images x classes, row-major, and valid until the next call. `scores` may be an owner of a
    /// view. Throws std::invalid_argument if scores and targets have different numbers of images, if the targets have
    /// both kinds of labels or none, if the memory is too small, and for options.images = 0; std::out_of_range for more
    /// than 2^28 classes; and the exceptions of CUDA. NaN scores and invalid labels are found by the device: `wait`
    /// throws for them, and until then the rows of such images have unspecified gradients.
    template <class Scores>
    std::span<const T> operator()(const Scores& scores, const device_targets_view& targets,
                                  const gradient_options& options = {})
    {
        const scores_view<T, device_space> view = detail::view_of(scores);
        detail::check_device_classes(view.classes());
        detail::expect_images_of(targets, view.images(), "scores");
        const bool original = targets.original != nullptr, sets = targets.offsets != nullptr;
        detail::expects(original != sets || view.images() == 0, "gradient: the targets have ",
                        original ? "original labels and label sets, expected one of them: set the other pointer to null"
                                 : "no labels");
        detail::check_divisor(options);
        const std::size_t size = view.images() * view.classes();
        if (!memory_) owned_.grow(size);
        if (memory_) detail::expect_memory(memory_->size(), size);
        T* const result = memory_ ? memory_->data() : owned_.data();
        if (view.images() == 0) return {result, size};

        if (!options.images) {
            with_labels_.fill_zero();
            accumulate(policy_, {view.images(), sizeof(std::uint64_t)}, detail::count_images_with_labels{targets},
                       std::span<std::uint64_t>(with_labels_.data(), 1));
        }
        const detail::device_gradient_of_row<T> row{.loss = loss_,
                                                    .scores = view.data(),
                                                    .row_stride = view.row_stride(),
                                                    .number_of_classes = view.classes(),
                                                    .targets = targets,
                                                    .gradient = result,
                                                    .images = options.images.value_or(0),
                                                    .with_labels = with_labels_.data(),
                                                    .first_image = options.first_image,
                                                    .found = fault_.data()};
        for_each_row(policy_, {view.images(), view.classes() * sizeof(T)}, row);
        for_each_index(policy_, {1, 1}, detail::describe_fault<detail::device_gradient_of_row<T>>{row, view.images()});
        return {result, size};
    }

    /// Waits for all calls so far. Throws the exception of a host policy for the invalid image with the lowest number
    /// in the first call that had one: std::out_of_range for a label outside [0, classes), std::domain_error for a NaN
    /// score. The record is then cleared, and the object can be used again.
    void wait()
    {
        const detail::image_fault found = fault_.read();
        if (!found.found()) return;
        fault_.clear();
        detail::throw_gradient_fault(found.description, found.image(), found.classes);
    }

private:
    Policy policy_;
    cross_entropy loss_;
    std::optional<std::span<T>> memory_{};
    typename Policy::template buffer<T> owned_;
    typename Policy::template buffer<std::uint64_t> with_labels_;
    detail::device_image_fault<Policy> fault_;
};

template <device_policy Policy, class T>
cross_entropy_gradient(Policy, cross_entropy, std::span<T>) -> cross_entropy_gradient<T, Policy>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
