// progress: has progress on one metric stopped carrying over to the other?
//
//   progress --table models.csv
//   progress --table results-imagenet.csv --table results-imagenet-real.csv --join model,img_size --column top1
//   progress --models evaluate.json
//
// Fits a line through the weaker half of the models and one through the stronger half, and tests whether their slopes
// differ (Fig. 4 of "Are we done with ImageNet?"). With --json the same numbers for programs; examples/README.md
// describes them.
#include "program.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/csv.hpp>
#include <reassess/io/model_table.hpp>
#include <reassess/io/result_json.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::number;
using program::number_or_dash;

namespace {

struct arguments {
    std::vector<std::string> tables;
    std::string models;
    std::string x = "original_accuracy";
    std::string y = "real_accuracy";
    std::string name;
    std::string join;
    std::string column;
    std::vector<std::string> where;
    std::vector<std::string> references;
    std::optional<std::size_t> split;
    bool share_boundary = false;
    bool thousands = false;
    std::uint64_t seed = 1;
    std::size_t replicates = 1999;
    std::string json_file;
};

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
    app.add_option("--split", args.split, "number of models in the first half");
    app.add_flag("--share-boundary", args.share_boundary, "let the last model of the first half open the second too");
    app.add_option("--seed", args.seed, "where the random numbers of the bootstrap and the break test start")
        ->capture_default_str();
    app.add_option("--replicates", args.replicates, "of the bootstrap and of the break test's simulation")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{99}, std::size_t{1'000'000}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

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
        .joined_column = args.column,
        .where = conditions("--where", args.where),
        .references = conditions("--reference", args.references),
        .thousands = args.thousands ? ra::io::thousands_separator::accept : ra::io::thousands_separator::refuse};
    if (args.tables.size() == 1) {
        if (!args.join.empty() || !args.column.empty())
            throw program::usage_error("--join and --column are about two tables");
        return ra::io::read_model_table(args.tables[0], options);
    }
    if (args.join.empty() || args.column.empty()) throw program::usage_error("two tables need --join and --column");
    options.join = program::split(args.join, ',');
    ra::io::model_table models = ra::io::read_joined_model_tables(args.tables[0], args.tables[1], options);
    if (models.only_in_first + models.only_in_second != 0) {
        std::cerr << "progress: " << models.only_in_first << " rows stand in the first table only, "
                  << models.only_in_second << " in the second only; they are left out\n";
    }
    return models;
}

// ---- Output

std::string bounds_text(const ra::interval& ends)
{
    return "[" + number("%.3f", ends.lower) + ", " + number("%.3f", ends.upper) + "]";
}

/// The p-value, or its power of ten where it is small.
std::string p_text(double p_value, double log10_p_value)
{
    return p_value >= 1e-4 ? number("%.4f", p_value) : "10^" + number("%.2f", log10_p_value);
}

void print_report(const ra::io::model_table& models, const ra::halves_result& halves, const ra::slope_comparison& tests)
{
    std::cout << models.models.size() << " models, in order of original accuracy\n\n";
    std::vector<std::vector<std::string>> table{
        {"half", "models", "from", "to", "slope", "95 % interval", "standard error", "intercept", "R squared"}};
    const auto add_row = [&](const char* half, const ra::linear_fit& fit, std::span<const std::size_t> members) {
        const auto slope = ra::if_defined([&] { return ra::slope_inference(fit); });
        table.push_back({half, std::to_string(fit.points), number("%.2f", models.models[members.front()].x),
                         number("%.2f", models.models[members.back()].x), number("%.4f", fit.slope),
                         slope ? bounds_text(slope->bounds) : "-", number_or_dash("%.4f", fit.slope_standard_error),
                         number("%.3f", fit.intercept), number_or_dash("%.4f", fit.r_squared)});
    };
    add_row("first", halves.first, halves.first_models());
    add_row("second", halves.second, halves.second_models());
    program::print_table(table);

    std::cout << '\n';
    if (!halves.slope_test) {
        std::cout << "No test of the slopes: " << halves.why_no_slope_test << ".\n";
    } else if (halves.slope_test->without_noise) {
        std::cout << "Both lines go through all their points, so nothing measures the difference of their slopes.\n";
    } else {
        const ra::slope_test_result& test = *halves.slope_test;
        if (const auto& t = tests.t_test) {
            std::cout << "Slope test (Welch's t): t = " << number("%.3f", t->t) << ", "
                      << number("%.1f", t->degrees_of_freedom)
                      << " degrees of freedom, two-sided p = " << p_text(t->p_value, t->log10_p_value) << ".\n";
        }
        std::cout << "The paper's Z-test: z = " << number("%.3f", test.z)
                  << ", p = " << p_text(test.p_value, test.log10_p_value) << "; with few models this p is too small.\n";
        const double p_value = tests.t_test ? tests.t_test->p_value : test.p_value;
        if (p_value >= 0.05) {
            std::cout << "The slopes do not differ significantly: nothing shows that a gain carries over less in the "
                         "second half than in the first.\n";
        } else if (test.z > 0) {
            std::cout << "A point of original accuracy is worth " << number("%.2f", halves.first.slope)
                      << " points of ReaL accuracy in the first half and " << number("%.2f", halves.second.slope)
                      << " in the second: progress carries over less than it did.\n";
        } else {
            std::cout << "A point of original accuracy is worth more in the second half than in the first.\n";
        }
    }
    if (!halves.independent())
        std::cout << "The halves share a model, so they are not independent and the p-value does not strictly apply.\n";
    if (halves.tie_at_split)
        std::cout << "Models of the same original accuracy stand on both sides of the split: they were ordered by ReaL "
                     "accuracy, then by line.\n";
    for (const ra::io::model_point& m : models.references) {
        std::cout << "Not fitted: " << m.name << " (" << number("%.2f", m.x) << ", " << number("%.2f", m.y) << "), "
                  << number("%+.2f", ra::residual(halves.second, {m.x, m.y})) << " from the second line.\n";
    }
}

