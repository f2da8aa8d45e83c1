// runs: what is a training recipe worth, over repeated runs?
//
//   runs --table runs.csv --baseline softmax
//   runs --table table4.csv --recipe loss,training_set,epochs --metric model,metric --value median_of_three_runs
//        --baseline softmax,all,90
//
// Takes the median over the runs of every recipe by every metric, and its difference from the baseline's (Tables 2 and
// 4 of "Are we done with ImageNet?"). With --json the same numbers for programs; examples/README.md describes them.
#include "program.hpp"

#include <reassess/io/csv.hpp>
#include <reassess/statistics/runs.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::json;
using program::number;

namespace {

struct arguments {
    std::string table;
    std::string recipe = "recipe";
    std::string metric = "metric";
    std::string value = "value";
    std::string baseline;
    std::uint64_t seed = 1;
    std::size_t replicates = 1999;
    std::string separator = ",";
    bool thousands = false;
    bool percent = false;
    std::string json_file;
};

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--table", args.table, "CSV with a row for every run and metric")->required();
    app.add_option("--baseline", args.baseline, "the recipe that the others are compared with")->required();
    app.add_option("--recipe", args.recipe, "columns that name the recipe, such as loss,epochs")->capture_default_str();
    app.add_option("--metric", args.metric,
                   "columns that name what is measured, such as model,metric: only what is equal here is compared")
        ->capture_default_str();
    app.add_option("--value", args.value, "column of the run's value")->capture_default_str();
    app.add_option("--seed", args.seed, "where the random numbers of the intervals start")->capture_default_str();
    app.add_option("--replicates", args.replicates, "of the bootstrap behind the intervals")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{99}, std::size_t{1'000'000}));
    program::add_separator(app, args.separator);
    app.add_flag("--thousands", args.thousands, "accept numbers such as \"1,013.01\"");
    app.add_flag("--percent", args.percent, "accept numbers such as 70.5%");
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

/// The cells in order of their first rows; a name of several columns has commas between.
std::vector<ra::run_cell> read_cells(const arguments& args)
{
    const ra::io::table table = ra::io::read_csv(args.table, program::csv_of(args.separator));
    const auto name_by = [&](const std::string& columns) {
        std::vector<std::size_t> places;
        for (const std::string& column : program::split(columns, ',')) places.push_back(table.column(column));
        return [&table, places](std::size_t row) {
            std::string name;
            for (std::size_t i = 0; i < places.size(); ++i) {
                if (i > 0) name += ',';
                name += table.text(row, places[i]);
            }
            return name;
        };
    };
    const auto recipe_of = name_by(args.recipe), metric_of = name_by(args.metric);
    const std::vector<double> values = table.numbers(
        args.value,
        {.thousands = args.thousands ? ra::io::thousands_separator::accept : ra::io::thousands_separator::refuse,
         .percent = args.percent ? ra::io::percent_sign::accept : ra::io::percent_sign::refuse});
    std::vector<ra::run_cell> cells;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto [place, is_new] = places.try_emplace({recipe_of(row), metric_of(row)}, cells.size());
        if (is_new) cells.push_back({place->first.first, place->first.second, {}});
        cells[place->second].values.push_back(values[row]);
    }
    return cells;
}

std::vector<ra::run_comparison> compare(const arguments& args)
{
    const std::vector<ra::run_cell> cells = read_cells(args);
    try {
        return ra::compare_runs(cells, args.baseline, ra::random_seed{args.seed}, {.replicates = args.replicates});
    } catch (const std::logic_error& error) {
        throw ra::io::file_error(args.table + ": " + error.what());
    }
}

json to_json(const std::vector<ra::run_comparison>& cells, const arguments& args)
{
    json result{
        {"baseline", args.baseline}, {"replicates", args.replicates}, {"seed", args.seed}, {"cells", json::array()}};
    for (const ra::run_comparison& cell : cells) {
        const auto& bounds = cell.difference_interval;
        result["cells"].push_back({{"recipe", cell.recipe},
                                   {"metric", cell.metric},
                                   {"runs", cell.runs},
                                   {"median", cell.median},
                                   {"difference", program::number_or_null(cell.difference)},
                                   {"lower", bounds ? json(bounds->lower) : json(nullptr)},
                                   {"upper", bounds ? json(bounds->upper) : json(nullptr)}});
    }
    return result;
}

void print_report(const std::vector<ra::run_comparison>& cells, const arguments& args)
{
    std::cout << "Medians over runs, and their differences from " << args.baseline << "'s\n";
    std::vector<std::vector<std::string>> table{{"recipe", "metric", "runs", "median", "difference", "95 % interval"}};
    bool too_few_runs = false;
    for (const ra::run_comparison& cell : cells) {
        const auto& bounds = cell.difference_interval;
        table.push_back(
            {cell.recipe, cell.metric, std::to_string(cell.runs), number("%.2f", cell.median),
             cell.difference ? number("%+.2f", *cell.difference) : "",
             bounds ? "[" + number("%+.2f", bounds->lower) + ", " + number("%+.2f", bounds->upper) + "]" : ""});
        too_few_runs = too_few_runs || (cell.difference && !bounds);
    }
    program::print_table(table);
    if (too_few_runs) {
        std::cout << "No interval where a recipe or the baseline has fewer than "
                  << ra::compare_runs_options{}.least_runs << " runs: they do not say how much runs differ.\n";
    }
}

void runs(const arguments& args)
{
    const std::vector<ra::run_comparison> cells = compare(args);
    if (args.json_file != "-") print_report(cells, args);
    if (!args.json_file.empty()) program::write_json(args.json_file, to_json(cells, args));
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Compares training recipes with a baseline by the medians of their runs.", "runs");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { runs(args); });
}
