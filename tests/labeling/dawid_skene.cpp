// Tests of dawid_skene in edge cases: items and raters without votes, unseen classes, zero rates, gold labels, known
// raters, initial posteriors.
#include <reassess/labeling/dawid_skene.hpp>

#include "dawid_skene_problem.hpp"
#include "support/messages.hpp"
#include "support/relative_error.hpp"

#include <reassess/detail/random_stream.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using test_support::simulated_votes;
using test_support::vote_columns;

namespace {

/// Each row is an item: the answers of raters 0, 1, ...; -1 means no answer.
ra::annotations table(const std::vector<std::vector<int>>& rows, std::size_t answers)
{
    std::vector<std::string> names(answers);
    ra::annotations votes({.raters = rows[0].size(), .items = rows.size()}, names);
    for (std::size_t item = 0; item < rows.size(); ++item)
        for (std::size_t rater = 0; rater < rows[item].size(); ++rater)
            if (rows[item][rater] >= 0) votes.add(rater, item, rows[item][rater]);
    return votes;
}

const std::vector<std::vector<int>> five_items{{0, 0, 1}, {1, 1, 1}, {0, 0, 0}, {1, 0, 1}, {0, 1, 0}};

bool has_nan(const std::vector<double>& values)
{
    return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

}  // namespace

TEST_CASE("Dawid-Skene: an item without votes has the prior as its posterior")
{
    auto rows = five_items;
    const auto without = ra::dawid_skene(table(rows, 2), ra::answers_are_classes(2));
    rows.push_back({-1, -1, -1});
    const auto with = ra::dawid_skene(table(rows, 2), ra::answers_are_classes(2));
    CHECK(with.items_without_votes == 1);
    CHECK(without.items_without_votes == 0);
    CHECK(relative_error(with.posterior(5, 0), with.prior[0]) < 1e-15);
    CHECK(relative_error(with.posterior(5, 1), with.prior[1]) < 1e-15);
    // It has no information, so no other result changes.
    CHECK(with.log_likelihood == without.log_likelihood);
    CHECK(with.prior == without.prior);
}

TEST_CASE("Dawid-Skene: an item without votes has the prior, with three classes")
{
    const auto votes = simulated_votes(200, 6, 3, 3);
    const auto result = ra::dawid_skene(votes.votes(), ra::answers_are_classes(3));
    CHECK(result.items_without_votes == 4);
    for (std::size_t c = 0; c < 3; ++c) CHECK(relative_error(result.posterior(49, c), result.prior[c]) < 1e-15);
}

TEST_CASE("Dawid-Skene: a rater without votes has no rates")
{
    auto rows = five_items;
    for (auto& row : rows) row.push_back(-1);
    for (const double smoothing : {0.0, 0.5}) {
        const auto result = ra::dawid_skene(table(rows, 2), ra::answers_are_classes(2), {.smoothing = smoothing});
        CHECK(result.raters_without_votes == 1);
        CHECK(!result.error_rate(3, 0, 0));
        CHECK(!result.error_rate(3, 1, 1));
        CHECK(result.error_rate(2, 0, 0));
        CHECK(!has_nan(result.posteriors));
    }
}

TEST_CASE("Dawid-Skene: a class without votes has prior 0 and no rates")
{
    auto rows = five_items;
    const auto result = ra::dawid_skene(table(rows, 3), ra::answers_are_classes(3));
    CHECK(result.prior[2] == 0);
    for (std::size_t rater = 0; rater < 3; ++rater) {
        CHECK(!result.error_rate(rater, 2, 0));
        CHECK(result.error_rate(rater, 0, 2) == 0.0);
    }
    CHECK(!has_nan(result.posteriors));
    CHECK(!has_nan(result.log_likelihood));
    // With two classes of which one has no votes, the posteriors are constant.
    const auto one = ra::dawid_skene(table({{0, 0, 0}, {0, 0, 0}}, 2), ra::answers_are_classes(2));
    CHECK(one.prior == std::vector<double>{1, 0});
    CHECK(one.posteriors == std::vector<double>{1, 0, 1, 0});
    CHECK(one.final_log_likelihood() == 0.0);
    CHECK(!one.error_rate(0, 1, 0));
}

TEST_CASE("Dawid-Skene: a single class has posterior 1")
{
    const auto result = ra::dawid_skene(table({{0, 0}, {0, -1}}, 1), ra::answers_are_classes(1));
    CHECK(result.posteriors == std::vector<double>{1, 1});
    CHECK(result.final_log_likelihood() == 0.0);
    CHECK(result.converged);
}

TEST_CASE("Dawid-Skene: one rater with one vote per item decides, and the result is not identified")
{
    const auto result = ra::dawid_skene(table({{0}, {1}, {0}, {0}}, 2), ra::answers_are_classes(2));
    CHECK(result.posteriors == std::vector<double>{1, 0, 0, 1, 1, 0, 1, 0});
    CHECK(relative_error(result.final_log_likelihood().value(), 3 * std::log(0.75) + std::log(0.25)) < 1e-15);
    CHECK(!result.identified);
    CHECK(!ra::dawid_skene(table(five_items, 2), ra::answers_are_classes(2)).identified);  // 7 parameters
    auto rows = five_items;
    rows.insert(rows.end(), five_items.begin(), five_items.end());
    CHECK(ra::dawid_skene(table(rows, 2), ra::answers_are_classes(2)).identified);
}

TEST_CASE("Dawid-Skene: a repeated vote and a few items with three raters do not identify the model")
{
    const auto classes = ra::answers_are_classes(2);
    ra::detail::random_stream stream(11, 0);
    const auto two_raters = [&](std::size_t raters) {
        ra::annotations votes({.raters = raters, .items = 400}, {"no", "yes"});
        for (std::size_t item = 0; item < 400; ++item) {
            const std::uint64_t label = stream.below(2);
            for (std::size_t rater = 0; rater < 2; ++rater)
                votes.add(rater, item, stream.below(5) == 0 ? 1 - label : label);
        }
        return votes;
    };
    const ra::annotations plain = two_raters(2);
    CHECK_FALSE(ra::dawid_skene(plain, classes).identified);
    ra::annotations repeated = plain;
    repeated.add(0, 0, 1);
    const auto once = ra::dawid_skene(repeated, classes, {.max_iterations = 50});
    CHECK_FALSE(once.identified);
    CHECK(once.identification.items_with_three_raters == 0);
    CHECK(once.identification.parameters_of_three_raters == 7);
    CHECK(once.identification.least_items_per_class == 1);

    ra::annotations third = two_raters(3);
    for (std::size_t item = 0; item < 6; ++item) third.add(2, item, item % 2);
    const auto six = ra::dawid_skene(third, classes, {.max_iterations = 50});
    CHECK_FALSE(six.identified);
    CHECK(six.identification.items_with_three_raters == 6);
    for (std::size_t item = 6; item < 40; ++item) third.add(2, item, item % 2);
    const auto forty = ra::dawid_skene(third, classes, {.max_iterations = 500});
    CHECK(forty.identified);
    const auto& by_class = forty.identification.items_with_three_raters_by_class;
    CHECK(std::abs(by_class[0] + by_class[1] - 40) < 1e-9);
    double expected = 0;
    for (std::size_t item = 0; item < 40; ++item) expected += forty.posterior(item, 1);
    CHECK(relative_error(by_class[1], expected) < 1e-12);
}

TEST_CASE("Dawid-Skene: a rater who gives every item the same answer does not identify the model, five raters may")
{
    const auto items_of = [](const ra::annotations& votes, ra::rater_model model) {
        const auto result =
            ra::dawid_skene(votes, ra::answers_are_classes(votes.answers()), {.model = model, .max_iterations = 5});
        CHECK(result.identified == (result.identification.items_with_three_raters > 0));
        return result.identification.items_with_three_raters;
    };
    // The last rater gives only the first `answers_of_last` answers.
    const auto rows = [](std::size_t raters, std::size_t classes, std::size_t answers_of_last) {
        ra::detail::random_stream stream(17, raters);
        std::vector<std::string> names{"a", "b", "c"};
        names.resize(classes);
        ra::annotations votes({.raters = raters, .items = 300}, names);
        for (std::size_t item = 0; item < 300; ++item) {
            const std::uint64_t label = stream.below(classes);
            for (std::size_t rater = 0; rater < raters; ++rater) {
                const std::uint64_t answer = stream.below(5) == 0 ? stream.below(classes) : label;
                votes.add(rater, item,
                          rater + 1 < raters ? answer : std::min<std::uint64_t>(answer, answers_of_last - 1));
            }
        }
        return votes;
    };
    constexpr auto rates = ra::rater_model::error_rates;
    CHECK(items_of(rows(3, 2, 2), rates) == 300);
    CHECK(items_of(rows(3, 2, 1), rates) == 0);  // 2 + 2 + 1 < 6
    CHECK(items_of(rows(3, 2, 1), ra::rater_model::one_coin) == 300);
    CHECK(items_of(rows(4, 2, 1), rates) == 300);
    CHECK(items_of(rows(3, 3, 2), rates) == 300);  // 3 + 3 + 2 = 8
    CHECK(items_of(rows(3, 3, 1), rates) == 0);
    // Raters of two answers and three classes: 2 + 2 + 2 < 8, but two groups of two raters and one of one, 3 + 3 + 2.
    for (const std::size_t raters : {std::size_t{3}, std::size_t{4}, std::size_t{5}}) {
        ra::annotations votes({.raters = raters, .items = 300}, {"a", "b", "c"});
        for (std::size_t item = 0; item < 300; ++item) {
            for (std::size_t rater = 0; rater < raters; ++rater)
                votes.add(rater, item, rater % 3 == item % 3 ? rater % 3 : (rater + 1) % 3);
        }
        CHECK(items_of(votes, rates) == (raters < 5 ? 0 : 300));
    }
}

TEST_CASE(
    "Dawid-Skene: gold labels of every class, or a known rater that distinguishes the classes, identify the model")
{
    const auto classes = ra::answers_are_classes(2);
    const ra::annotations votes = table({{0, 0}, {1, 1}, {0, 1}, {1, 1}}, 2);
    const std::vector<ra::class_index> both{0, 1, ra::missing_label, ra::missing_label};
    const auto with_gold = ra::dawid_skene(votes, classes, {.gold = both});
    CHECK(with_gold.identified);
    CHECK(with_gold.identification.gold_items_by_class == std::vector<std::size_t>{1, 1});
    const std::vector<ra::class_index> one{0, ra::missing_label, ra::missing_label, ra::missing_label};
    CHECK_FALSE(ra::dawid_skene(votes, classes, {.gold = one}).identified);
    CHECK(ra::dawid_skene(votes, classes, {.known_raters = {{.rater = 0, .rates = {0.9, 0.1, 0.2, 0.8}}}}).identified);
    // A rater who answers independently of the class says nothing.
    const auto blind = ra::dawid_skene(votes, classes, {.known_raters = {{.rater = 0, .rates = {0.6, 0.4, 0.6, 0.4}}}});
    CHECK_FALSE(blind.identified);
    CHECK(blind.identification.distinguishing_known_raters == 0);
}

TEST_CASE("Dawid-Skene: sizes that do not match throw")
{
    const ra::annotations votes = table(five_items, 2);
    const auto classes = ra::answers_are_classes(2);
    const std::vector<double> short_start(8, 0.5), wrong_start(10, 0.4);
    std::vector<double> nan_start(10, 0.5);
    nan_start[7] = std::nan("");
    const std::vector<ra::class_index> short_gold{0}, wrong_gold{0, 1, 2, 0, 0}, negative{0, 1, -2, 0, 0};
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, ra::answers_are_classes(3)), "2 answers", "3");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(ra::annotations({.raters = 1, .items = 1}, {"a"}), classes),
                "0 votes");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.start_posteriors = short_start}), "8 numbers",
                "5 x 2");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.start_posteriors = wrong_start}),
                "row 0 does not sum to 1");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.start_posteriors = nan_start}), "row 3");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.gold = short_gold}), "gold labels for 1");
    CHECK_ERROR(std::out_of_range, ra::dawid_skene(votes, classes, {.gold = wrong_gold}), "gold label 2 of item 2");
    CHECK_ERROR(std::out_of_range, ra::dawid_skene(votes, classes, {.gold = negative}), "gold label -2");
    CHECK_ERROR(std::out_of_range, ra::dawid_skene(votes, classes, {.known_raters = {{3, {1, 0, 0, 1}}}}),
                "known rater 3");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.known_raters = {{0, {1, 0, 0}}}}),
                "3 numbers; expected 2 x 2");
    CHECK_ERROR(std::invalid_argument,
                ra::dawid_skene(votes, classes, {.known_raters = {{2, {1, 0, 0, 1}}, {2, {0, 1, 1, 0}}}}),
                "known rater 2 is given twice");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.tolerance = std::nan("")}), "tolerance");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(votes, classes, {.smoothing = -1}), "smoothing");
    CHECK_ERROR(std::invalid_argument, ra::answer_meaning({0.5, 0.4}, 2), "answer 0 do not sum to 1");
    CHECK_ERROR(std::invalid_argument, ra::answer_meaning({1.5, -0.5}, 2), "answer 0");
    CHECK_ERROR(std::invalid_argument, ra::answer_meaning({1, 0, 1}, 2), "3 shares");
    CHECK_ERROR(std::out_of_range, ra::dawid_skene(votes, classes).posterior(5, 0), "item 5");
    CHECK_ERROR(std::out_of_range, ra::dawid_skene(votes, classes).error_rate(0, 0, 2), "answer 2");
}

