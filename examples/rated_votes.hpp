// Raters' votes joined with what else is known of the rated images: their numbers, original labels, the experts' votes.
#pragma once

#include "program.hpp"

#include <reassess/data/annotations.hpp>
#include <reassess/data/image_names.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/rated_pairs.hpp>
#include <reassess/io/rater_votes.hpp>
#include <reassess/labeling/majority_vote.hpp>
#include <reassess/labeling/precision_recall.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace program {

inline constexpr reassess::answer_index maybe = 1;
inline constexpr reassess::answer_index yes = 2;

/// Votes on pairs, whatever the form of the file, and what each rater is called.
struct named_votes : reassess::io::rater_votes {
    std::vector<std::string> rater_names{};
};

inline named_votes read_npz(const std::string& path)
{
    std::optional<program::progress_bar> bar;
    const auto show = [&](const reassess::io::rater_votes_progress& progress) {
        if (!bar) bar.emplace("reading votes", progress.total, "answers");
        bar->show(progress.rows);
    };
    named_votes rated{reassess::io::read_rater_votes(path, {.on_progress = show})};
    for (std::size_t rater = 0; rater < rated.votes.raters(); ++rater) {
        rated.rater_names.push_back(
            std::to_string(rated.rater_ids.empty() ? static_cast<std::int64_t>(rater) : rated.rater_ids[rater]));
    }
    return rated;
}

/// A long table: a task is an image and a class with a space between them, a label is no, maybe or yes.
inline named_votes read_csv(const std::string& path)
{
    reassess::io::csv_votes table = reassess::io::read_csv_votes(path, {.answer_names = {"no", "maybe", "yes"}});
    named_votes rated;
    rated.votes = std::move(table.votes);
    rated.rater_names = std::move(table.workers);
    std::unordered_map<std::string, std::uint32_t> image_of;
    for (const std::string& task : table.tasks) {
        const std::size_t space = std::min(task.rfind(' '), task.size());
        const char* const end = task.data() + task.size();
        reassess::rated_pair pair;
        const auto parsed = std::from_chars(task.data() + std::min(space + 1, task.size()), end, pair.label);
        if (space == 0 || parsed.ec != std::errc{} || parsed.ptr != end || pair.label < 0)
            throw reassess::io::file_error(path + ": the task '" + task +
                                           "' is no image and class, such as 'a.jpg 65'");
        const auto [entry, added] = image_of.try_emplace(task.substr(0, space), rated.images.size());
        if (added) rated.images.push_back(entry->first);
        pair.image = entry->second;
        rated.pairs.push_back(pair);
    }
    return rated;
}

inline named_votes read_votes(const std::string& path)
{
    return path.ends_with(".csv") ? read_csv(path) : read_npz(path);
}

/// The images of --names in order of the number at the end of their names, which is the order of label sets.
struct numbered_images {
    std::size_t images = 0;
    std::vector<reassess::class_index> original{};
    /// The rated pairs with these numbers as images.
    std::vector<reassess::rated_pair> pairs{};
};

/// `names` are the images' names in order of `original`, which may be empty. Throws file_error where the numbers of
/// labels and names differ, std::invalid_argument for a rated image without a name.
inline numbered_images number_images(const std::vector<std::string>& names,
                                     const std::vector<reassess::class_index>& original,
                                     const std::string& original_file, const reassess::io::rater_votes& rated)
{
    const std::vector<std::size_t> number_of = reassess::positions_from_numbers(names);
    const std::vector<std::size_t> row_of = reassess::match_names(names, rated.images);
    numbered_images numbered{.images = names.size(), .pairs = rated.pairs};
    for (reassess::rated_pair& pair : numbered.pairs)
        pair.image = static_cast<std::uint32_t>(number_of[row_of[pair.image]]);
    if (original.empty()) return numbered;
    if (original.size() != names.size()) {
        throw reassess::io::file_error(original_file + ": " + std::to_string(original.size()) + " labels, but " +
                                       std::to_string(names.size()) + " image names");
    }
    numbered.original.resize(names.size());
    for (std::size_t row = 0; row < names.size(); ++row) numbered.original[number_of[row]] = original[row];
    return numbered;
}

