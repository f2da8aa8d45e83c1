// relabel: raters' votes become labels, by Dawid and Skene's model or by majority, measured against experts.
//
//   relabel --votes raters.npz --original labels.npy --names images.json --virtual-rater original
//     --virtual-classes 0-397 --gold golden.npz --labels new.json
//
// Prints what was kept, and with --json the same numbers for programs; `evaluate --real new.json` reads the labels.
#include "program.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/rated_pairs.hpp>
#include <reassess/io/result_json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::json;
using ra::io::measured;

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

ra::io::named_votes read_votes(const std::string& path)
{
    std::optional<program::progress_bar> bar;
    return ra::io::read_pair_votes(path, [&](const ra::io::rater_votes_progress& progress) {
        if (!bar) bar.emplace("reading votes", progress.total, "answers");
        bar->show(progress.rows);
    });
}

/// What is known of the rated images; what is not given is empty.
struct references {
    std::optional<ra::io::numbered_images> images{};
    std::optional<ra::io::gold_data> gold{};
    std::optional<ra::io::named_votes> gold_raters{};
    /// Which pairs the published labels keep.
    std::vector<bool> published{};
};

references read_references(const arguments& args, const ra::io::named_votes& rated)
{
    references known;
    if (!args.names.empty()) {
        const std::vector<std::string> names = ra::io::read_image_names(args.names);
        std::vector<ra::class_index> original;
        if (!args.original.empty()) original = ra::io::read_labels(args.original);
        known.images = ra::io::number_images(names, original, args.original, rated);
    }
    if (!args.gold.empty()) known.gold = ra::io::find_gold(read_votes(args.gold), args.gold, rated, args.votes);
    if (!args.gold_raters.empty()) {
        known.gold_raters = read_votes(args.gold_raters);
        ra::io::expect_same_pairs(*known.gold_raters, args.gold_raters, *known.gold, args.gold);
    }
    if (args.published.empty()) return known;
    const ra::label_sets sets = ra::io::read_label_sets(args.published);
    if (sets.images() != known.images->images) {
        throw ra::io::file_error(args.published + ": " + std::to_string(sets.images()) + " label sets, but " +
                                 std::to_string(known.images->images) + " image names");
    }
    known.published = ra::pairs_in(known.images->pairs, sets.view());
    return known;
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
        if (!args.virtual_classes.empty()) classes = program::parse_classes("--virtual-classes", args.virtual_classes);
        std::sort(classes.begin(), classes.end());
        rated.votes.add_rater(ra::io::votes_of_original(*known.images, classes));
    }
    program::progress_bar bar("Dawid-Skene", args.max_iterations, "iterations at most");
    const ra::dawid_skene_options options{
        .model = args.model == "one-coin" ? ra::rater_model::one_coin : ra::rater_model::error_rates,
        .tolerance = args.tolerance,
        .max_iterations = args.max_iterations,
        .on_iteration = [&](const ra::dawid_skene_progress& progress) { bar.show(progress.iteration); }};
    return args.backend == "seq" ? ra::label_pairs(ra::seq, rated.votes, args.threshold, options)
                                 : ra::label_pairs(ra::par.on(args.threads), rated.votes, args.threshold, options);
}

// ---- Output

std::uint64_t count(const std::vector<bool>& kept)
{
    return static_cast<std::uint64_t>(std::count(kept.begin(), kept.end(), true));
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

json to_json(const ra::io::named_votes& rated, const ra::pair_labels& labels, const references& known,
             const arguments& args)
{
    const auto& fit = labels.fit;
    json result{{"pairs", rated.pairs.size()},
                {"raters", nullptr},
                {"votes", nullptr},
                {"images", rated.images.size()},
                {"method", args.method},
                {"rule", fit ? json(nullptr) : json(args.rule)},
                {"iterations", fit ? json(fit->iterations) : json(nullptr)},
                {"converged", fit ? json(fit->converged) : json(nullptr)},
                {"log_likelihood", fit ? program::number_or_null(fit->final_log_likelihood()) : json(nullptr)},
                {"prior", fit ? json(fit->prior[1]) : json(nullptr)},
                {"kept", count(labels.kept)},
                {"threshold", fit ? json(args.threshold) : json(nullptr)},
                {"gold", nullptr},
                {"published", nullptr}};
    if (known.published.empty()) return result;
    std::uint64_t agreeing = 0;
    for (std::size_t i = 0; i < known.published.size(); ++i) agreeing += known.published[i] == labels.kept[i];
    result["published"] = {{"kept", count(known.published)},
                           {"agreement", ra::proportion{agreeing, known.published.size()}.value()}};
    return result;
}

void relabel(const arguments& args)
{
    check_options(args);
    ra::io::named_votes rated = read_votes(args.votes);
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

int main(int argc, char** argv)
{
    CLI::App app("Makes labels from raters' votes and measures them against experts.", "relabel");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { relabel(args); });
}
