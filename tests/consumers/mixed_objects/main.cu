// One program of three objects: this one (by nvcc where there is one), and score.cpp twice, plain and with
// -march=native.
#include <reassess/evaluate.hpp>

#include <cstdio>
#include <vector>

unsigned long long plain_hits();
unsigned long long native_hits();

int main()
{
    const std::vector<float> scores{0.1f, 0.9f, 0.8f, 0.2f};
    const std::vector<reassess::class_index> original{1, 0};
    const auto result =
        reassess::evaluate(reassess::seq, reassess::scores_view<float>(scores, 2), {.original = original});
    const unsigned long long hits = result.top_k(1).hits;
    std::printf("top-1 hits: here %llu, plain %llu, -march=native %llu\n", hits, plain_hits(), native_hits());
    return hits == 2 && plain_hits() == 2 && native_hits() == 2 ? 0 : 1;
}
