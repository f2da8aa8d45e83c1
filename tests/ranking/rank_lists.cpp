// Ranks in stored top-k lists: known below k, and what a list must be.
#include "support/messages.hpp"
#include "support/naive_ranks.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;

namespace {

using indices = std::vector<ra::class_index>;

/// The ranks that scores give, as lists of k classes would know them.
ra::image_results cut(ra::image_results ranks, std::size_t k)
{
    ranks.depth = k;
    ranks.ties_known = false;
    ranks.original_tied.clear();
    for (auto* all : {&ranks.original_rank, &ranks.label_rank}) {
        for (ra::rank_index& rank : *all) {
            if (rank >= k) rank = ra::no_rank;
        }
    }
    return ranks;
}

}  // namespace

TEST_CASE_TEMPLATE("rank: lists made from scores give the ranks of the scores below k", T, std::int8_t, std::int16_t,
                   std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t)
{
    test_support::random_source random(11);
    constexpr std::size_t images = 40;
    for (const std::size_t classes : {1UL, 2UL, 5UL, 17UL, 100UL}) {
        std::vector<double> scores(images * classes);
        for (double& score : scores) score = static_cast<double>(random.below(classes));
        indices original;
        ra::label_sets sets;
        for (std::size_t image = 0; image < images; ++image) {
            original.push_back(random.below<ra::class_index>(classes + 1) - 1);
            indices set(random.below(4));
            for (auto& c : set) c = random.below<ra::class_index>(classes);
            sets.append(std::span<const ra::class_index>(set));
        }
        const ra::targets_view targets{.original = original, .real = sets.view()};
        const ra::image_results of_scores = ra::rank(ra::seq, ra::scores_view<double>(scores, classes), targets);
        for (std::size_t k = 1; k <= classes; k += k < 5 ? 1 : 19) {
            std::vector<T> lists;
            for (std::size_t image = 0; image < images; ++image) {
                const auto order = test_support::naive_order(std::span(scores).subspan(image * classes, classes));
                for (std::size_t r = 0; r < k; ++r) lists.push_back(static_cast<T>(order[r]));
            }
            const ra::image_results expected = cut(of_scores, k);
            REQUIRE(ra::rank(ra::seq, ra::top_k_view<T>(lists, k, classes), targets) == expected);
        }
    }
}

TEST_CASE("rank: many lists give the same ranks on every policy, and the first invalid one is named")
{
    // Enough lists for several blocks.
    constexpr std::size_t images = 70000, k = 5, classes = 50;
    test_support::random_source random(12);
    std::vector<std::int32_t> lists, all(classes);
    for (std::size_t c = 0; c < classes; ++c) all[c] = static_cast<std::int32_t>(c);
    indices original;
    for (std::size_t image = 0; image < images; ++image) {
        for (std::size_t r = 0; r < k; ++r) std::swap(all[r], all[r + random.below(classes - r)]);
        lists.insert(lists.end(), all.begin(), all.begin() + k);
        original.push_back(random.below<ra::class_index>(classes));
    }
    const ra::top_k_view<std::int32_t> view(lists, k, classes);
    const ra::image_results expected = ra::rank(ra::seq, view, {.original = original});
    for_each_policy([&](auto policy) { CHECK(ra::rank(policy, view, {.original = original}) == expected); });

    lists[k * 60000 + 3] = 50;
    lists[k * 30001 + 4] = lists[k * 30001];
    lists[k * 69999] = -1;
    for_each_policy([&](auto policy) {
        CHECK_ERROR(std::invalid_argument, ra::rank(policy, view, {}, {}, 10),
                    "image 30011 has class " + std::to_string(lists[k * 30001]) + " twice in its top-k list");
    });
}

TEST_CASE("rank: a class twice in a list is refused, at any two places")
{
    for (std::size_t first = 0; first < 5; ++first) {
        for (std::size_t second = first + 1; second < 5; ++second) {
            std::vector<int> lists{4, 3, 2, 1, 0, 9, 8, 7, 6, 5};
            lists[5 + second] = lists[5 + first];
            CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 5, 10), {}),
                        "image 1 has class " + std::to_string(lists[5 + first]) + " twice");
        }
    }
}

TEST_CASE("rank: a prediction outside the classes is refused, also as the only one")
{
    const auto check = [](auto bad, const char* text) {
        using T = decltype(bad);
        for (const std::size_t k : {std::size_t{1}, std::size_t{2}}) {
            for (std::size_t place = 0; place < k; ++place) {
                std::vector<T> lists(2 * k);
                for (std::size_t r = 0; r < k; ++r) lists[r] = lists[k + r] = static_cast<T>(r);
                lists[k + place] = bad;
                CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, ra::top_k_view<T>(lists, k, 10), {}, {}, 5),
                            std::string(text) + " of image 6 is outside [0, 10)");
            }
        }
    };
    check(10, "prediction 10");
    check(-1, "prediction -1");
    check(std::numeric_limits<std::int64_t>::min(), "prediction -9223372036854775808");
    check(std::uint64_t{1} << 63, "prediction 9223372036854775808");
    // 2^32 + 1 would be class 1 if it were cut to 32 bits.
    check((std::int64_t{1} << 32) + 1, "prediction 4294967297");
    check(std::numeric_limits<std::uint64_t>::max(), "prediction 18446744073709551615");
    check(std::uint8_t{255}, "prediction 255");
    check(std::int8_t{-128}, "prediction -128");
}

TEST_CASE("rank: lists longer than there are classes, of no class, or of another number of images are refused")
{
    const std::vector<int> lists{0, 1, 2, 3, 4, 5};
    const indices original{0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {9}});
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 3, 2), {}),
                "top-k lists: k is 3, expected at most the number of classes, 2");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 3, 0), {}),
                "top-k lists: the number of classes is 0, expected at least 1");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 0, 10), {}),
                "top-k lists: k is 0, expected at least 1");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(), {}), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 3, 10), {}, {.top_k = 2}),
                "top-k lists were requested of stored top-k lists: use the stored ones");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, ra::top_k_view<int>(lists, 3, 10), {.original = original}),
                "top-k lists have 2 images, the original labels have 1");
    CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, ra::top_k_view<int>(lists, 3, 9), {.real = sets.view()}),
                "label 9 of image 1 is outside [0, 9)");
}

TEST_CASE("rank: no lists give empty results that know their k")
{
    for_each_policy([](auto policy) {
        const ra::image_results empty = ra::rank(policy, ra::top_k_view<int>(nullptr, 0, 5, 1000), {});
        CHECK(empty.images() == 0);
        CHECK(empty.depth == 5);
        CHECK(empty.classes == 1000);
        CHECK(!empty.ties_known);
    });
}
