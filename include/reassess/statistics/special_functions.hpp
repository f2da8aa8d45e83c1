// Special functions of the statistics headers. special_functions.inl computes them by Boost.Math; with
// REASSESS_EXTERN_TEMPLATES (instantiate.inl) this header declares them only, and Boost.Math is not included.
#pragma once

#include "../version.hpp"

#include <concepts>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The x with erf(x) = p, for p in [-1, 1].
template <std::floating_point Real>
[[nodiscard]] Real erf_inverse(Real p);
/// The x with 1 - erf(x) = q, for q in [0, 2].
template <std::floating_point Real>
[[nodiscard]] Real erfc_inverse(Real q);

/// P(X <= x) and P(X > x) of the beta distribution (a, b), and the x with a given one of them.
template <std::floating_point Real>
[[nodiscard]] Real beta_cdf(Real a, Real b, Real x);
template <std::floating_point Real>
[[nodiscard]] Real beta_tail(Real a, Real b, Real x);
template <std::floating_point Real>
[[nodiscard]] Real beta_quantile(Real a, Real b, Real p);
template <std::floating_point Real>
[[nodiscard]] Real beta_upper_quantile(Real a, Real b, Real q);

/// P(T > t) of Student's t distribution, and the t with P(T > t) = q.
template <std::floating_point Real>
[[nodiscard]] Real student_tail(Real degrees, Real t);
template <std::floating_point Real>
[[nodiscard]] Real student_upper_quantile(Real degrees, Real q);

/// P(F > f) of the F distribution, and the f with P(F > f) = q.
template <std::floating_point Real>
[[nodiscard]] Real f_tail(Real numerator_degrees, Real denominator_degrees, Real f);
template <std::floating_point Real>
[[nodiscard]] Real f_upper_quantile(Real numerator_degrees, Real denominator_degrees, Real q);

/// Gamma(a) / Gamma(a + delta).
template <std::floating_point Real>
[[nodiscard]] Real gamma_ratio(Real a, Real delta);

/// The p at which P(X > hits) + P(X = hits) / 2 of a binomial X is `tail`, for 0 < hits < hits + misses.
template <std::floating_point Real>
[[nodiscard]] Real mid_p_lower_end(Real hits, Real misses, Real tail);
/// The p at which P(X < hits) + P(X = hits) / 2 of a binomial X is `tail`, for 0 < hits < hits + misses.
template <std::floating_point Real>
[[nodiscard]] Real mid_p_upper_end(Real hits, Real misses, Real tail);

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

#if defined(REASSESS_EXTERN_TEMPLATES)
#    define REASSESS_INSTANTIATION extern template
#    include "special_function_instantiations.inl"
#    undef REASSESS_INSTANTIATION
#else
#    include "special_functions.inl"
#endif
