// Lists of mistakes as CSV: all of them, or a sample as a rating task for people.
#pragma once

#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../metric/mistake_sample.hpp"
#include "../metric/mistakes.hpp"
#include "../version.hpp"
#include "csv_writer.hpp"
#include "file_error.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The columns of a list of mistakes.
enum class mistake_columns {
    /// `model,row,image,prediction,original,labels,by_original,by_real`
    all,
    /// `model,metric,image,prediction,original,labels,verdict`; raters fill in the verdict, read_verdicts reads it
    rating_task,
};

/// Writes mistakes to a CSV file as they are found, so that no list of all of them is in memory.
///
/// `row` is mistake::image. `image` is its name; without names it is empty (`all`) or the row (`rating_task`). `labels`
/// are the acceptable classes with blanks between them; in a rating task, the original label if there are none.
/// `original` is empty if the label is missing. `by_original` and `by_real` are 0 or 1.
class mistake_writer {
public:
    /// Opens the file and writes the header. `images` names the images by row, or is empty; it must outlive this
    /// object. Throws file_error if the file cannot be opened.
    explicit mistake_writer(const std::filesystem::path& path, mistake_columns columns = mistake_columns::all,
                            std::span<const std::string> images = {})
        : path_(path), columns_(columns), images_(images), table_(header_of(columns))
    {
        errno = 0;
        file_.open(path_, std::ios::binary | std::ios::trunc);
        if (!file_) detail::fail_file(path_, "cannot be opened for writing: ", std::generic_category().message(errno));
        flush();
    }

    /// Adds mistakes of one model. `metric` ("original" or "real") is for rating tasks only. Throws std::out_of_range,
    /// before it writes anything, for a mistake whose image has no name. O(mistakes).
    void write(std::string_view model, std::span<const mistake> mistakes, std::string_view metric = {})
    {
        for (const mistake& m : mistakes) {
            detail::expects<std::out_of_range>(images_.empty() || m.image < images_.size(), "mistakes: image ", m.image,
                                               " is outside [0, ", images_.size(), "), the range of the names");
        }
        for (const mistake& m : mistakes) {
            std::string labels;
            for (const class_index label : m.labels) {
                if (!labels.empty()) labels += ' ';
                labels += std::to_string(label);
            }
            std::optional<class_index> original;
            if (m.original != missing_label) original = m.original;
            const std::string name = images_.empty() ? std::string() : images_[m.image];
            if (columns_ == mistake_columns::all) {
                table_.add_row(model, m.image, name, m.prediction, original, labels, m.by_original, m.by_real);
                continue;
            }
            if (labels.empty() && original) labels += std::to_string(*original);
            table_.add_row(model, metric, images_.empty() ? std::to_string(m.image) : name, m.prediction, original,
                           labels, "");
        }
        flush();
    }

    /// Closes the file. Throws file_error if not everything was written.
    void close()
    {
        file_.close();
        if (!file_) detail::fail_file(path_, "cannot be written: ", std::generic_category().message(errno));
    }

private:
    [[nodiscard]] static std::vector<std::string> header_of(mistake_columns columns)
    {
        if (columns == mistake_columns::all)
            return {"model", "row", "image", "prediction", "original", "labels", "by_original", "by_real"};
        return {"model", "metric", "image", "prediction", "original", "labels", "verdict"};
    }
    void flush()
    {
        file_ << table_.text();
        table_.clear();
    }

    std::filesystem::path path_;
    mistake_columns columns_;
    std::span<const std::string> images_;
    std::ofstream file_{};
    csv_writer table_;
};

/// A sample of one model's mistakes by one metric.
struct mistake_task {
    std::string model{};
    /// "original" or "real".
    std::string metric{};
    std::vector<mistake> mistakes{};
};

struct mistake_task_options {
    /// Mistakes per metric; all of them if there are fewer.
    std::size_t size = 100;
    /// Index of the model: with the same seed, different models have independent samples.
    std::uint64_t model = 0;
};

/// Samples of one model's mistakes by each metric whose labels are given, for raters: by the original labels, with only
/// these as acceptable, and by the ReaL labels. See sample_mistakes. O(mistakes).
[[nodiscard]] inline std::vector<mistake_task> sample_mistake_tasks(std::string_view model,
                                                                    std::span<const mistake> mistakes,
                                                                    const targets_view& targets, random_seed seed,
                                                                    const mistake_task_options& options = {})
{
    std::vector<mistake_task> tasks;
    const auto add = [&](mistake_by metric, const char* name) {
        tasks.push_back(
            {std::string(model), name,
             sample_mistakes(mistakes, seed, {.metric = metric, .size = options.size, .model = options.model})});
    };
    if (targets.original) {
        add(mistake_by::original, "original");
        for (mistake& m : tasks.back().mistakes) m.labels = {};
    }
    if (targets.real) add(mistake_by::real, "real");
    return tasks;
}

/// Writes samples of mistakes as a CSV for raters (mistake_columns::rating_task); read_verdicts reads it when the
/// column verdict is filled in. `images` names the images by row; without names the rows are written.
///
/// Throws std::out_of_range for a mistake whose image has no name, file_error if the file cannot be written.
/// O(mistakes).
inline void write_mistake_tasks(const std::filesystem::path& path, std::span<const mistake_task> tasks,
                                std::span<const std::string> images = {})
{
    mistake_writer writer(path, mistake_columns::rating_task, images);
    for (const mistake_task& task : tasks) writer.write(task.model, task.mistakes, task.metric);
    writer.close();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
