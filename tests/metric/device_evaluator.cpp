// What a device counts is what the host counts, and nothing waits before the result is read. The device is an emulated
// one; Thrust's host systems, where the build has them, have memory of their own too.
#include "support/element_bits.hpp"
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/device_targets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/device_label_summary.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/metric/real_accuracy.hpp>
#include <reassess/ranking/device_ranking.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::emulated_device;
using test_support::small_problem;

namespace {

/// Scores, lists and labels copied into a policy's memory by hand.
template <class Policy>
struct on_device {
    template <class T>
    using buffer = typename Policy::template buffer<T>;
    using space = typename Policy::space;

    const small_problem* problem;
    buffer<float> scores;
    buffer<std::int64_t> lists;
    buffer<ra::class_index> original, classes;
    buffer<std::uint64_t> offsets;

    on_device(Policy policy, const small_problem& p)
        : problem(&p), scores(policy), lists(policy), original(policy), classes(policy), offsets(policy)
    {
        original.grow(1);  // not null even if there are no images: null means absent
        scores.copy_from(p.scores.data(), p.scores.size());
        original.copy_from(p.original.data(), p.original.size());
        classes.copy_from(p.real.classes().data(), p.real.classes().size());
        offsets.copy_from(p.real.offsets().data(), p.real.offsets().size());
    }
    [[nodiscard]] ra::scores_view<float, space> view() const
    {
        return {scores.data(), problem->images(), problem->classes};
    }
    ra::top_k_view<std::int64_t, space> list_view(std::size_t k)
    {
        const auto stored = problem->lists(k);
        const std::vector<std::int64_t> wide(stored.begin(), stored.end());
        lists.copy_from(wide.data(), wide.size());
        return {lists.data(), problem->images(), k, problem->classes};
    }
    [[nodiscard]] ra::targets_in<space> targets(bool with_original = true, bool with_real = true) const
    {
        if constexpr (std::same_as<space, ra::host_space>) {
            ra::targets_view targets;
            if (with_original) targets.original = problem->original;
            if (with_real) targets.real = problem->real.view();
            return targets;
        } else {
            ra::device_targets_view targets{.images = problem->images()};
            if (with_original) targets.original = original.data();
            if (with_real) {
                targets.offsets = offsets.data();
                targets.classes = classes.data();
                targets.labels = problem->real.labels();
            }
            return targets;
        }
    }
};

/// f(policy) for every policy with memory of its own.
template <class Function>
void for_each_policy_with_memory(Function f)
{
    f(emulated_device<32>{});
    f(emulated_device<4>{});
    test_support::for_each_thrust_policy(f);
}

}  // namespace

TEST_CASE("evaluator on a device: batches count as on the host, for every kind of labels")
{
    test_support::random_source random(501);
    for_each_policy_with_memory([&](auto policy) {
        for (const std::size_t classes : {1UL, 2UL, 9UL, 70UL}) {
            for (const auto& [with_original, with_real] : {std::pair{true, true}, {true, false}, {false, true}}) {
                ra::evaluator expected(ra::seq, {.nan = ra::on_nan::exclude});
                ra::evaluator counted(policy, {.nan = ra::on_nan::exclude});
                for (const std::size_t images : {5UL, 0UL, 64UL, 23UL}) {
                    const small_problem problem({.images = images, .classes = classes, .nan_rows = 10}, random);
                    const on_device there(policy, problem);
                    ra::targets_view targets;
                    if (with_original) targets.original = problem.original;
                    if (with_real) targets.real = problem.real.view();
                    expected.update(problem.view(), targets);
                    counted.update(there.view(), there.targets(with_original, with_real));
                    REQUIRE(counted.result() == expected.result());
                }
                CHECK(counted.images() == 92);
                counted.reset();
                CHECK(counted.images() == 0);
                CHECK(counted.result() == ra::evaluator(ra::seq, {.nan = ra::on_nan::exclude}).result());
            }
        }
    });
}

