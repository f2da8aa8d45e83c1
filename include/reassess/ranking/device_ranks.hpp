// The heavy pass in the memory of a backend: ranks are made and stay where the scores are, and nothing waits for them.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/predictions.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "bad_image.hpp"
#include "rank.hpp"
#include "rank_row.hpp"
#include "rankings.hpp"
#include "row_job.hpp"
#include "row_kernels.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Whether an image's labels are classes (the original one may be missing), and if not, which is none.
template <class T>
REASSESS_HOST_DEVICE bool labels_are_classes(const row_job<T>& job, std::size_t image,
                                             std::int64_t* first_other) noexcept
{
    const auto is_class = [&](class_index label) {
        *first_other = label;
        return label >= 0 && static_cast<std::size_t>(label) < job.classes;
    };
    if (job.original != nullptr && job.original[image] != missing_label && !is_class(job.original[image])) return false;
    if (job.offsets != nullptr) {
        for (std::uint64_t j = job.offsets[image]; j < job.offsets[image + 1]; ++j) {
            if (!is_class(job.labels[j])) return false;
        }
    }
    return true;
}

/// Looks whether the labels of images are classes, where nothing is ranked.
struct check_labels_of_images {
    row_job<float> job{};  // labels only
    std::uint64_t first_image = 0;
    bad_image* bad = nullptr;

    check_labels_of_images(const device_targets_view& targets, std::size_t classes, std::uint64_t first,
                           bad_image* kept)
        : first_image(first), bad(kept)
    {
        job.classes = classes;
        job.original = targets.original;
        job.offsets = targets.offsets;
        job.labels = targets.classes;
    }

    REASSESS_HOST_DEVICE void operator()(std::size_t image) const noexcept
    {
        std::int64_t which = 0;
        if (!labels_are_classes(job, image, &which)) bad->report(first_image + image);
    }
    REASSESS_HOST_DEVICE void describe(std::size_t image) const noexcept
    {
        bad->classes = job.classes;
        if (!labels_are_classes(job, image, &bad->which)) bad->what = fault::label;
    }
};

/// Ranks rows of scores, with what is wanted beside, and reports the first bad one instead of throwing.
template <class T, class Beside>
struct rank_scores {
    row_job<T> job;
    Beside beside;
    on_nan nan;
    std::uint64_t first_image;
    bad_image* bad;

    /// A block of rows on a host.
    void operator()(std::size_t begin, std::size_t end) const noexcept
    {
        std::int64_t which = 0;
        for (std::size_t image = begin; image < end; ++image) {
            if (!labels_are_classes(job, image, &which)) return bad->report(first_image + image);
        }
        const std::size_t first_nan = rank_rows(fastest_instruction_set(), job, begin, end, beside);
        if (first_nan != end && nan == on_nan::error) bad->report(first_image + first_nan);
        for (std::size_t image = begin; image < end; ++image) {
            if (job.prediction[image] == missing_label) {
                beside.leave_out(image);
            } else if (beside.refuses(image)) {
                return bad->report(first_image + image);
            }
        }
    }
    /// One row by a group of lanes.
    template <class Group>
    REASSESS_HOST_DEVICE void operator()(Group group, std::size_t image) const noexcept
    {
        std::int64_t which = 0;
        const bool ranked = labels_are_classes(job, image, &which);
        const bool left_out = ranked && rank_row(group, job, image, beside) != no_class;
        if (!group.leads()) return;
        if (!ranked || (left_out ? nan == on_nan::error : beside.refuses(image))) bad->report(first_image + image);
    }
    /// What is wrong with a reported image of this batch.
    REASSESS_HOST_DEVICE void describe(std::size_t image) const noexcept
    {
        bad->classes = job.classes;
        if (!labels_are_classes(job, image, &bad->which)) {
            bad->what = fault::label;
            return;
        }
        for (std::size_t c = 0; c < job.classes; ++c) {
            if (!is_nan(job.row(image)[c])) continue;
            bad->what = fault::nan_score;
            bad->which = static_cast<std::int64_t>(c);
            return;
        }
        if constexpr (Beside::wants_values) bad->what = beside.fault_of(job.row(image), job.classes, &bad->which);
    }
};

/// Ranks the labels of images by their stored lists of classes.
template <class T>
struct rank_stored_lists {
    const T* lists = nullptr;
    std::size_t depth = 0;
    row_job<float> job{};  // without scores
    std::uint64_t first_image = 0;
    bad_image* bad = nullptr;

