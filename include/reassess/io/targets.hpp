// Original labels and ReaL label sets from files, joined with the rows of predictions by name, number or position.
#pragma once

#include "../data/image_names.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "image_names.hpp"
#include "label_sets.hpp"
#include "labels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// How label sets are assigned to rows of predictions.
enum class label_set_join {
    /// Set i belongs to row i.
    by_position,
    /// Set i belongs to the row whose image name ends in the number i + 1 (real.json).
    by_number,
    /// A set belongs to the row with the same image name, without folders.
    by_name,
};

/// "label sets joined by position", for reports.
[[nodiscard]] constexpr std::string_view describe(label_set_join join) noexcept
{
    switch (join) {
        case label_set_join::by_position:
            return "label sets joined by position";
        case label_set_join::by_number:
            return "label sets joined by the number at the end of the image name";
        default:
            return "label sets joined by image name";
    }
}

/// Owned labels of images, in the order of the rows of predictions.
struct image_targets {
    /// Empty if no file of them is given.
    std::optional<std::vector<class_index>> original{};
    /// Empty if no file of them is given.
    std::optional<label_sets> real{};
    /// The image of every row; empty if names are not given.
    std::vector<std::string> names{};
    label_set_join join = label_set_join::by_position;

    /// Valid as long as this object lives and is not changed.
    [[nodiscard]] targets_view view() const
    {
        targets_view view;
        if (original) view.original = *original;
        if (real) view.real = real->view();
        return view;
    }

    /// The largest label of either kind; nothing if there are no labels. O(labels).
    [[nodiscard]] std::optional<class_index> largest_class() const
    {
        std::optional<class_index> largest;
        const auto see = [&](class_index label) {
            if (label != missing_label && (!largest || label > *largest)) largest = label;
        };
        if (original) std::for_each(original->begin(), original->end(), see);
        if (real) std::for_each(real->classes().begin(), real->classes().end(), see);
        return largest;
    }
};

/// Files of labels; an empty path is a file that is not given.
struct target_files {
    /// Original labels in the order of the rows: see read_labels.
    std::filesystem::path original{};
    /// Label sets: see read_label_sets.
    std::filesystem::path real{};
    /// The image of every row: see read_image_names.
    std::filesystem::path names{};
    /// The image of every label set, which joins them by name. Needs `names`.
    std::filesystem::path real_names{};
    /// See read_labels_options.
    std::optional<std::int64_t> ignore_label{};
};

/// Throws file_error unless there are as many names in the file `path` as images; `what` names what is counted
/// ("original labels").
inline void expect_names(const std::filesystem::path& path, std::size_t names, std::size_t images,
                         std::string_view what)
{
    if (names != images) detail::fail_file(path, names, " image names, but ", images, " ", what);
}

/// One more than the largest of these classes, for data whose number of classes is not given; empty elements do not
/// count. Throws std::invalid_argument for more than 10,000,000 classes, because a single invalid value in a file would
/// otherwise allocate gigabytes of counters.
[[nodiscard]] inline std::size_t count_classes(std::span<const std::optional<class_index>> largest)
{
    constexpr std::int64_t most = 10'000'000;
    std::int64_t classes = 0;
    for (const std::optional<class_index>& one : largest) {
        if (one) classes = std::max(classes, std::int64_t{*one} + 1);
    }
    detail::expects(classes <= most, "the largest class in predictions, labels and sets is ", classes - 1,
                    ", expected less than ", most, "; if it is correct, specify the number of classes");
    return static_cast<std::size_t>(classes);
}

/// The label sets of a file in the order of the rows that `names` names: joined by name if `sets_names` names the sets,
/// else by number if there are names, else by position.
///
/// Throws file_error, naming the file, if names and sets do not match: see align and align_by_number. O(labels).
[[nodiscard]] inline label_sets read_aligned_label_sets(const std::filesystem::path& sets_path,
                                                        const std::filesystem::path& sets_names,
                                                        const std::vector<std::string>& names)
{
    label_sets sets = read_label_sets(sets_path);
    try {
        if (!sets_names.empty()) return align(sets, read_image_names(sets_names), names);
        if (!names.empty()) return align_by_number(sets, names);
    } catch (const std::invalid_argument& error) {
        detail::fail_file(sets_path, error.what());
    }
    return sets;
}

/// Reads the labels of a data set and joins them with the rows of predictions: original labels are in the order of the
/// rows; label sets are joined by name if `real_names` is given, else by number if `names` is given, else by position.
///
/// Throws std::invalid_argument for no labels and for `real_names` without `names`; file_error for a file that cannot
/// be read or joined, and if the numbers of original labels and names differ. O(labels).
[[nodiscard]] inline image_targets read_targets(const target_files& files)
{
    detail::expects(!files.original.empty() || !files.real.empty(), "targets: no file of labels is given");
    detail::expects(files.real_names.empty() || !files.names.empty(),
                    "targets: names of the label sets need names of the rows");
    image_targets result;
    if (!files.original.empty()) result.original = read_labels(files.original, {.ignore_label = files.ignore_label});
    if (!files.names.empty()) {
        result.names = read_image_names(files.names);
        if (result.original) expect_names(files.names, result.names.size(), result.original->size(), "original labels");
    }
    if (files.real.empty()) return result;
    result.real = read_aligned_label_sets(files.real, files.real_names, result.names);
    result.join = !files.real_names.empty() ? label_set_join::by_name
                  : !files.names.empty()    ? label_set_join::by_number
                                            : label_set_join::by_position;
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
