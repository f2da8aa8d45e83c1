// One thread ranks and counts a batch block by block: nothing shows where blocks begin.
#include "support/element_bits.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>

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
template <class Scores>
ra::evaluation<> in_small_batches(const Scores& scores, const ra::targets_view& targets)
{
    static_assert(images_of_block >= 100);
    ra::evaluator state(ra::seq, {.nan = ra::on_nan::exclude});
    std::size_t first = 0;
    do {
        const std::size_t count = std::min<std::size_t>(100, scores.images() - first);
        state.update(scores.slice(first, count), targets.slice(first, count));
        first += count;
    } while (first < scores.images());
    return state.result();
}

/// As one batch.
template <class Policy, class Scores>
ra::evaluation<> at_once(Policy policy, const Scores& scores, const ra::targets_view& targets)
{
    ra::evaluator state(policy, {.nan = ra::on_nan::exclude});
    state.update(scores, targets);
    return state.result();
}

}  // namespace

TEST_CASE("update: a batch of any number of blocks counts as its images one after the other")
{
    test_support::random_source random(97);
    for (const std::size_t images : {std::size_t{0}, std::size_t{1}, images_of_block - 1, images_of_block,
                                     images_of_block + 1, 2 * images_of_block, 2 * images_of_block + 63}) {
        CAPTURE(images);
        const small_problem p({.images = images, .classes = classes, .nan_rows = 5}, random);
        const ra::parallel_policy two_threads = ra::par.on(2).serial_below(0);
        const auto check = [&](const auto& scores) {
            const ra::evaluation<> expected = in_small_batches(scores, p.targets());
            CHECK(at_once(ra::seq, scores, p.targets()) == expected);
            CHECK(at_once(two_threads, scores, p.targets()) == expected);
            CHECK(expected.images() == images);
        };
        check(p.view());
        check(ra::logits(p.view()));

        const small_problem valid({.images = images, .classes = classes}, random);
        const std::vector<std::int16_t> lists = valid.lists(2);
        const ra::top_k_view<std::int16_t> predictions(lists, 2, classes);
        const ra::evaluation<> of_lists = at_once(ra::seq, predictions, valid.targets());
        CHECK(of_lists == at_once(two_threads, predictions, valid.targets()));
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
    ra::evaluator counter(ra::seq);
    counter.update(p.view(), p.targets(), {.image_ids = ids, .repeated = ra::on_repeated::skip});
    const ra::evaluation<> state = counter.result();
    const auto first_time = [&](std::size_t i) { return seen_before[i] == 0; };
    CHECK(state.repeated_images() == images - p.count(first_time));
    CHECK(state.top_k(1) == p.share([&](std::size_t i) { return first_time(i) && p.labelled(i); },
                                    [&](std::size_t i) { return p.right(i); }));
    CHECK(state.with_real_labels() == p.count([&](std::size_t i) { return first_time(i) && p.has_real_labels(i); }));
    std::uint64_t confused = 0;
    for (const std::uint64_t count : state.confusion().dense()) confused += count;
    CHECK(confused == state.top_k(1).total);
}

TEST_CASE("update: what is wrong with an image of the last block is said by its number, and nothing is counted")
{
    test_support::random_source random(99);
    const std::size_t images = images_of_block + 100, at = images_of_block + 10;
    const small_problem good({.images = images, .classes = classes}, random);
    const std::string at_number = std::to_string(images + at);

    small_problem bad = good;
    bad.scores[at * classes + 2] = test_support::nan_score<float>();
    small_problem bad_label = good;
    bad_label.original[at] = static_cast<ra::class_index>(classes);
    // First the labels, then the lowest image, as `rank` does.
    small_problem bad_everywhere = bad_label;
    bad_everywhere.scores[2 * classes] = bad_everywhere.scores[1 * classes] = test_support::nan_score<float>();
    for_each_policy([&](auto policy) {
        ra::evaluator state(policy);
        state.update(good.view(), good.targets());
        const ra::evaluation<> before = state.result();
        CHECK_ERROR(std::domain_error, state.update(bad.view(), bad.targets()),
                    "the score of class 2 of image " + at_number +
                        " is NaN; on_nan::exclude leaves such images out and counts them");
        CHECK_ERROR(std::domain_error, state.update(bad.view(), bad.targets(), {.first_image = 7}),
                    "class 2 of image " + std::to_string(7 + at) + " is NaN");
        CHECK_ERROR(std::out_of_range, state.update(bad_label.view(), bad_label.targets()),
                    "label 4 of image " + at_number + " is outside [0, 4)");
        CHECK_ERROR(std::out_of_range, state.update(bad_everywhere.view(), bad_everywhere.targets()),
                    "label 4 of image " + at_number + " is outside [0, 4)");
        CHECK_ERROR(std::domain_error, state.update(bad_everywhere.view(), good.targets()),
                    "class 0 of image " + std::to_string(images + 1) + " is NaN");
        CHECK(state.result() == before);
    });

    // A score that is not a probability.
    small_problem shares = good;
    for (float& score : shares.scores) score /= static_cast<float>(2 * classes);
    shares.scores[at * classes + 3] = 1.5F;
    shares.scores[(at + 1) * classes + 1] = test_support::nan_score<float>();
    ra::evaluator of_shares(ra::seq);
    CHECK_ERROR(std::domain_error, of_shares.update(ra::probabilities(shares.view()), shares.targets()),
                "the score of class 3 of image " + std::to_string(at) +
                    " is outside [0, 1] (value 1.5); use logits(...) if these are logits, or normalise::yes if they "
                    "are weights");
    CHECK(of_shares.result() == ra::evaluation<>());

    ra::evaluator of_lists(ra::seq);
    std::vector<std::int16_t> lists = good.lists(2);
    lists[at * 2 + 1] = 9;
    CHECK_ERROR(std::out_of_range, of_lists.update(ra::top_k_view<std::int16_t>(lists, 2, classes), good.targets()),
                "prediction 9 of image " + std::to_string(at) + " is outside [0, 4)");
    CHECK(of_lists.result() == ra::evaluation<>());
}