TEST_CASE("Dawid-Skene: initial posteriors that are equal for all items throw")
{
    const ra::annotations votes = table(five_items, 2);
    const std::vector<double> uniform(10, 0.5);
    CHECK_ERROR(std::invalid_argument,
                ra::dawid_skene(votes, ra::answers_are_classes(2), {.start_posteriors = uniform}),
                "the same for all 5 items");
    CHECK_ERROR(std::invalid_argument, ra::dawid_skene(table({{1, 1}, {1, 1}}, 3), ra::no_maybe_yes()),
                "the same for all 2 items");
    // Known raters or gold labels distinguish the classes.
    const std::vector<ra::class_index> gold{1, -1, -1, -1, -1};
    CHECK(ra::dawid_skene(votes, ra::answers_are_classes(2), {.start_posteriors = uniform, .gold = gold}).converged);
    const auto known = ra::dawid_skene(votes, ra::answers_are_classes(2),
                                       {.start_posteriors = uniform, .known_raters = {{0, {0.9, 0.1, 0.2, 0.8}}}});
    CHECK(known.posterior(1, 1) > 0.5);
}

TEST_CASE("Dawid-Skene: permuting classes, raters and items permutes the result")
{
    for (const std::size_t classes : {2U, 3U}) {
        CAPTURE(classes);
        const vote_columns votes = simulated_votes(500, 7, classes, classes);
        const auto plain = ra::dawid_skene(votes.votes(), ra::answers_are_classes(classes));
        vote_columns renamed = votes;
        const auto new_class = [&](std::size_t c) { return (c + 1) % classes; };
        const auto new_rater = [&](std::size_t rater) { return (rater * 3 + 2) % 7; };
        const auto new_item = [&](std::size_t item) { return (item * 7 + 11) % 500; };
        for (std::size_t v = 0; v < votes.rater.size(); ++v) {
            renamed.rater[v] = new_rater(votes.rater[v]);
            renamed.item[v] = new_item(votes.item[v]);
            renamed.answer[v] = new_class(votes.answer[v]);
        }
        const auto other = ra::dawid_skene(renamed.votes(), ra::answers_are_classes(classes));
        CHECK(other.iterations == plain.iterations);
        CHECK(relative_error(*other.final_log_likelihood(), *plain.final_log_likelihood()) < 1e-12);
        for (std::size_t c = 0; c < classes; ++c) {
            CHECK(relative_error(other.prior[new_class(c)], plain.prior[c]) < 1e-10);
            for (std::size_t item = 0; item < 500; ++item)
                CHECK(std::abs(other.posterior(new_item(item), new_class(c)) - plain.posterior(item, c)) < 1e-10);
            for (std::size_t rater = 0; rater < 6; ++rater) {
                for (std::size_t a = 0; a < classes; ++a) {
                    const auto b = static_cast<ra::answer_index>(new_class(a));
                    CHECK(std::abs(other.error_rate(new_rater(rater), new_class(c), b).value() -
                                   plain.error_rate(rater, c, static_cast<ra::answer_index>(a)).value()) < 1e-10);
                }
            }
        }
        // The order of the classes follows the initial posteriors.
        std::vector<double> turned(500 * classes);
        for (std::size_t item = 0; item < 500; ++item)
            for (std::size_t c = 0; c < classes; ++c) turned[item * classes + new_class(c)] = plain.posterior(item, c);
        const auto again =
            ra::dawid_skene(votes.votes(), ra::answers_are_classes(classes), {.start_posteriors = turned});
        CHECK(relative_error(*again.final_log_likelihood(), *plain.final_log_likelihood()) < 1e-12);
        CHECK(relative_error(again.prior[new_class(0)], plain.prior[0]) < 1e-7);
    }
}

