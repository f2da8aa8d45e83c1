// A batch that is refused leaves the state as it was; image numbers count from the start of the stream.
#include "support/element_bits.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

/// An evaluator that has counted ten images of five classes with both kinds of labels, and what may come next.
template <class Policy>
struct counted {
    small_problem problem;
    ra::evaluator<Policy> state;
    ra::evaluation<> before{};

    counted(Policy policy, test_support::random_source& random)
        : problem({.images = 10, .classes = 5}, random), state(policy)
    {
        state.update(problem.view(), problem.targets());
        before = state.result();
    }
    /// The evaluator is as before, and still takes what is good.
    void check_unchanged()
    {
        CHECK(state.result() == before);
        ra::evaluator again = state;
        ra::evaluation<> expected = before;
        again.update(problem.view(), problem.targets());
        expected.merge(ra::evaluation<>(before));
        CHECK(again.result() == expected);
    }
};

}  // namespace

TEST_CASE("update: a bad label of a later batch changes nothing")
{
    test_support::random_source random(91);
    for_each_policy([&](auto policy) {
        counted c(policy, random);
        const small_problem good({.images = 10, .classes = 5}, random);
        small_problem bad = good;
        bad.original[7] = 5;
        CHECK_ERROR(std::out_of_range, c.state.update(bad.view(), bad.targets()),
                    "label 5 of image 17 is outside [0, 5)");
        c.check_unchanged();
        CHECK_ERROR(std::out_of_range, c.state.update(bad.view(), bad.targets(), {.first_image = 1000}),
                    "label 5 of image 1007 is outside [0, 5)");
        bad.original[7] = -2;
        CHECK_ERROR(std::out_of_range, c.state.update(bad.view(), bad.targets()),
                    "label -2 of image 17 is outside [0, 5)");
        ra::label_sets sets(std::vector<std::vector<int>>(9));
        const std::vector<int> beyond{2, 9};
        sets.append(std::span<const int>(beyond));
        CHECK_ERROR(std::out_of_range, c.state.update(good.view(), {.original = good.original, .real = sets.view()}),
                    "label 9 of image 19 is outside [0, 5)");
        c.check_unchanged();
    });
}

TEST_CASE("update: a NaN of a later batch changes nothing")
{
    test_support::random_source random(92);
    for_each_policy([&](auto policy) {
        counted c(policy, random);
        small_problem bad({.images = 10, .classes = 5}, random);
        bad.scores[3 * 5 + 4] = test_support::nan_score<float>();
        CHECK_ERROR(std::domain_error, c.state.update(bad.view(), bad.targets()),
                    "the score of class 4 of image 13 is NaN; on_nan::exclude leaves such images out and counts them");
        c.check_unchanged();
    });
}

TEST_CASE("update: a score of a later batch that is not a probability changes nothing")
{
    test_support::random_source random(97);
    for_each_policy([&](auto policy) {
        small_problem p({.images = 10, .classes = 5}, random);
        for (float& score : p.scores) score /= 16.0F;
        ra::evaluator state(policy);
        state.update(ra::probabilities(p.view()), p.targets());
        const ra::evaluation<> before = state.result();
        small_problem bad = p;
        bad.scores[3 * 5 + 4] = -0.5F;
        CHECK_ERROR(std::domain_error, state.update(ra::probabilities(bad.view()), bad.targets()),
                    "the score of class 4 of image 13 is outside [0, 1] (value -0.5); use logits(...)");
        CHECK(state.result() == before);
    });
}

TEST_CASE("update: a batch of another size, configuration or kind changes nothing")
{
    test_support::random_source random(93);
    counted c(ra::seq, random);
    const small_problem good({.images = 10, .classes = 5}, random), wide({.images = 10, .classes = 6}, random);
    CHECK_ERROR(std::invalid_argument, c.state.update(good.view(), good.targets().slice(0, 9)),
                "scores have 10 images, the original labels have 9");
    CHECK_ERROR(std::invalid_argument, c.state.update(wide.view(), wide.targets()),
                "classes: this evaluation has 5, the batch or merged evaluation has 6");
    CHECK_ERROR(std::invalid_argument, c.state.update(good.view(), {.original = good.original}), "with label sets",
                "without label sets");
    CHECK_ERROR(std::invalid_argument, c.state.update(good.view(), {.real = good.real.view()}), "with original labels",
                "without original labels");
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::logits(good.view()), good.targets()),
                "this evaluation is of scores without an interpretation, the batch or merged evaluation is of logits");
    const std::vector<std::int16_t> deep = good.lists(5), shallow = good.lists(3);
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::top_k_view<std::int16_t>(deep, 5, 5), good.targets()),
                "with ties", "without ties");
    CHECK_ERROR(std::invalid_argument, c.state.update(ra::top_k_view<std::int16_t>(shallow, 3, 5), good.targets()),
                "this evaluation has depth 5, but only ranks below 3 of the batch are known");
    c.check_unchanged();
}

