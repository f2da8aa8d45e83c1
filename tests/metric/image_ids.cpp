// Image ids: an image that comes twice is refused, or skipped and counted.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/model_evaluation.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;
using ids = std::vector<std::uint64_t>;

namespace {

ids numbers(std::uint64_t first, std::size_t count)
{
    ids all(count);
    std::iota(all.begin(), all.end(), first);
    return all;
}

}  // namespace

TEST_CASE("image ids: a repeated one is refused and nothing is counted")
{
    test_support::random_source random(101);
    const small_problem p({.images = 6, .classes = 4}, random);
    ra::model_evaluation state;
    const ids twice_in_batch{1, 2, 3, 4, 2, 6};
    CHECK_ERROR(std::invalid_argument, state.update(ra::seq, p.view(), p.targets(), {.image_ids = twice_in_batch}),
                "image id 2 comes a second time");
    CHECK(state == ra::model_evaluation());
    const ids first = numbers(10, 6), overlapping = numbers(15, 6);
    state.update(ra::seq, p.view(), p.targets(), {.image_ids = first});
    const ra::model_evaluation before = state;
    CHECK_ERROR(std::invalid_argument, state.update(ra::seq, p.view(), p.targets(), {.image_ids = overlapping}),
                "image id 15");
    CHECK(state == before);
    CHECK(state.repeated_images() == 0);
}

TEST_CASE("image ids: a skipped image is counted as repeated and nowhere else")
{
    test_support::random_source random(102);
    const small_problem p({.images = 20, .classes = 4}, random);
    // Padded shards: images 0..11 and 8..19, with the first one twice in its own batch.
    ids first = numbers(0, 12), second = numbers(8, 12);
    ra::model_evaluation state, expected;
    state.update(ra::seq, p.view().slice(0, 12), p.targets().slice(0, 12), {.image_ids = first});
    state.update(ra::par.on(3).serial_below(0), p.view().slice(8, 12), p.targets().slice(8, 12),
                 {.image_ids = second, .repeated = ra::on_repeated::skip});
    CHECK(state.images() == 24);
    CHECK(state.repeated_images() == 4);
    const ids all = numbers(0, 20);
    expected.update(ra::seq, p.view(), p.targets(), {.image_ids = all});
    for (std::size_t k = 1; k <= 4; ++k) {
        CHECK(state.top_k(k) == expected.top_k(k));
        CHECK(state.real(k) == expected.real(k));
    }
    CHECK(state.preference() == expected.preference());
    CHECK(state.confusion().dense() == expected.confusion().dense());
    CHECK(state.missing_labels() == expected.missing_labels());
    CHECK(state.without_real_labels() == expected.without_real_labels());
    CHECK(state.ties() == expected.ties());

    ra::model_evaluation within;
    const ids same(20, 7);
    within.update(ra::seq, p.view(), p.targets(), {.image_ids = same, .repeated = ra::on_repeated::skip});
    CHECK(within.images() == 20);
    CHECK(within.repeated_images() == 19);
    CHECK(within.with_real_labels() + within.without_real_labels() == 1);
}

TEST_CASE("image ids: the merge of states with a common id is refused in both directions")
{
    test_support::random_source random(103);
    const small_problem p({.images = 6, .classes = 4}, random);
    const ids first = numbers(0, 6), apart = numbers(6, 6), common{100, 101, 3, 102, 103, 104};
    ra::model_evaluation a, b, c;
    a.update(ra::seq, p.view(), p.targets(), {.image_ids = first});
    b.update(ra::seq, p.view(), p.targets(), {.image_ids = apart});
    c.update(ra::seq, p.view(), p.targets(), {.image_ids = common});
    const ra::model_evaluation a_before = a, c_before = c;
    CHECK_ERROR(std::invalid_argument, a.merge(c), "both states have counted image id 3");
    CHECK_ERROR(std::invalid_argument, c.merge(a), "image id 3");
    CHECK(a == a_before);
    CHECK(c == c_before);
    a.merge(b);
    CHECK(a.images() == 12);
    CHECK_ERROR(std::invalid_argument, a.merge(b), "image id");
    CHECK_ERROR(std::invalid_argument, a.update(ra::seq, p.view(), p.targets(), {.image_ids = apart}), "image id 6");
}

TEST_CASE("image ids: as many as images, and always or never")
{
    test_support::random_source random(104);
    const small_problem p({.images = 6, .classes = 4}, random);
    const ids five = numbers(0, 5), six = numbers(0, 6), other = numbers(6, 6);
    ra::model_evaluation with, without;
    CHECK_ERROR(std::invalid_argument, with.update(ra::seq, p.view(), p.targets(), {.image_ids = five}), "5 image ids",
                "6 images");
    with.update(ra::seq, p.view(), p.targets(), {.image_ids = six});
    without.update(ra::seq, p.view(), p.targets());
    const ra::model_evaluation with_before = with, without_before = without;
    CHECK_ERROR(std::invalid_argument, with.update(ra::seq, p.view(), p.targets()), "with image ids",
                "without image ids");
    CHECK_ERROR(std::invalid_argument, without.update(ra::seq, p.view(), p.targets(), {.image_ids = other}),
                "with image ids", "without image ids");
    CHECK(with == with_before);
    CHECK(without == without_before);
    with.update(ra::seq, p.view().slice(0, 0), p.targets().slice(0, 0));
    CHECK(with == with_before);
}
