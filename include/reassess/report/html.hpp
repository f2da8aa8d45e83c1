// HTML writer: a report as one self-contained page with inline SVG figures, light and dark themes, responsive,
// printable.
#pragma once

#include "../version.hpp"
#include "document.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The page's style sheet. It defines the colours of both themes; figures refer to them.
inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1b1b; --grid: #dddddd; --faint: #666666; --box: #f4f6f8;
  --link: #0a58a6; --warn: #fff3d6; --warn-ink: #5c4300; --colour-1: #0072b2; --colour-2: #d55e00; --colour-3: #00805d;
  --colour-4: #b8578f; --colour-5: #2b8fc9; --colour-6: #b87a00; --colour-7: #1b1b1b; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e8e6e3; --grid: #363b41; --faint: #a0a6ad;
  --box: #1f242a; --link: #7cc0ff; --warn: #3d3010; --warn-ink: #ffe3a3; --colour-1: #4aa8e0; --colour-2: #ff8a3d;
  --colour-3: #2fc79a; --colour-4: #e29bc4; --colour-5: #8fd3f7; --colour-6: #f2b632; --colour-7: #e8e6e3; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Liberation Sans", sans-serif; }
main { max-width: 82rem; margin: 0 auto; padding: 1rem clamp(0.75rem, 3vw, 2rem) 4rem; overflow-wrap: break-word; }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.2; margin: 1rem 0; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 3rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--grid); }
p, li { max-width: 46rem; }
a { color: var(--link); }
nav { background: var(--box); padding: 0.75rem 1rem; border-radius: 6px; }
nav ol { margin: 0.25rem 0 0; padding-left: 1.5rem; columns: 20rem; }
.notice { background: var(--warn); color: var(--warn-ink); padding: 0.6rem 0.9rem; border-radius: 6px; font-weight: 600; }
.left-out { background: var(--box); padding: 0.75rem 1rem; border-radius: 6px; margin-bottom: 1rem; }
.left-out ul { margin: 0.25rem 0 0; padding-left: 1.25rem; }
.defined { color: var(--faint); font-size: 0.9rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 29rem), 1fr)); gap: 1.5rem 2rem;
  align-items: start; margin: 1.5rem 0; }
figure { margin: 0; max-width: 42rem; }
figure svg { display: block; width: 100%; height: auto; }
figcaption, caption { text-align: left; font-size: 0.9rem; line-height: 1.45; color: var(--faint); }
figcaption b, caption b { color: var(--ink); }
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; margin: 1.25rem 0; border: 1px solid var(--grid); border-radius: 6px; }
.words { margin: 1.25rem 0 -0.75rem; font-size: 0.9rem; line-height: 1.45; color: var(--faint); }
.words b { color: var(--ink); }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
tr:last-child td { border-bottom: 0; }
th { background: var(--box); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.note { min-width: 22rem; max-width: 34rem; }
td:first-child { min-width: 9rem; max-width: 24rem; }
.notes { margin: -0.75rem 0 1.5rem; font-size: 0.9rem; color: var(--faint); }
.bounds, .printed { color: var(--faint); }
.off { font-weight: 600; }
dt { font-weight: 600; margin-top: 0.9rem; }
dd { margin: 0.15rem 0 0; max-width: 46rem; }
code { font-size: 0.88em; overflow-wrap: anywhere; }
@media print { :root { --paper: #ffffff; --ink: #000000; --grid: #cccccc; --faint: #444444; --box: #f4f4f4;
  --link: #000000; --warn: #eeeeee; --warn-ink: #000000; --colour-1: #0072b2; --colour-2: #d55e00; --colour-3: #00805d;
  --colour-4: #b8578f; --colour-5: #2b8fc9; --colour-6: #b87a00; --colour-7: #000000; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } nav { display: none; }
  figure, tr, .notice { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; }
  figure { max-width: 12cm; } table { font-size: 8pt; } th, td.number { white-space: normal; } }
)css";

inline std::string html_number_cell(const report::number& n)
{
    std::string text = "<td class=\"number\">" + (n.value ? report::number_text(*n.value, n.digits) : std::string("-"));
    if (n.bounds) text += " <span class=\"bounds\">" + report::interval_text(*n.bounds, n.digits) + "</span>";
    if (n.published) text += " <span class=\"printed\">" + report::beside_published_text(n) + "</span>";
    return text + "</td>";
}

inline std::string html_table(const report::table& table)
{
    using report::escaped_html;
    std::string text = "<p class=\"words\"><b>" + escaped_html(report::as_sentence(table.title)) + "</b> " +
                       escaped_html(table.caption) + "</p>\n<div class=\"scroll\"><table id=\"" +
                       escaped_html(table.id) + "\">\n<thead><tr>";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const bool numbers = !table.rows.empty() && table.rows[0][i].value.has_value();
        text += (numbers ? "<th class=\"number\">" : "<th>") + escaped_html(table.columns[i]) + "</th>";
    }
    text += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
        text += "<tr>";
        for (const report::cell& c : row)
            text += c.value ? html_number_cell(*c.value) : "<td>" + escaped_html(c.text) + "</td>";
        text += "</tr>\n";
    }
    text += "</tbody></table></div>\n";
    for (const std::string& note : report::notes_of(table))
        text += "<p class=\"notes\">" + escaped_html(note) + "</p>\n";
    return text;
}

