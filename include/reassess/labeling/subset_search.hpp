// Exhaustive search over all subsets of models for the best precision and recall of their proposals against gold
// labels.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "mentions.hpp"
#include "proposals.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A set of models: bit m is set for model m.
using model_subset = std::uint32_t;

/// Maximum number of models of a search, which tries 2^24 subsets.
inline constexpr std::size_t most_models_of_a_search = 24;

/// Precision, recall and number of proposals of a subset, over images with gold labels:
struct subset_figures {
    model_subset models = 0;
    /// Proposals that are gold labels, all proposals, and gold labels.
    std::uint64_t correct = 0;
    std::uint64_t judged_proposals = 0;
    std::uint64_t gold_labels = 0;
    /// Over all images, and over images on which some model of the subset does not predict the original label.
    std::uint64_t proposals = 0;
    std::uint64_t images = 0;
    std::uint64_t proposals_on_rated = 0;
    std::uint64_t rated = 0;

    [[nodiscard]] proportion precision() const noexcept { return {correct, judged_proposals}; }
    [[nodiscard]] proportion recall() const noexcept { return {correct, gold_labels}; }
    /// Absent without images.
    [[nodiscard]] std::optional<double> mean_over_all() const { return ratio(proposals, images); }
    [[nodiscard]] std::optional<double> mean_over_rated() const { return ratio(proposals_on_rated, rated); }

    friend bool operator==(const subset_figures&, const subset_figures&) = default;

private:
    static std::optional<double> ratio(std::uint64_t part, std::uint64_t whole)
    {
        if (whole == 0) return std::nullopt;
        return static_cast<double>(part) / static_cast<double>(whole);
    }
};

namespace detail {

/// The models that mention one pair, by strength.
struct pair_models {
    /// Models whose mention alone keeps the pair: it is their prediction, or they mention it twice.
    model_subset strong = 0;
    /// Models of which two are needed to keep the pair.
    model_subset weak = 0;

    [[nodiscard]] bool kept_by(model_subset models) const noexcept
    {
        const model_subset mentioning = weak & models;
        return (strong & models) != 0 || (mentioning & (mentioning - 1)) != 0;
    }

    friend bool operator==(const pair_models&, const pair_models&) = default;  // nvcc needs it in addition to the next
    friend auto operator<=>(const pair_models&, const pair_models&) = default;
};

/// Two counts packed in one integer, so that one addition updates both. Each must stay below 2^(half of the bits).
template <class Word>
struct packed_counts {
    static constexpr int shift = std::numeric_limits<Word>::digits / 2;

    static constexpr Word of_pair(bool correct) noexcept { return static_cast<Word>(correct) << shift | Word{1}; }
    static constexpr std::uint64_t all(Word word) noexcept { return word & ((Word{1} << shift) - 1); }
    static constexpr std::uint64_t correct(Word word) noexcept { return word >> shift; }
};

/// Counts of pairs that have the same models.
template <class Word>
struct pair_group {
    pair_models models;
    Word count;
};

/// Subset-sum (zeta) transform: values[mask] becomes the sum of values[part] over all subsets of mask.
template <class Word>
void sum_over_parts(Word* values, std::size_t bits) noexcept
{
    for (std::size_t bit = 0; bit < bits; ++bit) {
        const std::size_t distance = std::size_t{1} << bit;
        for (std::size_t block = 0; block < std::size_t{1} << bits; block += 2 * distance) {
            Word* const without = values + block;
            Word* const with = without + distance;
            for (std::size_t i = 0; i < distance; ++i) with[i] += without[i];
        }
    }
}

/// For every set L of excluded models the number of pairs that the other models drop: result[L]. The groups are ordered
/// by strong | weak.
///
/// A pair is dropped if none of its models, or only one weak model, is included: all of strong | weak, except for at
/// most one weak bit, is excluded. The first case is a sum over subsets of L. The second is added during the bitwise
/// transform: when bit j is done, pairs with weak bit j whose other models are excluded are added to the sets L without
/// j. No subset is evaluated separately, so the cost is that of about models / 4 transforms, or less if there are few
/// pairs.
template <class Word>
std::vector<Word> count_dropped(std::span<const pair_group<Word>> groups, std::size_t models)
{
    std::vector<Word> dropped(std::size_t{1} << models, Word{0});
    for (const auto& group : groups) dropped[group.models.strong | group.models.weak] += group.count;
    std::vector<Word> slice(std::size_t{1} << (models - 1));
    for (std::size_t j = 0; j < models; ++j) {
        const std::size_t distance = std::size_t{1} << j;
        for (std::size_t block = 0; block < dropped.size(); block += 2 * distance) {
            for (std::size_t i = 0; i < distance; ++i) dropped[block + distance + i] += dropped[block + i];
        }
        // Bits above j are not processed yet, so the groups fall into slices in which these bits are equal.
        for (std::size_t next = 0; next < groups.size();) {
            const auto above = [&](std::size_t g) {
                return (groups[g].models.strong | groups[g].models.weak) >> j >> 1;
            };
            const std::size_t slice_number = above(next);
            bool empty = true;
            for (; next < groups.size() && above(next) == slice_number; ++next) {
                if ((groups[next].models.weak >> j & 1) == 0) continue;
                if (empty) std::fill_n(slice.begin(), distance, Word{0});
                empty = false;
                slice[(groups[next].models.strong | groups[next].models.weak) & (distance - 1)] += groups[next].count;
            }
            if (empty) continue;
            sum_over_parts(slice.data(), j);
            Word* const without_j = dropped.data() + (slice_number << j << 1);
            for (std::size_t i = 0; i < distance; ++i) without_j[i] += slice[i];
        }
    }
    return dropped;
}

}  // namespace detail

