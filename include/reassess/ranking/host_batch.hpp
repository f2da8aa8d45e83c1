// Batches of scores or stored lists on a host: checks, ranking block by block on any thread, and the error of the first
// invalid image.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../data/top_k.hpp"
#include "../detail/atomic.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "image_fault.hpp"
#include "image_results.hpp"
#include "label_ties.hpp"
#include "list_hook.hpp"
#include "loss_hook.hpp"
#include "loss_settings.hpp"
#include "row_job.hpp"
#include "row_kernels.hpp"
#include "stored_lists.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#if defined(REASSESS_EXTERN_TEMPLATES)
// Defined by the source that includes <reassess/instantiate.inl>.
#    define REASSESS_INSTANTIATION extern template
#    include "kernel_instantiations.inl"
#    undef REASSESS_INSTANTIATION
#endif

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Resizes the columns of `results` to `images` images. Memory that is large enough is reused. Columns of absent labels
/// stay empty; loss_hook resizes the loss columns.
inline void resize_columns(image_results& results, std::size_t images, const targets_view& targets)
{
    results.prediction.resize(images);
    results.original_rank.resize(targets.original ? images : 0);
    results.original_tied.resize(targets.original && results.ties_known ? images : 0);
    results.label_rank.resize(targets.real ? static_cast<std::size_t>(targets.real->labels()) : 0);
    results.top_k.resize(images * results.k);
}

/// Throws std::out_of_range if k is above deepest_list or above the number of classes.
inline void check_list_depth(std::size_t k, std::size_t classes)
{
    expects<std::out_of_range>(k <= deepest_list && k <= classes, "top-k lists of k = ", k,
                               " were requested, expected at most ", deepest_list,
                               " and at most the number of classes, ", classes);
}

/// Calls f(row) with the scores of one image.
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

/// Ranks rows begin .. end - 1. Generated rows are first written to a buffer of about 128 KiB, which fits in the
/// second-level cache.
template <class Source, class T, class Hook>
std::size_t rank_stored_or_generated(instruction_set set, const Source& source, const row_job<T>& job,
                                     std::size_t begin, std::size_t end, const Hook& hook)
{
    if constexpr (stored_scores<Source>) {
        return rank_rows(set, job, begin, end, hook);
    } else {
        const std::size_t most =
            std::clamp<std::size_t>((std::size_t{128} << 10) / (sizeof(T) * job.classes), 1, end - begin);
        std::vector<T> rows(most * job.classes);
        std::size_t first_nan = end;
        for (std::size_t first = begin; first < end; first += most) {
            const std::size_t last = std::min(end, first + most);
            for (std::size_t image = first; image < last; ++image)
                source.fill_row(image, rows.data() + (image - first) * job.classes);
            const std::size_t nan = rank_rows(set, job.with_rows(rows.data(), first), first, last, hook);
            if (nan != last && first_nan == end) first_nan = nan;
        }
        return first_nan;
    }
}

/// Thread-safe record of the faults of a batch.
class batch_faults {
public:
    /// Whether the labels of a block are in [0, classes) or missing; records the fault if not.
    [[nodiscard]] bool accepts_labels(const targets_view& labels, std::size_t classes) noexcept
    {
        if (has_classes_only(labels, classes)) return true;
        invalid_label_.store(true, std::memory_order_relaxed);
        return false;
    }
    void report(std::size_t image) noexcept { fault_.report(image); }
    /// Whether images from `first` on need not be ranked: an exception is certain, and these images cannot change it.
    [[nodiscard]] bool decided_before(std::size_t first) const noexcept
    {
        return invalid_label_.load(std::memory_order_relaxed) || lowest() < first;
    }
    [[nodiscard]] bool found() const noexcept
    {
        return invalid_label_.load(std::memory_order_relaxed) || atomic_load(&fault_.from_above) != 0;
    }
    /// The lowest reported image. Call it after all threads have ended.
    [[nodiscard]] std::uint64_t image() const noexcept { return fault_.image(); }

private:
    [[nodiscard]] std::uint64_t lowest() const noexcept { return ~atomic_load(&fault_.from_above); }

    std::atomic<bool> invalid_label_{false};
    image_fault fault_;
};

/// The ties of the labels of a block.
struct tie_columns {
    std::vector<label_ties> of_original{};
    std::vector<label_ties> of_labels{};
};

/// The requested results of a batch.
struct batch_request {
    loss_settings settings{};
    on_nan nan = on_nan::error;
    /// Length of the lists of the best classes; 0: no lists.
    std::size_t k = 0;
    /// The number of the batch's first image in error messages.
    std::uint64_t first_image = 0;
};

/// Whether lists of the best classes may be requested. Where they cannot, their kernels are not compiled, which are an
/// eighth of a program that only evaluates.
enum class list_requests { possible, never };

/// A batch of scores. `Losses`: whether the scores have an interpretation.
template <score_source Source, bool Losses, list_requests Lists>
class score_batch {
public:
    static constexpr bool has_losses = Losses;
    static constexpr bool has_ties = true;

