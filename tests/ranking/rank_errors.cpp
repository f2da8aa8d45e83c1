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

TEST_CASE("rank: scores and labels of different numbers of images are refused")
{
    const indices two{0, 1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {1}, {0}, {1}});
    for_each_policy([&](auto policy) {
        CHECK_ERROR(std::invalid_argument, ra::rank(policy, three_images, {.original = two}), "scores have 3 images",
                    "the original labels have 2");
        CHECK_ERROR(std::invalid_argument, ra::rank(policy, three_images, {.real = sets.view()}),
                    "scores have 3 images", "the label sets have 4");
    });
}

TEST_CASE("rank: no classes are refused; one class and no images are ranked")
{
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::scores_view<float>(), {}), "the number of classes is 0");
    const indices zeros(6, 0);
    const ra::image_results one_class = ra::rank(ra::seq, ra::scores_view<float>(six, 1), {.original = zeros});
    CHECK(one_class.prediction == zeros);
    CHECK(one_class.original_rank == std::vector<ra::rank_index>(6, 0));
    CHECK(one_class.original_tied == std::vector<std::uint8_t>(6, 0));
    const ra::label_sets none;
    for_each_policy([&](auto policy) {
        const ra::image_results empty = ra::rank(policy, ra::scores_view<float>(nullptr, 0, 1000),
                                                 {.original = std::span<const ra::class_index>{}, .real = none.view()});
        CHECK(empty.images() == 0);
        CHECK(empty.classes == 1000);
        CHECK(empty.depth == 1000);
    });
}

TEST_CASE("rank: more classes than a class index can count are refused")
{
    const float score = 0;
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::scores_view<float>(&score, 0, std::size_t{1} << 31), {}),
                "2147483648 classes", "2^31 - 1");
}

TEST_CASE("rank: a label outside the classes is refused with its image")
{
    constexpr std::uint64_t later = 100;
    const indices too_large{0, 2, 1}, negative{0, 1, -2}, extreme{0, 0, std::numeric_limits<ra::class_index>::max()};
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = too_large}, {}, later),
                "label 2 of image 101 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = negative}, {}, later),
                "label -2 of image 102 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.original = extreme}), "label 2147483647",
                "image 2");
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0, 7}});
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, three_images, {.real = sets.view()}, {}, later),
                "label 7 of image 102 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range,
                ra::rank(ra::seq, three_images.slice(2, 1), {.real = sets.view().slice(2, 1)}, {}, 2),
                "label 7 of image 2 ");
    const indices missing{-1, -1, -1};
    CHECK(ra::rank(ra::seq, three_images, {.original = missing}).original_rank ==
          std::vector<ra::rank_index>(3, ra::no_rank));
}

TEST_CASE("image results: they belong to the targets that they were made with")
{
    const indices original{0, 1, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0, 1}});
    const ra::label_sets more(std::vector<std::vector<int>>{{0}, {1}, {0, 1}});
    const ra::image_results bare = ra::rank(ra::seq, three_images, {});
    const ra::image_results ranks = ra::rank(ra::seq, three_images, {.original = original, .real = sets.view()});
    ranks.expect_made_with({.original = original, .real = sets.view()});
    CHECK_ERROR(std::invalid_argument, bare.expect_made_with({.original = original}),
                "image results were made without original labels, the targets are with");
    CHECK_ERROR(std::invalid_argument, bare.expect_made_with({.real = sets.view()}),
                "image results were made without label sets, the targets are with");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with({.original = original}),
                "image results were made with label sets, the targets are without");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with({.real = sets.view()}),
                "image results were made with original labels, the targets are without");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with({.original = original, .real = more.view()}),
                "column label_rank has 3 elements, expected 4");
    CHECK_ERROR(std::invalid_argument, ranks.expect_made_with(ra::targets_view{.real = sets.view()}.slice(0, 2)),
                "image results have 3 images, the label sets have 2");
}
