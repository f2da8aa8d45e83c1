// Evaluates the models of the program `evaluate` batch by batch: the only part that is compiled for every element type.
#include "evaluate.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/input_warnings.hpp>
#include <reassess/io/mistakes.hpp>
#include <reassess/metric/class_scores.hpp>
#include <reassess/metric/group_scores.hpp>
#include <reassess/metric/mistake_heights.hpp>
#include <reassess/metric/numbering.hpp>
#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/metric/prediction_agreement.hpp>
#include <reassess/metric/selective_prediction.hpp>
#include <reassess/metric/set_ranking.hpp>
#include <reassess/statistics/model_comparison.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace evaluate {

namespace {

using ra::io::model_file;

/// The mistakes of all models: written as they are found, or sampled at the end.
class mistakes_file {
public:
    mistakes_file(const arguments& args, const ra::io::image_targets& targets) : args_(args), targets_(targets)
    {
        if (!args.mistakes_file.empty() && !args.mistakes_sample)
            writer_.emplace(args.mistakes_file, ra::io::mistake_columns::all, targets.names);
    }

    /// Adds a batch of the current model; its first image is number `first`.
    void add(const std::string& model, std::size_t first, const ra::image_results& ranks,
             const ra::targets_view& labels)
    {
        if (args_.mistakes_file.empty()) return;
        std::vector<ra::mistake> found = ra::mistakes(ranks, labels);
        for (ra::mistake& mistake : found) mistake.image += first;
        if (writer_) {
            writer_->write(model, found);
        } else {
            of_model_.insert(of_model_.end(), found.begin(), found.end());
        }
    }
    void end_model(const std::string& model)
    {
        if (args_.mistakes_sample) {
            for (ra::io::mistake_task& task :
                 ra::io::sample_mistake_tasks(model, of_model_, targets_.view(), ra::random_seed{args_.seed},
                                              {.size = *args_.mistakes_sample, .model = models_}))
                tasks_.push_back(std::move(task));
        }
        of_model_.clear();
        ++models_;
    }
    void close()
    {
        if (writer_) writer_->close();
        if (args_.mistakes_sample) ra::io::write_mistake_tasks(args_.mistakes_file, tasks_, targets_.names);
    }

private:
    const arguments& args_;
    const ra::io::image_targets& targets_;
    std::optional<ra::io::mistake_writer> writer_{};
    std::vector<ra::mistake> of_model_{};
    std::vector<ra::io::mistake_task> tasks_{};
    std::uint64_t models_ = 0;
};

/// One model's outcome of every image.
using outcomes = std::vector<ra::image_outcome>;

/// The metrics on request that are counted from the results of each image: all but ranking and agreement.
class requested_metrics {
public:
    requested_metrics(const inputs& in, const arguments& args) : in_(in), args_(args)
    {
        if (args.requests("classes")) classes_.emplace(ra::seq, options(), ra::real_class_scores{});
        if (in.groups) groups_.emplace(ra::seq, options(), ra::real_group_scores{in.groups->groups});
        if (args.requests("selective")) confidences_.emplace(ra::seq, options());
        if (in.taxonomy) heights_.mistakes.resize(in.taxonomy->taxonomy.height() + 1);
    }

    void add(const ra::image_results& ranks, const ra::targets_view& labels)
    {
        if (classes_) classes_->update(ranks, labels);
        if (groups_) groups_->update(ranks, labels);
        if (confidences_ && !ranks.confidence.empty()) confidences_->update(ranks, labels);
        if (!in_.taxonomy || !labels.real) return;
        const auto of_batch = ra::real_mistake_heights(ranks, labels, in_.taxonomy->taxonomy);
        heights_.right += of_batch.right;
        for (std::size_t h = 0; h < of_batch.mistakes.size(); ++h) heights_.mistakes[h] += of_batch.mistakes[h];
    }

    void write_to(ra::io::evaluated_model& model) const
    {
        const ra::evaluation<>& results = model.results;
        const bool original = results.has_original(), real = results.has_real();
        if (classes_) {
            auto& classes = model.classes.emplace();
            if (original) classes.original = ra::scores_by_class(results.confusion());
            if (real) classes.real = classes_->result().get<ra::real_class_scores>();
        }
        if (groups_) {
            auto& groups = model.groups.emplace();
            if (original) groups.original = ra::scores_by_group(results.confusion(), in_.groups->groups);
            if (real) groups.real = groups_->result().get<ra::real_group_scores>();
        }
        if (in_.taxonomy) {
            auto& heights = model.mistake_heights.emplace();
            if (original) heights.original = ra::mistake_heights(results.confusion(), in_.taxonomy->taxonomy);
            if (real) heights.real = heights_;
        }
        if (confidences_ && results.has_losses()) {
            const ra::evaluation<> counted = confidences_->result();
            auto& curves = model.selective.emplace();
            if (original) curves.original.emplace(counted.calibration());
            if (real) curves.real.emplace(counted.real_calibration());
        }
    }

private:
    /// Many bins, so that the bounds of selective prediction are close.
    [[nodiscard]] ra::evaluation_options options() const { return {.nan = args_.nan, .calibration_bins = 2000}; }

