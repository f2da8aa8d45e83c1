// Section "Fig. 3, right": votes become labels; precision and recall against the experts.
#include "paper.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/labeling/dawid_skene.hpp>
#include <reassess/labeling/majority_vote.hpp>
#include <reassess/labeling/precision_recall.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace paper {

namespace {

using ra::io::maybe;
using ra::io::yes;

constexpr double threshold = 0.8;

struct fitted {
    ra::dawid_skene_result fit{};
    std::vector<double> posteriors{};
    std::vector<bool> kept{};
};

fitted fit(const ra::annotations& votes)
{
    fitted result;
    result.fit = ra::dawid_skene(ra::par, votes, ra::no_maybe_yes());
    result.posteriors = result.fit.posteriors_of(1);
    result.kept = ra::greater_than(result.posteriors, threshold);
    return result;
}

std::uint64_t count_kept(const std::vector<bool>& kept)
{
    return static_cast<std::uint64_t>(std::count(kept.begin(), kept.end(), true));
}

void add_point(report::series& series, const ra::precision_recall& counts)
{
    if (counts.proposed == 0 || counts.gold == 0) return;
    series.x.push_back(100 * counts.recall().value());
    series.y.push_back(100 * counts.precision().value());
}

std::vector<report::cell> row(const std::string& id, const std::string& what, const ra::precision_recall& counts,
                              std::optional<report::printed> precision = {}, std::optional<report::printed> recall = {})
{
    return {what,
            report::percentage("figure3." + id + ".precision", what + ": precision", counts.precision(), precision),
            report::percentage("figure3." + id + ".recall", what + ": recall", counts.recall(), recall),
            report::count("figure3." + id + ".hits", what + ": pairs kept that the experts have", counts.hits),
            report::count("figure3." + id + ".proposed", what + ": pairs kept", counts.proposed),
            report::count("figure3." + id + ".gold", what + ": pairs that the experts have", counts.gold)};
}

}  // namespace

