// ReaL accuracy of stored predictions alone, at the speed of reading them.
#pragma once

#include "../data/labels.hpp"
#include "../data/packed_label_sets.hpp"
#include "../data/predictions.hpp"
#include "../data/proportion.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline v0_1 {
namespace detail {

inline constexpr std::uint64_t every_label = 0x0001000100010001U;

/// Whether one of a word's four labels is the class.
inline bool holds_label(std::uint64_t word, std::uint64_t c) noexcept
{
    const std::uint64_t difference = word ^ (c * every_label);
    // Some 16 bits are zero: the classic test, right as a whole though not for each of them.
    return ((difference - every_label) & ~difference & (every_label << 15)) != 0;
}

/// Of predictions 0 .. count - 1, how many are among their image's labels. `in_range` becomes false where one is no
/// class; the count means nothing then.
inline std::uint64_t count_plainly(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
                                   std::uint32_t classes, bool& in_range) noexcept
{
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto c = static_cast<std::uint32_t>(predictions[i]);
        in_range &= c < classes;
        hits += holds_label(words[i], c & 0xffffU);
    }
    return hits;
}

#if REASSESS_VECTOR_KERNELS
#    define REASSESS_KERNEL REASSESS_FLAGS(real_accuracy_kernel)
namespace REASSESS_KERNEL {

/// The same by vectors, four predictions at a time. A set has no class twice, so at most one of an image's four
/// comparisons holds, and hits are counted in all lanes alike.
inline std::uint64_t count_hits(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
                                std::uint32_t classes, bool& in_range) noexcept
{
    typedef std::int32_t int_vector __attribute__((vector_size(16)));
    typedef std::uint16_t label_vector __attribute__((vector_size(16)));
    typedef std::int16_t count_vector __attribute__((vector_size(16)));
    const int_vector last = int_vector{} + static_cast<std::int32_t>(classes - 1);
    int_vector outside{};
    std::uint64_t hits = 0;
    std::size_t i = 0;
    while (count - i >= 4) {
        // A lane counts 16 bits' worth before it is emptied.
        const std::size_t end = i + (std::min<std::size_t>(count - i, 4 * 16384) & ~std::size_t{3});
        count_vector counts{};
        const auto take_four = [&](std::size_t first) {
            int_vector four;
            label_vector first_two;
            label_vector last_two;
            __builtin_memcpy(&four, predictions + first, sizeof four);
            __builtin_memcpy(&first_two, words + first, sizeof first_two);
            __builtin_memcpy(&last_two, words + first + 2, sizeof last_two);
            outside |= four | (last - four);  // negative where the prediction is, or is above the last class
            // Every prediction in all four places of 16 bits.
            const int_vector first_pair = __builtin_shufflevector(four, four, 0, 0, 1, 1);
            const int_vector last_pair = __builtin_shufflevector(four, four, 2, 2, 3, 3);
            counts -= first_two == __builtin_bit_cast(label_vector, first_pair | (first_pair << 16));
            counts -= last_two == __builtin_bit_cast(label_vector, last_pair | (last_pair << 16));
        };
        const auto fetch = [](const void* data, std::size_t ahead) {
            __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(data) + ahead));
        };
        // A line of predictions and two of words at a time; two streams are more than the hardware fetches by itself.
        for (; end - i >= 16; i += 16) {
            fetch(predictions + i, 2048);
            fetch(words + i, 4096);
            fetch(words + i + 8, 4096);
            take_four(i);
            take_four(i + 4);
            take_four(i + 8);
            take_four(i + 12);
        }
        for (; i < end; i += 4) take_four(i);
        std::uint16_t each[8];
        __builtin_memcpy(each, &counts, sizeof each);
        for (const std::uint16_t lane : each) hits += lane;
    }
    std::int32_t signs[4];
    __builtin_memcpy(signs, &outside, sizeof signs);
    in_range &= (signs[0] | signs[1] | signs[2] | signs[3]) >= 0;
    return hits + count_plainly(predictions + i, words + i, count - i, classes, in_range);
}

}  // namespace REASSESS_KERNEL
using REASSESS_KERNEL::count_hits;
#    undef REASSESS_KERNEL
#else
inline std::uint64_t count_hits(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
                                std::uint32_t classes, bool& in_range) noexcept
{
    return count_plainly(predictions, words, count, classes, in_range);
}
#endif

