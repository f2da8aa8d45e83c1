// Generated scores and labels that resemble real ones: normal noise of standard deviation 2, greater scores at the
// labels, about 1.1 labels per image.
#pragma once

#include <reassess/data/float16.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <type_traits>
#include <vector>

namespace bench {

enum class label_kind { real, random };

template <class T>
T as_score(float x)
{
    const auto bits = __builtin_bit_cast(std::uint32_t, x);
    if constexpr (std::is_same_v<T, reassess::half>) {
        // Truncated. The scores are far from the limits of the format.
        const auto exponent = static_cast<int>(bits >> 23 & 0xff) - 112;
        const auto sign = bits >> 16 & 0x8000U;
        if (exponent <= 0) return {static_cast<std::uint16_t>(sign)};
        return {static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(exponent) << 10 | (bits >> 13 & 0x3ffU))};
    } else if constexpr (std::is_same_v<T, reassess::bfloat16>) {
        return {static_cast<std::uint16_t>(bits >> 16)};
    } else if constexpr (std::is_same_v<T, std::int8_t>) {
        return static_cast<std::int8_t>(x < -12 ? -120 : x > 12 ? 120 : x * 10);
    } else {
        return x;
    }
}

template <class T>
struct data_set {
    std::size_t images;
    std::size_t classes;
    std::vector<T> scores;
    std::vector<reassess::class_index> original;
    reassess::label_sets real;
};

template <class T>
data_set<T> make_data_set(std::size_t images, std::size_t classes, label_kind kind)
{
    std::mt19937_64 random(1);
    data_set<T> data{images, classes, std::vector<T>(images * classes), {}, {}};
    // Noise from a table: drawing hundreds of millions of numbers would take longer than the measurement.
    std::normal_distribution<float> normal(0, 2);
    std::vector<float> noise(1 << 16);
    for (float& x : noise) x = normal(random);
    for (std::size_t i = 0; i < images; ++i) {
        T* const row = data.scores.data() + i * classes;
        std::size_t at = random();
        for (std::size_t c = 0; c < classes; ++c) row[c] = as_score<T>(noise[at++ & 0xffff]);
        const auto label = static_cast<reassess::class_index>(random() % classes);
        const auto size = random() % 100;
        std::vector<reassess::class_index> set;
        if (size >= 6) set.push_back(label);
        if (size >= 80) set.push_back(static_cast<reassess::class_index>(random() % classes));
        if (kind == label_kind::real) {
            const float spread = normal(random);
            row[label] = as_score<T>(8.5F + spread);
            if (set.size() > 1) row[set[1]] = as_score<T>(6.5F + spread);
        }
        data.original.push_back(label);
        data.real.append(std::span<const reassess::class_index>(set));
    }
    return data;
}

/// Labels only, without scores.
inline data_set<float> make_labels(std::size_t images, std::size_t classes)
{
    std::mt19937_64 random(2);
    data_set<float> data{images, classes, {}, {}, {}};
    data.original.reserve(images);
    for (std::size_t i = 0; i < images; ++i) {
        reassess::class_index labels[6];
        const auto draw = random() % 200;
        // 6 % of the images have no label, 1.5 % have six.
        const std::size_t size = draw < 12 ? 0 : draw < 170 ? 1 : draw < 197 ? 2 : 6;
        for (std::size_t j = 0; j < size; ++j) labels[j] = static_cast<reassess::class_index>(random() % classes);
        data.real.append(std::span<const reassess::class_index>(labels, size));
        data.original.push_back(size == 0 || random() % 5 == 0 ? static_cast<reassess::class_index>(random() % classes)
                                                               : labels[0]);
    }
    return data;
}

}  // namespace bench
