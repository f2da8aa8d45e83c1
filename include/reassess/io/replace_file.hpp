// replace_file: writes a file so that it is complete or absent, whenever the program ends.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

[[nodiscard]] inline std::string message_of_errno(int number)
{
    return std::generic_category().message(number);
}

/// A new file next to `path`, which is removed by the destructor unless it was renamed.
class partial_file {
public:
    explicit partial_file(const std::filesystem::path& path) : path_(path)
    {
        // The permissions are those of any new file.
        constexpr mode_t everyone = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
        for (unsigned number = 0; descriptor_ < 0; ++number) {
            partial_ = concatenate(path.string(), ".partial-", getpid(), '-', number);
            descriptor_ = open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, everyone);
            if (descriptor_ < 0 && errno != EEXIST)
                fail_file(path, "cannot be opened for writing: ", message_of_errno(errno));
        }
    }
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;
    ~partial_file()
    {
        if (descriptor_ >= 0) close(descriptor_);
        if (!renamed_) unlink(partial_.c_str());
    }

    void write_all(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const auto written = write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            expect_written(written >= 0);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    /// Waits until the bytes are on the disk, closes the file and renames it.
    void commit()
    {
        expect_written(fsync(descriptor_) == 0);
        expect_written(close(std::exchange(descriptor_, -1)) == 0);
        expect_written(std::rename(partial_.c_str(), path_.c_str()) == 0);
        renamed_ = true;
    }

private:
    void expect_written(bool written) const
    {
        if (!written) fail_file(path_, "cannot be written: ", message_of_errno(errno));
    }

    std::filesystem::path path_;
    std::string partial_{};
    int descriptor_ = -1;
    bool renamed_ = false;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Writes the bytes to a temporary file in the same folder, waits until they are on the disk, and renames it to `path`.
/// Other programs see the old file or the complete new one; so does a program that runs after a crash.
///
/// The temporary file is called `path` with ".partial-", the id of the process and a number. It is removed if an error
/// occurs; it remains only if the process is killed during the call. A symbolic link is replaced, not followed. Throws
/// file_error if the file cannot be written, or `path` is a folder, a device or a pipe; then the old file is unchanged.
inline void replace_file(const std::filesystem::path& path, std::string_view bytes)
{
    std::error_code unknown;  // for example a folder that does not exist: reported when the file is opened
    const auto status = std::filesystem::status(path, unknown);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        detail::fail_file(path, "is not a regular file, so it cannot be replaced");
    detail::partial_file partial(path);
    partial.write_all(bytes);
    partial.commit();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
