// Images dealt into folds, the same on every platform for the same seed.
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct fold_options {
    /// The paper's number.
    std::uint32_t folds = 10;
    std::uint64_t seed = 0;
};

namespace detail {

/// Uniform on 0 .. end - 1, without bias. The distributions of the standard library differ between libraries; this does
/// not.
[[nodiscard]] inline std::uint64_t uniform_below(std::mt19937_64& engine, std::uint64_t end)
{
    // 2^64 mod end: as many of the lowest draws are one too many for some results.
    const std::uint64_t surplus = (std::numeric_limits<std::uint64_t>::max() - end + 1) % end;
    std::uint64_t draw = engine();
    while (draw < surplus) draw = engine();
    return draw % end;
}

/// The images in random order, by Fisher and Yates.
[[nodiscard]] inline std::vector<std::size_t> shuffled_images(std::size_t images, std::uint64_t seed)
{
    std::vector<std::size_t> order(images);
    for (std::size_t i = 0; i < images; ++i) order[i] = i;
    std::mt19937_64 engine(seed);
    for (std::size_t i = images; i > 1; --i)
        std::swap(order[i - 1], order[static_cast<std::size_t>(uniform_below(engine, i))]);
    return order;
}

[[nodiscard]] inline std::vector<std::uint32_t> deal(const std::vector<std::size_t>& order, std::uint32_t folds)
{
    std::vector<std::uint32_t> fold_of(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) fold_of[order[i]] = static_cast<std::uint32_t>(i % folds);
    return fold_of;
}

inline void check_folds(std::size_t images, std::uint32_t folds)
{
    expects(folds >= 2, folds, " folds, wanted at least 2");
    expects(folds <= images, folds, " folds of ", images, " images, wanted at most as many folds as images");
}

}  // namespace detail

/// The fold of every image, 0 .. folds - 1, at random: sizes differ by at most one. The same for the same number of
/// images, folds and seed on every platform. Throws std::invalid_argument for fewer than 2 folds and for more than
/// images. O(images).
[[nodiscard]] inline std::vector<std::uint32_t> assign_folds(std::size_t images, const fold_options& options = {})
{
    detail::check_folds(images, options.folds);
    return detail::deal(detail::shuffled_images(images, options.seed), options.folds);
}

/// As above, and every class is spread evenly: its images in any two folds differ by at most one in number, too. Images
/// without a label (-1) are spread like a class. Throws as above, and std::out_of_range for another negative label.
/// O(images log images).
[[nodiscard]] inline std::vector<std::uint32_t> assign_folds_by_class(std::span<const class_index> labels,
                                                                      const fold_options& options = {})
{
    detail::check_folds(labels.size(), options.folds);
    for (std::size_t image = 0; image < labels.size(); ++image) {
        detail::expects<std::out_of_range>(labels[image] >= missing_label, "label ", labels[image], " of image ", image,
                                           " is not a class index");
    }
    std::vector<std::size_t> order = detail::shuffled_images(labels.size(), options.seed);
    // Class after class is dealt on from where the one before ended.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return labels[a] < labels[b]; });
    return detail::deal(order, options.folds);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
