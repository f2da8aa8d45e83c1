// A validation set of images that never were: labels, label sets and models' scores, the same from every seed on every
// machine. Label sets have the sizes of the released ReaL labels, and the original label is as often acceptable (90 %).
#pragma once

#include "program.hpp"

#include <reassess/data/labels.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace simulated {

/// Random numbers that are the same on every platform, which those of the standard distributions are not.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    /// Uniform on 0 .. end - 1 (but for a bias of about end / 2^64).
    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    /// In [0, 1).
    float uniform() { return static_cast<float>(engine_() >> 40) * 0x1p-24F; }
    bool chance(float probability) { return uniform() < probability; }
    /// Nearly normal, of mean 0 and standard deviation 1: the sum of four 16-bit uniform numbers.
    float noise()
    {
        const std::uint64_t bits = engine_();
        const auto sum =
            static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
        return (sum / 65536 - 2) * 1.7320508F;
    }

private:
    std::mt19937_64 engine_;
};

struct image {
    reassess::class_index original = 0;
    /// What is seen best comes first.
    std::vector<reassess::class_index> labels{};
    /// How well the labels can be seen: models of all strengths fail on the same hard images.
    float clarity = 1;
};

/// Images of the released ReaL labels by number of labels.
inline constexpr std::array<std::uint64_t, 10> set_sizes{3163, 39394, 5408, 1319, 411, 161, 88, 41, 13, 2};

inline std::size_t draw_set_size(random_source& random)
{
    std::uint64_t draw = random.below(50000);
    std::size_t size = 0;
    while (draw >= set_sizes[size]) draw -= set_sizes[size++];
    return size;
}

/// The images of a simulated validation set.
inline std::vector<image> draw_images(std::size_t count, std::size_t classes, random_source& random)
{
    std::vector<image> images(count);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const std::uint64_t main_class = i % classes;
        const std::size_t size = std::min(draw_set_size(random), classes);
        for (std::size_t j = 0; j < size; ++j) {
            // Further labels are mostly neighbours, so that some classes keep occurring together.
            std::uint64_t c =
                j == 0 ? main_class : (main_class + 1 + random.below(random.chance(0.8F) ? 3 : classes)) % classes;
            auto& labels = images[i].labels;
            while (std::find(labels.begin(), labels.end(), static_cast<reassess::class_index>(c)) != labels.end())
                c = (c + 1) % classes;
            labels.push_back(static_cast<reassess::class_index>(c));
        }
        images[i].clarity = 0.35F + 1.3F * random.uniform();
        const auto& labels = images[i].labels;
        const bool acceptable = !labels.empty() && random.chance(0.9F);
        images[i].original = acceptable ? labels[random.below(labels.size())]
                                        : static_cast<reassess::class_index>(random.below(classes));
    }
    return images;
}

/// Scores in which the labels stand out from the noise by `strength`, the best seen one most.
inline std::vector<float> draw_scores(const std::vector<image>& images, const std::vector<std::size_t>& order,
                                      std::size_t classes, float strength, random_source& random)
{
    std::vector<float> scores(order.size() * classes);
    program::progress_bar bar("simulating", order.size());
    for (std::size_t row = 0; row < order.size(); ++row) {
        float* const row_scores = scores.data() + row * classes;
        for (std::size_t c = 0; c < classes; ++c) row_scores[c] = random.noise();
        const image& seen = images[order[row]];
        float weight = strength * seen.clarity;
        for (const reassess::class_index label : seen.labels) {
            row_scores[label] += weight;
            weight *= 0.8F;
        }
        row_scores[seen.original] += strength / 4;
        bar.show(row + 1);
    }
    return scores;
}

/// The file's name of an image, which ends with its number from 1 on.
inline std::string name_of(std::size_t image)
{
    const std::string number = std::to_string(image + 1);
    return "simulated_val_" + std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number + ".JPEG";
}

/// An order of rows that is not that of the images' numbers.
inline std::vector<std::size_t> draw_order(std::size_t count, random_source& random)
{
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {
        order[i] = i;
        std::swap(order[i], order[random.below(i + 1)]);
    }
    return order;
}

/// Four models of growing accuracy, and how far the labels stand out for each.
inline constexpr std::array<std::pair<const char*, float>, 4> models{
    {{"a", 3.1F}, {"b", 3.7F}, {"c", 4.4F}, {"d", 5.4F}}};

}  // namespace simulated
