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
#include "slope_tests.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/csv.hpp>
#include <reassess/io/join_tables.hpp>
#include <reassess/io/text_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::further_tests;
using program::if_defined;
using program::json;
using program::number;
using program::number_or_dash;
using program::robust_half;

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

// ---- Input

struct model {
    std::string name{};
    double x = 0;
    double y = 0;
    /// The same with the noise of its images, where the counts are known.
    std::optional<ra::uncertain_point> uncertain{};
};

struct model_table {
    std::vector<model> fitted{};
    std::vector<model> references{};
};

/// COLUMN=VALUE,VALUE or COLUMN!=VALUE,VALUE.
class condition {
public:
    condition(const std::string& option, const std::string& text)
    {
        const std::size_t equals = text.find('=');
        negated_ = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
        column_ = text.substr(0, equals - (negated_ ? 1 : 0));
        if (equals == std::string::npos || column_.empty())
            throw program::usage_error(option + ": '" + text + "' is no COLUMN=VALUE");
        values_ = program::split(std::string_view(text).substr(equals + 1), ',');
    }

    [[nodiscard]] bool holds(const ra::io::table& table, std::size_t row) const
    {
        const std::string_view cell = table.text(row, table.column(column_));
        return (std::find(values_.begin(), values_.end(), cell) != values_.end()) != negated_;
    }

private:
    std::string column_;
    std::vector<std::string> values_;
    bool negated_ = false;
};

/// The models of evaluate's JSON, in percent, and the original labels as a reference.
model_table read_evaluated(const std::string& path)
{
    const auto bad = [&](const std::string& what) {
        return ra::io::file_error(path + ": " + what +
                                  ", wanted what evaluate --json writes with --original and --real");
    };
    json file;
    try {
        file = json::parse(ra::io::read_text_file(path));
    } catch (const json::exception&) {
        throw bad("no valid JSON");
    }
    // Asked for as unsigned, nlohmann's JSON would turn -1 and 1.5 into counts.
    const auto count = [](const json& object, const char* key) {
        const json& number = object.at(key);
        if (!number.is_number_unsigned()) throw std::invalid_argument(std::string(key) + " is no count");
        return number.get<std::uint64_t>();
    };
    const auto counts = [&](const json& object) {
        return ra::proportion{count(object, "hits"), count(object, "total")};
    };
    const auto at_1 = [&](const json& list) {
        for (const json& entry : list) {
            if (entry.at("k") == 1) return counts(entry);
        }
        throw bad("an accuracy of the first prediction is missing");
    };
    model_table models;
    try {
        for (const json& entry : file.at("models")) {
            const auto cell = [&](const char* key) { return count(entry.at("joint"), key); };
            const ra::uncertain_point point = program::in_percent(ra::uncertain_accuracies(
                at_1(entry.at("top_k")), at_1(entry.at("real_any")),
                {cell("both_right"), cell("only_original_right"), cell("only_real_right"), cell("both_wrong")}));
            models.fitted.push_back({entry.at("name").get<std::string>(), point.x, point.y, point});
        }
        if (const json& labels = file.at("original_labels"); !labels.is_null())
            models.references.push_back({"original labels", 100, 100 * counts(labels.at("real")).value(), {}});
    } catch (const json::exception&) {
        throw bad("a key is missing or of another type");
    } catch (const std::logic_error& error) {
        throw bad(error.what());
    }
    return models;
}

