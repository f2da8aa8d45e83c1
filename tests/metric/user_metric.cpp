// Metrics of the user's own: counted in the same pass as the built-in ones, merged, saved and read with them.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

using counts_of_metric = std::vector<std::uint64_t>;

/// By prediction, images and the sum of their sets' sizes; then all facts of an image that a metric sees without
/// columns of its own.
struct what_is_seen {
    static constexpr std::string_view name = "test.what_is_seen";
    static constexpr std::uint32_t version = 3;
    enum fact : std::size_t { images, correct, real_correct, tied, labelled, depth_of_label, label_ranks, facts };

    [[nodiscard]] std::size_t counters(ra::metric_shape shape) const { return facts + 2 * shape.classes; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const
    {
        tally.add(images);
        tally.add_if(image.is_correct(), correct);
        tally.add_if(image.is_real_correct(), real_correct);
        tally.add_if(image.original_tied, tied);
        if (image.has_original && image.original != ra::missing_label) {
            tally.add(labelled);
            tally.add(depth_of_label, image.original_rank);
        }
        for (std::size_t j = 0; image.has_real && j < image.label_count; ++j)
            tally.add(label_ranks, (1 + image.label_rank[j]) * static_cast<std::uint64_t>(image.labels[j]));
        tally.add(facts + 2 * static_cast<std::size_t>(image.prediction));
        tally.add(facts + 2 * static_cast<std::size_t>(image.prediction) + 1, image.label_count);
    }
    [[nodiscard]] counts_of_metric result(std::span<const std::uint64_t> counted, ra::metric_shape shape) const
    {
        CHECK(counted.size() == counters(shape));
        return {counted.begin(), counted.end()};
    }
};

/// Adds to counter 2 of 2 for some images.
struct beyond_its_counters {
    static constexpr std::string_view name = "test.beyond_its_counters";
    static constexpr std::uint32_t version = 1;

    [[nodiscard]] std::size_t counters(ra::metric_shape) const { return 2; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const
    {
        tally.add(static_cast<std::size_t>(image.prediction) % 3, 2);
        tally.add_if(image.is_correct(), 1);
        tally.add(0);
    }
    [[nodiscard]] counts_of_metric result(std::span<const std::uint64_t> counted, ra::metric_shape) const
    {
        return {counted.begin(), counted.end()};
    }
};

/// The same by loops over a problem's images.
counts_of_metric seen_in(const small_problem& p)
{
    using metric = what_is_seen;
    counts_of_metric counts(metric::facts + 2 * p.classes);
    for (std::size_t i = 0; i < p.images(); ++i) {
        if (!p.valid(i)) continue;
        const std::vector<std::size_t> positions = test_support::positions_in(p.orders[i]);
        ++counts[metric::images];
        counts[metric::correct] += p.right(i);
        counts[metric::real_correct] += p.acceptable(i, p.prediction(i));
        counts[metric::tied] += p.tied[i];
        if (p.labelled(i)) {
            ++counts[metric::labelled];
            counts[metric::depth_of_label] += positions[static_cast<std::size_t>(p.original[i])];
        }
        for (const ra::class_index c : p.sets[i])
            counts[metric::label_ranks] += (1 + positions[static_cast<std::size_t>(c)]) * static_cast<std::size_t>(c);
        const auto prediction = static_cast<std::size_t>(p.prediction(i));
        ++counts[metric::facts + 2 * prediction];
        counts[metric::facts + 2 * prediction + 1] += p.sets[i].size();
    }
    return counts;
}

/// With a parameter, and losses: images whose loss is above a bound, of each kind, and whose confidence is.
struct losses_above {
    static constexpr std::string_view name = "test.losses_above";
    static constexpr std::uint32_t version = 1;
    static constexpr ra::metric_columns columns{.losses = true};
    float bound = 1.0F;

    [[nodiscard]] std::size_t counters(ra::metric_shape) const { return 4; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const
    {
        const auto limit = static_cast<double>(bound);
        tally.add_if(image.cross_entropy > limit, 0);
        tally.add_if(image.real_cross_entropy > limit, 1);
        tally.add_if(image.brier_score > limit, 2);
        tally.add_if(image.confidence > limit, 3);
    }
    [[nodiscard]] counts_of_metric result(std::span<const std::uint64_t> counted, ra::metric_shape) const
    {
        counts_of_metric counts(counted.begin(), counted.end());
        counts.push_back(static_cast<std::uint64_t>(1000 * bound));
        return counts;
    }
    [[nodiscard]] std::vector<std::uint64_t> configuration() const
    {
        return {static_cast<std::uint64_t>(1000 * bound)};
    }
};

/// With lists: the sum over images of place times class.
struct places_of_classes {
    static constexpr std::string_view name = "test.places_of_classes";
    static constexpr std::uint32_t version = 1;
    static constexpr ra::metric_columns columns{.top_k = true};

