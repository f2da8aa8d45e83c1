// The one call: the same counts as an evaluator that is updated by hand, on every policy and in parts of any size.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/ensemble.hpp>
#include <reassess/data/float16.hpp>
#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

/// Scores of a problem as other kinds of inputs.
struct inputs_of_problem {
    small_problem problem;
    std::vector<double> wide{};
    std::vector<float> weights{};
    std::vector<std::int8_t> narrow{};
    std::vector<ra::half> halves{};
    std::vector<std::int16_t> lists{};

    inputs_of_problem(std::size_t images, std::size_t classes, test_support::random_source& random)
        : problem({.images = images, .classes = classes}, random)
    {
        // Some weights are 0, so that some losses are infinite, but no row's sum is.
        for (const float score : problem.scores) {
            wide.push_back(static_cast<double>(score) / 3.0);
            weights.push_back(score / 16.0F);
            narrow.push_back(static_cast<std::int8_t>(score));
            halves.push_back(ra::half{static_cast<std::uint16_t>(score)});  // denormals in the same order
        }
        for (std::size_t image = 0; image < images; ++image) weights[image * classes] += 0.03125F;
        lists = problem.lists(3);
    }

    /// f(view) for every kind of input.
    template <class Function>
    void for_each_input(Function f) const
    {
        const std::size_t classes = problem.classes, images = problem.images();
        const ra::scores_view<double> doubles(wide.data(), images, classes);
        const ra::scores_view<float> probabilities(weights.data(), images, classes);
        const ra::ensemble<float> models({problem.view(), probabilities});
        f(problem.view());
        f(doubles);
        f(ra::scores_view<std::int8_t>(narrow.data(), images, classes));
        f(ra::scores_view<ra::half>(halves.data(), images, classes));
        f(models);
        f(ra::logits(problem.view()));
        f(ra::logits(doubles));
        f(ra::logits(models));
        f(ra::probabilities(probabilities));
        f(ra::probabilities(probabilities, {.normalise = ra::normalise::yes, .clip = 0.001}));
        f(ra::top_k_view<std::int16_t>(lists.data(), images, 3, classes));
    }
};

/// Counts images by their prediction.
struct predictions_by_class {
    static constexpr std::string_view name = "test.predictions_by_class";
    static constexpr std::uint32_t version = 1;

    [[nodiscard]] std::size_t counters(ra::metric_shape shape) const { return shape.classes; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const
    {
        tally.add(static_cast<std::size_t>(image.prediction));
    }
    [[nodiscard]] std::vector<std::uint64_t> result(std::span<const std::uint64_t> counted, ra::metric_shape) const
    {
        return {counted.begin(), counted.end()};
    }
};

}  // namespace

TEST_CASE("evaluate: scores give the counts of an evaluator and of ranking first, on every policy")
{
    test_support::random_source random(111);
    const small_problem p({.images = 200, .classes = 6}, random);
    ra::evaluator counts(ra::seq), shallow(ra::seq, {.depth = 3});
    counts.update(p.view(), p.targets());
    shallow.update(p.view(), p.targets());
    const ra::evaluation expected = counts.result();
    const ra::image_results ranked = ra::rank(ra::seq, p.view(), p.targets());
    for_each_policy([&](auto policy) {
        CHECK(ra::evaluate(policy, p.view(), p.targets()) == expected);
        CHECK(ra::rank(policy, p.view(), p.targets()) == ranked);
        ra::evaluator of_results(policy);
        of_results.update(ranked, p.targets());
        CHECK(of_results.result() == expected);
        const ra::evaluation three = ra::evaluate(policy, p.view(), p.targets(), {.depth = 3});
        CHECK(three == shallow.result());
        CHECK(three != expected);
    });
    // Without a policy, and with labels of another integer type.
    CHECK(ra::evaluate(p.view(), p.targets()) == expected);
    CHECK(ra::rank(p.view(), p.targets()) == ranked);
    const std::vector<std::int64_t> wide(p.original.begin(), p.original.end());
    CHECK(ra::evaluate(p.view(), {.original = wide, .real = p.real}) == expected);
}

TEST_CASE("evaluate: stored lists give the counts of an evaluator and of ranking first, on every policy")
{
    test_support::random_source random(112);
    const small_problem p({.images = 200, .classes = 6}, random);
    const std::vector<std::int16_t> lists = p.lists(3);
    const ra::top_k_view<std::int16_t> view(lists, 3, 6);
    ra::evaluator counts(ra::seq);
    counts.update(view, p.targets());
    const ra::evaluation expected = counts.result();
    const ra::image_results ranked = ra::rank(ra::seq, view, p.targets());
    for_each_policy([&](auto policy) {
        CHECK(ra::evaluate(policy, view, p.targets(), {.depth = 3}) == expected);
        CHECK(ra::evaluate(policy, view, p.targets()) == expected);
        CHECK(ra::rank(policy, view, p.targets()) == ranked);
        ra::evaluator of_results(policy);
        of_results.update(ranked, p.targets());
        CHECK(of_results.result() == expected);
    });
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, ra::top_k_view<std::int16_t>(lists, 3, 0), p.targets()),
                "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, view, p.targets(), {.depth = 4}),
                "this evaluation has depth 4, but only ranks below 3 of the batch are known");
}

