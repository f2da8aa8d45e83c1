// Section "Fig. 7": what did people say of the models' mistakes?
#include "paper.hpp"

#include <algorithm>

namespace paper {

std::optional<report::section> figure_7(const inputs& in)
{
    if (in.verdicts.empty()) return std::nullopt;
    report::section section{.id = "figure-7", .title = "Fig. 7: how many mistakes are mistakes?"};
    section.text = {
        "Shares of the verdicts on a model's mistakes by a metric: a clear mistake, not a mistake, or undecidable."};
    if (in.label_error_verdicts > 0) {
        section.text.push_back(
            "The verdicts of the paper's own study are not released. These are of the label-errors study (Northcutt, "
            "Athalye, Mueller 2021), read as verdicts on its model's guess by the majority of five raters: most saw "
            "the given label, a clear mistake; the guessed label, or both, not a mistake; neither, or no majority, "
            "undecidable.");
        section.text.push_back(
            "What differs from the paper's study: the model, a cross-validated one that doubts the label of every "
            "image asked about, where the paper has several models; the metric, the original "
            "labels only, where the paper has mistakes by ReaL labels too; and the question, which of two "
            "labels is seen, where the paper asked whether the prediction is a mistake. So the shares are not the "
            "paper's and have no published value.");
    }
    section.definitions = {"verdict", "wilson"};
    report::table table{.id = "table-figure-7", .title = "Verdicts on mistakes"};
    table.caption = "In percent of the verdicts, with 95 % Wilson intervals.";
    table.columns = {"model", "mistakes by", "verdict", "share", "verdicts"};
    report::figure figure{.id = "figure-7-verdicts", .title = "Verdicts on mistakes"};
    figure.caption = "Shares of the verdicts on each model's mistakes by a metric; bars are 95 % intervals.";
    report::plot& plot = figure.plot;
    plot.x = {.label = "share of the verdicts (%)", .range = ra::interval{0, 100}};
    report::series series;
    const std::vector<ra::verdict_share> shares = ra::tally_verdicts(in.verdicts);
    for (const ra::verdict_share& one : shares) {
        const std::string what = one.model + ", by " + one.metric + ": " + one.verdict;
        report::number n = report::percentage(
            "figure7." + id_part(one.model) + "." + id_part(one.metric) + "." + id_part(one.verdict), what, one.share);
        if (n.value) {
            series.x.push_back(*n.value);
            series.bounds.push_back(*n.bounds);
            plot.y.categories.push_back(what);
        }
        table.rows.push_back({one.model, one.metric, one.verdict, n, std::to_string(one.share.total)});
    }
    for (std::size_t i = 0; i < series.x.size(); ++i) series.y.push_back(static_cast<double>(series.x.size() - i));
    std::reverse(plot.y.categories.begin(), plot.y.categories.end());
    if (shares.size() == 3) plot.y.categories = {ra::undecidable, ra::not_a_mistake, ra::clear_mistake};
    plot.height = 110 + 28 * series.x.size();
    plot.series.push_back(std::move(series));
    section.figures.push_back(std::move(figure));
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace paper
