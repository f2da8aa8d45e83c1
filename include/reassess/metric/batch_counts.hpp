// What a batch adds to a model_evaluation, kept beside it while the batch may still turn out to be wrong.
#pragma once

#include "../data/labels.hpp"
#include "../data/truth.hpp"
#include "../execution/execution.hpp"
#include "../ranking/rankings.hpp"
#include "evaluation_counters.hpp"
#include "pair_counts.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline v0_1::detail {

/// Of so many images, labels and ranks stay in a second-level cache from ranking to counting.
inline constexpr std::size_t images_of_block = 2048;

class batch_counts {
public:
    explicit batch_counts(const evaluation_layout& layout) : at_{layout}, tallies_(at_.size()) {}

    /// Counts some of the batch's images, whose ranks were made with this truth. `repeated` has 1 for an image that is
    /// skipped, or is null.
    template <execution_policy Policy>
    void count(Policy policy, const rankings& ranks, const truth_view& truth, const std::uint8_t* repeated)
    {
        accumulate(policy, {ranks.images(), bytes_of_counting}, count_image(at_.counters, ranks, truth, repeated),
                   tallies_);
        if (truth.original) collect_confused(ranks, *truth.original, repeated);
    }

    /// As many pairs, or fewer different ones, are added to `confused` by add_to.
    [[nodiscard]] std::size_t confused_images() const noexcept { return confused_.size(); }

    /// Adds everything; there is room for it.
    void add_to(std::span<std::uint64_t> counters, pair_counts& confused) const noexcept
    {
        at_.add_to(counters, tallies_);
        for (const label_and_prediction& pair : confused_) confused.add(pair.label, pair.prediction);
    }

private:
    struct label_and_prediction {
        std::uint32_t label;
        std::uint32_t prediction;
    };

    /// Keeps the pairs of images whose prediction is not their original label. Which they are nobody can foresee, so
    /// bits are set without a branch, and then looked for.
    void collect_confused(const rankings& ranks, std::span<const class_index> original, const std::uint8_t* repeated)
    {
        for (std::size_t first = 0; first < ranks.images(); first += 64) {
            const std::size_t count = std::min<std::size_t>(64, ranks.images() - first);
            std::uint64_t differ = 0;
            for (std::size_t i = count; i-- > 0;)
                differ = differ << 1 | static_cast<std::uint64_t>(ranks.prediction[first + i] != original[first + i]);
            for (; differ != 0; differ &= differ - 1) {
                const std::size_t image = first + static_cast<std::size_t>(std::countr_zero(differ));
                const class_index label = original[image], prediction = ranks.prediction[image];
                const bool skipped = repeated != nullptr && repeated[image] != 0;
                if (!skipped && label != missing_label && prediction != missing_label)
                    confused_.push_back({static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(prediction)});
            }
        }
    }

    tally_layout at_;
    std::vector<std::uint64_t> tallies_;
    std::vector<label_and_prediction> confused_;
};

}  // namespace reassess::inline v0_1::detail
