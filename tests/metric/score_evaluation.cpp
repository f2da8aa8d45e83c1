// Losses and calibration over many images: against sums and bins made image by image.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/evaluate_scores.hpp>
#include <reassess/statistics/bootstrap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::random_source;
using test_support::relative_error;

namespace {

struct problem {
    static constexpr std::size_t classes = 7, images = 3000;
    std::vector<float> scores{};
    std::vector<ra::class_index> original{};
    ra::label_sets real{};

    explicit problem(std::uint64_t seed)
    {
        random_source random(seed);
        for (std::size_t i = 0; i < images; ++i) {
            original.push_back(random.chance(10) ? ra::missing_label : random.below<ra::class_index>(classes));
            std::vector<ra::class_index> set;
            for (std::size_t n = random.below(3); n > 0; --n) set.push_back(random.below<ra::class_index>(classes));
            real.append(std::span<const ra::class_index>(set));
            for (std::size_t c = 0; c < classes; ++c)
                scores.push_back(static_cast<float>(random.below(4000)) / 400.0F - 5.0F);
        }
    }
    [[nodiscard]] ra::scores_view<float> view() const { return {scores, classes}; }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }
};

constexpr ra::score_value_options logits{.scores = ra::score_kind::logits, .sigmoid = ra::sigmoid_losses::yes};

}  // namespace

TEST_CASE("score evaluation: means and bins are those of the images' values, on every policy")
{
    const problem p(21);
    const auto [ranks, values] = ra::rank_with_values(ra::seq, p.view(), p.targets(), logits);
    long double log_loss = 0, real_log_loss = 0, sigmoid = 0, real_sigmoid = 0, brier = 0;
    std::uint64_t labelled = 0, judged = 0;
    constexpr std::size_t bins = 10;
    std::vector<std::uint64_t> images(bins), hits(bins), real_images(bins), real_hits(bins);
    for (std::size_t i = 0; i < problem::images; ++i) {
        std::size_t bin = 0;
        while (bin + 1 < bins && values.confidence[i] >= static_cast<double>(bin + 1) / static_cast<double>(bins))
            ++bin;
        if (p.original[i] != ra::missing_label) {
            ++labelled;
            log_loss += values.original_softmax_loss[i];
            sigmoid += values.original_sigmoid_loss[i];
            brier += values.brier_score[i];
            ++images[bin];
            hits[bin] += ranks.prediction[i] == p.original[i];
        }
        if (const auto set = p.real.view()[i]; !set.empty()) {
            ++judged;
            real_log_loss += values.real_softmax_loss[i];
            real_sigmoid += values.real_sigmoid_loss[i];
            ++real_images[bin];
            real_hits[bin] += std::find(set.begin(), set.end(), ranks.prediction[i]) != set.end();
        }
    }
    test_support::for_each_policy([&](auto policy) {
        const ra::scores_evaluation e =
            ra::evaluate_scores(policy, p.view(), p.targets(), {.values = logits, .calibration_bins = bins});
        CHECK(e.order == static_cast<const ra::model_evaluation&>(ra::evaluate(ra::seq, p.view(), p.targets())));
        const auto check = [](const ra::mean& found, long double sum, std::uint64_t total) {
            CHECK(found.total == total);
            CHECK(relative_error(found.sum, static_cast<double>(sum)) < 1e-15);
            CHECK(found.value() == found.sum / static_cast<double>(total));
        };
        check(e.values.log_loss(), log_loss, labelled);
        check(e.values.sigmoid_loss(), sigmoid, labelled);
        check(e.values.brier_score(), brier, labelled);
        check(e.values.real_log_loss(), real_log_loss, judged);
        check(e.values.real_sigmoid_loss(), real_sigmoid, judged);
        const auto original_bins = e.values.calibration();
        const auto real_bins = e.values.real_calibration();
        REQUIRE(original_bins.size() == bins);
        for (std::size_t b = 0; b < bins; ++b) {
            CHECK(original_bins[b].accuracy == ra::proportion{hits[b], images[b]});
            CHECK(original_bins[b].confidence.total == images[b]);
            CHECK(real_bins[b].accuracy == ra::proportion{real_hits[b], real_images[b]});
            if (images[b] == 0) continue;
            CHECK(original_bins[b].confidence.value() >= original_bins[b].lower);
            CHECK(original_bins[b].confidence.value() <= original_bins[b].upper);
        }
    });
}