TEST_CASE("Dawid-Skene: 2,000 raters on one item do not underflow")
{
    // 1,001 votes for 1 and 999 for 0, all with the same known rates: the odds are known.
    ra::annotations votes({.raters = 2000, .items = 3}, {"0", "1"});
    std::vector<ra::known_rater> known;
    for (std::size_t rater = 0; rater < 2000; ++rater) {
        votes.add(rater, 0, rater < 1001 ? 1 : 0);
        known.push_back({rater, {0.6, 0.4, 0.4, 0.6}});
    }
    const std::vector<ra::class_index> gold{-1, 0, 1};
    const std::vector<double> start{0.5, 0.5, 1, 0, 0, 1};
    const auto result =
        ra::dawid_skene(votes, ra::answers_are_classes(2),
                        {.max_iterations = 1, .start_posteriors = start, .gold = gold, .known_raters = known});
    CHECK(relative_error(result.posterior(0, 1), 2.25 / 3.25) < 1e-12);
    const double item = std::log(0.5) + 999 * std::log(0.6) + 1001 * std::log(0.4) + std::log(3.25);
    CHECK(relative_error(*result.final_log_likelihood(), item + 2 * std::log(0.5)) < 1e-12);
    // Large log odds, with three classes too: posterior 1, not NaN.
    for (const std::size_t classes : {2U, 3U}) {
        ra::annotations certain({.raters = 2000, .items = 4}, std::vector<std::string>(classes));
        for (std::size_t rater = 0; rater < 2000; ++rater)
            for (std::size_t i = 0; i < 4; ++i) certain.add(rater, i, (rater % 10 == 0 ? i + 1 : i) % classes);
        const auto sure = ra::dawid_skene(certain, ra::answers_are_classes(classes));
        for (std::size_t i = 0; i < 4; ++i) CHECK(sure.posterior(i, i % classes) == 1.0);
        CHECK(std::isfinite(*sure.final_log_likelihood()));
    }
}

