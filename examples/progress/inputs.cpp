// What the program `progress` reads.
#include "progress.hpp"

#include <reassess/io/csv.hpp>

#include <filesystem>
#include <iostream>
#include <utility>

namespace progress {

void declare_options(CLI::App& app, arguments& args)
{
    CLI::Option* const models = app.add_option(
        "--models", args.models, "what evaluate --json wrote: its counts tell how uncertain both axes are");
    const auto about_tables = [&](CLI::Option* option) { return option->excludes(models); };
    about_tables(app.add_option("--table", args.tables,
                                "CSV with a row for every model; twice: x from the first, y from the second"))
        ->expected(1, 2);
    about_tables(app.add_option("--x", args.x, "column of x, the original accuracy"))->capture_default_str();
    about_tables(app.add_option("--y", args.y, "column of y, the ReaL accuracy"))->capture_default_str();
    about_tables(
        app.add_option("--name", args.name, "column of the model's name; by default \"model\", if there is one"));
    about_tables(app.add_option("--join", args.join,
                                "columns that tell which rows of two tables belong together, such as model,img_size"));
    about_tables(app.add_option("--column", args.column, "the column of x and y in two tables"));
    about_tables(
        app.add_option("--where", args.where, "only rows with COLUMN=VALUE,VALUE or COLUMN!=VALUE,VALUE; repeatable"));
    about_tables(
        app.add_option("--reference", args.references,
                       "rows with COLUMN=VALUE are compared and never fitted; by default those whose x is 100"));
    about_tables(app.add_flag("--thousands", args.thousands, "accept numbers such as \"1,013.01\""));
    about_tables(app.add_flag("--percent", args.percent, "accept numbers such as 70.5%"));
    about_tables(app.add_option("--missing", args.missing,
                                "rows without a value (\"\", -, NaN, NA): error, or drop, which leaves them out"))
        ->check(CLI::IsMember({"error", "drop"}));
    about_tables(app.add_option("--repeated", args.repeated,
                                "a model that occurs twice in a table: error, or keep, for which every row is a model"))
        ->check(CLI::IsMember({"error", "keep"}));
    about_tables(program::add_separator(app, args.separator));
    CLI::Option* const cluster = about_tables(app.add_option(
        "--cluster", args.cluster, "column of the model's family; models of one family are not independent"));
    app.add_flag("--families", args.families, "guess the families from the letters that the models' names begin with")
        ->excludes(cluster);
    app.add_option("--split", args.split, "number of models in the first half");
    app.add_flag("--share-boundary", args.share_boundary, "let the last model of the first half open the second too");
    app.add_option("--seed", args.seed, "where the random numbers of the bootstrap and the break test start")
        ->capture_default_str();
    app.add_option("--replicates", args.replicates, "of the bootstrap and of the break test's simulation")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{99}, std::size_t{1'000'000}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

namespace {

ra::io::model_table report_dropped(ra::io::model_table models)
{
    if (models.dropped != 0)
        std::cerr << "progress: " << models.dropped << " rows without a value are left out (--missing drop)\n";
    return models;
}

}  // namespace

ra::io::model_table read_models(const arguments& args)
{
    if (args.tables.empty() && args.models.empty()) throw program::usage_error("no models: give --table or --models");
    if (!args.models.empty()) return ra::io::read_evaluated_models(args.models);
    const auto conditions = [](const std::string& option, const std::vector<std::string>& texts) {
        std::vector<ra::io::row_condition> parsed;
        for (const std::string& text : texts) {
            const auto condition = ra::io::parse_row_condition(text);
            if (!condition) throw program::usage_error(option + ": '" + text + "' is not COLUMN=VALUE");
            parsed.push_back(*condition);
        }
        return parsed;
    };
    ra::io::read_model_table_options options{
        .x = args.x,
        .y = args.y,
        .name = args.name,
        .cluster = args.cluster,
        .joined_column = args.column,
        .where = conditions("--where", args.where),
        .references = conditions("--reference", args.references),
        .thousands = args.thousands ? ra::io::thousands_separator::accept : ra::io::thousands_separator::refuse,
        .percent = args.percent ? ra::io::percent_sign::accept : ra::io::percent_sign::refuse,
        .missing = args.missing == "drop" ? ra::io::missing_cells::drop : ra::io::missing_cells::error,
        .repeated = args.repeated == "keep" ? ra::io::repeated_models::keep : ra::io::repeated_models::error,
        .csv = program::csv_of(args.separator)};
    if (args.tables.size() == 1) {
        if (!args.join.empty() || !args.column.empty())
            throw program::usage_error("--join and --column are about two tables");
        return report_dropped(ra::io::read_model_table(args.tables[0], options));
    }
    if (args.join.empty() || args.column.empty()) throw program::usage_error("two tables need --join and --column");
    options.join = program::split(args.join, ',');
    ra::io::model_table models = ra::io::read_joined_model_tables(args.tables[0], args.tables[1], options);
    if (models.only_in_first + models.only_in_second != 0) {
        std::cerr << "progress: " << models.only_in_first << " rows stand in the first table only, "
                  << models.only_in_second << " in the second only; they are left out\n";
    }
    return report_dropped(std::move(models));
}

axis_names names_of(const arguments& args)
{
    axis_names names;
    const arguments defaults;
    if (args.tables.size() == 2) {
        const auto of_table = [&](const std::string& table) {
            return args.column + " of " + std::filesystem::path(table).stem().string();
        };
        return {of_table(args.tables[0]), of_table(args.tables[1])};
    }
    if (args.x != defaults.x) names.x = args.x;
    if (args.y != defaults.y) names.y = args.y;
    return names;
}

}  // namespace progress
