// What a batch adds to a model_evaluation, kept beside it while the batch may still turn out to be wrong.
#pragma once

#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../execution/execution.hpp"
#include "../ranking/rankings.hpp"
#include "../version.hpp"
#include "evaluation_counters.hpp"
#include "pair_counts.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Of so many images, labels and ranks stay in a second-level cache from ranking to counting.
inline constexpr std::size_t images_of_block = 2048;

/// Tallies and confused pairs. The functions that count use the policy's threads; nothing else may run beside them.
class batch_counts {
public:
    explicit batch_counts(const evaluation_layout& layout) : at_{layout}, tallies_(at_.size()) {}

    /// Ranks the batch's blocks, each of which is counted as soon as it is ranked. `repeated` has 1 for an image that
    /// is skipped, or is null. Throws as `rank` does.
    template <execution_policy Policy, class Blocks>
    void rank_and_count(Policy policy, Blocks& blocks, const std::uint8_t* repeated)
    {
        const auto rank_and_count_rows = [&](std::size_t begin, std::size_t end, const host_tally& tally) {
            rankings ranks;
            for (std::size_t first = begin; first < end; first += images_of_block) {
                const std::size_t count = std::min(images_of_block, end - first);
                const targets_view labels = blocks.targets().slice(first, count);
                if (!blocks.rank(first, count, labels, ranks)) return;
                count_images(0, count, ranks, labels, repeated == nullptr ? nullptr : repeated + first, tally);
            }
        };
        accumulate_rows(policy, blocks.work(), rank_and_count_rows, tallies_);
        blocks.expect_success();
    }

    /// Counts ranks of the batch that were made with this targets.
    template <execution_policy Policy>
    void count(Policy policy, const rankings& ranks, const targets_view& targets, const std::uint8_t* repeated)
    {
        const auto count_rows = [&](std::size_t begin, std::size_t end, const host_tally& tally) {
            count_images(begin, end, ranks, targets, repeated, tally);
        };
        accumulate_rows(policy, {ranks.images(), bytes_of_counting}, count_rows, tallies_);
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

    void count_images(std::size_t begin, std::size_t end, const rankings& ranks, const targets_view& targets,
                      const std::uint8_t* repeated, const host_tally& tally)
    {
        each_index_of_block(count_image(at_.counters, ranks, targets, repeated))(begin, end, tally);
        if (targets.original) keep_confused(begin, end, ranks.prediction, *targets.original, repeated);
    }

    /// Keeps the pairs of images whose prediction is not their original label. Which they are nobody can foresee, so
    /// bits are set without a branch, and then looked for.
    void keep_confused(std::size_t begin, std::size_t end, std::span<const class_index> predictions,
                       std::span<const class_index> original, const std::uint8_t* repeated)
    {
        std::vector<label_and_prediction> found;
        for (std::size_t first = begin; first < end; first += 64) {
            const std::size_t count = std::min<std::size_t>(64, end - first);
            std::uint64_t differ = 0;
            for (std::size_t i = count; i-- > 0;)
                differ = differ << 1 | static_cast<std::uint64_t>(predictions[first + i] != original[first + i]);
            for (; differ != 0; differ &= differ - 1) {
                const std::size_t image = first + static_cast<std::size_t>(std::countr_zero(differ));
                const class_index label = original[image], prediction = predictions[image];
                const bool skipped = repeated != nullptr && repeated[image] != 0;
                if (!skipped && label != missing_label && prediction != missing_label)
                    found.push_back({static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(prediction)});
            }
        }
        const std::lock_guard lock(confused_mutex_);
        confused_.insert(confused_.end(), found.begin(), found.end());
    }

    tally_layout at_;
    std::vector<std::uint64_t> tallies_;
    std::mutex confused_mutex_;  // several threads count
    std::vector<label_and_prediction> confused_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
