// Section "Today's question": the paper's question of the models of timm, and the mistakes of a later model.
#include "slopes.hpp"

#include <reassess/metric/assessed_mistakes.hpp>
#include <reassess/report/text.hpp>
#include <reassess/statistics/correlation.hpp>
#include <reassess/statistics/line_inference.hpp>
#include <reassess/statistics/linear_regression.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/slope_t_test.hpp>
#include <reassess/statistics/slope_test_list.hpp>
#include <reassess/statistics/summary.hpp>
#include <reassess/statistics/theil_sen.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace paper {

namespace {

/// Neighbours in order of original accuracy: ReaL error on original error.
struct window {
    std::string id{};
    std::string name{};
    std::vector<double> original_error{};
    std::vector<double> real_error{};
    ra::linear_fit fit{};
};

std::optional<window> make_window(std::string id, std::string name, const analysed_pool& all, std::size_t first,
                                  std::size_t last)
{
    return ra::if_defined([&] {
        window w{std::move(id), std::move(name), {}, {}, {}};
        for (std::size_t i = first; i < last; ++i) {
            w.original_error.push_back(100 - all.x[all.halves.order[i]]);
            w.real_error.push_back(100 - all.y[all.halves.order[i]]);
        }
        w.fit = ra::linear_regression(w.original_error, w.real_error);
        return w;
    });
}

/// Whether ReaL error still falls where original error does, near the top.
void add_errors(const analysed_pool& all, report::section& section)
{
    const std::size_t n = all.x.size();
    std::vector<window> windows;
    const auto add = [&](const char* id, const char* name, std::size_t first, std::size_t last) {
        if (auto w = make_window(id, name, all, first, last)) windows.push_back(std::move(*w));
    };
    add("quarter_1", "weakest quarter", 0, n / 4);
    add("quarter_2", "second quarter", n / 4, n / 2);
    add("quarter_3", "third quarter", n / 2, n - n / 4);
    add("quarter_4", "strongest quarter", n - n / 4, n);
    add("tenth_9", "tenth before the strongest", n - n / 5, n - n / 10);
    add("tenth_10", "strongest tenth", n - n / 10, n);
    add("twentieth_20", "strongest twentieth", n - n / 20, n);

    report::table table{.id = "table-today-errors", .title = "Has ReaL accuracy flattened, too?"};
    table.caption =
        "Neighbours in order of original accuracy: points of ReaL error for a point of original error, by least "
        "squares (95 % intervals by Student's t), by Theil and Sen's median of slopes, and by Deming's line, for which "
        "both errors are equally uncertain; correlation with Fisher's interval. A slope of 0 would mean that ReaL "
        "error has stopped falling. In a narrow window the noise of the original accuracy itself pulls least squares "
        "towards 0.";
    table.columns = {"models",    "",       "mean original error", "mean ReaL error", "slope",
                     "Theil-Sen", "Deming", "correlation"};
    report::figure figure{.id = "figure-today-errors", .title = "ReaL error on original error"};
    figure.caption =
        "ReaL error (over the images with labels) on original error (over all images) of every model, both on "
        "logarithmic axes, with least-squares lines through each quarter of the models in order of original accuracy "
        "and through the strongest tenth.";
    const std::vector<double> ticks{8, 10, 12, 15, 20, 30, 40, 50, 60};
    figure.plot.x = {.label = "original error (%)", .logarithmic = true, .ticks = ticks};
    figure.plot.y = {.label = "ReaL error (%)", .logarithmic = true, .ticks = ticks};
    report::series models{.title = "models", .colour = 4};
    for (std::size_t i = 0; i < n; ++i) {
        models.x.push_back(100 - all.x[i]);
        models.y.push_back(100 - all.y[i]);
    }
    const auto [least_x, most_x] = std::minmax_element(models.x.begin(), models.x.end());
    const auto [least_y, most_y] = std::minmax_element(models.y.begin(), models.y.end());
    figure.plot.x.range = ra::interval{0.95 * *least_x, 1.05 * *most_x};
    figure.plot.y.range = ra::interval{0.95 * *least_y, 1.05 * *most_y};
    figure.plot.series.push_back(std::move(models));

    for (const window& w : windows) {
        const std::string id = "today." + w.id + ".", what = w.name + ": ";
        report::number slope =
            real_number(id + "error_slope", what + "slope of ReaL error on original error", w.fit.slope, 3);
        if (const auto inferred = ra::if_defined([&] { return ra::slope_inference(w.fit); }))
            slope.bounds = inferred->bounds;
        const auto median = ra::if_defined([&] { return ra::theil_sen(w.original_error, w.real_error); });
        report::number robust = real_number(id + "error_theil_sen", what + "the same by Theil and Sen",
                                            median ? std::optional(median->slope) : std::nullopt, 3);
        if (median) robust.bounds = median->slope_interval;
        const auto deming = ra::if_defined([&] { return ra::deming_regression(w.original_error, w.real_error); });
        report::number both = real_number(id + "error_deming", what + "the same by Deming's line",
                                          deming ? std::optional(deming->slope) : std::nullopt, 3);
        const auto pearson = ra::if_defined([&] { return ra::pearson_correlation(w.original_error, w.real_error); });
        report::number r = real_number(id + "error_correlation", what + "correlation of the errors",
                                       pearson ? std::optional(pearson->correlation) : std::nullopt, 3);
        if (pearson) r.bounds = pearson->bounds;
        table.rows.push_back(
            {w.name, report::count(id + "models", what + "models", w.original_error.size()),
             real_number(id + "mean_original_error", what + "mean original error",
                         ra::summarise_values(w.original_error).mean, 2),
             real_number(id + "mean_real_error", what + "mean ReaL error", ra::summarise_values(w.real_error).mean, 2),
             std::move(slope), std::move(robust), std::move(both), std::move(r)});
        if (w.id == "tenth_9" || w.id == "twentieth_20") continue;
        const bool top = w.id == "tenth_10";
        report::series line{.title = top                   ? "strongest tenth"
                                     : w.id == "quarter_1" ? "quarters"
                                                           : "",
                            .kind = report::series_kind::line,
                            .colour = top ? 1UL : 0UL};
        const auto [low, high] = std::minmax_element(w.original_error.begin(), w.original_error.end());
        for (int step = 0; step <= 20; ++step) {
            const double at = *low + (*high - *low) * step / 20;
            line.x.push_back(at);
            line.y.push_back(w.fit.predict(at));
        }
        figure.plot.series.push_back(std::move(line));
    }
    section.figures.push_back(std::move(figure));
    section.tables.push_back(std::move(table));

    const auto of = [&](const char* id) {
        return std::find_if(windows.begin(), windows.end(), [&](const window& w) { return w.id == id; });
    };
    const auto third = of("quarter_3"), top = of("tenth_10");
    if (third == windows.end() || top == windows.end()) return;
    const auto test = ra::if_defined([&] { return ra::slope_t_test(third->fit, top->fit); });
    report::number fall = real_number("today.error_slope_difference",
                                      "slope of ReaL error in the third quarter less that in the strongest tenth",
                                      test ? std::optional(test->slope_difference) : std::nullopt, 3);
    if (test) fall.bounds = test->bounds;
    section.numbers.push_back(fall);
    section.numbers.push_back(real_number("today.error_slope_difference_log10_p", "log10 of its p by Student's t",
                                          test ? std::optional(test->log10_p_value) : std::nullopt, 2));
    if (const auto inferred = ra::if_defined([&] { return ra::slope_inference(top->fit); })) {
        const std::string slope =
            report::number_text(top->fit.slope, 2) + " " + report::interval_text(inferred->bounds, 2);
        section.text.push_back(
            "Near the top: in the strongest tenth of the models a point of original error is worth " + slope +
            " points of ReaL error, in the third quarter " + report::number_text(third->fit.slope, 2) + ". " +
            (inferred->bounds.lower > 0
                 ? (test && test->bounds.lower > 0
                        ? "ReaL error still falls, but by less for each point than it did: it has flattened in part."
                        : "ReaL error still falls, and no flattening can be told from noise.")
                 : "Whether ReaL error still falls there cannot be told from noise."));
    }
}

void add_ranks(const inputs& in, const analysed_pool& all, report::section& section)
{
    if (!all.tests.agreement) return;
    const ra::ranking_agreement_result& agreement = *all.tests.agreement;
    const auto correlation = [&](const char* id, const char* what, const ra::correlation_result& r) {
        report::number n = real_number(std::string("today.") + id, what, r.correlation, 4);
        n.bounds = r.bounds;
        section.numbers.push_back(std::move(n));
    };
    correlation("spearman", "rank correlation (Spearman) of original and ReaL accuracy", agreement.spearman);
    correlation("kendall", "Kendall's tau of the same", agreement.kendall);
    const ra::pair_orders& pairs = agreement.pairs;
    section.numbers.push_back(report::percentage("today.pairs_that_change_places",
                                                 "pairs of models that change places, of those ordered by both",
                                                 {pairs.discordant, pairs.discordant + pairs.concordant}));
    // Pairs share models, so a binomial interval would be too narrow.
    section.numbers.back().bounds.reset();

    const std::vector<double> original = ra::average_ranks(all.x), real = ra::average_ranks(all.y);
    std::vector<std::size_t> order(all.x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return agreement.places_gained[a] > agreement.places_gained[b];
    });
    const std::size_t shown = std::min<std::size_t>(10, order.size() / 2);
    const auto add = [&](const char* id, const char* title, bool gaining) {
        report::table table{.id = std::string("table-today-") + id, .title = title};
        table.caption = "Places among all " + std::to_string(order.size()) +
                        " models, 1 is best; halves where models tie. Accuracies in percent.";
        table.columns = {"model",         "original accuracy", "ReaL accuracy", "place by original",
                         "place by ReaL", "places gained"};
        for (std::size_t i = 0; i < shown; ++i) {
            const std::size_t m = gaining ? order[i] : order[order.size() - 1 - i];
            const std::string prefix = std::string("today.") + id + "." + std::to_string(i + 1) + ".";
            const std::string name = in.timm[m].name;
            const auto place = [&](const std::vector<double>& ranks) {
                return static_cast<double>(order.size()) + 1 - ranks[m];
            };
            table.rows.push_back(
                {name, real_number(prefix + "original", name + ": original accuracy", all.x[m], 2),
                 real_number(prefix + "real", name + ": ReaL accuracy", all.y[m], 2),
                 real_number(prefix + "place_original", name + ": place by original", place(original), 1),
                 real_number(prefix + "place_real", name + ": place by ReaL", place(real), 1),
                 real_number(prefix + "places_gained", name + ": places gained", agreement.places_gained[m], 1)});
        }
        section.tables.push_back(std::move(table));
    };
    add("gain", "Models that gain most places by ReaL labels", true);
    add("lose", "Models that lose most places by ReaL labels", false);
}

