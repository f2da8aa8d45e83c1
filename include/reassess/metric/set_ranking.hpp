// set_ranking: the metric of how the labels of an image are ranked, for label sets and for original labels as sets of
// one.
#pragma once

#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "metric.hpp"
#include "ranked_sets.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The result of set_ranking.
struct set_rankings {
    ranked_sets original{};  ///< the original labels, as sets of one; images with a missing label are excluded
    ranked_sets real{};      ///< the label sets; images with an empty set are excluded
};

namespace detail {

/// The counters of set_ranking. A row has depth + 1 counters, one for each rank; the last one counts all ranks from
/// `depth` on.
struct set_ranking_layout {
    std::size_t depth = 0;
    /// Label sets of 1 .. sizes labels are counted.
    std::size_t sizes = 0;

    set_ranking_layout() = default;
    REASSESS_HOST_DEVICE set_ranking_layout(metric_shape shape, std::size_t largest_set) noexcept
        : depth(shape.depth), sizes(largest_set < shape.classes ? largest_set : shape.classes)
    {
    }

    /// The sum over images with several labels of the greatest rank + 1.
    static constexpr std::size_t covering = 0;
    /// Images whose set has more than `sizes` labels, by the number of binary digits of its size.
    [[nodiscard]] static REASSESS_HOST_DEVICE std::size_t too_large(std::size_t digits) noexcept { return digits; }
    static constexpr std::size_t most_digits = 64;
    static constexpr std::size_t scalars = most_digits + 1;

    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t row(std::size_t number, std::size_t rank) const noexcept
    {
        return scalars + number * (depth + 1) + (rank < depth ? rank : depth);
    }
    /// Original labels by rank.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t original(std::size_t rank) const noexcept { return row(0, rank); }
    /// Labels by the size of their set and their rank.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t label(std::size_t size, std::size_t rank) const noexcept
    {
        return row(size, rank);
    }
    /// The sum of n (see ranking_of_all) over these labels, for sets of at least two; a single label has n = 1.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t order(std::size_t size, std::size_t rank) const noexcept
    {
        return row(sizes + size - 1, rank);
    }
    /// At least the row of original labels, also without classes.
    [[nodiscard]] std::size_t size() const noexcept { return row(sizes == 0 ? 1 : 2 * sizes, 0); }
};

/// Throws std::invalid_argument for 0.
inline void expect_largest_set(std::size_t largest_set)
{
    expects(largest_set != 0, "set ranking: largest_set is 0, expected at least 1");
}

/// Counts an image whose set is too large.
template <class Tally>
REASSESS_HOST_DEVICE void count_too_large(std::size_t labels, const Tally& tally) noexcept
{
    std::size_t digits = 0;
    while (digits < set_ranking_layout::most_digits && labels >> digits != 0) ++digits;
    tally.add(set_ranking_layout::too_large(digits));
}

/// Counts one image; rank_of_label(j) is the rank of label j of its set.
template <class RankOfLabel, class Tally>
REASSESS_HOST_INLINE REASSESS_HOST_DEVICE inline void count_ranks(const set_ranking_layout& at,
                                                                  const ranked_image& image,
                                                                  std::size_t rank_of_original,
                                                                  RankOfLabel rank_of_label,
                                                                  const Tally& tally) noexcept
{
    if (image.original != missing_label) tally.add(at.original(rank_of_original));
    const std::size_t labels = image.label_count;
    if (labels == 1) return tally.add(at.label(1, rank_of_label(0)));
    if (labels > at.sizes) return count_too_large(labels, tally);
    // Two short loops, because one for all counts needs more registers than a GPU thread has.
    for (std::size_t j = 0; j < labels; ++j) {
        const std::size_t rank = rank_of_label(j);
        std::size_t order = 0;
        for (std::size_t other = 0; other < labels; ++other) order += rank_of_label(other) <= rank ? 1U : 0U;
        tally.add(at.label(labels, rank));
        tally.add(at.order(labels, rank), order);
    }
    if (labels == 0) return;
    std::size_t covering = 0;
    for (std::size_t j = 0; j < labels; ++j) {
        const std::size_t places = rank_of_label(j) + 1;
        covering = covering < places ? places : covering;
    }
    tally.add(at.covering, covering < at.depth ? covering : at.depth);
}

/// The images whose set has more than `sizes` labels.
inline images_by_set_size read_too_large(const set_ranking_layout& at, std::span<const std::uint64_t> counters)
{
    images_by_set_size images{.images = std::vector<std::uint64_t>(at.sizes), .largest_set = at.sizes};
    for (std::size_t digits = 1; digits <= set_ranking_layout::most_digits; ++digits) {
        const std::uint64_t count = counters[at.too_large(digits)];
        if (count != 0) images.enough = (std::size_t{2} << (digits - 1)) - 1;
        images.too_large += count;
    }
    return images;
}

/// `sizes` rows of labels, the first at `first_row`, and the rows of orders of sets of at least two.
inline ranked_sets read_ranked_sets(const set_ranking_layout& at, std::span<const std::uint64_t> counters,
                                    std::size_t classes, std::size_t first_row, images_by_set_size images,
                                    std::uint64_t covering)
{
    const std::size_t sizes = images.images.size();
    counts_by_size_and_rank<double> at_k(sizes, at.depth);
    counts_by_size_and_rank<std::uint64_t> labels(sizes, at.depth), orders(sizes, at.depth);
    for (std::size_t size = 1; size <= sizes; ++size) {
        std::uint64_t labels_of_size = 0;
        for (std::size_t rank = 0; rank <= at.depth; ++rank) {
            const std::uint64_t count = counters[at.row(first_row + size - 1, rank)];
            labels_of_size += count;
            if (size == 1) covering += count * (rank + 1);
            labels.at(size, rank) = count;
            at_k.at(size, rank) = static_cast<double>(count);
            orders.at(size, rank) = size == 1 ? count : counters[at.order(size, rank)];
        }
        images.images[size - 1] = labels_of_size / size;
    }
    return {{images, std::move(at_k)}, {classes, images, std::move(labels), std::move(orders), covering}};
}

inline set_rankings read_set_rankings(const set_ranking_layout& at, std::span<const std::uint64_t> counters,
                                      std::size_t classes)
{
    const images_by_set_size of_one{.images = std::vector<std::uint64_t>(1)};
    return {read_ranked_sets(at, counters, classes, 0, of_one, 0),
            read_ranked_sets(at, counters, classes, 1, read_too_large(at, counters), counters[at.covering])};
}

}  // namespace detail