TEST_CASE("evaluator on a device: stored lists count as on the host")
{
    test_support::random_source random(502);
    for_each_policy_with_memory([&](auto policy) {
        ra::evaluator expected(ra::seq);
        ra::evaluator counted(policy);
        for (const std::size_t images : {40UL, 41UL}) {
            const small_problem problem({.images = images, .classes = 12}, random);
            on_device there(policy, problem);
            const auto lists = problem.lists(5);
            expected.update(ra::top_k_view<std::int16_t>(lists, 5, 12), problem.targets());
            counted.update(there.list_view(5), there.targets());
        }
        CHECK(counted.result() == expected.result());
    });
}

TEST_CASE("evaluate and rank: one call on a device gives what the host gives")
{
    test_support::random_source random(503);
    const emulated_device<32> device;
    const small_problem problem({.images = 50, .classes = 33}, random);
    on_device there(device, problem);
    CHECK(ra::evaluate(device, there.view(), there.targets()) ==
          ra::evaluate(ra::seq, problem.view(), problem.targets()));
    CHECK(ra::rank(device, there.view(), there.targets()) == ra::rank(ra::seq, problem.view(), problem.targets()));
    CHECK(ra::evaluate(device, there.view(), there.targets(), {.depth = 4}).depth() == 4);

    const auto lists = problem.lists(3);
    const ra::top_k_view<std::int16_t> stored(lists, 3, 33);
    CHECK(ra::rank(device, there.list_view(3), there.targets()) == ra::rank(ra::seq, stored, problem.targets()));
    CHECK(ra::evaluate(device, there.list_view(3), there.targets()) ==
          ra::evaluate(ra::seq, stored, problem.targets()));
}

TEST_CASE("evaluator on a device: the first bad image is told when the result is read, and nothing after it is counted")
{
    test_support::random_source random(504);
    const emulated_device<32> device;
    const small_problem good({.images = 10, .classes = 5}, random);
    const on_device good_there(device, good);
    const ra::evaluation<> expected = ra::evaluate(ra::seq, good.view(), good.targets());

    small_problem nan = good;
    nan.scores[7 * 5 + 1] = nan.scores[3 * 5 + 4] = nan.scores[3 * 5 + 2] = test_support::nan_score<float>();
    small_problem label = good;
    label.original[6] = 5;
    small_problem negative = good;
    negative.original[0] = -2;
    small_problem set = good;
    set.real = ra::label_sets(std::vector<std::vector<int>>(9));
    const std::vector<int> beyond{2, 9};
    set.real.append(std::span<const int>(beyond));
    // The lowest image counts, and there the labels come first.
    small_problem several = nan;
    several.original[6] = 5;
    small_problem both = nan;
    both.original[3] = 7;

    const auto check = [&](const small_problem& bad, auto error, const char* told) {
        using error_type = decltype(error);
        ra::evaluator counted(device);
        counted.update(good_there.view(), good_there.targets());
        const on_device bad_there(device, bad);
        counted.update(bad_there.view(), bad_there.targets());
        counted.update(good_there.view(), good_there.targets());
        for (int reading = 0; reading < 2; ++reading)
            CHECK_ERROR(error_type, static_cast<void>(counted.result()), told);
        counted.reset();
        counted.update(good_there.view(), good_there.targets());
        CHECK(counted.result() == expected);
    };
    const std::domain_error domain("");
    const std::out_of_range range("");
    check(nan, domain,
          "the score of class 2 of image 13 is NaN; on_nan::exclude leaves such images out and counts them");
    check(label, range, "label 5 of image 16 is outside [0, 5)");
    check(negative, range, "label -2 of image 10 is outside [0, 5)");
    check(set, range, "label 9 of image 19 is outside [0, 5)");
    check(several, domain, "the score of class 2 of image 13 is NaN");
    check(both, range, "label 7 of image 13 is outside [0, 5)");
}

