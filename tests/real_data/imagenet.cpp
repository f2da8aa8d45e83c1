// ImageNet's validation labels: sets, oracle, co-occurrence, and the labels and a cross-validated model against them.
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/data/image_names.hpp>
#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ra = reassess;
using nlohmann::json;
using test_support::animals;
using test_support::cross_validated_predictions;
using test_support::expected_figures;
using test_support::imagenet_classes;
using test_support::imagenet_labels;
using test_support::relative_error;

namespace {

/// One prediction an image: of the model that label-errors cross-validated, or the original labels themselves.
ra::evaluation<> evaluate_predictions(const std::vector<ra::class_index>& predictions, const imagenet_labels& labels)
{
    return ra::evaluate(ra::par, ra::top_k_view(predictions, 1, imagenet_classes), labels.targets());
}

}  // namespace

TEST_CASE("imagenet: sizes of the label sets")
{
    NEEDS_REAL_DATA(data);
    const json& expected = expected_figures().at("imagenet");
    const imagenet_labels labels(data);
    const ra::label_summary summary = ra::summarise(labels.targets(), {.classes = imagenet_classes});
    CHECK(summary.images() == expected.at("images").get<std::uint64_t>());
    CHECK(summary.labels() == expected.at("labels").get<std::uint64_t>());
    CHECK(summary.with_real_labels() == expected.at("images_with_labels").get<std::uint64_t>());
    CHECK(summary.with_real_labels() == 46837);
    CHECK(summary.set_size_histogram() == expected.at("set_size_histogram").get<std::vector<std::uint64_t>>());
    CHECK(summary.set_size_histogram().size() == expected.at("largest_set").get<std::size_t>() + 1);
    CHECK(summary.without_real_labels() == expected.at("set_size_histogram")[0].get<std::uint64_t>());
    CHECK(summary.missing_labels() == 0);
    CHECK(summary.multi_label().hits == expected.at("multi_label_images").get<std::uint64_t>());
    CHECK(summary.multi_label().value() == expected.at("multi_label_share_of_judged").get<double>());
    // 24,889 images were rated; each with several labels is among them.
    CHECK(ra::proportion{summary.multi_label().hits, 24889}.value() ==
          expected.at("multi_label_share_of_rated").get<double>());
    CHECK(relative_error(summary.chance().value(),
                         expected.at("mean_set_size_of_judged_over_classes_is_chance").get<double>()) < 1e-15);
}

TEST_CASE("imagenet: the order of the sets is not that of the predictions, and joining by position gives nonsense")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    const ra::label_sets by_number = test_support::label_sets_by_number(data);
    CHECK(!(by_number == labels.real));
    CHECK(ra::align(by_number, ra::imagenet_validation_names(), labels.names) == labels.real);
    const ra::label_summary by_position =
        ra::summarise({.original = labels.original, .real = by_number.view()}, {.classes = imagenet_classes});
    CHECK(by_position.original_labels_real().value() < 0.01);
}

TEST_CASE("imagenet: the original labels as a model")
{
    NEEDS_REAL_DATA(data);
    const json& expected = expected_figures().at("imagenet").at("original_labels_as_a_model");
    const imagenet_labels labels(data);
    const ra::proportion wanted{expected.at("real_hits").get<std::uint64_t>(), 46837};
    CHECK(wanted == ra::proportion{42164, 46837});
    CHECK(ra::summarise(labels.targets(), {.classes = imagenet_classes}).original_labels_real() == wanted);
    const ra::evaluation as_model = evaluate_predictions(labels.original, labels);
    CHECK(as_model.real(1) == wanted);
    CHECK(as_model.top_k(1) == ra::proportion{50000, 50000});
    CHECK(as_model.preference() == ra::preference_counts{});
}

TEST_CASE("imagenet: the cross-validated predictions, with their preference")
{
    NEEDS_REAL_DATA(data);
    const json& expected = expected_figures().at("imagenet").at("cross_validated_predictions");
    const imagenet_labels labels(data);
    const ra::evaluation e = evaluate_predictions(cross_validated_predictions(data), labels);
    CHECK(e.top_k(1) == ra::proportion{expected.at("original_hits").get<std::uint64_t>(), 50000});
    CHECK(e.real(1) == ra::proportion{expected.at("real_hits").get<std::uint64_t>(), 46837});
    const ra::preference_counts preference = e.preference();
    const json& counts = expected.at("preference");
    CHECK(preference.model_preferred == counts.at("model_preferred").get<std::uint64_t>());
    CHECK(preference.label_preferred == counts.at("label_preferred").get<std::uint64_t>());
    CHECK(preference.both_correct == counts.at("both_correct").get<std::uint64_t>());
    CHECK(preference.both_wrong == counts.at("both_wrong").get<std::uint64_t>());
    CHECK(preference.both_wrong_without_labels == counts.at("of_both_wrong_no_labels").get<std::uint64_t>());
    CHECK(relative_error(preference.ratio().value(), expected.at("preference_ratio").get<double>()) < 1e-15);
    CHECK(!e.ties().has_value());
}