/// The metric of set ranking: precision@k, recall@k, F1@k and nDCG@k for every k up to the depth, R-precision,
/// one-error, label ranking average precision, coverage error and ranking loss; see ranked_sets. Tied classes are
/// ranked by lowest index first, as everywhere in this library. It is counted on request:
///
///     ra::evaluate(ra::par, scores, targets, {}, ra::set_ranking{}).get<ra::set_ranking>().real.ndcg(5).value()
///
/// Labels are counted by the size of their set and their rank, so every mean is computed from exact counts. Memory: 8
/// bytes for each of 2 * largest_set * (depth + 1) counters, and a copy for each thread. Cost: two additions for an
/// image with one label; O(labels^2) for one with several.
struct set_ranking {
    static constexpr std::string_view name = "reassess.set_ranking";
    static constexpr std::uint32_t version = 1;

    /// Sets of at most this many labels are counted, at least 1. If an image has more labels, the results of label sets
    /// throw std::invalid_argument.
    std::size_t largest_set = 10;

    [[nodiscard]] std::size_t counters(metric_shape shape) const
    {
        detail::expect_largest_set(largest_set);
        return detail::set_ranking_layout(shape, largest_set).size();
    }
    [[nodiscard]] std::vector<std::uint64_t> configuration() const { return {largest_set}; }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        detail::count_ranks(
            detail::set_ranking_layout({image.classes, image.depth}, largest_set), image, image.original_rank,
            [&](std::size_t j) -> std::size_t { return image.label_rank[j]; }, tally);
    }

    [[nodiscard]] set_rankings result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        return detail::read_set_rankings(detail::set_ranking_layout(shape, largest_set), counters, shape.classes);
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
