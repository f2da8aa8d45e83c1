// Top-m selection from a stream of scores: keeps the m largest image-class pairs in O(m) memory.
#pragma once

#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// One class of one image, ordered by image, then class.
struct image_class {
    std::uint32_t image = 0;
    class_index c = 0;

    friend auto operator<=>(const image_class&, const image_class&) = default;
};

namespace detail {

/// The largest value of type Float that is not above `bound`, so that x >= bound can be evaluated in Float.
template <std::floating_point Float>
Float lower_or_equal(double bound) noexcept
{
    constexpr Float largest = std::numeric_limits<Float>::max();
    constexpr Float infinity = std::numeric_limits<Float>::infinity();
    if (bound < -static_cast<double>(largest)) return -infinity;
    if (bound > static_cast<double>(largest))
        return bound == std::numeric_limits<double>::infinity() ? infinity : largest;
    const Float near = static_cast<Float>(bound);
    return static_cast<double>(near) > bound ? std::nextafter(near, -infinity) : near;
}

#if REASSESS_VECTOR_KERNELS
/// Whether any of the scores, in vectors of 16 bytes, is at least `bound`. Written with explicit vectors, because at
/// -O2 compilers neither vectorise the plain loop nor keep vectors of a loop in registers.
template <std::floating_point Float, std::size_t... vectors>
bool any_at_least(const Float* scores, Float bound, std::index_sequence<vectors...>) noexcept
{
    typedef Float vector __attribute__((vector_size(16)));
    const vector bounds = bound - vector{};
    const auto reach = [&](std::size_t i) {
        vector v;
        std::memcpy(&v, scores + i * (sizeof v / sizeof(Float)), sizeof v);
        return v >= bounds;
    };
    const auto found = (reach(vectors) | ...);
    std::uint64_t words[2];
    std::memcpy(words, &found, sizeof words);
    return (words[0] | words[1]) != 0;
}
#endif

/// Whether any of `count` scores, a multiple of 4, is at least `bound`.
template <std::size_t count, std::floating_point Float>
bool any_at_least(const Float* scores, Float bound) noexcept
{
#if REASSESS_VECTOR_KERNELS
    return any_at_least(scores, bound, std::make_index_sequence<count * sizeof(Float) / 16>{});
#else
    int found = 0;
    for (std::size_t i = 0; i < count; ++i) found |= scores[i] >= bound;
    return found != 0;
#endif
}

/// Calls f(c) for every class whose score is at least `bound`, ascending. A high bound excludes nearly all classes, so
/// several are compared at a time without a branch: groups with a match are recorded first and searched afterwards.
template <std::floating_point Float, class F>
void for_each_at_least(const Float* row, std::size_t classes, Float bound, F f)
{
    constexpr std::size_t group = 16;
    std::array<std::size_t, 64> groups;
    std::size_t begin = 0;
    while (begin + group <= classes) {
        const std::size_t end = std::min(begin + groups.size() * group, classes - classes % group);
        std::size_t count = 0;
        for (; begin < end; begin += group) {
            groups[count] = begin;
            count += any_at_least<group>(row + begin, bound);
        }
        for (std::size_t g = 0; g < count; ++g) {
            // One bit per score.
            std::uint32_t found = 0;
            for (std::size_t i = 0; i < group; ++i) found |= std::uint32_t{row[groups[g] + i] >= bound} << i;
            for (; found != 0; found &= found - 1) f(groups[g] + static_cast<std::size_t>(std::countr_zero(found)));
        }
    }
    for (; begin < classes; ++begin) {
        if (row[begin] >= bound) f(begin);
    }
}

}  // namespace detail

/// Keeps the m pairs of greatest score among all offered pairs, independent of the order of offering: exactly m, or all
/// if there are fewer. Ties go to the lower image, then to the lower class.
///
/// Uses selection instead of sorting: candidates are collected until there are 1.5 m of them, then most of the surplus
/// is dropped and the smallest remaining score becomes the bound for later offers. Expected O(1) per offered score; 24
/// bytes per requested pair.
class pair_selection {
public:
    /// Throws std::invalid_argument for 0 pairs.
    explicit pair_selection(std::size_t most) : most_(most)
    {
        detail::expects(most > 0, "pair selection: 0 pairs requested; the minimum is 1");
    }

    /// Reserves memory for `more` further pairs, so that this number of offers does not throw. Throws std::bad_alloc.
    void reserve_more(std::size_t more)
    {
        const std::size_t room = candidates_.size() + std::min(more, full() - candidates_.size());
        if (room > candidates_.capacity())
            candidates_.reserve(std::max(room, std::min(full(), 2 * candidates_.size())));
    }

    /// Scores below this are not among the m largest.
    [[nodiscard]] double bound() const noexcept { return bound_.score; }