/// One table, or two whose rows are joined; conditions and names are looked up in the first.
model_table read_models(const arguments& args)
{
    const ra::io::table first = ra::io::read_csv(args.tables.front());
    std::vector<ra::io::joined_row> rows;
    std::vector<double> x, y;
    const ra::io::numbers_options numbers{args.thousands ? ra::io::thousands_separator::accept
                                                         : ra::io::thousands_separator::refuse};
    if (args.tables.size() == 2) {
        if (args.join.empty() || args.column.empty()) throw program::usage_error("two tables need --join and --column");
        const ra::io::table second = ra::io::read_csv(args.tables.back());
        const ra::io::joined_rows joined = ra::io::join_tables(first, second, program::split(args.join, ','));
        rows = joined.rows;
        x = first.numbers(args.column, numbers);
        y = second.numbers(args.column, numbers);
        if (!joined.only_left.empty() || !joined.only_right.empty()) {
            std::cerr << "progress: " << joined.only_left.size() << " rows stand in the first table only, "
                      << joined.only_right.size() << " in the second only; they are left out\n";
        }
    } else {
        if (!args.join.empty() || !args.column.empty())
            throw program::usage_error("--join and --column are about two tables");
        for (std::size_t row = 0; row < first.rows(); ++row) rows.push_back({row, row});
        x = first.numbers(args.x, numbers);
        y = first.numbers(args.y, numbers);
    }

    std::vector<condition> where, references;
    for (const std::string& text : args.where) where.emplace_back("--where", text);
    for (const std::string& text : args.references) references.emplace_back("--reference", text);
    const auto columns = first.columns();
    const std::string name_column = !args.name.empty()                                                    ? args.name
                                    : std::find(columns.begin(), columns.end(), "model") != columns.end() ? "model"
                                                                                                          : "";

    model_table models;
    for (const auto& [left, right] : rows) {
        const auto holds = [&, row = left](const condition& c) { return c.holds(first, row); };
        const bool is_reference =
            args.references.empty() ? x[left] == 100 : std::any_of(references.begin(), references.end(), holds);
        if (!is_reference && !std::all_of(where.begin(), where.end(), holds)) continue;
        const std::string name = name_column.empty() ? "line " + std::to_string(first.line(left))
                                                     : std::string(first.text(left, first.column(name_column)));
        (is_reference ? models.references : models.fitted).push_back({name, x[left], y[right], {}});
    }
    return models;
}

// ---- Output

/// JSON has no infinity.
json finite_or_null(double number)
{
    return std::isfinite(number) ? json(number) : json(nullptr);
}

json bounds_or_null(const std::optional<ra::interval>& bounds)
{
    return bounds ? json{{"lower", bounds->lower}, {"upper", bounds->upper}} : json(nullptr);
}

json to_json(const ra::linear_fit& fit, const robust_half& robust)
{
    const auto slope = if_defined([&] { return ra::slope_inference(fit); });
    json theil_sen = nullptr, york = nullptr, deming = nullptr;
    if (robust.theil_sen) {
        theil_sen = {{"slope", robust.theil_sen->slope},
                     {"intercept", robust.theil_sen->intercept},
                     {"slope_lower", robust.theil_sen->slope_interval.lower},
                     {"slope_upper", robust.theil_sen->slope_interval.upper}};
    }
    if (robust.york) {
        york = {{"slope", robust.york->slope},
                {"intercept", robust.york->intercept},
                {"slope_standard_error", robust.york->slope_standard_error},
                {"scaled_slope_standard_error", program::number_or_null(robust.york->scaled_slope_standard_error())},
                {"intercept_standard_error", robust.york->intercept_standard_error},
                {"chi_squared", robust.york->chi_squared},
                {"converged", robust.york->converged}};
    }
    if (robust.deming) {
        deming = {{"slope", robust.deming->slope},
                  {"intercept", robust.deming->intercept},
                  {"slope_standard_error", program::number_or_null(robust.deming->slope_standard_error)},
                  {"variance_ratio", 1}};
    }
    return {{"models", fit.points},
            {"slope", fit.slope},
            {"slope_standard_error", program::number_or_null(fit.slope_standard_error)},
            {"intercept", fit.intercept},
            {"intercept_standard_error", program::number_or_null(fit.intercept_standard_error)},
            {"residual_standard_deviation", program::number_or_null(fit.residual_standard_deviation)},
            {"r_squared", program::number_or_null(fit.r_squared)},
            {"slope_lower", slope ? json(slope->bounds.lower) : json(nullptr)},
            {"slope_upper", slope ? json(slope->bounds.upper) : json(nullptr)},
            {"theil_sen", theil_sen},
            {"york", york},
            {"deming", deming}};
}

