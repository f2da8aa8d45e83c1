// ranked_sets: what the ranks of the labels of each image say of a model: precision, recall, F1 and nDCG at every k,
// R-precision, one-error, label ranking average precision, coverage error and ranking loss, as means over images.
#pragma once

#include "../data/mean.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

/// Counts of labels by the size s of their set (1 .. sizes) and their rank r (0 .. depth; `depth` counts all others).
template <class Number>
struct counts_by_size_and_rank {
    std::size_t sizes = 0;
    std::size_t depth = 0;
    std::vector<Number> counts{};

    counts_by_size_and_rank() = default;
    counts_by_size_and_rank(std::size_t of_sizes, std::size_t of_depth)
        : sizes(of_sizes), depth(of_depth), counts(of_sizes * (of_depth + 1))
    {
    }
    [[nodiscard]] Number& at(std::size_t size, std::size_t rank) noexcept
    {
        return counts[(size - 1) * (depth + 1) + rank];
    }
    [[nodiscard]] const Number& at(std::size_t size, std::size_t rank) const noexcept
    {
        return counts[(size - 1) * (depth + 1) + rank];
    }
};

/// Images by the size of their set, and images whose set is too large to be counted.
struct images_by_set_size {
    std::vector<std::uint64_t> images{};  ///< element s - 1: images with s labels
    std::uint64_t too_large = 0;
    std::size_t largest_set = 0;  ///< at most this many labels were counted
    std::size_t enough = 0;       ///< a largest_set that would have been enough; 0 if no set is too large

    [[nodiscard]] std::uint64_t total() const noexcept
    {
        std::uint64_t sum = too_large;
        for (const std::uint64_t of_size : images) sum += of_size;
        return sum;
    }
    /// The greatest number of labels of a counted image; 0 if there is none.
    [[nodiscard]] std::size_t greatest_size() const noexcept
    {
        std::size_t size = images.size();
        while (size > 0 && images[size - 1] == 0) --size;
        return size;
    }
    /// Throws std::invalid_argument if a set is too large.
    void expect_all_counted() const
    {
        expects(too_large == 0, "set ranking: ", too_large, " images have more than largest_set = ", largest_set,
                " labels: use a metric with .largest_set = ", enough);
    }
};

/// Throws std::out_of_range unless k is in [1, depth].
inline void expect_k_of_ranking(std::size_t k, std::size_t depth)
{
    expects<std::out_of_range>(k >= 1 && k <= depth, "k is ", k, ", expected 1 to the depth of the evaluation, ",
                               depth);
}

}  // namespace detail

/// Metrics of the first k predictions against sets of labels, as means over images. R is the number of labels of an
/// image, h(k) the number of its labels among the first k predictions. Images without labels are excluded; a mean over
/// 0 images has no value.
///
/// Every mean is a sum of at most R * k exact counts, so that its relative error is below 1e-13. Functions of k throw
/// std::out_of_range for a k outside [1, depth]; every function throws std::invalid_argument if an image has more
/// labels than the metric's largest_set. Cost: O(largest_set * k).
class ranking_at_k {
public:
    ranking_at_k() = default;
    ranking_at_k(detail::images_by_set_size images, detail::counts_by_size_and_rank<double> labels)
        : images_(std::move(images)), labels_(std::move(labels))
    {
    }

    /// Number of images with labels.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_.total(); }
    /// The largest k.
    [[nodiscard]] std::size_t depth() const noexcept { return labels_.depth; }

    /// Whether R-precision can be computed: no set has more labels than the depth of the evaluation. O(1).
    [[nodiscard]] bool has_r_precision() const noexcept { return images_.greatest_size() <= depth(); }

    /// Precision@k: the mean of h(k) / k, in [0, 1].
    [[nodiscard]] mean precision(std::size_t k) const
    {
        return mean_at(k, [&](std::size_t, double hits) { return hits / static_cast<double>(k); });
    }

    /// Recall@k: the mean of h(k) / R, in [0, 1]. With one label per image it is top-k accuracy (scikit-learn's
    /// top_k_accuracy_score, which ranks tied classes by highest index first).
    [[nodiscard]] mean recall(std::size_t k) const
    {
        return mean_at(k, [](std::size_t size, double hits) { return hits / static_cast<double>(size); });
    }

