#include <reassess/evaluate.hpp>
#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/statistics/bootstrap.hpp>
#include <reassess/statistics/mcnemar.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

/// Random scores of 5 classes with ties and NaN, labels some of which are missing, and sets some of which are empty.
struct random_set {
    std::vector<float> first{}, second{};
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
    static constexpr std::size_t images = 400, classes = 5;

    random_set()
    {
        std::mt19937 random(1);
        for (std::size_t i = 0; i < images * classes; ++i) {
            first.push_back(static_cast<float>(random() % 7));
            second.push_back(static_cast<float>(random() % 7));
        }
        first[17 * classes + 2] = std::numeric_limits<float>::quiet_NaN();
        for (std::size_t i = 0; i < images; ++i) {
            original.push_back(static_cast<ra::class_index>(random() % 6) - 1);
            std::vector<int> set;
            for (int c = 0; c < 5; ++c) {
                if (random() % 3 == 0) set.push_back(c);
            }
            real.append(std::span<const int>(set));
        }
    }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }
    [[nodiscard]] ra::image_results ranks(const std::vector<float>& scores) const
    {
        return ra::rank(ra::seq, ra::scores_view<float>(scores.data(), images, classes), targets(),
                        {.nan = ra::on_nan::exclude});
    }
};

}  // namespace

TEST_CASE("image outcomes: counted, they are the accuracies of the same name")
{
    const random_set set;
    for (const auto* scores : {&set.first, &set.second}) {
        const ra::image_results ranks = set.ranks(*scores);
        ra::evaluator counts(ra::seq, {.nan = ra::on_nan::exclude});
        counts.update(ranks, set.targets());
        const ra::evaluation evaluation = counts.result();
        const auto counted = [&](ra::accuracy_of metric, std::size_t k) {
            return ra::count_right(ra::image_outcomes(ranks, set.targets(), {.metric = metric, .k = k}));
        };
        for (std::size_t k = 1; k <= 5; ++k) {
            CAPTURE(k);
            CHECK(counted(ra::accuracy_of::original, k) == evaluation.top_k(k));
            CHECK(counted(ra::accuracy_of::real, k) == evaluation.real(k));
            CHECK(counted(ra::accuracy_of::real_kth, k) == evaluation.real_kth(k));
            CHECK(counted(ra::accuracy_of::real_kth_where_enough_labels, k) ==
                  evaluation.real_kth_where_enough_labels(k));
            CHECK(counted(ra::accuracy_of::all_of_top_k, k) == evaluation.all_of_top_k(k));
        }
    }
}

TEST_CASE("paired outcomes: cells of two models, over images that count for both")
{
    constexpr auto right = ra::image_outcome::right, wrong = ra::image_outcome::wrong,
                   left_out = ra::image_outcome::left_out;
    const std::vector<ra::image_outcome> first{right, right, wrong, wrong, right, left_out, left_out, right, right};
    const std::vector<ra::image_outcome> second{right, wrong, right, wrong, right, right, left_out, left_out, wrong};
    CHECK(ra::pair_outcomes(first, second) == ra::paired_proportion{2, 2, 1, 1});
    CHECK(ra::pair_outcomes(second, first) == ra::paired_proportion{2, 1, 2, 1});
    CHECK(ra::pair_outcomes({}, {}) == ra::paired_proportion{});
    CHECK_THROWS_AS((void)ra::pair_outcomes(first, std::span(second).first(3)), std::invalid_argument);
    // The tables of batches add up to that of the whole.
    ra::paired_proportion sum = ra::pair_outcomes(std::span(first).first(2), std::span(second).first(2));
    sum += ra::pair_outcomes(std::span(first).subspan(2), std::span(second).subspan(2));
    CHECK(sum == ra::paired_proportion{2, 2, 1, 1});

    const random_set set;
    const ra::image_results a = set.ranks(set.first), b = set.ranks(set.second);
    const ra::paired_proportion cells = ra::paired_outcomes(a, b, set.targets(), {.metric = ra::accuracy_of::real});
    // The image with a NaN is out for both.
    const ra::proportion alone =
        ra::count_right(ra::image_outcomes(a, set.targets(), {.metric = ra::accuracy_of::real}));
    CHECK(cells.first() == alone);
    CHECK(cells.total() == alone.total);
    CHECK(cells.first_only > 0);
    CHECK(cells.second_only > 0);
    CHECK(ra::paired_outcomes(a, a, set.targets()).different() == 0);
}

