// Kernels for ReaL accuracy of stored predictions against packed label sets: plain loops and vectors, for single
// predictions and for lists.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline constexpr std::uint64_t every_label = 0x0001000100010001U;

/// Whether one of the four labels of a word is class c.
inline bool holds_label(std::uint64_t word, std::uint64_t c) noexcept
{
    const std::uint64_t difference = word ^ (c * every_label);
    // The standard test for a zero 16-bit field. Its result is exact for the whole word, not for the position of the
    // field.
    return ((difference - every_label) & ~difference & (every_label << 15)) != 0;
}

/// The first position in a list whose class is one of the labels of the word; `depth` if there is none.
template <class T>
std::size_t first_hit(const T* list, std::size_t depth, std::uint64_t word) noexcept
{
    std::size_t r = 0;
    while (r < depth && !holds_label(word, static_cast<std::uint64_t>(list[r]) & 0xffffU)) ++r;
    return r;
}

/// Number of predictions 0 .. count - 1 that are among the labels of their image. Sets `in_range` to false if a
/// prediction is outside [0, classes); the count is then meaningless.
inline std::uint64_t count_hits_plainly(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
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

/// Adds to first_hits[r] the number of lists 0 .. count - 1 whose first class among the labels of their image is at
/// position r; r = depth if there is none. `in_range`: see count_hits_plainly.
inline void count_first_hits_plainly(const std::int32_t* lists, std::size_t depth, const std::uint64_t* words,
                                     std::size_t count, std::uint32_t classes, std::uint64_t* first_hits,
                                     bool& in_range) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t* const list = lists + i * depth;
        for (std::size_t r = 0; r < depth; ++r) in_range &= static_cast<std::uint32_t>(list[r]) < classes;
        ++first_hits[first_hit(list, depth, words[i])];
    }
}

