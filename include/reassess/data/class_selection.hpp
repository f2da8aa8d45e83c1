// Selection or mapping of classes: for example a 1000-way model on the 200 classes of ImageNet-A or ImageNet-R, or 21k
// classes mapped to 1k.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "element_traits.hpp"
#include "label_sets.hpp"
#include "labels.hpp"
#include "scores.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Maps the classes of a model (source classes) to the classes of a task.
///
/// There are two ways to rank a model that has more classes than the task. Rank among the task's classes only: rank
/// `selected_classes(scores, selection)` with labels of the task. Rank among all classes of the model: rank the
/// unchanged scores with labels that `to_source` converted to source classes.
class class_selection {
public:
    /// A subset: class i of the task is source class kept[i]. Throws std::invalid_argument if `kept` is empty or
    /// contains a class twice; std::out_of_range for a class outside [0, source_classes).
    [[nodiscard]] static class_selection of(std::span<const class_index> kept, std::size_t source_classes)
    {
        std::vector<class_index> target(source_classes, missing_label);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            detail::expects<std::out_of_range>(kept[i] >= 0 && std::cmp_less(kept[i], source_classes),
                                               "class selection: class ", kept[i], " is outside [0, ", source_classes,
                                               ")");
            class_index& place = target[static_cast<std::size_t>(kept[i])];
            detail::expects(place == missing_label, "class selection: class ", kept[i],
                            " occurs twice in the list of kept classes");
            place = static_cast<class_index>(i);
        }
        return class_selection(std::move(target), kept.size());
    }

    /// A map: source class c becomes class target_of[c] of the task's `classes` classes; missing_label drops it.
    /// Several source classes may become one class; its score is then the greatest of their scores. Throws
    /// std::invalid_argument if a class of the task has no source class; std::out_of_range if target_of[c] is neither
    /// missing_label nor in [0, classes).
    [[nodiscard]] static class_selection by_map(std::vector<class_index> target_of, std::size_t classes)
    {
        for (std::size_t c = 0; c < target_of.size(); ++c) {
            detail::expects<std::out_of_range>(
                target_of[c] == missing_label || (target_of[c] >= 0 && std::cmp_less(target_of[c], classes)),
                "class selection: target ", target_of[c], " of source class ", c, " is outside [0, ", classes,
                "); missing_label (-1) drops a class");
        }
        return class_selection(std::move(target_of), classes);
    }

    [[nodiscard]] std::size_t source_classes() const noexcept { return target_of_.size(); }
    [[nodiscard]] std::size_t classes() const noexcept { return begin_.size() - 1; }
    /// For each source class, the class of the task, or missing_label if the source class is dropped.
    [[nodiscard]] std::span<const class_index> target_of() const noexcept { return target_of_; }
    /// The source classes of one class of the task, ascending.
    [[nodiscard]] std::span<const class_index> sources_of(std::size_t c) const noexcept
    {
        return std::span(sources_).subspan(begin_[c], begin_[c + 1] - begin_[c]);
    }

    /// Converts labels from source classes to classes of the task. A label whose class is dropped becomes
    /// missing_label; missing labels stay missing. Throws std::out_of_range for a label that is not a source class.
    [[nodiscard]] std::vector<class_index> to_task(std::span<const class_index> labels) const
    {
        std::vector<class_index> result;
        result.reserve(labels.size());
        for (std::size_t image = 0; image < labels.size(); ++image)
            result.push_back(labels[image] == missing_label
                                 ? missing_label
                                 : target_of_[expect_class(labels[image], image, source_classes())]);
        return result;
    }

    /// Converts label sets from source classes to classes of the task. Dropped classes are removed, so sets may become
    /// empty. Throws std::out_of_range for a label that is not a source class.
    [[nodiscard]] label_sets to_task(const label_sets_view& sets) const
    {
        label_sets result;
        std::vector<class_index> mapped;
        for (std::size_t image = 0; image < sets.images(); ++image) {
            mapped.clear();
            for (const class_index label : sets[image]) {
                const class_index target = target_of_[expect_class(label, image, source_classes())];
                if (target != missing_label) mapped.push_back(target);
            }
            result.append(std::span<const class_index>(mapped));
        }
        return result;
    }

    /// Converts labels from classes of the task to source classes, for ranking among all source classes. Throws
    /// std::invalid_argument if a class of the task has several source classes; std::out_of_range for a label that is
    /// not a class of the task.
    [[nodiscard]] std::vector<class_index> to_source(std::span<const class_index> labels) const
    {
        expect_one_to_one();
        std::vector<class_index> result;
        result.reserve(labels.size());
        for (std::size_t image = 0; image < labels.size(); ++image)
            result.push_back(labels[image] == missing_label ? missing_label
                                                            : sources_[expect_class(labels[image], image, classes())]);
        return result;
    }

    /// Converts label sets from classes of the task to source classes. If a class has several source classes, all of
    /// them are acceptable. Throws std::out_of_range for a label that is not a class of the task.
    [[nodiscard]] label_sets to_source(const label_sets_view& sets) const
    {
        label_sets result;
        std::vector<class_index> mapped;
        for (std::size_t image = 0; image < sets.images(); ++image) {
            mapped.clear();
            for (const class_index label : sets[image]) {
                const auto sources = sources_of(expect_class(label, image, classes()));
                mapped.insert(mapped.end(), sources.begin(), sources.end());
            }
            result.append(std::span<const class_index>(mapped));
        }
        return result;
    }

