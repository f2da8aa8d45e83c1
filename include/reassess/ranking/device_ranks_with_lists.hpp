// Ranks and, of the same reading of the scores, the k best classes of every image, in the memory of a backend.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "device_ranks.hpp"
#include "rank.hpp"
#include "rank_with_lists.hpp"
#include "row_job.hpp"
#include "top_list.hpp"

#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The ranks of one batch and its lists of the best classes in the memory of a policy, as device_ranks: nothing waits
/// but `read`, and memory is taken where a batch is larger than all before.
template <policy_with_memory Policy>
class device_ranks_with_lists {
public:
    using space = typename Policy::space;

    explicit device_ranks_with_lists(Policy policy) : ranks_(policy), lists_(policy) {}

    /// Ranks a batch of scores in the policy's memory, with the `depth` best classes of each image, best first. Throws
    /// at once what rank_with_lists throws for shapes and depths; what device_ranks keeps for `read` is kept here too.
    /// On a device the row is read again, from the cache, for every four classes beyond the first.
    template <score_element T>
    void update(const scores_view<T, space>& scores, const targets_in<space>& targets, std::size_t depth,
                const ranking_options& options = {})
    {
        detail::check_list_depth(depth, scores.classes());
        ranks_.update_beside(scores, targets, options, [&](const detail::row_job<T>&) {
            lists_.grow(scores.images() * depth);
            depth_ = depth;
            return detail::list_job{depth, lists_.data()};
        });
    }

    /// What rank_with_lists gives for the last batch, copied to the host; waits for the work. Throws what that throws
    /// for the first bad image of all batches since construction or `reset`.
    [[nodiscard]] rankings_with_lists read() const
    {
        rankings_with_lists result{.ranks = ranks_.read(), .depth = depth_};
        result.lists.resize(ranks_.images() * depth_);
        lists_.copy_to(result.lists.data(), result.lists.size());
        return result;
    }

    /// Forgets what was wrong with earlier batches.
    void reset() { ranks_.reset(); }

    [[nodiscard]] const device_ranks<Policy>& ranks() const noexcept { return ranks_; }
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
    /// A pointer to the policy's memory: images x depth classes, for functions that run behind the pass.
    [[nodiscard]] const class_index* lists() const noexcept { return lists_.data(); }

private:
    device_ranks<Policy> ranks_;
    typename Policy::template buffer<class_index> lists_;
    std::size_t depth_ = 0;
};

/// `rank_with_lists` for scores in a device's memory; copied to the host, so it waits for the work. Throws as
/// `rank_with_lists` does.
template <device_policy Policy, score_element T>
[[nodiscard]] rankings_with_lists rank_with_lists(Policy policy, const scores_view<T, device_space>& scores,
                                                  const device_targets_view& targets, std::size_t depth,
                                                  const ranking_options& options = {})
{
    device_ranks_with_lists<Policy> ranks(policy);
    ranks.update(scores, targets, depth, options);
    return ranks.read();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