TEST_CASE("update: a bad list changes nothing")
{
    test_support::random_source random(94);
    const small_problem good({.images = 10, .classes = 5}, random);
    const std::vector<std::int16_t> lists = good.lists(3);
    // Lists know of how many classes they are.
    CHECK_ERROR(std::invalid_argument, ra::top_k_view<std::int16_t>(lists, 3, 0),
                "the number of classes is 0, expected at least 1");
    for_each_policy([&](auto policy) {
        ra::evaluator state(policy);
        state.update(ra::top_k_view<std::int16_t>(lists, 3, 5), good.targets());
        const ra::evaluation<> before = state.result();
        std::vector<std::int16_t> bad = lists;
        bad[3 * 4 + 2] = 5;
        CHECK_ERROR(std::out_of_range, state.update(ra::top_k_view<std::int16_t>(bad, 3, 5), good.targets()),
                    "prediction 5 of image 14 is outside [0, 5)");
        bad[3 * 4 + 2] = bad[3 * 4];
        CHECK_ERROR(std::invalid_argument, state.update(ra::top_k_view<std::int16_t>(bad, 3, 5), good.targets()),
                    "image 14 has class " + std::to_string(bad[3 * 4]) + " twice in its top-k list");
        CHECK(state.result() == before);
    });
}

TEST_CASE("update: the first batch that is refused leaves an evaluator that anything fits")
{
    test_support::random_source random(95);
    small_problem bad({.images = 10, .classes = 5}, random);
    bad.original[0] = 17;
    ra::evaluator state(ra::seq);
    CHECK_THROWS_AS(state.update(ra::logits(bad.view()), bad.targets()), std::out_of_range);
    CHECK(state.result() == ra::evaluation<>());
    const small_problem other({.images = 3, .classes = 2}, random);
    state.update(other.view(), {.original = other.original});
    CHECK(state.result().classes() == 2);
    CHECK(state.result().images() == 3);
    CHECK(state.images() == 3);
}

TEST_CASE("update: after a reset anything fits, and images are numbered from 0")
{
    test_support::random_source random(98);
    counted c(ra::seq, random);
    c.state.reset();
    CHECK(c.state.result() == ra::evaluation<>());
    small_problem other({.images = 3, .classes = 2}, random);
    ra::evaluator expected(ra::seq);
    c.state.update(ra::logits(other.view()), {.original = other.original});
    expected.update(ra::logits(other.view()), {.original = other.original});
    CHECK(c.state.result() == expected.result());
    c.state.reset();
    other.original[1] = 2;
    CHECK_ERROR(std::out_of_range, c.state.update(other.view(), other.targets()),
                "label 2 of image 1 is outside [0, 2)");
}

TEST_CASE("update: image results that do not fit together are refused")
{
    test_support::random_source random(96);
    counted c(ra::seq, random);
    const small_problem& p = c.problem;
    const ra::image_results good = ra::rank(ra::seq, p.view(), p.targets());
    const auto check = [&](const ra::image_results& bad, const ra::targets_view& targets, auto error,
                           std::initializer_list<std::string_view> parts) {
        CHECK(test_support::lacks(test_support::message_of<decltype(error)>([&] { c.state.update(bad, targets); }),
                                  parts) == "");
        c.check_unchanged();
    };
    const std::invalid_argument invalid("");
    const std::out_of_range range("");
    std::vector<ra::class_index> other = p.original;
    other[2] = 1000000;
    check(good, {.original = other, .real = p.real.view()}, range, {"label 1000000 of image 12 is outside [0, 5)"});
    ra::image_results bad = good;
    bad.prediction[4] = 5;
    check(bad, p.targets(), range, {"prediction 5 of image 14 is outside [0, 5)"});
    bad.prediction[4] = -2;
    check(bad, p.targets(), range, {"prediction -2 of image 14 is outside [0, 5)"});
    bad = good;
    bad.original_tied.clear();
    check(bad, p.targets(), invalid, {"column original_tied has 0 elements, expected 10"});
    bad = good;
    bad.depth = 6;
    check(bad, p.targets(), invalid, {"depth is 6, expected 1 to the number of classes, 5"});
    bad.depth = 0;
    check(bad, p.targets(), invalid, {"depth is 0, expected 1 to the number of classes, 5"});
    bad = good;
    bad.classes = 0;
    check(bad, p.targets(), invalid, {"the number of classes is 0"});
    bad = good;
    bad.label_rank.push_back(0);
    check(bad, p.targets(), invalid, {"column label_rank has " + std::to_string(p.real.view().labels() + 1)});
    bad = good;
    bad.prediction.pop_back();
    check(bad, p.targets(), invalid, {"image results have 9 images, the original labels have 10"});
    check(ra::rank(ra::seq, p.view(), {.real = p.real.view()}), p.targets(), invalid,
          {"image results were made without original labels, the targets are with"});
    check(good, {.real = p.real.view()}, invalid,
          {"image results were made with original labels, the targets are without"});

    // Columns of losses and of lists.
    const ra::image_results of_logits = ra::rank(ra::seq, ra::logits(p.view()), p.targets(), {.top_k = 2});
    check(of_logits, p.targets(), invalid, {"is of scores without an interpretation", "is of logits"});
    bad = of_logits;
    bad.settings = {};
    check(bad, p.targets(), invalid, {"column confidence has 10 elements, expected 0"});
    bad = of_logits;
    bad.cross_entropy.pop_back();
    check(bad, p.targets(), invalid, {"column cross_entropy has 9 elements, expected 10"});
    bad = of_logits;
    bad.settings.sigmoid = ra::sigmoid_losses::yes;
    check(bad, p.targets(), invalid, {"column sigmoid_cross_entropy has 0 elements, expected 10"});
    bad = of_logits;
    bad.k = 3;
    check(bad, p.targets(), invalid, {"column top_k has 20 elements, expected 30"});
}
