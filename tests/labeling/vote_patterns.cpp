// Tests of vote patterns: grouping of items with identical votes, and equality with a textbook implementation of
// dawid_skene that processes item by item.
#include <reassess/labeling/vote_patterns.hpp>

#include <reassess/labeling/dawid_skene.hpp>

#include "dawid_skene_problem.hpp"
#include "support/relative_error.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using test_support::vote_columns;

namespace {

/// Four raters who mostly agree, and a fifth with few answers; some answer twice; every 31st item has no votes.
vote_columns repetitive_votes(std::size_t items, std::size_t classes)
{
    std::mt19937 random(1979);
    vote_columns votes{.sizes = {.raters = 5, .items = items}, .answers = 3};
    for (std::size_t item = 0; item < items; ++item) {
        if (item % 31 == 30) continue;
        const auto add = [&](std::size_t rater) {
            votes.rater.push_back(rater);
            votes.item.push_back(item);
            votes.answer.push_back(random() % 10 < 7 ? item % classes : random() % 3);
        };
        for (std::size_t rater = 0; rater < 4; ++rater) add((rater + item) % 4);
        if (item % 9 == 0) add(item % 4);
        if (item % 50 == 0) add(4);
    }
    return votes;
}

struct plain_em {
    std::vector<std::vector<long double>> posteriors{};
    std::vector<long double> prior{};
    std::vector<long double> rates{};
    std::vector<long double> log_likelihood{};
    bool converged = false;

    plain_em(const vote_columns& votes, std::vector<std::vector<long double>> start,
             const std::vector<ra::class_index>& gold, double tolerance, std::size_t max_iterations)
        : posteriors(std::move(start))
    {
        const std::size_t items = votes.sizes.items, classes = posteriors[0].size();
        std::vector<std::vector<std::size_t>> votes_of(items);
        for (std::size_t v = 0; v < votes.item.size(); ++v) votes_of[votes.item[v]].push_back(v);
        const auto rate = [&](std::vector<long double>& table, std::size_t v, std::size_t c) -> long double& {
            return table[(votes.rater[v] * classes + c) * votes.answers + votes.answer[v]];
        };
        while (!converged && log_likelihood.size() < max_iterations) {
            prior.assign(classes, 0);
            rates.assign(votes.sizes.raters * classes * votes.answers, 0);
            long double known = 0;
            for (std::size_t item = 0; item < items; ++item) {
                if (votes_of[item].empty() && gold[item] == ra::missing_label) continue;
                known += 1;
                for (std::size_t c = 0; c < classes; ++c) {
                    prior[c] += posteriors[item][c];
                    for (const std::size_t v : votes_of[item]) rate(rates, v, c) += posteriors[item][c];
                }
            }
            for (long double& share : prior) share /= known;
            for (std::size_t row = 0; row < votes.sizes.raters * classes; ++row) {
                long double total = 0;
                for (std::size_t a = 0; a < votes.answers; ++a) total += rates[row * votes.answers + a];
                for (std::size_t a = 0; a < votes.answers; ++a) rates[row * votes.answers + a] /= total;
            }
            long double likelihood = 0, change = 0;
            for (std::size_t item = 0; item < items; ++item) {
                std::vector<long double> joint = prior;
                for (std::size_t c = 0; c < classes; ++c)
                    for (const std::size_t v : votes_of[item]) joint[c] *= rate(rates, v, c);
                if (gold[item] != ra::missing_label) {
                    likelihood += std::log(joint[static_cast<std::size_t>(gold[item])]);
                    continue;
                }
                long double sum = 0;
                for (const long double p : joint) sum += p;
                if (!votes_of[item].empty()) likelihood += std::log(sum);
                for (std::size_t c = 0; c < classes; ++c) {
                    change = std::max(change, std::abs(joint[c] / sum - posteriors[item][c]));
                    posteriors[item][c] = joint[c] / sum;
                }
            }
            log_likelihood.push_back(likelihood);
            converged = change < tolerance;
        }
    }
};

}  // namespace

