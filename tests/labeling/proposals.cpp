// Tests of pooling proposals: small examples, and random models against counting mentions in a map.
#include "random_scores.hpp"

#include <reassess/labeling/proposals.hpp>

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using labels = std::vector<ra::class_index>;

std::vector<std::vector<ra::class_index>> sets_of(const ra::proposal_set& set)
{
    std::vector<std::vector<ra::class_index>> sets;
    for (std::size_t image = 0; image < set.images(); ++image)
        sets.emplace_back(set.proposed[image].begin(), set.proposed[image].end());
    return sets;
}

}  // namespace

TEST_CASE("proposals: one model proposes its prediction, the label and pairs in both of its lists")
{
    const std::vector<ra::model_mentions> models{{.classes = 6,
                                                  .by_logit = {{0, 1}, {0, 2}, {1, 3}},
                                                  .by_probability = {{0, 1}, {1, 4}, {1, 5}},
                                                  .top_1 = {0, 5}}};
    const labels original{3, 5};
    const auto lists = ra::propose(models, original);
    // 0: the prediction; 1: in both lists; 3: the label. 2 is in one list only.
    CHECK(sets_of(lists) == std::vector<std::vector<ra::class_index>>{{0, 1, 3}, {5}});
    CHECK(lists.mentions == std::vector<std::uint32_t>{0, 2, 0, 1});
    CHECK(lists.dropped == 3);
    CHECK(lists.rated == std::vector<std::uint32_t>{0});
    CHECK(lists.not_rated == std::vector<std::uint32_t>{1});
    CHECK(lists.mean_over_rated().value() == 3);
    CHECK(lists.mean_over_all().value() == 2);

    const auto by_model = ra::propose(models, original, {.unit = ra::mention_unit::model});
    CHECK(sets_of(by_model) == std::vector<std::vector<ra::class_index>>{{0, 3}, {5}});
    CHECK(by_model.dropped == 4);
}

TEST_CASE("proposals: two models are pooled with missing labels and missing predictions")
{
    const std::vector<ra::model_mentions> models{
        {.classes = 4, .by_logit = {{0, 1}, {2, 0}}, .by_probability = {}, .top_1 = {0, 2, ra::missing_label}},
        {.classes = 4, .by_logit = {}, .by_probability = {{0, 1}, {2, 3}}, .top_1 = {0, 2, 1}}};
    const auto set = ra::propose(models, labels{0, ra::missing_label, 1});
    CHECK(sets_of(set) == std::vector<std::vector<ra::class_index>>{{0, 1}, {2}, {1}});
    CHECK(set.mentions == std::vector<std::uint32_t>{0, 2, 0, 0});
    CHECK(set.dropped == 2);
    // An image without a label, and a model without a prediction.
    CHECK(set.rated == std::vector<std::uint32_t>{1, 2});
    CHECK(set.proposals_on_rated == 2);
    const auto by_model = ra::propose(models, labels{0, ra::missing_label, 1}, {.unit = ra::mention_unit::model});
    CHECK(by_model.proposed == set.proposed);
}

TEST_CASE("proposals: random models give the same result as counting every mention in a map")
{
    constexpr std::size_t images = 40, classes = 12;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto models = test_support::random_models(1 + seed % 5, images, classes, 60, seed);
        labels original;
        for (std::size_t i = 0; i < images; ++i)
            original.push_back(static_cast<ra::class_index>(i % 7 == 0 ? -1 : static_cast<int>(i % classes)));
        for (const auto unit : {ra::mention_unit::list, ra::mention_unit::model}) {
            std::map<ra::image_class, std::uint32_t> mentions;
            std::set<ra::image_class> always;
            std::vector<std::uint32_t> rated;
            for (const auto& model : models) {
                const std::set<ra::image_class> first(model.by_logit.begin(), model.by_logit.end());
                for (const auto& pair : first) ++mentions[pair];
                for (const auto& pair : model.by_probability)
                    mentions[pair] += unit == ra::mention_unit::list || !first.contains(pair);
            }
            for (std::uint32_t i = 0; i < images; ++i) {
                bool stands = original[i] != -1;
                for (const auto& model : models) {
                    always.insert({i, model.top_1[i]});
                    stands = stands && model.top_1[i] == original[i];
                }
                if (original[i] != -1) always.insert({i, original[i]});
                if (!stands) rated.push_back(i);
            }
            std::vector<std::vector<ra::class_index>> expected(images);
            std::vector<std::uint32_t> expected_mentions;
            std::uint64_t dropped = 0;
            for (const auto& pair : always) mentions.try_emplace(pair, 0);
            for (const auto& [pair, count] : mentions) {
                if (count < 2 && !always.contains(pair)) {
                    ++dropped;
                    continue;
                }
                expected[pair.image].push_back(pair.c);
                expected_mentions.push_back(count);
            }
            const auto set = ra::propose(models, original, {.unit = unit});
            CHECK(sets_of(set) == expected);
            CHECK(set.mentions == expected_mentions);
            CHECK(set.dropped == dropped);
            CHECK(set.rated == rated);
            CHECK(set.rated.size() + set.not_rated.size() == images);
        }
    }
}

TEST_CASE("proposals: invalid models, lists and labels throw errors with their positions")
{
    const ra::model_mentions good{.classes = 3, .by_logit = {{0, 1}}, .by_probability = {}, .top_1 = {0, 1}};
    const labels original{0, 2};
    const auto refuse = [&](ra::model_mentions model, const char* text) {
        CHECK_THROWS_WITH(static_cast<void>(ra::propose(std::vector{good, model}, original)), text);
    };
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::propose({}, original)), "proposals: 0 models; the minimum is 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::propose(std::vector{good}, labels{0})),
                         "proposals: mentions for 2 images, but original labels for 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::propose(std::vector{good}, labels{0, 3})),
                         "label 3 of image 1 is outside [0, 3)", std::out_of_range);
    refuse({.classes = 4, .top_1 = {0, 1}},
           "model 1 has 2 images and 4 classes, but model 0 has 2 images and 3 classes");
    refuse({.classes = 3, .top_1 = {0, 3}}, "prediction 3 of image 1 is outside [0, 3)");
    refuse({.classes = 3, .by_logit = {{2, 0}}, .top_1 = {0, 1}},
           "model 1 mentions class 0 of image 2, but there are 2 images and 3 classes");
    refuse({.classes = 3, .by_probability = {{0, -1}}, .top_1 = {0, 1}},
           "model 1 mentions class -1 of image 0, but there are 2 images and 3 classes");
    refuse({.classes = 3, .by_logit = {{0, 1}, {0, 1}}, .top_1 = {0, 1}},
           "the mentions of model 1 are not in order of image and class, each once (class 1 of image 0)");
}
