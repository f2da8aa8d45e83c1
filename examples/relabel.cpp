// relabel: raters' votes become labels, by Dawid and Skene's model or by majority, measured against experts.
//
//   relabel --votes raters.npz --original labels.npy --names images.json --virtual-rater original
//     --virtual-classes 0-397 --gold golden.npz --labels new.json
//
// Prints what was kept, and with --json the same numbers for programs; `evaluate --real new.json` reads the labels.
#include "program.hpp"
#include "rated_votes.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/rater_votes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::gold_data;
using program::json;
using program::maybe;
using program::measured;
using program::named_votes;
using program::numbered_images;
using program::of_gold;
using program::yes;

namespace {

struct arguments {
    std::string votes;
    std::string original;
    std::string names;
    std::string gold;
    std::string gold_raters;
    std::string published;
    std::string virtual_rater;
    std::string virtual_classes;
    std::string method = "dawid-skene";
    std::string model = "error-rates";
    std::string rule = "half";
    double tolerance = 1e-9;
    std::size_t max_iterations = 2000;
    double threshold = 0.8;
    std::optional<double> want_precision;
    std::optional<double> want_recall;
    unsigned threads = 0;
    std::string backend = "par";
    std::string json_file;
    std::string posteriors_file;
    std::string labels_file;
    std::string curve_file;
};

void declare_options(CLI::App& app, arguments& args)
{
    const CLI::Range share(0.0, 1.0);
    app.add_option(
           "--votes", args.votes,
           "raters' votes on pairs of image and class (raters.npz), or a CSV of task,worker,label whose tasks are "
           "such as 'a.jpg 65' and whose labels are no, maybe and yes")
        ->required();
    app.add_option("--original", args.original, "original labels, one an image (npy, JSON or text; -1 is missing)");
    app.add_option("--names", args.names,
                   "the image of every original label (text lines, npy, a JSON list of paths, or "
                   "ImageNetV2's object)");
    app.add_option("--gold", args.gold, "experts' votes on some of the pairs, in the form of --votes");
    app.add_option("--gold-raters", args.gold_raters, "raters' votes on the pairs of --gold, for their points");
    app.add_option("--published", args.published, "label sets to compare with (real.json)");
    app.add_option("--virtual-rater", args.virtual_rater,
                   "original: the original labels vote, too (Dawid-Skene only; a majority is of the raters)")
        ->check(CLI::IsMember({"original"}));
    app.add_option("--virtual-classes", args.virtual_classes,
                   "the virtual rater votes on images with these original labels, such as 0-397; by default on all");
    app.add_option("--method", args.method, "dawid-skene or majority")
        ->check(CLI::IsMember({"dawid-skene", "majority"}));
    app.add_option("--model", args.model, "error-rates (Dawid and Skene's) or one-coin")
        ->check(CLI::IsMember({"error-rates", "one-coin"}));
    app.add_option("--rule", args.rule,
                   "of the majority: half (yes + maybe/2 of at least half), more-yes (than no) or three-yes")
        ->check(CLI::IsMember({"half", "more-yes", "three-yes"}));
    app.add_option("--tolerance", args.tolerance, "stop when no posterior changes by this much")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--max-iterations", args.max_iterations, "or after so many iterations");
    app.add_option("--threshold", args.threshold, "keep pairs whose posterior is greater")->check(share);
    app.add_option("--want-precision", args.want_precision, "also find the threshold for this precision")->check(share);
    app.add_option("--want-recall", args.want_recall, "also find the threshold for this recall")->check(share);
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--backend", args.backend, "seq or par")->check(CLI::IsMember({"seq", "par"}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
    app.add_option("--posteriors", args.posteriors_file,
                   "write the posterior of every pair as npy (of a majority, the share of yes + maybe/2)");
    app.add_option("--labels", args.labels_file, "write label sets in order of image number, as real.json");
    app.add_option("--curve", args.curve_file, "write a CSV of precision and recall: curve, experts, raters, labels");
}

void check_options(const arguments& args)
{
    const auto needs = [](const std::string& option, const char* name, const std::string& other, const char* wanted) {
        if (!option.empty() && other.empty()) throw program::usage_error(std::string(name) + " needs " + wanted);
    };
    needs(args.virtual_rater, "--virtual-rater", args.original, "--original");
    needs(args.virtual_classes, "--virtual-classes", args.virtual_rater, "--virtual-rater");
    needs(args.original, "--original", args.names, "--names, to find the images");
    needs(args.published, "--published", args.names, "--names, to find the images");
    needs(args.labels_file, "--labels", args.original, "--original, for the images without votes");
    needs(args.curve_file, "--curve", args.gold, "--gold");
    needs(args.gold_raters, "--gold-raters", args.gold, "--gold");
    if ((args.want_precision || args.want_recall) && args.gold.empty())
        throw program::usage_error("--want-precision and --want-recall need --gold");
}

// ---- Input

std::optional<numbered_images> number_images(const arguments& args, const ra::io::rater_votes& rated)
{
    if (args.names.empty()) return std::nullopt;
    const std::vector<std::string> names = ra::io::read_image_names(args.names);
    std::vector<ra::class_index> original;
    if (!args.original.empty()) original = ra::io::read_labels(args.original);
    return program::number_images(names, original, args.original, rated);
}

std::optional<gold_data> read_gold(const arguments& args, const ra::io::rater_votes& rated)
{
    if (args.gold.empty()) return std::nullopt;
    return program::find_gold(program::read_votes(args.gold), args.gold, rated, args.votes);
}

// ---- Labels

struct labelling {
    /// The posterior that a pair's class is present, or the share of votes for it.
    std::vector<double> score{};
    std::vector<bool> kept{};
    std::optional<ra::dawid_skene_result> fit{};
};

template <class Policy>
labelling label(Policy policy, const ra::annotations& votes, const arguments& args)
{
    program::progress_bar bar("Dawid-Skene", args.max_iterations, "iterations at most");
    labelling result;
    result.fit = ra::dawid_skene(
        policy, votes, ra::no_maybe_yes(),
        {.model = args.model == "one-coin" ? ra::rater_model::one_coin : ra::rater_model::error_rates,
         .tolerance = args.tolerance,
         .max_iterations = args.max_iterations,
         .on_iteration = [&](const ra::dawid_skene_progress& progress) { bar.show(progress.iteration); }});
    result.score = result.fit->posteriors_of(1);
    result.kept = ra::greater_than(result.score, args.threshold);
    return result;
}

labelling label_by_majority(const ra::annotations& votes, const arguments& args)
{
    const ra::vote_table table(votes);
    labelling result;
    for (std::size_t item = 0; item < table.items(); ++item) {
        const auto of = table.of(item);
        const double all = static_cast<double>(table.total(item));
        result.score.push_back(all == 0 ? 0.0 : (of[yes] + of[maybe] / 2.0) / all);
    }
    if (args.rule == "half") {
        result.kept = ra::majority_vote(table, ra::at_least_half_of_votes{.answer = yes, .half = maybe});
    } else if (args.rule == "more-yes") {
        result.kept = ra::majority_vote(table, ra::more_votes_than{.answer = yes, .other = 0});
    } else {
        result.kept = ra::majority_vote(table, ra::at_least_votes{.answer = yes, .votes = 3});
    }
    return result;
}

// ---- Output

json to_json(const ra::precision_recall& counts)
{
    return {{"precision", program::number_or_null(counts.precision().try_value())},
            {"recall", program::number_or_null(counts.recall().try_value())},
            {"hits", counts.hits},
            {"proposed", counts.proposed},
            {"gold", counts.gold}};
}

std::uint64_t count(const std::vector<bool>& kept)
{
    return static_cast<std::uint64_t>(std::count(kept.begin(), kept.end(), true));
}

void write_curve(const std::string& path, const std::vector<measured>& points)
{
    std::string text = "kind,name,threshold,precision,recall,hits,proposed,gold\n";
    for (const measured& point : points) {
        const auto number = [](std::optional<double> value) { return value ? program::exact(*value) : ""; };
        text += point.kind + ',' + program::csv_field(point.name) + ',' + number(point.threshold) + ',' +
                number(point.counts.precision().try_value()) + ',' + number(point.counts.recall().try_value()) + ',' +
                std::to_string(point.counts.hits) + ',' + std::to_string(point.counts.proposed) + ',' +
                std::to_string(point.counts.gold) + '\n';
    }
    program::write_text(path, text);
}

/// Every point of Fig. 3 (right) that the files allow.
std::vector<measured> measure(const arguments& args, const labelling& labels, const gold_data& gold,
                              const std::optional<numbered_images>& images, const std::vector<bool>& published)
{
    std::vector<measured> points{{"kept", args.method, std::nullopt,
                                  ra::measure_precision_recall(program::of_gold(gold, labels.kept), gold.labels)}};
    if (labels.fit) points[0].threshold = args.threshold;
    std::optional<named_votes> raters;
    if (!args.gold_raters.empty()) {
        raters = program::read_votes(args.gold_raters);
        program::expect_same_pairs(*raters, args.gold_raters, gold, args.gold);
    }
    for (measured& point : program::measure_others(gold, images, published, raters)) points.push_back(std::move(point));
    return points;
}

void add_operating_points(const arguments& args, const std::vector<ra::precision_recall_point>& curve,
                          std::vector<measured>& points)
{
    const auto add = [&](const std::string& name, const std::optional<ra::precision_recall_point>& point) {
        if (!point) throw std::runtime_error("no threshold reaches the wanted " + name);
        points.push_back({"operating point", name, point->threshold, point->counts});
    };
    if (args.want_precision)
        add("precision " + program::exact(*args.want_precision),
            ra::operating_point_for_precision(curve, *args.want_precision));
    if (args.want_recall)
        add("recall " + program::exact(*args.want_recall), ra::operating_point_for_recall(curve, *args.want_recall));
}

void print_report(const json& result, const std::vector<measured>& points)
{
    using program::percent, program::with_commas;
    const auto number = [&](const char* key) { return with_commas(result[key].get<std::uint64_t>()); };
    std::cout << number("votes") << " votes of " << number("raters") << " raters on " << number("pairs") << " pairs of "
              << number("images") << " images\n";
    if (result["method"] == "majority") {
        std::cout << "Majority (" << result["rule"].get<std::string>() << ")";
    } else {
        std::cout << "Dawid-Skene: " << number("iterations") << " iterations"
                  << (result["converged"].get<bool>() ? "" : ", NOT converged") << ", log-likelihood "
                  << (result["log_likelihood"].is_null() ? "-" : program::exact(result["log_likelihood"].get<double>()))
                  << ", prior of a present class " << percent(result["prior"].get<double>()) << " %\nPosterior above "
                  << program::exact(result["threshold"].get<double>());
    }
    std::cout << " keeps " << number("kept") << " pairs";
    if (!result["published"].is_null()) {
        std::cout << "; the published labels keep " << with_commas(result["published"]["kept"].get<std::uint64_t>())
                  << ", and agree on " << percent(result["published"]["agreement"].get<double>()) << " % of the pairs";
    }
    std::cout << '\n';
    if (points.empty()) return;
    std::cout << "\nAgainst the majority of the experts, in percent\n";
    std::vector<std::vector<std::string>> table{{"", "precision", "recall", "hits", "proposed", "gold", "threshold"}};
    for (const measured& point : points) {
        if (point.kind == "rater") continue;
        table.push_back({point.kind + ": " + point.name, percent(point.counts.precision().try_value()),
                         percent(point.counts.recall().try_value()), std::to_string(point.counts.hits),
                         std::to_string(point.counts.proposed), std::to_string(point.counts.gold),
                         point.threshold ? program::exact(*point.threshold) : ""});
    }
    program::print_table(table);
}

void relabel(const arguments& args)
{
    check_options(args);
    std::vector<ra::class_index> virtual_classes;
    if (!args.virtual_classes.empty()) {
        virtual_classes = program::parse_classes("--virtual-classes", args.virtual_classes);
        std::sort(virtual_classes.begin(), virtual_classes.end());
    }

    named_votes rated = program::read_votes(args.votes);
    const std::optional<numbered_images> images = number_images(args, rated);
    const std::optional<gold_data> gold = read_gold(args, rated);
    std::vector<bool> published;
    if (!args.published.empty()) {
        const ra::label_sets sets = ra::io::read_label_sets(args.published);
        if (sets.images() != images->images) {
            throw ra::io::file_error(args.published + ": " + std::to_string(sets.images()) + " label sets, but " +
                                     std::to_string(images->images) + " image names");
        }
        published = ra::pairs_in(images->pairs, sets.view());
    }

    json result{{"pairs", rated.pairs.size()},
                {"raters", rated.votes.raters()},
                {"votes", rated.votes.votes()},
                {"images", rated.images.size()},
                {"method", args.method}};
    labelling labels;
    if (args.method == "majority") {
        labels = label_by_majority(rated.votes, args);
    } else {
        if (!args.virtual_rater.empty()) rated.votes.add_rater(program::votes_of_original(*images, virtual_classes));
        labels = args.backend == "seq" ? label(ra::seq, rated.votes, args)
                                       : label(ra::par.on(args.threads), rated.votes, args);
    }
    const bool fitted = labels.fit.has_value();
    result["rule"] = fitted ? json(nullptr) : json(args.rule);
    result["iterations"] = fitted ? json(labels.fit->iterations) : json(nullptr);
    result["converged"] = fitted ? json(labels.fit->converged) : json(nullptr);
    result["log_likelihood"] = fitted ? program::number_or_null(labels.fit->final_log_likelihood()) : json(nullptr);
    result["prior"] = fitted ? json(labels.fit->prior[1]) : json(nullptr);
    result["kept"] = count(labels.kept);
    result["threshold"] = fitted ? json(args.threshold) : json(nullptr);
    result["gold"] = nullptr;
    result["published"] = nullptr;
    if (!published.empty()) {
        std::uint64_t agreeing = 0;
        for (std::size_t i = 0; i < published.size(); ++i) agreeing += published[i] == labels.kept[i];
        result["published"] = {{"kept", count(published)},
                               {"agreement", ra::proportion{agreeing, published.size()}.value()}};
    }

    std::vector<measured> points;
    if (gold) {
        points = measure(args, labels, *gold, images, published);
        result["gold"] = to_json(points[0].counts);
        const std::vector<ra::precision_recall_point> curve =
            ra::precision_recall_curve(of_gold(*gold, labels.score), gold->labels);
        add_operating_points(args, curve, points);
        result["points"] = json::array();
        for (const measured& point : points) {
            json entry{{"kind", point.kind}, {"name", point.name}};
            entry.update(to_json(point.counts));
            // Minus infinity keeps all, and is no number in JSON.
            entry["threshold"] = point.threshold && std::isfinite(*point.threshold) ? json(*point.threshold) : nullptr;
            result["points"].push_back(std::move(entry));
        }
        if (!args.curve_file.empty()) {
            std::vector<measured> all = points;
            for (const ra::precision_recall_point& point : curve)
                all.push_back({"curve", args.method, point.threshold, point.counts});
            write_curve(args.curve_file, all);
        }
    }
    if (!args.posteriors_file.empty()) ra::io::write_npy(args.posteriors_file, labels.score, {labels.score.size()});
    if (!args.labels_file.empty()) {
        ra::io::write_label_sets(args.labels_file,
                                 ra::label_sets_from_pairs(images->pairs, labels.kept, images->original));
    }
    if (args.json_file != "-") print_report(result, points);
    if (!args.json_file.empty()) program::write_json(args.json_file, result);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Makes labels from raters' votes and measures them against experts.", "relabel");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { relabel(args); });
}
