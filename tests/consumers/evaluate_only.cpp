// Program that includes only evaluate.hpp, which needs only the standard library.
#include <reassess/evaluate.hpp>

#include <iostream>
#include <vector>

namespace ra = reassess;

int main()
{
    const std::vector<float> scores{
        0.1f, 0.7f, 0.1f, 0.1f,  // predicts 1, the original label is 0
        0.2f, 0.3f, 0.4f, 0.1f,  // predicts 2, which is right
        0.9f, 0.0f, 0.0f, 0.1f,  // predicts 0, which is right; no label was found acceptable
    };
    const std::vector<ra::class_index> original{0, 2, 0};
    const ra::label_sets real(std::vector<std::vector<int>>{{0, 1}, {1, 2}, {}});

    const auto result =
        ra::evaluate(ra::par, ra::scores_view<float>(scores, 4), {.original = original, .real = real.view()});

    std::cout << "top-1 " << result.top_k(1).hits << " of " << result.top_k(1).total << ", ReaL " << result.real(1).hits
              << " of " << result.real(1).total << '\n';
    const bool right = result.top_k(1) == ra::proportion{2, 3} && result.real(1) == ra::proportion{2, 2};
    return right ? 0 : 1;
}
