// Ranking on a device: device_batch has the columns of one batch in the policy's memory; `rank` copies them to the
// host.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/interpreted_scores.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/top_k.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "evaluation_options.hpp"
#include "host_batch.hpp"
#include "image_fault.hpp"
#include "image_results.hpp"
#include "label_ties.hpp"
#include "list_hook.hpp"
#include "loss_hook.hpp"
#include "loss_settings.hpp"
#include "rank.hpp"
#include "rank_row.hpp"
#include "row_job.hpp"
#include "stored_lists.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

template <class View>
inline constexpr bool is_device_view = false;
template <class T>
inline constexpr bool is_device_view<scores_view<T, device_space>> = true;
template <class T>
inline constexpr bool is_device_view<interpreted_scores<scores_view<T, device_space>>> = true;
template <class T>
inline constexpr bool is_device_view<top_k_view<T, device_space>> = true;

/// Ranks one row by a group of lanes and calls the hook. Reports an invalid image to `found` instead of throwing.
template <class T, class Hook>
struct rank_row_on_device {
    row_job<T> job;
    Hook hook;
    on_nan nan;
    std::uint64_t first_image;
    image_fault* found;

    template <class Group>
    REASSESS_HOST_DEVICE void operator()(Group group, std::size_t image) const noexcept
    {
        const labels_of_image<T> labels(job, image);
        if (!labels.valid) return report(group, image);
        if (rank_row(group, labels, hook) != no_class) {
            if (nan == on_nan::error) report(group, image);
        } else if (Hook::wants_values && group.leads() && hook.refuses(image)) {
            report(group, image);
        }
    }
    template <class Group>
    REASSESS_HOST_DEVICE void report(Group group, std::size_t image) const noexcept
    {
        if (group.leads()) found->report(first_image + image);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t classes() const noexcept { return job.classes; }
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description describe(std::size_t image) const noexcept
    {
        return fault_of_ranked_image(job, hook, image);
    }
};

/// Ranks the labels of one image by its stored list. Reports an invalid image to `found` instead of throwing.
template <class T>
struct rank_list_on_device {
    stored_list_ranker<T> ranker;
    std::uint64_t first_image;
    image_fault* found;

    REASSESS_HOST_DEVICE void operator()(std::size_t image) const noexcept
    {
        if (describe(image).what != fault::none) return found->report(first_image + image);
        ranker.rank(image);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t classes() const noexcept { return ranker.job.classes; }
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description describe(std::size_t image) const noexcept
    {
        return fault_of_listed_image(ranker, image);
    }
};

/// The columns of one batch in the memory of a policy; the memory is reused for the next batch. All work is enqueued in
/// stream order. Only read() and read_fault() wait.
template <device_policy Policy>
class device_batch {
public:
    explicit device_batch(Policy policy)
        : policy_(policy),
          prediction_(policy),
          original_rank_(policy),
          original_tied_(policy),
          label_rank_(policy),
          original_ties_(policy),
          label_tie_(policy),
          top_k_(policy),
          losses_(policy),
          refused_(policy),
          fault_(policy)
    {
    }

    /// Checks the shapes and settings of a batch, with the exceptions of `rank`, and returns the completed request.
    template <class View>
    [[nodiscard]] static batch_request checked(const View& view, const device_targets_view& targets,
                                               batch_request request)
    {
        if constexpr (is_top_k_view<View>) {
            check_classes(view.classes());
            expect_images_of(targets, view.images(), "top-k lists");
            expects(request.k == 0, "top-k lists were requested of stored top-k lists: use the stored ones");
            request.settings = {};
        } else {
            check_device_classes(view.classes());
            expect_images_of(targets, view.images(), "scores");
            check_list_depth(request.k, view.classes());
            if constexpr (is_interpreted<View>) {
                request.settings.scores = view.interpretation();
            } else {
                request.settings = {};
            }
            check_loss_settings(request.settings);
        }
        return request;
    }
    template <class View>
    [[nodiscard]] static std::size_t depth_of(const View& view) noexcept
    {
        if constexpr (is_top_k_view<View>) {
            return view.k();
        } else {
            return view.classes();
        }
    }

