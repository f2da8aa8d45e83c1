// Execution policy for Thrust: CUDA on a GPU; CPP, OMP and TBB on hosts. Opt-in: only this header and those of device/
// include Thrust.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "atomic_tally.hpp"
#include "executor.hpp"
#include "lane_group.hpp"
#include "policy.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#if !REASSESS_CUDA && !defined(THRUST_DEVICE_SYSTEM)
#    error \
        "reassess/execution/thrust.hpp: a host compiler must be told Thrust's device system. Add -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP (or _OMP and -fopenmp, or _TBB and -ltbb), or link reassess::thrust_cpp, _omp or _tbb"
#else

#    include <thrust/execution_policy.h>
#    include <thrust/for_each.h>
#    include <thrust/iterator/counting_iterator.h>
#    include <thrust/memory.h>
#    include <thrust/version.h>
#    if THRUST_VERSION < 101700
#        error "reassess/execution/thrust.hpp: this version of Thrust is too old; 1.17 or newer is required"
#    endif
#    if REASSESS_CUDA
#        include <cuda_runtime.h>
#        include <thrust/system/cuda/error.h>
#        include <thrust/system/cuda/execution_policy.h>
#        include <thrust/system_error.h>
#    endif

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

#    if REASSESS_CUDA
template <class Derived>
std::true_type is_on_cuda(const ::thrust::cuda::execution_policy<Derived>&);
#    endif
std::false_type is_on_cuda(...);

/// Memory space of functions under a Thrust policy: device for CUDA, host for every other system.
template <class Exec>
using space_of_thrust =
    std::conditional_t<decltype(is_on_cuda(std::declval<const Exec&>()))::value, device_space, host_space>;

/// Runs blocks on a Thrust host system.
template <class Exec>
struct thrust_pool {
    Exec exec;

    template <class RunBlock>
    void operator()(std::size_t blocks, const RunBlock& run) const
    {
        ::thrust::for_each_n(exec, ::thrust::counting_iterator<std::size_t>(0), blocks,
                             [&run](std::size_t block) { run(block); });
    }
};

#    if REASSESS_CUDA

template <class Exec>
cudaStream_t stream_of(const Exec& exec)
{
    return ::thrust::cuda_cub::stream(const_cast<Exec&>(exec));
}

inline void expect_success(cudaError_t error, const char* what)
{
    if (error == cudaSuccess) return;
    // The exception reports the error: a later check of the last error, by this program or Thrust, must not find it.
    static_cast<void>(cudaGetLastError());
    throw ::thrust::system_error(error, ::thrust::cuda_category(), what);
}

#    endif

}  // namespace detail

namespace detail {

/// An object whose type need not be assignable: assignment destroys it and copies the other. Policies with an allocator
/// hold references.
template <class T>
class reassignable {
public:
    explicit reassignable(const T& object) : object_(object) {}
    reassignable(const reassignable&) = default;
    reassignable& operator=(const reassignable& other) noexcept(std::is_nothrow_copy_constructible_v<T>)
    {
        if (this != &other) object_.emplace(*other.object_);
        return *this;
    }
    ~reassignable() = default;

    [[nodiscard]] const T& get() const noexcept { return *object_; }

private:
    std::optional<T> object_;
};

}  // namespace detail

