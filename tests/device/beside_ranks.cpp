// Lists and values made on a device, by groups of every size: an emulated one, so that nothing waits before it is read.
#include "beside_ranks.hpp"
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/random_source.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/evaluate_scores.hpp>
#include <reassess/metric/device_scores_evaluation.hpp>
#include <reassess/ranking/device_ranks_with_lists.hpp>
#include <reassess/ranking/rank_with_lists.hpp>
#include <reassess/ranking/rank_with_values.hpp>

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

}  // namespace

TEST_CASE_TEMPLATE("device lists: those of the host, whatever the row's length and alignment", T, float, double,
                   ra::half, std::int8_t)
{
    random_source random(801);
    for_each_emulated_device<T>([&](auto device) {
        for (const std::size_t classes : {1UL, 2UL, 5UL, 31UL, 64UL, 67UL, 130UL, 1001UL})
            test_support::check_lists(device, backend_problem<T>(17, classes, true, random), check);
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

    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank_with_lists(device, good.view(), targets.view(), 8)),
                "lists of 8 classes", "the number of classes, 7");
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank_with_lists(device, good.view(), targets.view(), 0)),
                "lists of 0 classes");
    ra::device_ranks_with_lists found(device);
    found.update(bad.view(), targets.view(), 3, {.first_image = 100});
    found.update(good.view(), targets.view(), 3, {.first_image = 120});
    CHECK_ERROR(std::domain_error, static_cast<void>(found.read()), "score of class 4 of image 113 is NaN");
    found.reset();
    found.update(good.view(), targets.view(), 3);
    CHECK(found.read().lists.size() == 60);
    CHECK(ra::device_ranks_with_lists(device).read().lists.empty());
}

TEST_CASE("device lists: updates neither wait nor, after the largest, allocate")
{
    random_source random(803);
    const emulated_device<32> device;
    const backend_problem<float> problem(30, 9, false, random);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores scores(device, problem.view());
    const std::size_t waits = device.queue().waits;
    ra::device_ranks_with_lists found(device);
    found.update(scores.view(), targets.view(), 9);
    const std::size_t allocations = device.queue().allocations;
    for (const std::size_t depth : {5UL, 9UL, 1UL}) found.update(scores.view(), targets.view(), depth);
    found.update(scores.view().slice(3, 20), targets.slice(3, 20), 9);
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == waits);
    const auto expected = ra::rank_with_lists(ra::seq, problem.view().slice(3, 20), problem.targets().slice(3, 20), 9);
    const auto lists = found.read();
    CHECK(lists.ranks == expected.ranks);
    CHECK(lists.lists == expected.lists);
}

namespace {

constexpr ra::score_value_options logits{.scores = ra::score_kind::logits, .sigmoid = ra::sigmoid_losses::yes};
constexpr ra::score_value_options probabilities{
    .scores = ra::score_kind::probabilities, .clip = 1e-7, .sigmoid = ra::sigmoid_losses::yes};
constexpr ra::score_value_options normalised{
    .scores = ra::score_kind::probabilities, .normalise = ra::normalise::yes, .brier = ra::brier_scores::no};

}  // namespace

TEST_CASE_TEMPLATE("device values: as near to the host's as is promised, and counted as they are", T, float, double,
                   ra::half)
{
    random_source random(804);
    for_each_emulated_device<T>([&](auto device) {
        for (const std::size_t classes : {2UL, 5UL, 31UL, 67UL, 1001UL}) {
            const backend_problem<T> with_logits(45, classes, true, random, test_support::drawn::logits);
            const backend_problem<T> with_probabilities(45, classes, true, random, test_support::drawn::probabilities);
            test_support::check_values(device, with_logits, logits, check);
            test_support::check_values(device, with_probabilities, probabilities, check);
            test_support::check_values(device, with_probabilities, normalised, check);
        }
    });
}