    /// Throws std::invalid_argument for different numbers of images and for contradictory settings, std::out_of_range
    /// for lists that are too long.
    score_batch(const Source& scores, const targets_view& targets, const batch_request& request)
        : scores_(scores), targets_(targets), request_(request)
    {
        check_classes(scores.classes());
        targets.expect_images(scores.images(), "scores");
        check_list_depth(request.k, scores.classes());
        check_loss_settings(request.settings);
    }

    [[nodiscard]] std::size_t images() const noexcept { return scores_.images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return scores_.classes(); }
    [[nodiscard]] std::size_t depth() const noexcept { return scores_.classes(); }
    [[nodiscard]] bool ties_known() const noexcept { return true; }
    [[nodiscard]] const targets_view& targets() const noexcept { return targets_; }
    [[nodiscard]] work_size work() const { return {scores_.images(), row_bytes(scores_)}; }

    /// Resizes the columns of `results` to `count` images with these labels.
    void prepare(image_results& results, std::size_t count, const targets_view& labels) const
    {
        results.classes = results.depth = classes();
        results.ties_known = true;
        results.settings = request_.settings;
        results.k = request_.k;
        resize_columns(results, count, labels);
    }

    /// Ranks images first .. first + count - 1 into prepared results. Returns false if an image is invalid; throw_fault
    /// then throws. May be called from several threads, each with its own results.
    bool rank(std::size_t first, std::size_t count, const targets_view& labels, image_results& results)
    {
        const Source rows = scores_.slice(first, count);
        const row_job<T> job(rows, labels, results);
        return with_hook(job, results, count,
                         [&](const auto& hook) { return rank_range(rows, job, hook, first, 0, count); });
    }

    /// Finds the ties of images first .. first + count - 1, which `rank` has ranked.
    void find_ties(std::size_t first, std::size_t count, const targets_view& labels, image_results& results,
                   tie_columns& ties) const
    {
        ties.of_original.resize(results.original_rank.size());
        ties.of_labels.resize(results.label_rank.size());
        const Source rows = scores_.slice(first, count);
        const detail::find_ties<T> find{row_job<T>(rows, labels, results),
                                        labels.original ? ties.of_original.data() : nullptr,
                                        labels.real ? ties.of_labels.data() : nullptr};
        for (std::size_t image = 0; image < count; ++image)
            with_row(rows, image, [&](const T* row) { find.find(single_lane{}, image, row); });
    }

    /// Ranks the whole batch into prepared results, in blocks of rows on the policy's threads.
    template <execution_policy Policy>
    void rank_all(Policy policy, image_results& results)
    {
        const row_job<T> job(scores_, targets_, results);
        with_hook(job, results, images(), [&](const auto& hook) {
            for_each_row(policy, work(), [&](std::size_t begin, std::size_t end) {
                if (!faults_.decided_before(begin)) rank_range(scores_, job, hook, 0, begin, end);
            });
            return true;
        });
    }

    /// Whether a block that starts at image `first` is skipped: an earlier image is invalid, or `labels` has an invalid
    /// label. throw_fault then throws.
    [[nodiscard]] bool skips(std::size_t first, const targets_view& labels) noexcept
    {
        return faults_.decided_before(first) || !faults_.accepts_labels(labels, classes());
    }

    /// Throws for the first invalid label of the batch, or else for the lowest invalid image. Returns if there is
    /// neither.
    void throw_fault() const
    {
        if (!faults_.found()) return;
        check_labels(targets_, classes(), request_.first_image);
        const auto image = static_cast<std::size_t>(faults_.image());
        with_row(scores_, image, [&](const T* row) {
            row_job<T> job;
            job.classes = classes();
            image_results none;
            std::vector<std::uint8_t> refused;
            fault_description found;
            if constexpr (Losses) {
                found = fault_of_ranked_image(job.with_rows(row, 0),
                                              loss_hook<T>(job, request_.settings, none, refused, 0), 0);
            } else {
                found = fault_of_ranked_image(job.with_rows(row, 0), no_hook{}, 0);
            }
            detail::throw_fault(found, request_.first_image + image, classes());
        });
    }

private:
    using T = typename Source::element_type;

    /// Calls f(hook) with the hook that writes the requested columns.
    template <class Function>
    bool with_hook(const row_job<T>& job, image_results& results, std::size_t count, Function f)
    {
        if constexpr (Losses) {
            std::vector<std::uint8_t> refused;
            loss_hook<T> hook(job, request_.settings, results, refused, count);
            hook.depth = request_.k;
            hook.lists = results.top_k.data();
            return f(hook);
        } else {
            if constexpr (Lists == list_requests::possible) {
                if (request_.k != 0) return f(list_hook{request_.k, results.top_k.data()});
            }
            return f(no_hook{});
        }
    }

    /// Ranks images begin .. end - 1 of a job whose image 0 is image `first` of the batch.
    template <class Hook>
    bool rank_range(const Source& rows, const row_job<T>& job, const Hook& hook, std::size_t first, std::size_t begin,
                    std::size_t end)
    {
        std::size_t lowest = rank_stored_or_generated(set_, rows, job, begin, end, hook);
        if (request_.nan == on_nan::exclude) lowest = end;
        if constexpr (Losses) {
            for (std::size_t image = begin; hook.refused != nullptr && image < lowest; ++image) {
                if (hook.refuses(image)) lowest = image;
            }
        }
        if (lowest == end) return true;
        faults_.report(first + lowest);
        return false;
    }