TEST_CASE("evaluator on a host system of Thrust: a bad image is told at once, and its batch is not counted")
{
    test_support::random_source random(504);
    test_support::for_each_thrust_policy([&](auto policy) {
        const small_problem good({.images = 10, .classes = 5}, random);
        small_problem nan = good;
        nan.scores[7 * 5 + 1] = nan.scores[3 * 5 + 4] = nan.scores[3 * 5 + 2] = test_support::nan_score<float>();
        small_problem label = good;
        label.original[6] = 5;
        const on_device good_there(policy, good), nan_there(policy, nan), label_there(policy, label);
        ra::evaluator counted(policy);
        counted.update(good_there.view(), good_there.targets());
        CHECK_ERROR(std::domain_error, counted.update(nan_there.view(), nan_there.targets()),
                    "score of class 2 of image 13 is NaN");
        CHECK_ERROR(std::out_of_range, counted.update(label_there.view(), label_there.targets()),
                    "label 5 of image 16 is outside [0, 5)");
        CHECK(counted.result() == ra::evaluate(ra::seq, good.view(), good.targets()));
        counted.update(good_there.view(), good_there.targets());
        CHECK(counted.images() == 20);
    });
}

TEST_CASE("evaluator on a device: bad lists are told as on the host")
{
    const emulated_device<8> device;
    const auto message_of = [&](std::vector<std::int64_t> lists) {
        typename emulated_device<8>::buffer<std::int64_t> there(device);
        there.copy_from(lists.data(), lists.size());
        const ra::device_targets_view no_labels{.images = lists.size() / 2};
        const ra::top_k_view<std::int64_t, ra::device_space> view(there.data(), lists.size() / 2, 2, 4);
        ra::evaluator counted(device);
        counted.update(view, no_labels);
        const auto said = [](auto call) {
            try {
                static_cast<void>(call());
            } catch (const std::exception& error) {
                return std::string(error.what());
            }
            return std::string("no error");
        };
        const std::string message = said([&] { return counted.result(); });
        CHECK(said([&] { return ra::rank(device, view, no_labels); }) == message);
        CHECK(said([&] { return ra::evaluate(ra::seq, ra::top_k_view<std::int64_t>(lists, 2, 4), {}); }) == message);
        return message;
    };
    CHECK(message_of({0, 1, 3, 4}) == "prediction 4 of image 1 is outside [0, 4)");
    CHECK(message_of({0, -1, 3, 4}) == "prediction -1 of image 0 is outside [0, 4)");
    CHECK(message_of({0, 1, 2, 2, 9, 9}) == "image 1 has class 2 twice in its top-k list");
    CHECK(message_of({0, 1, 2, 3}) == "no error");
}

TEST_CASE("evaluator on a device: shapes that do not fit are refused at once, and nothing is counted")
{
    test_support::random_source random(505);
    for_each_policy_with_memory([&](auto policy) {
        const small_problem problem({.images = 10, .classes = 5}, random);
        const small_problem other({.images = 9, .classes = 5}, random);
        const small_problem wider({.images = 10, .classes = 6}, random);
        const on_device other_there(policy, other), wider_there(policy, wider);
        on_device there(policy, problem);
        ra::evaluator counted(policy);
        CHECK_ERROR(std::invalid_argument, counted.update(there.view(), other_there.targets()),
                    "scores have 10 images, the ");
        CHECK(counted.result() == ra::evaluation<>());
        counted.update(there.view(), there.targets());
        CHECK_ERROR(std::invalid_argument, counted.update(wider_there.view(), wider_there.targets()),
                    "classes: this evaluation has 5, the batch or merged evaluation has 6");
        CHECK_ERROR(std::invalid_argument, counted.update(there.view(), there.targets(true, false)),
                    "this evaluation is with label sets, the batch or merged evaluation is without label sets");
        CHECK_ERROR(std::invalid_argument, counted.update(there.list_view(5), there.targets()),
                    "this evaluation is with ties (known from scores, not from stored lists)");
        CHECK_ERROR(
            std::invalid_argument, counted.update(ra::logits(there.view()), there.targets()),
            "this evaluation is of scores without an interpretation, the batch or merged evaluation is of logits");
        CHECK(counted.result() == ra::evaluate(ra::seq, problem.view(), problem.targets()));

        ra::evaluator deep(policy, {.depth = 6});
        CHECK_ERROR(std::invalid_argument, deep.update(there.view(), there.targets()),
                    "this evaluation has depth 6, but only ranks below 5 of the batch are known");
        ra::evaluator deep_lists(policy, {.depth = 3});
        CHECK_ERROR(std::invalid_argument, deep_lists.update(there.list_view(2), there.targets()),
                    "this evaluation has depth 3, but only ranks below 2 of the batch are known");
        CHECK_ERROR(std::invalid_argument,
                    static_cast<void>(ra::evaluate(policy, there.list_view(2), there.targets(), {.depth = 3})),
                    "this evaluation has depth 3");
        CHECK_ERROR(std::invalid_argument, ra::evaluator(policy, {.calibration_bins = 0}),
                    "calibration: 0 bins, expected 1 to 65536");
    });
    const emulated_device<4> device;
    const small_problem problem({.images = 2, .classes = 5}, random);
    const on_device there(device, problem);
    const std::vector<std::uint64_t> ids{1, 2};
    CHECK_ERROR(std::invalid_argument, ra::evaluator(device).update(there.view(), there.targets(), {.image_ids = ids}),
                "image ids are not supported on a device: pass the results of rank to evaluator::update");
}

