// evaluation: the metrics of one model as a value; exact counts that can be merged, compared and saved.
#pragma once

#include "../data/labels.hpp"
#include "../data/mean.hpp"
#include "../data/proportion.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/expects.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/loss_settings.hpp"
#include "../version.hpp"
#include "built_in_metrics.hpp"
#include "calibration.hpp"
#include "confusion.hpp"
#include "evaluation_state.hpp"
#include "loss_counters.hpp"
#include "metric.hpp"
#include "preference.hpp"
#include "rank_counters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

template <class... Metrics>
class evaluation;

namespace detail {

/// Gives evaluators access to the private constructor of evaluation.
struct evaluation_maker {
    template <class... Metrics>
    [[nodiscard]] static evaluation<Metrics...> make(evaluation_state state, const std::tuple<Metrics...>& metrics);
};

/// The metrics of every evaluation, independent of metrics of the user's own.
class evaluation_results {
public:
    /// Number of images of all batches, including excluded images.
    [[nodiscard]] std::uint64_t images() const noexcept { return state_.images(); }
    /// Images that were skipped because their id was counted before.
    [[nodiscard]] std::uint64_t repeated_images() const noexcept { return rank_scalar(layout::repeated_images); }
    /// Images that are excluded from every metric because of a NaN score (on_nan::exclude).
    [[nodiscard]] std::uint64_t nan_images() const noexcept
    {
        return has_ranks() ? rank_scalar(layout::nan_images) : loss_counter(loss_layout::nan_images);
    }
    /// Images that are excluded from metrics of the original label because their label is missing.
    [[nodiscard]] std::uint64_t missing_labels() const noexcept
    {
        return has_ranks() ? rank_scalar(layout::missing_labels) : loss_counter(loss_layout::missing_labels);
    }
    /// Images that are excluded from ReaL metrics because their label set is empty.
    [[nodiscard]] std::uint64_t without_real_labels() const noexcept
    {
        return has_ranks() ? rank_scalar(layout::without_real_labels) : loss_counter(loss_layout::without_real_labels);
    }
    /// Images with a non-empty label set: the denominator of ReaL metrics.
    [[nodiscard]] std::uint64_t with_real_labels() const noexcept
    {
        return has_ranks() ? sum(at().best_real_rank(0), depth() + 1)
                           : loss_counter(state_.configuration.loss_counters().total(loss_layout::real_cross_entropy));
    }
    /// Images whose original label has the same score as another class. Nothing if the predictions are stored lists or
    /// no original labels were given.
    [[nodiscard]] std::optional<std::uint64_t> ties() const
    {
        if (!has_original() || !has_scores()) return std::nullopt;
        return rank_scalar(layout::ties);
    }

    [[nodiscard]] std::size_t classes() const noexcept { return state_.configuration.classes; }
    /// The largest k of top_k(k) and similar metrics; before the first batch, options.depth.
    [[nodiscard]] std::size_t depth() const noexcept { return state_.configuration.depth; }
    [[nodiscard]] on_nan nan() const noexcept { return state_.configuration.nan; }
    /// The interpretation of the scores, and which losses were computed.
    [[nodiscard]] const loss_settings& settings() const noexcept { return state_.configuration.settings; }
    [[nodiscard]] std::size_t calibration_bins() const noexcept { return state_.configuration.bins; }
    [[nodiscard]] bool has_original() const noexcept { return inputs() && inputs()->original; }
    [[nodiscard]] bool has_real() const noexcept { return inputs() && inputs()->real; }
    /// Whether scores were counted. Stored top-k lists tell neither ties nor NaN scores.
    [[nodiscard]] bool has_scores() const noexcept { return inputs() && inputs()->ties; }
    /// Whether losses and calibration were computed: the scores were logits or probabilities.
    [[nodiscard]] bool has_losses() const noexcept { return state_.configuration.has_losses(); }

    // Each metric below throws std::out_of_range for k = 0 and for a k above depth(), and std::invalid_argument if its
    // labels or the interpretation of the scores were not given. It is 0 of 0 if no image counts.

    /// Top-k accuracy: of the images with an original label, the proportion whose label has a rank below k.
    [[nodiscard]] proportion top_k(std::size_t k) const
    {
        expect_k(k);
        expect_original();
        return {sum(at().original_rank(0), k), sum(at().original_rank(0), depth() + 1)};
    }

    /// Number of images whose original label has rank r, for r = 0 .. depth() - 1.
    [[nodiscard]] std::vector<std::uint64_t> rank_histogram() const
    {
        expect_original();
        const auto first = state_.ranks.begin() + static_cast<std::ptrdiff_t>(at().original_rank(0));
        return {first, first + static_cast<std::ptrdiff_t>(depth())};
    }

    /// Mean reciprocal rank: over images with an original label, the mean of 1 / (1 + its rank). Throws
    /// std::invalid_argument unless every rank is known: depth() must be classes(). O(classes).
    [[nodiscard]] mean mean_reciprocal_rank() const
    {
        expect_original();
        return mean_reciprocal(at().original_rank(0));
    }

    /// Mean reciprocal rank of the best-ranked label of each set, over images with ReaL labels. Errors: see
    /// mean_reciprocal_rank.
    [[nodiscard]] mean real_mean_reciprocal_rank() const
    {
        expect_real();
        return mean_reciprocal(at().best_real_rank(0));
    }

    /// ReaL accuracy (k = 1) and ReaL@k: of the images with ReaL labels, the proportion with at least one of the first
    /// k predictions in the set.
    [[nodiscard]] proportion real(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {sum(at().best_real_rank(0), k), sum(at().best_real_rank(0), depth() + 1)};
    }

    /// ReaL accuracy of the k-th prediction: of the images with ReaL labels, the proportion whose k-th prediction is in
    /// the set.
    [[nodiscard]] proportion real_kth(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {rank_counter(at().real_rank(k - 1)), with_real_labels()};
    }

    /// ReaL accuracy of the k-th prediction, over images with at least k labels only (Fig. 5 of the paper).
    [[nodiscard]] proportion real_kth_where_enough_labels(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {rank_counter(at().real_rank_where_enough(k - 1)), images_with_labels(k)};
    }

    /// Of the images with at least k labels, the proportion whose first k predictions are all in the set.
    [[nodiscard]] proportion all_of_top_k(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {sum(at().leading_real(k), depth() + 1 - k), images_with_labels(k)};
    }

    /// Preference between the model's prediction and the original label, over images where they differ. Needs both
    /// kinds of labels.
    [[nodiscard]] preference_counts preference() const
    {
        expect_original();
        expect_real();
        return {rank_scalar(layout::model_preferred), rank_scalar(layout::label_preferred),
                rank_scalar(layout::both_correct), rank_scalar(layout::both_wrong),
                rank_scalar(layout::both_wrong_without_labels)};
    }

    /// Class accuracy: of the images of original label c, the proportion predicted as c. Throws std::out_of_range for a
    /// c outside [0, classes).
    [[nodiscard]] proportion class_accuracy(class_index c) const
    {
        expect_original();
        const std::size_t index = expect_class(c);
        return {rank_counter(at().labelled_hits(index)), rank_counter(at().labelled(index))};
    }

    /// Class accuracy over images whose original label c is in their set: the proportion predicted as c, which the
    /// paper compares with the oracle (Fig. 6, Table 1). Needs both kinds of labels; throws std::out_of_range for a c
    /// outside [0, classes).
    [[nodiscard]] proportion confirmed_class_accuracy(class_index c) const
    {
        expect_original();
        expect_real();
        const std::size_t index = expect_class(c);
        return {rank_counter(at().confirmed_hits(index)), rank_counter(at().confirmed(index))};
    }

    /// Confusion counts of (original label, prediction). O(classes + pairs).
    [[nodiscard]] reassess::confusion confusion() const
    {
        expect_original();
        const auto first = state_.ranks.begin() + static_cast<std::ptrdiff_t>(at().labelled_hits(0));
        return {std::vector<std::uint64_t>(first, first + static_cast<std::ptrdiff_t>(classes())), state_.confused};
    }

    // Losses and calibration need logits(scores) or probabilities(scores). A loss is a mean over 0 images if no image
    // counts, and infinite if the loss of an image is infinite.

