// Vote patterns: groups items with identical votes, which have the same posterior in expectation maximisation, so that
// each distinct pattern is computed once.
#pragma once

#include "../data/annotations.hpp"
#include "../data/labels.hpp"
#include "../version.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Properties in addition to the votes that distinguish items; each part may be empty.
struct item_marks {
    /// For each item its gold class or missing_label.
    std::span<const class_index> gold{};
    /// For each item a row of `start_columns` numbers.
    std::span<const double> start{};
    std::size_t start_columns = 0;
};

/// Distinct vote patterns of the items. A code is a rater and an answer: rater * answers + answer. A pattern is a
/// multiset of codes and the marks of its items. Patterns are sorted by number of votes, number of items and first
/// item, so that branches in loops over them are predictable.
class vote_patterns {
public:
    /// `marks` has an entry per item in each part that is not empty. O(votes + patterns x log(patterns)) on average.
    vote_patterns(const annotations& votes, const item_marks& marks)
        : codes_(votes.raters() * votes.answers()), votes_of_code_(codes_, 0.0)
    {
        sort_by_item(votes);
        gather(marks, votes.items());
        sort_patterns();
    }

    /// Number of patterns, at most the number of items.
    [[nodiscard]] std::size_t size() const noexcept { return first_item_.size(); }
    /// Number of codes, used or not.
    [[nodiscard]] std::size_t codes() const noexcept { return codes_; }
    /// Total number of votes in the patterns, at most that of all items.
    [[nodiscard]] std::size_t votes() const noexcept { return code_.size(); }
    /// Number of votes with a code, over all items.
    [[nodiscard]] double votes_of_code(std::size_t code) const noexcept { return votes_of_code_[code]; }

    /// The codes of a pattern, ascending.
    [[nodiscard]] std::span<const std::uint32_t> of(std::size_t pattern) const noexcept
    {
        return std::span<const std::uint32_t>(code_).subspan(begin_[pattern], begin_[pattern + 1] - begin_[pattern]);
    }
    /// The first item that has a pattern.
    [[nodiscard]] std::size_t first_item(std::size_t pattern) const noexcept { return first_item_[pattern]; }
    /// Number of items that have a pattern, an integer; a double because sums of posteriors are multiplied by it.
    [[nodiscard]] double items(std::size_t pattern) const noexcept { return items_[pattern]; }
    [[nodiscard]] std::size_t pattern_of(std::size_t item) const noexcept { return pattern_of_[item]; }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    void sort_by_item(const annotations& votes)
    {
        begin_.assign(votes.items() + 1, 0);
        for (const std::uint32_t item : votes.item_of()) ++begin_[item + 1];
        for (std::size_t item = 0; item < votes.items(); ++item) begin_[item + 1] += begin_[item];
        code_.resize(votes.votes());
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        for (std::size_t v = 0; v < votes.votes(); ++v) {
            const std::size_t code = votes.rater_of()[v] * votes.answers() + votes.answer_of()[v];
            code_[next[votes.item_of()[v]]++] = static_cast<std::uint32_t>(code);
            votes_of_code_[code] += 1.0;
        }
        for (std::size_t item = 0; item < votes.items(); ++item) {
            std::sort(code_.begin() + static_cast<std::ptrdiff_t>(begin_[item]),
                      code_.begin() + static_cast<std::ptrdiff_t>(begin_[item + 1]));
        }
    }

    /// Looks up every item in a hash table. The votes of a new pattern are moved to the front of code_, so no second
    /// copy is needed.
    void gather(const item_marks& marks, std::size_t items)
    {
        std::vector<std::uint32_t> table(std::bit_ceil(2 * items + 1), none);
        pattern_of_.resize(items);
        std::size_t first = 0;  // of the item's votes
        for (std::size_t item = 0; item < items; ++item) {
            const std::size_t count = begin_[item + 1] - first;
            const std::span<const std::uint32_t> votes(code_.data() + first, count);
            first = begin_[item + 1];
            std::size_t slot = hash(votes, marks, item) & (table.size() - 1);
            while (table[slot] != none && !has_pattern(item, votes, marks, table[slot]))
                slot = (slot + 1) & (table.size() - 1);
            if (table[slot] == none) {
                table[slot] = static_cast<std::uint32_t>(size());
                begin_[size() + 1] = begin_[size()] + count;
                std::uint32_t* const to = code_.data() + begin_[size()];
                if (to != votes.data()) std::copy(votes.begin(), votes.end(), to);
                first_item_.push_back(static_cast<std::uint32_t>(item));
                items_.push_back(0.0);
            }
            pattern_of_[item] = table[slot];
            items_[table[slot]] += 1.0;
        }
        begin_.resize(size() + 1);
        code_.resize(begin_.back());
    }

    void sort_patterns()
    {
        std::vector<std::uint32_t> order(size());
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        const auto less = [&](std::uint32_t a, std::uint32_t b) {
            const std::size_t votes_of_a = of(a).size(), votes_of_b = of(b).size();
            return votes_of_a != votes_of_b ? votes_of_a < votes_of_b : items_[a] < items_[b];
        };
        if (std::is_sorted(order.begin(), order.end(), less)) return;
        std::stable_sort(order.begin(), order.end(), less);

        std::vector<std::size_t> begin{0};
        std::vector<std::uint32_t> code, first_item, new_number(size());
        std::vector<double> items;
        begin.reserve(begin_.size());
        code.reserve(code_.size());
        first_item.reserve(size());
        items.reserve(size());
        for (const std::uint32_t pattern : order) {
            new_number[pattern] = static_cast<std::uint32_t>(items.size());
            code.insert(code.end(), of(pattern).begin(), of(pattern).end());
            begin.push_back(code.size());
            first_item.push_back(first_item_[pattern]);
            items.push_back(items_[pattern]);
        }
        for (std::uint32_t& pattern : pattern_of_) pattern = new_number[pattern];
        begin_ = std::move(begin);
        code_ = std::move(code);
        first_item_ = std::move(first_item);
        items_ = std::move(items);
    }

    [[nodiscard]] static std::uint64_t hash(std::span<const std::uint32_t> votes, const item_marks& marks,
                                            std::size_t item) noexcept
    {
        std::uint64_t state = votes.size();
        const auto mix = [&](std::uint64_t word) {
            state = (state ^ word) * 0x9e3779b97f4a7c15;
            state ^= state >> 32;
        };
        for (const std::uint32_t code : votes) mix(code);
        if (!marks.gold.empty()) mix(static_cast<std::uint64_t>(marks.gold[item]));
        for (const double share : start_of(marks, item)) mix(std::bit_cast<std::uint64_t>(share));
        return state;
    }

    [[nodiscard]] bool has_pattern(std::size_t item, std::span<const std::uint32_t> votes, const item_marks& marks,
                                   std::size_t pattern) const noexcept
    {
        const std::size_t other = first_item_[pattern];
        const auto equal = [](auto a, auto b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); };
        return equal(votes, of(pattern)) && (marks.gold.empty() || marks.gold[item] == marks.gold[other]) &&
               equal(start_of(marks, item), start_of(marks, other));
    }

    [[nodiscard]] static std::span<const double> start_of(const item_marks& marks, std::size_t item) noexcept
    {
        if (marks.start.empty()) return {};
        return marks.start.subspan(item * marks.start_columns, marks.start_columns);
    }

    std::size_t codes_;
    std::vector<double> votes_of_code_;
    std::vector<std::size_t> begin_;
    std::vector<std::uint32_t> code_;
    std::vector<std::uint32_t> first_item_;
    std::vector<double> items_;
    std::vector<std::uint32_t> pattern_of_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