TEST_CASE("evaluator on a device: updates neither wait nor, after the first, allocate")
{
    test_support::random_source random(506);
    const emulated_device<32> device;
    const small_problem problem({.images = 30, .classes = 7}, random);
    const on_device there(device, problem);
    ra::evaluator expected(ra::seq);
    ra::evaluator counted(device);
    counted.update(there.view(), there.targets());
    const std::size_t allocations = device.queue().allocations;
    for (int batch = 0; batch < 5; ++batch) counted.update(there.view(), there.targets());
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == 0);  // the copies and all passes have yet to run
    for (int batch = 0; batch < 6; ++batch) expected.update(problem.view(), problem.targets());
    CHECK(counted.result() == expected.result());
    CHECK(device.queue().waits > 0);

    // Nor after it was reset.
    counted.reset();
    counted.update(there.view(), there.targets());
    CHECK(device.queue().allocations == allocations);
    CHECK(counted.result() == ra::evaluate(ra::seq, problem.view(), problem.targets()));
}

TEST_CASE("evaluator on a device: more confused pairs than there is room for are an error when the result is read")
{
    constexpr std::size_t classes = 300;
    // Every class is taken for the next one and the one after: 600 pairs.
    std::vector<std::int64_t> predictions;
    std::vector<ra::class_index> original;
    for (std::size_t c = 0; c < classes; ++c) {
        for (std::size_t step = 1; step <= 2; ++step) {
            original.push_back(static_cast<ra::class_index>(c));
            predictions.push_back(static_cast<std::int64_t>((c + step) % classes));
        }
    }
    const emulated_device<32> device;
    typename emulated_device<32>::buffer<std::int64_t> there(device);
    typename emulated_device<32>::buffer<ra::class_index> labels(device);
    there.copy_from(predictions.data(), predictions.size());
    labels.copy_from(original.data(), original.size());
    const ra::top_k_view<std::int64_t, ra::device_space> view(there.data(), predictions.size(), 1, classes);
    const ra::device_targets_view targets{.images = original.size(), .original = labels.data()};

    ra::evaluator small(device, {.confused_pairs = 100});
    small.update(view, targets);
    CHECK_ERROR(std::length_error, static_cast<void>(small.result()),
                "exceeds the memory for them: set the option confused_pairs to more than 128");

    ra::evaluator large(device, {.confused_pairs = 600});
    large.update(view, targets);
    CHECK(large.result() ==
          ra::evaluate(ra::seq, ra::top_k_view<std::int64_t>(predictions, 1, classes), {.original = original}));
}

namespace {

/// Adds to counter 1 of 1.
struct beyond_its_counter {
    static constexpr std::string_view name = "test.beyond_its_counter";
    static constexpr std::uint32_t version = 1;

    [[nodiscard]] std::size_t counters(ra::metric_shape) const { return 1; }
    template <class Tally>
    void operator()(const ra::ranked_image&, const Tally& tally) const
    {
        tally.add(1);
    }
    [[nodiscard]] std::uint64_t result(std::span<const std::uint64_t> counted, ra::metric_shape) const
    {
        return counted[0];
    }
};

}  // namespace