/// What the original labels say of every pair: yes where the pair's class is the label, else no; nothing on images
/// without a label or with one of another class than `classes` (empty: all).
inline std::vector<reassess::answer_index> votes_of_original(const numbered_images& images,
                                                             const std::vector<reassess::class_index>& classes)
{
    std::vector<reassess::answer_index> answers;
    answers.reserve(images.pairs.size());
    for (const reassess::rated_pair& pair : images.pairs) {
        const reassess::class_index label = images.original[pair.image];
        const bool votes = label != reassess::missing_label &&
                           (classes.empty() || std::binary_search(classes.begin(), classes.end(), label));
        answers.push_back(!votes ? reassess::no_answer : label == pair.label ? yes : 0);
    }
    return answers;
}

/// The experts' votes, and where their pairs stand among the rated ones.
struct gold_data {
    named_votes experts{};
    std::vector<bool> labels{};
    std::vector<std::size_t> pair_of{};
};

/// The files' names are for messages. Throws file_error for an expert's pair that is not among the rated ones.
inline gold_data find_gold(named_votes experts, const std::string& gold_file, const reassess::io::rater_votes& rated,
                           const std::string& votes_file)
{
    gold_data gold{.experts = std::move(experts)};
    gold.labels = reassess::gold_from_majority(reassess::vote_table(gold.experts.votes), yes);
    std::unordered_map<std::string, std::size_t> pair_of;
    for (std::size_t i = 0; i < rated.pairs.size(); ++i)
        pair_of.emplace(rated.images[rated.pairs[i].image] + ' ' + std::to_string(rated.pairs[i].label), i);
    for (const reassess::rated_pair& pair : gold.experts.pairs) {
        const std::string key = gold.experts.images[pair.image] + ' ' + std::to_string(pair.label);
        const auto found = pair_of.find(key);
        if (found == pair_of.end())
            throw reassess::io::file_error(gold_file + ": the pair " + key + " is not among those of " + votes_file);
        gold.pair_of.push_back(found->second);
    }
    return gold;
}

/// Some of a vector's elements, in the order of the gold pairs.
template <class Vector>
Vector of_gold(const gold_data& gold, const Vector& values)
{
    Vector part;
    for (const std::size_t pair : gold.pair_of) part.push_back(values[pair]);
    return part;
}

/// A point of Fig. 3 (right), with its name.
struct measured {
    std::string kind;
    std::string name;
    std::optional<double> threshold{};
    reassess::precision_recall counts{};
};

/// Throws file_error unless the raters voted on the experts' pairs.
inline void expect_same_pairs(const named_votes& raters, const std::string& raters_file, const gold_data& gold,
                              const std::string& gold_file)
{
    if (raters.pairs != gold.experts.pairs || raters.images != gold.experts.images)
        throw reassess::io::file_error(raters_file + ": holds other pairs than " + gold_file);
}

/// What stands beside labels that were made, against the experts' majority: the original labels, the published ones,
/// every expert and every rater.
inline std::vector<measured> measure_others(const gold_data& gold, const std::optional<numbered_images>& images,
                                            const std::vector<bool>& published,
                                            const std::optional<named_votes>& raters)
{
    const auto counts = [&](const std::vector<bool>& kept) {
        return reassess::measure_precision_recall(of_gold(gold, kept), gold.labels);
    };
    std::vector<measured> points;
    if (images && !images->original.empty()) {
        points.push_back(
            {"labels", "original", std::nullopt,
             counts(reassess::pairs_in(images->pairs, std::span<const reassess::class_index>(images->original)))});
    }
    if (!published.empty()) points.push_back({"labels", "published", std::nullopt, counts(published)});
    const auto add = [&](const char* kind, const named_votes& rated,
                         const std::vector<reassess::precision_recall>& of_raters) {
        for (std::size_t rater = 0; rater < of_raters.size(); ++rater)
            points.push_back({kind, rated.rater_names[rater], std::nullopt, of_raters[rater]});
    };
    const reassess::annotations& experts = gold.experts.votes;
    add("expert against all experts", gold.experts, reassess::experts_against_all(experts, yes));
    add("expert against the other experts", gold.experts, reassess::experts_against_others(experts, yes));
    if (raters) add("rater", *raters, reassess::rater_points(raters->votes, yes, gold.labels));
    return points;
}

}  // namespace program
