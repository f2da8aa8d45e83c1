// Copies in a policy's memory and scores streamed through it, on Thrust's host systems and an emulated device.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/small_problem.hpp"

#if defined(REASSESS_TEST_THRUST_CPP)
#    include "emulated_staging.hpp"

#    include <reassess/device/device.hpp>
#    include <reassess/evaluate.hpp>

#    include <thrust/mr/allocator.h>
#    include <thrust/system/cpp/memory_resource.h>
#endif

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#if !defined(REASSESS_TEST_THRUST_CPP)

TEST_CASE("device/: left out without Thrust")
{
    std::puts("left out: device/ and all policies of Thrust, because this build has no Thrust");
}

#else

namespace ra = reassess;
using test_support::emulated_device;
using test_support::small_problem;

namespace {

/// f(policy) for every policy with memory of its own.
template <class Function>
void for_each_policy_with_memory(Function f)
{
    f(emulated_device<32>{});
    test_support::for_each_thrust_policy(f);
}

}  // namespace

TEST_CASE("copies: evaluated where they lie, whole and in slices")
{
    test_support::random_source random(601);
    for_each_policy_with_memory([&](auto policy) {
        for (const std::size_t images : {0UL, 1UL, 37UL}) {
            const small_problem problem({.images = images, .classes = 9}, random);
            const auto expected = ra::evaluate(ra::seq, problem.view(), problem.targets());
            // A stride is closed up.
            std::vector<float> wide(images * 11);
            for (std::size_t i = 0; i < images * 9; ++i) wide[i / 9 * 11 + i % 9] = problem.scores[i];
            const ra::device_scores scores(policy, ra::scores_view<float>(wide.data(), images, 9, 11));
            const ra::device_targets targets(policy, problem.targets());
            CHECK(targets.images() == images);
            CHECK(ra::evaluate(policy, scores.view(), targets.view()) == expected);
            CHECK(ra::evaluate(policy, scores, targets) == expected);  // owners, like their views
            CHECK(ra::rank(policy, scores, targets) == ra::rank(ra::seq, problem.view(), problem.targets()));

            const auto lists = problem.lists(4);
            const ra::top_k_view<std::int16_t> lists_here(lists, 4, 9);
            const ra::device_top_k stored(policy, lists_here);
            CHECK(ra::evaluate(policy, stored.view(), targets.view()) ==
                  ra::evaluate(ra::seq, lists_here, problem.targets()));
            CHECK(stored.view().k() == 4);
            CHECK(stored.view().classes() == 9);

            ra::evaluator counted(policy);
            for (std::size_t first = 0; first < images; first += 10) {
                const std::size_t count = std::min<std::size_t>(10, images - first);
                counted.update(scores.view().slice(first, count), targets.slice(first, count));
            }
            if (images != 0) CHECK(counted.result() == expected);
            CHECK_THROWS_AS(static_cast<void>(targets.slice(images, 1)), std::out_of_range);
        }
    });
    CHECK_THROWS_AS(
        ra::device_targets(ra::thrust_policy(thrust::cpp::par),
                           {.original = std::vector<ra::class_index>{1, 2}, .real = ra::label_sets().view()}),
        std::invalid_argument);
}

