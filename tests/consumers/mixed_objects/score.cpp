// Compiled twice, with HITS as the function's name.
#include <reassess/evaluate.hpp>

#include <vector>

unsigned long long HITS()
{
    const std::vector<float> scores{0.1f, 0.9f, 0.8f, 0.2f};
    const std::vector<reassess::class_index> original{1, 0};
    return reassess::evaluate(reassess::seq, reassess::scores_view<float>(scores, 2), {.original = original})
        .top_k(1)
        .hits;
}
