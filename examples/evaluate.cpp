// evaluate: how good are these models, by the original labels and by the ReaL labels?
//
//   evaluate --predictions resnet50=resnet50.npy --original labels.npy --real real.json --names images.json --classes
//   1000
//
// Prints a table, and with --json the same numbers for programs; examples/README.md describes them.
#include "paired_tests.hpp"
#include "program.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/verdicts.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
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
        "--normalise", [&] { args.normalise = ra::normalise::yes; },
        "divide every row of probabilities by its sum");
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
    ra::io::npy_file file;
    bool holds_scores;
    ra::evaluation<> evaluation{};
    /// Images with an original label and a non-empty set, by who is right: the original label's metric is the first.
    ra::paired_proportion joint{};
    /// Of every image, kept where there are several models to compare.
    program::outcomes by_original{};
    program::outcomes by_real{};

    [[nodiscard]] std::size_t images() const { return file.shape()[0]; }
    /// Ranks are known below this.
    [[nodiscard]] std::size_t depth(std::size_t classes) const
    {
        return holds_scores ? classes : file.shape().size() == 1 ? 1 : file.shape()[1];
    }
};

/// f(scores), with their interpretation if the arguments name one, or f(top-k lists) of the model's file.
template <class F>
void with_source(const model& m, const arguments& args, std::size_t classes, F f)
{
    if (m.holds_scores) {
        const auto interpret = [&](const auto& scores) {
            if (args.scores_are == ra::score_kind::logits) return f(ra::logits(scores));
            if (args.scores_are == ra::score_kind::probabilities)
                return f(ra::probabilities(scores, {.normalise = args.normalise}));
            f(scores);
        };
        ra::io::visit_scores(
            m.file, interpret,
            {.uint16 = args.bfloat16 ? ra::io::uint16_meaning::bfloat16_bits : ra::io::uint16_meaning::integers});
        return;
    }
    ra::io::visit_integers(m.file,
                           [&](auto values) { f(ra::top_k_view(values.data(), m.images(), m.depth(0), classes)); });
}

std::vector<model> open_models(const arguments& args)
{
    std::vector<model> models;
    std::set<std::string> names;
    const auto open = [&](const std::string& text, bool holds_scores) {
        // What stands before the first = is a name, unless it is part of a path: runs/lr=0.1/scores.npy.
        std::size_t equals = text.find('=');
        if (equals != std::string::npos && text.find('/') < equals) equals = std::string::npos;
        const std::string path = equals == std::string::npos ? text : text.substr(equals + 1);
        std::string name =
            equals == std::string::npos ? std::filesystem::path(path).stem().string() : text.substr(0, equals);
        if (!names.insert(name).second)
            throw program::usage_error("two models are called " + name + ": write NAME=FILE");
        models.push_back({std::move(name), ra::io::npy_file(path), holds_scores});
    };
    for (const std::string& text : args.scores) open(text, true);
    for (const std::string& text : args.predictions) open(text, false);
    if (models.empty()) throw program::usage_error("no model: give --scores or --predictions");
    for (const model& m : models) {
        const std::size_t dimensions = m.file.shape().size();
        if (dimensions != 2 && (m.holds_scores || dimensions != 1)) {
            throw ra::io::file_error(m.file.path().string() + ": has " + std::to_string(dimensions) +
                                     " dimensions, wanted " +
                                     (m.holds_scores ? "2: (images, classes)" : "1 or 2: (images, k)"));
        }
    }
    for (const model& m : models) with_source(m, args, [](const auto&) {});  // a wrong type shows before any work
    return models;
}

struct truth_data {
    std::optional<std::vector<ra::class_index>> original{};
    std::optional<ra::label_sets> real{};
    std::vector<std::string> names{};
    /// How the label sets found their images.
    std::string joined{};
    bool joined_by_position = false;

    [[nodiscard]] ra::targets_view view() const
    {
        ra::targets_view targets;
        if (original) targets.original = *original;
        if (real) targets.real = real->view();
        return targets;
    }
};

truth_data read_truth(const arguments& args)
{
    truth_data targets;
    if (args.original.empty() && args.real.empty())
        throw program::usage_error("no labels: give --original, --real or both");
    if (!args.real_names.empty() && args.names.empty())
        throw program::usage_error("--real-names needs --names, to join by");
    if (!args.original.empty())
        targets.original = ra::io::read_labels(args.original, {.ignore_label = args.ignore_label});
    if (!args.names.empty()) targets.names = ra::io::read_image_names(args.names);
    if (args.real.empty()) return targets;
    ra::label_sets real = ra::io::read_label_sets(args.real);
    if (!args.real_names.empty()) {
        targets.real = ra::align(real, ra::io::read_image_names(args.real_names), targets.names);
        targets.joined = "label sets joined by image name";
    } else if (!args.names.empty()) {
        targets.real = ra::align_by_number(real, targets.names);
        targets.joined = "label sets joined by the number at the end of the image name";
    } else {
        targets.real = std::move(real);
        targets.joined = "label sets joined by position";
        targets.joined_by_position = true;
    }
    return targets;
}

