// Row kernel for one instruction set: ranks of the labels of each row, and the rows' additional output (lists, values).
// row_kernels.hpp includes it once per instruction set, after vector_lanes.inl and softmax_kernel.inl.
//
// A row is read once from memory:
//   scan     reads chunks of a few vectors; keeps the greatest score of each chunk in every lane, and detects NaN
//   predict  the greatest chunk maximum is the score of the prediction, which is in the first chunk with that maximum
//   rank     counts greater scores only in chunks whose maximum is at least the label's score: one or two for most
//            labels. The row is in the first-level cache by then
// Each step also prefetches a few cache lines of the next row: after a mispredicted branch the processor does not run
// ahead into it, and most rows begin on a new page, where the hardware prefetcher starts again.
//
// Tests that depend on the scores are branch-free where possible: comparison results are packed into a mask word.

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL {

template <class T>
class row_ranker {
public:
    using lane = lanes<T>;
    using vector = typename lane::vector;
    using element = typename lane::element;

    /// Whether the kernel supports this number of classes. The counts of a chunk are kept in lanes of the size of a
    /// key, which limits the size of a chunk.
    static bool takes(std::size_t classes) noexcept
    {
        return sizeof(element) > 1 || classes <= most_chunks * 64 * lane::width;
    }

    inline row_ranker(std::size_t classes) noexcept
        : classes_(classes),
          vectors_(classes / lane::width),
          chunk_vectors_(least_chunk_vectors),
          tail_(classes % lane::width)
    {
        while (vectors_ > chunk_vectors_ * most_chunks) chunk_vectors_ *= 2;
        chunk_shift_ = std::countr_zero(chunk_vectors_);
        chunks_ = (vectors_ + chunk_vectors_ - 1) >> chunk_shift_;
        parts_ = chunks_ + (tail_ != 0 ? 1 : 0);
        in_tail_ = lane::places() >= lane::place(lane::width - tail_);
    }

    /// Reads the row. Returns false if it contains a NaN; then no other member may be called.
    inline bool scan(const T* row) noexcept
    {
        row_ = row;
        nan_watch<T> watch;
        vector greatest = lane::all(least_comparable<T>);
        for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
            const std::size_t first = chunk << chunk_shift_;
            const std::size_t count = vectors_in(chunk);
            const T* const scores = row + first * lane::width;
            vector unit_greatest[4];
            // A chunk of fewer than four vectors reads its first one again.
#pragma GCC unroll 4
            for (std::size_t unit = 0; unit < 4; ++unit) {
                const vector x = lane::load(scores + (unit < count ? unit : 0) * lane::width);
                unit_greatest[unit] = lane::keys_of(x);
                watch.add(unit, x);
            }
            const auto take = [&](std::size_t v, std::size_t unit) {
                const vector x = lane::load(scores + v * lane::width);
                unit_greatest[unit] = lane::greater_of(lane::keys_of(x), unit_greatest[unit]);
                watch.add(unit, x);
            };
            std::size_t v = 4;
            for (; v + 4 <= count; v += 4) {
                take(v, 0);
                take(v + 1, 1);
                take(v + 2, 2);
                take(v + 3, 3);
            }
            for (; v < count; ++v) take(v, 0);
            chunk_greatest_[chunk] = lane::greater_of(lane::greater_of(unit_greatest[0], unit_greatest[1]),
                                                      lane::greater_of(unit_greatest[2], unit_greatest[3]));
            greatest = lane::greater_of(chunk_greatest_[chunk], greatest);
        }
        if (tail_ != 0) {
            // The last vector of the row; its lanes before the tail have been read already.
            const vector x = lane::load(row + (classes_ - lane::width));
            watch.add(0, x);
            chunk_greatest_[chunks_] = in_tail_ ? lane::keys_of(x) : lane::all(least_comparable<T>);
            greatest = lane::greater_of(chunk_greatest_[chunks_], greatest);
        }
        best_score_ = greatest_lane(greatest);
        return !(watch.suspects() && contains_nan());
    }

    /// The first class of the greatest score.
    [[nodiscard]] inline class_index prediction() const noexcept
    {
        std::uint64_t others = 0;
        return prediction<false>(others);
    }
    /// The prediction, and whether another class has the same score.
    [[nodiscard]] inline class_index prediction_and_tie(bool& tied) const noexcept
    {
        std::uint64_t others = 0;
        const class_index first = prediction<true>(others);
        tied = others != 0;
        return first;
    }

    /// The label's rank, and whether another class has its score.
    [[nodiscard]] inline label_in_row rank_and_tie(class_index label) const noexcept
    {
        return rank_of<true>(label);
    }
    /// The label's rank alone, which takes less time.
    [[nodiscard]] inline rank_index rank(class_index label) const noexcept
    {
        return rank_of<false>(label).rank;
    }

    /// The classes of rank 0 .. depth - 1. Collects the scores that are at least a lower bound of the score of rank
    /// depth - 1, which are few more than `depth`, and orders them. Few branches depend on scores, because
    /// mispredictions would take more time than they save.
    inline void list_best(std::size_t depth, class_index* list, next_row_fetcher& next) const noexcept
    {
        const vector bound = lane::all(depth <= few && chunks_ >= groups ? bound_of_groups(depth) : bound_of(depth));
        next.fetch(16);
        // Vectors with a score that reaches the bound, in chunks that have one. Without a branch: a vector that has
        // none is overwritten by the next one.
        std::uint32_t reaching[most_candidates + least_chunk_vectors];
        std::size_t vector_count = 0;
        const auto reaches_bound = [&](std::size_t chunk) { return chunk_greatest_[chunk] >= bound; };
        for_each_matching_index(chunks_, reaches_bound, [&](std::size_t chunk) {
            next.fetch(8);
            const std::size_t end = (chunk << chunk_shift_) + vectors_in(chunk);
            for (std::size_t v = chunk << chunk_shift_; v < end && vector_count <= most_candidates;) {
                for (const std::size_t part = std::min(end, v + least_chunk_vectors); v < part; ++v) {
                    reaching[vector_count] = static_cast<std::uint32_t>(v);
                    vector_count += static_cast<std::size_t>(any(lane::load_keys(row_ + v * lane::width) >= bound));
                }
            }
        });
        // Many ties: insertion, one score at a time.
        if (vector_count > most_candidates) return plain_top_list(row_, classes_, depth, list);
        element scores[most_candidates + lane::width];
        class_index classes[most_candidates + lane::width];
        std::size_t found = 0;
        for (std::size_t i = 0; i < vector_count && found <= most_candidates; ++i) {
            const std::size_t first_class = reaching[i] * lane::width;
            for_each_true_lane(lane::load_keys(row_ + first_class) >= bound, [&](std::size_t place) {
                scores[found] = comparable(row_[first_class + place]);
                classes[found] = static_cast<class_index>(first_class + place);
                ++found;
            });
        }
        if (tail_ != 0 && found <= most_candidates) {
            for_each_true_lane((chunk_greatest_[chunks_] >= bound) & in_tail_, [&](std::size_t place) {
                const std::size_t c = classes_ - lane::width + place;
                scores[found] = comparable(row_[c]);
                classes[found] = static_cast<class_index>(c);
                ++found;
            });
        }
        if (found > most_candidates) return plain_top_list(row_, classes_, depth, list);
        order_candidates(scores, classes, found, depth, list);
    }

private:
    // Measured: small chunks are skipped more often, large chunks need fewer tests.
    static constexpr std::size_t least_chunk_vectors = sizeof(element) <= 2 ? 8 : 16;
    static constexpr std::size_t most_chunks = 256;

    /// Number of comparison results packed into one mask word.
    static constexpr std::size_t mask_bits = 8 * sizeof(element);

    // Lists of up to `few` classes use the greatest scores of 16 groups of lanes as a bound.
    static constexpr std::size_t few = 8;
    static constexpr std::size_t groups = lane::width < 16 ? 16 / lane::width : 1;

    /// Maximum number of scores that are ordered by counting. More than the deepest list, because more scores than
    /// those of the list can reach the bound.
    static constexpr std::size_t most_candidates = 2 * deepest_list;

    /// Writes the first `depth` of the candidates by score, then class. The candidates are in ascending order of class;
    /// the arrays have room for one more vector.
    static inline void order_candidates(element* scores, const class_index* classes, std::size_t found,
                                        std::size_t depth, class_index* list) noexcept
    {
        // Fill the last vector with the least key, which orders after all candidates.
        const std::size_t units = (found + lane::width - 1) / lane::width;
        for (std::size_t i = found; i < units * lane::width; ++i) scores[i] = least_comparable<T>;
        class_index ordered[most_candidates + lane::width];
        for (std::size_t unit = 0; unit < units; ++unit) {
            vector own;
            __builtin_memcpy(&own, scores + unit * lane::width, sizeof own);
            // Equal scores of earlier units order before, those of later units after.
            lane_counts<T> before;
            for (std::size_t j = 0; j < unit * lane::width; ++j) before.add(lane::all(scores[j]) >= own);
            for (std::size_t j = 0; j < lane::width; ++j) {
                const vector other = lane::all(scores[unit * lane::width + j]);
                before.add((other > own) | ((other == own) & (lane::places() > lane::place(j))));
            }
            for (std::size_t j = (unit + 1) * lane::width; j < units * lane::width; ++j)
                before.add(lane::all(scores[j]) > own);
            typename lane_counts<T>::count each[lane::width];
            before.copy_to(each);
            for (std::size_t i = 0; i < lane::width; ++i) {
                const std::size_t place = unit * lane::width + i;
                ordered[static_cast<std::size_t>(each[i])] = classes[place < found ? place : 0];
            }
        }
        for (std::size_t r = 0; r < depth; ++r) list[r] = ordered[r];
    }

    /// The score of rank depth - 1 among the greatest scores of the groups: at least `depth` scores of the row reach
    /// it.
    [[nodiscard]] inline element bound_of_groups(std::size_t depth) const noexcept
    {
        vector greatest[groups];
        for (std::size_t group = 0; group < groups; ++group) greatest[group] = chunk_greatest_[group];
        for (std::size_t chunk = groups; chunk < chunks_; ++chunk) {
            vector& of_group = greatest[chunk % groups];
            of_group = lane::greater_of(chunk_greatest_[chunk], of_group);
        }
        element each[groups * lane::width];
        __builtin_memcpy(each, greatest, sizeof each);
        lane_counts<T> exceeded[groups];
        for (const element x : each) {
            const vector other = lane::all(x);
            for (std::size_t group = 0; group < groups; ++group) exceeded[group].add(other > greatest[group]);
        }
        vector bounds = lane::all(greatest_comparable<T>);
        for (std::size_t group = 0; group < groups; ++group) {
            const auto among_first = exceeded[group].below(depth);
            bounds = lane::less_of(among_first ? greatest[group] : bounds, bounds);
        }
        element bound = bounds[0];
        for (std::size_t i = 1; i < lane::width; ++i) bound = bounds[i] < bound ? bounds[i] : bound;
        return bound;
    }

    /// The score of rank depth - 1 among the greatest scores of every lane of every chunk; the least key if there are
    /// fewer than `depth` of these.
    [[nodiscard]] inline element bound_of(std::size_t depth) const noexcept
    {
        if (chunks_ * lane::width < depth) return least_comparable<T>;
        top_list<T> greatest(depth);
        for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
            if (greatest.full() && !any(chunk_greatest_[chunk] > lane::all(greatest.worst()))) continue;
            element each[lane::width];
            __builtin_memcpy(each, &chunk_greatest_[chunk], sizeof each);
            for (const element x : each) greatest.add(x, 0);
        }
        return greatest.worst();
    }

    /// The greatest lane, by pairwise reduction, which has a shorter dependency chain than a loop over the lanes.
    /// Vectors of 8-bit and 16-bit lanes are reduced by vector operations first.
    static inline element greatest_lane(vector x) noexcept
    {
        if constexpr (sizeof(element) <= 2) {
            typedef element half_vector __attribute__((vector_size(16)));
            typedef std::uint64_t word_pair __attribute__((vector_size(16)));
            const auto greater_of = [](half_vector a, half_vector b) { return a > b ? a : b; };
            half_vector low, high;
            __builtin_memcpy(&low, &x, sizeof low);
            __builtin_memcpy(&high, reinterpret_cast<const char*>(&x) + sizeof x - sizeof high, sizeof high);
            low = greater_of(low, high);
            const word_pair words = __builtin_bit_cast(word_pair, low);
            low = greater_of(low, __builtin_bit_cast(half_vector, word_pair{words[1], words[0]}));
            return greatest_of<8 / sizeof(element)>(low);
        } else {
            return greatest_of<lane::width>(x);
        }
    }
    /// The greatest of the first `Count` lanes.
    template <std::size_t Count, class Vector>
    static inline element greatest_of(Vector x) noexcept
    {
        element each[sizeof x / sizeof(element)];
        __builtin_memcpy(each, &x, sizeof each);
#pragma GCC unroll 5
        for (std::size_t distance = Count / 2; distance != 0; distance /= 2) {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < distance; ++i)
                each[i] = each[i + distance] > each[i] ? each[i + distance] : each[i];
        }
        return each[0];
    }

    /// A word whose bit i is 1 if any lane of compare(first + i) is true, for i < count <= mask_bits. Each lane
    /// collects the bits of its own comparisons; the lanes are combined once at the end.
    template <class Compare>
    [[gnu::always_inline]] static inline std::uint64_t mask_word(std::size_t first, std::size_t count,
                                                                 Compare compare) noexcept
    {
        using bits = typename lane_counts<T>::count;
        typedef bits bit_vector __attribute__((vector_size(REASSESS_KERNEL_BYTES)));
        typedef std::uint64_t word_pair __attribute__((vector_size(16)));
        bit_vector bit = bit_vector{} + bits{1};
        bit_vector found{};
        for (std::size_t i = 0; i < count; ++i) {
            found |= __builtin_bit_cast(bit_vector, compare(first + i)) & bit;
            bit += bit;
        }
        // Combine halves, then words: compilers would store an array of words to memory.
        word_pair low;
        word_pair high;
        __builtin_memcpy(&low, &found, sizeof low);
        __builtin_memcpy(&high, reinterpret_cast<const char*>(&found) + sizeof found - sizeof high, sizeof high);
        low |= high;
        std::uint64_t united = low[0] | low[1];
        for (std::size_t distance = 32; distance >= mask_bits; distance /= 2) united |= united >> distance;
        return static_cast<bits>(united);
    }
    /// Calls f(index) for every index below `count` for which any lane of compare(index) is true, in ascending order.
    template <class Compare, class Function>
    [[gnu::always_inline]] static inline void for_each_matching_index(std::size_t count, Compare compare,
                                                                      Function f) noexcept
    {
        for (std::size_t first = 0; first < count; first += mask_bits) {
            std::uint64_t left = mask_word(first, std::min(count - first, mask_bits), compare);
            for (; left != 0; left &= left - 1) f(first + static_cast<std::size_t>(std::countr_zero(left)));
        }
    }
    /// The first index in [first, end) for which any lane of compare(index) is true; `end` if there is none. If Others,
    /// sets `others` to nonzero if there is a second one.
    template <bool Others, class Compare>
    [[gnu::always_inline]] static inline std::size_t first_matching_index(std::size_t first, std::size_t end,
                                                                          std::uint64_t& others,
                                                                          Compare compare) noexcept
    {
        for (; first < end; first += mask_bits) {
            const std::uint64_t found = mask_word(first, std::min(end - first, mask_bits), compare);
            if (found == 0) continue;
            const std::size_t index = first + static_cast<std::size_t>(std::countr_zero(found));
            if (Others) {
                others |= found & (found - 1);
                for (first += mask_bits; first < end; first += mask_bits)
                    others |= mask_word(first, std::min(end - first, mask_bits), compare);
            }
            return index;
        }
        return end;
    }

    template <bool Others>
    [[nodiscard]] inline class_index prediction(std::uint64_t& others) const noexcept
    {
        const vector best = lane::all(best_score_);
        const std::size_t chunk = first_matching_index<Others>(
            0, parts_, others, [&](std::size_t index) { return chunk_greatest_[index] == best; });
        const auto has_best = [&](std::size_t first_class) { return lane::load_keys(row_ + first_class) == best; };
        std::size_t first_class = classes_ - lane::width;
        if (chunk != chunks_) {
            const std::size_t first = chunk << chunk_shift_;
            first_class =
                lane::width * first_matching_index<Others>(first, first + vectors_in(chunk), others,
                                                           [&](std::size_t v) { return has_best(v * lane::width); });
        }
        const auto best_here = has_best(first_class);
        const std::size_t place = first_byte(best_here) / sizeof(element);
        if (Others) others |= bits_behind(best_here, (place + 1) * sizeof(element));
        return static_cast<class_index>(first_class + place);
    }

    /// Number of true lanes, with a fast path for none, the most frequent case.
    static inline rank_index count_true(typename lane_counts<T>::mask mask) noexcept
    {
        if (!any(mask)) return 0;
        lane_counts<T> counts;
        counts.add(mask);
        return counts.total();
    }

    [[nodiscard]] inline std::size_t vectors_in(std::size_t chunk) const noexcept
    {
        const std::size_t left = vectors_ - (chunk << chunk_shift_);
        return left < chunk_vectors_ ? left : chunk_vectors_;
    }

    template <bool Tie>
    [[nodiscard]] inline label_in_row rank_of(class_index label) const noexcept
    {
        const auto own = static_cast<std::size_t>(label);
        const element score = comparable(row_[own]);
        const vector scores = lane::all(score);
        const std::size_t own_chunk = own < classes_ - tail_ ? own / lane::width >> chunk_shift_ : chunks_;
        rank_index rank = 0;
        rank_index equal = 0;
        const auto may_exceed = [&](std::size_t chunk) { return chunk_greatest_[chunk] >= scores; };
        for_each_matching_index(chunks_, may_exceed, [&](std::size_t chunk) {
            const T* const first = row_ + (chunk << chunk_shift_) * lane::width;
            const std::size_t count = vectors_in(chunk);
            lane_counts<T> greater_counts;
            lane_counts<T> equal_counts;
            if (Tie || chunk == own_chunk) {
                for (std::size_t v = 0; v < count; ++v) {
                    const vector x = lane::load_keys(first + v * lane::width);
                    greater_counts.add(x > scores);
                    equal_counts.add(x == scores);
                }
                rank += greater_counts.total();
                const rank_index equal_here = equal_counts.total();
                equal += equal_here;
                if (chunk < own_chunk) {
                    rank += equal_here;
                } else if (chunk == own_chunk && equal_here > 1) {
                    for (const T* before = first; before != row_ + own; ++before) rank += comparable(*before) == score;
                }
            } else if (chunk < own_chunk) {
                for (std::size_t v = 0; v < count; ++v) {
                    greater_counts.add(lane::load_keys(first + v * lane::width) >= scores);
                }
                rank += greater_counts.total();
            } else {
                for (std::size_t v = 0; v < count; ++v) {
                    greater_counts.add(lane::load_keys(first + v * lane::width) > scores);
                }
                rank += greater_counts.total();
            }
        });
        if (tail_ != 0) {
            const vector x = chunk_greatest_[chunks_];
            const auto equal_here = (x == scores) & in_tail_;
            auto before = x > scores;
            if (own_chunk == chunks_)
                before |= equal_here & (lane::places() < lane::place(own - (classes_ - lane::width)));
            rank += count_true(before);
            if (Tie) equal += count_true(equal_here);
        }
        return {rank, equal > 1};
    }

    [[nodiscard]] inline bool contains_nan() const noexcept
    {
        bool found = false;
        for (std::size_t c = 0; c < classes_; ++c) found |= is_nan(row_[c]);
        return found;
    }

    std::size_t classes_;
    std::size_t vectors_;
    std::size_t chunk_vectors_;
    // log2(chunk_vectors_), so that a class is divided by a shift: a division takes half the time of ranking a label.
    int chunk_shift_;
    std::size_t chunks_;
    // Number of classes after the last whole vector. They form one more part after the chunks.
    std::size_t tail_;
    std::size_t parts_;
    typename lane_counts<T>::mask in_tail_;
    const T* row_ = nullptr;
    element best_score_{};
    // For each chunk the greatest key of every lane; for the tail its keys, and the least key in the lanes before it.
    vector chunk_greatest_[most_chunks + 1];
};

