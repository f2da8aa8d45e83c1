// A folder for files that a test makes for itself; it goes when the test case ends.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

namespace test_support {

class temporary_folder {
public:
    temporary_folder()
    {
        static std::atomic<unsigned> count = 0;
        std::random_device random;
        do {
            path_ = std::filesystem::temp_directory_path() /
                    ("reassess_test_" + std::to_string(random()) + "_" + std::to_string(count++));
        } while (!std::filesystem::create_directory(path_));
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// A file in the folder with these bytes.
    [[nodiscard]] std::filesystem::path file(std::string_view name, std::string_view bytes) const
    {
        const std::filesystem::path path = path_ / name;
        std::filesystem::remove(path);  // ext4 waits for the disk when a file is shortened and written again
        std::ofstream out(path, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.close();
        REQUIRE(out.good());
        return path;
    }

private:
    std::filesystem::path path_;
};

/// An npy file's bytes: the dictionary as it is given, then the data.
[[nodiscard]] inline std::string npy_bytes(std::string_view dictionary, std::string_view data, char major = 1)
{
    std::string bytes = "\x93NUMPY";
    bytes += major;
    bytes += '\0';
    for (std::size_t i = 0; i < (major == 1 ? 2u : 4u); ++i)
        bytes += static_cast<char>(static_cast<unsigned char>(dictionary.size() >> (8 * i)));
    return bytes.append(dictionary).append(data);
}

/// The bytes of the values, one after the other.
template <class T, std::size_t count>
[[nodiscard]] std::string bytes_of(const T (&values)[count])
{
    return {reinterpret_cast<const char*>(values), sizeof(values)};
}

}  // namespace test_support
