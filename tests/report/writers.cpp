// Tests of the JSON, Markdown and HTML writers on a report with every kind of content, including a drawn figure.
#include <reassess/report/report.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

namespace ra = reassess;
namespace report = reassess::report;

namespace {

/// Its texts contain gnuplot commands, HTML elements and Markdown table cells.
report::document nasty_report()
{
    const std::string nasty = "<script>alert(1)</script> & 'it' \"is\" `touch nasty` | end_of_data";
    report::document document{.title = nasty};
    document.lead = {nasty};
    document.left_out = {nasty};
    document.definitions = {{"term", nasty, nasty, "data/labels.hpp"}};
    report::section section{.id = "one", .title = nasty, .notice = nasty, .text = {nasty}, .definitions = {"term"}};
    section.numbers = {report::percentage("one.share", nasty, {1, 4}, report::printed{30, 0}, nasty)};
    report::figure figure{.id = "figure-one", .title = nasty, .caption = nasty};
    // Long, but short enough that the plot area remains visible.
    const std::string name = "<b>`touch nasty`</b>'\"";
    figure.plot.x = {.label = name};
    figure.plot.y = {.label = name, .categories = {name, "b", "c"}};
    figure.plot.lines = {{.x = 2.0, .label = name}};
    report::series series{.title = name};
    series.x = {1, 2, 3};
    series.y = {1, 2, 3};
    series.bounds = {{0.5, 1.5}, {1, 3}, {2.5, 3.5}};
    figure.plot.series = {series};
    section.figures = {figure};
    section.tables = {{.id = "table-one", .title = nasty, .caption = nasty, .columns = {nasty, "b"}}};
    section.tables[0].rows = {{nasty, report::count("one.count", nasty, 12345)}};
    document.sections = {section};
    return document;
}

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

bool gnuplot_is_there()
{
    return std::system("gnuplot --version > /dev/null 2>&1") == 0;
}

}  // namespace

TEST_CASE("report: JSON has every number with an id once, in order")
{
    const auto json = report::to_json(nasty_report());
    REQUIRE(json["numbers"].size() == 2);
    CHECK(json["numbers"][0]["id"] == "one.share");
    CHECK(json["numbers"][0]["section"] == "one");
    CHECK(json["numbers"][0]["value"] == 25.0);
    CHECK(json["numbers"][0]["published"] == 30.0);
    CHECK(json["numbers"][0]["difference"] == -5.0);
    CHECK(json["numbers"][0]["agrees"] == false);
    CHECK(json["numbers"][0]["hits"] == 1);
    CHECK(json["numbers"][0]["total"] == 4);
    CHECK(json["numbers"][1]["value"] == 12345.0);
    CHECK(json["numbers"][1]["lower"].is_null());
    CHECK(json["numbers"][1]["agrees"].is_null());
    CHECK(json["sections"][0]["figures"][0] == "figure-one");
    CHECK(json["sections"][0]["tables"][0] == "table-one");

    report::document twice = nasty_report();
    twice.sections.push_back(twice.sections[0]);
    CHECK_THROWS_WITH_AS(static_cast<void>(report::to_json(twice)), "report: the number id one.share is not unique",
                         std::invalid_argument);
}

TEST_CASE("report: Markdown and HTML escape text")
{
    const report::document document = nasty_report();
    const std::string markdown = report::to_markdown(document, "figures");
    CHECK(count(markdown, "<script>") == 0);
    CHECK(markdown.find("](figures/figure-one.svg)") != std::string::npos);
    CHECK(markdown.find("25.00 % | \\[4.56, 69.94\\] | 30 | -5.00 |") != std::string::npos);

    const std::string html = report::to_html(document, {{"figure-one", "<svg></svg>"}});
    CHECK(count(html, "<script") == 0);
    CHECK(count(html, "&lt;script&gt;") > 10);
    CHECK(html.find("<figure id=\"figure-one\">\n<svg></svg>") != std::string::npos);
    CHECK(html.find("id=\"table-one\"") != std::string::npos);
    CHECK(html.find("id=\"one-numbers\"") != std::string::npos);
    CHECK(html.find("href=\"#define-term\"") != std::string::npos);
    CHECK(count(html, "http") == 1);  // the only occurrence is http-equiv of the Content-Security-Policy
    CHECK_THROWS_AS(static_cast<void>(report::to_html(document, {})), std::out_of_range);
}

TEST_CASE("report: gnuplot draws texts and does not execute them")
{
    if (!gnuplot_is_there()) {
        MESSAGE("skipped: gnuplot is not installed");
        return;
    }
    const report::document document = nasty_report();
    const std::string svg = report::draw_figures(document).at("figure-one");
    CHECK(svg.starts_with("<svg role=\"img\""));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.find("viewBox=\"0 0 480 360\"") != std::string::npos);
    CHECK(count(svg, "<script") == 0);
    // Legend, labels of both axes, a category, the reference line's label, and the title as HTML.
    CHECK(count(svg, "<text>&lt;b>`touch nasty`&lt;/b>'\"</text>") == 5);
    CHECK(count(svg, "<title>&lt;script&gt;") == 1);
    CHECK(count(svg, "var(--colour-1, #0072b2)") >= 3);
    CHECK(svg.find("gnuplot_plot") == std::string::npos);
    CHECK(svg.find("rgb(") == std::string::npos);
    CHECK(count(svg, "id='figure-one-") == count(svg, "id='"));
    CHECK_FALSE(std::filesystem::exists("nasty"));

    report::document long_name = document;
    long_name.sections[0].figures[0].plot.y.categories[0] = "twenty-nine bytes before this\xc3\xa9 and more";
    CHECK(report::draw_figures(long_name).at("figure-one").find("<text>twenty-nine bytes before this...</text>") !=
          std::string::npos);

    report::document empty;
    CHECK(report::draw_figures(empty).empty());
    report::document without_data = document;
    without_data.sections[0].figures[0].plot.series.clear();
    CHECK_THROWS_WITH_AS(static_cast<void>(report::draw_figures(without_data)),
                         "figure figure-one: it has no data series", std::invalid_argument);
    report::document not_finite = document;
    not_finite.sections[0].figures[0].plot.series[0].x[1] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(static_cast<void>(report::draw_figures(not_finite)), "figure: a coordinate is not finite",
                         std::invalid_argument);
    // An error of gnuplot is reported with gnuplot's message.
    report::document refused = document;
    refused.sections[0].figures[0].plot.x.range = ra::interval{1, 1};
    refused.sections[0].figures[0].plot.x.logarithmic = true;
    refused.sections[0].figures[0].plot.x.range = ra::interval{-1, 0};
    CHECK_THROWS_AS(static_cast<void>(report::draw_figures(refused)), report::drawing_error);
}
