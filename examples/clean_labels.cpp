// clean_labels: which training images keep their label?
//
//   clean_labels --labels train.npy --folds 10 --fold-list folds.csv
//
// deals the images into folds; a model is then trained without each fold, and predicts it. With these predictions
//
//   clean_labels --labels train.npy --predictions held_out.npy --keep keep.txt
//
// keeps the images whose label is the prediction (the paper keeps about 90 %). Prints a table, and with --json the same
// numbers for programs; examples/README.md describes them.
#include "program.hpp"

#include <reassess/data/labels.hpp>
#include <reassess/data/proportion.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/io/clean_labels.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/result_json.hpp>
#include <reassess/io/score_file.hpp>
#include <reassess/io/targets.hpp>
#include <reassess/labeling/clean_labels.hpp>
#include <reassess/labeling/folds.hpp>
#include <reassess/ranking/image_results.hpp>
#include <reassess/ranking/rank.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using program::json;

namespace {

struct arguments {
    std::string labels;
    std::string names;
    std::optional<std::int64_t> ignore_label;
    std::uint32_t folds = ra::fold_options{}.folds;
    std::uint64_t seed = 0;
    bool by_class = false;
    std::vector<std::string> predictions;
    std::vector<std::string> scores;
    std::size_t classes = 0;
    std::size_t top_k = 1;
    ra::on_nan nan = ra::on_nan::error;
    bool bfloat16 = false;
    std::string fold_file;
    std::string keep_file;
    std::string per_class_file;
    std::string separator = ",";
    std::string json_file;
};

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--labels", args.labels, "labels to clean, one an image (npy, JSON or text; -1 is missing)")
        ->required();
    app.add_option("--names", args.names,
                   "the image of every row (text lines, npy, a JSON list, or ImageNetV2's object)");
    app.add_option("--ignore-label", args.ignore_label, "another label that means missing");
    app.add_option("--folds", args.folds, "number of folds")->check(CLI::Range(2, 1'000'000))->capture_default_str();
    app.add_option("--seed", args.seed, "seed of the folds")->capture_default_str();
    app.add_flag("--by-class", args.by_class, "spread every class evenly over the folds");
    app.add_option("--predictions", args.predictions,
                   "FILE.npy: predicted classes, images x k, best first: one file of held-out predictions, or one a "
                   "fold, in order, by the model that was trained without it");
    app.add_option("--scores", args.scores, "FILE.npy: the same as scores, images x classes");
    app.add_option("--classes", args.classes, "number of classes, for predictions; by default what is seen");
    app.add_option("--top-k", args.top_k, "keep labels among this many first predictions")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_flag_callback(
        "--exclude-nan", [&] { args.nan = ra::on_nan::exclude; }, "drop images with a NaN score instead of failing");
    app.add_flag("--bfloat16", args.bfloat16, "scores stored as uint16 are bfloat16");
    app.add_option("--fold-list", args.fold_file, "write a CSV of every image's fold");
    app.add_option("--keep", args.keep_file, "write the images that are kept, one a line");
    app.add_option("--per-class", args.per_class_file, "write a CSV of images and kept images by class");
    program::add_separator(app, args.separator);
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

struct input {
    std::vector<ra::class_index> labels{};
    std::vector<std::string> names{};
    std::vector<std::uint32_t> fold_of{};