    REASSESS_HOST_DEVICE void operator()(std::size_t image) const noexcept
    {
        std::int64_t which = 0;
        if (!labels_are_classes(job, image, &which) || fault_of(image, &which) != fault::none)
            return bad->report(first_image + image);
        job.prediction[image] = static_cast<class_index>(list_of(image)[0]);
        const labels_of_image<float> labels(job, image);
        if (job.original != nullptr) job.original_rank[image] = no_rank;
        for (std::size_t place = 0; place < labels.size(); ++place)
            labels.set_rank(place, rank_of(image, labels[place]));
    }
    REASSESS_HOST_DEVICE void describe(std::size_t image) const noexcept
    {
        bad->classes = job.classes;
        bad->what = labels_are_classes(job, image, &bad->which) ? fault_of(image, &bad->which) : fault::label;
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE const T* list_of(std::size_t image) const noexcept
    {
        return lists + image * depth;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE rank_index rank_of(std::size_t image, class_index label) const noexcept
    {
        for (std::size_t r = 0; r < depth; ++r) {
            if (list_of(image)[r] == static_cast<T>(label)) return static_cast<rank_index>(r);
        }
        return no_rank;
    }
    [[nodiscard]] REASSESS_HOST_DEVICE fault fault_of(std::size_t image, std::int64_t* which) const noexcept
    {
        const T* const list = list_of(image);
        for (std::size_t r = 0; r < depth; ++r) {
            *which = static_cast<std::int64_t>(list[r]);
            if (list[r] < 0 || static_cast<std::uint64_t>(list[r]) >= job.classes) return fault::prediction;
            for (std::size_t earlier = 0; earlier < r; ++earlier) {
                if (list[earlier] == list[r]) return fault::repeated_prediction;
            }
        }
        return fault::none;
    }
};

/// The labels of a batch as pointers, whatever memory they lie in.
inline device_targets_view pointers_of(const targets_view& targets, std::size_t images) noexcept
{
    device_targets_view pointers{.images = images};
    if (targets.original) pointers.original = targets.original->data();
    if (targets.real) {
        pointers.offsets = targets.real->offsets();
        pointers.classes = targets.real->classes();
        pointers.labels = targets.real->labels();
    }
    return pointers;
}
inline device_targets_view pointers_of(const device_targets_view& targets, std::size_t) noexcept
{
    return targets;
}

inline bool gives_original(const targets_view& targets) noexcept
{
    return targets.original.has_value();
}
inline bool gives_original(const device_targets_view& targets) noexcept
{
    return targets.original != nullptr;
}
inline bool gives_real(const targets_view& targets) noexcept
{
    return targets.real.has_value();
}
inline bool gives_real(const device_targets_view& targets) noexcept
{
    return targets.offsets != nullptr;
}

inline void expect_images_of(const targets_view& targets, std::size_t images, const char* what)
{
    targets.expect_images(images, what);
}
inline void expect_images_of(const device_targets_view& targets, std::size_t images, const char* what)
{
    expects(targets.images == images, what, " have ", images, " images, labels ", targets.images);
    expects(targets.offsets == nullptr || targets.classes != nullptr || targets.labels == 0,
            "label sets have offsets, but no classes");
}

}  // namespace detail

/// The ranks of one batch in the memory of a policy, which is kept from batch to batch: what `rankings` holds, where a
/// device made it. All work is put in the policy's order (its stream), and nothing waits for it but `read`.
template <policy_with_memory Policy>
class device_ranks {
public:
    using space = typename Policy::space;

    explicit device_ranks(Policy policy)
        : policy_(policy),
          prediction_(policy),
          original_rank_(policy),
          original_tied_(policy),
          label_rank_(policy),
          bad_(policy)
    {
    }

    /// Ranks a batch of scores in the policy's memory. Throws at once what `rank` throws for shapes that do not fit; a
    /// NaN (unless excluded) or a label that is no class is kept for `read`.
    template <score_element T>
    void update(const scores_view<T, space>& scores, const targets_in<space>& targets,
                const ranking_options& options = {})
    {
        update_beside(scores, targets, options, [](const detail::row_job<T>&) { return detail::ranks_only{}; });
    }

    /// The same, and what make_beside(job) wants of the rows; for device_ranks_with_lists and its like.
    template <score_element T, class MakeBeside>
    void update_beside(const scores_view<T, space>& scores, const targets_in<space>& targets,
                       const ranking_options& options, MakeBeside make_beside)
    {
        detail::check_classes(scores.classes());
        detail::expect_images_of(targets, scores.images(), "scores");
        auto job = prepare<T>(scores.images(), scores.classes(), scores.classes(), true, targets);
        job.scores = scores.data();
        job.row_stride = scores.row_stride();
        const auto beside = make_beside(job);
        const detail::rank_scores<T, std::remove_const_t<decltype(beside)>> pass{job, beside, options.nan,
                                                                                 options.first_image, bad_.data()};
        for_each_row(policy_, {images_, scores.row_stride() * sizeof(T)}, pass);
        describe_after(pass);
    }

    /// Ranks a batch of stored lists in the policy's memory, as above. O(images * depth * (depth + labels of an
    /// image)).
    template <std::signed_integral T>
    void update(const predictions_view<T, space>& predictions, std::size_t classes, const targets_in<space>& targets,
                const ranking_options& options = {})
    {
        const std::size_t depth = predictions.depth();
        detail::check_lists(depth, classes);
        detail::expect_images_of(targets, predictions.images(), "predictions");
        detail::rank_stored_lists<T> pass{.lists = predictions.data(),
                                          .depth = depth,
                                          .job = prepare<float>(predictions.images(), classes, depth, false, targets),
                                          .first_image = options.first_image,
                                          .bad = bad_.data()};
        for_each_index(policy_, {images_, depth * sizeof(T)}, pass);
        describe_after(pass);
    }