private:
    class_selection(std::vector<class_index> target_of, std::size_t classes) : target_of_(std::move(target_of))
    {
        detail::expects(classes > 0, "class selection: the number of classes is 0, expected at least 1");
        detail::expects(classes <= target_of_.size(), "class selection: ", classes, " classes, but only ",
                        target_of_.size(), " source classes");
        begin_.resize(classes + 1);
        for (const class_index target : target_of_) {
            if (target != missing_label) ++begin_[static_cast<std::size_t>(target) + 1];
        }
        for (std::size_t c = 0; c < classes; ++c) {
            detail::expects(begin_[c + 1] != 0, "class selection: no source class becomes class ", c);
            begin_[c + 1] += begin_[c];
        }
        sources_.resize(begin_.back());
        std::vector<std::size_t> next = begin_;
        for (std::size_t c = 0; c < target_of_.size(); ++c) {
            if (target_of_[c] != missing_label)
                sources_[next[static_cast<std::size_t>(target_of_[c])]++] = static_cast<class_index>(c);
        }
    }

    static std::size_t expect_class(class_index label, std::size_t image, std::size_t classes)
    {
        detail::expects<std::out_of_range>(label >= 0 && std::cmp_less(label, classes), "label ", label, " of image ",
                                           image, " is outside [0, ", classes, ")");
        return static_cast<std::size_t>(label);
    }
    void expect_one_to_one() const
    {
        for (std::size_t c = 0; c < classes(); ++c)
            detail::expects(begin_[c + 1] - begin_[c] == 1, "class selection: class ", c, " has ",
                            begin_[c + 1] - begin_[c],
                            " source classes, so a label of this class has no unique source label; "
                            "convert label sets instead");
    }

    std::vector<class_index> target_of_;
    std::vector<std::size_t> begin_;
    std::vector<class_index> sources_;
};

/// Scores of the task's classes, computed row by row from scores of the source classes: a score_source. The scores and
/// the selection are not owned.
template <score_element T>
class selected_classes {
public:
    using element_type = T;

    /// Throws std::invalid_argument unless the scores have as many classes as the selection has source classes.
    selected_classes(const scores_view<T>& scores, const class_selection& selection)
        : scores_(scores), selection_(&selection)
    {
        detail::expects(scores.classes() == selection.source_classes(), "class selection: the scores have ",
                        scores.classes(), " classes, expected ", selection.source_classes(), " source classes");
    }

    [[nodiscard]] std::size_t images() const noexcept { return scores_.images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return selection_->classes(); }
    [[nodiscard]] std::size_t row_bytes() const noexcept { return scores_.classes() * sizeof(T); }

    /// Writes the scores of one image. A class with a source score of NaN has the score NaN.
    void fill_row(std::size_t image, T* row) const noexcept
    {
        const T* const scores = scores_.row(image);
        for (std::size_t c = 0; c < classes(); ++c) {
            const std::span<const class_index> sources = selection_->sources_of(c);
            T best = scores[static_cast<std::size_t>(sources.front())];
            for (const class_index source : sources.subspan(1)) {
                const T score = scores[static_cast<std::size_t>(source)];
                if (detail::is_nan(best)) break;
                if (detail::is_nan(score) || detail::comparable(score) > detail::comparable(best)) best = score;
            }
            row[c] = best;
        }
    }

    /// The scores of images first .. first + count - 1. Throws std::out_of_range if there are fewer images.
    [[nodiscard]] selected_classes slice(std::size_t first, std::size_t count) const
    {
        return selected_classes(scores_.slice(first, count), *selection_);
    }

private:
    scores_view<T> scores_;
    const class_selection* selection_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
