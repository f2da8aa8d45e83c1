// Precision and recall of kept items against gold labels: single points, the whole curve, operating points, raters.
#pragma once

#include "../data/annotations.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "majority_vote.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Exact counts: `hits` of the `proposed` items are gold; `gold` items exist in total.
struct precision_recall {
    std::uint64_t hits = 0;
    std::uint64_t proposed = 0;
    std::uint64_t gold = 0;

    /// Fraction of the proposed items that are gold; 0 of 0 if nothing is proposed.
    [[nodiscard]] proportion precision() const noexcept { return {hits, proposed}; }
    /// Fraction of the gold items that are proposed; 0 of 0 without gold items.
    [[nodiscard]] proportion recall() const noexcept { return {hits, gold}; }

    friend bool operator==(const precision_recall&, const precision_recall&) = default;
};

/// Counts kept items against gold items. Throws std::invalid_argument if the numbers of items differ. O(items).
[[nodiscard]] inline precision_recall measure_precision_recall(const std::vector<bool>& kept,
                                                               const std::vector<bool>& gold)
{
    detail::expects(kept.size() == gold.size(), "precision and recall: ", kept.size(),
                    " decisions, but gold labels for ", gold.size(), " items");
    precision_recall counts;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        counts.hits += kept[i] && gold[i];
        counts.proposed += kept[i];
        counts.gold += gold[i];
    }
    return counts;
}

/// Whether each value is greater than the threshold; false for NaN. O(values).
[[nodiscard]] inline std::vector<bool> greater_than(std::span<const double> values, double threshold)
{
    std::vector<bool> greater(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) greater[i] = values[i] > threshold;
    return greater;
}

/// Counts when exactly the items whose score is greater than `threshold` are kept.
struct precision_recall_point {
    double threshold = 0.0;
    precision_recall counts{};
};

/// Precision-recall curve: one point for every distinct set of items that a threshold keeps, from the fewest items to
/// all items that any threshold keeps (threshold minus infinity). All other thresholds are scores, so `score >
/// threshold` keeps exactly the counted items. Items whose score is minus infinity are kept by no threshold, but count
/// as gold; if no item has a greater score, the curve is empty.
///
/// Throws std::invalid_argument if the numbers of items differ and for a NaN (the message has the item).
/// O(items log items).
[[nodiscard]] inline std::vector<precision_recall_point> precision_recall_curve(std::span<const double> scores,
                                                                                const std::vector<bool>& gold)
{
    detail::expects(scores.size() == gold.size(), "precision and recall: ", scores.size(),
                    " scores, but gold labels for ", gold.size(), " items");
    for (std::size_t i = 0; i < scores.size(); ++i)
        detail::expects(!std::isnan(scores[i]), "precision and recall: the score of item ", i, " is NaN");
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    precision_recall counts{.gold = static_cast<std::uint64_t>(std::count(gold.begin(), gold.end(), true))};
    std::vector<precision_recall_point> curve;
    constexpr double nothing = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < order.size() && scores[order[i]] != nothing; ++i) {
        ++counts.proposed;
        counts.hits += gold[order[i]];
        const bool last = i + 1 == order.size();
        if (last || scores[order[i + 1]] != scores[order[i]])
            curve.push_back({last ? nothing : scores[order[i + 1]], counts});
    }
    return curve;
}

/// The point of greatest recall with a precision of at least `least`; ties go to the greater precision. Absent if there
/// is none. O(points).
[[nodiscard]] inline std::optional<precision_recall_point> operating_point_for_precision(
    std::span<const precision_recall_point> curve, double least)
{
    std::optional<precision_recall_point> best;
    for (const precision_recall_point& point : curve) {
        if (!(point.counts.precision().try_value().value_or(-1.0) >= least)) continue;
        // Along the curve the hits never decrease, and of points with equal hits the first has the fewest proposals.
        if (!best || point.counts.hits > best->counts.hits) best = point;
    }
    return best;
}

