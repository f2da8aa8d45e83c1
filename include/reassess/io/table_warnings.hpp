// Warnings about tables of models: models that move a slope.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/number_text.hpp"
#include "../statistics/compare_halves.hpp"
#include "../statistics/influence.hpp"
#include "../version.hpp"
#include "input_warnings.hpp"
#include "model_table.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Warns of every model that moves the slope of its half by more than its standard error: see find_influential_points.
/// Such rows are often mistakes of the table, such as accuracies near 1 %. The kind is "influential_model". O(models).
[[nodiscard]] inline std::vector<input_warning> influence_warnings(const model_table& models,
                                                                   const halves_result& halves)
{
    const auto number = [](double value) { return detail::fixed_text(value, 3); };
    std::vector<input_warning> warnings;
    const auto add = [&](std::span<const std::size_t> members, const linear_fit& fit, const char* half) {
        std::vector<double> x, y;
        for (const std::size_t member : members) {
            x.push_back(models.models[member].x);
            y.push_back(models.models[member].y);
        }
        for (const influential_point& point : find_influential_points(x, y)) {
            const model_point& model = models.models[members[point.point]];
            warnings.push_back({.kind = "influential_model",
                                .model = model.name,
                                .text = detail::concatenate(
                                    "the model ", model.name, " (", number(model.x), ", ", number(model.y),
                                    ") moves the slope of the ", half, " half from ", number(point.slope_without),
                                    " to ", number(fit.slope), ": check this row, or leave it out (--where)"),
                                .figures = {{"x", model.x},
                                            {"y", model.y},
                                            {"slope", fit.slope},
                                            {"slope_without", point.slope_without},
                                            {"change_in_standard_errors", point.change}}});
        }
    };
    add(halves.first_models(), halves.first, "first");
    add(halves.second_models(), halves.second, "second");
    return warnings;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
