// Program that uses the Thrust system of its target.
#include <reassess/execution/thrust.hpp>

#include <reassess/evaluate.hpp>

#include <vector>

int main()
{
    const std::vector<float> scores{0.1f, 0.9f, 0.8f, 0.2f};
    const std::vector<reassess::class_index> original{1, 0};
    const auto result = reassess::evaluate(reassess::thrust_policy(thrust::device),
                                           reassess::scores_view<float>(scores, 2), {.original = original});
    return result.top_k(1).hits == 2 ? 0 : 1;
}
