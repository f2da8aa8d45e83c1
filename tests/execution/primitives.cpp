// Tests of the execution primitives on every policy: each index is visited once, counts are complete, exceptions
// propagate.
#include "support/policies.hpp"

#include <reassess/execution/execution.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;

namespace {

struct no_policy {};

/// Sizes around the smallest block (64 rows) and many blocks.
constexpr std::size_t sizes[] = {0, 1, 2, 63, 64, 65, 128, 1000, 5003};
/// Bytes that make blocks of 64 indices.
constexpr std::size_t large_rows = std::size_t{1} << 20;

}  // namespace

static_assert(ra::execution_policy<ra::serial_policy> && ra::execution_policy<ra::parallel_policy>);
static_assert(!ra::execution_policy<no_policy> && !ra::execution_policy<int>);
static_assert(std::is_trivially_copyable_v<ra::parallel_policy> && std::is_trivially_copyable_v<ra::host_tally>);
static_assert(ra::par.serial_below() == std::size_t{8} << 20, "a call below a few megabytes starts no thread");

TEST_CASE("for_each_index: every index exactly once")
{
    for_each_policy([](auto policy) {
        for (const std::size_t size : sizes) {
            for (const std::size_t bytes : {std::size_t{1}, large_rows}) {
                std::vector<std::atomic<int>> calls(size);
                ra::for_each_index(policy, {size, bytes}, [&](std::size_t index) { ++calls[index]; });
                REQUIRE(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }));
            }
        }
    });
}

TEST_CASE("for_each_row: the blocks cover all rows, each once")
{
    for_each_policy([](auto policy) {
        for (const std::size_t size : sizes) {
            std::vector<std::atomic<int>> calls(size);
            std::atomic<int> empty_blocks = 0;
            ra::for_each_row(policy, {size, large_rows}, [&](std::size_t begin, std::size_t end) {
                if (begin >= end) ++empty_blocks;
                for (std::size_t row = begin; row < end; ++row) ++calls[row];
            });
            REQUIRE(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }));
            REQUIRE(empty_blocks == 0);
        }
    });
}

TEST_CASE("for_each_row: several threads share the work, including the calling one")
{
    // A block waits until another thread has taken one: with a single thread this does not terminate.
    std::atomic<int> arrived = 0;
    std::atomic<bool> caller_worked = false;
    const auto caller = std::this_thread::get_id();
    ra::for_each_row(ra::par.on(2).serial_below(0), {128, large_rows}, [&](std::size_t, std::size_t) {
        if (std::this_thread::get_id() == caller) caller_worked = true;
        ++arrived;
        while (arrived < 2) std::this_thread::yield();
    });
    CHECK(arrived == 2);
    CHECK(caller_worked);
}

TEST_CASE("parallel_policy: small work stays on the calling thread")
{
    const auto caller = std::this_thread::get_id();
    std::atomic<int> elsewhere = 0;
    ra::for_each_index(ra::par.on(4).serial_below(64 * large_rows + 1), {64, large_rows}, [&](std::size_t) {
        if (std::this_thread::get_id() != caller) ++elsewhere;
    });
    ra::for_each_index(ra::par.on(1).serial_below(0), {1000, large_rows}, [&](std::size_t) {
        if (std::this_thread::get_id() != caller) ++elsewhere;
    });
    CHECK(elsewhere == 0);
}

TEST_CASE("executor_policy: the pool runs the blocks, small work stays on the calling thread")
{
    std::atomic<std::size_t> blocks_run = 0;
    const auto pool = [&](std::size_t blocks, const auto& run) {
        for (std::size_t block = 0; block < blocks; ++block) run(block);
        blocks_run += blocks;
    };
    std::atomic<std::size_t> rows = 0;
    const auto count_rows = [&](std::size_t begin, std::size_t end) { rows += end - begin; };
    ra::for_each_row(ra::on_executor(pool), {640, large_rows}, count_rows);
    CHECK(blocks_run == 10);
    CHECK(rows == 640);
    ra::for_each_row(ra::on_executor(pool).serial_below(641 * large_rows), {640, large_rows}, count_rows);
    CHECK(blocks_run == 10);
    CHECK(rows == 1280);
    CHECK(ra::on_executor(pool).threads(3).threads() == 3);
    CHECK(ra::on_executor(pool).threads() == ra::par.threads());
}

