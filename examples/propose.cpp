// propose: which classes should raters be asked about?
//
//   propose --logits a=a.npy --logits b=b.npy --original labels.npy --proposals proposals.csv --tasks tasks.csv
//
// Pools what the models mention, says which images need raters, and cuts the proposals into rating tasks. With gold
// labels for some images it tries every subset of the models. Prints a table, and with --json the same numbers for
// programs; examples/README.md describes them.
#include "propose/propose.hpp"

#include <reassess/io/proposals.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace propose {

namespace {

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--logits", args.logits, "[NAME=]FILE.npy: logits, images x classes; repeatable")->required();
    app.add_option("--original", args.original, "original labels, one an image (npy, JSON or text; -1 is missing)")
        ->required();
    app.add_option("--names", args.names,
                   "the image of every row (text lines, npy, a JSON list, or ImageNetV2's object)");
    app.add_option("--ignore-label", args.ignore_label, "another original label that means missing");
    app.add_option("--pairs", args.pairs, "pairs of image and class in each list of a model")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40))
        ->capture_default_str();
    app.add_flag_callback(
        "--count-models", [&] { args.unit = ra::mention_unit::model; },
        "a mention is a model, not one of its two lists");
    app.add_flag_callback(
        "--exclude-nan", [&] { args.nan = ra::on_nan::exclude; },
        "a model says nothing of images with a NaN score, instead of failing");
    app.add_flag("--bfloat16", args.bfloat16, "logits stored as uint16 are bfloat16");
    app.add_option("--gold", args.gold, "gold label sets, a JSON list of lists; images with an empty set are excluded");
    app.add_option("--gold-names", args.gold_names, "the image of every gold set; they may be some of --names");
    app.add_option("--least-recall", args.least_recall, "the best subset has at least this recall")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_flag("--best-subset", args.best_subset, "propose with the best subset only");
    app.add_option("--hierarchy", args.hierarchy,
                   "the parent of every node, -1 for a root, the classes first (npy, JSON or text)");
    app.add_option("--task-size", args.task_size, "most proposals in a rating task")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--backend", args.backend, "seq or par")->check(CLI::IsMember({"seq", "par"}));
    app.add_option("--proposals", args.proposals_file,
                   "write the proposals: label sets if the name ends in .json, else a CSV with mentions");
    app.add_option("--rated", args.rated_file, "write the images that need raters, one a line");
    app.add_option("--not-rated", args.not_rated_file, "write the images that need none, one a line");
    app.add_option("--tasks", args.tasks_file, "write a CSV of the rating tasks");
    app.add_option("--front", args.front_file, "write a CSV of the subsets of best precision and recall (Pareto)");
    program::add_separator(app, args.separator);
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

/// The models of the best subset.
std::vector<ra::model_mentions> best_models(const ra::subset_search_result& search, const input& in)
{
    if (!search.best)
        throw std::runtime_error("no subset of the models has a recall of at least " +
                                 program::exact(search.least_recall));
    std::vector<ra::model_mentions> models;
    for (std::size_t m = 0; m < in.mentions.size(); ++m) {
        if ((search.best->models >> m & 1) != 0) models.push_back(in.mentions[m]);
    }
    return models;
}

void run(const arguments& args)
{
    const input in = read_input(args);
    proposals found{.proposing = in.models};
    const ra::proposal_options options{.unit = args.unit};
    if (in.gold) found.search = ra::search_subsets(in.mentions, in.original, *in.gold, args.least_recall, options);
    if (args.best_subset) {
        found.set = ra::propose(best_models(*found.search, in), in.original, options);
        found.proposing = ra::io::names_of_subset(found.search->best->models, in.models);
    } else {
        found.set = ra::propose(in.mentions, in.original, options);
    }
    found.tasks = ra::rating_tasks(found.set.proposed, found.set.rated, in.taxonomy, {.most = args.task_size});
    if (args.json_file != "-") print_report(found, in, args);
    write_files(found, in, args);
}

}  // namespace

}  // namespace propose

int main(int argc, char** argv)
{
    CLI::App app("Proposes labels for raters from the logits of several models.", "propose");
    propose::arguments args;
    propose::declare_options(app, args);
    return program::run(app, argc, argv, [&] { propose::run(args); });
}