json to_json(const further_tests& tests, const arguments& args)
{
    json result{{"slope_difference", bounds_or_null(tests.z_interval)},
                {"t_test", nullptr},
                {"bootstrap", nullptr},
                {"break_test", nullptr},
                {"ranking", nullptr}};
    if (const auto& t = tests.t_test) {
        result["t_test"] = {{"t", t->t},
                            {"degrees_of_freedom", t->degrees_of_freedom},
                            {"p_value", t->p_value},
                            {"log10_p_value", finite_or_null(t->log10_p_value)},
                            {"lower", t->bounds.lower},
                            {"upper", t->bounds.upper}};
    }
    if (const auto& b = tests.bootstrap) {
        result["bootstrap"] = {{"slope_difference", b->value},
                               {"standard_error", b->standard_error},
                               {"percentile", bounds_or_null(b->percentile)},
                               {"bca", bounds_or_null(b->bca)},
                               {"replicates", args.replicates},
                               {"replicates_without_value", b->replicates_without_value},
                               {"seed", args.seed}};
    }
    if (const auto& b = tests.break_test) {
        result["break_test"] = {{"f", finite_or_null(b->f)}, {"p_value", b->p_value}, {"models_before", b->split},
                                {"x_before", b->x_before},   {"x_after", b->x_after}, {"simulations", b->simulations},
                                {"seed", args.seed}};
    }
    if (const auto& a = tests.agreement) {
        const auto correlation = [](const ra::correlation_result& c) {
            return json{{"value", c.correlation}, {"bounds", bounds_or_null(c.bounds)}};
        };
        result["ranking"] = {{"spearman", correlation(a->spearman)},
                             {"kendall_tau_b", correlation(a->kendall)},
                             {"pairs_in_the_same_order", a->pairs.concordant},
                             {"pairs_in_opposite_order", a->pairs.discordant}};
    }
    return result;
}

json to_json(const model_table& models, const ra::halves_result& halves, const further_tests& tests,
             const arguments& args)
{
    json result{{"models", models.fitted.size()},
                {"halves", {to_json(halves.first, tests.halves[0]), to_json(halves.second, tests.halves[1])}},
                {"z", nullptr},
                {"p_value", nullptr},
                {"log10_p_value", nullptr}};
    if (halves.slope_test) {
        // z and log10 p of lines without noise are infinite.
        result["z"] = finite_or_null(halves.slope_test->z);
        result["p_value"] = halves.slope_test->p_value;
        result["log10_p_value"] = finite_or_null(halves.slope_test->log10_p_value);
    }
    result["tie_at_split"] = halves.tie_at_split;
    result["halves_share_a_model"] = !halves.independent();
    result["references"] = json::array();
    for (const model& m : models.references) {
        json reference{
            {"name", m.name}, {"x", m.x}, {"y", m.y}, {"above_second_line", ra::residual(halves.second, {m.x, m.y})}};
        // Where the second line expects a model of this x.
        reference["expected"] = bounds_or_null(if_defined([&] { return ra::prediction_band(halves.second, m.x); }));
        result["references"].push_back(std::move(reference));
    }
    result.update(to_json(tests, args));
    return result;
}

std::string bounds_text(const ra::interval& ends)
{
    return "[" + number("%.3f", ends.lower) + ", " + number("%.3f", ends.upper) + "]";
}