    /// Log loss (cross-entropy, negative log-likelihood): the mean of -log p of the original label.
    [[nodiscard]] mean log_loss() const { return original_loss("log_loss", loss_layout::cross_entropy); }
    /// Images whose log loss is infinite, because the original label has probability 0 (see probability_options::clip).
    [[nodiscard]] std::uint64_t infinite_log_losses() const
    {
        static_cast<void>(log_loss());
        return loss_counter(state_.configuration.loss_counters().infinite(loss_layout::cross_entropy));
    }
    /// Images whose log loss with label sets is infinite.
    [[nodiscard]] std::uint64_t infinite_real_log_losses() const
    {
        static_cast<void>(real_log_loss());
        return loss_counter(state_.configuration.loss_counters().infinite(loss_layout::real_cross_entropy));
    }
    /// Log loss with label sets: the mean over images of the mean over their labels of -log p.
    [[nodiscard]] mean real_log_loss() const { return real_loss("real_log_loss", loss_layout::real_cross_entropy); }
    /// Sigmoid cross-entropy: the sum over classes of -log s for the original label and -log(1 - s) for the others, as
    /// a mean over images. Only with sigmoid_losses::yes.
    [[nodiscard]] mean sigmoid_loss() const
    {
        expect_sigmoid();
        return original_loss("sigmoid_loss", loss_layout::sigmoid_cross_entropy);
    }
    /// Sigmoid cross-entropy with label sets: -log s for the labels of the set and -log(1 - s) for the others.
    [[nodiscard]] mean real_sigmoid_loss() const
    {
        expect_sigmoid();
        return real_loss("real_sigmoid_loss", loss_layout::real_sigmoid_cross_entropy);
    }
    /// Brier score: the mean of the sum over classes of (p - [class is the original label])^2, in [0, 2]. Not with
    /// brier_scores::no. Source: Brier, Monthly Weather Review 78 (1950).
    [[nodiscard]] mean brier_score() const
    {
        expects(settings().brier == brier_scores::yes, "brier_score: the evaluation has brier_scores::no");
        return original_loss("brier_score", loss_layout::brier);
    }

    /// Calibration bins of the predictions by confidence; a prediction is correct if it is the original label.
    [[nodiscard]] std::vector<calibration_bin> calibration() const
    {
        expect_losses("calibration");
        expect_labels(has_original(), "original labels");
        return bins_of(loss_layout::by_original);
    }
    /// Calibration bins over images with ReaL labels; a prediction is correct if it is in the set.
    [[nodiscard]] std::vector<calibration_bin> real_calibration() const
    {
        expect_losses("real_calibration");
        expect_labels(has_real(), "label sets");
        return bins_of(loss_layout::by_real);
    }
    /// Calibration error of calibration() (L1: expected calibration error; or L2, or the maximum); nothing if there are
    /// no images.
    [[nodiscard]] std::optional<double> calibration_error(calibration_norm norm = calibration_norm::l1) const
    {
        return reassess::calibration_error(calibration(), norm);
    }
    /// Calibration error of real_calibration(); nothing if there are no images.
    [[nodiscard]] std::optional<double> real_calibration_error(calibration_norm norm = calibration_norm::l1) const
    {
        return reassess::calibration_error(real_calibration(), norm);
    }

    /// The evaluation as bytes, for from_bytes. The bytes of equal evaluations are equal on every machine.
    [[nodiscard]] std::vector<std::byte> to_bytes() const { return state_.to_bytes(); }

protected:
    evaluation_results() = default;
    explicit evaluation_results(evaluation_state state) : state_(std::move(state)) {}

    evaluation_state state_;

private:
    using layout = evaluation_layout;