    /// F1@k: the mean of 2 h(k) / (k + R), the harmonic mean of an image's precision and recall, in [0, 1]
    /// (scikit-learn's f1_score with average="samples", of the first k predictions).
    [[nodiscard]] mean f1(std::size_t k) const
    {
        return mean_at(k, [&](std::size_t size, double hits) { return 2.0 * hits / static_cast<double>(k + size); });
    }

    /// R-precision: the mean of h(R) / R, in [0, 1]. Throws std::invalid_argument if a set has more labels than the
    /// depth of the evaluation. Source: Manning, Raghavan, Schuetze, "Introduction to Information Retrieval" (2008),
    /// chapter 8.4.
    [[nodiscard]] mean r_precision() const
    {
        images_.expect_all_counted();
        detail::expects(has_r_precision(), "R-precision: an image has ", images_.greatest_size(),
                        " labels, but only ranks below the depth of the evaluation, ", depth(), ", are known");
        double sum = 0.0;
        for (std::size_t size = 1; size <= images_.greatest_size(); ++size)
            sum += hits_of(size, size) / static_cast<double>(size);
        return {sum, images()};
    }

    /// nDCG@k, normalised discounted cumulative gain with binary relevance: the mean of DCG / ideal DCG, where DCG is
    /// the sum of 1 / log2(r + 2) over the labels of rank r < k, and the ideal DCG is that of the ranks 0 .. min(k, R)
    /// - 1; in [0, 1]. Equal to scikit-learn's ndcg_score(k=k) without ties, and with ties by the rule `average`, over
    /// images with labels (scikit-learn counts images without labels as 0). Source: Jaervelin, Kekaelaeinen, "Cumulated
    /// gain-based evaluation of IR techniques" (2002).
    [[nodiscard]] mean ndcg(std::size_t k) const
    {
        detail::expect_k_of_ranking(k, depth());
        images_.expect_all_counted();
        std::vector<double> discounts(k), ideal(k + 1);
        for (std::size_t rank = 0; rank < k; ++rank) {
            discounts[rank] = 1.0 / std::log2(static_cast<double>(rank) + 2.0);
            ideal[rank + 1] = ideal[rank] + discounts[rank];
        }
        double sum = 0.0;
        for (std::size_t size = 1; size <= labels_.sizes; ++size) {
            double gain = 0.0;
            for (std::size_t rank = k; rank-- > 0;) gain += labels_.at(size, rank) * discounts[rank];
            sum += gain / ideal[std::min(size, k)];
        }
        return {sum, images()};
    }

    /// One-error: the share of images whose prediction is not in the set, in [0, 1]; 1 - precision(1). Source:
    /// Schapire, Singer, "BoosTexter" (2000).
    [[nodiscard]] mean one_error() const
    {
        const mean hits = precision(1);
        return {static_cast<double>(hits.total) - hits.sum, hits.total};
    }

private:
    [[nodiscard]] double hits_of(std::size_t size, std::size_t k) const noexcept
    {
        double hits = 0.0;
        for (std::size_t rank = 0; rank < k; ++rank) hits += labels_.at(size, rank);
        return hits;
    }
    /// The sum of value(size, hits of all images of this size).
    template <class Value>
    [[nodiscard]] mean mean_at(std::size_t k, Value value) const
    {
        detail::expect_k_of_ranking(k, depth());
        images_.expect_all_counted();
        double sum = 0.0;
        for (std::size_t size = 1; size <= labels_.sizes; ++size) sum += value(size, hits_of(size, k));
        return {sum, images()};
    }

    detail::images_by_set_size images_{};
    detail::counts_by_size_and_rank<double> labels_{};
};

