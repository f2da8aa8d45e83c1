// Several models as one: the weighted sum of their scores, made row by row.
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

/// What is summed: the models' logits (as the paper's ensembles are), or the softmax of each model's logits, which is
/// another ensemble with other predictions.
enum class ensemble_of { logits, probabilities };

struct ensemble_options {
    ensemble_of combine = ensemble_of::logits;
    /// One a model; none: all 1. Floats, so that the product with a score of at most 32 bits is exact in double.
    std::vector<float> weights{};
};

/// The weighted sum over models of their scores, as a source of scores in double; the order of the sum is that of the
/// models. Of scores of at most 32 bits every product is exact, so the sums, and with them the ranks, are the same on
/// every backend and with every compiler flag. Infinite scores of both signs have no sum: NaN, which `rank` reports.
/// The scores are viewed, not owned.
template <real_score_element T>
class ensemble {
public:
    using element_type = double;

    /// Throws std::invalid_argument for no models, for models of different shapes, for another number of weights than
    /// models, and for a weight that is not finite.
    explicit ensemble(std::vector<scores_view<T>> models, ensemble_options options = {})
        : models_(std::move(models)), options_(std::move(options))
    {
        detail::expects(!models_.empty(), "ensemble: no models");
        for (std::size_t m = 1; m < models_.size(); ++m) {
            detail::expects(models_[m].images() == images() && models_[m].classes() == classes(), "ensemble: model ", m,
                            " has ", models_[m].images(), " images of ", models_[m].classes(), " classes, model 0 has ",
                            images(), " of ", classes());
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

    /// Writes one image's scores. NaN where a model's score is.
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

    /// The ensemble on images first .. first + count - 1. Throws std::out_of_range if there are not so many.
    [[nodiscard]] ensemble slice(std::size_t first, std::size_t count) const
    {
        ensemble part = *this;
        for (scores_view<T>& model : part.models_) model = model.slice(first, count);
        return part;
    }

private:
    // Twice the exponentials instead of a buffer for them: nothing is allocated while rows are read.
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
