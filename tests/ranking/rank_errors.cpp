// What `rank` refuses, with images numbered from the start of the stream; and the smallest inputs.
#include "support/messages.hpp"
#include "support/policies.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;

namespace {

using indices = std::vector<ra::class_index>;

const std::vector<float> six{1, 2, 3, 4, 5, 6};
const ra::scores_view<float> three_images(six, 2);

}  // namespace

TEST_CASE("rank: scores and labels of different numbers of images (V01, V20)")
{
    const indices two{0, 1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {1}, {0}, {1}});
    for_each_policy([&](auto policy) {
        CHECK_ERROR(std::invalid_argument, ra::rank(policy, three_images, {.original = two}), "3 images",
                    "original labels 2");
        CHECK_ERROR(std::invalid_argument, ra::rank(policy, three_images, {.real = sets.view()}), "3 images",
                    "label sets 4");
    });
}

TEST_CASE("rank: no classes (V03), one class (V04), no images (V02)")
{
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::scores_view<float>(), {}), "no classes");
    const indices zeros(6, 0);
    const ra::rankings one_class = ra::rank(ra::seq, ra::scores_view<float>(six, 1), {.original = zeros});
    CHECK(one_class.prediction == zeros);
    CHECK(one_class.original_rank == std::vector<ra::rank_index>(6, 0));
    CHECK(one_class.original_tied == std::vector<std::uint8_t>(6, 0));
    const ra::label_sets none;
    for_each_policy([&](auto policy) {
        const ra::rankings empty = ra::rank(policy, ra::scores_view<float>(nullptr, 0, 1000),
                                            {.original = std::span<const ra::class_index>{}, .real = none.view()});
        CHECK(empty.images() == 0);
        CHECK(empty.classes == 1000);
        CHECK(empty.depth == 1000);
    });
}

TEST_CASE("rank: more classes than a class index can count")
{
    const float score = 0;
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::scores_view<float>(&score, 0, std::size_t{1} << 31), {}),
                "2147483648 classes", "2^31 - 1");
}

TEST_CASE("rank: a label that is no class names the image (V13, V24)")
{
    const ra::ranking_options later{.first_image = 100};
    const indices too_large{0, 2, 1}, negative{0, 1, -2}, extreme{0, 0, std::numeric_limits<ra::class_index>::max()};
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = too_large}, later),
                "label 2 of image 101 is not in [0, 2)");
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = negative}, later),
                "label -2 of image 102 is not in [0, 2)");
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = extreme}), "label 2147483647",
                "image 2");
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0, 7}});
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.real = sets.view()}, later),
                "label 7 of image 102 is not in [0, 2)");
    CHECK_ERROR(std::out_of_range,
                ra::rank(ra::seq, three_images.slice(2, 1), {.real = sets.view().slice(2, 1)}, {.first_image = 2}),
                "label 7 of image 2 ");
    const indices missing{-1, -1, -1};
    CHECK(ra::rank(ra::seq, three_images, {.original = missing}).original_rank ==
          std::vector<ra::rank_index>(3, ra::no_rank));
}

TEST_CASE("rankings: they belong to the targets that they were made with")
{
    const indices original{0, 1, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0, 1}});
    const ra::label_sets more(std::vector<std::vector<int>>{{0}, {1}, {0, 1}});
    const ra::rankings bare = ra::rank(ra::seq, three_images, {});
    const ra::rankings ranks = ra::rank(ra::seq, three_images, {.original = original, .real = sets.view()});
    ranks.expect_made_with({.original = original, .real = sets.view()});
    CHECK_ERROR(std::invalid_argument, bare.expect_made_with({.original = original}), "without original labels");
    CHECK_ERROR(std::invalid_argument, bare.expect_made_with({.real = sets.view()}), "0 labels", "have 3");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with({.real = more.view()}), "3 labels", "have 4");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with(ra::targets_view{.real = sets.view()}.slice(0, 2)),
                "rankings have 3 images");
}
