// Image ids: an image that comes twice is refused, or skipped and counted.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/metric/balanced_accuracy.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>

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
    ra::evaluator state(ra::seq);
    const ids twice_in_batch{1, 2, 3, 4, 2, 6};
    CHECK_ERROR(std::invalid_argument, state.update(p.view(), p.targets(), {.image_ids = twice_in_batch}),
                "image id 2 was counted before; on_repeated::skip skips such images");
    CHECK(state.result() == ra::evaluation<>());
    const ids first = numbers(10, 6), overlapping = numbers(15, 6);
    state.update(p.view(), p.targets(), {.image_ids = first});
    const ra::evaluation<> before = state.result();
    CHECK_ERROR(std::invalid_argument, state.update(p.view(), p.targets(), {.image_ids = overlapping}),
                "image id 15 was counted before");
    CHECK(state.result() == before);
    CHECK(before.repeated_images() == 0);
}

TEST_CASE("image ids: a skipped image is counted as repeated and nowhere else")
{
    test_support::random_source random(102);
    const small_problem p({.images = 20, .classes = 4}, random);
    // Padded shards: images 0..11 and 8..19, with the first one twice in its own batch.
    const ids first = numbers(0, 12), second = numbers(8, 12), all = numbers(0, 20);
    ra::evaluator padded(ra::par.on(3).serial_below(0));
    ra::evaluator plain(ra::seq);
    padded.update(ra::logits(p.view()).slice(0, 12), p.targets().slice(0, 12), {.image_ids = first});
    padded.update(ra::logits(p.view()).slice(8, 12), p.targets().slice(8, 12),
                  {.image_ids = second, .repeated = ra::on_repeated::skip});
    plain.update(ra::logits(p.view()), p.targets(), {.image_ids = all});
    const ra::evaluation<> state = padded.result(), expected = plain.result();
    CHECK(state.images() == 24);
    CHECK(state.repeated_images() == 4);
    for (std::size_t k = 1; k <= 4; ++k) {
        CHECK(state.top_k(k) == expected.top_k(k));
        CHECK(state.real(k) == expected.real(k));
    }
    CHECK(state.preference() == expected.preference());
    CHECK(state.confusion().dense() == expected.confusion().dense());
    CHECK(state.missing_labels() == expected.missing_labels());
    CHECK(state.without_real_labels() == expected.without_real_labels());
    CHECK(state.ties() == expected.ties());
    CHECK(state.log_loss() == expected.log_loss());
    CHECK(state.real_log_loss() == expected.real_log_loss());
    CHECK(state.brier_score() == expected.brier_score());
    CHECK(state.calibration() == expected.calibration());
    CHECK(state.real_calibration() == expected.real_calibration());
    const ra::class_accuracies classes = state.get<ra::balanced_accuracy>();
    CHECK(classes.original == expected.get<ra::balanced_accuracy>().original);
    CHECK(classes.real == expected.get<ra::balanced_accuracy>().real);

    ra::evaluator same_id(ra::seq);
    const ids same(20, 7);
    same_id.update(p.view(), p.targets(), {.image_ids = same, .repeated = ra::on_repeated::skip});
    const ra::evaluation<> within = same_id.result();
    CHECK(within.images() == 20);
    CHECK(within.repeated_images() == 19);
    CHECK(within.with_real_labels() + within.without_real_labels() == 1);
}

TEST_CASE("image ids: the merge of evaluations with a common id is refused in both directions")
{
    test_support::random_source random(103);
    const small_problem p({.images = 6, .classes = 4}, random);
    const ids apart = numbers(6, 6);
    const auto counted = [&](const ids& of_images) {
        ra::evaluator e(ra::seq);
        e.update(p.view(), p.targets(), {.image_ids = of_images});
        return e;
    };
    ra::evaluator first = counted(numbers(0, 6));
    ra::evaluation<> a = first.result(), b = counted(apart).result(),
                     c = counted({100, 101, 3, 102, 103, 104}).result();
    const ra::evaluation<> a_before = a, c_before = c;
    CHECK_ERROR(std::invalid_argument, a.merge(c), "both evaluations have counted image id 3");
    CHECK_ERROR(std::invalid_argument, c.merge(a), "both evaluations have counted image id 3");
    CHECK(a == a_before);
    CHECK(c == c_before);
    a.merge(b);
    CHECK(a.images() == 12);
    CHECK_ERROR(std::invalid_argument, a.merge(b), "both evaluations have counted image id");
    CHECK(a.images() == 12);
    first.update(p.view(), p.targets(), {.image_ids = apart});
    CHECK(first.result() == a);
    CHECK_ERROR(std::invalid_argument, first.update(p.view(), p.targets(), {.image_ids = apart}),
                "image id 6 was counted before");
    first.reset();
    first.update(p.view(), p.targets(), {.image_ids = apart});
    CHECK(first.result() == b);
}

TEST_CASE("image ids: as many as images, and always or never")
{
    test_support::random_source random(104);
    const small_problem p({.images = 6, .classes = 4}, random);
    const ids five = numbers(0, 5), six = numbers(0, 6), other = numbers(6, 6);
    ra::evaluator with(ra::seq), without(ra::seq);
    CHECK_ERROR(std::invalid_argument, with.update(p.view(), p.targets(), {.image_ids = five}),
                "5 image ids for 6 images");
    with.update(p.view(), p.targets(), {.image_ids = six});
    without.update(p.view(), p.targets());
    const ra::evaluation<> with_before = with.result(), without_before = without.result();
    CHECK_ERROR(std::invalid_argument, with.update(p.view(), p.targets()),
                "this evaluation is with image ids, the batch is without");
    CHECK_ERROR(std::invalid_argument, without.update(p.view(), p.targets(), {.image_ids = other}),
                "this evaluation is without image ids, the batch is with");
    CHECK(with.result() == with_before);
    CHECK(without.result() == without_before);
    with.update(p.view().slice(0, 0), p.targets().slice(0, 0));
    CHECK(with.result() == with_before);
}
