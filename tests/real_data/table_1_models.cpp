// Table 1's classes on four of the published models.
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace ra = reassess;

TEST_CASE("table 1: class accuracies of four models")
{
    NEEDS_REAL_DATA(data);
    const test_support::imagenet_labels labels(data);
    const nlohmann::json& models = test_support::expected_figures().at("table_1_models");
    REQUIRE(models.size() == 4);
    for (const auto& item : models.items()) {
        const std::string& name = item.key();
        const nlohmann::json& classes = item.value();
        INFO(name);
        const test_support::model_predictions predictions(data, name);
        const ra::evaluation e = ra::evaluate(ra::par, predictions.view(), labels.targets());
        REQUIRE(classes.size() == 5);
        for (const auto& [c, accuracy] : classes.items()) {
            CHECK(e.confirmed_class_accuracy(std::stoi(c)) ==
                  ra::proportion{accuracy[0].get<std::uint64_t>(), accuracy[1].get<std::uint64_t>()});
        }
    }
}
