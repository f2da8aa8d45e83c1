// results_by_id: shards that overlap, as samplers pad them, give the evaluation of a single pass.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/metric/results_by_id.hpp>
#include <reassess/metric/set_ranking.hpp>
#include <reassess/metric/top_k_with_ties.hpp>
#include <reassess/metric/weighted_accuracy.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::random_source;
using test_support::small_problem;

namespace {

/// The images of one rank by the rule of torch.utils.data.DistributedSampler (drop_last=False): the order is padded
/// with its leading images, as often as necessary, to a multiple of the ranks, and rank r takes every ranks-th from r.
std::vector<std::size_t> images_of_rank(std::vector<std::size_t> order, std::size_t rank, std::size_t ranks)
{
    const std::size_t images = order.size(), padded = (images + ranks - 1) / ranks * ranks;
    for (std::size_t i = images; i < padded; ++i) order.push_back(order[i % images]);
    std::vector<std::size_t> mine;
    for (std::size_t i = rank; i < padded; i += ranks) mine.push_back(order[i]);
    return mine;
}

/// Some images of a problem, copied as a loader copies them.
struct loaded {
    std::vector<float> scores{};
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
    std::vector<double> weights{};
    std::vector<std::uint64_t> ids{};
    std::size_t classes = 0;

    loaded(const small_problem& p, std::span<const std::size_t> images) : classes(p.classes)
    {
        for (const std::size_t i : images) {
            scores.insert(scores.end(), p.scores.begin() + static_cast<std::ptrdiff_t>(i * classes),
                          p.scores.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes));
            original.push_back(p.original[i]);
            real.append(p.real[i]);
            weights.push_back(1.0 + static_cast<double>(i % 3));
            ids.push_back(1000 + 7 * i);
        }
    }
    [[nodiscard]] ra::scores_view<float> view() const { return {scores.data(), ids.size(), classes}; }
    [[nodiscard]] ra::targets_view targets() const
    {
        return {.original = original, .real = real.view(), .weights = weights};
    }
};

std::vector<std::size_t> in_order(std::size_t images)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < images; ++i) order.push_back(i);
    return order;
}

constexpr ra::evaluation_options options{.nan = ra::on_nan::exclude, .sigmoid = ra::sigmoid_losses::yes};

/// The results of some images, in batches of `batch`.
template <class Interpret>
ra::results_by_id results_of(const small_problem& p, std::span<const std::size_t> images, std::size_t batch,
                             Interpret interpret)
{
    ra::results_by_id results;
    std::size_t first = 0;
    do {
        const loaded part(p, images.subspan(first, std::min(batch, images.size() - first)));
        results.add(ra::rank(ra::seq, interpret(part.view()), part.targets(), options), part.targets(), part.ids);
        first += part.ids.size();
    } while (first < images.size());
    return results;
}

}  // namespace

TEST_CASE("results by id: shards that a sampler pads with repeated images give the evaluation of one pass")
{
    random_source random(301);
    const auto as_logits = [](const ra::scores_view<float>& scores) { return ra::logits(scores); };
    const auto as_scores = [](const ra::scores_view<float>& scores) { return scores; };
    for (const std::size_t images : {1U, 2U, 3U, 5U, 7U, 13U, 29U, 61U}) {
        const small_problem p({.images = images, .classes = 2 + random.below(5), .nan_rows = 10}, random);
        const loaded all(p, in_order(images));
        const ra::set_ranking ranking{4};
        const ra::weighted_accuracy weighted{};
        const auto logits = ra::evaluate(ra::logits(all.view()), all.targets(), options, ranking, weighted);
        const auto scores = ra::evaluate(all.view(), all.targets(), options);
        for (std::size_t ranks = 1; ranks <= 8; ++ranks) {
            std::vector<std::size_t> order = in_order(images);
            if (ranks % 2 == 0) random.shuffle(order);
            ra::results_by_id merged, merged_scores;
            std::uint64_t seen = 0;
            for (std::size_t rank = 0; rank < ranks; ++rank) {
                const std::vector<std::size_t> mine = images_of_rank(order, rank, ranks);
                seen += mine.size();
                merged.merge(ra::results_by_id::from_bytes(results_of(p, mine, 4, as_logits).to_bytes()));
                merged_scores.merge(results_of(p, mine, 100, as_scores));
            }
            REQUIRE(merged.images() == images);
            REQUIRE(merged.repeated_images() == seen - images);
            REQUIRE(merged.differing_images() == 0);
            REQUIRE(ra::evaluate(ra::seq, merged, options, ranking, weighted) == logits);
            REQUIRE(ra::evaluate(ra::par, merged_scores, options) == scores);
        }
    }
}

