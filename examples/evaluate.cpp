// evaluate: how good are these models, by the original labels and by the ReaL labels?
//
//   evaluate --predictions resnet50=resnet50.npy --original labels.npy --real real.json --names images.json --classes
//   1000
//
// Prints a table, and with --json the same numbers for programs; examples/README.md describes them.
#include "paired_tests.hpp"
#include "program.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/csv_writer.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/input_warnings.hpp>
#include <reassess/io/mistakes.hpp>
#include <reassess/io/score_file.hpp>
#include <reassess/io/targets.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ra = reassess;
using program::json;

namespace {

struct arguments {
    std::vector<std::string> scores;
    std::vector<std::string> predictions;
    std::string original;
    std::string real;
    std::string names;
    std::string real_names;
    std::size_t classes = 0;
    std::string ks;
    std::string exclude_classes;
    std::optional<std::int64_t> ignore_label;
    ra::on_nan nan = ra::on_nan::error;
    bool bfloat16 = false;
    ra::score_kind scores_are = ra::score_kind::unspecified;
    ra::normalise normalise = ra::normalise::no;
    unsigned threads = 0;
    std::string backend = "par";
    std::string json_file;
    std::string per_class_file;
    std::string mistakes_file;
    std::optional<std::size_t> mistakes_sample;
    std::uint64_t seed = 1;
    std::string cooccurrence_file;
    std::string curves_file;
};

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--scores", args.scores, "[NAME=]FILE.npy: scores, images x classes; repeatable");
    app.add_option("--predictions", args.predictions,
                   "[NAME=]FILE.npy: predicted classes, images x k, best first; repeatable");
    app.add_option("--original", args.original, "original labels, one an image (npy, JSON or text; -1 is missing)");
    app.add_option("--real", args.real, "label sets, a JSON list of lists (real.json)");
    app.add_option("--names", args.names,
                   "the image of every row (text lines, npy, a JSON list of paths, or ImageNetV2's object)");
    app.add_option("--real-names", args.real_names,
                   "the image of every label set; else the number at the end of its name tells");
    app.add_option("--classes", args.classes, "number of classes, for predictions without scores");
    app.add_option("--k", args.ks, "list of k, such as 1,5; by default 1 to min(5, depth, classes)");
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
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--backend", args.backend, "seq or par")->check(CLI::IsMember({"seq", "par"}));
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
    app.add_option("--per-class", args.per_class_file, "write a CSV of images, oracle and hits by class");
    CLI::Option* const mistakes =
        app.add_option("--mistakes", args.mistakes_file, "write a CSV of every mistake, or of a sample for raters");
    app.add_option("--mistakes-sample", args.mistakes_sample,
                   "only so many mistakes of each model by each metric, drawn at random, as a task for raters: the "
                   "verdicts that they fill in are what the program verdicts reads")
        ->needs(mistakes);
    app.add_option("--seed", args.seed, "where the random numbers of the sample and of the models' places start")
        ->capture_default_str();
    app.add_option("--cooccurrence", args.cooccurrence_file, "write a CSV of the classes that occur together");
    app.add_option("--curves", args.curves_file,
                   "write a CSV of the sorted class accuracies over the ambiguous classes (Fig. 6)");
}

// ---- Input

struct model {
    std::string name;
    std::variant<ra::io::score_file, ra::io::top_k_file> file;
    ra::evaluation<> evaluation{};
    /// Images with an original label and a non-empty set, by who is right: the original label's metric is the first.
    ra::paired_proportion joint{};
    /// Of every image, kept where there are several models to compare.
    program::outcomes by_original{};
    program::outcomes by_real{};

    [[nodiscard]] const ra::io::score_file* scores() const { return std::get_if<ra::io::score_file>(&file); }
    [[nodiscard]] const ra::io::top_k_file* lists() const { return std::get_if<ra::io::top_k_file>(&file); }
    [[nodiscard]] std::string path() const
    {
        return std::visit([](const auto& one) { return one.path().string(); }, file);
    }
    [[nodiscard]] std::size_t images() const
    {
        return std::visit([](const auto& one) { return one.images(); }, file);
    }
    /// Scores or predictions per image.
    [[nodiscard]] std::size_t columns() const { return scores() ? scores()->classes() : lists()->k(); }
};

