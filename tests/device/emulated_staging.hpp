// Scores that are streamed through an emulated device: as on CUDA, a block reaches the device's memory in the order of
// its work. Needs a Thrust, as device/staged.hpp does.
#pragma once

#include "../support/emulated_device.hpp"

#include <reassess/device/staged.hpp>

#include <cstddef>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

template <std::size_t Lanes, class T>
class block_stager<test_support::emulated_device<Lanes>, T, device_space> {
public:
    block_stager(test_support::emulated_device<Lanes> device, std::size_t elements)
        : host_(elements), buffers_{buffer(device), buffer(device)}
    {
        for (buffer& there : buffers_) there.grow(elements);
    }

    template <class Fill>
    const T* stage(Fill fill)
    {
        buffers_[turn_].copy_from(host_.data(), fill(host_.data()));
        return buffers_[turn_].data();
    }
    void used() noexcept { turn_ = 1 - turn_; }

private:
    using buffer = typename test_support::emulated_device<Lanes>::template buffer<T>;

    std::vector<T> host_;
    buffer buffers_[2];
    std::size_t turn_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