TEST_CASE("evaluator: on a device, adding to a counter that a metric does not have is reported by result")
{
    test_support::random_source random(511);
    const emulated_device<32> device;
    const small_problem problem({.images = 30, .classes = 7}, random);
    const on_device there(device, problem);
    ra::evaluator counts(device, {}, beyond_its_counter{});
    counts.update(there.view(), there.targets());
    CHECK_ERROR(std::out_of_range, static_cast<void>(counts.result()),
                "metric test.beyond_its_counter: operator() added to a counter outside [0, 1)");
}

TEST_CASE("device_label_summary: batches count as on the host, for every kind of labels")
{
    test_support::random_source random(507);
    const auto check_batches = [&](auto policy) {
        for (const std::size_t classes : {1UL, 3UL, 9UL, 70UL}) {
            for (const auto& [with_original, with_real] : {std::pair{true, true}, {true, false}, {false, true}}) {
                ra::label_summary expected({.classes = classes});
                ra::device_label_summary counted(policy, {.classes = classes});
                for (const std::size_t images : {5UL, 0UL, 64UL, 23UL}) {
                    const small_problem problem({.images = images, .classes = classes}, random);
                    const on_device there(policy, problem);
                    ra::targets_view targets;
                    if (with_original) targets.original = problem.original;
                    if (with_real) targets.real = problem.real.view();
                    expected.update(targets);
                    counted.update(there.targets(with_original, with_real));
                    REQUIRE(counted.result() == expected);
                }
                CHECK(counted.images() == 92);
                counted.reset();
                CHECK(counted.result() == ra::label_summary({.classes = classes}));
            }
        }
    };
    check_batches(emulated_device<32>{});
    check_batches(emulated_device<4>{});
}

TEST_CASE(
    "device_label_summary: an invalid label is reported by result, updates do not synchronise, and only the first "
    "allocates")
{
    test_support::random_source random(508);
    const emulated_device<32> device;
    const small_problem problem({.images = 30, .classes = 7}, random);
    small_problem bad = problem;
    bad.original[4] = 7;
    const on_device there(device, problem), bad_there(device, bad);
    ra::label_summary expected({.classes = 7});
    for (int batch = 0; batch < 3; ++batch) expected.update(problem.targets());

    ra::device_label_summary counted(device, {.classes = 7});
    counted.update(there.targets());
    const std::size_t allocations = device.queue().allocations;
    for (int batch = 0; batch < 2; ++batch) counted.update(there.targets());
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == 0);
    CHECK(counted.result() == expected);
    CHECK_ERROR(std::invalid_argument, counted.update(there.targets(true, false)),
                "this label summary has original labels and label sets, the batch or merged label summary has original "
                "labels only");
    CHECK(counted.result() == expected);
    counted.update(bad_there.targets());
    counted.update(there.targets());
    CHECK_ERROR(std::out_of_range, static_cast<void>(counted.result()), "label 7 of image 94 is outside [0, 7)");

    CHECK(ra::summarise(device, there.targets(), {.classes = 7}) == ra::summarise(problem.targets(), {.classes = 7}));
    CHECK_ERROR(std::length_error,
                static_cast<void>(ra::summarise(device, there.targets(), {.classes = 7, .pairs = 1})),
                "more than 8 different pairs of classes occur; increase options.pairs");
    CHECK_ERROR(std::invalid_argument, ra::device_label_summary(device, {}), "the number of classes is 0");
}