void add_models(const inputs& in, const analysed_pool& all, report::section& section)
{
    section.text = {
        "The paper's question of the models of today: the results of the timm library (results-imagenet.csv and "
        "results-imagenet-real.csv of pytorch-image-models), " +
            std::to_string(all.x.size()) +
            " rows joined by model and image size. Fig. 4 above has their lines. The tables have accuracies without "
            "counts by image, so what the images' noise does to a single model is not known here; intervals are about "
            "models.",
        "Rows are not independent draws: many are the same architecture at another size or with other weights. The "
        "tests by family allow for that."};
    section.definitions = {"halves", "slope_test", "slope_assumptions", "break", "theil_sen", "rank_agreement"};
    const ra::halves_result& halves = all.halves;
    if (all.tests.z_interval) {
        section.text.push_back("A point of original accuracy is worth " + report::number_text(halves.first.slope, 2) +
                               " points of ReaL accuracy in the weaker half and " +
                               report::number_text(halves.second.slope, 2) + " in the stronger one (difference " +
                               report::interval_text(*all.tests.z_interval, 2) + " by the paper's test).");
    }
    if (const ra::slope_verdict verdict = ra::judge_slopes(all.tests); verdict.tests != 0) {
        section.text.push_back("Verdict: " + ra::verdict_text(verdict, halves, "original accuracy", "ReaL accuracy"));
        section.numbers.push_back(
            report::count("today.tests", "tests of equal slopes after the paper's", verdict.tests));
        section.numbers.push_back(
            report::count("today.tests_smaller", "of these, tests that find a smaller second slope", verdict.smaller));
        section.tables.push_back(assumptions_table("table-today-assumptions", "today.slope_test.", all));
    }
    section.tables.push_back(further_table("table-today-further", {all}));
    add_ranks(in, all, section);
    add_errors(all, section);
}

