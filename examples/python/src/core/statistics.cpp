// Intervals, paired tests and slope tests. Results are dictionaries of numbers, from which the Python modules make
// their classes.
#include "arrays.hpp"

#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/mcnemar.hpp>
#include <reassess/statistics/proportion_interval.hpp>
#include <reassess/statistics/slope_t_test.hpp>

#include <cstdint>
#include <optional>

namespace binding {
namespace {

nb::tuple as_tuple(const ra::interval& bounds)
{
    return nb::make_tuple(bounds.lower, bounds.upper);
}
nb::object or_none(const std::optional<double>& value)
{
    return value ? nb::cast(*value) : nb::none();
}

template <class Function>
void bind_interval(nb::module_& module, const char* name, Function f)
{
    module.def(name, [f](std::uint64_t hits, std::uint64_t total, double level) {
        return as_tuple(f(ra::proportion{hits, total}, ra::confidence_level{level}));
    });
}

nb::dict as_dict(const ra::mcnemar_result& test)
{
    nb::dict d;
    d["first_only"] = test.first_only;
    d["second_only"] = test.second_only;
    d["exact_p_value"] = test.exact.p_value;
    d["mid_p_value"] = test.exact.mid_p_value;
    d["log10_mid_p_value"] = test.exact.log10_mid_p_value;
    d["chi_squared"] = test.uncorrected.chi_squared;
    d["chi_squared_p_value"] = test.uncorrected.p_value;
    d["corrected_chi_squared"] = test.corrected.chi_squared;
    d["corrected_chi_squared_p_value"] = test.corrected.p_value;
    d["no_discordant_pairs"] = test.no_discordant_pairs;
    return d;
}

nb::tuple compare_paired(std::uint64_t both, std::uint64_t first_only, std::uint64_t second_only, std::uint64_t neither,
                         double level)
{
    const ra::paired_comparison found =
        ra::compare_paired({both, first_only, second_only, neither}, ra::confidence_level{level});
    return nb::make_tuple(found.difference, as_tuple(found.difference_interval), as_dict(found.test));
}

nb::dict as_dict(const ra::linear_fit& fit)
{
    nb::dict d;
    d["points"] = fit.points;
    d["slope"] = fit.slope;
    d["intercept"] = fit.intercept;
    d["slope_standard_error"] = or_none(fit.slope_standard_error);
    d["r_squared"] = or_none(fit.r_squared);
    return d;
}

nb::tuple slope_test(const any_array& x, const any_array& y, double level)
{
    const char* const what = "slope test: expected contiguous arrays of float64";
    const ra::halves_result halves = ra::compare_halves(read_column<double>(x, what), read_column<double>(y, what));
    if (!halves.slope_test) throw nb::value_error(("slope test: " + halves.why_no_slope_test).c_str());
    const ra::slope_t_test_result t =
        ra::slope_t_test(halves.first, halves.second, {.level = ra::confidence_level{level}});
    nb::dict d;
    d["slope_difference"] = t.slope_difference;
    d["standard_error"] = t.standard_error;
    d["t"] = t.t;
    d["degrees_of_freedom"] = t.degrees_of_freedom;
    d["p_value"] = t.p_value;
    d["z_test_p_value"] = halves.slope_test->p_value;
    return nb::make_tuple(as_dict(halves.first), as_dict(halves.second), as_tuple(t.bounds), d);
}

}  // namespace

void bind_statistics(nb::module_& module)
{
    bind_interval(module, "wilson_interval", [](auto p, auto level) { return ra::wilson_interval(p, level); });
    bind_interval(module, "clopper_pearson_interval",
                  [](auto p, auto level) { return ra::clopper_pearson_interval(p, level); });
    bind_interval(module, "mid_p_interval", [](auto p, auto level) { return ra::mid_p_interval(p, level); });
    bind_interval(module, "jeffreys_interval", [](auto p, auto level) { return ra::jeffreys_interval(p, level); });
    module.def("compare_paired", &compare_paired);
    module.def("mcnemar_test", [](std::uint64_t first_only, std::uint64_t second_only) {
        return as_dict(ra::mcnemar_test({.first_only = first_only, .second_only = second_only}));
    });
    module.def("slope_test", &slope_test);
}

}  // namespace binding