/// Precision and recall of the proposals of every subset of the models, against gold labels.
///
/// Same rule as `propose`: a pair is kept if it is the original label, the prediction of a model of the subset or
/// mentioned twice by one, or if two models of the subset mention it; if mentions are counted per model, two lists of
/// one model are one mention. Precision and recall are over images with a non-empty gold set. Proposals on other images
/// count only in the means. All counts are exact.
///
/// Memory: 4 bytes for each of the 2^models subsets, 8 from 65,536 proposals on images with gold labels on, 1.5 times
/// that during construction, and 12 bytes per pair. Source: Beyer et al. (2020), appendix A.
class subset_search {
public:
    /// Evaluates all subsets. Throws as `propose` does; std::invalid_argument for more than 24 models, if gold labels
    /// and models have different numbers of images, and if no image has a gold label; std::out_of_range for an invalid
    /// gold label.
    subset_search(std::span<const model_mentions> models, std::span<const class_index> original, label_sets_view gold,
                  const proposal_options& options = {})
        : models_(models.size())
    {
        detail::check_mentions(models, original);
        detail::expects(models.size() <= most_models_of_a_search, "subset search: ", models.size(),
                        " models; the maximum is ", most_models_of_a_search);
        detail::expects(gold.images() == original.size(), "subset search: gold labels for ", gold.images(),
                        " images, but models for ", original.size());
        gold_labels_ = gold.labels();
        detail::expects(gold_labels_ > 0, "subset search: no image has a gold label");
        for (std::size_t image = 0; image < gold.images(); ++image) {
            detail::expects<std::out_of_range>(
                gold[image].empty() || static_cast<std::size_t>(gold[image].back()) < models.front().classes,
                "subset search: gold label ", gold[image].empty() ? 0 : gold[image].back(), " of image ", image,
                " is outside [0, ", models.front().classes, ")");
        }
        gather_pairs(models, original, gold, options.unit);
        if (pairs_with_gold_ < std::uint64_t{1} << 16) {
            search<std::uint32_t>();
        } else {
            search<std::uint64_t>();
        }
    }

    [[nodiscard]] std::size_t models() const noexcept { return models_; }
    [[nodiscard]] model_subset all_models() const noexcept
    {
        return static_cast<model_subset>((std::uint64_t{1} << models_) - 1);
    }

    /// All figures of one subset; the empty subset proposes the original labels. Throws std::out_of_range for an
    /// invalid model. O(pairs).
    [[nodiscard]] subset_figures figures(model_subset subset) const
    {
        detail::expects<std::out_of_range>((subset & ~all_models()) == 0, "subset search: subset ", subset,
                                           " has models outside the first ", models_);
        subset_figures result{.models = subset, .gold_labels = gold_labels_, .images = images_.size()};
        std::size_t pair = 0;
        for (const image_pairs& image : images_) {
            const bool is_rated = image.without_label || (image.disagreeing & subset) != 0;
            std::uint64_t kept = 0;
            std::uint64_t correct = 0;
            for (; pair < image.end; ++pair) {
                const bool stays = pairs_[pair].is_original || pairs_[pair].models.kept_by(subset);
                kept += stays;
                correct += stays && pairs_[pair].is_gold;
            }
            result.proposals += kept;
            result.correct += correct;
            if (image.has_gold) result.judged_proposals += kept;
            result.rated += is_rated;
            if (is_rated) result.proposals_on_rated += kept;
        }
        return result;
    }

