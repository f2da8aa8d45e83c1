// The cross-validated predictions of the ImageNet validation set, against the independent reference.
#include "support/real_data.hpp"

#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/labeling/clean_labels.hpp>
#include <reassess/labeling/folds.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("clean labels: of 50,000 images as many are kept as by the reference")
{
    NEEDS_REAL_DATA(data);
    std::ifstream file(std::string(REASSESS_TEST_REFERENCE_DIR) + "/expected.json");
    const auto expected = nlohmann::json::parse(file)["imagenet"]["clean_label_filter"];
    const auto labels = ra::io::read_labels(data / "label-errors/imagenet_val_set_original_labels.npy");
    const ra::io::npy_file predictions(data / "label-errors/imagenet_val_set_pyx_argmax_predicted_labels.npy");
    const auto ranks =
        ra::rank(ra::par, ra::predictions_view(predictions.values<std::uint16_t>()), 1000, {.original = labels});
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
    const auto folds = ra::assign_folds_by_class(labels);
    std::vector<int> of_class_and_fold(10'000);
    for (std::size_t i = 0; i < labels.size(); ++i)
        ++of_class_and_fold[static_cast<std::size_t>(labels[i]) * 10 + folds[i]];
    CHECK(std::count(of_class_and_fold.begin(), of_class_and_fold.end(), 5) == 10'000);
}
