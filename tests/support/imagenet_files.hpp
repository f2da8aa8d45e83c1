// ImageNet validation labels and published predictions, in the row order of the predictions.
#pragma once

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/data/top_k.hpp>
#include <reassess/io/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace test_support {

inline constexpr std::size_t imagenet_classes = 1000;

/// Original labels and ReaL label sets in the order of the published predictions: by wnid, then image number.
struct imagenet_labels {
    std::vector<std::string> names;
    std::vector<reassess::class_index> original;
    reassess::label_sets real;

    explicit imagenet_labels(const std::filesystem::path& data);

    [[nodiscard]] reassess::targets_view targets() const { return {.original = original, .real = real.view()}; }
};

/// The stored top-5 lists of one of the 24 published models.
class model_predictions {
public:
    model_predictions(const std::filesystem::path& data, const std::string& model)
        : file_(data / "imagenetv2/imagenet-validation-original" / (model + ".npy"))
    {
    }
    [[nodiscard]] reassess::top_k_view<std::int64_t> view() const
    {
        return {file_.values<std::int64_t>(), file_.shape()[1], imagenet_classes};
    }

private:
    reassess::io::npy_file file_;
};

/// real.json in its own order, by image number.
reassess::label_sets label_sets_by_number(const std::filesystem::path& data);

/// Cross-validated predictions of a model of label-errors, in the order of imagenet_labels.
std::vector<reassess::class_index> cross_validated_predictions(const std::filesystem::path& data);

/// ImageNet's animal classes.
inline std::vector<reassess::class_index> animals()
{
    std::vector<reassess::class_index> classes(398);
    std::iota(classes.begin(), classes.end(), 0);
    return classes;
}

}  // namespace test_support
