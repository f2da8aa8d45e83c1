// The k best classes of a row, kept in order while candidates come.
#pragma once

#include "../data/comparable.hpp"
#include "../data/labels.hpp"

#include <cstddef>

namespace reassess::inline v0_1::detail {

/// The deepest list that is kept by insertion.
inline constexpr std::size_t deepest_list = 64;

/// Candidates come in ascending order of their class, so among equal scores the lower class stays in front.
template <class T>
class top_list {
public:
    explicit top_list(std::size_t depth) noexcept : depth_(depth) {}

    inline void add(comparable_t<T> score, class_index c) noexcept
    {
        if (size_ < depth_) {
            ++size_;
        } else if (size_ == 0 || !(score > scores_[size_ - 1])) {
            return;
        }
        std::size_t place = size_ - 1;
        for (; place > 0 && score > scores_[place - 1]; --place) {
            scores_[place] = scores_[place - 1];
            classes_[place] = classes_[place - 1];
        }
        scores_[place] = score;
        classes_[place] = c;
    }
    /// The last score in the list; below any, where it is empty.
    [[nodiscard]] inline comparable_t<T> worst() const noexcept
    {
        return size_ == 0 ? least_comparable<T> : scores_[size_ - 1];
    }
    [[nodiscard]] inline bool full() const noexcept { return size_ == depth_; }

    inline void copy_to(class_index* list) const noexcept
    {
        for (std::size_t r = 0; r < depth_; ++r) list[r] = classes_[r];
    }

private:
    std::size_t depth_;
    std::size_t size_ = 0;
    comparable_t<T> scores_[deepest_list]{};
    class_index classes_[deepest_list]{};
};

/// The list of a whole row; `depth` is at most the number of classes.
template <class T>
void plain_top_list(const T* row, std::size_t classes, std::size_t depth, class_index* list) noexcept
{
    top_list<T> best(depth);
    for (std::size_t c = 0; c < classes; ++c) best.add(comparable(row[c]), static_cast<class_index>(c));
    best.copy_to(list);
}

/// Stands where lists are wanted beside the ranks: images x depth classes.
struct list_job {
    static constexpr bool wants_values = false;
    static constexpr bool wants_lists = true;
    std::size_t depth = 0;
    class_index* lists = nullptr;

    [[nodiscard]] class_index* of(std::size_t image) const noexcept { return lists + image * depth; }
};

}  // namespace reassess::inline v0_1::detail
