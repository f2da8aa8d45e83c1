// JSON writer: the numbers of a report in machine-readable form, with intervals, published values and differences.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "document.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// Writes the report as JSON: `title`, `left_out`, `sections` (`id`, `title`, `notice`, and the ids of its `figures`
/// and `tables`), and `numbers`, all numbers that have an id, in report order: those of a section's list, then those in
/// its tables. Each has `id`, `section`, `what`, `value`, `lower`, `upper`, `published`, `difference`, `agrees`
/// (whether the value rounds to the published one), `hits` and `total` of a share, `unit`, `note`; unknown values are
/// null.
///
/// Throws std::invalid_argument for a duplicate id. O(numbers).
[[nodiscard]] inline nlohmann::ordered_json to_json(const document& report)
{
    using json = nlohmann::ordered_json;
    json result{{"title", report.title},
                {"left_out", report.left_out},
                {"sections", json::array()},
                {"numbers", json::array()}};
    std::set<std::string> ids;
    const auto or_null = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
    const auto add = [&](const section& s, const number& n) {
        if (n.id.empty()) return;
        detail::expects(ids.insert(n.id).second, "report: the number id ", n.id, " is not unique");
        json entry{{"id", n.id}, {"section", s.id}, {"what", n.what}, {"value", or_null(n.value)}};
        entry["lower"] = n.bounds ? json(n.bounds->lower) : json(nullptr);
        entry["upper"] = n.bounds ? json(n.bounds->upper) : json(nullptr);
        entry["published"] = n.published ? json(n.published->value) : json(nullptr);
        entry["difference"] = or_null(n.difference());
        entry["agrees"] = n.difference() ? json(n.agrees()) : json(nullptr);
        entry["hits"] = n.counts ? json(n.counts->hits) : json(nullptr);
        entry["total"] = n.counts ? json(n.counts->total) : json(nullptr);
        entry["unit"] = n.unit;
        entry["note"] = n.note;
        result["numbers"].push_back(std::move(entry));
    };
    for (const section& s : report.sections) {
        json entry{{"id", s.id}, {"title", s.title}, {"notice", s.notice}};
        entry["figures"] = entry["tables"] = json::array();
        for (const figure& f : s.figures) entry["figures"].push_back(f.id);
        for (const table& t : s.tables) entry["tables"].push_back(t.id);
        result["sections"].push_back(std::move(entry));
        for (const number& n : s.numbers) add(s, n);
        for (const table& t : s.tables) {
            for (const auto& row : t.rows) {
                for (const cell& c : row) {
                    if (c.value) add(s, *c.value);
                }
            }
        }
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
