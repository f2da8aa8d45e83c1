// evaluate: how good are these models, by the original labels and by the ReaL labels?
//
//   evaluate --predictions resnet50=resnet50.npy --original labels.npy --real real.json --names images.json --classes
//   1000
//
// Prints a table, and with --json the same numbers for programs; examples/README.md describes them. The parts are in
// evaluate/: inputs, evaluation, tables.
#include "evaluate/evaluate.hpp"

#include <reassess/io/evaluation_csv.hpp>
#include <reassess/io/evaluation_json.hpp>
#include <reassess/io/input_warnings.hpp>

#include <iostream>
#include <string>

namespace evaluate {

namespace {

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--scores", args.scores,
                   "[NAME=]FILE: scores, images x classes (npy, npz, CSV or text); shards FILE,FILE,..; repeatable");
    app.add_option(
        "--predictions", args.predictions,
        "[NAME=]FILE: predicted classes, images x k, best first, in CSV and text also after image names; shards "
        "FILE,FILE,..; repeatable");
    app.add_option(
        "--original", args.original,
        "original labels, one an image (npy, JSON, CSV or text, with or without image names; -1 is missing)");
    app.add_option("--real", args.real,
                   "label sets, a JSON list of lists (real.json) or an object of image names and lists");
    app.add_option("--names", args.names,
                   "the image of every row (text lines, npy, a JSON list of paths, or ImageNetV2's object)");
    app.add_option("--real-names", args.real_names,
                   "the image of every label set; else the number at the end of its name tells");
    app.add_option("--ids", args.ids,
                   "instead of --names: the position of every row's image among labels and label sets, from 0");
    app.add_option_function<std::string>(
           "--repeated",
           [&](const std::string& rule) {
               args.repeated = rule == "first" ? ra::io::repeated_images::first : ra::io::repeated_images::error;
           },
           "rows that repeat an image: error (default), or first: only the first counts, and the others must be equal")
        ->check(CLI::IsMember({"error", "first"}));
    app.add_option("--synsets", args.synsets,
                   "names of the classes, one per line, that files have instead of class indices; by default the "
                   "WordNet ids of ImageNet-1k");
    program::add_separator(app, args.separator);
    app.add_option("--classes", args.classes, "number of classes, for predictions without scores");
    app.add_option("--class-order", args.class_order,
                   "how the original labels number the classes: wnid (class indices), text (folders 0, 1, 10, 100, ..) "
                   "or devkit (1 to 1000, as in the ILSVRC devkit)")
        ->check(CLI::IsMember({"wnid", "text", "devkit"}));
    app.add_option("--real-class-order", args.real_class_order, "the same for the label sets")
        ->check(CLI::IsMember({"wnid", "text", "devkit"}));
    app.add_option("--model-class-order", args.model_class_order,
                   "the same for predictions, and for the columns of scores (1000, or 1001 with an unused class 0)")
        ->check(CLI::IsMember({"wnid", "text", "devkit"}));
    CLI::Option* const selection = app.add_option(
        "--class-selection", args.class_selection,
        "the classes of the model that labels 0, 1, .. mean, such as 6,11,13-15, or a file with one per line");
    app.add_option("--rank-among", args.rank_among,
                   "with --class-selection: selected, which leaves the scores of other classes out, or all")
        ->check(CLI::IsMember({"selected", "all"}))
        ->needs(selection);
    app.add_option("--k", args.ks, "list of k, such as 1,5; by default 1 to min(5, depth, classes)");
    app.add_option(
           "--metrics", args.metrics,
           "list of further metrics: ranking (how label sets are ranked: precision, recall, F1 and nDCG at each "
           "k, label ranking average precision, coverage error, ranking loss), classes (precision, recall and F1 of "
           "each class, Matthews' correlation, kappa), groups (accuracy by group, mistakes within groups; needs "
           "--groups or --taxonomy), selective (risk at a coverage; needs --scores-are), agreement (of several models: "
           "error consistency, churn, images that all or none get right)")
        ->delimiter(',')
        ->check(CLI::IsMember({"ranking", "classes", "groups", "selective", "agreement"}));
    app.add_option("--groups", args.groups,
                   "with --metrics groups: a CSV with the columns class and group, a line for each class in a group");
    app.add_option(
        "--taxonomy", args.taxonomy,
        "with --metrics groups: a tree of the classes, a text line for each edge, parent and child (names of "
        "classes: see --synsets), for the mean height of mistakes");
    app.add_option("--exclude-classes", args.exclude_classes, "classes that are never called ambiguous, such as 0-397");
    app.add_option("--ignore-label", args.ignore_label, "another original label that means missing");
    app.add_flag_callback(
        "--exclude-nan", [&] { args.nan = ra::on_nan::exclude; },
        "leave out images with a NaN score instead of failing");
    app.add_flag("--bfloat16", args.bfloat16, "scores stored as uint16 are bfloat16");
    app.add_option_function<std::string>(
           "--scores-are",
           [&](const std::string& kind) {
               args.scores_are = kind == "logits" ? ra::score_kind::logits : ra::score_kind::probabilities;
           },
           "logits or probabilities: with it, log loss, Brier score and calibration are printed too")
        ->check(CLI::IsMember({"logits", "probabilities"}));
    app.add_flag_callback(
        "--normalise", [&] { args.normalise = ra::normalise::yes; }, "divide every row of probabilities by its sum");
    app.add_option("--clip", args.clip,
                   "clip probabilities to [CLIP, 1 - CLIP] before logarithms, so that no loss is infinite")
        ->check(CLI::Range(0.0, 0.5));
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--backend", args.backend, "seq or par")->check(CLI::IsMember({"seq", "par"}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
    app.add_option("--per-class", args.per_class_file, "write a CSV of images, oracle and hits by class");
    CLI::Option* const mistakes =
        app.add_option("--mistakes", args.mistakes_file, "write a CSV of every mistake, or of a sample for raters");
    app.add_option("--mistakes-sample", args.mistakes_sample,
                   "a random sample of this many mistakes of each model by each metric, as a task for raters: the "
                   "verdicts that they fill in are what the program verdicts reads")
        ->needs(mistakes);
    app.add_option("--seed", args.seed, "where the random numbers of the sample and of the models' places start")
        ->capture_default_str();
    app.add_option("--cooccurrence", args.cooccurrence_file, "write a CSV of the classes that occur together");
    app.add_option("--curves", args.curves_file,
                   "write a CSV of the sorted class accuracies over the ambiguous classes (Fig. 6)");
}