    /// The ranks of the last batch, copied to the host; waits for the work. Throws what `rank` throws for the first bad
    /// image of all batches since construction or `reset`.
    [[nodiscard]] rankings read() const
    {
        first_bad().expect_none();
        rankings ranks{.classes = classes_, .depth = depth_, .ties_known = ties_known_};
        ranks.prediction.resize(images_);
        prediction_.copy_to(ranks.prediction.data(), images_);
        if (targets_.original != nullptr) {
            ranks.original_rank.resize(images_);
            original_rank_.copy_to(ranks.original_rank.data(), images_);
            if (ties_known_) {
                ranks.original_tied.resize(images_);
                original_tied_.copy_to(ranks.original_tied.data(), images_);
            }
        }
        if (targets_.offsets != nullptr) {
            ranks.label_rank.resize(static_cast<std::size_t>(targets_.labels));
            label_rank_.copy_to(ranks.label_rank.data(), ranks.label_rank.size());
        }
        return ranks;
    }

    /// Forgets what was wrong.
    void reset() { bad_.forget(); }

    [[nodiscard]] Policy policy() const { return policy_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
    [[nodiscard]] bool ties_known() const noexcept { return ties_known_; }
    [[nodiscard]] bool has_original() const noexcept { return targets_.original != nullptr; }
    [[nodiscard]] bool has_real() const noexcept { return targets_.offsets != nullptr; }

    // For function objects that run behind the pass: pointers to the policy's memory.
    [[nodiscard]] const device_targets_view& targets() const noexcept { return targets_; }
    [[nodiscard]] const class_index* prediction() const noexcept { return prediction_.data(); }
    [[nodiscard]] const rank_index* original_rank() const noexcept { return original_rank_.data(); }
    [[nodiscard]] const std::uint8_t* original_tied() const noexcept { return original_tied_.data(); }
    [[nodiscard]] const rank_index* label_rank() const noexcept { return label_rank_.data(); }
    [[nodiscard]] const detail::bad_image* bad() const noexcept { return bad_.data(); }
    /// Waits for the work.
    [[nodiscard]] detail::bad_image first_bad() const { return bad_.read(); }

private:
    template <class T>
    using buffer = typename Policy::template buffer<T>;

    /// Room for the ranks of a batch, and the job that fills it.
    template <class T>
    detail::row_job<T> prepare(std::size_t images, std::size_t classes, std::size_t depth, bool ties_known,
                               const targets_in<space>& targets)
    {
        targets_ = detail::pointers_of(targets, images);
        images_ = images;
        classes_ = classes;
        depth_ = depth;
        ties_known_ = ties_known;
        prediction_.grow(images);
        detail::row_job<T> job;
        job.classes = classes;
        job.prediction = prediction_.data();
        if (targets_.original != nullptr) {
            original_rank_.grow(images);
            if (ties_known) original_tied_.grow(images);
            job.original = targets_.original;
            job.original_rank = original_rank_.data();
            job.original_tied = original_tied_.data();
        }
        if (targets_.offsets != nullptr) {
            label_rank_.grow(static_cast<std::size_t>(targets_.labels));
            job.offsets = targets_.offsets;
            job.labels = targets_.classes;
            job.label_rank = label_rank_.data();
        }
        return job;
    }

    template <class Pass>
    void describe_after(const Pass& pass)
    {
        for_each_index(policy_, {1, 1}, detail::describe_bad_image<Pass>{pass, images_});
    }

    Policy policy_;
    device_targets_view targets_;
    std::size_t images_ = 0;
    std::size_t classes_ = 0;
    std::size_t depth_ = 0;
    bool ties_known_ = false;
    buffer<class_index> prediction_;
    buffer<rank_index> original_rank_;
    buffer<std::uint8_t> original_tied_;
    buffer<rank_index> label_rank_;
    detail::kept_bad_image<Policy> bad_;
};

/// `rank` for scores in a device's memory; the ranks are copied to the host, so it waits for the work. Throws as `rank`
/// does.
template <device_policy Policy, score_element T>
[[nodiscard]] rankings rank(Policy policy, const scores_view<T, device_space>& scores,
                            const device_targets_view& targets, const ranking_options& options = {})
{
    device_ranks<Policy> ranks(policy);
    ranks.update(scores, targets, options);
    return ranks.read();
}

/// The same for stored lists of `classes` classes in a device's memory.
template <device_policy Policy, std::signed_integral T>
[[nodiscard]] rankings rank(Policy policy, const predictions_view<T, device_space>& predictions, std::size_t classes,
                            const device_targets_view& targets, const ranking_options& options = {})
{
    device_ranks<Policy> ranks(policy);
    ranks.update(predictions, classes, targets, options);
    return ranks.read();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
