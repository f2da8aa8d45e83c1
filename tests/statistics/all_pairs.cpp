// Tests of pairwise model comparisons: correction for multiple testing and groups of similar models.
#include "support/relative_error.hpp"

#include <reassess/statistics/all_pairs.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using groups = std::vector<std::vector<std::size_t>>;

namespace {

/// Paired tables of models with given hits: each pair differs by its difference in hits plus 20 images either way.
std::vector<ra::paired_proportion> tables(const std::vector<std::uint64_t>& hits)
{
    std::vector<ra::paired_proportion> cells;
    for (std::size_t a = 0; a < hits.size(); ++a) {
        for (std::size_t b = a + 1; b < hits.size(); ++b) {
            const std::uint64_t low = std::min(hits[a], hits[b]), high = std::max(hits[a], hits[b]);
            const std::uint64_t better = high - low + 20;
            ra::paired_proportion cell{low - 20, better, 20, 1000 - (low - 20) - better - 20};
            cells.push_back(hits[a] >= hits[b] ? cell : cell.swapped());
        }
    }
    return cells;
}

}  // namespace

TEST_CASE("all pairs: every pair is compared in order, corrected, and found in either order")
{
    const std::vector<std::uint64_t> hits{500, 505, 560, 300};
    const ra::all_pairs_result result = ra::compare_all_pairs(4, tables(hits));
    REQUIRE(result.pairs.size() == 6);
    CHECK(result.pair(2, 3).first == 2);
    CHECK(&result.pair(1, 3) == &result.pair(3, 1));
    CHECK(result.pair(1, 2).comparison.difference == -0.055);
    CHECK(result.pair(1, 2).comparison.cells.first() == ra::proportion{505, 1000});
    std::vector<double> raw;
    for (const ra::model_pair& pair : result.pairs) raw.push_back(pair.comparison.test.exact.mid_p_value);
    CHECK(result.pair(0, 1).adjusted_p_value == ra::adjust_p_values(raw)[0]);
    CHECK(result.pair(2, 3).adjusted_p_value == ra::adjust_p_values(raw)[5]);
    CHECK_FALSE(result.different(0, 1));
    CHECK(result.different(2, 0));
    CHECK_FALSE(result.different(2, 2));
    CHECK(result.groups == groups{{0, 1}, {2}, {3}});
    CHECK_THROWS_AS((void)result.pair(1, 1), std::out_of_range);
    CHECK_THROWS_AS((void)result.pair(0, 4), std::out_of_range);
}

TEST_CASE("all pairs: groups of similar models may overlap")
{
    // Neighbours do not differ significantly, other pairs do.
    const ra::all_pairs_result chain = ra::compare_all_pairs(4, tables({400, 412, 424, 436}));
    for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = 0; b < 4; ++b) {
            bool together = false;
            for (const auto& group : chain.groups) {
                together = together || (std::find(group.begin(), group.end(), a) != group.end() &&
                                        std::find(group.begin(), group.end(), b) != group.end());
            }
            CHECK(together == !chain.different(a, b));
        }
    }
    CHECK(chain.groups == groups{{0, 1}, {1, 2}, {2, 3}});
    CHECK(ra::compare_all_pairs(3, tables({400, 400, 400})).groups == groups{{0, 1, 2}});
    CHECK(ra::compare_all_pairs(3, tables({100, 500, 900})).groups == groups{{0}, {1}, {2}});
}

TEST_CASE("all pairs: the number of groups stays small where there are exponentially many maximal sets")
{
    // Of 80 models each differs from exactly one other: 2^40 maximal sets of 40 models.
    constexpr std::size_t models = 80;
    std::vector<ra::paired_proportion> cells;
    for (std::size_t a = 0; a < models; ++a) {
        for (std::size_t b = a + 1; b < models; ++b) {
            const std::uint64_t better = a % 2 == 0 && b == a + 1 ? 200 : 20;
            cells.push_back({500, better, 20, 480 - better});
        }
    }
    const ra::all_pairs_result result = ra::compare_all_pairs(models, cells);
    CHECK(result.groups.size() < models);
    for (std::size_t a = 0; a < models; ++a) {
        for (std::size_t b = a + 1; b < models; ++b) {
            const bool together = std::any_of(result.groups.begin(), result.groups.end(), [&](const auto& group) {
                return std::binary_search(group.begin(), group.end(), a) &&
                       std::binary_search(group.begin(), group.end(), b);
            });
            CHECK(together == !result.different(a, b));
        }
    }
    CHECK(result.different(0, 1));
    CHECK_FALSE(result.different(1, 2));
}

TEST_CASE("all pairs: the correction method and the level are options")
{
    const auto cells = tables({400, 419, 438});
    const auto holm = ra::compare_all_pairs(3, cells, {.method = ra::correction::holm});
    const auto strict = ra::compare_all_pairs(3, cells, {.level = ra::confidence_level{0.99999}});
    const auto rate = ra::compare_all_pairs(3, cells, {.method = ra::correction::benjamini_hochberg});
    CHECK(holm.pair(0, 1).adjusted_p_value > rate.pair(0, 1).adjusted_p_value);
    CHECK(holm.different(0, 2));
    CHECK_FALSE(strict.different(0, 2));
    CHECK(strict.pair(0, 1).comparison.difference_interval.upper >
          holm.pair(0, 1).comparison.difference_interval.upper);
}

TEST_CASE("all pairs: zero or one model gives no pairs, and a wrong number of tables throws")
{
    CHECK(ra::compare_all_pairs(0, {}).groups.empty());
    CHECK(ra::compare_all_pairs(1, {}).groups == groups{{0}});
    CHECK_THROWS_AS((void)ra::compare_all_pairs(3, tables({400, 410})), std::invalid_argument);
}
