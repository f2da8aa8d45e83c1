// What a device counts is what the host counts, and nothing waits before it is read. The device is an emulated one and,
// where the build has them, Thrust's host systems.
#include "support/element_bits.hpp"
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/device_targets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/device_evaluation.hpp>
#include <reassess/metric/device_label_summary.hpp>
#include <reassess/metric/device_real_accuracy.hpp>
#include <reassess/metric/real_accuracy.hpp>
#include <reassess/ranking/device_ranks.hpp>

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
        original.grow(1);  // a pointer even where there are no images: what is null is not given
        scores.copy_from(p.scores.data(), p.scores.size());
        original.copy_from(p.original.data(), p.original.size());
        classes.copy_from(p.real.classes().data(), p.real.classes().size());
        offsets.copy_from(p.real.offsets().data(), p.real.offsets().size());
    }
    [[nodiscard]] ra::scores_view<float, space> view() const
    {
        return {scores.data(), problem->images(), problem->classes};
    }
    ra::predictions_view<std::int64_t, space> list_view(std::size_t depth)
    {
        const auto stored = problem->lists(depth);
        const std::vector<std::int64_t> wide(stored.begin(), stored.end());
        lists.copy_from(wide.data(), wide.size());
        return {lists.data(), problem->images(), depth};
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

TEST_CASE("device_evaluation: batches count as on the host, whichever labels are given")
{
    test_support::random_source random(501);
    for_each_policy_with_memory([&](auto policy) {
        for (const std::size_t classes : {1UL, 2UL, 9UL, 70UL}) {
            for (const auto& [with_original, with_real] : {std::pair{true, true}, {true, false}, {false, true}}) {
                ra::model_evaluation expected({.nan = ra::on_nan::exclude});
                ra::device_evaluation counted(policy, {.nan = ra::on_nan::exclude});
                for (const std::size_t images : {5UL, 0UL, 64UL, 23UL}) {
                    const small_problem problem({.images = images, .classes = classes, .nan_rows = 10}, random);
                    const on_device there(policy, problem);
                    ra::targets_view targets;
                    if (with_original) targets.original = problem.original;
                    if (with_real) targets.real = problem.real.view();
                    expected.update(ra::seq, problem.view(), targets);
                    counted.update(there.view(), there.targets(with_original, with_real));
                    REQUIRE(counted.read() == expected);
                }
                CHECK(counted.images() == 92);
                counted.reset();
                CHECK(counted.read() == ra::model_evaluation({.nan = ra::on_nan::exclude}));
            }
        }
    });
}

TEST_CASE("device_evaluation: stored lists count as on the host")
{
    test_support::random_source random(502);
    for_each_policy_with_memory([&](auto policy) {
        ra::model_evaluation expected({.classes = 12});
        ra::device_evaluation counted(policy, {.classes = 12});
        for (const std::size_t images : {40UL, 41UL}) {
            const small_problem problem({.images = images, .classes = 12}, random);
            on_device there(policy, problem);
            const auto lists = problem.lists(5);
            expected.update(ra::seq, ra::predictions_view<std::int16_t>(lists, 5), problem.targets());
            counted.update(there.list_view(5), there.targets());
        }
        CHECK(counted.read() == expected);
    });
}

TEST_CASE("evaluate and rank: one call on a device gives what the host gives")
{
    test_support::random_source random(503);
    const emulated_device<32> device;
    const small_problem problem({.images = 50, .classes = 33}, random);
    on_device there(device, problem);
    const auto expected =
        ra::evaluate(ra::seq, problem.view(), problem.targets(), {.keep_rankings = ra::keep_rankings::yes});
    const auto found = ra::evaluate(device, there.view(), there.targets(), {.keep_rankings = ra::keep_rankings::yes});
    CHECK(found == expected);
    REQUIRE(found.ranks);
    CHECK(*found.ranks == *expected.ranks);
    CHECK(ra::rank(device, there.view(), there.targets()) == *expected.ranks);

    const auto lists = problem.lists(3);
    const ra::predictions_view<std::int16_t> stored(lists, 3);
    CHECK(ra::rank(device, there.list_view(3), 33, there.targets()) ==
          ra::rank(ra::seq, stored, 33, problem.targets()));
    CHECK(ra::evaluate(device, there.list_view(3), there.targets(), {.classes = 33}) ==
          ra::evaluate(ra::seq, stored, problem.targets(), {.classes = 33}));
}

TEST_CASE("device_evaluation: the first bad image is told when the counts are read, and nothing after it is counted")
{
    test_support::random_source random(504);
    for_each_policy_with_memory([&](auto policy) {
        const small_problem good({.images = 10, .classes = 5}, random);
        const on_device good_there(policy, good);
        ra::model_evaluation expected;
        expected.update(ra::seq, good.view(), good.targets());

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

        const auto check = [&](const small_problem& bad, auto expect_error) {
            ra::device_evaluation counted(policy);
            counted.update(good_there.view(), good_there.targets());
            const on_device bad_there(policy, bad);
            counted.update(bad_there.view(), bad_there.targets());
            counted.update(good_there.view(), good_there.targets());
            expect_error(counted);
            expect_error(counted);
            counted.reset();
            counted.update(good_there.view(), good_there.targets());
            CHECK(counted.read() == expected);
        };
        check(nan, [](const auto& counted) {
            CHECK_ERROR(std::domain_error, static_cast<void>(counted.read()), "score of class 2 of image 13 is NaN");
        });
        check(label, [](const auto& counted) {
            CHECK_ERROR(std::out_of_range, static_cast<void>(counted.read()), "label 5 of image 16 is not in [0, 5)");
        });
        check(negative, [](const auto& counted) {
            CHECK_ERROR(std::out_of_range, static_cast<void>(counted.read()), "label -2 of image 10 is not in [0, 5)");
        });
        check(set, [](const auto& counted) {
            CHECK_ERROR(std::out_of_range, static_cast<void>(counted.read()), "label 9 of image 19 is not in [0, 5)");
        });
    });
}

TEST_CASE("device_evaluation: bad lists are told as on the host")
{
    const emulated_device<8> device;
    const auto message_of = [&](std::vector<std::int64_t> lists) {
        typename emulated_device<8>::buffer<std::int64_t> there(device);
        there.copy_from(lists.data(), lists.size());
        ra::device_evaluation counted(device, {.classes = 4});
        counted.update(ra::predictions_view<std::int64_t, ra::device_space>(there.data(), lists.size() / 2, 2),
                       {.images = lists.size() / 2});
        std::string message;
        try {
            static_cast<void>(counted.read());
        } catch (const std::exception& error) {
            message = error.what();
        }
        std::string on_host;
        try {
            static_cast<void>(ra::evaluate(ra::seq, ra::predictions_view<std::int64_t>(lists, 2), {}, {.classes = 4}));
        } catch (const std::exception& error) {
            on_host = error.what();
        }
        CHECK(message == on_host);
        return message;
    };
    CHECK(message_of({0, 1, 3, 4}) == "prediction 4 of image 1 is not in [0, 4)");
    CHECK(message_of({0, -1, 3, 4}) == "prediction -1 of image 0 is not in [0, 4)");
    CHECK(message_of({0, 1, 2, 2, 9, 9}) == "image 1 has class 2 twice among its predictions");
    CHECK(message_of({0, 1, 2, 3}).empty());
}

TEST_CASE("device_evaluation: shapes that do not fit are refused at once, and nothing is counted")
{
    test_support::random_source random(505);
    for_each_policy_with_memory([&](auto policy) {
        const small_problem problem({.images = 10, .classes = 5}, random);
        const small_problem other({.images = 9, .classes = 5}, random);
        const small_problem wider({.images = 10, .classes = 6}, random);
        const on_device there(policy, problem), other_there(policy, other), wider_there(policy, wider);
        ra::device_evaluation counted(policy);
        CHECK_THROWS_AS(counted.update(there.view(), other_there.targets()), std::invalid_argument);
        CHECK(counted.read() == ra::model_evaluation());
        counted.update(there.view(), there.targets());
        CHECK_ERROR(std::invalid_argument, counted.update(wider_there.view(), wider_there.targets()),
                    "the state has classes 5, what comes has 6");
        CHECK_ERROR(std::invalid_argument, counted.update(there.view(), there.targets(true, false)),
                    "the state is with label sets, what comes is without label sets");
        ra::model_evaluation expected;
        expected.update(ra::seq, problem.view(), problem.targets());
        CHECK(counted.read() == expected);
    });
    CHECK_ERROR(std::invalid_argument, ra::device_evaluation(emulated_device<4>{}, {.classes = 2, .depth = 3}),
                "depth 3 exceeds the number of classes, 2");
}

TEST_CASE("device_evaluation: updates neither wait nor, after the first, allocate")
{
    test_support::random_source random(506);
    const emulated_device<32> device;
    const small_problem problem({.images = 30, .classes = 7}, random);
    const on_device there(device, problem);
    ra::model_evaluation expected;
    ra::device_evaluation counted(device);
    counted.update(there.view(), there.targets());
    const std::size_t allocations = device.queue().allocations;
    for (int batch = 0; batch < 5; ++batch) counted.update(there.view(), there.targets());
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == 0);  // the copies and all passes have yet to run
    for (int batch = 0; batch < 6; ++batch) expected.update(ra::seq, problem.view(), problem.targets());
    CHECK(counted.read() == expected);
    CHECK(device.queue().waits > 0);
}

