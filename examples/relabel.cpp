// relabel: raters' votes become labels, by Dawid and Skene's model or by majority, measured against experts.
//
//   relabel --votes raters.npz --original labels.npy --names images.json --virtual-rater original
//     --virtual-classes 0-397 --gold golden.npz --labels new.json
//
// Prints what was kept, and with --json the same numbers for programs; `evaluate --real new.json` reads the labels.
#include "relabel/relabel.hpp"

#include <reassess/data/rated_pairs.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/result_json.hpp>
#include <reassess/labeling/precision_recall.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace relabel {

namespace {

void declare_options(CLI::App& app, arguments& args)
{
    const CLI::Range share(0.0, 1.0);
    app.add_option(
           "--votes", args.votes,
           "raters' votes on pairs of image and class (raters.npz), or a CSV of task,worker,label whose tasks are "
           "such as 'a.jpg 65' and whose labels are no, maybe and yes")
        ->required();
    app.add_option("--original", args.original,
                   "original labels, one an image (npy, JSON, CSV or text; -1 is missing)");
    app.add_option("--names", args.names,
                   "the image of every original label (text lines, npy, a JSON list of paths, or "
                   "ImageNetV2's object)");
    app.add_option("--gold", args.gold, "experts' votes on some of the pairs, in the form of --votes");
    app.add_option("--gold-raters", args.gold_raters, "raters' votes on the pairs of --gold, for their points");
    app.add_option("--published", args.published,
                   "label sets to compare with (real.json, or an object of image names and lists)");
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
    app.add_option("--max-iterations", args.max_iterations, "maximum number of iterations");
    app.add_option("--smoothing", args.smoothing, "added to every expected count of answers, for raters with few votes")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--threshold", args.threshold, "keep pairs whose posterior is greater")->check(share);
    app.add_option("--want-precision", args.want_precision, "also find the threshold for this precision")->check(share);
    app.add_option("--want-recall", args.want_recall, "also find the threshold for this recall")->check(share);
    app.add_option("--ignore-label", args.ignore_label, "another original label that means missing");
    app.add_option("--synsets", args.synsets,
                   "names of the classes, one per line, that files have instead of class indices; by default the "
                   "WordNet ids of ImageNet-1k");
    program::add_separator(app, args.separator);
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--backend", args.backend, "seq or par")->check(CLI::IsMember({"seq", "par"}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
    app.add_option("--posteriors", args.posteriors_file,
                   "write the posterior of every pair as npy (of a majority, the share of yes + maybe/2)");
    app.add_option("--labels", args.labels_file, "write label sets in order of image number, as real.json");
    app.add_option("--curve", args.curve_file, "write a CSV of precision and recall: curve, experts, raters, labels");
}

ra::pair_labels make_labels(ra::io::named_votes& rated, const references& known, const arguments& args)
{
    if (args.method == "majority") {
        return ra::label_pairs_by_majority(rated.votes, args.rule == "half"       ? ra::majority_rule::half
                                                        : args.rule == "more-yes" ? ra::majority_rule::more_yes
                                                                                  : ra::majority_rule::three_yes);
    }
    if (!args.virtual_rater.empty()) {
        std::vector<ra::class_index> classes;
        if (!args.virtual_classes.empty())
            classes = program::parse_classes("--virtual-classes", args.virtual_classes, names_of_classes(args));
        std::sort(classes.begin(), classes.end());
        rated.votes.add_rater(ra::io::votes_of_original(*known.images, classes));
    }
    program::progress_bar bar("Dawid-Skene", args.max_iterations, "iterations at most");
    const ra::dawid_skene_options options{
        .model = args.model == "one-coin" ? ra::rater_model::one_coin : ra::rater_model::error_rates,
        .tolerance = args.tolerance,
        .max_iterations = args.max_iterations,
        .smoothing = args.smoothing,
        .on_iteration = [&](const ra::dawid_skene_progress& progress) { bar.show(progress.iteration); }};
    return args.backend == "seq" ? ra::label_pairs(ra::seq, rated.votes, args.threshold, options)
                                 : ra::label_pairs(ra::par.on(args.threads), rated.votes, args.threshold, options);
}

/// Every point of Fig. 3 (right) that the files allow.
std::vector<measured> measure(const arguments& args, const ra::pair_labels& labels, const references& known)
{
    const ra::io::gold_data& gold = *known.gold;
    std::vector<measured> points{{"kept", args.method, std::nullopt,
                                  ra::measure_precision_recall(ra::io::of_gold(gold, labels.kept), gold.labels)}};
    if (labels.fit) points[0].threshold = args.threshold;
    for (measured& point : ra::io::measure_others(gold, known.images, known.published, known.gold_raters))
        points.push_back(std::move(point));
    return points;
}

void add_operating_points(const arguments& args, const std::vector<ra::precision_recall_point>& curve,
                          std::vector<measured>& points)
{
    const auto add = [&](const std::string& name, const std::optional<ra::precision_recall_point>& point) {
        if (!point) throw std::runtime_error("no threshold reaches the requested " + name);
        points.push_back({"operating point", name, point->threshold, point->counts});
    };
    if (args.want_precision)
        add("precision " + program::exact(*args.want_precision),
            ra::operating_point_for_precision(curve, *args.want_precision));
    if (args.want_recall)
        add("recall " + program::exact(*args.want_recall), ra::operating_point_for_recall(curve, *args.want_recall));
}

void run(const arguments& args)
{
    check_options(args);
    ra::io::named_votes rated = read_votes(args.votes, args);
    const std::size_t raters = rated.votes.raters(), votes = rated.votes.votes();
    const references known = read_references(args, rated);
    const ra::pair_labels labels = make_labels(rated, known, args);
    json result = to_json(rated, labels, known, args);
    result["raters"] = raters;  // without the virtual one
    result["votes"] = votes;
    std::vector<measured> points;
    if (known.gold) {
        points = measure(args, labels, known);
        result["gold"] = ra::io::to_json(points[0].counts);
        const std::vector<ra::precision_recall_point> curve =
            ra::precision_recall_curve(ra::io::of_gold(*known.gold, labels.score), known.gold->labels);
        add_operating_points(args, curve, points);
        result["points"] = ra::io::to_json(std::span<const measured>(points));
        std::vector<measured> all = points;
        for (const ra::precision_recall_point& point : curve)
            all.push_back({"curve", args.method, point.threshold, point.counts});
        if (!args.curve_file.empty()) program::write_text(args.curve_file, ra::io::measured_csv(all).text());
    }
    if (!args.posteriors_file.empty()) ra::io::write_npy(args.posteriors_file, labels.score, {labels.score.size()});
    if (!args.labels_file.empty()) {
        ra::io::write_label_sets(args.labels_file,
                                 ra::label_sets_from_pairs(known.images->pairs, labels.kept, known.images->original));
    }
    if (args.json_file != "-") print_report(result, points);
    if (!args.json_file.empty()) program::write_json(args.json_file, result);
}

}  // namespace

}  // namespace relabel

int main(int argc, char** argv)
{
    CLI::App app("Makes labels from raters' votes and measures them against experts.", "relabel");
    relabel::arguments args;
    relabel::declare_options(app, args);
    return program::run(app, argc, argv, [&] { relabel::run(args); });
}
