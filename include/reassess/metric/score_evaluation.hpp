// What a model's scores are worth as probabilities: losses, Brier score and calibration, as a mergeable state.
#pragma once

#include "../data/labels.hpp"
#include "../data/mean.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/expects.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/execution.hpp"
#include "../ranking/rank_with_values.hpp"
#include "../ranking/score_values.hpp"
#include "../version.hpp"
#include "calibration.hpp"
#include "model_evaluation.hpp"
#include "state_bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct score_evaluation_options {
    /// Number of classes; 0: that of the first scores.
    std::size_t classes = 0;
    score_value_options values{};
    /// Calibration bins of equal width: [i/B, (i+1)/B), the last one closed.
    std::size_t calibration_bins = 15;
    on_nan nan = on_nan::error;

    friend bool operator==(const score_evaluation_options&, const score_evaluation_options&) = default;
};

namespace detail {

/// Where each counter of a score_evaluation lies.
struct score_layout {
    std::size_t bins = 0;

    enum scalar : std::size_t { images, nan_images, missing_labels, excluded, scalars };
    enum loss : std::size_t { original_softmax, real_softmax, original_sigmoid, real_sigmoid, brier, losses };
    enum label_kind : std::size_t { by_original, by_real };

    /// Of one loss: images, images whose loss is infinite, and the exact sum of the others.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t total(std::size_t which) const noexcept
    {
        return scalars + which * (2 + exact_sum_limbs);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t infinite(std::size_t which) const noexcept
    {
        return total(which) + 1;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t sum(std::size_t which) const noexcept { return total(which) + 2; }
    /// Of one bin: images, hits, and the exact sum of confidences.
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_images(std::size_t labels, std::size_t bin) const noexcept
    {
        return total(losses) + (labels * bins + bin) * (2 + exact_sum_limbs);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_hits(std::size_t labels, std::size_t bin) const noexcept
    {
        return bin_images(labels, bin) + 1;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t bin_sum(std::size_t labels, std::size_t bin) const noexcept
    {
        return bin_images(labels, bin) + 2;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t size() const noexcept { return bin_images(2, 0); }

    /// The exact sums, and the first counter of each.
    [[nodiscard]] std::size_t sums() const noexcept { return losses + 2 * bins; }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t start_of_sum(std::size_t which) const noexcept
    {
        return which < losses ? sum(which) : bin_sum(0, which - losses);
    }
};

/// Counts one image's values; runs on every backend through `accumulate`.
struct count_values {
    score_layout at{};
    const class_index* prediction = nullptr;
    const class_index* original = nullptr;   ///< null where not given
    const std::uint64_t* offsets = nullptr;  ///< null where no label sets were given
    const class_index* labels = nullptr;
    value_columns<const double> values{};

    count_values() = default;
    count_values(const score_layout& layout, const rankings_with_values& batch, const targets_view& targets) noexcept
        : at(layout), prediction(batch.ranks.prediction.data())
    {
        if (targets.original) original = targets.original->data();
        if (targets.real) {
            offsets = targets.real->offsets();
            labels = targets.real->classes();
        }
        const auto pointer_to = [](const std::vector<double>& column) {
            return column.empty() ? nullptr : column.data();
        };
        set_values(batch.values, pointer_to);
    }
    /// The columns of vectors or of another backend's pointers.
    template <class Columns, class PointerTo>
    void set_values(const Columns& columns, PointerTo pointer_to) noexcept
    {
        values.confidence = pointer_to(columns.confidence);
        values.original_softmax_loss = pointer_to(columns.original_softmax_loss);
        values.real_softmax_loss = pointer_to(columns.real_softmax_loss);
        values.original_sigmoid_loss = pointer_to(columns.original_sigmoid_loss);
        values.real_sigmoid_loss = pointer_to(columns.real_sigmoid_loss);
        values.brier_score = pointer_to(columns.brier_score);
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        tally.add(score_layout::images);
        if (prediction[image] == missing_label) return tally.add(score_layout::nan_images);
        if (original != nullptr) {
            if (original[image] == missing_label) {
                tally.add(score_layout::missing_labels);
            } else {
                add(tally, score_layout::original_softmax, values.original_softmax_loss, image);
                add(tally, score_layout::original_sigmoid, values.original_sigmoid_loss, image);
                add(tally, score_layout::brier, values.brier_score, image);
                add_to_bin(tally, score_layout::by_original, image, prediction[image] == original[image]);
            }
        }
        if (offsets != nullptr) {
            const auto count = static_cast<std::size_t>(offsets[image + 1] - offsets[image]);
            if (count == 0) return tally.add(score_layout::excluded);
            add(tally, score_layout::real_softmax, values.real_softmax_loss, image);
            add(tally, score_layout::real_sigmoid, values.real_sigmoid_loss, image);
            add_to_bin(tally, score_layout::by_real, image,
                       is_among(labels + offsets[image], count, prediction[image]));
        }
    }

private:
    template <class Tally>
    static REASSESS_HOST_DEVICE void add_exactly(const Tally& tally, std::size_t first_limb, double value) noexcept
    {
        split_exactly(value, [&](std::size_t limb, std::uint64_t amount) { tally.add(first_limb + limb, amount); });
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void add(const Tally& tally, score_layout::loss which, const double* column,
                                  std::size_t image) const noexcept
    {
        if (column == nullptr) return;
        tally.add(at.total(which));
        if (!is_finite(column[image])) return tally.add(at.infinite(which));
        // -log(1) is -0, and rounding may leave a loss a hair below 0.
        add_exactly(tally, at.sum(which), column[image] > 0.0 ? column[image] : 0.0);
    }

    template <class Tally>
    REASSESS_HOST_DEVICE void add_to_bin(const Tally& tally, score_layout::label_kind kind, std::size_t image,
                                         bool hit) const noexcept
    {
        const double confidence = values.confidence[image];
        const std::size_t bin = calibration_bin_of(confidence, at.bins);
        tally.add(at.bin_images(kind, bin));
        if (hit) tally.add(at.bin_hits(kind, bin));
        add_exactly(tally, at.bin_sum(kind, bin), confidence);
    }
};

/// Brings one exact sum of many into its one form.
struct carry_sum {
    score_layout at;
    std::uint64_t* counters;

    REASSESS_HOST_DEVICE void operator()(std::size_t which) const noexcept
    {
        carry_exact_sum(counters + at.start_of_sum(which));
    }
};

template <policy_with_memory Policy>
class device_score_counts;

}  // namespace detail

/// Sums one model's losses and calibration bins, batch by batch. Every sum of reals is kept exactly, so the law of
/// merging holds as for counts: merging states of parts, in any order, equals one state of the whole. A
/// default-constructed state is the identity; a state refuses batches and states of other settings and stays as it was.
///
/// Memory: 560 bytes for each of five losses and two times the number of bins, whatever the number of images.
class score_evaluation {
public:
    score_evaluation() = default;

    /// Throws std::invalid_argument where the options do not say what the scores are or contradict each other, and for
    /// no bins.
    explicit score_evaluation(const score_evaluation_options& options) : options_(options)
    {
        detail::check_score_options(options.values);
        detail::expects(options.calibration_bins >= 1 && options.calibration_bins <= most_bins,
                        options.calibration_bins, " calibration bins, wanted 1 to ", most_bins);
        if (options.classes != 0) detail::check_classes(options.classes);
    }

    /// Reads a batch of scores once and counts it. Throws as rank_with_values does, and std::invalid_argument where the
    /// batch does not fit what is settled or the state is a default one, which does not know what the scores are; then
    /// nothing is counted.
    template <execution_policy Policy, real_score_source Source>
    void update(Policy policy, const Source& scores, const targets_view& targets)
    {
        const rankings_with_values batch =
            rank_with_values(policy, scores, targets, options_.values, {.nan = options_.nan, .first_image = images()});
        update(policy, batch, targets);
    }

    /// Counts what rank_with_values gave for the same targets and the same options.
    template <execution_policy Policy>
    void update(Policy policy, const rankings_with_values& batch, const targets_view& targets)
    {
        detail::check_score_options(options_.values);
        batch.ranks.expect_made_with(targets, images());
        const given_labels given{targets.original.has_value(), targets.real.has_value()};
        expect_fits(batch.ranks.classes, given);
        expect_values(batch);

        std::vector<std::uint64_t> counters(at().size());
        accumulate(policy, {batch.ranks.images(), bytes_each}, detail::count_values(at(), batch, targets), counters);
        counters_.resize(counters.size());  // the last that can fail
        options_.classes = batch.ranks.classes;
        given_ = given;
        add(counters);
    }

    /// Adds what another state counted. Commutative and associative. Throws std::invalid_argument for a state of other
    /// settings and for merging with itself; then nothing has changed.
    void merge(const score_evaluation& other)
    {
        detail::expects(this != &other, "merge: a state cannot be merged with itself");
        if (other.options_ == score_evaluation_options{}) return;
        if (options_ == score_evaluation_options{}) {
            *this = score_evaluation(other);
            return;
        }
        score_evaluation_options options = options_;
        if (options.classes == 0) options.classes = other.options_.classes;
        score_evaluation_options others = other.options_;
        if (others.classes == 0) others.classes = options.classes;
        detail::expects(options.classes == others.classes, "the state has classes ", options.classes,
                        ", what comes has ", others.classes);
        detail::expects(options.calibration_bins == others.calibration_bins, "the state has calibration bins ",
                        options.calibration_bins, ", what comes has ", others.calibration_bins);
        detail::expects(options.nan == others.nan, "the state and what comes have different NaN rules");
        detail::expects(options.values == others.values, "the state holds values of ", name_of(options.values),
                        ", what comes of ", name_of(others.values));
        if (given_ && other.given_) expect_same_given(*other.given_);
        counters_.resize(std::max(counters_.size(), other.counters_.size()));  // the last that can fail
        options_ = options;
        if (!given_) given_ = other.given_;
        add(other.counters_);
    }

    [[nodiscard]] const score_evaluation_options& options() const noexcept { return options_; }
    [[nodiscard]] bool has_original() const noexcept { return given_ && given_->original; }
    [[nodiscard]] bool has_real() const noexcept { return given_ && given_->real; }
    /// Number of images of all batches, whatever became of them.
    [[nodiscard]] std::uint64_t images() const noexcept { return counter(detail::score_layout::images); }
    /// Images left out because of a NaN score (on_nan::exclude).
    [[nodiscard]] std::uint64_t nan_images() const noexcept { return counter(detail::score_layout::nan_images); }
    /// Images left out of what is about the original label because they have none.
    [[nodiscard]] std::uint64_t missing_labels() const noexcept
    {
        return counter(detail::score_layout::missing_labels);
    }
    /// Images left out of what is about label sets because theirs is empty.
    [[nodiscard]] std::uint64_t without_real_labels() const noexcept { return counter(detail::score_layout::excluded); }

    // Each metric below throws std::invalid_argument where its labels were not given or it was not asked for (sigmoid
    // losses, Brier scores), and is a mean over 0 images where no image counts.

    /// Log loss (softmax cross-entropy, negative log-likelihood): the mean of -log p of the original label.
    [[nodiscard]] mean log_loss() const { return original_loss(detail::score_layout::original_softmax); }
    /// The same with label sets: the mean over images of the mean over their labels of -log p.
    [[nodiscard]] mean real_log_loss() const { return real_loss(detail::score_layout::real_softmax); }
    /// Sigmoid cross-entropy: the sum over classes of -log s for the original label and -log(1 - s) for the others, as
    /// a mean over images.
    [[nodiscard]] mean sigmoid_loss() const
    {
        expect_sigmoid();
        return original_loss(detail::score_layout::original_sigmoid);
    }
    /// The same with label sets.
    [[nodiscard]] mean real_sigmoid_loss() const
    {
        expect_sigmoid();
        return real_loss(detail::score_layout::real_sigmoid);
    }
    /// Brier score: the mean of the sum over classes of (p - [class is the original label])^2, in [0, 2].
    /// Source: Brier, Monthly Weather Review 78 (1950).
    [[nodiscard]] mean brier_score() const
    {
        detail::expects(options_.values.brier == brier_scores::yes, "Brier scores were not asked for");
        return original_loss(detail::score_layout::brier);
    }

    /// Predictions by confidence, right where they are the original label. `calibration_error` makes one number of
    /// them.
    [[nodiscard]] std::vector<calibration_bin> calibration() const
    {
        expect_original();
        return bins_of(detail::score_layout::by_original);
    }
    /// The same over judged images, right where the prediction is in the set.
    [[nodiscard]] std::vector<calibration_bin> real_calibration() const
    {
        expect_real();
        return bins_of(detail::score_layout::by_real);
    }

    /// Same settings and same sums.
    friend bool operator==(const score_evaluation&, const score_evaluation&) = default;

    /// The state as bytes, the same on every machine; from_bytes reads them back, also those of earlier versions.
    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        detail::state_writer writer(detail::state_kind::score_evaluation);
        writer.number(options_.classes);
        writer.number(static_cast<std::uint64_t>(options_.values.scores));
        writer.number(static_cast<std::uint64_t>(options_.values.normalise));
        writer.number(__builtin_bit_cast(std::uint64_t, options_.values.clip));
        writer.number(asked_of(options_.values));
        writer.number(options_.calibration_bins);
        writer.number(static_cast<std::uint64_t>(options_.nan));
        writer.number(given_.has_value());
        if (given_) {
            writer.number(given_->original);
            writer.number(given_->real);
        }
        writer.list(counters_);
        return writer.take();
    }

    /// Throws std::invalid_argument for bytes that no to_bytes wrote; allocates no more than the bytes hold.
    [[nodiscard]] static score_evaluation from_bytes(std::span<const std::byte> bytes)
    {
        detail::state_reader reader(bytes, detail::state_kind::score_evaluation);
        score_evaluation state;
        constexpr auto most_classes = static_cast<std::uint64_t>(std::numeric_limits<class_index>::max());
        score_evaluation_options& options = state.options_;
        options.classes = static_cast<std::size_t>(reader.number_up_to(most_classes, "classes"));
        options.values.scores = static_cast<score_kind>(reader.number_up_to(2, "kind of scores"));
        options.values.normalise = static_cast<normalise>(reader.number_up_to(1, "normalise"));
        options.values.clip = __builtin_bit_cast(double, reader.number());
        const std::uint64_t asked = reader.number_up_to(3, "values asked for");
        if ((asked & with_sigmoid) != 0) options.values.sigmoid = sigmoid_losses::yes;
        if ((asked & without_brier) != 0) options.values.brier = brier_scores::no;
        options.calibration_bins = static_cast<std::size_t>(reader.number_up_to(most_bins, "calibration bins"));
        options.nan = static_cast<on_nan>(reader.number_up_to(1, "NaN rule"));
        if (!(options == score_evaluation_options{})) {
            detail::check_score_options(options.values);
            detail::expects(options.calibration_bins >= 1, "saved state: 0 calibration bins");
        }
        if (reader.number_up_to(1, "presence of labels") != 0) {
            const bool original = reader.number_up_to(1, "presence of original labels") != 0;
            const bool real = reader.number_up_to(1, "presence of label sets") != 0;
            state.given_ = given_labels{original, real};
            detail::expects(options.classes >= 1, "saved state: images of 0 classes");
        }
        state.counters_ = reader.list();
        const detail::score_layout layout{options.calibration_bins};
        const std::size_t wanted = state.given_ ? layout.size() : 0;
        detail::expects(state.counters_.size() == wanted, "saved state: ", state.counters_.size(), " counters, wanted ",
                        wanted);
        if (state.given_) {
            for (std::size_t which = 0; which < layout.sums(); ++which) {
                const std::size_t first = layout.start_of_sum(which);
                for (std::size_t limb = 0; limb + 1 < detail::exact_sum_limbs; ++limb)
                    detail::expects(state.counters_[first + limb] <= 0xffffffffU, "saved state: a sum is not carried");
            }
        }
        reader.expect_end();
        return state;
    }

private:
    static constexpr std::size_t most_bins = 65536;

    /// What the first batch has settled beside the options.
    struct given_labels {
        bool original = false;
        bool real = false;

        friend bool operator==(const given_labels&, const given_labels&) = default;
    };

    // Settles a state in the same way, counts elsewhere and hands the counts over.
    template <policy_with_memory Policy>
    friend class detail::device_score_counts;

    static constexpr std::size_t bytes_each = 8 * sizeof(double);

    /// This state after such a batch, without its counts.
    [[nodiscard]] score_evaluation settled_for(std::size_t classes, bool original, bool real) const
    {
        const given_labels given{original, real};
        expect_fits(classes, given);
        score_evaluation settled(options_);
        settled.options_.classes = classes;
        settled.given_ = given;
        return settled;
    }
    /// Counters whose sums are carried.
    void set_counts(std::vector<std::uint64_t> counters) noexcept { counters_ = std::move(counters); }

    // Bits of a saved state, such that states from before Brier scores could be left out read as they were.
    static constexpr std::uint64_t with_sigmoid = 1;
    static constexpr std::uint64_t without_brier = 2;
    static std::uint64_t asked_of(const score_value_options& values) noexcept
    {
        return (values.sigmoid == sigmoid_losses::yes ? with_sigmoid : 0) |
               (values.brier == brier_scores::no ? without_brier : 0);
    }

    static std::string name_of(const score_value_options& values)
    {
        std::string name = values.scores == score_kind::logits  ? "logits"
                           : values.normalise == normalise::yes ? "normalised probabilities"
                           : values.clip != 0.0                 ? "clipped probabilities"
                                                                : "probabilities";
        if (values.sigmoid == sigmoid_losses::yes) name += " with sigmoid losses";
        if (values.brier == brier_scores::no) name += " without Brier scores";
        return name;
    }

    void expect_same_given(const given_labels& others) const
    {
        const auto presence = [](bool yes) { return yes ? "with " : "without "; };
        detail::expects(given_->original == others.original, "the state is ", presence(given_->original),
                        "original labels, what comes is ", presence(others.original), "original labels");
        detail::expects(given_->real == others.real, "the state is ", presence(given_->real),
                        "label sets, what comes is ", presence(others.real), "label sets");
    }

    void expect_fits(std::size_t classes, const given_labels& given) const
    {
        detail::expects(options_.classes == 0 || options_.classes == classes, "the state has classes ",
                        options_.classes, ", what comes has ", classes);
        if (given_) expect_same_given(given);
    }

    void expect_values(const rankings_with_values& batch) const
    {
        const std::size_t images = batch.ranks.images();
        const bool sigmoid = options_.values.sigmoid == sigmoid_losses::yes;
        const auto expect_size = [&](const std::vector<double>& values, bool wanted, const char* what) {
            const std::size_t size = wanted ? images : 0;
            detail::expects(values.size() == size, "the values hold ", what, " of ", values.size(), " images, wanted ",
                            size);
        };
        const score_values& values = batch.values;
        const bool original = !batch.ranks.original_rank.empty() && images != 0;
        const bool real = values.real_softmax_loss.size() == images && images != 0;
        expect_size(values.confidence, true, "confidences");
        expect_size(values.original_softmax_loss, original, "log losses");
        expect_size(values.brier_score, original && options_.values.brier == brier_scores::yes, "Brier scores");
        expect_size(values.original_sigmoid_loss, original && sigmoid, "sigmoid losses");
        expect_size(values.real_sigmoid_loss, real && sigmoid, "sigmoid losses by label sets");
    }

    [[nodiscard]] std::uint64_t counter(std::size_t index) const noexcept
    {
        return counters_.empty() ? 0 : counters_[index];
    }
    [[nodiscard]] detail::score_layout at() const noexcept { return {options_.calibration_bins}; }

    void add(const std::vector<std::uint64_t>& counters) noexcept
    {
        for (std::size_t i = 0; i < counters.size(); ++i) counters_[i] += counters[i];
        if (counters_.empty()) return;
        for (std::size_t which = 0; which < at().sums(); ++which) detail::carry_sum{at(), counters_.data()}(which);
    }

    [[nodiscard]] double sum_at(std::size_t first) const noexcept
    {
        if (counters_.empty()) return 0.0;
        return detail::value_of_exact_sum(
            std::span<const std::uint64_t>(counters_).subspan(first).first<detail::exact_sum_limbs>());
    }
    [[nodiscard]] mean loss(detail::score_layout::loss which) const
    {
        const bool infinite = counter(at().infinite(which)) != 0;
        return {infinite ? std::numeric_limits<double>::infinity() : sum_at(at().sum(which)),
                counter(at().total(which))};
    }
    [[nodiscard]] mean original_loss(detail::score_layout::loss which) const
    {
        expect_original();
        return loss(which);
    }
    [[nodiscard]] mean real_loss(detail::score_layout::loss which) const
    {
        expect_real();
        return loss(which);
    }
    [[nodiscard]] std::vector<calibration_bin> bins_of(detail::score_layout::label_kind labels) const
    {
        std::vector<calibration_bin> bins(options_.calibration_bins);
        const auto count = static_cast<double>(bins.size());
        for (std::size_t b = 0; b < bins.size(); ++b) {
            const std::uint64_t images = counter(at().bin_images(labels, b));
            bins[b] = {static_cast<double>(b) / count,
                       static_cast<double>(b + 1) / count,
                       {counter(at().bin_hits(labels, b)), images},
                       {sum_at(at().bin_sum(labels, b)), images}};
        }
        return bins;
    }

    void expect_original() const { detail::expects(has_original(), "no original labels were given"); }
    void expect_real() const { detail::expects(has_real(), "no label sets were given"); }
    void expect_sigmoid() const
    {
        detail::expects(options_.values.sigmoid == sigmoid_losses::yes, "sigmoid losses were not asked for");
    }

    score_evaluation_options options_;
    std::optional<given_labels> given_;
    std::vector<std::uint64_t> counters_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
