// Views of device memory that owners do not make: rows apart and at any address that suits their elements, offsets of
// labels that do not begin at 0, long rows of 8-bit scores.
#pragma once

#include "../device/results_per_image.hpp"
#include "../support/random_source.hpp"
#include "../support/small_problem.hpp"

#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace test_support {

template <class T, class Policy, class Check>
void check_views_of(Policy policy, Check check)
{
    namespace ra = reassess;
    random_source random(920 + sizeof(T));
    for (const std::size_t classes : {1UL, 3UL, 17UL, 40UL, 257UL, 2051UL}) {
        for (const std::size_t base : {0UL, 1UL, 5UL}) {
            const std::size_t images = 37, stride = classes + base % 3;
            const backend_problem<T> problem(images, classes, true, random);
            // No element behind the last row: a read there is reported by the emulator.
            std::vector<T> apart(base + (images - 1) * stride + classes, problem.scores[0]);
            for (std::size_t image = 0; image < images; ++image)
                std::copy_n(problem.view().row(image), classes, apart.data() + base + image * stride);
            typename Policy::template buffer<T> there(policy);
            there.copy_from(apart.data(), apart.size());
            const ra::device_targets<Policy> targets(policy, problem.targets());
            const ra::scores_view<T, ra::device_space> view(there.data() + base, images, classes, stride);
            const ra::evaluation_options options{.nan = ra::on_nan::exclude,
                                                 .top_k = std::min<std::size_t>(classes, 5)};
            const std::string where = " of " + std::to_string(sizeof(T)) + " bytes, " + std::to_string(classes) +
                                      " classes, from element " + std::to_string(base);
            check(ra::rank(policy, view, targets.view(), options) ==
                      ra::rank(ra::seq, problem.view(), problem.targets(), options),
                  "rows apart" + where);
            check(ra::rank(policy, view.slice(13, 20), targets.slice(13, 20), options) ==
                      ra::rank(ra::seq, problem.view().slice(13, 20), problem.targets().slice(13, 20), options),
                  "a part of rows apart" + where);
        }
    }
}

template <class Policy, class Check>
void check_views(Policy policy, Check check)
{
    check_views_of<float>(policy, check);
    check_views_of<double>(policy, check);
    check_views_of<reassess::half>(policy, check);
    check_views_of<std::int8_t>(policy, check);
    check_views_of<std::uint8_t>(policy, check);
}

/// Scores, stored lists and staged scores under one more policy.
template <class Policy, class Check>
void check_policy(Policy policy, Check check)
{
    namespace ra = reassess;
    random_source random(930);
    // More rows than two blocks of threads have lanes for.
    const small_problem problem({.images = 600, .classes = 9, .nan_rows = 5}, random);
    const ra::evaluation_options options{.nan = ra::on_nan::exclude, .top_k = 3};
    const auto expected = ra::evaluate(ra::seq, problem.view(), problem.targets(), options);
    const ra::device_scores scores(policy, problem.view());
    const ra::device_targets targets(policy, problem.targets());
    check(ra::evaluate(policy, scores, targets, options) == expected, "counts under another policy");
    check(ra::rank(policy, scores, targets, options) == ra::rank(ra::seq, problem.view(), problem.targets(), options),
          "ranks under another policy");
    check(ra::evaluate(policy, ra::staged(problem.view(), {.buffer_bytes = 4000}), problem.targets(), options) ==
              expected,
          "staged scores under another policy");
    // A row that lanes of a whole warp share.
    const small_problem wide({.images = 40, .classes = 300}, random);
    const ra::device_scores wide_scores(policy, wide.view());
    const ra::device_targets wide_targets(policy, wide.targets());
    check(ra::evaluate(policy, wide_scores, wide_targets, {}) == ra::evaluate(ra::seq, wide.view(), wide.targets()),
          "counts of long rows under another policy");
}

}  // namespace test_support
