// staged: evaluates host scores that do not fit into a device's memory, block by block. Opt-in.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../execution/thrust.hpp"
#include "../ranking/device_ranking.hpp"
#include "../ranking/rank.hpp"
#include "../version.hpp"
#include "device_copies.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#if REASSESS_CUDA
#    include <cuda_runtime.h>
#endif

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Double buffering of blocks in a policy's memory: one buffer is filled while functions read the other. The primary
/// template is for host systems, where a copy is finished when the call returns; it documents the interface.
template <class Policy, class T, class Space = typename Policy::space>
class block_stager {
public:
    block_stager(Policy policy, std::size_t elements) : buffers_{policy_buffer(policy), policy_buffer(policy)}
    {
        for (auto& buffer : buffers_) buffer.grow(elements);
    }

    /// Calls fill(memory), which writes a block to host memory and returns its number of elements. Returns a pointer to
    /// the block in the policy's memory, valid for functions that are started before the next call of used().
    template <class Fill>
    const T* stage(Fill fill)
    {
        T* const memory = buffers_[turn_].data();
        fill(memory);
        return memory;
    }
    /// Call it after all functions that read the last block have been started.
    void used() noexcept { turn_ = 1 - turn_; }

private:
    using policy_buffer = typename Policy::template buffer<T>;

    policy_buffer buffers_[2];
    std::size_t turn_ = 0;
};

#if REASSESS_CUDA

/// For CUDA: two pinned host buffers, two device buffers, and a separate stream for copies.
template <class Policy, class T>
class block_stager<Policy, T, device_space> {
public:
    block_stager(Policy policy, std::size_t elements)
        : work_(stream_of(policy.exec())), slots_{slot(policy), slot(policy)}
    {
        expect_success(cudaStreamCreateWithFlags(&copies_.stream, cudaStreamNonBlocking),
                       "reassess: a stream for copies");
        for (slot& s : slots_) {
            s.take(elements);
            // Memory may belong to a policy's stream from some point of its order on; the first copy waits for it.
            expect_success(cudaEventRecord(s.used, work_), "reassess: memory of the device");
        }
    }
    block_stager(const block_stager&) = delete;
    block_stager& operator=(const block_stager&) = delete;
    // Copies and kernels must end before the buffers are freed.
    ~block_stager()
    {
        cudaStreamSynchronize(copies_.stream);
        cudaStreamSynchronize(work_);
    }

    template <class Fill>
    const T* stage(Fill fill)
    {
        slot& s = slots_[turn_];
        expect_success(cudaEventSynchronize(s.copied), "reassess: a copy to the device");
        const std::size_t elements = fill(s.pinned);
        expect_success(cudaStreamWaitEvent(copies_.stream, s.used, 0), "reassess: a wait for the device");
        expect_success(
            cudaMemcpyAsync(s.there.data(), s.pinned, elements * sizeof(T), cudaMemcpyHostToDevice, copies_.stream),
            "reassess: a copy to the device");
        expect_success(cudaEventRecord(s.copied, copies_.stream), "reassess: a copy to the device");
        expect_success(cudaStreamWaitEvent(work_, s.copied, 0), "reassess: a wait for a copy");
        return s.there.data();
    }
    void used()
    {
        expect_success(cudaEventRecord(slots_[turn_].used, work_), "reassess: work on the device");
        turn_ = 1 - turn_;
    }

private:
    struct slot {
        explicit slot(const Policy& policy) : there(policy) {}
        slot(const slot&) = delete;
        slot& operator=(const slot&) = delete;
        ~slot()
        {
            if (copied != nullptr) cudaEventDestroy(copied);
            if (used != nullptr) cudaEventDestroy(used);
            if (pinned != nullptr) cudaFreeHost(pinned);
        }
        void take(std::size_t elements)
        {
            expect_success(cudaMallocHost(reinterpret_cast<void**>(&pinned), elements * sizeof(T)),
                           "reassess: pinned host memory");
            expect_success(cudaEventCreateWithFlags(&copied, cudaEventDisableTiming), "reassess: an event");
            expect_success(cudaEventCreateWithFlags(&used, cudaEventDisableTiming), "reassess: an event");
            there.grow(elements);
        }

        typename Policy::template buffer<T> there;
        T* pinned = nullptr;
        cudaEvent_t copied = nullptr;
        cudaEvent_t used = nullptr;
    };
    struct owned_stream {
        cudaStream_t stream = nullptr;
        owned_stream() = default;
        owned_stream(const owned_stream&) = delete;
        owned_stream& operator=(const owned_stream&) = delete;
        ~owned_stream()
        {
            if (stream != nullptr) cudaStreamDestroy(stream);
        }
    };

    cudaStream_t work_;
    owned_stream copies_;
    slot slots_[2];
    std::size_t turn_ = 0;
};

#endif

}  // namespace detail

