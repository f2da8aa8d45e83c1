// set_ranking and set_ranking_by: against the definitions, image by image; under every rule for ties; against values of
// scikit-learn.
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/ragged_sets.hpp"
#include "support/relative_error.hpp"
#include "support/tied_metrics.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/set_ranking.hpp>
#include <reassess/metric/set_ranking_by.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::average;
using test_support::class_order;
using test_support::evaluated_with_ties;
using test_support::highest;
using test_support::ragged_sets;
using test_support::random_source;
using test_support::relative_error;
using test_support::tied_evaluation_of;
using test_support::worst;

namespace {

using labels = std::set<ra::class_index>;

std::size_t hits(const class_order& order, const labels& set, std::size_t k)
{
    return static_cast<std::size_t>(std::count_if(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k),
                                                  [&](auto c) { return set.contains(c); }));
}
double real(std::size_t n)
{
    return static_cast<double>(n);
}

// Metrics of one image, from an order of its classes.
double precision(const class_order& order, const labels& set, std::size_t k)
{
    return real(hits(order, set, k)) / real(k);
}
double recall(const class_order& order, const labels& set, std::size_t k)
{
    return real(hits(order, set, k)) / real(set.size());
}
double f1(const class_order& order, const labels& set, std::size_t k)
{
    const double p = precision(order, set, k), r = recall(order, set, k);
    return p + r == 0.0 ? 0.0 : 2.0 * p * r / (p + r);
}
double ndcg(const class_order& order, const labels& set, std::size_t k)
{
    double gain = 0.0, ideal = 0.0;
    for (std::size_t place = 1; place <= k; ++place) {
        const double discount = 1.0 / std::log2(real(place) + 1.0);
        if (set.contains(order[place - 1])) gain += discount;
        if (place <= set.size()) ideal += discount;
    }
    return gain / ideal;
}
double average_precision(const class_order& order, const labels& set, std::size_t = 0)
{
    double sum = 0.0;
    for (std::size_t place = 1; place <= order.size(); ++place) {
        if (set.contains(order[place - 1])) sum += precision(order, set, place);
    }
    return sum / real(set.size());
}
double coverage(const class_order& order, const labels& set, std::size_t = 0)
{
    std::size_t k = 1;
    while (hits(order, set, k) < set.size()) ++k;
    return real(k);
}
double loss(const class_order& order, const labels& set, std::size_t = 0)
{
    std::size_t wrong = 0;
    for (std::size_t a = 0; a < order.size(); ++a) {
        for (std::size_t b = a + 1; b < order.size(); ++b) wrong += !set.contains(order[a]) && set.contains(order[b]);
    }
    return wrong == 0 ? 0.0 : real(wrong) / real(set.size() * (order.size() - set.size()));
}

using metric_of_image = double (*)(const class_order&, const labels&, std::size_t);

/// Requires that a mean is that of images whose classes are in these orders; the mean over several orders of an image.
template <class Orders>
void require_mean(const ra::mean& found, const std::vector<ragged_sets::labelled_image>& images, Orders orders_of,
                  metric_of_image metric, std::size_t k)
{
    REQUIRE(found.total == images.size());
    double sum = 0.0;
    for (const auto& [image, set] : images) {
        double of_image = 0.0;
        const auto orders = orders_of(image);
        for (const class_order& order : orders) of_image += metric(order, set, k == 0 ? set.size() : k);
        sum += of_image / real(orders.size());
    }
    REQUIRE(std::abs(found.sum - sum) <= 1e-13 * (1.0 + sum));
}

template <class Orders>
void require_at_k(const ra::ranking_at_k& found, const std::vector<ragged_sets::labelled_image>& images,
                  std::size_t classes, Orders orders)
{
    for (std::size_t k = 1; k <= classes; ++k) {
        require_mean(found.precision(k), images, orders, precision, k);
        require_mean(found.recall(k), images, orders, recall, k);
        require_mean(found.f1(k), images, orders, f1, k);
        require_mean(found.ndcg(k), images, orders, ndcg, k);
    }
    require_mean(found.r_precision(), images, orders, precision, 0);
    const ra::mean error = found.one_error(), first = found.precision(1);
    REQUIRE(std::abs(error.sum + first.sum - real(images.size())) < 1e-12);
}

template <class Orders>
void require_all(const ra::ranked_sets& found, const std::vector<ragged_sets::labelled_image>& images,
                 std::size_t classes, Orders orders)
{
    require_at_k(found, images, classes, orders);
    require_mean(found.label_ranking_average_precision(), images, orders, average_precision, 1);
    require_mean(found.coverage_error(), images, orders, coverage, 1);
    require_mean(found.ranking_loss(), images, orders, loss, 1);
}

