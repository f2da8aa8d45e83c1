// propose: which classes should raters be asked about?
//
//   propose --logits a=a.npy --logits b=b.npy --original labels.npy --proposals proposals.csv --tasks tasks.csv
//
// Pools what the models mention, says which images need raters, and cuts the proposals into rating tasks. With gold
// labels for some images it tries every subset of the models. Prints a table, and with --json the same numbers for
// programs; examples/README.md describes them.
#include "program.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/proposals.hpp>
#include <reassess/io/result_json.hpp>
#include <reassess/io/score_file.hpp>
#include <reassess/io/targets.hpp>
#include <reassess/labeling/mentions.hpp>
#include <reassess/labeling/proposals.hpp>
#include <reassess/labeling/rating_tasks.hpp>
#include <reassess/labeling/subset_search.hpp>

#include <algorithm>
#include <bit>
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
    std::vector<std::string> logits;
    std::string original;
    std::string names;
    std::optional<std::int64_t> ignore_label;
    std::size_t pairs = ra::mention_options{}.pairs;
    ra::mention_unit unit = ra::mention_unit::list;
    ra::on_nan nan = ra::on_nan::error;
    bool bfloat16 = false;
    std::string gold;
    std::string gold_names;
    double least_recall = 0.97;
    bool best_subset = false;
    std::string hierarchy;
    std::size_t task_size = ra::rating_task_options{}.most;
    unsigned threads = 0;
    std::string backend = "par";
    std::string proposals_file;
    std::string rated_file;
    std::string not_rated_file;
    std::string tasks_file;
    std::string front_file;
    std::string json_file;
};

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
    app.add_option("--gold", args.gold, "gold label sets, a JSON list of lists; empty ones are not judged");
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
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

// ---- Input

struct input {
    std::vector<std::string> models{};
    std::vector<ra::model_mentions> mentions{};
    std::vector<ra::class_index> original{};
    std::vector<std::string> names{};
    std::optional<ra::label_sets> gold{};
    std::optional<ra::class_hierarchy> hierarchy{};

    [[nodiscard]] std::size_t images() const { return original.size(); }
};

template <class Policy, class Scores>
ra::model_mentions find_mentions(Policy policy, const std::string& name, const Scores& logits, const arguments& args)
{
    ra::mention_collector collector({.pairs = args.pairs, .nan = args.nan});
    program::progress_bar bar(name, logits.images());
    const std::size_t batch = std::max<std::size_t>(64, (std::size_t{16} << 20) / logits.classes());
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(batch, logits.images() - first);
        collector.update(policy, logits.slice(first, count));
        first += count;
        bar.show(first);
    } while (first < logits.images());
    return collector.mentions();
}

ra::model_mentions read_model(const ra::io::score_file& file, const std::string& name, std::size_t images,
                              const arguments& args)
{
    if (file.images() != images) {
        throw ra::io::file_error(file.path().string() + ": " + std::to_string(file.images()) + " rows, but " +
                                 std::to_string(images) + " original labels");
    }
    try {
        return file.visit_real([&](const auto& logits) {
            return args.backend == "seq" ? find_mentions(ra::seq, name, logits, args)
                                         : find_mentions(ra::par.on(args.threads), name, logits, args);
        });
    } catch (const std::logic_error& error) {
        throw ra::io::file_error(file.path().string() + ": " + error.what());
    }
}

void check_usage(const arguments& args)
{
    if (args.gold.empty() && (args.best_subset || !args.front_file.empty() || !args.gold_names.empty()))
        throw program::usage_error("--best-subset, --front and --gold-names need --gold");
    if (!args.gold_names.empty() && args.names.empty())
        throw program::usage_error("--gold-names needs --names, to join by");
    if (!args.gold.empty() && args.logits.size() > ra::most_models_of_a_search) {
        throw program::usage_error("--gold: all subsets of " + std::to_string(args.logits.size()) +
                                   " models are too many, expected at most " +
                                   std::to_string(ra::most_models_of_a_search));
    }
}

input read_input(const arguments& args)
{
    input in;
    std::vector<ra::io::score_file> files;
    const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    for (const program::named_file& file : program::parse_named_files(args.logits)) {
        in.models.push_back(file.name);
        files.emplace_back(file.path, ra::io::score_file_options{.uint16 = uint16});
    }
    in.original = ra::io::read_labels(args.original, {.ignore_label = args.ignore_label});
    if (!args.names.empty()) {
        in.names = ra::io::read_image_names(args.names);
        ra::io::expect_names(args.names, in.names.size(), in.images(), "original labels");
    }
    if (!args.gold.empty()) in.gold = ra::io::read_gold_label_sets(args.gold, args.gold_names, in.names);
    std::vector<ra::class_index> parents;
    if (!args.hierarchy.empty()) parents = ra::io::read_labels(args.hierarchy);
    for (std::size_t m = 0; m < files.size(); ++m)
        in.mentions.push_back(read_model(files[m], in.models[m], in.images(), args));
    if (!args.hierarchy.empty()) {
        try {
            in.hierarchy.emplace(parents, in.mentions.front().classes);
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(args.hierarchy + ": " + error.what());
        }
    }
    return in;
}

// ---- The search

struct search_result {
    ra::subset_figures all{};
    std::optional<ra::subset_figures> best{};
    std::vector<ra::subset_figures> front{};
    std::uint64_t judged = 0;
};

search_result search_subsets(const input& in, const arguments& args)
{
    const ra::subset_search search(in.mentions, in.original, *in.gold, {.unit = args.unit});
    search_result result{search.figures(search.all_models()), search.best(args.least_recall), search.pareto_front()};
    for (std::size_t image = 0; image < in.images(); ++image) result.judged += !(*in.gold)[image].empty();
    return result;
}

// ---- Output

