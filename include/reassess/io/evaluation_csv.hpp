// Classes of evaluated models as CSV: accuracy by class, classes that occur together, and sorted curves (Fig. 6 of "Are
// we done with ImageNet?").
#pragma once

#include "../data/labels.hpp"
#include "../metric/class_curves.hpp"
#include "../metric/label_summary.hpp"
#include "../version.hpp"
#include "csv_writer.hpp"
#include "evaluated_models.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// These columns, then one for every model.
[[nodiscard]] inline io::csv_writer table_of_models(std::vector<std::string> columns,
                                                    std::span<const io::evaluated_model> models)
{
    for (const io::evaluated_model& model : models) columns.push_back(model.name);
    return io::csv_writer(columns);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// `class,images,oracle` and a column per model: for every class, the images whose original label is in their set, the
/// oracle accuracy on them (empty without images), and the hits of each model.
///
/// Throws std::invalid_argument unless both kinds of labels are given. O(classes models).
[[nodiscard]] inline csv_writer class_accuracy_csv(const label_summary& labels, std::span<const evaluated_model> models)
{
    csv_writer table = detail::table_of_models({"class", "images", "oracle"}, models);
    const std::vector<class_oracle> oracle = labels.oracle();
    for (std::size_t c = 0; c < oracle.size(); ++c) {
        table.add_cell(c);
        table.add_cell(oracle[c].images);
        table.add_cell(oracle[c].accuracy);
        for (const evaluated_model& model : models)
            table.add_cell(model.results.confirmed_class_accuracy(static_cast<class_index>(c)).hits);
        table.end_row();
    }
    return table;
}

/// `class,other,images,share`: label_summary::co_occurrences. Throws and costs as that.
[[nodiscard]] inline csv_writer co_occurrence_csv(const label_summary& labels)
{
    csv_writer table({"class", "other", "images", "share"});
    for (const co_occurrence& pair : labels.co_occurrences())
        table.add_row(pair.c, pair.other, pair.images.hits, pair.images.value());
    return table;
}

/// `position,oracle` and a column per model: the accuracies of `classes` (mostly label_summary::ambiguous_classes),
/// greatest first. Each column is sorted on its own, so a row is a position and not a class.
///
/// Throws as sorted_class_curves does. O(models classes log classes).
[[nodiscard]] inline csv_writer class_curves_csv(const label_summary& labels, std::span<const evaluated_model> models,
                                                 std::span<const class_index> classes)
{
    csv_writer table = detail::table_of_models({"position", "oracle"}, models);
    std::vector<class_curves> curves;
    for (const evaluated_model& model : models) curves.push_back(sorted_class_curves(labels, model.results, classes));
    // Of the labels alone: an excluded NaN image leaves a model fewer classes.
    std::vector<double> oracle;
    const std::vector<class_oracle> of_classes = labels.oracle();
    for (const class_index c : classes) {
        if (const auto accuracy = of_classes.at(static_cast<std::size_t>(c)).accuracy) oracle.push_back(*accuracy);
    }
    std::sort(oracle.rbegin(), oracle.rend());
    for (std::size_t position = 0; position < oracle.size(); ++position) {
        table.add_cell(position);
        table.add_cell(oracle[position]);
        for (const class_curves& curve : curves)
            table.add_cell(position < curve.model.size() ? std::optional(curve.model[position]) : std::nullopt);
        table.end_row();
    }
    return table;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
