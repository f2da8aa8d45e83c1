// Gradients of cross-entropy on a device: those of `seq`, within the promised error, and its messages. Included by the
// tests of emulated devices and, for CUDA, by tests/cuda.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/random_source.hpp"
#include "results_per_image.hpp"

#include <reassess/data/scores.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/loss/cross_entropy_gradient.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace test_support {

/// Memory of a device, filled with a number that no gradient is.
template <class T, class Policy>
struct device_tensor {
    typename Policy::template buffer<T> there;

    device_tensor(Policy policy, std::size_t size) : there(policy)
    {
        const std::vector<T> filled(size, T{7});
        there.copy_from(filled.data(), size);
    }
    [[nodiscard]] std::span<T> memory() const { return {there.data(), there.size()}; }
    [[nodiscard]] std::vector<T> read() const
    {
        std::vector<T> copy(there.size());
        there.copy_to(copy.data(), copy.size());
        return copy;
    }
};

/// Whether every element is the host's, within 1e-13 of the larger of its magnitude and `of_image`, and rounding to T.
template <class T>
bool are_gradients(std::span<const T> found, std::span<const T> expected, double of_image)
{
    const double rounding = sizeof(T) == 8 ? 0.0 : 0x1p-23;
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end(), [&](T x, T wanted) {
        const double size = std::abs(static_cast<double>(wanted));
        return std::abs(static_cast<double>(x) - static_cast<double>(wanted)) <=
               1e-13 * std::max(size, of_image) + rounding * size + (sizeof(T) == 8 ? 0.0 : 1e-45);
    });
}

template <class T, class Policy, class Check>
void check_gradients_of(Policy policy, std::initializer_list<std::size_t> numbers_of_classes, Check check)
{
    namespace ra = reassess;
    random_source random(970 + sizeof(T));
    for (const std::size_t classes : numbers_of_classes) {
        backend_problem<T> problem(61, classes, false, random, drawn::logits);
        // Infinite scores of the greatest class, and a row of which all scores are -infinity.
        problem.scores[3 * problem.stride + classes / 2] = problem.scores[3 * problem.stride] =
            infinite_score<T>(false);
        std::fill_n(problem.scores.begin() + static_cast<std::ptrdiff_t>(4 * problem.stride), classes,
                    infinite_score<T>(true));
        // Sets have no class twice.
        std::vector<std::vector<ra::class_index>> sets(problem.images);
        for (std::size_t image = 0; image < problem.images; ++image) {
            const auto set = problem.real.view()[image];
            sets[image].assign(set.begin(), set.end());
            std::sort(sets[image].begin(), sets[image].end());
            sets[image].erase(std::unique(sets[image].begin(), sets[image].end()), sets[image].end());
        }
        const ra::label_sets real(sets);
        const ra::device_scores scores(policy, problem.view());
        const ra::device_targets by_label(policy, {.original = problem.original});
        const ra::device_targets by_set(policy, {.real = real.view()});
        for (const auto loss : {ra::cross_entropy::sigmoid, ra::cross_entropy::softmax}) {
            const std::string where = std::string(loss == ra::cross_entropy::sigmoid ? " of sigmoid" : " of softmax") +
                                      " of " + std::to_string(classes) + " classes, " + std::to_string(sizeof(T)) +
                                      " bytes";
            ra::cross_entropy_gradient<T> on_host(loss);
            device_tensor<T, Policy> tensor(policy, problem.images * classes + 1);
            ra::cross_entropy_gradient gradient(policy, loss, tensor.memory());
            const auto compare = [&](const auto& batch, const auto& targets, const ra::scores_view<T>& view,
                                     const auto& labels, const ra::gradient_options& options, double images,
                                     const std::string& what) {
                const auto expected = on_host(ra::seq, view, labels, options);
                const auto result = gradient(batch, targets, options);
                const std::vector<T> all = tensor.read();
                check(result.data() == tensor.memory().data() && result.size() == expected.size() &&
                          are_gradients(std::span<const T>(all).first(expected.size()), expected, 1 / images) &&
                          all.back() == T{7},
                      what + where);
            };
            const auto labelled = [](const auto& labels, const auto& is_missing) {
                return static_cast<double>(std::max<std::ptrdiff_t>(
                    1, std::count_if(labels.begin(), labels.end(),
                                     [&](const auto& of_image) { return !is_missing(of_image); })));
            };
            compare(scores, by_label, problem.view(), std::span<const ra::class_index>(problem.original), {},
                    labelled(problem.original, [](ra::class_index label) { return label == ra::missing_label; }),
                    "gradients for labels");
            compare(scores, by_set, problem.view(), real.view(), {},
                    labelled(sets, [](const auto& set) { return set.empty(); }), "gradients for label sets");
            // Rows, labels and offsets that begin within those of a larger batch; a result elsewhere in memory.
            compare(scores.view().slice(13, 20), by_set.slice(13, 20), problem.view().slice(13, 20),
                    real.view().slice(13, 20), {.images = 61}, 61, "gradients of a part");
            ra::cross_entropy_gradient<T, Policy> owner(policy, loss);
            const auto owned = owner(scores.view().slice(50, 0), by_set.slice(50, 0));
            check(owned.empty(), "gradients of no image" + where);
            const auto of_labels = owner(scores, by_label, {.images = 7});
            owner.wait();
            gradient.wait();
            check(of_labels.size() == problem.images * classes, "gradients in owned memory" + where);
        }
    }
}

