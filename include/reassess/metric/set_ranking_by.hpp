// set_ranking_by: set_ranking under other rules for tied classes: highest index first, worst rank, average; these are
// scikit-learn's.
#pragma once

#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/label_ties.hpp"
#include "../version.hpp"
#include "metric.hpp"
#include "ranked_sets.hpp"
#include "set_ranking.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The rank of a class whose score other classes have, too. The metric set_ranking ranks the lowest index first.
enum class tie_rule {
    highest_index,  ///< the highest index first, as scikit-learn's top_k_accuracy_score
    worst_rank,     ///< all tied classes have the last of their ranks: a tied pair is an error, as in scikit-learn's
                    ///< label_ranking_average_precision_score, coverage_error and label_ranking_loss
    average         ///< the mean over all orders of the tied classes, as scikit-learn's ndcg_score
};

/// The result of set_ranking_by<tie_rule::worst_rank>.
struct worst_set_rankings {
    ranking_of_all original{};  ///< the original labels, as sets of one
    ranking_of_all real{};      ///< the label sets
};

/// The result of set_ranking_by<tie_rule::average>: expected values if tied classes are ordered at random.
struct expected_set_rankings {
    ranking_at_k original{};  ///< the original labels, as sets of one
    ranking_at_k real{};      ///< the label sets
};

namespace detail {

/// The counters of set_ranking_by<tie_rule::average>: for each rank, the sum of the probabilities that a label has it,
/// in units of 2^-62. Each probability is rounded to a unit; the sums are exact.
struct expected_ranking_layout {
    set_ranking_layout ranks{};

    /// Images by the size of their set; size 0 for original labels.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t images(std::size_t size) const noexcept
    {
        return set_ranking_layout::scalars + size;
    }
    /// The upper and, in the next counter, the lower 31 binary digits of the probabilities; size 0 for original labels.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t probability(std::size_t size, std::size_t rank) const noexcept
    {
        return images(ranks.sizes + 1) + 2 * (size * ranks.depth + rank);
    }
    [[nodiscard]] std::size_t size() const noexcept { return probability(ranks.sizes + 1, 0); }

    template <class Tally>
    REASSESS_HOST_DEVICE void add(std::size_t size, const label_ties& ties, const Tally& tally) const noexcept
    {
        const std::uint64_t tied = ties.tied == 0 ? 1 : ties.tied;
        const std::uint64_t part = ((std::uint64_t{1} << 62) + tied / 2) / tied;
        const std::size_t last = std::size_t{ties.greater} + ties.tied;
        const std::size_t end = last < ranks.depth ? last : ranks.depth;
        for (std::size_t rank = ties.greater; rank < end; ++rank) {
            tally.add(probability(size, rank), part >> 31);
            tally.add(probability(size, rank) + 1, part & 0x7fffffffU);
        }
    }
};

inline ranking_at_k read_expected(const expected_ranking_layout& at, std::span<const std::uint64_t> counters,
                                  std::size_t first_size, images_by_set_size images)
{
    const std::size_t sizes = images.images.size();
    counts_by_size_and_rank<double> labels(sizes, at.ranks.depth);
    for (std::size_t size = 1; size <= sizes; ++size) {
        images.images[size - 1] = counters[at.images(first_size + size - 1)];
        for (std::size_t rank = 0; rank < at.ranks.depth; ++rank) {
            const std::size_t first = at.probability(first_size + size - 1, rank);
            labels.at(size, rank) = std::ldexp(static_cast<double>(counters[first]), -31) +
                                    std::ldexp(static_cast<double>(counters[first + 1]), -62);
        }
    }
    return {std::move(images), std::move(labels)};
}

}  // namespace detail

/// set_ranking under another rule for tied classes. It finds the ties of every label, which reads the scores a second
/// time, from the cache; stored top-k lists do not tell ties, so evaluating them throws std::invalid_argument. The
/// results that a rule does not define are missing: get<set_ranking_by<Rule>>() is
///
/// - set_rankings (all metrics) for tie_rule::highest_index;
/// - worst_set_rankings (label ranking average precision, coverage error, ranking loss) for tie_rule::worst_rank;
/// - expected_set_rankings (the metrics at k, R-precision, one-error) for tie_rule::average.
template <tie_rule Rule>
struct set_ranking_by {
    static constexpr std::string_view name = Rule == tie_rule::highest_index ? "reassess.set_ranking.highest_index"
                                             : Rule == tie_rule::worst_rank  ? "reassess.set_ranking.worst_rank"
                                                                             : "reassess.set_ranking.average";
    static constexpr std::uint32_t version = 1;
    static constexpr metric_columns columns{.ties = true};

    /// See set_ranking.
    std::size_t largest_set = 10;

    [[nodiscard]] std::size_t counters(metric_shape shape) const
    {
        detail::expect_largest_set(largest_set);
        return layout_of(shape).size();
    }
    [[nodiscard]] std::vector<std::uint64_t> configuration() const { return {largest_set}; }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        const auto at = layout_of({image.classes, image.depth});
        if constexpr (Rule == tie_rule::average) {
            if (image.original != missing_label) {
                tally.add(at.images(0));
                at.add(0, image.original_ties, tally);
            }
            const std::size_t labels = image.label_count;
            if (labels == 0) return;
            if (labels > at.ranks.sizes) return detail::count_too_large(labels, tally);
            tally.add(at.images(labels));
            for (std::size_t j = 0; j < labels; ++j) at.add(labels, image.label_tie[j], tally);
        } else {
            detail::count_ranks(
                at, image, rank_of(image.original_rank, image.original_ties),
                [&](std::size_t j) { return rank_of(image.label_rank[j], image.label_tie[j]); }, tally);
        }
    }

    [[nodiscard]] auto result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        const auto at = layout_of(shape);
        if constexpr (Rule == tie_rule::average) {
            return expected_set_rankings{
                detail::read_expected(at, counters, 0, {.images = std::vector<std::uint64_t>(1)}),
                detail::read_expected(at, counters, 1, detail::read_too_large(at.ranks, counters))};
        } else {
            set_rankings ranked = detail::read_set_rankings(at, counters, shape.classes);
            if constexpr (Rule == tie_rule::highest_index) {
                return ranked;
            } else {
                return worst_set_rankings{std::move(ranked.original), std::move(ranked.real)};
            }
        }
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE auto layout_of(metric_shape shape) const noexcept
    {
        const detail::set_ranking_layout ranks(shape, largest_set);
        if constexpr (Rule == tie_rule::average) {
            return detail::expected_ranking_layout{ranks};
        } else {
            return ranks;
        }
    }
    /// The rank of a label by the rule, from its rank by lowest index.
    [[nodiscard]] static REASSESS_HOST_DEVICE std::size_t rank_of(rank_index by_lowest_index,
                                                                  const label_ties& ties) noexcept
    {
        const std::size_t last = std::size_t{ties.greater} + ties.tied - 1;
        return Rule == tie_rule::worst_rank ? last : ties.greater + last - by_lowest_index;
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
