// Device memory: a range of addresses that only the emulator can read and write, with a record of what each byte is.
// Pinned host memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cuda_emulator {

enum class byte_state : unsigned char { not_allocated, uninitialised, written };

/// Addresses of device memory. Host code that follows such a pointer ends with a segmentation fault.
class device_memory {
public:
    static device_memory& instance();

    /// Reserves addresses, aligned to 512 bytes; null if there are none left. The bytes are not allocated yet.
    std::byte* reserve(std::size_t bytes);
    /// Lets an allocation begin: its bytes are uninitialised, and hold a pattern.
    void allocate(std::byte* first, std::size_t bytes);
    void free(std::byte* first, std::size_t bytes);

    [[nodiscard]] bool contains(const void* address) const
    {
        const auto* const at = static_cast<const std::byte*>(address);
        return at >= first_ && at < first_ + size;
    }
    /// Where the emulator reads and writes a byte of device memory.
    [[nodiscard]] std::byte* accessible(const void* address) const
    {
        return accessible_ + (static_cast<const std::byte*>(address) - first_);
    }
    [[nodiscard]] bool is_allocated(const void* address, std::size_t bytes) const;
    [[nodiscard]] bool is_written(const void* address, std::size_t bytes) const;
    void set_written(const void* address, std::size_t bytes);

private:
    static constexpr std::size_t size = std::size_t{16} << 30;

    device_memory();
    [[nodiscard]] byte_state* state(const void* address) const
    {
        return states_ + (static_cast<const std::byte*>(address) - first_);
    }

    std::byte* first_;
    std::byte* accessible_;
    byte_state* states_;
    std::size_t reserved_ = 4096;
};

/// Null if no memory is left.
void* allocate_pinned(std::size_t bytes);
/// False if it is not pinned memory.
bool free_pinned(void* memory);
[[nodiscard]] bool is_pinned(const void* address, std::size_t bytes);

}  // namespace cuda_emulator
