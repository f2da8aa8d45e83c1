// Tests of cross-validation folds: sizes, stratification by class, reproducibility on every platform, errors.
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

TEST_CASE("folds: assignments equal known values, computed by an independent implementation in Python")
{
    CHECK(ra::assign_folds(20, ra::random_seed(42), {.folds = 3}) ==
          folds{1, 2, 2, 2, 2, 1, 0, 1, 0, 2, 0, 2, 1, 1, 0, 0, 0, 1, 0, 1});
    CHECK(ra::assign_folds(20, ra::random_seed(0), {.folds = 3}) ==
          folds{0, 0, 2, 1, 2, 2, 1, 1, 0, 1, 1, 0, 2, 2, 0, 0, 0, 1, 2, 1});
    // A seed of more than 32 bits.
    CHECK(ra::assign_folds(20, ra::random_seed((std::uint64_t{1} << 40) + 3), {.folds = 3}) ==
          folds{1, 2, 0, 2, 1, 1, 1, 2, 1, 2, 0, 1, 2, 0, 0, 1, 0, 0, 2, 0});
    const std::vector<ra::class_index> labels{2, 0, 1, -1, 0, 1, 2, 2, 0, 1, 0, -1};
    CHECK(ra::assign_folds_by_class(labels, ra::random_seed(7), {.folds = 2}) ==
          folds{1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1});
}

TEST_CASE("folds: fold sizes differ by at most one, in total and within every class")
{
    std::mt19937_64 engine(1);
    for (const std::size_t images : {10U, 101U, 5000U}) {
        for (const std::uint32_t count : {2U, 7U, 10U}) {
            std::vector<ra::class_index> labels;
            for (std::size_t i = 0; i < images; ++i)
                labels.push_back(static_cast<ra::class_index>(engine() % 6 * (engine() % 6)) - 1);
            const auto plain = ra::assign_folds(images, ra::random_seed(images), {.folds = count});
            const auto balanced = ra::assign_folds_by_class(labels, ra::random_seed(images), {.folds = count});
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

TEST_CASE("folds: another seed gives other folds, and consecutive images may share a fold")
{
    const auto first = ra::assign_folds(1000, ra::random_seed(1)), second = ra::assign_folds(1000, ra::random_seed(2));
    CHECK(first != second);
    CHECK(first == ra::assign_folds(1000, ra::random_seed(1)));
    // By chance about 100 of the 999 consecutive pairs share a fold; without a shuffle none would.
    std::size_t shared = 0;
    for (std::size_t i = 1; i < first.size(); ++i) shared += first[i] == first[i - 1];
    CHECK(shared > 50);
    CHECK(shared < 150);
}

TEST_CASE("folds: fewer than 2 folds, more folds than images and labels below -1 throw")
{
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds(10, ra::random_seed(0), {.folds = 1})),
                         "folds: 1 folds requested; at least 2 are needed", std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds(9, ra::random_seed(0))),
                         "folds: 10 folds requested for 9 images; at most one fold per image is possible",
                         std::invalid_argument);
    const std::vector<ra::class_index> labels{0, -2};
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::assign_folds_by_class(labels, ra::random_seed(0), {.folds = 2})),
                         "folds: label -2 of image 1 is negative; use -1 for an image without a label",
                         std::out_of_range);
}
