// Section "Tables 2 and 4, Fig. 8": what is a training recipe worth?
#include "paper.hpp"

#include <reassess/report/text.hpp>
#include <reassess/statistics/runs.hpp>

#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace paper {

namespace {

/// A row of Table 4.
struct recipe_result {
    std::string model{};
    std::string loss{};
    std::string training_set{};
    std::string epochs{};
    std::string metric{};
    double median = 0;
    /// As printed; the baseline's own cells have none.
    std::optional<double> printed_difference{};

    [[nodiscard]] std::string recipe() const { return loss + ", " + training_set; }
};

std::vector<recipe_result> read_recipes(const ra::io::table& table)
{
    const std::vector<double> medians = table.numbers("median_of_three_runs");
    std::vector<recipe_result> rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto text = [&](const char* column) { return std::string(table.text(row, table.column(column))); };
        recipe_result one{
            text("model"), text("loss"), text("training_set"), text("epochs"), text("metric"), medians[row], {}};
        const std::string printed = text("printed_difference_from_baseline");
        if (!printed.empty()) {
            one.printed_difference = ra::detail::strict_number(printed);
            if (!one.printed_difference)
                throw ra::io::file_error(table.path().string() + ": line " + std::to_string(table.line(row)) + ": \"" +
                                         printed + "\" is not a valid difference");
        }
        rows.push_back(std::move(one));
    }
    return rows;
}

/// Differences from the recipe called `baseline` among cells whose names these two functions give.
template <class Recipe, class Metric>
std::vector<ra::run_comparison> compare(const std::vector<recipe_result>& rows, const std::string& baseline,
                                        Recipe recipe, Metric metric)
{
    std::vector<ra::run_cell> cells;
    for (const recipe_result& row : rows) cells.push_back({recipe(row), metric(row), {row.median}});
    return ra::compare_runs(cells, baseline, ra::random_seed{seed});
}

std::string metric_name(const std::string& metric)
{
    return metric == "real" ? "ReaL accuracy" : "original accuracy";
}

/// The paper's conclusions from Table 4, compared with its medians.
void check_conclusions(const std::vector<recipe_result>& rows, report::section& section)
{
    const auto of_same_length = compare(
        rows, "softmax, all", [](const recipe_result& r) { return r.recipe(); },
        [](const recipe_result& r) { return r.model + ", " + metric_name(r.metric) + ", " + r.epochs + " epochs"; });
    std::map<std::string, std::map<std::string, double>> gain_of;  // by model, metric, epochs; then by recipe
    for (const ra::run_comparison& one : of_same_length) gain_of[one.metric][one.recipe] = one.difference.value_or(0);
    // Tenths have no exact binary representation; the difference of equal ones must be 0.
    constexpr double tolerance = 1e-9;
    std::string worse, tied;
    std::uint64_t better_cells = 0, cells = 0, best = 0;
    for (const auto& entry : gain_of) {
        const auto& gains = entry.second;
        const double both = gains.at("sigmoid, clean");
        for (const char* const single : {"sigmoid, all", "softmax, clean"}) {
            ++cells;
            better_cells += gains.at(single) > tolerance;
            if (gains.at(single) <= tolerance) worse += (worse.empty() ? "" : "; ") + entry.first + ", " + single;
        }
        const double other = std::max(gains.at("sigmoid, all"), gains.at("softmax, clean"));
        best += both > other + tolerance;
        if (both <= other + tolerance) tied += (tied.empty() ? "" : "; ") + entry.first;
    }
    report::number single = report::count(
        "table4.single_better",
        "cells in which the sigmoid loss or clean labels alone beat softmax on all labels of as many epochs",
        better_cells);
    single.note = "Of " + std::to_string(cells) + "." + (worse.empty() ? "" : " Not in: " + worse + ".");
    section.numbers.push_back(single);
    report::number combined = report::count(
        "table4.both_best", "model, metric and epochs for which both together are better than either alone", best);
    combined.note = "Of " + std::to_string(gain_of.size()) + "." + (tied.empty() ? "" : " Not for: " + tied + ".");
    section.numbers.push_back(combined);

    // Against the 90-epoch baseline, as the table prints them.
    std::string below;
    std::uint64_t below_cells = 0;
    for (const recipe_result& row : rows) {
        if (row.recipe() == "softmax, all" || !row.printed_difference || *row.printed_difference >= 0) continue;
        ++below_cells;
        below += (below.empty() ? "" : "; ") + row.model + ", " + row.recipe() + ", " + row.epochs + " epochs, " +
                 metric_name(row.metric);
    }
    report::number under =
        report::count("table4.below_baseline",
                      "cells with the sigmoid loss or clean labels below the 90-epoch baseline", below_cells);
    under.note = below.empty() ? "" : "They are: " + below + ".";
    section.numbers.push_back(under);
}

}  // namespace

