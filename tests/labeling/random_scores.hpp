// Random scores with many ties, and reference mentions computed by sorting all scores.
#pragma once

#include <reassess/data/scores.hpp>
#include <reassess/labeling/mentions.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace test_support {

/// Integers from 0 to `levels` - 1, times `unit`.
template <class T>
std::vector<T> random_scores(std::size_t size, std::uint64_t levels, std::uint64_t seed, T unit = T(1))
{
    std::mt19937_64 engine(seed);
    std::vector<T> scores(size);
    for (T& score : scores) score = unit * static_cast<T>(engine() % levels);
    return scores;
}

/// Softmax probabilities by definition, row by row.
template <class T>
std::vector<double> softmax_by_definition(const std::vector<T>& scores, std::size_t classes)
{
    std::vector<double> probabilities(scores.size());
    for (std::size_t first = 0; first < scores.size(); first += classes) {
        double largest = static_cast<double>(scores[first]);
        for (std::size_t c = 1; c < classes; ++c) largest = std::max(largest, static_cast<double>(scores[first + c]));
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(scores[first + c]) - largest);
        for (std::size_t c = 0; c < classes; ++c)
            probabilities[first + c] = std::exp(static_cast<double>(scores[first + c]) - largest) / sum;
    }
    return probabilities;
}

/// The m largest by sorting all; ties by lower position.
template <class T>
std::vector<reassess::image_class> largest_by_sorting(const std::vector<T>& scores, std::size_t classes, std::size_t m)
{
    std::vector<std::size_t> order(scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    order.resize(std::min(m, order.size()));
    std::sort(order.begin(), order.end());
    std::vector<reassess::image_class> pairs;
    for (const std::size_t i : order)
        pairs.push_back({static_cast<std::uint32_t>(i / classes), static_cast<reassess::class_index>(i % classes)});
    return pairs;
}

/// The mentions of a model, by sorting all scores.
template <class T>
reassess::model_mentions mentions_by_sorting(const std::vector<T>& scores, std::size_t classes, std::size_t m)
{
    reassess::model_mentions mentions{.classes = classes};
    mentions.by_logit = largest_by_sorting(scores, classes, m);
    mentions.by_probability = largest_by_sorting(softmax_by_definition(scores, classes), classes, m);
    for (std::size_t first = 0; first < scores.size(); first += classes) {
        const auto row = scores.begin() + static_cast<std::ptrdiff_t>(first);
        mentions.top_1.push_back(static_cast<reassess::class_index>(
            std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
    }
    return mentions;
}

/// Correlated models: random scores in which a few classes of each image have higher scores.
inline std::vector<reassess::model_mentions> random_models(std::size_t models, std::size_t images, std::size_t classes,
                                                           std::size_t pairs, std::uint64_t seed)
{
    std::vector<reassess::model_mentions> all;
    for (std::size_t m = 0; m < models; ++m) {
        std::vector<float> scores = random_scores<float>(images * classes, 6, seed * 1000 + m, 0.5F);
        for (std::size_t image = 0; image < images; ++image) {
            scores[image * classes + image % classes] += 2;
            scores[image * classes + (image * 3 + seed) % classes] += 1;
        }
        all.push_back(
            reassess::find_mentions(reassess::seq, reassess::scores_view<float>(scores, classes), {.pairs = pairs}));
    }
    return all;
}

}  // namespace test_support
