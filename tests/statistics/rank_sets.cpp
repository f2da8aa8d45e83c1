// Confidence sets of ranks: plain Holm on all hypotheses, simulated coverage with many close models, ties, errors.
#include "support/messages.hpp"
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/statistics/rank_sets.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

/// Hits of one model as bits.
using hits = std::vector<std::uint64_t>;

hits draw(ra::detail::random_stream& stream, std::size_t images, double accuracy)
{
    hits drawn((images + 63) / 64, 0);
    const auto limit = static_cast<std::uint32_t>(accuracy * 4294967296.0);
    for (std::size_t image = 0; image < images; ++image) {
        if (stream.bits() < limit) drawn[image / 64] |= std::uint64_t{1} << (image % 64);
    }
    return drawn;
}

std::vector<ra::paired_proportion> pair_all(const std::vector<hits>& models, std::size_t images)
{
    std::vector<ra::paired_proportion> tables;
    for (std::size_t a = 0; a < models.size(); ++a) {
        for (std::size_t b = a + 1; b < models.size(); ++b) {
            ra::paired_proportion table;
            for (std::size_t word = 0; word < models[a].size(); ++word) {
                const auto count = [](std::uint64_t bits) { return static_cast<std::uint64_t>(std::popcount(bits)); };
                table.both += count(models[a][word] & models[b][word]);
                table.first_only += count(models[a][word] & ~models[b][word]);
                table.second_only += count(~models[a][word] & models[b][word]);
            }
            table.neither = images - table.both - table.first_only - table.second_only;
            tables.push_back(table);
        }
    }
    return tables;
}

struct coverage {
    int runs = 0;
    int all = 0;   // runs in which every set contains its true rank
    int best = 0;  // runs in which the set of the best model contains 1
};

/// Models `step` apart in accuracy; model m has true rank m + 1.
coverage simulate(int runs, std::size_t models, double step, std::size_t images, ra::rank_coverage kind)
{
    coverage result{runs, 0, 0};
    for (int run = 0; run < runs; ++run) {
        ra::detail::random_stream stream(images, static_cast<std::uint64_t>(run));
        std::vector<hits> drawn;
        for (std::size_t m = 0; m < models; ++m)
            drawn.push_back(draw(stream, images, 0.8 - step * static_cast<double>(m)));
        const auto sets = ra::rank_sets(models, pair_all(drawn, images), {.coverage = kind});
        bool all = true;
        for (std::size_t m = 0; m < models; ++m) all = all && sets[m].best <= m + 1 && m + 1 <= sets[m].worst;
        result.all += all;
        result.best += sets[0].best == 1;
    }
    return result;
}

}  // namespace

TEST_CASE("rank sets: Holm over both one-sided hypotheses of every pair, by plain loops")
{
    constexpr std::size_t models = 5, images = 600;
    for (std::uint64_t run = 0; run < 20; ++run) {
        ra::detail::random_stream stream(31, run);
        std::vector<hits> drawn;
        for (const double accuracy : {0.5, 0.8, 0.78, 0.9, 0.6}) drawn.push_back(draw(stream, images, accuracy));
        const auto tables = pair_all(drawn, images);
        // p_values[a][b]: P(X >= wins of a) by summing the binomial distribution.
        double p_values[models][models] = {};
        std::vector<double> all;
        std::size_t next = 0;
        const auto tail = [](std::uint64_t wins, std::uint64_t losses) {
            const double n = static_cast<double>(wins + losses);
            double sum = 0;
            for (std::uint64_t k = wins; k <= wins + losses; ++k) {
                const double x = static_cast<double>(k);
                sum += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) - n * std::log(2.0));
            }
            return std::min(1.0, sum);
        };
        for (std::size_t a = 0; a < models; ++a) {
            for (std::size_t b = a + 1; b < models; ++b, ++next) {
                p_values[a][b] = tail(tables[next].first_only, tables[next].second_only);
                p_values[b][a] = tail(tables[next].second_only, tables[next].first_only);
                all.push_back(p_values[a][b]);
                all.push_back(p_values[b][a]);
            }
        }
        // Holm: the k-th smallest of K hypotheses is rejected while p <= alpha / (K - k).
        const auto greatest_rejected = [](std::vector<double> tested) {
            std::sort(tested.begin(), tested.end());
            double limit = -1;
            for (std::size_t k = 0; k < tested.size(); ++k) {
                if (tested[k] > 0.05 / static_cast<double>(tested.size() - k)) break;
                limit = tested[k];
            }
            return limit;
        };
        const double limit = greatest_rejected(all);
        const auto sets = ra::rank_sets(models, tables);
        const auto single = ra::rank_sets(models, tables, {.coverage = ra::rank_coverage::each_model});
        for (std::size_t m = 0; m < models; ++m) {
            std::vector<double> own;
            std::size_t better = 0, worse = 0, own_better = 0, own_worse = 0;
            for (std::size_t other = 0; other < models; ++other) {
                if (other == m) continue;
                own.push_back(p_values[m][other]);
                own.push_back(p_values[other][m]);
            }
            const double own_limit = greatest_rejected(own);
            for (std::size_t other = 0; other < models; ++other) {
                if (other == m) continue;
                better += p_values[other][m] <= limit * (1 + 1e-9);
                worse += p_values[m][other] <= limit * (1 + 1e-9);
                own_better += p_values[other][m] <= own_limit * (1 + 1e-9);
                own_worse += p_values[m][other] <= own_limit * (1 + 1e-9);
            }
            CHECK(sets[m].best == 1 + better);
            CHECK(sets[m].worst == models - worse);
            CHECK(single[m].best == 1 + own_better);
            CHECK(single[m].worst == models - own_worse);
            CHECK(single[m].best >= sets[m].best);
            CHECK(single[m].worst <= sets[m].worst);
            CHECK(static_cast<double>(sets[m].best) <= sets[m].rank);
            CHECK(static_cast<double>(sets[m].worst) >= sets[m].rank);
        }
        CHECK(sets[3].worst == 1);
        CHECK(sets[0].best >= 4);
    }
}

