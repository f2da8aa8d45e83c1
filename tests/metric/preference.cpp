// Model against original label: each of the four outcomes, alone and together.
#include <reassess/evaluate.hpp>
#include <reassess/metric/preference.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace ra = reassess;

namespace {

/// Predictions and labels of 4 classes.
ra::preference_counts preference_of(const std::vector<int>& predictions, const std::vector<ra::class_index>& original,
                                    const std::vector<std::vector<int>>& sets)
{
    const ra::label_sets real(sets);
    return ra::evaluate(ra::seq, ra::top_k_view<int>(predictions, 1, 4), {.original = original, .real = real.view()})
        .preference();
}

}  // namespace

TEST_CASE("preference: the set sides with the model, the label, both or neither")
{
    CHECK(preference_of({1}, {0}, {{1, 2}}) == ra::preference_counts{.model_preferred = 1});
    CHECK(preference_of({1}, {0}, {{0, 2}}) == ra::preference_counts{.label_preferred = 1});
    CHECK(preference_of({1}, {0}, {{0, 1}}) == ra::preference_counts{.both_correct = 1});
    CHECK(preference_of({1}, {0}, {{2}}) == ra::preference_counts{.both_wrong = 1});
    CHECK(preference_of({1}, {0}, {{}}) == ra::preference_counts{.both_wrong = 1, .both_wrong_without_labels = 1});
}

TEST_CASE("preference: a model that never disagrees has none; neither has one without an original label")
{
    const ra::preference_counts none{};
    CHECK(preference_of({0, 3}, {0, 3}, {{1}, {}}) == none);
    CHECK(preference_of({0, 3}, {-1, -1}, {{1}, {3}}) == none);
    CHECK(!none.ratio().try_value().has_value());
}

TEST_CASE("preference: only discarded disagreements have no ratio, but counts")
{
    const ra::preference_counts discarded = preference_of({0, 1, 2}, {1, 2, 3}, {{0, 1}, {0}, {2, 3}});
    CHECK(discarded == ra::preference_counts{.both_correct = 2, .both_wrong = 1});
    CHECK(discarded.ratio() == ra::proportion{0, 0});
    CHECK(!discarded.ratio().try_value().has_value());
}

TEST_CASE("preference: empty sets among disagreements are neither")
{
    const ra::preference_counts mixed = preference_of({0, 1, 2, 3}, {1, 2, 3, 0}, {{}, {1}, {3}, {3}});
    CHECK(mixed == ra::preference_counts{
                       .model_preferred = 2, .label_preferred = 1, .both_wrong = 1, .both_wrong_without_labels = 1});
    CHECK(mixed.ratio() == ra::proportion{2, 3});
}
