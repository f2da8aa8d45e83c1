// The extension module reassess._core: what the Python modules of the package are written with. It converts arguments
// and results and computes nothing.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace binding {
void bind_evaluation(nb::module_& module);
void bind_statistics(nb::module_& module);
}  // namespace binding

NB_MODULE(_core, module)
{
    binding::bind_evaluation(module);
    binding::bind_statistics(module);
}