TEST_CASE("results by id: the columns of all images are those of one pass, in ascending order of the ids")
{
    random_source random(302);
    const small_problem p({.images = 40, .classes = 4, .nan_rows = 10}, random);
    const loaded all(p, in_order(40));
    std::vector<std::size_t> order = in_order(40);
    random.shuffle(order);
    ra::results_by_id results;
    for (std::size_t first = 0; first < 40; first += 8) {
        const loaded part(p, std::span(order).subspan(first, 8));
        results.add(
            ra::rank(ra::seq, ra::logits(part.view()), part.targets(), {.nan = ra::on_nan::exclude, .top_k = 3}),
            part.targets(), part.ids);
    }
    const auto columns = results.columns();
    CHECK(columns.ids == all.ids);
    CHECK(columns.results() ==
          ra::rank(ra::seq, ra::logits(all.view()), all.targets(), {.nan = ra::on_nan::exclude, .top_k = 3}));
    CHECK(std::vector<ra::class_index>(columns.targets().original->begin(), columns.targets().original->end()) ==
          all.original);
    CHECK(columns.of_images.real == all.real);
    CHECK(columns.of_images.weights == all.weights);
}

TEST_CASE("results by id: an image whose results or labels differ is an error that names it, or is counted")
{
    random_source random(303);
    small_problem p({.images = 9, .classes = 5}, random);
    while (p.real[4].empty()) p = small_problem({.images = 9, .classes = 5}, random);
    const loaded all(p, in_order(9));
    const ra::image_results ranked = ra::rank(ra::seq, ra::logits(all.view()), all.targets());
    const auto expected = ra::evaluate(ra::logits(all.view()), all.targets());
    // Image 4 of a second part, in each way in which it may differ.
    const auto changed = [&](int what) {
        loaded part = all;
        ra::image_results results = ranked;
        if (what == 0) results.prediction[4] = (results.prediction[4] + 1) % 5;
        if (what == 1) results.confidence[4] = 0.5 * results.confidence[4];
        if (what == 2) part.original[4] = part.original[4] == 0 ? 1 : 0;
        if (what == 3) part.weights[4] = 17;
        if (what == 4) results.brier_score[4] += 1e-16 + results.brier_score[4] * 1e-15;
        if (what == 5) results.original_rank[4] = (results.original_rank[4] + 1) % 5;
        if (what == 6) {
            ra::rank_index& rank = results.label_rank[static_cast<std::size_t>(all.real.offsets()[4])];
            rank = (rank + 1) % 5;
        }
        ra::results_by_id first, second(ra::on_differing::count);
        first.add(ranked, all.targets(), all.ids);
        second.add(ranked, all.targets(), all.ids);
        const ra::results_by_id before = first;
        CHECK_ERROR(std::invalid_argument, first.add(results, part.targets(), part.ids), "image id 1028",
                    "other results or labels", "on_differing::count");
        CHECK(first == before);
        second.add(results, part.targets(), part.ids);
        CHECK(second.images() == 9);
        CHECK(second.repeated_images() == 9);
        CHECK(second.differing_images() == 1);
        CHECK(ra::evaluate(ra::seq, second) == expected);
        // The same by merging, where the counts of both parts add up.
        ra::results_by_id other;
        other.add(results, part.targets(), part.ids);
        CHECK_ERROR(std::invalid_argument, first.merge(other), "image id 1028");
        CHECK(first == before);
        second.merge(other);
        CHECK(second.repeated_images() == 18);
        CHECK(second.differing_images() == 2);
        CHECK(ra::evaluate(ra::seq, second) == expected);
        CHECK(ra::results_by_id::from_bytes(second.to_bytes()).differing_images() == 2);
    };
    for (int what = 0; what < 7; ++what) changed(what);
    // The same ranks of another label set.
    std::vector<std::vector<ra::class_index>> sets(9, {0});
    const ra::label_sets zeros(sets);
    sets[4] = {1};
    const ra::label_sets one(sets);
    const ra::image_results results = ra::rank(ra::seq, all.view(), {.original = all.original, .real = zeros.view()});
    ra::results_by_id mine;
    mine.add(results, {.original = all.original, .real = zeros.view()}, all.ids);
    CHECK_ERROR(std::invalid_argument, mine.add(results, {.original = all.original, .real = one.view()}, all.ids),
                "image id 1028");
}

