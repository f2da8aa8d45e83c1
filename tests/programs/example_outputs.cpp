// Every program's output is kept in examples/output, below the command that it came from. Here the commands run again.
#include "../support/sanitizers.hpp"
#include "run_program.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

using test_support::run_program;
using test_support::temporary_folder;

namespace {

const std::filesystem::path examples = REASSESS_EXAMPLES_DIR;

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (begin < text.size()) lines.push_back(text.substr(begin));
    return lines;
}

/// "..." in what is kept stands for what changes from run to run.
bool matches(const std::string& line, const std::string& kept)
{
    std::size_t at = 0, begin = 0;
    for (;;) {
        const std::size_t gap = kept.find("...", begin);
        const std::string part = kept.substr(begin, gap == std::string::npos ? gap : gap - begin);
        const std::size_t found = begin == 0 ? (line.starts_with(part) ? 0 : std::string::npos) : line.find(part, at);
        if (found == std::string::npos) return false;
        at = found + part.size();
        if (gap == std::string::npos) return at == line.size() || (begin != 0 && line.ends_with(part));
        begin = gap + 3;
    }
}

}  // namespace

TEST_CASE("examples: every program has its output kept")
{
    std::set<std::string> programs, kept;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        // program.cpp is a part of them all, and no program.
        if (entry.path().extension() == ".cpp" && entry.path().stem() != "program")
            programs.insert(entry.path().stem());
    }
    for (const auto& entry : std::filesystem::directory_iterator(examples / "output")) kept.insert(entry.path().stem());
    CHECK(programs == kept);
}

TEST_CASE("examples: every program prints what is kept")
{
    const temporary_folder folder;
    const std::string programs = std::filesystem::path(REASSESS_PAPER_PROGRAM).parent_path();
    const auto in_folder = [&](const std::string& command) {
        return run_program(
            {"sh", "-c", "cd '" + folder / "." + "' && PATH='" + programs + ":'\"$PATH\" && " + command});
    };
    std::filesystem::create_directory_symlink(examples / "data", folder / "data");
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(examples / "output")) files.push_back(entry.path());
    // What the others read is simulated first.
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        const auto key = [](const auto& path) { return std::pair(path.stem() != "simulate_validation_set", path); };
        return key(a) < key(b);
    });
    for (const std::filesystem::path& file : files) {
        CAPTURE(file.string());
        // Sanitizers do not know OpenMP's threads.
        if (test_support::under_sanitizer && file.stem() == "own_pool") continue;
        const std::vector<std::string> kept = lines_of(test_support::read_all(file));
        REQUIRE(!kept.empty());
        for (std::size_t i = 0; i < kept.size();) {
            REQUIRE_MESSAGE(kept[i].starts_with("$ "), "no command: ", kept[i]);
            const std::string command = kept[i].substr(2);
            const auto run = in_folder(command);
            REQUIRE_MESSAGE(run.status == 0, command, ": ", run.errors);
            for (const std::string& line : lines_of(run.output)) {
                ++i;
                REQUIRE_MESSAGE(i < kept.size(), command, " also prints: ", line);
                CHECK_MESSAGE(matches(line, kept[i]), command, " prints '", line, "', kept is '", kept[i], "'");
            }
            ++i;
        }
    }
}
