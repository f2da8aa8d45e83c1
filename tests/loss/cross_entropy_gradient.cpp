// Tests of cross-entropy gradients: finite differences of a reference loss, torch values, extreme scores, errors.
#include <reassess/data/label_sets.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/loss/cross_entropy_gradient.hpp>

#include "support/policies.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using sets = std::vector<std::vector<ra::class_index>>;

constexpr std::size_t classes = 7;

/// The losses by definition, in long double: the sum over images and classes, not divided.
long double reference_loss(ra::cross_entropy loss, const std::vector<long double>& scores, const sets& labels)
{
    long double sum = 0;
    for (std::size_t image = 0; image < labels.size(); ++image) {
        if (labels[image].empty()) continue;
        const long double* const row = scores.data() + image * classes;
        long double exponentials = 0;
        for (std::size_t c = 0; c < classes; ++c) exponentials += std::exp(row[c]);
        for (std::size_t c = 0; c < classes; ++c) {
            const bool is_label = std::count(labels[image].begin(), labels[image].end(), c) > 0;
            if (loss == ra::cross_entropy::sigmoid) {
                sum += std::log1p(std::exp(is_label ? -row[c] : row[c]));
            } else if (is_label) {
                sum -= (row[c] - std::log(exponentials)) / static_cast<long double>(labels[image].size());
            }
        }
    }
    return sum;
}

/// Derivative of the mean loss with respect to one score, by central differences.
long double reference_derivative(ra::cross_entropy loss, std::vector<long double> scores, const sets& labels,
                                 std::size_t at, long double images)
{
    constexpr long double step = 1e-5L;
    scores[at] += step;
    const long double above = reference_loss(loss, scores, labels);
    scores[at] -= 2 * step;
    const long double below = reference_loss(loss, scores, labels);
    return (above - below) / (2 * step) / images;
}

template <class T>
std::vector<T> random_logits(std::size_t size, std::uint64_t seed)
{
    std::mt19937_64 engine(seed);
    std::vector<T> logits(size);
    for (T& x : logits) x = static_cast<T>(static_cast<double>(engine() % 16001) / 1000 - 8);
    return logits;
}

template <class T>
void check_against_differences(ra::cross_entropy loss, double tolerance)
{
    const sets labels{{0}, {1, 6}, {}, {0, 1, 2, 3, 4, 5, 6}, {3}};
    const auto scores = random_logits<T>(labels.size() * classes, 17);
    const std::vector<long double> exact(scores.begin(), scores.end());
    ra::cross_entropy_gradient<T> gradient(loss);
    const auto result = gradient(ra::seq, ra::scores_view<T>(scores, classes), ra::label_sets(labels));
    REQUIRE(result.size() == scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
        CAPTURE(i);
        const long double expected = reference_derivative(loss, exact, labels, i, 4);
        CHECK(std::abs(static_cast<long double>(result[i]) - expected) <= tolerance);
        if (labels[i / classes].empty()) CHECK(result[i] == 0);
    }

    // Original labels are sets of size one, or empty if missing.
    const std::vector<ra::class_index> original{2, ra::missing_label, 0, 6, 5};
    const sets as_sets{{2}, {}, {0}, {6}, {5}};
    ra::cross_entropy_gradient<T> by_sets(loss);
    const auto from_original = gradient(ra::seq, ra::scores_view<T>(scores, classes), original);
    const auto from_sets = by_sets(ra::seq, ra::scores_view<T>(scores, classes), ra::label_sets(as_sets));
    CHECK(std::equal(from_original.begin(), from_original.end(), from_sets.begin(), from_sets.end()));
    CHECK(std::abs(static_cast<long double>(from_original[0]) - reference_derivative(loss, exact, as_sets, 0, 4)) <=
          tolerance);
}

}  // namespace

TEST_CASE("gradients equal finite differences of the losses, in float and double")
{
    for (const auto loss : {ra::cross_entropy::sigmoid, ra::cross_entropy::softmax}) {
        check_against_differences<double>(loss, 1e-10);
        check_against_differences<float>(loss, 3e-8);
    }
}

