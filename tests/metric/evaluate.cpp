// The one call: the same counts as a state that is updated by hand, with the rankings or without.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

const ra::model_evaluation& counts_of(const ra::evaluation& e)
{
    return e;
}

}  // namespace

TEST_CASE("evaluate: scores, with rankings or without, on every policy")
{
    test_support::random_source random(111);
    const small_problem p({.images = 200, .classes = 6}, random);
    ra::model_evaluation expected;
    expected.update(ra::seq, p.view(), p.targets());
    for_each_policy([&](auto policy) {
        const ra::evaluation plain = ra::evaluate(policy, p.view(), p.targets());
        CHECK(counts_of(plain) == expected);
        CHECK(!plain.ranks.has_value());
        const ra::evaluation keeping =
            ra::evaluate(policy, p.view(), p.targets(), {.keep_rankings = ra::keep_rankings::yes});
        CHECK(counts_of(keeping) == expected);
        REQUIRE(keeping.ranks.has_value());
        CHECK(*keeping.ranks == ra::rank(ra::seq, p.view(), p.targets()));
        ra::model_evaluation shallow({.depth = 3});
        shallow.update(ra::seq, p.view(), p.targets());
        CHECK(counts_of(ra::evaluate(policy, p.view(), p.targets(), {.classes = 6, .depth = 3})) == shallow);
    });
}

TEST_CASE("evaluate: stored lists")
{
    test_support::random_source random(112);
    const small_problem p({.images = 200, .classes = 6}, random);
    const std::vector<std::int16_t> lists = p.lists(3);
    const ra::predictions_view<std::int16_t> view(lists, 3);
    ra::model_evaluation expected({.classes = 6});
    expected.update(ra::seq, view, p.targets());
    for_each_policy([&](auto policy) {
        CHECK(counts_of(ra::evaluate(policy, view, p.targets(), {.classes = 6, .depth = 3})) == expected);
        ra::model_evaluation by_first_batch({.classes = 6});
        by_first_batch.update(policy, view, p.targets());
        const ra::evaluation keeping =
            ra::evaluate(policy, view, p.targets(), {.classes = 6, .keep_rankings = ra::keep_rankings::yes});
        CHECK(counts_of(keeping) == by_first_batch);
        CHECK(keeping.ranks.value() == ra::rank(ra::seq, view, 6, p.targets()));
    });
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, view, p.targets(), {}), "number of classes");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, view, p.targets(), {.classes = 6, .depth = 4}), "depth 4",
                "below 3");
}

TEST_CASE("evaluate: rows far apart are ranked in blocks, with the counts and image numbers of one pass")
{
    // A row of 64 KiB makes blocks of 4096 images; the rows overlap nothing and are mostly gap.
    constexpr std::size_t images = 4096 + 700, classes = 3, stride = 16384;
    test_support::random_source random(113);
    small_problem p({.images = images, .classes = classes}, random);
    std::vector<float> scores(images * stride);
    const auto spread = [&] {
        for (std::size_t image = 0; image < images; ++image)
            std::copy_n(p.scores.data() + image * classes, classes, scores.data() + image * stride);
    };
    spread();
    const ra::scores_view<float> view(scores.data(), images, classes, stride);
    ra::model_evaluation expected;
    expected.update(ra::seq, p.view(), p.targets());
    CHECK(counts_of(ra::evaluate(ra::par, view, p.targets())) == expected);
    p.scores[(images - 1) * classes + 2] = std::numeric_limits<float>::quiet_NaN();
    spread();
    CHECK_ERROR(std::domain_error, ra::evaluate(ra::seq, view, p.targets()),
                "class 2 of image " + std::to_string(images - 1) + " is NaN");
}

TEST_CASE("evaluate: no images (V02), other sizes (V01), no classes (V03), other classes")
{
    const ra::label_sets no_sets;
    const std::vector<ra::class_index> two{0, 1};
    const std::vector<float> scores(6);
    const ra::scores_view<float> none(nullptr, 0, 1000), three(scores, 2);
    for (const ra::keep_rankings keep : {ra::keep_rankings::no, ra::keep_rankings::yes}) {
        const ra::evaluation e =
            ra::evaluate(ra::par, none, {.original = std::span<const ra::class_index>{}, .real = no_sets.view()},
                         {.keep_rankings = keep});
        CHECK(e.images() == 0);
        CHECK(e.depth() == 1000);
        CHECK(e.top_k(5) == ra::proportion{});
        CHECK(e.preference() == ra::preference_counts{});
        CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, three, {.original = two}, {.keep_rankings = keep}),
                    "3 images", "original labels 2");
    }
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, ra::scores_view<float>(), {}), "no classes");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, three, {}, {.classes = 3}), "2 classes", "wanted 3");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, three, {}, {.depth = 3}), "depth 3");
}

TEST_CASE("evaluate: NaN rows are refused or left out, the same with rankings")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> scores{1, 2, nan, 5, 4, 3};
    const std::vector<ra::class_index> original{1, 1, 0};
    const ra::scores_view<float> view(scores, 2);
    for (const ra::keep_rankings keep : {ra::keep_rankings::no, ra::keep_rankings::yes}) {
        CHECK_ERROR(std::domain_error, ra::evaluate(ra::seq, view, {.original = original}, {.keep_rankings = keep}),
                    "class 0 of image 1");
        const ra::evaluation e =
            ra::evaluate(ra::seq, view, {.original = original}, {.nan = ra::on_nan::exclude, .keep_rankings = keep});
        CHECK(e.nan_images() == 1);
        CHECK(e.top_k(1) == ra::proportion{2, 2});
    }
}

TEST_CASE("summarise: is a label_summary")
{
    test_support::random_source random(114);
    const small_problem p({.images = 50, .classes = 6}, random);
    ra::label_summary expected({.classes = 6});
    expected.update(p.targets());
    CHECK(ra::summarise(p.targets(), {.classes = 6}) == expected);
    CHECK_ERROR(std::invalid_argument, ra::summarise(p.targets(), {}), "no classes");
}
