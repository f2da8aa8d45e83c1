// Sets of acceptable classes, one per image, in compressed sparse row (CSR) form.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "labels.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

class label_sets;

/// The acceptable classes of each image, not owned: image i has classes[offsets[i]] .. classes[offsets[i + 1] - 1],
/// ascending and unique. ReaL metrics exclude images with an empty set. Trivially copyable.
///
/// A slice points into the offsets of the whole data set, so `offsets()[0]` may differ from 0: use `first_label()`.
class label_sets_view {
public:
    label_sets_view() = default;

    /// A view of CSR arrays whose sets are already sorted and unique, e.g. arrays of another library.
    ///
    /// Throws std::invalid_argument if `offsets` is empty, does not start at 0, decreases, or does not end at the
    /// number of labels, and if a set is not ascending and unique; std::out_of_range for a negative class. Messages
    /// name the position. O(labels).
    label_sets_view(std::span<const std::uint64_t> offsets, std::span<const class_index> classes)
        : label_sets_view(unchecked, offsets.data(), classes.data(), check_offsets(offsets, classes.size()))
    {
        for (std::size_t image = 0; image < images_; ++image) check_set((*this)[image], image);
    }

    [[nodiscard]] const std::uint64_t* offsets() const noexcept { return offsets_; }
    /// All labels; those of this view start at first_label().
    [[nodiscard]] const class_index* classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t images() const noexcept { return images_; }
    [[nodiscard]] std::uint64_t first_label() const noexcept { return images_ == 0 ? 0 : offsets_[0]; }
    /// Number of labels of all images of this view.
    [[nodiscard]] std::uint64_t labels() const noexcept { return images_ == 0 ? 0 : offsets_[images_] - offsets_[0]; }

    [[nodiscard]] std::size_t size_of(std::size_t image) const noexcept
    {
        return static_cast<std::size_t>(offsets_[image + 1] - offsets_[image]);
    }
    /// The classes of one image, ascending.
    [[nodiscard]] std::span<const class_index> operator[](std::size_t image) const noexcept
    {
        return {classes_ + offsets_[image], size_of(image)};
    }
    /// Whether the class is in the image's set. O(log size of the set).
    [[nodiscard]] bool contains(std::size_t image, class_index c) const noexcept
    {
        const auto set = (*this)[image];
        return std::binary_search(set.begin(), set.end(), c);
    }

    /// The sets of images first .. first + count - 1. Throws std::out_of_range if the view has fewer images.
    [[nodiscard]] label_sets_view slice(std::size_t first, std::size_t count) const
    {
        detail::expects<std::out_of_range>(first <= images_ && count <= images_ - first, "label sets: images [", first,
                                           ", ", first, " + ", count, ") were requested, expected a part of [0, ",
                                           images_, ")");
        return label_sets_view(unchecked, count == 0 ? offsets_ : offsets_ + first, classes_, count);
    }

private:
    friend class label_sets;
    struct unchecked_t {};
    static constexpr unchecked_t unchecked{};

    label_sets_view(unchecked_t, const std::uint64_t* offsets, const class_index* classes, std::size_t images) noexcept
        : offsets_(offsets), classes_(classes), images_(images)
    {
    }

    static std::size_t check_offsets(std::span<const std::uint64_t> offsets, std::size_t labels)
    {
        detail::expects(!offsets.empty(), "label sets: no offsets, expected one more than the number of images");
        detail::expects(offsets.front() == 0, "label sets: offset 0 is ", offsets.front(), ", expected 0");
        for (std::size_t i = 1; i < offsets.size(); ++i) {
            detail::expects(offsets[i - 1] <= offsets[i], "label sets: offset ", i, " is ", offsets[i],
                            ", less than offset ", i - 1, " (", offsets[i - 1], ")");
        }
        detail::expects(offsets.back() == labels, "label sets: the last offset is ", offsets.back(),
                        ", expected the number of labels, ", labels);
        return offsets.size() - 1;
    }