TEST_CASE("gradients equal those computed by torch")
{
    // torch 2.15, float64: binary_cross_entropy_with_logits(scores, sets, reduction="sum") / 3;
    // cross_entropy(scores, sets / sizes); and cross_entropy(scores, [3, -100, 1]), where -100 is a missing label.
    const std::vector<double> scores{2, -1, 0.5, 3.25, -0.75, 0, 30, 1.5, 4, 4, -2.5, -6};
    const std::vector<double> of_sigmoid{
        -0.039734307340705891,  0.089647140456665025,   0.20748644373395153,  -0.012442295781376456,  //
        0.10694043360820234,    -0.16666666666666666,   0.33333333333330217,  0.2725248253978812,     //
        -0.0059954033206971822, -0.0059954033206971822, -0.30804727332625215, 0.00082420771887825811};
    const std::vector<double> of_softmax{
        -0.096686585730801661,  0.0034841030739425644, 0.015614666666419637, 0.077587815990439429,   //
        1.4734093678795692e-14, -0.33333333333330212,  0.33333333333314763,  1.397931886125735e-13,  //
        0.055426585505590091,   0.055426585505590091,  -0.11086073181090934, 7.5607997292042424e-06};
    const std::vector<double> of_labels{
        0.1049701214037975, 0.0052261546109138466, 0.023421999999629458,   -0.13361827601434084,  0, 0, 0, 0,
        0.2498065449250518, -0.25019345507494817,  0.00037556895030263542, 1.1341199593806364e-05};
    const ra::scores_view<double> view(scores, 4);
    const ra::label_sets labels(sets{{0, 3}, {1}, {0, 1, 2}});
    const auto check = [](std::span<const double> found, const std::vector<double>& wanted) {
        REQUIRE(found.size() == wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CAPTURE(i);
            CHECK(std::abs(found[i] - wanted[i]) <= 1e-13 * std::abs(wanted[i]) + 1e-17);
        }
    };
    ra::cross_entropy_gradient<double> sigmoid(ra::cross_entropy::sigmoid), softmax(ra::cross_entropy::softmax);
    check(sigmoid(ra::seq, view, labels), of_sigmoid);
    check(softmax(ra::seq, view, labels), of_softmax);
    check(softmax(ra::seq, view, std::vector<ra::class_index>{3, ra::missing_label, 1}), of_labels);
}

TEST_CASE("gradients at extreme scores are finite, and softmax gradients sum to zero")
{
    const std::vector<float> extreme{3.4e38F,  -3.4e38F, 0,        88.8F,    -88.8F,   1e-45F,   1,         //
                                     -3.4e38F, -3.4e38F, -3.4e38F, -3.4e38F, -3.4e38F, -3.4e38F, -3.4e38F,  //
                                     1000,     999,      -1000,    0,        104,      -104,     1000};
    const sets labels{{1, 3}, {2}, {0, 2, 6}};
    const ra::scores_view<float> view(extreme, classes);
    ra::cross_entropy_gradient<float> softmax(ra::cross_entropy::softmax), sigmoid(ra::cross_entropy::sigmoid);
    const auto by_softmax = softmax(ra::seq, view, ra::label_sets(labels));
    for (std::size_t image = 0; image < labels.size(); ++image) {
        double sum = 0, sum_of_sizes = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            const double g = static_cast<double>(by_softmax[image * classes + c]);
            CHECK(std::isfinite(g));
            sum += g;
            sum_of_sizes += std::abs(g);
        }
        CHECK(sum_of_sizes > 0.1);
        CHECK(std::abs(sum) < 1e-7);
    }
    CHECK(by_softmax[0] == 1.0F / 3);
    CHECK(by_softmax[1] == -0.5F / 3);
    CHECK(by_softmax[2] == 0);
    // Equal scores: 1/7 each, however small the scores are.
    CHECK(by_softmax[classes] == static_cast<float>(1.0 / 7 / 3));

    const auto by_sigmoid = sigmoid(ra::seq, view, ra::label_sets(labels));
    CHECK(by_sigmoid[0] == 1.0F / 3);
    CHECK(by_sigmoid[1] == -1.0F / 3);
    CHECK(by_sigmoid[2] == 0.5F / 3);
    // A label with a high score: -sigmoid(-88.8), which sigmoid(88.8) - 1 would round to 0.
    CHECK(by_sigmoid[3] == static_cast<float>(-std::exp(-88.8F) / 3.0));
    CHECK(by_sigmoid[3] < 0);
    CHECK(by_sigmoid[4] > 0);
    CHECK(by_sigmoid[classes] == 0);
    CHECK(by_sigmoid[classes + 2] == -1.0F / 3);
}

