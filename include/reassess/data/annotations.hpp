// annotations: rater votes in columns (rater, item, answer), and their construction from a one-hot tensor.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The index of an answer that raters may give: 0 .. answers - 1.
using answer_index = std::uint32_t;

/// Marks an item that a rater did not answer.
inline constexpr answer_index no_answer = static_cast<answer_index>(-1);

struct annotation_sizes {
    std::size_t raters = 0;
    std::size_t items = 0;
};

/// Votes in columns, in the order in which they were added: vote v is answer answer_of()[v] of rater rater_of()[v] to
/// item item_of()[v]. A rater may answer an item several times; each answer counts. Always valid. 12 bytes per vote.
class annotations {
public:
    /// No raters, no items, no votes.
    annotations() = default;

    /// No votes yet. Throws std::invalid_argument if there are no answers, or if the number of raters, items or answers
    /// is not below 2^32 - 1.
    annotations(annotation_sizes sizes, std::vector<std::string> answer_names)
        : sizes_(sizes), answer_names_(std::move(answer_names))
    {
        constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
        detail::expects(!answer_names_.empty(),
                        "annotations: the number of possible answers is 0, expected at least 1");
        detail::expects(sizes.raters < most && sizes.items < most && answer_names_.size() < most,
                        "annotations: ", sizes.raters, " raters, ", sizes.items, " items and ", answer_names_.size(),
                        " answers, expected each below ", most);
    }

    /// Adds a vote. Throws std::out_of_range for a rater, an item or an answer outside the sizes of this object.
    /// Amortised O(1).
    template <std::integral Rater, std::integral Item, std::integral Answer>
        requires(!std::same_as<Rater, bool> && !std::same_as<Item, bool> && !std::same_as<Answer, bool>)
    void add(Rater rater, Item item, Answer answer)
    {
        expect_below(rater, raters(), "rater");
        expect_below(item, items(), "item");
        expect_below(answer, answers(), "answer");
        push_back(static_cast<std::uint32_t>(rater), static_cast<std::uint32_t>(item),
                  static_cast<answer_index>(answer));
    }

    /// Adds a rater with answer answers_to[item] to each item, or no_answer: for example a virtual rater whose answers
    /// are the original labels of a part of the images. Returns the index of the new rater.
    ///
    /// Throws std::invalid_argument unless there is one entry for each item, std::out_of_range for an entry that is
    /// neither no_answer nor in [0, answers()); then nothing is added. O(items).
    std::size_t add_rater(std::span<const answer_index> answers_to)
    {
        detail::expects(answers_to.size() == items(), "annotations: ", answers_to.size(), " answers of a new rater to ",
                        items(), " items, expected one answer or no_answer per item");
        std::size_t given = 0;
        for (const answer_index answer : answers_to) {
            if (answer == no_answer) continue;
            expect_below(answer, answers(), "answer");
            ++given;
        }
        reserve(votes() + given);
        for (std::size_t item = 0; item < answers_to.size(); ++item) {
            if (answers_to[item] != no_answer) {
                push_back(static_cast<std::uint32_t>(sizes_.raters), static_cast<std::uint32_t>(item),
                          answers_to[item]);
            }
        }
        return sizes_.raters++;
    }

    /// Reserves memory for `votes` votes in total.
    void reserve(std::size_t votes)
    {
        rater_of_.reserve(votes);
        item_of_.reserve(votes);
        answer_of_.reserve(votes);
    }

    [[nodiscard]] std::size_t raters() const noexcept { return sizes_.raters; }
    [[nodiscard]] std::size_t items() const noexcept { return sizes_.items; }
    [[nodiscard]] std::size_t answers() const noexcept { return answer_names_.size(); }
    [[nodiscard]] std::size_t votes() const noexcept { return answer_of_.size(); }
    [[nodiscard]] std::span<const std::string> answer_names() const noexcept { return answer_names_; }

    /// The rater of each vote.
    [[nodiscard]] std::span<const std::uint32_t> rater_of() const noexcept { return rater_of_; }
    /// The item of each vote.
    [[nodiscard]] std::span<const std::uint32_t> item_of() const noexcept { return item_of_; }
    /// The answer of each vote.
    [[nodiscard]] std::span<const answer_index> answer_of() const noexcept { return answer_of_; }

    friend bool operator==(const annotations& a, const annotations& b)
    {
        return a.raters() == b.raters() && a.items() == b.items() && a.answer_names_ == b.answer_names_ &&
               a.rater_of_ == b.rater_of_ && a.item_of_ == b.item_of_ && a.answer_of_ == b.answer_of_;
    }

private:
    template <std::integral Integer>
    void expect_below(Integer value, std::size_t count, const char* what) const
    {
        detail::expects<std::out_of_range>(!std::cmp_less(value, 0) && std::cmp_less(value, count),
                                           "annotations: ", what, " ", value, " of vote ", votes(), " is outside [0, ",
                                           count, ")");
    }

    void push_back(std::uint32_t rater, std::uint32_t item, answer_index answer)
    {
        const std::size_t before = votes();
        try {
            rater_of_.push_back(rater);
            item_of_.push_back(item);
            answer_of_.push_back(answer);
        } catch (...) {
            rater_of_.resize(before);
            item_of_.resize(before);
            answer_of_.resize(before);
            throw;
        }
    }

    annotation_sizes sizes_{};
    std::vector<std::string> answer_names_;
    std::vector<std::uint32_t> rater_of_;
    std::vector<std::uint32_t> item_of_;
    std::vector<answer_index> answer_of_;
};

namespace detail {

/// The index of the 1 in a one-hot row, or no_answer for a row of zeros; nothing for any other row.
template <class T>
[[nodiscard]] std::optional<answer_index> one_hot_answer(std::span<const T> row) noexcept
{
    answer_index answer = no_answer;
    for (std::size_t a = 0; a < row.size(); ++a) {
        if (row[a] == T(0)) continue;
        if (answer != no_answer || !(row[a] == T(1))) return std::nullopt;
        answer = static_cast<answer_index>(a);
    }
    return answer;
}

}  // namespace detail

/// Converts a one-hot tensor of raters x items x answers, row-major, to votes: 1 for the answer that was given, 0 for
/// the others, all 0 if the rater did not answer. The released rater votes of ImageNet have this form.
///
/// Throws std::invalid_argument if the size of the tensor is not raters x items x answers, and, naming rater and item,
/// for a row that is not zeros with at most one 1. O(size of the tensor).
template <class T>
    requires std::is_arithmetic_v<T>
[[nodiscard]] annotations annotations_from_one_hot(std::span<const T> tensor, annotation_sizes sizes,
                                                   std::vector<std::string> answer_names)
{
    annotations votes(sizes, std::move(answer_names));
    const std::size_t answers = votes.answers();
    // Both are below 2^32, so their product is exact.
    const std::size_t rows = sizes.raters * sizes.items;
    detail::expects(tensor.size() / answers == rows && tensor.size() % answers == 0, "annotations: a tensor of ",
                    tensor.size(), " elements, expected ", sizes.raters, " raters x ", sizes.items, " items x ",
                    answers, " answers");
    for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t rater = row / sizes.items;
        const std::size_t item = row % sizes.items;
        const std::optional<answer_index> answer = detail::one_hot_answer(tensor.subspan(row * answers, answers));
        detail::expects(answer.has_value(), "annotations: the answers of rater ", rater, " to item ", item,
                        " are not zeros with at most one 1");
        if (*answer != no_answer) votes.add(rater, item, *answer);
    }
    return votes;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