TEST_CASE("Dawid-Skene: votes that are impossible under every class throw an error with the item")
{
    auto rows = five_items;
    rows.push_back({1, 0, -1});
    const ra::annotations votes = table(rows, 2);
    // Rater 0 never answers 1 for class 0, rater 1 never answers 0 for class 1.
    const std::vector<ra::known_rater> known{{0, {1, 0, 0.5, 0.5}}, {1, {0.5, 0.5, 0, 1}}};
    CHECK_ERROR(std::domain_error, ra::dawid_skene(votes, ra::answers_are_classes(2), {.known_raters = known}),
                "item 3 have probability 0");
    CHECK_ERROR(
        std::domain_error,
        ra::dawid_skene(table(rows, 3), ra::answers_are_classes(3),
                        {.known_raters = {{0, {1, 0, 0, .5, .5, 0, 1, 0, 0}}, {1, {.5, .5, 0, 0, 1, 0, 0, 1, 0}}}}),
        "item 3 have probability 0");
    // A gold label that contradicts the known rater's vote.
    const std::vector<ra::class_index> gold{-1, -1, -1, 0, -1, -1};
    CHECK_ERROR(
        std::domain_error,
        ra::dawid_skene(votes, ra::answers_are_classes(2), {.gold = gold, .known_raters = {{0, {1, 0, 0.5, 0.5}}}}),
        "item 3");
    // A class that is impossible by a known rater is not an error, and the likelihood is correct.
    const auto one = ra::dawid_skene(
        table({{1, 1, 1}, {0, 0, 0}}, 2), ra::answers_are_classes(2),
        {.max_iterations = 1,
         .known_raters = {{0, {1, 0, 0.5, 0.5}}, {1, {0.9, 0.1, 0.2, 0.8}}, {2, {0.7, 0.3, 0.4, 0.6}}}});
    CHECK(one.posterior(0, 1) == 1.0);
    const double impossible = 0.5 * 0.5 * 0.8 * 0.6;
    const double possible = 0.5 * (1 * 0.9 * 0.7 + 0.5 * 0.2 * 0.4);
    CHECK(relative_error(*one.final_log_likelihood(), std::log(impossible) + std::log(possible)) < 1e-14);
}

