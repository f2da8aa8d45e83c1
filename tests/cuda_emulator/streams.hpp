// Streams: queues of work that runs when the settings say, in any order that CUDA allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace cuda_emulator {

class stream;

/// The first `count` pieces of work of a stream.
struct position {
    stream* in = nullptr;
    std::uint64_t count = 0;
};

/// Memory that cudaFreeAsync has given back in the order of a stream.
struct freed_memory {
    std::byte* first = nullptr;
    std::size_t bytes = 0;
    position after;
};

enum class with_default_stream { in_order, independent };

class stream {
public:
    explicit stream(with_default_stream how) : with_default_(how) {}

    /// Enqueues work that runs after all earlier work of this stream, after `also`, and in order with the default
    /// stream unless this one is independent. Some work of any stream may run before the call returns.
    void enqueue(std::function<void()> work, std::vector<position> also = {});
    /// All work that is enqueued so far.
    [[nodiscard]] position enqueued() { return {this, enqueued_}; }
    [[nodiscard]] bool independent() const { return with_default_ == with_default_stream::independent; }

    std::vector<freed_memory> freed;
    bool destroyed = false;

private:
    struct piece {
        std::function<void()> run;
        std::vector<position> after;
    };

    friend void run_until(const position& end);
    friend void run_some_work();

    with_default_stream with_default_;
    std::deque<piece> queue_;
    std::uint64_t enqueued_ = 0;
    std::uint64_t done_ = 0;
};

/// Every stream that was ever made; the first is the default stream.
std::vector<stream*>& streams();
/// Runs the work up to there, and before it what it waits for.
void run_until(const position& end);
/// Runs all work of all streams.
void run_all_work();

}  // namespace cuda_emulator
