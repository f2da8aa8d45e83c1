// top_k_with_ties: against every order of the classes that their scores allow, and by hand.
#include "support/messages.hpp"
#include "support/ragged_sets.hpp"
#include "support/relative_error.hpp"
#include "support/tied_metrics.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/top_k_with_ties.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::class_order;
using test_support::evaluated_with_ties;
using test_support::ragged_sets;
using test_support::random_source;
using test_support::relative_error;

namespace {

bool hits(const class_order& order, const std::set<ra::class_index>& labels, std::size_t k)
{
    return std::any_of(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k),
                       [&](ra::class_index c) { return labels.contains(c); });
}

/// All hits at k, by every order that the scores of an image allow.
void require_hits(const ra::hits_with_ties& found, const ragged_sets& p, bool of_original, std::size_t k)
{
    const auto images = p.labelled(of_original);
    std::uint64_t index = 0, optimistic = 0, pessimistic = 0;
    double expected = 0.0;
    for (const ragged_sets::labelled_image& counted : images) {
        const std::set<ra::class_index>& labels = counted.labels;
        const std::vector<class_order> orders = p.orders(counted.image);
        const auto hit = static_cast<std::size_t>(std::count_if(
            orders.begin(), orders.end(), [&](const class_order& order) { return hits(order, labels, k); }));
        index += hits(p.order(counted.image), labels, k);
        optimistic += hit != 0;
        pessimistic += hit == orders.size();
        expected += static_cast<double>(hit) / static_cast<double>(orders.size());
    }
    REQUIRE(found.index(k) == ra::proportion{index, images.size()});
    REQUIRE(found.optimistic(k) == ra::proportion{optimistic, images.size()});
    REQUIRE(found.pessimistic(k) == ra::proportion{pessimistic, images.size()});
    REQUIRE(found.undecided(k) == ra::proportion{optimistic - pessimistic, images.size()});
    REQUIRE(found.expected(k).total == images.size());
    REQUIRE(std::abs(found.expected(k).sum - expected) <= 1e-13 * (1.0 + expected));
}

ra::tied_hits hits_of(const std::vector<float>& scores, std::size_t classes, const ra::targets_view& targets,
                      std::size_t depth = 0)
{
    return test_support::tied_evaluation_of(scores, classes, targets, depth).get<ra::top_k_with_ties>();
}

}  // namespace

TEST_CASE("top-k with ties: each rule is the share of hits over all orders of tied classes, on random ragged sets")
{
    random_source random(2201);
    for (int repetition = 0; repetition < 40; ++repetition) {
        const ragged_sets p(random.below(30), 1 + random.below(5), 1 + random.below(6), random);
        const auto e = evaluated_with_ties(ra::seq, p);
        const ra::tied_hits found = e.get<ra::top_k_with_ties>();
        for (std::size_t k = 1; k <= p.classes; ++k) {
            require_hits(found.original, p, true, k);
            require_hits(found.real, p, false, k);
            REQUIRE(found.original.index(k) == e.top_k(k));
            REQUIRE(found.real.index(k) == e.real(k));
        }
    }
}

TEST_CASE("top-k with ties: many tied classes, by the formula")
{
    // Class 0 is above 200 tied classes, of which 3 are acceptable, one of them the last class.
    std::vector<float> scores(201, 1.0F);
    scores[0] = 2.0F;
    const ra::label_sets sets(std::vector<std::vector<int>>{{50, 100, 200}});
    const std::vector<ra::class_index> original{200};
    const ra::tied_hits found = hits_of(scores, 201, {.original = original, .real = sets.view()});
    double miss = 1.0;  // C(197, k - 1) / C(200, k - 1)
    for (std::size_t k = 1; k <= 201; ++k) {
        const double decided = static_cast<double>(k - 1);
        CHECK(relative_error(found.original.expected(k).sum, decided / 200.0) < 1e-13);
        CHECK(relative_error(found.real.expected(k).sum, 1.0 - miss) < 1e-12);
        miss = std::max(0.0, miss * (197.0 - decided) / (200.0 - decided));
        CHECK(found.real.optimistic(k).hits == (k > 1));
        CHECK(found.real.pessimistic(k).hits == (k > 198));
        CHECK(found.real.index(k).hits == (k > 50));
        CHECK(found.original.pessimistic(k).hits == (k > 200));
    }
}

TEST_CASE("top-k with ties: with a depth below the number of classes, all k up to it are the same")
{
    random_source random(2202);
    const ragged_sets p(50, 9, 4, random);
    const ra::tied_hits deep = hits_of(p.scores, 9, p.targets());
    const ra::tied_hits shallow = hits_of(p.scores, 9, p.targets(), 3);
    for (std::size_t k = 1; k <= 3; ++k) {
        CHECK(shallow.original.expected(k) == deep.original.expected(k));
        CHECK(shallow.real.expected(k) == deep.real.expected(k));
        CHECK(shallow.real.pessimistic(k) == deep.real.pessimistic(k));
    }
    CHECK_ERROR(std::out_of_range, shallow.real.expected(4), "k is 4, expected 1 to the depth of the evaluation, 3");
    CHECK_ERROR(std::out_of_range, shallow.real.index(0), "k is 0");
}

TEST_CASE("top-k with ties: absent labels and no images are 0 of 0")
{
    const ra::tied_hits none = hits_of({1, 1}, 2, {});
    CHECK(none.original.optimistic(1) == ra::proportion{});
    CHECK(none.real.expected(2) == ra::mean{});
    CHECK_ERROR(std::out_of_range, test_support::tied_evaluation().get<ra::top_k_with_ties>().real.index(1),
                "k is 1, expected 1 to the depth of the evaluation, 0");
}
