// Results per image made on a device, by groups of every size: an emulated one, so that nothing waits before it is
// read.
#include "results_per_image.hpp"
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/random_source.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/ranking/device_ranking.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::backend_problem;
using test_support::emulated_device;
using test_support::random_source;

namespace {

/// f(device) for groups of 32 lanes, and of 4 and 8 where the scores are floats.
template <class T, class Function>
void for_each_emulated_device(Function f)
{
    f(emulated_device<32>{});
    if constexpr (std::same_as<T, float>) {
        f(emulated_device<4>{});
        f(emulated_device<8>{});
    }
}

const auto check = [](bool equal, const std::string& what) { CHECK_MESSAGE(equal, what); };

/// Ranks a batch without reading it.
template <class Policy, class View>
void rank_in(ra::detail::device_batch<Policy>& batch, const View& view, const ra::device_targets_view& targets,
             const ra::evaluation_options& options = {}, std::uint64_t first_image = 0)
{
    batch.rank(view, targets, batch.checked(view, targets, ra::detail::request_of(options, first_image)));
}

}  // namespace

TEST_CASE_TEMPLATE("device lists: those of the host, whatever the row's length and alignment", T, float, double,
                   ra::half, std::int8_t)
{
    random_source random(801);
    for_each_emulated_device<T>([&](auto device) {
        for (const std::size_t classes : {1UL, 2UL, 5UL, 31UL, 64UL, 67UL, 130UL, 1001UL})
            test_support::check_top_k(device, backend_problem<T>(17, classes, true, random), check);
    });
}

TEST_CASE("device lists: errors are those of the host, at once or when they are read")
{
    random_source random(802);
    const emulated_device<8> device;
    backend_problem<float> problem(20, 7, false, random);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores good(device, problem.view());
    problem.scores[13 * problem.stride + 4] = test_support::nan_score<float>();
    const ra::device_scores bad(device, problem.view());

    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank(device, good.view(), targets.view(), {.top_k = 8})),
                "top-k lists of k = 8 were requested, expected at most 64 and at most the number of classes, 7");
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank(device, ra::logits(good), targets.view(), {.top_k = 65})),
                "top-k lists of k = 65 were requested, expected at most 64");
    CHECK_ERROR(std::invalid_argument,
                static_cast<void>(ra::rank(device, good.view(), targets.view(), {.top_k = 0}).lists()),
                "these results have no top-k lists: request them with {.top_k = k}");
    CHECK_ERROR(std::domain_error, static_cast<void>(ra::rank(device, bad.view(), targets.view(), {.top_k = 3}, 100)),
                "the score of class 4 of image 113 is NaN; on_nan::exclude leaves such images out and counts them");
    ra::detail::device_batch batch(device);
    rank_in(batch, bad.view(), targets.view(), {.top_k = 3}, 100);
    rank_in(batch, good.view(), targets.view(), {.top_k = 3}, 120);
    CHECK_ERROR(std::domain_error, static_cast<void>(batch.read()), "score of class 4 of image 113 is NaN");
    batch.reset();
    rank_in(batch, good.view(), targets.view(), {.top_k = 3});
    CHECK(batch.read().top_k.size() == 60);
    CHECK(ra::detail::device_batch(device).read().top_k.empty());
}

TEST_CASE("device lists: ranking neither waits nor, after the largest batch, allocates")
{
    random_source random(803);
    const emulated_device<32> device;
    const backend_problem<float> problem(30, 9, false, random);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores scores(device, problem.view());
    const std::size_t waits = device.queue().waits;
    ra::detail::device_batch batch(device);
    rank_in(batch, scores.view(), targets.view(), {.top_k = 9});
    const std::size_t allocations = device.queue().allocations;
    for (const std::size_t k : {5UL, 9UL, 1UL}) rank_in(batch, scores.view(), targets.view(), {.top_k = k});
    rank_in(batch, scores.view().slice(3, 20), targets.slice(3, 20), {.top_k = 9});
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == waits);
    CHECK(batch.read() == ra::rank(ra::seq, problem.view().slice(3, 20), problem.targets().slice(3, 20), {.top_k = 9}));
    CHECK(device.queue().waits > waits);
}