TEST_CASE("evaluate: updates of 7 images count the same as one pass, for every kind of input")
{
    test_support::random_source random(115);
    for (const std::size_t images : {0UL, 1UL, 6UL, 7UL, 8UL, 14UL, 60UL}) {
        CAPTURE(images);
        const inputs_of_problem inputs(images, 5, random);
        const ra::targets_view targets = inputs.problem.targets();
        inputs.for_each_input([&](const auto& view) {
            const predictions_by_class by_class;
            const ra::evaluation whole = ra::evaluate(ra::seq, view, targets, {}, by_class);
            REQUIRE(whole.images() == images);
            for_each_policy([&](auto policy) {
                CHECK(ra::detail::evaluate_in_updates(policy, view, targets, {}, 7, by_class) == whole);
                CHECK(ra::detail::evaluate_in_updates(policy, view, targets, {}, 1, by_class) == whole);
            });
            for (const ra::targets_view& some :
                 {ra::targets_view{}, ra::targets_view{.original = inputs.problem.original},
                  ra::targets_view{.real = inputs.problem.real.view()}}) {
                CHECK(ra::detail::evaluate_in_updates(ra::seq, view, some, {}, 7) == ra::evaluate(ra::seq, view, some));
            }
        });
    }
}

TEST_CASE("evaluate: an update of 7 images that is dropped, counted twice or shifted would be seen")
{
    test_support::random_source random(116);
    const inputs_of_problem inputs(60, 5, random);
    const ra::targets_view targets = inputs.problem.targets();
    inputs.for_each_input([&](const auto& view) {
        const ra::evaluation whole = ra::evaluate(ra::seq, view, targets);
        // What the loop of updates makes, with update `odd` taken `times` times.
        const auto by_hand = [&](std::size_t odd, int times, std::size_t shift) {
            ra::evaluator counts(ra::seq);
            for (std::size_t first = 0; first < 60; first += 7) {
                const std::size_t count = std::min<std::size_t>(7, 60 - first);
                const std::size_t of_labels = first + (first == 7 * odd ? shift : 0);
                for (int i = 0; i < (first == 7 * odd ? times : 1); ++i)
                    counts.update(view.slice(first, count), targets.slice(of_labels, count));
            }
            return counts.result();
        };
        REQUIRE(by_hand(0, 1, 0) == whole);
        for (std::size_t odd = 0; odd < 9; ++odd) {
            CHECK(by_hand(odd, 0, 0) != whole);
            CHECK(by_hand(odd, 2, 0) != whole);
            if (odd < 8) CHECK(by_hand(odd, 1, 1) != whole);
        }
    });
}

TEST_CASE("evaluate: images after the first update of full size are counted")
{
    // Two classes and labels that alternate, so that the expected counts are simple.
    const std::size_t images = ra::detail::images_of_update + 3;
    std::vector<std::int8_t> scores(images * 2);
    std::vector<ra::class_index> labels(images);
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < images; ++i) {
        scores[2 * i + 1] = static_cast<std::int8_t>(i % 3);  // class 1 wins unless it ties with class 0
        labels[i] = static_cast<ra::class_index>(i / 5 % 2);
        hits += labels[i] == (i % 3 == 0 ? 0 : 1);
    }
    const ra::scores_view<std::int8_t> view(scores, 2);
    const ra::evaluation result = ra::evaluate(ra::seq, view, {.original = labels});
    CHECK(result.images() == images);
    CHECK(result.top_k(1) == ra::proportion{hits, images});
    CHECK(result.ties().value() == (images + 2) / 3);
    CHECK(ra::evaluate(ra::par, view, {.original = labels}) == result);
    // The last image has the number that it has in the whole.
    labels.back() = 2;
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::evaluate(ra::par, view, {.original = labels})),
                "label 2 of image 1048578 is outside [0, 2)");
}