std::vector<model> open_models(const arguments& args)
{
    if (args.scores.empty() && args.predictions.empty())
        throw program::usage_error("no model: give --scores or --predictions");
    if (args.normalise == ra::normalise::yes && args.scores_are != ra::score_kind::probabilities)
        throw program::usage_error(
            "--normalise: only probabilities can be normalised; give --scores-are probabilities");
    std::vector<std::string> texts = args.scores;
    texts.insert(texts.end(), args.predictions.begin(), args.predictions.end());
    const auto uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers;
    std::vector<model> models;
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

void expect_rows(const std::vector<model>& models, const ra::io::image_targets& targets)
{
    for (const model& m : models) {
        if (targets.names.empty() || targets.names.size() == m.images()) continue;
        throw ra::io::file_error(m.path() + ": " + std::to_string(m.images()) + " rows, but " +
                                 std::to_string(targets.names.size()) + " image names");
    }
}

struct class_count {
    std::size_t classes = 0;
    const char* source = "";
};

class_count count_classes(const std::vector<model>& models, const ra::io::image_targets& targets, const arguments& args)
{
    class_count count{args.classes, "--classes"};
    for (const model& m : models) {
        if (!m.scores()) continue;
        if (count.classes != 0 && count.classes != m.columns()) {
            throw ra::io::file_error(m.path() + ": scores of " + std::to_string(m.columns()) + " classes, expected " +
                                     std::to_string(count.classes));
        }
        count = {m.columns(), "columns of the scores"};
    }
    if (count.classes != 0) return count;
    std::vector<std::optional<ra::class_index>> largest{targets.largest_class()};
    for (const model& m : models) largest.push_back(m.lists()->largest_class());
    return {ra::io::count_classes(largest), "one more than the largest class seen"};
}

std::vector<std::size_t> choose_ks(const std::vector<model>& models, std::size_t classes, const arguments& args)
{
    std::size_t depth = classes;
    for (const model& m : models) depth = std::min(depth, m.columns());
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

// ---- Evaluation

/// Whether the outcome of every image stays in memory: two bytes an image, for paired tests.
enum class outcomes_kept { no, yes };

/// One model, in batches that keep its progress visible and its ranks small; on_batch(first image, results, labels)
/// is called for each.
template <class Policy, class Source, class OnBatch>
void evaluate_model(Policy policy, model& m, const Source& source, const ra::io::image_targets& targets, ra::on_nan nan,
                    outcomes_kept kept, OnBatch on_batch)
{
    ra::evaluator evaluator(policy, {.nan = nan});
    const std::size_t batch = std::max<std::size_t>(
        1024, (std::size_t{64} << 20) / std::max<std::size_t>(1, sizeof(typename Source::element_type) * m.columns()));
    program::progress_bar bar(m.name, m.images());
    targets.view().expect_images(m.images(), (m.path() + ": rows").c_str());
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(batch, m.images() - first);
        const ra::targets_view labels = targets.view().slice(first, count);
        const ra::image_results results = ra::rank(policy, source.slice(first, count), labels, {.nan = nan}, first);
        evaluator.update(results, labels);
        program::outcomes by_original, by_real;
        if (labels.original) by_original = ra::image_outcomes(results, labels, {.metric = ra::accuracy_of::original});
        if (labels.real) by_real = ra::image_outcomes(results, labels, {.metric = ra::accuracy_of::real});
        if (labels.original && labels.real) {
            const ra::paired_proportion more = ra::pair_outcomes(by_original, by_real);
            m.joint.both += more.both;
            m.joint.first_only += more.first_only;
            m.joint.second_only += more.second_only;
            m.joint.neither += more.neither;
        }
        if (kept == outcomes_kept::yes) {
            m.by_original.insert(m.by_original.end(), by_original.begin(), by_original.end());
            m.by_real.insert(m.by_real.end(), by_real.begin(), by_real.end());
        }
        on_batch(first, results, labels);
        first += count;
        bar.show(first);
    } while (first < m.images());
    m.evaluation = evaluator.result();
}

void evaluate_models(std::vector<model>& models, const ra::io::image_targets& targets, std::size_t classes,
                     const arguments& args)
{
    std::optional<ra::io::mistake_writer> writer;
    if (!args.mistakes_file.empty() && !args.mistakes_sample)
        writer.emplace(args.mistakes_file, ra::io::mistake_columns::all, targets.names);
    std::vector<ra::io::mistake_task> tasks;
    std::uint64_t model_number = 0;
    const outcomes_kept kept = models.size() > 1 ? outcomes_kept::yes : outcomes_kept::no;
    for (model& m : models) {
        std::vector<ra::mistake> mistakes;
        const auto on_batch = [&](std::size_t first, const ra::image_results& results, const ra::targets_view& labels) {
            if (args.mistakes_file.empty()) return;
            std::vector<ra::mistake> found = ra::mistakes(results, labels);
            for (ra::mistake& mistake : found) mistake.image += first;
            if (writer) {
                writer->write(m.name, found);
            } else {
                mistakes.insert(mistakes.end(), found.begin(), found.end());
            }
        };
        try {
            const auto evaluate_source = [&](const auto& source) {
                if (args.backend == "seq") {
                    evaluate_model(ra::seq, m, source, targets, args.nan, kept, on_batch);
                } else {
                    evaluate_model(ra::par.on(args.threads), m, source, targets, args.nan, kept, on_batch);
                }
            };
            if (m.lists()) {
                m.lists()->visit(classes, evaluate_source);
            } else if (args.scores_are == ra::score_kind::logits) {
                m.scores()->visit_real([&](const auto& scores) { evaluate_source(ra::logits(scores)); });
            } else if (args.scores_are == ra::score_kind::probabilities) {
                m.scores()->visit_real([&](const auto& scores) {
                    evaluate_source(ra::probabilities(scores, {.normalise = args.normalise}));
                });
            } else {
                m.scores()->visit(evaluate_source);
            }
        } catch (const ra::io::file_error&) {
            throw;
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(m.path() + ": " + error.what());
        }
        if (args.mistakes_sample) {
            for (ra::io::mistake_task& task :
                 ra::io::sample_mistake_tasks(m.name, mistakes, targets.view(), ra::random_seed{args.seed},
                                              {.size = *args.mistakes_sample, .model = model_number++}))
                tasks.push_back(std::move(task));
        }
    }
    if (writer) writer->close();
    if (args.mistakes_sample) ra::io::write_mistake_tasks(args.mistakes_file, tasks, targets.names);
}

/// All pairs of models by both accuracies; absent for one model, and for labels that were not given.
struct paired_tests {
    std::vector<std::string> names{};
    std::optional<program::model_comparison> original{};
    std::optional<program::model_comparison> real{};
};

paired_tests compare_pairs(const std::vector<model>& models, const arguments& args)
{
    paired_tests tests;
    std::vector<program::outcomes> by_original, by_real;
    for (const model& m : models) {
        tests.names.push_back(m.name);
        by_original.push_back(m.by_original);
        by_real.push_back(m.by_real);
    }
    const auto compare = [&](const std::vector<program::outcomes>& outcomes) {
        const ra::random_seed seed{args.seed};
        return args.backend == "seq" ? program::compare_models(ra::seq, outcomes, seed)
                                     : program::compare_models(ra::par.on(args.threads), outcomes, seed);
    };
    tests.original = compare(by_original);
    tests.real = compare(by_real);
    return tests;
}

/// Of all models, in order of original accuracy; absent where a model has none, or no label sets were given.
std::optional<ra::preferences_result> compare_preferences(const std::vector<model>& models)
{
    std::vector<ra::preference_point> points;
    for (const model& m : models) {
        const ra::evaluation<>& e = m.evaluation;
        if (!e.has_original() || !e.has_real() || e.top_k(1).total == 0) return std::nullopt;
        points.push_back({e.top_k(1).value(), e.preference().ratio()});
    }
    return ra::preference_over_models(points);
}

// ---- Output

template <class Metric>
json metric_by_k(bool known, const std::vector<std::size_t>& ks, Metric metric)
{
    if (!known) return nullptr;
    json list = json::array();
    for (const std::size_t k : ks) {
        json entry{{"k", k}};
        program::add_proportion(entry, metric(k));
        list.push_back(std::move(entry));
    }
    return list;
}

// JSON has no infinity: the loss of a label of probability 0 becomes null.
json to_json(const std::vector<ra::calibration_bin>& bins)
{
    json result{{"l1", program::number_or_null(ra::calibration_error(bins))},
                {"l2", program::number_or_null(ra::calibration_error(bins, ra::calibration_norm::l2))},
                {"max", program::number_or_null(ra::calibration_error(bins, ra::calibration_norm::max))},
                {"bins", json::array()}};
    for (const ra::calibration_bin& bin : bins) {
        json entry{{"from", bin.lower},
                   {"to", bin.upper},
                   {"confidence", program::number_or_null(bin.confidence.try_value())}};
        program::add_proportion(entry, bin.accuracy);
        result["bins"].push_back(std::move(entry));
    }
    return result;
}

json losses_to_json(const ra::evaluation<>& values)
{
    json object{{"log_loss", nullptr},
                {"brier_score", nullptr},
                {"calibration", nullptr},
                {"real_log_loss", nullptr},
                {"real_calibration", nullptr}};
    if (values.has_original()) {
        object["log_loss"] = program::number_or_null(values.log_loss().try_value());
        object["brier_score"] = program::number_or_null(values.brier_score().try_value());
        object["calibration"] = to_json(values.calibration());
    }
    if (values.has_real()) {
        object["real_log_loss"] = program::number_or_null(values.real_log_loss().try_value());
        object["real_calibration"] = to_json(values.real_calibration());
    }
    return object;
}

json to_json(const model& m, const std::vector<std::size_t>& ks)
{
    const ra::evaluation<>& e = m.evaluation;
    json object{{"name", m.name}};
    object["top_k"] = metric_by_k(e.has_original(), ks, [&](std::size_t k) { return e.top_k(k); });
    object["real_any"] = metric_by_k(e.has_real(), ks, [&](std::size_t k) { return e.real(k); });
    object["real_kth"] = metric_by_k(e.has_real(), ks, [&](std::size_t k) { return e.real_kth(k); });
    object["real_kth_where_enough_labels"] =
        metric_by_k(e.has_real(), ks, [&](std::size_t k) { return e.real_kth_where_enough_labels(k); });
    object["all_of_top_k"] = metric_by_k(e.has_real(), ks, [&](std::size_t k) { return e.all_of_top_k(k); });
    object["preference"] = object["remedied"] = object["joint"] = nullptr;
    if (e.has_original() && e.has_real()) {
        const ra::preference_counts counts = e.preference();
        json ratio;
        program::add_proportion(ratio, counts.ratio());
        object["preference"] = {{"model_preferred", counts.model_preferred},
                                {"label_preferred", counts.label_preferred},
                                {"both_correct", counts.both_correct},
                                {"both_wrong", counts.both_wrong},
                                {"both_wrong_without_labels", counts.both_wrong_without_labels},
                                {"ratio", ratio["value"]},
                                {"lower", ratio["lower"]},
                                {"upper", ratio["upper"]},
                                {"exact_p_value", nullptr},
                                {"mid_p_value", nullptr},
                                {"log10_mid_p_value", nullptr}};
        const ra::sign_test_result test = ra::sign_test(counts.model_preferred, counts.label_preferred);
        if (!test.without_trials) {
            object["preference"]["exact_p_value"] = test.p_value;
            object["preference"]["mid_p_value"] = test.mid_p_value;
            object["preference"]["log10_mid_p_value"] = test.log10_mid_p_value;
        }
        json remedied;
        program::add_proportion(remedied, ra::errors_accepted_by_real(counts));
        object["remedied"] = std::move(remedied);
        object["joint"] = {{"both_right", m.joint.both},
                           {"only_original_right", m.joint.first_only},
                           {"only_real_right", m.joint.second_only},
                           {"both_wrong", m.joint.neither}};
    }
    object["reciprocal_rank"] = nullptr;
    if (e.has_original() && e.depth() == e.classes())
        object["reciprocal_rank"] = program::number_or_null(e.mean_reciprocal_rank().try_value());
    object["probabilities"] = e.has_losses() ? losses_to_json(e) : json(nullptr);
    object["ties"] = nullptr;
    if (e.ties() && e.has_original()) object["ties"] = *e.ties();
    object["nan_images"] = nullptr;
    if (m.scores()) object["nan_images"] = e.nan_images();
    return object;
}

json to_json(const ra::preferences_result& preferences, const std::vector<model>& models)
{
    json names = json::array();
    for (const ra::preference_result& one : preferences.models) names.push_back(models[one.model].name);
    const auto name_or_null = [&](const std::optional<std::size_t>& place) {
        return place ? names[*place] : json(nullptr);
    };
    json result{{"first_above_half", name_or_null(preferences.first_above_half)},
                {"first_clearly_above_half", name_or_null(preferences.first_clearly_above_half)}};
    result["models"] = std::move(names);
    return result;
}

json to_json(const ra::label_summary& targets, const std::vector<model>& models, const std::vector<std::size_t>& ks,
             const std::vector<ra::class_index>& excluded, const ra::ambiguity_options& ambiguity,
             const std::optional<ra::preferences_result>& preferences, const paired_tests& tests)
{
    json result{{"images", targets.images()},
                {"judged", nullptr},
                {"excluded", nullptr},
                {"labels", nullptr},
                {"multi_label", nullptr}};
    if (targets.has_real()) {
        result["judged"] = targets.with_real_labels();
        result["excluded"] = targets.without_real_labels();
        result["labels"] = targets.labels();
        result["multi_label"] = targets.multi_label().hits;
    }
    result["models"] = json::array();
    for (const model& m : models) result["models"].push_back(to_json(m, ks));
    result["original_labels"] = nullptr;
    result["oracle"] = nullptr;
    if (targets.has_original() && targets.has_real()) {
        json real;
        program::add_proportion(real, targets.original_labels_real());
        result["original_labels"] = {{"real", real}};
        result["oracle"] = {{"images", targets.oracle_images()},
                            {"classes_below", targets.ambiguous_classes(ambiguity).size()},
                            {"threshold", ambiguity.threshold},
                            {"excluded_classes", excluded.size()},
                            {"mean", program::number_or_null(targets.mean_oracle_accuracy().value)}};
    }
    result["preference_order"] = preferences ? to_json(*preferences, models) : json(nullptr);
    result["paired_tests"] = {{"original", nullptr}, {"real", nullptr}};
    if (tests.original) result["paired_tests"]["original"] = program::to_json(*tests.original, tests.names);
    if (tests.real) result["paired_tests"]["real"] = program::to_json(*tests.real, tests.names);
    return result;
}

void print_report(const ra::label_summary& targets, const std::vector<model>& models,
                  const std::vector<std::size_t>& ks, const ra::io::image_targets& data, const class_count& classes,
                  const ra::ambiguity_options& ambiguity)
{
    using program::percent, program::percent_with_interval, program::with_commas;
    std::cout << with_commas(targets.images()) << " images, " << with_commas(classes.classes) << " classes ("
              << classes.source << ")\n";
    if (targets.has_real()) {
        std::cout << with_commas(targets.with_real_labels()) << " judged by label sets, "
                  << with_commas(targets.without_real_labels()) << " excluded without labels; "
                  << with_commas(targets.labels()) << " labels, " << with_commas(targets.multi_label().hits)
                  << " images with several; " << ra::io::describe(data.join) << '\n';
    }
    if (targets.has_original() && targets.has_real()) {
        std::cout << "ReaL accuracy of the original labels " << percent_with_interval(targets.original_labels_real())
                  << "; " << targets.ambiguous_classes(ambiguity).size() << " classes with oracle accuracy below "
                  << percent(ambiguity.threshold, 0) << "\n";
    }

    const std::string last = std::to_string(ks.back());
    std::cout << "\nAccuracy in percent, with 95 % Wilson intervals\n";
    std::vector<std::vector<std::string>> table{{"model"}};
    const auto column = [&](const std::string& title, auto cell) {
        table[0].push_back(title);
        for (std::size_t i = 0; i < models.size(); ++i) table[i + 1].push_back(cell(models[i].evaluation));
    };
    for (const model& m : models) table.push_back({m.name});
    if (targets.has_original()) {
        column("original top-1", [](const auto& e) { return percent_with_interval(e.top_k(1)); });
        if (ks.back() != 1)
            column("top-" + last, [&](const auto& e) { return percent(e.top_k(ks.back()).try_value()); });
    }
    if (targets.has_real()) {
        column("ReaL", [](const auto& e) { return percent_with_interval(e.real(1)); });
        if (ks.back() != 1)
            column("ReaL@" + last, [&](const auto& e) { return percent(e.real(ks.back()).try_value()); });
    }
    if (std::any_of(models.begin(), models.end(), [](const model& m) { return m.scores() != nullptr; })) {
        // Stored lists tell neither.
        if (targets.has_original()) {
            column("ties", [](const auto& e) { return e.ties() ? std::to_string(*e.ties()) : "-"; });
        }
        column("NaN", [](const auto& e) { return e.ties() ? std::to_string(e.nan_images()) : "-"; });
    }
    program::print_table(table);

    if (!targets.has_real() || ks.size() < 2) return;
    std::cout << "\nReaL accuracy of the k-th prediction, over images with at least k labels\n";
    table.assign(1, {"model"});
    for (const model& m : models) table.push_back({m.name});
    for (const std::size_t k : ks) {
        column("k = " + std::to_string(k),
               [&](const auto& e) { return percent(e.real_kth_where_enough_labels(k).try_value()); });
    }
    program::print_table(table);
}

void print_probabilities(const std::vector<model>& models)
{
    const bool any =
        std::any_of(models.begin(), models.end(), [](const model& m) { return m.evaluation.has_losses(); });
    if (!any) return;
    const auto text = [](bool known, auto value) {
        return program::number_or_dash("%.4f", known ? value() : std::optional<double>());
    };
    std::vector<std::vector<std::string>> table{
        {"model", "log loss", "Brier score", "calibration error", "ReaL log loss", "ReaL calibration error"}};
    for (const model& m : models) {
        if (!m.evaluation.has_losses()) continue;
        const ra::evaluation<>& v = m.evaluation;
        const bool original = v.has_original(), real = v.has_real();
        table.push_back({m.name, text(original, [&] { return v.log_loss().try_value(); }),
                         text(original, [&] { return v.brier_score().try_value(); }),
                         text(original, [&] { return v.calibration_error(); }),
                         text(real, [&] { return v.real_log_loss().try_value(); }),
                         text(real, [&] { return v.real_calibration_error(); })});
    }
    std::cout << "\nAs probabilities (calibration: 15 bins of equal width, L1):\n";
    program::print_table(table);
}

void print_preferences(const std::vector<model>& models, const ra::preferences_result& preferences)
{
    using program::percent_with_interval;
    std::cout << "\nWhere prediction and original label differ, with whom do the label sets side? In order of original "
                 "accuracy\n";
    std::vector<std::vector<std::string>> table{
        {"model", "original top-1", "preferred to label", "p, one half", "errors accepted by ReaL"}};
    for (const ra::preference_result& one : preferences.models) {
        const model& m = models[one.model];
        table.push_back(
            {m.name, program::percent(m.evaluation.top_k(1).value()), percent_with_interval(one.ratio),
             one.test.without_trials ? "-" : program::p_text(one.test.mid_p_value, one.test.log10_mid_p_value),
             percent_with_interval(ra::errors_accepted_by_real(m.evaluation.preference()))});
    }
    program::print_table(table);
    const auto name = [&](std::size_t place) { return models[preferences.models[place].model].name; };
    if (!preferences.first_above_half) {
        std::cout << "No model is preferred to the labels more often than not.\n";
    } else {
        std::cout << "The first model preferred more often than not: " << name(*preferences.first_above_half)
                  << "; with its whole interval: "
                  << (preferences.first_clearly_above_half ? name(*preferences.first_clearly_above_half) : "none")
                  << ".\n";
    }
}

void print_paired_tests(const std::vector<model>& models, const paired_tests& tests)
{
    const auto print = [&](const char* metric, const std::optional<program::model_comparison>& result,
                           program::outcomes model::*outcomes) {
        if (!result) return;
        std::vector<program::outcomes> of_models;
        for (const model& m : models) of_models.push_back(m.*outcomes);
        program::print_pairs(metric, *result, of_models, tests.names);
    };
    print("original accuracy", tests.original, &model::by_original);
    print("ReaL accuracy", tests.real, &model::by_real);
}

void warn_near_chance(const std::vector<model>& models, const ra::label_summary& targets, ra::io::label_set_join join)
{
    for (const model& m : models) {
        const ra::evaluation<>& e = m.evaluation;
        ra::io::model_accuracy accuracy{.name = m.name, .classes = targets.classes(), .join = join};
        if (e.has_original()) accuracy.original = e.top_k(1);
        if (e.has_real()) {
            accuracy.real = e.real(1);
            accuracy.real_chance = targets.chance().try_value();
        }
        for (const std::string& warning : ra::io::near_chance_warnings(accuracy))
            std::cerr << "evaluate: warning: " << warning << '\n';
    }
}

/// The columns, then one per model.
ra::io::csv_writer table_of_models(std::vector<std::string> columns, const std::vector<model>& models)
{
    for (const model& m : models) columns.push_back(m.name);
    return ra::io::csv_writer(columns);
}

void write_per_class(const std::string& path, const ra::label_summary& targets, const std::vector<model>& models)
{
    ra::io::csv_writer table = table_of_models({"class", "images", "oracle"}, models);
    const std::vector<ra::class_oracle> oracle = targets.oracle();
    for (std::size_t c = 0; c < oracle.size(); ++c) {
        table.add_cell(c);
        table.add_cell(oracle[c].images);
        table.add_cell(oracle[c].accuracy);
        for (const model& m : models)
            table.add_cell(m.evaluation.confirmed_class_accuracy(static_cast<ra::class_index>(c)).hits);
        table.end_row();
    }
    program::write_text(path, table.text());
}

void write_cooccurrence(const std::string& path, const ra::label_summary& targets)
{
    ra::io::csv_writer table({"class", "other", "images", "share"});
    for (const ra::co_occurrence& pair : targets.co_occurrences())
        table.add_row(pair.c, pair.other, pair.images.hits, pair.images.value());
    program::write_text(path, table.text());
}

/// Each curve is sorted separately, so a row is a position, not a class.
void write_curves(const std::string& path, const ra::label_summary& targets, const std::vector<model>& models,
                  const ra::ambiguity_options& ambiguity)
{
    const std::vector<ra::class_index> classes = targets.ambiguous_classes(ambiguity);
    std::vector<ra::class_curves> curves;
    for (const model& m : models) curves.push_back(ra::sorted_class_curves(targets, m.evaluation, classes));
    const std::vector<ra::class_oracle> of_classes = targets.oracle();
    std::vector<double> oracle;
    for (const ra::class_index c : classes) oracle.push_back(*of_classes[static_cast<std::size_t>(c)].accuracy);
    std::sort(oracle.begin(), oracle.end(), std::greater<>());
    ra::io::csv_writer table = table_of_models({"position", "oracle"}, models);
    for (std::size_t position = 0; position < oracle.size(); ++position) {
        table.add_cell(position);
        table.add_cell(oracle[position]);
        for (const ra::class_curves& curve : curves)
            table.add_cell(position < curve.model.size() ? std::optional(curve.model[position]) : std::nullopt);
        table.end_row();
    }
    program::write_text(path, table.text());
}

void evaluate(const arguments& args)
{
    const std::vector<ra::class_index> excluded =
        args.exclude_classes.empty() ? std::vector<ra::class_index>{}
                                     : program::parse_classes("--exclude-classes", args.exclude_classes);
    const ra::ambiguity_options ambiguity{.excluded_classes = excluded};
    const bool needs_both =
        !args.per_class_file.empty() || !args.cooccurrence_file.empty() || !args.curves_file.empty();
    if (needs_both && (args.original.empty() || args.real.empty())) {
        throw program::usage_error("--per-class, --cooccurrence and --curves need --original and --real");
    }

    std::vector<model> models = open_models(args);
    const ra::io::image_targets data = read_targets(args);
    expect_rows(models, data);
    const class_count classes = count_classes(models, data, args);
    for (const ra::class_index c : excluded) {
        if (std::cmp_greater_equal(c, classes.classes))
            throw program::usage_error("--exclude-classes: " + std::to_string(c) + " is outside [0, " +
                                       std::to_string(classes.classes) + ")");
    }
    const std::vector<std::size_t> ks = choose_ks(models, classes.classes, args);
    const ra::label_summary targets = ra::summarise(data.view(), {.classes = classes.classes});
    evaluate_models(models, data, classes.classes, args);

    const paired_tests tests = compare_pairs(models, args);
    const std::optional<ra::preferences_result> preferences = compare_preferences(models);

    if (args.json_file != "-") {
        print_report(targets, models, ks, data, classes, ambiguity);
        print_probabilities(models);
        if (preferences) print_preferences(models, *preferences);
        print_paired_tests(models, tests);
    }
    warn_near_chance(models, targets, data.join);
    if (!args.json_file.empty())
        program::write_json(args.json_file, to_json(targets, models, ks, excluded, ambiguity, preferences, tests));
    if (!args.per_class_file.empty()) write_per_class(args.per_class_file, targets, models);
    if (!args.cooccurrence_file.empty()) write_cooccurrence(args.cooccurrence_file, targets);
    if (!args.curves_file.empty()) write_curves(args.curves_file, targets, models, ambiguity);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Evaluates image classifiers against original labels and ReaL label sets.", "evaluate");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { evaluate(args); });
}
