// Views of temporaries: CASE 0 is safe, the others must not compile by Clang with -Werror=dangling.
#include <reassess/evaluate.hpp>

#include <vector>

namespace ra = reassess;

std::vector<ra::class_index> labels();
ra::label_sets sets();

std::uint64_t use(const ra::scores_view<float>& scores)
{
#if CASE == 0
    // Temporaries live until the call returns, and owners that have a name live longer than the view.
    const std::vector<ra::class_index> named = labels();
    const ra::targets_view targets{.original = named};
    return ra::evaluate(ra::seq, scores, {.original = labels(), .real = sets()}).images() + targets.images();
#elif CASE == 1
    const ra::targets_view targets{.original = labels()};
    return ra::evaluate(ra::seq, scores, targets).images();
#else
    const ra::targets_view targets{.real = sets()};
    return ra::evaluate(ra::seq, scores, targets).images();
#endif
}
