// Host scores that do not fit into a device's memory, streamed through it. Opt-in.
#pragma once

#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../execution/thrust.hpp"
#include "../version.hpp"
#include "device_copies.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#if REASSESS_CUDA
#    include <cuda_runtime.h>
#endif

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Two buffers through which blocks reach a policy's memory, one while functions read the other. This one is for host
/// systems, where copies are done at once; it says what the other must do.
template <class Policy, class T, class Space = typename Policy::space>
class block_stager {
public:
    block_stager(Policy policy, std::size_t elements) : buffers_{policy_buffer(policy), policy_buffer(policy)}
    {
        for (auto& buffer : buffers_) buffer.grow(elements);
    }

    /// Calls fill(memory) to write a block into host memory, and returns where functions of the policy that are started
    /// from now on find it, until `used`.
    template <class Fill>
    const T* stage(Fill fill)
    {
        T* const memory = buffers_[turn_].data();
        fill(memory);
        return memory;
    }
    /// Says that all functions that read the last block have been started.
    void used() noexcept { turn_ = 1 - turn_; }

private:
    using policy_buffer = typename Policy::template buffer<T>;

    policy_buffer buffers_[2];
    std::size_t turn_ = 0;
};

#if REASSESS_CUDA

/// Two pinned buffers on the host, two on the device, and a stream for copies beside the policy's.
template <class Policy, class T>
class block_stager<Policy, T, device_space> {
public:
    block_stager(Policy policy, std::size_t elements)
        : work_(stream_of(policy.exec())), slots_{slot(policy), slot(policy)}
    {
        expect_success(cudaStreamCreateWithFlags(&copies_.stream, cudaStreamNonBlocking),
                       "reassess: a stream for copies");
        for (slot& s : slots_) s.take(elements);
    }
    block_stager(const block_stager&) = delete;
    block_stager& operator=(const block_stager&) = delete;
    // Nothing may write to buffers that are gone.
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
    /// The size of one of the two buffers, on the host and on the device: at least one row is taken.
    std::size_t buffer_bytes = std::size_t{64} << 20;
};

/// Host scores, in memory or mapped from a file, that go through a policy's memory block by block. Not owned. Made by
/// `staged`; given to `evaluate` in the place of scores.
template <score_element T>
class staged_scores {
public:
    staged_scores(const scores_view<T>& scores, const staging_options& options) : scores_(scores), options_(options) {}

    [[nodiscard]] std::size_t staged_classes() const noexcept { return scores_.classes(); }

    /// Calls f(scores, labels) for one block of images after the other, with views of the policy's memory that hold
    /// until f's functions have run. On CUDA a block is copied while functions read the one before. Labels are copied
    /// whole. Throws std::invalid_argument where scores and labels are not of as many images.
    template <policy_with_memory Policy, class Function>
    void for_each_block(Policy policy, const targets_view& targets, Function f) const
    {
        targets.expect_images(scores_.images(), "scores");
        const std::size_t classes = scores_.classes();
        const std::size_t rows = std::clamp<std::size_t>(options_.buffer_bytes / (classes * sizeof(T)), 1,
                                                         std::max<std::size_t>(1, scores_.images()));
        const device_targets<Policy> labels(policy, targets);
        detail::block_stager<Policy, T> stager(policy, rows * classes);
        std::size_t first = 0;
        do {
            const std::size_t count = std::min(rows, scores_.images() - first);
            const T* const there = stager.stage([&](T* memory) {
                copy_rows(first, count, memory);
                return count * classes;
            });
            f(scores_view<T, typename Policy::space>(there, count, classes), labels.slice(first, count));
            stager.used();
            first += count;
        } while (first < scores_.images());
    }

private:
    void copy_rows(std::size_t first, std::size_t count, T* memory) const noexcept
    {
        const std::size_t classes = scores_.classes();
        if (count == 0) return;
        if (scores_.row_stride() == classes) {
            std::memcpy(memory, scores_.row(first), count * classes * sizeof(T));
            return;
        }
        for (std::size_t row = 0; row < count; ++row)
            std::memcpy(memory + row * classes, scores_.row(first + row), classes * sizeof(T));
    }

    scores_view<T> scores_;
    staging_options options_;
};

/// Host scores to be streamed through a device's memory: evaluate(policy, staged(scores, {.buffer_bytes = 64 << 20}),
/// {.original = labels, .real = sets.view()}). Takes twice buffer_bytes of the device, and as much pinned host memory.
template <score_element T>
[[nodiscard]] staged_scores<T> staged(const scores_view<T>& scores, const staging_options& options = {})
{
    return {scores, options};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