    [[nodiscard]] const std::optional<evaluation_inputs>& inputs() const noexcept
    {
        return state_.configuration.inputs;
    }
    [[nodiscard]] bool has_ranks() const noexcept { return !inputs() || inputs()->ranks; }
    [[nodiscard]] layout at() const noexcept { return state_.configuration.rank_counters(); }
    [[nodiscard]] std::uint64_t rank_counter(std::size_t index) const noexcept
    {
        return state_.ranks.empty() ? 0 : state_.ranks[index];
    }
    [[nodiscard]] std::uint64_t rank_scalar(layout::scalar which) const noexcept { return rank_counter(which); }
    [[nodiscard]] std::uint64_t loss_counter(std::size_t index) const noexcept
    {
        return state_.losses.empty() ? 0 : state_.losses[index];
    }
    [[nodiscard]] std::uint64_t sum(std::size_t first, std::size_t count) const noexcept
    {
        if (state_.ranks.empty()) return 0;
        const auto begin = state_.ranks.begin() + static_cast<std::ptrdiff_t>(first);
        return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), std::uint64_t{0});
    }
    [[nodiscard]] std::uint64_t images_with_labels(std::size_t least) const noexcept
    {
        return sum(at().set_size(least), depth() + 1 - least);
    }

    [[nodiscard]] mean mean_reciprocal(std::size_t histogram) const
    {
        expects(depth() == classes(), "reciprocal ranks need all ranks, but only ranks below ", depth(), " of ",
                classes(), " are known");
        mean result{0.0, sum(histogram, depth() + 1)};
        // Small terms are added first, to reduce rounding errors.
        for (std::size_t rank = depth(); rank-- > 0;)
            result.sum += static_cast<double>(rank_counter(histogram + rank)) / static_cast<double>(rank + 1);
        return result;
    }

    [[nodiscard]] double sum_at(std::size_t first) const noexcept
    {
        if (state_.losses.empty()) return 0.0;
        return value_of_exact_sum(
            std::span<const std::uint64_t>(state_.losses).subspan(first).first<exact_sum_limbs>());
    }
    [[nodiscard]] mean loss(loss_layout::loss which) const
    {
        const loss_layout counters = state_.configuration.loss_counters();
        const bool infinite = loss_counter(counters.infinite(which)) != 0;
        return {infinite ? std::numeric_limits<double>::infinity() : sum_at(counters.sum(which)),
                loss_counter(counters.total(which))};
    }
    [[nodiscard]] mean original_loss(const char* name, loss_layout::loss which) const
    {
        expect_losses(name);
        expect_labels(has_original(), "original labels");
        return loss(which);
    }
    [[nodiscard]] mean real_loss(const char* name, loss_layout::loss which) const
    {
        expect_losses(name);
        expect_labels(has_real(), "label sets");
        return loss(which);
    }
    [[nodiscard]] std::vector<calibration_bin> bins_of(loss_layout::label_kind labels) const
    {
        const loss_layout counters = state_.configuration.loss_counters();
        std::vector<calibration_bin> bins(counters.bins);
        const auto count = static_cast<double>(bins.size());
        for (std::size_t b = 0; b < bins.size(); ++b) {
            const std::uint64_t images = loss_counter(counters.bin_images(labels, b));
            bins[b] = {static_cast<double>(b) / count,
                       static_cast<double>(b + 1) / count,
                       {loss_counter(counters.bin_hits(labels, b)), images},
                       {sum_at(counters.bin_sum(labels, b)), images}};
        }
        return bins;
    }

    void expect_ranks() const
    {
        expects(has_ranks(),
                "this evaluation was saved by version 0.1 without ranks: only losses and calibration are available");
    }
    void expect_k(std::size_t k) const
    {
        expect_ranks();
        expects<std::out_of_range>(k >= 1, "k is 0, expected at least 1");
        expects<std::out_of_range>(classes() == 0 || k <= classes(), "k is ", k,
                                   ", expected at most the number of classes, ", classes());
        expects<std::out_of_range>(k <= depth(), "k is ", k, ", but ",
                                   depth() == 0 ? "nothing has been evaluated yet" : "only ranks below ",
                                   depth() == 0 ? "" : std::to_string(depth()) + " are known");
    }
    static void expect_labels(bool given, const char* kind)
    {
        expects(given, "the evaluation has no ", kind, ": they were not given in the targets");
    }
    void expect_original() const
    {
        expect_ranks();
        expect_labels(has_original(), "original labels");
    }
    void expect_real() const
    {
        expect_ranks();
        expect_labels(has_real(), "label sets");
    }
    void expect_losses(const char* name) const
    {
        expects(has_losses() || !inputs(), name,
                ": the evaluation has no losses, because it is of top-k lists or of scores without an interpretation; "
                "evaluate logits(scores) or probabilities(scores)");
    }
    void expect_sigmoid() const
    {
        expects(settings().sigmoid == sigmoid_losses::yes,
                "sigmoid losses were not requested: use the option {.sigmoid = sigmoid_losses::yes}");
    }
    [[nodiscard]] std::size_t expect_class(class_index c) const
    {
        expect_ranks();
        expects<std::out_of_range>(c >= 0 && static_cast<std::size_t>(c) < classes(), "class ", c, " is outside [0, ",
                                   classes(), ")");
        return static_cast<std::size_t>(c);
    }
};

}  // namespace detail

/// The counts of one model: all metrics as exact integers, and the counters of the user's metrics. A value that can be
/// copied, compared, merged and saved. evaluation<> has the built-in metrics only. `evaluate` and `evaluator` create
/// it.
///
/// Merging the evaluations of parts, in any order, equals one evaluation of the whole, independent of policy, batch
/// size and number of threads. A default-constructed evaluation is the identity. Evaluations that differ in classes,
/// depth, NaN rule, kinds of labels, interpretation of the scores, known ties, presence of image ids, calibration bins
/// or metrics cannot be merged.
///
/// Memory: 8 bytes for each of 6 * depth + 10 * classes counters, with losses 560 bytes for each of 5 losses and of 2 *
/// calibration_bins bins, 32 to 64 bytes for each pair of classes that is confused, and the image ids, if given.
template <class... Metrics>
class evaluation : public detail::evaluation_results {
    static_assert((detail::check_metric<Metrics>() && ... && true));
    static_assert(
        detail::have_different_names(static_cast<const detail::with_built_in_metrics<Metrics...>*>(nullptr)),
        "two metrics have the same name; built-in metrics (balanced_accuracy) are always counted and must not "
        "be given again");

public:
    evaluation() = default;

