// Counters of losses and calibration: exact sums of losses, and bins of confidences.
#pragma once

#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/softmax_row.hpp"
#include "../version.hpp"
#include "calibration.hpp"
#include "ranked_image.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Counting losses and a confidence takes as long as reading about this many bytes.
inline constexpr std::size_t bytes_of_counting_losses = 64;

/// The index of each counter of losses and calibration.
struct loss_layout {
    std::size_t bins = 0;

    enum scalar : std::size_t { images, nan_images, missing_labels, without_real_labels, scalars };
    enum loss : std::size_t {
        cross_entropy,
        real_cross_entropy,
        sigmoid_cross_entropy,
        real_sigmoid_cross_entropy,
        brier,
        number_of_losses
    };
    enum label_kind : std::size_t { by_original, by_real };

    /// For each loss: images, images whose loss is infinite, and the exact sum of the finite losses.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t total(std::size_t which) const noexcept
    {
        return scalars + which * (2 + exact_sum_limbs);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t infinite(std::size_t which) const noexcept
    {
        return total(which) + 1;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t sum(std::size_t which) const noexcept { return total(which) + 2; }
    /// For each bin: images, hits, and the exact sum of confidences.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_images(std::size_t labels, std::size_t bin) const noexcept
    {
        return total(number_of_losses) + (labels * bins + bin) * (2 + exact_sum_limbs);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_hits(std::size_t labels, std::size_t bin) const noexcept
    {
        return bin_images(labels, bin) + 1;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_sum(std::size_t labels, std::size_t bin) const noexcept
    {
        return bin_images(labels, bin) + 2;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept { return bin_images(2, 0); }

    /// Number of exact sums, and the first counter of each.
    [[nodiscard]] std::size_t sums() const noexcept { return number_of_losses + 2 * bins; }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t start_of_sum(std::size_t which) const noexcept
    {
        return which < number_of_losses ? sum(which) : bin_sum(0, which - number_of_losses);
    }
};

/// Counts one image's losses and its confidence; runs on every backend through `accumulate`.
struct count_losses : ranked_images {
    loss_layout at{};

    count_losses() = default;
    count_losses(const loss_layout& layout, const ranked_images& images) noexcept : ranked_images(images), at(layout) {}

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        if (is_repeated(image)) return;
        tally.add(loss_layout::images);
        if (prediction[image] == missing_label) return tally.add(loss_layout::nan_images);
        if (original != nullptr) {
            if (original[image] == missing_label) {
                tally.add(loss_layout::missing_labels);
            } else {
                add(tally, loss_layout::cross_entropy, losses.cross_entropy, image);
                add(tally, loss_layout::sigmoid_cross_entropy, losses.sigmoid_cross_entropy, image);
                add(tally, loss_layout::brier, losses.brier_score, image);
                add_to_bin(tally, loss_layout::by_original, image, prediction[image] == original[image]);
            }
        }
        if (offsets != nullptr) {
            const auto count = static_cast<std::size_t>(offsets[image + 1] - offsets[image]);
            if (count == 0) return tally.add(loss_layout::without_real_labels);
            add(tally, loss_layout::real_cross_entropy, losses.real_cross_entropy, image);
            add(tally, loss_layout::real_sigmoid_cross_entropy, losses.real_sigmoid_cross_entropy, image);
            add_to_bin(tally, loss_layout::by_real, image, is_among(labels + offsets[image], count, prediction[image]));
        }
    }

private:
    template <class Tally>
    static REASSESS_HOST_DEVICE void add_exactly(const Tally& tally, std::size_t first_limb, double value) noexcept
    {
        split_exactly(value, [&](std::size_t limb, std::uint64_t amount) { tally.add(first_limb + limb, amount); });
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void add(const Tally& tally, loss_layout::loss which, const double* column,
                                  std::size_t image) const noexcept
    {
        if (column == nullptr) return;
        tally.add(at.total(which));
        if (!is_finite(column[image])) return tally.add(at.infinite(which));
        // split_exactly needs non-negative values, but -log(1) is -0 and rounding may give a loss slightly below 0.
        add_exactly(tally, at.sum(which), column[image] > 0.0 ? column[image] : 0.0);
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void add_to_bin(const Tally& tally, loss_layout::label_kind kind, std::size_t image,
                                         bool hit) const noexcept
    {
        const double confidence = losses.confidence[image];
        const std::size_t bin = calibration_bin_of(confidence, at.bins);
        tally.add(at.bin_images(kind, bin));
        if (hit) tally.add(at.bin_hits(kind, bin));
        add_exactly(tally, at.bin_sum(kind, bin), confidence);
    }
};

/// Normalises one of the exact sums: equal sums then have equal limbs.
struct carry_sum {
    loss_layout at;
    std::uint64_t* counters;

    REASSESS_HOST_DEVICE void operator()(std::size_t which) const noexcept
    {
        carry_exact_sum(counters + at.start_of_sum(which));
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