json to_json(const ra::proposal_set& set, std::size_t tasks, const std::optional<search_result>& search,
             const std::vector<std::string>& proposing, const input& in, const arguments& args)
{
    json result{{"images", in.images()},
                {"classes", in.mentions.front().classes},
                {"models", in.models},
                {"proposing", proposing},
                {"pairs_in_a_list", args.pairs},
                {"mention", args.unit == ra::mention_unit::list ? "list" : "model"},
                {"proposals", set.proposals()},
                {"dropped", set.dropped},
                {"rated", set.rated.size()},
                {"not_rated", set.not_rated.size()},
                {"proposals_on_rated", set.proposals_on_rated},
                {"mean_over_rated", program::number_or_null(set.mean_over_rated())},
                {"mean_over_all", program::number_or_null(set.mean_over_all())},
                {"tasks", tasks},
                {"search", nullptr}};
    if (!search) return result;
    json& found = result["search"];
    found["judged"] = search->judged;
    found["least_recall"] = args.least_recall;
    found["all_models"] = ra::io::to_json(search->all, in.models);
    found["best"] = search->best ? ra::io::to_json(*search->best, in.models) : json(nullptr);
    found["front"] = json::array();
    for (const ra::subset_figures& figures : search->front)
        found["front"].push_back(ra::io::to_json(figures, in.models));
    return result;
}

std::string mean(std::optional<double> value)
{
    return program::number_or_dash("%.2f", value);
}

void print_report(const ra::proposal_set& set, std::size_t tasks, const std::optional<search_result>& search,
                  const std::vector<std::string>& proposing, const input& in, const arguments& args)
{
    using program::with_commas;
    std::cout << with_commas(in.images()) << " images, " << with_commas(in.mentions.front().classes) << " classes; "
              << proposing.size() << " of " << in.models.size() << " models propose\n"
              << with_commas(set.proposals()) << " proposals (" << mean(set.mean_over_all()) << " an image), "
              << with_commas(set.dropped) << " pairs dropped for want of a second mention\n"
              << with_commas(set.rated.size()) << " images need raters: " << with_commas(set.proposals_on_rated)
              << " proposals (" << mean(set.mean_over_rated()) << " an image) in " << with_commas(tasks)
              << " tasks of at most " << args.task_size << "\n"
              << with_commas(set.not_rated.size()) << " images need none: every model predicts the original label\n";
    if (!search) return;
    std::cout << "\nSubsets of the models against the gold labels of " << with_commas(search->judged)
              << " images, in percent with 95 % Wilson intervals\n";
    std::vector<std::vector<std::string>> table{
        {"subset", "models", "precision", "recall", "proposals a rated image", "an image"}};
    const auto add = [&](const std::string& title, const ra::subset_figures& figures) {
        table.push_back({title, std::to_string(std::popcount(figures.models)),
                         program::percent_with_interval(figures.precision()),
                         program::percent_with_interval(figures.recall()), mean(figures.mean_over_rated()),
                         mean(figures.mean_over_all())});
    };
    add("all models", search->all);
    const std::string bound = "recall of at least " + program::percent(args.least_recall, 1);
    if (search->best) add("best with a " + bound, *search->best);
    program::print_table(table);
    if (search->best) {
        std::cout << "The best subset: " << ra::io::join_words(ra::io::names_of_subset(search->best->models, in.models))
                  << '\n';
    } else {
        std::cout << "No subset has a " << bound << ".\n";
    }
}

void write_files(const ra::proposal_set& set, const std::vector<ra::rating_task>& tasks,
                 const std::optional<search_result>& search, const input& in, const arguments& args)
{
    if (args.proposals_file.ends_with(".json")) {
        ra::io::write_label_sets(args.proposals_file, set.proposed);
    } else if (!args.proposals_file.empty()) {
        program::write_text(args.proposals_file, ra::io::proposals_csv(set, in.names).text());
    }
    if (!args.rated_file.empty()) program::write_text(args.rated_file, ra::io::image_lines(in.names, set.rated));
    if (!args.not_rated_file.empty())
        program::write_text(args.not_rated_file, ra::io::image_lines(in.names, set.not_rated));
    if (!args.tasks_file.empty())
        program::write_text(args.tasks_file, ra::io::rating_tasks_csv(tasks, in.names).text());
    if (!args.front_file.empty())
        program::write_text(args.front_file, ra::io::subsets_csv(search->front, in.models).text());
}

void propose(const arguments& args)
{
    check_usage(args);
    const input in = read_input(args);
    std::optional<search_result> search;
    if (in.gold) search = search_subsets(in, args);

    std::vector<ra::model_mentions> chosen;
    std::vector<std::string> proposing = in.models;
    if (args.best_subset) {
        if (!search->best)
            throw std::runtime_error("no subset of the models has a recall of at least " +
                                     program::exact(args.least_recall));
        for (std::size_t m = 0; m < in.mentions.size(); ++m) {
            if ((search->best->models >> m & 1) != 0) chosen.push_back(in.mentions[m]);
        }
        proposing = ra::io::names_of_subset(search->best->models, in.models);
    }
    const ra::proposal_set set = ra::propose(args.best_subset ? chosen : in.mentions, in.original, {.unit = args.unit});
    const std::vector<ra::rating_task> tasks = ra::rating_tasks(
        set.proposed, set.rated, in.hierarchy.value_or(ra::class_hierarchy{}), {.most = args.task_size});

    if (args.json_file != "-") print_report(set, tasks.size(), search, proposing, in, args);
    if (!args.json_file.empty())
        program::write_json(args.json_file, to_json(set, tasks.size(), search, proposing, in, args));
    write_files(set, tasks, search, in, args);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Proposes labels for raters from the logits of several models.", "propose");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { propose(args); });
}
