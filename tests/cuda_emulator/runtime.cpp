// The functions of the CUDA runtime that the library and Thrust call, for one device. A program that calls another one
// is not linked.
#include "control.hpp"
#include "kernel.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "streams.hpp"
#include "warp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <cuda_runtime.h>

namespace cuda_emulator {
namespace {

struct event {
    position recorded;
    bool destroyed = false;
};

struct launch_configuration {
    dim3 blocks, threads;
    std::size_t shared_bytes;
    cudaStream_t stream;
};

struct allocation {
    std::size_t bytes = 0;
    std::size_t reserved = 0;
};

/// What lasts from call to call. Never destroyed, because static objects of a test may call.
struct runtime_state {
    std::unordered_map<const void*, std::string> kernel_names;
    std::vector<launch_configuration> configurations;
    std::map<std::byte*, allocation> allocations;
    cudaError_t last_error = cudaSuccess;
    bool next_kernel_faults = false;
    int calls_until_failure = -1;
    bool has_failed = false;
    std::uint64_t waits = 0;
    std::uint64_t device_allocations = 0;
};
runtime_state& state()
{
    static auto* const all = new runtime_state;
    return *all;
}

cudaError_t remembered(cudaError_t error)
{
    if (error != cudaSuccess) state().last_error = error;
    return error;
}
/// A kernel's illegal access makes every later call fail.
cudaError_t context_error()
{
    return illegal_access() ? cudaErrorIllegalAddress : cudaSuccess;
}

/// The error of a call before it does anything: of a faulty kernel, or the one that a test asked for.
cudaError_t error_at_begin()
{
    if (illegal_access()) return remembered(cudaErrorIllegalAddress);
    if (state().calls_until_failure < 0 || state().calls_until_failure-- > 0) return cudaSuccess;
    state().has_failed = true;
    return remembered(cudaErrorMemoryAllocation);
}

cudaError_t invalid(const std::string& what)
{
    report(what);
    return remembered(cudaErrorInvalidValue);
}

stream* stream_of(cudaStream_t given)
{
    if (given == nullptr || given == cudaStreamLegacy) return streams().front();
    if (given == cudaStreamPerThread) not_emulated("the stream of a thread");
    auto* const s = reinterpret_cast<stream*>(given);
    if (s->destroyed) report("a stream is used after it was destroyed");
    return s;
}
event* event_of(cudaEvent_t given)
{
    auto* const e = reinterpret_cast<event*>(given);
    if (e->destroyed) report("an event is used after it was destroyed");
    return e;
}

void wait_for(stream* s)
{
    ++state().waits;
    if (s == streams().front()) {
        for (stream* const other : streams()) {
            if (!other->independent()) run_until(other->enqueued());
        }
    }
    run_until(s->enqueued());
}

/// Memory that some stream has freed, of the right size, and after what it may be used; else new addresses.
freed_memory memory_for(stream* s, std::size_t reserved)
{
    const auto take_from = [&](stream* from) {
        const auto found = std::find_if(from->freed.begin(), from->freed.end(),
                                        [&](const freed_memory& f) { return f.bytes == reserved; });
        if (found == from->freed.end()) return freed_memory{};
        const freed_memory taken = *found;
        from->freed.erase(found);
        return taken;
    };
    if (const freed_memory own = take_from(s); own.first != nullptr) return own;
    for (stream* const other : streams()) {
        if (const freed_memory taken = take_from(other); taken.first != nullptr) return taken;
    }
    return {device_memory::instance().reserve(reserved), reserved, s->enqueued()};
}

/// Prepares a write by a copy or memset, in the order of its stream.
bool can_write(void* to, std::size_t bytes, const char* what)
{
    device_memory& memory = device_memory::instance();
    if (illegal_access()) return false;
    if (!memory.is_allocated(to, bytes)) {
        report(std::string(what) + " writes device memory that is not allocated at that point of the order of streams");
        illegal_access() = true;
        return false;
    }
    memory.set_written(to, bytes);
    return true;
}

void copy_to_device(stream* s, void* to, const void* from, std::size_t bytes)
{
    const auto write = [to, bytes](const void* source) {
        if (can_write(to, bytes, "a copy")) std::memcpy(device_memory::instance().accessible(to), source, bytes);
    };
    if (!is_pinned(from, bytes)) {
        // The runtime has read memory that is not pinned when the call returns.
        const auto* const first = static_cast<const std::byte*>(from);
        auto copy = std::make_shared<std::vector<std::byte>>(first, first + bytes);
        s->enqueue([write, copy] { write(copy->data()); });
        return;
    }
    s->enqueue([=] {
        if (is_pinned(from, bytes)) return write(from);
        report("a copy reads pinned memory that was freed");
    });
}

void copy_to_host(stream* s, void* to, const void* from, std::size_t bytes)
{
    s->enqueue([=] {
        if (illegal_access()) return;
        device_memory& memory = device_memory::instance();
        if (!memory.is_allocated(from, bytes)) return report("a copy reads device memory that is not allocated");
        if (!memory.is_written(from, bytes)) report("a copy to the host reads uninitialised device memory");
        std::memcpy(to, memory.accessible(from), bytes);
    });
    if (!is_pinned(to, bytes)) wait_for(s);
}

void print_lines()
{
    std::FILE* const file = std::fopen(chosen().lines.c_str(), "w");
    if (file == nullptr) return;
    for (const auto& [name, k] : kernels()) {
        std::fprintf(file, "kernel %s: launched %llu times\n", name.c_str(),
                     static_cast<unsigned long long>(k.counts.launches));
        for (const instruction& i : k.code) {
            std::fprintf(file, "%10llu %s\n", static_cast<unsigned long long>(i.executed), i.text.c_str());
        }
    }
    std::fclose(file);
}

/// Says what ran, and makes the program fail if anything was reported.
void finish()
{
    run_all_work();
    std::size_t launched = 0, reached = 0, lines = 0;
    kernel_counts sum;
    for (const auto& [name, k] : kernels()) {
        launched += k.counts.launches != 0;
        sum.launches += k.counts.launches;
        sum.instructions += k.counts.instructions;
        for (const instruction& i : k.code) {
            ++lines;
            reached += i.executed != 0;
        }
    }
    std::printf(
        "CUDA emulator: %zu of %zu kernels ran, in %llu launches of %llu warp instructions; %zu of %zu PTX "
        "instructions were reached\n",
        launched, kernels().size(), static_cast<unsigned long long>(sum.launches),
        static_cast<unsigned long long>(sum.instructions), reached, lines);
    std::fflush(stdout);
    if (!chosen().lines.empty()) print_lines();
    if (number_of_reports() == 0) return;
    print_reports();
    std::_Exit(1);
}

}  // namespace
}  // namespace cuda_emulator

