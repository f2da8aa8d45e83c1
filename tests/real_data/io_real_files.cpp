// The published files, read whole.
#include "io/temporary_folder.hpp"
#include "support/real_data.hpp"

#include <reassess/data/image_names.hpp>
#include <reassess/io/io.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace ra = reassess;

TEST_CASE("real files: real.json is written as it is read")
{
    NEEDS_REAL_DATA(data);
    const ra::label_sets sets = ra::io::read_label_sets(data / "reassessed-imagenet" / "real.json");
    CHECK(sets.images() == 50000);
    CHECK(sets.labels() == 57553);
    std::size_t empty = 0;
    for (std::size_t image = 0; image < sets.images(); ++image) empty += sets[image].empty() ? 1 : 0;
    CHECK(empty == 3163);
    CHECK(std::ranges::max(sets.classes()) == 999);

    const test_support::temporary_folder folder;
    const auto copy = folder.path() / "copy.json";
    ra::io::write_label_sets(copy, sets);
    CHECK(ra::io::read_label_sets(copy) == sets);
}

TEST_CASE("real files: ImageNetV2's object and cleanlab's list name the images in one order")
{
    NEEDS_REAL_DATA(data);
    const auto names = ra::io::read_image_names(data / "imagenetv2" / "imagenet-validation-original.json");
    const auto paths = ra::io::read_image_names(data / "label-errors" / "imagenet_val_set_index_to_filepath.json");
    REQUIRE(names.size() == 50000);
    REQUIRE(paths.size() == 50000);
    CHECK(names[0] == "ILSVRC2012_val_00000293.JPEG");
    CHECK(paths[0] == "val/n01440764/ILSVRC2012_val_00000293.JPEG");
    CHECK(names[49999] == "ILSVRC2012_val_00049174.JPEG");
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (ra::base_name(paths[i]) != names[i]) FAIL_CHECK("image ", i, ": ", paths[i], " and ", names[i]);
    }
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == 50000);
}

TEST_CASE("real files: predictions, labels and probabilities")
{
    NEEDS_REAL_DATA(data);
    const ra::io::npy_file predictions(data / "imagenetv2" / "imagenet-validation-original" / "resnet50.npy");
    CHECK(predictions.dtype() == ra::io::npy_type::int64);
    REQUIRE(std::vector<std::size_t>(predictions.shape().begin(), predictions.shape().end()) ==
            std::vector<std::size_t>{50000, 5});
    const auto original = ra::io::read_labels(data / "label-errors" / "imagenet_val_set_original_labels.npy");
    REQUIRE(original.size() == 50000);
    const auto top5 = predictions.values<std::int64_t>();
    std::size_t correct = 0;
    for (std::size_t i = 0; i < original.size(); ++i) correct += top5[i * 5] == original[i] ? 1 : 0;
    CHECK(correct == 38065);

    const auto guessed =
        ra::io::read_labels(data / "label-errors" / "imagenet_val_set_pyx_argmax_predicted_labels.npy");
    CHECK(guessed.size() == 50000);

    const auto probabilities = ra::io::map_npy<double>(data / "label-errors" / "cifar10_test_set_pyx.npy");
    const auto labels = ra::io::read_labels(data / "label-errors" / "cifar10_test_set_original_labels.npy");
    CHECK(probabilities.view().images() == 10000);
    CHECK(probabilities.view().classes() == 10);
    REQUIRE(labels.size() == 10000);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double sum = 0.0;
        for (std::size_t c = 0; c < 10; ++c) sum += probabilities.view().row(i)[c];
        if (!(sum > 0.99 && sum < 1.01)) FAIL_CHECK("row ", i, " sums to ", sum);
        if (labels[i] < 0 || labels[i] > 9) FAIL_CHECK("label ", labels[i], " of image ", i);
    }
}

TEST_CASE("real files: timm's result tables, joined by model and size")
{
    NEEDS_REAL_DATA(data);
    const auto original = ra::io::read_csv(data / "timm" / "results-imagenet.csv");
    const auto real = ra::io::read_csv(data / "timm" / "results-imagenet-real.csv");
    CHECK(original.rows() == 1556);
    CHECK(real.rows() == 1556);
    const std::vector<std::string> key{"model", "img_size"};
    const auto joined = ra::io::join_tables(original, real, key);
    CHECK(joined.rows.size() == 1556);
    CHECK(joined.only_left.empty());
    CHECK(joined.only_right.empty());
    // Each file is sorted by its own accuracy, so rows do not meet by position.
    CHECK(std::ranges::any_of(joined.rows, [](const auto& row) { return row.left != row.right; }));

    // timm also prints the difference of the two accuracies.
    const auto x = original.numbers("top1");
    const auto y = real.numbers("top1");
    const auto difference = real.numbers("top1_diff");
    std::size_t other = 0;
    for (const auto& [left, right] : joined.rows)
        other += std::abs(y[right] - x[left] - difference[right]) > 0.0011 ? 1 : 0;
    CHECK(other == 0);

    const std::vector<std::string> model{"model"};
    CHECK_THROWS_AS((void)ra::io::join_tables(original, real, model), ra::io::file_error);
    CHECK_THROWS_AS((void)real.numbers("param_count"), ra::io::file_error);
    CHECK(std::ranges::max(real.numbers("param_count", {.thousands = ra::io::thousands_separator::accept})) > 1000.0);
}
