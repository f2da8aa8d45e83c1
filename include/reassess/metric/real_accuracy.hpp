// real_accuracy: ReaL accuracy of stored predictions without other metrics, at the speed of reading them.
#pragma once

#include "../data/labels.hpp"
#include "../data/packed_label_sets.hpp"
#include "../data/proportion.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "packed_hits.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Adds to first_hits[r] the number of images of [begin, end) whose list has its first class among the labels at
/// position r; r = depth if there is none. Returns false if a prediction is outside [0, classes).
template <std::integral T>
bool count_first_hits_of(const top_k_view<T>& predictions, const packed_label_sets& sets, std::size_t begin,
                         std::size_t end, std::uint64_t* first_hits)
{
    const std::size_t depth = predictions.k();
    const auto classes = static_cast<std::uint32_t>(sets.classes());
    bool in_range = true;
    const auto count = [&](const std::int32_t* lists, std::size_t first, std::size_t images) {
        const std::uint64_t* const words = sets.words().data() + first;
        if (depth == 1) {
            const std::uint64_t hits = count_hits(lists, words, images, classes, in_range);
            first_hits[0] += hits;
            first_hits[1] += images - hits;
        } else {
            count_first_hits(lists, depth, words, images, classes, first_hits, in_range);
        }
    };
    if constexpr (std::same_as<T, std::int32_t>) {
        count(predictions.row(begin), begin, end - begin);
    } else {
        const std::size_t most = std::max<std::size_t>(1, 512 / depth);
        std::vector<std::int32_t> converted(most * depth);
        for (std::size_t first = begin; first < end; first += most) {
            const std::size_t images = std::min(most, end - first);
            const T* const given = predictions.row(first);
            for (std::size_t i = 0; i < images * depth; ++i)
                converted[i] = std::cmp_greater_equal(given[i], 0) && std::cmp_less(given[i], classes)
                                   ? static_cast<std::int32_t>(given[i])
                                   : -1;
            count(converted.data(), first, images);
        }
    }
    return in_range;
}

/// Corrects first_hits for the images before `end` whose set does not fit in one word; count_first_hits_of counted them
/// as "no hit". `next` is the first entry of these images; it is advanced past the last one.
template <std::integral T>
void count_first_hits_in_large_sets(const top_k_view<T>& predictions, const packed_label_sets& sets, std::size_t end,
                                    std::size_t& next, std::uint64_t* first_hits)
{
    const std::span<const packed_label_sets::large_word> words = sets.large_words();
    const std::size_t depth = predictions.k();
    if (depth == 1) {
        // A set contains no class twice, so at most one of its words has a hit. Branch-free, because hits are
        // unpredictable.
        std::uint64_t hits = 0;
        for (; next < words.size() && words[next].image < end; ++next)
            hits += holds_label(words[next].labels,
                                static_cast<std::uint64_t>(*predictions.row(words[next].image)) & 0xffffU);
        first_hits[0] += hits;
        first_hits[1] -= hits;
        return;
    }
    while (next < words.size() && words[next].image < end) {
        const std::uint64_t image = words[next].image;
        const T* const list = predictions.row(image);
        std::size_t first = depth;
        for (; next < words.size() && words[next].image == image; ++next)
            first = first_hit(list, first, words[next].labels);
        ++first_hits[first];
        --first_hits[depth];
    }
}

}  // namespace detail

/// ReaL@1 .. ReaL@depth of stored predictions, where depth is predictions.k(): element k - 1 is, of the images with
/// ReaL labels, the proportion with at least one of the first k predictions in the set. Equal to evaluation::real.
///
/// Images with an empty set are excluded. If there are no images, the results are 0 of 0. A repeated class in a list is
/// allowed and has no effect. Throws std::invalid_argument if depth is 0 (a default-constructed view), or if
/// predictions and sets have different numbers of images or classes; std::out_of_range for a prediction outside [0,
/// classes). Cost: the predictions and 8 bytes per image are read once.
template <execution_policy Policy, std::integral T>
[[nodiscard]] std::vector<proportion> real_accuracy(Policy policy, const top_k_view<T>& predictions,
                                                    const packed_label_sets& sets)
{
    const std::size_t depth = predictions.k();
    detail::expects(depth > 0, "top-k lists: k is 0, expected at least 1");
    detail::expects(predictions.images() == sets.images(), "the top-k lists have ", predictions.images(),
                    " images, the label sets have ", sets.images());
    detail::expects(sets.images() == 0 || predictions.classes() == sets.classes(), "the top-k lists have ",
                    predictions.classes(), " classes, the label sets have ", sets.classes());

    std::vector<std::atomic<std::uint64_t>> hits(depth);
    std::atomic<bool> in_range{true};
    for_each_row(
        policy, {sets.images(), depth * sizeof(T) + sizeof(std::uint64_t)}, [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint64_t> first_hits(depth + 1);
            const std::span<const packed_label_sets::large_word> large = sets.large_words();
            auto next = static_cast<std::size_t>(
                std::ranges::lower_bound(large, begin, {}, &packed_label_sets::large_word::image) - large.begin());
            // In parts that stay in the first-level cache, because images with large sets are read twice.
            const std::size_t most = std::max<std::size_t>(64, 12288 / (depth * sizeof(T) + sizeof(std::uint64_t)));
            bool all_in_range = true;
            for (std::size_t first = begin; first < end; first += most) {
                const std::size_t last = std::min(end, first + most);
                all_in_range &= detail::count_first_hits_of(predictions, sets, first, last, first_hits.data());
                detail::count_first_hits_in_large_sets(predictions, sets, last, next, first_hits.data());
            }
            if (!all_in_range) in_range.store(false, std::memory_order_relaxed);
            std::uint64_t so_far = 0;
            for (std::size_t k = 0; k < depth; ++k)
                hits[k].fetch_add(so_far += first_hits[k], std::memory_order_relaxed);
        });
    if (!in_range.load(std::memory_order_relaxed)) {
        for (std::size_t image = 0; image < predictions.images(); ++image) {
            for (std::size_t r = 0; r < depth; ++r) {
                const T c = predictions.row(image)[r];
                detail::expects<std::out_of_range>(std::cmp_greater_equal(c, 0) && std::cmp_less(c, sets.classes()),
                                                   "prediction ", c, " of image ", image, " is outside [0, ",
                                                   sets.classes(), ")");
            }
        }
    }
    std::vector<proportion> result(depth);
    for (std::size_t k = 0; k < depth; ++k)
        result[k] = {hits[k].load(std::memory_order_relaxed), sets.with_real_labels()};
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
