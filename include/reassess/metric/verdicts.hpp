// Verdicts of raters on mistakes of models: clear mistake, not a mistake, undecidable (Fig. 7 of the paper).
#pragma once

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
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The three verdicts of the paper, as written in files. Other studies may use further verdicts (verdict_options).
inline constexpr const char* clear_mistake = "clear mistake";
inline constexpr const char* not_a_mistake = "not a mistake";
inline constexpr const char* undecidable = "undecidable";

/// One rater's verdict on one mistake.
struct verdict_record {
    std::string model{};
    /// The labels by which it is a mistake: "original" or "real".
    std::string metric{};
    std::string image{};
    std::string verdict{};

    friend bool operator==(const verdict_record&, const verdict_record&) = default;
};

/// The share of one verdict among the verdicts on one model's mistakes by one metric.
struct verdict_share {
    std::string model{};
    std::string metric{};
    std::string verdict{};
    /// Use wilson_interval for its interval.
    proportion share{};

    friend bool operator==(const verdict_share&, const verdict_share&) = default;
};

struct verdict_options {
    /// Allowed verdicts in addition to the paper's three.
    std::vector<std::string> further_verdicts{};
};

/// Counts verdicts by model and metric. The result is sorted by the names of model and metric, and then in the order
/// clear mistake, not a mistake, undecidable, further verdicts; a verdict that no rater gave has 0 hits. If several
/// raters rated a mistake, each of their verdicts counts.
///
/// Throws std::invalid_argument, naming the image, for a verdict that is neither one of the three nor in
/// options.further_verdicts. The result is empty if there are no records. O(records log models).
[[nodiscard]] inline std::vector<verdict_share> tally_verdicts(std::span<const verdict_record> records,
                                                               const verdict_options& options = {})
{
    std::vector<std::string> names{clear_mistake, not_a_mistake, undecidable};
    names.insert(names.end(), options.further_verdicts.begin(), options.further_verdicts.end());
    std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> counts;
    for (const verdict_record& record : records) {
        const auto name = std::find(names.begin(), names.end(), record.verdict);
        detail::expects(
            name != names.end(), "the verdict on image ", record.image, " of model ", record.model, " is \"",
            record.verdict,
            "\", expected clear mistake, not a mistake, undecidable or one of further_verdicts (--further)");
        auto& of_model = counts[{record.model, record.metric}];
        of_model.resize(names.size());
        ++of_model[static_cast<std::size_t>(name - names.begin())];
    }
    std::vector<verdict_share> shares;
    for (const auto& [key, of_model] : counts) {
        std::uint64_t total = 0;
        for (const std::uint64_t count : of_model) total += count;
        for (std::size_t i = 0; i < names.size(); ++i)
            shares.push_back({key.first, key.second, names[i], {of_model[i], total}});
    }
    return shares;
}

/// Answers of the raters of the label-errors study (Northcutt, Athalye, Mueller 2021, arXiv:2103.14749; not the paper's
/// study) for one image: number of raters who chose the given label, the label that a model guessed, both, or neither.
struct label_error_votes {
    std::uint64_t given = 0;
    std::uint64_t guessed = 0;
    std::uint64_t both = 0;
    std::uint64_t neither = 0;
};

/// The majority answer as a verdict on the guess: given = clear mistake; guessed or both = not a mistake; neither, or
/// no answer by more than half of the raters = undecidable. This mapping is defined by this library, not by the study.
[[nodiscard]] inline const char* majority_verdict(const label_error_votes& votes) noexcept
{
    const std::uint64_t all = votes.given + votes.guessed + votes.both + votes.neither;
    const auto wins = [&](std::uint64_t count) { return count > all - count; };
    if (wins(votes.given)) return clear_mistake;
    return wins(votes.guessed) || wins(votes.both) ? not_a_mistake : undecidable;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
