// paper: every number, table and figure of "Are we done with ImageNet?" that the released data allow, with the
// published value, and the paper's question for the models of today.
//
//   paper --data DIR --out DIR
//
// Writes report.html (one file that has everything in it), report.md with figures/, and report.json, whose shape
// examples/README.md describes. What is not in the data folder is left out and said; without any of it, images, models
// and votes are simulated. Its sections are in paper/, one file each.
#include "paper/paper.hpp"
#include "paper/slopes.hpp"
#include "program.hpp"

#include <reassess/io/text_file.hpp>
#include <reassess/report/report.hpp>
#include <reassess/version.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

struct arguments {
    std::string data;
    std::string out;
    std::string facts = REASSESS_EXAMPLES_DATA_DIR;
    std::vector<std::string> verdicts;
};

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--data", args.data,
                   "folder of the released data; what it lacks is left out of the report, and said")
        ->check(CLI::ExistingDirectory);
    app.add_option("--out", args.out, "folder for report.html, report.md, figures/ and report.json")->required();
    app.add_option("--facts", args.facts, "folder of the paper's tables: table1.csv, table4.csv and table5.csv")
        ->capture_default_str();
    app.add_option("--verdicts", args.verdicts,
                   "people's verdicts on mistakes, as the program verdicts reads them, for Fig. 7; repeatable");
}

paper::report::document make_report(const paper::inputs& in)
{
    paper::report::document document{.title = "Are we done with ImageNet? Recomputed"};
    constexpr reassess::version version = reassess::library_version;
    const std::string library = "reassess " + std::to_string(version.major) + "." + std::to_string(version.minor) +
                                "." + std::to_string(version.patch);
    document.lead = {
        "Every number, table and figure of \"Are we done with ImageNet?\" (Beyer, Hénaff, Kolesnikov, Zhai, van den "
        "Oord 2020, arXiv:2006.07159) that the released data allow, computed by " +
            library + " together with the published value, and the paper's question for the models of today.",
        "Intervals are at 95 %. A computed number agrees where it rounds to the published one; where it does not, the "
        "difference is printed and, where it is known, the reason. Random numbers start from seed " +
            std::to_string(paper::seed) + ", so that the same data give the same report."};
    if (!in.simulated.empty()) {
        document.lead.push_back(
            "There are no released data here. Tables 2, 4 and 5, the printed parts of Table 1 and Fig. 4 of Table 5 "
            "are of the paper; everything else is simulated and says so.");
    }
    document.left_out = in.left_out;
    const auto add = [&](std::optional<paper::report::section> section) {
        if (section) document.sections.push_back(std::move(*section));
    };
    add(paper::text_figures(in));
    add(paper::figure_1(in));
    add(paper::figure_3(in));
    const std::optional<paper::analysed_pool> timm = paper::analyse_timm(in);
    add(paper::figure_4(in, timm));
    add(paper::figure_5(in));
    add(paper::figure_6(in));
    add(paper::figure_7(in));
    add(paper::tables_2_and_4(in));
    add(paper::tables_3_and_5(in));
    add(paper::today(in, timm));
    document.definitions = paper::definitions();
    return document;
}

void write_report(const paper::report::document& document, const program::json& json, const std::filesystem::path& out)
{
    const std::map<std::string, std::string> drawings = paper::report::draw_figures(document);
    std::filesystem::create_directories(out / "figures");
    for (const auto& [id, drawing] : drawings) reassess::io::write_file(out / "figures" / (id + ".svg"), drawing);
    reassess::io::write_file(out / "report.html", paper::report::to_html(document, drawings));
    reassess::io::write_file(out / "report.md", paper::report::to_markdown(document, "figures"));
    reassess::io::write_file(out / "report.json", json.dump(2) + "\n");
}

void print_summary(const paper::report::document& document, const program::json& json, const std::string& simulated,
                   const std::string& out)
{
    std::size_t compared = 0, agreeing = 0;
    std::vector<std::vector<std::string>> differing{{"differs from the paper", "computed", "published", "difference"}};
    for (const program::json& number : json["numbers"]) {
        if (number["agrees"].is_null()) continue;
        ++compared;
        agreeing += number["agrees"].get<bool>();
        if (number["agrees"].get<bool>()) continue;
        differing.push_back({number["what"].get<std::string>(), program::number("%.2f", number["value"].get<double>()),
                             program::exact(number["published"].get<double>()),
                             program::number("%+.2f", number["difference"].get<double>())});
    }
    std::size_t figures = 0, tables = 0;
    for (const paper::report::section& section : document.sections) {
        figures += section.figures.size();
        tables += section.tables.size();
    }
    std::cout << document.sections.size() << " sections, " << figures << " figures, " << tables << " tables, "
              << program::with_commas(json["numbers"].size()) << " numbers\n";
    if (!simulated.empty()) std::cout << "No released data: images, models and votes are simulated.\n";
    for (const std::string& line : document.left_out) std::cout << "Left out: " << line << '\n';
    std::cout << "\nOf " << compared << " numbers that the paper prints and that were computed, " << agreeing
              << " round to the printed one.\n";
    if (differing.size() > 1) program::print_table(differing);
    std::cout << "\nReport: " << out << "/report.html, report.md, report.json\n";
}

void write_paper(const arguments& args)
{
    const paper::inputs in = paper::read_inputs(args.data, args.facts, args.verdicts);
    const paper::report::document document = make_report(in);
    const program::json json = paper::report::to_json(document);
    write_report(document, json, args.out);
    print_summary(document, json, in.simulated, args.out);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Recomputes the paper \"Are we done with ImageNet?\" from the released data, as a report.", "paper");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { write_paper(args); });
}