TEST_CASE("executor_policy: after an exception no further block starts, and the pool does not see the exception")
{
    std::size_t begun = 0;
    const auto pool = [](std::size_t blocks, const auto& run) {
        static_assert(noexcept(run(std::size_t{0})));
        for (std::size_t block = 0; block < blocks; ++block) run(block);
    };
    CHECK_THROWS_WITH_AS(ra::for_each_row(ra::on_executor(pool), {640, large_rows},
                                          [&](std::size_t begin, std::size_t) {
                                              ++begun;
                                              if (begin == 128) throw std::range_error("third block");
                                          }),
                         "third block", std::range_error);
    CHECK(begun == 3);
}

TEST_CASE("parallel_policy: setters return a changed copy")
{
    const ra::parallel_policy three = ra::par.on(3).serial_below(5);
    CHECK(three.threads() == 3);
    CHECK(three.serial_below() == 5);
    CHECK(ra::par.threads() >= 1);
    CHECK(ra::par.on(3).on(0).threads() == ra::par.threads());
}

TEST_CASE("accumulate: counts are the same on every policy and are added to the initial values")
{
    for_each_policy([](auto policy) {
        for (const std::size_t size : sizes) {
            std::vector<std::uint64_t> counters{1000, 0, 0, 0};
            ra::accumulate(
                policy, {size, large_rows},
                [](std::size_t index, const auto& tally) {
                    tally.add(index % 2);
                    tally.add(2, index);
                    tally.add_if(index % 3 == 0, 3);
                },
                counters);
            REQUIRE(counters[0] == 1000 + (size + 1) / 2);
            REQUIRE(counters[1] == size / 2);
            REQUIRE(counters[2] == (size == 0 ? 0 : size * (size - 1) / 2));
            REQUIRE(counters[3] == (size + 2) / 3);
        }
    });
}

TEST_CASE("accumulate_rows: the blocks cover all rows, counted as by accumulate")
{
    for_each_policy([](auto policy) {
        for (const std::size_t size : sizes) {
            std::vector<std::uint64_t> counters{1000, 0, 0};
            std::atomic<int> empty_blocks = 0;
            ra::accumulate_rows(
                policy, {size, large_rows},
                [&](std::size_t begin, std::size_t end, const auto& tally) {
                    if (begin >= end) ++empty_blocks;
                    for (std::size_t row = begin; row < end; ++row) tally.add(row % 2);
                    tally.add(2, (begin + end - 1) * (end - begin) / 2);
                },
                counters);
            REQUIRE(counters[0] == 1000 + (size + 1) / 2);
            REQUIRE(counters[1] == size / 2);
            REQUIRE(counters[2] == (size == 0 ? 0 : size * (size - 1) / 2));
            REQUIRE(empty_blocks == 0);
        }
    });
}

TEST_CASE("accumulate_rows: several threads share the work")
{
    const auto shared_by = [](auto policy) {
        // A block waits until another thread has taken one: with a single thread this does not terminate.
        std::atomic<int> arrived = 0;
        std::vector<std::uint64_t> counters{0};
        ra::accumulate_rows(
            policy, {128, large_rows},
            [&](std::size_t begin, std::size_t end, const auto& tally) {
                tally.add(0, end - begin);
                ++arrived;
                while (arrived < 2) std::this_thread::yield();
            },
            counters);
        return arrived == 2 && counters[0] == 128;
    };
    CHECK(shared_by(ra::par.on(2).serial_below(0)));
    CHECK(shared_by(ra::on_executor(test_support::backward_pool{}).serial_below(0).threads(2)));
}