#if REASSESS_VECTOR_KERNELS
#    define REASSESS_KERNEL REASSESS_FLAGS(real_accuracy_kernel)
namespace REASSESS_KERNEL {

typedef std::int32_t int_vector __attribute__((vector_size(16)));

inline bool any_negative(int_vector lanes) noexcept
{
    std::int32_t each[4];
    __builtin_memcpy(each, &lanes, sizeof each);
    return (each[0] | each[1] | each[2] | each[3]) < 0;
}

/// count_hits_plainly by vectors, four predictions at a time. A set contains no class twice, so at most one of the four
/// comparisons of an image is true, and the hits of all lanes can be added.
inline std::uint64_t count_hits(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
                                std::uint32_t classes, bool& in_range) noexcept
{
    typedef std::uint16_t label_vector __attribute__((vector_size(16)));
    typedef std::int16_t count_vector __attribute__((vector_size(16)));
    const int_vector last = int_vector{} + static_cast<std::int32_t>(classes - 1);
    int_vector outside{};
    std::uint64_t hits = 0;
    std::size_t i = 0;
    while (count - i >= 4) {
        // Lanes of 16 bits are summed before they can overflow.
        const std::size_t end = i + (std::min<std::size_t>(count - i, 4 * 16384) & ~std::size_t{3});
        count_vector counts{};
        const auto take_four = [&](std::size_t first) {
            int_vector four;
            label_vector first_two;
            label_vector last_two;
            __builtin_memcpy(&four, predictions + first, sizeof four);
            __builtin_memcpy(&first_two, words + first, sizeof first_two);
            __builtin_memcpy(&last_two, words + first + 2, sizeof last_two);
            outside |= four | (last - four);  // negative if the prediction is negative or above the last class
            // Copies every prediction to all four 16-bit fields of its word.
            const int_vector first_pair = __builtin_shufflevector(four, four, 0, 0, 1, 1);
            const int_vector last_pair = __builtin_shufflevector(four, four, 2, 2, 3, 3);
            counts -= first_two == __builtin_bit_cast(label_vector, first_pair | (first_pair << 16));
            counts -= last_two == __builtin_bit_cast(label_vector, last_pair | (last_pair << 16));
        };
        for (; end - i >= 16; i += 16) {
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
    in_range &= !any_negative(outside);
    return hits + count_hits_plainly(predictions + i, words + i, count - i, classes, in_range);
}

#    if REASSESS_X86_KERNELS
/// count_first_hits_plainly by vectors, four classes of a list at a time.
inline void count_first_hits(const std::int32_t* lists, std::size_t depth, const std::uint64_t* words,
                             std::size_t count, std::uint32_t classes, std::uint64_t* first_hits,
                             bool& in_range) noexcept
{
    // Each position of a list has four bits of a 64-bit word; one more marks the end of the list.
    constexpr std::size_t deepest = 15;
    if (depth > deepest) return count_first_hits_plainly(lists, depth, words, count, classes, first_hits, in_range);
    typedef std::int16_t label_vector __attribute__((vector_size(16)));
    const int_vector last = int_vector{} + static_cast<std::int32_t>(classes - 1);
    int_vector outside{};
    // Four sets of counters, because consecutive images often increment the same counter, which is a dependency.
    std::uint64_t counts[4][deepest + 1]{};
    std::size_t i = 0;
    for (; i < count && (depth >= 4 || i * depth + 4 <= count * depth); ++i) {
        const std::int32_t* const list = lists + i * depth;
        const std::uint64_t twice[2] = {words[i], words[i]};
        label_vector labels;
        __builtin_memcpy(&labels, twice, sizeof labels);
        const auto hits_of_four = [&](const std::int32_t* classes_of_list) {
            int_vector four;
            __builtin_memcpy(&four, classes_of_list, sizeof four);
            outside |= four | (last - four);
            const int_vector doubled = four | (four << 16);
            const auto first_pair =
                __builtin_bit_cast(label_vector, __builtin_shufflevector(doubled, doubled, 0, 0, 1, 1));
            const auto last_pair =
                __builtin_bit_cast(label_vector, __builtin_shufflevector(doubled, doubled, 2, 2, 3, 3));
            return static_cast<std::uint64_t>(static_cast<std::uint32_t>(
                __builtin_ia32_pmovmskb128(__builtin_ia32_packsswb128(first_pair == labels, last_pair == labels))));
        };
        std::uint64_t hits = std::uint64_t{1} << (4 * depth);
        std::size_t r = 0;
        for (; r + 4 < depth; r += 4) hits |= hits_of_four(list + r) << (4 * r);
        // The last four classes; they may overlap the group before. For a list shorter than four, elements of the next
        // list are read too; their bits are not below the end mark.
        r = depth < 4 ? 0 : depth - 4;
        hits |= hits_of_four(list + r) << (4 * r);
        ++counts[i % 4][static_cast<std::size_t>(std::countr_zero(hits)) / 4];
    }
    for (const auto& part : counts) {
        for (std::size_t r = 0; r <= depth; ++r) first_hits[r] += part[r];
    }
    in_range &= !any_negative(outside);
    count_first_hits_plainly(lists + i * depth, depth, words + i, count - i, classes, first_hits, in_range);
}
#    endif

}  // namespace REASSESS_KERNEL
using REASSESS_KERNEL::count_hits;
#    if REASSESS_X86_KERNELS
using REASSESS_KERNEL::count_first_hits;
#    endif
#    undef REASSESS_KERNEL
#else
inline std::uint64_t count_hits(const std::int32_t* predictions, const std::uint64_t* words, std::size_t count,
                                std::uint32_t classes, bool& in_range) noexcept
{
    return count_hits_plainly(predictions, words, count, classes, in_range);
}
#endif
#if !REASSESS_X86_KERNELS
inline void count_first_hits(const std::int32_t* lists, std::size_t depth, const std::uint64_t* words,
                             std::size_t count, std::uint32_t classes, std::uint64_t* first_hits,
                             bool& in_range) noexcept
{
    count_first_hits_plainly(lists, depth, words, count, classes, first_hits, in_range);
}
#endif

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
