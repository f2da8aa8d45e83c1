// Row kernel for rows of at most 16 vectors, for one instruction set; row_kernels.hpp includes it after
// vector_lanes.inl. Ranking such a row takes less time than one mispredicted branch, so blocks of rows are ranked by
// branch-free loops:
//   scan   the greatest score and its class in each lane, then over the lanes; one NaN check per block
//   rank   every label is compared with the whole row, in one loop over all labels of the block

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL {

/// The vector with neighbouring groups of `Bytes` bytes exchanged in pairs.
template <std::size_t Bytes, class Vector>
inline Vector swap_neighbours(Vector v) noexcept
{
    typedef std::uint64_t words_8 __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
    typedef std::uint32_t words_4 __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
    typedef std::uint16_t words_2 __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
    const auto rotate = [&](auto words, int bits) {
        return __builtin_bit_cast(Vector, (words << bits) | (words >> bits));
    };
    const auto words = __builtin_bit_cast(words_8, v);
    const auto halves = __builtin_bit_cast(words_4, v);
    if constexpr (Bytes == 1) return rotate(__builtin_bit_cast(words_2, v), 8);
    if constexpr (Bytes == 2) return rotate(halves, 16);
#if REASSESS_KERNEL_BYTES == 32
    if constexpr (Bytes == 4)
        return __builtin_bit_cast(Vector, __builtin_shufflevector(halves, halves, 1, 0, 3, 2, 5, 4, 7, 6));
    if constexpr (Bytes == 8) return __builtin_bit_cast(Vector, __builtin_shufflevector(words, words, 1, 0, 3, 2));
    if constexpr (Bytes == 16) return __builtin_bit_cast(Vector, __builtin_shufflevector(words, words, 2, 3, 0, 1));
#else
    if constexpr (Bytes == 4) return __builtin_bit_cast(Vector, __builtin_shufflevector(halves, halves, 1, 0, 3, 2));
    if constexpr (Bytes == 8) return __builtin_bit_cast(Vector, __builtin_shufflevector(words, words, 1, 0));
#endif
}

/// Reduces the lanes of a vector by `combine`, in log2(lanes) steps; every lane of the result has the value.
template <class Vector, class Combine>
inline Vector fold_lanes(Vector v, Combine combine) noexcept
{
    constexpr std::size_t lane_bytes = sizeof(v[0]);
    if constexpr (sizeof v > 16) v = combine(v, swap_neighbours<16>(v));
    v = combine(v, swap_neighbours<8>(v));
    if constexpr (lane_bytes <= 4) v = combine(v, swap_neighbours<4>(v));
    if constexpr (lane_bytes <= 2) v = combine(v, swap_neighbours<2>(v));
    if constexpr (lane_bytes == 1) v = combine(v, swap_neighbours<1>(v));
    return v;
}

template <class T>
class short_row_ranker {
public:
    static constexpr std::size_t most_vectors = 16;

    using lane = lanes<T>;
    using vector = typename lane::vector;
    using element = typename lane::element;
    using counts = decltype(vector{} > vector{});
    using count = std::remove_cvref_t<decltype(counts{}[0])>;

    static bool takes(std::size_t classes) noexcept
    {
        return classes <= most_vectors * lane::width &&
               classes <= static_cast<std::size_t>(std::numeric_limits<count>::max());
    }

    explicit inline short_row_ranker(const row_job<T>& job) noexcept
        : job_(job),
          whole_(job.classes / lane::width),
          tail_at_(job.classes < lane::width ? 0 : job.classes - lane::width),
          has_tail_(job.classes % lane::width != 0)
    {
        // The last vector overlaps the one before it. A row shorter than one vector is padded.
        const std::size_t new_lanes = job.classes % lane::width;
        count is_new[lane::width];
        count order[lane::width];
        for (std::size_t i = 0; i < lane::width; ++i) {
            is_new[i] = static_cast<count>((whole_ == 0 ? i < new_lanes : i >= lane::width - new_lanes) ? -1 : 0);
            order[i] = static_cast<count>(i);
            padded_[i] = lowest_score<T>;
        }
        __builtin_memcpy(&tail_is_new_, is_new, sizeof is_new);
        __builtin_memcpy(&lane_order_, order, sizeof order);
    }

    /// Ranks rows begin .. end - 1. Returns the first row with a NaN, or `end` if there is none.
    inline std::size_t rank(std::size_t begin, std::size_t end) noexcept
    {
        std::size_t first_nan = end;
        for (std::size_t block = begin; block < end; block += most_rows) {
            const std::size_t block_end = end - block < most_rows ? end : block + most_rows;
            const bool suspected = scan(block, block_end);
            if (job_.original != nullptr) rank_originals(block, block_end);
            if (job_.offsets != nullptr) rank_sets(block, block_end);
            if (suspected) first_nan = leave_out_nans(block, block_end, first_nan, end);
        }
        return first_nan;
    }

private:
    static constexpr std::size_t most_rows = 32;
    static constexpr std::size_t most_labels = 8 * most_rows;

    /// The row, copied and padded if it is shorter than one vector.
    inline const T* row(std::size_t image) noexcept
    {
        const T* const scores = job_.row(image);
        if (whole_ != 0) return scores;
        for (std::size_t c = 0; c < job_.classes; ++c) padded_[c] = scores[c];
        return padded_;
    }

    /// Sets the predictions. Returns true if a row of the block may contain a NaN.
    inline bool scan(std::size_t begin, std::size_t end) noexcept
    {
        nan_watch<T> watch;
        for (std::size_t image = begin; image < end; ++image) {
            const T* const scores = row(image);
            vector greatest = lane::all(least_comparable<T>);
            counts best{};
            counts classes = lane_order_;
            const auto take = [&](std::size_t first) {
                const vector loaded = lane::load(scores + first);
                const vector x = lane::keys_of(loaded);
                watch.add(0, loaded);
                best = x > greatest ? classes : best;
                greatest = lane::greater_of(x, greatest);
            };
            // A lane whose scores all have the least key keeps its first class, which is the correct one.
            best = lane_order_;
            for (std::size_t v = 0; v < whole_; ++v) {
                take(v * lane::width);
                classes += static_cast<count>(lane::width);
            }
            if (has_tail_) {
                classes = lane_order_ + static_cast<count>(tail_at_);
                take(tail_at_);
            }
            const vector top = fold_lanes(greatest, [&](vector a, vector b) { return lane::greater_of(a, b); });
            const counts nowhere = counts{} + std::numeric_limits<count>::max();
            const counts found = greatest == top ? best : nowhere;
            const counts first = fold_lanes(found, [&](counts a, counts b) { return a < b ? a : b; });
            job_.prediction[image] = static_cast<class_index>(first[0]);
        }
        return watch.suspects();
    }

    inline void rank_originals(std::size_t begin, std::size_t end) noexcept
    {
        for (std::size_t image = begin; image < end; ++image) {
            const class_index label = job_.original[image];
            const bool missing = label == missing_label;
            const label_in_row found = rank_of(row(image), missing ? 0 : label);
            job_.original_rank[image] = missing ? no_rank : found.rank;
            job_.original_tied[image] = !missing && found.tied;
        }
    }

    inline void rank_sets(std::size_t begin, std::size_t end) noexcept
    {
        const std::uint64_t first = job_.offsets[begin];
        const std::uint64_t labels = job_.offsets[end] - first;
        rank_index* const ranks = job_.label_rank + (first - job_.offsets[0]);
        if (labels > most_labels) {
            for (std::size_t image = begin; image < end; ++image) {
                for (std::uint64_t j = job_.offsets[image]; j < job_.offsets[image + 1]; ++j)
                    ranks[j - first] = rank_of(row(image), job_.labels[j]).rank;
            }
            return;
        }
        // The image of each label. Two entries are always written, without a branch on the size of the set; the next
        // image overwrites the surplus ones.
        std::uint8_t image_of[most_labels + 2];
        for (std::size_t image = begin; image < end; ++image) {
            const std::uint64_t at = job_.offsets[image] - first;
            const std::uint64_t size = job_.offsets[image + 1] - first - at;
            const auto in_block = static_cast<std::uint8_t>(image - begin);
            image_of[at] = image_of[at + 1] = in_block;
            for (std::uint64_t j = 2; j < size; ++j) image_of[at + j] = in_block;
        }
        for (std::uint64_t j = 0; j < labels; ++j)
            ranks[j] = rank_of(row(begin + image_of[j]), job_.labels[first + j]).rank;
    }

    inline label_in_row rank_of(const T* scores, class_index label) const noexcept
    {
        const vector score = lane::all(comparable(scores[label]));
        counts greater{};
        counts equal{};
        for (std::size_t v = 0; v < whole_; ++v) {
            const vector x = lane::load_keys(scores + v * lane::width);
            greater -= x > score;
            equal -= x == score;
        }
        if (has_tail_) {
            const vector x = lane::load_keys(scores + tail_at_);
            greater -= (x > score) & tail_is_new_;
            equal -= (x == score) & tail_is_new_;
        }
        const auto add = [&](counts a, counts b) { return a + b; };
        rank_index rank = 0;
        bool tied = false;
        if constexpr (sizeof(count) >= 4) {
            // Both counts in one reduction: the upper half of a lane contains the second.
            constexpr int shift = 4 * sizeof(count);
            const count both = fold_lanes(greater + (equal << shift), add)[0];
            rank = static_cast<rank_index>(both & 0xffff);
            tied = (both >> shift) > 1;
        } else {
            rank = static_cast<rank_index>(fold_lanes(greater, add)[0]);
            tied = fold_lanes(equal, add)[0] > 1;
        }
        if (tied) {
            for (class_index c = 0; c < label; ++c) rank += comparable(scores[c]) == comparable(scores[label]);
        }
        return {rank, tied};
    }

    inline std::size_t leave_out_nans(std::size_t begin, std::size_t end, std::size_t first_nan,
                                      std::size_t none) const noexcept
    {
        for (std::size_t image = begin; image < end; ++image) {
            bool found = false;
            for (std::size_t c = 0; c < job_.classes; ++c) found |= is_nan(job_.row(image)[c]);
            if (!found) continue;
            job_.leave_out(image);
            if (first_nan == none) first_nan = image;
        }
        return first_nan;
    }

    const row_job<T>& job_;
    std::size_t whole_;
    std::size_t tail_at_;
    bool has_tail_;
    counts tail_is_new_;
    counts lane_order_;
    T padded_[lane::width];
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL
