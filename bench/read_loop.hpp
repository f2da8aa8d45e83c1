// Memory-bandwidth baseline of the benchmarks: a loop that reads the same bytes as the kernel and keeps their maximum.
// Each round times the read loop and then the kernel on one slice; the figures are medians over the rounds of the ratio
// of the two times, because single times vary between runs.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#    include <immintrin.h>
#endif

namespace bench {

/// Reads all bytes by AVX2 loads of 32 bytes, eight per iteration.
#if defined(__x86_64__)
__attribute__((target("avx2"))) inline std::uint64_t read_with_avx2(const std::byte* bytes, std::size_t size)
{
    __m256i greatest[8] = {};
    for (std::size_t at = 0; at + 256 <= size; at += 256) {
#    pragma GCC unroll 8
        for (std::size_t unit = 0; unit < 8; ++unit) {
            greatest[unit] = _mm256_max_epi32(
                greatest[unit], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at + 32 * unit)));
        }
    }
    for (std::size_t unit = 1; unit < 8; ++unit) greatest[0] = _mm256_max_epi32(greatest[0], greatest[unit]);
    return static_cast<std::uint64_t>(_mm256_extract_epi64(greatest[0], 0));
}
#endif

inline std::uint64_t read_all(const std::byte* bytes, std::size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return read_with_avx2(bytes, size);
#endif
    std::uint64_t sum[4] = {};
    for (std::size_t at = 0; at + 32 <= size; at += 32) {
        std::uint64_t words[4];
        std::memcpy(words, bytes + at, sizeof words);
        for (std::size_t unit = 0; unit < 4; ++unit) sum[unit] |= words[unit];
    }
    return sum[0] | sum[1] | sum[2] | sum[3];
}

/// The read loop on several threads, which are started for each call, like those of `par`.
inline void read_loop(const std::byte* bytes, std::size_t size, unsigned threads)
{
    std::vector<std::thread> helpers;
    const std::size_t part = size / threads;
    for (unsigned thread = 1; thread < threads; ++thread) {
        helpers.emplace_back([=] { benchmark::DoNotOptimize(read_all(bytes + thread * part, part)); });
    }
    benchmark::DoNotOptimize(read_all(bytes, part));
    for (std::thread& helper : helpers) helper.join();
}

inline double seconds_of(const std::function<void()>& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double quantile(std::vector<double> values, double share)
{
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

/// Slices of a data set. Each round uses the next slice, so that no slice is still in a cache.
struct slices {
    const std::byte* bytes = nullptr;
    std::size_t slice_bytes = 0;
    std::size_t slice_rows = 0;
    std::size_t count = 1;
};

/// Times read(round) and work(round) in each round; `bytes` and `rows` are those of `work`. Reports rows/s, GB/s,
/// ns/row and, as `of_read`, the median of read time / work time over all rounds, with the 10 % and 90 % quantiles.
template <class Read, class Work>
void compare_times(benchmark::State& state, std::size_t bytes, std::size_t rows, Read read, Work work)
{
    std::vector<double> ratios, times;
    std::size_t round = 0;
    for (auto _ : state) {
        const double reading = seconds_of([&] { read(round); });
        const double working = seconds_of([&] { work(round); });
        state.SetIterationTime(working);
        ratios.push_back(reading / working);
        times.push_back(working);
        ++round;
    }
    state.counters["of_read"] = quantile(ratios, 0.5);
    state.counters["of_read_10%"] = quantile(ratios, 0.1);
    state.counters["of_read_90%"] = quantile(ratios, 0.9);
    state.counters["ns/row"] = quantile(times, 0.5) / static_cast<double>(rows) * 1e9;
    state.counters["rows/s"] = static_cast<double>(rows) / quantile(times, 0.5);
    state.counters["GB/s"] = static_cast<double>(bytes) / quantile(times, 0.5) / 1e9;
}

/// Times work(slice) and the read loop over the same slice, one slice per round.
template <class Work>
void compare_with_read_loop(benchmark::State& state, const slices& data, unsigned threads, Work work)
{
    compare_times(
        state, data.slice_bytes, data.slice_rows,
        [&](std::size_t round) {
            read_loop(data.bytes + round % data.count * data.slice_bytes, data.slice_bytes, threads);
        },
        [&](std::size_t round) { work(round % data.count); });
}

}  // namespace bench