/// The metrics of the rule worst_rank, by comparisons of scores.
void require_worst(const ra::ranking_of_all& found, const ragged_sets& p, bool of_original)
{
    double precisions = 0.0, covering = 0.0, losses = 0.0;
    const auto images = p.labelled(of_original);
    for (const auto& [image, set] : images) {
        double precision_sum = 0.0, most = 0.0, wrong = 0.0;
        for (const ra::class_index label : set) {
            double all = 0.0, right = 0.0;
            for (ra::class_index c = 0; c < static_cast<ra::class_index>(p.classes); ++c) {
                if (p.score(image, c) < p.score(image, label)) continue;
                all += 1.0;
                right += set.contains(c);
                wrong += !set.contains(c);
            }
            precision_sum += right / all;
            most = std::max(most, all);
        }
        precisions += precision_sum / real(set.size());
        covering += most;
        if (set.size() < p.classes) losses += wrong / real(set.size() * (p.classes - set.size()));
    }
    REQUIRE(found.images() == images.size());
    REQUIRE(std::abs(found.label_ranking_average_precision().sum - precisions) <= 1e-13 * (1.0 + precisions));
    REQUIRE(found.coverage_error().sum == covering);
    REQUIRE(std::abs(found.ranking_loss().sum - losses) <= 1e-13 * (1.0 + losses));
}

}  // namespace

TEST_CASE("set ranking: every metric is the mean of its definition, under each rule for ties, on random ragged sets")
{
    random_source random(2101);
    for (int repetition = 0; repetition < 40; ++repetition) {
        const ragged_sets p(random.below(30), 1 + random.below(5), 1 + random.below(6), random);
        const auto e = evaluated_with_ties(ra::seq, p);
        for (const bool of_original : {false, true}) {
            const auto images = p.labelled(of_original);
            const auto of = [&](const auto& rankings) { return of_original ? rankings.original : rankings.real; };
            require_all(of(e.get<ra::set_ranking>()), images, p.classes,
                        [&](std::size_t i) { return std::vector<class_order>{p.order(i)}; });
            require_all(of(e.get<highest>()), images, p.classes,
                        [&](std::size_t i) { return std::vector<class_order>{p.order(i, true)}; });
            require_worst(of(e.get<worst>()), p, of_original);
            require_at_k(of(e.get<average>()), images, p.classes, [&](std::size_t i) { return p.orders(i); });
        }
    }
}

TEST_CASE("set ranking: values of scikit-learn 1.9 under its rules for ties")
{
    const std::vector<float> scores{3, 1, 2, 0, 1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 0, 2};
    const std::vector<ra::class_index> original{0, 2, 3, 1};
    const ra::label_sets real(std::vector<std::vector<int>>{{1, 2}, {1}, {0, 2}, {0, 2, 3}});
    const auto e = tied_evaluation_of(scores, 4, {.original = original, .real = real.view()});
    const ra::ranking_of_all last = e.get<worst>().real;
    CHECK(relative_error(last.label_ranking_average_precision().value(), 0.5069444444444443) < 1e-15);
    CHECK(relative_error(last.coverage_error().value(), 3.5) < 1e-15);
    CHECK(relative_error(last.ranking_loss().value(), 0.7916666666666666) < 1e-15);
    const ra::ranking_at_k expected = e.get<average>().real;
    CHECK(relative_error(expected.ndcg(1).value(), 0.3333333333333333) < 1e-15);
    CHECK(relative_error(expected.ndcg(2).value(), 0.4826240146062568) < 1e-15);
    CHECK(relative_error(expected.ndcg(4).value(), 0.7430257473354511) < 1e-15);
    const ra::ranking_at_k high = e.get<highest>().original;
    CHECK(high.recall(1).value() == 0.75);
    CHECK(high.recall(2).value() == 1.0);
    CHECK(high.recall(3).value() == 1.0);
}

TEST_CASE("set ranking: the counts do not depend on the policy, the batches, the order of merging, or saving")
{
    random_source random(2102);
    const ragged_sets p(400, 9, 6, random);
    const auto whole = evaluated_with_ties(ra::seq, p);
    CHECK(evaluated_with_ties(ra::par.on(3).serial_below(0), p) == whole);
    CHECK(evaluated_with_ties(ra::seq, p, {100, 1, 7, 0, 292}) == whole);
    CHECK(test_support::evaluated_on_device(test_support::emulated_device<4>{}, p) == whole);
    const auto loaded = test_support::tied_evaluation::from_bytes(whole.to_bytes(), ra::set_ranking{9}, highest{9},
                                                                  worst{9}, average{9}, ra::top_k_with_ties{});
    CHECK(loaded == whole);
    CHECK(loaded.get<worst>().real.ranking_loss() == whole.get<worst>().real.ranking_loss());
}

