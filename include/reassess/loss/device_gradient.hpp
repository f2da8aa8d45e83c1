// Gradients of cross-entropy on a device: functions that a policy calls for each row, for cross_entropy_gradient.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/element_traits.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/softmax_row.hpp"
#include "../ranking/image_fault.hpp"
#include "../ranking/lane_scores.hpp"
#include "../ranking/rank_row.hpp"
#include "../version.hpp"
#include "cross_entropy.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The labels of one image that a gradient is computed for.
struct labels_of_gradient {
    const class_index* labels = nullptr;
    std::size_t size = 0;

    REASSESS_HOST_DEVICE labels_of_gradient(const device_targets_view& targets, std::size_t image) noexcept
    {
        if (targets.original != nullptr) {
            labels = targets.original + image;
            size = *labels == missing_label ? 0 : 1;
        } else {
            labels = targets.classes + targets.offsets[image];
            size = static_cast<std::size_t>(targets.offsets[image + 1] - targets.offsets[image]);
        }
    }
};

/// Counts the images that have labels.
struct count_images_with_labels {
    device_targets_view targets{};

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        tally.add_if(labels_of_gradient(targets, image).size != 0, 0);
    }
};

/// The greatest score of a part of a row, and whether the part has a NaN.
template <class T>
struct greatest_score {
    T greatest = -std::numeric_limits<T>::infinity();
    std::uint32_t has_nan = 0;

    REASSESS_HOST_DEVICE greatest_score& operator+=(const greatest_score& other) noexcept
    {
        if (other.greatest > greatest) greatest = other.greatest;
        has_nan |= other.has_nan;
        return *this;
    }
};

/// The gradient of one row by a group of lanes. Reports an invalid image to `found`, and writes nothing for it.
template <class T>
struct device_gradient_of_row {
    cross_entropy loss = cross_entropy::sigmoid;
    const T* scores = nullptr;
    std::size_t row_stride = 0;
    std::size_t number_of_classes = 0;
    device_targets_view targets{};
    T* gradient = nullptr;
    /// The divisor of the losses; 0: the number in `with_labels`, which is of the device's memory.
    std::uint64_t images = 0;
    const std::uint64_t* with_labels = nullptr;
    std::uint64_t first_image = 0;
    image_fault* found = nullptr;

    template <class Group>
    REASSESS_HOST_DEVICE void operator()(Group group, std::size_t image) const noexcept
    {
        if (describe_labels(image).what != fault::none) return report(group, image);
        const T* const row = scores + image * row_stride;
        const auto top = sum_over_row<greatest_score<T>>(group, row, number_of_classes, [](T score, std::uint32_t) {
            return greatest_score<T>{score, is_nan(score) ? 1U : 0U};
        });
        if (top.has_nan != 0) return report(group, image);
        const labels_of_gradient labels(targets, image);
        if (labels.size == 0) return fill(group, row, image, labels, [](T, bool) { return 0.0; });
        const double of_one = 1.0 / static_cast<double>(images != 0 ? images : *with_labels);
        if (loss == cross_entropy::sigmoid) {
            return fill(group, row, image, labels, [&](T score, bool is_label) {
                return sigmoid_derivative(static_cast<double>(score), is_label) * of_one;
            });
        }
        const auto greatest = static_cast<double>(top.greatest);
        const double of_sum = 1.0 / sum_over_row<double>(group, row, number_of_classes, [&](T score, std::uint32_t) {
                                  return softmax_numerator(static_cast<double>(score), greatest);
                              });
        const double of_label = 1.0 / static_cast<double>(labels.size);
        fill(group, row, image, labels, [&](T score, bool is_label) {
            const double p = softmax_numerator(static_cast<double>(score), greatest) * of_sum;
            return (is_label ? p - of_label : p) * of_one;
        });
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t classes() const noexcept { return number_of_classes; }
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description describe(std::size_t image) const noexcept
    {
        const fault_description of_labels = describe_labels(image);
        if (of_labels.what != fault::none) return of_labels;
        return {fault::nan_score, static_cast<std::int64_t>(first_nan_of_row(scores + image * row_stride))};
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description describe_labels(std::size_t image) const noexcept
    {
        return check_labels_of_images{targets, number_of_classes}.describe(image);
    }
    /// Only in the first call that has an invalid image: numbers of images of several calls may be the same.
    template <class Group>
    REASSESS_HOST_DEVICE void report(Group group, std::size_t image) const noexcept
    {
        if (group.leads() && found->description.what == fault::none) found->report(first_image + image);
    }
    /// Writes derivative(score, whether the class is a label) for every class.
    template <class Group, class Derivative>
    REASSESS_HOST_DEVICE void fill(Group group, const T* row, std::size_t image, const labels_of_gradient& labels,
                                   Derivative derivative) const noexcept
    {
        T* const result = gradient + image * number_of_classes;
        group.for_each_lane([&](std::size_t lane) {
            for_each_packet_of_lane<Group::lanes>(
                row, number_of_classes, lane, [&]<std::size_t Size>(const T(&part)[Size], std::uint32_t first) {
                    T derivatives[Size];
                    REASSESS_UNROLL
                    for (std::size_t i = 0; i < Size; ++i) derivatives[i] = static_cast<T>(derivative(part[i], false));
                    REASSESS_NO_UNROLL
                    for (std::size_t j = 0; j < labels.size; ++j) {
                        const auto label = static_cast<std::uint32_t>(labels.labels[j]);
                        const std::uint32_t at = label - first;
                        if (at >= Size) continue;
                        // Not part[at]: arrays that are indexed, or from which one is selected, are in memory.
                        const T of_label = static_cast<T>(derivative(row[label], true));
                        REASSESS_UNROLL
                        for (std::size_t i = 0; i < Size; ++i) derivatives[i] = i == at ? of_label : derivatives[i];
                    }
                    store_packet(derivatives, result + first);
                });
        });
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
