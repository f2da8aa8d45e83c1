// Labels from votes "no", "maybe" and "yes" on pairs of image and class: by Dawid and Skene's model or by majority.
#pragma once

#include "../data/annotations.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "answer_meaning.hpp"
#include "dawid_skene.hpp"
#include "majority_vote.hpp"
#include "precision_recall.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Which pairs are kept as labels.
struct pair_labels {
    /// Of every pair: the posterior probability that the class is present or, of a majority, the share
    /// (yes + maybe / 2) / votes, 0 without votes.
    std::vector<double> score{};
    std::vector<bool> kept{};
    /// Empty for a majority.
    std::optional<dawid_skene_result> fit{};
};

/// Keeps pairs whose posterior is greater than `threshold`. The answers of `votes` are no, maybe and yes, in this
/// order. Errors and cost: those of dawid_skene.
template <execution_policy Policy>
[[nodiscard]] pair_labels label_pairs(Policy policy, const annotations& votes, double threshold,
                                      const dawid_skene_options& options = {})
{
    pair_labels labels;
    labels.fit = dawid_skene(policy, votes, no_maybe_yes(), options);
    labels.score = labels.fit->posteriors_of(1);
    labels.kept = greater_than(labels.score, threshold);
    return labels;
}

/// The rule by which a pair is kept.
enum class majority_rule {
    half,       ///< yes + maybe / 2 is at least half of the votes
    more_yes,   ///< yes is more frequent than no
    three_yes,  ///< yes occurs at least three times
};

/// Keeps pairs by a majority of their votes. The answers of `votes` are no, maybe and yes, in this order. Throws
/// std::invalid_argument for another number of answers. O(votes).
[[nodiscard]] inline pair_labels label_pairs_by_majority(const annotations& votes, majority_rule rule)
{
    detail::expects(votes.answers() == 3, "majority of pairs: ", votes.answers(),
                    " answers, expected 3: no, maybe and yes");
    constexpr answer_index no = 0, maybe = 1, yes = 2;
    const vote_table table(votes);
    pair_labels labels;
    for (std::size_t item = 0; item < table.items(); ++item) {
        const auto of = table.of(item);
        const double all = static_cast<double>(table.total(item));
        labels.score.push_back(all == 0 ? 0.0 : (of[yes] + of[maybe] / 2.0) / all);
    }
    switch (rule) {
        case majority_rule::half:
            labels.kept = majority_vote(table, at_least_half_of_votes{.answer = yes, .half = maybe});
            break;
        case majority_rule::more_yes:
            labels.kept = majority_vote(table, more_votes_than{.answer = yes, .other = no});
            break;
        case majority_rule::three_yes:
            labels.kept = majority_vote(table, at_least_votes{.answer = yes, .votes = 3});
            break;
    }
    return labels;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