/// What is invalid is reported by `wait`, once, with the message of the host; what the host can see, by the call.
template <class Policy, class Check>
void check_gradient_errors(Policy policy, Check check)
{
    namespace ra = reassess;
    random_source random(980);
    for (const std::size_t classes : {5UL, 40UL, 300UL}) {
        const backend_problem<float> good(61, classes, false, random, drawn::logits);
        const auto end = static_cast<ra::class_index>(classes);
        const ra::device_scores scores(policy, good.view());
        const ra::device_targets targets(policy, {.original = good.original});
        ra::cross_entropy_gradient<float, Policy> gradient(policy, ra::cross_entropy::softmax);
        ra::cross_entropy_gradient<float> on_host(ra::cross_entropy::softmax);
        const auto said_by_wait = [&] { return error_of([&] { gradient.wait(); }); };
        const auto expect = [&](const backend_problem<float>& bad, const std::string& part) {
            const ra::device_scores bad_scores(policy, bad.view());
            const ra::device_targets bad_targets(policy, {.original = bad.original});
            const std::string expected = error_of([&] {
                on_host(ra::seq, bad.view(), std::span<const ra::class_index>(bad.original), {.first_image = 100});
            });
            gradient(scores, targets);
            gradient(bad_scores, bad_targets, {.first_image = 100});
            // Another invalid batch, whose images have lower numbers, does not change the first message.
            gradient(bad_scores, bad_targets);
            const std::string said = said_by_wait();
            check(said == expected && said.find(part) != std::string::npos, "error of a gradient: " + said);
            check(said_by_wait() == "no error", "the error of a gradient is thrown once");
            gradient(bad_scores, bad_targets);
            check(said_by_wait() != "no error", "errors of a gradient after an error");
        };
        backend_problem<float> bad = good;
        bad.scores[17 * bad.stride + classes / 2] = bad.scores[9 * bad.stride + classes - 1] = nan_score<float>();
        expect(bad, "gradient: the score of class " + std::to_string(classes - 1) + " of image 109 is NaN");
        bad = good;
        bad.original[33] = bad.original[50] = end;
        expect(bad, "original label " + std::to_string(end) + " of image 133 is outside [0, ");

        std::vector<std::vector<ra::class_index>> sets(good.images);
        sets[20] = {0, end};
        const ra::label_sets real(sets);
        const ra::device_targets of_sets(policy, {.real = real.view()});
        gradient(scores, of_sets);
        check(said_by_wait() ==
                  "ReaL label " + std::to_string(end) + " of image 20 is outside [0, " + std::to_string(end) + ")",
              "a label of a set");

        const auto said_by_call = [&](const auto& of_targets, const ra::gradient_options& options) {
            return error_of([&] { gradient(scores, of_targets, options); });
        };
        check(said_by_call(targets.slice(0, 60), {}) == "scores have 61 images, the targets have 60", "images");
        check(said_by_call(targets, {.images = 0}) == "gradient: options.images is 0; the mean needs at least 1 image",
              "no images");
        check(said_by_call(ra::device_targets(policy, {.original = good.original, .real = real.view()}), {}) ==
                  "gradient: the targets have original labels and label sets, expected one of them: set the other "
                  "pointer to null",
              "both kinds of labels");
        check(said_by_call(ra::device_targets_view{.images = 61}, {}) == "gradient: the targets have no labels",
              "no labels");
        device_tensor<float, Policy> tensor(policy, 61 * classes - 1);
        ra::cross_entropy_gradient into_memory(policy, ra::cross_entropy::softmax, tensor.memory());
        check(error_of([&] { into_memory(scores, targets); }) ==
                  "gradient: memory for " + std::to_string(61 * classes - 1) + " elements; the minimum is " +
                      std::to_string(61 * classes),
              "too little memory");
    }
}

template <class Policy, class Check>
void check_gradients(Policy policy, Check check)
{
    check_gradients_of<float>(policy, {1, 3, 31, 33, 257, 301, 1000}, check);
    check_gradients_of<double>(policy, {2, 16, 17, 129, 130}, check);
    check_gradient_errors(policy, check);
}

}  // namespace test_support