using namespace cuda_emulator;

extern "C" {

// What nvcc's host code calls.
void** __cudaRegisterFatBinary(void*)
{
    static void* handle = nullptr;
    static const bool registered = std::atexit(finish) == 0;
    static_cast<void>(registered);
    return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
char __cudaInitModule(void**)
{
    return 1;
}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterFunction(void**, const char* host_function, char*, const char* name, int, uint3*, uint3*, dim3*,
                            dim3*, int*)
{
    state().kernel_names[host_function] = name;
}
void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}

cudaError_t __cudaGetKernel(cudaKernel_t* found, const void* host_function)
{
    load_kernels();
    const auto name = state().kernel_names.find(host_function);
    const auto k = name == state().kernel_names.end() ? kernels().end() : kernels().find(name->second);
    if (k == kernels().end())
        not_emulated("a kernel that is not in the PTX files: " +
                     (name == state().kernel_names.end() ? "not registered" : name->second));
    *found = reinterpret_cast<cudaKernel_t>(&k->second);
    return cudaSuccess;
}
unsigned __cudaPushCallConfiguration(dim3 blocks, dim3 threads, std::size_t shared_bytes, CUstream_st* s)
{
    state().configurations.push_back({blocks, threads, shared_bytes, s});
    return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* blocks, dim3* threads, std::size_t* shared_bytes, void* s)
{
    if (state().configurations.empty()) return remembered(cudaErrorUnknown);
    const launch_configuration last = state().configurations.back();
    state().configurations.pop_back();
    *blocks = last.blocks;
    *threads = last.threads;
    *shared_bytes = last.shared_bytes;
    *static_cast<cudaStream_t*>(s) = last.stream;
    return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t handle, dim3 blocks, dim3 threads, void** arguments, std::size_t,
                               cudaStream_t s)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    kernel& k = *reinterpret_cast<kernel*>(handle);
    if (blocks.x == 0 || blocks.x > 2147483647U || threads.x == 0 || threads.x > k.most_threads || blocks.y != 1 ||
        blocks.z != 1 || threads.y != 1 || threads.z != 1) {
        report("a launch of an invalid size: " + k.name);
        return remembered(cudaErrorInvalidConfiguration);
    }
    k.prepare();
    std::vector<std::byte> parameters(k.parameter_bytes + 16);
    for (std::size_t p = 0; p < k.parameters.size(); ++p)
        std::memcpy(parameters.data() + k.parameters[p].offset, arguments[p], k.parameters[p].bytes);
    ++k.counts.launches;
    const bool faults = std::exchange(state().next_kernel_faults, false);
    const launch_shape shape{blocks.x, threads.x};
    stream_of(s)->enqueue([&k, shape, parameters, faults] {
        if (illegal_access()) return;
        run_kernel(k, shape, parameters.data());
        if (faults) illegal_access() = true;
    });
    return cudaSuccess;
}
cudaError_t cudaLaunchKernel(const void* function, dim3 blocks, dim3 threads, void** arguments,
                             std::size_t shared_bytes, cudaStream_t s)
{
    cudaKernel_t k = nullptr;
    __cudaGetKernel(&k, function);
    return __cudaLaunchKernel(k, blocks, threads, arguments, shared_bytes, s);
}