TEST_CASE("imagenet: the clean-label filter keeps the images whose cross-validated prediction is the original label")
{
    NEEDS_REAL_DATA(data);
    const json& expected = expected_figures().at("imagenet").at("clean_label_filter");
    const imagenet_labels labels(data);
    const ra::evaluation e = evaluate_predictions(cross_validated_predictions(data), labels);
    CHECK(e.top_k(1) ==
          ra::proportion{expected.at("kept").get<std::uint64_t>(), expected.at("of").get<std::uint64_t>()});
    CHECK(e.confusion().top_mistakes(1000000).size() > 0);
    std::uint64_t kept = 0;
    const std::vector<std::uint64_t> matrix = e.confusion().dense();
    for (std::size_t c = 0; c < imagenet_classes; ++c) kept += matrix[c * imagenet_classes + c];
    CHECK(kept == expected.at("kept").get<std::uint64_t>());
}

TEST_CASE("imagenet: the unbiased oracle")
{
    NEEDS_REAL_DATA(data);
    const json& expected = expected_figures().at("imagenet").at("oracle");
    const imagenet_labels labels(data);
    const ra::label_summary summary = ra::summarise(labels.targets(), {.classes = imagenet_classes});
    CHECK(summary.oracle_images() == expected.at("images").get<std::uint64_t>());
    CHECK(summary.ambiguous_classes().size() == expected.at("classes_below_90_percent").get<std::size_t>());
    const std::vector<ra::class_index> left_out = animals();
    CHECK(summary.ambiguous_classes({.excluded_classes = left_out}).size() ==
          expected.at("of_those_not_animals").get<std::size_t>());
    const ra::class_mean mean = summary.mean_oracle_accuracy();
    CHECK(mean.classes == imagenet_classes);
    CHECK(relative_error(mean.value.value(), expected.at("mean_class_accuracy").get<double>()) < 1e-12);
    const std::vector<ra::class_oracle> oracle = summary.oracle();
    const auto lowest = std::min_element(oracle.begin(), oracle.end(), [](const auto& a, const auto& b) {
        return a.accuracy.value() < b.accuracy.value();
    });
    CHECK(lowest - oracle.begin() == expected.at("minimum")[0].get<std::ptrdiff_t>());
    CHECK(relative_error(lowest->accuracy.value(), expected.at("minimum")[1].get<double>()) < 1e-14);
}

TEST_CASE("imagenet: Table 1, co-occurring classes and the accuracies of a model and the oracle")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    const ra::label_summary summary = ra::summarise(labels.targets(), {.classes = imagenet_classes});
    const ra::evaluation model = evaluate_predictions(cross_validated_predictions(data), labels);
    const std::vector<ra::class_oracle> oracle = summary.oracle();
    for (const auto& item : expected_figures().at("imagenet").at("table_1").items()) {
        const std::string& name = item.key();
        const json& expected = item.value();
        INFO(name);
        const auto c = expected.at("class_index").get<ra::class_index>();
        const auto images = expected.at("images").get<std::uint64_t>();
        const ra::class_oracle& of_class = oracle[static_cast<std::size_t>(c)];
        CHECK(of_class.images == images);
        CHECK(relative_error(of_class.accuracy.value(), expected.at("oracle_accuracy").get<double>()) < 1e-14);
        CHECK(model.confirmed_class_accuracy(c).total == images);
        CHECK(relative_error(model.confirmed_class_accuracy(c).value(), expected.at("model_accuracy").get<double>()) <
              1e-14);
        const std::vector<ra::co_occurrence> pairs = summary.co_occurrences(c);
        const json& wanted = expected.at("cooccurring");
        REQUIRE(pairs.size() >= wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CHECK(pairs[i].c == c);
            CHECK(pairs[i].other == wanted[i][0].get<ra::class_index>());
            CHECK(pairs[i].images == ra::proportion{wanted[i][1].get<std::uint64_t>(), images});
        }
    }
}
