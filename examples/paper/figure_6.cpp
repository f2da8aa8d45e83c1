// Section "Fig. 6 and Table 1": what is left to gain in classes whose labels are ambiguous?
#include "paper.hpp"

#include <reassess/metric/class_curves.hpp>
#include <reassess/report/text.hpp>
#include <reassess/statistics/summary.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

namespace paper {

namespace {

/// The classes that Table 1 names as occurring together with its own: their indices are the ranks of their wnids.
const std::map<std::string_view, ra::class_index> co_occurring{
    {"monitor", 664}, {"keyboard", 508}, {"german shepherd", 235}, {"holster", 597}, {"car wheel", 479},
    {"grille", 581},  {"zucchini", 939}, {"bell pepper", 945},     {"chain", 488},   {"sweatshirt", 841}};

const model* find_model(const inputs& in, const std::string& name)
{
    if (!in.images || !in.simulated.empty()) return nullptr;
    for (const model& m : in.images->models) {
        if (m.name == name) return &m;
    }
    return nullptr;
}

report::number printed_only(const std::string& id, const std::string& what, double printed)
{
    report::number n{.id = id, .what = what};
    n.published = report::printed{printed, 1};
    n.unit = "%";
    return n;
}

void add_table_1(const inputs& in, report::section& section)
{
    const ra::io::table& facts = in.table_1;
    const bool real = in.images && in.simulated.empty();
    const std::vector<std::string> released{"vgg16", "alexnet", "resnet50", "nasnetalarge", "pnasnet5large"};
    std::vector<const model*> models;
    std::vector<std::string> names;
    for (const std::string& name : released) {
        if (const model* m = find_model(in, name)) models.push_back(m);
        if (find_model(in, name)) names.push_back(name);
    }

    report::table table{.id = "table-1", .title = "Table 1: classes with ambiguous labels"};
    table.caption =
        "Accuracy in percent over the images whose original label is the class and in their set. Printed are the "
        "oracle, "
        "two strong models and VGG16, whose predictions are not released; computed are the oracle of the released "
        "labels and the released models.";
    table.columns = {"class", "oracle", "strong model 1", "strong model 2", "VGG16"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != "vgg16") table.columns.push_back(names[i]);
    }
    report::table together{.id = "table-1-together", .title = "Table 1: classes that occur together"};
    together.caption = "Of the same images, the share that also carries the other class, in percent.";
    together.columns = {"class", "together with", "share"};
    const auto oracle_printed = facts.numbers("oracle"), strong_1 = facts.numbers("strong_model_1"),
               strong_2 = facts.numbers("strong_model_2"), vgg16 = facts.numbers("vgg16"),
               indices = facts.numbers("class_index");
    const std::vector<ra::class_oracle> oracle = real ? in.images->targets.oracle() : std::vector<ra::class_oracle>();
    for (std::size_t row = 0; row < facts.rows(); ++row) {
        const std::string name(facts.text(row, facts.column("class_name")));
        const std::string id = "table1." + id_part(name) + ".";
        const auto c = static_cast<ra::class_index>(indices[row]);
        report::number of_oracle = printed_only(id + "oracle", name + ": oracle", oracle_printed[row]);
        if (real) {
            const ra::class_oracle& of_class = oracle.at(static_cast<std::size_t>(c));
            if (of_class.accuracy) of_oracle.value = 100 * *of_class.accuracy;
            if (of_oracle.difference() && !of_oracle.agrees())
                of_oracle.note = "The released labels differ a little from those that Table 1 was made of.";
        }
        std::vector<report::cell> cells{name, of_oracle,
                                        printed_only(id + "strong_model_1", name + ": strong model 1", strong_1[row]),
                                        printed_only(id + "strong_model_2", name + ": strong model 2", strong_2[row])};
        const model* const vgg = find_model(in, "vgg16");
        cells.push_back(vgg ? report::percentage(id + "vgg16", name + ": VGG16",
                                                 vgg->evaluation.confirmed_class_accuracy(c),
                                                 report::printed{vgg16[row], 1},
                                                 "Another VGG16 than the paper's, with weights of its own.")
                            : printed_only(id + "vgg16", name + ": VGG16", vgg16[row]));
        for (const model* m : models) {
            if (m == vgg) continue;
            cells.push_back(report::percentage(id + id_part(m->name), name + ": " + m->name,
                                               m->evaluation.confirmed_class_accuracy(c)));
        }
        for (report::cell& cell : cells) {
            if (cell.value) cell.value->digits = 1;
        }
        table.rows.push_back(std::move(cells));

        const std::vector<ra::co_occurrence> pairs =
            real ? in.images->targets.co_occurrences(c) : std::vector<ra::co_occurrence>();
        for (const char* const place : {"1", "2"}) {
            const std::string other(facts.text(row, facts.column(std::string("cooccurring_") + place)));
            const report::printed share{facts.numbers(std::string("percent_") + place)[row], 0};
            const auto known = co_occurring.find(other);
            if (known == co_occurring.end())
                throw ra::io::file_error(facts.path().string() + ": the index of the class \"" + other +
                                         "\" is not known");
            report::number n{.id = id + "together." + id_part(other), .what = name + " together with " + other};
            const auto found = std::find_if(pairs.begin(), pairs.end(),
                                            [&](const ra::co_occurrence& pair) { return pair.other == known->second; });
            if (found != pairs.end()) n = report::percentage(n.id, n.what, found->images);
            n.published = share;
            n.digits = 1;
            n.unit = "%";
            together.rows.push_back({name, other, std::move(n)});
        }
    }
    section.tables.push_back(std::move(table));
    section.tables.push_back(std::move(together));
}

}  // namespace

