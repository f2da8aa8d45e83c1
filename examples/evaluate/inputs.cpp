// What the program `evaluate` reads.
#include "evaluate.hpp"

#include <reassess/data/class_orders.hpp>
#include <reassess/data/class_selection.hpp>
#include <reassess/io/class_groups.hpp>
#include <reassess/io/class_names.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/labels.hpp>

#include <algorithm>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace evaluate {

namespace {

/// Whether there is such a file; a text that cannot be a path, because a part of it is too long, is none.
bool is_file(const std::string& text)
{
    std::error_code ignored;
    return std::filesystem::exists(text, ignored);
}

/// The files of FILE,FILE,..; a path that exists is one file.
std::vector<std::string> shards_of(const std::string& paths)
{
    if (is_file(paths)) return {paths};
    return program::split(paths, ',');
}

ra::io::model_file open_scores(const program::named_file& model, const arguments& args)
{
    const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    std::vector<ra::io::score_file> shards;
    // Scores are read in batches, so large arrays in another layout need not be copied as a whole.
    constexpr std::size_t most_copied_bytes = std::size_t{64} << 20;
    for (const std::string& path : shards_of(model.path)) {
        shards.emplace_back(path, ra::io::score_file_options{.uint16 = uint16,
                                                             .csv = program::csv_of(args.separator),
                                                             .most_copied_bytes = most_copied_bytes});
        // Quantised scores have no losses: an error before any work.
        if (args.scores_are != ra::score_kind::unspecified) shards.back().visit_real_type([](auto) {});
    }
    return {model.name, std::move(shards)};
}

ra::io::model_file open_lists(const program::named_file& model, const ra::io::class_names& classes,
                              const arguments& args)
{
    std::vector<ra::io::top_k_file> shards;
    for (const std::string& path : shards_of(model.path)) {
        shards.emplace_back(path,
                            ra::io::top_k_file_options{.csv = program::csv_of(args.separator), .classes = classes});
    }
    return {model.name, std::move(shards)};
}

std::vector<ra::io::model_file> open_models(const arguments& args, const ra::io::class_names& classes)
{
    if (args.scores.empty() && args.predictions.empty())
        throw program::usage_error("no model: give --scores or --predictions");
    if (args.normalise == ra::normalise::yes && args.scores_are != ra::score_kind::probabilities)
        throw program::usage_error(
            "--normalise: only probabilities can be normalised; give --scores-are probabilities");
    if (args.clip != 0 && args.scores_are != ra::score_kind::probabilities)
        throw program::usage_error("--clip: only probabilities can be clipped; give --scores-are probabilities");
    if (args.clip >= 0.5) throw program::usage_error("--clip: " + program::exact(args.clip) + " is outside [0, 0.5)");
    std::vector<std::string> texts = args.scores;
    texts.insert(texts.end(), args.predictions.begin(), args.predictions.end());
    std::vector<ra::io::model_file> models;
    for (const program::named_file& file : program::parse_named_files(texts)) {
        models.push_back(models.size() < args.scores.size() ? open_scores(file, args)
                                                            : open_lists(file, classes, args));
    }
    return models;
}

/// The images of the rows, as --names or --ids tells.
ra::io::image_rows read_rows(const arguments& args)
{
    if (!args.names.empty() && !args.ids.empty()) throw program::usage_error("--names or --ids, not both");
    ra::io::image_rows rows;
    if (!args.names.empty()) {
        for (const std::string& path : shards_of(args.names)) {
            const std::vector<std::string> names = ra::io::read_image_names(path, program::csv_of(args.separator));
            rows.names.insert(rows.names.end(), names.begin(), names.end());
        }
    }
    if (!args.ids.empty()) {
        for (const std::string& path : shards_of(args.ids)) {
            for (const ra::class_index id : ra::io::read_labels(path, {.csv = program::csv_of(args.separator)})) {
                if (id < 0) throw ra::io::file_error(path + ": -1 is not an id, expected positions from 0");
                rows.ids.push_back(static_cast<std::size_t>(id));
            }
        }
    }
    return rows;
}

/// Labels that --class-order and --real-class-order say to be in the order `name` become class indices.
void renumber_labels(ra::io::image_targets& targets, const std::string& name, const std::vector<ra::class_index>& order,
                     const arguments& args)
{
    const ra::class_index first = name == "devkit" ? 1 : 0;
    const auto of_file = [](const std::string& file, auto renumber) {
        try {
            return renumber();
        } catch (const std::out_of_range& error) {
            throw ra::io::file_error(file + ": " + error.what());
        }
    };
    if (args.class_order == name)
        targets.original = of_file(args.original, [&] { return ra::in_class_order(*targets.original, order, first); });
    if (args.real_class_order == name)
        targets.real = of_file(args.real, [&] { return ra::in_class_order(targets.real->view(), order, first); });
}

ra::io::image_targets read_targets(const arguments& args, const ra::io::target_files& files, ra::io::image_rows rows)
{
    ra::io::image_targets targets = ra::io::read_targets(files, std::move(rows));
    // Before the classes are counted, because these numbers are not class indices.
    if (args.class_selection.empty()) renumber_labels(targets, "devkit", ra::devkit_class_order(), args);
    return targets;
}

/// Applies --model-class-order.
void renumber_models(std::vector<ra::io::model_file>& models, const arguments& args)
{
    if (args.model_class_order == "wnid") return;
    const bool devkit = args.model_class_order == "devkit";
    for (ra::io::model_file& m : models) {
        const std::size_t classes = m.has_scores() ? m.columns() : args.classes;
        if (!devkit && classes == 0)
            throw program::usage_error("--model-class-order text: predictions need --classes, which decides the order");
        try {
            m.set_class_order(devkit ? ra::devkit_class_order() : ra::text_class_order(classes), devkit ? 1 : 0);
        } catch (const std::invalid_argument& error) {
            throw ra::io::file_error(m.path().string() + ": --model-class-order " + args.model_class_order + ": " +
                                     error.what());
        }
    }
}

/// Applies --class-selection to models or labels: labels are positions in the selection, which --class-order numbers.
void select_classes(inputs& in, const ra::io::class_names& classes, const arguments& args)
{
    if (args.class_selection.empty()) return;
    std::vector<ra::class_index> kept;
    if (is_file(args.class_selection)) {
        kept = ra::io::read_labels(args.class_selection, {.classes = classes, .csv = program::csv_of(args.separator)});
    } else {
        kept = program::parse_classes("--class-selection", args.class_selection, classes);
    }
    const bool devkit = args.class_order == "devkit" || args.real_class_order == "devkit";
    if (devkit && kept.size() != ra::devkit_class_order().size()) {
        throw program::usage_error(
            "--class-order devkit: these are numbers of 1000 classes, but --class-selection has " +
            std::to_string(kept.size()));
    }
    const auto with_scores =
        std::find_if(in.models.begin(), in.models.end(), [](const ra::io::model_file& m) { return m.has_scores(); });
    const std::size_t source_classes = with_scores == in.models.end() ? args.classes : with_scores->columns();
    for (const ra::io::model_file& m : in.models) {
        if (m.has_scores() && m.columns() != source_classes) {
            throw ra::io::file_error(m.path().string() + ": scores of " + std::to_string(m.columns()) +
                                     " classes, expected " + std::to_string(source_classes) + " as in " +
                                     with_scores->path().string());
        }
    }
    if (source_classes == 0)
        throw program::usage_error("--class-selection needs scores, or --classes for the classes of the model");
    try {
        const auto selection = ra::class_selection::of(kept, source_classes);
        // While labels are still positions in the selection: the order is one of the selected classes.
        renumber_labels(in.targets, "text", ra::text_class_order(kept.size()), args);
        if (devkit) renumber_labels(in.targets, "devkit", ra::devkit_class_order(), args);
        if (args.rank_among == "all") {
            if (in.targets.original) in.targets.original = selection.to_source(*in.targets.original);
            if (in.targets.real) in.targets.real = selection.to_source(in.targets.real->view());
        } else {
            for (ra::io::model_file& m : in.models) m.select_classes(kept);
        }
    } catch (const std::logic_error& error) {
        throw program::usage_error(std::string("--class-selection: ") + error.what());
    }
}

void expect_rows(const std::vector<ra::io::model_file>& models, const ra::io::image_targets& targets,
                 const std::string& labels_file)
{
    const std::size_t labels = targets.view().images();
    for (const ra::io::model_file& m : models) {
        ra::io::expect_images_in_rows(m.path(), m.images(), m.columns(), labels);
        if (m.images() != labels) {
            throw ra::io::file_error(m.files_text() + ": " + std::to_string(m.images()) + " rows, but labels of " +
                                     std::to_string(labels) + " images in " + labels_file);
        }
        targets.view().expect_images(m.images(), (m.files_text() + ": rows").c_str());
    }
}

class_count count_classes(const std::vector<ra::io::model_file>& models, const ra::io::image_targets& targets,
                          const arguments& args)
{
    class_count count{args.classes, "--classes"};
    if (!args.class_selection.empty() && args.rank_among == "selected") count.classes = 0;
    for (const ra::io::model_file& m : models) {
        if (!m.has_scores()) continue;
        if (count.classes != 0 && count.classes != m.columns()) {
            throw ra::io::file_error(m.path().string() + ": scores of " + std::to_string(m.columns()) +
                                     " classes, expected " + std::to_string(count.classes));
        }
        count = {m.columns(), "columns of the scores"};
    }
    if (count.classes != 0) return count;
    std::vector<std::optional<ra::class_index>> largest{targets.largest_class()};
    for (const ra::io::model_file& m : models) largest.push_back(m.largest_class());
    return {ra::io::count_classes(largest), "one more than the largest class seen", false};
}

std::vector<std::size_t> choose_ks(const std::vector<ra::io::model_file>& models, std::size_t classes,
                                   const arguments& args)
{
    std::size_t depth = classes;
    for (const ra::io::model_file& m : models) depth = std::min(depth, m.columns());
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

/// Throws usage_error for requested metrics without what they need, and for files that no requested metric reads.
void expect_needs_of_metrics(const arguments& args)
{
    const bool has_files = !args.groups.empty() || !args.taxonomy.empty();
    if (args.requests("groups") && !has_files)
        throw program::usage_error("--metrics groups: give --groups, --taxonomy or both");
    if (has_files && !args.requests("groups"))
        throw program::usage_error("--groups and --taxonomy are read by --metrics groups");
    if (args.requests("selective") && args.scores_are == ra::score_kind::unspecified)
        throw program::usage_error("--metrics selective needs confidences: give --scores-are logits or probabilities");
    if (args.requests("agreement") && args.scores.size() + args.predictions.size() < 2)
        throw program::usage_error("--metrics agreement compares models: give at least 2");
}

void read_groups(inputs& in, const ra::io::class_names& classes, const arguments& args)
{
    if (!args.groups.empty()) {
        in.groups =
            ra::io::read_class_groups(args.groups, in.classes.classes, classes, program::csv_of(args.separator));
    }
    if (args.taxonomy.empty()) return;
    in.taxonomy = ra::io::read_class_taxonomy(args.taxonomy, classes);
    if (in.taxonomy->taxonomy.classes() != in.classes.classes) {
        throw ra::io::file_error(args.taxonomy + ": nodes of " + std::to_string(in.taxonomy->taxonomy.classes()) +
                                 " classes, but there are " + std::to_string(in.classes.classes) +
                                 "; --synsets has the names of the classes");
    }
    // An error before any work where a class has several ways up.
    for (std::size_t c = 0; c < in.classes.classes; ++c) {
        try {
            static_cast<void>(in.taxonomy->taxonomy.lowest_common_ancestor(0, static_cast<ra::class_index>(c)));
        } catch (const std::invalid_argument& error) {
            throw ra::io::file_error(args.taxonomy + ": " + error.what());
        }
    }
}

}  // namespace

inputs read_inputs(const arguments& args)
{
    inputs in;
    const bool needs_both =
        !args.per_class_file.empty() || !args.cooccurrence_file.empty() || !args.curves_file.empty();
    if (needs_both && (args.original.empty() || args.real.empty()))
        throw program::usage_error("--per-class, --cooccurrence and --curves need --original and --real");
    expect_needs_of_metrics(args);
    const ra::io::class_names classes =
        args.synsets.empty() ? ra::io::class_names() : ra::io::read_class_names(args.synsets);
    if (!args.exclude_classes.empty())
        in.excluded_classes = program::parse_classes("--exclude-classes", args.exclude_classes, classes);
    const ra::io::target_files files{.original = args.original,
                                     .real = args.real,
                                     .names = args.names,
                                     .real_names = args.real_names,
                                     .ignore_label = args.ignore_label,
                                     .classes = classes,
                                     .csv = program::csv_of(args.separator)};
    if (args.class_order != "wnid" && args.original.empty())
        throw program::usage_error("--class-order numbers original labels: give --original");
    if (args.real_class_order != "wnid" && args.real.empty())
        throw program::usage_error("--real-class-order numbers label sets: give --real");
    if (args.scores_are != ra::score_kind::unspecified && args.scores.empty() && !args.predictions.empty())
        throw program::usage_error("--scores-are: predictions have no scores; give --scores");
    in.models = open_models(args, classes);
    if (args.original.empty() && args.real.empty())
        throw program::usage_error("no labels: give --original, --real or both");
    const bool rows_have_names =
        !args.names.empty() ||
        std::any_of(in.models.begin(), in.models.end(), [](const ra::io::model_file& m) { return !m.names().empty(); });
    if (!args.real_names.empty() && !rows_have_names)
        throw program::usage_error("--real-names needs --names, to join by");
    if (args.repeated == ra::io::repeated_images::first && !rows_have_names && args.ids.empty())
        throw program::usage_error("--repeated first needs --names or --ids, which tell the rows of one image");
    in.targets = read_targets(args, files,
                              ra::io::join_models(std::span(in.models), read_rows(args),
                                                  args.names.empty() ? args.ids : args.names, args.repeated));
    expect_rows(in.models, in.targets, args.original.empty() ? args.real : args.original);
    renumber_models(in.models, args);
    select_classes(in, classes, args);
    in.classes = count_classes(in.models, in.targets, args);
    const std::size_t devkit_classes = ra::devkit_class_order().size();
    if ((args.class_order == "devkit" || args.real_class_order == "devkit") && in.classes.classes < devkit_classes &&
        in.classes.given) {
        throw program::usage_error("--class-order devkit: these are numbers of 1000 classes, but there are " +
                                   std::to_string(in.classes.classes) + " (" + in.classes.source + ")");
    }
    if (args.class_selection.empty())
        renumber_labels(in.targets, "text", ra::text_class_order(in.classes.classes), args);
    ra::io::expect_classes(in.targets, in.classes.classes, files);
    for (const ra::class_index c : in.excluded_classes) {
        if (std::cmp_greater_equal(c, in.classes.classes))
            throw program::usage_error("--exclude-classes: " + std::to_string(c) + " is outside [0, " +
                                       std::to_string(in.classes.classes) + ")");
    }
    in.ks = choose_ks(in.models, in.classes.classes, args);
    read_groups(in, classes, args);
    return in;
}

}  // namespace evaluate