TEST_CASE("device values: one label kind or none leaves out what is of the other")
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
        const auto found = ra::rank_with_values(device, scores.view(), there, logits);
        const auto expected = ra::rank_with_values(ra::seq, problem.view(), labels, logits);
        CHECK(found.ranks == expected.ranks);
        CHECK(found.values.confidence.size() == 25);
        CHECK(found.values.original_softmax_loss.size() == expected.values.original_softmax_loss.size());
        CHECK(found.values.brier_score.size() == expected.values.brier_score.size());
        CHECK(found.values.real_sigmoid_loss.size() == expected.values.real_sigmoid_loss.size());
        const auto counted = ra::evaluate_scores(device, scores.view(), there, {.values = logits});
        CHECK(counted.values.has_original() == labels.original.has_value());
        CHECK(counted.values.has_real() == labels.real.has_value());
    }
}

TEST_CASE("device values: what is wrong with a batch is told as on the host, and nothing after it is counted")
{
    random_source random(806);
    const emulated_device<8> device;
    const backend_problem<double> good(20, 6, false, random, test_support::drawn::probabilities);
    const ra::device_targets targets(device, good.targets());
    const ra::device_scores good_there(device, good.view());
    const auto check_error = [&](std::vector<std::pair<std::size_t, double>> changes,
                                 const ra::score_value_options& options) {
        backend_problem<double> bad = good;
        for (const auto& [place, score] : changes) bad.scores[13 * bad.stride + place] = score;
        const ra::device_scores bad_there(device, bad.view());
        const std::string told = test_support::error_of(
            [&] { static_cast<void>(ra::rank_with_values(ra::seq, bad.view(), bad.targets(), options)); });
        CHECK(test_support::error_of([&] {
                  static_cast<void>(ra::rank_with_values(device, bad_there.view(), targets.view(), options));
              }) == told);
        CHECK(test_support::error_of([&] {
                  static_cast<void>(ra::evaluate_scores(device, bad_there.view(), targets.view(), {.values = options}));
              }) == told);

        ra::device_scores_evaluation counted(device, {.values = options});
        for (int batch = 0; batch < 2; ++batch) {
            counted.update(bad_there.view(), targets.view());
            counted.update(good_there.view(), targets.view());
            CHECK(test_support::error_of([&] { static_cast<void>(counted.read()); }) == told);
            counted.reset();
        }
        counted.update(good_there.view(), targets.view());
        CHECK(counted.read() == ra::evaluate_scores(device, good_there.view(), targets.view(), {.values = options}));
        return told;
    };
    constexpr double greatest = std::numeric_limits<double>::max();
    CHECK(check_error({{2, 1.5}, {4, -1.0}}, probabilities) ==
          "the score of class 2 of image 13 is no probability, which was promised; logits are named so");
    CHECK(check_error({{4, -0.5}}, normalised).starts_with("the score of class 4 of image 13 is no probability"));
    CHECK(check_error({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}}, normalised) ==
          "the probabilities of image 13 sum to 0");
    CHECK(check_error({{0, greatest}, {3, greatest}}, normalised) == "the probabilities of image 13 sum to infinity");
    CHECK(check_error({{3, test_support::nan_score<double>()}}, probabilities) ==
          "the score of class 3 of image 13 is NaN");
    CHECK_ERROR(std::invalid_argument, ra::device_scores_evaluation(device, {}), "not said");
    CHECK_ERROR(std::invalid_argument,
                static_cast<void>(ra::rank_with_values(device, good_there.view(), targets.view(), {})), "not said");
}

TEST_CASE("device values: updates neither wait nor, after the largest, allocate")
{
    random_source random(807);
    const emulated_device<4> device;
    const backend_problem<float> problem(30, 9, false, random, test_support::drawn::logits);
    const ra::device_targets targets(device, problem.targets());
    const ra::device_scores scores(device, problem.view());
    const std::size_t waits = device.queue().waits;
    ra::device_scores_evaluation counted(device, {.values = logits});
    counted.update(scores.view(), targets.view());
    const std::size_t allocations = device.queue().allocations;
    for (int batch = 0; batch < 3; ++batch) counted.update(scores.view().slice(3, 20), targets.slice(3, 20));
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == waits);
    auto expected = ra::evaluate_scores(device, scores.view(), targets.view(), {.values = logits});
    const auto part = ra::evaluate_scores(device, scores.view().slice(3, 20), targets.slice(3, 20), {.values = logits});
    for (int batch = 0; batch < 3; ++batch) expected.merge(part);
    CHECK(counted.read() == expected);
    CHECK(ra::score_evaluation::from_bytes(expected.values.to_bytes()) == expected.values);
}
