// For programs of many sources: compiles the row kernels of the library's element types and the special functions of
// the statistics once.
//
// Define REASSESS_EXTERN_TEMPLATES for the whole program, and include this file in exactly one source, whose flags then
// are those of the kernels. The other sources neither compile kernels nor include Boost.Math. A program that does not
// define the macro does not need this file.
#if !defined(REASSESS_EXTERN_TEMPLATES)
#    error \
        "reassess: define REASSESS_EXTERN_TEMPLATES for the whole program, not only where instantiate.inl is included"
#endif

#include "ranking/host_batch.hpp"
#include "statistics/special_functions.hpp"
#include "statistics/special_functions.inl"

#define REASSESS_INSTANTIATION template
#include "ranking/kernel_instantiations.inl"
#include "statistics/special_function_instantiations.inl"
#undef REASSESS_INSTANTIATION
