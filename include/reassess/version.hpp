// The version of the library. CMake and the package read it from this file.
#pragma once

#define REASSESS_VERSION_MAJOR 0
#define REASSESS_VERSION_MINOR 2
#define REASSESS_VERSION_PATCH 0
/// The number of a development snapshot, raised by hand when one is published; 0 for a release.
#define REASSESS_VERSION_SNAPSHOT 1

// The inline namespace that contains all declarations: the full version and the number of the snapshot. Two copies of
// the library that differ in one of these four numbers have different symbols, so one program may contain both.
#define REASSESS_JOIN_VERSION(major, minor, patch, snapshot) v##major##_##minor##_##patch##_snapshot##snapshot
#define REASSESS_EXPAND_VERSION(major, minor, patch, snapshot) REASSESS_JOIN_VERSION(major, minor, patch, snapshot)
#define REASSESS_VERSION_NAMESPACE                                                                  \
    REASSESS_EXPAND_VERSION(REASSESS_VERSION_MAJOR, REASSESS_VERSION_MINOR, REASSESS_VERSION_PATCH, \
                            REASSESS_VERSION_SNAPSHOT)

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct version {
    int major;
    int minor;
    int patch;
};

inline constexpr version library_version{REASSESS_VERSION_MAJOR, REASSESS_VERSION_MINOR, REASSESS_VERSION_PATCH};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
