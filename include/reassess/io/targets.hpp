// Original labels and ReaL label sets from files, joined with the rows of predictions by name, number or position.
#pragma once

#include "../data/class_orders.hpp"
#include "../data/image_names.hpp"
#include "../data/image_selection.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "csv.hpp"
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

/// How label sets, or original labels, are assigned to rows of predictions.
enum class label_set_join {
    /// Set i belongs to row i.
    by_position,
    /// Set i belongs to the row whose image name ends in the number i + 1 (real.json).
    by_number,
    /// A set belongs to the row with the same image name: see match_names.
    by_name,
    /// Set i belongs to the row with the id i.
    by_id,
};

/// "label sets joined by position", for reports.
[[nodiscard]] constexpr std::string_view describe(label_set_join join) noexcept
{
    switch (join) {
        case label_set_join::by_position:
            return "label sets joined by position";
        case label_set_join::by_number:
            return "label sets joined by the number at the end of the image name";
        case label_set_join::by_id:
            return "label sets joined by image id";
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
    label_set_join original_join = label_set_join::by_position;
    /// Labels and label sets in the files, which may be of more images than the rows are.
    std::size_t original_in_file = 0;
    std::size_t sets_in_file = 0;

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
    /// Original labels, by name if the file names its images, else in the order of the rows: see read_named_labels.
    std::filesystem::path original{};
    /// Label sets, by name if the file names its images: see read_named_label_sets.
    std::filesystem::path real{};
    /// The image of every row: see read_image_names.
    std::filesystem::path names{};
    /// The image of every label set, which joins them by name. Needs names of the rows.
    std::filesystem::path real_names{};
    /// See read_labels_options.
    std::optional<std::int64_t> ignore_label{};
    /// The classes that names in the files mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
    /// The separator of cells in CSV.
    csv_options csv{};
};

/// Throws file_error unless there are as many names in the file `path` as images; `what` names what is counted
/// ("original labels").
inline void expect_names(const std::filesystem::path& path, std::size_t names, std::size_t images,
                         std::string_view what)
{
    if (names != images) detail::fail_file(path, names, " image names, but ", images, " ", what);
}

/// Throws file_error if a file of predictions may be transposed: it has another number of rows than there are images
/// with labels, but as many columns.
inline void expect_images_in_rows(const std::filesystem::path& path, std::size_t rows, std::size_t columns,
                                  std::size_t images)
{
    if (rows != images && columns == images) {
        detail::fail_file(path, "has shape (", rows, ", ", columns, "), but labels are given for ", images,
                          " images, expected one row per image; its columns are as many: if it is transposed, save "
                          "array.T");
    }
}

/// Throws file_error if the rows of a file name their images (`rows`) and are not those of `names` in the same order;
/// for programs that read rows by position. Without names on either side there is nothing to compare. O(names).
inline void expect_same_order(const std::filesystem::path& path, std::span<const std::string> rows,
                              std::span<const std::string> names)
{
    if (rows.empty() || names.empty()) return;
    std::vector<std::size_t> places;
    try {
        places = match_names(rows, names);
    } catch (const std::invalid_argument& error) {
        detail::fail_file(path, error.what());
    }
    for (std::size_t row = 0; row < places.size(); ++row) {
        if (places[row] != row) {
            detail::fail_file(path, "row ", row, " is of the image ", detail::in_quotes(rows[row]), ", expected ",
                              detail::in_quotes(names[row]), ": rows must be in the order of the names");
        }
    }
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

/// Throws file_error, naming file, image and remedy, for a label outside [0, classes). `files` are those of the
/// targets. O(labels).
inline void expect_classes(const image_targets& targets, std::size_t classes, const target_files& files)
{
    const auto outside = [&](class_index label) { return label < 0 || std::cmp_greater_equal(label, classes); };
    if (targets.original) {
        std::optional<std::size_t> first;
        class_index value = missing_label;
        bool one_value = true;
        for (std::size_t image = 0; image < targets.original->size(); ++image) {
            const class_index label = (*targets.original)[image];
            if (label == missing_label || !outside(label)) continue;
            if (!first) {
                first = image;
                value = label;
            }
            one_value = one_value && label == value;
        }
        if (first) {
            detail::fail_file(
                files.original, "original label ", value, " of image ", *first, " is outside [0, ", classes, ")",
                classes == 1 ? "; there is one class, because the scores have a single column: two classes need two "
                               "columns (1 - p and p), and predicted classes are not scores (--predictions)"
                : !one_value ? "; other labels are, too: is the number of classes right?"
                : !std::cmp_equal(value, classes)
                    ? detail::concatenate("; if it means that there is no label, give --ignore-label ", value)
                : classes == detail::imagenet_classes
                    ? "; if these are the ILSVRC devkit's numbers, 1 to 1000, give --class-order devkit; if labels "
                      "only start at 1, subtract 1"
                    : "; if labels start at 1, subtract 1");
        }
    }
    if (!targets.real) return;
    for (std::size_t image = 0; image < targets.real->images(); ++image) {
        for (const class_index label : (*targets.real)[image]) {
            if (outside(label))
                detail::fail_file(files.real, "ReaL label ", label, " of image ", image, " is outside [0, ", classes,
                                  ")");
        }
    }
}

/// The images of the rows of predictions. Without names and ids, labels are joined by position.
struct image_rows {
    /// The image of every row, or empty.
    std::vector<std::string> names{};
    /// The position of every row's image among the labels, from 0, or empty; not together with names.
    std::vector<std::size_t> ids{};
    /// If the files have more rows than are counted, because images are repeated: the row in the files of every row,
    /// the repeated rows, and the rows of the files. Labels that are joined by position are in this order.
    std::vector<std::size_t> positions{};
    std::vector<repeated_row> repeated{};
    std::size_t in_files = 0;
    /// The file that has the names, for messages; empty: that of target_files.
    std::filesystem::path names_file{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Calls join() and names the file in its error.
template <class Join>
[[nodiscard]] auto join_of_file(const std::filesystem::path& path, Join join)
{
    try {
        return join();
    } catch (const std::invalid_argument& error) {
        fail_file(path, error.what());
    } catch (const std::out_of_range& error) {
        fail_file(path, error.what());
    }
}

/// Labels (or label sets) of all rows of the files, without those of repeated rows. `equal` compares two of them.
template <class Labels, class Equal>
[[nodiscard]] auto without_repeated(const std::filesystem::path& path, const Labels& labels, std::size_t size,
                                    const io::image_rows& rows, Equal equal)
{
    if (size != rows.in_files)
        fail_file(path, "has labels of ", size, " images, but the predictions have ", rows.in_files, " rows");
    for (const repeated_row& one : rows.repeated) {
        if (!equal(one.first, one.row))
            fail_file(path, "the labels of rows ", one.first, " and ", one.row, ", which are the same image, differ");
    }
    return select_images(labels, rows.positions);
}

/// The label sets of a file in the order of the rows.
inline void read_real_targets(const io::target_files& files, const io::image_rows& rows, io::image_targets& to)
{
    io::named_label_sets found = io::read_named_label_sets(files.real, files.classes);
    to.sets_in_file = found.sets.images();
    if (!files.real_names.empty()) {
        if (!found.names.empty())
            fail_file(files.real_names, "names the label sets, but ", files.real.string(), " names them itself");
        found.names = io::read_image_names(files.real_names, files.csv);
    }
    if (!found.names.empty()) {
        // Rows without names are in the order of the sets.
        if (to.names.empty() && rows.ids.empty()) to.names = found.names;
        to.join = io::label_set_join::by_name;
        to.real = join_of_file(files.real, [&] {
            if (to.names.empty())
                fail_file(files.real,
                          "names its images, but the rows have ids: give names of the rows (--names) instead of --ids");
            return align(found.sets, found.names, to.names);
        });
    } else if (!rows.ids.empty()) {
        to.join = io::label_set_join::by_id;
        to.real = join_of_file(files.real, [&] { return select_images(found.sets.view(), rows.ids); });
    } else if (!to.names.empty()) {
        to.join = io::label_set_join::by_number;
        to.real = join_of_file(files.real, [&] { return align_by_number(found.sets, to.names); });
    } else if (!rows.repeated.empty()) {
        const label_sets_view sets = found.sets.view();
        to.real = without_repeated(files.real, sets, sets.images(), rows, [&](std::size_t a, std::size_t b) {
            return std::equal(sets[a].begin(), sets[a].end(), sets[b].begin(), sets[b].end());
        });
    } else {
        to.real = std::move(found.sets);
    }
}

/// The original labels of a file in the order of the rows.
inline void read_original_targets(const io::target_files& files, const io::image_rows& rows, io::image_targets& to)
{
    io::named_labels found = io::read_named_labels(files.original, {files.ignore_label, files.classes, files.csv});
    to.original_in_file = found.labels.size();
    const auto in_rows = [&](std::span<const std::size_t> places) {
        return select_images(std::span<const class_index>(found.labels), places);
    };
    if (!rows.ids.empty()) {
        if (!found.names.empty()) {
            fail_file(files.original,
                      "names its images, but the rows have ids: give names of the rows (--names) instead of --ids");
        }
        to.original_join = io::label_set_join::by_id;
        to.original = join_of_file(files.original, [&] { return in_rows(rows.ids); });
    } else if (found.names.empty() && !rows.repeated.empty()) {
        const std::span<const class_index> labels(found.labels);
        to.original = without_repeated(files.original, labels, labels.size(), rows,
                                       [&](std::size_t a, std::size_t b) { return labels[a] == labels[b]; });
    } else if (found.names.empty()) {
        to.original = std::move(found.labels);
    } else if (to.names.empty()) {
        // Rows without names are in the order of the labels, which then name them.
        if (const auto repeated = find_repeated_names(found.names); !repeated.empty()) {
            fail_file(files.original, "the image ", in_quotes(found.names[repeated[0].row]), " occurs twice (labels ",
                      repeated[0].first, " and ", repeated[0].row, ")");
        }
        to.original = std::move(found.labels);
        to.names = std::move(found.names);
    } else {
        to.original_join = io::label_set_join::by_name;
        to.original = join_of_file(files.original, [&] { return in_rows(match_names(found.names, to.names)); });
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Reads the labels of a data set and joins them with the rows of predictions.
///
/// - Labels or label sets whose file names their images (or `real_names`) are joined by name.
/// - Otherwise, if rows have ids, they are joined by id; label sets are joined by the number at the end of the name if
///   rows have names; everything else is joined by position.
/// - If the rows have no names and the file of labels has, the rows are taken to be in its order, and it names them.
///
/// Files may have labels of more images than the rows are, if they are joined by name, number or id. Throws
/// std::invalid_argument for no labels, for rows with names and ids, and for `real_names` without names; file_error for
/// a file that cannot be read or joined, naming the image. O(labels).
[[nodiscard]] inline image_targets read_targets(const target_files& files, image_rows rows)
{
    detail::expects(!files.original.empty() || !files.real.empty(), "targets: no file of labels is given");
    detail::expects(rows.names.empty() || rows.ids.empty(), "targets: rows have names or ids, not both");
    image_targets result;
    result.names = std::move(rows.names);
    if (!files.original.empty()) {
        detail::read_original_targets(files, rows, result);
        if (!result.names.empty()) {
            expect_names(!rows.names_file.empty() ? rows.names_file
                         : files.names.empty()    ? files.original
                                                  : files.names,
                         result.names.size(), result.original->size(), "original labels");
        }
    }
    detail::expects(files.real_names.empty() || !result.names.empty(),
                    "targets: names of the label sets need names of the rows");
    if (!files.real.empty()) detail::read_real_targets(files, rows, result);
    return result;
}

/// The same for rows whose images `files.names` names, if it is given. Throws file_error also for a name that occurs
/// twice.
[[nodiscard]] inline image_targets read_targets(const target_files& files)
{
    image_rows rows;
    if (!files.names.empty()) {
        rows.names = read_image_names(files.names);
        if (const auto repeated = find_repeated_names(rows.names); !repeated.empty()) {
            detail::fail_file(files.names, "the image ", detail::in_quotes(rows.names[repeated[0].row]),
                              " occurs twice (rows ", repeated[0].first, " and ", repeated[0].row, ")");
        }
    }
    return read_targets(files, std::move(rows));
}

/// Original labels in the order of the images `names`: joined by name if the file names its images, else in the order
/// of the file, of any length. Throws file_error like read_named_labels and for a name without a label. O(labels).
[[nodiscard]] inline std::vector<class_index> read_labels_of(const std::filesystem::path& path,
                                                             std::span<const std::string> names,
                                                             const read_labels_options& options = {})
{
    named_labels found = read_named_labels(path, options);
    if (found.names.empty() || names.empty()) return std::move(found.labels);
    return detail::join_of_file(path, [&] {
        return select_images(std::span<const class_index>(found.labels), match_names(found.names, names));
    });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
