// Tests of subset_search against proposing with each subset separately, and on data with a known best subset.
#include "random_scores.hpp"

#include <reassess/labeling/proposals.hpp>
#include <reassess/labeling/subset_search.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using labels = std::vector<ra::class_index>;
using sets = std::vector<std::vector<ra::class_index>>;

/// The figures of a subset, computed by `propose` with its models only.
ra::subset_figures figures_by_proposing(const std::vector<ra::model_mentions>& models, ra::model_subset subset,
                                        const labels& original, const ra::label_sets& gold, ra::mention_unit unit)
{
    std::vector<ra::model_mentions> chosen;
    for (std::size_t m = 0; m < models.size(); ++m) {
        if ((subset >> m & 1) != 0) chosen.push_back(models[m]);
    }
    const ra::proposal_set proposals = ra::propose(chosen, original, {.unit = unit});
    ra::subset_figures figures{.models = subset,
                               .gold_labels = gold.labels(),
                               .proposals = proposals.proposals(),
                               .images = original.size(),
                               .proposals_on_rated = proposals.proposals_on_rated,
                               .rated = proposals.rated.size()};
    for (std::size_t image = 0; image < original.size(); ++image) {
        if (gold[image].empty()) continue;
        figures.judged_proposals += proposals.proposed[image].size();
        for (const ra::class_index c : proposals.proposed[image]) figures.correct += gold.view().contains(image, c);
    }
    return figures;
}

/// Whether a has better precision than b, in integers.
bool is_more_precise(const ra::subset_figures& a, const ra::subset_figures& b)
{
    return a.correct * b.judged_proposals > b.correct * a.judged_proposals;
}

bool is_better(const ra::subset_figures& a, const ra::subset_figures& b)
{
    if (is_more_precise(a, b) || is_more_precise(b, a)) return is_more_precise(a, b);
    if (a.correct != b.correct) return a.correct > b.correct;
    if (std::popcount(a.models) != std::popcount(b.models)) return std::popcount(a.models) < std::popcount(b.models);
    return a.models < b.models;
}

}  // namespace

TEST_CASE("subset search: every figure of every subset equals proposing with that subset")
{
    constexpr std::size_t images = 25, classes = 9;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const std::size_t count = 1 + seed % 6;
        const auto models = test_support::random_models(count, images, classes, 30, seed);
        std::mt19937_64 engine(seed);
        labels original;
        sets gold_sets(images);
        for (std::size_t i = 0; i < images; ++i) {
            original.push_back(static_cast<ra::class_index>(engine() % 10) - 1);
            if (engine() % 3 == 0) continue;  // without gold labels
            gold_sets[i].push_back(static_cast<ra::class_index>(i % classes));
            if (engine() % 2 == 0) gold_sets[i].push_back(static_cast<ra::class_index>(engine() % classes));
        }
        const ra::label_sets gold(gold_sets);
        for (const auto unit : {ra::mention_unit::list, ra::mention_unit::model}) {
            const ra::subset_search search(models, original, gold, {.unit = unit});
            const auto in_one_call = ra::search_subsets(models, original, gold, 0.5, {.unit = unit});
            CHECK(in_one_call.all_models == search.figures(search.all_models()));
            CHECK(in_one_call.best == search.best(0.5));
            CHECK(in_one_call.pareto_front == search.pareto_front());
            CHECK(in_one_call.least_recall == 0.5);
            CHECK(in_one_call.gold_images ==
                  images - static_cast<std::size_t>(std::count(gold_sets.begin(), gold_sets.end(), labels{})));
            std::vector<ra::subset_figures> all;
            for (ra::model_subset subset = 1; subset <= search.all_models(); ++subset) {
                CAPTURE(seed);
                CAPTURE(subset);
                const auto expected = figures_by_proposing(models, subset, original, gold, unit);
                CHECK(search.figures(subset) == expected);
                CHECK(search.precision(subset) == expected.precision());
                CHECK(search.recall(subset) == expected.recall());
                all.push_back(expected);
            }
            for (const double bound : {0.0, 0.5, 0.7, 0.8, 0.9, 1.0}) {
                std::optional<ra::subset_figures> best;
                for (const auto& f : all) {
                    if (f.recall().value() >= bound && f.judged_proposals > 0 && (!best || is_better(f, *best)))
                        best = f;
                }
                CHECK(search.best(bound) == best);
            }
            std::vector<ra::subset_figures> front;
            for (const auto& f : all) {
                bool beaten = f.judged_proposals == 0;
                for (const auto& other : all) {
                    const bool same = other.correct == f.correct && other.judged_proposals == f.judged_proposals;
                    beaten = beaten || (same && is_better(other, f)) ||
                             (!same && other.judged_proposals > 0 && other.correct >= f.correct &&
                              !is_more_precise(f, other));
                }
                if (!beaten) front.push_back(f);
            }
            std::sort(front.begin(), front.end(), [](const auto& a, const auto& b) { return a.correct > b.correct; });
            CHECK(search.pareto_front() == front);
        }
    }
}

