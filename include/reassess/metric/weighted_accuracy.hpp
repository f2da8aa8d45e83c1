// weighted_accuracy: top-k accuracy and ReaL@k with a weight per image.
#pragma once

#include "../data/image_weights.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "metric.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The result of weighted_accuracy for one kind of labels.
class weighted_hits {
public:
    weighted_hits() = default;
    weighted_hits(std::vector<std::size_t> ks, std::vector<weighted_proportion> hits, std::uint64_t invalid)
        : ks_(std::move(ks)), hits_(std::move(hits)), invalid_(invalid)
    {
    }

    /// The weighted share of images with a label among the first k predictions. Throws std::out_of_range for a k that
    /// the metric was not given, and if a device found a weight that is neither 0 nor in [1e-100, 1e100]. O(1).
    [[nodiscard]] const weighted_proportion& at(std::size_t k) const
    {
        detail::expects<std::out_of_range>(invalid_ == 0, "weighted accuracy: ", invalid_,
                                           " images have a weight that is neither 0 nor in [1e-100, 1e100]");
        const auto found = std::find(ks_.begin(), ks_.end(), k);
        detail::expects<std::out_of_range>(k != 0 && found != ks_.end(),
                                           "weighted accuracy was not counted for k = ", k,
                                           ": use weighted_accuracy{.ks = {...}}");
        return hits_[static_cast<std::size_t>(found - ks_.begin())];
    }

private:
    std::vector<std::size_t> ks_{};
    std::vector<weighted_proportion> hits_{};
    std::uint64_t invalid_ = 0;
};

/// The result of weighted_accuracy.
struct weighted_accuracies {
    weighted_hits original{};  ///< top-k accuracy; images with a missing label are excluded
    weighted_hits real{};      ///< ReaL@k; images with an empty set are excluded
};

/// The metric of weighted accuracy: top-k accuracy and ReaL@k with the weights of targets.weights, for up to 8 values
/// of k. Weights are for example the inverse probabilities with which images were sampled. The metrics without weights
/// are unchanged.
///
///     ra::evaluate(ra::par, scores, {.original = labels, .weights = weights}, {}, ra::weighted_accuracy{})
///         .get<ra::weighted_accuracy>().original.at(1).value()
///
/// Throws std::invalid_argument without weights, std::out_of_range for a weight that is neither 0 nor in [1e-100,
/// 1e100]. Sums of weights are exact, and rounded once when they are read; of squares, each square is rounded. Exact
/// for up to 2^32 images. Memory: 8 bytes for each of 2,450 counters for every k, and a copy for each thread.
struct weighted_accuracy {
    static constexpr std::string_view name = "reassess.weighted_accuracy";
    static constexpr std::uint32_t version = 1;
    static constexpr metric_columns columns{.weights = true};
    static constexpr std::size_t most_ks = 8;

    /// The k, each at least 1; 0 for places that are not used. Above the depth of the evaluation the result throws.
    std::size_t ks[most_ks] = {1, 5};  // not std::array, which a device cannot read

    [[nodiscard]] std::size_t counters(metric_shape) const noexcept { return kind(2); }
    [[nodiscard]] std::vector<std::uint64_t> configuration() const { return {std::begin(ks), std::end(ks)}; }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const ranked_image& image, const Tally& tally) const noexcept
    {
        const double weight = image.weight;
        if (!detail::is_weight(weight)) return tally.add(invalid);
        if (image.original != missing_label) count(0, image.original_rank, weight, tally);
        if (image.label_count == 0) return;
        rank_index best = image.label_rank[0];
        for (std::size_t j = 1; j < image.label_count; ++j)
            best = image.label_rank[j] < best ? image.label_rank[j] : best;
        count(1, best, weight, tally);
    }

    [[nodiscard]] weighted_accuracies result(std::span<const std::uint64_t> counters, metric_shape shape) const
    {
        return {read(0, counters, shape), read(1, counters, shape)};
    }

private:
    // Counters: invalid weights; for each kind of labels images, then exact sums of weights and of squares: of all
    // images (place 0), and of the hits at each k.
    static constexpr std::size_t invalid = 0;
    [[nodiscard]] static REASSESS_HOST_DEVICE std::size_t kind(std::size_t number) noexcept
    {
        return 1 + number * (1 + 2 * (1 + most_ks) * detail::exact_sum_limbs);
    }
    [[nodiscard]] static REASSESS_HOST_DEVICE std::size_t sum(std::size_t of_kind, std::size_t place,
                                                              std::size_t power) noexcept
    {
        return kind(of_kind) + 1 + (2 * place + power) * detail::exact_sum_limbs;
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void count(std::size_t of_kind, rank_index rank, double weight,
                                    const Tally& tally) const noexcept
    {
        if (weight > 0.0) tally.add(kind(of_kind));
        for (std::size_t place = 0; place <= most_ks; ++place) {
            if (place != 0 && rank >= ks[place - 1]) continue;
            const double powers[2] = {weight, weight * weight};
            for (std::size_t power = 0; power < 2; ++power) {
                detail::split_exactly(powers[power], [&](std::size_t limb, std::uint64_t amount) {
                    tally.add(sum(of_kind, place, power) + limb, amount);
                });
            }
        }
    }

    [[nodiscard]] static double value_of(std::span<const std::uint64_t> counters, std::size_t first)
    {
        std::array<std::uint64_t, detail::exact_sum_limbs> limbs{};
        std::copy_n(counters.begin() + static_cast<std::ptrdiff_t>(first), limbs.size(), limbs.begin());
        detail::carry_exact_sum(limbs.data());
        return detail::value_of_exact_sum(limbs);
    }
    [[nodiscard]] weighted_hits read(std::size_t of_kind, std::span<const std::uint64_t> counters,
                                     metric_shape shape) const
    {
        std::vector<std::size_t> known;
        std::vector<weighted_proportion> hits;
        for (std::size_t place = 1; place <= most_ks; ++place) {
            const std::size_t k = ks[place - 1];
            if (k == 0 || k > shape.depth) continue;
            known.push_back(k);
            hits.push_back({value_of(counters, sum(of_kind, place, 0)), value_of(counters, sum(of_kind, 0, 0)),
                            value_of(counters, sum(of_kind, place, 1)), value_of(counters, sum(of_kind, 0, 1)),
                            counters[kind(of_kind)]});
        }
        return {std::move(known), std::move(hits), counters[invalid]};
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
