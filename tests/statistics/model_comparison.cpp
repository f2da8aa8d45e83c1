// Comparison of several models against plain loops: counts of every pair, exact p-values, Holm's correction, ranks.
#include "support/messages.hpp"
#include "support/relative_error.hpp"

#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/statistics/model_comparison.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using outcomes = std::vector<ra::image_outcome>;

namespace {

constexpr auto right = ra::image_outcome::right, wrong = ra::image_outcome::wrong,
               left_out = ra::image_outcome::left_out;

/// Models of growing accuracy; some images are left out for one model only.
std::vector<outcomes> random_outcomes(std::size_t models, std::size_t images)
{
    std::mt19937 random(3);
    std::vector<outcomes> result(models, outcomes(images, wrong));
    for (std::size_t image = 0; image < images; ++image) {
        for (std::size_t model = 0; model < models; ++model) {
            if (random() % 100 < 40 + 15 * model) result[model][image] = right;
            if (random() % 50 == 0) result[model][image] = left_out;
        }
    }
    return result;
}

std::optional<ra::model_comparison> compare(const std::vector<outcomes>& models, std::uint64_t seed = 1,
                                            const ra::compare_models_options& options = {})
{
    const std::vector<double> hits = ra::hit_columns(models);
    return ra::compare_models(ra::seq, ra::pair_all_outcomes(models), ra::image_values_view(hits, models.size()),
                              ra::random_seed{seed}, options);
}

/// Mid-p value of the sign test by the sum of binomial probabilities.
double plain_mid_p(std::uint64_t b, std::uint64_t c)
{
    const auto n = static_cast<long double>(b + c);
    const auto probability = [&](std::uint64_t k) {
        const auto x = static_cast<long double>(k);
        return std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) - n * std::log(2.0L));
    };
    long double tail = 0;
    for (std::uint64_t k = 0; k < std::min(b, c); ++k) tail += probability(k);
    tail += probability(std::min(b, c)) / 2;
    return static_cast<double>(2 * tail);
}

}  // namespace

TEST_CASE("compare_models: pairs, corrected p-values and ranks are those of plain loops")
{
    constexpr std::size_t models = 4, images = 300;
    const std::vector<outcomes> of = random_outcomes(models, images);
    const auto result = compare(of);
    REQUIRE(result);
    REQUIRE(result->pairs.pairs.size() == 6);
    std::vector<std::pair<double, std::size_t>> p_values;
    for (std::size_t i = 0; i < 6; ++i) {
        const ra::model_pair& pair = result->pairs.pairs[i];
        std::uint64_t both = 0, first_only = 0, second_only = 0, neither = 0;
        for (std::size_t image = 0; image < images; ++image) {
            const auto a = of[pair.first][image], b = of[pair.second][image];
            if (a == left_out || b == left_out) continue;
            both += a == right && b == right;
            first_only += a == right && b == wrong;
            second_only += a == wrong && b == right;
            neither += a == wrong && b == wrong;
        }
        CHECK(pair.comparison.cells == ra::paired_proportion{both, first_only, second_only, neither});
        const double expected = plain_mid_p(first_only, second_only);
        CHECK(relative_error(pair.comparison.test.exact.mid_p_value, expected) < 1e-9);
        p_values.emplace_back(expected, i);
    }
    std::sort(p_values.begin(), p_values.end());
    double adjusted = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        adjusted = std::max(adjusted, std::min(1.0, static_cast<double>(6 - i) * p_values[i].first));
        const ra::model_pair& pair = result->pairs.pairs[p_values[i].second];
        CHECK(relative_error(pair.adjusted_p_value, adjusted) < 1e-9);
        CHECK(pair.different == (adjusted <= 0.05));
    }

    std::vector<std::uint64_t> hits(models, 0);
    for (std::size_t image = 0; image < images; ++image) {
        bool valid = true;
        for (std::size_t model = 0; model < models; ++model) valid = valid && of[model][image] != left_out;
        for (std::size_t model = 0; model < models; ++model) hits[model] += valid && of[model][image] == right;
    }
    REQUIRE(result->ranks.size() == models);
    double best_shares = 0;
    for (std::size_t model = 0; model < models; ++model) {
        const auto better = std::count_if(hits.begin(), hits.end(), [&](auto other) { return other > hits[model]; });
        const auto equal = std::count(hits.begin(), hits.end(), hits[model]);
        const ra::rank_set& rank = result->ranks[model];
        CHECK(rank.rank == static_cast<double>(better) + static_cast<double>(equal + 1) / 2);
        CHECK(static_cast<double>(rank.best) <= rank.rank);
        CHECK(static_cast<double>(rank.worst) >= rank.rank);
        best_shares += result->best_shares[model];
    }
    CHECK(best_shares >= 1.0);
}