struct staging_options {
    /// The size in bytes of each of the two buffers, on the host and on the device; raised to the size of one row if it
    /// is less.
    std::size_t buffer_bytes = std::size_t{64} << 20;
};

/// Host scores (in memory, mapped from a file, or generated) that `evaluate` and `rank` copy to a policy's memory block
/// by block. The interpretation of the scores is kept. Not owned. Created by `staged`.
template <class View>
class staged_scores {
public:
    staged_scores(const View& view, const staging_options& options) : view_(view), options_(options) {}

    [[nodiscard]] std::size_t images() const noexcept { return view_.images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return view_.classes(); }

    /// Calls f(scores, labels) for one block of images after the other, with views of the policy's memory that are
    /// valid until the functions that f started have run. On CUDA a block is copied while functions read the previous
    /// one. All labels are copied before the first block. If there are no images, f is called once with an empty block.
    /// Throws std::invalid_argument if scores and labels have different numbers of images.
    template <policy_with_memory Policy, class Function>
    void for_each_block(Policy policy, const targets_view& targets, Function f) const
    {
        targets.expect_images(images(), "scores");
        detail::check_classes(classes());
        const std::size_t rows = std::clamp<std::size_t>(options_.buffer_bytes / (classes() * sizeof(T)), 1,
                                                         std::max<std::size_t>(1, images()));
        const device_targets<Policy> labels(policy, targets);
        detail::block_stager<Policy, T> stager(policy, rows * classes());
        std::size_t first = 0;
        do {
            const std::size_t count = std::min(rows, images() - first);
            const T* const there = stager.stage([&](T* memory) {
                copy_rows(first, count, memory);
                return count * classes();
            });
            const scores_view<T, typename Policy::space> block(there, count, classes());
            if constexpr (detail::is_interpreted<View>) {
                f(interpreted_scores(block, view_.interpretation()), labels.slice(first, count));
            } else {
                f(block, labels.slice(first, count));
            }
            stager.used();
            first += count;
        } while (first < images());
    }

private:
    using T = typename View::element_type;

    [[nodiscard]] const auto& source() const noexcept
    {
        if constexpr (detail::is_interpreted<View>) {
            return view_.scores();
        } else {
            return view_;
        }
    }
    void copy_rows(std::size_t first, std::size_t count, T* memory) const noexcept
    {
        const auto& rows = source();
        if constexpr (requires { rows.row_stride(); }) {
            if (count != 0 && rows.row_stride() == classes()) {
                std::memcpy(memory, rows.row(first), count * classes() * sizeof(T));
                return;
            }
            for (std::size_t row = 0; row < count; ++row)
                std::memcpy(memory + row * classes(), rows.row(first + row), classes() * sizeof(T));
        } else {
            for (std::size_t row = 0; row < count; ++row) rows.fill_row(first + row, memory + row * classes());
        }
    }

    View view_;
    staging_options options_;
};

/// Marks host scores to be copied to a policy's memory block by block: evaluate(policy, staged(logits(scores),
/// {.buffer_bytes = 64 << 20}), targets). `input` is a scores_view, a generated source (ensemble, selected_classes,
/// ...), logits(...) or probabilities(...) of one of these, or an owner of scores. Memory: 2 * buffer_bytes on the
/// device and, with CUDA, the same amount of pinned host memory.
template <class Input>
[[nodiscard]] auto staged(const Input& input, const staging_options& options = {})
{
    return staged_scores(detail::view_of(input), options);
}

/// `rank` for staged scores: the results of all blocks, in order, on the host. Throws like `rank`.
template <policy_with_memory Policy, class View>
[[nodiscard]] image_results rank(Policy policy, const staged_scores<View>& input, const targets_view& targets,
                                 const evaluation_options& options = {}, std::uint64_t first_image = 0)
{
    image_results all;
    input.for_each_block(policy, targets, [&](const auto& scores, const auto& labels) {
        const image_results block = rank(policy, scores, labels, options, first_image + all.images());
        const auto append = [](auto& column, const auto& more) {
            column.insert(column.end(), more.begin(), more.end());
        };
        all.classes = block.classes;
        all.depth = block.depth;
        all.ties_known = block.ties_known;
        all.settings = block.settings;
        all.k = block.k;
        append(all.prediction, block.prediction);
        append(all.original_rank, block.original_rank);
        append(all.original_tied, block.original_tied);
        append(all.label_rank, block.label_rank);
        append(all.top_k, block.top_k);
        append(all.confidence, block.confidence);
        append(all.cross_entropy, block.cross_entropy);
        append(all.real_cross_entropy, block.real_cross_entropy);
        append(all.sigmoid_cross_entropy, block.sigmoid_cross_entropy);
        append(all.real_sigmoid_cross_entropy, block.real_sigmoid_cross_entropy);
        append(all.brier_score, block.brier_score);
    });
    return all;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
