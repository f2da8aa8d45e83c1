// What people say of models' mistakes: clear, none at all, or undecidable (Fig. 7).
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

/// The three verdicts of the paper, as they are written in files. Studies may have others.
inline constexpr const char* clear_mistake = "clear mistake";
inline constexpr const char* not_a_mistake = "not a mistake";
inline constexpr const char* undecidable = "undecidable";

/// One rater's verdict on one mistake.
struct verdict_record {
    std::string model{};
    /// The metric by which it is a mistake: "original", "real".
    std::string metric{};
    std::string image{};
    std::string verdict{};

    friend bool operator==(const verdict_record&, const verdict_record&) = default;
};

/// The share of one verdict among a model's mistakes by one metric.
struct verdict_share {
    std::string model{};
    std::string metric{};
    std::string verdict{};
    /// Its interval is wilson_interval's.
    proportion share{};

    friend bool operator==(const verdict_share&, const verdict_share&) = default;
};

struct verdict_options {
    /// What may be said beside the paper's three.
    std::vector<std::string> further_verdicts{};
};

/// Counts verdicts by model and metric (by name), and within them in the order clear mistake, not a mistake,
/// undecidable, further ones; a verdict that nobody gave is there with 0 hits. Several raters of one mistake count
/// each.
///
/// Throws std::invalid_argument for a verdict that is neither one of the three nor further, naming the image. No
/// verdicts give none. O(verdicts log models).
[[nodiscard]] inline std::vector<verdict_share> tally_verdicts(std::span<const verdict_record> records,
                                                               const verdict_options& options = {})
{
    std::vector<std::string> names{clear_mistake, not_a_mistake, undecidable};
    names.insert(names.end(), options.further_verdicts.begin(), options.further_verdicts.end());
    std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> counts;
    for (const verdict_record& record : records) {
        const auto name = std::find(names.begin(), names.end(), record.verdict);
        detail::expects(name != names.end(), "the verdict on image ", record.image, " of model ", record.model,
                        " is \"", record.verdict,
                        "\", expected clear mistake, not a mistake, undecidable or a further one that is "
                        "named");
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

/// How many of the raters of the label-errors study (Northcutt, Athalye, Mueller 2021, arXiv:2103.14749; not the
/// paper's study) found in an image the given label, the label that a model guessed, both, or neither.
struct label_error_votes {
    std::uint64_t given = 0;
    std::uint64_t guessed = 0;
    std::uint64_t both = 0;
    std::uint64_t neither = 0;
};

/// The majority's answer as a verdict on the guess: given = clear mistake; guessed or both = not a mistake; neither, or
/// no answer of more than half of the raters = undecidable. A mapping of ours, to have real verdicts at hand.
[[nodiscard]] inline const char* majority_verdict(const label_error_votes& votes) noexcept
{
    const std::uint64_t all = votes.given + votes.guessed + votes.both + votes.neither;
    const auto wins = [&](std::uint64_t count) { return count > all - count; };
    if (wins(votes.given)) return clear_mistake;
    return wins(votes.guessed) || wins(votes.both) ? not_a_mistake : undecidable;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
