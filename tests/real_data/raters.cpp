// The released votes of ImageNet's raters and experts, against figures that an independent program computed.
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"
#include "support/sanitizers.hpp"

#include <reassess/data/image_names.hpp>
#include <reassess/io/rater_votes.hpp>
#include <reassess/labeling/dawid_skene.hpp>
#include <reassess/labeling/majority_vote.hpp>
#include <reassess/labeling/precision_recall.hpp>
#include <reassess/labeling/rating_tasks.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using nlohmann::json;
using test_support::relative_error;

namespace {

constexpr ra::answer_index maybe = 1;
constexpr ra::answer_index yes = 2;

const json& expected()
{
    return test_support::expected_figures().at("raters");
}

std::size_t count(const std::vector<bool>& kept)
{
    return static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
}

struct released {
    explicit released(const std::filesystem::path& data)
        : rated(ra::io::read_rater_votes(data / "reassessed-imagenet/raters.npz")),
          experts(ra::io::read_rater_votes(data / "reassessed-imagenet/golden.npz"))
    {
        const auto numbered = ra::imagenet_validation_names();
        const auto number_of = ra::match_names(numbered, rated.images);
        pairs = rated.pairs;
        for (ra::rated_pair& pair : pairs) pair.image = static_cast<std::uint32_t>(number_of[pair.image]);
        const test_support::imagenet_labels labels(data);
        const auto row_of = ra::match_names(labels.names, numbered);
        for (const std::size_t row : row_of) original.push_back(labels.original[row]);
        real = ra::reorder(labels.real, row_of);

        gold = ra::gold_from_majority(ra::vote_table(experts.votes), yes);
        std::map<std::pair<std::string, ra::class_index>, std::size_t> pair_of;
        for (std::size_t i = 0; i < rated.pairs.size(); ++i)
            pair_of[{rated.images[rated.pairs[i].image], rated.pairs[i].label}] = i;
        for (const ra::rated_pair& pair : experts.pairs)
            gold_pairs.push_back(pair_of.at({experts.images[pair.image], pair.label}));
    }

    [[nodiscard]] ra::precision_recall against_gold(const std::vector<bool>& kept) const
    {
        std::vector<bool> of_gold;
        for (const std::size_t pair : gold_pairs) of_gold.push_back(kept[pair]);
        return ra::measure_precision_recall(of_gold, gold);
    }

    void check_against_gold(const std::vector<bool>& kept, const json& wanted) const
    {
        const ra::precision_recall counts = against_gold(kept);
        CHECK(counts.proposed == wanted.at("proposed").get<std::size_t>());
        CHECK(counts.hits == wanted.at("hits").get<std::size_t>());
        CHECK(counts.gold == wanted.at("gold").get<std::size_t>());
        CHECK(counts.precision().value() == wanted.at("precision").get<double>());
        CHECK(counts.recall().value() == wanted.at("recall").get<double>());
    }

    void check_fit(const ra::dawid_skene_result& fit, const json& wanted) const
    {
        CHECK(fit.converged);
        const auto iterations = wanted.at("iterations_to_1e_9").get<double>();
        CHECK(std::abs(static_cast<double>(fit.iterations) - iterations) <= 2);
        CHECK(relative_error(fit.prior[1], wanted.at("prior_present").get<double>()) < 1e-9);
        CHECK(relative_error(*fit.final_log_likelihood(), wanted.at("log_likelihood").get<double>()) < 1e-12);
        for (std::size_t i = 1; i < fit.iterations; ++i)
            CHECK(fit.log_likelihood[i] >= fit.log_likelihood[i - 1] - 1e-12 * std::abs(fit.log_likelihood[i]));
        for (std::size_t i = 0; i < 8; ++i)
            CHECK(std::abs(fit.posterior(i, 1) - wanted.at("posterior_first_8_pairs")[i].get<double>()) < 1e-9);
        const std::vector<bool> kept = ra::greater_than(fit.posteriors_of(1), 0.8);
        CHECK(count(kept) == wanted.at("kept_above_0_8").get<std::size_t>());
        check_against_gold(kept, wanted.at("golden_above_0_8"));
        const std::vector<bool> published = ra::pairs_in(pairs, real.view());
        ra::proportion agreeing{0, pairs.size()};
        for (std::size_t i = 0; i < pairs.size(); ++i) agreeing.hits += kept[i] == published[i];
        CHECK(agreeing.value() == wanted.at("agreement_with_real_json").get<double>());
    }

    ra::io::rater_votes rated;
    ra::io::rater_votes experts;
    std::vector<ra::rated_pair> pairs{};
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
    std::vector<bool> gold{};
    std::vector<std::size_t> gold_pairs{};
};

}  // namespace