/// Uninitialised memory of a Thrust policy, allocated by its allocator; elements are trivially copyable. Move-only.
template <class Exec, class T>
class thrust_buffer {
    static_assert(std::is_trivially_copyable_v<T>, "thrust_buffer: elements are copied as bytes");

public:
    explicit thrust_buffer(const Exec& exec) : exec_(exec) {}
    thrust_buffer(thrust_buffer&& other) noexcept
        : exec_(other.exec_),
          memory_(std::exchange(other.memory_, pointer())),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0))
    {
    }
    /// Frees this buffer's memory under its policy, and takes the memory of the other and the policy that it is of.
    thrust_buffer& operator=(thrust_buffer&& other) noexcept
    {
        if (this == &other) return *this;
        release();
        exec_ = other.exec_;
        memory_ = std::exchange(other.memory_, pointer());
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    ~thrust_buffer() { release(); }

    /// Reserves memory for `size` elements; previous elements are lost if it was too small. Throws std::bad_alloc or
    /// the exception of the policy's allocator.
    void grow(std::size_t size)
    {
        if (size > capacity_) {
            release();
            if (size > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) throw std::bad_alloc();
            const auto taken = ::thrust::get_temporary_buffer<T>(exec_.get(), static_cast<std::ptrdiff_t>(size));
            memory_ = taken.first;
            capacity_ = static_cast<std::size_t>(taken.second);
            if (capacity_ < size) {
                release();
                throw std::bad_alloc();
            }
        }
        size_ = size;
    }

    [[nodiscard]] T* data() const noexcept { return ::thrust::raw_pointer_cast(memory_); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Sets all bytes to 0, in stream order.
    void fill_zero()
    {
        if (size_ == 0) return;
#    if REASSESS_CUDA
        if constexpr (on_device) {
            detail::expect_success(cudaMemsetAsync(data(), 0, size_ * sizeof(T), detail::stream_of(exec_.get())),
                                   "reassess: cudaMemsetAsync of a device buffer");
            return;
        }
#    endif
        std::memset(static_cast<void*>(data()), 0, size_ * sizeof(T));
    }
    /// Copies host elements to this buffer, in stream order; the host memory may be modified after the call.
    void copy_from(const T* host, std::size_t count)
    {
        grow(count);
        if (count == 0) return;
#    if REASSESS_CUDA
        if constexpr (on_device) {
            const cudaStream_t stream = detail::stream_of(exec_.get());
            detail::expect_success(cudaMemcpyAsync(data(), host, count * sizeof(T), cudaMemcpyHostToDevice, stream),
                                   "reassess: copy to the device");
            detail::expect_success(cudaStreamSynchronize(stream), "reassess: copy to the device");
            return;
        }
#    endif
        std::memcpy(static_cast<void*>(data()), host, count * sizeof(T));
    }
    /// Copies the first elements to the host after all earlier work of the stream, and waits for the copy.
    void copy_to(T* host, std::size_t count) const
    {
        if (count == 0) return;
#    if REASSESS_CUDA
        if constexpr (on_device) {
            const cudaStream_t stream = detail::stream_of(exec_.get());
            detail::expect_success(cudaMemcpyAsync(host, data(), count * sizeof(T), cudaMemcpyDeviceToHost, stream),
                                   "reassess: copy from the device");
            detail::expect_success(cudaStreamSynchronize(stream), "reassess: work before a copy from the device");
            return;
        }
#    endif
        std::memcpy(static_cast<void*>(host), data(), count * sizeof(T));
    }

private:
    static constexpr bool on_device = std::same_as<detail::space_of_thrust<Exec>, device_space>;
    using pointer = decltype(::thrust::get_temporary_buffer<T>(std::declval<const Exec&>(), 0).first);

    void release() noexcept
    {
        if (capacity_ != 0) {
            // After a kernel's fault CUDA cannot free memory either. The fault is reported by the next call that waits,
            // and this may run while its exception is on the way.
            try {
                ::thrust::return_temporary_buffer(exec_.get(), memory_, static_cast<std::ptrdiff_t>(capacity_));
            } catch (...) {
            }
        }
        memory_ = pointer();
        capacity_ = 0;
        size_ = 0;
    }

    detail::reassignable<Exec> exec_;
    pointer memory_{};
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

struct launch_options {
    /// Greatest number of blocks of a CUDA kernel; threads process further rows in a loop. The default is more than a
    /// device runs concurrently, and below the limits of every device. Less leaves multiprocessors to other streams.
    unsigned most_blocks = 1U << 13;
};

/// Execution policy that wraps a Thrust execution policy by value: thrust_policy(thrust::omp::par),
/// thrust_policy(thrust::cuda::par_nosync.on(stream)), thrust_policy(thrust::cuda::par_nosync(allocator).on(stream)).
/// With CUDA the functions read device memory, kernels are enqueued in the policy's stream, and no call waits for them
/// (except Thrust's own algorithms under thrust::cuda::par). With every other system they read host memory, and a call
/// returns when all work is done. A program may use several policies at once.
template <class Exec>
class thrust_policy {
public:
    using space = detail::space_of_thrust<Exec>;
    template <class T>
    class buffer : public thrust_buffer<Exec, T> {
    public:
        explicit buffer(const thrust_policy& policy) : thrust_buffer<Exec, T>(policy.exec()) {}
    };

    explicit thrust_policy(const Exec& exec, const launch_options& launch = {}) : exec_(exec), launch_(launch)
    {
        detail::expects(launch.most_blocks != 0, "thrust_policy: most_blocks is 0, expected at least 1");
    }

    [[nodiscard]] const Exec& exec() const noexcept { return exec_.get(); }
    [[nodiscard]] const launch_options& launch() const noexcept { return launch_; }

private:
    detail::reassignable<Exec> exec_;
    launch_options launch_;
};

namespace detail {

/// Uses a Thrust host system as a thread pool. serial_below(0): small calls also use it, because the user chose it
/// explicitly.
template <class Exec>
auto as_executor(const thrust_policy<Exec>& policy)
{
    return on_executor(thrust_pool<Exec>{policy.exec()}).serial_below(0);
}

template <class Exec>
inline constexpr bool thrust_on_device = std::same_as<space_of_thrust<Exec>, device_space>;

#    if REASSESS_CUDA

/// Lanes of a warp that share a row.
template <unsigned Lanes>
struct warp_lanes {
    static constexpr std::size_t lanes = Lanes;
    static constexpr bool shares_instructions = Lanes < 32;
    template <class T>
    using per_lane = single_lane::per_lane<T>;

    template <class OfLane, class Combine>
    [[nodiscard]] __device__ auto reduce(OfLane of_lane, Combine combine) const noexcept
    {
        auto found = of_lane(lane());
        if constexpr (Lanes == 32 && has_instruction<decltype(found), Combine>) {
            found = of_warp(found, combine);
        } else {
#        pragma unroll
            for (unsigned distance = Lanes / 2; distance != 0; distance /= 2)
                found = combine(found, from_lane(found, distance));
        }
        return found;
    }
    template <class Function>
    __device__ void for_each_lane(Function f) const noexcept
    {
        f(lane());
    }
    [[nodiscard]] __device__ bool leads() const noexcept { return lane() == 0; }

private:
    template <class T, class Combine>
    static constexpr bool has_instruction =
        REASSESS_DEVICE_80 != 0 &&
        ((std::is_same_v<T, std::uint32_t> &&
          (std::is_same_v<Combine, sum_of_lanes> || std::is_same_v<Combine, least_of_lanes>)) ||
         (std::is_same_v<Combine, greatest_of_lanes> &&
          (std::is_same_v<T, float> || (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) <= 4))));
#        if REASSESS_DEVICE_80
    static __device__ std::uint32_t of_warp(std::uint32_t mine, sum_of_lanes) noexcept
    {
        return __reduce_add_sync(0xffffffffU, mine);
    }
    static __device__ std::uint32_t of_warp(std::uint32_t mine, least_of_lanes) noexcept
    {
        return __reduce_min_sync(0xffffffffU, mine);
    }
    template <class T>
    static __device__ T of_warp(T mine, greatest_of_lanes) noexcept
    {
        if constexpr (std::is_same_v<T, float>) {
            // As integers of the same order, where +NaN is the greatest; -0 becomes 0.
            const auto in_order = [](int bits) { return bits ^ (bits >> 31 & 0x7fffffff); };
            return __int_as_float(in_order(__reduce_max_sync(0xffffffffU, in_order(__float_as_int(mine + 0.0F)))));
        } else {
            return static_cast<T>(__reduce_max_sync(0xffffffffU, static_cast<int>(mine)));
        }
    }
#        endif
    [[nodiscard]] static __device__ std::size_t lane() noexcept { return threadIdx.x % Lanes; }
    /// The value of the lane whose index differs in the bit `distance`. Only for groups of several lanes.
    template <class T>
    [[nodiscard]] static __device__ T from_lane(const T& mine, unsigned distance) noexcept
    {
        static_assert(std::is_trivially_copyable_v<T>);
        // Lanes of other groups may have no row left and have exited.
        const unsigned first = threadIdx.x % 32 / Lanes * Lanes;
        const unsigned group = (Lanes == 32 ? 0xffffffffU : (1U << Lanes % 32) - 1) << first;
        unsigned words[(sizeof(T) + 3) / 4]{};
        memcpy(words, &mine, sizeof(T));
#        pragma unroll
        for (unsigned& word : words) word = __shfl_xor_sync(group, word, static_cast<int>(distance), Lanes);
        T other = mine;
        memcpy(&other, words, sizeof(T));
        return other;
    }
};

inline constexpr unsigned row_threads = 256;

template <unsigned Lanes, class Function>
__global__ void __launch_bounds__(row_threads, 2) for_rows(std::size_t rows, Function f)
{
    const std::size_t stride = static_cast<std::size_t>(gridDim.x) * (row_threads / Lanes);
    for (std::size_t row = static_cast<std::size_t>(blockIdx.x) * (row_threads / Lanes) + threadIdx.x / Lanes;
         row < rows; row += stride)
        f(warp_lanes<Lanes>{}, row);
}

/// Number of blocks of a grid with `threads` threads, at most `most`.
inline unsigned blocks_of_grid(std::size_t threads, unsigned most) noexcept
{
    const std::size_t blocks = threads / row_threads + (threads % row_threads != 0);
    return static_cast<unsigned>(std::min<std::size_t>(blocks, most));
}

/// Enqueues a kernel of `threads` threads. Not by <<<>>>, whose error is only in the last error, which may be an older
/// one of the program's own.
template <class Exec, class Function>
void start_kernel(void (*kernel)(std::size_t, Function), const thrust_policy<Exec>& policy, std::size_t threads,
                  std::size_t size, Function f, const char* what)
{
    void* arguments[] = {&size, &f};
    expect_success(cudaLaunchKernel(reinterpret_cast<const void*>(kernel),
                                    dim3(blocks_of_grid(threads, policy.launch().most_blocks)), dim3(row_threads),
                                    arguments, 0, stream_of(policy.exec())),
                   what);
}

template <unsigned Lanes, class Exec, class Function>
void start_rows(const thrust_policy<Exec>& policy, std::size_t rows, const Function& f)
{
    start_kernel(&for_rows<Lanes, Function>, policy, rows * Lanes, rows, f, "reassess: launch of a row kernel");
}

// One thread per index. Not thrust::for_each_n, which processes two indices per thread: counting functions then run out
// of registers.
template <class Function>
__global__ void __launch_bounds__(row_threads) for_indices(std::size_t size, Function f)
{
    const std::size_t stride = static_cast<std::size_t>(gridDim.x) * row_threads;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * row_threads + threadIdx.x; i < size; i += stride) f(i);
}

#    endif

/// Calls f(index, tally) with counters that all threads share.
template <class Function>
struct count_together {
    Function f;
    std::uint64_t* counters;

    REASSESS_HOST_DEVICE void operator()(std::size_t index) const { f(index, atomic_tally(counters)); }
};

}  // namespace detail

