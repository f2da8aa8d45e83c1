// Folds: equal, balanced, and the same everywhere.
#include <reassess/labeling/folds.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using folds = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("folds: the same on every platform, as an independent program deals them")
{
    CHECK(ra::assign_folds(20, {.folds = 3, .seed = 42}) ==
          folds{2, 1, 1, 1, 2, 0, 1, 0, 2, 1, 0, 2, 2, 0, 1, 0, 0, 1, 0, 2});
    CHECK(ra::assign_folds(20, {.folds = 3}) == folds{1, 1, 2, 0, 2, 1, 1, 0, 2, 0, 1, 1, 0, 0, 1, 0, 2, 2, 2, 0});
    const std::vector<ra::class_index> labels{2, 0, 1, -1, 0, 1, 2, 2, 0, 1, 0, -1};
    CHECK(ra::assign_folds_by_class(labels, {.folds = 2, .seed = 7}) == folds{1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0});
}

TEST_CASE("folds: sizes differ by at most one, also within every class")
{
    std::mt19937_64 engine(1);
    for (const std::size_t images : {10U, 101U, 5000U}) {
        for (const std::uint32_t count : {2U, 7U, 10U}) {
            std::vector<ra::class_index> labels;
            for (std::size_t i = 0; i < images; ++i)
                labels.push_back(static_cast<ra::class_index>(engine() % 6 * (engine() % 6)) - 1);
            const auto plain = ra::assign_folds(images, {.folds = count, .seed = images});
            const auto balanced = ra::assign_folds_by_class(labels, {.folds = count, .seed = images});
            for (const auto* const fold_of : {&plain, &balanced}) {
                REQUIRE(fold_of->size() == images);
                std::vector<std::size_t> sizes(count);
                for (const std::uint32_t fold : *fold_of) ++sizes.at(fold);
                const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
                CHECK(*most - *least <= 1);
            }
            for (const ra::class_index c : std::set<ra::class_index>(labels.begin(), labels.end())) {
                std::vector<std::size_t> sizes(count);
                for (std::size_t i = 0; i < images; ++i) sizes[balanced[i]] += labels[i] == c;
                const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
                CHECK(*most - *least <= 1);
            }
        }
    }
}

TEST_CASE("folds: another seed deals otherwise, and neighbours are not kept apart")
{
    const auto first = ra::assign_folds(1000, {.seed = 1}), second = ra::assign_folds(1000, {.seed = 2});
    CHECK(first != second);
    CHECK(first == ra::assign_folds(1000, {.seed = 1}));
    // Under chance 100 of 999 neighbours share a fold; a mere deal would give 0.
    std::size_t shared = 0;
    for (std::size_t i = 1; i < first.size(); ++i) shared += first[i] == first[i - 1];
    CHECK(shared > 50);
    CHECK(shared < 150);
}

TEST_CASE("folds: random numbers below a bound are without bias")
{
    // Of 3 * 2^62 numbers a plain remainder would draw the lowest third half of the time.
    std::mt19937_64 engine(9);
    const std::uint64_t third = std::uint64_t{1} << 62;
    int low = 0;
    for (int i = 0; i < 9000; ++i) {
        const std::uint64_t draw = ra::detail::uniform_below(engine, 3 * third);
        CHECK(draw < 3 * third);
        low += draw < third;
    }
    CHECK(low > 2800);
    CHECK(low < 3200);
    CHECK(ra::detail::uniform_below(engine, 1) == 0);
}

TEST_CASE("folds: too few, too many and labels of no class are refused")
{
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds(10, {.folds = 1})), "1 folds, wanted at least 2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds(9)),
                         "10 folds of 9 images, wanted at most as many folds as images", std::invalid_argument);
    const std::vector<ra::class_index> labels{0, -2};
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds_by_class(labels, {.folds = 2})),
                         "label -2 of image 1 is not a class index", std::out_of_range);
}
