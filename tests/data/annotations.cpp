// Votes in columns: checks at the border, one-hot tensors, raters added later.
#include <reassess/data/annotations.hpp>

#include "support/messages.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

const std::vector<std::string> three{"no", "maybe", "yes"};

template <class T>
std::vector<T> list(std::span<const T> values)
{
    return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("annotations: votes stay in order, repeated ones too")
{
    ra::annotations votes({.raters = 2, .items = 3}, three);
    votes.add(1, 2, 0);
    votes.add(0, 0, 2);
    votes.add(1, 2, 0);
    CHECK(votes.votes() == 3);
    CHECK(list(votes.rater_of()) == std::vector<std::uint32_t>{1, 0, 1});
    CHECK(list(votes.item_of()) == std::vector<std::uint32_t>{2, 0, 2});
    CHECK(list(votes.answer_of()) == std::vector<ra::answer_index>{0, 2, 0});
    ra::annotations same({.raters = 2, .items = 3}, three);
    CHECK(!(same == votes));
    same.add(1, 2, 0);
    same.add(0, 0, 2);
    same.add(1, 2, 0);
    CHECK(same == votes);
}

template <class Answer>
concept is_answer = requires(ra::annotations votes, Answer answer)
{
    votes.add(0, 0, answer);
};
static_assert(is_answer<int> && is_answer<std::uint8_t> && !is_answer<bool>);

TEST_CASE("annotations: what is out of range is refused and named")
{
    ra::annotations votes({.raters = 2, .items = 3}, three);
    CHECK_ERROR(std::out_of_range, votes.add(2, 0, 0), "rater 2 of vote 0 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range, votes.add(-1, 0, 0), "rater -1");
    CHECK_ERROR(std::out_of_range, votes.add(0, 3, 0), "item 3 of vote 0 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, votes.add(0, std::int64_t{1} << 32, 0), "item 4294967296");
    CHECK_ERROR(std::out_of_range, votes.add(0, 0, 3), "answer 3 of vote 0 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, votes.add(0, 0, -1), "answer -1");
    CHECK(votes.votes() == 0);
    CHECK_ERROR(std::invalid_argument, ra::annotations({.raters = 2, .items = 3}, {}),
                "the number of possible answers is 0");
    CHECK_ERROR(std::invalid_argument, ra::annotations({.raters = 2, .items = std::size_t{1} << 32}, three),
                "4294967296 items");
}

TEST_CASE("annotations: from a one-hot tensor")
{
    const std::vector<double> tensor{0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    const auto votes = ra::annotations_from_one_hot(std::span(tensor), {.raters = 2, .items = 3}, three);
    CHECK(list(votes.rater_of()) == std::vector<std::uint32_t>{0, 0, 1});
    CHECK(list(votes.item_of()) == std::vector<std::uint32_t>{0, 2, 1});
    CHECK(list(votes.answer_of()) == std::vector<ra::answer_index>{2, 0, 1});
    CHECK_ERROR(std::invalid_argument,
                ra::annotations_from_one_hot(std::span(tensor), {.raters = 2, .items = 2}, three), "18 elements",
                "2 raters x 2 items x 3 answers");
    for (const double wrong : {0.5, 2.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        std::vector<double> other = tensor;
        other[17] = wrong;
        CHECK_ERROR(std::invalid_argument,
                    ra::annotations_from_one_hot(std::span<const double>(other), {.raters = 2, .items = 3}, three),
                    "rater 1 to item 2");
    }
}

TEST_CASE("annotations: a virtual rater on part of the items")
{
    ra::annotations votes({.raters = 1, .items = 3}, three);
    votes.add(0, 1, 1);
    CHECK(votes.add_rater(std::vector<ra::answer_index>{2, ra::no_answer, 0}) == 1);
    CHECK(votes.raters() == 2);
    CHECK(list(votes.rater_of()) == std::vector<std::uint32_t>{0, 1, 1});
    CHECK(list(votes.item_of()) == std::vector<std::uint32_t>{1, 0, 2});
    CHECK(list(votes.answer_of()) == std::vector<ra::answer_index>{1, 2, 0});
    const ra::annotations before = votes;
    CHECK_ERROR(std::out_of_range, votes.add_rater(std::vector<ra::answer_index>{2, 0, 3}), "answer 3");
    CHECK_ERROR(std::invalid_argument, votes.add_rater(std::vector<ra::answer_index>{2, 0}), "2 answers", "3 items");
    CHECK(votes == before);
}
