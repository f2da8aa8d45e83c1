// What a device makes of its scores beside the ranks is what `seq` makes. Included by the tests of emulated devices
// and, through backend.hpp, of every backend of Thrust.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/random_source.hpp"
#include "../support/relative_error.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/evaluate_scores.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/metric/device_scores_evaluation.hpp>
#include <reassess/metric/model_evaluation.hpp>
#include <reassess/metric/score_evaluation.hpp>
#include <reassess/ranking/device_ranks_with_lists.hpp>
#include <reassess/ranking/device_ranks_with_values.hpp>
#include <reassess/ranking/rank_with_lists.hpp>
#include <reassess/ranking/rank_with_values.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace test_support {

/// What is drawn: scores full of ties, infinities and zeros of both signs; logits of either sign below 16, some of them
/// -infinity; or probabilities.
enum class drawn { ties, logits, probabilities };

/// Scores with a NaN here and there, in rows that begin anywhere.
template <class T>
struct backend_problem {
    std::size_t images, classes, stride;
    std::vector<T> scores;
    std::vector<std::int64_t> lists;  // images x 2, or x 1 where there is one class
    std::vector<reassess::class_index> original;
    reassess::label_sets real;

    backend_problem(std::size_t number_of_images, std::size_t number_of_classes, bool with_nan, random_source& random,
                    drawn kind = drawn::ties)
        : images(number_of_images), classes(number_of_classes), stride(classes + random.below(3))
    {
        for (std::size_t i = 0; i < images * stride; ++i) scores.push_back(draw(random, kind, i % stride == 0));
        for (std::size_t image = 0; image < images; ++image) {
            if constexpr (!std::is_integral_v<T>) {
                if (with_nan && random.chance(10)) scores[image * stride + random.below(classes)] = nan_score<T>();
            }
            const auto label = random.below<reassess::class_index>(classes);
            original.push_back(random.chance(10) ? reassess::missing_label : label);
            std::vector<reassess::class_index> set;
            for (std::size_t n = random.below(8); n > 0; --n)
                set.push_back(random.below<reassess::class_index>(classes));
            if (random.chance(50)) set.push_back(label);
            real.append(std::span<const reassess::class_index>(set));
            lists.push_back(random.below<std::int64_t>(classes));
            if (classes > 1) lists.push_back((lists.back() + 1) % static_cast<std::int64_t>(classes));
        }
    }
    [[nodiscard]] reassess::scores_view<T> view() const { return {scores.data(), images, classes, stride}; }
    [[nodiscard]] reassess::targets_view targets() const { return {.original = original, .real = real.view()}; }

private:
    static T draw(random_source& random, drawn kind, bool first)
    {
        if constexpr (std::is_integral_v<T>) {
            return random.below<T>(5);
        } else {
            constexpr int e = format_of<T>::exponent_bits, f = format_of<T>::fraction_bits;
            constexpr std::uint64_t one = ((std::uint64_t{1} << (e - 1)) - 1) << f;
            constexpr std::uint64_t binade = std::uint64_t{1} << f;
            // A row has a first probability, so that it sums to more than 0.
            if (kind == drawn::probabilities)
                return from_bits<T>(!first && random.chance(5) ? 0 : one - 1 - random.below(8 * binade));
            if (kind == drawn::logits) {
                if (random.chance(2)) return infinite_score<T>(true);
                const std::uint64_t sign_bit = random.chance(50) ? std::uint64_t{1} << (e + f) : 0;
                return from_bits<T>(sign_bit | (one - 4 * binade + random.below(8 * binade)));
            }
            if (random.chance(3)) return infinite_score<T>(random.chance(50));
            const std::uint64_t sign = random.chance(50) ? std::uint64_t{1} << (e + f) : 0;
            return from_bits<T>(sign | (random.chance(5) ? 0 : one + random.below(40)));
        }
    }
};

