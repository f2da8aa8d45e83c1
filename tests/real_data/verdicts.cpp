// People's verdicts: the raters of the label-errors study, another one than the paper's.
#include "support/expected_figures.hpp"
#include "support/real_data.hpp"

#include <reassess/io/verdicts.hpp>
#include <reassess/metric/verdicts.hpp>

#include <doctest/doctest.h>

#include <cstdint>

namespace ra = reassess;

TEST_CASE("verdicts: the label-errors study equals the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures().at("mturk");
    const auto& majority = expected.at("majority_of_five");
    const auto number = [&](const char* answer) { return majority.at(answer).get<std::uint64_t>(); };
    const auto shares =
        ra::tally_verdicts(ra::io::read_label_error_verdicts(data / "label-errors" / "imagenet_mturk.json"));
    REQUIRE(shares.size() == 3);
    const auto images = expected.at("images").get<std::uint64_t>();
    const auto share = [&](const char* verdict, std::uint64_t count) {
        return ra::verdict_share{"label-errors", "original", verdict, {count, images}};
    };
    CHECK(shares[0] == share(ra::clear_mistake, number("given")));
    CHECK(shares[1] == share(ra::not_a_mistake, number("guessed") + number("both")));
    CHECK(shares[2] == share(ra::undecidable, number("neither") + number("no_majority")));
    CHECK(shares[0].share.hits == 2524);
    CHECK(shares[1].share.hits == 1428 + 597);
    CHECK(shares[2].share.hits == 293 + 598);
}
