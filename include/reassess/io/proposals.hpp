// Proposals for raters, rating tasks and the search for subsets of models as CSV.
#pragma once

#include "../data/image_names.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../labeling/proposals.hpp"
#include "../labeling/rating_tasks.hpp"
#include "../labeling/subset_search.hpp"
#include "../version.hpp"
#include "csv_writer.hpp"
#include "file_error.hpp"
#include "image_names.hpp"
#include "label_sets.hpp"
#include "targets.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// `row,image,class,mentions`: one line per proposal, in order of row and class. O(proposals).
[[nodiscard]] inline csv_writer proposals_csv(const proposal_set& set, std::span<const std::string> names)
{
    csv_writer table({"row", "image", "class", "mentions"});
    std::size_t next = 0;
    for (std::size_t row = 0; row < set.images(); ++row) {
        for (const class_index c : set.proposed[row])
            table.add_row(row, image_name(names, row), c, set.mentions[next++]);
    }
    return table;
}

/// `task,row,image,class`: one line per proposal of every task. O(proposals).
[[nodiscard]] inline csv_writer rating_tasks_csv(std::span<const rating_task> tasks, std::span<const std::string> names)
{
    csv_writer table({"task", "row", "image", "class"});
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        for (const class_index c : tasks[task].classes)
            table.add_row(task, tasks[task].image, image_name(names, tasks[task].image), c);
    }
    return table;
}

/// The names of the models in a subset; bit i stands for model i.
[[nodiscard]] inline std::vector<std::string> names_of_subset(model_subset subset, std::span<const std::string> models)
{
    std::vector<std::string> names;
    for (std::size_t m = 0; m < models.size(); ++m) {
        if ((subset >> m & 1) != 0) names.push_back(models[m]);
    }
    return names;
}

/// Words with a separator between them.
[[nodiscard]] inline std::string join_words(std::span<const std::string> words, std::string_view separator = " ")
{
    std::string text;
    for (const std::string& word : words) {
        if (&word != words.data()) text += separator;
        text += word;
    }
    return text;
}

/// `models,correct,judged_proposals,gold_labels,precision,recall,mean_over_rated,mean_over_all`: one line per subset.
[[nodiscard]] inline csv_writer subsets_csv(std::span<const subset_figures> subsets,
                                            std::span<const std::string> models)
{
    csv_writer table({"models", "correct", "judged_proposals", "gold_labels", "precision", "recall", "mean_over_rated",
                      "mean_over_all"});
    for (const subset_figures& f : subsets) {
        table.add_row(join_words(names_of_subset(f.models, models)), f.correct, f.judged_proposals, f.gold_labels,
                      f.precision().try_value(), f.recall().try_value(), f.mean_over_rated(), f.mean_over_all());
    }
    return table;
}

/// Gold label sets in the order of the rows that `names` names. If `sets_names` names the sets, the sets may belong to
/// a part of the images; the other images get empty sets. Without `sets_names` see read_targets.
///
/// Throws file_error, naming the file, if names and sets do not match. O(labels).
[[nodiscard]] inline label_sets read_gold_label_sets(const std::filesystem::path& sets_path,
                                                     const std::filesystem::path& sets_names,
                                                     const std::vector<std::string>& names)
{
    if (sets_names.empty()) return *read_targets({.real = sets_path}, {.names = names}).real;
    const label_sets gold = read_label_sets(sets_path);
    const std::vector<std::string> gold_names = read_image_names(sets_names);
    if (gold_names.size() != gold.images())
        detail::fail_file(sets_names, gold_names.size(), " names, but ", gold.images(), " gold sets");
    std::vector<std::vector<class_index>> sets(names.size());
    try {
        const std::vector<std::size_t> rows = match_names(names, gold_names);
        for (std::size_t i = 0; i < rows.size(); ++i) sets[rows[i]].assign(gold[i].begin(), gold[i].end());
    } catch (const std::invalid_argument& error) {
        detail::fail_file(sets_names, error.what());
    }
    return label_sets(sets);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