    static void check_set(std::span<const class_index> set, std::size_t image)
    {
        for (std::size_t i = 0; i < set.size(); ++i) {
            detail::expects<std::out_of_range>(set[i] >= 0, "label ", set[i], " of image ", image,
                                               " is not a class index, expected 0 to 2147483647");
            detail::expects(i == 0 || set[i - 1] < set[i], "label sets: the labels of image ", image,
                            " are not ascending and unique (", set[i], " after ", set[i == 0 ? 0 : i - 1],
                            "); construct label_sets instead of a view, which sorts them");
        }
    }

    const std::uint64_t* offsets_ = nullptr;
    const class_index* classes_ = nullptr;
    std::size_t images_ = 0;
};

/// A container of label sets. Each set is sorted and repeated classes are removed, so {7, 7} is the set {7}. Always
/// valid.
class label_sets {
public:
    /// No images.
    label_sets() = default;

    /// From one list of classes per image, in any order, with or without repetition. Throws std::out_of_range for a
    /// class below 0 or above 2^31 - 1, naming the image. O(labels log largest set).
    template <std::integral Integer>
    explicit label_sets(const std::vector<std::vector<Integer>>& sets)
    {
        offsets_.reserve(sets.size() + 1);
        for (const auto& set : sets) append(std::span<const Integer>(set));
    }

    /// From CSR arrays: image i has classes[offsets[i]] .. classes[offsets[i + 1] - 1], in any order. Throws
    /// std::invalid_argument for invalid offsets, like label_sets_view, and std::out_of_range for a negative class.
    label_sets(std::span<const std::uint64_t> offsets, std::span<const class_index> classes)
    {
        const std::size_t images = label_sets_view::check_offsets(offsets, classes.size());
        offsets_.reserve(images + 1);
        classes_.reserve(classes.size());
        for (std::size_t image = 0; image < images; ++image) {
            append(classes.subspan(static_cast<std::size_t>(offsets[image]),
                                   static_cast<std::size_t>(offsets[image + 1] - offsets[image])));
        }
    }

    /// Appends one image with these classes; `set` may be part of this object. Throws std::out_of_range for a class
    /// below 0 or above 2^31 - 1; then nothing is added.
    template <std::integral Integer>
    void append(std::span<const Integer> set)
    {
        if (offsets_.empty()) offsets_.push_back(0);  // empty after a move from this object
        const std::size_t before = classes_.size();
        std::vector<class_index> outgrown;  // keeps the old memory alive, because `set` may point into it
        if (classes_.capacity() - before < set.size()) {
            outgrown.reserve(std::max(2 * before, before + set.size()));
            outgrown.assign(classes_.begin(), classes_.end());
            outgrown.swap(classes_);
        }
        try {
            for (const Integer c : set) {
                detail::expects<std::out_of_range>(std::in_range<class_index>(c) && !std::cmp_less(c, 0), "label ", c,
                                                   " of image ", images(),
                                                   " is not a class index, expected 0 to 2147483647");
                classes_.push_back(static_cast<class_index>(c));
            }
            const auto begin = classes_.begin() + static_cast<std::ptrdiff_t>(before);
            std::sort(begin, classes_.end());
            classes_.erase(std::unique(begin, classes_.end()), classes_.end());
            offsets_.push_back(classes_.size());
        } catch (...) {
            classes_.resize(before);
            throw;
        }
    }

    [[nodiscard]] label_sets_view view() const noexcept
    {
        return {label_sets_view::unchecked, offsets_.data(), classes_.data(), images()};
    }
    operator label_sets_view() const noexcept { return view(); }

    [[nodiscard]] std::size_t images() const noexcept { return offsets_.empty() ? 0 : offsets_.size() - 1; }
    [[nodiscard]] std::uint64_t labels() const noexcept { return classes_.size(); }
    [[nodiscard]] std::span<const class_index> operator[](std::size_t image) const noexcept { return view()[image]; }
    [[nodiscard]] std::span<const std::uint64_t> offsets() const noexcept { return offsets_; }
    [[nodiscard]] std::span<const class_index> classes() const noexcept { return classes_; }

    friend bool operator==(const label_sets&, const label_sets&) = default;

private:
    std::vector<std::uint64_t> offsets_{0};
    std::vector<class_index> classes_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