/// The point of greatest precision with a recall of at least `least`; ties go to the greater recall. Absent if there is
/// none. O(points).
[[nodiscard]] inline std::optional<precision_recall_point> operating_point_for_recall(
    std::span<const precision_recall_point> curve, double least)
{
    std::optional<precision_recall_point> best;
    for (const precision_recall_point& point : curve) {
        if (!(point.counts.recall().try_value().value_or(-1.0) >= least)) continue;
        if (!best || point.counts.precision().value() >= best->counts.precision().value()) best = point;
    }
    return best;
}

/// Precision and recall of each rater against gold labels, on the items that the rater answered. The answer `yes`
/// proposes the item; every other answer (no, maybe) does not. Repeated answers to an item count separately.
///
/// Throws std::invalid_argument unless there is one gold label per item, std::out_of_range for an invalid answer.
/// O(votes).
[[nodiscard]] inline std::vector<precision_recall> rater_points(const annotations& votes, answer_index yes,
                                                                const std::vector<bool>& gold)
{
    detail::expects(gold.size() == votes.items(), "precision and recall: votes on ", votes.items(),
                    " items, but gold labels for ", gold.size());
    detail::expects<std::out_of_range>(yes < votes.answers(), "precision and recall: answer ", yes, " is outside [0, ",
                                       votes.answers(), ")");
    std::vector<precision_recall> points(votes.raters());
    for (std::size_t v = 0; v < votes.votes(); ++v) {
        precision_recall& point = points[votes.rater_of()[v]];
        const bool is_gold = gold[votes.item_of()[v]];
        const bool proposed = votes.answer_of()[v] == yes;
        point.gold += is_gold;
        point.proposed += proposed;
        point.hits += is_gold && proposed;
    }
    return points;
}

/// Gold labels from experts: the items to which more than half of the votes say `yes`. Throws std::out_of_range for an
/// invalid answer. O(votes + items).
[[nodiscard]] inline std::vector<bool> gold_from_majority(const vote_table& experts, answer_index yes)
{
    detail::expects<std::out_of_range>(yes < experts.answers(), "gold labels: answer ", yes, " is outside [0, ",
                                       experts.answers(), ")");
    std::vector<bool> gold(experts.items());
    for (std::size_t item = 0; item < gold.size(); ++item)
        gold[item] = 2 * std::uint64_t{experts.of(item)[yes]} > experts.total(item);
    return gold;
}

/// Each expert against the majority of all experts including that expert, which overestimates the agreement.
[[nodiscard]] inline std::vector<precision_recall> experts_against_all(const annotations& experts, answer_index yes)
{
    return rater_points(experts, yes, gold_from_majority(vote_table(experts), yes));
}

/// Each expert against the majority of the other experts: more than half of their votes must be `yes` (three of four
/// votes, for example). Throws std::out_of_range for an invalid answer. O(votes + items).
[[nodiscard]] inline std::vector<precision_recall> experts_against_others(const annotations& experts, answer_index yes)
{
    const vote_table all(experts);
    static_cast<void>(gold_from_majority(all, yes));  // checks the answer's range
    // The votes of one expert on each item, all of which are excluded if the expert answered repeatedly.
    std::vector<std::vector<std::size_t>> votes_of(experts.raters());
    for (std::size_t v = 0; v < experts.votes(); ++v) votes_of[experts.rater_of()[v]].push_back(v);
    std::vector<precision_recall> points(experts.raters());
    std::vector<std::uint32_t> own(experts.items()), own_yes(experts.items());
    for (std::size_t expert = 0; expert < points.size(); ++expert) {
        for (const std::size_t v : votes_of[expert]) {
            ++own[experts.item_of()[v]];
            own_yes[experts.item_of()[v]] += experts.answer_of()[v] == yes;
        }
        for (const std::size_t v : votes_of[expert]) {
            const std::size_t item = experts.item_of()[v];
            const std::uint64_t others = all.total(item) - own[item];
            const bool is_gold = 2 * std::uint64_t{all.of(item)[yes] - own_yes[item]} > others;
            const bool proposed = experts.answer_of()[v] == yes;
            points[expert].gold += is_gold;
            points[expert].proposed += proposed;
            points[expert].hits += is_gold && proposed;
        }
        for (const std::size_t v : votes_of[expert]) own[experts.item_of()[v]] = own_yes[experts.item_of()[v]] = 0;
    }
    return points;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