// Devices and errors.
cudaError_t cudaGetDeviceCount(int* count)
{
    *count = 1;
    return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device)
{
    *device = 0;
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int)
{
    return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int)
{
    *value = attribute == cudaDevAttrComputeCapabilityMajor   ? 8
             : attribute == cudaDevAttrComputeCapabilityMinor ? 0
             : attribute == cudaDevAttrMultiProcessorCount    ? 4
                                                              : 65536;
    return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*)
{
    *attributes = {};
    attributes->ptxVersion = attributes->binaryVersion = 80;
    attributes->maxThreadsPerBlock = 1024;
    return remembered(context_error());
}
const char* cudaGetErrorName(cudaError_t error)
{
    return error == cudaSuccess                 ? "cudaSuccess"
           : error == cudaErrorIllegalAddress   ? "cudaErrorIllegalAddress"
           : error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation"
                                                : "another error";
}
const char* cudaGetErrorString(cudaError_t error)
{
    return error == cudaSuccess                 ? "no error"
           : error == cudaErrorIllegalAddress   ? "an illegal memory access was encountered"
           : error == cudaErrorMemoryAllocation ? "out of memory"
                                                : "another error";
}
cudaError_t cudaPeekAtLastError()
{
    return illegal_access() ? cudaErrorIllegalAddress : state().last_error;
}
cudaError_t cudaGetLastError()
{
    const cudaError_t error = cudaPeekAtLastError();
    state().last_error = cudaSuccess;
    return error;
}

// Streams and events.
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* made, unsigned flags)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    streams().push_back(new stream((flags & cudaStreamNonBlocking) != 0 ? with_default_stream::independent
                                                                        : with_default_stream::in_order));
    *made = reinterpret_cast<cudaStream_t>(streams().back());
    return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* made)
{
    return cudaStreamCreateWithFlags(made, cudaStreamDefault);
}
cudaError_t cudaStreamDestroy(cudaStream_t s)
{
    stream_of(s)->destroyed = true;
    return remembered(context_error());
}
cudaError_t cudaStreamSynchronize(cudaStream_t s)
{
    wait_for(stream_of(s));
    return remembered(context_error());
}
cudaError_t cudaDeviceSynchronize()
{
    ++state().waits;
    run_all_work();
    return remembered(context_error());
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* made, unsigned)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    *made = reinterpret_cast<cudaEvent_t>(new event);
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t e)
{
    event_of(e)->destroyed = true;
    return remembered(context_error());
}
cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    event_of(e)->recorded = stream_of(s)->enqueued();
    return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t e)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    ++state().waits;
    if (event_of(e)->recorded.in != nullptr) run_until(event_of(e)->recorded);
    return remembered(context_error());
}
cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    if (event_of(e)->recorded.in != nullptr) stream_of(s)->enqueue([] {}, {event_of(e)->recorded});
    return cudaSuccess;
}

