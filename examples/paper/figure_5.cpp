// Section "Fig. 5": are second and third predictions meaningful?
#include "paper.hpp"

#include <reassess/statistics/correlation.hpp>
#include <reassess/statistics/if_defined.hpp>

#include <algorithm>

namespace paper {

std::optional<report::section> figure_5(const inputs& in)
{
    if (!in.images || in.images->models.empty()) return std::nullopt;
    const std::vector<model>& models = in.images->models;
    std::size_t depth = 3;
    for (const model& m : models) depth = std::min(depth, m.evaluation.depth());
    report::section section{
        .id = "figure-5", .title = "Fig. 5: are second and third predictions right?", .notice = in.simulated};
    section.text = {
        "ReaL accuracy of the k-th prediction: the share of images whose label set has it. Over the images with at "
        "least k labels it goes with the first prediction's accuracy, which is the paper's \"striking correlation\"; "
        "over all images with labels it falls, because a better model puts the only label first and has nothing left. "
        "Chance is the mean number of labels of the same images over the number of classes. Correlations are Pearson's "
        "over models, "
        "with Fisher's interval."};
    section.definitions = {"kth", "chance"};

    report::table table{.id = "table-figure-5", .title = "ReaL accuracy of the k-th prediction"};
    table.caption = "In percent, with 95 % intervals; in order of original accuracy.";
    table.columns = {"model", "k = 1"};
    for (const model& m : models) {
        table.rows.push_back({m.name, report::percentage("figure5." + id_part(m.name) + ".first",
                                                         m.name + ": first prediction", m.evaluation.real(1))});
    }
    for (std::size_t k = 2; k <= depth; ++k) {
        const std::string order = k == 2 ? "second" : "third", ks = std::to_string(k);
        const auto add = [&](const std::string& reading, const std::string& images, const std::string& file_part,
                             auto share_of, ra::proportion chance) {
            report::figure figure{.id = "figure-5-" + order + "-" + file_part,
                                  .title = "The " + order + " prediction, over " + images};
            figure.caption = "ReaL accuracy of the " + order + " prediction, over " + images +
                             ", on that of the first, "
                             "over all images with labels. Each point is a model, bars are 95 % intervals; the dashed "
                             "line is chance.";
            report::series series{.colour = k - 2};
            table.columns.push_back("k = " + ks + ", " + images);
            std::vector<double> first, kth;
            for (std::size_t i = 0; i < models.size(); ++i) {
                const ra::proportion share = share_of(models[i].evaluation, k);
                report::number n =
                    report::percentage("figure5." + id_part(models[i].name) + "." + order + "_" + reading,
                                       models[i].name + ": " + order + " prediction over " + images, share);
                if (n.value) {
                    first.push_back(100 * models[i].evaluation.real(1).value());
                    kth.push_back(*n.value);
                    series.bounds.push_back(*n.bounds);
                }
                table.rows[i].push_back(std::move(n));
            }
            const auto correlation = ra::if_defined([&] { return ra::pearson_correlation(first, kth); });
            report::number r = real_number("figure5." + order + "_" + reading + ".correlation",
                                           "correlation of the " + order + " prediction with the first, over " + images,
                                           correlation ? std::optional(correlation->correlation) : std::nullopt, 3);
            if (correlation) r.bounds = correlation->bounds;
            section.numbers.push_back(std::move(r));
            report::number guess =
                real_number("figure5." + order + "_" + reading + ".chance",
                            "chance of the " + order + " prediction, over " + images,
                            chance.total == 0 ? std::nullopt : std::optional(100 * chance.value()), 3);
            guess.unit = "%";
            guess.counts = chance;
            section.numbers.push_back(guess);
            if (first.empty()) return;
            series.x = std::move(first);
            series.y = std::move(kth);
            figure.plot.x = {.label = "ReaL accuracy of the first prediction (%)"};
            figure.plot.y = {.label = "of the " + order + " prediction (%)"};
            const double most = *std::max_element(series.y.begin(), series.y.end());
            figure.plot.y.range = ra::interval{0, 1.25 * most};
            if (guess.value) figure.plot.lines.push_back({.y = *guess.value, .label = "chance"});
            figure.plot.series.push_back(std::move(series));
            section.figures.push_back(std::move(figure));
        };
        add(
            "where_enough_labels", "images with at least " + ks + " labels", "enough-labels",
            [](const ra::evaluation<>& e, std::size_t n) { return e.real_kth_where_enough_labels(n); },
            in.images->targets.chance(k));
        add(
            "over_all_judged", "all images with labels", "all-judged",
            [](const ra::evaluation<>& e, std::size_t n) { return e.real_kth(n); }, in.images->targets.chance());
    }
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace paper