    /// Adds the counts of another evaluation. Commutative and associative. Throws std::invalid_argument for a different
    /// configuration (the message has both values), for an image id that both have counted, and for merging with
    /// itself; then nothing has changed.
    void merge(const evaluation& other)
    {
        const bool has_counted = state_.configuration.inputs.has_value();
        state_.merge(other.state_);
        if (!has_counted && other.state_.configuration.inputs) metrics_ = other.metrics_;
    }

    /// The result of a metric of the user's own or of a built-in metric. Throws std::invalid_argument if the evaluation
    /// was saved by a version that did not have the metric.
    template <metric Metric>
    [[nodiscard]] auto get() const
    {
        const Metric m = instance_of<Metric>();
        const metric_shape shape{classes(), depth()};
        for (const detail::metric_counters& counted : state_.metrics) {
            if (counted.name == Metric::name) return m.result(counted.counters, shape);
        }
        detail::expects(!state_.configuration.inputs, "the evaluation has no counters of metric ",
                        std::string(Metric::name), ": it was saved by a version without it");
        return m.result(std::vector<std::uint64_t>(static_cast<std::size_t>(m.counters(shape))), shape);
    }

    /// Same configuration and same counts.
    friend bool operator==(const evaluation& a, const evaluation& b) { return a.state_ == b.state_; }

    /// Reads bytes of to_bytes, including those of version 0.1 (which saved either ranks or losses). Metrics with
    /// parameters are passed as arguments. Throws std::invalid_argument for invalid bytes and for other metrics than
    /// those saved; allocates no more memory than the bytes contain.
    [[nodiscard]] static evaluation from_bytes(std::span<const std::byte> bytes,
                                               const Metrics&... metrics) requires(sizeof...(Metrics) > 0)
    {
        return checked(detail::evaluation_state::from_bytes(bytes), {metrics...});
    }
    [[nodiscard]] static evaluation from_bytes(std::span<const std::byte> bytes)
    {
        return checked(detail::evaluation_state::from_bytes(bytes), {});
    }

private:
    friend struct detail::evaluation_maker;

    evaluation(detail::evaluation_state state, const std::tuple<Metrics...>& metrics)
        : evaluation_results(std::move(state)), metrics_(metrics)
    {
    }

    template <class Metric>
    [[nodiscard]] Metric instance_of() const
    {
        if constexpr ((std::is_same_v<Metric, Metrics> || ...)) {
            return std::get<Metric>(metrics_);
        } else {
            return std::get<Metric>(detail::built_in_metrics{});
        }
    }

    /// Throws std::invalid_argument unless the metrics of the state are `metrics` and built-in metrics (an older
    /// version may have saved fewer of these).
    static evaluation checked(detail::evaluation_state state, const std::tuple<Metrics...>& metrics)
    {
        if (!state.configuration.inputs) return {std::move(state), metrics};
        const metric_shape shape{state.configuration.classes, state.configuration.depth};
        const std::vector<detail::metric_counters> built_in = detail::counters_of(detail::built_in_metrics{}, shape);
        const std::vector<detail::metric_counters> users = detail::counters_of(metrics, shape);
        for (const detail::metric_counters& saved : state.metrics) {
            const auto is_same = [&](const detail::metric_counters& m) { return m.name == saved.name; };
            auto match = std::find_if(built_in.begin(), built_in.end(), is_same);
            if (match == built_in.end()) {
                match = std::find_if(users.begin(), users.end(), is_same);
                detail::expects(match != users.end(), "saved state: it has the metric ", saved.name,
                                ", which is not a template argument of this evaluation");
            }
            detail::expects(match->version == saved.version, "saved state: metric ", saved.name, " has version ",
                            saved.version, ", expected ", match->version);
            detail::expects(
                match->configuration == saved.configuration && match->counters.size() == saved.counters.size(),
                "saved state: metric ", saved.name, " was saved with other parameters");
        }
        for (const detail::metric_counters& expected : users)
            detail::expects(std::any_of(state.metrics.begin(), state.metrics.end(),
                                        [&](const auto& saved) { return saved.name == expected.name; }),
                            "saved state: it does not have the metric ", expected.name,
                            ", a template argument of this evaluation");
        return {std::move(state), metrics};
    }

    std::tuple<Metrics...> metrics_{};
};

namespace detail {

template <class... Metrics>
evaluation<Metrics...> evaluation_maker::make(evaluation_state state, const std::tuple<Metrics...>& metrics)
{
    return evaluation<Metrics...>(std::move(state), metrics);
}

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
