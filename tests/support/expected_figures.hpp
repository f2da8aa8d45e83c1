// Expected values, computed from the real files by an independent program, and loading of JSON files.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace test_support {

/// The contents of the file; ends the test case if the file is missing.
nlohmann::json read_json(const std::filesystem::path& path);

/// tests/reference/expected.json.
const nlohmann::json& expected_figures();

}  // namespace test_support
