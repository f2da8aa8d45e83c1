// What scores say beside their order: the probability of the prediction and the losses of every image.
#pragma once

#include "../data/comparable.hpp"
#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "row_job.hpp"
#include "softmax_sums.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline v0_1 {

/// What the scores are. Never guessed: `unsaid` is an error wherever it matters.
enum class score_kind { unsaid, logits, probabilities };

/// Whether a row of probabilities is divided by its sum first.
enum class normalise { no, yes };

/// Whether sigmoid cross-entropies are computed too: they take an exponential of every score of their own.
enum class sigmoid_losses { no, yes };

struct score_value_options {
    score_kind scores = score_kind::unsaid;
    /// For probabilities.
    reassess::normalise normalise = reassess::normalise::no;
    /// For probabilities: in a logarithm they are taken to be at least `clip` and at most 1 - `clip`; 0: as they are.
    double clip = 0.0;
    sigmoid_losses sigmoid = sigmoid_losses::no;

    friend bool operator==(const score_value_options&, const score_value_options&) = default;
};

/// One value an image, parallel to the rankings that were made with them; 0, and without meaning, for an image that was
/// left out because of a NaN or that has no label of the kind. Empty where not asked or not given. With p the softmax
/// of the scores (or the probabilities), s the sigmoids, y the original label, Y the label set:
struct score_values {
    /// p of the prediction.
    std::vector<double> confidence{};
    /// -log p_y, and the mean over l in Y of -log p_l.
    std::vector<double> original_softmax_loss{};
    std::vector<double> real_softmax_loss{};
    /// Over all classes, the sum of -log s_c for labels and -log(1 - s_c) for the others.
    std::vector<double> original_sigmoid_loss{};
    std::vector<double> real_sigmoid_loss{};
    /// The sum over all classes of (p_c - [c = y])^2, in [0, 2].
    std::vector<double> brier_score{};

    [[nodiscard]] std::size_t images() const noexcept { return confidence.size(); }
};