TEST_CASE("rank sets: cover all true ranks at once, with models 0.05 points apart")
{
    const int runs = test_support::under_sanitizer ? 20 : 200;
    // 0.95 runs expected at least; 4 standard errors of the simulation are allowed.
    const auto least = [&](int n) { return n * (0.95 - 4 * std::sqrt(0.05 * 0.95 / n)); };
    const coverage all = simulate(runs, 20, 0.0005, 2000, ra::rank_coverage::all_models);
    CHECK(all.all >= least(runs));
    CHECK(all.best >= least(runs));
    const coverage each = simulate(runs, 20, 0.0005, 2000, ra::rank_coverage::each_model);
    CHECK(each.best >= least(runs));
    const coverage ten = simulate(runs, 10, 0.001, 2000, ra::rank_coverage::all_models);
    CHECK(ten.all >= least(runs));
    const int long_runs = runs / 4;
    const coverage many_images = simulate(long_runs, 10, 0.0005, 50000, ra::rank_coverage::all_models);
    CHECK(many_images.all >= least(long_runs));
    CHECK(many_images.best >= least(long_runs));
    CHECK(simulate(long_runs, 10, 0.0005, 50000, ra::rank_coverage::each_model).best >= least(long_runs));
    // Models that are 10 points apart get one rank each.
    const coverage apart = simulate(20, 4, 0.1, 2000, ra::rank_coverage::all_models);
    CHECK(apart.all == 20);
}

TEST_CASE("rank sets: models that differ on no image share all ranks, a wrong number of tables throws")
{
    const auto sets = ra::rank_sets(2, std::vector<ra::paired_proportion>{{50, 0, 0, 50}});
    CHECK(sets[0].rank == 1.5);
    CHECK(sets[0].best == 1);
    CHECK(sets[0].worst == 2);
    // 5 against 0: one-sided p = 1/32, twice that with two hypotheses; 6 against 0: 1/64.
    CHECK(ra::rank_sets(2, std::vector<ra::paired_proportion>{{0, 5, 0, 0}})[1].best == 1);
    CHECK(ra::rank_sets(2, std::vector<ra::paired_proportion>{{0, 6, 0, 0}})[1].best == 2);
    CHECK(ra::rank_sets(2, std::vector<ra::paired_proportion>{{0, 6, 0, 0}})[0].worst == 1);
    CHECK(ra::rank_sets(1, {}).at(0).worst == 1);
    CHECK(ra::rank_sets(0, {}).empty());
    CHECK_ERROR(std::invalid_argument, (void)ra::rank_sets(3, std::vector<ra::paired_proportion>{{1, 1, 1, 1}}),
                "1 paired tables", "expected 3");
}
