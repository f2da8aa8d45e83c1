// What the program `propose` reads.
#include "propose.hpp"

#include <reassess/data/class_taxonomy.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/proposals.hpp>
#include <reassess/io/score_file.hpp>
#include <reassess/io/targets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace propose {

namespace {

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
    ra::io::expect_images_in_rows(file.path(), file.images(), file.classes(), images);
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

}  // namespace

input read_input(const arguments& args)
{
    check_usage(args);
    input in;
    std::vector<ra::io::score_file> files;
    const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    for (const program::named_file& file : program::parse_named_files(args.logits)) {
        in.models.push_back(file.name);
        files.emplace_back(file.path,
                           ra::io::score_file_options{.uint16 = uint16, .csv = program::csv_of(args.separator)});
    }
    if (!args.names.empty()) in.names = ra::io::read_image_names(args.names, program::csv_of(args.separator));
    for (const ra::io::score_file& file : files) ra::io::expect_same_order(file.path(), file.names(), in.names);
    in.original = ra::io::read_labels_of(args.original, in.names,
                                         {.ignore_label = args.ignore_label, .csv = program::csv_of(args.separator)});
    if (!args.names.empty()) {
        ra::io::expect_names(args.names, in.names.size(), in.images(), "original labels");
    }
    if (!args.gold.empty()) in.gold = ra::io::read_gold_label_sets(args.gold, args.gold_names, in.names);
    std::vector<ra::class_index> parents;
    if (!args.hierarchy.empty()) parents = ra::io::read_labels(args.hierarchy);
    for (std::size_t m = 0; m < files.size(); ++m)
        in.mentions.push_back(read_model(files[m], in.models[m], in.images(), args));
    if (!args.hierarchy.empty()) {
        try {
            std::vector<std::size_t> nodes(in.mentions.front().classes);  // the first nodes are the classes
            std::iota(nodes.begin(), nodes.end(), std::size_t{0});
            in.taxonomy =
                ra::class_taxonomy::of_parents(std::vector<std::int64_t>(parents.begin(), parents.end()), nodes);
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(args.hierarchy + ": " + error.what());
        }
    }
    return in;
}

}  // namespace propose