report::section figure_6(const inputs& in)
{
    report::section section{.id = "figure-6", .title = "Fig. 6 and Table 1: ambiguous classes", .notice = in.simulated};
    section.text = {
        "The unbiased oracle picks uniformly from the label set; on a class its expected accuracy is the mean of 1 / "
        "(number of labels) over the images whose original label is the class and in their set. A class is ambiguous "
        "where that is below 90 %; animals are left out. A model's accuracy of a class is over the same images. Over "
        "the ambiguous classes the accuracies of each are sorted on their own; a model dominates where its curve is at "
        "or above the oracle's everywhere, which would say that it has learnt how the labels were chosen."};
    section.definitions = {"oracle", "ambiguous", "class_curves", "together"};
    const bool real = in.simulated.empty();
    if (in.images) {
        const ra::label_summary& targets = in.images->targets;
        const std::vector<ra::class_index> classes =
            targets.ambiguous_classes({.excluded_classes = in.images->animals});
        section.numbers.push_back(
            report::count("figure6.oracle_images", "images whose label is in their set", targets.oracle_images()));
        section.numbers.push_back(report::count("figure6.classes_below_90", "classes with an oracle below 90 %",
                                                targets.ambiguous_classes().size()));
        report::number ambiguous =
            report::count("figure6.ambiguous_classes", "of these, no animals: ambiguous classes", classes.size());
        if (real) {
            ambiguous.published = report::printed{253, 0};
            ambiguous.note =
                "One class fewer: oracle accuracies of the released labels differ a little from Table 1's, "
                "and a class close to 90 % can fall on the other side.";
        }
        section.numbers.push_back(ambiguous);
        report::number mean = real_number("figure6.mean_oracle_all_classes", "mean oracle accuracy over all classes",
                                          targets.mean_oracle_accuracy().value, 2);
        if (mean.value) *mean.value *= 100;
        mean.unit = "%";
        section.numbers.push_back(mean);

        report::table table{.id = "table-figure-6", .title = "Models against the oracle over the ambiguous classes"};
        table.caption = "Mean accuracy over the " + std::to_string(classes.size()) +
                        " ambiguous classes, in percent, and at how many places of the sorted curves the model is at "
                        "or above the oracle.";
        table.columns = {"model", "mean class accuracy", "places at or above the oracle", "dominates the oracle"};
        report::figure figure{.id = "figure-6-curves", .title = "Sorted class accuracies"};
        figure.caption = "Over the " + std::to_string(classes.size()) +
                         " ambiguous classes that are not animals; each curve is sorted on its own. Of each class the "
                         "images count whose original label is the class and in their set.";
        figure.plot.x = {.label = "place of the class",
                         .range = ra::interval{0, 1 + static_cast<double>(classes.size())}};
        figure.plot.y = {.label = "accuracy (%)", .range = ra::interval{0, 100}};
        figure.plot.key = report::key_place::below;
        figure.plot.height = 420;
        const auto add_curve = [&](const std::string& name, const std::vector<double>& accuracies, std::size_t colour) {
            report::series curve{.title = name, .kind = report::series_kind::line, .colour = colour};
            for (std::size_t i = 0; i < accuracies.size(); ++i) {
                curve.x.push_back(static_cast<double>(i + 1));
                curve.y.push_back(100 * accuracies[i]);
            }
            if (!curve.x.empty()) figure.plot.series.push_back(std::move(curve));
        };
        // Drawn are the weakest, the strongest and two between; the table has them all.
        const std::size_t count = in.images->models.size();
        std::size_t colour = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const model& m = in.images->models[i];
            const ra::class_curves curves = ra::sorted_class_curves(targets, m.evaluation, classes);
            if (curves.oracle.empty()) break;
            if (i == 0) {
                report::number oracle_mean =
                    real_number("figure6.oracle_mean", "mean oracle accuracy over the ambiguous classes",
                                100 * ra::summarise_values(curves.oracle).mean, 2);
                oracle_mean.unit = "%";
                section.numbers.push_back(oracle_mean);
                add_curve("unbiased oracle", curves.oracle, 6);
            }
            if (i == 0 || i == count / 3 || i == 2 * count / 3 || i + 1 == count)
                add_curve(m.name, curves.model, colour++);
            const std::string id = "figure6." + id_part(m.name) + ".";
            report::number model_mean = real_number(id + "mean", m.name + ": mean class accuracy",
                                                    100 * ra::summarise_values(curves.model).mean, 2);
            report::number places = report::percentage(
                id + "at_or_above_oracle", m.name + ": places at or above the oracle", curves.at_or_above_oracle());
            // Positions of sorted curves are not independent trials.
            places.bounds.reset();
            places.value = static_cast<double>(curves.at_or_above_oracle().hits);
            places.unit.clear();
            places.digits = 0;
            table.rows.push_back({m.name, std::move(model_mean), std::move(places), curves.dominates() ? "yes" : "no"});
        }
        if (!figure.plot.series.empty()) section.figures.push_back(std::move(figure));
        if (!table.rows.empty()) section.tables.push_back(std::move(table));
    }
    add_table_1(in, section);
    return section;
}

}  // namespace paper
