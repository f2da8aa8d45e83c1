// Random scores and labels of many images, the same on every platform, for the program million_images.
#pragma once

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/targets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace program {

/// Labels of drawn images.
struct drawn_labels {
    std::vector<reassess::class_index> original{};
    reassess::label_sets real{};

    [[nodiscard]] reassess::targets_view targets() const { return {.original = original, .real = real.view()}; }
};

/// Draws scores that resemble those of a model: noise of standard deviation 2, raised at the labels. The noise comes
/// from a table, because drawing 10^9 numbers would take longer than the evaluation.
class score_drawer {
public:
    explicit score_drawer(std::size_t classes) : classes_(classes), noise_(std::size_t{1} << 16)
    {
        for (float& x : noise_) x = normal();
    }

    /// Fills one image's scores and adds its labels.
    void draw(float* row, drawn_labels& labels)
    {
        std::size_t at = below(noise_.size());
        for (std::size_t c = 0; c < classes_;) {
            const std::size_t count = std::min(classes_ - c, noise_.size() - at);
            std::copy_n(noise_.data() + at, count, row + c);
            c += count;
            at = 0;
        }
        const auto label = static_cast<reassess::class_index>(below(classes_));
        const auto other = static_cast<reassess::class_index>(below(classes_));
        const std::size_t kind = below(100);
        std::vector<reassess::class_index> set;
        if (kind >= 6) set.push_back(label);
        if (kind >= 80) set.push_back(other);
        const float clarity = normal();
        if (set.size() > 1) row[other] = 5.5F + clarity;
        row[label] = 7.5F + clarity;
        labels.original.push_back(label);
        labels.real.append(std::span<const reassess::class_index>(set));
    }

private:
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
    /// Nearly normal, of standard deviation 2: the sum of four 16-bit uniform numbers. The standard's distributions
    /// differ between platforms; the file must not.
    float normal()
    {
        const std::uint64_t bits = random_();
        const std::uint64_t sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        return (static_cast<float>(sum) / 65536 - 2) * 3.4641016F;
    }

    std::size_t classes_;
    std::mt19937_64 random_{1};
    std::vector<float> noise_;
};

}  // namespace program
