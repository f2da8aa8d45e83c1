// Fig. 6: each curve sorted on its own, and where the model's lies at or above the oracle's.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/class_curves.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

TEST_CASE("class curves: each curve is sorted on its own, over the requested classes that have a value")
{
    test_support::random_source random(61);
    std::size_t dominating = 0, below_somewhere = 0;
    for (int repetition = 0; repetition < 100; ++repetition) {
        const small_problem p({.images = 60, .classes = 1 + random.below(8)}, random);
        ra::label_summary targets({.classes = p.classes});
        targets.update(p.targets());
        const ra::evaluation model = ra::evaluate(ra::seq, p.view(), p.targets());
        std::vector<ra::class_index> asked;
        for (std::size_t c = 0; c < p.classes; ++c) {
            if (random.chance(80)) asked.push_back(static_cast<ra::class_index>(c));
        }
        const ra::class_curves curves = ra::sorted_class_curves(targets, model, asked);

        std::vector<double> of_model, of_oracle;
        for (const ra::class_index c : asked) {
            std::uint64_t images = 0, hits = 0, chances = 0;
            for (std::size_t i = 0; i < p.images(); ++i) {
                if (!p.confirmed(i) || p.original[i] != c) continue;
                ++images;
                hits += p.right(i) ? 1 : 0;
                chances += 2520 / p.sets[i].size();
            }
            if (images == 0) continue;
            of_model.push_back(static_cast<double>(hits) / static_cast<double>(images));
            of_oracle.push_back(static_cast<double>(chances) / static_cast<double>(2520 * images));
        }
        std::sort(of_model.begin(), of_model.end(), std::greater<>());
        std::sort(of_oracle.begin(), of_oracle.end(), std::greater<>());
        REQUIRE(curves.model == of_model);
        REQUIRE(curves.oracle == of_oracle);
        REQUIRE(curves.classes_left_out == asked.size() - of_model.size());
        std::uint64_t above = 0;
        for (std::size_t i = 0; i < of_model.size(); ++i) above += of_model[i] >= of_oracle[i] ? 1 : 0;
        REQUIRE(curves.at_or_above_oracle() == ra::proportion{above, of_model.size()});
        REQUIRE(curves.dominates() == (!of_model.empty() && above == of_model.size()));
        if (!of_model.empty()) (above == of_model.size() ? dominating : below_somewhere) += 1;
    }
    // Both kinds occur among the problems, so that both answers of dominates() were compared above.
    CHECK(dominating > 0);
    CHECK(below_somewhere > 0);
}

TEST_CASE("class curves: a model that equals the oracle dominates; no classes, no dominance")
{
    // Class 0: sets of 2 labels, one of two predictions right: 1/2 and 1/2.
    const std::vector<ra::class_index> original{0, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0, 1}, {0, 2}});
    const std::vector<int> predictions{0, 2};
    const ra::targets_view labels{.original = original, .real = sets.view()};
    ra::label_summary targets({.classes = 3});
    targets.update(labels);
    const ra::evaluation model = ra::evaluate(ra::seq, ra::top_k_view<int>(predictions, 1, 3), labels);
    const std::vector<ra::class_index> zero{0}, all{0, 1, 2}, beyond{3}, negative{-1};
    CHECK(ra::sorted_class_curves(targets, model, zero).dominates());
    CHECK(ra::sorted_class_curves(targets, model, zero).at_or_above_oracle() == ra::proportion{1, 1});
    CHECK(ra::sorted_class_curves(targets, model, all).classes_left_out == 2);
    CHECK(!ra::sorted_class_curves(targets, model, {}).dominates());
    CHECK(ra::sorted_class_curves(targets, model, {}).at_or_above_oracle() == ra::proportion{});
    CHECK_ERROR(std::out_of_range, ra::sorted_class_curves(targets, model, beyond), "class 3");
    CHECK_ERROR(std::out_of_range, ra::sorted_class_curves(targets, model, negative), "class -1");
}

TEST_CASE("class curves: evaluations and labels of other classes, or without a kind of labels, are refused")
{
    const std::vector<ra::class_index> original{0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}});
    const std::vector<int> predictions{0};
    ra::label_summary targets({.classes = 3}), wider({.classes = 4}), half({.classes = 3});
    targets.update({.original = original, .real = sets.view()});
    wider.update({.original = original, .real = sets.view()});
    half.update({.original = original});
    const ra::top_k_view<int> lists(predictions, 1, 3);
    const ra::evaluation model = ra::evaluate(ra::seq, lists, {.original = original, .real = sets.view()});
    const ra::evaluation bare = ra::evaluate(ra::seq, lists, {.original = original});
    CHECK_ERROR(std::invalid_argument, ra::sorted_class_curves(wider, model, original), "4 classes", "the model has 3");
    CHECK_ERROR(std::invalid_argument, ra::sorted_class_curves(half, model, original), "both needed");
    CHECK_ERROR(std::invalid_argument, ra::sorted_class_curves(targets, bare, original), "no label sets");
}
