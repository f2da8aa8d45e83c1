#include <reassess/metric/mistake_sample.hpp>
#include <reassess/metric/verdicts.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("verdicts: counted by model and metric")
{
    const std::vector<ra::verdict_record> records{{"b", "real", "1", "clear mistake"},
                                                  {"a", "real", "1", "undecidable"},
                                                  {"a", "original", "1", "not a mistake"},
                                                  {"a", "real", "2", "clear mistake"},
                                                  {"a", "real", "3", "clear mistake"}};
    const auto shares = ra::tally_verdicts(records);
    REQUIRE(shares.size() == 9);
    CHECK(shares[0] == ra::verdict_share{"a", "original", "clear mistake", {0, 1}});
    CHECK(shares[1] == ra::verdict_share{"a", "original", "not a mistake", {1, 1}});
    CHECK(shares[3] == ra::verdict_share{"a", "real", "clear mistake", {2, 3}});
    CHECK(shares[5] == ra::verdict_share{"a", "real", "undecidable", {1, 3}});
    CHECK(shares[6] == ra::verdict_share{"b", "real", "clear mistake", {1, 1}});
    CHECK(ra::tally_verdicts({}).empty());
    const std::vector<ra::verdict_record> odd{{"a", "real", "7", "no image"}};
    CHECK_THROWS_AS((void)ra::tally_verdicts(odd), std::invalid_argument);
    CHECK(ra::tally_verdicts(odd, {.further_verdicts = {"no image"}}).back() ==
          ra::verdict_share{"a", "real", "no image", {1, 1}});
}

TEST_CASE("verdicts: the label-errors study, mapped")
{
    CHECK(ra::majority_verdict({3, 1, 0, 1}) == ra::clear_mistake);
    CHECK(ra::majority_verdict({2, 2, 0, 1}) == ra::undecidable);
    CHECK(ra::majority_verdict({1, 1, 3, 0}) == ra::not_a_mistake);
    CHECK(ra::majority_verdict({1, 1, 0, 3}) == ra::undecidable);
    CHECK(ra::majority_verdict({}) == ra::undecidable);
}

TEST_CASE("mistakes: a sample is seeded, without repetition, and of one metric")
{
    std::vector<ra::mistake> mistakes;
    for (std::size_t i = 0; i < 300; ++i)
        mistakes.push_back({.image = i, .by_original = i % 2 == 0, .by_real = i % 3 == 0});
    const auto images = [&](const ra::mistake_sample_options& options, std::uint64_t seed) {
        std::vector<std::size_t> found;
        for (const ra::mistake& m : ra::sample_mistakes(mistakes, ra::random_seed{seed}, options))
            found.push_back(m.image);
        return found;
    };
    const auto sample = images({.size = 20}, 1);
    CHECK(sample.size() == 20);
    CHECK(std::set<std::size_t>(sample.begin(), sample.end()).size() == 20);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    for (const std::size_t image : sample) CHECK(image % 3 == 0);
    CHECK(images({.size = 20}, 1) == sample);
    CHECK(images({.size = 20}, 2) != sample);
    CHECK(images({.size = 20, .model = 1}, 1) != sample);
    for (const std::size_t image : images({.metric = ra::mistake_by::original, .size = 20}, 1)) CHECK(image % 2 == 0);
    CHECK(images({.size = 1000}, 1).size() == 100);
    CHECK(images({.size = 0}, 1).empty());
    // Each is as likely as the others: the first of 100 is in a fifth of the samples.
    int first = 0;
    for (std::uint64_t seed = 0; seed < 500; ++seed) first += images({.size = 20}, seed).front() == 0;
    CHECK(first > 60);
    CHECK(first < 140);
}

TEST_CASE("mistakes: what the ReaL labels remedy")
{
    // The cross-validated model of label-errors against real.json: 13,634 mistakes, 1,980 of them with an empty set.
    const ra::preference_counts counts{1438, 7250, 1295, 3651, 1980};
    CHECK(ra::errors_accepted_by_real(counts) == ra::proportion{2733, 11654});
    CHECK(ra::errors_accepted_by_real({}) == ra::proportion{0, 0});
}
