// One body for every backend: what it ranks and counts is what `seq` does, to the last count. Only the policy, and the
// memory that it reads, differ. Included by a host test and by a .cu file for CUDA.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/random_source.hpp"
#include "results_per_image.hpp"

#include <reassess/data/ensemble.hpp>
#include <reassess/detail/config.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/device_label_summary.hpp>

#if defined(REASSESS_TEST_THRUST_CPP) || REASSESS_CUDA
#    include <reassess/device/device.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace test_support {

/// A metric of the user's own, without columns of its own: for each class the images where it is predicted, weighted by
/// the ranks of their labels.
struct ranks_by_prediction {
    static constexpr std::string_view name = "test.ranks_by_prediction";
    static constexpr std::uint32_t version = 1;

    [[nodiscard]] std::size_t counters(reassess::metric_shape shape) const { return 2 * shape.classes; }
    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const reassess::ranked_image& image, const Tally& tally) const
    {
        const auto prediction = static_cast<std::size_t>(image.prediction);
        tally.add_if(image.is_correct(), prediction);
        tally.add(image.classes + prediction);
        for (std::size_t j = 0; j < image.label_count; ++j) {
            if (image.label_rank[j] != reassess::no_rank) tally.add(image.classes + prediction, image.label_rank[j]);
        }
    }
    [[nodiscard]] std::vector<std::uint64_t> result(std::span<const std::uint64_t> counters,
                                                    reassess::metric_shape) const
    {
        return {counters.begin(), counters.end()};
    }
};

/// The same lines for every policy: a metric of one's own, an evaluator in batches, one call, and results of each
/// image.
template <class Policy, class View, class Check>
void check_ten_lines(Policy policy, const View& view, const reassess::targets_view& labels,
                     const reassess::evaluation_options& options, const std::string& where, Check check)
{
    namespace ra = reassess;
    const auto expected = ra::evaluate(ra::seq, view, labels, options, ranks_by_prediction{});

    const auto input = placed(policy, view);
    const auto targets = placed(policy, labels);
    ra::evaluator counts(policy, options, ranks_by_prediction{});
    for (std::size_t first = 0; first < view.images(); first += 20) {
        const std::size_t count = std::min<std::size_t>(20, view.images() - first);
        counts.update(input.view().slice(first, count), targets.slice(first, count));
    }
    const auto total = counts.result();
    const auto at_once = ra::evaluate(policy, input, targets.view(), options, ranks_by_prediction{});
    const ra::image_results results = ra::rank(policy, input, targets.view(), options);

    check(
        total == expected && total.template get<ranks_by_prediction>() == expected.template get<ranks_by_prediction>(),
        "counts of batches" + where);
    check(at_once == expected, "evaluate" + where);
    check(results == ra::rank(ra::seq, view, labels, options), "ranks" + where);
    ra::evaluator of_results(policy, options, ranks_by_prediction{});
    of_results.update(results, labels);
    check(of_results.result() == expected, "counts of results that were read" + where);
}

#if defined(REASSESS_TEST_THRUST_CPP) || REASSESS_CUDA

/// Staged logits: what depends on order is equal. Losses are near on a device, where they depend in the last digits on
/// how a row lies in memory, and counted as they are.
template <class Policy, class Source, class Staged, class Check>
void check_staged_logits(Policy policy, const Source& source, const Staged& staged,
                         const reassess::targets_view& targets, const std::string& where, Check check)
{
    namespace ra = reassess;
    const ra::evaluation_options options{.nan = ra::on_nan::exclude};
    const ra::image_results found = ra::rank(policy, staged, targets, options);
    const ra::image_results expected = ra::rank(ra::seq, ra::logits(source), targets, options);
    const double most = std::is_same_v<typename Policy::space, ra::host_space>  ? 0.0
                        : std::is_same_v<typename Source::element_type, double> ? 1e-12
                                                                                : 2e-6;
    const auto are_near = [&](const std::vector<double>& values, const std::vector<double>& wanted) {
        return std::equal(values.begin(), values.end(), wanted.begin(), wanted.end(),
                          [&](double value, double other) { return relative_error(value, other) <= 4 * most; });
    };
    check(ranks_only(found) == ranks_only(expected) && found.settings == expected.settings, "staged logits" + where);
    check(are_near(found.confidence, expected.confidence) && are_near(found.cross_entropy, expected.cross_entropy) &&
              are_near(found.real_cross_entropy, expected.real_cross_entropy) &&
              are_near(found.brier_score, expected.brier_score),
          "losses of staged logits" + where);
    ra::evaluator of_results(ra::seq, options);
    of_results.update(found, targets);
    check(ra::evaluate(policy, staged, targets, options) == of_results.result(), "counts of staged logits" + where);
}