TEST_CASE("vote patterns: items are grouped by votes, gold labels and initial posteriors, and counted")
{
    //              item 0      1          2       3          4          5 none  6 twice
    ra::annotations votes({.raters = 2, .items = 8}, {"no", "yes"});
    const std::vector<std::vector<std::vector<std::size_t>>> by_item{
        {{0, 0}, {1, 1}}, {{1, 1}, {0, 0}}, {{0, 1}}, {{0, 0}, {1, 0}}, {{0, 0}, {1, 1}}, {}, {{0, 1}, {0, 1}}, {}};
    for (std::size_t item = 0; item < by_item.size(); ++item)
        for (const auto& vote : by_item[item]) votes.add(vote[0], item, vote[1]);

    const ra::detail::vote_patterns plain(votes, {});
    // No votes, then one vote, then two votes, ordered by the number of items.
    REQUIRE(plain.size() == 5);
    const std::vector<std::size_t> first{5, 2, 3, 6, 0};
    const std::vector<double> items{2, 1, 1, 1, 3};
    const std::vector<std::vector<std::uint32_t>> codes{{}, {1}, {0, 2}, {1, 1}, {0, 3}};
    for (std::size_t pattern = 0; pattern < 5; ++pattern) {
        CHECK(plain.first_item(pattern) == first[pattern]);
        CHECK(plain.items(pattern) == items[pattern]);
        CHECK(std::ranges::equal(plain.of(pattern), codes[pattern]));
    }
    const std::vector<std::size_t> pattern_of{4, 4, 1, 2, 4, 0, 3, 0};
    for (std::size_t item = 0; item < 8; ++item) CHECK(plain.pattern_of(item) == pattern_of[item]);
    CHECK(plain.codes() == 4);
    CHECK(plain.votes() == 7);
    CHECK(plain.votes_of_code(0) == 4);
    CHECK(plain.votes_of_code(1) == 3);

    const std::vector<ra::class_index> gold{-1, 1, -1, -1, -1, -1, -1, 0};
    CHECK(ra::detail::vote_patterns(votes, {.gold = gold}).size() == 7);
    const std::vector<double> start{.5, .5, .5, .5, 1, 0, 1, 0, .6, .4, .5, .5, .5, .5, .5, .5};
    const ra::detail::vote_patterns started(votes, {.start = start, .start_columns = 2});
    CHECK(started.size() == 6);
    CHECK(started.pattern_of(0) == started.pattern_of(1));
    CHECK(started.pattern_of(0) != started.pattern_of(4));
    CHECK(ra::detail::vote_patterns(votes, {.gold = gold, .start = start, .start_columns = 2}).size() == 8);
}

TEST_CASE("vote patterns: every item of a large problem has its own votes, sorted")
{
    const vote_columns columns = repetitive_votes(5000, 2);
    const ra::annotations votes = columns.votes();
    const ra::detail::vote_patterns patterns(votes, {});
    CHECK(patterns.size() < 2500);
    std::vector<std::vector<std::uint32_t>> wanted(5000);
    for (std::size_t v = 0; v < columns.item.size(); ++v)
        wanted[columns.item[v]].push_back(static_cast<std::uint32_t>(columns.rater[v] * 3 + columns.answer[v]));
    std::vector<double> items(patterns.size(), 0.0);
    for (std::size_t item = 0; item < 5000; ++item) {
        std::sort(wanted[item].begin(), wanted[item].end());
        REQUIRE(std::ranges::equal(patterns.of(patterns.pattern_of(item)), wanted[item]));
        items[patterns.pattern_of(item)] += 1;
    }
    for (std::size_t pattern = 0; pattern < patterns.size(); ++pattern)
        CHECK(patterns.items(pattern) == items[pattern]);
}

TEST_CASE("Dawid-Skene: estimation by patterns equals estimation item by item")
{
    constexpr std::size_t items = 3000;
    for (const std::size_t classes : {2U, 3U}) {
        CAPTURE(classes);
        const vote_columns columns = repetitive_votes(items, classes);
        std::vector<double> start(items * classes);
        std::vector<std::vector<long double>> plain_start(items, std::vector<long double>(classes));
        std::vector<ra::class_index> gold(items, ra::missing_label);
        for (std::size_t item = 0; item < items; ++item) {
            // Items with the same votes have one of seven initial posteriors.
            const double likely = 0.6 + 0.05 * static_cast<double>(item % 7);
            for (std::size_t c = 0; c < classes; ++c) {
                const double share = c == item % classes ? likely : (1 - likely) / static_cast<double>(classes - 1);
                start[item * classes + c] = share;
                plain_start[item][c] = share;
            }
            if (item % 40 != 0) continue;
            // Some gold labels contradict the votes.
            gold[item] = static_cast<ra::class_index>((item / 40) % classes);
            for (std::size_t c = 0; c < classes; ++c) plain_start[item][c] = 0;
            plain_start[item][static_cast<std::size_t>(gold[item])] = 1;
        }
        const ra::answer_meaning meaning = classes == 2 ? ra::no_maybe_yes() : ra::answers_are_classes(3);
        for (const std::size_t most : {1U, 2U, 25U, 2000U}) {
            CAPTURE(most);
            const plain_em wanted(columns, plain_start, gold, 1e-7, most);
            const auto result =
                ra::dawid_skene(columns.votes(), meaning,
                                {.tolerance = 1e-7, .max_iterations = most, .start_posteriors = start, .gold = gold});
            CHECK(result.converged == wanted.converged);
            REQUIRE(result.iterations == wanted.log_likelihood.size());
            for (std::size_t i = 0; i < result.iterations; ++i) {
                CHECK(relative_error(result.log_likelihood[i], static_cast<double>(wanted.log_likelihood[i])) < 1e-13);
            }
            for (std::size_t item = 0; item < items; ++item) {
                for (std::size_t c = 0; c < classes; ++c) {
                    CHECK(std::abs(result.posterior(item, c) - static_cast<double>(wanted.posteriors[item][c])) <
                          1e-12);
                }
            }
            for (std::size_t c = 0; c < classes; ++c)
                CHECK(relative_error(result.prior[c], static_cast<double>(wanted.prior[c])) < 1e-12);
            for (std::size_t i = 0; i < wanted.rates.size(); ++i)
                CHECK(std::abs(result.error_rates[i] - static_cast<double>(wanted.rates[i])) < 1e-12);
        }
    }
}