    [[nodiscard]] std::size_t counters(ra::metric_shape shape) const { return shape.classes + 1; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const
    {
        for (std::size_t place = 0; place < image.k; ++place)
            tally.add(static_cast<std::size_t>(image.top_k[place]), place + 1);
        tally.add(image.classes, image.k);
    }
    [[nodiscard]] counts_of_metric result(std::span<const std::uint64_t> counted, ra::metric_shape) const
    {
        return {counted.begin(), counted.end()};
    }
};

/// The same metric after its counters got another meaning.
struct of_newer_version : what_is_seen {
    static constexpr std::uint32_t version = 4;
};

static_assert(ra::metric<what_is_seen> && ra::metric<losses_above> && ra::metric<places_of_classes>);
static_assert(ra::metric<ra::balanced_accuracy>);
static_assert(!ra::metric<int>);

counts_of_metric losses_in(const ra::image_results& ranked, float bound)
{
    counts_of_metric counts(4);
    for (std::size_t i = 0; i < ranked.images(); ++i) {
        if (ranked.prediction[i] == ra::missing_label) continue;
        const auto limit = static_cast<double>(bound);
        counts[0] += ranked.cross_entropy[i] > limit;
        counts[1] += ranked.real_cross_entropy[i] > limit;
        counts[2] += ranked.brier_score[i] > limit;
        counts[3] += ranked.confidence[i] > limit;
    }
    counts.push_back(static_cast<std::uint64_t>(1000 * bound));
    return counts;
}

counts_of_metric places_in(const small_problem& p, std::size_t k)
{
    counts_of_metric counts(p.classes + 1);
    for (std::size_t i = 0; i < p.images(); ++i) {
        for (std::size_t place = 0; p.valid(i) && place < k; ++place)
            counts[static_cast<std::size_t>(p.orders[i][place])] += place + 1;
        if (p.valid(i)) counts[p.classes] += k;
    }
    return counts;
}

}  // namespace

TEST_CASE("metric: adding to a counter that the metric does not have is an error, and nothing is counted")
{
    test_support::random_source random(907);
    const small_problem p({.images = 50, .classes = 5}, random);
    for_each_policy([&](auto policy) {
        ra::evaluator counts(policy, {}, beyond_its_counters{}, what_is_seen{});
        const auto empty = counts.result();
        CHECK_ERROR(std::out_of_range, counts.update(p.view(), p.targets()),
                    "metric test.beyond_its_counters: operator() added to a counter outside [0, 2)");
        CHECK(counts.result() == empty);
    });
}

TEST_CASE(
    "user metric: sees every image that is not left out, on every policy, and leaves the other metrics as they are")
{
    test_support::random_source random(301);
    for (const std::size_t images : {0UL, 1UL, 70UL, 5000UL}) {
        const small_problem p({.images = images, .classes = 6, .nan_rows = 10}, random);
        const ra::evaluation_options options{.nan = ra::on_nan::exclude};
        const ra::evaluation plain = ra::evaluate(ra::seq, p.view(), p.targets(), options);
        const counts_of_metric expected = seen_in(p);
        for_each_policy([&](auto policy) {
            const ra::evaluation<what_is_seen> e = ra::evaluate(policy, p.view(), p.targets(), options, what_is_seen{});
            CHECK(e.get<what_is_seen>() == expected);
            CHECK(e.images() == plain.images());
            CHECK(e.nan_images() == plain.nan_images());
            CHECK(e.preference() == plain.preference());
            CHECK(e.rank_histogram() == plain.rank_histogram());
            CHECK(e.get<ra::balanced_accuracy>().original == plain.get<ra::balanced_accuracy>().original);
            for (std::size_t k = 1; k <= 6; ++k) CHECK(e.real(k) == plain.real(k));
        });
    }
}

TEST_CASE("user metric: several are counted in one pass of logits, with losses and lists")
{
    test_support::random_source random(302);
    const small_problem p({.images = 3000, .classes = 6}, random);
    const ra::evaluation_options options{.top_k = 3};
    const ra::image_results ranked = ra::rank(ra::seq, ra::logits(p.view()), p.targets(), options);
    for_each_policy([&](auto policy) {
        const ra::evaluation<what_is_seen, losses_above, places_of_classes> e =
            ra::evaluate(policy, ra::logits(p.view()), p.targets(), options, what_is_seen{}, losses_above{0.5F},
                         places_of_classes{});
        CHECK(e.get<what_is_seen>() == seen_in(p));
        CHECK(e.get<losses_above>() == losses_in(ranked, 0.5F));
        CHECK(e.get<places_of_classes>() == places_in(p, 3));
        // Of results of ranking, of logits batch by batch, and of scores without losses.
        ra::evaluator of_results(policy, options, what_is_seen{}, losses_above{0.5F}, places_of_classes{});
        of_results.update(ranked, p.targets());
        CHECK(of_results.result() == e);
        ra::evaluator in_batches(policy, options, what_is_seen{}, losses_above{0.5F}, places_of_classes{});
        for (std::size_t first = 0; first < 3000; first += 1000)
            in_batches.update(ra::logits(p.view()).slice(first, 1000), p.targets().slice(first, 1000));
        CHECK(in_batches.result() == e);
        const ra::evaluation<places_of_classes> of_scores =
            ra::evaluate(policy, p.view(), p.targets(), options, places_of_classes{});
        CHECK(of_scores.get<places_of_classes>() == places_in(p, 3));
    });
    // The losses are there, and each bound is met by some image and missed by another.
    for (const std::uint64_t count : losses_in(ranked, 0.5F)) {
        CHECK(count > 0);
        CHECK(count < 3000);
    }
}

TEST_CASE("user metric: stored lists are ranked for it too, below their depth")
{
    test_support::random_source random(303);
    const small_problem p({.images = 200, .classes = 6}, random);
    const std::vector<std::int16_t> lists = p.lists(6);
    counts_of_metric expected = seen_in(p);
    expected[what_is_seen::tied] = 0;
    for_each_policy([&](auto policy) {
        const ra::evaluation<what_is_seen> e =
            ra::evaluate(policy, ra::top_k_view<std::int16_t>(lists, 6, 6), p.targets(), {}, what_is_seen{});
        CHECK(e.get<what_is_seen>() == expected);
    });
}

TEST_CASE(
    "user metric: a column that the input does not have is an error that names the metric, and nothing is counted")
{
    test_support::random_source random(304);
    const small_problem p({.images = 20, .classes = 6}, random);
    const std::vector<std::int16_t> lists = p.lists(2);
    const ra::top_k_view<std::int16_t> list_view(lists, 2, 6);
    const char* const no_losses =
        "metric test.losses_above requests losses: evaluate logits(scores) or probabilities(scores)";
    const char* const no_lists =
        "metric test.places_of_classes requests top-k lists of scores: use the option {.top_k = k}";
    ra::evaluator of_losses(ra::seq, {}, losses_above{});
    CHECK_ERROR(std::invalid_argument, of_losses.update(p.view(), p.targets()), no_losses);
    CHECK_ERROR(std::invalid_argument, of_losses.update(list_view, p.targets()), no_losses);
    CHECK_ERROR(std::invalid_argument, of_losses.update(ra::rank(ra::seq, p.view(), p.targets()), p.targets()),
                no_losses);
    CHECK(of_losses.images() == 0);
    of_losses.update(ra::logits(p.view()), p.targets());
    CHECK(of_losses.images() == 20);

    ra::evaluator of_lists(ra::seq, {}, places_of_classes{});
    CHECK_ERROR(std::invalid_argument, of_lists.update(p.view(), p.targets()), no_lists);
    CHECK_ERROR(std::invalid_argument, of_lists.update(ra::logits(p.view()), p.targets()), no_lists);
    CHECK_ERROR(std::invalid_argument, of_lists.update(list_view, p.targets()), no_lists);
    CHECK_ERROR(std::invalid_argument, of_lists.update(ra::rank(ra::seq, p.view(), p.targets()), p.targets()),
                no_lists);
    CHECK(of_lists.images() == 0);
    CHECK_ERROR(std::out_of_range, ra::evaluate(ra::seq, p.view(), p.targets(), {.top_k = 7}, places_of_classes{}),
                "k = 7");
    // Lists that no metric requests are not made, so that they cannot be too long.
    CHECK(ra::evaluate(ra::seq, p.view(), p.targets(), {.top_k = 7}, what_is_seen{}).get<what_is_seen>() == seen_in(p));
}

TEST_CASE("user metric: parts merge to the whole; other metrics, versions and parameters refuse to merge")
{
    test_support::random_source random(305);
    const small_problem p({.images = 100, .classes = 6}, random);
    const auto part = [&](std::size_t first, std::size_t count, const auto&... metrics) {
        return ra::evaluate(ra::seq, ra::logits(p.view().slice(first, count)), p.targets().slice(first, count), {},
                            metrics...);
    };
    const ra::evaluation whole = part(0, 100, what_is_seen{}, losses_above{2.0F});
    ra::evaluation<what_is_seen, losses_above> merged;
    merged.merge(part(60, 40, what_is_seen{}, losses_above{2.0F}));
    merged.merge(part(0, 60, what_is_seen{}, losses_above{2.0F}));
    CHECK(merged == whole);
    CHECK(merged.get<losses_above>() == whole.get<losses_above>());
    CHECK(merged.get<losses_above>().back() == 2000);

    const ra::evaluation other = part(0, 60, what_is_seen{}, losses_above{3.0F});
    CHECK_ERROR(std::invalid_argument, merged.merge(other),
                "merge: metric test.losses_above has other parameters in the merged evaluation");
    CHECK(merged == whole);
    // Nothing counted takes over the parameters; with nothing, an evaluation keeps its own.
    ra::evaluation empty = ra::evaluator(ra::seq, {.depth = 6}, losses_above{4.0F}).result();
    CHECK(empty.get<losses_above>().back() == 4000);
    empty.merge(ra::evaluation<losses_above>());
    CHECK(empty.get<losses_above>().back() == 4000);
    empty.merge(part(0, 60, losses_above{3.0F}));
    CHECK(empty.get<losses_above>() == other.get<losses_above>());
}

TEST_CASE("user metric: bytes are read back by the same metrics with the same parameters only")
{
    test_support::random_source random(306);
    const small_problem p({.images = 100, .classes = 6}, random);
    const auto view = ra::logits(p.view());
    const ra::evaluation e = ra::evaluate(ra::seq, view, p.targets(), {}, what_is_seen{}, losses_above{2.0F});
    const auto bytes = e.to_bytes();
    using both = ra::evaluation<what_is_seen, losses_above>;
    const both loaded = both::from_bytes(bytes, what_is_seen{}, losses_above{2.0F});
    CHECK(loaded == e);
    CHECK(loaded.get<what_is_seen>() == seen_in(p));
    CHECK(loaded.get<losses_above>() == e.get<losses_above>());
    CHECK(loaded.to_bytes() == bytes);

    CHECK_ERROR(std::invalid_argument, both::from_bytes(bytes, what_is_seen{}, losses_above{3.0F}),
                "saved state: metric test.losses_above was saved with other parameters");
    CHECK_ERROR(std::invalid_argument, both::from_bytes(bytes),
                "saved state: metric test.losses_above was saved with other parameters");
    CHECK_ERROR(
        std::invalid_argument, ra::evaluation<>::from_bytes(bytes),
        "saved state: it has the metric test.what_is_seen, which is not a template argument of this evaluation");
    CHECK_ERROR(
        std::invalid_argument, ra::evaluation<what_is_seen>::from_bytes(bytes),
        "saved state: it has the metric test.losses_above, which is not a template argument of this evaluation");
    const auto plain = ra::evaluate(ra::seq, view, p.targets()).to_bytes();
    CHECK_ERROR(std::invalid_argument, ra::evaluation<what_is_seen>::from_bytes(plain),
                "saved state: it does not have the metric test.what_is_seen, a template argument of this evaluation");
    const auto of_one = ra::evaluate(ra::seq, view, p.targets(), {}, what_is_seen{}).to_bytes();
    CHECK(ra::evaluation<what_is_seen>::from_bytes(of_one).get<what_is_seen>() == seen_in(p));
    CHECK_ERROR(std::invalid_argument, ra::evaluation<of_newer_version>::from_bytes(of_one),
                "saved state: metric test.what_is_seen has version 3, expected 4");
    const auto of_nothing = ra::evaluation<what_is_seen>().to_bytes();
    CHECK(ra::evaluation<what_is_seen>::from_bytes(of_nothing) == ra::evaluation<what_is_seen>());
}

TEST_CASE("user metric: an update that throws has counted nothing of it, and reset forgets what was counted")
{
    test_support::random_source random(307);
    small_problem p({.images = 100, .classes = 6}, random);
    const small_problem good = p;
    p.scores[99 * 6] = std::numeric_limits<float>::quiet_NaN();
    ra::evaluator counts(ra::seq, {}, what_is_seen{});
    counts.update(good.view(), good.targets());
    CHECK_ERROR(std::domain_error, counts.update(p.view(), p.targets()), "class 0 of image 199 is NaN");
    CHECK(counts.result().get<what_is_seen>() == seen_in(good));
    counts.reset();
    CHECK(counts.result() == ra::evaluation<what_is_seen>());
    CHECK(counts.result().get<what_is_seen>() == counts_of_metric(what_is_seen::facts));
    counts.update(good.view(), good.targets());
    CHECK(counts.result().get<what_is_seen>() == seen_in(good));
}