    /// Precision of any subset, and recall below, from the precomputed table. Throws as above. O(1).
    [[nodiscard]] proportion precision(model_subset subset) const
    {
        const counts found = counts_of(subset);
        return {found.correct, found.all};
    }
    [[nodiscard]] proportion recall(model_subset subset) const { return {counts_of(subset).correct, gold_labels_}; }

    /// The subset of best precision among those whose recall is at least `least_recall`; absent if there is none. Ties
    /// go to higher recall, then fewer models, then the lower subset number (bit 0 is the first model). Throws
    /// std::invalid_argument for a bound outside [0, 1]. O(gold labels + pairs).
    [[nodiscard]] std::optional<subset_figures> best(double least_recall) const
    {
        detail::expects(least_recall >= 0 && least_recall <= 1, "subset search: least_recall is outside [0, 1]");
        std::optional<point> chosen;
        for (const point& candidate : front_) {
            // The front is ordered from high recall and low precision to low recall and high precision.
            if (proportion{candidate.correct, gold_labels_}.value() >= least_recall) chosen = candidate;
        }
        if (!chosen) return std::nullopt;
        return figures(chosen->models);
    }

    /// Pareto front of precision and recall, from high recall to high precision: the subsets that no other subset
    /// exceeds in one without being lower in the other, one for each pair of values. Subsets without proposals on
    /// images with gold labels are excluded. O(pairs) per point.
    [[nodiscard]] std::vector<subset_figures> pareto_front() const
    {
        std::vector<subset_figures> front;
        front.reserve(front_.size());
        for (const point& p : front_) front.push_back(figures(p.models));
        return front;
    }

private:
    struct counts {
        std::uint64_t correct;
        std::uint64_t all;
    };
    struct known_pair {
        detail::pair_models models;
        bool is_original;
        bool is_gold;
    };
    struct image_pairs {
        std::size_t end;
        /// The models whose prediction is not the original label.
        model_subset disagreeing;
        bool without_label;
        bool has_gold;
    };
    /// The best subset for one number of correct proposals.
    struct point {
        std::uint64_t correct;
        std::uint64_t all;
        model_subset models;
    };

    void gather_pairs(std::span<const model_mentions> models, std::span<const class_index> original,
                      label_sets_view gold, mention_unit unit)
    {
        images_.reserve(original.size());
        const auto add_images_up_to = [&](std::size_t end) {
            while (images_.size() < end) {
                const std::size_t image = images_.size();
                model_subset disagreeing = 0;
                for (std::size_t m = 0; m < models.size(); ++m) {
                    if (models[m].top_1[image] != original[image]) disagreeing |= model_subset{1} << m;
                }
                images_.push_back({pairs_.size(), disagreeing, original[image] == missing_label, !gold[image].empty()});
            }
        };
        detail::for_each_pooled_pair(models, original, [&](const detail::pooled_pair& pooled) {
            add_images_up_to(pooled.image);
            known_pair next{{}, pooled.is_original, gold.contains(pooled.image, pooled.c)};
            for (const detail::pair_mention& mention : pooled.mentions) {
                const model_subset bit = model_subset{1} << mention.model;
                const bool is_enough = mention.is_top_1 || detail::mentions_of(mention, unit) >= 2;
                (is_enough ? next.models.strong : next.models.weak) |= bit;
            }
            pairs_with_gold_ += !gold[pooled.image].empty();
            pairs_.push_back(next);
        });
        add_images_up_to(original.size());
    }

    template <class Word>
    [[nodiscard]] std::vector<Word>& table() noexcept
    {
        if constexpr (sizeof(Word) == sizeof(std::uint32_t)) {
            return small_table_;
        } else {
            return large_table_;
        }
    }

    template <class Word>
    void search()
    {
        using packed = detail::packed_counts<Word>;
        detail::expects(pairs_with_gold_ <= packed::all(~Word{0}), "subset search: ", pairs_with_gold_,
                        " proposals on images with gold labels; the maximum is ", packed::all(~Word{0}));
        std::vector<detail::pair_group<Word>> groups;
        Word total = 0;
        std::size_t next = 0;
        for (const image_pairs& image : images_) {
            for (; next < image.end; ++next) {
                if (!image.has_gold) continue;
                const Word count = packed::of_pair(pairs_[next].is_gold);
                total += count;
                if (!pairs_[next].is_original) groups.push_back({pairs_[next].models, count});
            }
        }
        unite_equal(groups);
        std::vector<Word>& kept = table<Word>();
        kept = detail::count_dropped<Word>(groups, models_);
        // Convert from dropped, indexed by the excluded set, to kept, indexed by the included set: reverse the order.
        std::reverse(kept.begin(), kept.end());
        for (Word& word : kept) word = total - word;
        find_front(kept);
    }

