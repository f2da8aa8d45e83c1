// tests/reference/expected.json: figures that an independent program computed from the real files.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace test_support {

inline const nlohmann::json& expected_figures()
{
    static const nlohmann::json figures = [] {
        std::ifstream stream(REASSESS_TEST_REFERENCE_DIR "/expected.json");
        REQUIRE(stream.is_open());
        return nlohmann::json::parse(stream);
    }();
    return figures;
}

}  // namespace test_support