    [[nodiscard]] std::size_t images() const { return labels.size(); }
};

void check_usage(const arguments& args)
{
    const std::size_t files = args.predictions.size() + args.scores.size();
    if (!args.predictions.empty() && !args.scores.empty())
        throw program::usage_error("give either --predictions or --scores");
    if (files == 0 && args.fold_file.empty())
        throw program::usage_error("nothing to do: give --fold-list, --predictions or --scores");
    if (files == 0 && !(args.keep_file.empty() && args.per_class_file.empty()))
        throw program::usage_error("--keep and --per-class need --predictions or --scores");
    if (files > 1 && files != args.folds) {
        throw program::usage_error(std::to_string(files) + " files for " + std::to_string(args.folds) +
                                   " folds: give one file of held-out predictions, or one a fold");
    }
}

input read_input(const arguments& args)
{
    input in;
    if (!args.names.empty()) in.names = ra::io::read_image_names(args.names, program::csv_of(args.separator));
    in.labels = ra::io::read_labels_of(args.labels, in.names,
                                       {.ignore_label = args.ignore_label, .csv = program::csv_of(args.separator)});
    if (!args.names.empty()) {
        ra::io::expect_names(args.names, in.names.size(), in.images(), "labels");
    }
    const bool needs_folds = !args.fold_file.empty() || args.predictions.size() + args.scores.size() > 1;
    if (needs_folds) {
        const ra::fold_options options{.folds = args.folds};
        const ra::random_seed seed(args.seed);
        in.fold_of = args.by_class ? ra::assign_folds_by_class(in.labels, seed, options)
                                   : ra::assign_folds(in.images(), seed, options);
    }
    return in;
}

/// Every image ranked by a model that was not trained on it: images of fold i by file i, or all by one file.
template <class File, class Rank>
ra::image_results rank_held_out(const std::vector<File>& files, const input& in, Rank rank)
{
    program::progress_bar bar("ranking", files.size() * in.images());
    ra::held_out_results held_out(in.fold_of);
    for (std::uint32_t fold = 0; fold < files.size(); ++fold) {
        bar.show(fold * in.images());
        try {
            ra::image_results results = rank(files[fold]);
            if (files.size() == 1) return results;
            held_out.add(fold, results);
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(files[fold].path().string() + ": " + error.what());
        }
    }
    return held_out.results();
}

ra::image_results rank_held_out(const input& in, const arguments& args)
{
    const ra::targets_view targets{.original = in.labels};
    if (!args.scores.empty()) {
        const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
        std::vector<ra::io::score_file> files;
        for (const std::string& path : args.scores) {
            files.emplace_back(path,
                               ra::io::score_file_options{.uint16 = uint16, .csv = program::csv_of(args.separator)});
            ra::io::expect_same_order(path, files.back().names(), in.names);
        }
        return rank_held_out(files, in, [&](const ra::io::score_file& file) {
            return file.visit(
                [&](const auto& scores) { return ra::rank(ra::par, scores, targets, {.nan = args.nan}); });
        });
    }
    std::vector<ra::io::top_k_file> files;
    for (const std::string& path : args.predictions) {
        files.emplace_back(path, ra::io::top_k_file_options{.csv = program::csv_of(args.separator)});
        ra::io::expect_same_order(path, files.back().names(), in.names);
    }
    std::size_t classes = args.classes;
    if (classes == 0) {
        std::vector<std::optional<ra::class_index>> largest{0};
        for (const ra::class_index label : in.labels) largest[0] = std::max(*largest[0], label);
        for (const ra::io::top_k_file& file : files) largest.push_back(file.largest_class());
        classes = ra::io::count_classes(largest);
    }
    return rank_held_out(files, in, [&](const ra::io::top_k_file& file) {
        return file.visit(classes, [&](const auto& lists) { return ra::rank(ra::par, lists, targets); });
    });
}

void write_files(const input& in, const std::optional<ra::cleaned_labels>& cleaned, const arguments& args)
{
    if (!args.fold_file.empty()) program::write_text(args.fold_file, ra::io::folds_csv(in.fold_of, in.names).text());
    if (!args.keep_file.empty()) program::write_text(args.keep_file, ra::io::image_lines(in.names, cleaned->kept));
    if (!args.per_class_file.empty())
        program::write_text(args.per_class_file, ra::io::cleaned_classes_csv(*cleaned).text());
}

json to_json(const input& in, const std::optional<ra::cleaned_labels>& cleaned, const arguments& args)
{
    json result{{"images", in.images()}, {"folds", nullptr}, {"cleaned", nullptr}};
    if (!in.fold_of.empty()) {
        std::vector<std::uint64_t> sizes(args.folds);
        for (const std::uint32_t fold : in.fold_of) ++sizes[fold];
        result["folds"] = {{"seed", args.seed}, {"by_class", args.by_class}, {"sizes", sizes}};
    }
    if (!cleaned) return result;
    result["cleaned"] = {{"top_k", args.top_k}};
    result["cleaned"].update(ra::io::to_json(*cleaned));
    return result;
}

void print_report(const input& in, const std::optional<ra::cleaned_labels>& cleaned, const arguments& args)
{
    using program::with_commas;
    std::cout << with_commas(in.images()) << " images\n";
    if (!in.fold_of.empty()) {
        std::cout << args.folds << " folds of " << with_commas(in.images() / args.folds)
                  << (in.images() % args.folds == 0 ? "" : " or one more") << " images, seed " << args.seed
                  << (args.by_class ? ", balanced by class\n" : "\n");
    }
    if (!cleaned) return;
    std::cout << "Kept " << with_commas(cleaned->share.hits) << " of " << with_commas(cleaned->share.total) << ", "
              << program::percent_with_interval(cleaned->share) << " %: the label is "
              << (args.top_k == 1 ? "the held-out model's prediction\n"
                                  : "among its first " + std::to_string(args.top_k) + " predictions\n");
    if (cleaned->without_label + cleaned->without_prediction != 0) {
        std::cout << "Not kept: " << with_commas(cleaned->without_label) << " images without a label, "
                  << with_commas(cleaned->without_prediction) << " with a NaN score\n";
    }
    std::vector<std::size_t> classes;
    for (std::size_t c = 0; c < cleaned->by_class.size(); ++c) {
        if (cleaned->by_class[c].total != 0) classes.push_back(c);
    }
    std::stable_sort(classes.begin(), classes.end(), [&](std::size_t a, std::size_t b) {
        return cleaned->by_class[a].value() < cleaned->by_class[b].value();
    });
    classes.resize(std::min<std::size_t>(classes.size(), 10));
    std::cout << "\nClasses with the smallest share of kept images, in percent\n";
    std::vector<std::vector<std::string>> table{{"class", "images", "kept", "share"}};
    for (const std::size_t c : classes) {
        const ra::proportion kept = cleaned->by_class[c];
        table.push_back(
            {std::to_string(c), with_commas(kept.total), with_commas(kept.hits), program::percent(kept.try_value())});
    }
    program::print_table(table);
}

void clean(const arguments& args)
{
    check_usage(args);
    const input in = read_input(args);
    std::optional<ra::cleaned_labels> cleaned;
    if (!args.predictions.empty() || !args.scores.empty())
        cleaned = ra::clean_labels(rank_held_out(in, args), in.labels, {.top_k = args.top_k});

    if (args.json_file != "-") print_report(in, cleaned, args);
    if (!args.json_file.empty()) program::write_json(args.json_file, to_json(in, cleaned, args));
    write_files(in, cleaned, args);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Deals training images into folds, and keeps those whose label a held-out model predicts.",
                 "clean_labels");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { clean(args); });
}
