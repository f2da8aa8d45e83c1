// Report figures as SVG, drawn by gnuplot (www.gnuplot.info) in one process for all figures.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "document.hpp"
#include "text.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// gnuplot is not installed, or failed to draw a figure.
struct drawing_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The eight colours of Okabe and Ito without yellow, which is too light for lines. Suitable for colour-blind readers.
/// Okabe, Ito 2008, "Color Universal Design".
inline constexpr std::array<std::string_view, 7> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                         "#56b4e9", "#e69f00", "#000000"};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Temporary folder for the script and its output; removed by the destructor.
class drawing_folder {
public:
    drawing_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "reassess-figures-XXXXXX").string();
        expects<report::drawing_error>(::mkdtemp(name.data()) != nullptr,
                                       "figures: cannot create a temporary folder in ",
                                       std::filesystem::temp_directory_path().string());
        path_ = name;
    }
    drawing_folder(const drawing_folder&) = delete;
    drawing_folder& operator=(const drawing_folder&) = delete;
    ~drawing_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

inline std::string read_drawing(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A string literal of gnuplot's language. Single quotes, because double quotes would run `commands`.
inline std::string gnuplot_string(std::string_view text)
{
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += '\'';
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return quoted + "'";
}

/// A name shortened to leave space for the plot: its first characters, never a partial UTF-8 sequence.
inline std::string short_name(const std::string& name)
{
    constexpr std::size_t most = 32;
    if (name.size() <= most) return name;
    std::size_t end = most - 3;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    return name.substr(0, end) + "...";
}

inline std::string gnuplot_number(double value)
{
    expects(std::isfinite(value), "figure: a coordinate is not finite");
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

inline std::string gnuplot_range(const char* name, const report::axis& axis)
{
    std::string text = "set " + std::string(name) + "label " + gnuplot_string(axis.label) + "\n";
    if (axis.logarithmic) text += "set logscale " + std::string(name) + "\n";
    if (!axis.ticks.empty()) {
        text += "set " + std::string(name) + "tics (";
        for (std::size_t i = 0; i < axis.ticks.size(); ++i)
            text += (i == 0 ? "" : ", ") + gnuplot_number(axis.ticks[i]);
        text += ")\n";
    }
    if (!axis.categories.empty()) {
        text += "set " + std::string(name) + "tics (";
        for (std::size_t i = 0; i < axis.categories.size(); ++i)
            text += (i == 0 ? "" : ", ") + gnuplot_string(short_name(axis.categories[i])) + " " + std::to_string(i + 1);
        text += ")\nset " + std::string(name) + "range [0.4:" + std::to_string(axis.categories.size()) + ".6]\n";
    } else if (axis.range) {
        text += "set " + std::string(name) + "range [" + gnuplot_number(axis.range->lower) + ":" +
                gnuplot_number(axis.range->upper) + "]\n";
    }
    return text;
}

/// The gnuplot commands that draw one figure to its own file.
inline std::string gnuplot_commands(const report::figure& figure, const std::filesystem::path& file)
{
    const report::plot& plot = figure.plot;
    expects(!plot.series.empty(), "figure ", figure.id, ": it has no data series");
    std::string text = "reset\nset terminal svg size " + std::to_string(plot.width) + "," +
                       std::to_string(plot.height) +
                       " dynamic noenhanced font 'sans-serif,13' linewidth 1.2 background '#fefefe'\nset output " +
                       gnuplot_string(file.string()) +
                       "\nset border 3 lc rgb '#010101'\nset tics nomirror out scale 0.6 textcolor rgb '#010101'\n"
                       "set grid lc rgb '#c1c1c1' lw 0.6 dt 1\n" +
                       gnuplot_range("x", plot.x) + gnuplot_range("y", plot.y);
    using report::key_place;
    const char* const key = plot.key == key_place::top_left       ? "top left Left reverse"
                            : plot.key == key_place::top_right    ? "top right"
                            : plot.key == key_place::bottom_left  ? "bottom left Left reverse"
                            : plot.key == key_place::bottom_right ? "bottom right"
                                                                  : "below Left reverse maxrows 4";
    text += "set key " + std::string(key) + " samplen 2 spacing 1.1" +
            (plot.key == key_place::below ? "\n" : " opaque fillcolor rgb '#fefefe'\n");
    for (const report::reference_line& line : plot.lines) {
        const std::string at = gnuplot_number(line.x ? *line.x : line.y.value_or(0));
        text += line.x ? "set arrow from first " + at + ", graph 0 to first " + at + ", graph 1"
                       : "set arrow from graph 0, first " + at + " to graph 1, first " + at;
        text += " nohead lc rgb '#717171' dt 2 lw 1\n";
        if (line.label.empty()) continue;
        text += "set label " + gnuplot_string(line.label) + " at " +
                (line.x ? "first " + at + ", graph 0.02 rotate by 90 offset 0.7,0"
                        : "graph 0.99, first " + at + " right offset 0,0.5") +
                " font ',11' textcolor rgb '#717171'\n";
    }
    const bool sideways = !plot.y.categories.empty();
    std::string data, drawn;
    for (std::size_t s = 0; s < plot.series.size(); ++s) {
        const report::series& one = plot.series[s];
        expects(one.x.size() == one.y.size() && !one.x.empty(), "figure ", figure.id, ": ", one.x.size(),
                " values of x, but ", one.y.size(), " of y in series ", s);
        expects(one.bounds.empty() || one.bounds.size() == one.x.size(), "figure ", figure.id, ": ", one.bounds.size(),
                " intervals of ", one.x.size(), " points in series ", s);
        const std::string name = "$data" + std::to_string(s);
        data += name + " << end_of_data\n";
        for (std::size_t i = 0; i < one.x.size(); ++i) {
            data += gnuplot_number(one.x[i]) + " " + gnuplot_number(one.y[i]);
            if (!one.bounds.empty())
                data += " " + gnuplot_number(one.bounds[i].lower) + " " + gnuplot_number(one.bounds[i].upper);
            data += "\n";
        }
        data += "end_of_data\n";
        constexpr std::array<int, 7> marks{7, 9, 5, 11, 7, 4, 13};
        const std::size_t colour = one.colour % report::colours.size();
        const std::string ink = " lc rgb '" + std::string(report::colours[colour]) + "'";
        const std::string mark = " pt " + std::to_string(marks[colour]) + " ps " +
                                 (one.x.size() > 200  ? "0.25"
                                  : one.x.size() > 60 ? "0.4"
                                  : one.x.size() > 1  ? "0.6"
                                                      : "0.9");
        constexpr std::array<const char*, 7> dashes{"solid", "(14,5)", "(3,4)", "(14,4,3,4)",
                                                    "(8,4)", "(20,4)", "solid"};
        const std::string dash = " lw 1.8 dt " + std::string(dashes[colour]);
        const std::string title = one.title.empty() ? " notitle" : " title " + gnuplot_string(one.title);
        if (!one.bounds.empty())
            drawn += (drawn.empty() ? "" : ", ") + name + " using 1:2:3:4 with " +
                     (sideways ? "xerrorbars" : "yerrorbars") + ink + " ps 0 lw 1 notitle";
        using report::series_kind;
        drawn += (drawn.empty() ? "" : ", ") + name + " using 1:2 with " +
                 (one.kind == series_kind::points  ? "points" + mark
                  : one.kind == series_kind::line  ? "lines" + dash
                  : one.kind == series_kind::steps ? "steps" + dash
                                                   : "linespoints" + mark + dash) +
                 ink + title;
    }
    return text + data + "plot " + drawn + "\nunset output\n";
}

inline void replace_all(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// Removes every part that starts with `from` and ends with the next `to`.
inline void erase_parts(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        const std::size_t end = text.find(to, at + from.size());
        if (end == std::string::npos) return;
        text.erase(at, end + to.size() - at);
    }
}

/// The CSS variable for a colour of the drawing, with that colour as fallback; empty for other colours.
inline std::string page_colour(std::string_view hex)
{
    const auto variable = [&](const std::string& name) { return "var(--" + name + ", " + std::string(hex) + ")"; };
    for (const auto& [own, name] : {std::pair<std::string_view, const char*>{"#fefefe", "paper"},
                                    {"#010101", "ink"},
                                    {"#c1c1c1", "grid"},
                                    {"#717171", "faint"}}) {
        if (hex == own) return variable(name);
    }
    for (std::size_t i = 0; i < report::colours.size(); ++i) {
        if (hex == report::colours[i]) return variable("colour-" + std::to_string(i + 1));
    }
    return {};
}

/// Converts "rgb(  0, 114, 178)" or "#0072B2", as gnuplot writes colours, to "#0072b2".
inline std::string lower_hex(std::string_view colour)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex = "#";
    if (colour.starts_with('#')) {
        for (const char c : colour.substr(1)) hex += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        return hex;
    }
    for (std::size_t at = colour.find_first_of("0123456789"); at != std::string_view::npos;) {
        unsigned part = 0;
        const auto end = std::from_chars(colour.data() + at, colour.data() + colour.size(), part).ptr;
        hex += digits[part >> 4 & 15];
        hex += digits[part & 15];
        at = colour.find_first_of("0123456789", static_cast<std::size_t>(end - colour.data()));
    }
    return hex;
}

/// Replaces the drawing's colours by the page's CSS variables.
inline std::string with_page_colours(std::string_view svg)
{
    std::string text;
    while (!svg.empty()) {
        const std::size_t at = std::min(svg.find("rgb("), std::min(svg.find("\"#"), svg.find("'#")));
        if (at >= svg.size()) break;
        const std::size_t start = svg[at] == 'r' ? at : at + 1;
        const std::size_t end = svg[at] == 'r' ? svg.find(')', at) + 1 : svg.find_first_of("\"'", start);
        const std::string_view colour = svg.substr(start, end - start);
        const std::string variable = page_colour(lower_hex(colour));
        text += svg.substr(0, start);
        text += variable.empty() ? std::string(colour) : variable;
        svg.remove_prefix(end);
    }
    text += svg;
    replace_all(text, "\"black\"", "\"" + page_colour("#010101") + "\"");
    return text;
}

/// Converts gnuplot's SVG file to an element of a page: without prologue, with ids that are unique among the figures,
/// and with the page's colours.
inline std::string svg_element(std::string svg, const report::figure& figure)
{
    const std::size_t start = svg.find("<svg"), end = svg.find("</svg>");
    expects<report::drawing_error>(start != std::string::npos && end != std::string::npos,
                                   "gnuplot wrote no complete SVG for figure ", figure.id);
    svg = svg.substr(start, end + 6 - start) + "\n";
    erase_parts(svg, "<title>", "</title>");  // browsers would show gnuplot_plot_1 as a tooltip
    erase_parts(svg, "<desc>", "</desc>\n");
    erase_parts(svg, " id=\"gnuplot_", "\"");  // each id occurs twice
    for (const char* const quote : {"'", "\""}) {
        const std::string prefix = figure.id + "-";
        replace_all(svg, std::string(" id=") + quote, std::string(" id=") + quote + prefix);
        replace_all(svg, std::string("href=") + quote + "#", std::string("href=") + quote + "#" + prefix);
    }
    replace_all(svg, "url(#", "url(#" + figure.id + "-");
    svg.insert(svg.find('>') + 1, "\n<title>" + report::escaped_html(figure.title) + "</title>");
    svg.insert(4, " role=\"img\"");
    return with_page_colours(svg);
}

/// Runs gnuplot on a script; its error output goes to a file.
inline int run_gnuplot(const std::string& script, const std::string& errors)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = "gnuplot", file = script;
    std::array<char*, 3> arguments{program.data(), file.data(), nullptr};
    pid_t process = 0;
    const int failed = ::posix_spawnp(&process, "gnuplot", &actions, nullptr, arguments.data(), ::environ);
    posix_spawn_file_actions_destroy(&actions);
    expects<report::drawing_error>(failed != ENOENT, "gnuplot was not found; install it (Debian package gnuplot-nox)");
    expects<report::drawing_error>(failed == 0, "cannot start gnuplot: ", std::generic_category().message(failed));
    int status = 0;
    while (::waitpid(process, &status, 0) == -1) {
        expects<report::drawing_error>(errno == EINTR,
                                       "cannot wait for gnuplot: ", std::generic_category().message(errno));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// Draws the figures of a document as SVG elements, indexed by their ids.
///
/// Each SVG scales with its container (a viewBox, no fixed size), has no external references, and uses the page's CSS
/// variables --paper, --ink, --grid, --faint and --colour-1 to --colour-7, with light colours as fallback.
///
/// Starts gnuplot once, with a script in a temporary folder that is removed afterwards. Texts of figures are quoted, so
/// they are never executed as gnuplot commands. Throws drawing_error, with gnuplot's output, if gnuplot is missing or
/// fails; std::invalid_argument for a figure without data or with a coordinate that is not finite.
[[nodiscard]] inline std::map<std::string, std::string> draw_figures(const document& report)
{
    const detail::drawing_folder folder;
    std::string script = "set encoding utf8\n";
    std::map<std::string, std::string> drawings;
    std::vector<const figure*> figures;
    for (const section& s : report.sections) {
        for (const figure& f : s.figures) figures.push_back(&f);
    }
    if (figures.empty()) return drawings;
    const auto file = [&](std::size_t i) { return folder.path() / (std::to_string(i) + ".svg"); };
    for (std::size_t i = 0; i < figures.size(); ++i) script += detail::gnuplot_commands(*figures[i], file(i));
    const std::filesystem::path script_file = folder.path() / "script", errors = folder.path() / "errors";
    std::ofstream(script_file, std::ios::binary) << script;
    const int status = detail::run_gnuplot(script_file.string(), errors.string());
    if (status != 0) {
        std::string said = detail::read_drawing(errors);
        std::replace(said.begin(), said.end(), '\n', ' ');
        detail::fail<drawing_error>("gnuplot failed with status ", status, ": ", said);
    }
    for (std::size_t i = 0; i < figures.size(); ++i) {
        drawings.emplace(figures[i]->id, detail::svg_element(detail::read_drawing(file(i)), *figures[i]));
    }
    return drawings;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