template <class Function>
std::string error_of(Function f)
{
    try {
        f();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

/// check(whether, what) is told whether lists of the best classes are those of `seq`, at every depth.
template <class T, class Policy, class Check>
void check_lists(Policy policy, const backend_problem<T>& problem, Check check)
{
    namespace ra = reassess;
    const ra::device_scores<Policy, T> scores(policy, problem.view());
    const ra::device_targets<Policy> targets(policy, problem.targets());
    const ra::ranking_options exclude{.nan = ra::on_nan::exclude};
    ra::device_ranks_with_lists<Policy> found(policy);
    for (const std::size_t depth : {64UL, 1UL, 2UL, 5UL, 6UL, 33UL}) {
        if (depth > problem.classes) continue;
        const auto expected = ra::rank_with_lists(ra::seq, problem.view(), problem.targets(), depth, exclude);
        found.update(scores.view(), targets.view(), depth, exclude);
        const auto lists = found.read();
        check(lists.ranks == expected.ranks && lists.depth == depth && lists.lists == expected.lists,
              "lists of " + std::to_string(depth) + " of " + std::to_string(problem.classes) + " classes");
    }
}

/// The same for values: equal where the policy reads the host's memory, since it takes the host's kernels; else right
/// to 1e-13, as those of the same scores in double are. Counted in several batches, what depends on order is equal, and
/// what depends on values is what the values say that the policy made.
template <class T, class Policy, class Check>
void check_values(Policy policy, const backend_problem<T>& problem, const reassess::score_value_options& options,
                  Check check)
{
    namespace ra = reassess;
    const std::string where = " of " + std::to_string(problem.classes) + " classes";
    const ra::device_scores<Policy, T> scores(policy, problem.view());
    const ra::device_targets<Policy> targets(policy, problem.targets());
    const ra::ranking_options exclude{.nan = ra::on_nan::exclude};

    const bool on_host = std::same_as<typename Policy::space, ra::host_space>;
    std::vector<double> doubles;
    for (std::size_t i = 0; i < problem.images * problem.classes; ++i)
        doubles.push_back(value_of(problem.view().row(i / problem.classes)[i % problem.classes]));
    const ra::scores_view<double> in_double(doubles, problem.classes);
    const auto expected = on_host ? ra::rank_with_values(ra::seq, problem.view(), problem.targets(), options, exclude)
                                  : ra::rank_with_values(ra::seq, in_double, problem.targets(), options, exclude);
    ra::device_ranks_with_values<Policy> made(policy);
    made.update(scores.view(), targets.view(), options, exclude);
    const auto found = made.read();
    check(found.ranks == expected.ranks, "ranks beside values" + where);
    const double most = on_host ? 0.0 : 1e-13;
    const auto check_near = [&](std::vector<double> ra::score_values::*column, double times, const char* what) {
        const std::vector<double>& wanted = expected.values.*column;
        const std::vector<double>& values = found.values.*column;
        bool near = values.size() == wanted.size();
        for (std::size_t i = 0; near && i < values.size(); ++i)
            near = relative_error(values[i], wanted[i]) <= times * most;
        check(near, what + where);
    };
    check_near(&ra::score_values::confidence, 1, "confidences");
    check_near(&ra::score_values::original_softmax_loss, 1, "log losses");
    check_near(&ra::score_values::real_softmax_loss, 1, "log losses by label sets");
    check_near(&ra::score_values::original_sigmoid_loss, 1, "sigmoid losses");
    check_near(&ra::score_values::real_sigmoid_loss, 1, "sigmoid losses by label sets");
    check_near(&ra::score_values::brier_score, 4, "Brier scores");

    ra::device_scores_evaluation<Policy> counted(
        policy, {.order = {.nan = ra::on_nan::exclude}, .values = options, .calibration_bins = 7});
    for (std::size_t first = 0; first < problem.images; first += 20) {
        const std::size_t count = first + 20 < problem.images ? 20 : problem.images - first;
        counted.update(scores.view().slice(first, count), targets.slice(first, count));
    }
    ra::model_evaluation order({.nan = ra::on_nan::exclude});
    order.update(ra::seq, expected.ranks, problem.targets());
    ra::score_evaluation values({.values = options, .calibration_bins = 7, .nan = ra::on_nan::exclude});
    values.update(ra::seq, found, problem.targets());
    check(counted.read() == ra::scores_evaluation{order, values}, "counted values" + where);
}

}  // namespace test_support
