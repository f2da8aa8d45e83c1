// One program of several objects: this one (by nvcc where there is one), and score.cpp with three sets of flags.
#include <reassess/evaluate.hpp>

#include <cstdio>
#include <vector>

bool plain_is_right();
bool native_is_right();
bool fast_math_is_right();

int main()
{
    const std::vector<float> scores{0.1f, 0.9f, 0.8f, 0.2f};
    const std::vector<reassess::class_index> original{1, 0};
    const auto result =
        reassess::evaluate(reassess::seq, reassess::scores_view<float>(scores, 2), {.original = original});
    const bool here = result.top_k(1).hits == 2;
    const bool plain = plain_is_right(), native = native_is_right(), fast_math = fast_math_is_right();
    std::printf("right: here %d, plain %d, -march=native %d, -ffast-math %d\n", here, plain, native, fast_math);
    return here && plain && native && fast_math ? 0 : 1;
}
