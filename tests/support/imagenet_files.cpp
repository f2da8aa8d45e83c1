// JSON readers of ImageNet files in one translation unit, because they take seconds to compile.
#include "imagenet_files.hpp"

#include <reassess/data/image_names.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>

namespace test_support {

imagenet_labels::imagenet_labels(const std::filesystem::path& data)
    : names(reassess::io::read_image_names(data / "label-errors/imagenet_val_set_index_to_filepath.json")),
      original(reassess::io::read_labels(data / "label-errors/imagenet_val_set_original_labels.npy")),
      real(reassess::align_by_number(label_sets_by_number(data), names))
{
}

reassess::label_sets label_sets_by_number(const std::filesystem::path& data)
{
    return reassess::io::read_label_sets(data / "reassessed-imagenet/real.json");
}

std::vector<reassess::class_index> cross_validated_predictions(const std::filesystem::path& data)
{
    return reassess::io::read_labels(data / "label-errors/imagenet_val_set_pyx_argmax_predicted_labels.npy");
}

}  // namespace test_support
