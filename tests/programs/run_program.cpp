// A parser of JSON takes seconds to compile, so it is compiled once.
#include "run_program.hpp"

#include <sys/wait.h>

#include <fstream>
#include <iterator>

namespace test_support {

std::string read_all(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file, "no file ", path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_all(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

nlohmann::json program_result::json() const
{
    return nlohmann::json::parse(output);
}

program_result run_program(const std::vector<std::string>& command)
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

void check_fails(const program_result& result, int status, const std::string& part)
{
    CHECK(result.status == status);
    CHECK(result.output == "");
    CHECK_MESSAGE(result.errors.find(part) != std::string::npos, "expected '", part, "' in: ", result.errors);
    CHECK_MESSAGE(result.errors.find('\n') == result.errors.size() - 1, "expected one line: ", result.errors);
}

}  // namespace test_support
