// weighted_accuracy: against plain sums, for weights of 1, and as repeated images; on a device; errors.
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/ragged_sets.hpp"
#include "support/relative_error.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/weighted_accuracy.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::ragged_sets;
using test_support::random_source;
using test_support::relative_error;

namespace {

using weighted = ra::evaluation<ra::weighted_accuracy>;

constexpr ra::weighted_accuracy at_1_2_4{.ks = {2, 1, 4}};
constexpr ra::evaluation_options without_nan{.nan = ra::on_nan::exclude};

ra::targets_view with_weights(const ragged_sets& p, std::span<const double> weights)
{
    return {.original = p.original, .real = p.real.view(), .weights = weights};
}

weighted evaluated(const ragged_sets& p, std::span<const double> weights)
{
    return ra::evaluate(ra::seq, p.view(), with_weights(p, weights), without_nan, at_1_2_4);
}

const ra::weighted_proportion& at(const ra::weighted_accuracies& found, bool of_original, std::size_t k)
{
    return (of_original ? found.original : found.real).at(k);
}

/// The same by plain sums.
ra::weighted_proportion plain(const ragged_sets& p, const std::vector<double>& weights, bool of_original, std::size_t k)
{
    ra::weighted_proportion sum;
    for (const auto& [image, labels] : p.labelled(of_original)) {
        const auto order = p.order(image);
        bool hit = false;
        for (std::size_t rank = 0; rank < k; ++rank) hit |= labels.contains(order[rank]);
        const double w = weights[image];
        sum.total += w;
        sum.squares += w * w;
        sum.hits += hit ? w : 0.0;
        sum.hit_squares += hit ? w * w : 0.0;
        sum.images += w > 0.0;
    }
    return sum;
}

}  // namespace

TEST_CASE("weighted accuracy: sums of weights are those of plain loops, on random ragged sets")
{
    random_source random(2301);
    for (int repetition = 0; repetition < 30; ++repetition) {
        const ragged_sets p(random.below(60), 4 + random.below(4), 5, random);
        std::vector<double> weights(p.images());
        // Multiples of 1/64, so that the plain sums are exact; some are 0.
        for (double& w : weights) w = static_cast<double>(random.below(200)) / 64.0;
        const ra::weighted_accuracies found = evaluated(p, weights).get<ra::weighted_accuracy>();
        for (const std::size_t k : {1UL, 2UL, 4UL}) {
            for (const bool of_original : {false, true})
                REQUIRE(at(found, of_original, k) == plain(p, weights, of_original, k));
        }
    }
}

TEST_CASE("weighted accuracy: with weights of 1 it is accuracy, and the counts without weights do not change")
{
    random_source random(2302);
    const ragged_sets p(300, 7, 5, random);
    const std::vector<double> ones(p.images(), 1.0), others(p.images(), 1e100);
    const weighted e = evaluated(p, ones);
    const ra::weighted_accuracies found = e.get<ra::weighted_accuracy>();
    for (const std::size_t k : {1UL, 2UL, 4UL}) {
        CHECK(found.original.at(k).value() == e.top_k(k).value());
        CHECK(found.real.at(k).value() == e.real(k).value());
        CHECK(found.real.at(k).images == e.real(k).total);
        CHECK(found.real.at(k).effective_sample_size() == static_cast<double>(e.real(k).total));
        CHECK(evaluated(p, others).top_k(k) == e.top_k(k));
        CHECK(relative_error(evaluated(p, others).get<ra::weighted_accuracy>().real.at(k).value(), e.real(k).value()) <
              1e-15);
    }
}

