// Fig. 6: sorted accuracies over the ambiguous classes that are not animals, models against the unbiased oracle.
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;

namespace {

double mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("figure 6: no model dominates the oracle")
{
    NEEDS_REAL_DATA(data);
    const nlohmann::json& expected = test_support::expected_figures().at("figure_6");
    const test_support::imagenet_labels labels(data);
    const ra::label_summary targets = ra::summarise(labels.targets(), {.classes = test_support::imagenet_classes});
    const std::vector<ra::class_index> left_out = test_support::animals();
    const std::vector<ra::class_index> classes = targets.ambiguous_classes({.excluded_classes = left_out});
    REQUIRE(classes.size() == expected.at("classes").get<std::size_t>());
    std::size_t models = 0;
    for (const auto& item : expected.items()) {
        const std::string& name = item.key();
        const nlohmann::json& figures = item.value();
        if (!figures.is_object()) continue;
        INFO(name);
        ++models;
        const test_support::model_predictions predictions(data, name);
        const ra::evaluation model = ra::evaluate(ra::par, predictions.view(), labels.targets());
        const ra::class_curves curves = ra::sorted_class_curves(targets, model, classes);
        CHECK(curves.classes_left_out == 0);
        CHECK(std::is_sorted(curves.model.begin(), curves.model.end(), std::greater<>()));
        CHECK(std::is_sorted(curves.oracle.begin(), curves.oracle.end(), std::greater<>()));
        CHECK(relative_error(mean(curves.oracle), expected.at("oracle_mean").get<double>()) < 1e-12);
        CHECK(relative_error(mean(curves.model), figures.at("mean").get<double>()) < 1e-12);
        CHECK(
            curves.at_or_above_oracle() ==
            ra::proportion{figures.at("sorted_positions_at_or_above_the_oracle").get<std::uint64_t>(), classes.size()});
        CHECK(!curves.dominates());
    }
    CHECK(models == 4);
}