TEST_CASE("gradients at infinite scores are the limits of finite ones")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::vector<double> scores{infinity, 0, infinity, -infinity, 1, 2, 3};
    const ra::label_sets labels(sets{{0, 3}});
    ra::cross_entropy_gradient<double> softmax(ra::cross_entropy::softmax), sigmoid(ra::cross_entropy::sigmoid);
    const auto by_softmax = softmax(ra::seq, ra::scores_view<double>(scores, classes), labels);
    CHECK(std::vector<double>(by_softmax.begin(), by_softmax.end()) == std::vector<double>{0, 0, 0.5, -0.5, 0, 0, 0});
    const auto by_sigmoid = sigmoid(ra::seq, ra::scores_view<double>(scores, classes), labels);
    CHECK(by_sigmoid[0] == 0);
    CHECK(by_sigmoid[1] == 0.5);
    CHECK(by_sigmoid[2] == 1);
    CHECK(by_sigmoid[3] == -1);
}

TEST_CASE("gradients of images without labels are zero, and partial batches add up to the whole")
{
    const auto scores = random_logits<double>(4 * classes, 3);
    const ra::scores_view<double> view(scores, classes);
    std::vector<double> memory(4 * classes, 99);
    ra::cross_entropy_gradient<double> into_memory(ra::cross_entropy::softmax, memory);
    const auto none = into_memory(ra::seq, view, ra::label_sets(sets{{}, {}, {}, {}}));
    CHECK(none.data() == memory.data());
    CHECK(memory == std::vector<double>(4 * classes, 0));

    const ra::label_sets labels(sets{{1}, {}, {2, 3}, {4}});
    ra::cross_entropy_gradient<double> whole(ra::cross_entropy::softmax), part(ra::cross_entropy::softmax);
    const auto all = whole(ra::seq, view, labels);
    const auto rest = part(ra::seq, view.slice(2, 2), labels.view().slice(2, 2), {.images = 3});
    CHECK(std::equal(rest.begin(), rest.end(), all.begin() + 2 * classes));
}

TEST_CASE("gradients are the same under every policy")
{
    const auto scores = random_logits<float>(1000 * classes, 5);
    std::vector<ra::class_index> original;
    for (int i = 0; i < 1000; ++i) original.push_back(i % 8 - 1);
    for (const auto loss : {ra::cross_entropy::sigmoid, ra::cross_entropy::softmax}) {
        ra::cross_entropy_gradient<float> serial(loss), other(loss);
        const auto one = serial(ra::seq, ra::scores_view<float>(scores, classes), original);
        test_support::for_each_policy([&](auto policy) {
            const auto found = other(policy, ra::scores_view<float>(scores, classes), original);
            CHECK(std::equal(one.begin(), one.end(), found.begin(), found.end()));
        });
    }
}

TEST_CASE("gradients: invalid arguments throw errors with their positions")
{
    std::vector<double> scores(2 * classes, 1), memory(2 * classes - 1);
    ra::cross_entropy_gradient<double> gradient(ra::cross_entropy::softmax);
    ra::cross_entropy_gradient<double> small(ra::cross_entropy::softmax, memory);
    const auto view = [&] { return ra::scores_view<double>(scores, classes); };
    using labels = std::vector<ra::class_index>;
    CHECK_THROWS_WITH_AS(gradient(ra::seq, view(), labels{1}), "scores have 2 images, the original labels have 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(gradient(ra::seq, view(), labels{1, 7}, {.first_image = 10}),
                         "original label 7 of image 11 is outside [0, 7)", std::out_of_range);
    CHECK_THROWS_WITH_AS(gradient(ra::seq, view(), ra::label_sets(sets{{0}, {9}})),
                         "ReaL label 9 of image 1 is outside [0, 7)", std::out_of_range);
    CHECK_THROWS_WITH_AS(small(ra::seq, view(), labels{1, 1}), "gradient: memory for 13 elements; the minimum is 14",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(gradient(ra::seq, view(), labels{1, 1}, {.images = 0}),
                         "gradient: options.images is 0; the mean needs at least 1 image", std::invalid_argument);
    scores[classes + 2] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(gradient(ra::seq, view(), labels{1, -1}, {.first_image = 10}),
                         "gradient: the score of class 2 of image 11 is NaN", std::domain_error);
}
