// Tests of the majority vote and its decision rules, with ties and items without votes.
#include <reassess/labeling/majority_vote.hpp>

#include "support/messages.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

/// Items with the given numbers of no, maybe and yes votes.
ra::vote_table table(const std::vector<std::vector<int>>& counts)
{
    ra::annotations votes({.raters = 1, .items = counts.size()}, {"no", "maybe", "yes"});
    for (std::size_t item = 0; item < counts.size(); ++item) {
        for (std::size_t answer = 0; answer < 3; ++answer) {
            for (int i = 0; i < counts[item][answer]; ++i) votes.add(0, item, answer);
        }
    }
    return ra::vote_table(votes);
}

}  // namespace

TEST_CASE("vote table: counts and totals")
{
    const ra::vote_table votes = table({{1, 0, 2}, {0, 0, 0}});
    CHECK(votes.items() == 2);
    CHECK(votes.answers() == 3);
    CHECK(votes.of(0)[0] == 1);
    CHECK(votes.of(0)[2] == 2);
    CHECK(votes.total(0) == 3);
    CHECK(votes.total(1) == 0);
}

TEST_CASE("majority vote: returns the answer with most votes, ties by option")
{
    const ra::vote_table votes = table({{1, 0, 2}, {2, 1, 2}, {1, 1, 1}, {0, 0, 0}, {0, 1, 0}});
    using list = std::vector<ra::answer_index>;
    const auto none = ra::no_answer;
    CHECK(ra::majority_vote(votes) == list{2, none, none, none, 1});
    CHECK(ra::majority_vote(votes, {.ties = ra::vote_tie::lowest_answer}) == list{2, 0, 0, none, 1});
    CHECK(ra::majority_vote(votes, {.ties = ra::vote_tie::highest_answer}) == list{2, 2, 2, none, 1});
}

TEST_CASE("majority vote: the rules at least n, more than, and at least half keep the expected items")
{
    const ra::vote_table votes = table({{2, 0, 3}, {2, 1, 2}, {3, 0, 2}, {2, 2, 1}, {0, 0, 0}, {0, 5, 0}, {1, 2, 1}});
    using list = std::vector<bool>;
    CHECK(ra::majority_vote(votes, ra::at_least_votes{.answer = 2, .votes = 3}) ==
          list{true, false, false, false, false, false, false});
    CHECK(ra::majority_vote(votes, ra::at_least_votes{.answer = 2, .votes = 2}) ==
          list{true, true, true, false, false, false, false});
    CHECK(ra::majority_vote(votes, ra::more_votes_than{.answer = 2, .other = 0}) ==
          list{true, false, false, false, false, false, false});
    CHECK(ra::majority_vote(votes, ra::at_least_half_of_votes{.answer = 2, .half = 1}) ==
          list{true, true, false, false, false, true, true});
}

TEST_CASE("majority vote: invalid answers throw")
{
    const ra::vote_table votes = table({{2, 0, 3}});
    CHECK_ERROR(std::out_of_range, ra::majority_vote(votes, ra::at_least_votes{.answer = 3, .votes = 1}),
                "answer 3 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, ra::majority_vote(votes, ra::more_votes_than{.answer = 0, .other = 3}), "answer 3");
    CHECK_ERROR(std::out_of_range, ra::majority_vote(votes, ra::at_least_half_of_votes{.answer = 3, .half = 1}),
                "answer 3");
    CHECK_ERROR(std::invalid_argument, ra::majority_vote(votes, ra::at_least_half_of_votes{.answer = 1, .half = 1}),
                "both as the full and as the half answer");
}
