// Included with REASSESS_INSTANTIATION as `extern template` or `template`.
namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

REASSESS_INSTANTIATION double erf_inverse(double);
REASSESS_INSTANTIATION double erfc_inverse(double);
REASSESS_INSTANTIATION double beta_cdf(double, double, double);
REASSESS_INSTANTIATION double beta_tail(double, double, double);
REASSESS_INSTANTIATION double beta_quantile(double, double, double);
REASSESS_INSTANTIATION double beta_upper_quantile(double, double, double);
REASSESS_INSTANTIATION double student_tail(double, double);
REASSESS_INSTANTIATION double student_upper_quantile(double, double);
REASSESS_INSTANTIATION double f_tail(double, double, double);
REASSESS_INSTANTIATION double f_upper_quantile(double, double, double);
REASSESS_INSTANTIATION double gamma_ratio(double, double);
REASSESS_INSTANTIATION double mid_p_lower_end(double, double, double);
REASSESS_INSTANTIATION double mid_p_upper_end(double, double, double);

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
