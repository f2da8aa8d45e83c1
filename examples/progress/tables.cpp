// Text output of `progress`: the lines of both halves, tests of their slopes, further lines and warnings.
#include "progress.hpp"

#include <reassess/reassess.hpp>

#include <cmath>
#include <cstddef>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace progress {

namespace {

using program::number;
using program::number_or_dash;

std::string bounds_text(const ra::interval& ends)
{
    return "[" + number("%.3f", ends.lower) + ", " + number("%.3f", ends.upper) + "]";
}

/// The p-value, or its power of ten where it is small.
std::string p_text(double p_value, double log10_p_value)
{
    return p_value >= 1e-4 ? number("%.4f", p_value) : "10^" + number("%.2f", log10_p_value);
}

/// The paper's test first, then the same question without each of its assumptions, and what all of them say together.
void print_slope_tests(const ra::halves_result& halves, const ra::slope_comparison& tests, const axis_names& names)
{
    std::vector<std::vector<std::string>> table{
        {"difference of the slopes without assuming", "test", "difference", "95 % interval", "two-sided p"}};
    for (const ra::listed_slope_test& test : ra::list_slope_tests(halves, tests)) {
        std::string method = ra::method_text(test);
        if (test.statistic) {
            method += test.method == ra::slope_method::z_test    ? ", z = "
                      : test.method == ra::slope_method::welch_t ? " = "
                                                                 : ", t = ";
            method += number("%.3f", *test.statistic);
        }
        // The row of another scale has its slopes instead, unless it is by family.
        const bool short_row = test.scale != ra::accuracy_scale::linear && test.clusters == 0;
        if (test.degrees_of_freedom && !short_row)
            method += ", " + number("%.1f", *test.degrees_of_freedom) + " degrees of freedom";
        table.push_back({ra::assumption_text(test), std::move(method), number("%.3f", test.slope_difference),
                         test.bounds ? bounds_text(*test.bounds) : "-",
                         !test.p_value        ? "-"
                         : test.log10_p_value ? p_text(*test.p_value, *test.log10_p_value)
                                              : number("%.4f", *test.p_value)});
    }
    program::print_table(table);
    std::cout << "Verdict: " << ra::verdict_text(ra::judge_slopes(tests), halves, names.x, names.y) << '\n';
    if (const auto& c = tests.by_cluster; c && !c->cr2 && !c->wild_bootstrap && !c->bootstrap)
        std::cout << "No test allows for dependence within families (" << c->clusters
                  << " here): each half needs two or more, none of which alone determines its slope.\n";
    const ra::slope_test_result& z = *halves.slope_test;
    if (const auto& t = tests.t_test;
        t && z.p_value < t->p_value / 10 && halves.first.points + halves.second.points < 100)
        std::cout << "With so few models the Z-test's p is too small; read Welch's t.\n";
}

}  // namespace

void print_report(const ra::io::model_table& models, const ra::halves_result& halves, const ra::slope_comparison& tests,
                  const axis_names& names)
{
    std::cout << models.models.size() << " models, in order of " << names.x << "\n\n";
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
        print_slope_tests(halves, tests, names);
    }
    if (!halves.independent())
        std::cout << "The halves share a model, so they are not independent and the p-value does not strictly apply.\n";
    if (halves.tie_at_split)
        std::cout << "Models of the same " << names.x << " are on both sides of the split: they are ordered by "
                  << names.y << ", then by line.\n";
    for (const ra::io::model_point& m : models.references) {
        std::cout << "Not fitted: " << m.name << " (" << number("%.2f", m.x) << ", " << number("%.2f", m.y) << "), "
                  << number("%+.2f", ra::residual(halves.second, {m.x, m.y})) << " from the second line.\n";
    }
}

void print_further_results(const ra::io::model_table& models, const ra::slope_comparison& tests)
{
    std::cout << "\nOther lines, breaks and orders (intervals at 95 %)\n";
    std::vector<std::vector<std::string>> table;
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
    const auto add_break = [&](const std::string& what, const std::optional<ra::break_test_result>& b) {
        if (!b) return;
        table.push_back({what,
                         "best after " + std::to_string(b->split) + " models, x " + number("%.2f", b->x_before) +
                             " to " + number("%.2f", b->x_after),
                         "p = " + number("%.4f", b->p_value)});
    };
    add_break("a break anywhere (largest F, simulated)", tests.break_test);
    add_break("the same with unequal noise", tests.wild_break_test);
    if (tests.by_cluster) add_break("the same with families", tests.by_cluster->break_test);
    if (const auto& h = tests.hinge) {
        table.push_back({"one line with a bend (hinge)",
                         "slopes " + number("%.3f", h->first_slope) + " and " + number("%.3f", h->second_slope),
                         "bend at x " + number("%.2f", h->knot) +
                             (h->knot_interval ? " [" + number("%.2f", h->knot_interval->lower) + ", " +
                                                     number("%.2f", h->knot_interval->upper) + "]"
                                               : "")});
    }
    if (const auto& c = tests.chow) {
        table.push_back({"two lines against one at this split (Chow)", "F = " + number("%.2f", c->f),
                         "p = " + (c->p_value > 0 ? p_text(c->p_value, std::log10(c->p_value)) : "below 10^-300")});
    }
    if (const auto& a = tests.agreement) {
        table.push_back({"order of the models on both axes", "Kendall's tau " + number("%.3f", a->kendall.correlation),
                         program::with_commas(a->pairs.discordant) + " pairs change places"});
    }
    program::print_table(table);
    if (const auto& d = tests.diagnostics) {
        const double models_count = static_cast<double>(models.models.size());
        if (d->lag_1_autocorrelation && *d->lag_1_autocorrelation > 2 / std::sqrt(models_count)) {
            std::cout << "Warning: residuals of one line through all models are correlated along x (lag 1: "
                      << number("%.2f", *d->lag_1_autocorrelation) << ", Durbin-Watson "
                      << number("%.2f", *d->durbin_watson) << "): the line is not straight, or models are dependent.\n";
        }
        if (d->largest_leverage > 6 / models_count) {
            std::cout << "Warning: " << models.models[d->largest_leverage_point].name << " has a leverage of "
                      << number("%.2f", d->largest_leverage) << ", "
                      << number("%.1f", d->largest_leverage * models_count / 2)
                      << " times the mean; see the result without it.\n";
        }
    }
}

}  // namespace progress
