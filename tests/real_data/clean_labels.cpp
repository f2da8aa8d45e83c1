// The cross-validated predictions of the ImageNet validation set, against the independent reference.
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"

#include <reassess/labeling/clean_labels.hpp>
#include <reassess/labeling/folds.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("clean labels: of 50,000 images as many are kept as by the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures()["imagenet"]["clean_label_filter"];
    const std::vector<ra::class_index> labels = test_support::imagenet_labels(data).original;
    const std::vector<ra::class_index> predictions = test_support::cross_validated_predictions(data);
    const auto ranks = ra::rank(ra::par, ra::top_k_view(predictions, 1, 1000), {.original = labels});
    const auto cleaned = ra::clean_labels(ranks, labels);
    CHECK(cleaned.kept.size() == expected["kept"].get<std::size_t>());
    CHECK(cleaned.share == ra::proportion{expected["kept"].get<std::uint64_t>(), expected["of"].get<std::uint64_t>()});
    ra::proportion sum;
    for (const ra::proportion& of_class : cleaned.by_class) {
        CHECK(of_class.total == 50);
        sum.hits += of_class.hits;
        sum.total += of_class.total;
    }
    CHECK(sum == cleaned.share);

    // Folds by class: five images of every class in each.
    const auto folds = ra::assign_folds_by_class(labels, ra::random_seed(0));
    std::vector<int> of_class_and_fold(10'000);
    for (std::size_t i = 0; i < labels.size(); ++i)
        ++of_class_and_fold[static_cast<std::size_t>(labels[i]) * 10 + folds[i]];
    CHECK(std::count(of_class_and_fold.begin(), of_class_and_fold.end(), 5) == 10'000);
}