void print_further_tests(const ra::slope_comparison& tests)
{
    std::cout << "\nThe same question asked otherwise (intervals at 95 %)\n";
    std::vector<std::vector<std::string>> table;
    if (const auto& t = tests.t_test)
        table.push_back({"Student's t, right for few models", "difference of slopes " + bounds_text(t->bounds),
                         "p = " + p_text(t->p_value, t->log10_p_value)});
    if (const auto& b = tests.bootstrap)
        table.push_back({b->bca ? "models resampled (BCa)" : "models resampled (percentile)",
                         "difference of slopes " + bounds_text(b->best()), ""});
    const auto& first = tests.halves[0];
    const auto& second = tests.halves[1];
    if (first.theil_sen && second.theil_sen) {
        const auto slope = [](const ra::theil_sen_fit& fit) {
            return number("%.3f", fit.slope) + " " + (fit.slope_interval ? bounds_text(*fit.slope_interval) : "[-]");
        };
        table.push_back(
            {"Theil-Sen, whatever single models do", "slopes " + slope(*first.theil_sen), slope(*second.theil_sen)});
    }
    if (first.york && second.york) {
        const auto slope = [](const ra::york_fit& fit) {
            return number("%.3f", fit.slope) + " +- " +
                   number("%.3f", fit.scaled_slope_standard_error().value_or(fit.slope_standard_error)) +
                   (fit.converged ? "" : " (not converged)");
        };
        table.push_back({"York, the images' noise on both axes", "slopes " + slope(*first.york), slope(*second.york)});
    }
    if (first.deming && second.deming) {
        table.push_back({"Deming, both axes equally uncertain (no counts)",
                         "slopes " + number("%.3f", first.deming->slope), number("%.3f", second.deming->slope)});
    }
    if (const auto& b = tests.break_test) {
        table.push_back({"a break anywhere (largest F, simulated)",
                         "best after " + std::to_string(b->split) + " models, x " + number("%.2f", b->x_before) +
                             " to " + number("%.2f", b->x_after),
                         "p = " + number("%.4f", b->p_value)});
    }
    if (const auto& a = tests.agreement) {
        table.push_back({"order of the models on both axes", "Kendall's tau " + number("%.3f", a->kendall.correlation),
                         program::with_commas(a->pairs.discordant) + " pairs change places"});
    }
    program::print_table(table);
}

void progress(const arguments& args)
{
    const ra::io::model_table models = read_models(args);
    const std::vector<double> x = models.x(), y = models.y();
    const ra::halves_result halves = ra::compare_halves(
        x, y,
        {.first_half = args.split,
         .boundary = args.share_boundary ? ra::boundary_model::in_both_halves : ra::boundary_model::in_first_half});
    const ra::slope_comparison tests = ra::compare_slopes(ra::par, x, y, models.uncertain(), halves,
                                                          ra::random_seed{args.seed}, {.replicates = args.replicates});
    if (args.json_file != "-") {
        print_report(models, halves, tests);
        print_further_tests(tests);
    }
    if (!args.json_file.empty()) program::write_json(args.json_file, ra::io::to_json(models, halves, tests));
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app(
        "Fits ReaL accuracy on original accuracy for the weaker and the stronger half of models, and compares the "
        "slopes.",
        "progress");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { progress(args); });
}