TEST_CASE("Dawid-Skene: reaching max_iterations is not convergence, and 0 iterations return the initial posteriors")
{
    const vote_columns votes = simulated_votes(300, 5, 2, 2);
    const auto limited = ra::dawid_skene(votes.votes(), ra::answers_are_classes(2), {.max_iterations = 3});
    CHECK(limited.iterations == 3);
    CHECK(!limited.converged);
    CHECK(limited.log_likelihood.size() == 3);
    for (const std::size_t classes : {2U, 4U}) {
        const auto full =
            ra::dawid_skene(simulated_votes(300, 5, classes, classes).votes(), ra::answers_are_classes(classes));
        CHECK(full.converged);
        REQUIRE(full.log_likelihood.size() == full.iterations);
        CHECK(full.iterations > 10);
        for (std::size_t i = 1; i < full.iterations; ++i)
            CHECK(full.log_likelihood[i] >= full.log_likelihood[i - 1] - 1e-12 * std::abs(full.log_likelihood[i]));
    }

    const std::vector<double> start{0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.5};
    const auto none = ra::dawid_skene(table(five_items, 2), ra::answers_are_classes(2),
                                      {.max_iterations = 0, .start_posteriors = start});
    CHECK(none.posteriors == start);
    CHECK(!none.converged);
    CHECK(none.iterations == 0);
    CHECK(none.log_likelihood.empty());
    CHECK(!none.final_log_likelihood());
    CHECK(!none.error_rate(0, 0, 0));
}