// Memory.
cudaError_t cudaMalloc(void** made, std::size_t bytes)
{
    *made = nullptr;
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    if (bytes == 0) return cudaSuccess;
    ++state().device_allocations;
    std::byte* const memory = device_memory::instance().reserve(bytes);
    if (memory == nullptr) return remembered(cudaErrorMemoryAllocation);
    device_memory::instance().allocate(memory, bytes);
    state().allocations[memory] = {bytes, bytes};
    *made = memory;
    return cudaSuccess;
}
cudaError_t cudaFree(void* memory)
{
    // As the driver does, it waits for all work.
    run_all_work();
    if (illegal_access()) return remembered(cudaErrorIllegalAddress);
    if (memory == nullptr) return cudaSuccess;
    const auto found = state().allocations.find(static_cast<std::byte*>(memory));
    if (found == state().allocations.end()) return invalid("cudaFree of memory that is not allocated");
    device_memory::instance().free(found->first, found->second.bytes);
    state().allocations.erase(found);
    return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** made, std::size_t bytes, cudaStream_t in)
{
    *made = nullptr;
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    if (bytes == 0) return cudaSuccess;
    ++state().device_allocations;
    stream* const s = stream_of(in);
    const std::size_t reserved = (bytes + 511) / 512 * 512;
    const freed_memory memory = memory_for(s, reserved);
    if (memory.first == nullptr) return remembered(cudaErrorMemoryAllocation);
    state().allocations[memory.first] = {bytes, reserved};
    *made = memory.first;
    s->enqueue([=] { device_memory::instance().allocate(memory.first, bytes); }, {memory.after});
    return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* memory, cudaStream_t in)
{
    if (illegal_access()) return remembered(cudaErrorIllegalAddress);
    if (memory == nullptr) return cudaSuccess;
    const auto found = state().allocations.find(static_cast<std::byte*>(memory));
    if (found == state().allocations.end()) return invalid("cudaFreeAsync of memory that is not allocated");
    stream* const s = stream_of(in);
    const allocation size = found->second;
    std::byte* const first = found->first;
    state().allocations.erase(found);
    s->enqueue([=] { device_memory::instance().free(first, size.bytes); });
    s->freed.push_back({first, size.reserved, s->enqueued()});
    return cudaSuccess;
}
cudaError_t cudaMallocHost(void** made, std::size_t bytes)
{
    *made = nullptr;
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    *made = allocate_pinned(bytes);
    return *made == nullptr ? remembered(cudaErrorMemoryAllocation) : cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory)
{
    if (!free_pinned(memory)) return invalid("cudaFreeHost of memory that is not pinned");
    return remembered(context_error());
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t in)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    if (bytes == 0) return cudaSuccess;
    const device_memory& memory = device_memory::instance();
    if (kind == cudaMemcpyHostToDevice) {
        if (!memory.contains(to)) return invalid("a copy to the device to memory that is not the device's");
        copy_to_device(stream_of(in), to, from, bytes);
        return cudaSuccess;
    }
    if (kind != cudaMemcpyDeviceToHost) not_emulated("copies other than between host and device");
    if (!memory.contains(from)) return invalid("a copy from the device from memory that is not the device's");
    copy_to_host(stream_of(in), to, from, bytes);
    return remembered(context_error());
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind)
{
    const cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
    wait_for(streams().front());
    return error != cudaSuccess ? error : remembered(context_error());
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t in)
{
    if (const cudaError_t error = error_at_begin(); error != cudaSuccess) return error;
    if (!device_memory::instance().contains(to)) return invalid("a memset of memory that is not the device's");
    stream_of(in)->enqueue([=] {
        if (can_write(to, bytes, "a memset")) std::memset(device_memory::instance().accessible(to), value, bytes);
    });
    return cudaSuccess;
}

// The functions of control.hpp.
void cuda_emulator_start_counting()
{
    run_all_work();
    for (auto& [name, k] : kernels()) k.counts = {};
}
cuda_emulator_counts cuda_emulator_counted(const char* part)
{
    run_all_work();
    cuda_emulator_counts sum{};
    for (const auto& [name, k] : kernels()) {
        if (name.find(part) == std::string::npos) continue;
        sum.launches += k.counts.launches;
        sum.instructions += k.counts.instructions;
        sum.load_sectors += k.counts.load_sectors;
        sum.store_sectors += k.counts.store_sectors;
        sum.atomics += k.counts.atomics;
    }
    return sum;
}
void cuda_emulator_fault_in_next_kernel()
{
    state().next_kernel_faults = true;
}
void cuda_emulator_restart()
{
    run_all_work();
    illegal_access() = false;
    state().last_error = cudaSuccess;
}
void cuda_emulator_fail_after(int calls)
{
    state().calls_until_failure = calls;
    state().has_failed = false;
}
bool cuda_emulator_has_failed()
{
    return state().has_failed;
}
unsigned cuda_emulator_reports()
{
    return static_cast<unsigned>(number_of_reports());
}
std::uint64_t cuda_emulator_waits()
{
    return state().waits;
}
std::uint64_t cuda_emulator_allocations()
{
    return state().device_allocations;
}
}