TEST_CASE("pair_all_outcomes: one table per pair, ordered by the first model, then by the second")
{
    const std::vector<std::vector<ra::image_outcome>> models(
        {{ra::image_outcome::right, ra::image_outcome::right, ra::image_outcome::right},
         {ra::image_outcome::right, ra::image_outcome::wrong, ra::image_outcome::wrong},
         {ra::image_outcome::left_out, ra::image_outcome::wrong, ra::image_outcome::right}});
    CHECK(ra::pair_all_outcomes(models) == std::vector<ra::paired_proportion>{{.both = 1, .first_only = 2},
                                                                              {.both = 1, .first_only = 1},
                                                                              {.second_only = 1, .neither = 1}});
    CHECK(ra::pair_all_outcomes(std::span(models).first(1)).empty());
    CHECK(ra::pair_all_outcomes({}).empty());
    const std::vector<std::vector<ra::image_outcome>> uneven{models[0], {ra::image_outcome::right}};
    CHECK_THROWS_AS((void)ra::pair_all_outcomes(uneven), std::invalid_argument);
}

TEST_CASE("hit columns: images that count for all models, as a bootstrap wants them")
{
    const auto right = ra::image_outcome::right, wrong = ra::image_outcome::wrong,
               left_out = ra::image_outcome::left_out;
    using outcomes = std::vector<ra::image_outcome>;
    const std::vector<outcomes> models{{right, right, wrong, left_out, wrong}, {wrong, right, left_out, right, wrong}};
    CHECK(ra::hit_columns(models) == std::vector<double>{1, 0, 1, 1, 0, 0});
    CHECK(ra::hit_columns(std::span(models).first(1)) == std::vector<double>{1, 1, 0, 0});
    CHECK(ra::hit_columns(std::vector<outcomes>{{left_out}, {right}}).empty());
    CHECK_THROWS_AS((void)ra::hit_columns({}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::hit_columns(std::vector<outcomes>{{right}, {right, wrong}}), std::invalid_argument);

    // The bootstrap's paired difference is that of the table.
    const random_set set;
    const std::vector<outcomes> of_models{ra::image_outcomes(set.ranks(set.first), set.targets()),
                                          ra::image_outcomes(set.ranks(set.second), set.targets())};
    const ra::paired_comparison table = ra::compare_paired(ra::pair_outcomes(of_models[0], of_models[1]));
    const auto hits = ra::hit_columns(of_models);
    const auto difference = [](const ra::resample_sums& images) { return images.mean(0) - images.mean(1); };
    const auto resampled = ra::bootstrap(ra::seq, ra::image_values_view(hits, 2), difference, ra::random_seed{1});
    CHECK(std::abs(resampled.value - table.difference) < 1e-15);
    CHECK(std::abs(resampled.best().lower - table.difference_interval.lower) < 0.02);
    CHECK(std::abs(resampled.best().upper - table.difference_interval.upper) < 0.02);
}

TEST_CASE("image outcomes: slices of a stream are parts of the whole, and what is not there is refused")
{
    const random_set set;
    const auto slice = set.targets().slice(100, 50);
    const ra::image_results part = ra::rank(ra::seq, ra::scores_view<float>(set.first.data() + 100 * 5, 50, 5), slice,
                                            {.nan = ra::on_nan::exclude});
    const auto whole =
        ra::image_outcomes(set.ranks(set.first), set.targets(), {.metric = ra::accuracy_of::real, .k = 2});
    CHECK(ra::image_outcomes(part, slice, {.metric = ra::accuracy_of::real, .k = 2}) ==
          std::vector(whole.begin() + 100, whole.begin() + 150));

    const ra::image_results ranks = set.ranks(set.first);
    CHECK_THROWS_AS((void)ra::image_outcomes(ranks, set.targets(), {.k = 0}), std::out_of_range);
    CHECK_THROWS_AS((void)ra::image_outcomes(ranks, set.targets(), {.k = 6}), std::out_of_range);
    CHECK_THROWS_AS((void)ra::image_outcomes(ranks, set.targets().slice(0, 3)), std::invalid_argument);
    const ra::targets_view only_original{.original = set.original};
    const ra::image_results without_sets =
        ra::rank(ra::seq, ra::scores_view<float>(set.second.data(), 400, 5), only_original);
    CHECK_THROWS_AS((void)ra::image_outcomes(without_sets, only_original, {.metric = ra::accuracy_of::real}),
                    std::invalid_argument);
}
