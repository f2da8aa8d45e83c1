// progress: has progress on one metric stopped carrying over to the other?
//
//   progress --table models.csv
//   progress --table results-imagenet.csv --table results-imagenet-real.csv --join model,img_size --column top1
//   progress --models evaluate.json
//
// Fits a line through the weaker half of the models and one through the stronger half, and tests whether their slopes
// differ (Fig. 4 of "Are we done with ImageNet?"). With --json the same numbers for programs; examples/README.md
// describes them.
#include "progress/progress.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/evaluation_json.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/model_table.hpp>
#include <reassess/io/result_json.hpp>
#include <reassess/io/table_warnings.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace progress {

namespace {

/// Throws file_error, with the tables, for models that make no halves.
ra::halves_result compare_halves(const std::vector<double>& x, const std::vector<double>& y, const arguments& args)
{
    try {
        return ra::compare_halves(
            x, y,
            {.first_half = args.split,
             .boundary = args.share_boundary ? ra::boundary_model::in_both_halves : ra::boundary_model::in_first_half});
    } catch (const std::logic_error& error) {
        std::string files = args.models;
        for (const std::string& table : args.tables) files += (files.empty() ? "" : " and ") + table;
        throw ra::io::file_error(files + ": " + error.what());
    }
}

void run(const arguments& args)
{
    const ra::io::model_table models = read_models(args);
    const std::vector<double> x = models.x(), y = models.y();
    const ra::halves_result halves = compare_halves(x, y, args);
    std::vector<std::string> labels;
    for (const ra::io::model_point& model : models.models) {
        if (args.families) labels.push_back(ra::family_of_name(model.name));
        if (!args.cluster.empty()) labels.push_back(model.cluster);
    }
    const std::vector<std::size_t> clusters = ra::cluster_numbers(labels);
    const ra::slope_comparison tests =
        ra::compare_slopes(ra::par, x, y, models.uncertain(), halves, ra::random_seed{args.seed},
                           {.replicates = args.replicates, .clusters = clusters});
    if (args.json_file != "-") {
        print_report(models, halves, tests, names_of(args));
        print_further_results(models, tests);
    }
    const std::vector<ra::io::input_warning> warnings = ra::io::influence_warnings(models, halves);
    for (const ra::io::input_warning& warning : warnings) std::cerr << "progress: warning: " << warning.text << '\n';
    if (args.json_file.empty()) return;
    program::json result = ra::io::to_json(models, halves, tests);
    result["warnings"] = ra::io::to_json(std::span<const ra::io::input_warning>(warnings));
    program::write_json(args.json_file, result);
}

}  // namespace

}  // namespace progress

int main(int argc, char** argv)
{
    CLI::App app(
        "Fits ReaL accuracy on original accuracy for the weaker and the stronger half of models, and compares the "
        "slopes.",
        "progress");
    progress::arguments args;
    progress::declare_options(app, args);
    return program::run(app, argc, argv, [&] { progress::run(args); });
}
