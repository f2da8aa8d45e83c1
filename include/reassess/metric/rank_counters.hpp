// Rank counters of one model: evaluation_layout, one flat array of 64-bit counters that is merged by addition; and
// tally_layout, the array that the pass adds to, which needs fewer additions per image.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "ranked_image.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The index of each counter. Ranks of `depth` and more share one counter, and so do set sizes of `depth` and more.
struct evaluation_layout {
    std::size_t classes = 0;
    std::size_t depth = 0;

    // Not std::min, because device code cannot call it.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t up_to_depth(std::size_t number) const noexcept
    {
        return number < depth ? number : depth;
    }

    enum scalar : std::size_t {
        images,
        repeated_images,
        nan_images,
        missing_labels,
        without_real_labels,
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
    /// Images with ReaL labels by the best rank among their labels.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t best_real_rank(std::size_t rank) const noexcept
    {
        return original_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Acceptable labels by rank, over all images with ReaL labels.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t real_rank(std::size_t rank) const noexcept
    {
        return best_real_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Acceptable labels by rank, over images whose number of labels is greater than the rank.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t real_rank_where_enough(std::size_t rank) const noexcept
    {
        return real_rank(depth) + 1 + up_to_depth(rank);
    }
    /// Images with ReaL labels by the number of leading predictions that are all in the set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t leading_real(std::size_t count) const noexcept
    {
        return real_rank_where_enough(depth) + 1 + up_to_depth(count);
    }
    /// Images with ReaL labels by the size of their set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t set_size(std::size_t size) const noexcept
    {
        return leading_real(depth) + 1 + up_to_depth(size);
    }
    /// Images by original label.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labelled(std::size_t c) const noexcept
    {
        return set_size(depth) + 1 + c;
    }
    /// Images by original label, if it is the prediction.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labelled_hits(std::size_t c) const noexcept
    {
        return labelled(classes) + c;
    }
    /// Images by original label, if it is in the set.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t confirmed(std::size_t c) const noexcept
    {
        return labelled_hits(classes) + c;
    }
    /// Images by original label, if it is in the set and is the prediction.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t confirmed_hits(std::size_t c) const noexcept
    {
        return confirmed(classes) + c;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept { return confirmed_hits(classes); }

    friend bool operator==(const evaluation_layout&, const evaluation_layout&) = default;
};

/// Layout of the tallies that the pass adds to; add_to converts them to counters. Joint tallies replace several
/// counters: one tally for the rank of an image whose only label is the original one (most images), one for each label
/// of a set of one or two labels, and one for an original label together with whether it is the prediction and whether
/// it is in the set.
struct tally_layout {
    evaluation_layout counters;

    // Counters before `labelled` have the same index in both layouts.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t shared() const noexcept { return counters.labelled(0); }
    // Ranks of sets of one or two labels are distinguished one rank deeper than `counters.depth`: for
    // real_rank_where_enough, rank 1 in a set of two must be distinguished from higher ranks also at depth 1.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t depth() const noexcept { return counters.depth + 1; }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t up_to_depth(std::size_t rank) const noexcept
    {
        return rank < depth() ? rank : depth();
    }
    /// Images whose only ReaL label is the original one, by its rank. They are tallied only here, in `labelled` and in
    /// `ties`.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t confirmed_alone(std::size_t rank) const noexcept
    {
        return shared() + up_to_depth(rank);
    }
    /// Other images with one or two labels, by the better rank.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t better_of_few(bool two, std::size_t rank) const noexcept
    {
        return shared() + (two ? 2 : 1) * (depth() + 1) + up_to_depth(rank);
    }
    /// Images with two labels, by the worse rank, separately for those whose better rank is 0.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t worse_of_two(bool better_is_first, std::size_t rank) const noexcept
    {
        return shared() + (better_is_first ? 4 : 3) * (depth() + 1) + up_to_depth(rank);
    }
    // Outcome of an image with labels of both kinds, for the preference counts.
    enum outcome_bits : unsigned { no_labels = 1, model_correct = 2, label_correct = 4, agree = 8, every_bit = 15 };
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t outcome(unsigned bits) const noexcept
    {
        return shared() + 5 * (depth() + 1) + bits;
    }
    /// Images by original label, prediction right or wrong, label in the set or not.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t labelled(class_index label, bool hit, bool confirmed) const noexcept
    {
        return outcome(every_bit) + 1 + static_cast<std::size_t>(label) * 4 + (hit ? 2 : 0) +
               static_cast<std::size_t>(confirmed);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept
    {
        return labelled(static_cast<class_index>(counters.classes), false, false);
    }

    /// Adds the tallies to counters of evaluation_layout. O(classes + depth).
    void add_to(std::span<std::uint64_t> sums, std::span<const std::uint64_t> tallies) const noexcept
    {
        const evaluation_layout& at = counters;
        for (std::size_t i = 0; i < shared(); ++i) sums[i] += tallies[i];
        std::uint64_t with_one = 0, with_two = 0;
        for (std::size_t rank = 0; rank <= depth(); ++rank) {
            const std::uint64_t alone = tallies[confirmed_alone(rank)];
            const std::uint64_t only = alone + tallies[better_of_few(false, rank)];
            const std::uint64_t better = tallies[better_of_few(true, rank)];
            const std::uint64_t worse = tallies[worse_of_two(false, rank)] + tallies[worse_of_two(true, rank)];
            sums[evaluation_layout::images] += alone;
            if (rank != 0) sums[evaluation_layout::label_preferred] += alone;
            sums[at.original_rank(rank)] += alone;
            sums[at.best_real_rank(rank)] += only + better;
            sums[at.real_rank(rank)] += only + better + worse;
            if (rank < 1) sums[at.real_rank_where_enough(rank)] += only;
            if (rank < 2) sums[at.real_rank_where_enough(rank)] += better + worse;
            with_one += only;
            with_two += better;
        }
        const std::uint64_t first_is_real =
            tallies[confirmed_alone(0)] + tallies[better_of_few(false, 0)] + tallies[better_of_few(true, 0)];
        const std::uint64_t first_two_are_real = tallies[worse_of_two(true, 1)];
        sums[at.leading_real(0)] += with_one + with_two - first_is_real;
        sums[at.leading_real(1)] += first_is_real - first_two_are_real;
        sums[at.leading_real(2)] += first_two_are_real;
        sums[at.set_size(1)] += with_one;
        sums[at.set_size(2)] += with_two;
        sums[evaluation_layout::both_correct] += tallies[outcome(label_correct | model_correct)];
        sums[evaluation_layout::label_preferred] += tallies[outcome(label_correct)];
        sums[evaluation_layout::model_preferred] += tallies[outcome(model_correct)];
        sums[evaluation_layout::both_wrong] += tallies[outcome(0)] + tallies[outcome(no_labels)];
        sums[evaluation_layout::both_wrong_without_labels] += tallies[outcome(no_labels)];
        for (std::size_t c = 0; c < at.classes; ++c) {
            const std::uint64_t* const images = tallies.data() + labelled(static_cast<class_index>(c), false, false);
            sums[at.labelled(c)] += images[0] + images[1] + images[2] + images[3];
            sums[at.labelled_hits(c)] += images[2] + images[3];
            sums[at.confirmed(c)] += images[1] + images[3];
            sums[at.confirmed_hits(c)] += images[3];
        }
    }
};

/// Number of consecutive ones, starting with the lowest bit.
REASSESS_HOST_DEVICE inline int trailing_ones(std::uint64_t bits) noexcept
{
#if REASSESS_DEVICE_CODE
    return bits == ~std::uint64_t{0} ? 64 : __ffsll(static_cast<long long>(~bits)) - 1;
#else
    return std::countr_one(bits);
#endif
}

/// Number of leading predictions that are all in a set whose labels have these ranks.
REASSESS_HOST_DEVICE inline std::size_t leading_ranks(const rank_index* ranks, std::size_t labels) noexcept
{
    std::uint64_t present = 0;
    for (std::size_t j = 0; j < labels; ++j) present |= static_cast<std::uint64_t>(ranks[j] < 64) << (ranks[j] % 64);
    auto leading = static_cast<std::size_t>(trailing_ones(present));
    while (leading >= 64 && is_among(ranks, labels, static_cast<rank_index>(leading))) ++leading;
    return leading;
}

/// Counting one image (a dozen counters) takes as long as reading about this many bytes; policies use it to decide
/// whether to start threads.
inline constexpr std::size_t bytes_of_counting = 300;

/// Tallies one image; runs on every backend through `accumulate`.
struct count_image : ranked_images {
    tally_layout at;

    count_image() = default;
    count_image(const evaluation_layout& layout, const ranked_images& images) noexcept
        : ranked_images(images), at{layout}
    {
    }

    // Forced inlining, because a call would load all members again for every image; compilers consider it too large.
    template <class Tally>
    REASSESS_HOST_INLINE REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        const class_index label = original != nullptr ? original[image] : missing_label;
        const bool left_out = (repeated != nullptr && repeated[image] != 0) || prediction[image] == missing_label;
        if (left_out || !is_confirmed_alone(image, label)) return count_other(image, label, tally);
        const rank_index rank = original_rank[image];
        tally.add(at.confirmed_alone(rank));
        count_original(image, label, rank, true, tally);
    }

private:
    /// Whether the set of the image contains only its original label.
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_confirmed_alone(std::size_t image, class_index label) const noexcept
    {
        if (offsets == nullptr) return false;
        const std::uint64_t first = offsets[image];
        return offsets[image + 1] - first == 1 && labels[first] == label;
    }

    template <class Tally>
    REASSESS_HOST_INLINE REASSESS_HOST_DEVICE void count_other(std::size_t image, class_index label,
                                                               const Tally& tally) const noexcept
    {
        tally.add(evaluation_layout::images);
        if (repeated != nullptr && repeated[image] != 0) return tally.add(evaluation_layout::repeated_images);
        if (prediction[image] == missing_label) return tally.add(evaluation_layout::nan_images);
        const unsigned bits = offsets != nullptr ? count_real(image, label, tally) : 0;
        if (original == nullptr) return;
        if (label == missing_label) return tally.add(evaluation_layout::missing_labels);
        const rank_index rank = original_rank[image];
        tally.add(at.counters.original_rank(rank));
        count_original(image, label, rank, (bits & tally_layout::label_correct) != 0, tally);
        if (offsets != nullptr) tally.add(at.outcome(bits | (prediction[image] == label ? tally_layout::agree : 0U)));
    }

    [[nodiscard]] static REASSESS_HOST_DEVICE unsigned outcome_of(bool holds_label, bool holds_prediction) noexcept
    {
        return (holds_label ? tally_layout::label_correct : 0U) | (holds_prediction ? tally_layout::model_correct : 0U);
    }

    template <class Tally>
    REASSESS_HOST_INLINE REASSESS_HOST_DEVICE void count_original(std::size_t image, class_index label, rank_index rank,
                                                                  bool confirmed, const Tally& tally) const noexcept
    {
        tally.add(at.labelled(label, rank == 0, confirmed));
        if (original_tied != nullptr && original_tied[image] != 0) tally.add(evaluation_layout::ties);
    }

    /// Counts the label set of an image. Returns the bits of its outcome that depend on the set.
    template <class Tally>
    REASSESS_HOST_INLINE REASSESS_HOST_DEVICE unsigned count_real(std::size_t image, class_index label,
                                                                  const Tally& tally) const noexcept
    {
        const auto size = static_cast<std::size_t>(offsets[image + 1] - offsets[image]);
        const class_index* const set = labels + offsets[image];
        const rank_index* const ranks = label_rank + (offsets[image] - offsets[0]);
        if (size == 0) {
            tally.add(evaluation_layout::without_real_labels);
            return tally_layout::no_labels;
        }
#if !REASSESS_DEVICE_CODE  // on a device it would need too many registers; the code below gives the same counts
        if (size <= 2) {
            // Branch-free, because the number of labels is unpredictable: a single label is processed twice.
            const std::size_t end = size - 1;
            const rank_index first = ranks[0], last = ranks[end];
            const rank_index better = first < last ? first : last;
            tally.add(at.better_of_few(size == 2, better));
            tally.add_if(size == 2, at.worse_of_two(better == 0, first < last ? last : first));
            return outcome_of((set[0] == label) | (set[end] == label), better == 0);
        }
#endif
        // Several short loops, because one loop for all counts needs more registers than a GPU thread has.
        rank_index best = no_rank;
        for (std::size_t j = 0; j < size; ++j) {
            const rank_index rank = ranks[j];
            best = rank < best ? rank : best;
            tally.add(at.counters.real_rank(rank));
            tally.add_if(rank < size, at.counters.real_rank_where_enough(rank));
        }
        tally.add(at.counters.best_real_rank(best));
        tally.add(at.counters.leading_real(leading_ranks(ranks, size)));
        tally.add(at.counters.set_size(size));
        return outcome_of(is_among(set, size, label), best == 0);
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
