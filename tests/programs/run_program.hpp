// Runs a program as a shell would and catches what it prints.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace test_support {

/// A folder of its own that goes with the object.
class temporary_folder {
public:
    temporary_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "reassess-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string operator/(const std::string& file) const { return (path_ / file).string(); }

private:
    std::filesystem::path path_;
};

std::string read_all(const std::string& path);
void write_all(const std::string& path, const std::string& text);

struct program_result {
    int status = -1;
    std::string output{};
    std::string errors{};

    [[nodiscard]] nlohmann::json json() const;
};

program_result run_program(const std::vector<std::string>& command);

/// Bad usage and bad data say what is wrong in one line.
void check_fails(const program_result& result, int status, const std::string& part);

}  // namespace test_support