template <class T>
inline softmax_sums sums_of_row(instruction_set set, const T* row, std::size_t classes, std::size_t prediction,
                                bool tied, bool squares, next_row_fetcher& next) noexcept
{
    if constexpr (is_exact_in_float<T>) {
        if (is_finite(real_value(row[prediction]))) {
#if REASSESS_AVX512_KERNELS && REASSESS_KERNEL_BYTES == 32
            if (set == instruction_set::avx512)
                return avx512_exponentials_here::vector_softmax_sums(row, classes, prediction, tied, squares, next);
#endif
            return vector_softmax_sums(row, classes, prediction, tied, squares, next);
        }
    }
    static_cast<void>(set);
    return plain_softmax_sums(row, classes, prediction);
}

/// Computes the values of images. The step from the sums to the values is done for a few rows together, because the
/// logarithms of different rows do not depend on each other.
template <class T, class Hook>
class value_filler {
public:
    inline value_filler(instruction_set set, const row_job<T>& job, const Hook& hook) noexcept
        : set_(set), job_(job), hook_(hook)
    {
    }
    /// Adds a ranked image. `tied`: whether another class has the prediction's score.
    [[gnu::always_inline]] inline void add(std::size_t image, bool tied, next_row_fetcher& next) noexcept
    {
        if (!hook_.of_logits()) return hook_.fill_from_probabilities(job_, image);
        const auto prediction = static_cast<std::size_t>(job_.prediction[image]);
        const bool squares = hook_.brier_score != nullptr;
        sums_[count_] = sums_of_row(set_, job_.row(image), job_.classes, prediction, tied, squares, next);
        images_[count_] = image;
        if (++count_ == most) fill();
    }
    /// Computes the values of the images that are still pending. Call it after the last image.
    inline void fill() noexcept
    {
        for (std::size_t i = 0; i < count_; ++i) hook_.fill_from_logits(job_, images_[i], sums_[i]);
        count_ = 0;
    }

private:
    // Small enough that the scores of these rows are still in the first-level cache.
    static constexpr std::size_t most = 4;