TEST_CASE("device_evaluation: more confused pairs than there is room for are an error when the counts are read")
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
    const ra::predictions_view<std::int64_t, ra::device_space> view(there.data(), predictions.size(), 1);
    const ra::device_targets_view targets{.images = original.size(), .original = labels.data()};

    ra::device_evaluation small(device, {.classes = classes, .confused_pairs = 100});
    small.update(view, targets);
    CHECK_ERROR(std::length_error, static_cast<void>(small.read()), "give more than 128 as confused_pairs");

    ra::device_evaluation large(device, {.classes = classes, .confused_pairs = 600});
    large.update(view, targets);
    ra::model_evaluation expected({.classes = classes});
    expected.update(ra::seq, ra::predictions_view<std::int64_t>(predictions, 1), {.original = original});
    CHECK(large.read() == expected);
}

TEST_CASE("device_label_summary: batches count as on the host, whichever labels are given")
{
    test_support::random_source random(507);
    for_each_policy_with_memory([&](auto policy) {
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
                    REQUIRE(counted.read() == expected);
                }
                CHECK(counted.images() == 92);
                counted.reset();
                CHECK(counted.read() == ra::label_summary({.classes = classes}));
            }
        }
    });
}

TEST_CASE("device_label_summary: what is wrong is told, and updates neither wait nor, after the first, allocate")
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
    CHECK(counted.read() == expected);
    CHECK_ERROR(std::invalid_argument, counted.update(there.targets(true, false)),
                "the state has both kinds of labels, what comes has original labels only");
    CHECK(counted.read() == expected);
    counted.update(bad_there.targets());
    counted.update(there.targets());
    CHECK_ERROR(std::out_of_range, static_cast<void>(counted.read()), "label 7 of image 94 is not in [0, 7)");

    CHECK(ra::summarise(device, there.targets(), {.classes = 7}) == ra::summarise(problem.targets(), {.classes = 7}));
    CHECK_ERROR(std::length_error,
                static_cast<void>(ra::summarise(device, there.targets(), {.classes = 7, .pairs = 1})),
                "give more than 8 as pairs");
    CHECK_ERROR(std::invalid_argument, ra::device_label_summary(device, {}), "no classes");
}

