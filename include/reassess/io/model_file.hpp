// model_file: one model's scores or stored predictions, in one file or in shards, and its rows joined with the images.
#pragma once

#include "../data/class_orders.hpp"
#include "../data/image_names.hpp"
#include "../data/scores.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "score_file.hpp"
#include "targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The scores or the stored top-k lists of a model. Shards follow one another; rows can be selected and ordered.
class model_file {
public:
    /// Throws std::invalid_argument for no files, file_error for files of different element types or widths, and for
    /// files of which only some name their images.
    model_file(std::string name, std::vector<score_file> shards) : name_(std::move(name)), shards_(std::move(shards))
    {
        check(std::get<0>(shards_), "classes", [](const score_file& file) { return file.classes(); });
    }
    model_file(std::string name, std::vector<top_k_file> shards) : name_(std::move(name)), shards_(std::move(shards))
    {
        check(std::get<1>(shards_), "predictions per image", [](const top_k_file& file) { return file.k(); });
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The first file, for messages.
    [[nodiscard]] const std::filesystem::path& path() const
    {
        return std::visit([](const auto& files) -> const std::filesystem::path& { return files.front().path(); },
                          shards_);
    }
    /// The file, or the files, as messages name them that count or number the rows of all of them.
    [[nodiscard]] std::string files_text() const
    {
        const std::size_t more = first_row_.size() - 2;
        if (more == 0) return path().string();
        return detail::concatenate(path().string(), " and ", more, more == 1 ? " more file" : " more files",
                                   " (rows are counted through all)");
    }
    [[nodiscard]] bool has_scores() const noexcept { return shards_.index() == 0; }
    /// Whether these are scores that are real numbers, for losses.
    [[nodiscard]] bool has_real_scores() const { return has_scores() && std::get<0>(shards_).front().is_real(); }
    /// Rows, after a selection.
    [[nodiscard]] std::size_t images() const noexcept { return selected_ ? selected_->size() : first_row_.back(); }
    /// Scores or predictions per image.
    [[nodiscard]] std::size_t columns() const { return selected_columns_ ? selected_columns_->size() : file_columns(); }
    /// Scores or predictions per image in the files.
    [[nodiscard]] std::size_t file_columns() const
    {
        return has_scores() ? std::get<0>(shards_).front().classes() : std::get<1>(shards_).front().k();
    }
    /// The images of the rows of all shards, before a selection, if the files name them; else empty.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    /// See top_k_file::largest_class; for scores the number of classes less one.
    [[nodiscard]] std::optional<class_index> largest_class() const
    {
        if (has_scores()) return static_cast<class_index>(columns() - 1);
        if (!class_order_.empty()) return static_cast<class_index>(class_order_.size() - 1);
        std::optional<class_index> largest;
        for (const top_k_file& file : std::get<1>(shards_)) largest = std::max(largest, file.largest_class());
        return largest;
    }

    /// From now on row i is row rows[i] of the files. Throws std::out_of_range for a row that the files do not have.
    void select(std::vector<std::size_t> rows)
    {
        for (const std::size_t row : rows) {
            detail::expects<std::out_of_range>(row < first_row_.back(), "model file: row ", row, " is outside [0, ",
                                               first_row_.back(), ")");
        }
        selected_ = std::move(rows);
    }
    /// From now on class i is what was class classes[i] of the scores, and the others are not ranked. Throws
    /// std::invalid_argument for stored predictions and for no classes, std::out_of_range for a class that the scores
    /// do not have.
    void select_classes(const std::vector<class_index>& classes)
    {
        detail::expects(has_scores(), "model file: classes can be selected of scores only, not of stored predictions");
        detail::expects(!classes.empty(), "model file: no classes are selected");
        std::vector<std::size_t> selected;
        for (const class_index c : classes) {
            detail::expects<std::out_of_range>(c >= 0 && std::cmp_less(c, columns()), "model file: class ", c,
                                               " is outside [0, ", columns(), ")");
            const auto column = static_cast<std::size_t>(c);
            selected.push_back(selected_columns_ ? (*selected_columns_)[column] : column);
        }
        selected_columns_ = std::move(selected);
    }
    /// From now on number i of the files means class order[i - first], as in in_class_order: predictions are renumbered
    /// when they are read, and columns of scores are reordered. Scores have as many columns as `order` has classes, or
    /// `first` more, of which the first are left out. Throws std::invalid_argument for another number of columns, and
    /// unless `order` is a permutation; visit_lists throws file_error for other predictions.
    void set_class_order(std::vector<class_index> order, class_index first = 0)
    {
        std::vector<class_index> column_of = inverse_class_order(order);
        if (!has_scores()) {
            class_order_ = std::move(order);
            first_class_ = first;
            return;
        }
        detail::expects(columns() == order.size() || std::cmp_equal(columns(), std::int64_t{first} + std::ssize(order)),
                        "model file: scores of ", columns(), " classes, but a class order of ", order.size());
        const auto offset = static_cast<class_index>(columns() - order.size());
        for (class_index& column : column_of) column += offset;
        select_classes(column_of);
    }
    /// Whether two rows of the files, before a selection, are equal byte by byte.
    [[nodiscard]] bool equal_rows(std::size_t a, std::size_t b) const
    {
        std::vector<std::byte> first(row_bytes()), second(row_bytes());
        copy_rows(a, 1, first);
        copy_rows(b, 1, second);
        return first == second;
    }

    /// Calls f with a scores_view of rows first .. first + count - 1, in place if they follow one another in a file,
    /// else copied; the view is valid during the call. Throws std::out_of_range if there are fewer rows. O(1) or
    /// O(rows) plus f.
    template <class F>
    decltype(auto) visit_scores(std::size_t first, std::size_t count, F&& f) const
    {
        expect_rows(first, count);
        return std::get<0>(shards_).front().visit_type(
            [&]<class T>(T) -> decltype(auto) { return rows_of_scores<T>(first, count, f); });
    }
    /// The same for f that needs real numbers. Throws file_error for int8 and uint8.
    template <class F>
    decltype(auto) visit_real_scores(std::size_t first, std::size_t count, F&& f) const
    {
        expect_rows(first, count);
        return std::get<0>(shards_).front().visit_real_type(
            [&]<class T>(T) -> decltype(auto) { return rows_of_scores<T>(first, count, f); });
    }
    /// The same for stored predictions of `classes` classes: f gets a top_k_view.
    template <class F>
    decltype(auto) visit_lists(std::size_t first, std::size_t count, std::size_t classes, F&& f) const
    {
        expect_rows(first, count);
        return std::get<1>(shards_).front().visit(classes, [&](const auto& view) {
            using T = typename std::remove_cvref_t<decltype(view)>::element_type;
            return with_rows<T>(first, count, [&](const T* rows) {
                if (class_order_.empty()) return f(top_k_view<T>(rows, count, view.k(), classes));
                const std::vector<class_index> lists = in_order(rows, first, count, view.k());
                return f(top_k_view<class_index>(lists.data(), count, view.k(), classes));
            });
        });
    }

private:
    template <class File, class Width>
    void check(const std::vector<File>& files, const char* what, Width width)
    {
        detail::expects(!files.empty(), "model file: no files");
        for (const File& file : files) {
            if (file.dtype() != files.front().dtype() || width(file) != width(files.front())) {
                detail::fail_file(file.path(), "has ", width(file), " ", what, " of ", name_of(file.dtype()),
                                  ", expected ", width(files.front()), " of ", name_of(files.front().dtype()),
                                  " as in ", files.front().path().string());
            }
            if (file.names().empty() != files.front().names().empty() && file.images() != 0)
                detail::fail_file(file.path(), "either all or none of the files of a model must name their images");
            first_row_.push_back(first_row_.back() + file.images());
            names_.insert(names_.end(), file.names().begin(), file.names().end());
        }
    }
    void expect_rows(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images() && count <= images() - first, "model file: rows [", first,
                                           ", ", first, " + ", count, ") were requested, expected a part of [0, ",
                                           images(), ")");
    }
    /// The shard that has a row; the first for no rows.
    [[nodiscard]] std::size_t shard_of(std::size_t row) const noexcept
    {
        const auto after = std::upper_bound(first_row_.begin(), first_row_.end() - 1, row);
        return static_cast<std::size_t>(after - first_row_.begin()) - 1;
    }
    [[nodiscard]] std::size_t row_bytes() const
    {
        return file_columns() * std::visit([](const auto& files) { return size_of(files.front().dtype()); }, shards_);
    }
    /// Copies rows first .. first + count - 1 of the files, before a selection, to `to`.
    void copy_rows(std::size_t first, std::size_t count, std::span<std::byte> to) const
    {
        while (count != 0) {
            const std::size_t shard = shard_of(first), in_shard = std::min(count, first_row_[shard + 1] - first);
            const std::span<std::byte> part = to.first(in_shard * row_bytes());
            std::visit([&](const auto& files) { files[shard].copy_rows(first - first_row_[shard], in_shard, part); },
                       shards_);
            first += in_shard;
            count -= in_shard;
            to = to.subspan(part.size());
        }
    }
    /// The rows in the memory of a file, if they are there one after the other; else null.
    [[nodiscard]] const std::byte* in_place(std::size_t first, std::size_t count) const
    {
        const std::size_t shard = shard_of(first);
        if (selected_ || selected_columns_ || (count != 0 && first + count > first_row_[shard + 1])) return nullptr;
        return std::visit(
            [&](const auto& files) {
                const auto& file = files[shard];
                return file.is_in_place() ? file.row(first - first_row_[shard]).data() : nullptr;
            },
            shards_);
    }
    /// Predictions of the rows as classes of the order.
    template <class T>
    [[nodiscard]] std::vector<class_index> in_order(const T* rows, std::size_t first, std::size_t count,
                                                    std::size_t k) const
    {
        std::vector<class_index> lists;
        lists.reserve(count * k);
        const std::int64_t last = std::int64_t{first_class_} + std::ssize(class_order_);
        for (std::size_t i = 0; i < count * k; ++i) {
            if (std::cmp_less(rows[i], first_class_) || std::cmp_greater_equal(rows[i], last)) {
                const std::size_t row = first + i / k;
                detail::fail_file(files_text(), "prediction ", rows[i], " of row ", selected_ ? (*selected_)[row] : row,
                                  " is outside [", first_class_, ", ", last, "), the numbers of this class order");
            }
            lists.push_back(class_order_[static_cast<std::size_t>(static_cast<std::int64_t>(rows[i]) - first_class_)]);
        }
        return lists;
    }
    template <class T, class F>
    decltype(auto) rows_of_scores(std::size_t first, std::size_t count, F&& f) const
    {
        return with_rows<T>(first, count, [&](const T* rows) { return f(scores_view<T>(rows, count, columns())); });
    }
    /// Calls f with a pointer to the rows, one after the other.
    template <class T, class F>
    decltype(auto) with_rows(std::size_t first, std::size_t count, F&& f) const
    {
        if (const std::byte* const rows = in_place(first, count)) return f(reinterpret_cast<const T*>(rows));
        const std::size_t width = columns();
        std::vector<T> rows(count * width);
        if (!selected_ && !selected_columns_) {
            copy_rows(first, count, std::as_writable_bytes(std::span(rows)));
            return f(static_cast<const T*>(rows.data()));
        }
        std::vector<T> whole_row(selected_columns_ ? file_columns() : 0);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t row = selected_ ? (*selected_)[first + i] : first + i;
            const std::span<T> to = std::span(rows).subspan(i * width, width);
            copy_rows(row, 1, std::as_writable_bytes(selected_columns_ ? std::span(whole_row) : to));
            for (std::size_t c = 0; selected_columns_ && c < width; ++c) to[c] = whole_row[(*selected_columns_)[c]];
        }
        return f(static_cast<const T*>(rows.data()));
    }

    std::string name_;
    std::variant<std::vector<score_file>, std::vector<top_k_file>> shards_;
    /// The first row of every shard, then the number of all rows.
    std::vector<std::size_t> first_row_{0};
    std::vector<std::string> names_{};
    std::optional<std::vector<std::size_t>> selected_{};
    std::optional<std::vector<std::size_t>> selected_columns_{};
    /// Of stored predictions; empty if their numbers are classes.
    std::vector<class_index> class_order_{};
    class_index first_class_ = 0;
};