std::optional<report::section> figure_3(const inputs& in)
{
    if (!in.votes) return std::nullopt;
    const rated_images& votes = *in.votes;
    const bool real = in.simulated.empty();
    const auto printed = [&](double value) { return real ? std::optional(report::printed{value, 1}) : std::nullopt; };
    const auto against_gold = [&](const std::vector<bool>& kept) {
        return ra::measure_precision_recall(ra::io::of_gold(votes.gold, kept), votes.gold.labels);
    };

    // The raters alone, then with the original labels as one rater more on the images of animals.
    const fitted alone = fit(votes.rated.votes);
    ra::annotations with_labels = votes.rated.votes;
    with_labels.add_rater(ra::io::votes_of_original(votes.images, votes.virtual_classes));
    const fitted with = fit(with_labels);
    const ra::vote_table table_of_votes(votes.rated.votes);
    const auto half = ra::majority_vote(table_of_votes, ra::at_least_half_of_votes{.answer = yes, .half = maybe});
    const auto more = ra::majority_vote(table_of_votes, ra::more_votes_than{.answer = yes, .other = 0});
    const auto three = ra::majority_vote(table_of_votes, ra::at_least_votes{.answer = yes, .votes = 3});

    report::section section{.id = "figure-3", .title = "Fig. 3, right: from votes to labels", .notice = in.simulated};
    section.text = {
        "Pairs of an image and a class on which five experts voted too; a pair is gold where more than half of the "
        "experts say yes. Precision: of the pairs kept, those that are gold. Recall: of the gold pairs, those that are "
        "kept. The majority vote of the paper keeps a pair where yes, and half of maybe, are at least half of its "
        "votes. Dawid and Skene's model is fitted to all votes; the original labels vote, too, on images of animals, "
        "and a pair is kept where its posterior is above 0.8.",
        "An expert is measured against the majority of the other four, where three must say yes, and against that of "
        "all five, which the expert's own vote is part of."};
    section.definitions = {"majority", "dawid_skene", "precision_recall"};

    auto& numbers = section.numbers;
    numbers.push_back(report::count("figure3.pairs", "pairs voted on", votes.rated.pairs.size()));
    numbers.push_back(report::count("figure3.raters", "raters", votes.rated.votes.raters()));
    numbers.push_back(report::count("figure3.votes", "votes", votes.rated.votes.votes()));
    numbers.push_back(
        report::count("figure3.published.kept", "pairs that the published labels keep", count_kept(votes.published)));
    for (const auto& [id, name, result] : {std::tuple<const char*, const char*, const fitted*>{
                                               "dawid_skene", "Dawid-Skene with the original labels on animals", &with},
                                           {"dawid_skene_alone", "Dawid-Skene of the raters alone", &alone}}) {
        const std::string prefix = "figure3." + std::string(id) + ".", what = std::string(name) + ": ";
        numbers.push_back(report::count(prefix + "kept", what + "pairs kept", count_kept(result->kept)));
        ra::proportion agreeing{0, result->kept.size()};
        for (std::size_t i = 0; i < result->kept.size(); ++i) agreeing.hits += result->kept[i] == votes.published[i];
        numbers.push_back(report::percentage(
            prefix + "agreement", what + "pairs decided as in the published labels", agreeing, {},
            real ? "The authors do not state their variant of the model; this one decides nearly all pairs as they did."
                 : ""));
        numbers.push_back(report::count(prefix + "iterations", what + "iterations", result->fit.iterations));
        report::number likelihood =
            real_number(prefix + "log_likelihood", what + "log-likelihood", result->fit.final_log_likelihood(), 2);
        numbers.push_back(likelihood);
        numbers.push_back(
            real_number(prefix + "prior", what + "share of pairs whose class is there", result->fit.prior[1], 4));
    }
    for (const auto& [id, name, kept] : {std::tuple<const char*, const char*, const std::vector<bool>*>{
                                             "majority", "majority vote of the paper", &half},
                                         {"more_yes", "more yes than no", &more},
                                         {"three_yes", "at least three yes", &three}}) {
        numbers.push_back(report::count("figure3." + std::string(id) + ".kept", std::string(name) + ": pairs kept",
                                        count_kept(*kept)));
    }

    report::table table{.id = "table-figure-3", .title = "Precision and recall against the experts"};
    table.caption = "Over the " + std::to_string(votes.gold.labels.size()) +
                    " pairs that experts voted on. In percent, with 95 % intervals.";
    table.columns = {"", "precision", "recall", "kept and gold", "kept", "gold"};
    table.rows.push_back(
        row("majority", "majority vote of the paper", against_gold(half), printed(90.8), printed(71.8)));
    table.rows.push_back(row("more_yes", "more yes than no", against_gold(more)));
    table.rows.push_back(row("three_yes", "at least three yes", against_gold(three)));
    table.rows.push_back(row("dawid_skene", "Dawid-Skene, original labels vote on animals", against_gold(with.kept)));
    table.rows.push_back(row("dawid_skene_alone", "Dawid-Skene, raters alone", against_gold(alone.kept)));

    report::figure figure{.id = "figure-3-precision-recall", .title = "Precision and recall of labels and people"};
    figure.caption =
        "Over the pairs that experts voted on. The line is Dawid and Skene's model (original labels vote on animals) "
        "as the threshold of the posterior moves.";
    report::plot& plot = figure.plot;
    plot.x = {.label = "recall (%)", .range = ra::interval{0, 100}};
    plot.y = {.label = "precision (%)", .range = ra::interval{0, 100}};
    plot.key = report::key_place::below;
    plot.height = 470;
    report::series curve{.title = "Dawid-Skene", .kind = report::series_kind::line, .colour = 0};
    for (const ra::precision_recall_point& point :
         ra::precision_recall_curve(ra::io::of_gold(votes.gold, with.posteriors), votes.gold.labels))
        add_point(curve, point.counts);
    report::series raters{.title = "a rater", .colour = 4},
        others{.title = "an expert, against the others", .colour = 2},
        all{.title = "an expert, against all", .colour = 3};
    report::series operating{.title = "Dawid-Skene above 0.8", .colour = 0},
        majority{.title = "majority vote", .colour = 1}, published{.title = "published labels", .colour = 5},
        original{.title = "original labels", .colour = 6};
    add_point(operating, against_gold(with.kept));
    add_point(majority, against_gold(half));
    for (const ra::io::measured& point :
         ra::io::measure_others(votes.gold, votes.images, votes.published, votes.gold_raters)) {
        if (point.kind == "labels") {
            table.rows.push_back(row(point.name + "_labels", point.name + " labels", point.counts));
            add_point(point.name == "original" ? original : published, point.counts);
        } else if (point.kind == "rater") {
            add_point(raters, point.counts);
        } else {
            const bool against_all = point.kind == "expert against all experts";
            table.rows.push_back(row(
                std::string(against_all ? "expert_against_all." : "expert_against_others.") + id_part(point.name),
                "expert " + point.name + (against_all ? ", against all five" : ", against the others"), point.counts));
            add_point(against_all ? all : others, point.counts);
        }
    }
    for (report::series* one : {&raters, &others, &all, &curve, &operating, &majority, &published, &original}) {
        if (!one->x.empty()) plot.series.push_back(std::move(*one));
    }
    section.figures.push_back(std::move(figure));
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace paper
