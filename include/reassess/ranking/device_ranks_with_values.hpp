// Ranks and, of the same reading of the scores, the probabilities and losses of every image, in the memory of a
// backend.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/scores.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "device_ranks.hpp"
#include "rank.hpp"
#include "rank_with_values.hpp"
#include "row_job.hpp"
#include "score_values.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The ranks of one batch and its values in the memory of a policy, as device_ranks: nothing waits but `read`, and
/// memory is taken where a batch is larger than all before.
///
/// A device computes in double, whatever the scores are, and adds a row up by lanes: its values are right to 1e-13 of
/// themselves, where rank_with_values says what a host's are. Ranks are equal.
template <policy_with_memory Policy>
class device_ranks_with_values {
public:
    using space = typename Policy::space;

    explicit device_ranks_with_values(Policy policy) : ranks_(policy), columns_(policy), refused_(policy) {}

    /// Ranks a batch of scores in the policy's memory, and computes their values. Throws at once what rank_with_values
    /// throws for shapes and options; what device_ranks keeps for `read` is kept here too, and a row that holds no
    /// probabilities, where they were promised.
    template <real_score_element T>
    void update(const scores_view<T, space>& scores, const targets_in<space>& targets,
                const score_value_options& options, const ranking_options& ranking = {})
    {
        detail::check_score_options(options);
        ranks_.update_beside(scores, targets, ranking, [&](const detail::row_job<T>& job) {
            const detail::value_job<T> values(job, options, columns_, refused_, scores.images());
            values_ = values;
            return values;
        });
    }

    /// What rank_with_values gives for the last batch, copied to the host; waits for the work. Throws what that throws
    /// for the first bad image of all batches since construction or `reset`.
    [[nodiscard]] rankings_with_values read() const
    {
        rankings_with_values result{.ranks = ranks_.read()};
        const auto copy = [&](const double* made, const column& there, std::vector<double>& values) {
            if (made == nullptr) return;
            values.resize(ranks_.images());
            there.copy_to(values.data(), values.size());
        };
        copy(values_.confidence, columns_.confidence, result.values.confidence);
        copy(values_.original_softmax_loss, columns_.original_softmax_loss, result.values.original_softmax_loss);
        copy(values_.real_softmax_loss, columns_.real_softmax_loss, result.values.real_softmax_loss);
        copy(values_.original_sigmoid_loss, columns_.original_sigmoid_loss, result.values.original_sigmoid_loss);
        copy(values_.real_sigmoid_loss, columns_.real_sigmoid_loss, result.values.real_sigmoid_loss);
        copy(values_.brier_score, columns_.brier_score, result.values.brier_score);
        return result;
    }

    /// Forgets what was wrong with earlier batches.
    void reset() { ranks_.reset(); }

    [[nodiscard]] const device_ranks<Policy>& ranks() const noexcept { return ranks_; }
    /// Pointers to the policy's memory, for functions that run behind the pass.
    [[nodiscard]] const detail::value_columns<double>& values() const noexcept { return values_; }

private:
    using column = typename Policy::template buffer<double>;

    /// As in score_values.
    struct columns {
        explicit columns(Policy policy)
            : confidence(policy),
              original_softmax_loss(policy),
              real_softmax_loss(policy),
              original_sigmoid_loss(policy),
              real_sigmoid_loss(policy),
              brier_score(policy)
        {
        }

        column confidence, original_softmax_loss, real_softmax_loss, original_sigmoid_loss, real_sigmoid_loss,
            brier_score;
    };

    device_ranks<Policy> ranks_;
    columns columns_;
    typename Policy::template buffer<std::uint8_t> refused_;
    detail::value_columns<double> values_;
};

/// `rank_with_values` for scores in a device's memory; copied to the host, so it waits for the work. Throws as
/// `rank_with_values` does.
template <device_policy Policy, real_score_element T>
[[nodiscard]] rankings_with_values rank_with_values(Policy policy, const scores_view<T, device_space>& scores,
                                                    const device_targets_view& targets,
                                                    const score_value_options& options,
                                                    const ranking_options& ranking = {})
{
    device_ranks_with_values<Policy> ranks(policy);
    ranks.update(scores, targets, options, ranking);
    return ranks.read();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