report::section tables_2_and_4(const inputs& in)
{
    const std::vector<recipe_result> rows = read_recipes(in.table_4);
    const auto compared = compare(
        rows, "softmax, all, 90", [](const recipe_result& r) { return r.recipe() + ", " + r.epochs; },
        [](const recipe_result& r) { return r.model + " " + r.metric; });

    report::section section{.id = "table-4-section", .title = "Tables 2 and 4, Fig. 8: sigmoid loss and clean labels"};
    section.text = {
        "Medians of three runs as Table 4 prints them, in percent, and their differences from the median of softmax on "
        "all labels for 90 epochs, of the same model and metric. Three runs do not say how much runs differ, so there "
        "are not intervals. Table 2 is the part of Table 4 on ResNet-50 and original accuracy.",
        "Slips of the printed tables: the baseline's own cells carry a \"(+9.9)\", a leftover that means nothing and "
        "is not shown here; all other printed differences follow from the medians. The counts below say in how many of "
        "the cases either measure improves on the baseline, and in how many both together are best."};
    section.definitions = {"runs"};
    std::uint64_t printed = 0, agreeing = 0;
    report::table table_2{.id = "table-2", .title = "Table 2: ResNet-50, original accuracy"};
    report::table table_4{.id = "table-4", .title = "Table 4: all models, both metrics"};
    table_2.caption = table_4.caption =
        "Median of three runs in percent; difference from softmax on all labels for 90 epochs, in points.";
    table_2.columns = {"loss", "training labels", "epochs", "median", "difference"};
    table_4.columns = {"model", "loss", "training labels", "epochs", "metric", "median", "difference"};
    std::map<std::pair<std::string, std::string>, report::figure> figures;
    std::map<std::tuple<std::string, std::string, std::string>, report::series> lines;
    const std::array<const char*, 4> recipes{"softmax, all", "sigmoid, all", "softmax, clean", "sigmoid, clean"};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const recipe_result& row = rows[i];
        const std::string id = "table4." + id_part(row.model) + "." + row.loss + "." + row.training_set + "." +
                               row.epochs + "." + row.metric;
        const std::string what =
            row.model + ", " + row.recipe() + ", " + row.epochs + " epochs, " + metric_name(row.metric);
        report::number median = real_number(id + ".median", what + ": median", compared[i].median, 1);
        report::number difference =
            real_number(id + ".difference", what + ": difference from the baseline", compared[i].difference, 1);
        if (row.printed_difference) difference.published = report::printed{*row.printed_difference, 1};
        printed += row.printed_difference.has_value();
        agreeing += difference.agrees();
        const bool in_table_2 = row.model == "ResNet-50" && row.metric == "original";
        report::cell difference_cell = compared[i].difference ? report::cell(difference) : report::cell("baseline");
        table_4.rows.push_back(
            {row.model, row.loss, row.training_set, row.epochs, metric_name(row.metric), median, difference_cell});
        if (in_table_2) {
            // The same numbers as in Table 4, so without ids of their own.
            report::number median_2 = median, difference_2 = difference;
            median_2.id = difference_2.id = "";
            table_2.rows.push_back({row.loss, row.training_set, row.epochs, median_2,
                                    compared[i].difference ? report::cell(difference_2) : report::cell("baseline")});
        }
        double epochs = 0;
        std::from_chars(row.epochs.data(), row.epochs.data() + row.epochs.size(), epochs);
        report::series& line = lines[{row.metric, row.model, row.recipe()}];
        line.x.push_back(epochs);
        line.y.push_back(row.median);
    }
    section.numbers.push_back(report::count("table4.printed_differences", "differences that Table 4 prints", printed));
    section.numbers.push_back(
        report::count("table4.agreeing_differences", "of these, those that follow from the medians", agreeing));
    check_conclusions(rows, section);

    for (const char* const metric : {"original", "real"}) {
        for (const char* const model : {"ResNet-50", "ResNet-101", "ResNet-152"}) {
            report::figure figure{.id = "figure-8-" + std::string(metric) + "-" + id_part(model),
                                  .title = "Fig. 8: " + std::string(model) + ", " + metric_name(metric)};
            figure.caption = "Medians of three runs by epochs of training, as Table 4 prints them.";
            figure.plot.x = {
                .label = "epochs", .range = ra::interval{80, 1020}, .logarithmic = true, .ticks = {90, 270, 900}};
            figure.plot.y = {.label = metric_name(metric) + " (%)"};
            figure.plot.key = report::key_place::below;
            for (std::size_t r = 0; r < recipes.size(); ++r) {
                const auto line = lines.find({metric, model, recipes[r]});
                if (line == lines.end()) continue;
                line->second.title = recipes[r];
                line->second.kind = report::series_kind::points_and_line;
                line->second.colour = r;
                figure.plot.series.push_back(line->second);
            }
            if (!figure.plot.series.empty()) section.figures.push_back(std::move(figure));
        }
    }
    section.tables.push_back(std::move(table_2));
    section.tables.push_back(std::move(table_4));
    return section;
}

}  // namespace paper