    const inputs& in_;
    const arguments& args_;
    std::optional<ra::evaluator<ra::serial_policy, ra::real_class_scores>> classes_{};
    std::optional<ra::evaluator<ra::serial_policy, ra::real_group_scores>> groups_{};
    std::optional<ra::evaluator<ra::serial_policy>> confidences_{};
    ra::mistake_heights_result heights_{};
};

/// The results of one model.
struct model_results {
    ra::evaluation<> metrics{};
    std::optional<ra::set_rankings> ranking{};
};

/// The greatest number of labels of an image, at least 1.
std::size_t largest_set(const ra::io::image_targets& targets)
{
    std::size_t largest = 1;
    const ra::targets_view labels = targets.view();
    for (std::size_t image = 0; labels.real && image < labels.images(); ++image)
        largest = std::max(largest, (*labels.real)[image].size());
    return largest;
}

/// One batch of one model: the number of its first image, its ranks and its labels.
using on_batch = std::function<void(std::size_t, const ra::image_results&, const ra::targets_view&)>;

/// One model, in batches that keep its progress visible and its ranks small. `visit` calls its last argument with the
/// rows first .. first + count - 1 of the model.
template <class Policy, class Visit>
model_results evaluate_in_batches(Policy policy, const model_file& m, const ra::io::image_targets& targets,
                                  const arguments& args, const on_batch& see, Visit visit)
{
    const ra::evaluation_options options{.nan = args.nan};
    ra::evaluator evaluator(policy, options);
    std::optional<ra::evaluator<Policy, ra::set_ranking>> ranking;
    if (args.requests("ranking")) ranking.emplace(policy, options, ra::set_ranking{largest_set(targets)});
    const std::size_t batch =
        std::max<std::size_t>(1024, (std::size_t{64} << 20) / std::max<std::size_t>(1, sizeof(double) * m.columns()));
    program::progress_bar bar(m.name(), m.images());
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(batch, m.images() - first);
        const ra::targets_view labels = targets.view().slice(first, count);
        const ra::image_results ranks =
            visit(first, count, [&](const auto& rows) { return ra::rank(policy, rows, labels, options, first); });
        evaluator.update(ranks, labels);
        if (ranking) ranking->update(ranks, labels);
        see(first, ranks, labels);
        first += count;
        bar.show(first);
    } while (first < m.images());
    model_results found{evaluator.result()};
    if (ranking) found.ranking = ranking->result().template get<ra::set_ranking>();
    return found;
}

template <class Policy>
model_results evaluate_by(Policy policy, const model_file& m, const inputs& in, const arguments& args,
                          const on_batch& see, ra::probability_check& rounding)
{
    return evaluate_in_batches(
        policy, m, in.targets, args, see, [&](std::size_t first, std::size_t count, const auto& rank) {
            if (!m.has_scores()) return m.visit_lists(first, count, in.classes.classes, rank);
            if (args.scores_are == ra::score_kind::unspecified) return m.visit_scores(first, count, rank);
            return m.visit_real_scores(first, count, [&](const auto& rows) {
                if (args.scores_are == ra::score_kind::logits) return rank(ra::logits(rows));
                if (args.normalise == ra::normalise::no) rounding.add(rows, first);
                return rank(ra::probabilities(rows, {.normalise = args.normalise, .clip = args.clip}));
            });
        });
}

/// A message of the library with this program's options instead of the library's.
std::string in_options(std::string message)
{
    for (const auto& [name, option] :
         {std::pair("on_nan::exclude", "--exclude-nan"),
          std::pair("use logits(...) if these are logits, or normalise::yes if they are weights",
                    "use --scores-are logits if these are logits, or --normalise if they are weights")}) {
        if (const std::size_t at = message.find(name); at != std::string::npos)
            message.replace(at, std::string_view(name).size(), option);
    }
    return message;
}

model_results evaluate_model(const model_file& m, const inputs& in, const arguments& args, const on_batch& see,
                             ra::probability_check& rounding)
{
    try {
        return args.backend == "seq" ? evaluate_by(ra::seq, m, in, args, see, rounding)
                                     : evaluate_by(ra::par.on(args.threads), m, in, args, see, rounding);
    } catch (const ra::io::file_error&) {
        throw;
    } catch (const std::logic_error& error) {
        throw ra::io::file_error(m.files_text() + ": " + in_options(error.what()));
    }
}