    /// Ranks a batch; `request` is the result of `checked`.
    template <class View>
    void rank(const View& view, const device_targets_view& targets, const batch_request& request)
    {
        targets_ = targets;
        request_ = request;
        images_ = view.images();
        classes_ = view.classes();
        depth_ = depth_of(view);
        ties_known_ = !is_top_k_view<View>;
        if constexpr (is_top_k_view<View>) {
            stored_list_ranker<typename View::element_type> ranker{.lists = view.data(), .k = view.k()};
            ranker.job = prepared_job<float>();
            run(rank_list_on_device<typename View::element_type>{ranker, request.first_image, fault_.data()});
        } else if constexpr (is_interpreted<View>) {
            rank_rows_of(view.scores(), request, [&](const auto& job) {
                using T = typename View::element_type;
                loss_hook<T> hook(job, request.settings, losses_, refused_, images_);
                hook.depth = request.k;
                hook.lists = grown_lists();
                pointers_ = hook;
                return hook;
            });
        } else if (request.k != 0) {
            rank_rows_of(view, request, [&](const auto&) { return list_hook{request.k, grown_lists()}; });
        } else {
            rank_rows_of(view, request, [](const auto&) { return no_hook{}; });
        }
    }

    /// Finds the ties of the labels of the batch that was ranked last, which had these scores.
    template <class View>
    void find_ties(const View& view)
    {
        if constexpr (is_interpreted<View>) {
            find_ties(view.scores());
        } else {
            using T = typename View::element_type;
            row_job<T> job = prepared_job<T>();
            job.scores = view.data();
            job.row_stride = view.row_stride();
            detail::find_ties<T> find{job};
            if (targets_.original != nullptr) {
                original_ties_.grow(images_);
                find.of_original = original_ties_.data();
            }
            if (targets_.offsets != nullptr) {
                label_tie_.grow(static_cast<std::size_t>(targets_.labels));
                find.of_labels = label_tie_.data();
            }
            for_each_row(policy_, {images_, view.row_stride() * sizeof(T)}, find);
        }
    }

    /// Waits for the work and copies the columns to the host. Throws for the first invalid image of all batches.
    [[nodiscard]] image_results read() const
    {
        fault_.read().throw_if_found();
        image_results results;
        results.classes = classes_;
        results.depth = depth_;
        results.ties_known = ties_known_;
        results.settings = request_.settings;
        results.k = request_.k;
        const auto copy = [](const auto& there, std::size_t size, auto& column) {
            column.resize(size);
            there.copy_to(column.data(), size);
        };
        copy(prediction_, images_, results.prediction);
        if (targets_.original != nullptr) copy(original_rank_, images_, results.original_rank);
        if (targets_.original != nullptr && ties_known_) copy(original_tied_, images_, results.original_tied);
        if (targets_.offsets != nullptr)
            copy(label_rank_, static_cast<std::size_t>(targets_.labels), results.label_rank);
        if (request_.k != 0) copy(top_k_, images_ * request_.k, results.top_k);
        if (!request_.settings.has_losses()) return results;
        const auto copy_made = [&](const double* made, const auto& there, std::vector<double>& column) {
            if (made != nullptr) copy(there, images_, column);
        };
        copy_made(pointers_.confidence, losses_.confidence, results.confidence);
        copy_made(pointers_.cross_entropy, losses_.cross_entropy, results.cross_entropy);
        copy_made(pointers_.real_cross_entropy, losses_.real_cross_entropy, results.real_cross_entropy);
        copy_made(pointers_.sigmoid_cross_entropy, losses_.sigmoid_cross_entropy, results.sigmoid_cross_entropy);
        copy_made(pointers_.real_sigmoid_cross_entropy, losses_.real_sigmoid_cross_entropy,
                  results.real_sigmoid_cross_entropy);
        copy_made(pointers_.brier_score, losses_.brier_score, results.brier_score);
        return results;
    }

    /// Clears the record of the first invalid image.
    void reset() { fault_.clear(); }

