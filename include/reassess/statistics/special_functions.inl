// The definitions of special_functions.hpp. The only file that includes Boost.Math.
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

template <std::floating_point Real>
Real erf_inverse(Real p)
{
    return boost::math::erf_inv(p);
}

template <std::floating_point Real>
Real erfc_inverse(Real q)
{
    return boost::math::erfc_inv(q);
}

template <std::floating_point Real>
Real beta_cdf(Real a, Real b, Real x)
{
    return boost::math::ibeta(a, b, x);
}

template <std::floating_point Real>
Real beta_tail(Real a, Real b, Real x)
{
    return boost::math::ibetac(a, b, x);
}

template <std::floating_point Real>
Real beta_quantile(Real a, Real b, Real p)
{
    return boost::math::ibeta_inv(a, b, p);
}

template <std::floating_point Real>
Real beta_upper_quantile(Real a, Real b, Real q)
{
    return boost::math::ibetac_inv(a, b, q);
}

template <std::floating_point Real>
Real student_tail(Real degrees, Real t)
{
    return boost::math::cdf(boost::math::complement(boost::math::students_t_distribution<Real>(degrees), t));
}

template <std::floating_point Real>
Real student_upper_quantile(Real degrees, Real q)
{
    return boost::math::quantile(boost::math::complement(boost::math::students_t_distribution<Real>(degrees), q));
}

template <std::floating_point Real>
Real f_tail(Real numerator_degrees, Real denominator_degrees, Real f)
{
    return boost::math::cdf(
        boost::math::complement(boost::math::fisher_f_distribution<Real>(numerator_degrees, denominator_degrees), f));
}

template <std::floating_point Real>
Real f_upper_quantile(Real numerator_degrees, Real denominator_degrees, Real q)
{
    return boost::math::quantile(
        boost::math::complement(boost::math::fisher_f_distribution<Real>(numerator_degrees, denominator_degrees), q));
}

template <std::floating_point Real>
Real gamma_ratio(Real a, Real delta)
{
    return boost::math::tgamma_delta_ratio(a, delta);
}

/// Bracketing root finder for a monotone function, to full precision. f has opposite signs (or 0) at the ends.
template <class F, std::floating_point Real>
Real root_between(F f, Real left, Real right)
{
    const Real at_left = f(left), at_right = f(right);
    if (at_left == 0 || left == right) return left;
    if (at_right == 0) return right;
    // Rounding may give both ends of a very narrow bracket the same sign.
    if ((at_left < 0) == (at_right < 0)) return std::abs(at_left) < std::abs(at_right) ? left : right;
    std::uintmax_t evaluations = 200;
    const auto [below, above] = boost::math::tools::toms748_solve(
        f, left, right, at_left, at_right, boost::math::tools::eps_tolerance<Real>(52), evaluations);
    return below + (above - below) / 2;
}

template <std::floating_point Real>
Real mid_p_lower_end(Real hits, Real misses, Real tail)
{
    const auto excess = [&](Real p) {
        return (beta_cdf(hits + 1, misses, p) + beta_cdf(hits, misses + 1, p)) / 2 - tail;
    };
    return root_between(excess, beta_quantile(hits, misses + 1, tail), beta_quantile(hits + 1, misses, tail));
}

template <std::floating_point Real>
Real mid_p_upper_end(Real hits, Real misses, Real tail)
{
    const auto excess = [&](Real p) {
        return (beta_tail(hits + 1, misses, p) + beta_tail(hits, misses + 1, p)) / 2 - tail;
    };
    return root_between(excess, beta_upper_quantile(hits, misses + 1, tail),
                        beta_upper_quantile(hits + 1, misses, tail));
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
