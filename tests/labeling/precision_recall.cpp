// Tests of precision and recall: points, curve, operating points, raters and experts.
#include <reassess/labeling/precision_recall.hpp>

#include "support/messages.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("precision and recall: counts are exact, and empty sets give 0 of 0")
{
    const auto counts = ra::measure_precision_recall({true, true, false, true}, {true, false, true, true});
    CHECK(counts == ra::precision_recall{.hits = 2, .proposed = 3, .gold = 3});
    CHECK(counts.precision() == ra::proportion{2, 3});
    CHECK(counts.recall() == ra::proportion{2, 3});
    const auto none = ra::measure_precision_recall({false, false}, {false, true});
    CHECK(!none.precision().try_value());
    CHECK(none.recall().value() == 0.0);
    CHECK_ERROR(std::invalid_argument, ra::measure_precision_recall({true}, {true, false}), "1 decisions", "2 items");
}

TEST_CASE("precision and recall: a score equal to the threshold is not kept")
{
    const std::vector<double> values{0.8, 0.81, std::numeric_limits<double>::quiet_NaN(), -1};
    CHECK(ra::greater_than(values, 0.8) == std::vector<bool>{false, true, false, false});
}

TEST_CASE("precision and recall: the curve has one point for every distinct set")
{
    const std::vector<double> scores{0.9, 0.5, 0.9, 0.1, 0.5};
    const std::vector<bool> gold{true, false, false, true, true};
    const auto curve = ra::precision_recall_curve(scores, gold);
    REQUIRE(curve.size() == 3);
    CHECK(curve[0].threshold == 0.5);
    CHECK(curve[0].counts == ra::precision_recall{1, 2, 3});
    CHECK(curve[1].threshold == 0.1);
    CHECK(curve[1].counts == ra::precision_recall{2, 4, 3});
    CHECK(std::isinf(curve[2].threshold));
    CHECK(curve[2].counts == ra::precision_recall{3, 5, 3});
    CHECK(ra::precision_recall_curve(std::vector<double>{}, {}).empty());
    CHECK_ERROR(std::invalid_argument, ra::precision_recall_curve(scores, {true}), "5 scores", "1 items");
    CHECK_ERROR(std::invalid_argument, ra::precision_recall_curve(std::vector<double>{0.5, std::nan("")}, {true, true}),
                "item 1 is NaN");
}

TEST_CASE("precision and recall: items whose score is minus infinity are kept by no threshold")
{
    const double nothing = -std::numeric_limits<double>::infinity();
    const std::vector<double> scores{0.5, nothing, 0.25, nothing};
    const std::vector<bool> gold{true, true, false, true};
    const auto curve = ra::precision_recall_curve(scores, gold);
    REQUIRE(curve.size() == 2);
    CHECK(curve[0].threshold == 0.25);
    CHECK(curve[1].threshold == nothing);
    for (const auto& point : curve)
        CHECK(point.counts == ra::measure_precision_recall(ra::greater_than(scores, point.threshold), gold));
    CHECK(curve[1].counts == ra::precision_recall{.hits = 1, .proposed = 2, .gold = 3});
    CHECK(ra::precision_recall_curve(std::vector<double>{nothing}, {true}).empty());
}

TEST_CASE("precision and recall: every point of a curve equals the counts of its threshold")
{
    std::mt19937 random(7);
    std::vector<double> scores(300);
    std::vector<bool> gold(scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] = static_cast<double>(random() % 50) / 50;
        gold[i] = random() % 3 == 0;
    }
    const auto curve = ra::precision_recall_curve(scores, gold);
    CHECK(curve.size() == 50);
    for (const auto& point : curve)
        CHECK(ra::measure_precision_recall(ra::greater_than(scores, point.threshold), gold) == point.counts);

    // Operating points by linear search.
    for (const double least : {0.2, 0.33, 0.4, 0.9}) {
        std::optional<ra::precision_recall> for_precision, for_recall;
        for (const auto& [threshold, counts] : curve) {
            if (counts.precision().value() >= least && (!for_precision || counts.hits > for_precision->hits))
                for_precision = counts;
            if (counts.recall().value() >= least &&
                (!for_recall || counts.precision().value() > for_recall->precision().value()))
                for_recall = counts;
        }
        const auto by_precision = ra::operating_point_for_precision(curve, least);
        REQUIRE(by_precision.has_value() == for_precision.has_value());
        if (by_precision) CHECK(by_precision->counts == *for_precision);
        const auto by_recall = ra::operating_point_for_recall(curve, least);
        REQUIRE(by_recall.has_value());
        CHECK(by_recall->counts.precision().value() == for_recall->precision().value());
        CHECK(by_recall->counts.hits >= for_recall->hits);
    }
    CHECK(!ra::operating_point_for_precision(curve, 1.1));
    CHECK(!ra::operating_point_for_recall(curve, std::nan("")));
}

TEST_CASE("precision and recall: raters on their answered items, experts against all and against the others")
{
    // Five experts on three items; answer 2 is yes.
    const std::vector<std::vector<int>> answers{{2, 2, 0}, {2, 0, 0}, {2, 1, 2}, {0, 2, 2}, {0, 0, 0}};
    ra::annotations experts({.raters = 5, .items = 3}, {"no", "maybe", "yes"});
    for (std::size_t expert = 0; expert < 5; ++expert)
        for (std::size_t item = 0; item < 3; ++item) experts.add(expert, item, answers[expert][item]);
    const ra::vote_table votes(experts);
    CHECK(ra::gold_from_majority(votes, 2) == std::vector<bool>{true, false, false});
    const auto all = ra::experts_against_all(experts, 2);
    CHECK(all[0] == ra::precision_recall{1, 2, 1});
    CHECK(all[3] == ra::precision_recall{0, 2, 1});
    const auto others = ra::experts_against_others(experts, 2);
    // Without expert 0, item 0 has two of four votes: a tie is not a majority.
    CHECK(others[0] == ra::precision_recall{0, 2, 0});
    // Without expert 3, it has three of four votes.
    CHECK(others[3] == ra::precision_recall{0, 2, 1});

    ra::annotations raters({.raters = 2, .items = 3}, {"no", "maybe", "yes"});
    raters.add(1, 1, 2);
    raters.add(1, 0, 1);
    const auto points = ra::rater_points(raters, 2, {true, true, true});
    CHECK(points[0] == ra::precision_recall{});
    CHECK(points[1] == ra::precision_recall{1, 1, 2});
    CHECK_ERROR(std::invalid_argument, ra::rater_points(raters, 2, {true}), "3 items", "1");
    CHECK_ERROR(std::out_of_range, ra::rater_points(raters, 3, {true, true, true}), "answer 3");
    CHECK_ERROR(std::out_of_range, ra::gold_from_majority(votes, 3), "answer 3");
    CHECK_ERROR(std::out_of_range, ra::experts_against_others(experts, 3), "answer 3");
}
