// A part of a program that has a copy of the library of its own: USER names its function.
#include <reassess/evaluate.hpp>

#include <vector>

/// The top-1 hits of two images, one of them right, as this part's copy of the library counts them.
int USER()
{
    const std::vector<float> scores{1, 0, 1, 0};
    const std::vector<reassess::class_index> labels{0, 1};
    return static_cast<int>(
        reassess::evaluate(reassess::seq, reassess::scores_view<float>(scores, 2), {.original = labels}).top_k(1).hits);
}
