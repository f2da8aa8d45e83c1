// A batch that is refused leaves the state as it was; image numbers count from the start of the stream.
#include "support/element_bits.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/model_evaluation.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

/// A state that has counted ten images of five classes with both kinds of labels, and what may come next.
struct counted {
    small_problem problem;
    ra::model_evaluation state{{.classes = 5}};
    ra::model_evaluation before{};

    explicit counted(test_support::random_source& random) : problem({.images = 10, .classes = 5}, random)
    {
        state.update(ra::seq, problem.view(), problem.targets());
        before = state;
    }
    /// The state is as before, and still takes what is good.
    void check_unchanged()
    {
        CHECK(state == before);
        ra::model_evaluation again = state, expected = before;
        again.update(ra::seq, problem.view(), problem.targets());
        expected.merge(ra::model_evaluation(before));
        CHECK(again == expected);
    }
};

}  // namespace

TEST_CASE("update: a bad label of a later batch changes nothing")
{
    test_support::random_source random(91);
    for_each_policy([&](auto policy) {
        counted c(random);
        const small_problem good({.images = 10, .classes = 5}, random);
        small_problem bad = good;
        bad.original[7] = 5;
        CHECK_ERROR(std::out_of_range, c.state.update(policy, bad.view(), bad.targets()),
                    "label 5 of image 17 is not in [0, 5)");
        c.check_unchanged();
        CHECK_ERROR(std::out_of_range, c.state.update(policy, bad.view(), bad.targets(), {.first_image = 1000}),
                    "label 5 of image 1007 ");
        bad.original[7] = -2;
        CHECK_ERROR(std::out_of_range, c.state.update(policy, bad.view(), bad.targets()), "label -2 of image 17 ");
        ra::label_sets sets(std::vector<std::vector<int>>(9));
        const std::vector<int> beyond{2, 9};
        sets.append(std::span<const int>(beyond));
        CHECK_ERROR(std::out_of_range,
                    c.state.update(policy, good.view(), {.original = good.original, .real = sets.view()}),
                    "label 9 of image 19 ");
        c.check_unchanged();
    });
}

TEST_CASE("update: a NaN of a later batch changes nothing")
{
    test_support::random_source random(92);
    for_each_policy([&](auto policy) {
        counted c(random);
        small_problem bad({.images = 10, .classes = 5}, random);
        bad.scores[3 * 5 + 4] = test_support::nan_score<float>();
        CHECK_ERROR(std::domain_error, c.state.update(policy, bad.view(), bad.targets()), "class 4 of image 13 is NaN");
        c.check_unchanged();
    });
}

TEST_CASE("update: a batch of another size, configuration or kind changes nothing")
{
    test_support::random_source random(93);
    counted c(random);
    const small_problem good({.images = 10, .classes = 5}, random), wide({.images = 10, .classes = 6}, random);
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::seq, good.view(), good.targets().slice(0, 9)), "10 images",
                "original labels 9");
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::seq, wide.view(), wide.targets()), "classes 5", "has 6");
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::seq, good.view(), {.original = good.original}),
                "with label sets", "without label sets");
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::seq, good.view(), {.real = good.real.view()}),
                "with original labels", "without original labels");
    const std::vector<std::int16_t> deep = good.lists(5), shallow = good.lists(3);
    CHECK_ERROR(std::invalid_argument,
                c.state.update(ra::seq, ra::predictions_view<std::int16_t>(deep, 5), good.targets()), "with ties",
                "without ties");
    CHECK_ERROR(std::invalid_argument,
                c.state.update(ra::seq, ra::predictions_view<std::int16_t>(shallow, 3), good.targets()), "depth 5",
                "below 3");
    c.check_unchanged();
}

TEST_CASE("update: a bad list changes nothing")
{
    test_support::random_source random(94);
    const small_problem good({.images = 10, .classes = 5}, random);
    std::vector<std::int16_t> lists = good.lists(3);
    ra::model_evaluation state({.classes = 5});
    CHECK_ERROR(std::invalid_argument,
                ra::model_evaluation().update(ra::seq, ra::predictions_view<std::int16_t>(lists, 3), good.targets()),
                "number of classes");
    state.update(ra::seq, ra::predictions_view<std::int16_t>(lists, 3), good.targets());
    const ra::model_evaluation before = state;
    for_each_policy([&](auto policy) {
        std::vector<std::int16_t> bad = lists;
        bad[3 * 4 + 2] = 5;
        CHECK_ERROR(std::out_of_range, state.update(policy, ra::predictions_view<std::int16_t>(bad, 3), good.targets()),
                    "prediction 5 of image 14 ");
        bad[3 * 4 + 2] = bad[3 * 4];
        CHECK_ERROR(std::invalid_argument,
                    state.update(policy, ra::predictions_view<std::int16_t>(bad, 3), good.targets()), "image 14",
                    "twice");
        CHECK(state == before);
    });
}

TEST_CASE("update: the first batch that is refused leaves a state that anything fits")
{
    test_support::random_source random(95);
    small_problem bad({.images = 10, .classes = 5}, random);
    bad.original[0] = 17;
    ra::model_evaluation state;
    CHECK_THROWS_AS(state.update(ra::seq, bad.view(), bad.targets()), std::out_of_range);
    CHECK(state == ra::model_evaluation());
    const small_problem other({.images = 3, .classes = 2}, random);
    state.update(ra::seq, other.view(), {.original = other.original});
    CHECK(state.classes() == 2);
    CHECK(state.images() == 3);
}

TEST_CASE("update: rankings that do not fit together are refused, whoever made them")
{
    test_support::random_source random(96);
    counted c(random);
    const small_problem& p = c.problem;
    const ra::rankings good = ra::rank(ra::seq, p.view(), p.targets());
    const auto check = [&](const ra::rankings& bad, const ra::targets_view& targets, auto error,
                           std::initializer_list<std::string_view> parts) {
        CHECK(test_support::lacks(
                  test_support::message_of<decltype(error)>([&] { c.state.update(ra::seq, bad, targets); }), parts) ==
              "");
        c.check_unchanged();
    };
    const std::invalid_argument invalid("");
    const std::out_of_range range("");
    std::vector<ra::class_index> other = p.original;
    other[2] = 1000000;
    check(good, {.original = other, .real = p.real.view()}, range, {"label 1000000 of image 12 "});
    ra::rankings bad = good;
    bad.prediction[4] = 5;
    check(bad, p.targets(), range, {"prediction 5 of image 14", "[0, 5)"});
    bad.prediction[4] = -2;
    check(bad, p.targets(), range, {"prediction -2 of image 14"});
    bad = good;
    bad.original_tied.clear();
    check(bad, p.targets(), invalid, {"10 ranks", "0 ties"});
    bad = good;
    bad.depth = 6;
    check(bad, p.targets(), invalid, {"depth 6", "5"});
    bad.depth = 0;
    check(bad, p.targets(), invalid, {"depth 0"});
    bad = good;
    bad.classes = 0;
    check(bad, p.targets(), invalid, {"no classes"});
    bad = good;
    bad.label_rank.push_back(0);
    check(bad, p.targets(), invalid, {"labels"});
    bad = good;
    bad.prediction.pop_back();
    check(bad, p.targets(), invalid, {"9 images"});
}
