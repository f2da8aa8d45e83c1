// What is counted of one model: one flat array of 64-bit counters, so that every backend adds to it in its own way and
// merging is adding.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/truth.hpp"
#include "../detail/config.hpp"
#include "../ranking/rankings.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace reassess::inline v0_1::detail {

/// Where each counter lies. Ranks from `depth` on, and set sizes above it, share one place.
struct evaluation_layout {
    std::size_t classes = 0;
    std::size_t depth = 0;

    // Not std::min, which a device may not call.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t up_to_depth(std::size_t number) const noexcept
    {
        return number < depth ? number : depth;
    }

    enum scalar : std::size_t {
        images,
        repeated_images,
        nan_images,
        missing_labels,
        excluded,
        ties,
        model_preferred,
        label_preferred,
        both_correct,
        both_wrong,
        both_wrong_without_labels,
        scalars
    };

    /// Images by rank of the original label.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t original_rank(std::size_t rank) const noexcept
    {
        return scalars + up_to_depth(rank);
    }
    /// Judged images by the best rank among their labels.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t best_real_rank(std::size_t rank) const noexcept
    {
        return original_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Labels by rank, of all judged images.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t real_rank(std::size_t rank) const noexcept
    {
        return best_real_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Labels by rank, of images with more labels than that.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t real_rank_where_enough(std::size_t rank) const noexcept
    {
        return real_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Judged images by how many first predictions are all in the set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t leading_real(std::size_t count) const noexcept
    {
        return real_rank_where_enough(depth) + 1 + up_to_depth(count);
    }
    /// Judged images by the size of their set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t set_size(std::size_t size) const noexcept
    {
        return leading_real(depth) + 1 + up_to_depth(size);
    }
    /// Images by original label.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labelled(std::size_t c) const noexcept
    {
        return set_size(depth) + 1 + c;
    }
    /// Images by original label, where it is the prediction.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labelled_hits(std::size_t c) const noexcept
    {
        return labelled(classes) + c;
    }
    /// Images by original label, where it is in the set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t confirmed(std::size_t c) const noexcept
    {
        return labelled_hits(classes) + c;
    }
    /// Images by original label, where it is in the set and the prediction.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t confirmed_hits(std::size_t c) const noexcept
    {
        return confirmed(classes) + c;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept { return confirmed_hits(classes); }

    friend bool operator==(const evaluation_layout&, const evaluation_layout&) = default;
};

/// How many of the lowest bits are set before the first that is not.
REASSESS_HOST_DEVICE inline int trailing_ones(std::uint64_t bits) noexcept
{
#if REASSESS_DEVICE_CODE
    return bits == ~std::uint64_t{0} ? 64 : __ffsll(static_cast<long long>(~bits)) - 1;
#else
    return std::countr_one(bits);
#endif
}

/// How many first predictions are all in a set whose labels have these ranks.
REASSESS_HOST_DEVICE inline std::size_t leading_ranks(const rank_index* ranks, std::size_t labels) noexcept
{
    std::uint64_t present = 0;
    for (std::size_t j = 0; j < labels; ++j) {
        if (ranks[j] < 64) present |= std::uint64_t{1} << ranks[j];
    }
    auto leading = static_cast<std::size_t>(trailing_ones(present));
    while (leading >= 64 && is_among(ranks, labels, static_cast<rank_index>(leading))) ++leading;
    return leading;
}

/// Counts one image; runs on every backend through `accumulate`.
struct count_image {
    evaluation_layout at;
    const class_index* prediction = nullptr;
    const class_index* original = nullptr;        ///< null where not given
    const rank_index* original_rank = nullptr;    ///< null where not given
    const std::uint8_t* original_tied = nullptr;  ///< null where not known
    const std::uint64_t* offsets = nullptr;       ///< null where no label sets were given
    const class_index* labels = nullptr;
    const rank_index* label_rank = nullptr;  ///< of the label at offsets[0]
    const std::uint8_t* repeated = nullptr;  ///< 1 where the image was seen before; null where that is not asked

    count_image() = default;
    count_image(const evaluation_layout& layout, const rankings& ranks, const truth_view& truth,
                const std::uint8_t* repeated_images) noexcept
        : at(layout), prediction(ranks.prediction.data()), repeated(repeated_images)
    {
        if (truth.original) {
            original = truth.original->data();
            original_rank = ranks.original_rank.data();
            if (ranks.ties_known) original_tied = ranks.original_tied.data();
        }
        if (truth.real) {
            offsets = truth.real->offsets();
            labels = truth.real->classes();
            label_rank = ranks.label_rank.data();
        }
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        tally.add(at.images);
        if (repeated != nullptr && repeated[image] != 0) return tally.add(at.repeated_images);
        if (prediction[image] == missing_label) return tally.add(at.nan_images);
        if (original != nullptr) count_original(image, tally);
        if (offsets != nullptr) count_real(image, tally);
        if (original != nullptr && offsets != nullptr && original[image] != missing_label) count_both(image, tally);
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labels_of(std::size_t image) const noexcept
    {
        return static_cast<std::size_t>(offsets[image + 1] - offsets[image]);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool acceptable(std::size_t image, class_index c) const noexcept
    {
        return is_among(labels + offsets[image], labels_of(image), c);
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void count_original(std::size_t image, const Tally& tally) const noexcept
    {
        const class_index label = original[image];
        if (label == missing_label) return tally.add(at.missing_labels);
        tally.add(at.original_rank(original_rank[image]));
        tally.add(at.labelled(static_cast<std::size_t>(label)));
        tally.add_if(original_rank[image] == 0, at.labelled_hits(static_cast<std::size_t>(label)));
        if (original_tied != nullptr && original_tied[image] != 0) tally.add(at.ties);
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void count_real(std::size_t image, const Tally& tally) const noexcept
    {
        const std::size_t count = labels_of(image);
        if (count == 0) return tally.add(at.excluded);
        const rank_index* ranks = label_rank + (offsets[image] - offsets[0]);
        rank_index best = no_rank;
        for (std::size_t j = 0; j < count; ++j) {
            best = ranks[j] < best ? ranks[j] : best;
            tally.add(at.real_rank(ranks[j]));
            tally.add_if(ranks[j] < count, at.real_rank_where_enough(ranks[j]));
        }
        tally.add(at.best_real_rank(best));
        tally.add(at.leading_real(leading_ranks(ranks, count)));
        tally.add(at.set_size(count));
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void count_both(std::size_t image, const Tally& tally) const noexcept
    {
        const class_index label = original[image];
        const bool label_correct = acceptable(image, label);
        const bool agree = prediction[image] == label;
        tally.add_if(label_correct, at.confirmed(static_cast<std::size_t>(label)));
        tally.add_if(label_correct && agree, at.confirmed_hits(static_cast<std::size_t>(label)));
        if (agree) return;
        const bool model_correct = acceptable(image, prediction[image]);
        if (model_correct && label_correct) return tally.add(at.both_correct);
        if (model_correct) return tally.add(at.model_preferred);
        if (label_correct) return tally.add(at.label_preferred);
        tally.add(at.both_wrong);
        if (labels_of(image) == 0) tally.add(at.both_wrong_without_labels);
    }
};

}  // namespace reassess::inline v0_1::detail