    /// Offers one pair; each pair only once, and never NaN (a precondition). Throws std::bad_alloc unless memory was
    /// reserved.
    void offer(double score, image_class pair)
    {
        const candidate offered{score,
                                static_cast<std::uint64_t>(pair.image) << 32 | static_cast<std::uint32_t>(pair.c)};
        if (!is_before(offered, bound_)) return;
        if (candidates_.size() == candidates_.capacity()) reserve_more(1);
        candidates_.push_back(offered);
        if (candidates_.size() == full()) drop_surplus();
    }

    /// Offers the scores of all classes of one image.
    template <std::floating_point Float>
    void offer_row(std::uint32_t image, const Float* row, std::size_t classes)
    {
        detail::for_each_at_least(row, classes, detail::lower_or_equal<Float>(bound()), [&](std::size_t c) {
            offer(static_cast<double>(row[c]), {image, static_cast<class_index>(c)});
        });
    }

    /// The selected pairs, ordered by image and class. O(m), or O(m log m) if they were not offered in that order.
    [[nodiscard]] std::vector<image_class> pairs() const
    {
        const candidate last = last_kept();
        std::vector<image_class> pairs;
        pairs.reserve(std::min(most_, candidates_.size()));
        for (const candidate& c : candidates_) {
            if (is_before(last, c)) continue;
            pairs.push_back({static_cast<std::uint32_t>(c.pair >> 32), static_cast<class_index>(c.pair & 0xffffffff)});
        }
        if (!std::is_sorted(pairs.begin(), pairs.end())) std::sort(pairs.begin(), pairs.end());
        return pairs;
    }

private:
    struct candidate {
        double score;
        /// Image in the upper half, class in the lower half: one comparison orders by both.
        std::uint64_t pair;
    };

    static constexpr std::uint64_t beyond_all_pairs = std::numeric_limits<std::uint64_t>::max();

    // A total order, so the selection does not depend on the order of offering.
    static bool is_before(const candidate& a, const candidate& b) noexcept
    {
        return a.score > b.score || (a.score == b.score && a.pair < b.pair);
    }

    /// The last of the kept candidates in the order of is_before.
    [[nodiscard]] candidate last_kept() const
    {
        if (candidates_.size() <= most_) return bound_;
        // Works on a copy, because the candidates are in order of offering, which is usually the order of the result.
        std::vector<candidate> copy = candidates_;
        const auto last = copy.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
        std::nth_element(copy.begin(), last, copy.end(), is_before);
        return *last;
    }

    /// Number of candidates at which the surplus is dropped.
    [[nodiscard]] std::size_t full() const noexcept
    {
        constexpr std::size_t limit = std::numeric_limits<std::size_t>::max() / 2;
        return most_ >= limit ? limit : most_ + std::max<std::size_t>(1, most_ / 2);
    }

    void drop_surplus() noexcept
    {
        if (!drop_below_sampled_bound()) drop_all_surplus();
    }

    /// Drops candidates below a bound that is estimated from a sample so that slightly more than the required number
    /// remain, in one branch-free pass. Returns false and drops nothing if too few remain, or (with ties) too many.
    bool drop_below_sampled_bound() noexcept
    {
        constexpr std::size_t sample_size = 1024;
        constexpr std::size_t slack = 64;  // four standard deviations of the sampled quantile's position
        const std::size_t size = candidates_.size();
        if (size < 16 * sample_size) return false;
        std::array<double, sample_size> sample;
        for (std::size_t i = 0; i < sample_size; ++i) sample[i] = candidates_[i * (size / sample_size)].score;
        // 2/3 of the candidates are to be kept.
        const auto place = sample.begin() + (sample_size * 2 / 3 + slack);
        std::nth_element(sample.begin(), place, sample.end(), std::greater<>());
        const double bound = *place;
        std::size_t reaching = 0;
        for (const candidate& c : candidates_) reaching += c.score >= bound;
        if (reaching < most_ || reaching > most_ + most_ / 4) return false;
        std::size_t count = 0;
        for (const candidate& c : candidates_) {
            const candidate moved = c;
            candidates_[count] = moved;
            count += moved.score >= bound;
        }
        candidates_.resize(count);
        bound_ = {bound, beyond_all_pairs};
        return true;
    }

    void drop_all_surplus() noexcept
    {
        const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
        std::nth_element(candidates_.begin(), last, candidates_.end(), is_before);
        bound_ = *last;
        candidates_.erase(last + 1, candidates_.end());
    }

    std::size_t most_;
    std::vector<candidate> candidates_;
    /// A pair must precede this candidate to be among the m largest.
    candidate bound_{-std::numeric_limits<double>::infinity(), beyond_all_pairs};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
