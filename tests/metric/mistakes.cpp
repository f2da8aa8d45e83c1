// Mistakes one by one.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/mistakes.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

TEST_CASE("mistakes: by the original label, by the set, or by both")
{
    test_support::random_source random(51);
    for (int repetition = 0; repetition < 60; ++repetition) {
        const small_problem p({.images = random.below(60), .classes = 1 + random.below(6), .nan_rows = 10}, random);
        const ra::image_results ranks = ra::rank(ra::seq, p.view(), p.targets(), {.nan = ra::on_nan::exclude});
        const std::vector<ra::mistake> found = ra::mistakes(ranks, p.targets());
        std::size_t next = 0;
        for (std::size_t i = 0; i < p.images(); ++i) {
            const bool by_original = p.labelled(i) && !p.right(i);
            const bool by_real = p.has_real_labels(i) && !p.acceptable(i, p.prediction(i));
            if (!by_original && !by_real) continue;
            REQUIRE(next < found.size());
            const ra::mistake& m = found[next++];
            REQUIRE(m.image == i);
            REQUIRE(m.prediction == p.prediction(i));
            REQUIRE(m.original == p.original[i]);
            REQUIRE(m.by_original == by_original);
            REQUIRE(m.by_real == by_real);
            REQUIRE(std::vector<ra::class_index>(m.labels.begin(), m.labels.end()) ==
                    std::vector<ra::class_index>(p.sets[i].begin(), p.sets[i].end()));
        }
        REQUIRE(next == found.size());
    }
}

TEST_CASE("mistakes: with one kind of labels only, and refused with other targets than the results were made with")
{
    const std::vector<float> scores{1, 2, 2, 1};
    const std::vector<ra::class_index> original{0, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {1}});
    const ra::scores_view<float> view(scores, 2);
    const ra::targets_view both{.original = original, .real = sets.view()};
    const ra::image_results ranks = ra::rank(ra::seq, view, both);
    CHECK(ra::mistakes(ranks, both).size() == 2);
    const ra::targets_view only_original{.original = original}, only_real{.real = sets.view()};
    const std::vector<ra::mistake> by_original = ra::mistakes(ra::rank(ra::seq, view, only_original), only_original);
    REQUIRE(by_original.size() == 1);
    CHECK(by_original[0].image == 0);
    CHECK(!by_original[0].by_real);
    CHECK(by_original[0].labels.empty());
    const std::vector<ra::mistake> by_real = ra::mistakes(ra::rank(ra::seq, view, only_real), only_real);
    REQUIRE(by_real.size() == 2);
    CHECK(by_real[1].original == ra::missing_label);
    CHECK(ra::mistakes(ra::rank(ra::seq, view, {}), {}).empty());
    CHECK_ERROR(std::invalid_argument, ra::mistakes(ranks, only_real),
                "image results were made with original labels, the targets are without");
    CHECK_ERROR(std::invalid_argument, ra::mistakes(ranks, only_original),
                "image results were made with label sets, the targets are without");
    CHECK_ERROR(std::invalid_argument, ra::mistakes(ra::rank(ra::seq, view, {}), both),
                "image results were made without original labels, the targets are with");
    CHECK_ERROR(std::invalid_argument, ra::mistakes(ranks, both.slice(0, 1)), "image results have 2 images");
}