TEST_CASE("evaluate: errors in a later update name the image by its number in the whole")
{
    test_support::random_source random(117);
    inputs_of_problem inputs(60, 5, random);
    inputs.problem.scores[58 * 5 + 2] = std::numeric_limits<float>::quiet_NaN();
    inputs.weights[30 * 5 + 1] = 1.5F;
    inputs.lists[23 * 3 + 1] = 5;
    const auto in_updates = [&](const auto& view, const ra::targets_view& targets) {
        return ra::detail::evaluate_in_updates(ra::seq, view, targets, {}, 7);
    };
    const ra::targets_view targets = inputs.problem.targets();
    CHECK_ERROR(std::domain_error, in_updates(inputs.problem.view(), targets),
                "the score of class 2 of image 58 is NaN; on_nan::exclude leaves such images out and counts them");
    CHECK_ERROR(std::domain_error, in_updates(ra::logits(inputs.problem.view()), targets),
                "the score of class 2 of image 58 is NaN");
    CHECK_ERROR(std::domain_error, in_updates(ra::probabilities(ra::scores_view<float>(inputs.weights, 5)), targets),
                "the score of class 1 of image 30 is outside [0, 1] (value 1.5)");
    CHECK_ERROR(std::out_of_range, in_updates(ra::top_k_view<std::int16_t>(inputs.lists, 3, 5), targets),
                "prediction 5 of image 23 is outside [0, 5)");
    inputs.problem.original[40] = 7;
    CHECK_ERROR(std::out_of_range,
                in_updates(ra::scores_view<double>(inputs.wide, 5), {.original = inputs.problem.original}),
                "label 7 of image 40 is outside [0, 5)");
}

TEST_CASE("evaluate: rows far apart are ranked in blocks, with the counts and image numbers of one pass")
{
    // A row of 64 KiB makes blocks of 4096 images; the rows overlap nothing and are mostly gap.
    constexpr std::size_t images = 4096 + 700, classes = 3, stride = 16384;
    test_support::random_source random(113);
    small_problem p({.images = images, .classes = classes}, random);
    std::vector<float> scores(images * stride);
    const auto spread = [&] {
        for (std::size_t image = 0; image < images; ++image)
            std::copy_n(p.scores.data() + image * classes, classes, scores.data() + image * stride);
    };
    spread();
    const ra::scores_view<float> view(scores.data(), images, classes, stride);
    ra::evaluator expected(ra::seq);
    expected.update(p.view(), p.targets());
    CHECK(ra::evaluate(ra::par, view, p.targets()) == expected.result());
    p.scores[(images - 1) * classes + 2] = std::numeric_limits<float>::quiet_NaN();
    spread();
    CHECK_ERROR(std::domain_error, ra::evaluate(ra::seq, view, p.targets()),
                "class 2 of image " + std::to_string(images - 1) + " is NaN");
}

TEST_CASE("evaluate: no images, labels of other images, no classes, and other classes than before")
{
    const ra::label_sets no_sets;
    const std::vector<ra::class_index> two{0, 1};
    const std::vector<float> scores(6);
    const ra::scores_view<float> none(nullptr, 0, 1000), three(scores, 2);
    const ra::targets_view no_labels{.original = std::span<const ra::class_index>{}, .real = no_sets.view()};
    const ra::evaluation e = ra::evaluate(ra::par, none, no_labels);
    CHECK(e.images() == 0);
    CHECK(e.depth() == 1000);
    CHECK(e.top_k(5) == ra::proportion{});
    CHECK(e.preference() == ra::preference_counts{});
    ra::evaluator of_results(ra::seq);
    of_results.update(ra::rank(ra::par, none, no_labels), no_labels);
    CHECK(of_results.result() == e);
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, three, {.original = two}), "have 3 images",
                "the original labels have 2");
    CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, three, {.original = two}),
                "scores have 3 images, the original labels have 2");
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, ra::scores_view<float>(), {}),
                "the number of classes is 0");
    ra::evaluator counts(ra::seq);
    counts.update(ra::scores_view<float>(scores, 3), {});
    CHECK_ERROR(std::invalid_argument, counts.update(three, {}),
                "classes: this evaluation has 3, the batch or merged evaluation has 2");
    CHECK(counts.images() == 2);
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, three, {}, {.depth = 3}),
                "this evaluation has depth 3, but only ranks below 2 of the batch are known");
}

TEST_CASE("evaluate: NaN rows are refused or left out, the same as by ranking first")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> scores{1, 2, nan, 5, 4, 3};
    const std::vector<ra::class_index> original{1, 1, 0};
    const ra::scores_view<float> view(scores, 2);
    CHECK_ERROR(std::domain_error, ra::evaluate(ra::seq, view, {.original = original}), "class 0 of image 1 is NaN");
    CHECK_ERROR(std::domain_error, ra::rank(ra::seq, view, {.original = original}), "class 0 of image 1 is NaN");
    const ra::evaluation e = ra::evaluate(ra::seq, view, {.original = original}, {.nan = ra::on_nan::exclude});
    CHECK(e.nan_images() == 1);
    CHECK(e.top_k(1) == ra::proportion{2, 2});
    ra::evaluator of_results(ra::seq, {.nan = ra::on_nan::exclude});
    of_results.update(ra::rank(ra::seq, view, {.original = original}, {.nan = ra::on_nan::exclude}),
                      {.original = original});
    CHECK(of_results.result() == e);
}

