// Mistakes of a model that experts assessed by category and severity, counted against label sets (Vasudevan et al.
// 2022).
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A prediction that experts call a mistake.
struct assessed_mistake {
    std::string image{};
    class_index prediction = missing_label;
    /// What kind of mistake it is: "Fine-grained error".
    std::string category{};
    /// How grave it is: "Major".
    std::string severity{};

    friend bool operator==(const assessed_mistake&, const assessed_mistake&) = default;
};

/// Number of mistakes by what the label set of the image says of the prediction.
struct assessed_mistake_counts {
    std::uint64_t accepted_by_real = 0;      ///< the prediction is in the set
    std::uint64_t not_accepted_by_real = 0;  ///< the set has labels, but not the prediction
    std::uint64_t without_real_labels = 0;   ///< the set is empty: ReaL metrics exclude the image

    [[nodiscard]] std::uint64_t with_real_labels() const noexcept { return accepted_by_real + not_accepted_by_real; }
    [[nodiscard]] std::uint64_t total() const noexcept { return with_real_labels() + without_real_labels; }
    /// Of the mistakes on images with labels, those that ReaL accuracy counts as correct.
    [[nodiscard]] proportion accepted_share() const noexcept { return {accepted_by_real, with_real_labels()}; }

    friend bool operator==(const assessed_mistake_counts&, const assessed_mistake_counts&) = default;
};

/// The mistakes of one category or one severity.
struct assessed_mistake_group {
    std::string name{};
    assessed_mistake_counts counts{};

    friend bool operator==(const assessed_mistake_group&, const assessed_mistake_group&) = default;
};

/// Result of count_assessed_mistakes. Both lists have the largest group first; groups of the same size are in order of
/// their names. The groups of a list add up to `all`.
struct assessed_mistake_summary {
    assessed_mistake_counts all{};
    std::vector<assessed_mistake_group> severities{};
    std::vector<assessed_mistake_group> categories{};

    friend bool operator==(const assessed_mistake_summary&, const assessed_mistake_summary&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

[[nodiscard]] inline std::vector<assessed_mistake_group> largest_first(
    const std::map<std::string, assessed_mistake_counts>& by_name)
{
    std::vector<assessed_mistake_group> groups;
    for (const auto& [name, counts] : by_name) groups.push_back({name, counts});
    std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
        return a.counts.total() > b.counts.total();  // stable: the map is in order of the names
    });
    return groups;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Counts mistakes by category and by severity, each by what the label sets say of the prediction; real[i] is the label
/// set of the image of mistakes[i]. The images are those of the mistakes alone, so the shares say how often ReaL labels
/// accept what experts call a mistake, and nothing of ReaL accuracy or of correct predictions that ReaL labels reject.
/// For intervals of the shares use wilson_interval.
///
/// All counts are 0 and the lists empty without mistakes. Throws std::invalid_argument if there are not as many label
/// sets as mistakes. O(mistakes (log groups + log size of a set)). Source of the categories and severities: Vasudevan,
/// Caine, Gontijo-Lopes, Fridovich-Keil, Roelofs 2022, "When does dough become a bagel?", arXiv:2205.04596.
[[nodiscard]] inline assessed_mistake_summary count_assessed_mistakes(std::span<const assessed_mistake> mistakes,
                                                                      label_sets_view real)
{
    detail::expects(real.images() == mistakes.size(), "assessed mistakes: ", mistakes.size(), " mistakes, but ",
                    real.images(), " label sets; use align or align_by_number");
    assessed_mistake_summary summary;
    std::map<std::string, assessed_mistake_counts> severities, categories;
    for (std::size_t i = 0; i < mistakes.size(); ++i) {
        const auto outcome = real.size_of(i) == 0 ? &assessed_mistake_counts::without_real_labels
                             : real.contains(i, mistakes[i].prediction)
                                 ? &assessed_mistake_counts::accepted_by_real
                                 : &assessed_mistake_counts::not_accepted_by_real;
        ++(summary.all.*outcome);
        ++(severities[mistakes[i].severity].*outcome);
        ++(categories[mistakes[i].category].*outcome);
    }
    summary.severities = detail::largest_first(severities);
    summary.categories = detail::largest_first(categories);
    return summary;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
