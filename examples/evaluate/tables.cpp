// What the program `evaluate` prints.
#include "evaluate.hpp"

#include <reassess/metric/class_scores.hpp>
#include <reassess/metric/group_scores.hpp>
#include <reassess/metric/mistake_sample.hpp>
#include <reassess/metric/selective_prediction.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/model_agreement.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <span>

namespace evaluate {

namespace {

using program::percent;
using program::percent_with_interval;
using program::with_commas;
using ra::io::evaluated_model;

using rows = std::vector<std::vector<std::string>>;

/// "a", .. "z", "aa", ..
std::string group_letter(std::size_t group)
{
    std::string letters;
    for (std::size_t rest = group + 1; rest > 0; rest = (rest - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (rest - 1) % 26));
    return letters;
}

std::string p_text(double p_value, double log10_p_value)
{
    if (p_value == 0) return "<10^-300";
    char text[32];
    std::snprintf(text, sizeof text, p_value >= 1e-4 ? "%.4f" : "10^%.1f", p_value >= 1e-4 ? p_value : log10_p_value);
    return text;
}

/// Models of equal hits share the mean of their places.
std::string place_text(const ra::rank_set& place)
{
    return program::number(place.rank == std::floor(place.rank) ? "%.0f" : "%.1f", place.rank) + " [" +
           std::to_string(place.best) + ", " + std::to_string(place.worst) + "]";
}

void print_labels(const inputs& in, const ra::io::evaluated_models& evaluated)
{
    const ra::label_summary& labels = evaluated.labels;
    std::cout << with_commas(labels.images()) << " images, " << with_commas(in.classes.classes) << " classes ("
              << in.classes.source << ")\n";
    if (labels.has_original() && in.targets.original_join != ra::io::label_set_join::by_position) {
        std::cout << "Original labels joined by image "
                  << (in.targets.original_join == ra::io::label_set_join::by_id ? "id" : "name") << ", "
                  << with_commas(labels.images()) << " of " << with_commas(in.targets.original_in_file)
                  << " in the file\n";
    }
    if (labels.has_real()) {
        std::cout << with_commas(labels.with_real_labels()) << " with ReaL labels, "
                  << with_commas(labels.without_real_labels()) << " excluded without labels; "
                  << with_commas(labels.labels()) << " labels, " << with_commas(labels.multi_label().hits)
                  << " images with several; " << ra::io::describe(in.targets.join);
        if (in.targets.sets_in_file != labels.images())
            std::cout << ", " << with_commas(labels.images()) << " of " << with_commas(in.targets.sets_in_file)
                      << " in the file";
        std::cout << '\n';
    }
    if (labels.has_original() && labels.has_real()) {
        std::cout << "ReaL accuracy of the original labels " << percent_with_interval(labels.original_labels_real())
                  << "; " << labels.ambiguous_classes(evaluated.ambiguity()).size()
                  << " classes with oracle accuracy below " << percent(evaluated.ambiguity_threshold, 0) << "\n";
    }
}

void print_accuracies(std::span<const evaluated_model> models, const ra::label_summary& labels,
                      const std::vector<std::size_t>& ks)
{
    const std::string last = std::to_string(ks.back());
    std::cout << "\nAccuracy in percent, with 95 % Wilson intervals\n";
    rows table{{"model"}};
    const auto column = [&](const std::string& title, auto cell) {
        table[0].push_back(title);
        for (std::size_t i = 0; i < models.size(); ++i) table[i + 1].push_back(cell(models[i].results));
    };
    for (const evaluated_model& m : models) table.push_back({m.name});
    if (labels.has_original()) {
        column("original top-1", [](const auto& e) { return percent_with_interval(e.top_k(1)); });
        if (ks.back() != 1)
            column("top-" + last, [&](const auto& e) { return percent(e.top_k(ks.back()).try_value()); });
    }
    if (labels.has_real()) {
        column("ReaL", [](const auto& e) { return percent_with_interval(e.real(1)); });
        if (ks.back() != 1)
            column("ReaL@" + last, [&](const auto& e) { return percent(e.real(ks.back()).try_value()); });
    }
    if (std::any_of(models.begin(), models.end(), [](const auto& m) { return m.results.has_scores(); })) {
        if (labels.has_original()) {
            column("ties", [](const auto& e) { return e.ties() ? std::to_string(*e.ties()) : "-"; });
        }
        column("NaN", [](const auto& e) { return e.ties() ? std::to_string(e.nan_images()) : "-"; });
    }
    program::print_table(table);

    if (!labels.has_real() || ks.size() < 2) return;
    std::cout << "\nReaL accuracy of the k-th prediction, over images with at least k labels\n";
    table.assign(1, {"model"});
    for (const evaluated_model& m : models) table.push_back({m.name});
    for (const std::size_t k : ks) {
        column("k = " + std::to_string(k),
               [&](const auto& e) { return percent(e.real_kth_where_enough_labels(k).try_value()); });
    }
    program::print_table(table);
}

/// The metrics of set ranking, for the largest k.
void print_ranking(std::span<const evaluated_model> models, const char* labels, std::size_t k,
                   const ra::ranked_sets ra::set_rankings::*kind)
{
    const std::string at = "@" + std::to_string(k);
    std::cout << "\nRanking of the " << labels << ": means over images, in percent but for coverage error\n";
    rows table{{"model", "precision" + at, "recall" + at, "F1" + at, "nDCG" + at, "R-precision", "one-error",
                "average precision", "ranking loss", "coverage error"}};
    for (const evaluated_model& m : models) {
        const ra::ranked_sets& r = (*m.ranking).*kind;
        const bool all = r.has_all_ranks();
        const auto share = [](bool known, auto value) {
            return known ? percent(value().try_value()) : percent(std::nullopt);
        };
        table.push_back({m.name, percent(r.precision(k).try_value()), percent(r.recall(k).try_value()),
                         percent(r.f1(k).try_value()), percent(r.ndcg(k).try_value()),
                         share(r.has_r_precision(), [&] { return r.r_precision(); }),
                         percent(r.one_error().try_value()),
                         share(all, [&] { return r.label_ranking_average_precision(); }),
                         share(all, [&] { return r.ranking_loss(); }),
                         program::number_or_dash("%.2f", all ? r.coverage_error().try_value() : std::nullopt)});
    }
    program::print_table(table);
}

void print_class_scores(std::span<const evaluated_model> models, const char* labels,
                        std::optional<ra::class_scores> ra::io::by_labels<ra::class_scores>::*kind)
{
    const bool original = kind == &ra::io::by_labels<ra::class_scores>::original;
    std::cout << "\nScores of the classes by " << labels
              << ": macro means in percent, and the classes where a score is 0 of 0, which are left out\n";
    rows table{{"model", "precision", "0 of 0", "recall", "0 of 0", "F1", "weighted F1"}};
    if (original) table[0].insert(table[0].end(), {"Matthews", "kappa"});
    for (const evaluated_model& m : models) {
        const ra::class_scores& scores = *((*m.classes).*kind);
        const ra::class_score_means means = scores.macro();
        table.push_back({m.name, percent(means.precision.value), std::to_string(means.precision.undefined_classes),
                         percent(means.recall.value), std::to_string(means.recall.undefined_classes),
                         percent(means.f1.value), percent(scores.weighted().f1.value)});
        if (!original) continue;
        const ra::confusion counts = m.results.confusion();
        table.back().push_back(program::number_or_dash("%.4f", ra::matthews_correlation(counts)));
        table.back().push_back(program::number_or_dash("%.4f", ra::cohen_kappa(counts)));
    }
    program::print_table(table);
}

/// One row for each group, one column for each model.
void print_group_scores(std::span<const evaluated_model> models, const std::vector<std::string>& names,
                        const char* labels, std::optional<ra::group_scores> ra::io::by_labels<ra::group_scores>::*kind)
{
    constexpr std::size_t most = 40;
    std::cout << "\nAccuracy by group, by " << labels << ", in percent";
    if (names.size() > most) std::cout << "; the first " << most << " of " << names.size() << " groups";
    std::cout << '\n';
    rows table{{"group", "images"}, {"all groups"}, {"mistakes within groups", ""}};
    table.resize(3 + std::min(most, names.size()));
    for (std::size_t m = 0; m < models.size(); ++m) {
        const ra::group_scores& scores = *((*models[m].groups).*kind);
        table[0].push_back(models[m].name);
        if (m == 0) table[1].push_back(with_commas(scores.accuracy.total));
        table[1].push_back(percent_with_interval(scores.accuracy));
        table[2].push_back(percent_with_interval(scores.mistakes_within));
        for (std::size_t g = 0; g + 3 < table.size(); ++g) {
            const ra::class_score& of = scores.groups.classes[g];
            if (m == 0) table[3 + g] = {names[g], with_commas(of.support)};
            table[3 + g].push_back(percent(of.recall().try_value()));
        }
    }
    program::print_table(table);
}

void print_mistake_heights(std::span<const evaluated_model> models)
{
    std::cout
        << "\nHeight of the lowest common ancestor of prediction and label: mean over mistakes, and over images\n";
    rows table{{"model", "original, mistakes", "images", "ReaL, mistakes", "images"}};
    for (const evaluated_model& m : models) {
        table.push_back({m.name});
        for (const auto& heights : {m.mistake_heights->original, m.mistake_heights->real}) {
            const auto mean_of = [&](auto mean) { return heights ? mean(*heights).try_value() : std::nullopt; };
            table.back().push_back(
                program::number_or_dash("%.3f", mean_of([](const auto& h) { return h.of_mistakes(); })));
            table.back().push_back(
                program::number_or_dash("%.3f", mean_of([](const auto& h) { return h.of_images(); })));
        }
    }
    program::print_table(table);
}

void print_selective(std::span<const evaluated_model> models, const char* labels,
                     std::optional<ra::risk_coverage_curve> ra::io::by_labels<ra::risk_coverage_curve>::*kind)
{
    std::cout << "\nSelective prediction by " << labels
              << ", in percent: risk (wrong of the most confident images), with the bounds that bins leave\n";
    const auto text = [](const std::optional<ra::binned_value>& value) {
        if (!value) return percent(std::nullopt);
        return percent(value->expected) + " [" + percent(value->lower) + ", " + percent(value->upper) + "]";
    };
    rows table{{"model", "risk at 80 %", "risk at 95 %", "area under the curve", "coverage at risk 5 %"}};
    for (const evaluated_model& m : models) {
        if (!m.selective) continue;
        const ra::risk_coverage_curve& curve = *((*m.selective).*kind);
        const ra::binned_coverage coverage = curve.coverage_at(0.05);
        table.push_back({m.name, text(curve.risk_at(0.8)), text(curve.risk_at(0.95)), text(curve.area()),
                         "[" + percent(coverage.lower.try_value()) + ", " + percent(coverage.upper.try_value()) + "]"});
    }
    program::print_table(table);
}

/// The pairs of models that fail most and least consistently.
void print_agreement(const char* metric, const ra::model_comparison& comparison,
                     const ra::images_by_models_right_result& right, const std::vector<ra::proportion>& predictions,
                     const std::vector<std::string>& names)
{
    constexpr std::size_t most = 5;
    const std::vector<ra::model_pair>& pairs = comparison.pairs.pairs;
    std::vector<std::size_t> order(pairs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<ra::error_consistency_result> consistency;
    for (const ra::model_pair& pair : pairs) consistency.push_back(ra::error_consistency(pair.comparison.cells));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return consistency[a].kappa.value_or(-2) > consistency[b].kappa.value_or(-2);
    });
    std::cout << "\nAgreement by " << metric << ": all models are right on " << percent(right.all_right().try_value())
              << " % of " << with_commas(right.total()) << " images, none on "
              << percent(right.none_right().try_value()) << " %. Error consistency (kappa), in descending order";
    if (order.size() > 2 * most) {
        std::cout << ", the first and the last " << most << " of " << order.size() << " pairs";
        order.erase(order.begin() + most, order.end() - most);
    }
    std::cout << '\n';
    rows table{{"first", "second", "kappa, 95 %", "observed", "expected", "same prediction", "gained", "lost"}};
    for (const std::size_t i : order) {
        const ra::error_consistency_result& found = consistency[i];
        const ra::churn_result flips = ra::churn(pairs[i].comparison.cells);
        const std::string kappa = program::number_or_dash("%.3f", found.kappa);
        table.push_back({names[pairs[i].first], names[pairs[i].second],
                         found.bounds ? kappa + " [" + program::number("%.3f", found.bounds->lower) + ", " +
                                            program::number("%.3f", found.bounds->upper) + "]"
                                      : kappa,
                         percent(found.observed.value()), percent(found.expected), percent(predictions[i].try_value()),
                         percent(flips.gained.value()), percent(flips.lost.value())});
    }
    program::print_table(table);
}

void print_losses(std::span<const evaluated_model> models)
{
    if (std::none_of(models.begin(), models.end(), [](const auto& m) { return m.results.has_losses(); })) return;
    const auto text = [](bool known, auto value) {
        return program::number_or_dash("%.4f", known ? value() : std::optional<double>());
    };
    rows table{{"model", "log loss", "Brier score", "calibration error", "ReaL log loss", "ReaL calibration error"}};
    for (const evaluated_model& m : models) {
        const ra::evaluation<>& v = m.results;
        if (!v.has_losses()) continue;
        const bool original = v.has_original(), real = v.has_real();
        table.push_back({m.name, text(original, [&] { return v.log_loss().try_value(); }),
                         text(original, [&] { return v.brier_score().try_value(); }),
                         text(original, [&] { return v.calibration_error(); }),
                         text(real, [&] { return v.real_log_loss().try_value(); }),
                         text(real, [&] { return v.real_calibration_error(); })});
    }
    std::cout << "\nAs probabilities (calibration: 15 bins of equal width, L1):\n";
    program::print_table(table);
    for (const evaluated_model& m : models) {
        if (m.rounding && m.rounding->above_one + m.rounding->rounded_sums != 0) {
            std::cout << m.name << ": by rounding, " << with_commas(m.rounding->above_one)
                      << " images have a probability above 1 (at most " << program::number("%.7g", m.rounding->greatest)
                      << "), " << with_commas(m.rounding->rounded_sums) << " a sum off by more than 0.0001 (at most "
                      << program::number("%.2g", m.rounding->greatest_difference) << ")\n";
        }
        if (!m.results.has_losses()) continue;
        const std::uint64_t original = m.results.has_original() ? m.results.infinite_log_losses() : 0;
        const std::uint64_t real = m.results.has_real() ? m.results.infinite_real_log_losses() : 0;
        if (original + real != 0) {
            std::cout << m.name << ": the log loss is infinite for " << with_commas(original)
                      << " images by the original labels, " << with_commas(real)
                      << " by the label sets, whose label has probability 0 (see --clip)\n";
        }
    }
}

void print_preferences(std::span<const evaluated_model> models, const ra::preferences_result& preferences)
{
    std::cout << "\nWhere prediction and original label differ, with whom do the label sets side? In order of original "
                 "accuracy\n";
    rows table{{"model", "original top-1", "preferred to label", "p, one half", "errors accepted by ReaL"}};
    for (const ra::preference_result& one : preferences.models) {
        const evaluated_model& m = models[one.model];
        table.push_back({m.name, percent(m.results.top_k(1).value()), percent_with_interval(one.ratio),
                         one.test.without_trials ? "-" : p_text(one.test.mid_p_value, one.test.log10_mid_p_value),
                         percent_with_interval(ra::errors_accepted_by_real(m.results.preference()))});
    }
    program::print_table(table);
    const auto name = [&](std::size_t place) { return models[preferences.models[place].model].name; };
    if (!preferences.first_above_half) {
        std::cout << "No model is preferred to the labels more often than not.\n";
    } else {
        std::cout << "The first model preferred more often than not: " << name(*preferences.first_above_half)
                  << "; with its whole interval: "
                  << (preferences.first_clearly_above_half ? name(*preferences.first_clearly_above_half) : "none")
                  << ".\n";
    }
}

/// The models, best first, each against the next: models that share a letter cannot be told apart.
void print_pairs(const char* metric, const ra::model_comparison& comparison,
                 const std::vector<ra::proportion>& accuracies, const std::vector<std::string>& names)
{
    const ra::all_pairs_result& result = comparison.pairs;
    std::vector<std::size_t> order(names.size()), place(names.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return accuracies[a].value() > accuracies[b].value(); });
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    auto groups = result.groups;
    for (auto& group : groups) {
        for (std::size_t& model : group) model = place[model];
        std::sort(group.begin(), group.end());
    }
    std::sort(groups.begin(), groups.end());