namespace {

const ra::loss_settings logits{.scores = {.kind = ra::score_kind::logits}, .sigmoid = ra::sigmoid_losses::yes};
const ra::loss_settings probabilities{.scores = {.kind = ra::score_kind::probabilities, .clip = 1e-7},
                                      .sigmoid = ra::sigmoid_losses::yes};
const ra::loss_settings normalised{.scores = {.kind = ra::score_kind::probabilities, .normalise = ra::normalise::yes},
                                   .brier = ra::brier_scores::no};

/// The options that the settings stand for.
ra::evaluation_options options_of(const ra::loss_settings& settings)
{
    return {.sigmoid = settings.sigmoid, .brier = settings.brier};
}

}  // namespace

TEST_CASE_TEMPLATE("device losses: as near to the host's as is promised, and counted as they are", T, float, double,
                   ra::half)
{
    random_source random(804);
    for_each_emulated_device<T>([&](auto device) {
        for (const std::size_t classes : {2UL, 5UL, 31UL, 67UL, 1001UL}) {
            const backend_problem<T> with_logits(45, classes, true, random, test_support::drawn::logits);
            const backend_problem<T> with_probabilities(45, classes, true, random, test_support::drawn::probabilities);
            test_support::check_losses(device, with_logits, logits, check);
            test_support::check_losses(device, with_probabilities, probabilities, check);
            test_support::check_losses(device, with_probabilities, normalised, check);
        }
    });
}

TEST_CASE("device losses: one label kind or none leaves out what is of the other")
{
    random_source random(805);
    const emulated_device<32> device;
    const backend_problem<float> problem(25, 9, false, random, test_support::drawn::logits);
    const ra::device_scores scores(device, problem.view());
    for (const ra::targets_view& labels : {ra::targets_view{}, ra::targets_view{.original = problem.original},
                                           ra::targets_view{.real = problem.real.view()}}) {
        ra::device_targets targets(device, labels);
        auto there = targets.view();
        there.images = 25;
        const ra::image_results found = ra::rank(device, ra::logits(scores), there, options_of(logits));
        const ra::image_results expected = ra::rank(ra::seq, ra::logits(problem.view()), labels, options_of(logits));
        CHECK(test_support::ranks_only(found) == test_support::ranks_only(expected));
        CHECK(found.confidence.size() == 25);
        CHECK(found.cross_entropy.size() == expected.cross_entropy.size());
        CHECK(found.real_cross_entropy.size() == expected.real_cross_entropy.size());
        CHECK(found.brier_score.size() == expected.brier_score.size());
        CHECK(found.sigmoid_cross_entropy.size() == expected.sigmoid_cross_entropy.size());
        CHECK(found.real_sigmoid_cross_entropy.size() == expected.real_sigmoid_cross_entropy.size());
        const ra::evaluation<> counted = ra::evaluate(device, ra::logits(scores), there, options_of(logits));
        CHECK(counted.has_losses());
        CHECK(counted.has_original() == labels.original.has_value());
        CHECK(counted.has_real() == labels.real.has_value());
    }
}