/// Scores that go through the policy's memory in blocks are counted as those that lie there: plain, logits, an
/// ensemble.
template <class Policy, class T, class Check>
void check_staged(Policy policy, const backend_problem<T>& problem, const backend_problem<T>& logits,
                  const std::string& where, Check check)
{
    namespace ra = reassess;
    const ra::evaluation_options options{.nan = ra::on_nan::exclude};
    const auto staged = [&](const auto& input) {
        return ra::staged(input, {.buffer_bytes = 7 * problem.classes * sizeof(T) + 5});
    };
    check(ra::evaluate(policy, staged(problem.view()), problem.targets(), options, ranks_by_prediction{}) ==
              ra::evaluate(ra::seq, problem.view(), problem.targets(), options, ranks_by_prediction{}),
          "staged scores" + where);
    check(ra::rank(policy, staged(problem.view()), problem.targets(), options) ==
              ra::rank(ra::seq, problem.view(), problem.targets(), options),
          "ranks of staged scores" + where);
    if constexpr (!std::is_integral_v<T>) {
        check_staged_logits(policy, logits.view(), staged(ra::logits(logits.view())), logits.targets(), where, check);
        // Infinite scores of both signs have no sum: such images are left out.
        const ra::ensemble<T> models({logits.view(), problem.view()}, {.weights = {1.0F, 0.5F}});
        check(ra::evaluate(policy, staged(models), logits.targets(), options) ==
                  ra::evaluate(ra::seq, models, logits.targets(), options),
              "a staged ensemble" + where);
        check_staged_logits(policy, models, staged(ra::logits(models)), logits.targets(), " of an ensemble" + where,
                            check);
    }
}

#endif

/// What is invalid has the message of `seq`: of the lowest image, and there of its labels first.
template <class T, class Policy, class Check>
void check_errors(Policy policy, const backend_problem<T>& good, const std::string& where, Check check)
{
    namespace ra = reassess;
    const auto check_error = [&](const auto& interpret, const auto& view, const ra::targets_view& labels,
                                 std::string_view part, const std::string& what) {
        const auto input = placed(policy, view);
        const auto targets = placed(policy, labels);
        const std::string expected =
            error_of([&] { static_cast<void>(ra::evaluate(ra::seq, interpret(view), labels)); });
        const auto said = [&](auto call) { return error_of([&] { static_cast<void>(call()); }); };
        check(expected.find(part) != std::string::npos, "the message for " + what + where + ": " + expected);
        check(said([&] { return ra::rank(ra::seq, interpret(view), labels); }) == expected &&
                  said([&] { return ra::rank(policy, interpret(input.view()), targets.view()); }) == expected &&
                  said([&] { return ra::evaluate(policy, interpret(input.view()), targets.view()); }) == expected,
              "the error for " + what + where);
    };
    const auto plain = [](const auto& view) { return view; };
    const auto classes = static_cast<ra::class_index>(good.classes);

    backend_problem<T> bad = good;
    bad.original[33] = bad.original[50] = classes;
    check_error(plain, bad.view(), bad.targets(), "of image 33 is outside [0, ", "a label");
    bad.original[33] = -2;
    check_error(plain, bad.view(), bad.targets(), "label -2 of image 33 is outside [0, ", "a negative label");
    bad = good;
    std::vector<std::vector<ra::class_index>> sets(good.images);
    sets[20] = {0, classes};
    bad.real = ra::label_sets(sets);
    check_error(plain, bad.view(), bad.targets(), "of image 20 is outside [0, ", "a label of a set");
    if constexpr (!std::is_integral_v<T>) {
        bad = good;
        bad.scores[40 * bad.stride + bad.classes / 2] = bad.scores[9 * bad.stride + bad.classes / 3] = nan_score<T>();
        check_error(plain, bad.view(), bad.targets(), "of image 9 is NaN", "a NaN");
        const auto as_logits = [](const auto& view) { return ra::logits(view); };
        check_error(as_logits, bad.view(), bad.targets(), "of image 9 is NaN", "a NaN of logits");
        bad.original[9] = classes;
        check_error(plain, bad.view(), bad.targets(), "of image 9 is outside [0, ", "a label and a NaN");

        // One of 1, all others 0: probabilities, but for what follows.
        bad = good;
        std::fill(bad.scores.begin(), bad.scores.end(), T{});
        const T one =
            from_bits<T>(((std::uint64_t{1} << (format_of<T>::exponent_bits - 1)) - 1) << format_of<T>::fraction_bits);
        for (std::size_t image = 0; image < bad.images; ++image) bad.scores[image * bad.stride] = one;
        const auto as_probabilities = [](const auto& view) { return ra::probabilities(view, {.clip = 1e-7}); };
        const auto as_weights = [](const auto& view) {
            return ra::probabilities(view, {.normalise = ra::normalise::yes});
        };
        backend_problem<T> with_none = bad;
        for (const std::size_t image : {31UL, 12UL}) with_none.scores[image * bad.stride] = T{};
        check_error(as_weights, with_none.view(), with_none.targets(), "the probabilities of image 12 sum to 0",
                    "weights of 0");
        for (const std::size_t image : {31UL, 12UL})
            bad.scores[image * bad.stride + bad.classes / 2] = infinite_score<T>(image == 12);
        check_error(as_probabilities, bad.view(), bad.targets(), "of image 12 is outside [0, 1] (value -inf)",
                    "no probability");
        bad.scores[12 * bad.stride + bad.classes - 1] = nan_score<T>();
        check_error(as_probabilities, bad.view(), bad.targets(), "of image 12 is NaN", "a NaN and no probability");
    }

    const std::size_t k = good.classes > 1 ? 2 : 1;
    const auto check_lists = [&](std::size_t element, std::int64_t value, std::string_view part,
                                 const std::string& what) {
        std::vector<std::int64_t> lists = good.lists;
        lists[55 * k] = lists[17 * k + element] = value;
        check_error(plain, ra::top_k_view<std::int64_t>(lists, k, good.classes), good.targets(), part, what);
    };
    check_lists(0, classes, "of image 17 is outside [0, ", "a prediction");
    check_lists(k - 1, -1, "prediction -1 of image 17 is outside [0, ", "a negative prediction");
    if (k == 2)
        check_lists(1, good.lists[17 * k], "image 17 has class " + std::to_string(good.lists[17 * k]) + " twice",
                    "a repeated prediction");
}

