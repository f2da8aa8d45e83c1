// One source of a program that takes kernels and special functions from another (REASSESS_EXTERN_TEMPLATES), or
// compiles them itself: it prints the same.
#include <reassess/reassess.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <type_traits>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t images = 60, classes = 150;

template <class T>
std::vector<T> draw_scores()
{
    std::uint32_t state = 1;
    std::vector<T> scores(images * classes);
    for (T& score : scores) {
        state = state * 1664525U + 1013904223U;
        const std::uint32_t key = state >> 26U;
        if constexpr (std::is_arithmetic_v<T>) {
            score = static_cast<T>(key);
        } else {
            score.bits = static_cast<std::uint16_t>(0x3800U + 16 * key);
        }
    }
    return scores;
}

template <class T>
void print_evaluation()
{
    const std::vector<T> memory = draw_scores<T>();
    const ra::scores_view<T> scores(memory, classes);
    std::vector<int> original(images);
    for (std::size_t image = 0; image < images; ++image) original[image] = static_cast<int>(image * 7 % classes);
    const auto ranks = ra::rank(ra::seq, scores, {.original = original}, {.top_k = 3});
    unsigned long sum = 0;
    for (const auto rank : ranks.original_rank) sum = 31 * sum + rank;
    for (const auto entry : ranks.top_k) sum = 31 * sum + static_cast<unsigned long>(entry);
    std::printf("%lu %llu", sum,
                static_cast<unsigned long long>(ra::evaluate(ra::par, scores, {.original = original}).top_k(50).hits));
    if constexpr (ra::real_score_element<T>) {
        std::printf(" %a", ra::evaluate(ra::seq, ra::logits(scores), {.original = original}).log_loss().value());
    }
    std::printf("\n");
}

}  // namespace

int main()
{
    print_evaluation<float>();
    print_evaluation<double>();
    print_evaluation<ra::half>();
    print_evaluation<ra::bfloat16>();
    print_evaluation<std::int8_t>();
    print_evaluation<std::uint8_t>();

    const ra::proportion p{81, 263};
    const auto print = [](ra::interval ends) { std::printf("%a %a\n", ends.lower, ends.upper); };
    print(ra::wilson_interval(p));
    print(ra::clopper_pearson_interval(p));
    print(ra::mid_p_interval(p));
    std::printf("%a %a %a\n", ra::two_sided_student_p_value(2.5, 7), ra::log10_two_sided_student_p_value(0.1, 7),
                ra::log10_two_sided_student_p_value(1e60, 7));
    std::printf("%a\n", ra::to_scale(0.8, ra::accuracy_scale::probit));
    const std::vector<double> x{1, 2, 3, 4, 5, 6, 7, 8}, y{1, 2.5, 2.8, 4.1, 4.5, 4.9, 5.2, 5.8};
    const auto hinge = ra::hinge_regression(x, y);
    print(hinge.knot_interval.value());
    std::printf("%a\n", ra::chow_test(x, y, ra::compare_halves(x, y)).p_value);
    print(ra::kendall_tau_b(x, std::vector<double>{1, 3, 2, 4, 5, 7, 6, 8}).bounds.value());
}