/// Empty for one model, and for labels that are not given.
std::optional<ra::model_comparison> compare(const std::vector<outcomes>& models, const arguments& args)
{
    if (models.size() < 2) return std::nullopt;
    const std::vector<ra::paired_proportion> cells = ra::pair_all_outcomes(models);
    const std::vector<double> hits = ra::hit_columns(models);
    const ra::image_values_view columns(hits, models.size());
    const ra::random_seed seed{args.seed};
    return args.backend == "seq" ? ra::compare_models(ra::seq, cells, columns, seed)
                                 : ra::compare_models(ra::par.on(args.threads), cells, columns, seed);
}

std::vector<ra::io::input_warning> warnings_about_labels(const inputs& in, const ra::label_summary& labels,
                                                         ra::proportion best_real)
{
    std::vector<ra::io::input_warning> warnings;
    if (best_real.total != 0) warnings = ra::io::label_warnings(labels.original_labels_real(), best_real);
    if (!in.targets.original) return warnings;
    std::optional<ra::class_index> largest;
    for (const model_file& m : in.models) {
        largest = std::max(largest, m.largest_class());
    }
    for (ra::io::input_warning& warning : ra::io::lone_label_warnings(*in.targets.original, largest))
        warnings.push_back(std::move(warning));
    return warnings;
}

}  // namespace

ra::io::evaluated_models evaluate_models(const inputs& in, const arguments& args)
{
    ra::io::evaluated_models found{.labels = ra::summarise(in.targets.view(), {.classes = in.classes.classes}),
                                   .ks = in.ks,
                                   .excluded_classes = in.excluded_classes};
    mistakes_file mistakes(args, in.targets);
    std::vector<outcomes> by_original, by_real;
    std::vector<std::vector<ra::class_index>> predictions;
    if (in.groups) found.group_names = in.groups->names;
    ra::proportion best_real;
    for (const model_file& m : in.models) {
        ra::paired_proportion joint;
        ra::single_label_confusion single_labels(in.classes.classes);
        // Two bytes an image, to compare pairs of models.
        const auto keep = [&](std::vector<outcomes>& of_models, const outcomes& of_batch) {
            if (of_models.size() < found.models.size() + 1) of_models.emplace_back();
            if (in.models.size() > 1) of_models.back().insert(of_models.back().end(), of_batch.begin(), of_batch.end());
        };
        ra::probability_check rounding;
        requested_metrics requested(in, args);
        if (args.requests("agreement")) predictions.emplace_back();
        const auto see_batch = [&](std::size_t first, const ra::image_results& ranks, const ra::targets_view& labels) {
            outcomes original, real;
            if (labels.original) {
                original = ra::image_outcomes(ranks, labels, {.metric = ra::accuracy_of::original});
                keep(by_original, original);
            }
            if (labels.real) {
                real = ra::image_outcomes(ranks, labels, {.metric = ra::accuracy_of::real});
                keep(by_real, real);
            }
            if (labels.original && labels.real) joint += ra::pair_outcomes(original, real);
            single_labels.add(ranks, labels);
            mistakes.add(m.name(), first, ranks, labels);
            requested.add(ranks, labels);
            if (!predictions.empty())
                predictions.back().insert(predictions.back().end(), ranks.prediction.begin(), ranks.prediction.end());
        };
        model_results of_model = evaluate_model(m, in, args, see_batch, rounding);
        ra::evaluation<>& results = of_model.metrics;
        mistakes.end_model(m.name());
        const bool both = results.has_original() && results.has_real();
        for (ra::io::input_warning& warning :
             ra::io::model_warnings(m.name(), results, single_labels.result(), in.targets.join))
            found.warnings.push_back(std::move(warning));
        if (both && (best_real.total == 0 || best_real.hits < results.real(1).hits)) best_real = results.real(1);
        found.models.push_back({m.name(), std::move(results), both ? std::optional(joint) : std::nullopt,
                                rounding.images == 0 ? std::nullopt : std::optional(rounding),
                                std::move(of_model.ranking)});
        requested.write_to(found.models.back());
    }
    mistakes.close();
    for (ra::io::input_warning& warning : warnings_about_labels(in, found.labels, best_real))
        found.warnings.push_back(std::move(warning));
    found.preferences = ra::io::compare_preferences(found.models);
    found.by_original = compare(by_original, args);
    found.by_real = compare(by_real, args);
    if (args.requests("agreement")) {
        ra::io::models_agreement& agreement = found.agreement.emplace();
        agreement.predictions = ra::prediction_agreements(predictions);
        if (!by_original.empty()) agreement.right.original = ra::images_by_models_right(by_original);
        if (!by_real.empty()) agreement.right.real = ra::images_by_models_right(by_real);
    }
    return found;
}

}  // namespace evaluate