    const Source& scores_;
    const targets_view& targets_;
    batch_request request_;
    instruction_set set_ = fastest_instruction_set();
    batch_faults faults_;
};

/// A batch of stored top-k lists, with the interface of score_batch.
template <std::integral T>
class list_batch {
public:
    static constexpr bool has_losses = false;
    static constexpr bool has_ties = false;

    list_batch(const top_k_view<T>& lists, const targets_view& targets, const batch_request& request)
        : lists_(lists), targets_(targets), request_(request)
    {
        check_classes(lists.classes());
        targets.expect_images(lists.images(), "top-k lists");
        expects(request.k == 0, "top-k lists were requested of stored top-k lists: use the stored ones");
        request_.settings = {};
    }

    [[nodiscard]] std::size_t images() const noexcept { return lists_.images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return lists_.classes(); }
    [[nodiscard]] std::size_t depth() const noexcept { return lists_.k(); }
    [[nodiscard]] bool ties_known() const noexcept { return false; }
    [[nodiscard]] const targets_view& targets() const noexcept { return targets_; }
    /// Bytes per image: the list, and about 24 bytes of labels and ranks.
    [[nodiscard]] work_size work() const noexcept { return {lists_.images(), lists_.k() * sizeof(T) + 24}; }

    void prepare(image_results& results, std::size_t count, const targets_view& labels) const
    {
        results.classes = classes();
        results.depth = depth();
        results.ties_known = false;
        resize_columns(results, count, labels);
    }

    bool rank(std::size_t first, std::size_t count, const targets_view& labels, image_results& results)
    {
        return rank_range(ranker_of(lists_.slice(first, count), labels, results), first, 0, count);
    }

    template <execution_policy Policy>
    void rank_all(Policy policy, image_results& results)
    {
        const stored_list_ranker<T> ranker = ranker_of(lists_, targets_, results);
        for_each_row(policy, work(), [&](std::size_t begin, std::size_t end) {
            if (!faults_.decided_before(begin)) rank_range(ranker, 0, begin, end);
        });
    }

    [[nodiscard]] bool skips(std::size_t first, const targets_view& labels) noexcept
    {
        return faults_.decided_before(first) || !faults_.accepts_labels(labels, classes());
    }

    void throw_fault() const
    {
        if (!faults_.found()) return;
        check_labels(targets_, classes(), request_.first_image);
        const auto image = static_cast<std::size_t>(faults_.image());
        stored_list_ranker<T> ranker{.lists = lists_.data(), .k = lists_.k()};
        ranker.job.classes = classes();
        detail::throw_fault(ranker.fault_of_list(image), request_.first_image + image, classes());
    }

private:
    [[nodiscard]] stored_list_ranker<T> ranker_of(const top_k_view<T>& lists, const targets_view& labels,
                                                  image_results& results) const
    {
        stored_list_ranker<T> ranker{.lists = lists.data(), .k = lists.k()};
        row_job<float>& job = ranker.job;
        job.classes = classes();
        job.prediction = results.prediction.data();
        if (labels.original) {
            job.original = labels.original->data();
            job.original_rank = results.original_rank.data();
        }
        if (labels.real) {
            job.offsets = labels.real->offsets();
            job.labels = labels.real->classes();
            job.label_rank = results.label_rank.data();
        }
        return ranker;
    }

    bool rank_range(const stored_list_ranker<T>& ranker, std::size_t first, std::size_t begin, std::size_t end)
    {
        std::vector<class_index> sorted(ranker.k);
        for (std::size_t image = begin; image < end; ++image) {
            if (!ranker.has_valid_list(image, sorted)) {
                faults_.report(first + image);
                return false;
            }
            ranker.rank(image);
        }
        return true;
    }

    const top_k_view<T>& lists_;
    const targets_view& targets_;
    batch_request request_;
    batch_faults faults_;
};

/// The batch of a view: interpreted scores, scores without an interpretation, or stored lists. The view and the targets
/// must outlive the batch.
template <list_requests Lists = list_requests::possible, class Source>
[[nodiscard]] auto host_batch(const interpreted_scores<Source>& scores, const targets_view& targets,
                              batch_request request)
{
    request.settings.scores = scores.interpretation();
    return score_batch<Source, true, Lists>(scores.scores(), targets, request);
}
template <list_requests Lists = list_requests::possible, score_source Source>
[[nodiscard]] auto host_batch(const Source& scores, const targets_view& targets, batch_request request)
{
    request.settings = {};
    return score_batch<Source, false, Lists>(scores, targets, request);
}
template <list_requests Lists = list_requests::possible, std::integral T>
[[nodiscard]] auto host_batch(const top_k_view<T>& lists, const targets_view& targets, const batch_request& request)
{
    return list_batch<T>(lists, targets, request);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
