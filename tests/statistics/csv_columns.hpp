// Minimal CSV reader for test tables: columns by name, quotes, comment lines.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace test_support {

inline std::vector<std::string> csv_cells(const std::string& line)
{
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

inline std::map<std::string, std::vector<std::string>> csv_columns(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    REQUIRE_MESSAGE(stream.is_open(), "cannot open ", file.string());
    std::map<std::string, std::vector<std::string>> columns;
    std::vector<std::string> names;
    for (std::string line; std::getline(stream, line);) {
        if (line.empty() || line[0] == '#') continue;
        const std::vector<std::string> cells = csv_cells(line);
        if (names.empty()) {
            names = cells;
            continue;
        }
        REQUIRE(cells.size() == names.size());
        for (std::size_t i = 0; i < cells.size(); ++i) columns[names[i]].push_back(cells[i]);
    }
    return columns;
}

inline std::vector<double> numbers(const std::vector<std::string>& cells)
{
    std::vector<double> values;
    for (const std::string& cell : cells) values.push_back(std::stod(cell));
    return values;
}

inline std::filesystem::path reference_file(const char* name)
{
    return std::filesystem::path(REASSESS_TEST_REFERENCE_DIR) / name;
}

}  // namespace test_support
