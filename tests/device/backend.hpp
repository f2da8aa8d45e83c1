// One body for every backend of Thrust: what it ranks and counts is what `seq` does, to the last count. Included by a
// host test for CPP, OMP and TBB and by a .cu file for CUDA.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/random_source.hpp"
#include "beside_ranks.hpp"

#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/evaluate_scores.hpp>
#include <reassess/metric/device_evaluation.hpp>
#include <reassess/metric/device_label_summary.hpp>
#include <reassess/metric/device_real_accuracy.hpp>
#include <reassess/metric/real_accuracy.hpp>
#include <reassess/ranking/device_ranks.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace test_support {

/// check(whether, what) is told whether values of staged scores are counted as those of `seq` are.
template <class Policy, class Check>
void check_staged_values(Policy policy, const backend_problem<float>& problem,
                         const reassess::score_value_options& options, Check check)
{
    namespace ra = reassess;
    const ra::evaluate_scores_options exclude{.nan = ra::on_nan::exclude, .values = options};
    const auto found = ra::evaluate_scores(policy, ra::staged(problem.view(), {.buffer_bytes = 28 * problem.classes}),
                                           problem.targets(), exclude);
    const auto expected = ra::evaluate_scores(ra::seq, problem.view(), problem.targets(), exclude);
    check(found.order == expected.order && found.values.images() == expected.values.images() &&
              relative_error(found.values.brier_score().value(), expected.values.brier_score().value()) < 1e-6,
          "values of staged scores of " + std::to_string(problem.classes) + " classes");
}

/// check(whether, what) is told whether each result of the backend is that of `seq`.
template <class T, class Policy, class Check>
void check_backend_with(Policy policy, Check check)
{
    namespace ra = reassess;
    random_source random(700 + sizeof(T));
    for (const std::size_t classes : {1UL, 3UL, 10UL, 33UL, 64UL, 70UL, 100UL, 128UL, 300UL, 1000UL, 1001UL}) {
        const std::string where = " of " + std::to_string(classes) + " classes";
        const backend_problem<T> problem(61, classes, true, random);
        const ra::device_scores<Policy, T> scores(policy, problem.view());
        const ra::device_targets<Policy> targets(policy, problem.targets());
        const auto expected = ra::evaluate(ra::seq, problem.view(), problem.targets(),
                                           {.nan = ra::on_nan::exclude, .keep_rankings = ra::keep_rankings::yes});
        const ra::evaluate_options exclude{.nan = ra::on_nan::exclude};

        ra::device_ranks<Policy> ranks(policy);
        ranks.update(scores.view(), targets.view(), {.nan = ra::on_nan::exclude});
        check(ranks.read() == *expected.ranks, "ranks" + where);
        check_lists(policy, problem, check);
        ra::device_evaluation<Policy> counted(policy, {.nan = ra::on_nan::exclude});
        for (std::size_t first = 0; first < 61; first += 20) {
            const std::size_t count = first + 20 < 61 ? 20 : 61 - first;
            counted.update(scores.view().slice(first, count), targets.slice(first, count));
        }
        check(counted.read() == expected, "counts" + where);
        check(ra::evaluate(policy, scores.view(), targets.view(), exclude) == expected, "evaluate" + where);

        const backend_problem<T> clean(61, classes, false, random);
        check(ra::evaluate(policy, ra::staged(clean.view(), {.buffer_bytes = 7 * classes * sizeof(T)}),
                           clean.targets()) == ra::evaluate(ra::seq, clean.view(), clean.targets()),
              "staged scores" + where);

        if constexpr (!std::is_integral_v<T>) {
            const ra::score_value_options logits{.scores = ra::score_kind::logits, .sigmoid = ra::sigmoid_losses::yes};
            const backend_problem<T> real(61, classes, true, random, drawn::logits);
            check_values(policy, real, logits, check);
            check_values(policy, backend_problem<T>(61, classes, true, random, drawn::probabilities),
                         {.scores = ra::score_kind::probabilities, .normalise = ra::normalise::yes}, check);
            if constexpr (std::is_same_v<T, float>) check_staged_values(policy, real, logits, check);
        }

        const ra::predictions_view<std::int64_t> lists(problem.lists, classes > 1 ? 2 : 1);
        const ra::device_predictions<Policy, std::int64_t> stored(policy, lists);
        check(ra::evaluate(policy, stored.view(), targets.view(), {.classes = classes}) ==
                  ra::evaluate(ra::seq, lists, problem.targets(), {.classes = classes}),
              "stored lists" + where);

        if constexpr (std::is_same_v<T, float>) {
            ra::device_label_summary<Policy> summary(policy, {.classes = classes});
            summary.update(targets.view());
            check(summary.read() == ra::summarise(problem.targets(), {.classes = classes}), "labels" + where);
            if constexpr (std::is_same_v<typename Policy::space, ra::device_space>)
                check(ra::real_accuracy(policy, stored.view(), targets.view(), classes) ==
                          ra::real_accuracy(ra::seq, lists, ra::packed_label_sets(problem.real.view(), classes)),
                      "hits of stored lists" + where);
        }

        backend_problem<T> bad = clean;
        if constexpr (!std::is_integral_v<T>) {
            bad.scores[40 * bad.stride + classes / 2] = bad.scores[9 * bad.stride + classes / 3] = nan_score<T>();
            const ra::device_scores<Policy, T> with_nan(policy, bad.view());
            check(error_of([&] { static_cast<void>(ra::evaluate(policy, with_nan.view(), targets.view())); }) ==
                      error_of([&] { static_cast<void>(ra::evaluate(ra::seq, bad.view(), problem.targets())); }),
                  "the error for a NaN" + where);
        }
        bad.original[33] = static_cast<ra::class_index>(classes);
        const ra::device_targets<Policy> beyond(policy, bad.targets());
        check(error_of([&] { static_cast<void>(ra::evaluate(policy, scores.view(), beyond.view(), exclude)); }) ==
                  error_of([&] { static_cast<void>(ra::evaluate(ra::seq, problem.view(), bad.targets(), exclude)); }),
              "the error for a label" + where);
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
