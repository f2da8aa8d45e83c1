// Section "Fig. 4": has progress on the original labels stopped carrying over?
#include "slopes.hpp"

#include <reassess/report/text.hpp>
#include <reassess/statistics/errors_in_variables.hpp>

#include <algorithm>
#include <utility>

namespace paper {

namespace {

/// The row of Table 5 that is the original labels themselves.
double labels_of_table_5(const inputs& in)
{
    const ra::io::table& table = in.table_5;
    const std::vector<double> real = table.numbers("real_accuracy");
    for (std::size_t row = 0; row < table.rows(); ++row) {
        if (table.text(row, table.column("pool")) == "labels") return real[row];
    }
    throw ra::io::file_error(table.path().string() + ": no row has the pool \"labels\"");
}

pool_of_models released_models(const validation_set& images, bool real)
{
    pool_of_models pool{.id = "released", .name = real ? "The released models" : "Simulated models"};
    for (const model& m : images.models) {
        const ra::proportion original = m.evaluation.top_k(1), by_real = m.evaluation.real(1);
        pool.models.push_back({m.name, 100 * original.value(), 100 * by_real.value()});
        pool.uncertain.push_back(ra::in_percent(ra::uncertain_accuracies(original, by_real, m.joint)));
    }
    return pool;
}

}  // namespace

report::section figure_4(const inputs& in, const std::optional<analysed_pool>& timm)
{
    report::section section{.id = "figure-4", .title = "Fig. 4: is progress on the original labels still progress?"};
    section.text = {
        "ReaL accuracy on original accuracy. Models in order of original accuracy, then ReaL accuracy, then input; the "
        "first half is half of them, rounded down. A least-squares line goes through each half, and a Z-test asks "
        "whether their slopes differ: z = (b1 - b2) / sqrt(se1^2 + se2^2).",
        "The paper prints slopes of 0.86 and 0.51 and p < 0.001. Its caption names the models of Table 5. All 30 of "
        "them give other slopes; the 22 that are models of Table 3 or the three later ones give 0.86 and 0.50; and the "
        "same 22 with the model at the boundary in both halves print as the paper does (its halves then share a model, "
        "so the p-value does not strictly apply)."};
    section.definitions = {"original", "real", "halves", "slope_test"};
    const double labels_table_5 = labels_of_table_5(in);
    const report::printed first{0.86, 2}, second{0.51, 2};

    std::vector<analysed_pool> pools;
    const auto add_analysed = [&](std::optional<analysed_pool> analysed, const std::string& name, double labels_real,
                                  const std::string& labels_name) {
        if (!analysed) {
            section.text.push_back(name + ": too few models for a line through each half.");
            return;
        }
        section.figures.push_back(draw_halves(*analysed, labels_real, labels_name));
        pools.push_back(std::move(*analysed));
    };
    const auto add = [&](pool_of_models pool, double labels_real, const std::string& labels_name) {
        if (pool.models.empty()) return;
        const std::string name = pool.name;
        add_analysed(analyse(std::move(pool)), name, labels_real, labels_name);
    };
    const std::string labels_name = "original labels";
    add({.id = "table_5",
         .name = "Table 5, all 30 models",
         .models = table_5_models(in, false),
         .first_slope = first,
         .second_slope = second,
         .note = "The caption names this table, but the figure's pool seems to have been a smaller one."},
        labels_table_5, labels_name);
    add({.id = "table_5_pool",
         .name = "Table 5, the 22 of Table 3 and the later three",
         .models = table_5_models(in, true),
         .first_slope = first,
         .second_slope = second,
         .note = "The second slope rounds to 0.50 here: the halves share no model."},
        labels_table_5, labels_name);
    add({.id = "table_5_shared",
         .name = "The same 22, boundary model in both halves",
         .models = table_5_models(in, true),
         .boundary = ra::boundary_model::in_both_halves,
         .first_slope = first,
         .second_slope = second},
        labels_table_5, labels_name);
    double labels_real = labels_table_5;
    if (in.images) {
        labels_real = 100 * in.images->targets.original_labels_real().value();
        if (!in.simulated.empty()) section.text.push_back("Of the simulated models: " + in.simulated);
        add(released_models(*in.images, in.simulated.empty()), labels_real, labels_name);
    }
    if (!in.timm.empty())
        add_analysed(timm, "timm's results", in.simulated.empty() ? labels_real : labels_table_5, labels_name);

    section.tables.push_back(slopes_table(pools));
    section.tables.push_back(lines_table(pools));
    report::table labels{.id = "table-figure-4-labels", .title = "The original labels as a model"};
    labels.caption =
        "Their ReaL accuracy, how far that is above the second line where original accuracy is 100 %, and how many "
        "models have a higher one.";
    labels.columns = {"models", "ReaL accuracy of the labels", "above the second line", "models above the labels"};
    std::vector<analysed_pool> further;
    for (const analysed_pool& one : pools) {
        const std::string id = "figure4." + one.pool.id + ".", what = one.pool.name + ": ";
        const bool of_table_5 = one.pool.id.starts_with("table_5");
        const double real = of_table_5 ? labels_table_5 : labels_real;
        report::number accuracy = real_number(id + "labels_real", what + "ReaL accuracy of the labels", real, 2);
        const auto above = std::count_if(one.y.begin(), one.y.end(), [&](double y) { return y > real; });
        labels.rows.push_back({one.pool.name, accuracy,
                               real_number(id + "labels_above_second_line", what + "labels above the second line",
                                           ra::residual(one.halves.second, {100, real}), 2),
                               report::count(id + "models_above_labels", what + "models with a higher ReaL accuracy",
                                             static_cast<std::uint64_t>(above))});
        if (one.pool.id != "timm") further.push_back(one);
    }
    section.tables.push_back(std::move(labels));
    section.tables.push_back(further_table("table-figure-4-further", further));
    return section;
}

}  // namespace paper