TEST_CASE("Dawid-Skene: initial posteriors are the vote shares or the majority")
{
    const auto shares =
        ra::dawid_skene(table({{0, 1, 2}, {2, 2, 1}, {0, 0, 0}}, 3), ra::no_maybe_yes(), {.max_iterations = 0});
    CHECK(shares.posteriors == std::vector<double>{0.5, 0.5, 0.5 / 3, 2.5 / 3, 1, 0});
    const auto majority = ra::dawid_skene(table({{0, 1, 2}, {2, 2, 1}, {0, 0, 0}}, 3), ra::no_maybe_yes(),
                                          {.max_iterations = 0, .start = ra::dawid_skene_start::majority});
    CHECK(majority.posteriors == std::vector<double>{0.5, 0.5, 0, 1, 1, 0});
}

TEST_CASE("Dawid-Skene: starting at a converged result ends at the same result")
{
    const ra::annotations votes = simulated_votes(300, 5, 3, 3).votes();
    const auto first = ra::dawid_skene(votes, ra::answers_are_classes(3), {.tolerance = 1e-12});
    const auto second = ra::dawid_skene(votes, ra::answers_are_classes(3), {.start_posteriors = first.posteriors});
    CHECK(second.iterations == 1);
    CHECK(relative_error(*second.final_log_likelihood(), *first.final_log_likelihood()) < 1e-13);
}

