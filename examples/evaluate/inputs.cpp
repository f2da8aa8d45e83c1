// What the program `evaluate` reads.
#include "evaluate.hpp"

#include <reassess/io/file_error.hpp>

#include <algorithm>
#include <utility>

namespace evaluate {

namespace {

std::vector<model_file> open_models(const arguments& args)
{
    if (args.scores.empty() && args.predictions.empty())
        throw program::usage_error("no model: give --scores or --predictions");
    if (args.normalise == ra::normalise::yes && args.scores_are != ra::score_kind::probabilities)
        throw program::usage_error(
            "--normalise: only probabilities can be normalised; give --scores-are probabilities");
    std::vector<std::string> texts = args.scores;
    texts.insert(texts.end(), args.predictions.begin(), args.predictions.end());
    const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    std::vector<model_file> models;
    for (const program::named_file& file : program::parse_named_files(texts)) {
        if (models.size() < args.scores.size()) {
            models.push_back({file.name, ra::io::score_file(file.path, {.uint16 = uint16})});
        } else {
            models.push_back({file.name, ra::io::top_k_file(file.path)});
        }
        // Quantised scores have no losses: an error before any work.
        if (models.back().scores() && args.scores_are != ra::score_kind::unspecified)
            models.back().scores()->visit_real([](const auto&) {});
    }
    return models;
}

ra::io::image_targets read_targets(const arguments& args)
{
    if (args.original.empty() && args.real.empty())
        throw program::usage_error("no labels: give --original, --real or both");
    if (!args.real_names.empty() && args.names.empty())
        throw program::usage_error("--real-names needs --names, to join by");
    return ra::io::read_targets({.original = args.original,
                                 .real = args.real,
                                 .names = args.names,
                                 .real_names = args.real_names,
                                 .ignore_label = args.ignore_label});
}

void expect_rows(const std::vector<model_file>& models, const ra::io::image_targets& targets)
{
    for (const model_file& m : models) {
        if (targets.names.empty() || targets.names.size() == m.images()) continue;
        throw ra::io::file_error(m.path() + ": " + std::to_string(m.images()) + " rows, but " +
                                 std::to_string(targets.names.size()) + " image names");
    }
}

class_count count_classes(const std::vector<model_file>& models, const ra::io::image_targets& targets,
                          const arguments& args)
{
    class_count count{args.classes, "--classes"};
    for (const model_file& m : models) {
        if (!m.scores()) continue;
        if (count.classes != 0 && count.classes != m.columns()) {
            throw ra::io::file_error(m.path() + ": scores of " + std::to_string(m.columns()) + " classes, expected " +
                                     std::to_string(count.classes));
        }
        count = {m.columns(), "columns of the scores"};
    }
    if (count.classes != 0) return count;
    std::vector<std::optional<ra::class_index>> largest{targets.largest_class()};
    for (const model_file& m : models) largest.push_back(m.lists()->largest_class());
    return {ra::io::count_classes(largest), "one more than the largest class seen"};
}

std::vector<std::size_t> choose_ks(const std::vector<model_file>& models, std::size_t classes, const arguments& args)
{
    std::size_t depth = classes;
    for (const model_file& m : models) depth = std::min(depth, m.columns());
    std::vector<std::size_t> ks;
    if (args.ks.empty()) {
        for (std::size_t k = 1; k <= std::min<std::size_t>(5, depth); ++k) ks.push_back(k);
        return ks;
    }
    for (const ra::class_index k : program::parse_classes("--k", args.ks)) {
        if (k < 1 || static_cast<std::size_t>(k) > depth) {
            throw program::usage_error("--k: " + std::to_string(k) + " is outside [1, " + std::to_string(depth) +
                                       "], the depth of the predictions");
        }
        ks.push_back(static_cast<std::size_t>(k));
    }
    std::sort(ks.begin(), ks.end());
    ks.erase(std::unique(ks.begin(), ks.end()), ks.end());
    return ks;
}

}  // namespace

inputs read_inputs(const arguments& args)
{
    inputs in;
    if (!args.exclude_classes.empty())
        in.excluded_classes = program::parse_classes("--exclude-classes", args.exclude_classes);
    const bool needs_both =
        !args.per_class_file.empty() || !args.cooccurrence_file.empty() || !args.curves_file.empty();
    if (needs_both && (args.original.empty() || args.real.empty()))
        throw program::usage_error("--per-class, --cooccurrence and --curves need --original and --real");
    in.models = open_models(args);
    in.targets = read_targets(args);
    expect_rows(in.models, in.targets);
    in.classes = count_classes(in.models, in.targets, args);
    for (const ra::class_index c : in.excluded_classes) {
        if (std::cmp_greater_equal(c, in.classes.classes))
            throw program::usage_error("--exclude-classes: " + std::to_string(c) + " is outside [0, " +
                                       std::to_string(in.classes.classes) + ")");
    }
    in.ks = choose_ks(in.models, in.classes.classes, args);
    return in;
}

}  // namespace evaluate
