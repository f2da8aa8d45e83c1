#include "streams.hpp"

#include "report.hpp"

#include <cstddef>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace cuda_emulator {

std::vector<stream*>& streams()
{
    static auto* const all = new std::vector<stream*>{new stream(with_default_stream::in_order)};
    return *all;
}

void run_until(const position& end)
{
    while (end.in->done_ < end.count) {
        const stream::piece next = std::move(end.in->queue_.front());
        end.in->queue_.pop_front();
        ++end.in->done_;
        for (const position& before : next.after) run_until(before);
        next.run();
    }
}

void run_all_work()
{
    for (stream* const s : streams()) run_until(s->enqueued());
}

/// As much as the settings say, after each piece of work that is enqueued.
void run_some_work()
{
    stream* newest = nullptr;
    for (stream* const s : streams()) {
        if (!s->destroyed) newest = s;
    }
    switch (chosen().streams) {
        case stream_order::lazy:
            break;
        case stream_order::eager:
            run_all_work();
            break;
        case stream_order::random:
            for (std::uint64_t n = random_numbers()() % 3; n > 0; --n) {
                stream* const s = streams()[random_numbers()() % streams().size()];
                if (s->done_ < s->enqueued_)
                    run_until({s, s->done_ + 1 + random_numbers()() % (s->enqueued_ - s->done_)});
            }
            break;
        case stream_order::newest_late:
            for (stream* const s : streams()) {
                if (s != newest || streams().size() == 1) run_until(s->enqueued());
            }
            break;
        case stream_order::newest_early:
            run_until(newest->enqueued());
            break;
    }
}

void stream::enqueue(std::function<void()> work, std::vector<position> also)
{
    stream* const default_stream = streams().front();
    if (this == default_stream) {
        for (stream* const s : streams()) {
            if (s != this && !s->independent()) also.push_back(s->enqueued());
        }
    } else if (!independent()) {
        also.push_back(default_stream->enqueued());
    }
    queue_.push_back({std::move(work), std::move(also)});
    ++enqueued_;
    run_some_work();
}

}  // namespace cuda_emulator
