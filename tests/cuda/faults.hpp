// Errors of CUDA, memory in the order of streams, and assignment: what a program sees of each. Where the emulator runs
// the program, errors are made at every call; on a GPU only those that a program can make itself.
#pragma once

#include "../cuda_emulator/control.hpp"
#include "../support/random_source.hpp"
#include "../support/small_problem.hpp"

#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace test_support {

/// The message of an exception of f, or "no error".
template <class Function>
std::string message_of(Function f)
{
    try {
        f();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

class owned_stream {
public:
    owned_stream() { cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking); }
    owned_stream(const owned_stream&) = delete;
    owned_stream& operator=(const owned_stream&) = delete;
    ~owned_stream() { cudaStreamDestroy(stream_); }

    [[nodiscard]] cudaStream_t get() const { return stream_; }

private:
    cudaStream_t stream_ = nullptr;
};

__global__ void overwrite(float* memory, std::size_t size)
{
    for (std::size_t i = threadIdx.x; i < size; i += blockDim.x) memory[i] = 1e9F;
}

/// Memory that another stream has freed, and whose kernel may still run, becomes a buffer of staged scores.
template <class Check>
void check_memory_of_another_stream(const small_problem& problem, Check check)
{
    namespace ra = reassess;
    const owned_stream work, other;
    const std::size_t size = 16 * problem.classes;
    float* freed[8];
    for (float*& memory : freed) cudaMallocAsync(reinterpret_cast<void**>(&memory), size * sizeof(float), other.get());
    for (float* memory : freed) overwrite<<<1, 32, 0, other.get()>>>(memory, size);
    for (float* memory : freed) cudaFreeAsync(memory, other.get());
    const ra::thrust_policy policy(thrust::cuda::par_nosync.on(work.get()));
    const auto staged = ra::staged(problem.view(), {.buffer_bytes = size * sizeof(float)});
    check(ra::evaluate(policy, staged, problem.targets()) == ra::evaluate(ra::seq, problem.view(), problem.targets()),
          "staged scores in memory that another stream has freed");
}

/// An evaluator that is assigned has the memory and the stream of the other.
template <class Check>
void check_assignment(const small_problem& problem, Check check)
{
    namespace ra = reassess;
    const owned_stream first, second;
    const ra::thrust_policy on_first(thrust::cuda::par_nosync.on(first.get()));
    const ra::thrust_policy on_second(thrust::cuda::par_nosync.on(second.get()));
    const ra::device_scores scores(on_second, problem.view());
    const ra::device_targets targets(on_second, problem.targets());
    ra::evaluator counted(on_first);
    counted.update(ra::device_scores(on_first, problem.view()), ra::device_targets(on_first, problem.targets()));
    counted = ra::evaluator(on_second);
    counted.update(scores, targets);
    check(counted.result() == ra::evaluate(ra::seq, problem.view(), problem.targets()),
          "an evaluator that was assigned");
}

/// An error that the program made before, and has not looked at, is not taken for one of the library.
template <class Check>
void check_error_of_the_program(const small_problem& problem, Check check)
{
    namespace ra = reassess;
    const ra::thrust_policy policy(thrust::cuda::par_nosync);
    const ra::device_scores scores(policy, problem.view());
    const ra::device_targets targets(policy, problem.targets());
    void* memory = nullptr;
    check(cudaMalloc(&memory, std::size_t{1} << 60) == cudaErrorMemoryAllocation, "an error of the program's own");
    ra::evaluator counted(policy);
    const std::string error = message_of([&] { counted.update(scores, targets); });
    check(error == "no error", "kernels after an error of the program's own: " + error);
    check(counted.result() == ra::evaluate(ra::seq, problem.view(), problem.targets()),
          "counts after an error of the program's own");
    static_cast<void>(cudaGetLastError());
}

/// A kernel that faults is an exception of the call that waits, also while buffers are destroyed.
template <class Policy, class Check>
void check_fault_of_a_kernel(Policy policy, const small_problem& problem, Check check)
{
    namespace ra = reassess;
    const std::string plain = message_of([&] {
        const ra::device_scores scores(policy, problem.view());
        const ra::device_targets targets(policy, problem.targets());
        ra::evaluator counted(policy);
        cuda_emulator_fault_in_next_kernel();
        counted.update(scores, targets);
        static_cast<void>(counted.result());
    });
    check(plain.find("illegal memory access") != std::string::npos, "a kernel's fault: " + plain);
    cuda_emulator_restart();
    const std::string staged = message_of([&] {
        cuda_emulator_fault_in_next_kernel();
        static_cast<void>(ra::evaluate(policy, ra::staged(problem.view(), {.buffer_bytes = 200}), problem.targets()));
    });
    check(staged.find("illegal memory access") != std::string::npos, "a kernel's fault in staged scores: " + staged);
    cuda_emulator_restart();
}

/// Each call of the runtime fails once. An exception says so, nothing is accessed that is freed, and the next call
/// works.
template <class Policy, class Check>
void check_each_failing_call(Policy policy, const small_problem& problem, Check check)
{
    namespace ra = reassess;
    const auto expected = ra::evaluate(ra::seq, problem.view(), problem.targets());
    const auto evaluate = [&] {
        const auto staged =
            ra::staged(problem.view(), {.buffer_bytes = problem.view().images() / 3 * 4 * problem.classes});
        return ra::evaluate(policy, staged, problem.targets());
    };
    check(evaluate() == expected, "staged scores before any call fails");
    int call = 0, errors = 0;
    for (bool failed = true; failed; ++call) {
        cuda_emulator_fail_after(call);
        // Thrust takes memory in another way where one fails, so there may be no error; then the counts are right.
        bool right = false;
        const std::string error = message_of([&] { right = evaluate() == expected; });
        failed = cuda_emulator_has_failed();
        cuda_emulator_fail_after(-1);
        const std::string which = "call " + std::to_string(call) + " of the runtime fails: ";
        errors += error == "no error" ? 0 : 1;
        check(right != (error != "no error"), which + error);
        check(cudaPeekAtLastError() == cudaSuccess, which + "the error stays");
        cudaDeviceSynchronize();
        if (call % 8 == 0) check(evaluate() == expected, which + "and the next evaluation");
    }
    check(errors > 20, "calls of the runtime whose failure is an exception");
}

template <class Check>
void check_faults(Check check)
{
    random_source random(911);
    const small_problem problem({.images = 48, .classes = 16}, random);
    check_memory_of_another_stream(problem, check);
    check_assignment(problem, check);
    check_error_of_the_program(problem, check);
    if (cuda_emulator_fault_in_next_kernel == nullptr) return;
    const owned_stream stream;
    check_fault_of_a_kernel(reassess::thrust_policy(thrust::cuda::par), problem, check);
    check_fault_of_a_kernel(reassess::thrust_policy(thrust::cuda::par_nosync.on(stream.get())), problem, check);
    check_each_failing_call(reassess::thrust_policy(thrust::cuda::par_nosync.on(stream.get())), problem, check);
}

}  // namespace test_support
