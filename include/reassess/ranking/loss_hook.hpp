// Row hook for interpreted scores: confidence, cross-entropies, Brier score and list of the best classes of every
// image.
#pragma once

#include "../data/element_traits.hpp"
#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../detail/config.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/lane_group.hpp"
#include "../version.hpp"
#include "image_fault.hpp"
#include "lane_scores.hpp"
#include "list_hook.hpp"
#include "loss_settings.hpp"
#include "row_job.hpp"
#include "softmax_sums.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

/// log(1 + exp(x)), without overflow.
REASSESS_HOST_DEVICE inline double softplus(double x) noexcept
{
    return (x > 0.0 ? x : 0.0) + std::log1p(std::exp(x > 0.0 ? -x : x));
}

/// A sum of probabilities, and the number of scores that are not probabilities.
struct checked_sum {
    double sum = 0.0;
    std::uint64_t misfits = 0;

    REASSESS_HOST_DEVICE checked_sum& operator+=(const checked_sum& other) noexcept
    {
        sum += other.sum;
        misfits += other.misfits;
        return *this;
    }
};

/// Pointers to the loss columns of image_results; null if a column was not requested or its labels are not given.
template <class Real>
struct loss_columns {
    Real* confidence = nullptr;
    Real* cross_entropy = nullptr;
    Real* real_cross_entropy = nullptr;
    Real* sigmoid_cross_entropy = nullptr;
    Real* real_sigmoid_cross_entropy = nullptr;
    Real* brier_score = nullptr;
};

/// Computes the losses of an image from its row and, if depth is not 0, its list of the best classes.
template <class T>
struct loss_hook : loss_columns<double> {
    static constexpr bool wants_values = true;
    static constexpr bool wants_lists = true;
    loss_settings options{};
    /// Length of the lists; 0: no lists.
    std::size_t depth = 0;
    class_index* lists = nullptr;
    /// For probabilities: 1 if a score of the row is not a probability or the sum of the row is invalid. Null for
    /// logits.
    std::uint8_t* refused = nullptr;

    /// Resizes the loss columns of `values` (vectors of image_results, or buffers of a policy) and points to them.
    template <class Values, class Refusals>
    loss_hook(const row_job<T>& job, const loss_settings& chosen, Values& values, Refusals& refusals,
              std::size_t images)
        : options(chosen)
    {
        const bool sigmoid = options.sigmoid == sigmoid_losses::yes;
        confidence = sized(values.confidence, images);
        if (job.original != nullptr) {
            cross_entropy = sized(values.cross_entropy, images);
            if (options.brier == brier_scores::yes) brier_score = sized(values.brier_score, images);
            if (sigmoid) sigmoid_cross_entropy = sized(values.sigmoid_cross_entropy, images);
        }
        if (job.offsets != nullptr) {
            real_cross_entropy = sized(values.real_cross_entropy, images);
            if (sigmoid) real_sigmoid_cross_entropy = sized(values.real_sigmoid_cross_entropy, images);
        }
        if (options.scores.kind == score_kind::probabilities) refused = sized(refusals, images);
    }

