// Confusion, sparse and dense, and the table of pairs behind it.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/confusion.hpp>
#include <reassess/metric/pair_counts.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

TEST_CASE("confusion: every cell, the dense matrix and the most frequent mistakes")
{
    test_support::random_source random(41);
    for (int repetition = 0; repetition < 60; ++repetition) {
        const small_problem p({.images = random.below(80), .classes = 1 + random.below(6), .nan_rows = 5}, random);
        const ra::evaluation e = ra::evaluate(ra::seq, p.view(), p.targets(), {.nan = ra::on_nan::exclude});
        const ra::confusion confusion = e.confusion();
        REQUIRE(confusion.classes() == p.classes);
        const std::vector<std::uint64_t> dense = confusion.dense();
        REQUIRE(dense.size() == p.classes * p.classes);
        std::vector<ra::confusion_entry> mistakes;
        for (std::size_t label = 0; label < p.classes; ++label) {
            for (std::size_t predicted = 0; predicted < p.classes; ++predicted) {
                const auto l = static_cast<ra::class_index>(label), q = static_cast<ra::class_index>(predicted);
                const std::uint64_t expected = p.confused(l, q);
                REQUIRE(confusion(l, q) == expected);
                REQUIRE(dense[label * p.classes + predicted] == expected);
                if (l != q && expected > 0) mistakes.push_back({l, q, expected});
            }
        }
        REQUIRE(confusion.mistakes() == mistakes);
        std::stable_sort(mistakes.begin(), mistakes.end(),
                         [](const auto& a, const auto& b) { return a.images > b.images; });
        REQUIRE(confusion.top_mistakes(1000) == mistakes);
        if (mistakes.size() > 2) mistakes.resize(2);
        REQUIRE(confusion.top_mistakes(2) == mistakes);
        REQUIRE(confusion.top_mistakes(0).empty());
    }
}

TEST_CASE("confusion: an index outside the classes is refused")
{
    const ra::confusion confusion({1, 2, 3}, {});
    CHECK(confusion(2, 2) == 3);
    CHECK(confusion(0, 2) == 0);
    CHECK_ERROR(std::out_of_range, confusion(3, 0), "(3, 0)", "[0, 3)");
    CHECK_ERROR(std::out_of_range, confusion(0, -1), "(0, -1)");
}

TEST_CASE("pair_counts: random pairs against a map, before and after merging")
{
    test_support::random_source random(42);
    for (int repetition = 0; repetition < 30; ++repetition) {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> expected;
        ra::pair_counts all, parts[3], reordered;
        std::vector<ra::pair_count> added;
        const std::size_t range = 1 + random.below(60);
        for (std::size_t n = random.below(2000); n > 0; --n) {
            const ra::pair_count pair{random.below<std::uint32_t>(range), random.below<std::uint32_t>(range),
                                      random.below<std::uint64_t>(4)};
            if (pair.count > 0) expected[{pair.first, pair.second}] += pair.count;
            all.add(pair.first, pair.second, pair.count);
            parts[random.below(3)].add(pair.first, pair.second, pair.count);
            added.push_back(pair);
        }
        random.shuffle(added);
        for (const ra::pair_count& pair : added) reordered.add(pair.first, pair.second, pair.count);
        REQUIRE(all.size() == expected.size());
        std::vector<ra::pair_count> sorted;
        for (const auto& [pair, count] : expected) {
            REQUIRE(all(pair.first, pair.second) == count);
            sorted.push_back({pair.first, pair.second, count});
        }
        REQUIRE(all.sorted() == sorted);
        REQUIRE(all(1000, 1000) == 0);
        REQUIRE(all == reordered);
        parts[2].merge(parts[0]);
        parts[2].merge(parts[1]);
        REQUIRE(parts[2] == all);
        if (!sorted.empty()) {
            ra::pair_counts more = all;
            more.add(sorted[0].first, sorted[0].second);
            REQUIRE(!(more == all));
        }
    }
    CHECK(ra::pair_counts() == ra::pair_counts());
    CHECK(ra::pair_counts()(0, 0) == 0);
}

TEST_CASE("pair_counts: pairs that share their first or second number are found after few steps")
{
    // Classes with one set size: all second numbers are 1. Where these shared a run of slots, this took minutes. The
    // steps of the table's linear search are counted, not the time.
    constexpr std::uint32_t pairs = 200000;
    constexpr std::size_t slots = std::size_t{1} << 19;  // the table's own size for as many pairs: at most half is full
    struct step {
        std::uint32_t first, second;
    };
    for (const step s : {step{1, 0}, step{0, 1}, step{1, 1}, step{1024, 0}, step{0, 1024}}) {
        CAPTURE(s.first);
        CAPTURE(s.second);
        ra::pair_counts counts;
        std::vector<bool> taken(slots);
        std::size_t steps = 0;
        for (std::uint32_t i = 0; i < pairs; ++i) {
            const std::uint32_t first = i * s.first, second = 1 + i * s.second;
            counts.add(first, second);
            std::size_t slot = ra::detail::first_slot_of_pair(first, second, slots);
            for (++steps; taken[slot]; ++steps) slot = (slot + 1) % slots;
            taken[slot] = true;
        }
        REQUIRE(counts.size() == pairs);
        // Random slots would take 1.3 steps on average.
        CHECK(steps < 2 * std::size_t{pairs});
    }
}
