// Multiple testing: p-values adjusted by Bonferroni, Holm, Hochberg, Benjamini-Hochberg or Benjamini-Yekutieli.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Method of adjustment and the error rate that it controls.
enum class correction {
    bonferroni,           ///< family-wise error rate, any dependence: p times the number of tests
    holm,                 ///< family-wise error rate, any dependence; at least as powerful as Bonferroni; recommended
    hochberg,             ///< family-wise error rate, independent or positively dependent tests; more power than Holm
    benjamini_hochberg,   ///< false discovery rate, independent or positively dependent tests
    benjamini_yekutieli,  ///< false discovery rate, any dependence
};

/// Adjusted p-values in input order, each in [0, 1]. A value at or below alpha is significant at alpha, with the error
/// rate that the method controls.
///
/// With m p-values in ascending order p(1) .. p(m): Bonferroni min(1, m p); Holm the running maximum of (m - i + 1)
/// p(i) from the smallest; Hochberg the running minimum of the same from the largest; Benjamini-Hochberg the running
/// minimum of m p(i) / i from the largest; Benjamini-Yekutieli that times 1 + 1/2 + .. + 1/m; all at most 1. Equal
/// p-values get equal results. If there are no p-values, the result is empty. Relative error 1e-15.
///
/// Throws std::invalid_argument for a p-value that is NaN or outside [0, 1]; the message has its index. O(m log m).
/// Holm 1979, https://www.jstor.org/stable/4615733; Hochberg 1988, doi:10.1093/biomet/75.4.800; Benjamini, Hochberg
/// 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; Benjamini, Yekutieli 2001, doi:10.1214/aos/1013699998.
[[nodiscard]] inline std::vector<double> adjust_p_values(std::span<const double> p_values,
                                                         correction method = correction::holm)
{
    const std::size_t tests = p_values.size();
    for (std::size_t i = 0; i < tests; ++i) {
        detail::expects(p_values[i] >= 0 && p_values[i] <= 1, "p-value ", i,
                        std::isnan(p_values[i]) ? " is NaN" : " is outside [0, 1]");
    }
    std::vector<std::size_t> ascending(tests);
    std::iota(ascending.begin(), ascending.end(), std::size_t{0});
    std::stable_sort(ascending.begin(), ascending.end(),
                     [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });

    const double m = static_cast<double>(tests);
    double harmonic = 0;
    for (std::size_t i = tests; i > 0; --i) harmonic += 1 / static_cast<double>(i);
    const auto factor = [&](std::size_t place) {
        const double rank = static_cast<double>(place) + 1;
        switch (method) {
            case correction::bonferroni:
                return m;
            case correction::holm:
            case correction::hochberg:
                return m - rank + 1;
            case correction::benjamini_hochberg:
                return m / rank;
            case correction::benjamini_yekutieli:
                return m / rank * harmonic;
        }
        detail::fail<std::invalid_argument>(
            "correction of p-values: invalid method; use an enumerator of reassess::correction");
    };
    std::vector<double> adjusted(tests);
    if (method == correction::bonferroni || method == correction::holm) {
        double largest = 0;
        for (std::size_t place = 0; place < tests; ++place) {
            const double own = std::min(1.0, p_values[ascending[place]] * factor(place));
            // Bonferroni's values are already ascending.
            largest = std::max(largest, own);
            adjusted[ascending[place]] = largest;
        }
    } else {
        double smallest = 1;
        for (std::size_t place = tests; place-- > 0;) {
            smallest = std::min(smallest, p_values[ascending[place]] * factor(place));
            adjusted[ascending[place]] = smallest;
        }
    }
    return adjusted;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