    instruction_set set_;
    const row_job<T>& job_;
    const Hook& hook_;
    std::size_t count_ = 0;
    std::size_t images_[most];
    softmax_sums sums_[most];
};

/// Whether this call computes lists. Only a hook for values and lists is tested at run time: depth 0 means no lists.
template <class Hook>
inline bool wants_lists(const Hook& hook) noexcept
{
    if constexpr (Hook::wants_lists && Hook::wants_values) return hook.depth != 0;
    return Hook::wants_lists;
}

/// Whether another class has the score of the prediction. The prediction is the first class with that score.
template <class T>
inline bool is_tied(const T* row, std::size_t classes, std::size_t prediction) noexcept
{
    using lane = lanes<T>;
    const auto top = comparable(row[prediction]);
    const auto tops = lane::all(top);
    auto equal = tops != tops;
    std::size_t c = prediction + 1;
    for (; c + lane::width <= classes; c += lane::width) equal |= lane::load_keys(row + c) == tops;
    bool equal_behind = false;
    for (; c < classes; ++c) equal_behind |= comparable(row[c]) == top;
    return any(equal) || equal_behind;
}

template <class T, class Hook>
std::size_t rank_short_rows(instruction_set set, const row_job<T>& job, std::size_t begin, std::size_t end,
                            const Hook& hook) noexcept
{
    short_row_ranker<T> ranker(job);
    if constexpr (!Hook::wants_values && !Hook::wants_lists) return ranker.rank(begin, end);
    // In blocks whose rows stay in the cache.
    std::size_t first_nan = end;
    next_row_fetcher nothing(job.row(begin), 0);
    value_filler<T, Hook> values(set, job, hook);
    for (std::size_t block = begin; block < end;) {
        const std::size_t block_end = std::min<std::size_t>(end, block + 64);
        if (const std::size_t nan = ranker.rank(block, block_end); nan != block_end && first_nan == end)
            first_nan = nan;
        for (; block < block_end; ++block) {
            if (job.prediction[block] == missing_label) {
                hook.leave_out(block);
                continue;
            }
            if constexpr (Hook::wants_lists) {
                if (wants_lists(hook)) plain_top_list(job.row(block), job.classes, hook.depth, hook.of(block));
            }
            if constexpr (Hook::wants_values) {
                const auto prediction = static_cast<std::size_t>(job.prediction[block]);
                values.add(block, is_tied(job.row(block), job.classes, prediction), nothing);
            }
        }
    }
    if constexpr (Hook::wants_values) values.fill();
    return first_nan;
}