TEST_CASE("staged: the same counts through buffers of any size")
{
    test_support::random_source random(602);
    for_each_policy_with_memory([&](auto policy) {
        for (const std::size_t images : {0UL, 1UL, 50UL}) {
            const small_problem problem({.images = images, .classes = 13}, random);
            const auto expected = ra::evaluate(ra::seq, problem.view(), problem.targets());
            for (const std::size_t rows : {0UL, 1UL, 7UL, 50UL, 1000UL}) {
                const auto scores = ra::staged(problem.view(), {.buffer_bytes = rows * 13 * sizeof(float) + 5});
                CHECK(ra::evaluate(policy, scores, problem.targets()) == expected);
                CHECK(ra::evaluate(policy, scores, problem.targets(), {.depth = 2}) ==
                      ra::evaluate(ra::seq, problem.view(), problem.targets(), {.depth = 2}));
            }
            const ra::scores_view<float> rows_apart(problem.scores.data(), images / 2, 13, 26);
            std::vector<ra::class_index> labels(images / 2, 3);
            CHECK(ra::evaluate(policy, ra::staged(rows_apart, {.buffer_bytes = 200}), {.original = labels}) ==
                  ra::evaluate(ra::seq, rows_apart, {.original = labels}));
        }
        const small_problem problem({.images = 5, .classes = 3}, random);
        const auto scores = ra::staged(problem.view());
        CHECK_ERROR(std::invalid_argument,
                    static_cast<void>(ra::evaluate(policy, scores, problem.targets(), {.depth = 4})),
                    "this evaluation has depth 4, but only ranks below 3 of the batch are known");
        CHECK_THROWS_AS(static_cast<void>(ra::evaluate(policy, scores, problem.targets().slice(0, 4))),
                        std::invalid_argument);
        CHECK(ra::rank(policy, ra::staged(problem.view(), {.buffer_bytes = 24}), problem.targets(), {.top_k = 2}) ==
              ra::rank(ra::seq, problem.view(), problem.targets(), {.top_k = 2}));
        small_problem bad = problem;
        bad.original[4] = 3;
        CHECK_ERROR(
            std::out_of_range,
            static_cast<void>(ra::evaluate(policy, ra::staged(bad.view(), {.buffer_bytes = 24}), bad.targets())),
            "label 3 of image 4 is outside [0, 3)");
    });
}

namespace {

/// Counts what is taken through a policy's allocator.
struct counting_resource final : thrust::mr::memory_resource<> {
    std::size_t taken = 0, held = 0;

    void* do_allocate(std::size_t bytes, std::size_t) override
    {
        ++taken;
        ++held;
        return ::operator new(bytes);
    }
    void do_deallocate(void* p, std::size_t, std::size_t) noexcept override
    {
        --held;
        ::operator delete(p);
    }
};

}  // namespace

TEST_CASE("a policy's allocator gives all memory of copies, and takes it back")
{
    test_support::random_source random(603);
    const small_problem problem({.images = 40, .classes = 9}, random);
    counting_resource resource;
    {
        thrust::mr::allocator<std::byte, counting_resource> allocator(&resource);
        const ra::thrust_policy policy(thrust::cpp::par(allocator));
        const ra::device_scores scores(policy, problem.view());
        const ra::device_targets targets(policy, problem.targets());
        const std::size_t of_copies = resource.taken;
        const std::size_t held_by_copies = resource.held;
        CHECK(held_by_copies == 4);  // scores, original labels, offsets and classes
        // On a host system a batch's columns are the host's own.
        ra::evaluator counted(policy);
        ra::evaluator losses(policy);
        for (int batch = 0; batch < 4; ++batch) {
            counted.update(scores, targets.view());
            losses.update(ra::logits(scores), targets.view());
        }
        CHECK(resource.taken == of_copies);
        CHECK(counted.result().images() == 160);
        CHECK(losses.result().images() == 160);
        CHECK(losses.result().has_losses());
        CHECK(ra::rank(policy, scores, targets.view(), {.top_k = 5}).top_k.size() == 200);
        CHECK(resource.taken == of_copies);

        // Two buffers for blocks, and one more copy of the labels, whatever the number of blocks.
        const auto expected = counted.result();
        ra::evaluation<> staged_counts;
        for (const std::size_t rows : {1UL, 7UL, 40UL}) {
            const std::size_t before = resource.taken;
            const auto part =
                ra::evaluate(policy, ra::staged(problem.view(), {.buffer_bytes = rows * 9 * 4}), problem.targets());
            CHECK(resource.taken == before + 2 + of_copies - 1);
            CHECK(resource.held == held_by_copies);
            staged_counts.merge(part);
        }
        staged_counts.merge(ra::evaluate(policy, scores, targets.view()));
        CHECK(staged_counts == expected);
    }
    CHECK(resource.held == 0);
}

#endif
