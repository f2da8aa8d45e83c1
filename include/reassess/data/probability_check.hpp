// Checks that rows of scores are probability distributions, and counts those that are so only after rounding.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/number_text.hpp"
#include "../version.hpp"
#include "element_traits.hpp"
#include "interpreted_scores.hpp"
#include "scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Rows whose sum differs from 1 by at most this are rounded, other rows are not distributions. It is 1e-2, and 1e-7
/// for the rounding of the values and of their sum: 0.7 + 0.31 is above 1.01.
inline constexpr double probability_sum_rounding = 1e-2 + 1e-7;

/// Counts of rows that are distributions only after rounding. Associative.
struct probability_check {
    std::uint64_t images = 0;
    /// Images with a value above 1, by at most probability_rounding, and the greatest value.
    std::uint64_t above_one = 0;
    double greatest = 0;
    /// Images whose sum differs from 1 by more than 1e-4 and at most probability_sum_rounding, and the greatest
    /// difference of all images.
    std::uint64_t rounded_sums = 0;
    double greatest_difference = 0;

    /// Checks some rows; `first_image` is the number of the first in messages. Rows with a NaN are counted, but not
    /// checked, and values outside [0, 1] are left to the functions that read them.
    ///
    /// Throws std::domain_error for a row whose sum differs from 1 by more, naming the image, and then has counted the
    /// rows before it. O(scores).
    template <real_score_element T>
    void add(const scores_view<T>& scores, std::uint64_t first_image = 0)
    {
        constexpr double exact = 1e-4;
        for (std::size_t image = 0; image < scores.images(); ++image) {
            double sum = 0, most = 0;
            bool comparable = true;
            for (std::size_t c = 0; c < scores.classes(); ++c) {
                const double p = detail::real_value(scores.row(image)[c]);
                comparable = comparable && p >= 0 && p <= 1 + probability_rounding;
                sum += p;
                most = std::max(most, p);
            }
            ++images;
            if (!comparable) continue;
            const double difference = std::abs(sum - 1);
            if (difference > probability_sum_rounding) {
                detail::fail<std::domain_error>(
                    "the scores of image ", first_image + image, " sum to ", detail::short_text(sum),
                    ", expected 1 within 0.01: they are not one distribution over the classes; for independent "
                    "probabilities of the classes (sigmoids) use the sigmoid losses (sigmoid_losses::yes), for weights "
                    "normalise::yes (--normalise), for logits logits(...) (--scores-are logits)");
            }
            above_one += most > 1 ? 1 : 0;
            greatest = std::max(greatest, most);
            rounded_sums += difference > exact ? 1 : 0;
            greatest_difference = std::max(greatest_difference, difference);
        }
    }

    /// Adds the counts of other rows.
    probability_check& operator+=(const probability_check& other) noexcept
    {
        images += other.images;
        above_one += other.above_one;
        greatest = std::max(greatest, other.greatest);
        rounded_sums += other.rounded_sums;
        greatest_difference = std::max(greatest_difference, other.greatest_difference);
        return *this;
    }

    friend bool operator==(const probability_check&, const probability_check&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