TEST_CASE("accumulate_rows: an exception propagates, stops the remaining work and leaves the counters unchanged")
{
    for_each_policy([](auto policy) {
        std::atomic<std::size_t> blocks = 0;
        std::vector<std::uint64_t> counters{5};
        CHECK_THROWS_WITH_AS(ra::accumulate_rows(
                                 policy, {64 * 10000, large_rows},
                                 [&](std::size_t, std::size_t, const auto&) {
                                     ++blocks;
                                     throw std::range_error("every block");
                                 },
                                 counters),
                             "every block", std::range_error);
        CHECK(counters[0] == 5);
        // At most one block per thread is in progress.
        CHECK(blocks <= 7);
    });
}

TEST_CASE("accumulate_rows: an exception on one thread stops the other threads")
{
    const auto blocks_run = [](auto policy) {
        std::atomic<std::size_t> blocks = 0;
        std::atomic<bool> throws = false;
        std::vector<std::uint64_t> counters{5};
        CHECK_THROWS_AS(ra::accumulate_rows(
                            policy, {64 * 2000, large_rows},
                            [&](std::size_t begin, std::size_t, const auto&) {
                                // The thread of the first block waits until another has started, which then has time to
                                // see the exception.
                                if (++blocks; begin == 0) {
                                    while (blocks < 2) std::this_thread::yield();
                                    throws = true;
                                    throw std::runtime_error("first block");
                                }
                                while (!throws) std::this_thread::yield();
                                std::this_thread::sleep_for(std::chrono::microseconds(100));
                            },
                            counters),
                        std::runtime_error);
        CHECK(counters[0] == 5);
        return blocks.load();
    };
    CHECK(blocks_run(ra::par.on(2).serial_below(0)) < 1000);
    CHECK(blocks_run(ra::on_executor(test_support::backward_pool{}).serial_below(0).threads(2)) < 1000);
}

TEST_CASE("accumulate: counters above 2^53 are exact")
{
    for_each_policy([](auto policy) {
        std::vector<std::uint64_t> counters{(std::uint64_t{1} << 53) + 1};
        ra::accumulate(
            policy, {1000, large_rows}, [](std::size_t, const auto& tally) { tally.add(0); }, counters);
        REQUIRE(counters[0] == (std::uint64_t{1} << 53) + 1001);
    });
}

TEST_CASE("for_each_index and for_each_row: an exception propagates")
{
    for_each_policy([](auto policy) {
        for (const std::size_t bad : {std::size_t{0}, std::size_t{777}, std::size_t{999}}) {
            CHECK_THROWS_WITH_AS(ra::for_each_index(policy, {1000, large_rows},
                                                    [&](std::size_t index) {
                                                        if (index == bad) throw std::range_error("bad index");
                                                    }),
                                 "bad index", std::range_error);
            CHECK_THROWS_WITH_AS(ra::for_each_row(policy, {1000, large_rows},
                                                  [&](std::size_t begin, std::size_t end) {
                                                      if (begin <= bad && bad < end) throw std::range_error("bad row");
                                                  }),
                                 "bad row", std::range_error);
        }
    });
}

TEST_CASE("for_each_row: if every thread throws, one exception propagates and the remaining work stops")
{
    for_each_policy([](auto policy) {
        std::atomic<std::size_t> blocks = 0;
        CHECK_THROWS_AS(ra::for_each_row(policy, {64 * 10000, large_rows},
                                         [&](std::size_t, std::size_t) {
                                             ++blocks;
                                             throw std::runtime_error("every block");
                                         }),
                        std::runtime_error);
        // At most one block per thread is in progress.
        CHECK(blocks <= 7);
    });
}

TEST_CASE("accumulate: an exception of f leaves the counters of a parallel call unchanged")
{
    std::vector<std::uint64_t> counters{5};
    CHECK_THROWS_AS(ra::accumulate(
                        ra::par.on(3).serial_below(0), {1000, large_rows},
                        [](std::size_t index, const auto& tally) {
                            tally.add(0);
                            if (index == 500) throw std::runtime_error("no");
                        },
                        counters),
                    std::runtime_error);
    CHECK(counters[0] == 5);
}
