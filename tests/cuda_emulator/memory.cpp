#include "memory.hpp"

#include "report.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include <sys/mman.h>
#include <unistd.h>

namespace cuda_emulator {
namespace {

std::map<const std::byte*, std::size_t>& pinned()
{
    static auto* const all = new std::map<const std::byte*, std::size_t>;
    return *all;
}

constexpr unsigned char pattern = 0xa5;

}  // namespace

device_memory& device_memory::instance()
{
    static auto* const memory = new device_memory;
    return *memory;
}

device_memory::device_memory()
{
    // The same pages twice: at addresses for the program under test, which it must not follow, and for the emulator.
    const int pages = memfd_create("device memory", 0);
    if (pages < 0 || ftruncate(pages, static_cast<off_t>(size)) != 0) not_emulated("device memory on this system");
    void* const first = mmap(nullptr, size, PROT_NONE, MAP_SHARED | MAP_NORESERVE, pages, 0);
    void* const accessible = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, pages, 0);
    void* const states =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (first == MAP_FAILED || accessible == MAP_FAILED || states == MAP_FAILED)
        not_emulated("device memory on this system");
    first_ = static_cast<std::byte*>(first);
    accessible_ = static_cast<std::byte*>(accessible);
    states_ = static_cast<byte_state*>(states);
}

std::byte* device_memory::reserve(std::size_t bytes)
{
    // 512 bytes between allocations are never allocated, so that an access past an end is seen.
    if (bytes > size || reserved_ + bytes + 1024 > size) return nullptr;
    std::byte* const memory = first_ + reserved_;
    reserved_ += (bytes + 511) / 512 * 512 + 512;
    return memory;
}

void device_memory::allocate(std::byte* first, std::size_t bytes)
{
    std::memset(state(first), static_cast<int>(byte_state::uninitialised), bytes);
    std::memset(accessible(first), pattern, bytes);
}

void device_memory::free(std::byte* first, std::size_t bytes)
{
    std::memset(state(first), static_cast<int>(byte_state::not_allocated), bytes);
    std::memset(accessible(first), pattern, bytes);
}

bool device_memory::is_allocated(const void* address, std::size_t bytes) const
{
    const byte_state* const states = state(address);
    return std::find(states, states + bytes, byte_state::not_allocated) == states + bytes;
}

bool device_memory::is_written(const void* address, std::size_t bytes) const
{
    const byte_state* const states = state(address);
    if (bytes <= 16) {
        static constexpr unsigned char written[16] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
        static_assert(static_cast<int>(byte_state::written) == 2);
        return std::memcmp(states, written, bytes) == 0;
    }
    return std::all_of(states, states + bytes, [](byte_state s) { return s == byte_state::written; });
}

void device_memory::set_written(const void* address, std::size_t bytes)
{
    std::memset(state(address), static_cast<int>(byte_state::written), bytes);
}

void* allocate_pinned(std::size_t bytes)
{
    if (bytes > std::size_t{4} << 30) return nullptr;
    void* const memory = std::malloc(bytes + 1);
    if (memory == nullptr) return nullptr;
    std::memset(memory, pattern, bytes);
    pinned()[static_cast<std::byte*>(memory)] = bytes;
    return memory;
}

bool free_pinned(void* memory)
{
    if (pinned().erase(static_cast<std::byte*>(memory)) == 0) return false;
    std::free(memory);
    return true;
}

bool is_pinned(const void* address, std::size_t bytes)
{
    const auto* const at = static_cast<const std::byte*>(address);
    auto after = pinned().upper_bound(at);
    if (after == pinned().begin()) return false;
    --after;
    return at + bytes <= after->first + after->second;
}

}  // namespace cuda_emulator
