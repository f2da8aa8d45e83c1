// Warp instructions and 32-byte sectors for each row, counted by the emulator: figures that do not depend on a machine.
// A test compares them with limits; bench/cuda_counts.sh prints them.
#pragma once

#include "../cuda_emulator/control.hpp"
#include "../support/random_source.hpp"

#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace test_support {

/// Normal scores; three of four images have a label 5 above the others, one of eight has a second label.
struct counted_problem {
    std::vector<float> scores;
    std::vector<reassess::class_index> original;
    reassess::label_sets real;

    counted_problem(std::size_t images, std::size_t classes)
    {
        random_source random(940);
        const auto uniform = [&] { return (static_cast<double>(random.below(1U << 24)) + 0.5) / (1U << 24); };
        scores.resize(images * classes);
        for (float& score : scores)
            score = static_cast<float>(std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()));
        for (std::size_t image = 0; image < images; ++image) {
            const auto label = random.below<reassess::class_index>(classes);
            original.push_back(label);
            std::vector<reassess::class_index> set{label};
            if (image % 8 == 0) set.push_back(random.below<reassess::class_index>(classes));
            real.append(std::span<const reassess::class_index>(set));
            if (image % 4 != 0) scores[image * classes + static_cast<std::size_t>(label)] += 5;
        }
    }
};

/// check(whether the counts are within 10 % of the limits, what). A limit of 0 is none.
template <class Check>
void check_counts(Check check)
{
    namespace ra = reassess;
    // As many rows for each warp as among a million: what a kernel does once for all its rows is divided by them.
    const ra::thrust_policy policy(thrust::cuda::par_nosync, {.most_blocks = 2});
    std::printf("%-44s %12s %12s %8s %8s\n", "counted for each row of floats", "instructions", "load sectors",
                "(ideal)", "atomics");
    const auto count = [&](std::size_t images, std::size_t classes, const char* what, double most_instructions,
                           double most_sectors, auto work) {
        const counted_problem problem(images, classes);
        const ra::device_scores scores(policy, ra::scores_view<float>(problem.scores, classes));
        const ra::device_targets targets(policy, {.original = problem.original, .real = problem.real.view()});
        cuda_emulator_start_counting();
        work(scores, targets);
        const cuda_emulator_counts counted = cuda_emulator_counted("");
        const auto of_row = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(images); };
        const double instructions = of_row(counted.instructions), sectors = of_row(counted.load_sectors);
        const std::string name = std::to_string(classes) + " classes: " + what;
        std::printf("%-44s %12.1f %12.1f %8.1f %8.2f\n", name.c_str(), instructions, sectors,
                    static_cast<double>(classes) / 8, of_row(counted.atomics));
        check(most_instructions == 0 || instructions <= 1.1 * most_instructions, "warp instructions of " + name);
        check(most_sectors == 0 || sectors <= 1.1 * most_sectors, "sectors of " + name);
    };
    const auto counts = [&](const auto& scores, const auto& targets) {
        ra::evaluator counted(policy);
        counted.update(scores, targets);
        static_cast<void>(counted.result());
    };
    const auto lists = [&](const auto& scores, const auto& targets) {
        ra::detail::device_batch<std::remove_cv_t<decltype(policy)>> batch(policy);
        const auto request = batch.checked(scores.view(), targets.view(), ra::detail::request_of({.top_k = 5}, 0));
        batch.rank(scores.view(), targets.view(), request);
    };
    const auto losses = [&](const auto& scores, const auto& targets) {
        ra::evaluator counted(policy);
        counted.update(ra::logits(scores), targets);
        static_cast<void>(counted.result());
    };
    count(256, 1000, "ranks, counted", 420, 0, counts);
    count(256, 1000, "ranks and five best classes", 900, 150, lists);
    // No limit yet: exponentials are in double.
    count(256, 1000, "ranks, log loss, Brier score, counted", 0, 0, losses);
    count(256, 100, "ranks, counted", 90, 0, counts);
    count(512, 10, "ranks, counted", 30, 0, counts);
    count(16, 21843, "ranks, counted", 9000, 0, counts);
}

}  // namespace test_support
