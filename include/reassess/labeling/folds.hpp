// Cross-validation folds: random assignment of images to folds of equal size, optionally stratified by class, with the
// same result on every platform.
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct fold_options {
    /// Number of folds, at least 2. 10 as in the paper.
    std::uint32_t folds = 10;
};

namespace detail {

/// The image indices in random order, by the Fisher-Yates shuffle, drawn from stream 0 of the seed.
[[nodiscard]] inline std::vector<std::size_t> shuffled_images(std::size_t images, random_seed seed)
{
    std::vector<std::size_t> order(images);
    for (std::size_t i = 0; i < images; ++i) order[i] = i;
    random_stream stream(seed.value(), 0);
    for (std::size_t i = images; i > 1; --i) std::swap(order[i - 1], order[static_cast<std::size_t>(stream.below(i))]);
    return order;
}

/// Position i of `order` goes to fold i mod folds. Returns the fold of every image.
[[nodiscard]] inline std::vector<std::uint32_t> deal(const std::vector<std::size_t>& order, std::uint32_t folds)
{
    std::vector<std::uint32_t> fold_of(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) fold_of[order[i]] = static_cast<std::uint32_t>(i % folds);
    return fold_of;
}

inline void check_folds(std::size_t images, std::uint32_t folds)
{
    expects(folds >= 2, "folds: ", folds, " folds requested; at least 2 are needed");
    expects(folds <= images, "folds: ", folds, " folds requested for ", images,
            " images; at most one fold per image is possible");
}

}  // namespace detail

/// Assigns every image at random to a fold, 0 .. folds - 1; fold sizes differ by at most one.
///
/// The result depends only on the number of images, the number of folds and the seed, and is the same on every
/// platform. Throws std::invalid_argument for fewer than 2 folds and for more folds than images. O(images).
[[nodiscard]] inline std::vector<std::uint32_t> assign_folds(std::size_t images, random_seed seed,
                                                             const fold_options& options = {})
{
    detail::check_folds(images, options.folds);
    return detail::deal(detail::shuffled_images(images, seed), options.folds);
}

/// Stratified folds: like assign_folds, and the numbers of images of each class in any two folds also differ by at most
/// one.
///
/// `labels` has the class of every image; images without a label (-1) are treated as one more class. Throws as
/// assign_folds does, and std::out_of_range for any other negative label. O(images log images).
[[nodiscard]] inline std::vector<std::uint32_t> assign_folds_by_class(std::span<const class_index> labels,
                                                                      random_seed seed,
                                                                      const fold_options& options = {})
{
    detail::check_folds(labels.size(), options.folds);
    for (std::size_t image = 0; image < labels.size(); ++image) {
        detail::expects<std::out_of_range>(labels[image] >= missing_label, "folds: label ", labels[image], " of image ",
                                           image, " is negative; use -1 for an image without a label");
    }
    std::vector<std::size_t> order = detail::shuffled_images(labels.size(), seed);
    // Each class continues at the fold after the last one of the previous class, so the total sizes stay balanced.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return labels[a] < labels[b]; });
    return detail::deal(order, options.folds);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
