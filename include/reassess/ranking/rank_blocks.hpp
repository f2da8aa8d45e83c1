// `rank` for those who do not keep the ranks: a batch, some images at a time, in any order and on any threads.
#pragma once

#include "../data/predictions.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "rank.hpp"
#include "rankings.hpp"
#include "row_job.hpp"
#include "row_kernels.hpp"

#include <atomic>
#include <concepts>
#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// What is wrong with a batch, as far as it is known; whoever finds something, on whichever thread, notes it here.
class batch_faults {
public:
    /// Whether the labels of a block are classes; notes where they are not.
    [[nodiscard]] bool accepts_labels(const targets_view& labels, std::size_t classes) noexcept
    {
        if (has_classes_only(labels, classes)) return true;
        bad_labels_.store(true, std::memory_order_relaxed);
        return false;
    }
    void report(std::size_t image) noexcept { image_.report(image); }

    /// Whether images from `first` on need not be looked at: what will be thrown, is known.
    [[nodiscard]] bool settled_before(std::size_t first) const noexcept
    {
        return bad_labels_.load(std::memory_order_relaxed) || image_.index() < first;
    }
    [[nodiscard]] bool found() const noexcept
    {
        return bad_labels_.load(std::memory_order_relaxed) || image_.index() != first_offender::none;
    }
    /// The lowest that was reported.
    [[nodiscard]] const first_offender& image() const noexcept { return image_; }

private:
    std::atomic<bool> bad_labels_{false};
    first_offender image_;
};

/// A batch of scores.
template <score_source Source>
class score_blocks {
public:
    /// Throws as `rank` does where shapes do not fit.
    score_blocks(const Source& scores, const targets_view& targets, const ranking_options& options)
        : scores_(scores), targets_(targets), options_(options)
    {
        check_classes(scores.classes());
        targets.expect_images(scores.images(), "scores");
    }

    [[nodiscard]] const targets_view& targets() const noexcept { return targets_; }
    [[nodiscard]] std::size_t classes() const noexcept { return scores_.classes(); }
    [[nodiscard]] std::size_t depth() const noexcept { return scores_.classes(); }
    [[nodiscard]] bool ties_known() const noexcept { return true; }
    [[nodiscard]] work_size work() const { return {scores_.images(), row_bytes(scores_)}; }

    /// Ranks images first .. first + count - 1, with their labels, in memory that may have held ranks before. False
    /// where expect_success will throw. May be called from several threads, with ranks of their own.
    bool rank(std::size_t first, std::size_t count, const targets_view& labels, rankings& ranks)
    {
        if (faults_.settled_before(first) || !faults_.accepts_labels(labels, classes())) return false;
        make_room(ranks, count, classes(), depth(), true, labels);
        const Source block = scores_.slice(first, count);
        const row_job<typename Source::element_type> job(block, labels, ranks);
        const std::size_t nan = rank_block(set_, block, job, 0, count, ranks_only{});
        if (nan == count || options_.nan == on_nan::exclude) return true;
        faults_.report(first + nan);
        return false;
    }
    /// Throws what `rank` throws for such a batch: a label that is no class comes first, wherever it is.
    void expect_success() const
    {
        if (!faults_.found()) return;
        check_labels(targets_, classes(), options_.first_image);
        expect_no_nan(scores_, faults_.image(), options_);
    }

private:
    const Source& scores_;
    const targets_view& targets_;
    ranking_options options_;
    instruction_set set_ = fastest_instruction_set();
    batch_faults faults_;
};

/// A batch of stored top-k lists.
template <std::integral T>
class list_blocks {
public:
    /// Throws as `rank` does where shapes do not fit.
    list_blocks(const predictions_view<T>& predictions, std::size_t classes, const targets_view& targets,
                const ranking_options& options)
        : predictions_(predictions), classes_(classes), targets_(targets), options_(options)
    {
        check_lists(predictions.depth(), classes);
        targets.expect_images(predictions.images(), "predictions");
    }

    [[nodiscard]] const targets_view& targets() const noexcept { return targets_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t depth() const noexcept { return predictions_.depth(); }
    [[nodiscard]] bool ties_known() const noexcept { return false; }
    [[nodiscard]] work_size work() const noexcept { return work_of_lists(predictions_); }

    /// As for scores.
    bool rank(std::size_t first, std::size_t count, const targets_view& labels, rankings& ranks)
    {
        if (faults_.settled_before(first) || !faults_.accepts_labels(labels, classes_)) return false;
        make_room(ranks, count, classes_, depth(), false, labels);
        const std::size_t bad = rank_lists(ranks, predictions_.slice(first, count), labels, 0, count);
        if (bad != count) faults_.report(first + bad);
        return bad == count;
    }
    void expect_success() const
    {
        if (!faults_.found()) return;
        check_labels(targets_, classes_, options_.first_image);
        expect_valid_list(predictions_, faults_.image(), classes_, options_);
    }

private:
    const predictions_view<T>& predictions_;
    std::size_t classes_;
    const targets_view& targets_;
    ranking_options options_;
    batch_faults faults_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
