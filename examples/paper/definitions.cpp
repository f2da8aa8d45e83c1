// The definitions that the report's sections rest on, each with the header that has it in code.
#include "paper.hpp"

namespace paper {

std::vector<report::definition> definitions()
{
    return {
        {"label_sets", "Label set", "The classes that count as right for an image; it may be empty.",
         "data/label_sets.hpp"},
        {"excluded", "Image without labels",
         "An image whose label set is empty. No ReaL metric counts it, neither as right nor as wrong.",
         "metric/label_summary.hpp"},
        {"original", "Original accuracy",
         "Of the images with an original label, the share whose prediction (the class of the greatest score; of "
         "equals, "
         "the one of lower index) is that label.",
         "metric/evaluation.hpp"},
        {"real", "ReaL accuracy", "Of the images with a non-empty label set, the share whose prediction is in it.",
         "metric/evaluation.hpp"},
        {"proposals", "Proposal", "A pair of an image and a class that raters were asked about.",
         "labeling/proposals.hpp"},
        {"preference", "Preference",
         "Over images whose prediction is not the original label: model / (model + label), where model counts the "
         "images with the prediction alone in the set and label those with the original label alone.",
         "metric/preference.hpp"},
        {"wilson", "Wilson interval",
         "All p with |hits / total - p| <= z sqrt(p (1 - p) / total), z the normal quantile of the level: never "
         "outside [0, 1], and of use for few images too.",
         "statistics/proportion_interval.hpp"},
        {"majority", "Majority vote of the paper", "Keep a pair where yes + maybe / 2 is at least half of its votes.",
         "labeling/majority_vote.hpp"},
        {"dawid_skene", "Dawid and Skene's model",
         "Each pair's class is there or not; each rater answers by rates that depend on that alone. Rates, prior and "
         "posteriors by expectation and maximisation from the shares of votes, until no posterior changes by 1e-9.",
         "labeling/dawid_skene.hpp"},
        {"precision_recall", "Precision and recall",
         "Of the pairs kept, the share that is gold; of the gold pairs, the share that is kept.",
         "labeling/precision_recall.hpp"},
        {"halves", "Halves",
         "Models in order of x, then y, then input; the first half is half of them, rounded down. Each is fitted by "
         "least squares.",
         "statistics/compare_halves.hpp"},
        {"slope_test", "Slope test",
         "z = (b1 - b2) / sqrt(se1^2 + se2^2), its two-sided p by the normal distribution; log10 p stays finite where "
         "p is too small for a number.",
         "statistics/slope_test.hpp"},
        {"slope_assumptions", "Tests under other assumptions",
         "Welch's t for few models; HC3, a wild bootstrap and a bootstrap of models for noise that differs between "
         "models; CR2 and bootstraps of whole families for dependent models; slopes of logits and probits for lines "
         "that cannot be straight up to 100 %. The verdict counts those with p at most 0.05, or with an interval "
         "without 0.",
         "statistics/slope_test_list.hpp"},
        {"break", "Break test", "The largest F of two lines against one over all splits, its p from simulated noise.",
         "statistics/break_test.hpp"},
        {"theil_sen", "Theil and Sen's line", "Its slope is the median of the slopes of all pairs of points.",
         "statistics/theil_sen.hpp"},
        {"rank_agreement", "Rank agreement",
         "Spearman's and Kendall's correlation (tau-b) of two metrics over models, and the places that each model "
         "gains from one to the other.",
         "statistics/model_ranking.hpp"},
        {"kth", "ReaL accuracy of the k-th prediction",
         "Over the images with at least k labels (or over all with labels), the share whose k-th prediction is in the "
         "set.",
         "metric/evaluation.hpp"},
        {"chance", "Chance level", "The mean number of labels of the images that count, over the number of classes.",
         "metric/label_summary.hpp"},
        {"oracle", "Unbiased oracle",
         "A model that picks uniformly from the label set. Its accuracy on class c is the mean of 1 / (number of "
         "labels) over the images whose original label is c and in their set.",
         "metric/label_summary.hpp"},
        {"ambiguous", "Ambiguous class", "A class on which the oracle is below 90 %, animals (0 to 397) left out.",
         "metric/label_summary.hpp"},
        {"class_curves", "Sorted class accuracies",
         "Over the ambiguous classes the model's accuracies and the oracle's, each sorted on its own; the model "
         "dominates where it is at or above the oracle at every place.",
         "metric/class_curves.hpp"},
        {"together", "Classes that occur together",
         "Of the images whose original label is c and in their set, the share that also carries another class.",
         "metric/label_summary.hpp"},
        {"verdict", "Verdict", "What people say of a model's mistake: a clear one, not a mistake, or undecidable.",
         "metric/verdicts.hpp"},
        {"assessed_mistake", "Assessed mistake",
         "A prediction that experts call a mistake, with its category and severity. ReaL labels accept it if it is in "
         "the image's label set; images without labels are counted separately.",
         "metric/assessed_mistakes.hpp"},
        {"runs", "Median of runs",
         "The median over a recipe's runs, and its difference from that of the baseline by the same metric.",
         "statistics/runs.hpp"},
    };
}

}  // namespace paper