TEST_CASE("compare_models: options and seed reach both parts, and every policy gives the same bits")
{
    const std::vector<outcomes> of = random_outcomes(3, 200);
    const ra::compare_models_options options{
        .method = ra::correction::bonferroni, .level = ra::confidence_level{0.5}, .replicates = 99};
    const auto result = compare(of, 7, options);
    REQUIRE(result);
    CHECK(result->options.method == ra::correction::bonferroni);
    CHECK(result->options.level.value() == 0.5);
    const std::vector<ra::paired_proportion> cells = ra::pair_all_outcomes(of);
    const std::vector<double> hits = ra::hit_columns(of);
    const ra::image_values_view view(hits, 3);
    const auto pairs = ra::compare_all_pairs(3, cells, {.method = options.method, .level = options.level});
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(result->pairs.pairs[i].adjusted_p_value == pairs.pairs[i].adjusted_p_value);
        CHECK(result->pairs.pairs[i].comparison.difference_interval.upper ==
              pairs.pairs[i].comparison.difference_interval.upper);
    }
    const auto shares = ra::first_place_shares(ra::seq, view, ra::random_seed{7}, 99);
    CHECK(result->best_shares == shares);
    const auto parallel = ra::compare_models(ra::par.on(3).serial_below(0), cells, view, ra::random_seed{7}, options);
    CHECK(parallel->best_shares == shares);
    // Some images are left out for one model, so the ranks are of the tables over the common images.
    std::vector<ra::paired_proportion> common(3);
    for (std::size_t image = 0; image < view.images(); ++image) {
        const auto row = view.row(image);
        const auto count = [&](ra::paired_proportion& table, double first, double second) {
            table.both += first == 1 && second == 1;
            table.first_only += first == 1 && second == 0;
            table.second_only += first == 0 && second == 1;
            table.neither += first == 0 && second == 0;
        };
        count(common[0], row[0], row[1]);
        count(common[1], row[0], row[2]);
        count(common[2], row[1], row[2]);
    }
    REQUIRE(common[0].total() < cells[0].total());
    const auto sets = ra::rank_sets(3, common, {.level = options.level});
    for (std::size_t model = 0; model < 3; ++model) {
        CHECK(result->ranks[model].rank == sets[model].rank);
        CHECK(result->ranks[model].best == sets[model].best);
        CHECK(result->ranks[model].worst == sets[model].worst);
    }
}

TEST_CASE("compare_models: rank sets use the images of all models, also if pairs have more")
{
    // On the 40 images of all models the first two are equal; on 40 others, which are left out for the third, the
    // second is better.
    std::vector<outcomes> of(3, outcomes(80, right));
    for (std::size_t image = 40; image < 80; ++image) {
        of[0][image] = wrong;
        of[2][image] = left_out;
    }
    const auto result = compare(of);
    REQUIRE(result);
    CHECK(result->pairs.pairs[0].different);
    CHECK(result->ranks[0].rank == 2);
    CHECK(result->ranks[0].best == 1);
    CHECK(result->ranks[1].worst == 3);
}

TEST_CASE("compare_models: empty without a pair or without common images, no ranks without images of all models")
{
    CHECK_FALSE(compare({{right, wrong}}));
    CHECK_FALSE(compare({{right, left_out}, {left_out, right}}));
    // Every pair has an image in common, but no image is valid for all three.
    const auto result = compare({{right, right, left_out}, {right, left_out, right}, {left_out, wrong, wrong}});
    REQUIRE(result);
    CHECK(result->pairs.pairs.size() == 3);
    CHECK(result->ranks.empty());
}

TEST_CASE("compare_models: a wrong number of tables and tables of fewer images throw")
{
    const std::vector<double> hits{1, 0, 1, 1};
    const ra::image_values_view view(hits, 2);
    const std::vector<ra::paired_proportion> one{{.both = 1, .neither = 1}}, small{{.both = 1}};
    CHECK(ra::compare_models(ra::seq, one, view, ra::random_seed{1}));
    CHECK_ERROR(std::invalid_argument, (void)ra::compare_models(ra::seq, {}, view, ra::random_seed{1}),
                "0 paired tables; expected 1 for 2 models");
    CHECK_ERROR(std::invalid_argument, (void)ra::compare_models(ra::seq, small, view, ra::random_seed{1}),
                "2 images are valid for all models, but only 1 for one pair");
}