void expect_rows(const std::vector<model>& models, const truth_data& targets)
{
    for (const model& m : models) {
        if (targets.names.empty() || targets.names.size() == m.images()) continue;
        throw ra::io::file_error(m.file.path().string() + ": " + std::to_string(m.images()) + " rows, but " +
                                 std::to_string(targets.names.size()) + " image names");
    }
}

struct class_count {
    std::size_t classes = 0;
    const char* source = "";
};

class_count count_classes(const std::vector<model>& models, const truth_data& targets, const arguments& args)
{
    class_count count{args.classes, "--classes"};
    for (const model& m : models) {
        if (!m.holds_scores) continue;
        const std::size_t columns = m.file.shape()[1];
        if (count.classes != 0 && count.classes != columns) {
            throw ra::io::file_error(m.file.path().string() + ": scores of " + std::to_string(columns) +
                                     " classes, wanted " + std::to_string(count.classes));
        }
        count = {columns, "columns of the scores"};
    }
    if (count.classes != 0) return count;
    std::int64_t largest = -1;
    if (targets.original) {
        for (const ra::class_index label : *targets.original) largest = std::max<std::int64_t>(largest, label);
    }
    if (targets.real) {
        for (const ra::class_index label : targets.real->classes()) largest = std::max<std::int64_t>(largest, label);
    }
    for (const model& m : models) {
        ra::io::visit_integers(m.file, [&](auto values) {
            for (const auto value : values) {
                if (std::in_range<ra::class_index>(value))
                    largest = std::max(largest, static_cast<std::int64_t>(value));
            }
        });
    }
    // Counters take tens of bytes a class: a stray number must not take the machine's memory.
    constexpr std::int64_t most = 10'000'000;
    if (largest >= most) {
        throw ra::io::file_error("the largest class in predictions, labels and sets is " + std::to_string(largest) +
                                 ": if there are so many, give --classes");
    }
    return {static_cast<std::size_t>(largest + 1), "one more than the largest class seen"};
}

std::vector<std::size_t> choose_ks(const std::vector<model>& models, std::size_t classes, const arguments& args)
{
    std::size_t depth = classes;
    for (const model& m : models) depth = std::min(depth, m.depth(classes));
    std::vector<std::size_t> ks;
    if (args.ks.empty()) {
        for (std::size_t k = 1; k <= std::min<std::size_t>(5, depth); ++k) ks.push_back(k);
        return ks;
    }
    for (const ra::class_index k : program::parse_classes("--k", args.ks)) {
        if (k < 1 || static_cast<std::size_t>(k) > depth) {
            throw program::usage_error("--k: " + std::to_string(k) + " is not in [1, " + std::to_string(depth) +
                                       "], the depth of the predictions");
        }
        ks.push_back(static_cast<std::size_t>(k));
    }
    std::sort(ks.begin(), ks.end());
    ks.erase(std::unique(ks.begin(), ks.end()), ks.end());
    return ks;
}

// ---- Evaluation

/// Writes mistakes as CSV while the models are evaluated.
class mistake_writer {
public:
    explicit mistake_writer(const std::string& path) : path_(path), file_(path, std::ios::binary)
    {
        if (!file_) throw ra::io::file_error(path + ": cannot be opened for writing");
        file_ << "model,row,image,prediction,original,labels,by_original,by_real\n";
    }

    void write(const std::string& name, std::size_t first, const ra::image_results& ranks, const ra::targets_view& batch,
               const std::vector<std::string>& images)
    {
        for (const ra::mistake& m : ra::mistakes(ranks, batch)) {
            const std::size_t row = first + m.image;
            std::string labels;
            for (const ra::class_index label : m.labels) labels += (labels.empty() ? "" : " ") + std::to_string(label);
            file_ << program::csv_field(name) << ',' << row << ','
                  << (images.empty() ? "" : program::csv_field(images[row])) << ',' << m.prediction << ','
                  << (m.original == ra::missing_label ? "" : std::to_string(m.original)) << ',' << labels << ','
                  << m.by_original << ',' << m.by_real << '\n';
        }
    }

    void finish()
    {
        file_.close();
        if (!file_) throw ra::io::file_error(path_ + ": cannot be written");
    }

private:
    std::string path_;
    std::ofstream file_;
};

/// Draws a sample of each model's mistakes by each metric, and writes them as a task for raters.
class mistake_sampler {
public:
    mistake_sampler(std::string path, std::size_t size, ra::random_seed seed)
        : path_(std::move(path)), size_(size), seed_(seed)
    {
    }