TEST_CASE("score evaluation: a calibration bin begins at its edge and the last one is closed")
{
    // k/B as a probability belongs to bin k, for every number of bins, whatever the product with B rounds to.
    for (std::size_t bins = 1; bins <= 300; ++bins) {
        for (std::size_t k = 0; k <= bins; ++k) {
            const double edge = static_cast<double>(k) / static_cast<double>(bins);
            REQUIRE(ra::detail::calibration_bin_of(edge, bins) == std::min(k, bins - 1));
            if (k > 0) REQUIRE(ra::detail::calibration_bin_of(std::nextafter(edge, 0.0), bins) == k - 1);
        }
    }
}

TEST_CASE("calibration error: by hand in each norm; empty bins have no part")
{
    const std::vector<ra::calibration_bin> bins{{0.0, 0.5, {1, 4}, {1.6, 4}},  // |0.25 - 0.4| = 0.15
                                                {0.5, 0.8, {}, {}},
                                                {0.8, 1.0, {3, 4}, {3.8, 4}}};  // |0.75 - 0.95| = 0.2
    CHECK(relative_error(ra::calibration_error(bins).value(), 0.175) < 1e-14);
    CHECK(relative_error(ra::calibration_error(bins, ra::calibration_norm::l2).value(),
                         std::sqrt((0.15 * 0.15 + 0.2 * 0.2) / 2)) < 1e-14);
    CHECK(relative_error(ra::calibration_error(bins, ra::calibration_norm::max).value(), 0.2) < 1e-14);
    CHECK(!ra::calibration_error({}).has_value());
    CHECK(!ra::calibration_error(std::vector<ra::calibration_bin>(3)).has_value());
}

TEST_CASE("equal-mass bins: sizes differ by at most one, and images that are left out stay out")
{
    using enum ra::image_outcome;
    const std::vector<double> confidence{0.9, 0.1, 0.5, 0.5, 0.7, 0.2, 0.3, 0.8};
    const std::vector<ra::image_outcome> outcomes{right, wrong, right, wrong, left_out, right, wrong, right};
    const auto bins = ra::equal_mass_calibration_bins(confidence, outcomes, 3);
    REQUIRE(bins.size() == 3);
    CHECK(bins[0].accuracy == ra::proportion{1, 3});  // 0.1 wrong, 0.2 right, 0.3 wrong
    CHECK(bins[1].accuracy == ra::proportion{1, 2});  // both 0.5
    CHECK(bins[2].accuracy == ra::proportion{2, 2});  // 0.8, 0.9
    CHECK(relative_error(bins[0].confidence.value(), 0.2) < 1e-15);
    CHECK(bins[1].lower == 0.5);
    CHECK(bins[2].upper == 0.9);
    CHECK(ra::equal_mass_calibration_bins(confidence, outcomes, 100).size() == 7);
    CHECK(ra::equal_mass_calibration_bins({}, {}, 5).empty());
    CHECK_ERROR(std::invalid_argument, ra::equal_mass_calibration_bins(confidence, {}, 5), "8", "0");
    CHECK_ERROR(std::invalid_argument, ra::equal_mass_calibration_bins(confidence, outcomes, 0), "0 bins");
}