TEST_CASE("real_accuracy: predictions in a device's memory hit as on the host")
{
    test_support::random_source random(509);
    const emulated_device<32> device;
    for (const std::size_t images : {0UL, 1UL, 90UL}) {
        const small_problem problem({.images = images, .classes = 12}, random);
        on_device there(device, problem);
        for (const std::size_t depth : {1UL, 4UL}) {
            const auto lists = problem.lists(depth);
            CHECK(ra::real_accuracy(device, there.list_view(depth), there.targets(), 12) ==
                  ra::real_accuracy(ra::seq, ra::predictions_view<std::int16_t>(lists, depth),
                                    ra::packed_label_sets(problem.real.view(), 12)));
        }
    }
    const small_problem problem({.images = 3, .classes = 4}, random);
    const on_device there(device, problem);
    const auto told = [&](std::vector<std::int64_t> lists, const ra::device_targets_view& targets) {
        typename emulated_device<32>::buffer<std::int64_t> copy(device);
        copy.copy_from(lists.data(), lists.size());
        const ra::predictions_view<std::int64_t, ra::device_space> view(copy.data(), 3, lists.size() / 3);
        try {
            static_cast<void>(ra::real_accuracy(device, view, targets, 4));
        } catch (const std::exception& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK(told({0, 1, 3, 3, 2, 1}, there.targets()) == "no error");
    CHECK(told({0, 1, 3, -3, 4, 1}, there.targets()) == "prediction -3 of image 1 is not in [0, 4)");
    CHECK(told({0, 1, 3, 2, 4, 1}, there.targets()) == "prediction 4 of image 2 is not in [0, 4)");
    CHECK(told({0, 1, 3}, there.targets(true, false)) == "no label sets were given");
    small_problem bad = problem;
    bad.real = ra::label_sets(std::vector<std::vector<int>>{{0}, {1, 9}, {}});
    const on_device bad_there(device, bad);
    CHECK(told({0, 1, 3}, bad_there.targets()) == "label 9 of image 1 is not in [0, 4)");
}

TEST_CASE("ranks that are read back from a device go wherever ranks of a host go")
{
    test_support::random_source random(510);
    const emulated_device<32> device;
    const small_problem problem({.images = 40, .classes = 6}, random);
    const on_device there(device, problem);
    ra::device_ranks ranks(device);

    // Two shards that share ten images.
    ra::model_evaluation counted, expected;
    std::vector<std::uint64_t> ids;
    for (std::uint64_t id = 0; id < 40; ++id) ids.push_back(id);
    const auto all = ra::rank(ra::seq, problem.view(), problem.targets());
    for (const std::size_t first : {0UL, 15UL}) {
        const auto labels = problem.targets().slice(first, 25);
        const ra::batch_options shard{.image_ids = std::span(ids).subspan(first, 25),
                                      .repeated = ra::on_repeated::skip};
        auto labels_there = there.targets();
        labels_there.images = 25;
        labels_there.original += first;
        labels_there.offsets += first;
        labels_there.labels = labels.real->labels();
        ranks.update(there.view().slice(first, 25), labels_there);
        counted.update(ra::seq, ranks.read(), labels, shard);
        expected.update(ra::seq, problem.view().slice(first, 25), labels, shard);
    }
    CHECK(counted == expected);
    CHECK(counted.repeated_images() == 10);
    ranks.update(there.view(), there.targets());
    CHECK(ranks.read() == all);
}
