// Tests of pair_selection (top m of a stream of scores) against sorting all scores.
#include "random_scores.hpp"

#include <reassess/labeling/pair_selection.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

TEST_CASE("pair selection: keeps exactly the m largest, ties by lower image, then lower class")
{
    constexpr std::size_t classes = 37;
    for (const std::size_t images : {1U, 5U, 40U}) {
        for (const std::uint64_t levels : {1U, 3U, 1000U}) {
            const auto scores = test_support::random_scores<float>(images * classes, levels, images + levels);
            for (const std::size_t most : {1U, 2U, 36U, 100U, 184U, 185U, 186U, 100'000U}) {
                CAPTURE(images);
                CAPTURE(levels);
                CAPTURE(most);
                ra::pair_selection selection(most);
                for (std::size_t image = 0; image < images; ++image)
                    selection.offer_row(static_cast<std::uint32_t>(image), scores.data() + image * classes, classes);
                const auto pairs = selection.pairs();
                CHECK(pairs.size() == std::min(most, images * classes));
                CHECK(pairs == test_support::largest_by_sorting(scores, classes, most));
            }
        }
    }
}

TEST_CASE("pair selection: the order of offering does not affect the result")
{
    constexpr std::size_t classes = 10;
    const auto scores = test_support::random_scores<double>(600, 4, 7);
    std::vector<std::size_t> order(scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::mt19937_64 engine(3);
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[engine() % i]);
        ra::pair_selection selection(75);
        for (const std::size_t i : order)
            selection.offer(scores[i],
                            {static_cast<std::uint32_t>(i / classes), static_cast<ra::class_index>(i % classes)});
        CHECK(selection.pairs() == test_support::largest_by_sorting(scores, classes, 75));
    }
}

TEST_CASE("pair selection: many pairs with few and many ties, in every order of scores")
{
    constexpr std::size_t classes = 500, images = 200;
    for (const std::uint64_t levels : {1U, 2U, 300U, 1'000'000U}) {
        std::vector<std::vector<float>> orders(3, test_support::random_scores<float>(images * classes, levels, levels));
        std::sort(orders[1].begin(), orders[1].end());
        std::sort(orders[2].begin(), orders[2].end(), std::greater<>());
        for (const auto& scores : orders) {
            for (const std::size_t most : {11'000U, 20'001U}) {
                CAPTURE(levels);
                CAPTURE(most);
                ra::pair_selection selection(most);
                for (std::size_t image = 0; image < images; ++image)
                    selection.offer_row(static_cast<std::uint32_t>(image), scores.data() + image * classes, classes);
                CHECK(selection.pairs() == test_support::largest_by_sorting(scores, classes, most));
            }
        }
    }
}

TEST_CASE("pair selection: a periodic sequence that biases the sample is selected correctly")
{
    // The surplus is first dropped at 24,576 candidates, of which every 24th is sampled: all sampled scores are high.
    constexpr std::size_t classes = 30'000, most = 16'384;
    auto scores = test_support::random_scores<float>(classes, 10, 1);
    for (std::size_t c = 0; c < classes; c += 24) scores[c] += 100;
    ra::pair_selection selection(most);
    selection.offer_row(0, scores.data(), classes);
    CHECK(selection.pairs() == test_support::largest_by_sorting(scores, classes, most));
}

TEST_CASE("pair selection: the bound rises to the score of the last pair kept")
{
    ra::pair_selection selection(2);
    CHECK(selection.bound() == -std::numeric_limits<double>::infinity());
    const std::vector<double> row{1, 5, 4, 2};
    selection.offer_row(0, row.data(), row.size());
    CHECK(selection.bound() == 4);
    CHECK(selection.pairs() == std::vector<ra::image_class>{{0, 1}, {0, 2}});
    // Equal to the last kept pair: only an earlier image replaces it.
    selection.offer(4, {1, 0});
    CHECK(selection.pairs() == std::vector<ra::image_class>{{0, 1}, {0, 2}});
    selection.offer(4, {0, 0});
    CHECK(selection.pairs() == std::vector<ra::image_class>{{0, 0}, {0, 1}});
}

TEST_CASE("pair selection: infinities are ordered like other scores")
{
    constexpr float infinity = std::numeric_limits<float>::infinity();
    ra::pair_selection selection(3);
    const std::vector<float> row{-infinity, 1, infinity, -infinity, -infinity, infinity};
    for (std::uint32_t image : {0U, 1U, 2U}) selection.offer_row(image, row.data(), row.size());
    CHECK(selection.pairs() == std::vector<ra::image_class>{{0, 2}, {0, 5}, {1, 2}});
    ra::pair_selection lowest(3);
    const std::vector<float> none(4, -infinity);
    for (std::uint32_t image : {0U, 1U}) lowest.offer_row(image, none.data(), none.size());
    CHECK(lowest.pairs() == std::vector<ra::image_class>{{0, 0}, {0, 1}, {0, 2}});
}

TEST_CASE("pair selection: a bound between two floats is rounded down")
{
    CHECK(ra::detail::lower_or_equal<float>(0.1) < 0.1);
    CHECK(static_cast<double>(ra::detail::lower_or_equal<float>(0.1)) > 0.1 - 1e-8);
    CHECK(ra::detail::lower_or_equal<float>(0.5) == 0.5F);
    CHECK(ra::detail::lower_or_equal<float>(1e300) == std::numeric_limits<float>::max());
    CHECK(ra::detail::lower_or_equal<float>(-1e300) == -std::numeric_limits<float>::infinity());
    CHECK(ra::detail::lower_or_equal<float>(std::numeric_limits<double>::infinity()) ==
          std::numeric_limits<float>::infinity());
}

TEST_CASE("pair selection: 0 pairs throw")
{
    CHECK_THROWS_WITH_AS(ra::pair_selection(0), "pair selection: 0 pairs requested; the minimum is 1",
                         std::invalid_argument);
}