TEST_CASE("calibration columns: their sums give the error of the bins, and so its bootstrap interval")
{
    const problem p(24);
    const ra::rankings_with_values ranked = ra::rank_with_values(ra::seq, p.view(), p.targets(), logits);
    ra::score_evaluation state({.values = logits});
    state.update(ra::seq, p.view(), p.targets());
    for (const auto metric : {ra::accuracy_of::original, ra::accuracy_of::real}) {
        const auto outcomes = ra::image_outcomes(ranked.ranks, p.targets(), {.metric = metric});
        const auto columns = ra::calibration_columns(ranked.values.confidence, outcomes, 15);
        const auto bins = metric == ra::accuracy_of::original ? state.calibration() : state.real_calibration();
        for (const auto norm : {ra::calibration_norm::l1, ra::calibration_norm::l2, ra::calibration_norm::max}) {
            const auto error = [&](const ra::resample_sums& images) {
                return ra::calibration_error_of_sums([&](std::size_t column) { return images.sum(column); }, 15, norm);
            };
            const ra::bootstrap_result result = ra::bootstrap(ra::seq, ra::image_values_view(columns, 45), error,
                                                              ra::random_seed{1}, {.replicates = 99});
            CHECK(relative_error(result.value, ra::calibration_error(bins, norm).value()) < 1e-12);
            CHECK(result.percentile.lower < result.percentile.upper);
            CHECK(result.percentile.upper > result.value);
        }
    }
    CHECK_ERROR(std::invalid_argument, ra::calibration_columns(ranked.values.confidence, {}, 15), "3000", "0 outcomes");
}

TEST_CASE("score evaluation: an infinite loss stays infinite, and the other sums finite")
{
    const std::vector<double> scores{1.0, 0.0, 0.5, 0.5};
    const std::vector<ra::class_index> original{1, 1};
    const auto e = ra::evaluate_scores(ra::seq, ra::scores_view<double>(scores, 2), {.original = original},
                                       {.values = {.scores = ra::score_kind::probabilities}});
    CHECK(e.values.log_loss().value() == std::numeric_limits<double>::infinity());
    CHECK(e.values.brier_score().value() == 1.25);
}

TEST_CASE("score evaluation: settings that differ are refused by name, and nothing changes")
{
    const problem p(22);
    const ra::score_evaluation counted = [&] {
        ra::score_evaluation state({.values = logits});
        state.update(ra::seq, p.view(), p.targets());
        return state;
    }();
    const auto refused = [&](const ra::score_evaluation_options& options) {
        ra::score_evaluation state = counted;
        std::string message =
            test_support::message_of<std::invalid_argument>([&] { state.merge(ra::score_evaluation(options)); });
        CHECK(state == counted);
        return message;
    };
    CHECK(test_support::lacks(refused({.values = logits, .calibration_bins = 20}), {"calibration bins 15", "20"}) ==
          "");
    CHECK(test_support::lacks(refused({.values = {.scores = ra::score_kind::probabilities}}),
                              {"logits", "probabilities"}) == "");
    CHECK(refused({.values = {.scores = ra::score_kind::logits, .brier = ra::brier_scores::no}}) ==
          "the state holds values of logits with sigmoid losses, what comes of logits without Brier scores");
    CHECK(test_support::lacks(refused({.classes = 8, .values = logits}), {"classes 7", "8"}) == "");
    CHECK(test_support::lacks(refused({.values = logits, .nan = ra::on_nan::exclude}), {"NaN"}) == "");
    CHECK_ERROR(std::invalid_argument, ra::score_evaluation({.values = logits, .calibration_bins = 0}),
                "0 calibration bins");
    CHECK_ERROR(std::invalid_argument, ra::score_evaluation(ra::score_evaluation_options{}), "not said");

    ra::score_evaluation state = counted;
    CHECK_ERROR(std::invalid_argument, state.update(ra::seq, p.view(), {.original = p.original}), "with label sets",
                "without");
    CHECK(state == counted);
    CHECK_ERROR(std::invalid_argument, ra::score_evaluation().update(ra::seq, p.view(), p.targets()), "not said");
    // Without sigmoid losses there are none to ask for, and without labels no metric of them.
    ra::score_evaluation plain({.values = {.scores = ra::score_kind::logits}});
    plain.update(ra::seq, p.view(), {.original = p.original});
    CHECK_ERROR(std::invalid_argument, plain.sigmoid_loss(), "not asked");
    CHECK_ERROR(std::invalid_argument, plain.real_log_loss(), "no label sets");
    CHECK(plain.log_loss() == counted.log_loss());
}

