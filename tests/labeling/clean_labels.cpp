// Tests of clean_labels: images whose label agrees with a held-out model are kept.
#include <reassess/data/label_sets.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/data/top_k.hpp>
#include <reassess/labeling/clean_labels.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using labels = std::vector<ra::class_index>;
using images = std::vector<std::size_t>;

}  // namespace

TEST_CASE("clean labels: stored predictions give the kept images, in total and by class")
{
    const std::vector<int> predictions{0, 1, 2, 2, 0, 1};
    const labels original{0, 2, 2, 2, -1, 0};
    const auto ranks = ra::rank(ra::seq, ra::top_k_view(predictions, 1, 4), {.original = original});
    const auto cleaned = ra::clean_labels(ranks, original);
    CHECK(cleaned.kept == images{0, 2, 3});
    CHECK(cleaned.share == ra::proportion{3, 5});
    CHECK(cleaned.by_class == std::vector<ra::proportion>{{1, 2}, {0, 0}, {2, 3}, {0, 0}});
    CHECK(cleaned.without_label == 1);
    CHECK(cleaned.without_prediction == 0);
}

TEST_CASE("clean labels: an image is kept if its label is among the first k predictions")
{
    const std::vector<int> lists{0, 1, 2, 1, 0, 2, 2, 0, 1};
    const labels original{1, 1, 1};
    const auto ranks = ra::rank(ra::seq, ra::top_k_view(lists, 3, 5), {.original = original});
    CHECK(ra::clean_labels(ranks, original).kept == images{1});
    CHECK(ra::clean_labels(ranks, original, {.top_k = 2}).kept == images{0, 1});
    CHECK(ra::clean_labels(ranks, original, {.top_k = 3}).kept == images{0, 1, 2});
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::clean_labels(ranks, original, {.top_k = 4})),
                         "clean labels: top_k = 4 is outside [1, depth of the ranks], depth = 3",
                         std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(ra::clean_labels(ranks, original, {.top_k = 0})), std::invalid_argument);
}

TEST_CASE("clean labels: a NaN score excludes the image")
{
    const std::vector<float> scores{1, 2, 3, std::numeric_limits<float>::quiet_NaN(), 5, 4};
    const labels original{1, 1, 0};
    // Ranks may come from label sets too; clean_labels only uses the original label's rank.
    const ra::label_sets sets(std::vector<labels>{{0}, {0}, {1}});
    const ra::targets_view targets{.original = original, .real = sets.view()};
    const auto ranks = ra::rank(ra::seq, ra::scores_view<float>(scores, 2), targets, {.nan = ra::on_nan::exclude});
    const auto cleaned = ra::clean_labels(ranks, original);
    CHECK(cleaned.kept == images{0, 2});
    CHECK(cleaned.share == ra::proportion{2, 2});
    CHECK(cleaned.without_prediction == 1);
}

TEST_CASE("clean labels: ranks for other labels throw")
{
    const std::vector<int> predictions{0, 1};
    const labels original{0, 1};
    const auto ranks = ra::rank(ra::seq, ra::top_k_view(predictions, 1, 2), {.original = original});
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::clean_labels(ranks, labels{0})),
                         "image results have 2 images, the original labels have 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::clean_labels(ranks, labels{0, 2})),
                         "original label 2 of image 1 is outside [0, 2)", std::out_of_range);
    const auto without = ra::rank(ra::seq, ra::top_k_view(predictions, 1, 2), {});
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::clean_labels(without, original)),
                         "image results were made without original labels", std::invalid_argument);
}

TEST_CASE("held_out_results: the images of each fold by the model that was trained without it, in any order")
{
    const labels original{0, 1, 0, 1};
    const auto rank = [&](const std::vector<int>& predictions, std::size_t classes = 2) {
        return ra::rank(ra::seq, ra::top_k_view(predictions, 1, classes), {.original = original});
    };
    const auto without_0 = rank({0, 0, 0, 0}), without_1 = rank({1, 1, 1, 1});
    ra::held_out_results held_out({1, 0, 0, 1});
    held_out.add(1, without_1);
    CHECK_THROWS_WITH_AS(static_cast<void>(held_out.results()),
                         "held-out results: the folds of 2 images were not added", std::invalid_argument);
    CHECK_THROWS_WITH_AS(held_out.add(1, without_1), "held-out results: fold 1 was added before",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(held_out.add(0, rank({0, 0, 0, 0}, 3)),
                         "held-out results: fold 0 has 3 classes and ranks below 1, the folds before have 2 classes "
                         "and ranks below 1",
                         std::invalid_argument);
    CHECK_THROWS_AS(held_out.add(0, ra::rank(ra::seq, ra::top_k_view(std::vector<int>{0}, 1, 2), {})),
                    std::invalid_argument);
    CHECK_THROWS_AS(held_out.add(0, ra::rank(ra::seq, ra::top_k_view(std::vector<int>{0, 0, 0, 0}, 1, 2), {})),
                    std::invalid_argument);
    held_out.add(0, without_0);
    CHECK(held_out.results().prediction == labels{1, 0, 0, 1});
    CHECK(held_out.results().original_rank == std::vector<ra::rank_index>{ra::no_rank, ra::no_rank, 0, 0});
    CHECK(ra::clean_labels(held_out.results(), original).kept == images{2, 3});
    CHECK(ra::held_out_results({}).results().prediction.empty());
}