/// Ranks rows begin .. end - 1. Rows with a NaN are excluded; returns the first of them, or `end` if there is none.
///
/// The hook's output is computed while the row is in the first-level cache: the values of loss_hook.hpp
/// (Hook::wants_values), lists of the best classes (Hook::wants_lists), or both; with both, hook.depth == 0 means that
/// this call computes no lists.
template <class T, class Hook>
std::size_t rank_rows(instruction_set set, const row_job<T>& job, std::size_t begin, std::size_t end,
                      const Hook& hook) noexcept
{
    if (short_row_ranker<T>::takes(job.classes)) return rank_short_rows(set, job, begin, end, hook);
    if (!row_ranker<T>::takes(job.classes)) return rank_rows_plainly(job, begin, end, hook);
    // The hardware prefetcher is fast enough for shorter and longer rows.
    const std::size_t row_bytes = job.classes * sizeof(T);
    const bool fetch_ahead = row_bytes >= 1024 && row_bytes <= 32768;
    // Cache lines per step. Fewer if losses are computed, because the sums of exponentials prefetch most of the row.
    constexpr std::size_t lines = Hook::wants_values ? 4 : 16;
    std::size_t first_nan = end;
    row_ranker<T> ranker(job.classes);
    value_filler<T, Hook> values(set, job, hook);
    for (std::size_t image = begin; image < end; ++image) {
        if (!ranker.scan(job.row(image))) {
            job.leave_out(image);
            hook.leave_out(image);
            if (first_nan == end) first_nan = image;
            continue;
        }
        const bool fetches = fetch_ahead && image + 1 < end;
        next_row_fetcher next(job.row(fetches ? image + 1 : image), fetches ? row_bytes : 0);
        next.fetch(lines);
        bool tied = false;
        job.prediction[image] = Hook::wants_values ? ranker.prediction_and_tie(tied) : ranker.prediction();
        if (job.original != nullptr) {
            next.fetch(lines);
            const class_index label = job.original[image];
            const label_in_row found =
                label == missing_label ? label_in_row{no_rank, false} : ranker.rank_and_tie(label);
            job.original_rank[image] = found.rank;
            job.original_tied[image] = found.tied;
        }
        if (job.offsets != nullptr) {
            for (std::uint64_t j = job.offsets[image]; j < job.offsets[image + 1]; ++j) {
                next.fetch(lines);
                const bool known = job.original != nullptr && job.labels[j] == job.original[image];
                job.label_rank[j - job.offsets[0]] = known ? job.original_rank[image] : ranker.rank(job.labels[j]);
            }
        }
        if constexpr (Hook::wants_lists) {
            if (wants_lists(hook)) ranker.list_best(hook.depth, hook.of(image), next);
        }
        if constexpr (Hook::wants_values) values.add(image, tied, next);
        next.fetch(64);
    }
    if constexpr (Hook::wants_values) values.fill();
    return first_nan;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail::REASSESS_KERNEL
