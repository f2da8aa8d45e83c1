// ensemble: the weighted sum of the scores of several models, computed row by row.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/softmax_row.hpp"
#include "../version.hpp"
#include "element_traits.hpp"
#include "scores.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The summands of an ensemble: the logits of each model (like the paper's ensembles), or the softmax of the logits of
/// each model. The predictions of the two can differ.
enum class ensemble_of { logits, probabilities };

struct ensemble_options {
    ensemble_of combine = ensemble_of::logits;
    /// One weight per model; empty: all 1. The type is float, so that the product of a weight and a score of at most 32
    /// bits is exact in double.
    std::vector<float> weights{};
};

/// The weighted sum of the scores of several models, score(c) = sum over models m of weight(m) * score_m(c), in double:
/// a score_source. Models are added in their order. Products of a weight and a logit of at most 32 bits are exact, so
/// sums of such logits, and thus ranks, do not depend on the backend or on the contraction of a multiplication and an
/// addition by the compiler. The sum of infinities of both signs is NaN, which `rank` reports. The scores are not
/// owned.
template <real_score_element T>
class ensemble {
public:
    using element_type = double;

    /// Throws std::invalid_argument if there are no models, if the models have different shapes, if the number of
    /// weights differs from the number of models, and if a weight is not finite.
    explicit ensemble(std::vector<scores_view<T>> models, ensemble_options options = {})
        : models_(std::move(models)), options_(std::move(options))
    {
        detail::expects(!models_.empty(), "ensemble: no models, expected at least 1");
        for (std::size_t m = 1; m < models_.size(); ++m) {
            detail::expects(models_[m].images() == images() && models_[m].classes() == classes(), "ensemble: model ", m,
                            " has ", models_[m].images(), " images and ", models_[m].classes(),
                            " classes, but model 0 has ", images(), " images and ", classes(), " classes");
        }
        if (options_.weights.empty()) options_.weights.assign(models_.size(), 1.0F);
        detail::expects(options_.weights.size() == models_.size(), "ensemble: ", options_.weights.size(),
                        " weights for ", models_.size(), " models");
        for (std::size_t m = 0; m < models_.size(); ++m)
            detail::expects(detail::is_finite(static_cast<double>(options_.weights[m])),
                            "ensemble: the weight of model ", m, " is not finite");
    }

    [[nodiscard]] std::size_t images() const noexcept { return models_.front().images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return models_.front().classes(); }
    [[nodiscard]] std::size_t models() const noexcept { return models_.size(); }
    [[nodiscard]] std::size_t row_bytes() const noexcept { return models_.size() * classes() * sizeof(T); }

    /// Writes the scores of one image. A class has the score NaN if it has a score of NaN in one of the models.
    void fill_row(std::size_t image, double* row) const noexcept
    {
        std::fill(row, row + classes(), 0.0);
        for (std::size_t m = 0; m < models_.size(); ++m) {
            const auto weight = static_cast<double>(options_.weights[m]);
            if (options_.combine == ensemble_of::logits) {
                const T* const scores = models_[m].row(image);
                for (std::size_t c = 0; c < classes(); ++c) row[c] += weight * detail::real_value(scores[c]);
            } else {
                add_softmax(models_[m].row(image), weight, row);
            }
        }
    }

    /// The ensemble's scores of images first .. first + count - 1. Throws std::out_of_range if there are fewer images.
    [[nodiscard]] ensemble slice(std::size_t first, std::size_t count) const
    {
        ensemble part = *this;
        for (scores_view<T>& model : part.models_) model = model.slice(first, count);
        return part;
    }

private:
    // Computes each exponential twice instead of storing it, so that no memory is allocated per row.
    void add_softmax(const T* scores, double weight, double* row) const noexcept
    {
        const auto value = [&](std::size_t c) { return detail::real_value(scores[c]); };
        double greatest = -std::numeric_limits<double>::infinity();
        bool has_nan = false;
        for (std::size_t c = 0; c < classes(); ++c) {
            has_nan |= detail::is_nan(scores[c]);
            greatest = std::max(greatest, value(c));
        }
        if (has_nan) {
            for (std::size_t c = 0; c < classes(); ++c) {
                if (detail::is_nan(scores[c])) row[c] = std::numeric_limits<double>::quiet_NaN();
            }
            return;
        }
        const auto numerator = [&](std::size_t c) { return detail::softmax_numerator(value(c), greatest); };
        double sum = 0.0;
        for (std::size_t c = 0; c < classes(); ++c) sum += numerator(c);
        for (std::size_t c = 0; c < classes(); ++c) row[c] += weight * (numerator(c) / sum);
    }

    std::vector<scores_view<T>> models_;
    ensemble_options options_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
