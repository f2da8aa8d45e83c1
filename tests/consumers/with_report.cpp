// Program that uses report/: a number and its published value as HTML and as JSON.
#include <reassess/report/report.hpp>

#include <iostream>
#include <string>

namespace report = reassess::report;

int main()
{
    report::section section{.id = "labels", .title = "Labels"};
    section.numbers = {
        report::percentage("labels.real", "ReaL accuracy of the labels", {42164, 46837}, report::printed{90.02, 2})};
    const report::document document{.title = "A report", .sections = {section}};
    const std::string page = report::to_html(document, {});
    std::cout << report::to_json(document).dump(1) << '\n';
    return page.find("90.02 %") != std::string::npos && report::to_json(document)["numbers"][0]["agrees"] ? 0 : 1;
}