namespace detail {

/// log(1 + exp(x)), without overflow.
inline double softplus(double x) noexcept
{
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// Why a row is no row of probabilities, and where.
enum class row_fault : std::uint8_t { none, no_probability, zero_sum };

/// Computes one image's values from its row; labels and outputs are null where not given or not asked.
template <class T>
struct value_job {
    static constexpr bool wants_values = true;
    static constexpr bool wants_lists = false;
    score_value_options options;
    double* confidence;
    double* original_softmax_loss = nullptr;
    double* real_softmax_loss = nullptr;
    double* original_sigmoid_loss = nullptr;
    double* real_sigmoid_loss = nullptr;
    double* brier_score = nullptr;
    std::uint8_t* fault = nullptr;

    value_job(const row_job<T>& job, const score_value_options& chosen, score_values& values,
              std::vector<std::uint8_t>& faults, std::size_t images)
        : options(chosen)
    {
        const bool sigmoid = options.sigmoid == sigmoid_losses::yes;
        confidence = sized(values.confidence, images);
        if (job.original != nullptr) {
            original_softmax_loss = sized(values.original_softmax_loss, images);
            brier_score = sized(values.brier_score, images);
            if (sigmoid) original_sigmoid_loss = sized(values.original_sigmoid_loss, images);
        }
        if (job.offsets != nullptr) {
            real_softmax_loss = sized(values.real_softmax_loss, images);
            if (sigmoid) real_sigmoid_loss = sized(values.real_sigmoid_loss, images);
        }
        if (options.scores == score_kind::probabilities) {
            faults.resize(images);
            fault = faults.data();
        }
    }

    [[nodiscard]] bool of_logits() const noexcept { return options.scores == score_kind::logits; }

    /// From logits. The prediction of the image is known, and the sums of its row.
    void fill_from_logits(const row_job<T>& job, std::size_t image, const softmax_sums& sums) const noexcept
    {
        const T* const row = job.row(image);
        const auto prediction = static_cast<std::size_t>(job.prediction[image]);
        const auto greatest = real_value(row[prediction]);
        const bool finite = is_finite(greatest);
        const double log_normaliser = std::log1p(sums.rest);
        const auto loss_of = [&](class_index label) {
            const T score = row[static_cast<std::size_t>(label)];
            // Infinite scores meet only others of their kind: either they share, or nothing is left.
            if (comparable(score) == comparable(row[prediction])) return log_normaliser;
            if (!finite) return std::numeric_limits<double>::infinity();
            return (greatest - real_value(score)) + log_normaliser;
        };
        confidence[image] = 1.0 / (1.0 + sums.rest);
        fill_softmax_losses(job, image, loss_of);
        if (brier_score != nullptr && job.original[image] != missing_label) {
            const double normaliser = 1.0 + sums.rest;
            const bool hit = static_cast<std::size_t>(job.original[image]) == prediction;
            const double others = sums.rest / normaliser;
            brier_score[image] = hit ? others * others + sums.rest_squares / normaliser / normaliser
                                     : std::max(0.0, 1.0 - 2.0 * std::exp(-original_softmax_loss[image]) +
                                                         (1.0 + sums.rest_squares) / normaliser / normaliser);
        }
        if (asks_sigmoid()) {
            const auto logit = [&](std::size_t c) { return real_value(row[c]); };
            fill_sigmoid_losses(
                job, image, [&](std::size_t c) { return softplus(-logit(c)); },
                [&](std::size_t c) { return softplus(logit(c)); });
        }
    }

    /// From probabilities. Marks a row that holds none.
    void fill_from_probabilities(const row_job<T>& job, std::size_t image) const noexcept
    {
        const T* const row = job.row(image);
        double sum = 0.0;
        bool fits = true;
        for (std::size_t c = 0; c < job.classes; ++c) {
            const auto p = real_value(row[c]);
            fits &= p >= 0.0 && p <= (options.normalise == normalise::yes ? std::numeric_limits<double>::max() : 1.0);
            sum += p;
        }
        if (!fits || !is_finite(sum)) {
            fault[image] = static_cast<std::uint8_t>(row_fault::no_probability);
            return;
        }
        double scale = 1.0;
        if (options.normalise == normalise::yes) {
            if (sum <= 0.0) {
                fault[image] = static_cast<std::uint8_t>(row_fault::zero_sum);
                return;
            }
            scale = sum;
        }
        const auto probability = [&](std::size_t c) { return real_value(row[c]) / scale; };
        const auto clipped = [&](double p) { return std::clamp(p, options.clip, 1.0 - options.clip); };
        confidence[image] = probability(static_cast<std::size_t>(job.prediction[image]));
        fill_softmax_losses(job, image, [&](class_index label) {
            return -std::log(clipped(probability(static_cast<std::size_t>(label))));
        });
        if (brier_score != nullptr && job.original[image] != missing_label) {
            const auto label = static_cast<std::size_t>(job.original[image]);
            const double p = probability(label);
            double others = 0.0;
            for (std::size_t c = 0; c < job.classes; ++c) {
                if (c != label) others += probability(c) * probability(c);
            }
            brier_score[image] = (1.0 - p) * (1.0 - p) + others;
        }
        if (asks_sigmoid()) {
            fill_sigmoid_losses(
                job, image, [&](std::size_t c) { return -std::log(clipped(probability(c))); },
                [&](std::size_t c) { return -std::log1p(-clipped(probability(c))); });
        }
    }

private:
    [[nodiscard]] bool asks_sigmoid() const noexcept
    {
        return original_sigmoid_loss != nullptr || real_sigmoid_loss != nullptr;
    }

    static double* sized(std::vector<double>& values, std::size_t images)
    {
        values.resize(images);
        return values.data();
    }

    template <class Loss>
    void fill_softmax_losses(const row_job<T>& job, std::size_t image, Loss loss_of) const noexcept
    {
        if (original_softmax_loss != nullptr && job.original[image] != missing_label)
            original_softmax_loss[image] = loss_of(job.original[image]);
        if (real_softmax_loss == nullptr) return;
        const std::uint64_t begin = job.offsets[image];
        const std::uint64_t end = job.offsets[image + 1];
        if (begin == end) return;
        double sum = 0.0;
        for (std::uint64_t j = begin; j < end; ++j) sum += loss_of(job.labels[j]);
        real_softmax_loss[image] = sum / static_cast<double>(end - begin);
    }

    // Classes that are a label of neither kind are summed once for both.
    template <class Positive, class Negative>
    void fill_sigmoid_losses(const row_job<T>& job, std::size_t image, Positive loss_of_label,
                             Negative loss_of_other) const noexcept
    {
        const class_index original = job.original != nullptr ? job.original[image] : missing_label;
        const std::span<const class_index> real =
            job.offsets != nullptr ? std::span(job.labels + job.offsets[image], job.labels + job.offsets[image + 1])
                                   : std::span<const class_index>();
        double neither = 0.0;
        auto next = real.begin();  // the sets are ascending
        for (std::size_t c = 0; c < job.classes; ++c) {
            if (next != real.end() && std::cmp_equal(*next, c)) {
                ++next;
            } else if (!std::cmp_equal(original, c)) {
                neither += loss_of_other(c);
            }
        }
        const bool original_in_set = std::binary_search(real.begin(), real.end(), original);
        if (original_sigmoid_loss != nullptr && original != missing_label) {
            double loss = neither + loss_of_label(static_cast<std::size_t>(original));
            for (const class_index label : real) {
                if (label != original) loss += loss_of_other(static_cast<std::size_t>(label));
            }
            original_sigmoid_loss[image] = loss;
        }
        if (real_sigmoid_loss != nullptr && !real.empty()) {
            double loss = neither;
            for (const class_index label : real) loss += loss_of_label(static_cast<std::size_t>(label));
            if (original != missing_label && !original_in_set)
                loss += loss_of_other(static_cast<std::size_t>(original));
            real_sigmoid_loss[image] = loss;
        }
    }
};

}  // namespace detail

}  // namespace reassess::inline v0_1
