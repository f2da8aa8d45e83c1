// One thread ranks and counts a batch block by block: nothing shows where blocks begin.
#include "support/element_bits.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/model_evaluation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::detail::images_of_block;
using test_support::for_each_policy;
using test_support::small_problem;

namespace {

constexpr std::size_t classes = 4;

/// The batch's images, each ranked and counted in a batch of 100 at most, which is never more than one block.
ra::model_evaluation in_small_batches(const small_problem& p)
{
    static_assert(images_of_block >= 100);
    ra::model_evaluation state({.nan = ra::on_nan::exclude});
    std::size_t first = 0;
    do {
        const std::size_t count = std::min<std::size_t>(100, p.images() - first);
        state.update(ra::seq, p.view().slice(first, count), p.targets().slice(first, count));
        first += count;
    } while (first < p.images());
    return state;
}

}  // namespace

TEST_CASE("update: a batch of any number of blocks counts as its images one after the other")
{
    test_support::random_source random(97);
    for (const std::size_t images : {std::size_t{0}, std::size_t{1}, images_of_block - 1, images_of_block,
                                     images_of_block + 1, 2 * images_of_block, 2 * images_of_block + 63}) {
        CAPTURE(images);
        const small_problem p({.images = images, .classes = classes, .nan_rows = 5}, random);
        const ra::model_evaluation expected = in_small_batches(p);
        ra::model_evaluation one({.nan = ra::on_nan::exclude}), two = one;
        one.update(ra::seq, p.view(), p.targets());
        two.update(ra::par.on(2).serial_below(0), p.view(), p.targets());
        CHECK(one == expected);
        CHECK(two == expected);
        CHECK(one.images() == images);

        const small_problem valid({.images = images, .classes = classes}, random);
        const std::vector<std::int16_t> lists = valid.lists(2);
        const ra::predictions_view<std::int16_t> predictions(lists, 2);
        ra::model_evaluation of_lists({.classes = classes}), of_lists_by_two({.classes = classes});
        of_lists.update(ra::seq, predictions, valid.targets());
        of_lists_by_two.update(ra::par.on(2).serial_below(0), predictions, valid.targets());
        CHECK(of_lists == of_lists_by_two);
        CHECK(of_lists.top_k(2) == valid.top_k(2));
        CHECK(of_lists.real_kth(2) == valid.kth(2, 1));
    }
}

TEST_CASE("update: an image that comes again in another block is skipped")
{
    test_support::random_source random(98);
    const std::size_t images = 2 * images_of_block + 10;
    const small_problem p({.images = images, .classes = classes}, random);
    std::vector<std::uint64_t> ids(images);
    std::iota(ids.begin(), ids.end(), 0U);
    for (std::size_t image = images_of_block + 3; image < images; image += 7) ids[image] = image - images_of_block;
    std::vector<std::uint8_t> seen_before(images);
    for (std::size_t image = 0; image < images; ++image) seen_before[image] = ids[image] != image;
    ra::model_evaluation state;
    state.update(ra::seq, p.view(), p.targets(), {.image_ids = ids, .repeated = ra::on_repeated::skip});
    const auto first_time = [&](std::size_t i) { return seen_before[i] == 0; };
    CHECK(state.repeated_images() == images - p.count(first_time));
    CHECK(state.top_k(1) == p.share([&](std::size_t i) { return first_time(i) && p.labelled(i); },
                                    [&](std::size_t i) { return p.right(i); }));
    CHECK(state.with_real_labels() == p.count([&](std::size_t i) { return first_time(i) && p.judged(i); }));
    std::uint64_t confused = 0;
    for (const std::uint64_t count : state.confusion().dense()) confused += count;
    CHECK(confused == state.top_k(1).total);
}

TEST_CASE("update: what is wrong with an image of the last block is said by its number, and nothing is counted")
{
    test_support::random_source random(99);
    const std::size_t images = images_of_block + 100, at = images_of_block + 10;
    const small_problem good({.images = images, .classes = classes}, random);
    ra::model_evaluation state({.classes = classes});
    state.update(ra::seq, good.view(), good.targets());
    const ra::model_evaluation before = state;

    small_problem bad = good;
    bad.scores[at * classes + 2] = test_support::nan_score<float>();
    CHECK_ERROR(std::domain_error, state.update(ra::seq, bad.view(), bad.targets()),
                "class 2 of image " + std::to_string(images + at) + " is NaN");
    CHECK_ERROR(std::domain_error, state.update(ra::seq, bad.view(), bad.targets(), {.first_image = 7}),
                "class 2 of image " + std::to_string(7 + at) + " is NaN");
    bad = good;
    bad.original[at] = static_cast<ra::class_index>(classes);
    CHECK_ERROR(std::out_of_range, state.update(ra::seq, bad.view(), bad.targets()),
                "label 4 of image " + std::to_string(images + at) + " ");
    CHECK(state == before);
    // As `rank` does, on every policy: first the labels, then the lowest image.
    bad.scores[2 * classes] = bad.scores[1 * classes] = test_support::nan_score<float>();
    for_each_policy([&](auto policy) {
        CHECK_ERROR(std::out_of_range, state.update(policy, bad.view(), bad.targets()),
                    "label 4 of image " + std::to_string(images + at) + " ");
        CHECK_ERROR(std::domain_error, state.update(policy, bad.view(), good.targets()),
                    "class 0 of image " + std::to_string(images + 1) + " is NaN");
    });
    CHECK(state == before);

    ra::model_evaluation of_lists({.classes = classes});
    std::vector<std::int16_t> lists = good.lists(2);
    lists[at * 2 + 1] = 9;
    CHECK_ERROR(std::out_of_range,
                of_lists.update(ra::seq, ra::predictions_view<std::int16_t>(lists, 2), good.targets()),
                "prediction 9 of image " + std::to_string(at) + " ");
    CHECK(of_lists == ra::model_evaluation({.classes = classes}));
}