/// Adds to hits[k] the images of [begin, end) with any of their first k + 1 predictions in their word. False where a
/// prediction is no class.
template <std::integral T>
bool count_hits_by_depth(const predictions_view<T>& predictions, std::span<const std::uint64_t> words,
                         std::uint32_t classes, std::size_t begin, std::size_t end, std::vector<std::uint64_t>& hits)
{
    bool in_range = true;
    if (predictions.depth() == 1) {
        if constexpr (std::same_as<T, std::int32_t>) {
            hits[0] += count_hits(predictions.row(begin), words.data() + begin, end - begin, classes, in_range);
            return in_range;
        } else {
            constexpr std::size_t most = 512;
            std::int32_t converted[most];
            for (std::size_t first = begin; first < end; first += most) {
                const std::size_t count = std::min(most, end - first);
                const T* const given = predictions.row(first);
                for (std::size_t i = 0; i < count; ++i)
                    converted[i] = std::cmp_greater_equal(given[i], 0) && std::cmp_less(given[i], classes)
                                       ? static_cast<std::int32_t>(given[i])
                                       : -1;
                hits[0] += count_hits(converted, words.data() + first, count, classes, in_range);
            }
            return in_range;
        }
    }
    for (std::size_t image = begin; image < end; ++image) {
        const T* const list = predictions.row(image);
        bool found = false;
        for (std::size_t r = 0; r < predictions.depth(); ++r) {
            in_range &= std::cmp_greater_equal(list[r], 0) && std::cmp_less(list[r], classes);
            found |= holds_label(words[image], static_cast<std::uint64_t>(list[r]) & 0xffffU);
            hits[r] += found;
        }
    }
    return in_range;
}

/// The same for the images of [begin, end) whose set is too large for a word.
template <std::integral T>
void count_hits_in_large_sets(const predictions_view<T>& predictions, const packed_label_sets& sets, std::size_t begin,
                              std::size_t end, std::vector<std::uint64_t>& hits)
{
    const std::span<const std::uint64_t> images = sets.large_images();
    const label_sets_view large = sets.large_sets();
    for (auto i = static_cast<std::size_t>(std::lower_bound(images.begin(), images.end(), begin) - images.begin());
         i < images.size() && images[i] < end; ++i) {
        const T* const list = predictions.row(static_cast<std::size_t>(images[i]));
        bool found = false;
        for (std::size_t k = 0; k < predictions.depth(); ++k) {
            for (const class_index label : large[i]) found |= std::cmp_equal(label, list[k]);
            hits[k] += found;
        }
    }
}

}  // namespace detail

/// ReaL@1 .. ReaL@depth of stored predictions: element k - 1 is the judged images with any of the first k predictions
/// in their set, of all judged images. The same counts as model_evaluation::real, without the other metrics.
///
/// Throws std::invalid_argument for depth 0, for lists deeper than there are classes, and where predictions and sets
/// have different numbers of images; std::out_of_range for a prediction outside [0, classes). A class twice in a list
/// does no harm. No images give 0 of 0. Cost: predictions and 8 bytes an image are read once.
template <execution_policy Policy, std::integral T>
[[nodiscard]] std::vector<proportion> real_accuracy(Policy policy, const predictions_view<T>& predictions,
                                                    const packed_label_sets& sets)
{
    const std::size_t depth = predictions.depth();
    detail::expects(depth > 0, "predictions: depth 0, wanted at least 1");
    detail::expects(predictions.images() == sets.images(), "predictions have ", predictions.images(),
                    " images, label sets ", sets.images());
    detail::expects(sets.images() == 0 || depth <= sets.classes(), "predictions: lists of ", depth,
                    " classes, but there are only ", sets.classes());

    const auto classes = static_cast<std::uint32_t>(sets.classes());
    std::vector<std::atomic<std::uint64_t>> hits(depth);
    std::atomic<bool> in_range{true};
    for_each_row(
        policy, {sets.images(), depth * sizeof(T) + sizeof(std::uint64_t)}, [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint64_t> own(depth);
            // In parts that stay in the cache, since the images with large sets are read again.
            constexpr std::size_t most = 4096;
            bool all_in_range = true;
            for (std::size_t first = begin; first < end; first += most) {
                const std::size_t last = std::min(end, first + most);
                all_in_range &= detail::count_hits_by_depth(predictions, sets.words(), classes, first, last, own);
                detail::count_hits_in_large_sets(predictions, sets, first, last, own);
            }
            if (!all_in_range) in_range.store(false, std::memory_order_relaxed);
            for (std::size_t k = 0; k < depth; ++k) hits[k].fetch_add(own[k], std::memory_order_relaxed);
        });
    if (!in_range.load(std::memory_order_relaxed)) {
        for (std::size_t image = 0; image < predictions.images(); ++image) {
            for (std::size_t r = 0; r < depth; ++r) {
                const T c = predictions.row(image)[r];
                detail::expects<std::out_of_range>(std::cmp_greater_equal(c, 0) && std::cmp_less(c, classes),
                                                   "prediction ", c, " of image ", image, " is not in [0, ", classes,
                                                   ")");
            }
        }
    }
    std::vector<proportion> result(depth);
    for (std::size_t k = 0; k < depth; ++k) result[k] = {hits[k].load(std::memory_order_relaxed), sets.judged()};
    return result;
}

}  // namespace reassess::inline v0_1
