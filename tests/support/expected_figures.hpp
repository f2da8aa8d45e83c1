// Figures that an independent program computed from the real files, and other JSON files.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace test_support {

/// The file's value; the test case ends where there is none.
nlohmann::json read_json(const std::filesystem::path& path);

/// tests/reference/expected.json.
const nlohmann::json& expected_figures();

}  // namespace test_support