TEST_CASE("evaluator: results with a short, empty or unexpected column are refused, and nothing is counted")
{
    test_support::random_source random(118);
    const small_problem p({.images = 30, .classes = 5}, random);
    const ra::evaluation_options options{.top_k = 2, .sigmoid = ra::sigmoid_losses::yes};
    const ra::image_results good = ra::rank(ra::seq, ra::logits(p.view()), p.targets(), options);
    ra::evaluator counts(ra::seq, options);
    counts.update(good, p.targets());
    const ra::evaluation before = counts.result();
    const auto check = [&](auto column, const std::string& name) {
        CAPTURE(name);
        const std::size_t expected = (good.*column).size();
        REQUIRE(expected > 0);
        for (const std::size_t size : {expected - 1, std::size_t{0}, expected + 1}) {
            ra::image_results bad = good;
            (bad.*column).resize(size);
            const std::string message =
                test_support::message_of<std::invalid_argument>([&] { counts.update(bad, p.targets()); });
            const std::string about_size = "image results: column " + name + " has " + std::to_string(size) +
                                           " elements, expected " + std::to_string(expected);
            // An empty column of ranks is one of results that were made without these labels.
            const bool named = size == 0 && message.find("image results were made without ") == 0;
            CHECK((message == about_size || named));
            CHECK(counts.result() == before);
            ra::evaluator fresh(ra::seq, options);
            CHECK_THROWS_AS(fresh.update(bad, p.targets()), std::invalid_argument);
            CHECK(fresh.images() == 0);
        }
    };
    check(&ra::image_results::confidence, "confidence");
    check(&ra::image_results::cross_entropy, "cross_entropy");
    check(&ra::image_results::real_cross_entropy, "real_cross_entropy");
    check(&ra::image_results::sigmoid_cross_entropy, "sigmoid_cross_entropy");
    check(&ra::image_results::real_sigmoid_cross_entropy, "real_sigmoid_cross_entropy");
    check(&ra::image_results::brier_score, "brier_score");
    check(&ra::image_results::original_rank, "original_rank");
    check(&ra::image_results::original_tied, "original_tied");
    check(&ra::image_results::label_rank, "label_rank");
    check(&ra::image_results::top_k, "top_k");

    // Columns of losses that the settings say there are none of.
    ra::image_results unspecified = good;
    unspecified.settings = {};
    CHECK_ERROR(std::invalid_argument, counts.update(unspecified, p.targets()),
                "image results: column confidence has 30 elements, expected 0");
}

TEST_CASE("evaluator: results of another interpretation than the counted one are refused, and nothing is counted")
{
    test_support::random_source random(119);
    const inputs_of_problem inputs(30, 5, random);
    const ra::targets_view targets = inputs.problem.targets();
    const ra::scores_view<float> weights(inputs.weights, 5);
    const auto results_of = [&](const auto& scores) { return ra::rank(ra::seq, scores, targets); };
    for (const bool from_results : {false, true}) {
        ra::evaluator counts(ra::seq);
        if (from_results) {
            counts.update(results_of(ra::logits(weights)), targets);
        } else {
            counts.update(ra::logits(weights), targets);
        }
        const ra::evaluation before = counts.result();
        const auto refused = [&](const auto& input) {
            std::string message =
                test_support::message_of<std::invalid_argument>([&] { counts.update(input, targets); });
            CHECK(counts.result() == before);
            return message;
        };
        const std::string of = "this evaluation is of logits, the batch or merged evaluation is of ";
        CHECK(refused(results_of(ra::probabilities(weights))) == of + "probabilities");
        CHECK(refused(ra::probabilities(weights)) == of + "probabilities");
        CHECK(refused(results_of(ra::probabilities(weights, {.clip = 0.01}))) == of + "clipped probabilities");
        CHECK(refused(results_of(ra::probabilities(weights, {.normalise = ra::normalise::yes}))) ==
              of + "normalised probabilities");
        CHECK(refused(results_of(weights)) == of + "scores without an interpretation");
        CHECK(refused(weights) == of + "scores without an interpretation");
        counts.update(results_of(ra::logits(weights)), targets);
        CHECK(counts.images() == 60);
    }
}

TEST_CASE("summarise: is a label_summary")
{
    test_support::random_source random(114);
    const small_problem p({.images = 50, .classes = 6}, random);
    ra::label_summary expected({.classes = 6});
    expected.update(p.targets());
    CHECK(ra::summarise(p.targets(), {.classes = 6}) == expected);
    CHECK_ERROR(std::invalid_argument, ra::summarise(p.targets(), {}), "the number of classes is 0");
}