TEST_CASE("Dawid-Skene: gold labels are fixed and inform the raters' rates")
{
    for (const std::size_t classes : {2U, 3U}) {
        const ra::annotations votes = simulated_votes(300, 5, classes, classes).votes();
        std::vector<ra::class_index> gold(300, ra::missing_label);
        // One contradicts the votes, one is on an item without votes.
        gold[0] = 1;
        gold[49] = 1;
        const auto free = ra::dawid_skene(votes, ra::answers_are_classes(classes));
        const auto result = ra::dawid_skene(votes, ra::answers_are_classes(classes), {.gold = gold});
        CHECK(free.posterior(0, 1) < 0.5);
        CHECK(result.posterior(0, 1) == 1.0);
        CHECK(result.posterior(0, 0) == 0.0);
        CHECK(result.posterior(49, 1) == 1.0);
        CHECK(result.prior[1] > free.prior[1]);
        for (std::size_t i = 1; i < result.iterations; ++i)
            CHECK(result.log_likelihood[i] >=
                  result.log_likelihood[i - 1] - 1e-12 * std::abs(result.log_likelihood[i]));
    }
    // All items have gold labels: the rates are the shares of the answers, with the corresponding likelihood.
    const std::vector<ra::class_index> gold{0, 1, 0, 1, 1};
    const auto known = ra::dawid_skene(table(five_items, 2), ra::answers_are_classes(2), {.gold = gold});
    CHECK(known.prior == std::vector<double>{0.4, 0.6});
    CHECK(known.error_rate(0, 1, 1) == 2.0 / 3);
    CHECK(known.error_rate(2, 0, 1) == 0.5);
    const double likelihood =
        2 * std::log(0.4) + 3 * std::log(0.6) + 3 * (2 * std::log(2.0 / 3) + std::log(1.0 / 3)) + 2 * std::log(0.5);
    CHECK(relative_error(*known.final_log_likelihood(), likelihood) < 1e-14);
}

