// V81: wherever an allocation fails, std::bad_alloc comes out and the state is as before; then it takes the batch.
#include "support/failing_allocation.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/label_summary.hpp>
#include <reassess/metric/model_evaluation.hpp>

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

/// change(state) is tried from `start` with each allocation failing, and gives `expected` in the end.
template <class State, class Change>
void check(const State& start, const State& expected, Change change)
{
    State state;
    fail_each_allocation([&] { state = start; }, [&] { change(state); },
                         [&] {
                             REQUIRE(state == start);
                             // What does not show must be as before too.
                             REQUIRE(state.to_bytes() == start.to_bytes());
                             change(state);
                             REQUIRE(state == expected);
                         });
    CHECK(state == expected);
}

}  // namespace

TEST_CASE("allocation failure: update of a model_evaluation")
{
    test_support::random_source random(121);
    const batches b(30, 5, random);
    const auto first = [&](ra::model_evaluation& state) {
        state.update(ra::seq, b.first.view(), b.first.targets(), {.image_ids = b.first_ids});
    };
    const auto second = [&](ra::model_evaluation& state) {
        state.update(ra::seq, b.second.view(), b.second.targets(), {.image_ids = b.second_ids});
    };
    const ra::model_evaluation none;
    ra::model_evaluation one;
    first(one);
    ra::model_evaluation both = one;
    second(both);
    check(none, one, first);
    check(one, both, second);
}

TEST_CASE("allocation failure: update on several threads, whose start may fail too")
{
    test_support::random_source random(122);
    // Several blocks of counting, of few classes.
    const batches b(20000, 3, random);
    ra::model_evaluation one;
    one.update(ra::seq, b.first.view(), b.first.targets());
    for (const unsigned threads : {2U, 7U}) {
        check(ra::model_evaluation(), one, [&](ra::model_evaluation& state) {
            state.update(ra::par.on(threads).serial_below(0), b.first.view(), b.first.targets());
        });
    }
}

TEST_CASE("allocation failure: merge of model_evaluations")
{
    test_support::random_source random(123);
    const batches b(40, 6, random);
    ra::model_evaluation one, other;
    one.update(ra::seq, b.first.view(), b.first.targets(), {.image_ids = b.first_ids});
    other.update(ra::seq, b.second.view(), b.second.targets(), {.image_ids = b.second_ids});
    ra::model_evaluation both = other;
    both.merge(one);
    const auto merge = [&](ra::model_evaluation& state) { state.merge(other); };
    check(one, both, merge);
    check(ra::model_evaluation(), other, merge);
    check(ra::model_evaluation({.classes = 6}), other, merge);
}

TEST_CASE("allocation failure: update and merge of truth_summaries")
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
