// Warnings about inputs that are valid but probably wrong: classes or images in another order than expected.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../detail/number_text.hpp"
#include "../metric/evaluation.hpp"
#include "../metric/label_summary.hpp"
#include "../metric/numbering.hpp"
#include "../statistics/proportion_interval.hpp"
#include "../version.hpp"
#include "targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A number of a warning, such as an accuracy.
struct warning_figure {
    std::string name{};
    double value = 0;

    friend bool operator==(const warning_figure&, const warning_figure&) = default;
};

/// A probable fault of the inputs, with its likely cause and remedy in `text`.
struct input_warning {
    /// "class_shift", "class_order", "class_subset", "class_permutation", "row_order", "worst_first",
    /// "labels_disagree" or "lone_label".
    std::string kind{};
    /// The model; empty if the warning is about the labels alone.
    std::string model{};
    std::string text{};
    std::vector<warning_figure> figures{};

    friend bool operator==(const input_warning&, const input_warning&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

[[nodiscard]] inline std::string in_percent(proportion p)
{
    return fixed_text(100 * p.value(), 2) + " %";
}

/// Whether the accuracy `other` exceeds `accuracy` by more than chance and at least twofold. The confidence level
/// allows for the thousands of numberings that are tried.
[[nodiscard]] inline bool clearly_above(proportion other, proportion accuracy)
{
    const confidence_level level{0.99999};
    return other.value() >= 2 * accuracy.value() &&
           wilson_interval(other, level).lower > wilson_interval(accuracy, level).upper;
}

/// Whether the accuracy is about that of independent labels and predictions, and images suffice to say so: Cohen's
/// kappa is below 0.1.
[[nodiscard]] inline bool is_unrelated(const numbering_counts& counts)
{
    const interval bounds = wilson_interval(counts.accuracy);
    return bounds.lower <= counts.chance && bounds.upper < counts.chance + 0.1 * (1 - counts.chance);
}

/// Whether labels keep their order as predictions: at least 95 % of neighbouring matches increase.
[[nodiscard]] inline bool keeps_order(const std::vector<class_index>& matches)
{
    std::size_t pairs = 0, increasing = 0;
    class_index before = missing_label;
    for (const class_index match : matches) {
        if (match == missing_label) continue;
        if (before != missing_label) {
            ++pairs;
            increasing += match > before ? 1 : 0;
        }
        before = match;
    }
    return pairs != 0 && 20 * increasing >= 19 * pairs;
}

/// "0 -> 3, 1 -> 0, 2 -> 1, ..": the first matches that are not the identity.
[[nodiscard]] inline std::string matches_text(const std::vector<class_index>& matches)
{
    constexpr std::size_t most = 3;
    std::string text;
    std::size_t written = 0;
    for (std::size_t c = 0; c < matches.size(); ++c) {
        if (matches[c] == missing_label || matches[c] == static_cast<class_index>(c)) continue;
        if (written == most) return text + ", ..";
        text += concatenate(written == 0 ? "" : ", ", c, " -> ", matches[c]);
        ++written;
    }
    return text;
}

[[nodiscard]] inline std::string remedy_of(const numbering& found, std::string_view labels)
{
    const std::int64_t size = found.shift < 0 ? -found.shift : found.shift;
    switch (found.what) {
        case numbering::kind::shifted:
            return concatenate(
                "the predictions are ", labels, found.shift > 0 ? " + " : " - ", size,
                found.shift > 0 ? " (a background class?): subtract " : " (numbers that start at 1?): add ", size,
                found.shift > 0 ? " from" : " to", " the predictions, or ", found.shift > 0 ? "add " : "subtract ",
                size, found.shift > 0 ? " to " : " from ", labels);
        case numbering::kind::labels_in_order:
            return concatenate(
                labels, " number the classes in ", found.order, " order",
                found.order == "text" ? " (folders sorted as 0, 1, 10, 100, ..)" : "",
                // The option expects the devkit's own numbers, from 1.
                found.order == "devkit" && found.first == 0 ? ", but from 0: add 1 to them, then renumber them"
                                                            : ": renumber them",
                labels == "the original labels" ? " (--class-order " : " (--real-class-order ", found.order, ")");
        default:
            return concatenate("the predictions number the classes in ", found.order, " order",
                               found.order == "text" ? " (folders sorted as 0, 1, 10, 100, ..)" : "",
                               ": renumber them (--model-class-order ", found.order,
                               found.order == "devkit" && found.first == 0
                                   ? "; stored predictions, which count from 0 here, plus 1)"
                                   : ")");
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Warns if labels and predictions number the classes in different ways, or if their rows are in different orders. At
/// most one warning; none for an accuracy that is as good as that of any other numbering, and none if the images are
/// too few to tell.
///
/// The yardstick: accuracy against the accuracy if each label class meant its most frequent prediction. If a shift or a
/// known order explains at least 80 % of the latter, it is named; else a subset (labels of fewer classes in the same
/// order) or a permutation; if nothing relates predictions and labels, the order of the rows. `labels` is "the original
/// labels" or "the label sets"; `join`, of label sets, decides the advice. O(classes).
[[nodiscard]] inline std::vector<input_warning> numbering_warnings(std::string_view model,
                                                                   const numbering_counts& counts,
                                                                   std::string_view labels = "the original labels",
                                                                   std::optional<label_set_join> join = std::nullopt)
{
    if (counts.accuracy.total == 0) return {};
    input_warning warning{.model = std::string(model),
                          .figures = {{"accuracy", counts.accuracy.value()},
                                      {"relabelled_accuracy", counts.relabelled.value()},
                                      {"chance", counts.chance}}};
    const std::string beginning =
        detail::concatenate("the accuracy of ", model, " by ", labels, " is ", detail::in_percent(counts.accuracy));
    const auto& best = counts.best;
    const bool renumbered =
        detail::clearly_above(counts.one_to_one, counts.accuracy) && counts.one_to_one.value() >= 0.1 + counts.chance;
    if (best && detail::clearly_above(best->hits, counts.accuracy) &&
        (!renumbered || 10 * best->hits.hits >= 8 * counts.one_to_one.hits)) {
        const bool shifted = best->what == numbering::kind::shifted;
        warning.kind = shifted ? "class_shift" : "class_order";
        warning.figures.push_back({"accuracy_if_renumbered", best->hits.value()});
        if (shifted) warning.figures.push_back({"shift", static_cast<double>(best->shift)});
        warning.text = detail::concatenate(beginning, ", and ", detail::in_percent(best->hits),
                                           " if the classes are renumbered: ", detail::remedy_of(*best, labels));
        return {warning};
    }
    const std::int64_t label_classes = std::int64_t{*counts.largest_label} + 1;
    const bool fewer = std::cmp_less(label_classes, counts.classes);
    if (renumbered) {
        const bool subset =
            fewer && *counts.largest_prediction > *counts.largest_label && detail::keeps_order(counts.matches);
        warning.kind = subset ? "class_subset" : "class_permutation";
        warning.figures.push_back({"accuracy_if_renumbered", counts.one_to_one.value()});
        warning.text = detail::concatenate(
            beginning, ", and ", detail::in_percent(counts.one_to_one),
            " if each label means its most frequent prediction (", detail::matches_text(counts.matches), "): ",
            subset ? detail::concatenate(labels, " number ", label_classes, " classes, the predictions ",
                                         counts.classes, ": select the classes of the labels (--class-selection)")
                   : detail::concatenate(labels,
                                         " and the predictions number the classes in different orders; the "
                                         "rank of the WordNet id, 0 to 999, is expected for ImageNet"));
        return {warning};
    }
    if (!detail::is_unrelated(counts)) return {};
    warning.kind = "row_order";
    warning.text = detail::concatenate(
        beginning, ", as by chance, and no other numbering of the classes explains the predictions: ", labels,
        " are probably in another order than the rows",
        !join ? ""
        : *join == label_set_join::by_position
            ? " (real.json is in order of image number, predictions are often in order of folder): give --names to "
              "join them by name"
            : ", or --names is not the order of the rows",
        fewer && 2 * label_classes <= static_cast<std::int64_t>(counts.classes)
            ? detail::concatenate("; or ", labels, " number only ", label_classes, " of the ", counts.classes,
                                  " classes")
            : std::string());
    return {warning};
}

/// Warns if the last rank of the predictions has more hits than the first, by more than chance: the predictions are
/// sorted worst first, or the scores are distances. `hits_by_rank` are the images whose label, or whose best acceptable
/// class, has each rank (evaluation::rank_histogram), of `images` with a label. O(depth).
[[nodiscard]] inline std::vector<input_warning> rank_warnings(std::string_view model,
                                                              std::span<const std::uint64_t> hits_by_rank,
                                                              std::uint64_t images)
{
    if (hits_by_rank.size() < 2 || images == 0) return {};
    const proportion first{hits_by_rank.front(), images}, last{hits_by_rank.back(), images};
    const bool last_is_most = *std::max_element(hits_by_rank.begin(), hits_by_rank.end()) == last.hits;
    if (!last_is_most || !detail::clearly_above(last, first)) return {};
    input_warning warning{.kind = "worst_first", .model = std::string(model)};
    constexpr std::size_t most = 5;
    for (std::size_t rank = 0; rank < hits_by_rank.size(); ++rank) {
        if (rank >= most && rank + 1 < hits_by_rank.size()) continue;
        warning.figures.push_back(
            {detail::concatenate("rank_", rank + 1), proportion{hits_by_rank[rank], images}.value()});
    }
    warning.text = detail::concatenate(
        "the last of the predictions of ", model, " is the label for ", detail::in_percent(last),
        " of the images, the first for ", detail::in_percent(first),
        ": the predictions are probably sorted worst first (reverse every row), or the scores are distances (negate "
        "them)");
    return {warning};
}

/// Warns if the original labels are far less often in the label sets than the best model's predictions: the original
/// labels, or both, are in another order or numbering. `labels` is label_summary::original_labels_real, `best_model`
/// the greatest ReaL accuracy. O(1).
[[nodiscard]] inline std::vector<input_warning> label_warnings(proportion labels, proportion best_model)
{
    if (labels.total == 0 || best_model.total == 0 || !detail::clearly_above(best_model, labels)) return {};
    return {{.kind = "labels_disagree",
             .text = detail::concatenate(
                 "the original labels are in their image's label set for ", detail::in_percent(labels),
                 " of the images, the best model's predictions for ", detail::in_percent(best_model),
                 ": the original labels are probably in another order than the label sets, or number the classes in "
                 "another way (the rank of the WordNet id, 0 to 999, is expected for ImageNet)"),
             .figures = {{"labels_real", labels.value()}, {"best_model_real", best_model.value()}}}};
}

/// Warns if the largest original label is far above all other labels and all predictions: it probably means that there
/// is no label. `largest_prediction` is that of all models. O(images).
[[nodiscard]] inline std::vector<input_warning> lone_label_warnings(std::span<const class_index> original,
                                                                    std::optional<class_index> largest_prediction)
{
    std::int64_t largest = -1, second = -1;
    for (const class_index label : original) {
        if (label == largest) continue;
        second = std::max(second, std::min<std::int64_t>(largest, label));
        largest = std::max<std::int64_t>(largest, label);
    }
    const std::int64_t next = std::max<std::int64_t>(second, largest_prediction.value_or(-1));
    if (next < 0 || largest <= 2 * (next + 1)) return {};
    const auto images =
        static_cast<std::uint64_t>(std::count(original.begin(), original.end(), static_cast<class_index>(largest)));
    return {{.kind = "lone_label",
             .text = detail::concatenate("the original label ", largest, " (", images,
                                         " images) is far above the other classes, of which the largest is ", next,
                                         ": if it means that there is no label, give --ignore-label ", largest),
             .figures = {{"label", static_cast<double>(largest)},
                         {"images", static_cast<double>(images)},
                         {"next_class", static_cast<double>(next)}}}};
}

/// All warnings about one model. `single_labels` counts its predictions on images with one ReaL label; nothing if there
/// are no label sets. O(pairs log pairs + classes log classes).
[[nodiscard]] inline std::vector<input_warning> model_warnings(std::string_view model,
                                                               const detail::evaluation_results& results,
                                                               const std::optional<confusion>& single_labels,
                                                               label_set_join join)
{
    std::vector<input_warning> warnings;
    const auto add = [&](std::vector<input_warning> more) {
        for (input_warning& warning : more) warnings.push_back(std::move(warning));
    };
    if (results.has_original()) {
        warnings = rank_warnings(model, results.rank_histogram(), results.top_k(1).total);
    } else if (results.has_real()) {
        std::vector<std::uint64_t> hits_by_rank;
        std::uint64_t before = 0;
        for (std::size_t k = 1; k <= results.depth(); ++k) {
            const std::uint64_t hits = results.real(k).hits;
            hits_by_rank.push_back(hits - before);
            before = hits;
        }
        warnings = rank_warnings(model, hits_by_rank, results.with_real_labels());
    }
    // Of predictions in the wrong order, the first say nothing about the numbering.
    if (!warnings.empty()) return warnings;
    if (results.has_original()) add(numbering_warnings(model, count_numberings(results.confusion())));
    if (results.has_real() && single_labels)
        add(numbering_warnings(model, count_numberings(*single_labels), "the label sets", join));
    return warnings;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
