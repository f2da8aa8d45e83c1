// Scores or stored predictions, and labels, to ranks: the only pass that reads the scores.
#pragma once

#include "../data/labels.hpp"
#include "../data/predictions.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "rank_row.hpp"
#include "rankings.hpp"
#include "row_job.hpp"
#include "row_kernels.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct ranking_options {
    on_nan nan = on_nan::error;
    /// The number of the first image in error messages: where the batch starts in the stream.
    std::uint64_t first_image = 0;
};

namespace detail {

/// The lowest index that any thread reported; `none` if there was no report.
class first_offender {
public:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    void report(std::size_t index) noexcept
    {
        std::size_t lowest = lowest_.load(std::memory_order_relaxed);
        while (index < lowest && !lowest_.compare_exchange_weak(lowest, index, std::memory_order_relaxed)) {
        }
    }
    [[nodiscard]] std::size_t index() const noexcept { return lowest_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::size_t> lowest_{none};
};

/// Makes room for the ranks of `images` images, in memory that is there already as far as it goes. What `targets` does
/// not hold, stays empty.
inline void make_room(rankings& ranks, std::size_t images, std::size_t classes, std::size_t depth, bool ties_known,
                      const targets_view& targets)
{
    ranks.classes = classes;
    ranks.depth = depth;
    ranks.ties_known = ties_known;
    ranks.prediction.resize(images);
    ranks.original_rank.resize(targets.original ? images : 0);
    ranks.original_tied.resize(targets.original && ties_known ? images : 0);
    ranks.label_rank.resize(targets.real ? static_cast<std::size_t>(targets.real->labels()) : 0);
}

/// Where one image's ranks go, and its labels come from.
struct image_slots {
    class_index original;
    std::span<const class_index> labels;
    rank_index* label_rank;
};

inline image_slots slots_of(rankings& ranks, const targets_view& targets, std::size_t image) noexcept
{
    image_slots slots{missing_label, {}, nullptr};
    if (targets.original) slots.original = (*targets.original)[image];
    if (targets.real) {
        slots.labels = (*targets.real)[image];
        slots.label_rank = ranks.label_rank.data() + (targets.real->offsets()[image] - targets.real->first_label());
    }
    return slots;
}

/// Fills one image's ranks; rank_of(label) is asked for every label.
template <class RankOf>
void fill_ranks(rankings& ranks, const targets_view& targets, std::size_t image, class_index prediction, RankOf rank_of)
{
    const image_slots slots = slots_of(ranks, targets, image);
    ranks.prediction[image] = prediction;
    if (targets.original) {
        const label_in_row found =
            slots.original == missing_label ? label_in_row{no_rank, false} : rank_of(slots.original);
        ranks.original_rank[image] = found.rank;
        if (ranks.ties_known) ranks.original_tied[image] = found.tied;
    }
    for (std::size_t j = 0; j < slots.labels.size(); ++j) slots.label_rank[j] = rank_of(slots.labels[j]).rank;
}

/// Throws std::invalid_argument for a depth that lists of so many classes cannot have.
inline void check_lists(std::size_t depth, std::size_t classes)
{
    check_classes(classes);
    expects(depth > 0, "predictions: depth 0, wanted at least 1");
    expects(depth <= classes, "predictions: lists of ", depth, " classes, but there are only ", classes);
}

template <std::integral T>
[[noreturn]] void fail_on_list(const T* list, std::size_t depth, std::size_t classes, std::uint64_t image)
{
    for (std::size_t r = 0; r < depth; ++r) {
        expects<std::out_of_range>(std::cmp_greater_equal(list[r], 0) && std::cmp_less(list[r], classes), "prediction ",
                                   list[r], " of image ", image, " is not in [0, ", classes, ")");
        expects(std::find(list, list + r, list[r]) == list + r, "image ", image, " has class ", list[r],
                " twice among its predictions");
    }
    throw std::logic_error("a list of predictions was refused without a reason");
}

/// Whether the list holds classes only, and none twice. `sorted` is scratch of `depth` elements.
template <std::integral T>
bool is_valid_list(const T* list, std::size_t depth, std::size_t classes, std::vector<class_index>& sorted) noexcept
{
    for (std::size_t r = 0; r < depth; ++r) {
        if (!(std::cmp_greater_equal(list[r], 0) && std::cmp_less(list[r], classes))) return false;
        sorted[r] = static_cast<class_index>(list[r]);
    }
    if (depth == 1) return true;
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

/// Checks scores and labels, and makes room for their ranks.
template <class Source>
void prepare_rankings(rankings& ranks, const Source& scores, const targets_view& targets,
                      const ranking_options& options)
{
    check_classes(scores.classes());
    targets.expect_images(scores.images(), "scores");
    check_labels(targets, scores.classes(), options.first_image);
    make_room(ranks, scores.images(), scores.classes(), scores.classes(), true, targets);
}

/// f(row) with one image's scores.
template <class Source, class Function>
void with_row(const Source& source, std::size_t image, Function f)
{
    if constexpr (stored_scores<Source>) {
        f(source.row(image));
    } else {
        std::vector<typename Source::element_type> row(source.classes());
        source.fill_row(image, row.data());
        f(static_cast<const typename Source::element_type*>(row.data()));
    }
}

/// Ranks rows begin .. end - 1, which are made first where they are not stored: some at a time, as many as the first
/// two levels of cache hold.
template <class Source, class T, class Beside>
std::size_t rank_block(instruction_set set, const Source& source, const row_job<T>& job, std::size_t begin,
                       std::size_t end, const Beside& beside)
{
    if constexpr (stored_scores<Source>) {
        return rank_rows(set, job, begin, end, beside);
    } else {
        const std::size_t most =
            std::clamp<std::size_t>((std::size_t{128} << 10) / (sizeof(T) * job.classes), 1, end - begin);
        std::vector<T> rows(most * job.classes);
        std::size_t first_nan = end;
        for (std::size_t first = begin; first < end; first += most) {
            const std::size_t last = std::min(end, first + most);
            for (std::size_t image = first; image < last; ++image)
                source.fill_row(image, rows.data() + (image - first) * job.classes);
            const std::size_t nan = rank_rows(set, job.with_rows(rows.data(), first), first, last, beside);
            if (nan != last && first_nan == end) first_nan = nan;
        }
        return first_nan;
    }
}

/// Throws for the first image with a NaN, unless such images are excluded.
template <class Source>
void expect_no_nan(const Source& scores, const first_offender& nan_image, const ranking_options& options)
{
    const std::size_t image = nan_image.index();
    if (image == nan_image.none || options.nan != on_nan::error) return;
    with_row(scores, image, [&](const typename Source::element_type* row) {
        fail<std::domain_error>("the score of class ", top_of_row(row, scores.classes()).first_nan, " of image ",
                                options.first_image + image, " is NaN");
    });
}

/// The pass itself. Throws for a NaN, unless it is excluded.
template <class Policy, class Source, class T, class Beside = ranks_only>
void rank_all_rows(Policy policy, const Source& scores, const row_job<T>& job, const ranking_options& options,
                   const Beside& beside = {})
{
    const instruction_set set = fastest_instruction_set();
    first_offender nan_image;
    for_each_row(policy, {scores.images(), row_bytes(scores)}, [&](std::size_t begin, std::size_t end) {
        const std::size_t image = rank_block(set, scores, job, begin, end, beside);
        if (image != end) nan_image.report(image);
    });
    expect_no_nan(scores, nan_image, options);
}

/// A list is read, and its image's labels and ranks, which are not less.
template <std::integral T>
work_size work_of_lists(const predictions_view<T>& predictions) noexcept
{
    return {predictions.images(), predictions.depth() * sizeof(T) + 24};
}

/// Ranks images begin .. end - 1 by their lists, up to the first list that is not valid: returns its image, or `end`.
template <std::integral T>
std::size_t rank_lists(rankings& ranks, const predictions_view<T>& predictions, const targets_view& targets,
                       std::size_t begin, std::size_t end)
{
    const std::size_t depth = predictions.depth();
    std::vector<class_index> sorted(depth);
    for (std::size_t image = begin; image < end; ++image) {
        const T* list = predictions.row(image);
        if (!is_valid_list(list, depth, ranks.classes, sorted)) return image;
        fill_ranks(ranks, targets, image, static_cast<class_index>(list[0]), [&](class_index label) {
            const T* found = std::find_if(list, list + depth, [&](T c) { return std::cmp_equal(c, label); });
            return label_in_row{found == list + depth ? no_rank : static_cast<rank_index>(found - list), false};
        });
    }
    return end;
}

/// Throws for the first list that is not valid.
template <std::integral T>
void expect_valid_list(const predictions_view<T>& predictions, const first_offender& bad_list, std::size_t classes,
                       const ranking_options& options)
{
    if (const std::size_t image = bad_list.index(); image != bad_list.none)
        fail_on_list(predictions.row(image), predictions.depth(), classes, options.first_image + image);
}

}  // namespace detail

/// The prediction of every image and the ranks of its labels, from scores: a scores_view, or a source that makes rows
/// as they are read (ensemble, selected_classes, selected_images). Every rank is known (depth = classes).
///
/// Throws std::invalid_argument for no classes and where scores and targets have different numbers of images;
/// std::out_of_range for a label outside [0, classes); std::domain_error for a NaN score, unless options.nan excludes
/// such images. Infinities are scores like others, and -0 equals +0. No images give empty rankings. Cost: every score
/// is read once from memory, and compared once per label of its image.
template <execution_policy Policy, score_source Source>
[[nodiscard]] rankings rank(Policy policy, const Source& scores, const targets_view& targets,
                            const ranking_options& options = {})
{
    rankings ranks;
    detail::prepare_rankings(ranks, scores, targets, options);
    detail::rank_all_rows(policy, scores, detail::row_job<typename Source::element_type>(scores, targets, ranks),
                          options);
    return ranks;
}

/// The prediction of every image and the ranks of its labels, from stored top-k lists of `classes` classes: ranks are
/// known below the depth of the lists, ties are not known.
///
/// Throws std::invalid_argument for no classes, for lists deeper than there are classes, where lists and targets have
/// different numbers of images, and for a class twice in a list; std::out_of_range for a prediction or label outside
/// [0, classes). No images give empty rankings. Cost: O(images * depth * labels of an image).
template <execution_policy Policy, std::integral T>
[[nodiscard]] rankings rank(Policy policy, const predictions_view<T>& predictions, std::size_t classes,
                            const targets_view& targets, const ranking_options& options = {})
{
    detail::check_lists(predictions.depth(), classes);
    targets.expect_images(predictions.images(), "predictions");
    detail::check_labels(targets, classes, options.first_image);
    rankings ranks;
    detail::make_room(ranks, predictions.images(), classes, predictions.depth(), false, targets);
    detail::first_offender bad_list;
    for_each_row(policy, detail::work_of_lists(predictions), [&](std::size_t begin, std::size_t end) {
        const std::size_t image = detail::rank_lists(ranks, predictions, targets, begin, end);
        if (image != end) bad_list.report(image);
    });
    detail::expect_valid_list(predictions, bad_list, classes, options);
    return ranks;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
