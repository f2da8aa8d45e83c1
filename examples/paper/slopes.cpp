// Tables and figures of Fig. 4's question, for any table of models.
#include "slopes.hpp"

#include <reassess/report/text.hpp>
#include <reassess/statistics/line_inference.hpp>
#include <reassess/statistics/linear_regression.hpp>
#include <reassess/statistics/model_family.hpp>
#include <reassess/statistics/slope_test_list.hpp>

#include <cmath>
#include <span>
#include <utility>

namespace paper {

namespace {

report::number with_bounds(report::number n, std::optional<ra::interval> bounds)
{
    n.bounds = bounds;
    return n;
}

std::optional<ra::interval> slope_bounds(const ra::linear_fit& fit)
{
    const auto slope = ra::if_defined([&] { return ra::slope_inference(fit); });
    return slope ? std::optional(slope->bounds) : std::nullopt;
}

/// A line from the first to the last of a half's models.
report::series line_of(const ra::linear_fit& fit, std::span<const std::size_t> members, std::span<const double> x,
                       std::string title, std::size_t colour)
{
    report::series line{.title = std::move(title), .kind = report::series_kind::line, .colour = colour};
    for (const double at : {x[members.front()], x[members.back()]}) {
        line.x.push_back(at);
        line.y.push_back(fit.predict(at));
    }
    return line;
}

/// A test as part of an id: "hc3", "wild_bootstrap_by_family", "logit".
std::string id_of_test(const ra::listed_slope_test& test)
{
    if (test.scale != ra::accuracy_scale::linear) return test.scale == ra::accuracy_scale::logit ? "logit" : "probit";
    switch (test.method) {
        case ra::slope_method::z_test:
            return "z";
        case ra::slope_method::welch_t:
            return "welch_t";
        case ra::slope_method::hc3:
            return "hc3";
        case ra::slope_method::cr2:
            return "cr2";
        case ra::slope_method::wild_bootstrap:
            return test.clusters == 0 ? "wild_bootstrap" : "wild_bootstrap_by_family";
        case ra::slope_method::models_resampled:
            return "models_resampled";
        default:
            return "families_resampled";
    }
}

}  // namespace

std::optional<analysed_pool> analyse(pool_of_models pool)
{
    return ra::if_defined([&] {
        analysed_pool result;
        result.pool = std::move(pool);
        for (const model_point& model : result.pool.models) {
            result.x.push_back(model.original);
            result.y.push_back(model.real);
        }
        result.halves = ra::compare_halves(result.x, result.y, {.boundary = result.pool.boundary});
        result.tests =
            ra::compare_slopes(ra::par, result.x, result.y, result.pool.uncertain, result.halves, ra::random_seed{seed},
                               {.replicates = replicates, .clusters = result.pool.families});
        return result;
    });
}

std::optional<analysed_pool> analyse_timm(const inputs& in)
{
    if (in.timm.empty()) return std::nullopt;
    std::vector<std::string> families;
    for (const model_point& model : in.timm) families.push_back(ra::family_of_name(model.name));
    return analyse({.id = "timm",
                    .name = "timm's results, " + std::to_string(in.timm.size()) + " models",
                    .models = in.timm,
                    .families = ra::cluster_numbers(families)});
}

report::figure draw_halves(const analysed_pool& analysed, double labels_real, const std::string& labels_name)
{
    const ra::halves_result& halves = analysed.halves;
    report::figure figure{.id = "figure-4-" + id_part(analysed.pool.id), .title = analysed.pool.name};
    figure.caption = "ReaL accuracy (over the images with labels) on original accuracy (over all images), " +
                     std::to_string(analysed.x.size()) +
                     " models. Lines are least squares of the weaker and the stronger half. The diamond is the "
                     "original labels taken as a model, which is not fitted; the dashed line is their ReaL accuracy.";
    report::plot& plot = figure.plot;
    plot.x = {.label = "original accuracy (%)"};
    plot.y = {.label = "ReaL accuracy (%)"};
    plot.key = report::key_place::bottom_right;
    report::series models{.title = "models", .colour = 4};
    models.x = analysed.x;
    models.y = analysed.y;
    const auto slope = [](const char* half, const ra::linear_fit& fit) {
        return std::string(half) + " half, slope " + report::number_text(fit.slope, 2);
    };
    report::series labels{.title = labels_name, .colour = 6};
    labels.x = {100};
    labels.y = {labels_real};
    plot.lines.push_back({.y = labels_real});
    plot.series = {std::move(models),
                   line_of(halves.first, halves.first_models(), analysed.x, slope("first", halves.first), 0),
                   line_of(halves.second, halves.second_models(), analysed.x, slope("second", halves.second), 1),
                   std::move(labels)};
    return figure;
}

report::table slopes_table(const std::vector<analysed_pool>& pools)
{
    report::table table{.id = "table-figure-4-slopes", .title = "Slopes of both halves"};
    table.caption =
        "Points of ReaL accuracy for a point of original accuracy, with 95 % intervals (Student's t for each slope, "
        "the Z-test's for their difference).";
    table.columns = {"models", "", "first half", "second half", "difference", "z", "log10 p"};
    for (const analysed_pool& one : pools) {
        const std::string id = "figure4." + one.pool.id + ".", what = one.pool.name + ": ";
        const ra::halves_result& halves = one.halves;
        const auto slope = [&](const char* half, const ra::linear_fit& fit,
                               const std::optional<report::printed>& printed) {
            report::number n =
                with_bounds(real_number(id + half + "_slope", what + half + " slope", fit.slope, 3), slope_bounds(fit));
            n.published = printed;
            n.note = one.pool.note;
            return n;
        };
        report::number difference = real_number(id + "slope_difference", what + "difference of slopes",
                                                halves.first.slope - halves.second.slope, 3);
        std::optional<double> z, log10_p;
        if (halves.slope_test && !halves.slope_test->without_noise) {
            z = halves.slope_test->z;
            log10_p = halves.slope_test->log10_p_value;
        }
        table.rows.push_back({one.pool.name, report::count(id + "models", what + "models", one.x.size()),
                              slope("first", halves.first, one.pool.first_slope),
                              slope("second", halves.second, one.pool.second_slope),
                              with_bounds(std::move(difference), one.tests.z_interval),
                              real_number(id + "z", what + "z of the slope test", z, 2),
                              real_number(id + "log10_p", what + "log10 of its two-sided p", log10_p, 2)});
    }
    return table;
}

report::table lines_table(const std::vector<analysed_pool>& pools)
{
    report::table table{.id = "table-figure-4-lines", .title = "The lines"};
    table.caption =
        "Least squares; standard errors of slope and intercept, and the share of the variation that the line explains.";
    table.columns = {"models",   "", "from", "to", "standard error of the slope", "intercept", "its standard error",
                     "R squared"};
    for (const analysed_pool& one : pools) {
        const auto add = [&](const char* half, const ra::linear_fit& fit, std::span<const std::size_t> members) {
            const std::string id = "figure4." + one.pool.id + "." + half + "_",
                              what = one.pool.name + ", " + half + " half: ";
            table.rows.push_back(
                {one.pool.name + ", " + half + " half", report::count(id + "models", what + "models", fit.points),
                 real_number(id + "from", what + "lowest original accuracy", one.x[members.front()], 2),
                 real_number(id + "to", what + "highest original accuracy", one.x[members.back()], 2),
                 real_number(id + "slope_standard_error", what + "standard error of the slope",
                             fit.slope_standard_error, 4),
                 real_number(id + "intercept", what + "intercept", fit.intercept, 3),
                 real_number(id + "intercept_standard_error", what + "standard error of the intercept",
                             fit.intercept_standard_error, 3),
                 real_number(id + "r_squared", what + "R squared", fit.r_squared, 4)});
        };
        add("first", one.halves.first, one.halves.first_models());
        add("second", one.halves.second, one.halves.second_models());
    }
    return table;
}

report::table further_table(const std::string& id, const std::vector<analysed_pool>& pools)
{
    report::table table{.id = id, .title = "The same question asked otherwise"};
    table.caption =
        "Difference of slopes by Student's t (right for few models) and by resampling the models (BCa, " +
        std::to_string(replicates) +
        " replicates); slopes of Theil and Sen's lines, which single models do not move, and of lines that know that x "
        "is uncertain too (York's where the counts are known, else Deming's with equal errors); and a break anywhere: "
        "the largest F over all splits, its p by simulation. 95 % intervals.";
    table.columns = {"models",           "by Student's t",    "log10 p, t",         "by resampling",
                     "Theil-Sen, first", "Theil-Sen, second", "x uncertain, first", "x uncertain, second",
                     "break after",      "p of a break"};
    for (const analysed_pool& one : pools) {
        const std::string prefix = "figure4." + one.pool.id + ".", what = one.pool.name + ": ";
        const ra::slope_comparison& tests = one.tests;
        std::vector<report::cell> row{one.pool.name};
        const auto& t = tests.t_test;
        row.push_back(with_bounds(real_number(prefix + "t_difference", what + "difference of slopes by Student's t",
                                              t ? std::optional(t->slope_difference) : std::nullopt, 3),
                                  t ? std::optional(t->bounds) : std::nullopt));
        row.push_back(real_number(prefix + "t_log10_p", what + "log10 of the t-test's p",
                                  t ? std::optional(t->log10_p_value) : std::nullopt, 2));
        const auto& b = tests.bootstrap;
        row.push_back(
            with_bounds(real_number(prefix + "bootstrap_difference", what + "difference of slopes by resampling",
                                    b ? std::optional(b->value) : std::nullopt, 3),
                        b ? std::optional(b->best()) : std::nullopt));
        for (std::size_t half = 0; half < 2; ++half) {
            const std::string name = half == 0 ? "first" : "second";
            const auto& line = tests.halves[half].theil_sen;
            row.push_back(with_bounds(real_number(prefix + name + "_theil_sen", what + name + " slope by Theil and Sen",
                                                  line ? std::optional(line->slope) : std::nullopt, 3),
                                      line ? line->slope_interval : std::nullopt));
        }
        for (std::size_t half = 0; half < 2; ++half) {
            const std::string name = half == 0 ? "first" : "second";
            const auto& york = tests.halves[half].york;
            const auto& deming = tests.halves[half].deming;
            row.push_back(real_number(prefix + name + "_uncertain_x", what + name + " slope where x is uncertain too",
                                      york     ? std::optional(york->slope)
                                      : deming ? std::optional(deming->slope)
                                               : std::nullopt,
                                      3));
        }
        const auto& gap = tests.break_test;
        report::number after = real_number(prefix + "break_after", what + "original accuracy after which lines break",
                                           gap ? std::optional(gap->x_before) : std::nullopt, 2);
        after.unit = "%";
        row.push_back(std::move(after));
        row.push_back(real_number(prefix + "break_p", what + "p of a break",
                                  gap ? std::optional(gap->p_value) : std::nullopt, 4));
        table.rows.push_back(std::move(row));
    }
    return table;
}

report::table assumptions_table(const std::string& id, const std::string& prefix, const analysed_pool& analysed)
{
    report::table table{.id = id, .title = "The same question under other assumptions"};
    table.caption =
        "Difference of the slopes: the paper's Z-test first, then the same question without each of its assumptions. "
        "Families are the letters that the models' names begin with; bootstraps have " +
        std::to_string(replicates) +
        " replicates. 95 % intervals, two-sided p-values; on the logit and probit scales "
        "the difference is one of slopes on that scale.";
    table.columns = {"without assuming", "test", "difference", "z or t", "degrees of freedom", "log10 p"};
    for (const ra::listed_slope_test& test : ra::list_slope_tests(analysed.halves, analysed.tests)) {
        const std::string method = ra::method_text(test), number_id = prefix + id_of_test(test) + ".";
        const auto log10_p = test.log10_p_value ? test.log10_p_value
                             : test.p_value     ? std::optional(std::log10(*test.p_value))
                                                : std::nullopt;
        table.rows.push_back(
            {ra::assumption_text(test), method,
             with_bounds(
                 real_number(number_id + "difference", method + ": difference of slopes", test.slope_difference, 3),
                 test.bounds),
             real_number(number_id + "statistic", method + ": z or t", test.statistic, 2),
             real_number(number_id + "degrees_of_freedom", method + ": degrees of freedom", test.degrees_of_freedom, 1),
             real_number(number_id + "log10_p", method + ": log10 of the two-sided p", log10_p, 2)});
    }
    return table;
}

}  // namespace paper