inline std::string html_numbers(const report::section& section)
{
    using report::escaped_html;
    const report::number_columns columns(section.numbers);
    std::string text = "<div class=\"scroll\"><table id=\"" + escaped_html(section.id) + "-numbers\">\n<thead><tr>";
    for (const std::string& title : columns.titles())
        text += (title.empty() || title == "note" ? "<th>" : "<th class=\"number\">") + title + "</th>";
    text += "</tr></thead>\n<tbody>\n";
    for (const report::number& n : section.numbers) {
        const bool off = n.difference() && !n.agrees();
        text += "<tr><td>" + escaped_html(n.what) + "</td><td class=\"number\">" + escaped_html(report::value_text(n)) +
                "</td>";
        if (columns.bounds)
            text += "<td class=\"number\">" + (n.bounds ? report::interval_text(*n.bounds, n.digits) : "") + "</td>";
        if (columns.published) {
            text += "<td class=\"number\">" + (n.published ? report::published_text(n) : "") +
                    (off ? "</td><td class=\"number off\">" : "</td><td class=\"number\">") +
                    (n.published ? report::difference_text(n) : "") + "</td>";
        }
        if (columns.notes) text += "<td class=\"note\">" + escaped_html(n.note) + "</td>";
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// Writes the report as one self-contained HTML page: no script and no external resources.
///
/// `drawings` are the figures by id, as returned by draw_figures. Text is escaped. Wide tables scroll separately.
///
/// Throws std::out_of_range for a figure without a drawing. O(report).
[[nodiscard]] inline std::string to_html(const document& report, const std::map<std::string, std::string>& drawings)
{
    std::string text =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
        "data:\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" "
        "href=\"data:,\">\n<title>" +
        escaped_html(report.title) + "</title>\n<style>" + std::string(detail::page_style) +
        "</style>\n</head>\n<body>\n<main>\n<h1>" + escaped_html(report.title) + "</h1>\n";
    for (const std::string& paragraph : report.lead) text += "<p>" + escaped_html(paragraph) + "</p>\n";
    if (!report.left_out.empty()) {
        text += "<div class=\"left-out\"><b>Not in this report</b><ul>";
        for (const std::string& line : report.left_out) text += "<li>" + escaped_html(line) + "</li>";
        text += "</ul></div>\n";
    }
    text += "<nav><b>Contents</b><ol>";
    for (const section& s : report.sections)
        text += "<li><a href=\"#" + escaped_html(s.id) + "\">" + escaped_html(s.title) + "</a></li>";
    text += "<li><a href=\"#definitions\">Definitions</a></li></ol></nav>\n";
    for (const section& s : report.sections) {
        text += "<section>\n<h2 id=\"" + escaped_html(s.id) + "\">" + escaped_html(s.title) + "</h2>\n";
        if (!s.notice.empty()) text += "<p class=\"notice\">" + escaped_html(s.notice) + "</p>\n";
        for (const std::string& paragraph : s.text) text += "<p>" + escaped_html(paragraph) + "</p>\n";
        std::string links;
        for (const definition& d : report.definitions) {
            if (std::find(s.definitions.begin(), s.definitions.end(), d.id) == s.definitions.end()) continue;
            links += (links.empty() ? "" : ", ") +
                     ("<a href=\"#define-" + escaped_html(d.id) + "\">" + escaped_html(d.term) + "</a>");
        }
        if (!links.empty()) text += "<p class=\"defined\">Definitions: " + links + "</p>\n";
        if (!s.numbers.empty()) text += detail::html_numbers(s);
        if (!s.figures.empty()) {
            text += "<div class=\"figures\">\n";
            for (const figure& f : s.figures) {
                text += "<figure id=\"" + escaped_html(f.id) + "\">\n" + drawings.at(f.id) + "<figcaption><b>" +
                        escaped_html(as_sentence(f.title)) + "</b> " + escaped_html(f.caption) +
                        "</figcaption>\n</figure>\n";
            }
            text += "</div>\n";
        }
        for (const table& t : s.tables) text += detail::html_table(t);
        text += "</section>\n";
    }
    text += "<section>\n<h2 id=\"definitions\">Definitions</h2>\n<dl>\n";
    for (const definition& d : report.definitions) {
        text += "<dt id=\"define-" + escaped_html(d.id) + "\">" + escaped_html(d.term) + "</dt><dd>" +
                escaped_html(d.text) + " <code>reassess/" + escaped_html(d.header) + "</code></dd>\n";
    }
    return text + "</dl>\n</section>\n</main>\n</body>\n</html>\n";
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