/// check(whether, what) is told whether each result of the backend is that of `seq`.
template <class T, class Policy, class Check>
void check_backend_with(Policy policy, Check check,
                        std::initializer_list<std::size_t> numbers_of_classes = {1, 3, 10, 33, 64, 70, 100, 128, 300,
                                                                                 1000, 1001})
{
    namespace ra = reassess;
    random_source random(700 + sizeof(T));
    for (const std::size_t classes : numbers_of_classes) {
        const std::string where = " of " + std::to_string(classes) + " classes";
        const backend_problem<T> problem(61, classes, true, random);
        const backend_problem<T> clean(61, classes, false, random);
        const backend_problem<T> logits(61, classes, true, random, drawn::logits);
        const ra::evaluation_options exclude{.nan = ra::on_nan::exclude};

        check_ten_lines(policy, problem.view(), problem.targets(), exclude, where, check);
        check_ten_lines(policy, clean.view(), {.original = clean.original}, {.depth = 1 + classes / 2}, where, check);
        check_top_k(policy, problem, check);
        const std::size_t k = classes > 1 ? 2 : 1;
        check_ten_lines(policy, ra::top_k_view<std::int64_t>(problem.lists, k, classes), problem.targets(), exclude,
                        " of stored lists" + where, check);
        if constexpr (!std::is_integral_v<T>) {
            const ra::score_interpretation weights{.kind = ra::score_kind::probabilities,
                                                   .normalise = ra::normalise::yes};
            check_losses(policy, logits,
                         {.scores = {.kind = ra::score_kind::logits}, .sigmoid = ra::sigmoid_losses::yes}, check);
            check_losses(policy, backend_problem<T>(61, classes, true, random, drawn::probabilities),
                         {.scores = weights}, check);
        }
#if defined(REASSESS_TEST_THRUST_CPP) || REASSESS_CUDA
        if constexpr (ra::policy_with_memory<Policy>) check_staged(policy, problem, logits, where, check);
#endif
        if constexpr (std::is_same_v<T, float> && ra::device_policy<Policy>) {
            ra::device_label_summary<Policy> summary(policy, {.classes = classes});
            summary.update(placed(policy, problem.targets()).view());
            check(summary.result() == ra::summarise(problem.targets(), {.classes = classes}), "labels" + where);
        }
        check_errors(policy, clean, where, check);
    }
}

template <class Policy, class Check>
void check_backend(Policy policy, Check check)
{
    check_backend_with<float>(policy, check);
    check_backend_with<double>(policy, check);
    check_backend_with<reassess::half>(policy, check);
    check_backend_with<reassess::bfloat16>(policy, check);
    check_backend_with<std::int8_t>(policy, check);
    check_backend_with<std::uint8_t>(policy, check);
}

}  // namespace test_support
