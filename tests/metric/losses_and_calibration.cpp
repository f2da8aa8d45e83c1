// Losses and calibration over many images: against sums and bins made image by image.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/calibration.hpp>
#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/statistics/bootstrap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
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

constexpr ra::evaluation_options with_sigmoid{.sigmoid = ra::sigmoid_losses::yes};

/// Whether everything that follows from the order of the scores is the same.
bool same_order(const ra::evaluation<>& a, const ra::evaluation<>& b)
{
    bool same = a.images() == b.images() && a.nan_images() == b.nan_images() && a.ties() == b.ties() &&
                a.missing_labels() == b.missing_labels() && a.without_real_labels() == b.without_real_labels() &&
                a.with_real_labels() == b.with_real_labels() && a.rank_histogram() == b.rank_histogram() &&
                a.preference() == b.preference() && a.confusion().dense() == b.confusion().dense() &&
                a.depth() == b.depth() && a.classes() == b.classes();
    for (std::size_t k = 1; same && k <= a.depth(); ++k) {
        same = a.top_k(k) == b.top_k(k) && a.real(k) == b.real(k) && a.real_kth(k) == b.real_kth(k) &&
               a.real_kth_where_enough_labels(k) == b.real_kth_where_enough_labels(k) &&
               a.all_of_top_k(k) == b.all_of_top_k(k);
    }
    for (std::size_t c = 0; same && c < a.classes(); ++c) {
        const auto label = static_cast<ra::class_index>(c);
        same = a.class_accuracy(label) == b.class_accuracy(label) &&
               a.confirmed_class_accuracy(label) == b.confirmed_class_accuracy(label);
    }
    return same;
}

}  // namespace