/// Metrics of the order of all classes, as means over images with labels. They need every rank: the depth of the
/// evaluation must be the number of classes, else they throw std::invalid_argument; also if an image has more labels
/// than the metric's largest_set. C is the number of classes, R the number of labels of an image, r the rank of a label
/// (from 0) and n the number of its labels of rank at most r. Relative error below 1e-13.
class ranking_of_all {
public:
    ranking_of_all() = default;
    ranking_of_all(std::size_t classes, detail::images_by_set_size images,
                   detail::counts_by_size_and_rank<std::uint64_t> labels,
                   detail::counts_by_size_and_rank<std::uint64_t> orders, std::uint64_t covering)
        : classes_(classes),
          images_(std::move(images)),
          labels_(std::move(labels)),
          orders_(std::move(orders)),
          covering_(covering)
    {
    }

    /// Number of images with labels.
    [[nodiscard]] std::uint64_t images() const noexcept { return images_.total(); }

    /// Whether all ranks are known, so that these metrics can be computed. O(1).
    [[nodiscard]] bool has_all_ranks() const noexcept { return labels_.depth == classes_; }

    /// Label ranking average precision: the mean over images of the mean over labels of n / (r + 1), in (0, 1]; with
    /// one label it is the reciprocal rank. Equal to scikit-learn's label_ranking_average_precision_score without ties,
    /// and with ties by the rule `worst_rank`; scikit-learn counts images without labels as 1. O(largest_set * C).
    /// Source: Tsoumakas, Katakis, Vlahavas, "Mining multi-label data" (2010).
    [[nodiscard]] mean label_ranking_average_precision() const
    {
        expect_all_ranks();
        double sum = 0.0;
        for (std::size_t size = 1; size <= labels_.sizes; ++size) {
            double of_size = 0.0;
            for (std::size_t rank = labels_.depth; rank-- > 0;)
                of_size += static_cast<double>(orders_.at(size, rank)) / static_cast<double>(rank + 1);
            sum += of_size / static_cast<double>(size);
        }
        return {sum, images()};
    }

    /// Coverage error: the mean number of predictions, best first, that contain all labels: the greatest r + 1 of the
    /// labels, in [R, C]. Equal to scikit-learn's coverage_error without ties, and with ties by the rule `worst_rank`;
    /// scikit-learn counts images without labels as 0. O(1).
    [[nodiscard]] mean coverage_error() const
    {
        expect_all_ranks();
        return {static_cast<double>(covering_), images()};
    }

    /// Ranking loss: the mean over images of the share of pairs of a label and another class that are in the wrong
    /// order, the sum over labels of (r + 1 - n), divided by R (C - R); 0 if all classes are labels; in [0, 1]. Equal
    /// to scikit-learn's label_ranking_loss without ties, and with ties by the rule `worst_rank` (a tied pair is in the
    /// wrong order); scikit-learn counts images without labels as 0. O(largest_set * C).
    [[nodiscard]] mean ranking_loss() const
    {
        expect_all_ranks();
        double sum = 0.0;
        for (std::size_t size = 1; size <= labels_.sizes && size < classes_; ++size) {
            std::uint64_t pairs = 0;
            for (std::size_t rank = 0; rank < labels_.depth; ++rank)
                pairs += labels_.at(size, rank) * (rank + 1) - orders_.at(size, rank);
            sum += static_cast<double>(pairs) / (static_cast<double>(size) * static_cast<double>(classes_ - size));
        }
        return {sum, images()};
    }

private:
    void expect_all_ranks() const
    {
        images_.expect_all_counted();
        detail::expects(has_all_ranks(), "set ranking: this metric needs all ranks, but only ranks below ",
                        labels_.depth, " of ", classes_, " are known");
    }

    std::size_t classes_ = 0;
    detail::images_by_set_size images_{};
    detail::counts_by_size_and_rank<std::uint64_t> labels_{};
    detail::counts_by_size_and_rank<std::uint64_t> orders_{};  ///< the sums of n
    std::uint64_t covering_ = 0;                               ///< the sum over images of the greatest r + 1
};

/// All metrics of ranked sets.
class ranked_sets : public ranking_at_k, public ranking_of_all {
public:
    ranked_sets() = default;
    ranked_sets(ranking_at_k at_k, ranking_of_all of_all)
        : ranking_at_k(std::move(at_k)), ranking_of_all(std::move(of_all))
    {
    }
    using ranking_at_k::images;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