    const std::size_t different = static_cast<std::size_t>(std::count_if(
        result.pairs.begin(), result.pairs.end(), [](const ra::model_pair& pair) { return pair.different; }));
    std::cout << "\nWho differs by " << metric << ": " << different << " of " << result.pairs.size()
              << " pairs (McNemar's mid-p, Holm's correction, 5 %); models that share a letter do not\n";
    rows table{{"model", "accuracy", "place", "letters", "differs from the next on", "better", "worse", "ahead by",
                "p, corrected"}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::string letters;
        for (std::size_t group = 0; group < groups.size(); ++group) {
            if (std::binary_search(groups[group].begin(), groups[group].end(), i)) letters += group_letter(group);
        }
        std::vector<std::string> row{names[order[i]], percent(accuracies[order[i]].value()),
                                     comparison.ranks.empty() ? "-" : place_text(comparison.ranks[order[i]]), letters};
        if (i + 1 < order.size()) {
            const ra::model_pair& pair = result.pair(order[i], order[i + 1]);
            const bool turned = pair.first != order[i];
            const ra::paired_proportion cells = turned ? pair.comparison.cells.swapped() : pair.comparison.cells;
            const ra::interval bounds = ra::paired_difference_interval(cells);
            row.insert(row.end(),
                       {with_commas(cells.different()), with_commas(cells.first_only), with_commas(cells.second_only),
                        percent(turned ? -pair.comparison.difference : pair.comparison.difference) + " [" +
                            percent(bounds.lower) + ", " + percent(bounds.upper) + "]",
                        p_text(pair.adjusted_p_value, std::log10(pair.adjusted_p_value))});
        }
        table.push_back(std::move(row));
    }
    program::print_table(table);
}

}  // namespace

