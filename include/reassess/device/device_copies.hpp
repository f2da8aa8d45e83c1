// device_scores, device_top_k, device_targets, device_class_groups: copies of host data in the memory of a policy.
// Opt-in.
#pragma once

#include "../data/class_groups.hpp"
#include "../data/device_targets.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../data/top_k.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Owns a copy of scores, images x classes with contiguous rows, in a policy's memory. The constructor copies in stream
/// order; afterwards the host scores may be changed.
template <policy_with_memory Policy, score_element T>
class device_scores {
public:
    device_scores(Policy policy, const scores_view<T>& scores)
        : images_(scores.images()), classes_(scores.classes()), copy_(policy)
    {
        if (scores.row_stride() == classes_ || images_ == 0) {
            copy_.copy_from(scores.data(), images_ * classes_);
            return;
        }
        std::vector<T> rows(images_ * classes_);
        for (std::size_t image = 0; image < images_; ++image)
            std::copy_n(scores.row(image), classes_, rows.data() + image * classes_);
        copy_.copy_from(rows.data(), rows.size());
    }

    [[nodiscard]] scores_view<T, typename Policy::space> view() const
    {
        if (classes_ == 0) return {};
        return {copy_.data(), images_, classes_};
    }

private:
    std::size_t images_;
    std::size_t classes_;
    typename Policy::template buffer<T> copy_;
};

/// Owns a copy of top-k lists in a policy's memory.
template <policy_with_memory Policy, std::integral T>
class device_top_k {
public:
    device_top_k(Policy policy, const top_k_view<T>& lists)
        : images_(lists.images()), k_(lists.k()), classes_(lists.classes()), copy_(policy)
    {
        copy_.copy_from(lists.data(), images_ * k_);
    }

    [[nodiscard]] top_k_view<T, typename Policy::space> view() const
    {
        if (k_ == 0) return {};
        return {copy_.data(), images_, k_, classes_};
    }

private:
    std::size_t images_;
    std::size_t k_;
    std::size_t classes_;
    typename Policy::template buffer<T> copy_;
};

/// Owns a copy of targets (original labels, label sets, weights) in a policy's memory. The offsets of label sets are
/// also kept on the host, because slice() needs the number of labels.
template <policy_with_memory Policy>
class device_targets {
public:
    using view_type = targets_in<typename Policy::space>;

    /// Throws std::invalid_argument if original labels and label sets have different numbers of images.
    device_targets(Policy policy, const targets_view& targets)
        : original_(policy), offsets_(policy), classes_(policy), weights_(policy)
    {
        if (targets.original) images_ = targets.original->size();
        if (targets.real) images_ = targets.real->images();
        targets.expect_images(images_, "labels");
        original_.grow(1);  // not null even if there are no images: a null pointer means "not given"
        if (targets.original) original_.copy_from(targets.original->data(), images_);
        if (targets.real) {
            const label_sets_view& sets = *targets.real;
            host_offsets_.assign(images_ + 1, 0);
            for (std::size_t image = 0; image < images_; ++image)
                host_offsets_[image + 1] = host_offsets_[image] + sets.size_of(image);
            offsets_.copy_from(host_offsets_.data(), host_offsets_.size());
            classes_.copy_from(sets.classes() + sets.first_label(), static_cast<std::size_t>(sets.labels()));
        }
        if (targets.weights) {
            weights_.grow(1);  // not null, see above
            weights_.copy_from(targets.weights->data(), images_);
        }
        if constexpr (std::same_as<view_type, targets_view>) {
            if (targets.weights) view_.weights = std::span<const double>(weights_.data(), images_);
            if (targets.original) view_.original = std::span<const class_index>(original_.data(), images_);
            if (targets.real)
                view_.real = label_sets_view({offsets_.data(), offsets_.size()}, {classes_.data(), classes_.size()});
        } else {
            view_.images = images_;
            if (targets.weights) view_.weights = weights_.data();
            if (targets.original) view_.original = original_.data();
            if (targets.real) {
                view_.offsets = offsets_.data();
                view_.classes = classes_.data();
                view_.labels = host_offsets_.back();
            }
        }
    }

    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] view_type view() const noexcept { return view_; }
    /// Converts to the view, so that evaluate, rank and evaluator::update accept the owner.
    operator view_type() const noexcept { return view_; }

    /// The labels of images first .. first + count - 1. Throws std::out_of_range if there are fewer images.
    [[nodiscard]] view_type slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images_ && count <= images_ - first, "device targets: images [",
                                           first, ", ", first, " + ", count,
                                           ") were requested, expected a part of [0, ", images_, ")");
        if constexpr (std::same_as<view_type, targets_view>) {
            return view_.slice(first, count);
        } else {
            view_type part = view_;
            part.images = count;
            if (part.original != nullptr) part.original += first;
            if (part.weights != nullptr) part.weights += first;
            if (part.offsets != nullptr) {
                part.offsets += first;
                part.labels = host_offsets_[first + count] - host_offsets_[first];
            }
            return part;
        }
    }

private:
    template <class T>
    using buffer = typename Policy::template buffer<T>;

    std::size_t images_ = 0;
    std::vector<std::uint64_t> host_offsets_;
    buffer<class_index> original_;
    buffer<std::uint64_t> offsets_;
    buffer<class_index> classes_;
    buffer<double> weights_;
    view_type view_;
};

/// Owns a copy of the groups of classes in a policy's memory, for metrics that read them there.
template <policy_with_memory Policy>
class device_class_groups {
public:
    device_class_groups(Policy policy, const class_groups& groups) : offsets_(policy), members_(policy)
    {
        view_ = groups.view();
        offsets_.copy_from(view_.offsets, view_.classes + 1);
        members_.copy_from(view_.members, static_cast<std::size_t>(view_.offsets[view_.classes]));
        view_.offsets = offsets_.data();
        view_.members = members_.data();
    }

    [[nodiscard]] class_groups_view view() const noexcept { return view_; }
    /// Converts to the view, so that metrics accept the owner.
    operator class_groups_view() const noexcept { return view_; }

private:
    typename Policy::template buffer<std::uint64_t> offsets_;
    typename Policy::template buffer<group_index> members_;
    class_groups_view view_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
