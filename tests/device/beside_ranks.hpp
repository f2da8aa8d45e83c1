// What a device makes of its scores beside the ranks is what `seq` makes. Included by the tests of emulated devices
// and, through backend.hpp, of every backend of Thrust.
#pragma once

#include "../support/element_bits.hpp"
#include "../support/random_source.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/truth.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/ranking/device_ranks_with_lists.hpp>
#include <reassess/ranking/rank_with_lists.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace test_support {

/// Scores full of ties, infinities and zeros of both signs, a NaN here and there, in rows that begin anywhere.
template <class T>
struct backend_problem {
    std::size_t images, classes, stride;
    std::vector<T> scores;
    std::vector<std::int64_t> lists;  // images x 2, or x 1 where there is one class
    std::vector<reassess::class_index> original;
    reassess::label_sets real;

    backend_problem(std::size_t number_of_images, std::size_t number_of_classes, bool with_nan, random_source& random)
        : images(number_of_images), classes(number_of_classes), stride(classes + random.below(3))
    {
        for (std::size_t i = 0; i < images * stride; ++i) scores.push_back(draw(random));
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
    [[nodiscard]] reassess::truth_view truth() const { return {.original = original, .real = real.view()}; }

private:
    static T draw(random_source& random)
    {
        if constexpr (std::is_integral_v<T>) {
            return random.below<T>(5);
        } else {
            constexpr int e = format_of<T>::exponent_bits, f = format_of<T>::fraction_bits;
            constexpr std::uint64_t one = ((std::uint64_t{1} << (e - 1)) - 1) << f;
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
    const ra::device_truth<Policy> truth(policy, problem.truth());
    const ra::ranking_options exclude{.nan = ra::on_nan::exclude};
    ra::device_ranks_with_lists<Policy> found(policy);
    for (const std::size_t depth : {64UL, 1UL, 2UL, 5UL, 6UL, 33UL}) {
        if (depth > problem.classes) continue;
        const auto expected = ra::rank_with_lists(ra::seq, problem.view(), problem.truth(), depth, exclude);
        found.update(scores.view(), truth.view(), depth, exclude);
        const auto lists = found.read();
        check(lists.ranks == expected.ranks && lists.depth == depth && lists.lists == expected.lists,
              "lists of " + std::to_string(depth) + " of " + std::to_string(problem.classes) + " classes");
    }
}

}  // namespace test_support
