// Majority vote of raters: plurality per item, and decision rules (at least n votes, more votes than, at least half).
#pragma once

#include "../data/annotations.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Number of votes for each answer of each item.
class vote_table {
public:
    /// Counts the votes. O(votes + items x answers).
    explicit vote_table(const annotations& votes)
        : items_(votes.items()), answers_(votes.answers()), counts_(items_ * answers_, 0)
    {
        for (std::size_t v = 0; v < votes.votes(); ++v) ++counts_[votes.item_of()[v] * answers_ + votes.answer_of()[v]];
    }

    [[nodiscard]] std::size_t items() const noexcept { return items_; }
    [[nodiscard]] std::size_t answers() const noexcept { return answers_; }
    /// The votes of one item, one count per answer.
    [[nodiscard]] std::span<const std::uint32_t> of(std::size_t item) const noexcept
    {
        return std::span<const std::uint32_t>(counts_).subspan(item * answers_, answers_);
    }
    /// Number of all votes on one item.
    [[nodiscard]] std::uint64_t total(std::size_t item) const noexcept
    {
        std::uint64_t sum = 0;
        for (const std::uint32_t count : of(item)) sum += count;
        return sum;
    }

private:
    std::size_t items_;
    std::size_t answers_;
    std::vector<std::uint32_t> counts_;
};

/// Result for several answers with the same greatest number of votes.
enum class vote_tie { no_winner, lowest_answer, highest_answer };

struct majority_vote_options {
    vote_tie ties = vote_tie::no_winner;
};

/// For each item the answer with the most votes (a plurality, not necessarily half of them). Items without votes get
/// no_answer, and ties too unless the options choose otherwise. O(items x answers).
[[nodiscard]] inline std::vector<answer_index> majority_vote(const vote_table& votes,
                                                             majority_vote_options options = {})
{
    std::vector<answer_index> winners(votes.items(), no_answer);
    for (std::size_t item = 0; item < votes.items(); ++item) {
        std::uint32_t most = 0;
        std::size_t with_most = 0;
        for (std::size_t a = 0; a < votes.answers(); ++a) {
            const std::uint32_t count = votes.of(item)[a];
            if (count == 0 || count < most) continue;
            with_most = count > most ? 1 : with_most + 1;
            if (count > most || options.ties == vote_tie::highest_answer) winners[item] = static_cast<answer_index>(a);
            most = count;
        }
        if (with_most > 1 && options.ties == vote_tie::no_winner) winners[item] = no_answer;
    }
    return winners;
}

/// Rule: an item is kept if `answer` has at least `votes` votes. With 0, items without votes are kept too.
struct at_least_votes {
    answer_index answer = 0;
    std::uint32_t votes = 1;
};

/// Rule: an item is kept if `answer` has more votes than `other`. Ties and items without votes are dropped.
struct more_votes_than {
    answer_index answer = 0;
    answer_index other = 0;
};

/// Rule: an item is kept if the votes for `answer` plus half of those for `half` are at least half of all votes. Ties
/// are kept, items without votes are dropped. With yes and maybe, this rule reproduces the majority vote of "Are we
/// done with ImageNet?" (90.8 % precision, 71.8 % recall) exactly.
struct at_least_half_of_votes {
    answer_index answer = 0;
    answer_index half = 0;
};

namespace detail {

inline void expect_answer(const vote_table& votes, answer_index answer)
{
    expects<std::out_of_range>(answer < votes.answers(), "majority vote: answer ", answer, " is outside [0, ",
                               votes.answers(), ")");
}

}  // namespace detail

/// Whether each item is kept by the rule. Throws std::out_of_range for an invalid answer. O(items).
[[nodiscard]] inline std::vector<bool> majority_vote(const vote_table& votes, at_least_votes rule)
{
    detail::expect_answer(votes, rule.answer);
    std::vector<bool> kept(votes.items());
    for (std::size_t item = 0; item < kept.size(); ++item) kept[item] = votes.of(item)[rule.answer] >= rule.votes;
    return kept;
}

/// As above.
[[nodiscard]] inline std::vector<bool> majority_vote(const vote_table& votes, more_votes_than rule)
{
    detail::expect_answer(votes, rule.answer);
    detail::expect_answer(votes, rule.other);
    std::vector<bool> kept(votes.items());
    for (std::size_t item = 0; item < kept.size(); ++item)
        kept[item] = votes.of(item)[rule.answer] > votes.of(item)[rule.other];
    return kept;
}

/// As above.
[[nodiscard]] inline std::vector<bool> majority_vote(const vote_table& votes, at_least_half_of_votes rule)
{
    detail::expect_answer(votes, rule.answer);
    detail::expect_answer(votes, rule.half);
    detail::expects(rule.answer != rule.half, "majority vote: answer ", rule.answer,
                    " is given both as the full and as the half answer");
    std::vector<bool> kept(votes.items());
    for (std::size_t item = 0; item < kept.size(); ++item) {
        const std::uint64_t all = votes.total(item);
        const auto of = votes.of(item);
        // Both sides are doubled, to stay in integers.
        kept[item] = all != 0 && 2 * std::uint64_t{of[rule.answer]} + of[rule.half] >= all;
    }
    return kept;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