    void add(std::size_t first, const ra::image_results& ranks, const ra::targets_view& batch)
    {
        for (ra::mistake m : ra::mistakes(ranks, batch)) {
            m.image += first;
            found_.push_back(m);
        }
    }

    void end_model(const std::string& name, const ra::targets_view& targets)
    {
        const auto sample = [&](ra::mistake_by metric, const char* metric_name) {
            tasks_.push_back({name, metric_name,
                              ra::sample_mistakes(found_, seed_, {.metric = metric, .size = size_, .model = models_})});
        };
        if (targets.original) {
            sample(ra::mistake_by::original, "original");
            // By this metric the original label alone counts as correct.
            for (ra::mistake& m : tasks_.back().mistakes) m.labels = {};
        }
        if (targets.real) sample(ra::mistake_by::real, "real");
        found_.clear();
        ++models_;
    }

    void finish(const std::vector<std::string>& images) { ra::io::write_mistake_tasks(path_, tasks_, images); }

private:
    std::string path_;
    std::size_t size_;
    ra::random_seed seed_;
    std::uint64_t models_ = 0;
    std::vector<ra::mistake> found_{};
    std::vector<ra::io::mistake_task> tasks_{};
};

/// Whether the outcome of every image stays in memory: two bytes an image, for paired tests.
enum class outcomes_kept { no, yes };

/// One model, in batches that keep its progress visible and its ranks small; on_batch(first image, rankings, labels)
/// sees each.
template <class Policy, class Source, class OnBatch>
void evaluate_model(Policy policy, model& m, const Source& source, const truth_data& targets, ra::on_nan nan,
                    outcomes_kept kept, OnBatch on_batch)
{
    ra::evaluator evaluator(policy, {.nan = nan});
    const std::size_t batch = std::max<std::size_t>(
        1024, (std::size_t{64} << 20) / std::max<std::size_t>(1, sizeof(typename Source::element_type) * m.file.elements() /
                                                                     std::max<std::size_t>(1, m.images())));
    program::progress_bar bar(m.name, m.images());
    targets.view().expect_images(m.images(), (m.file.path().string() + ": rows").c_str());
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(batch, m.images() - first);
        const ra::targets_view labels = targets.view().slice(first, count);
        const ra::image_results ranks = ra::rank(policy, source.slice(first, count), labels, {.nan = nan}, first);
        evaluator.update(ranks, labels);
        program::outcomes by_original, by_real;
        if (labels.original) by_original = ra::image_outcomes(ranks, labels, {.metric = ra::accuracy_of::original});
        if (labels.real) by_real = ra::image_outcomes(ranks, labels, {.metric = ra::accuracy_of::real});
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
        on_batch(first, ranks, labels);
        first += count;
        bar.show(first);
    } while (first < m.images());
    m.evaluation = evaluator.result();
}

