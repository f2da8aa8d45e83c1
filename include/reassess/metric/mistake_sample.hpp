// Mistakes for people to look at: a seeded sample, and how many of them the ReaL labels remedy.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/random_stream.hpp"
#include "../version.hpp"
#include "mistakes.hpp"
#include "preference.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// By which labels a prediction is a mistake.
enum class mistake_by { original, real };

struct mistake_sample_options {
    mistake_by metric = mistake_by::real;
    std::size_t size = 100;
    /// Tells models apart: the same seed and another number give another sample.
    std::uint64_t model = 0;
};

/// As many of the mistakes by one metric as asked for, each as likely as the others, in order of image; all of them if
/// there are no more. The same mistakes, seed and model give the same sample on every machine. O(mistakes).
/// A shuffle that stops early (Fisher, Yates 1938).
[[nodiscard]] inline std::vector<mistake> sample_mistakes(std::span<const mistake> mistakes, random_seed seed,
                                                          const mistake_sample_options& options = {})
{
    std::vector<mistake> sample;
    for (const mistake& m : mistakes) {
        if (options.metric == mistake_by::original ? m.by_original : m.by_real) sample.push_back(m);
    }
    if (sample.size() <= options.size) return sample;
    detail::random_stream stream(seed.value(), options.model);
    for (std::size_t i = 0; i < options.size; ++i) {
        const auto other = i + static_cast<std::size_t>(stream.below(sample.size() - i));
        std::swap(sample[i], sample[other]);
    }
    sample.resize(options.size);
    std::sort(sample.begin(), sample.end(), [](const mistake& a, const mistake& b) { return a.image < b.image; });
    return sample;
}

/// Of the mistakes by the original label on judged images, those that are none by the label sets: the prediction is in
/// the set. Images with an empty set are left out. 0 of 0 without mistakes. Its interval is wilson_interval's. O(1).
[[nodiscard]] inline proportion errors_accepted_by_real(const preference_counts& counts) noexcept
{
    return {counts.model_preferred + counts.both_correct, counts.model_preferred + counts.label_preferred +
                                                              counts.both_correct + counts.both_wrong -
                                                              counts.both_wrong_without_labels};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
