// Memory of evaluate: results only, for every interpretation of the scores; it does not grow with the images.
#include "support/failing_allocation.hpp"
#include "support/random_source.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t classes = 10;

/// Peak of the memory of one evaluation of `images` images whose predictions are right (a wrong one takes 8 bytes while
/// its batch is counted).
template <class Policy, class Interpret>
std::size_t peak_of(Policy policy, std::size_t images, const ra::evaluation_options& options, Interpret interpret)
{
    test_support::random_source random(31);
    std::vector<float> scores(images * classes);
    std::vector<ra::class_index> labels(images);
    for (std::size_t image = 0; image < images; ++image) {
        labels[image] = static_cast<ra::class_index>(random.below(classes));
        for (std::size_t c = 0; c < classes; ++c)
            scores[image * classes + c] = static_cast<float>(random.below(1000)) / 2000.0F;
        scores[image * classes + static_cast<std::size_t>(labels[image])] = 1.0F;
    }
    const ra::scores_view<float> view(scores, classes);
    test_support::watch_memory();
    const ra::evaluation result = ra::evaluate(policy, interpret(view), {.original = labels}, options);
    const std::size_t peak = test_support::peak_of_watched_memory();
    CHECK(result.top_k(1) == ra::proportion{images, images});
    return peak;
}

}  // namespace

#if !defined(REASSESS_TEST_UNDER_SANITIZER)
TEST_CASE("evaluate: memory is for results only, also of logits and probabilities")
{
    const auto check = [](auto policy, std::size_t bound, const ra::evaluation_options& options, auto interpret) {
        const std::size_t few = peak_of(policy, 20'000, options, interpret);
        const std::size_t many = peak_of(policy, 200'000, options, interpret);
        CHECK(few > 0);
        CHECK(many < bound);
        // One more byte per image would show.
        CHECK(many < few + 100'000);
    };
    const auto check_all = [&](auto policy, std::size_t bound) {
        check(policy, bound, {}, [](const auto& view) { return view; });
        check(policy, bound, {}, [](const auto& view) { return ra::logits(view); });
        check(policy, bound, {.sigmoid = ra::sigmoid_losses::yes}, [](const auto& view) { return ra::logits(view); });
        check(policy, bound, {},
              [](const auto& view) { return ra::probabilities(view, {.normalise = ra::normalise::yes}); });
    };
    check_all(ra::seq, std::size_t{1} << 20);
    check_all(ra::par.on(2), std::size_t{2} << 20);
}
#endif