namespace {

/// The metrics on request, for each kind of labels that is given.
void print_requested(const ra::io::evaluated_models& evaluated)
{
    const std::span<const evaluated_model> models = evaluated.models;
    const auto any = [&](auto member) {
        return std::any_of(models.begin(), models.end(),
                           [&](const evaluated_model& m) { return (m.*member).has_value(); });
    };
    const auto print = [&]<class Result>(std::optional<ra::io::by_labels<Result>> evaluated_model::*member,
                                         auto table) {
        if (!any(member)) return;
        if (evaluated.labels.has_original()) table("original labels", &ra::io::by_labels<Result>::original);
        if (evaluated.labels.has_real()) table("label sets", &ra::io::by_labels<Result>::real);
    };
    print(&evaluated_model::classes, [&](const char* labels, auto kind) { print_class_scores(models, labels, kind); });
    print(&evaluated_model::groups,
          [&](const char* labels, auto kind) { print_group_scores(models, evaluated.group_names, labels, kind); });
    if (any(&evaluated_model::mistake_heights)) print_mistake_heights(models);
    print(&evaluated_model::selective, [&](const char* labels, auto kind) { print_selective(models, labels, kind); });
    if (!evaluated.agreement) return;
    const ra::io::models_agreement& agreement = *evaluated.agreement;
    if (evaluated.by_original && agreement.right.original)
        print_agreement("original labels", *evaluated.by_original, *agreement.right.original, agreement.predictions,
                        evaluated.names());
    if (evaluated.by_real && agreement.right.real)
        print_agreement("label sets", *evaluated.by_real, *agreement.right.real, agreement.predictions,
                        evaluated.names());
}

}  // namespace