TEST_CASE("results by id: an image that is repeated within a batch counts once")
{
    random_source random(304);
    const small_problem p({.images = 3, .classes = 5}, random);
    const std::vector<std::size_t> twice{0, 1, 2, 1, 0};
    const loaded all(p, in_order(3)), part(p, twice);
    ra::results_by_id results;
    results.add(ra::rank(ra::seq, part.view(), part.targets()), part.targets(), part.ids);
    CHECK(results.images() == 3);
    CHECK(results.repeated_images() == 2);
    CHECK(ra::evaluate(ra::seq, results) == ra::evaluate(all.view(), all.targets()));
    ra::results_by_id total;
    total.merge(results);
    CHECK(total.repeated_images() == 2);
    loaded other = part;
    other.ids = {1, 2, 3, 4, 1};
    ra::results_by_id differing;
    CHECK_NOTHROW(differing.add(ra::rank(ra::seq, other.view(), other.targets()), other.targets(), other.ids));
    other.ids = {1, 2, 3, 4, 2};
    CHECK_ERROR(std::invalid_argument,
                ra::results_by_id().add(ra::rank(ra::seq, other.view(), other.targets()), other.targets(), other.ids),
                "image id 2 was seen before");
}

TEST_CASE("results by id: no images, another shape, and metrics that need more than per-image results")
{
    random_source random(305);
    const small_problem p({.images = 6, .classes = 5}, random);
    const loaded all(p, in_order(6));
    const ra::image_results ranked = ra::rank(ra::seq, ra::logits(all.view()), all.targets());
    ra::results_by_id results;
    CHECK(ra::evaluate(ra::seq, results) == ra::evaluation<>());
    results.add(ranked, all.targets(), all.ids);
    const ra::results_by_id before = results;
    const auto refused = [&](const ra::image_results& other, const ra::targets_view& targets,
                             std::initializer_list<std::string_view> parts) {
        CHECK(test_support::lacks(
                  test_support::message_of<std::invalid_argument>([&] { results.add(other, targets, all.ids); }),
                  parts) == "");
        CHECK(results == before);
    };
    const ra::targets_view original{.original = all.original, .weights = all.weights};
    const ra::targets_view real{.real = all.real.view(), .weights = all.weights};
    refused(ra::rank(ra::seq, all.view(), all.targets()), all.targets(), {"of logits", "scores without"});
    refused(ra::rank(ra::seq, ra::logits(all.view()), original), original, {"with label sets", "without label sets"});
    refused(ra::rank(ra::seq, ra::logits(all.view()), real), real, {"with original labels", "without original"});
    refused(ranked, {.original = all.original, .real = all.real.view()}, {"with weights", "without weights"});
    refused(ra::rank(ra::seq, ra::logits(all.view()), all.targets(), {.top_k = 2}), all.targets(),
            {"lists of length 0", "2"});
    CHECK_ERROR(std::invalid_argument, results.add(ranked, all.targets(), std::span(all.ids).first(5)),
                "5 ids for 6 images");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, results, {}, ra::top_k_with_ties{}),
                "requests the ties of every label");
}

TEST_CASE("results by id: bytes of results that rank does not return are refused")
{
    random_source random(306);
    const small_problem p({.images = 6, .classes = 5}, random);
    const loaded all(p, in_order(6));
    const auto refused = [&](auto change, const char* part) {
        ra::image_results results = ra::rank(ra::seq, ra::logits(all.view()), all.targets(), {.top_k = 2});
        change(results);
        ra::results_by_id by_id;
        by_id.add(results, all.targets(), all.ids);
        const std::vector<std::byte> bytes = by_id.to_bytes();
        CHECK_ERROR(std::invalid_argument, ra::results_by_id::from_bytes(bytes), "saved state: ", part);
    };
    refused([](ra::image_results& r) { r.original_rank[3] = 5; }, "rank 5, expected ranks below 5");
    refused([](ra::image_results& r) { r.label_rank[0] = 7; }, "rank 7, expected ranks below 5");
    refused([](ra::image_results& r) { r.top_k[1] = 5; }, "prediction 5 of image 1 is outside [0, 5)");
    refused([](ra::image_results& r) { r.original_tied[5] = 2; }, "a tie is 2, expected 0 or 1");
    for (const double confidence : {1.5, -0.25, std::numeric_limits<double>::quiet_NaN()})
        refused([=](ra::image_results& r) { r.confidence[2] = confidence; }, "a confidence is outside [0, 1]");
}
