// What the program `relabel` reads.
#include "relabel.hpp"

#include <reassess/io/class_names.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/targets.hpp>

#include <stdexcept>

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

ra::io::class_names names_of_classes(const arguments& args)
{
    return args.synsets.empty() ? ra::io::class_names() : ra::io::read_class_names(args.synsets);
}

ra::io::named_votes read_votes(const std::string& path, const arguments& args)
{
    std::optional<program::progress_bar> bar;
    return ra::io::read_pair_votes(path, {.classes = names_of_classes(args),
                                          .csv = program::csv_of(args.separator),
                                          .on_progress = [&](const ra::io::rater_votes_progress& progress) {
                                              if (!bar) bar.emplace("reading votes", progress.total, "answers");
                                              bar->show(progress.rows);
                                          }});
}

references read_references(const arguments& args, const ra::io::named_votes& rated)
{
    references known;
    if (!args.names.empty()) {
        const ra::io::csv_options csv = program::csv_of(args.separator);
        const std::vector<std::string> names = ra::io::read_image_names(args.names, csv);
        std::vector<ra::class_index> original;
        if (!args.original.empty()) {
            original = ra::io::read_labels_of(
                args.original, names,
                {.ignore_label = args.ignore_label, .classes = names_of_classes(args), .csv = csv});
        }
        try {
            known.images = ra::io::number_images(names, original, args.original, rated);
        } catch (const std::invalid_argument& error) {
            throw ra::io::file_error(args.names + ": " + error.what());
        }
    }
    if (!args.gold.empty()) known.gold = ra::io::find_gold(read_votes(args.gold, args), args.gold, rated, args.votes);
    if (!args.gold_raters.empty()) {
        known.gold_raters = read_votes(args.gold_raters, args);
        ra::io::expect_same_pairs(*known.gold_raters, args.gold_raters, *known.gold, args.gold);
    }
    if (!args.published.empty()) known.published = ra::io::read_published_pairs(args.published, rated, *known.images);
    return known;
}

}  // namespace relabel
