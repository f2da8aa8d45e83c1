// Votes on pairs of image and class from npz or CSV, joined with image numbers, original labels and experts' votes.
#pragma once

#include "../data/annotations.hpp"
#include "../data/image_names.hpp"
#include "../data/labels.hpp"
#include "../data/rated_pairs.hpp"
#include "../detail/expects.hpp"
#include "../labeling/majority_vote.hpp"
#include "../labeling/precision_recall.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "csv.hpp"
#include "csv_writer.hpp"
#include "file_error.hpp"
#include "label_sets.hpp"
#include "npz.hpp"
#include "rater_votes.hpp"
#include "targets.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The answers of votes on pairs: no (0), maybe, yes.
inline constexpr answer_index maybe = 1;
inline constexpr answer_index yes = 2;

/// Votes on pairs from a file of either format; every rater has a name.
struct named_votes : rater_votes {};

struct read_pair_votes_options {
    /// The classes that names mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
    /// The separator of cells in CSV.
    csv_options csv{};
    /// See rater_votes_options.
    std::function<void(const rater_votes_progress&)> on_progress{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// A long table whose tasks are an image and a class with a space between them.
/// Whether the file is text whose first line names a column of tasks.
[[nodiscard]] inline bool names_tasks(const std::filesystem::path& path)
{
    if (io::is_npz_file(path)) return false;
    const std::string text = io::read_text_file(path);
    return std::string_view(text).substr(0, text.find_first_of("\r\n")).find("task") != std::string_view::npos;
}

[[nodiscard]] inline io::named_votes read_pair_votes_csv(const std::filesystem::path& path,
                                                         const io::read_pair_votes_options& options)
{
    io::csv_votes table = io::read_csv_votes(path, {.answer_names = {"no", "maybe", "yes"}, .csv = options.csv});
    io::named_votes rated;
    rated.votes = std::move(table.votes);
    rated.rater_names = std::move(table.workers);
    std::unordered_map<std::string, std::uint32_t> image_of;
    for (const std::string& task : table.tasks) {
        const std::size_t space = std::min(task.rfind(' '), task.size());
        rated_pair pair;
        const auto label =
            parse_class(std::string_view(task).substr(std::min(space + 1, task.size())), options.classes);
        if (space == 0 || !label || *label < 0 || !std::in_range<class_index>(*label)) {
            fail_file(path, "the task ", in_quotes(task),
                      " is not an image and a class, such as \"a.jpg 65\" or \"a.jpg n01751748\"");
        }
        pair.label = static_cast<class_index>(*label);
        const auto [entry, added] = image_of.try_emplace(task.substr(0, space), rated.images.size());
        if (added) rated.images.push_back(entry->first);
        pair.image = entry->second;
        rated.pairs.push_back(pair);
    }
    return rated;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Votes on pairs from an npz archive (see read_rater_votes), whose raters are named by their ids, or by their position
/// without ids; or, if the extension is .csv or the first line has the column task, from a long table task,worker,label
/// (see read_csv_votes), whose tasks are such as "a.jpg 65" or "a.jpg n01751748" and whose labels are no, maybe and
/// yes.
///
/// Throws file_error like these functions, and for a task that is not an image and a class. O(bytes).
[[nodiscard]] inline named_votes read_pair_votes(const std::filesystem::path& path,
                                                 const read_pair_votes_options& options = {})
{
    if (path.extension() == ".csv" || detail::names_tasks(path)) return detail::read_pair_votes_csv(path, options);
    named_votes rated{read_rater_votes(path, {.classes = options.classes, .on_progress = options.on_progress})};
    if (!rated.rater_names.empty()) return rated;
    for (std::size_t rater = 0; rater < rated.votes.raters(); ++rater)
        rated.rater_names.push_back(std::to_string(rater));
    return rated;
}

/// Images in order of the number at the end of their names, which is the order of label sets in real.json.
struct numbered_images {
    std::size_t images = 0;
    std::vector<class_index> original{};
    /// The rated pairs with these numbers as images.
    std::vector<rated_pair> pairs{};
};

/// Numbers the rated images by their names. `names` are in the order of `original`, which may be empty. `original_file`
/// is used in messages. Throws file_error if the numbers of labels and names differ, std::invalid_argument for a rated
/// image without a name. O(pairs + names).
[[nodiscard]] inline numbered_images number_images(const std::vector<std::string>& names,
                                                   const std::vector<class_index>& original,
                                                   const std::filesystem::path& original_file, const rater_votes& rated)
{
    const std::vector<std::size_t> number_of = positions_from_numbers(names);
    const std::vector<std::size_t> row_of = match_names(names, rated.images);
    numbered_images numbered{.images = names.size(), .pairs = rated.pairs};
    for (rated_pair& pair : numbered.pairs) pair.image = static_cast<std::uint32_t>(number_of[row_of[pair.image]]);
    if (original.empty()) return numbered;
    if (original.size() != names.size()) {
        detail::fail_file(original_file, original.size(), " labels, but ", names.size(), " image names");
    }
    numbered.original.resize(names.size());
    for (std::size_t row = 0; row < names.size(); ++row) numbered.original[number_of[row]] = original[row];
    return numbered;
}

/// The original labels as votes on every pair: yes if the pair's class is the label, else no; no vote on images without
/// a label, and on images whose label is not one of `classes` (sorted; empty: all classes vote). O(pairs).
[[nodiscard]] inline std::vector<answer_index> votes_of_original(const numbered_images& images,
                                                                 const std::vector<class_index>& classes)
{
    std::vector<answer_index> answers;
    answers.reserve(images.pairs.size());
    for (const rated_pair& pair : images.pairs) {
        const class_index label = images.original[pair.image];
        const bool votes =
            label != missing_label && (classes.empty() || std::binary_search(classes.begin(), classes.end(), label));
        answers.push_back(!votes ? no_answer : label == pair.label ? yes : 0);
    }
    return answers;
}

/// Which rated pairs the label sets of a file contain. If the file names its images (see read_named_label_sets), the
/// sets are joined by name, and it may have sets of other images, too; otherwise set i belongs to image number i + 1 of
/// `images`, the result of number_images for the same votes. Throws file_error for a rated image without a set, and for
/// another number of sets than images. O(pairs + labels).
[[nodiscard]] inline std::vector<bool> read_published_pairs(const std::filesystem::path& path, const rater_votes& rated,
                                                            const numbered_images& images)
{
    const named_label_sets found = read_named_label_sets(path);
    if (!found.names.empty()) {
        const label_sets sets =
            detail::join_of_file(path, [&] { return align(found.sets.view(), found.names, rated.images); });
        return pairs_in(rated.pairs, sets.view());
    }
    if (found.sets.images() != images.images)
        detail::fail_file(path, found.sets.images(), " label sets, but ", images.images, " image names");
    return pairs_in(images.pairs, found.sets.view());
}

/// Experts' votes, their majority, and the positions of their pairs among the rated ones.
struct gold_data {
    named_votes experts{};
    std::vector<bool> labels{};
    std::vector<std::size_t> pair_of{};
};

/// Finds the experts' pairs among the rated ones. The file names are used in messages. Throws file_error for a pair
/// that is not among the rated ones. O(pairs).
[[nodiscard]] inline gold_data find_gold(named_votes experts, const std::filesystem::path& gold_file,
                                         const rater_votes& rated, const std::filesystem::path& votes_file)
{
    gold_data gold{.experts = std::move(experts)};
    gold.labels = gold_from_majority(vote_table(gold.experts.votes), yes);
    const std::vector<std::size_t> image_of =
        detail::join_of_file(gold_file, [&] { return match_names(rated.images, gold.experts.images); });
    std::unordered_map<std::uint64_t, std::size_t> pair_of;
    const auto key_of = [](std::size_t image, class_index label) {
        return std::uint64_t{image} << 32U | static_cast<std::uint32_t>(label);
    };
    for (std::size_t i = 0; i < rated.pairs.size(); ++i)
        pair_of.emplace(key_of(rated.pairs[i].image, rated.pairs[i].label), i);
    for (const rated_pair& pair : gold.experts.pairs) {
        const auto found = pair_of.find(key_of(image_of[pair.image], pair.label));
        if (found == pair_of.end()) {
            detail::fail_file(gold_file, "the pair ", gold.experts.images[pair.image], ' ', pair.label,
                              " is not among those of ", votes_file.string());
        }
        gold.pair_of.push_back(found->second);
    }
    return gold;
}

/// The elements of the gold pairs, in their order, of a vector with one element per rated pair.
template <class Vector>
[[nodiscard]] Vector of_gold(const gold_data& gold, const Vector& values)
{
    Vector part;
    for (const std::size_t pair : gold.pair_of) part.push_back(values[pair]);
    return part;
}

/// Precision and recall of one labelling, rater or expert: a point of Fig. 3 (right) of the paper.
struct measured {
    std::string kind;
    std::string name;
    std::optional<double> threshold{};
    precision_recall counts{};
};

/// Throws file_error unless the raters voted on the experts' pairs, in the same order.
inline void expect_same_pairs(const named_votes& raters, const std::filesystem::path& raters_file,
                              const gold_data& gold, const std::filesystem::path& gold_file)
{
    if (raters.pairs != gold.experts.pairs || raters.images != gold.experts.images)
        detail::fail_file(raters_file, "contains other pairs than ", gold_file.string());
}

/// Precision and recall against the experts' majority of the original labels, the published labels, every expert and
/// every rater. Inputs that are not given are omitted. O(votes).
[[nodiscard]] inline std::vector<measured> measure_others(const gold_data& gold,
                                                          const std::optional<numbered_images>& images,
                                                          const std::vector<bool>& published,
                                                          const std::optional<named_votes>& raters)
{
    const auto counts = [&](const std::vector<bool>& kept) {
        return measure_precision_recall(of_gold(gold, kept), gold.labels);
    };
    std::vector<measured> points;
    if (images && !images->original.empty()) {
        points.push_back({"labels", "original", std::nullopt,
                          counts(pairs_in(images->pairs, std::span<const class_index>(images->original)))});
    }
    if (!published.empty()) points.push_back({"labels", "published", std::nullopt, counts(published)});
    const auto add = [&](const char* kind, const named_votes& rated, const std::vector<precision_recall>& of_raters) {
        for (std::size_t rater = 0; rater < of_raters.size(); ++rater)
            points.push_back({kind, rated.rater_names[rater], std::nullopt, of_raters[rater]});
    };
    const annotations& experts = gold.experts.votes;
    add("expert against all experts", gold.experts, experts_against_all(experts, yes));
    add("expert against the other experts", gold.experts, experts_against_others(experts, yes));
    if (raters) add("rater", *raters, rater_points(raters->votes, yes, gold.labels));
    return points;
}

/// `kind,name,threshold,precision,recall,hits,proposed,gold`: one line per point.
[[nodiscard]] inline csv_writer measured_csv(std::span<const measured> points)
{
    csv_writer table({"kind", "name", "threshold", "precision", "recall", "hits", "proposed", "gold"});
    for (const measured& point : points) {
        table.add_row(point.kind, point.name, point.threshold, point.counts.precision().try_value(),
                      point.counts.recall().try_value(), point.counts.hits, point.counts.proposed, point.counts.gold);
    }
    return table;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