/// The group of a name in lower case; nothing if there is none.
const ra::assessed_mistake_group* find_group(const std::vector<ra::assessed_mistake_group>& groups, std::string_view id)
{
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return id_part(group.name) == id; });
    return found == groups.end() ? nullptr : &*found;
}

std::string share_text(ra::proportion share)
{
    const ra::interval bounds = ra::wilson_interval(share);
    return report::number_text(100 * share.value(), 1) + " % " +
           report::interval_text({100 * bounds.lower, 100 * bounds.upper}, 1);
}

/// What the mistakes say of ReaL labels, in one paragraph.
std::string mistakes_text(const ra::assessed_mistake_summary& mistakes)
{
    const ra::assessed_mistake_counts& all = mistakes.all;
    if (all.accepted_by_real == 0) return "ReaL labels accept none of these mistakes.";
    std::string text = "What the mistakes say of ReaL labels: of the " + std::to_string(all.total()) + ", " +
                       std::to_string(all.without_real_labels) + " are on images without ReaL labels (" +
                       share_text({all.without_real_labels, all.total()}) + "), and ReaL accuracy counts " +
                       std::to_string(all.accepted_by_real) + " of the other " +
                       std::to_string(all.with_real_labels()) + " as correct: " + share_text(all.accepted_share()) +
                       ".";
    const ra::assessed_mistake_group* const major = find_group(mistakes.severities, "major");
    if (major == nullptr) return text;
    text += " Experts call " + std::to_string(major->counts.accepted_by_real) + " of these " +
            std::to_string(all.accepted_by_real) +
            " major: " + share_text({major->counts.accepted_by_real, all.accepted_by_real}) + ".";
    const ra::proportion of_major = major->counts.accepted_share();
    const ra::proportion of_others{all.accepted_by_real - of_major.hits, all.with_real_labels() - of_major.total};
    if (of_major.total == 0 || of_others.total == 0) return text;
    const ra::interval first = ra::wilson_interval(of_major), second = ra::wilson_interval(of_others);
    text += " ReaL labels accept " + share_text(of_major) + " of the major mistakes and " + share_text(of_others) +
            " of the others; the intervals " +
            (first.upper < second.lower   ? "do not overlap: ReaL labels accept major mistakes less often."
             : second.upper < first.lower ? "do not overlap: ReaL labels accept major mistakes more often."
                                          : "overlap: a difference cannot be told from noise.");
    return text;
}