TEST_CASE("score evaluation: without Brier scores all else is as it was, of logits and of probabilities")
{
    const problem p(25);
    const auto check = [&](const auto& scores, const ra::score_value_options& options) {
        ra::score_value_options without = options;
        without.brier = ra::brier_scores::no;
        const auto all = ra::evaluate_scores(ra::seq, scores, p.targets(), {.values = options});
        const auto some = ra::evaluate_scores(ra::seq, scores, p.targets(), {.values = without});
        CHECK(some.order == all.order);
        CHECK_ERROR(std::invalid_argument, some.values.brier_score(), "Brier scores were not asked for");
        CHECK(relative_error(some.values.log_loss().value(), all.values.log_loss().value()) < 1e-7);
        CHECK(relative_error(some.values.real_log_loss().value(), all.values.real_log_loss().value()) < 1e-7);
        const auto error = ra::calibration_error(some.values.calibration());
        CHECK(relative_error(error.value(), ra::calibration_error(all.values.calibration()).value()) < 1e-7);
        const auto ranked = ra::rank_with_values(ra::seq, scores, p.targets(), without);
        CHECK(ranked.values.brier_score.empty());
        ra::score_evaluation state({.values = options});
        CHECK_ERROR(std::invalid_argument, state.update(ra::seq, ranked, p.targets()), "Brier scores of 0 images",
                    "wanted 3000");
        CHECK(ra::score_evaluation::from_bytes(some.values.to_bytes()) == some.values);
    };
    check(p.view(), {.scores = ra::score_kind::logits});
    std::vector<float> probabilities(problem::images * p.view().classes());
    for (std::size_t i = 0; i < probabilities.size(); ++i)
        probabilities[i] = static_cast<float>(i * 7919 % 1000) / 1000.0F;
    check(ra::scores_view<float>(probabilities, p.view().classes()), {.scores = ra::score_kind::probabilities});
}

TEST_CASE("mean reciprocal rank: from the definition; needs every rank")
{
    const problem p(23);
    const ra::evaluation e = ra::evaluate(ra::seq, p.view(), p.targets(), {.keep_rankings = ra::keep_rankings::yes});
    long double sum = 0, real_sum = 0;
    for (std::size_t i = 0; i < problem::images; ++i) {
        if (p.original[i] != ra::missing_label) sum += 1.0L / (1 + e.ranks->original_rank[i]);
        const auto* offsets = p.real.view().offsets();
        if (offsets[i] == offsets[i + 1]) continue;
        real_sum +=
            1.0L / (1 + *std::min_element(e.ranks->label_rank.begin() + static_cast<std::ptrdiff_t>(offsets[i]),
                                          e.ranks->label_rank.begin() + static_cast<std::ptrdiff_t>(offsets[i + 1])));
    }
    CHECK(relative_error(e.mean_reciprocal_rank().sum, static_cast<double>(sum)) < 1e-14);
    CHECK(e.mean_reciprocal_rank().total == e.top_k(1).total);
    CHECK(relative_error(e.real_mean_reciprocal_rank().sum, static_cast<double>(real_sum)) < 1e-14);
    const ra::evaluation shallow = ra::evaluate(ra::seq, p.view(), p.targets(), {.depth = 3});
    CHECK_ERROR(std::invalid_argument, shallow.mean_reciprocal_rank(), "below 3", "7");
}
