// top_k_with_ties: top-k accuracy and ReaL@k under four rules for classes with equal scores.
#pragma once

#include "../data/labels.hpp"
#include "../data/mean.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/label_ties.hpp"
#include "../version.hpp"
#include "metric.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Of the images with labels, those with a label among the first k predictions, under four rules for classes with equal
/// scores. For every k: pessimistic <= index <= optimistic, and pessimistic <= expected <= optimistic. Functions of k
/// throw std::out_of_range for a k outside [1, depth]. O(k).
class hits_with_ties {
public:
    hits_with_ties() = default;
    hits_with_ties(std::vector<std::uint64_t> index, std::vector<std::uint64_t> optimistic,
                   std::vector<std::uint64_t> pessimistic, std::vector<double> partial)
        : index_(std::move(index)),
          optimistic_(std::move(optimistic)),
          pessimistic_(std::move(pessimistic)),
          partial_(std::move(partial))
    {
    }

    /// The lowest index first: equal to evaluation::top_k and evaluation::real.
    [[nodiscard]] proportion index(std::size_t k) const { return hits(index_, k); }
    /// Labels before all other classes of the same score.
    [[nodiscard]] proportion optimistic(std::size_t k) const { return hits(optimistic_, k); }
    /// Labels after all other classes of the same score.
    [[nodiscard]] proportion pessimistic(std::size_t k) const { return hits(pessimistic_, k); }
    /// The expected number of hits if classes of the same score are ordered at random: for an image whose best labels
    /// are s of t classes with the same score and g classes have a greater one, 1 - C(t - s, k - g) / C(t, k - g),
    /// where C(n, m) = 0 for m > n, and 0 for k <= g. The sum over images is exact and rounded once; the relative error
    /// of a term is below 1e-12.
    [[nodiscard]] mean expected(std::size_t k) const
    {
        const proportion certain = pessimistic(k);
        return {static_cast<double>(certain.hits) + partial_[k - 1], certain.total};
    }
    /// Images whose hit at k depends on the order of classes with equal scores.
    [[nodiscard]] proportion undecided(std::size_t k) const
    {
        const proportion most = optimistic(k);
        return {most.hits - pessimistic(k).hits, most.total};
    }

private:
    [[nodiscard]] static proportion hits(const std::vector<std::uint64_t>& by_rank, std::size_t k)
    {
        const std::size_t depth = by_rank.empty() ? 0 : by_rank.size() - 1;
        detail::expects<std::out_of_range>(k >= 1 && k <= depth, "k is ", k,
                                           ", expected 1 to the depth of the evaluation, ", depth);
        proportion found;
        for (std::size_t rank = 0; rank <= depth; ++rank) {
            found.total += by_rank[rank];
            if (rank < k) found.hits += by_rank[rank];
        }
        return found;
    }

    // Images by the rank of their first label under a rule; the last element counts ranks from the depth on.
    std::vector<std::uint64_t> index_{};
    std::vector<std::uint64_t> optimistic_{};
    std::vector<std::uint64_t> pessimistic_{};
    /// Element k - 1: the sum of the probabilities of a hit at k over the images that are undecided there.
    std::vector<double> partial_{};
};

/// The result of top_k_with_ties.
struct tied_hits {
    hits_with_ties original{};  ///< top-k accuracy; images with a missing label are excluded
    hits_with_ties real{};      ///< ReaL@k; images with an empty set are excluded
};

/// The metric of top-k accuracy and ReaL@k for every k, under four rules for classes with equal scores. The scores of
/// quantised models tie often, and the usual rule, lowest index first, favours labels of low index. It finds the ties
/// of every label, which reads the scores a second time, from the cache; stored top-k lists do not tell ties, so
/// evaluating them throws std::invalid_argument.
///
///     ra::evaluate(ra::par, scores, targets, {}, ra::top_k_with_ties{}).get<ra::top_k_with_ties>().real.expected(1)
///
/// Memory: 8 bytes for each of 14 * depth + 6 counters, and a copy for each thread. Exact for up to 2^32 images.
struct top_k_with_ties {
    static constexpr std::string_view name = "reassess.top_k_with_ties";
    static constexpr std::uint32_t version = 1;
    static constexpr metric_columns columns{.ties = true};

