// JSON loading for tests in one translation unit, because the JSON parser takes seconds to compile.
#include "expected_figures.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace test_support {

nlohmann::json read_json(const std::filesystem::path& path)
{
    std::ifstream stream(path);
    REQUIRE_MESSAGE(stream.is_open(), "cannot open ", path.string());
    return nlohmann::json::parse(stream);
}

const nlohmann::json& expected_figures()
{
    static const nlohmann::json figures = read_json(REASSESS_TEST_REFERENCE_DIR "/expected.json");
    return figures;
}

}  // namespace test_support
