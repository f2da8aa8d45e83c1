// What the program `propose` prints and writes.
#include "propose.hpp"

#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/proposals.hpp>
#include <reassess/io/result_json.hpp>

#include <bit>
#include <iostream>

namespace propose {

using program::json;

namespace {

json to_json(const proposals& found, const input& in, const arguments& args)
{
    json result{{"images", in.images()},         {"classes", in.mentions.front().classes},
                {"models", in.models},           {"proposing", found.proposing},
                {"pairs_in_a_list", args.pairs}, {"mention", args.unit == ra::mention_unit::list ? "list" : "model"}};
    result.update(ra::io::to_json(found.set));
    result["tasks"] = found.tasks.size();
    result["search"] = found.search ? ra::io::to_json(*found.search, in.models) : json(nullptr);
    return result;
}

std::string mean(std::optional<double> value)
{
    return program::number_or_dash("%.2f", value);
}

}  // namespace

void print_report(const proposals& found, const input& in, const arguments& args)
{
    using program::with_commas;
    const ra::proposal_set& set = found.set;
    const auto& search = found.search;
    std::cout << with_commas(in.images()) << " images, " << with_commas(in.mentions.front().classes) << " classes; "
              << found.proposing.size() << " of " << in.models.size() << " models propose\n"
              << with_commas(set.proposals()) << " proposals (" << mean(set.mean_over_all()) << " an image), "
              << with_commas(set.dropped) << " pairs dropped for want of a second mention\n"
              << with_commas(set.rated.size()) << " images need raters: " << with_commas(set.proposals_on_rated)
              << " proposals (" << mean(set.mean_over_rated()) << " an image) in " << with_commas(found.tasks.size())
              << " tasks of at most " << args.task_size << "\n"
              << with_commas(set.not_rated.size()) << " images need none: every model predicts the original label\n";
    if (!search) return;
    std::cout << "\nSubsets of the models against the gold labels of " << with_commas(search->gold_images)
              << " images, in percent with 95 % Wilson intervals\n";
    std::vector<std::vector<std::string>> table{
        {"subset", "models", "precision", "recall", "proposals a rated image", "an image"}};
    const auto add = [&](const std::string& title, const ra::subset_figures& figures) {
        table.push_back({title, std::to_string(std::popcount(figures.models)),
                         program::percent_with_interval(figures.precision()),
                         program::percent_with_interval(figures.recall()), mean(figures.mean_over_rated()),
                         mean(figures.mean_over_all())});
    };
    add("all models", search->all_models);
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

void write_files(const proposals& found, const input& in, const arguments& args)
{
    const ra::proposal_set& set = found.set;
    if (!args.json_file.empty()) program::write_json(args.json_file, to_json(found, in, args));
    if (args.proposals_file.ends_with(".json")) {
        ra::io::write_label_sets(args.proposals_file, set.proposed);
    } else if (!args.proposals_file.empty()) {
        program::write_text(args.proposals_file, ra::io::proposals_csv(set, in.names).text());
    }
    if (!args.rated_file.empty()) program::write_text(args.rated_file, ra::io::image_lines(in.names, set.rated));
    if (!args.not_rated_file.empty())
        program::write_text(args.not_rated_file, ra::io::image_lines(in.names, set.not_rated));
    if (!args.tasks_file.empty())
        program::write_text(args.tasks_file, ra::io::rating_tasks_csv(found.tasks, in.names).text());
    if (!args.front_file.empty())
        program::write_text(args.front_file, ra::io::subsets_csv(found.search->pareto_front, in.models).text());
}

}  // namespace propose
