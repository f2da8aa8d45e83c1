// What a policy finds of each image is what `seq` finds: ranks, top-k lists and losses. Included by the tests of
// emulated devices and, through backend.hpp, of every backend.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/image_results.hpp"
#include "../support/random_source.hpp"
#include "../support/relative_error.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/data/top_k.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/ranking/device_ranking.hpp>
#include <reassess/ranking/rank.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
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

/// A view as if it were an owner, for policies that read the caller's own memory.
template <class View>
struct in_place {
    View data;

    [[nodiscard]] View view() const { return data; }
    [[nodiscard]] std::size_t images() const { return data.images(); }
    [[nodiscard]] View slice(std::size_t first, std::size_t count) const { return data.slice(first, count); }
};

// Scores, lists and labels where a policy reads them: copies in its memory if it has any, else what the caller has.
template <class Policy, class T>
auto placed(Policy policy, const reassess::scores_view<T>& scores)
{
    if constexpr (reassess::policy_with_memory<Policy>) {
        return reassess::device_scores<Policy, T>(policy, scores);
    } else {
        return in_place<reassess::scores_view<T>>{scores};
    }
}
template <class Policy, class T>
auto placed(Policy policy, const reassess::top_k_view<T>& lists)
{
    if constexpr (reassess::policy_with_memory<Policy>) {
        return reassess::device_top_k<Policy, T>(policy, lists);
    } else {
        return in_place<reassess::top_k_view<T>>{lists};
    }
}
template <class Policy>
auto placed(Policy policy, const reassess::targets_view& targets)
{
    if constexpr (reassess::policy_with_memory<Policy>) {
        return reassess::device_targets<Policy>(policy, targets);
    } else {
        return in_place<reassess::targets_view>{targets};
    }
}

/// check(whether, what) is told whether lists of the best classes are those of `seq`, for every k; on a device also in
/// memory that held longer ones.
template <class T, class Policy, class Check>
void check_top_k(Policy policy, const backend_problem<T>& problem, Check check)
{
    namespace ra = reassess;
    const auto scores = placed(policy, problem.view());
    const auto targets = placed(policy, problem.targets());
    const auto check_all = [&](auto rank_again) {
        for (const std::size_t k : {64UL, 1UL, 2UL, 5UL, 6UL, 33UL, 0UL}) {
            if (k > problem.classes) continue;
            const ra::evaluation_options options{.nan = ra::on_nan::exclude, .top_k = k};
            const ra::image_results expected = ra::rank(ra::seq, problem.view(), problem.targets(), options);
            check(expected.top_k.size() == k * problem.images && rank_again(options) == expected,
                  "lists of " + std::to_string(k) + " of " + std::to_string(problem.classes) + " classes");
        }
    };
    check_all([&](const auto& options) { return ra::rank(policy, scores.view(), targets.view(), options); });
    if constexpr (ra::device_policy<Policy>) {
        ra::detail::device_batch<Policy> batch(policy);
        check_all([&](const auto& options) {
            const auto request = ra::detail::request_of(options, 0);
            batch.rank(scores.view(), targets.view(), batch.checked(scores.view(), targets.view(), request));
            return batch.read();
        });
    }
}

/// A metric with every column that there is.
struct sums_of_columns {
    static constexpr std::string_view name = "test.sums_of_columns";
    static constexpr std::uint32_t version = 1;
    static constexpr reassess::metric_columns columns{.losses = true, .top_k = true};

    [[nodiscard]] std::size_t counters(reassess::metric_shape shape) const { return 5 + shape.classes; }
    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(const reassess::ranked_image& image, const Tally& tally) const
    {
        tally.add_if(image.cross_entropy > 1.0, 0);
        tally.add_if(image.real_cross_entropy > 1.0, 1);
        tally.add_if(image.brier_score > 0.5, 2);
        tally.add_if(image.confidence > 0.5, 3);
        tally.add_if(image.is_correct(), 4);
        for (std::size_t r = 0; r < image.k; ++r) tally.add(5 + static_cast<std::size_t>(image.top_k[r]), r + 1);
    }
    [[nodiscard]] std::vector<std::uint64_t> result(std::span<const std::uint64_t> counters,
                                                    reassess::metric_shape) const
    {
        return {counters.begin(), counters.end()};
    }
};

/// The same for losses: equal where the policy reads the host's memory, since it takes the host's kernels; else right
/// to 1e-13, as those of the same scores in double are. Counted in several batches, what depends on order is equal, and
/// what depends on losses is what the losses say that the policy found.
template <class T, class Policy, class Check>
void check_losses(Policy policy, const backend_problem<T>& problem, const reassess::loss_settings& settings,
                  Check check)
{
    namespace ra = reassess;
    const std::string where = " of " + std::to_string(problem.classes) + " classes";
    const auto scores = placed(policy, problem.view());
    const auto targets = placed(policy, problem.targets());
    const auto interpreted = [&](const auto& view) { return ra::interpreted_scores(view, settings.scores); };
    const ra::evaluation_options options{.nan = ra::on_nan::exclude,
                                         .top_k = std::min<std::size_t>(problem.classes, 5),
                                         .sigmoid = settings.sigmoid,
                                         .brier = settings.brier,
                                         .calibration_bins = 7};

    constexpr bool on_host = std::same_as<typename Policy::space, ra::host_space>;
    std::vector<double> doubles;
    for (std::size_t i = 0; i < problem.images * problem.classes; ++i)
        doubles.push_back(value_of(problem.view().row(i / problem.classes)[i % problem.classes]));
    const ra::scores_view<double> in_double(doubles, problem.classes);
    const ra::image_results expected = on_host
                                           ? ra::rank(ra::seq, interpreted(problem.view()), problem.targets(), options)
                                           : ra::rank(ra::seq, interpreted(in_double), problem.targets(), options);
    const ra::image_results found = ra::rank(policy, interpreted(scores.view()), targets.view(), options);
    check(ranks_only(found) == ranks_only(expected) && found.settings == expected.settings && found.k == expected.k &&
              found.top_k == expected.top_k,
          "ranks and lists together with losses" + where);
    const double most = on_host ? 0.0 : 1e-13;
    const auto check_near = [&](std::vector<double> ra::image_results::*column, double times, const char* what) {
        const std::vector<double>& wanted = expected.*column;
        const std::vector<double>& values = found.*column;
        bool near = values.size() == wanted.size();
        for (std::size_t i = 0; near && i < values.size(); ++i)
            near = relative_error(values[i], wanted[i]) <= times * most;
        check(near, what + where);
    };
    check_near(&ra::image_results::confidence, 1, "confidences");
    check_near(&ra::image_results::cross_entropy, 1, "cross-entropies");
    check_near(&ra::image_results::real_cross_entropy, 1, "cross-entropies of label sets");
    check_near(&ra::image_results::sigmoid_cross_entropy, 1, "sigmoid cross-entropies");
    check_near(&ra::image_results::real_sigmoid_cross_entropy, 1, "sigmoid cross-entropies of label sets");
    check_near(&ra::image_results::brier_score, 4, "Brier scores");

    ra::evaluator counted(policy, options, sums_of_columns{});
    for (std::size_t first = 0; first < problem.images; first += 20) {
        const std::size_t count = std::min<std::size_t>(20, problem.images - first);
        counted.update(interpreted(scores.view()).slice(first, count), targets.slice(first, count));
    }
    ra::evaluator from_results(ra::seq, options, sums_of_columns{});
    from_results.update(found, problem.targets());
    check(counted.result() == from_results.result(), "counted losses, and a metric of them," + where);
}

}  // namespace test_support
