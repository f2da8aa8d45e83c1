// Wherever an allocation fails, std::bad_alloc comes out and the state is as before; then it takes the batch.
#include "support/failing_allocation.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/metric/label_summary.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace ra = reassess;
using test_support::fail_each_allocation;
using test_support::small_problem;

namespace {

struct batches {
    small_problem first;
    small_problem second;
    std::vector<std::uint64_t> first_ids;
    std::vector<std::uint64_t> second_ids;

    batches(std::size_t images, std::size_t classes, test_support::random_source& random)
        : first({.images = images, .classes = classes}, random),
          second({.images = images, .classes = classes}, random),
          first_ids(images),
          second_ids(images)
    {
        std::iota(first_ids.begin(), first_ids.end(), std::uint64_t{0});
        std::iota(second_ids.begin(), second_ids.end(), std::uint64_t{images});
    }
};

/// What has been counted: by an evaluator, or by a state itself.
template <class State>
auto counted(const State& state)
{
    if constexpr (requires { state.result(); }) {
        return state.result();
    } else {
        return state;
    }
}

/// change(state) is tried from `start` with each allocation failing, and gives `expected` in the end.
template <class State, class Change>
void check(const State& start, const State& expected, Change change)
{
    State state = start;
    fail_each_allocation([&] { state = start; }, [&] { change(state); },
                         [&] {
                             REQUIRE(counted(state) == counted(start));
                             // What does not show must be as before too.
                             REQUIRE(counted(state).to_bytes() == counted(start).to_bytes());
                             change(state);
                             REQUIRE(counted(state) == counted(expected));
                         });
    CHECK(counted(state) == counted(expected));
}

}  // namespace

TEST_CASE("allocation failure: update of an evaluator")
{
    test_support::random_source random(121);
    const batches b(30, 5, random);
    const auto check_scores = [&](const auto& scores_of) {
        using evaluator = ra::evaluator<ra::serial_policy>;
        const auto first = [&](evaluator& state) {
            state.update(scores_of(b.first), b.first.targets(), {.image_ids = b.first_ids});
        };
        const auto second = [&](evaluator& state) {
            state.update(scores_of(b.second), b.second.targets(), {.image_ids = b.second_ids});
        };
        const evaluator none(ra::seq);
        evaluator one = none;
        first(one);
        evaluator both = one;
        second(both);
        check(none, one, first);
        check(one, both, second);
    };
    check_scores([](const small_problem& p) { return p.view(); });
    check_scores([](const small_problem& p) { return ra::logits(p.view()); });
}

TEST_CASE("allocation failure: update by results")
{
    test_support::random_source random(125);
    const batches b(30, 5, random);
    const ra::image_results results = ra::rank(ra::seq, ra::logits(b.first.view()), b.first.targets());
    const auto update = [&](ra::evaluator<ra::serial_policy>& state) {
        state.update(results, b.first.targets(), {.image_ids = b.first_ids});
    };
    const ra::evaluator none(ra::seq);
    ra::evaluator one = none;
    update(one);
    check(none, one, update);
}

TEST_CASE("allocation failure: update on several threads, whose start may fail too")
{
    test_support::random_source random(122);
    // Several blocks of counting, of few classes.
    const batches b(20000, 3, random);
    for (const unsigned threads : {2U, 7U}) {
        const ra::evaluator none(ra::par.on(threads).serial_below(0));
        ra::evaluator one = none;
        const auto update = [&](ra::evaluator<ra::parallel_policy>& state) {
            state.update(b.first.view(), b.first.targets());
        };
        update(one);
        check(none, one, update);
    }
}

TEST_CASE("allocation failure: merge of evaluations")
{
    test_support::random_source random(123);
    const batches b(40, 6, random);
    ra::evaluator first(ra::seq), second(ra::seq), shape(ra::seq);
    first.update(ra::logits(b.first.view()), b.first.targets(), {.image_ids = b.first_ids});
    second.update(ra::logits(b.second.view()), b.second.targets(), {.image_ids = b.second_ids});
    shape.update(ra::logits(b.second.view()).slice(0, 0), b.second.targets().slice(0, 0));
    const ra::evaluation<> one = first.result(), other = second.result();
    ra::evaluation<> both = other;
    both.merge(one);
    const auto merge = [&](ra::evaluation<>& state) { state.merge(other); };
    check(one, both, merge);
    check(ra::evaluation<>(), other, merge);
    check(ra::evaluator(ra::seq, {.depth = 6}).result(), other, merge);
    check(shape.result(), other, merge);
}

TEST_CASE("allocation failure: update and merge of label_summaries")
{
    test_support::random_source random(124);
    const batches b(40, 6, random);
    ra::label_summary one({.classes = 6}), two = one;
    one.update(b.first.targets().slice(0, 5));
    two.update(b.second.targets());
    ra::label_summary both = two;
    both.merge(one);
    check(one, both, [&](ra::label_summary& state) { state.update(b.second.targets()); });
    check(one, both, [&](ra::label_summary& state) { state.merge(two); });
    check(ra::label_summary(), two, [&](ra::label_summary& state) { state.merge(two); });
}

TEST_CASE("allocation failure: append to label sets")
{
    const std::vector<int> set{5, 3, 3, 9};
    const ra::label_sets before(std::vector<std::vector<int>>{{1, 2}, {7}});
    ra::label_sets sets;
    fail_each_allocation([&] { sets = ra::label_sets(before); }, [&] { sets.append(std::span<const int>(set)); },
                         [&] { REQUIRE(sets == before); });
    CHECK(sets == ra::label_sets(std::vector<std::vector<int>>{{1, 2}, {7}, {3, 5, 9}}));
}
