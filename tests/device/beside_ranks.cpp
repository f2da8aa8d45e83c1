// Lists and values made on a device, by groups of every size: an emulated one, so that nothing waits before it is read.
#include "beside_ranks.hpp"
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/random_source.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/ranking/device_ranks_with_lists.hpp>
#include <reassess/ranking/rank_with_lists.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::backend_problem;
using test_support::emulated_device;
using test_support::random_source;

namespace {

/// f(device) for groups of 4, 8 and 32 lanes.
template <class Function>
void for_each_emulated_device(Function f)
{
    f(emulated_device<4>{});
    f(emulated_device<8>{});
    f(emulated_device<32>{});
}

const auto check = [](bool equal, const std::string& what) { CHECK_MESSAGE(equal, what); };

}  // namespace

TEST_CASE_TEMPLATE("device lists: those of the host, whatever the row's length and alignment", T, float, double,
                   ra::half, ra::bfloat16, std::int8_t, std::uint8_t)
{
    random_source random(801);
    for_each_emulated_device([&](auto device) {
        for (const std::size_t classes : {1UL, 2UL, 5UL, 31UL, 64UL, 67UL, 130UL, 1001UL})
            test_support::check_lists(device, backend_problem<T>(17, classes, true, random), check);
    });
}

TEST_CASE("device lists: errors are those of the host, at once or when they are read")
{
    random_source random(802);
    const emulated_device<8> device;
    backend_problem<float> problem(20, 7, false, random);
    const ra::device_truth truth(device, problem.truth());
    const ra::device_scores good(device, problem.view());
    problem.scores[13 * problem.stride + 4] = test_support::nan_score<float>();
    const ra::device_scores bad(device, problem.view());

    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank_with_lists(device, good.view(), truth.view(), 8)),
                "lists of 8 classes", "the number of classes, 7");
    CHECK_ERROR(std::out_of_range, static_cast<void>(ra::rank_with_lists(device, good.view(), truth.view(), 0)),
                "lists of 0 classes");
    ra::device_ranks_with_lists found(device);
    found.update(bad.view(), truth.view(), 3, {.first_image = 100});
    found.update(good.view(), truth.view(), 3, {.first_image = 120});
    CHECK_ERROR(std::domain_error, static_cast<void>(found.read()), "score of class 4 of image 113 is NaN");
    found.reset();
    found.update(good.view(), truth.view(), 3);
    CHECK(found.read().lists.size() == 60);
    CHECK(ra::device_ranks_with_lists(device).read().lists.empty());
}

TEST_CASE("device lists: updates neither wait nor, after the largest, allocate")
{
    random_source random(803);
    const emulated_device<32> device;
    const backend_problem<float> problem(30, 9, false, random);
    const ra::device_truth truth(device, problem.truth());
    const ra::device_scores scores(device, problem.view());
    const std::size_t waits = device.queue().waits;
    ra::device_ranks_with_lists found(device);
    found.update(scores.view(), truth.view(), 9);
    const std::size_t allocations = device.queue().allocations;
    for (const std::size_t depth : {5UL, 9UL, 1UL}) found.update(scores.view(), truth.view(), depth);
    found.update(scores.view().slice(3, 20), truth.slice(3, 20), 9);
    CHECK(device.queue().allocations == allocations);
    CHECK(device.queue().waits == waits);
    const auto expected = ra::rank_with_lists(ra::seq, problem.view().slice(3, 20), problem.truth().slice(3, 20), 9);
    const auto lists = found.read();
    CHECK(lists.ranks == expected.ranks);
    CHECK(lists.lists == expected.lists);
}