    /// Ordered by strong | weak, one group for all pairs of the same models.
    template <class Word>
    static void unite_equal(std::vector<detail::pair_group<Word>>& groups)
    {
        std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
            const model_subset any_of_a = a.models.strong | a.models.weak;
            const model_subset any_of_b = b.models.strong | b.models.weak;
            return any_of_a != any_of_b ? any_of_a < any_of_b : a.models < b.models;
        });
        std::size_t count = 0;
        for (const auto& group : groups) {
            if (count > 0 && groups[count - 1].models == group.models) {
                groups[count - 1].count += group.count;
            } else {
                groups[count++] = group;
            }
        }
        groups.resize(count);
    }

    /// For each number of correct proposals finds the subset with the fewest proposals, and then keeps only the Pareto
    /// optimal ones.
    template <class Word>
    void find_front(const std::vector<Word>& kept)
    {
        using packed = detail::packed_counts<Word>;
        std::vector<point> fewest(static_cast<std::size_t>(gold_labels_) + 1, point{0, no_proposals, 0});
        for (std::size_t subset = 1; subset < kept.size(); ++subset) {
            const Word word = kept[subset];
            const std::uint64_t all = packed::all(word);
            point& so_far = fewest[static_cast<std::size_t>(packed::correct(word))];
            if (all > so_far.all || all == 0) continue;
            const auto models = static_cast<model_subset>(subset);
            // Subsets are visited in ascending order, so of equal ones only fewer models replaces.
            if (all == so_far.all && std::popcount(models) >= std::popcount(so_far.models)) continue;
            so_far = {packed::correct(word), all, models};
        }
        for (auto candidate = fewest.rbegin(); candidate != fewest.rend(); ++candidate) {
            if (candidate->all == no_proposals) continue;
            // Factors are below 2^32, so the products are exact.
            if (front_.empty() || candidate->correct * front_.back().all > front_.back().correct * candidate->all)
                front_.push_back(*candidate);
        }
    }

    [[nodiscard]] counts counts_of(model_subset subset) const
    {
        detail::expects<std::out_of_range>((subset & ~all_models()) == 0, "subset search: subset ", subset,
                                           " has models outside the first ", models_);
        if (large_table_.empty()) {
            return {detail::packed_counts<std::uint32_t>::correct(small_table_[subset]),
                    detail::packed_counts<std::uint32_t>::all(small_table_[subset])};
        }
        return {detail::packed_counts<std::uint64_t>::correct(large_table_[subset]),
                detail::packed_counts<std::uint64_t>::all(large_table_[subset])};
    }

    static constexpr std::uint64_t no_proposals = std::numeric_limits<std::uint64_t>::max();

    std::size_t models_;
    std::uint64_t gold_labels_ = 0;
    /// Number of pairs on images with gold labels.
    std::uint64_t pairs_with_gold_ = 0;
    std::vector<known_pair> pairs_;
    std::vector<image_pairs> images_;
    /// Correct and all proposals on images with gold labels, for every subset; one of the two tables is used.
    std::vector<std::uint32_t> small_table_;
    std::vector<std::uint64_t> large_table_;
    std::vector<point> front_;
};

/// Result of search_subsets.
struct subset_search_result {
    subset_figures all_models{};
    /// The subset of best precision with at least `least_recall`; empty if none has this recall.
    std::optional<subset_figures> best{};
    std::vector<subset_figures> pareto_front{};
    double least_recall = 0;
    /// Images with a gold label, over which precision and recall are.
    std::uint64_t gold_images = 0;
};

/// Searches all subsets of the models: the figures of all models, the best subset and the Pareto front in one call. See
/// subset_search for parameters, errors and cost.
[[nodiscard]] inline subset_search_result search_subsets(std::span<const model_mentions> models,
                                                         std::span<const class_index> original, label_sets_view gold,
                                                         double least_recall, const proposal_options& options = {})
{
    const subset_search search(models, original, gold, options);
    subset_search_result result{.all_models = search.figures(search.all_models()),
                                .best = search.best(least_recall),
                                .pareto_front = search.pareto_front(),
                                .least_recall = least_recall};
    for (std::size_t image = 0; image < gold.images(); ++image) result.gold_images += !gold[image].empty();
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