/// What to do with rows of the same image, which padded shards and distributed samplers make.
enum class repeated_images {
    /// An error that names both rows.
    error,
    /// The first row counts; rows that differ from it are an error.
    first,
};

/// Puts the rows of all models in the order of the same images, and returns these images, for read_targets.
///
/// `given` has the names or the ids of the rows of files that do not name their images; `names_file` is used in
/// messages. Without names, those of the first model that has them are used. Rows of models that name their images are
/// joined by name; only `given` names may leave some of them out. Other rows are in the order of `given`. Repeated
/// images are handled by `repeated` in every file.
///
/// Throws file_error for a repeated image, or for repeated rows that differ, naming both rows; for a model without a
/// row of an image; without `given`, for a model with rows of more images than the first that has names; and for a
/// model with another number of rows than there are names or ids. O(rows).
[[nodiscard]] inline image_rows join_models(std::span<model_file> models, image_rows given,
                                            const std::filesystem::path& names_file,
                                            repeated_images repeated = repeated_images::error)
{
    const auto refuse = [&](const std::string& file, const std::string& name, const repeated_row& rows) {
        detail::fail_file(file, "the image ", detail::in_quotes(name), " occurs twice (rows ", rows.first, " and ",
                          rows.row, "); remove one, or count the first only (--repeated first)");
    };
    const auto check_equal = [&](const model_file& model, const std::string& name, const repeated_row& rows) {
        if (!model.equal_rows(rows.first, rows.row)) {
            detail::fail_file(model.files_text(), "the rows ", rows.first, " and ", rows.row, " of the image ",
                              detail::in_quotes(name), " differ, expected equal rows of one image");
        }
    };
    const auto without = [](std::size_t rows, std::span<const repeated_row> left_out) {
        std::vector<std::size_t> kept;
        auto next = left_out.begin();
        for (std::size_t row = 0; row < rows; ++row) {
            if (next != left_out.end() && next->row == row) {
                ++next;
            } else {
                kept.push_back(row);
            }
        }
        return kept;
    };

    std::vector<std::string> keys = given.names;
    for (const std::size_t id : given.ids) keys.push_back(std::to_string(id));
    const bool of_files = !keys.empty();  // the order of files that do not name their images
    std::string keys_file = names_file.string();
    for (const model_file& model : models) {
        if (!keys.empty() || model.names().empty()) continue;
        keys = model.names();
        keys_file = model.files_text();
    }
    if (keys.empty()) return given;

    const std::vector<repeated_row> twice = find_repeated_names(keys);
    if (!twice.empty() && repeated == repeated_images::error) refuse(keys_file, keys[twice[0].row], twice[0]);
    const std::vector<std::size_t> kept = without(keys.size(), twice);
    image_rows rows;
    for (const std::size_t row : kept) {
        if (given.ids.empty()) {
            rows.names.push_back(keys[row]);
        } else {
            rows.ids.push_back(given.ids[row]);
        }
    }
    rows.in_files = of_files ? keys.size() : kept.size();
    if (!rows.names.empty()) rows.names_file = keys_file;
    if (of_files) {
        rows.positions = kept;
        rows.repeated = twice;
    }

    for (model_file& model : models) {
        if (!model.names().empty() && given.ids.empty()) {
            const std::vector<repeated_row> of_model = find_repeated_names(model.names());
            std::vector<std::string> own;
            for (const repeated_row& one : of_model) {
                if (repeated == repeated_images::error) refuse(model.files_text(), model.names()[one.row], one);
                check_equal(model, model.names()[one.row], one);
            }
            const std::vector<std::size_t> own_rows = without(model.names().size(), of_model);
            for (const std::size_t row : own_rows) own.push_back(model.names()[row]);
            if (own == rows.names && of_model.empty()) continue;
            if (!of_files && own.size() > rows.names.size()) {
                detail::fail_file(model.files_text(), "has rows of ", own.size(), " images, but ", keys_file, " of ",
                                  rows.names.size(), "; give the names of the images to evaluate (--names)");
            }
            try {
                std::vector<std::size_t> order = match_names(own, rows.names);
                for (std::size_t& row : order) row = own_rows[row];
                model.select(std::move(order));
            } catch (const std::invalid_argument& error) {
                detail::fail_file(model.files_text(), error.what());
            }
            continue;
        }
        if (!of_files && model.images() == kept.size()) continue;
        expect_images_in_rows(model.path(), model.images(), model.columns(), keys.size());
        if (model.images() != keys.size()) {
            detail::fail_file(model.files_text(), model.images(), " rows, but ", keys.size(), " image ",
                              given.ids.empty() ? "names" : "ids", " in ", keys_file);
        }
        for (const repeated_row& one : twice) check_equal(model, keys[one.row], one);
        if (!twice.empty()) model.select(kept);
    }
    return rows;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
