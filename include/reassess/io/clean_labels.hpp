// Folds of a training set and the classes of its cleaned labels as CSV.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../labeling/clean_labels.hpp"
#include "../version.hpp"
#include "csv_writer.hpp"
#include "image_names.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// `row,image,fold`: one line per image. Without names the image is its row. Throws std::invalid_argument if there are
/// names, but not one per image. O(images).
[[nodiscard]] inline csv_writer folds_csv(std::span<const std::uint32_t> fold_of, std::span<const std::string> names)
{
    detail::expects(names.empty() || names.size() == fold_of.size(), "folds: ", names.size(), " names of ",
                    fold_of.size(), " images");
    csv_writer table({"row", "image", "fold"});
    for (std::size_t row = 0; row < fold_of.size(); ++row) table.add_row(row, image_name(names, row), fold_of[row]);
    return table;
}

/// `class,images,kept,share`: one line per class; the share is empty without images. O(classes).
[[nodiscard]] inline csv_writer cleaned_classes_csv(const cleaned_labels& cleaned)
{
    csv_writer table({"class", "images", "kept", "share"});
    for (std::size_t c = 0; c < cleaned.by_class.size(); ++c) {
        const proportion kept = cleaned.by_class[c];
        table.add_row(c, kept.total, kept.hits, kept.try_value());
    }
    return table;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