TEST_CASE("device losses: what is wrong with a batch is told as on the host, and nothing after it is counted")
{
    random_source random(806);
    const emulated_device<8> device;
    const backend_problem<double> good(20, 6, false, random, test_support::drawn::probabilities);
    const ra::device_targets targets(device, good.targets());
    const ra::device_scores good_there(device, good.view());
    const auto check_error = [&](std::vector<std::pair<std::size_t, double>> changes,
                                 const ra::loss_settings& settings) {
        const auto interpreted = [&](const auto& view) { return ra::interpreted_scores(view, settings.scores); };
        const ra::evaluation_options options = options_of(settings);
        backend_problem<double> bad = good;
        for (const auto& [place, score] : changes) bad.scores[13 * bad.stride + place] = score;
        const ra::device_scores bad_there(device, bad.view());
        const std::string told = test_support::error_of(
            [&] { static_cast<void>(ra::rank(ra::seq, interpreted(bad.view()), bad.targets(), options)); });
        CHECK(test_support::error_of([&] {
                  static_cast<void>(ra::rank(device, interpreted(bad_there.view()), targets.view(), options));
              }) == told);
        CHECK(test_support::error_of([&] {
                  static_cast<void>(ra::evaluate(device, interpreted(bad_there.view()), targets.view(), options));
              }) == told);

        ra::evaluator counted(device, options);
        for (int batch = 0; batch < 2; ++batch) {
            counted.update(interpreted(bad_there.view()), targets.view());
            counted.update(interpreted(good_there.view()), targets.view());
            CHECK(test_support::error_of([&] { static_cast<void>(counted.result()); }) == told);
            counted.reset();
        }
        counted.update(interpreted(good_there.view()), targets.view());
        CHECK(counted.result() == ra::evaluate(device, interpreted(good_there.view()), targets.view(), options));
        return told;
    };
    constexpr double greatest = std::numeric_limits<double>::max();
    CHECK(check_error({{2, 1.5}, {4, -1.0}}, probabilities) ==
          "the score of class 2 of image 13 is outside [0, 1] (value 1.5); use logits(...) if these are logits, or "
          "normalise::yes if they are weights");
    CHECK(check_error({{4, -0.5}}, normalised)
              .starts_with("the score of class 4 of image 13 is outside [0, 1] (value -0.5)"));
    CHECK(check_error({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}}, normalised) ==
          "the probabilities of image 13 sum to 0, expected a positive finite sum");
    CHECK(check_error({{0, greatest}, {3, greatest}}, normalised) ==
          "the probabilities of image 13 sum to infinity, expected a positive finite sum");
    CHECK(check_error({{3, test_support::nan_score<double>()}}, probabilities) ==
          "the score of class 3 of image 13 is NaN; on_nan::exclude leaves such images out and counts them");

    const auto weights = ra::probabilities(good_there, {.normalise = ra::normalise::yes});
    const ra::evaluation_options sigmoid{.sigmoid = ra::sigmoid_losses::yes};
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::rank(device, weights, targets.view(), sigmoid)),
                "sigmoid_losses::yes excludes normalise::yes");
    ra::evaluator counted(device, sigmoid);
    CHECK_ERROR(std::invalid_argument, counted.update(weights, targets.view()), "excludes normalise::yes");
    CHECK(counted.result() == ra::evaluator(ra::seq, sigmoid).result());
}

TEST_CASE("device losses: scores that nobody interpreted have none")
{
    random_source random(809);
    const emulated_device<8> device;
    const backend_problem<float> problem(20, 6, false, random);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores scores(device, problem.view());
    const ra::image_results found = ra::rank(device, scores, targets.view(), options_of(logits));
    CHECK(!found.settings.has_losses());
    CHECK(found.confidence.empty());
    const ra::evaluation<> counted = ra::evaluate(device, scores, targets, options_of(logits));
    CHECK(!counted.has_losses());
    const std::string told = test_support::message_of<std::logic_error>(
        [&] { static_cast<void>(ra::evaluate(ra::seq, problem.view(), problem.targets()).log_loss()); });
    CHECK(told != "(nothing was thrown)");
    CHECK(test_support::message_of<std::logic_error>([&] { static_cast<void>(counted.log_loss()); }) == told);
    CHECK_ERROR(std::invalid_argument,
                ra::evaluator(device, {.top_k = 2}, test_support::sums_of_columns{}).update(scores, targets.view()),
                "metric test.sums_of_columns requests losses: evaluate logits(scores) or probabilities(scores)");
    CHECK_ERROR(std::invalid_argument,
                ra::evaluator(device, {}, test_support::sums_of_columns{}).update(ra::logits(scores), targets.view()),
                "metric test.sums_of_columns requests top-k lists of scores: use the option {.top_k = k}");
}

TEST_CASE("device losses: updates neither wait nor, after the largest, allocate")
{
    random_source random(807);
    const emulated_device<4> device;
    const backend_problem<float> problem(30, 9, false, random, test_support::drawn::logits);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores scores(device, problem.view());
    const std::size_t waits = device.queue().waits;
    ra::evaluator counted(device, options_of(logits));
    counted.update(ra::logits(scores), targets.view());
    const std::size_t allocations = device.queue().allocations;
    for (int batch = 0; batch < 3; ++batch)
        counted.update(ra::logits(scores.view().slice(3, 20)), targets.slice(3, 20));
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == waits);
    ra::evaluation<> expected = ra::evaluate(device, ra::logits(scores), targets, options_of(logits));
    const ra::evaluation<> part =
        ra::evaluate(device, ra::logits(scores.view().slice(3, 20)), targets.slice(3, 20), options_of(logits));
    for (int batch = 0; batch < 3; ++batch) expected.merge(part);
    CHECK(counted.result() == expected);
    CHECK(ra::evaluation<>::from_bytes(expected.to_bytes()) == expected);
}