TEST_CASE("weighted accuracy: parts merge to the whole, and a device counts the same, for weights of any size")
{
    random_source random(2303);
    const ragged_sets p(200, 5, 4, random);
    std::vector<double> weights(p.images());
    for (double& w : weights)
        w = std::ldexp(1.0 + static_cast<double>(random.below(1000)) / 999.0,
                       static_cast<int>(random.below(600)) - 300);
    const weighted whole = evaluated(p, weights);
    weighted merged;
    for (const std::size_t first : {150UL, 0UL, 60UL}) {
        const std::size_t count = first == 0 ? 60 : first == 60 ? 90 : 50;
        merged.merge(ra::evaluate(ra::seq, p.view().slice(first, count), with_weights(p, weights).slice(first, count),
                                  without_nan, at_1_2_4));
    }
    CHECK(merged == whole);
    CHECK(weighted::from_bytes(whole.to_bytes(), at_1_2_4) == whole);

    const test_support::emulated_device<4> device;
    using policy = test_support::emulated_device<4>;
    policy::buffer<float> scores(device);
    policy::buffer<ra::class_index> original(device), classes(device);
    policy::buffer<std::uint64_t> offsets(device);
    policy::buffer<double> there(device);
    scores.copy_from(p.scores.data(), p.scores.size());
    original.copy_from(p.original.data(), p.original.size());
    classes.copy_from(p.real.classes().data(), p.real.classes().size());
    offsets.copy_from(p.real.offsets().data(), p.real.offsets().size());
    const auto on_device = [&](const std::vector<double>& copied, bool given) {
        there.copy_from(copied.data(), copied.size());
        ra::evaluator counts(device, without_nan, at_1_2_4);
        counts.update(ra::scores_view<float, ra::device_space>(scores.data(), p.images(), p.classes),
                      {.images = p.images(),
                       .original = original.data(),
                       .offsets = offsets.data(),
                       .classes = classes.data(),
                       .labels = p.real.labels(),
                       .weights = given ? there.data() : nullptr});
        return counts.result();
    };
    CHECK(on_device(weights, true) == whole);
    // A device finds an invalid weight when the result is read.
    CHECK_ERROR(std::invalid_argument, on_device(weights, false), "requests weights");
    weights[0] = -1.0;
    CHECK_ERROR(std::out_of_range, on_device(weights, true).get<ra::weighted_accuracy>().real.at(1),
                "weighted accuracy: 1 images have a weight that is neither 0 nor in [1e-100, 1e100]");
}

TEST_CASE("weighted accuracy: invalid weights, absent weights and other k are errors")
{
    const std::vector<float> scores{1, 0, 0, 1};
    const std::vector<ra::class_index> original{0, 0};
    const auto evaluate = [&](const std::vector<double>& weights) {
        return ra::evaluate(ra::seq, ra::scores_view<float>(scores, 2), {.original = original, .weights = weights},
                            without_nan, ra::weighted_accuracy{});
    };
    const ra::weighted_accuracies found = evaluate({3.0, 1.0}).get<ra::weighted_accuracy>();
    CHECK(found.original.at(1).value() == 0.75);
    CHECK(found.original.at(1).effective_sample_size() == 1.6);
    CHECK(found.original.at(1).variance() == (0.25 * 0.25 * 9.0 + 0.75 * 0.75 * 1.0) / 16.0);
    CHECK(found.real.at(1) == ra::weighted_proportion{});
    CHECK(!found.real.at(1).try_value());
    CHECK_THROWS_AS((void)found.real.at(1).value(), std::domain_error);
    // k = 5 was requested, but there are two classes; k = 2 was not requested.
    CHECK_ERROR(std::out_of_range, found.original.at(5), "weighted accuracy was not counted for k = 5");
    CHECK_ERROR(std::out_of_range, found.original.at(2), "weighted accuracy was not counted for k = 2");
    CHECK_ERROR(std::out_of_range, found.original.at(0), "k = 0");
    // Weights of 0 do not count.
    const ra::weighted_proportion one = evaluate({0.0, 2.0}).get<ra::weighted_accuracy>().original.at(1);
    CHECK(one == ra::weighted_proportion{0.0, 2.0, 0.0, 4.0, 1});
    CHECK(evaluate({0.0, -0.0}).get<ra::weighted_accuracy>().original.at(1).effective_sample_size() == 0.0);

    CHECK_ERROR(std::out_of_range, evaluate({1.0, -2.5}), "the weight of image 1 is -2.5, expected 0 or a number in");
    CHECK_ERROR(std::out_of_range, evaluate({std::nan(""), 1.0}), "the weight of image 0 is nan");
    CHECK_ERROR(std::out_of_range, evaluate({1e101, 1.0}), "the weight of image 0 is 1e+101");
    CHECK_ERROR(std::out_of_range, evaluate({1.0, 1e-101}), "the weight of image 1 is 1e-101");
    CHECK_ERROR(std::invalid_argument, evaluate({1.0}), "have 2 images, but there are 1 weights");
    CHECK_ERROR(std::invalid_argument,
                ra::evaluate(ra::seq, ra::scores_view<float>(scores, 2), {.original = original}, without_nan,
                             ra::weighted_accuracy{}),
                "metric reassess.weighted_accuracy requests weights: give a weight per image in targets.weights");
    const std::vector<double> two{1.0, 1.0};
    CHECK_ERROR(std::out_of_range, (ra::targets_view{.weights = two}.slice(1, 2)), "weights: images [1, 1 + 2)");
}
