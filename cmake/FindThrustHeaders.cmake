# Finds Thrust's headers. If both are installed, those of a CUDA toolkit (CCCL) are preferred to those of the system
# (libthrust-dev), because nvcc uses the former. Defines ThrustHeaders::ThrustHeaders and ThrustHeaders_VERSION.
find_package(CUDAToolkit QUIET)
set(thrust_hints ${CUDAToolkit_INCLUDE_DIRS})
list(TRANSFORM thrust_hints APPEND /cccl)
find_path(ThrustHeaders_INCLUDE_DIR thrust/version.h HINTS ${thrust_hints} ${CUDAToolkit_INCLUDE_DIRS})
mark_as_advanced(ThrustHeaders_INCLUDE_DIR)

if(ThrustHeaders_INCLUDE_DIR)
    file(STRINGS ${ThrustHeaders_INCLUDE_DIR}/thrust/version.h thrust_version REGEX "#define THRUST_VERSION [0-9]+")
    string(REGEX MATCH "[0-9]+" thrust_version "${thrust_version}")
    math(EXPR thrust_major "${thrust_version} / 100000")
    math(EXPR thrust_minor "${thrust_version} / 100 % 1000")
    math(EXPR thrust_patch "${thrust_version} % 100")
    set(ThrustHeaders_VERSION ${thrust_major}.${thrust_minor}.${thrust_patch})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    ThrustHeaders
    REQUIRED_VARS ThrustHeaders_INCLUDE_DIR
    VERSION_VAR ThrustHeaders_VERSION)

if(ThrustHeaders_FOUND AND NOT TARGET ThrustHeaders::ThrustHeaders)
    add_library(ThrustHeaders::ThrustHeaders INTERFACE IMPORTED)
    set_target_properties(ThrustHeaders::ThrustHeaders PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                                                  ${ThrustHeaders_INCLUDE_DIR})
endif()
