// The version. CMake and the package read it from here; the inline namespace below changes with every
// release that is not compatible with the one before, so two vendored copies can live in one program.
#pragma once

#define REASSESS_VERSION_MAJOR 0
#define REASSESS_VERSION_MINOR 1
#define REASSESS_VERSION_PATCH 0

namespace reassess::inline v0_1 {

struct version {
    int major;
    int minor;
    int patch;
};

inline constexpr version library_version{REASSESS_VERSION_MAJOR, REASSESS_VERSION_MINOR, REASSESS_VERSION_PATCH};

}  // namespace reassess::inline v0_1
