// What the program `relabel` reads.
#include "relabel.hpp"

#include <reassess/io/image_names.hpp>
#include <reassess/io/targets.hpp>

namespace relabel {

void check_options(const arguments& args)
{
    const auto needs = [](const std::string& option, const char* name, const std::string& other, const char* missing) {
        if (!option.empty() && other.empty()) throw program::usage_error(std::string(name) + " needs " + missing);
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

ra::io::named_votes read_votes(const std::string& path)
{
    std::optional<program::progress_bar> bar;
    return ra::io::read_pair_votes(path, [&](const ra::io::rater_votes_progress& progress) {
        if (!bar) bar.emplace("reading votes", progress.total, "answers");
        bar->show(progress.rows);
    });
}

references read_references(const arguments& args, const ra::io::named_votes& rated)
{
    references known;
    if (!args.names.empty()) {
        const std::vector<std::string> names = ra::io::read_image_names(args.names);
        std::vector<ra::class_index> original;
        if (!args.original.empty()) original = ra::io::read_labels_of(args.original, names);
        known.images = ra::io::number_images(names, original, args.original, rated);
    }
    if (!args.gold.empty()) known.gold = ra::io::find_gold(read_votes(args.gold), args.gold, rated, args.votes);
    if (!args.gold_raters.empty()) {
        known.gold_raters = read_votes(args.gold_raters);
        ra::io::expect_same_pairs(*known.gold_raters, args.gold_raters, *known.gold, args.gold);
    }
    if (!args.published.empty()) known.published = ra::io::read_published_pairs(args.published, rated, *known.images);
    return known;
}

}  // namespace relabel