TEST_CASE("evaluate: predictions in a device's memory are as often real as the host's packed label sets say")
{
    test_support::random_source random(509);
    const emulated_device<32> device;
    for (const std::size_t images : {0UL, 1UL, 90UL}) {
        const small_problem problem({.images = images, .classes = 12}, random);
        on_device there(device, problem);
        for (const std::size_t k : {1UL, 4UL}) {
            const auto lists = problem.lists(k);
            const ra::evaluation<> counted = ra::evaluate(device, there.list_view(k), there.targets(false, true));
            // Element k - 1 is the accuracy of the first k.
            const std::vector<ra::proportion> packed = ra::real_accuracy(
                ra::seq, ra::top_k_view<std::int16_t>(lists, k, 12), ra::packed_label_sets(problem.real.view(), 12));
            REQUIRE(packed.size() == k);
            for (std::size_t first = 1; first <= k; ++first) CHECK(counted.real(first) == packed[first - 1]);
        }
    }
    const small_problem problem({.images = 3, .classes = 4}, random);
    const on_device there(device, problem);
    const auto told = [&](std::vector<std::int64_t> lists, const ra::device_targets_view& targets) {
        typename emulated_device<32>::buffer<std::int64_t> copy(device);
        copy.copy_from(lists.data(), lists.size());
        const ra::top_k_view<std::int64_t, ra::device_space> view(copy.data(), 3, lists.size() / 3, 4);
        try {
            static_cast<void>(ra::evaluate(device, view, targets).real(1));
        } catch (const std::exception& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK(told({0, 1, 3, 2, 2, 1}, there.targets()) == "no error");
    CHECK(told({0, 1, 3, 3, 2, 1}, there.targets()) == "image 1 has class 3 twice in its top-k list");
    CHECK(told({0, 1, 3, -3, 4, 1}, there.targets()) == "prediction -3 of image 1 is outside [0, 4)");
    CHECK(told({0, 1, 3, 2, 4, 1}, there.targets()) == "prediction 4 of image 2 is outside [0, 4)");
    const std::string without_sets = told({0, 1, 3}, there.targets(true, false));
    CHECK(without_sets != "no error");
    CHECK(without_sets == test_support::message_of<std::exception>([&] {
              const std::vector<std::int64_t> lists{0, 1, 3};
              static_cast<void>(
                  ra::evaluate(ra::seq, ra::top_k_view<std::int64_t>(lists, 1, 4), {.original = problem.original})
                      .real(1));
          }));
    small_problem bad = problem;
    bad.real = ra::label_sets(std::vector<std::vector<int>>{{0}, {1, 9}, {}});
    const on_device bad_there(device, bad);
    CHECK(told({0, 1, 3}, bad_there.targets()) == "ReaL label 9 of image 1 is outside [0, 4)");
}

TEST_CASE("results that are read back from a device go wherever results of a host go")
{
    test_support::random_source random(510);
    const emulated_device<32> device;
    const small_problem problem({.images = 40, .classes = 6}, random);
    const on_device there(device, problem);

    // Two shards that share ten images, counted by a host's evaluator and by a device's.
    ra::evaluator counted(ra::seq), expected(ra::seq);
    ra::evaluator counted_by_device(device);
    std::vector<std::uint64_t> ids;
    for (std::uint64_t id = 0; id < 40; ++id) ids.push_back(id);
    for (const std::size_t first : {0UL, 15UL}) {
        const auto labels = problem.targets().slice(first, 25);
        const ra::batch_options shard{.image_ids = std::span(ids).subspan(first, 25),
                                      .repeated = ra::on_repeated::skip};
        auto labels_there = there.targets();
        labels_there.images = 25;
        labels_there.original += first;
        labels_there.offsets += first;
        labels_there.labels = labels.real->labels();
        const ra::image_results results = ra::rank(device, there.view().slice(first, 25), labels_there);
        counted.update(results, labels, shard);
        counted_by_device.update(results, labels, shard);
        expected.update(problem.view().slice(first, 25), labels, shard);
    }
    CHECK(counted.result() == expected.result());
    CHECK(counted_by_device.result() == expected.result());
    CHECK(counted_by_device.images() == 50);
    CHECK(counted.result().repeated_images() == 10);
    const ra::image_results all = ra::rank(ra::seq, problem.view(), problem.targets());
    CHECK(ra::rank(device, there.view(), there.targets()) == all);

    // Batches of both kinds add up.
    ra::evaluator mixed(device);
    mixed.update(there.view(), there.targets());
    mixed.update(all, problem.targets());
    ra::evaluator twice(ra::seq);
    for (int batch = 0; batch < 2; ++batch) twice.update(problem.view(), problem.targets());
    CHECK(mixed.images() == 80);
    CHECK(mixed.result() == twice.result());
    ra::evaluation<> sum = ra::evaluate(device, there.view(), there.targets());
    sum.merge(ra::evaluate(ra::seq, problem.view(), problem.targets()));
    CHECK(sum == twice.result());
}
