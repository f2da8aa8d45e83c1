// Warnings about inputs that are valid but probably wrong, such as labels in another order than the predictions.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../metric/evaluation.hpp"
#include "../metric/label_summary.hpp"
#include "../version.hpp"
#include "targets.hpp"

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Accuracies of one model that are compared with chance. Unknown values are empty.
struct model_accuracy {
    std::string_view name{};
    std::size_t classes = 0;
    /// Top-1 accuracy on the original labels.
    std::optional<proportion> original{};
    /// ReaL accuracy, and the ReaL accuracy of guessing: the mean share of acceptable classes.
    std::optional<proportion> real{};
    std::optional<double> real_chance{};
    /// How the label sets were joined, which decides the advice.
    label_set_join join = label_set_join::by_position;
};

/// One sentence for each accuracy that is at most twice that of guessing, with the likely cause: labels in another
/// order than the rows, or classes that are numbered differently. No warnings for two classes or fewer, or for
/// accuracies without images. O(1).
[[nodiscard]] inline std::vector<std::string> near_chance_warnings(const model_accuracy& model)
{
    const auto percent = [](double share) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f", 100 * share);
        return std::string(text);
    };
    std::vector<std::string> warnings;
    if (model.classes <= 2) return warnings;
    if (model.real && model.real->total > 0 && model.real_chance && model.real->value() <= 2 * *model.real_chance) {
        warnings.push_back(detail::concatenate(
            "ReaL accuracy of ", model.name, ", ", percent(model.real->value()), " %, is near chance (",
            percent(*model.real_chance), " %): ",
            model.join == label_set_join::by_position
                ? "the label sets are probably in another order than the rows (real.json is in order of image number, "
                  "predictions are often in order of folder); give --names to join them by name"
                : "the classes are probably numbered in another way (the rank of the wnid, 0 to 999, is expected), or "
                  "--names is not the order of the rows"));
    }
    if (model.original && model.original->total > 0 &&
        model.original->value() <= 2 / static_cast<double>(model.classes)) {
        warnings.push_back(
            detail::concatenate("original accuracy of ", model.name, ", ", percent(model.original->value()),
                                " %, is near chance: the original labels are probably in another order than the rows, "
                                "or number the classes in another way"));
    }
    return warnings;
}

/// The same for an evaluation of the model called `name` and the summary of the labels that it was evaluated against.
/// O(depth + largest set).
[[nodiscard]] inline std::vector<std::string> near_chance_warnings(std::string_view name,
                                                                   const detail::evaluation_results& results,
                                                                   const label_summary& labels, label_set_join join)
{
    model_accuracy accuracy{.name = name, .classes = labels.classes(), .join = join};
    if (results.has_original()) accuracy.original = results.top_k(1);
    if (results.has_real()) {
        accuracy.real = results.real(1);
        accuracy.real_chance = labels.chance().try_value();
    }
    return near_chance_warnings(accuracy);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
