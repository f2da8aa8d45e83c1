// A large file for the time of a program: room on the disk is checked before, and the file is removed at the end.
#pragma once

#include "program.hpp"

#include <reassess/io/file_error.hpp>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace program {

/// A path whose file goes with the object, unless it is kept.
class temporary_file {
public:
    temporary_file(std::filesystem::path path, bool keep) : path_(std::move(path)), keep_(keep) {}
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file()
    {
        std::error_code ignored;
        if (!keep_) std::filesystem::remove(path_, ignored);
    }

private:
    std::filesystem::path path_;
    bool keep_;
};

inline std::string gigabytes(double bytes)
{
    return number("%.2f GB", bytes / 1e9);
}

/// Refuses what would overwrite a file or fill the disk.
inline void expect_room(const std::filesystem::path& path, double bytes)
{
    if (std::filesystem::exists(path))
        throw reassess::io::file_error(path.string() + ": exists already; remove it, or name another with --file");
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    if (!std::filesystem::is_directory(folder))
        throw reassess::io::file_error(path.string() + ": there is no folder " + folder.string());
    // The rest is left to other programs.
    constexpr double spare = 256e6;
    const auto available = static_cast<double>(std::filesystem::space(folder).available);
    if (available < bytes + spare)
        throw reassess::io::file_error(path.string() + ": needs " + gigabytes(bytes + spare) +
                                       " of disk space, but there is " + gigabytes(available) +
                                       "; name another place with --file, or fewer --images");
}

}  // namespace program