/// As for serial_policy on a host system. On CUDA calls f(group, row) with the lanes that share the row: a whole warp
/// for rows of more than 1 KiB, 4 lanes for rows of more than 128 bytes, and one lane for shorter rows.
template <class Exec, class Function>
void for_each_row(thrust_policy<Exec> policy, work_size work, Function f)
{
    if constexpr (!detail::thrust_on_device<Exec>) {
        for_each_row(detail::as_executor(policy), work, f);
    } else if (work.size != 0) {
#    if REASSESS_CUDA
        if (work.bytes_each > 1024) return detail::start_rows<32>(policy, work.size, f);
        if (work.bytes_each > 128) return detail::start_rows<4>(policy, work.size, f);
        detail::start_rows<1>(policy, work.size, f);
#    endif
    }
}

/// As for serial_policy; on CUDA a thread calls f for each index.
template <class Exec, class Function>
void for_each_index(thrust_policy<Exec> policy, work_size work, Function f)
{
    if constexpr (!detail::thrust_on_device<Exec>) {
        for_each_index(detail::as_executor(policy), work, f);
    } else if (work.size != 0) {
#    if REASSESS_CUDA
        detail::start_kernel(&detail::for_indices<Function>, policy, work.size, work.size, f,
                             "reassess: launch of a kernel over indices");
#    endif
    }
}

/// As for serial_policy, on host systems only: threads of a device share counters and count rows one by one.
template <class Exec, class Function>
void accumulate_rows(thrust_policy<Exec> policy, work_size work, Function f,
                     std::span<std::uint64_t> counters) requires(!detail::thrust_on_device<Exec>)
{
    accumulate_rows(detail::as_executor(policy), work, f, counters);
}

/// As for serial_policy; on CUDA `counters` is device memory, to which all threads add atomically.
template <class Exec, class Function>
void accumulate(thrust_policy<Exec> policy, work_size work, Function f, std::span<std::uint64_t> counters)
{
    if constexpr (!detail::thrust_on_device<Exec>) {
        accumulate(detail::as_executor(policy), work, f, counters);
    } else {
        for_each_index(policy, work, detail::count_together<Function>{f, counters.data()});
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE

#endif