/// Fig. 7 with later data: experts' severities and categories of the mistakes of a strong model.
void add_mistakes(const ra::assessed_mistake_summary& mistakes, report::section& section)
{
    section.text.push_back(
        "Mistakes of a later model, for want of the paper's verdicts: imagenet-mistakes (Vasudevan et al. 2022) has "
        "the predictions of a ViT-3B that remain mistakes by labels that experts revised, each with a severity and a "
        "category. They are selected by experts, so they say how often ReaL labels accept a mistake, not how often "
        "ReaL labels reject a correct prediction.");
    section.text.push_back(mistakes_text(mistakes));
    section.definitions.insert(section.definitions.end(), {"assessed_mistake", "wilson"});
    report::table table{.id = "table-today-mistakes", .title = "Mistakes of a ViT-3B by severity and category"};
    table.caption =
        "Accepted: the prediction is in the image's ReaL label set. Shares in percent with 95 % Wilson intervals.";
    table.columns = {"mistakes",
                     "number",
                     "of all mistakes",
                     "accepted by ReaL",
                     "not accepted",
                     "without ReaL labels",
                     "accepted, of those with ReaL labels",
                     "of all accepted"};
    report::figure figure{.id = "figure-today-mistakes", .title = "Mistakes that ReaL labels accept"};
    figure.caption =
        "Of the mistakes of a ViT-3B on images with ReaL labels, the share that the labels accept, by experts' "
        "severity and category; bars are 95 % intervals.";
    report::plot& plot = figure.plot;
    plot.x = {.label = "accepted by ReaL labels (%)", .range = ra::interval{0, 100}};
    report::series series;
    const auto add = [&](const std::string& kind, const std::string& name, const ra::assessed_mistake_counts& counts) {
        const std::string id = "today.mistakes." + kind + (name.empty() ? "" : "." + id_part(name)) + ".";
        const std::string title = name.empty() ? "all" : kind + ": " + name, what = "mistakes, " + title + ": ";
        const report::number accepted = report::percentage(
            id + "accepted_share", what + "accepted, of those with ReaL labels", counts.accepted_share());
        if (accepted.value) {
            series.x.push_back(*accepted.value);
            series.bounds.push_back(*accepted.bounds);
            plot.y.categories.push_back(name.empty() ? "all" : name);
        }
        table.rows.push_back(
            {title, report::count(id + "number", what + "number", counts.total()),
             report::percentage(id + "share", what + "of all mistakes", {counts.total(), mistakes.all.total()}),
             report::count(id + "accepted", what + "accepted by ReaL", counts.accepted_by_real),
             report::count(id + "not_accepted", what + "not accepted by ReaL", counts.not_accepted_by_real),
             report::count(id + "without_labels", what + "without ReaL labels", counts.without_real_labels), accepted,
             report::percentage(id + "share_of_accepted", what + "of all that ReaL accepts",
                                {counts.accepted_by_real, mistakes.all.accepted_by_real})});
    };
    for (const auto& group : mistakes.severities) add("severity", group.name, group.counts);
    for (const auto& group : mistakes.categories) add("category", group.name, group.counts);
    add("all", "", mistakes.all);
    for (std::size_t i = 0; i < series.x.size(); ++i) series.y.push_back(static_cast<double>(series.x.size() - i));
    std::reverse(plot.y.categories.begin(), plot.y.categories.end());
    plot.height = 110 + 28 * series.x.size();
    if (!series.x.empty()) {
        plot.series.push_back(std::move(series));
        section.figures.push_back(std::move(figure));
    }
    section.tables.push_back(std::move(table));
}

}  // namespace

std::optional<report::section> today(const inputs& in, const std::optional<analysed_pool>& timm)
{
    if (!timm && !in.mistakes) return std::nullopt;
    report::section section{.id = "today", .title = "Today's question: is progress still progress?"};
    if (timm) add_models(in, *timm, section);
    if (in.mistakes) add_mistakes(*in.mistakes, section);
    return section;
}

}  // namespace paper
