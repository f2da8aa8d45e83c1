// Evaluations with every metric that depends on ties, so that tests share their instantiations.
#pragma once

#include "ragged_sets.hpp"

#include <reassess/data/device_targets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/set_ranking.hpp>
#include <reassess/metric/set_ranking_by.hpp>
#include <reassess/metric/top_k_with_ties.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace test_support {

using highest = reassess::set_ranking_by<reassess::tie_rule::highest_index>;
using worst = reassess::set_ranking_by<reassess::tie_rule::worst_rank>;
using average = reassess::set_ranking_by<reassess::tie_rule::average>;
using tied_evaluation = reassess::evaluation<reassess::set_ranking, highest, worst, average, reassess::top_k_with_ties>;

/// An evaluator for sets of up to `labels` labels. Images with a NaN are excluded.
template <class Policy>
auto evaluator_of_ties(Policy policy, std::size_t labels, std::size_t depth = 0)
{
    const reassess::evaluation_options options{.nan = reassess::on_nan::exclude, .depth = depth};
    return reassess::evaluator(policy, options, reassess::set_ranking{labels}, highest{labels}, worst{labels},
                               average{labels}, reassess::top_k_with_ties{});
}

/// The evaluation of scores by `seq`, for sets of up to 16 labels.
inline tied_evaluation tied_evaluation_of(const std::vector<float>& scores, std::size_t classes,
                                          const reassess::targets_view& targets, std::size_t depth = 0,
                                          std::size_t labels = 16)
{
    auto counts = evaluator_of_ties(reassess::seq, labels, depth);
    counts.update(reassess::scores_view<float>(scores, classes), targets);
    return counts.result();
}

/// Evaluates a problem in batches of these sizes, merged from last to first; without sizes, in one batch.
template <class Policy>
tied_evaluation evaluated_with_ties(Policy policy, const ragged_sets& p, std::vector<std::size_t> batches = {})
{
    if (batches.empty()) batches = {p.images()};
    tied_evaluation total;
    std::size_t end = p.images();
    for (std::size_t batch = batches.size(); batch-- > 0;) {
        auto counts = evaluator_of_ties(policy, p.classes);
        end -= batches[batch];
        counts.update(p.view().slice(end, batches[batch]), p.targets().slice(end, batches[batch]));
        total.merge(counts.result());
    }
    return total;
}

template <class Policy>
tied_evaluation evaluated_on_device(Policy policy, const ragged_sets& p)
{
    typename Policy::template buffer<float> scores(policy);
    typename Policy::template buffer<reassess::class_index> original(policy), classes(policy);
    typename Policy::template buffer<std::uint64_t> offsets(policy);
    scores.copy_from(p.scores.data(), p.scores.size());
    original.copy_from(p.original.data(), p.original.size());
    classes.copy_from(p.real.classes().data(), p.real.classes().size());
    offsets.copy_from(p.real.offsets().data(), p.real.offsets().size());
    auto counts = evaluator_of_ties(policy, p.classes);
    counts.update(reassess::scores_view<float, reassess::device_space>(scores.data(), p.images(), p.classes),
                  {.images = p.images(),
                   .original = original.data(),
                   .offsets = offsets.data(),
                   .classes = classes.data(),
                   .labels = p.real.labels()});
    return counts.result();
}

}  // namespace test_support