    // For functions that count after the pass. Pointers are to the policy's memory.
    [[nodiscard]] const device_targets_view& targets() const noexcept { return targets_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t k() const noexcept { return request_.k; }
    [[nodiscard]] bool ties_known() const noexcept { return ties_known_; }
    [[nodiscard]] const class_index* prediction() const noexcept { return prediction_.data(); }
    [[nodiscard]] const rank_index* original_rank() const noexcept { return original_rank_.data(); }
    [[nodiscard]] const std::uint8_t* original_tied() const noexcept { return original_tied_.data(); }
    [[nodiscard]] const rank_index* label_rank() const noexcept { return label_rank_.data(); }
    /// Null unless find_ties was called.
    [[nodiscard]] const label_ties* original_ties() const noexcept { return original_ties_.data(); }
    [[nodiscard]] const label_ties* label_tie() const noexcept { return label_tie_.data(); }
    [[nodiscard]] const class_index* top_k() const noexcept { return top_k_.data(); }
    [[nodiscard]] const loss_columns<double>& losses() const noexcept { return pointers_; }
    [[nodiscard]] const image_fault* fault() const noexcept { return fault_.data(); }
    /// Waits for the work and returns the record of the first invalid image.
    [[nodiscard]] image_fault read_fault() const { return fault_.read(); }

private:
    template <class T>
    using buffer = typename Policy::template buffer<T>;

    /// The loss columns of image_results.
    struct loss_buffers {
        explicit loss_buffers(Policy policy)
            : confidence(policy),
              cross_entropy(policy),
              real_cross_entropy(policy),
              sigmoid_cross_entropy(policy),
              real_sigmoid_cross_entropy(policy),
              brier_score(policy)
        {
        }

        buffer<double> confidence, cross_entropy, real_cross_entropy, sigmoid_cross_entropy, real_sigmoid_cross_entropy,
            brier_score;
    };

    class_index* grown_lists()
    {
        top_k_.grow(images_ * request_.k);
        return top_k_.data();
    }

    /// Allocates the columns; returns the job that fills them, still without scores.
    template <class T>
    row_job<T> prepared_job()
    {
        prediction_.grow(images_);
        row_job<T> job;
        job.classes = classes_;
        job.prediction = prediction_.data();
        if (targets_.original != nullptr) {
            original_rank_.grow(images_);
            if (ties_known_) original_tied_.grow(images_);
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

    template <class T, class MakeHook>
    void rank_rows_of(const scores_view<T, device_space>& scores, const batch_request& request, MakeHook make_hook)
    {
        row_job<T> job = prepared_job<T>();
        job.scores = scores.data();
        job.row_stride = scores.row_stride();
        const auto hook = make_hook(job);
        const rank_row_on_device<T, std::remove_const_t<decltype(hook)>> pass{job, hook, request.nan,
                                                                              request.first_image, fault_.data()};
        for_each_row(policy_, {images_, scores.row_stride() * sizeof(T)}, pass);
        describe_after(pass);
    }
    template <class Pass>
    void run(const Pass& pass)
    {
        for_each_index(policy_, {images_, depth_ * sizeof(std::int64_t)}, pass);
        describe_after(pass);
    }
    template <class Pass>
    void describe_after(const Pass& pass)
    {
        for_each_index(policy_, {1, 1}, describe_fault<Pass>{pass, images_});
    }

    Policy policy_;
    device_targets_view targets_;
    batch_request request_{};
    std::size_t images_ = 0;
    std::size_t classes_ = 0;
    std::size_t depth_ = 0;
    bool ties_known_ = false;
    buffer<class_index> prediction_;
    buffer<rank_index> original_rank_;
    buffer<std::uint8_t> original_tied_;
    buffer<rank_index> label_rank_;
    buffer<label_ties> original_ties_;
    buffer<label_ties> label_tie_;
    buffer<class_index> top_k_;
    loss_buffers losses_;
    buffer<std::uint8_t> refused_;
    loss_columns<double> pointers_;
    device_image_fault<Policy> fault_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// `rank` for scores or top-k lists, and labels, in a device's memory. Waits for the work and copies the results to the
/// host. Ranks are equal to those of a host policy. Losses are computed in double and summed by lanes; their relative
/// error is at most 1e-13. Throws like `rank` for host policies.
template <device_policy Policy, class Input>
    requires detail::is_device_view<decltype(detail::view_of(std::declval<const Input&>()))>
[[nodiscard]] image_results rank(Policy policy, const Input& input, const device_targets_view& targets,
                                 const evaluation_options& options = {}, std::uint64_t first_image = 0)
{
    const auto view = detail::view_of(input);
    detail::device_batch<Policy> batch(policy);
    batch.rank(view, targets, batch.checked(view, targets, detail::request_of(options, first_image)));
    return batch.read();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
