// Agreement of predictions, and images by the number of models that are right: by hand and against plain loops.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/prediction_agreement.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;
using outcomes = std::vector<ra::image_outcome>;

TEST_CASE("prediction agreement: by hand, without images that either leaves out")
{
    const std::vector<ra::class_index> a{0, 1, 2, -1, 3, -1}, b{0, 2, 2, 1, -1, -1}, c{1, 1, 1, 1, 1, 1};
    CHECK(ra::prediction_agreement(a, b) == ra::proportion{2, 3});
    CHECK(ra::prediction_agreement(b, a) == ra::proportion{2, 3});
    CHECK(ra::prediction_agreement(a, a) == ra::proportion{4, 4});
    CHECK(ra::prediction_agreements(std::vector{a, b, c}) == std::vector<ra::proportion>{{2, 3}, {1, 4}, {1, 4}});
    CHECK(ra::prediction_agreements(std::vector<std::vector<ra::class_index>>{a}).empty());
    CHECK(ra::prediction_agreement({}, {}) == ra::proportion{});
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::prediction_agreement(a, std::span(b).first(5))),
                "6 predictions of the first model, but 5 of the second");
}

TEST_CASE("images by models right: plain loops over random models, for both kinds of labels")
{
    test_support::random_source random(311);
    for (int repetition = 0; repetition < 30; ++repetition) {
        const std::size_t images = random.below(40), classes = 1 + random.below(4), models = 1 + random.below(4);
        const small_problem labels({.images = images, .classes = classes}, random);
        std::vector<small_problem> problems;
        std::vector<outcomes> original, real;
        for (std::size_t m = 0; m < models; ++m) {
            problems.emplace_back(test_support::small_problem_options{images, classes, 8}, random);
            problems.back().original = labels.original;
            problems.back().sets = labels.sets;
            const auto ranks =
                ra::rank(ra::seq, problems.back().view(), labels.targets(), {.nan = ra::on_nan::exclude});
            original.push_back(ra::image_outcomes(ranks, labels.targets()));
            real.push_back(ra::image_outcomes(ranks, labels.targets(), {.metric = ra::accuracy_of::real}));
        }
        for (const bool by_sets : {false, true}) {
            std::vector<std::uint64_t> expected(models + 1);
            std::uint64_t left_out = 0;
            for (std::size_t i = 0; i < images; ++i) {
                std::size_t right = 0, valid = 0;
                for (const small_problem& p : problems) {
                    valid += by_sets ? p.has_real_labels(i) : p.labelled(i);
                    right += p.valid(i) && (by_sets ? p.acceptable(i, p.prediction(i)) : p.right(i));
                }
                if (valid == models) {
                    ++expected[right];
                } else {
                    ++left_out;
                }
            }
            const auto found = ra::images_by_models_right(by_sets ? real : original);
            REQUIRE(found.images == expected);
            REQUIRE(found.left_out == left_out);
            REQUIRE(found.all_right() == ra::proportion{expected.back(), images - left_out});
            REQUIRE(found.none_right() == ra::proportion{expected.front(), images - left_out});
        }
    }
}

TEST_CASE("images by models right: without models or with different images it is an error")
{
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::images_by_models_right({})), "expected at least 1");
    const std::vector<outcomes> different{outcomes(3), outcomes(4)};
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::images_by_models_right(different)),
                "3 images of the first model, but 4 of another");
}
