// Location of the real data files, given only by the environment variable REASSESS_DATA.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace test_support {

/// Number of test cases skipped because REASSESS_DATA is not set; printed at the end of the test program.
inline int& skipped_for_want_of_data()
{
    static int count = 0;
    return count;
}

/// The real data folder, if REASSESS_DATA is set. Every call without it counts as one skipped test case.
inline std::optional<std::filesystem::path> data_folder()
{
    const char* folder = std::getenv("REASSESS_DATA");
    if (folder == nullptr || *folder == '\0') {
        ++skipped_for_want_of_data();
        return std::nullopt;
    }
    REQUIRE_MESSAGE(std::filesystem::is_directory(folder), "REASSESS_DATA is not a folder: ", folder);
    return std::filesystem::path(folder);
}

}  // namespace test_support

/// Declares `name` as the data folder, or ends the test case (counted as skipped) if REASSESS_DATA is not set.
#define NEEDS_REAL_DATA(name)                                 \
    const auto name##_if_any = ::test_support::data_folder(); \
    if (!name##_if_any) {                                     \
        MESSAGE("skipped: REASSESS_DATA is not set");         \
        return;                                               \
    }                                                         \
    const std::filesystem::path& name = *name##_if_any