void write_files(const ra::io::evaluated_models& evaluated, const arguments& args)
{
    const ra::label_summary& labels = evaluated.labels;
    if (!args.json_file.empty()) program::write_json(args.json_file, ra::io::to_json(evaluated));
    if (!args.per_class_file.empty())
        program::write_text(args.per_class_file, ra::io::class_accuracy_csv(labels, evaluated.models).text());
    if (!args.cooccurrence_file.empty())
        program::write_text(args.cooccurrence_file, ra::io::co_occurrence_csv(labels).text());
    if (!args.curves_file.empty()) {
        const auto classes = labels.ambiguous_classes(evaluated.ambiguity());
        program::write_text(args.curves_file, ra::io::class_curves_csv(labels, evaluated.models, classes).text());
    }
}

void run(const arguments& args)
{
    const inputs in = read_inputs(args);
    const ra::io::evaluated_models evaluated = evaluate_models(in, args);
    if (args.json_file != "-") print_tables(in, evaluated);
    for (const ra::io::input_warning& warning : evaluated.warnings)
        std::cerr << "evaluate: warning: " << warning.text << '\n';
    write_files(evaluated, args);
}

}  // namespace

}  // namespace evaluate

int main(int argc, char** argv)
{
    CLI::App app("Evaluates image classifiers against original labels and ReaL label sets.", "evaluate");
    evaluate::arguments args;
    evaluate::declare_options(app, args);
    return program::run(app, argc, argv, [&] { evaluate::run(args); });
}