    [[nodiscard]] std::size_t counters(metric_shape shape) const noexcept { return 2 * layout{shape.depth}.size(); }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        const layout at{image.depth};
        if (image.original != missing_label) count(at, 0, image.original_rank, image.original_ties, 1, tally);
        if (image.label_count == 0) return;
        rank_index first = image.label_rank[0];
        label_ties best = image.label_tie[0];
        std::uint32_t tied_labels = 0;
        for (std::size_t j = 0; j < image.label_count; ++j) {
            if (image.label_rank[j] < first) first = image.label_rank[j];
            if (image.label_tie[j].greater < best.greater) {
                best = image.label_tie[j];
                tied_labels = 0;
            }
            if (image.label_tie[j].greater == best.greater) ++tied_labels;
        }
        count(at, at.size(), first, best, tied_labels, tally);
    }

    [[nodiscard]] tied_hits result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        const layout at{shape.depth};
        return {read(at, counters.first(at.size())), read(at, counters.subspan(at.size()))};
    }

private:
    // Probabilities are in [2^-31, 1), so that only these limbs of an exact sum are used.
    static constexpr std::size_t first_limb = 30;
    static constexpr std::size_t limbs = 4;

    /// The counters of one kind of labels.
    struct layout {
        std::size_t depth = 0;

        [[nodiscard]] REASSESS_HOST_DEVICE std::size_t index(std::size_t rank) const noexcept
        {
            return rank < depth ? rank : depth;
        }
        [[nodiscard]] REASSESS_HOST_DEVICE std::size_t optimistic(std::size_t rank) const noexcept
        {
            return depth + 1 + index(rank);
        }
        [[nodiscard]] REASSESS_HOST_DEVICE std::size_t pessimistic(std::size_t rank) const noexcept
        {
            return 2 * (depth + 1) + index(rank);
        }
        [[nodiscard]] REASSESS_HOST_DEVICE std::size_t partial(std::size_t k) const noexcept
        {
            return 3 * (depth + 1) + limbs * (k - 1);
        }
        [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept { return partial(depth + 1); }
    };

    /// `rank` is the first rank by lowest index, `labels` the number of labels among the tied classes.
    template <class Tally>
    static REASSESS_HOST_DEVICE void count(const layout& at, std::size_t from, rank_index rank, const label_ties& ties,
                                           std::uint32_t labels, const Tally& tally) noexcept
    {
        const std::size_t greater = ties.greater, tied = ties.tied, others = ties.tied - labels;
        tally.add(from + at.index(rank));
        tally.add(from + at.optimistic(greater));
        tally.add(from + at.pessimistic(greater + others));
        // No multiplication is followed by an addition, so that no compiler fuses the two and devices count as hosts
        // do.
        double hit = 0.0, miss = 1.0;
        for (std::size_t drawn = 0; drawn < others && greater + drawn < at.depth; ++drawn) {
            const auto left = static_cast<double>(tied - drawn);
            hit += miss * static_cast<double>(labels) / left;
            miss = miss * static_cast<double>(others - drawn) / left;
            const std::size_t sum = from + at.partial(greater + drawn + 1);
            detail::split_exactly(hit < 1.0 ? hit : 1.0, [&](std::size_t limb, std::uint64_t amount) {
                if (amount != 0) tally.add(sum + limb - first_limb, amount);
            });
        }
    }

    static hits_with_ties read(const layout& at, std::span<const std::uint64_t> counters)
    {
        const auto histogram = [&](std::size_t first) {
            const auto part = counters.subspan(first, at.depth + 1);
            return std::vector<std::uint64_t>(part.begin(), part.end());
        };
        std::vector<double> partial(at.depth);
        for (std::size_t k = 1; k <= at.depth; ++k) {
            std::array<std::uint64_t, detail::exact_sum_limbs> sum{};
            for (std::size_t limb = 0; limb < limbs; ++limb) sum[first_limb + limb] = counters[at.partial(k) + limb];
            detail::carry_exact_sum(sum.data());
            partial[k - 1] = detail::value_of_exact_sum(sum);
        }
        return {histogram(at.index(0)), histogram(at.optimistic(0)), histogram(at.pessimistic(0)), std::move(partial)};
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
