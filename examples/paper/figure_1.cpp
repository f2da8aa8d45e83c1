// Section "Fig. 1": where prediction and original label differ, with whom do the label sets side?
#include "paper.hpp"

#include <reassess/statistics/preference_test.hpp>

#include <algorithm>

namespace paper {

std::optional<report::section> figure_1(const inputs& in)
{
    if (!in.images || in.images->models.empty()) return std::nullopt;
    const std::vector<model>& models = in.images->models;
    std::vector<ra::preference_point> points;
    for (const model& m : models) points.push_back({m.evaluation.top_k(1).value(), m.evaluation.preference().ratio()});
    const ra::preferences_result result = ra::preference_over_models(points);

    report::section section{
        .id = "figure-1", .title = "Fig. 1: are models preferred to the original labels?", .notice = in.simulated};
    section.text = {
        "Over the images whose prediction is not the original label: of those where exactly one of the two is in the "
        "label set, the share where it is the prediction. Above one half, people side with the model. Images where "
        "both are in the set or neither is do not count; models are in order of original accuracy; intervals are "
        "Wilson's, "
        "and p is that of the exact sign test (mid-p) against one half."};
    section.definitions = {"preference", "original", "wilson"};
    const auto name_of = [&](const std::optional<std::size_t>& place) {
        return place ? models[result.models[*place].model].name : std::string("none of these models");
    };
    std::uint64_t above = 0;
    for (const ra::preference_result& one : result.models) above += 2 * one.ratio.hits > one.ratio.total;
    report::number first = report::count("figure1.models_above_half", "models preferred to the labels", above);
    first.note = "First above one half: " + name_of(result.first_above_half) +
                 "; first whose whole interval is: " + name_of(result.first_clearly_above_half) + ".";
    if (in.simulated.empty() && above == 0) {
        first.note +=
            " The paper's best models are preferred; their predictions are not released, and the released models are "
            "older than they.";
    }
    section.numbers.push_back(first);

    report::figure figure{.id = "figure-1-preference", .title = "Preference by model"};
    figure.caption =
        "Models from the lowest original accuracy (top) to the highest (bottom). Share of images on which the label "
        "set has the prediction alone, of those on which it has either alone; bars are 95 % intervals. The dashed line "
        "is one half.";
    report::plot& plot = figure.plot;
    plot.x = {.label = "prediction preferred to original label (%)"};
    plot.lines.push_back({.x = 50});
    report::series series;
    report::table table{.id = "table-figure-1", .title = "Preference by model"};
    table.caption =
        "In order of original accuracy. Preference and accuracy in percent with 95 % intervals; the last four columns "
        "are images whose prediction is not the original label.";
    table.columns = {"model",
                     "original accuracy",
                     "ReaL accuracy",
                     "preference",
                     "log10 p, one half",
                     "prediction alone",
                     "label alone",
                     "both",
                     "neither"};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < result.models.size(); ++i) {
        const ra::preference_result& one = result.models[i];
        const model& m = models[one.model];
        const std::string id = "models." + id_part(m.name) + ".";
        const ra::preference_counts counts = m.evaluation.preference();
        report::number log_p =
            real_number(id + "preference_log10_p", "log10 of p against one half",
                        one.test.without_trials ? std::nullopt : std::optional(one.test.log10_mid_p_value), 1);
        table.rows.push_back(
            {m.name, report::percentage(id + "original", m.name + ": original accuracy", m.evaluation.top_k(1)),
             report::percentage(id + "real", m.name + ": ReaL accuracy", m.evaluation.real(1)),
             report::percentage(id + "preference", m.name + ": preferred to the original label", one.ratio), log_p,
             report::count(id + "model_preferred", "prediction alone in the set", counts.model_preferred),
             report::count(id + "label_preferred", "original label alone in the set", counts.label_preferred),
             report::count(id + "both_correct", "both in the set", counts.both_correct),
             report::count(id + "both_wrong", "neither in the set", counts.both_wrong)});
        if (!one.bounds) continue;
        names.push_back(m.name);
        series.x.push_back(100 * one.ratio.value());
        series.bounds.push_back({100 * one.bounds->lower, 100 * one.bounds->upper});
    }
    // The first model on top.
    for (std::size_t i = 0; i < names.size(); ++i) series.y.push_back(static_cast<double>(names.size() - i));
    plot.y.categories.assign(names.rbegin(), names.rend());
    plot.height = 110 + 22 * names.size();
    // One half is seen whatever the models do.
    double most = 60;
    for (const ra::interval& bounds : series.bounds) most = std::max(most, bounds.upper);
    plot.x.range = ra::interval{0, std::min(100.0, most + 2)};
    if (!series.x.empty()) {
        plot.series.push_back(std::move(series));
        section.figures.push_back(std::move(figure));
    }
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace paper
