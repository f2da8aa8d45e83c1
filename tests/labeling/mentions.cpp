// Tests of one model's mentions against sorting all logits and probabilities.
#include "random_scores.hpp"
#include "support/failing_allocation.hpp"
#include "support/policies.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/labeling/mentions.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t classes = 23;
constexpr auto threads = ra::par.on(3).serial_below(0);

}  // namespace

TEST_CASE("mentions: both lists and the predictions equal those by sorting")
{
    for (const std::uint64_t levels : {1U, 2U, 9U, 10'000U}) {
        const auto scores = test_support::random_scores<float>(300 * classes, levels, levels, 0.25F);
        for (const std::size_t pairs : {1U, 22U, 1000U, 6899U, 6900U, 50'000U}) {
            CAPTURE(levels);
            CAPTURE(pairs);
            const ra::scores_view<float> view(scores, classes);
            const auto expected = test_support::mentions_by_sorting(scores, classes, pairs);
            CHECK(ra::find_mentions(ra::seq, view, {.pairs = pairs}) == expected);
            CHECK(ra::find_mentions(threads, view, {.pairs = pairs}) == expected);
        }
    }
}

TEST_CASE("mentions: any policy and any batches give the same lists")
{
    const auto scores = test_support::random_scores<double>(200 * classes, 5, 1);
    const ra::scores_view<double> view(scores, classes);
    const auto expected = test_support::mentions_by_sorting(scores, classes, 150);
    test_support::for_each_policy(
        [&](auto policy) { CHECK(ra::find_mentions(policy, view, {.pairs = 150}) == expected); });
    for (const std::size_t batch : {1U, 7U, 199U}) {
        ra::mention_collector collector({.pairs = 150});
        for (std::size_t first = 0; first < 200; first += batch)
            collector.update(threads, view.slice(first, std::min<std::size_t>(batch, 200 - first)));
        CHECK(collector.mentions() == expected);
    }
}

TEST_CASE("mentions: 16-bit scores with a row stride are read correctly")
{
    // 1, 2 and 3 in binary16; the last column is padding.
    const std::vector<ra::half> scores{{0x3c00}, {0x4200}, {0x7c00}, {0x4000}, {0x4200}, {0x7c00}};
    const auto mentions = ra::find_mentions(ra::seq, ra::scores_view<ra::half>(scores.data(), 2, 2, 3), {.pairs = 2});
    CHECK(mentions.by_logit == std::vector<ra::image_class>{{0, 1}, {1, 1}});
    CHECK(mentions.by_probability == std::vector<ra::image_class>{{0, 1}, {1, 1}});
    CHECK(mentions.top_1 == std::vector<ra::class_index>{1, 1});
    CHECK(mentions.classes == 2);
}

TEST_CASE("mentions: logits and probabilities may select different pairs")
{
    // Image 0 has larger logits, image 1 the larger top probability.
    const std::vector<float> scores{9, 8, 9, 5, 0, 0};
    const auto mentions = ra::find_mentions(ra::seq, ra::scores_view<float>(scores, 3), {.pairs = 2});
    CHECK(mentions.by_logit == std::vector<ra::image_class>{{0, 0}, {0, 2}});
    CHECK(mentions.by_probability == std::vector<ra::image_class>{{0, 0}, {1, 0}});
}

TEST_CASE("mentions: an infinite logit has probability 1, several share it equally")
{
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> scores{infinity,  1,         infinity,  0,           // 1/2 each
                                    0,         2,         0,         0,           // 0.71
                                    1,         -infinity, infinity,  5,           // 1
                                    -infinity, -infinity, -infinity, -infinity};  // 1/4 each
    const ra::scores_view<float> view(scores, 4);
    CHECK(ra::find_mentions(ra::seq, view, {.pairs = 2}).by_probability ==
          std::vector<ra::image_class>{{1, 1}, {2, 2}});
    CHECK(ra::find_mentions(ra::seq, view, {.pairs = 5}).by_probability ==
          std::vector<ra::image_class>{{0, 0}, {0, 2}, {1, 1}, {2, 2}, {3, 0}});
}

TEST_CASE("mentions: a NaN throws and changes nothing, or excludes the image")
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> good{1, 2, 3, 4}, bad{9, 8, nan, 7};
    ra::mention_collector collector({.pairs = 3});
    collector.update(ra::seq, ra::scores_view<float>(good, 2));
    const auto before = collector.mentions();
    CHECK_THROWS_WITH_AS(
        collector.update(ra::seq, ra::scores_view<float>(bad, 2)),
        "the score of class 0 of image 3 is NaN; on_nan::exclude leaves such images out and counts them",
        std::domain_error);
    CHECK(collector.mentions() == before);

    ra::mention_collector lenient({.pairs = 3, .nan = ra::on_nan::exclude});
    lenient.update(ra::seq, ra::scores_view<float>(good, 2));
    lenient.update(ra::seq, ra::scores_view<float>(bad, 2));
    const auto mentions = lenient.mentions();
    CHECK(mentions.top_1 == std::vector<ra::class_index>{1, 1, 0, ra::missing_label});
    CHECK(mentions.by_logit == std::vector<ra::image_class>{{1, 1}, {2, 0}, {2, 1}});
}

TEST_CASE("mentions: after bad_alloc the collector is unchanged or empty")
{
    const auto scores = test_support::random_scores<float>(40 * classes, 50, 1);
    const ra::scores_view<float> view(scores, classes);
    const auto expected = test_support::mentions_by_sorting(scores, classes, 100);
    ra::mention_collector first({.pairs = 100});
    first.update(ra::seq, view.slice(0, 30));
    ra::mention_collector collector;
    test_support::fail_each_allocation([&] { collector = first; },
                                       [&] { collector.update(ra::seq, view.slice(30, 10)); },
                                       [&] {
                                           REQUIRE((collector.images() == 0 || collector.images() == 30));
                                           const std::size_t next = collector.images();
                                           collector.update(ra::seq, view.slice(next, 40 - next));
                                           REQUIRE(collector.mentions() == expected);
                                       });
    CHECK(collector.mentions() == expected);
}

TEST_CASE("mentions: a changed number of classes and lists of 0 pairs throw")
{
    const std::vector<float> scores(12, 1);
    ra::mention_collector collector;
    collector.update(ra::seq, ra::scores_view<float>(scores, 3));
    CHECK_THROWS_WITH_AS(collector.update(ra::seq, ra::scores_view<float>(scores, 4)),
                         "mentions: logits with 4 classes, but earlier batches have 3", std::invalid_argument);
    CHECK(collector.mentions().images() == 4);
    CHECK_THROWS_AS(ra::mention_collector({.pairs = 0}), std::invalid_argument);
}

TEST_CASE("mentions: zero images give empty lists")
{
    const std::vector<float> scores;
    const auto mentions = ra::find_mentions(ra::seq, ra::scores_view<float>(scores, 3));
    CHECK(mentions.images() == 0);
    CHECK(mentions.by_logit.empty());
}