TEST_CASE("subset search: a planted best subset is found")
{
    // Models 1, 4 and 6 know the gold labels: each predicts one of three, and each pair of them mentions the two others
    // twice. Each of the other models mentions wrong classes together with a second model.
    constexpr std::size_t images = 30, classes = 50, count = 9;
    const std::vector<std::size_t> planted{1, 4, 6};
    std::vector<ra::model_mentions> models(count);
    sets gold;
    labels original;
    std::mt19937_64 engine(11);
    for (std::uint32_t i = 0; i < images; ++i) {
        const auto first = static_cast<ra::class_index>(i % 40);
        gold.push_back({first, first + 1, first + 2});
        original.push_back(first);
        for (std::size_t m = 0; m < count; ++m) {
            const bool knows = std::find(planted.begin(), planted.end(), m) != planted.end();
            models[m].classes = classes;
            models[m].top_1.push_back(knows ? first : 49);
            if (knows) {
                models[m].by_logit.push_back({i, first + 1 + static_cast<ra::class_index>(m == 4)});
                models[m].by_probability.push_back({i, first + 1 + static_cast<ra::class_index>(m != 1)});
            } else {
                models[m].by_logit.push_back({i, static_cast<ra::class_index>(44 + engine() % 4)});
            }
        }
    }
    const ra::subset_search search(models, original, ra::label_sets(gold));
    const auto best = search.best(0.97);
    REQUIRE(best);
    // 1 mentions first + 1 twice, 4 mentions first + 2 twice: 6 adds nothing. All three are equal; fewer models win.
    CHECK(best->models == (1U << 1 | 1U << 4));
    CHECK(best->precision() == ra::proportion{90, 90});
    CHECK(best->recall() == ra::proportion{90, 90});
    CHECK(best->rated == 0);
    CHECK(best->mean_over_all().value() == 3);
    CHECK(!best->mean_over_rated());
    CHECK(search.pareto_front().size() == 1);
    const auto all = search.figures(search.all_models());
    CHECK(all.recall() == ra::proportion{90, 90});
    CHECK(all.judged_proposals > 120);
    CHECK(all.rated == images);

    // Counted per model, first + 1 needs models 1 and 6, and first + 2 needs 4 and 6.
    const ra::subset_search per_model(models, original, ra::label_sets(gold), {.unit = ra::mention_unit::model});
    CHECK(per_model.best(1).value().models == (1U << 1 | 1U << 4 | 1U << 6));
    CHECK(per_model.best(1).value().precision() == ra::proportion{90, 90});
}

TEST_CASE("subset search: counts above 65,535 proposals are exact")
{
    // One image whose classes are all in both lists of model 0, and half of them in one list of models 1 and 2.
    constexpr std::size_t classes = 70'000;
    std::vector<ra::model_mentions> models(3, {.classes = classes, .top_1 = {0}});
    for (ra::class_index c = 0; c < 70'000; ++c) {
        models[0].by_logit.push_back({0, c});
        models[0].by_probability.push_back({0, c});
        if (c % 2 == 0) {
            models[1].by_logit.push_back({0, c});
            models[2].by_probability.push_back({0, c});
        }
    }
    std::vector<ra::class_index> multiples_of_4;
    for (ra::class_index c = 0; c < 70'000; c += 4) multiples_of_4.push_back(c);
    const ra::subset_search search(models, labels{-1}, ra::label_sets(sets{multiples_of_4}));
    CHECK(search.precision(1) == ra::proportion{17'500, 70'000});
    CHECK(search.precision(2) == ra::proportion{1, 1});
    CHECK(search.precision(6) == ra::proportion{17'500, 35'000});
    CHECK(search.precision(7) == ra::proportion{17'500, 70'000});
    CHECK(search.precision(0) == ra::proportion{0, 0});
    CHECK(search.best(1).value().models == 6);
    CHECK(search.best(0).value().models == 2);
}

TEST_CASE("subset search: 24 models are searched")
{
    constexpr std::size_t images = 6;
    const auto models = test_support::random_models(24, images, 8, 12, 3);
    labels original(images, 0);
    sets gold(images, {0, 1, 2});
    const ra::subset_search search(models, original, ra::label_sets(gold));
    CHECK(search.all_models() == 0xffffff);
    std::mt19937_64 engine(1);
    for (int round = 0; round < 200; ++round) {
        const auto subset = static_cast<ra::model_subset>(engine() & 0xffffff);
        const auto expected = search.figures(subset);
        CHECK(search.precision(subset) == expected.precision());
        CHECK(search.recall(subset) == expected.recall());
    }
    CHECK(search.figures(0x800001) ==
          figures_by_proposing(models, 0x800001, original, ra::label_sets(gold), ra::mention_unit::list));
}

TEST_CASE("subset search: invalid arguments throw errors with their positions")
{
    const auto models = test_support::random_models(2, 3, 4, 5, 1);
    const labels original{0, 1, 2};
    const auto search = [&](const std::vector<ra::model_mentions>& some, const sets& gold) {
        return ra::subset_search(some, original, ra::label_sets(gold));
    };
    CHECK_THROWS_WITH_AS(search(models, {{0}, {1}}), "subset search: gold labels for 2 images, but models for 3",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(search(models, {{}, {}, {}}), "subset search: no image has a gold label",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(search(models, {{0}, {4}, {2}}), "subset search: gold label 4 of image 1 is outside [0, 4)",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS(search(std::vector(25, models[0]), {{0}, {1}, {2}}),
                         "subset search: 25 models; the maximum is 24", std::invalid_argument);
    const auto good = search(models, {{0}, {1}, {2}});
    CHECK_THROWS_AS(static_cast<void>(good.figures(4)), std::out_of_range);
    CHECK_THROWS_AS(static_cast<void>(good.precision(7)), std::out_of_range);
    CHECK_THROWS_AS(static_cast<void>(good.best(1.1)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(good.best(std::numeric_limits<double>::quiet_NaN())), std::invalid_argument);
    // No subset proposes class 3 on every image.
    CHECK(!search(models, {{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 1, 2, 3}}).best(1));
}