TEST_CASE("set ranking: without images, labels or batches every mean is over 0 images")
{
    const std::vector<float> scores{1, 0, 0, 1};
    const ra::label_sets empty(std::vector<std::vector<int>>{{}, {}});
    const std::vector<ra::class_index> missing{-1, -1};
    for (const ra::targets_view& targets :
         {ra::targets_view{.original = missing}, ra::targets_view{.real = empty.view()}, ra::targets_view{}}) {
        const ra::set_rankings found = tied_evaluation_of(scores, 2, targets).get<ra::set_ranking>();
        for (const ra::ranked_sets& sets : {found.original, found.real}) {
            CHECK(sets.images() == 0);
            CHECK(sets.ndcg(2) == ra::mean{});
            CHECK(sets.r_precision() == ra::mean{});
            CHECK(sets.one_error() == ra::mean{});
            CHECK(sets.ranking_loss() == ra::mean{});
            CHECK(sets.coverage_error() == ra::mean{});
            CHECK(sets.label_ranking_average_precision() == ra::mean{});
        }
    }
    const ra::set_rankings nothing = test_support::tied_evaluation().get<ra::set_ranking>();
    CHECK(nothing.real.images() == 0);
    CHECK_ERROR(std::out_of_range, nothing.real.ndcg(1), "k is 1, expected 1 to the depth of the evaluation, 0");
}

TEST_CASE("set ranking: what cannot be told is an error that says what to do")
{
    const std::vector<float> scores{3, 1, 2, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{1, 2, 3}});
    const ra::targets_view targets{.real = sets.view()};
    const auto rankings = [&](std::size_t depth, std::size_t largest_set) {
        return tied_evaluation_of(scores, 4, targets, depth, largest_set).get<ra::set_ranking>().real;
    };
    const ra::ranked_sets all = rankings(0, 3);
    CHECK(all.precision(4).value() == 0.75);
    CHECK_ERROR(std::out_of_range, all.precision(0), "k is 0, expected 1 to the depth of the evaluation, 4");
    CHECK_ERROR(std::out_of_range, all.ndcg(5), "k is 5");
    // Sets that are too large count as images, but no metric is computed.
    const ra::ranked_sets too_large = rankings(0, 2);
    CHECK(too_large.images() == 1);
    const char* const enough = "1 images have more than largest_set = 2 labels: use a metric with .largest_set = 3";
    CHECK_ERROR(std::invalid_argument, too_large.precision(1), enough);
    CHECK_ERROR(std::invalid_argument, too_large.r_precision(), enough);
    CHECK_ERROR(std::invalid_argument, too_large.ndcg(1), enough);
    CHECK_ERROR(std::invalid_argument, too_large.coverage_error(), enough);
    CHECK_ERROR(std::invalid_argument, rankings(0, 0), "largest_set is 0, expected at least 1");
    // Below a depth only the metrics at k are known.
    const ra::ranked_sets shallow = rankings(2, 3);
    CHECK(shallow.recall(2).value() == all.recall(2).value());
    CHECK(shallow.ndcg(2).value() == all.ndcg(2).value());
    CHECK_ERROR(std::out_of_range, shallow.recall(3), "k is 3, expected 1 to the depth of the evaluation, 2");
    CHECK_ERROR(std::invalid_argument, shallow.ranking_loss(), "only ranks below 2 of 4 are known");
    CHECK_ERROR(std::invalid_argument, shallow.r_precision(), "an image has 3 labels, but only ranks below");
    // Stored lists tell ranks, but not ties; results of rank have no ties of label sets.
    const std::vector<int> lists{0, 2};
    const ra::top_k_view<int> stored(lists, 2, 4);
    CHECK(ra::evaluate(ra::seq, stored, targets, {}, ra::set_ranking{}).get<ra::set_ranking>().real.f1(2).value() ==
          all.f1(2).value());
    const char* const no_ties = "metric reassess.set_ranking.highest_index requests the ties of every label";
    auto counts = test_support::evaluator_of_ties(ra::seq, 3);
    CHECK_ERROR(std::invalid_argument, counts.update(stored, targets), no_ties);
    const ra::image_results ranked = ra::rank(ra::seq, ra::scores_view<float>(scores, 4), targets);
    CHECK_ERROR(std::invalid_argument, counts.update(ranked, targets), no_ties);
    CHECK(counts.images() == 0);
}