void evaluate_models(std::vector<model>& models, const truth_data& targets, std::size_t classes, const arguments& args)
{
    std::optional<mistake_writer> writer;
    std::optional<mistake_sampler> sampler;
    if (args.mistakes_sample) {
        sampler.emplace(args.mistakes_file, *args.mistakes_sample, ra::random_seed{args.seed});
    } else if (!args.mistakes_file.empty()) {
        writer.emplace(args.mistakes_file);
    }
    const outcomes_kept kept = models.size() > 1 ? outcomes_kept::yes : outcomes_kept::no;
    for (model& m : models) {
        const auto on_batch = [&](std::size_t first, const ra::image_results& ranks, const ra::targets_view& labels) {
            if (writer) writer->write(m.name, first, ranks, labels, targets.names);
            if (sampler) sampler->add(first, ranks, labels);
        };
        try {
            with_source(m, args, classes, [&](const auto& source) {
                if (args.backend == "seq") {
                    evaluate_model(ra::seq, m, source, targets, args.nan, kept, on_batch);
                } else {
                    evaluate_model(ra::par.on(args.threads), m, source, targets, args.nan, kept, on_batch);
                }
            });
        } catch (const ra::io::file_error&) {
            throw;
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(m.file.path().string() + ": " + error.what());
        }
        if (sampler) sampler->end_model(m.name, targets.view());
    }
    if (writer) writer->finish();
    if (sampler) sampler->finish(targets.names);
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
    if (m.holds_scores) object["nan_images"] = e.nan_images();
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
                  const std::vector<std::size_t>& ks, const truth_data& data, const class_count& classes,
                  const ra::ambiguity_options& ambiguity)
{
    using program::percent, program::percent_with_interval, program::with_commas;
    std::cout << with_commas(targets.images()) << " images, " << with_commas(classes.classes) << " classes ("
              << classes.source << ")\n";
    if (targets.has_real()) {
        std::cout << with_commas(targets.with_real_labels()) << " judged by label sets, "
                  << with_commas(targets.without_real_labels()) << " excluded without labels; "
                  << with_commas(targets.labels()) << " labels, " << with_commas(targets.multi_label().hits)
                  << " images with several; " << data.joined << '\n';
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
    if (std::any_of(models.begin(), models.end(), [](const model& m) { return m.holds_scores; })) {
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
    const bool any = std::any_of(models.begin(), models.end(), [](const model& m) { return m.evaluation.has_losses(); });
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
        {"model", "original top-1", "preferred to label", "p, one half", "mistakes that are none by ReaL"}};
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

/// The failure that users meet most: labels in another order than the predictions, which shows as guessing.
void warn_near_chance(const std::vector<model>& models, const ra::label_summary& targets, const truth_data& data)
{
    const double classes = static_cast<double>(targets.classes());
    for (const model& m : models) {
        const ra::evaluation<>& e = m.evaluation;
        if (e.has_real() && e.with_real_labels() > 0 && targets.chance().try_value() &&
            e.real(1).value() <= 2 * targets.chance().value() && classes > 2) {
            std::cerr << "evaluate: warning: ReaL accuracy of " << m.name << ", " << program::percent(e.real(1).value())
                      << " %, is near chance (" << program::percent(targets.chance().value()) << " %): "
                      << (data.joined_by_position
                              ? "the label sets are probably in another order than the rows (real.json is in order of "
                                "image number, "
                                "predictions are often in order of folder); give --names to join them by name\n"
                              : "the classes are probably numbered in another way (the rank of the wnid, 0 to 999, is "
                                "wanted), or --names is "
                                "not the order of the rows\n");
        }
        if (e.has_original() && e.top_k(1).total > 0 && e.top_k(1).value() <= 2 / classes && classes > 2) {
            std::cerr << "evaluate: warning: original accuracy of " << m.name << ", "
                      << program::percent(e.top_k(1).value())
                      << " %, is near chance: the original labels are probably in another order than the rows, or "
                         "number the classes in another way\n";
        }
    }
}

void write_per_class(const std::string& path, const ra::label_summary& targets, const std::vector<model>& models)
{
    std::string text = "class,images,oracle";
    for (const model& m : models) text += "," + program::csv_field(m.name);
    const std::vector<ra::class_oracle> oracle = targets.oracle();
    for (std::size_t c = 0; c < oracle.size(); ++c) {
        text += "\n" + std::to_string(c) + "," + std::to_string(oracle[c].images) + "," +
                (oracle[c].accuracy ? program::exact(*oracle[c].accuracy) : "");
        for (const model& m : models)
            text += "," + std::to_string(m.evaluation.confirmed_class_accuracy(static_cast<ra::class_index>(c)).hits);
    }
    program::write_text(path, text + "\n");
}

void write_cooccurrence(const std::string& path, const ra::label_summary& targets)
{
    std::string text = "class,other,images,share\n";
    for (const ra::co_occurrence& pair : targets.co_occurrences()) {
        text += std::to_string(pair.c) + "," + std::to_string(pair.other) + "," + std::to_string(pair.images.hits) +
                "," + program::exact(pair.images.value()) + "\n";
    }
    program::write_text(path, text);
}

/// Each curve is sorted on its own, so a row is a position, not a class.
void write_curves(const std::string& path, const ra::label_summary& targets, const std::vector<model>& models,
                  const ra::ambiguity_options& ambiguity)
{
    const std::vector<ra::class_index> classes = targets.ambiguous_classes(ambiguity);
    std::vector<ra::class_curves> curves;
    std::string text = "position,oracle";
    for (const model& m : models) {
        curves.push_back(ra::sorted_class_curves(targets, m.evaluation, classes));
        text += "," + program::csv_field(m.name);
    }
    const std::vector<ra::class_oracle> of_classes = targets.oracle();
    std::vector<double> oracle;
    for (const ra::class_index c : classes) oracle.push_back(*of_classes[static_cast<std::size_t>(c)].accuracy);
    std::sort(oracle.begin(), oracle.end(), std::greater<>());
    for (std::size_t position = 0; position < oracle.size(); ++position) {
        text += "\n" + std::to_string(position) + "," + program::exact(oracle[position]);
        for (const ra::class_curves& curve : curves)
            text += "," + (position < curve.model.size() ? program::exact(curve.model[position]) : "");
    }
    program::write_text(path, text + "\n");
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
    const truth_data data = read_truth(args);
    expect_rows(models, data);
    const class_count classes = count_classes(models, data, args);
    for (const ra::class_index c : excluded) {
        if (std::cmp_greater_equal(c, classes.classes))
            throw program::usage_error("--exclude-classes: " + std::to_string(c) + " is not in [0, " +
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
    warn_near_chance(models, targets, data);
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
