#include "report.hpp"

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace cuda_emulator {
namespace {

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

template <class Value>
void choose(Value& chosen, const char* name, std::initializer_list<std::pair<const char*, Value>> values)
{
    const std::string given = variable(name);
    if (given.empty()) return;
    std::string allowed;
    for (const auto& [word, value] : values) {
        if (given == word) {
            chosen = value;
            return;
        }
        allowed += std::string(allowed.empty() ? "" : ", ") + word;
    }
    throw std::invalid_argument(std::string(name) + " is '" + given + "', expected one of: " + allowed);
}

settings read_settings()
{
    settings read;
    choose(read.lanes, "CUDA_EMULATOR_LANES",
           {{"in_order", lane_order::in_order}, {"random", lane_order::random}, {"split", lane_order::split}});
    choose(read.streams, "CUDA_EMULATOR_STREAMS",
           {{"lazy", stream_order::lazy},
            {"eager", stream_order::eager},
            {"random", stream_order::random},
            {"newest_late", stream_order::newest_late},
            {"newest_early", stream_order::newest_early}});
    if (const std::string seed = variable("CUDA_EMULATOR_SEED"); !seed.empty()) read.seed = std::stoull(seed);
    read.ptx = variable("CUDA_EMULATOR_PTX");
    read.lines = variable("CUDA_EMULATOR_LINES");
    return read;
}

/// How often each fault was reported. Never destroyed, because static objects of a test may report.
std::map<std::string, std::size_t>& reports()
{
    static auto* const all = new std::map<std::string, std::size_t>;
    return *all;
}

}  // namespace

const settings& chosen()
{
    static const settings read = read_settings();
    return read;
}

std::mt19937_64& random_numbers()
{
    static std::mt19937_64 numbers(chosen().seed);
    return numbers;
}

void report(const std::string& what)
{
    if (reports()[what]++ == 0) std::fprintf(stderr, "CUDA emulator: %s\n", what.c_str());
}

std::size_t number_of_reports()
{
    std::size_t sum = 0;
    for (const auto& [what, times] : reports()) sum += times;
    return sum;
}

void print_reports()
{
    for (const auto& [what, times] : reports())
        std::fprintf(stderr, "CUDA emulator: %zu times: %s\n", times, what.c_str());
}

void not_emulated(const std::string& what)
{
    std::fprintf(stderr, "CUDA emulator: not emulated: %s\n", what.c_str());
    std::_Exit(3);
}

}  // namespace cuda_emulator