TEST_CASE("Dawid-Skene: smoothing is added to every count")
{
    const std::vector<ra::class_index> gold{0, 1, 0, 1, 1};
    const auto result =
        ra::dawid_skene(table(five_items, 2), ra::answers_are_classes(2), {.smoothing = 0.5, .gold = gold});
    CHECK(relative_error(result.error_rate(0, 1, 1).value(), 2.5 / 4) < 1e-15);
    CHECK(relative_error(result.error_rate(0, 0, 1).value(), 0.5 / 3) < 1e-15);

    // The log-likelihood plus the weighted logs of all rates never decreases, under both models.
    const ra::annotations votes = simulated_votes(300, 5, 3, 3).votes();
    for (const auto model : {ra::rater_model::error_rates, ra::rater_model::one_coin}) {
        double before = -std::numeric_limits<double>::infinity();
        for (std::size_t iterations = 1; iterations <= 20; ++iterations) {
            const auto fit = ra::dawid_skene(votes, ra::answers_are_classes(3),
                                             {.model = model, .max_iterations = iterations, .smoothing = 2});
            double sum = *fit.final_log_likelihood();
            for (std::size_t rater = 0; rater < 4; ++rater)
                for (std::size_t i = 0; i < 9; ++i) sum += 2 * std::log(fit.error_rates[9 * rater + i]);
            CHECK(sum >= before - 1e-12 * std::abs(sum));
            before = sum;
        }
    }
}

TEST_CASE("Dawid-Skene: the one-coin model has one rate per rater")
{
    // All gold: rater 0 is correct 4 of 5 times, rater 1 is correct 3 of 5 times, rater 2 is correct 4 of 5 times.
    const std::vector<ra::class_index> gold{0, 1, 0, 1, 1};
    const auto result = ra::dawid_skene(table(five_items, 2), ra::answers_are_classes(2),
                                        {.model = ra::rater_model::one_coin, .gold = gold});
    CHECK(relative_error(result.error_rate(0, 0, 0).value(), 0.8) < 1e-15);
    CHECK(relative_error(result.error_rate(0, 1, 1).value(), 0.8) < 1e-15);
    CHECK(relative_error(result.error_rate(0, 1, 0).value(), 0.2) < 1e-14);
    CHECK(relative_error(result.error_rate(1, 1, 1).value(), 0.8) < 1e-15);

    // Maybe has its own rate, the same for both classes.
    const auto maybe =
        ra::dawid_skene(table({{2, 0}, {1, 0}, {0, 2}, {2, 2}}, 3), ra::no_maybe_yes(),
                        {.model = ra::rater_model::one_coin, .gold = std::vector<ra::class_index>{1, 0, 0, 0}});
    CHECK(maybe.error_rate(0, 0, 1) == 0.25);
    CHECK(maybe.error_rate(0, 1, 1) == 0.25);
    CHECK(maybe.error_rate(0, 0, 0) == 0.5);
    CHECK(maybe.error_rate(0, 0, 2) == 0.25);
    CHECK(maybe.error_rate(0, 1, 2) == 0.5);

    // A model with fewer parameters never has a higher likelihood; its likelihood does not decrease either.
    const ra::annotations votes = simulated_votes(400, 6, 3, 3).votes();
    const auto coin = ra::dawid_skene(votes, ra::answers_are_classes(3), {.model = ra::rater_model::one_coin});
    const auto rates = ra::dawid_skene(votes, ra::answers_are_classes(3));
    CHECK(*coin.final_log_likelihood() < *rates.final_log_likelihood());
    for (std::size_t i = 1; i < coin.iterations; ++i)
        CHECK(coin.log_likelihood[i] >= coin.log_likelihood[i - 1] - 1e-12 * std::abs(coin.log_likelihood[i]));
    for (std::size_t rater = 0; rater < 5; ++rater) {
        for (std::size_t c = 0; c < 3; ++c) {
            CHECK(relative_error(coin.error_rate(rater, c, static_cast<ra::answer_index>(c)).value(),
                                 coin.error_rate(rater, 0, 0).value()) < 1e-15);
        }
    }
    CHECK_ERROR(std::invalid_argument,
                ra::dawid_skene(table(five_items, 2), ra::answer_meaning({1, 0, 0.5, 0.5}, 2),
                                {.model = ra::rater_model::one_coin}),
                "no answer stands for class 1");
    CHECK_ERROR(std::invalid_argument,
                ra::dawid_skene(table(five_items, 2), ra::answer_meaning({1, 0, 1, 0}, 2),
                                {.model = ra::rater_model::one_coin}),
                "two answers stand for class 0");
}
