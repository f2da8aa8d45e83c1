// Emulated device on the host: separate memory that only its functions access, an in-order work queue that runs only in
// a call that waits, rows shared by groups of lanes. Tests the device code paths without CUDA.
#pragma once

#include <reassess/detail/memory_space.hpp>
#include <reassess/execution/atomic_tally.hpp>
#include <reassess/execution/policy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace test_support {

/// The lanes of a row in sequence, combined in the order of a warp's butterfly reduction.
template <std::size_t Lanes>
struct emulated_lanes {
    static constexpr std::size_t lanes = Lanes;
    static constexpr bool shares_instructions = Lanes < 32;
    template <class T>
    using per_lane = std::array<T, Lanes>;

    template <class OfLane, class Combine>
    auto reduce(OfLane of_lane, Combine combine) const
    {
        std::array<decltype(of_lane(std::size_t{0})), Lanes> found;
        for (std::size_t lane = 0; lane < Lanes; ++lane) found[lane] = of_lane(lane);
        for (std::size_t distance = Lanes / 2; distance != 0; distance /= 2) {
            const auto before = found;
            for (std::size_t lane = 0; lane < Lanes; ++lane)
                found[lane] = combine(before[lane], before[lane ^ distance]);
        }
        return found[0];
    }
    template <class Function>
    void for_each_lane(Function f) const
    {
        for (std::size_t lane = 0; lane < Lanes; ++lane) f(lane);
    }
    [[nodiscard]] bool leads() const { return true; }
};

/// State of the device: its work queue, and the number of allocations.
struct emulated_queue {
    std::vector<std::function<void()>> work;
    std::size_t allocations = 0;
    std::size_t waits = 0;

    void wait()
    {
        ++waits;
        const auto todo = std::move(work);
        work.clear();
        for (const auto& step : todo) step();
    }
};

template <std::size_t Lanes>
class emulated_device {
public:
    using space = reassess::device_space;

    /// Memory that is freed only after all work that may use it has run. Initialised with garbage.
    template <class T>
    class buffer {
    public:
        explicit buffer(const emulated_device& device) : queue_(device.queue_) {}
        void grow(std::size_t size)
        {
            if (size > capacity_) {
                ++queue_->allocations;
                queue_->work.push_back([old = memory_] {});
                // Same alignment as device memory.
                memory_ =
                    std::shared_ptr<std::byte[]>(new (std::align_val_t{256}) std::byte[size * sizeof(T)],
                                                 [](std::byte* p) { operator delete[](p, std::align_val_t{256}); });
                std::memset(memory_.get(), 0xa5, size * sizeof(T));
                capacity_ = size;
            }
            size_ = size;
        }
        [[nodiscard]] T* data() const { return reinterpret_cast<T*>(memory_.get()); }
        [[nodiscard]] std::size_t size() const { return size_; }
        void fill_zero()
        {
            queue_->work.push_back(
                [memory = memory_, bytes = size_ * sizeof(T)] { std::memset(memory.get(), 0, bytes); });
        }
        void copy_from(const T* host, std::size_t count)
        {
            grow(count);
            if (count == 0) return;
            queue_->work.push_back([memory = memory_, staged = std::vector<T>(host, host + count)] {
                std::memcpy(memory.get(), staged.data(), staged.size() * sizeof(T));
            });
        }
        void copy_to(T* host, std::size_t count) const
        {
            queue_->wait();
            if (count != 0) std::memcpy(static_cast<void*>(host), memory_.get(), count * sizeof(T));
        }

    private:
        std::shared_ptr<emulated_queue> queue_;
        std::shared_ptr<std::byte[]> memory_;
        std::size_t size_ = 0;
        std::size_t capacity_ = 0;
    };

    [[nodiscard]] emulated_queue& queue() const { return *queue_; }

    template <class Function>
    friend void for_each_index(emulated_device device, reassess::work_size work, Function f)
    {
        device.queue().work.push_back([work, f] {
            for (std::size_t index = 0; index < work.size; ++index) f(index);
        });
    }
    template <class Function>
    friend void for_each_row(emulated_device device, reassess::work_size work, Function f)
    {
        device.queue().work.push_back([work, f] {
            for (std::size_t row = 0; row < work.size; ++row) f(emulated_lanes<Lanes>{}, row);
        });
    }
    template <class Function>
    friend void accumulate(emulated_device device, reassess::work_size work, Function f,
                           std::span<std::uint64_t> counters)
    {
        device.queue().work.push_back([work, f, counters] {
            for (std::size_t index = 0; index < work.size; ++index) f(index, reassess::atomic_tally(counters.data()));
        });
    }

private:
    std::shared_ptr<emulated_queue> queue_ = std::make_shared<emulated_queue>();
};

}  // namespace test_support