void print_tables(const inputs& in, const ra::io::evaluated_models& evaluated)
{
    print_labels(in, evaluated);
    print_accuracies(evaluated.models, evaluated.labels, evaluated.ks);
    if (!evaluated.models.empty() && evaluated.models[0].ranking) {
        const std::size_t k = evaluated.ks.back();
        if (evaluated.labels.has_original())
            print_ranking(evaluated.models, "original labels", k, &ra::set_rankings::original);
        if (evaluated.labels.has_real()) print_ranking(evaluated.models, "label sets", k, &ra::set_rankings::real);
    }
    print_requested(evaluated);
    print_losses(evaluated.models);
    if (evaluated.preferences) print_preferences(evaluated.models, *evaluated.preferences);
    const auto print = [&](const char* metric, const std::optional<ra::model_comparison>& comparison, auto accuracy) {
        if (!comparison) return;
        std::vector<ra::proportion> accuracies;
        for (const evaluated_model& m : evaluated.models) accuracies.push_back(accuracy(m.results));
        print_pairs(metric, *comparison, accuracies, evaluated.names());
    };
    print("original accuracy", evaluated.by_original, [](const auto& results) { return results.top_k(1); });
    print("ReaL accuracy", evaluated.by_real, [](const auto& results) { return results.real(1); });
}

}  // namespace evaluate
