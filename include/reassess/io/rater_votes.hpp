// Reads rater votes: the npz archives of the reassessed ImageNet, and long tables in CSV.
#pragma once

#include "../data/annotations.hpp"
#include "../data/float16.hpp"
#include "../data/labels.hpp"
#include "../data/rated_pairs.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "npy_header.hpp"
#include "npz.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Votes on pairs of an image and a class. Item i of the votes is pairs[i].
struct rater_votes {
    annotations votes{};
    std::vector<rated_pair> pairs{};
    /// The names of the images of the pairs, in order of their first pair.
    std::vector<std::string> images{};
    /// The raters' ids as integers; empty if the file has none, or has text.
    std::vector<std::int64_t> rater_ids{};
    /// The raters' ids as text; empty if the file has none.
    std::vector<std::string> rater_names{};
};

/// Progress of reading, in rows of the tensor; there is one row for each rater and pair.
struct rater_votes_progress {
    std::size_t rows = 0;
    std::size_t total = 0;
};

struct rater_votes_options {
    /// The meanings of the last dimension of the tensor.
    std::vector<std::string> answer_names{"no", "maybe", "yes"};
    npz_options archive{};
    /// The classes that names mean; by default the WordNet ids of ImageNet-1k.
    class_names classes{};
    /// Called from time to time, for a display of progress.
    std::function<void(const rater_votes_progress&)> on_progress{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Images and classes from the array `info`, decoded while it streams, so that the text is never in memory.
inline void read_pairs(npz_stream stream, const io::class_names& classes, io::rater_votes& to)
{
    const std::vector<std::size_t>& shape = stream.header().shape;
    if (shape.size() != 2 || shape[1] != 2)
        fail_file(stream.path(), "has shape ", shape_text(shape), ", expected (pairs, 2): image and class");
    std::unordered_map<std::string, std::uint32_t> index_of;
    rated_pair pair;
    for_each_text(stream, [&](std::string_view text, std::size_t index) {
        if (index % 2 == 0) {
            if (to.images.empty() || to.images[pair.image] != text) {
                const auto [entry, added] = index_of.try_emplace(std::string(text), to.images.size());
                if (added) to.images.emplace_back(text);
                pair.image = entry->second;
            }
            return;
        }
        const std::optional<std::int64_t> label = parse_class(text, classes);
        if (!label || *label < 0 || !std::in_range<class_index>(*label))
            fail_file(stream.path(), "pair ", index / 2, ": found ", in_quotes(text), ", expected ", a_class);
        pair.label = static_cast<class_index>(*label);
        to.pairs.push_back(pair);
    });
}

/// one_hot_answer of float16.
[[nodiscard]] inline std::optional<answer_index> one_hot_answer(std::span<const half> row) noexcept
{
    constexpr std::uint16_t one = 0x3c00, sign = 0x8000;
    answer_index answer = no_answer;
    for (std::size_t a = 0; a < row.size(); ++a) {
        if ((row[a].bits | sign) == sign) continue;  // 0 or -0
        if (answer != no_answer || row[a].bits != one) return std::nullopt;
        answer = static_cast<answer_index>(a);
    }
    return answer;
}

/// The ids of raters: integers of up to 64 bits, or text.
inline void read_rater_ids(npz_stream stream, io::rater_votes& to)
{
    const auto integers = [&]<class T>(T) {
        for_each_chunk<T>(stream, 1, [&](std::span<const T> ids, std::size_t) {
            for (const T id : ids) {
                to.rater_ids.push_back(static_cast<std::int64_t>(id));
                to.rater_names.push_back(std::to_string(id));
            }
        });
    };
    switch (stream.header().dtype) {
        case io::npy_type::int64:
            return integers(std::int64_t{});
        case io::npy_type::int32:
            return integers(std::int32_t{});
        case io::npy_type::uint32:
            return integers(std::uint32_t{});
        case io::npy_type::int16:
            return integers(std::int16_t{});
        case io::npy_type::uint16:
            return integers(std::uint16_t{});
        case io::npy_type::int8:
            return integers(std::int8_t{});
        case io::npy_type::uint8:
            return integers(std::uint8_t{});
        case io::npy_type::text:
        case io::npy_type::bytes:
            return for_each_text(stream, [&](std::string_view id, std::size_t) { to.rater_names.emplace_back(id); });
        default:
            fail_file(stream.path(), "has elements of type ", io::name_of(stream.header().dtype),
                      ", expected ids: int64, an integer of 8 to 32 bits or text");
    }
}

/// Votes from a one-hot tensor whose elements are of type T, while it streams. Most raters did not vote on most pairs,
/// so rows whose bytes are all 0 are skipped many at a time.
template <class T>
void read_votes(npz_stream& stream, const io::rater_votes_options& options, annotations& to)
{
    const std::size_t answers = to.answers();
    const std::vector<T> no_votes(16 * answers);
    for_each_chunk<T>(stream, answers, [&](std::span<const T> values, std::size_t first) {
        for (std::size_t i = 0; i < values.size(); i += answers) {
            while (values.size() - i >= no_votes.size() &&
                   std::memcmp(values.data() + i, no_votes.data(), no_votes.size() * sizeof(T)) == 0) {
                i += no_votes.size();
            }
            if (i == values.size()) break;
            const std::optional<answer_index> answer = one_hot_answer(values.subspan(i, answers));
            if (answer == no_answer) continue;
            const std::size_t row = (first + i) / answers;
            const std::size_t rater = row / to.items();
            const std::size_t item = row % to.items();
            if (!answer) {
                fail_file(stream.path(), "the answers of rater ", rater, " to item ", item,
                          " are not zeros with at most one 1");
            }
            to.add(rater, item, *answer);
        }
        if (options.on_progress)
            options.on_progress({(first + values.size()) / answers, stream.header().elements / answers});
    });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Votes in the form of the reassessed ImageNet: an npz archive with `tensor` (raters, pairs, answers), one-hot and all
/// zero if a rater did not vote; `info` (pairs, 2), the image's file name and the class, as text; and, if it is
/// there, `ids` (raters,).
///
/// The arrays are decoded as streams: for 377 MB of tensor and 41 MB of text, about 20 MB of memory are used. Throws
/// file_error if an array is missing, empty or invalid, and like npz_file. O(tensor). Source:
/// github.com/google-research/reassessed-imagenet (raters.npz, golden.npz).
[[nodiscard]] inline rater_votes read_rater_votes(const std::filesystem::path& path,
                                                  const rater_votes_options& options = {})
{
    const npz_file file(path, options.archive);
    rater_votes result;
    detail::read_pairs(detail::open_array(file, "info"), options.classes, result);

    detail::npz_stream tensor = detail::open_array(file, "tensor");
    const std::vector<std::size_t>& shape = tensor.header().shape;
    if (shape.size() != 3 || shape[1] != result.pairs.size() || shape[2] != options.answer_names.size()) {
        detail::fail_file(tensor.path(), "has shape ", detail::shape_text(shape), ", expected (raters, ",
                          result.pairs.size(), " pairs, ", options.answer_names.size(), " answers)");
    }
    // Without elements, the size of the file would not bound the other dimensions.
    if (tensor.header().elements == 0)
        detail::fail_file(tensor.path(), "has shape ", detail::shape_text(shape), ": no votes");
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (shape[0] >= most || shape[1] >= most)
        detail::fail_file(tensor.path(), "has shape ", detail::shape_text(shape), ": a dimension exceeds 32 bits");
    result.votes = annotations({.raters = shape[0], .items = shape[1]}, options.answer_names);
    switch (tensor.header().dtype) {
        case npy_type::float64:
            detail::read_votes<double>(tensor, options, result.votes);
            break;
        case npy_type::float16:
            detail::read_votes<half>(tensor, options, result.votes);
            break;
        case npy_type::float32:
            detail::read_votes<float>(tensor, options, result.votes);
            break;
        case npy_type::int64:
            detail::read_votes<std::int64_t>(tensor, options, result.votes);
            break;
        case npy_type::int32:
            detail::read_votes<std::int32_t>(tensor, options, result.votes);
            break;
        case npy_type::int16:
        case npy_type::uint16:
            detail::read_votes<std::uint16_t>(tensor, options, result.votes);
            break;
        case npy_type::boolean:
        case npy_type::uint8:
        case npy_type::int8:
            detail::read_votes<std::uint8_t>(tensor, options, result.votes);
            break;
        default:
            detail::fail_file(tensor.path(), "has elements of type ", name_of(tensor.header().dtype),
                              ", expected float64, float32, float16, int64, int32, int16, uint16, uint8, int8 or bool");
    }

    for (const std::string& name : file.names()) {
        if (name != "ids") continue;
        detail::read_rater_ids(detail::open_array(file, name), result);
        if (result.rater_names.size() != shape[0]) {
            detail::fail_file(detail::member_path(path, name), result.rater_names.size(), " ids of ", shape[0],
                              " raters");
        }
    }
    return result;
}

/// Votes of a long table, with the names of tasks and workers.
struct csv_votes {
    annotations votes{};
    std::vector<std::string> tasks{};
    std::vector<std::string> workers{};
};

struct csv_votes_options {
    std::string task = "task";
    std::string worker = "worker";
    std::string label = "label";
    /// The answers in order. Empty: those that occur, in order of their first vote.
    std::vector<std::string> answer_names{};
    csv_options csv{};
};

/// Votes from a CSV file with a line for each: the task (an item), the worker (a rater) and the label (an answer), in
/// columns that `options` name; other columns are not read. Tasks and workers are numbered in order of their first
/// vote.
///
/// Throws file_error for a file without votes, an empty cell, and a label that is not among `answer_names` if these are
/// given, naming the line; and like read_csv and table::column. O(bytes). Source: the form of crowd-kit and Truth
/// Inference (task, worker, label).
[[nodiscard]] inline csv_votes read_csv_votes(const std::filesystem::path& path, const csv_votes_options& options = {})
{
    const table rows = read_csv(path, options.csv);
    using index_map = std::unordered_map<std::string, std::uint32_t>;
    const auto indices = [&](const std::string& name, std::vector<std::string>& names, index_map& index_of,
                             bool closed) {
        const std::size_t column = rows.column(name);
        std::vector<std::uint32_t> numbers(rows.rows());
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            const std::string cell(rows.text(row, column));
            if (cell.empty()) detail::fail_file(path, "line ", rows.line(row), ": no ", name);
            const auto [entry, added] = index_of.try_emplace(cell, static_cast<std::uint32_t>(names.size()));
            if (added && closed) {
                std::string allowed;
                for (const std::string& answer : options.answer_names)
                    allowed += (allowed.empty() ? "" : ", ") + answer;
                detail::fail_file(path, "line ", rows.line(row), ": found ", detail::in_quotes(cell),
                                  ", expected one of the answers ", allowed);
            }
            if (added) names.push_back(cell);
            numbers[row] = entry->second;
        }
        return numbers;
    };
    csv_votes result;
    index_map task_of, worker_of, answer_of;
    std::vector<std::string> answers = options.answer_names;
    for (const std::string& answer : answers) {
        const bool added = answer_of.try_emplace(answer, static_cast<std::uint32_t>(answer_of.size())).second;
        detail::expects(added, "csv votes: the answer ", detail::in_quotes(answer), " occurs twice");
    }
    if (rows.rows() == 0) detail::fail_file(path, "no votes");
    const std::vector<std::uint32_t> task = indices(options.task, result.tasks, task_of, false);
    const std::vector<std::uint32_t> worker = indices(options.worker, result.workers, worker_of, false);
    const std::vector<std::uint32_t> answer = indices(options.label, answers, answer_of, !options.answer_names.empty());
    result.votes = annotations({.raters = result.workers.size(), .items = result.tasks.size()}, std::move(answers));
    result.votes.reserve(rows.rows());
    for (std::size_t row = 0; row < rows.rows(); ++row) result.votes.add(worker[row], task[row], answer[row]);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
