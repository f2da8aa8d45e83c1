// Runs a program as a shell would and catches what it prints.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
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

inline std::string read_all(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file, "no file ", path);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

struct program_result {
    int status = -1;
    std::string output{};
    std::string errors{};

    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(output); }
};

inline program_result run_program(const std::vector<std::string>& command)
{
    const temporary_folder folder;
    std::string line;
    for (const std::string& word : command) {
        line += "'";
        for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
        line += "' ";
    }
    const int status = std::system((line + "> '" + folder / "output" + "' 2> '" + folder / "errors" + "'").c_str());
    REQUIRE(WIFEXITED(status));
    return {WEXITSTATUS(status), read_all(folder / "output"), read_all(folder / "errors")};
}

/// Bad usage and bad data say what is wrong in one line.
inline void check_fails(const program_result& result, int status, const std::string& part)
{
    CHECK(result.status == status);
    CHECK(result.output == "");
    CHECK_MESSAGE(result.errors.find(part) != std::string::npos, "wanted '", part, "' in: ", result.errors);
    CHECK_MESSAGE(result.errors.find('\n') == result.errors.size() - 1, "wanted one line: ", result.errors);
}

}  // namespace test_support