    [[nodiscard]] REASSESS_HOST_DEVICE class_index* of(std::size_t image) const noexcept
    {
        return lists + image * depth;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool of_logits() const noexcept
    {
        return options.scores.kind == score_kind::logits;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool refuses(std::size_t image) const noexcept
    {
        return refused != nullptr && refused[image] != 0;
    }
    REASSESS_HOST_DEVICE void leave_out(std::size_t image) const noexcept
    {
        const auto clear = [&](double* values) {
            if (values != nullptr) values[image] = 0.0;
        };
        clear(confidence);
        clear(cross_entropy);
        clear(real_cross_entropy);
        clear(sigmoid_cross_entropy);
        clear(real_sigmoid_cross_entropy);
        clear(brier_score);
        if (refused != nullptr) refused[image] = 0;
        for (std::size_t r = 0; r < depth; ++r) of(image)[r] = missing_label;
    }

    template <class Group, class Tops>
    REASSESS_HOST_DEVICE void fill(Group group, const row_job<T>& job, std::size_t image, std::uint32_t prediction,
                                   Tops& tops) const noexcept
    {
        if (of_logits()) {
            fill_from_logits(group, job, image, prediction,
                             plain_softmax_sums(job.row(image), job.classes, prediction, group));
        } else {
            fill_from_probabilities(group, job, image, prediction);
        }
        if (depth != 0) list_row(group, job.row(image), job.classes, depth, prediction, of(image), tops);
    }
    // Entry points for the vector kernels; the prediction of the image must be known.
    void fill_from_logits(const row_job<T>& job, std::size_t image, const softmax_sums& sums) const noexcept
    {
        fill_from_logits(single_lane{}, job, image, static_cast<std::size_t>(job.prediction[image]), sums);
    }
    void fill_from_probabilities(const row_job<T>& job, std::size_t image) const noexcept
    {
        fill_from_probabilities(single_lane{}, job, image, static_cast<std::size_t>(job.prediction[image]));
    }

    /// The fault of an invalid row.
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description fault_of(const T* row, std::size_t classes) const noexcept
    {
        double sum = 0.0;
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = real_value(row[c]);
            if (!is_probability(p)) return {fault::not_a_probability, static_cast<std::int64_t>(c), p};
            sum += p;
        }
        return {is_finite(sum) ? fault::zero_sum : fault::infinite_sum};
    }

private:
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    template <class Column>
    static auto* sized(Column& column, std::size_t images)
    {
        if constexpr (requires { column.grow(images); }) {
            column.grow(images);
        } else {
            column.resize(images);
        }
        return column.data();
    }

    [[nodiscard]] REASSESS_HOST_DEVICE bool asks_sigmoid() const noexcept
    {
        return sigmoid_cross_entropy != nullptr || real_sigmoid_cross_entropy != nullptr;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_probability(double p) const noexcept
    {
        return p >= 0.0 &&
               (options.scores.normalise == normalise::yes ? is_finite(p) : p <= 1.0 + probability_rounding);
    }
    [[nodiscard]] static REASSESS_HOST_DEVICE class_index original_of(const row_job<T>& job, std::size_t image) noexcept
    {
        return job.original != nullptr ? job.original[image] : missing_label;
    }

    template <class Group>
    REASSESS_HOST_DEVICE void fill_from_logits(Group group, const row_job<T>& job, std::size_t image,
                                               std::size_t prediction, const softmax_sums& sums) const noexcept
    {
        const T* const row = job.row(image);
        const auto greatest = real_value(row[prediction]);
        const bool finite = is_finite(greatest);
        // log takes half the time of log1p; for sums of at least 2^-6 its relative error is at most 1e-14.
        const double log_normaliser = sums.rest < 0x1p-6 ? std::log1p(sums.rest) : std::log(1.0 + sums.rest);
        const auto loss_of = [&](class_index label) {
            const T score = row[static_cast<std::size_t>(label)];
            // If the top score is infinite, classes with that score share the probability, and all others have 0.
            if (comparable(score) == comparable(row[prediction])) return log_normaliser;
            if (!finite) return infinity;
            return (greatest - real_value(score)) + log_normaliser;
        };
        if (group.leads()) {
            confidence[image] = 1.0 / (1.0 + sums.rest);
            fill_cross_entropies(job, image, loss_of);
            if (brier_score != nullptr) brier_score[image] = brier_score_of(job, image, prediction, sums);
        }
        if (asks_sigmoid()) {
            fill_sigmoid_losses(
                group, job, image, [](T logit) { return softplus(-real_value(logit)); },
                [](T logit) { return softplus(real_value(logit)); });
        }
    }

    /// Brier score from the softmax sums, the confidence and the cross-entropy of the original label, without another
    /// reading of the row.
    [[nodiscard]] REASSESS_HOST_DEVICE double brier_score_of(const row_job<T>& job, std::size_t image,
                                                             std::size_t prediction,
                                                             const softmax_sums& sums) const noexcept
    {
        if (job.original[image] == missing_label) return 0.0;
        const double greatest = confidence[image];
        const double squares = sums.rest_squares * greatest * greatest;
        if (static_cast<std::size_t>(job.original[image]) == prediction) {
            const double others = sums.rest * greatest;
            return others * others + squares;
        }
        const double score = 1.0 - 2.0 * std::exp(-cross_entropy[image]) + (greatest * greatest + squares);
        return score > 0.0 ? score : 0.0;
    }

    /// Sets `refused` for a row that has scores that are not probabilities or an invalid sum.
    template <class Group>
    REASSESS_HOST_DEVICE void fill_from_probabilities(Group group, const row_job<T>& job, std::size_t image,
                                                      std::size_t prediction) const noexcept
    {
        const T* const row = job.row(image);
        // The sum without the prediction, because 1 - p of a probability near 1 would lose its digits.
        const auto rest = sum_over_row<checked_sum>(group, row, job.classes, [&](T score, std::uint32_t c) {
            const double p = real_value(score);
            return checked_sum{c == prediction ? 0.0 : p, is_probability(p) ? 0U : 1U};
        });
        const double top = real_value(row[prediction]);
        const double sum = top + rest.sum;
        const bool normalised = options.scores.normalise == normalise::yes;
        const bool refuse = rest.misfits != 0 || !is_finite(sum) || (normalised && sum <= 0.0);
        if (group.leads()) {
            if (refuse) leave_out(image);
            refused[image] = refuse ? 1 : 0;
        }
        if (refuse) return;
        const double scale = normalised ? sum : 1.0;
        const auto probability = [&](T score) {
            const double p = real_value(score) / scale;
            return p < 1.0 ? p : 1.0;
        };
        const auto clipped = [&](T score) {
            const double p = probability(score);
            const double most = 1.0 - options.scores.clip;
            return p < options.scores.clip ? options.scores.clip : most < p ? most : p;
        };
        if (group.leads()) {
            confidence[image] = probability(row[prediction]);
            fill_cross_entropies(job, image, [&](class_index label) {
                const double p = clipped(row[static_cast<std::size_t>(label)]);
                if (normalised && static_cast<std::size_t>(label) == prediction && p > 0.5 && p == confidence[image])
                    return std::log1p(rest.sum / top);
                return -std::log(p);
            });
        }
        if (brier_score != nullptr) {
            const class_index label = job.original[image];
            const double others = sum_over_row<double>(group, row, job.classes, [&](T score, std::uint32_t c) {
                const double p = static_cast<class_index>(c) == label ? 0.0 : probability(score);
                return p * p;
            });
            if (group.leads()) {
                double missing = 0.0;
                if (label != missing_label) {
                    const bool predicted = normalised && static_cast<std::size_t>(label) == prediction;
                    missing = predicted ? rest.sum / scale : 1.0 - probability(row[label]);
                }
                brier_score[image] = label == missing_label ? 0.0 : missing * missing + others;
            }
        }
        if (asks_sigmoid()) {
            fill_sigmoid_losses(
                group, job, image, [&](T score) { return -std::log(clipped(score)); },
                [&](T score) { return -std::log1p(-clipped(score)); });
        }
    }

    template <class Loss>
    REASSESS_HOST_DEVICE void fill_cross_entropies(const row_job<T>& job, std::size_t image,
                                                   Loss loss_of) const noexcept
    {
        if (cross_entropy != nullptr) {
            const class_index label = job.original[image];
            cross_entropy[image] = label == missing_label ? 0.0 : loss_of(label);
        }
        if (real_cross_entropy == nullptr) return;
        const std::uint64_t begin = job.offsets[image];
        const std::uint64_t end = job.offsets[image + 1];
        double sum = 0.0;
        for (std::uint64_t j = begin; j < end; ++j) sum += loss_of(job.labels[j]);
        real_cross_entropy[image] = begin == end ? 0.0 : sum / static_cast<double>(end - begin);
    }

    // Classes that are neither the original label nor in the label set are summed once for both losses.
    template <class Group, class Positive, class Negative>
    REASSESS_HOST_DEVICE void fill_sigmoid_losses(Group group, const row_job<T>& job, std::size_t image,
                                                  Positive loss_of_label, Negative loss_of_other) const noexcept
    {
        const T* const row = job.row(image);
        const class_index original = original_of(job, image);
        const class_index* set = nullptr;
        std::size_t labels = 0;
        if (job.offsets != nullptr) {
            set = job.labels + job.offsets[image];
            labels = static_cast<std::size_t>(job.offsets[image + 1] - job.offsets[image]);
        }
        const double neither = sum_over_row<double>(group, row, job.classes, [&](T score, std::uint32_t c) {
            const auto label = static_cast<class_index>(c);
            return label == original || is_among(set, labels, label) ? 0.0 : loss_of_other(score);
        });
        if (!group.leads()) return;
        if (sigmoid_cross_entropy != nullptr) {
            double loss = 0.0;
            if (original != missing_label) {
                loss = neither + loss_of_label(row[original]);
                for (std::size_t j = 0; j < labels; ++j) {
                    if (set[j] != original) loss += loss_of_other(row[set[j]]);
                }
            }
            sigmoid_cross_entropy[image] = loss;
        }
        if (real_sigmoid_cross_entropy != nullptr) {
            double loss = 0.0;
            if (labels != 0) {
                loss = neither;
                for (std::size_t j = 0; j < labels; ++j) loss += loss_of_label(row[set[j]]);
                if (original != missing_label && !is_among(set, labels, original)) loss += loss_of_other(row[original]);
            }
            real_sigmoid_cross_entropy[image] = loss;
        }
    }
};

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