TEST_CASE("losses: means and calibration bins are those of the images' values, on every policy")
{
    const problem p(21);
    const ra::image_results ranked = ra::rank(ra::seq, ra::logits(p.view()), p.targets(), with_sigmoid);
    long double log_loss = 0, real_log_loss = 0, sigmoid = 0, real_sigmoid = 0, brier = 0;
    std::uint64_t labelled = 0, with_labels = 0;
    constexpr std::size_t bins = 10;
    std::vector<std::uint64_t> images(bins), hits(bins), real_images(bins), real_hits(bins);
    for (std::size_t i = 0; i < problem::images; ++i) {
        std::size_t bin = 0;
        while (bin + 1 < bins && ranked.confidence[i] >= static_cast<double>(bin + 1) / static_cast<double>(bins))
            ++bin;
        if (p.original[i] != ra::missing_label) {
            ++labelled;
            log_loss += ranked.cross_entropy[i];
            sigmoid += ranked.sigmoid_cross_entropy[i];
            brier += ranked.brier_score[i];
            ++images[bin];
            hits[bin] += ranked.prediction[i] == p.original[i];
        }
        if (const auto set = p.real.view()[i]; !set.empty()) {
            ++with_labels;
            real_log_loss += ranked.real_cross_entropy[i];
            real_sigmoid += ranked.real_sigmoid_cross_entropy[i];
            ++real_images[bin];
            real_hits[bin] += std::find(set.begin(), set.end(), ranked.prediction[i]) != set.end();
        }
    }
    test_support::for_each_policy([&](auto policy) {
        const ra::evaluation e = ra::evaluate(policy, ra::logits(p.view()), p.targets(),
                                              {.sigmoid = ra::sigmoid_losses::yes, .calibration_bins = bins});
        CHECK(same_order(e, ra::evaluate(ra::seq, p.view(), p.targets())));
        CHECK(e.calibration_error() == ra::calibration_error(e.calibration()));
        CHECK(e.real_calibration_error(ra::calibration_norm::l2) ==
              ra::calibration_error(e.real_calibration(), ra::calibration_norm::l2));
        const auto check = [](const ra::mean& found, long double sum, std::uint64_t total) {
            CHECK(found.total == total);
            CHECK(relative_error(found.sum, static_cast<double>(sum)) < 1e-15);
            CHECK(found.value() == found.sum / static_cast<double>(total));
        };
        check(e.log_loss(), log_loss, labelled);
        check(e.sigmoid_loss(), sigmoid, labelled);
        check(e.brier_score(), brier, labelled);
        check(e.real_log_loss(), real_log_loss, with_labels);
        check(e.real_sigmoid_loss(), real_sigmoid, with_labels);
        const auto original_bins = e.calibration();
        const auto real_bins = e.real_calibration();
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

TEST_CASE("calibration: a bin begins at its edge and the last one is closed")
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
    const ra::image_results ranked = ra::rank(ra::seq, ra::logits(p.view()), p.targets(), with_sigmoid);
    const ra::evaluation e = ra::evaluate(ra::seq, ra::logits(p.view()), p.targets(), with_sigmoid);
    for (const auto metric : {ra::accuracy_of::original, ra::accuracy_of::real}) {
        const auto outcomes = ra::image_outcomes(ranked, p.targets(), {.metric = metric});
        const auto columns = ra::calibration_columns(ranked.confidence, outcomes, 15);
        const auto bins = metric == ra::accuracy_of::original ? e.calibration() : e.real_calibration();
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
    CHECK_ERROR(std::invalid_argument, ra::calibration_columns(ranked.confidence, {}, 15), "3000", "0 outcomes");

    const std::vector<ra::image_outcome> right(2, ra::image_outcome::right);
    for (const double confidence : {-0.1, 1.7, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_ERROR(std::domain_error, ra::calibration_columns(std::vector<double>{0.5, confidence}, right, 15),
                    "the confidence of image 1 is outside [0, 1]");
        CHECK_ERROR(std::domain_error, ra::equal_mass_calibration_bins(std::vector<double>{0.5, confidence}, right, 2),
                    "the confidence of image 1 is outside [0, 1]");
    }
    const std::vector<ra::image_outcome> left_out(2, ra::image_outcome::left_out);
    CHECK(ra::calibration_columns(std::vector<double>{1.7, -0.1}, left_out, 1) == std::vector<double>(6));
    CHECK(ra::equal_mass_calibration_bins(std::vector<double>{1.7, -0.1}, left_out, 1).empty());
}

TEST_CASE("losses: an infinite loss stays infinite, and the other sums finite")
{
    const std::vector<double> scores{1.0, 0.0, 0.5, 0.5};
    const std::vector<ra::class_index> original{1, 1};
    const ra::evaluation e =
        ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<double>(scores, 2)), {.original = original});
    CHECK(e.log_loss().value() == std::numeric_limits<double>::infinity());
    CHECK(e.brier_score().value() == 1.25);
}

TEST_CASE("losses: evaluations of other settings are refused with both named, and nothing changes")
{
    const problem p(22);
    const ra::evaluation counted = ra::evaluate(ra::seq, ra::logits(p.view()), p.targets(), with_sigmoid);
    const auto refused = [&](const ra::evaluation<>& other) {
        ra::evaluation e = counted;
        std::string message = test_support::message_of<std::invalid_argument>([&] { e.merge(other); });
        CHECK(e == counted);
        return message;
    };
    // Before a first batch there are only the options.
    const auto of_options = [](const ra::evaluation_options& options) {
        return ra::evaluator(ra::seq, options).result();
    };
    ra::evaluation_options options = with_sigmoid;
    options.calibration_bins = 20;
    CHECK(refused(of_options(options)) ==
          "calibration bins: this evaluation has 15, the batch or merged evaluation has 20");
    options = with_sigmoid;
    options.nan = ra::on_nan::exclude;
    CHECK(refused(of_options(options)) == "this evaluation has the NaN rule error, the merged evaluation has exclude");
    CHECK(refused(of_options({.depth = 3})) == "depth: this evaluation has 7, the batch or merged evaluation has 3");
    CHECK(refused(of_options({.depth = 7})) ==
          "this evaluation and the merged one differ in sigmoid losses or Brier scores");
    CHECK(refused(of_options({.sigmoid = ra::sigmoid_losses::yes, .brier = ra::brier_scores::no})) ==
          "this evaluation and the merged one differ in sigmoid losses or Brier scores");
    // Of no images.
    const auto of_none = [](const auto& scores, const ra::evaluation_options& how) {
        const ra::label_sets no_sets;
        return ra::evaluate(ra::seq, scores, {.original = std::span<const ra::class_index>{}, .real = no_sets.view()},
                            how);
    };
    const ra::scores_view<float> none(nullptr, 0, problem::classes);
    CHECK(refused(of_none(none, {})) ==
          "this evaluation is of logits with sigmoid losses, the batch or merged evaluation is of scores without an "
          "interpretation");
    CHECK(refused(of_none(ra::probabilities(none), with_sigmoid)) ==
          "this evaluation is of logits with sigmoid losses, the batch or merged evaluation is of probabilities with "
          "sigmoid losses");
    CHECK(refused(of_none(ra::logits(none), {.brier = ra::brier_scores::no})) ==
          "this evaluation is of logits with sigmoid losses, the batch or merged evaluation is of logits without Brier "
          "scores");
    CHECK(refused(of_none(ra::logits(ra::scores_view<float>(nullptr, 0, 8)), with_sigmoid)) ==
          "classes: this evaluation has 7, the batch or merged evaluation has 8");
    const auto clipped = of_none(ra::probabilities(none, {.clip = 0.01}), {});
    ra::evaluation other_clip = of_none(ra::probabilities(none, {.clip = 0.02}), {});
    CHECK_ERROR(std::invalid_argument, other_clip.merge(clipped),
                "this evaluation is of clipped probabilities, the batch or merged evaluation is of clipped "
                "probabilities, or their clip differs");
    ra::evaluation same = counted;
    same.merge(of_none(ra::logits(none), with_sigmoid));
    CHECK(same == counted);

    CHECK_ERROR(std::invalid_argument, ra::evaluator(ra::seq, {.calibration_bins = 0}), "0 bins, expected 1 to 65536");
    ra::evaluator counts(ra::seq, with_sigmoid);
    counts.update(ra::logits(p.view()), p.targets());
    CHECK_ERROR(std::invalid_argument, counts.update(ra::logits(p.view()), {.original = p.original}),
                "this evaluation is with label sets, the batch or merged evaluation is without label sets");
    CHECK(counts.result() == counted);
}

TEST_CASE("losses: reading one that was not requested or has no labels is an error")
{
    const problem p(22);
    const ra::evaluation both = ra::evaluate(ra::seq, ra::logits(p.view()), p.targets(), with_sigmoid);
    const ra::evaluation plain = ra::evaluate(ra::seq, ra::logits(p.view()), {.original = p.original});
    CHECK(plain.has_losses());
    CHECK_ERROR(std::invalid_argument, plain.sigmoid_loss(), "sigmoid losses were not requested");
    CHECK_ERROR(std::invalid_argument, plain.real_sigmoid_loss(), "sigmoid losses were not requested");
    CHECK_ERROR(std::invalid_argument, plain.real_log_loss(), "the evaluation has no label sets");
    CHECK_ERROR(std::invalid_argument, plain.real_calibration(), "the evaluation has no label sets");
    CHECK(plain.log_loss() == both.log_loss());
    const ra::evaluation only_real = ra::evaluate(ra::seq, ra::logits(p.view()), {.real = p.real.view()}, with_sigmoid);
    CHECK_ERROR(std::invalid_argument, only_real.log_loss(), "the evaluation has no original labels");
    CHECK_ERROR(std::invalid_argument, only_real.sigmoid_loss(), "the evaluation has no original labels");
    CHECK_ERROR(std::invalid_argument, only_real.brier_score(), "the evaluation has no original labels");
    CHECK_ERROR(std::invalid_argument, only_real.calibration(), "the evaluation has no original labels");
    CHECK(only_real.real_log_loss() == both.real_log_loss());
    CHECK(only_real.real_sigmoid_loss() == both.real_sigmoid_loss());

    // Scores without an interpretation have no losses, whatever was requested.
    for (const ra::evaluation_options& options : {ra::evaluation_options{}, with_sigmoid}) {
        const ra::evaluation order = ra::evaluate(ra::seq, p.view(), p.targets(), options);
        CHECK(!order.has_losses());
        const std::string why =
            "the evaluation has no losses, because it is of top-k lists or of scores without an interpretation";
        CHECK_ERROR(std::invalid_argument, order.log_loss(), "log_loss: " + why);
        CHECK_ERROR(std::invalid_argument, order.real_log_loss(), "real_log_loss: " + why);
        CHECK_ERROR(std::invalid_argument, order.brier_score(), "brier_score: " + why);
        CHECK_ERROR(std::invalid_argument, order.calibration(), "calibration: " + why);
        CHECK_ERROR(std::invalid_argument, order.calibration_error(), "calibration: " + why);
        CHECK_ERROR(std::invalid_argument, order.real_calibration_error(), "real_calibration: " + why);
    }
}

TEST_CASE("losses: without Brier scores all else is as it was, of logits and of probabilities")
{
    const problem p(25);
    const auto check = [&](const auto& scores, const ra::evaluation_options& options, const std::string& name) {
        ra::evaluation_options without = options;
        without.brier = ra::brier_scores::no;
        const ra::evaluation all = ra::evaluate(ra::seq, scores, p.targets(), options);
        const ra::evaluation some = ra::evaluate(ra::seq, scores, p.targets(), without);
        CHECK(same_order(some, all));
        CHECK_ERROR(std::invalid_argument, some.brier_score(), "brier_score: the evaluation has brier_scores::no");
        CHECK(relative_error(some.log_loss().value(), all.log_loss().value()) < 1e-7);
        CHECK(relative_error(some.real_log_loss().value(), all.real_log_loss().value()) < 1e-7);
        CHECK(relative_error(some.calibration_error().value(), all.calibration_error().value()) < 1e-7);
        ra::image_results ranked = ra::rank(ra::seq, scores, p.targets(), without);
        CHECK(ranked.brier_score.empty());
        ra::evaluator counts(ra::seq, options);
        counts.update(scores, p.targets());
        CHECK_ERROR(std::invalid_argument, counts.update(ranked, p.targets()),
                    "this evaluation is of " + name + ", the batch or merged evaluation is of " + name +
                        " without Brier scores");
        ranked.settings.brier = ra::brier_scores::yes;
        CHECK_ERROR(std::invalid_argument, counts.update(ranked, p.targets()),
                    "column brier_score has 0 elements, expected 3000");
        CHECK(counts.result() == all);
        CHECK(ra::evaluation<>::from_bytes(some.to_bytes()) == some);
    };
    check(ra::logits(p.view()), {}, "logits");
    check(ra::logits(p.view()), with_sigmoid, "logits with sigmoid losses");
    std::vector<float> probabilities(problem::images * p.view().classes());
    for (std::size_t i = 0; i < probabilities.size(); ++i)
        probabilities[i] = static_cast<float>(i * 7919 % 1000) / 1000.0F;
    check(ra::probabilities(ra::scores_view<float>(probabilities, p.view().classes())), {}, "probabilities");
}

TEST_CASE("mean reciprocal rank: from the definition; needs every rank")
{
    const problem p(23);
    const ra::evaluation e = ra::evaluate(ra::seq, p.view(), p.targets());
    const ra::image_results ranked = ra::rank(ra::seq, p.view(), p.targets());
    long double sum = 0, real_sum = 0;
    for (std::size_t i = 0; i < problem::images; ++i) {
        if (p.original[i] != ra::missing_label) sum += 1.0L / (1 + ranked.original_rank[i]);
        const auto* offsets = p.real.view().offsets();
        if (offsets[i] == offsets[i + 1]) continue;
        real_sum +=
            1.0L / (1 + *std::min_element(ranked.label_rank.begin() + static_cast<std::ptrdiff_t>(offsets[i]),
                                          ranked.label_rank.begin() + static_cast<std::ptrdiff_t>(offsets[i + 1])));
    }
    CHECK(relative_error(e.mean_reciprocal_rank().sum, static_cast<double>(sum)) < 1e-14);
    CHECK(e.mean_reciprocal_rank().total == e.top_k(1).total);
    CHECK(relative_error(e.real_mean_reciprocal_rank().sum, static_cast<double>(real_sum)) < 1e-14);
    const ra::evaluation shallow = ra::evaluate(ra::seq, p.view(), p.targets(), {.depth = 3});
    CHECK_ERROR(std::invalid_argument, shallow.mean_reciprocal_rank(), "only ranks below 3 of 7 are known");
}