void print_report(const model_table& models, const ra::halves_result& halves, const further_tests& tests)
{
    std::cout << models.fitted.size() << " models, in order of original accuracy\n\n";
    std::vector<std::vector<std::string>> table{
        {"half", "models", "from", "to", "slope", "95 % interval", "standard error", "intercept", "R squared"}};
    const auto add_row = [&](const char* half, const ra::linear_fit& fit, std::span<const std::size_t> members) {
        const auto slope = if_defined([&] { return ra::slope_inference(fit); });
        table.push_back({half, std::to_string(fit.points), number("%.2f", models.fitted[members.front()].x),
                         number("%.2f", models.fitted[members.back()].x), number("%.4f", fit.slope),
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
        const std::string p =
            test.p_value >= 1e-4 ? number("%.4f", test.p_value) : "10^" + number("%.2f", test.log10_p_value);
        std::cout << "Slope test: z = " << number("%.3f", test.z) << ", two-sided p = " << p << ".\n";
        if (test.p_value >= 0.05) {
            std::cout << "The slopes do not differ significantly: nothing shows that a gain carries over less in the "
                         "second half than in the first.\n";
        } else if (test.z > 0) {
            std::cout << "A point of original accuracy is worth " << number("%.2f", halves.first.slope)
                      << " points of ReaL accuracy in the first half and " << number("%.2f", halves.second.slope)
                      << " in the second: progress carries over less than it did.\n";
        } else {
            std::cout << "A point of original accuracy is worth more in the second half than in the first.\n";
        }
        if (test.p_value < 0.05 && tests.t_test && tests.t_test->p_value >= 0.05) {
            std::cout << "With so few models this test finds too much: Student's t, made for them, does not tell the "
                         "slopes apart (p = "
                      << number("%.4f", tests.t_test->p_value) << ").\n";
        }
    }
    if (!halves.independent())
        std::cout << "The halves share a model, so they are not independent and the p-value does not strictly apply.\n";
    if (halves.tie_at_split)
        std::cout << "Models of the same original accuracy stand on both sides of the split: they were ordered by ReaL "
                     "accuracy, then by line.\n";
    for (const model& m : models.references) {
        std::cout << "Not fitted: " << m.name << " (" << number("%.2f", m.x) << ", " << number("%.2f", m.y) << "), "
                  << number("%+.2f", ra::residual(halves.second, {m.x, m.y})) << " from the second line.\n";
    }
}

void print_further_tests(const further_tests& tests)
{
    std::cout << "\nThe same question asked otherwise (intervals at 95 %)\n";
    std::vector<std::vector<std::string>> table;
    if (const auto& t = tests.t_test) {
        const std::string p =
            t->p_value >= 1e-4 ? number("%.4f", t->p_value) : "10^" + number("%.2f", t->log10_p_value);
        table.push_back({"Student's t, right for few models", "difference of slopes " + bounds_text(t->bounds),
                         "t = " + number("%.2f", t->t) + ", " + number("%.1f", t->degrees_of_freedom) +
                             " degrees of freedom, p = " + p});
    }
    if (const auto& b = tests.bootstrap)
        table.push_back({b->bca ? "models resampled (BCa)" : "models resampled (percentile)",
                         "difference of slopes " + bounds_text(b->best()), ""});
    const auto& first = tests.halves[0];
    const auto& second = tests.halves[1];
    if (first.theil_sen && second.theil_sen) {
        table.push_back(
            {"Theil-Sen, whatever single models do",
             "slopes " + number("%.3f", first.theil_sen->slope) + " " + bounds_text(first.theil_sen->slope_interval),
             number("%.3f", second.theil_sen->slope) + " " + bounds_text(second.theil_sen->slope_interval)});
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
    if (args.tables.empty() && args.models.empty()) throw program::usage_error("no models: give --table or --models");
    const model_table models = args.models.empty() ? read_models(args) : read_evaluated(args.models);
    std::vector<double> x, y;
    for (const model& m : models.fitted) {
        x.push_back(m.x);
        y.push_back(m.y);
    }
    const ra::halves_result halves = ra::compare_halves(
        x, y,
        {.first_half = args.split,
         .boundary = args.share_boundary ? ra::boundary_model::in_both_halves : ra::boundary_model::in_first_half});
    std::vector<ra::uncertain_point> uncertain;
    for (const model& m : models.fitted) {
        if (m.uncertain) uncertain.push_back(*m.uncertain);
    }
    const further_tests tests =
        program::make_further_tests(x, y, uncertain, halves, ra::random_seed{args.seed}, args.replicates);
    if (args.json_file != "-") {
        print_report(models, halves, tests);
        print_further_tests(tests);
    }
    if (!args.json_file.empty()) program::write_json(args.json_file, to_json(models, halves, tests, args));
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
