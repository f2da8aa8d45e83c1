// Numbers, intervals and proportions as JSON; undefined values are null.
#pragma once

#include "../data/proportion.hpp"
#include "../statistics/confidence.hpp"
#include "../statistics/proportion_interval.hpp"
#include "../version.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

using ordered_json = nlohmann::ordered_json;

[[nodiscard]] inline ordered_json number_or_null(std::optional<double> number)
{
    return number ? ordered_json(*number) : ordered_json(nullptr);
}

/// JSON has no infinity and no NaN.
[[nodiscard]] inline ordered_json finite_or_null(double number)
{
    return std::isfinite(number) ? ordered_json(number) : ordered_json(nullptr);
}

/// `lower` and `upper`.
[[nodiscard]] inline ordered_json interval_or_null(const std::optional<interval>& bounds)
{
    if (!bounds) return nullptr;
    return {{"lower", bounds->lower}, {"upper", bounds->upper}};
}

/// Adds `hits`, `total`, `value` and the ends of the 95 % Wilson interval, `lower` and `upper`; the last three are null
/// for 0 of 0.
inline void add_proportion(ordered_json& object, proportion p)
{
    object["hits"] = p.hits;
    object["total"] = p.total;
    object["value"] = number_or_null(p.try_value());
    const bool known = p.total != 0;
    const interval bounds = known ? wilson_interval(p) : interval{};
    object["lower"] = known ? ordered_json(bounds.lower) : ordered_json(nullptr);
    object["upper"] = known ? ordered_json(bounds.upper) : ordered_json(nullptr);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
