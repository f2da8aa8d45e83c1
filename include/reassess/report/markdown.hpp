// Markdown writer: a report as Markdown text that links to figure files.
#pragma once

#include "../version.hpp"
#include "document.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline std::string markdown_row(const std::vector<std::string>& cells)
{
    std::string text = "|";
    for (const std::string& cell : cells) text += " " + report::escaped_markdown(cell) + " |";
    return text + "\n";
}

inline std::string markdown_head(const std::vector<std::string>& columns)
{
    std::string rule = "|";
    for (std::size_t i = 0; i < columns.size(); ++i) rule += " --- |";
    return markdown_row(columns) + rule + "\n";
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// Writes the report as Markdown with pipe tables. Figures are links to `figure_folder`/ID.svg; draw_figures draws
/// them. Text is escaped, so that it is never interpreted as markup. O(report).
[[nodiscard]] inline std::string to_markdown(const document& report, const std::string& figure_folder)
{
    std::string text = "# " + escaped_markdown(report.title) + "\n\n";
    for (const std::string& paragraph : report.lead) text += escaped_markdown(paragraph) + "\n\n";
    if (!report.left_out.empty()) {
        text += "Not in this report:\n\n";
        for (const std::string& line : report.left_out) text += "- " + escaped_markdown(line) + "\n";
        text += "\n";
    }
    for (const section& s : report.sections) {
        text += "## " + escaped_markdown(s.title) + "\n\n";
        if (!s.notice.empty()) text += "**" + escaped_markdown(s.notice) + "**\n\n";
        for (const std::string& paragraph : s.text) text += escaped_markdown(paragraph) + "\n\n";
        if (!s.definitions.empty()) {
            std::string links;
            for (const definition& d : report.definitions) {
                if (std::find(s.definitions.begin(), s.definitions.end(), d.id) == s.definitions.end()) continue;
                links += (links.empty() ? "" : ", ") + ("[" + escaped_markdown(d.term) + "](#definitions)");
            }
            text += "Defined below: " + links + ".\n\n";
        }
        if (!s.numbers.empty()) {
            const number_columns columns(s.numbers);
            text += detail::markdown_head(columns.titles());
            for (const number& n : s.numbers) {
                std::vector<std::string> cells{n.what, value_text(n)};
                if (columns.bounds) cells.push_back(n.bounds ? interval_text(*n.bounds, n.digits) : "");
                if (columns.published) {
                    cells.push_back(n.published ? published_text(n) : "");
                    cells.push_back(n.published ? difference_text(n) : "");
                }
                if (columns.notes) cells.push_back(n.note);
                text += detail::markdown_row(cells);
            }
            text += "\n";
        }
        for (const figure& f : s.figures) {
            text += "![" + escaped_markdown(f.title) + "](" + figure_folder + "/" + f.id + ".svg)\n\n*" +
                    escaped_markdown(as_sentence(f.title)) + "* " + escaped_markdown(f.caption) + "\n\n";
        }
        for (const table& t : s.tables) {
            text += "**" + escaped_markdown(as_sentence(t.title)) + "** " + escaped_markdown(t.caption) + "\n\n" +
                    detail::markdown_head(t.columns);
            for (const auto& row : t.rows) {
                std::vector<std::string> cells;
                for (const cell& c : row) cells.push_back(cell_text(c));
                text += detail::markdown_row(cells);
            }
            text += "\n";
            for (const std::string& note : notes_of(t)) text += escaped_markdown(note) + "\n\n";
        }
    }
    text += "## Definitions\n\n";
    for (const definition& d : report.definitions) {
        text +=
            "- **" + escaped_markdown(d.term) + ".** " + escaped_markdown(d.text) + " (`reassess/" + d.header + "`)\n";
    }
    return text;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