TEST_CASE("raters: counts, majority votes and labels as points")
{
    NEEDS_REAL_DATA(data);
    const json wanted = expected();
    const released files(data);
    CHECK(files.rated.votes.raters() == wanted.at("raters").get<std::size_t>());
    CHECK(files.rated.votes.items() == wanted.at("pairs").get<std::size_t>());
    CHECK(files.rated.votes.votes() == wanted.at("votes").get<std::size_t>());
    CHECK(files.rated.images.size() == wanted.at("images").get<std::size_t>());
    const ra::vote_table table(files.rated.votes);
    for (std::size_t item = 0; item < table.items(); ++item)
        REQUIRE(table.total(item) == wanted.at("votes_per_pair").get<std::size_t>());

    const json& majority = wanted.at("majority_vote");
    const auto three = ra::majority_vote(table, ra::at_least_votes{.answer = yes, .votes = 3});
    CHECK(count(three) == majority.at("at_least_3_yes").get<std::size_t>());
    files.check_against_gold(three, majority.at("golden"));
    const auto more = ra::majority_vote(table, ra::more_votes_than{.answer = yes, .other = 0});
    CHECK(count(more) == majority.at("more_yes_than_no").get<std::size_t>());
    files.check_against_gold(more, majority.at("golden_more_yes_than_no"));
    const auto half = ra::majority_vote(table, ra::at_least_half_of_votes{.answer = yes, .half = maybe});
    CHECK(count(half) == majority.at("paper_rule").at("kept").get<std::size_t>());
    files.check_against_gold(half, majority.at("paper_rule").at("golden"));

    const auto published = ra::pairs_in(files.pairs, files.real.view());
    CHECK(count(published) == wanted.at("pairs_kept_in_real_json").get<std::size_t>());
    files.check_against_gold(published, wanted.at("golden_real_json"));
    files.check_against_gold(ra::pairs_in(files.pairs, std::span<const ra::class_index>(files.original)),
                             wanted.at("golden_original_labels"));

    // The published sets are the published pairs, and the original label where nobody was asked.
    CHECK(ra::label_sets_from_pairs(files.pairs, published, files.original) == files.real);
    std::vector<bool> rated(50000);
    for (const ra::rated_pair& pair : files.pairs) rated[pair.image] = true;
    CHECK(50000 - count(rated) == wanted.at("unrated_images").get<std::size_t>());
}

TEST_CASE("raters: the released pairs as rating tasks of at most 8")
{
    NEEDS_REAL_DATA(data);
    const released files(data);
    const auto proposed = ra::label_sets_from_pairs(files.pairs, std::vector<bool>(files.pairs.size(), true),
                                                    std::vector<ra::class_index>(50000, ra::missing_label));
    std::vector<std::uint32_t> images(50000);
    std::iota(images.begin(), images.end(), std::uint32_t{0});
    std::vector<std::size_t> tasks_of(50000);
    std::size_t asked = 0;
    for (const ra::rating_task& task : ra::rating_tasks(proposed, images)) {
        REQUIRE(task.classes.size() <= 8);
        ++tasks_of[task.image];
        asked += task.classes.size();
    }
    CHECK(asked == 184'962);
    // Counted with numpy: images with more than 8 pairs.
    CHECK(std::count_if(tasks_of.begin(), tasks_of.end(), [](std::size_t tasks) { return tasks > 1; }) == 7047);
}

TEST_CASE("raters: Dawid-Skene with a virtual rater on animals")
{
    NEEDS_REAL_DATA(data);
    released files(data);
    std::vector<ra::answer_index> original;
    for (const ra::rated_pair& pair : files.pairs) {
        const ra::class_index label = files.original[pair.image];
        original.push_back(label > 397 ? ra::no_answer : label == pair.label ? yes : 0);
    }
    files.rated.votes.add_rater(original);
    const auto fit = ra::dawid_skene(ra::par, files.rated.votes, ra::no_maybe_yes());
    files.check_fit(fit, expected().at("dawid_skene_with_virtual_rater"));

    // The curve passes through the operating point, and a threshold for its precision or recall does no worse.
    std::vector<double> scores;
    for (const std::size_t pair : files.gold_pairs) scores.push_back(fit.posterior(pair, 1));
    const auto curve = ra::precision_recall_curve(scores, files.gold);
    const auto at_threshold = ra::measure_precision_recall(ra::greater_than(scores, 0.8), files.gold);
    CHECK(std::any_of(curve.begin(), curve.end(), [&](const auto& point) { return point.counts == at_threshold; }));
    CHECK(curve.back().counts == ra::precision_recall{.hits = 248, .proposed = 1135, .gold = 248});
    const auto by_precision = ra::operating_point_for_precision(curve, at_threshold.precision().value());
    REQUIRE(by_precision);
    CHECK(by_precision->counts.hits >= at_threshold.hits);
    const auto by_recall = ra::operating_point_for_recall(curve, at_threshold.recall().value());
    REQUIRE(by_recall);
    CHECK(by_recall->counts.precision().value() >= at_threshold.precision().value());
}

TEST_CASE("raters: Dawid-Skene without a virtual rater")
{
    NEEDS_REAL_DATA(data);
    if (test_support::under_sanitizer) {
        MESSAGE("left out: 826 iterations take minutes under a sanitizer");
        return;
    }
    const released files(data);
    files.check_fit(ra::dawid_skene(ra::par, files.rated.votes, ra::no_maybe_yes()),
                    expected().at("dawid_skene_without_virtual_rater"));
}

TEST_CASE("raters: experts and raters as points of Fig. 3")
{
    NEEDS_REAL_DATA(data);
    const auto experts = ra::io::read_rater_votes(data / "reassessed-imagenet/golden.npz");
    const auto all = ra::experts_against_all(experts.votes, yes);
    const auto others = ra::experts_against_others(experts.votes, yes);
    // Counted with numpy: yes of each expert, those of at least 3 of all 5, those of at least 3 of the other 4.
    const std::vector<ra::precision_recall> against_all{
        {240, 280, 248}, {171, 180, 248}, {243, 292, 248}, {216, 237, 248}, {213, 247, 248}};
    const std::vector<ra::precision_recall> against_others{
        {200, 280, 208}, {164, 180, 241}, {200, 292, 205}, {191, 237, 223}, {187, 247, 222}};
    CHECK(all == against_all);
    CHECK(others == against_others);

    const auto raters = ra::io::read_rater_votes(data / "reassessed-imagenet/raters_golden.npz");
    CHECK(raters.pairs == experts.pairs);
    const auto points = ra::rater_points(raters.votes, yes, ra::gold_from_majority(ra::vote_table(experts.votes), yes));
    REQUIRE(points.size() == 78);
    for (const ra::precision_recall& point : points) CHECK(point.gold == 248);
}
