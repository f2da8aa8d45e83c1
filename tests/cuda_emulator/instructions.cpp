// What each operation of PTX does: the table of all that are emulated.
#include "memory.hpp"
#include "report.hpp"
#include "warp.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace cuda_emulator {
namespace {

/// The value of a register of type T: its low bits.
template <class T>
T value_of(std::uint64_t bits)
{
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
/// Signed values are extended by their sign, all others by zeros, as ld and cvt do.
template <class T>
std::uint64_t bits_of(T value)
{
    if constexpr (std::signed_integral<T>) {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    } else {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof value);
        return bits;
    }
}

template <class Function>
void for_lanes(lane_mask lanes, Function f)
{
    for (; lanes != 0; lanes &= lanes - 1) f(static_cast<unsigned>(std::countr_zero(lanes)));
}

/// Sets register `to` of each lane to value(lane). The values are all made before any is written.
template <class T, class Value>
void set_lanes(warp& w, int to, lane_mask lanes, Value value)
{
    std::uint64_t* const results = w.lanes_of(to);
    if (lanes == all_lanes) {
        std::uint64_t made[warp_size];
        for (unsigned lane = 0; lane < warp_size; ++lane) made[lane] = bits_of<T>(value(lane));
        std::memcpy(results, made, sizeof made);
    } else {
        for_lanes(lanes, [&](unsigned lane) { results[lane] = bits_of<T>(value(lane)); });
    }
}

// Operations of one, two or three operands of the same type.
template <class To, class From, class Function>
void unary(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t* const a = w.lanes_of(i.from[0]);
    set_lanes<To>(w, i.to[0], lanes, [&](unsigned l) { return static_cast<To>(Function{}(value_of<From>(a[l]))); });
}
template <class To, class From, class Function, class Second = From>
void binary(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t *const a = w.lanes_of(i.from[0]), *const b = w.lanes_of(i.from[1]);
    set_lanes<To>(w, i.to[0], lanes, [&](unsigned l) {
        return static_cast<To>(Function{}(value_of<From>(a[l]), value_of<Second>(b[l])));
    });
}
template <class To, class From, class Function>
void ternary(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t *const a = w.lanes_of(i.from[0]), *const b = w.lanes_of(i.from[1]),
                               *const c = w.lanes_of(i.from[2]);
    set_lanes<To>(w, i.to[0], lanes, [&](unsigned l) {
        return static_cast<To>(Function{}(value_of<From>(a[l]), value_of<From>(b[l]), value_of<To>(c[l])));
    });
}
template <class T, class Function>
void compare(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t *const a = w.lanes_of(i.from[0]), *const b = w.lanes_of(i.from[1]);
    lane_mask found = 0;
    for (unsigned l = 0; l < warp_size; ++l)
        found |= static_cast<lane_mask>(Function{}(value_of<T>(a[l]), value_of<T>(b[l]))) << l;
    w.set_predicate(i.to[0], lanes, found);
}

// Integers wrap around: they are computed without sign, in 64 bits.
struct add {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
        else
            return a + b;
    }
};
struct subtract {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
        else
            return a - b;
    }
};
struct multiply {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
        else
            return a * b;
    }
};
struct divide {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return b == 0 ? static_cast<T>(-1) : static_cast<T>(a / b);
        else
            return a / b;
    }
};
struct remainder_of {
    template <class T>
    T operator()(T a, T b) const
    {
        return b == 0 ? a : static_cast<T>(a % b);
    }
};
struct lesser {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return a < b ? a : b;
        else
            return std::fmin(a, b);
    }
};
struct greater_of {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (std::integral<T>)
            return a > b ? a : b;
        else
            return std::fmax(a, b);
    }
};
/// max.NaN: NaN if an operand is.
struct greater_or_nan {
    float operator()(float a, float b) const { return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b); }
};
struct lesser_or_nan {
    float operator()(float a, float b) const { return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b); }
};
struct bit_and {
    template <class T>
    T operator()(T a, T b) const
    {
        return static_cast<T>(a & b);
    }
};
struct bit_or {
    template <class T>
    T operator()(T a, T b) const
    {
        return static_cast<T>(a | b);
    }
};
struct bit_xor {
    template <class T>
    T operator()(T a, T b) const
    {
        return static_cast<T>(a ^ b);
    }
};
struct bit_not {
    template <class T>
    T operator()(T a) const
    {
        return static_cast<T>(~a);
    }
};
struct negate {
    template <class T>
    T operator()(T a) const
    {
        if constexpr (std::integral<T>)
            return static_cast<T>(0 - static_cast<std::uint64_t>(a));
        else
            return -a;
    }
};
struct magnitude {
    template <class T>
    T operator()(T a) const
    {
        return static_cast<T>(std::abs(a));
    }
};
struct same {
    template <class T>
    T operator()(T a) const
    {
        return a;
    }
};
struct shift_left {
    template <class T>
    T operator()(T a, std::uint32_t by) const
    {
        return by >= 8 * sizeof(T) ? T{0} : static_cast<T>(a << by);
    }
};
struct shift_right {
    template <class T>
    T operator()(T a, std::uint32_t by) const
    {
        if (by >= 8 * sizeof(T)) return static_cast<T>(a < 0 ? -1 : 0);
        return static_cast<T>(a >> by);
    }
};
struct multiply_wide {
    // The product of the types of the operands, in the type of twice the size.
    template <class T>
    auto operator()(T a, T b) const
    {
        if constexpr (std::is_signed_v<T>)
            return static_cast<std::int64_t>(a) * static_cast<std::int64_t>(b);
        else
            return static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b);
    }
};
struct multiply_add {
    template <class T>
    T operator()(T a, T b, T c) const
    {
        if constexpr (std::integral<T>)
            return add{}(multiply{}(a, b), c);
        else
            return std::fma(a, b, c);
    }
};
struct multiply_wide_add {
    template <class T, class Wide>
    Wide operator()(T a, T b, Wide c) const
    {
        return add{}(static_cast<Wide>(multiply_wide{}(a, b)), c);
    }
};
__extension__ using wide_integer = unsigned __int128;
struct high_product {
    template <class T>
    T operator()(T a, T b) const
    {
        if constexpr (sizeof(T) == 8)
            return static_cast<T>(static_cast<wide_integer>(a) * b >> 64);
        else
            return static_cast<T>(static_cast<std::uint64_t>(a) * b >> 32);
    }
};
struct three_way_or {
    template <class T>
    T operator()(T a, T b, T c) const
    {
        return a | b | c;
    }
};

// Comparisons that are false if an operand is NaN, and those (ending in u) that are then true.
struct is_eq {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a == b;
    }
};
struct is_ne {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a < b || a > b;
    }
};
struct is_lt {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a < b;
    }
};
struct is_le {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a <= b;
    }
};
struct is_gt {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a > b;
    }
};
struct is_ge {
    template <class T>
    bool operator()(T a, T b) const
    {
        return a >= b;
    }
};
struct is_equ {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a < b || a > b);
    }
};
struct is_neu {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a == b);
    }
};
struct is_ltu {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a >= b);
    }
};
struct is_leu {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a > b);
    }
};
struct is_gtu {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a <= b);
    }
};
struct is_geu {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !(a < b);
    }
};
struct is_nan {
    template <class T>
    bool operator()(T a, T b) const
    {
        return std::isnan(a) || std::isnan(b);
    }
};
struct is_num {
    template <class T>
    bool operator()(T a, T b) const
    {
        return !std::isnan(a) && !std::isnan(b);
    }
};

// Conversions: real numbers to integers saturate, NaN becomes 0.
struct convert {
    template <class T>
    T operator()(T a) const
    {
        return a;
    }
};
template <class Integer>
struct towards_zero {
    template <class Real>
    Integer operator()(Real a) const
    {
        using limits = std::numeric_limits<Integer>;
        if (std::isnan(a)) return 0;
        if (a >= static_cast<Real>(limits::max())) return limits::max();
        if (a <= static_cast<Real>(limits::min())) return limits::min();
        return static_cast<Integer>(a);
    }
};
template <class Integer>
struct to_nearest {
    template <class Real>
    Integer operator()(Real a) const
    {
        return towards_zero<Integer>{}(std::nearbyint(a));
    }
};
struct rounded {
    template <class T>
    T operator()(T a) const
    {
        return std::nearbyint(a);
    }
};
struct square_root {
    template <class T>
    T operator()(T a) const
    {
        return std::sqrt(a);
    }
};
struct reciprocal {
    template <class T>
    T operator()(T a) const
    {
        return T{1} / a;
    }
};
/// rcp.approx.ftz.f64 knows the upper 32 bits only, and has no subnormal numbers.
struct rough_reciprocal {
    double operator()(double a) const
    {
        auto bits = std::bit_cast<std::uint64_t>(1.0 / a);
        if ((bits >> 52 & 0x7ffU) == 0) bits &= std::uint64_t{1} << 63;
        return std::bit_cast<double>(bits & ~std::uint64_t{0xffffffffU});
    }
};
/// ex2.approx.ftz.f32: right to 2 units in the last place; here it errs by one, so that nothing relies on more.
struct rough_power_of_two {
    float operator()(float a) const
    {
        const float exact = std::exp2(a);
        if (std::fabs(exact) < std::numeric_limits<float>::min()) return 0.0F;
        if (!std::isfinite(exact) || exact == 1.0F) return exact;
        return std::nextafter(exact, 2.0F * exact);
    }
};

template <class T>
void select(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t *const a = w.lanes_of(i.from[0]), *const b = w.lanes_of(i.from[1]);
    const lane_mask first = w.predicate(i.from[2]);
    set_lanes<T>(w, i.to[0], lanes, [&](unsigned l) { return value_of<T>((first >> l & 1) != 0 ? a[l] : b[l]); });
}

// Predicates.
template <class Function>
void of_predicates(warp& w, const instruction& i, lane_mask lanes)
{
    w.set_predicate(i.to[0], lanes, Function{}(w.predicate(i.from[0]), w.predicate(i.from[1])));
}
template <class Function>
void of_predicate(warp& w, const instruction& i, lane_mask lanes)
{
    w.set_predicate(i.to[0], lanes, Function{}(w.predicate(i.from[0])));
}

// Memory.
[[nodiscard]] std::uint64_t address(warp& w, const instruction& i, unsigned lane)
{
    return w.lanes_of(i.from[0])[lane] + static_cast<std::uint64_t>(i.offset);
}

std::uint64_t sectors(warp& w, const instruction& i, lane_mask lanes, std::size_t bytes)
{
    std::uint64_t found[2 * warp_size];
    std::size_t size = 0;
    for_lanes(lanes, [&](unsigned lane) {
        const std::uint64_t first = address(w, i, lane) / 32, last = (address(w, i, lane) + bytes - 1) / 32;
        if (size == 0 || found[size - 1] != first) found[size++] = first;
        if (last != first) found[size++] = last;
    });
    if (!std::is_sorted(found, found + size)) std::sort(found, found + size);
    return static_cast<std::uint64_t>(std::unique(found, found + size) - found);
}

enum class access { read, write };

/// Where the emulator finds the memory of an access; null, after a report, if the program must not access it.
std::byte* accessed(warp& w, const instruction& i, std::uint64_t at, std::size_t bytes, access how)
{
    device_memory& memory = device_memory::instance();
    void* const pointer = reinterpret_cast<void*>(at);
    const char* fault = nullptr;
    if (at % bytes != 0) {
        fault = "misaligned access: ";
    } else if (!memory.contains(pointer)) {
        if (is_pinned(pointer, bytes)) return static_cast<std::byte*>(pointer);
        fault = "access outside device memory: ";
    } else if (how == access::read && memory.is_written(pointer, bytes)) {
        return memory.accessible(pointer);
    } else if (!memory.is_allocated(pointer, bytes)) {
        fault = "access to device memory that is not allocated: ";
    } else if (how == access::read) {
        report("read of uninitialised device memory: " + w.place(i));
        return memory.accessible(pointer);
    } else {
        memory.set_written(pointer, bytes);
        return memory.accessible(pointer);
    }
    report(fault + w.place(i));
    illegal_access() = true;
    return nullptr;
}

template <class T>
void load(warp& w, const instruction& i, lane_mask lanes)
{
    const std::size_t bytes = sizeof(T) * static_cast<std::size_t>(i.values);
    w.code_of().counts.load_sectors += sectors(w, i, lanes, bytes);
    for_lanes(lanes, [&](unsigned lane) {
        const std::byte* const from = accessed(w, i, address(w, i, lane), bytes, access::read);
        if (from == nullptr) return;
        T values[4];
        std::memcpy(values, from, bytes);
        for (int v = 0; v < i.values; ++v) {
            if (i.to[v] != none) w.lanes_of(i.to[v])[lane] = bits_of<T>(values[v]);
        }
    });
}
template <class T>
void store(warp& w, const instruction& i, lane_mask lanes)
{
    const std::size_t bytes = sizeof(T) * static_cast<std::size_t>(i.values);
    w.code_of().counts.store_sectors += sectors(w, i, lanes, bytes);
    for_lanes(lanes, [&](unsigned lane) {
        std::byte* const to = accessed(w, i, address(w, i, lane), bytes, access::write);
        if (to == nullptr) return;
        for (int v = 0; v < i.values; ++v) {
            const T value = value_of<T>(w.lanes_of(i.to[v])[lane]);
            std::memcpy(to + static_cast<std::size_t>(v) * sizeof(T), &value, sizeof(T));
        }
    });
}
template <class T>
void load_parameter(warp& w, const instruction& i, lane_mask lanes)
{
    for_lanes(lanes, [&](unsigned lane) {
        const std::uint64_t base = i.from[0] == none ? 0 : w.lanes_of(i.from[0])[lane];
        for (int v = 0; v < i.values; ++v) {
            const std::uint64_t at =
                base + static_cast<std::uint64_t>(i.offset) + static_cast<std::uint64_t>(v) * sizeof(T);
            if (at + sizeof(T) > w.code_of().parameter_bytes) {
                report("read behind the parameters: " + w.place(i));
                continue;
            }
            T value;
            std::memcpy(&value, w.parameters() + at, sizeof(T));
            w.lanes_of(i.to[v])[lane] = bits_of<T>(value);
        }
    });
}

/// The lanes one after the other: memory becomes Function{}(memory, operand); the register, what it was.
template <class T, class Function>
void atomic(warp& w, const instruction& i, lane_mask lanes)
{
    for_lanes(lanes, [&](unsigned lane) {
        ++w.code_of().counts.atomics;
        std::byte* const at = accessed(w, i, address(w, i, lane), sizeof(T), access::read);
        if (at == nullptr) return;
        T before;
        std::memcpy(&before, at, sizeof(T));
        const T after = Function{}(before, value_of<T>(w.lanes_of(i.from[1])[lane]));
        std::memcpy(at, &after, sizeof(T));
        if (i.to[0] != none) w.lanes_of(i.to[0])[lane] = bits_of<T>(before);
    });
}
template <class T>
void compare_and_swap(warp& w, const instruction& i, lane_mask lanes)
{
    for_lanes(lanes, [&](unsigned lane) {
        ++w.code_of().counts.atomics;
        std::byte* const at = accessed(w, i, address(w, i, lane), sizeof(T), access::read);
        if (at == nullptr) return;
        T before;
        std::memcpy(&before, at, sizeof(T));
        const T after = value_of<T>(w.lanes_of(i.from[2])[lane]);
        if (before == value_of<T>(w.lanes_of(i.from[1])[lane])) std::memcpy(at, &after, sizeof(T));
        if (i.to[0] != none) w.lanes_of(i.to[0])[lane] = bits_of<T>(before);
    });
}

// Bits.
struct count_ones {
    template <class T>
    int operator()(T a) const
    {
        return std::popcount(a);
    }
};
struct leading_zeros {
    template <class T>
    int operator()(T a) const
    {
        return std::countl_zero(a);
    }
};
struct reverse_bits {
    std::uint32_t operator()(std::uint32_t a) const
    {
        std::uint32_t reversed = 0;
        for (unsigned bit = 0; bit < 32; ++bit) reversed |= (a >> bit & 1) << (31 - bit);
        return reversed;
    }
};
struct highest_one {
    std::uint32_t operator()(std::uint32_t a) const { return static_cast<std::uint32_t>(31 - std::countl_zero(a)); }
};
struct shift_to_highest_one {
    std::uint32_t operator()(std::uint32_t a) const
    {
        return a == 0 ? 0xffffffffU : static_cast<std::uint32_t>(std::countl_zero(a));
    }
};
template <class T>
void insert_bits(warp& w, const instruction& i, lane_mask lanes)
{
    const auto operand = [&](int o, unsigned lane) { return w.lanes_of(i.from[o])[lane]; };
    set_lanes<T>(w, i.to[0], lanes, [&](unsigned lane) {
        const T field = value_of<T>(operand(0, lane));
        T into = value_of<T>(operand(1, lane));
        const unsigned first = operand(2, lane) & 0xffU, size = operand(3, lane) & 0xffU;
        for (unsigned bit = 0; bit < size && first + bit < 8 * sizeof(T); ++bit) {
            into = static_cast<T>((into & ~(T{1} << (first + bit))) | (field >> bit & 1) << (first + bit));
        }
        return into;
    });
}
struct extract_bits {
    std::uint32_t operator()(std::uint32_t a, std::uint32_t first, std::uint32_t size) const
    {
        first &= 0xffU;
        size &= 0xffU;
        const std::uint32_t shifted = first < 32 ? a >> first : 0;
        return size < 32 ? shifted & ((1U << size) - 1) : shifted;
    }
};
struct permute_bytes {
    std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t selection) const
    {
        const std::uint64_t both = a | static_cast<std::uint64_t>(b) << 32;
        std::uint32_t result = 0;
        for (unsigned byte = 0; byte < 4; ++byte) {
            const unsigned chosen = selection >> (4 * byte) & 15;
            unsigned value = both >> (8 * (chosen & 7)) & 0xffU;
            if ((chosen & 8) != 0) value = (value & 0x80U) != 0 ? 0xffU : 0;
            result |= value << (8 * byte);
        }
        return result;
    }
};
/// shf.l.wrap and shf.r.wrap: b and a as one number of 64 bits, shifted.
struct funnel_left {
    std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t by) const
    {
        return static_cast<std::uint32_t>(((static_cast<std::uint64_t>(b) << 32 | a) << (by & 31)) >> 32);
    }
};
struct funnel_right {
    std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t by) const
    {
        return static_cast<std::uint32_t>((static_cast<std::uint64_t>(b) << 32 | a) >> (by & 31));
    }
};
/// lop3: the variant of the logic is an operand.
void logic_of_three(warp& w, const instruction& i, lane_mask lanes)
{
    set_lanes<std::uint32_t>(w, i.to[0], lanes, [&](unsigned lane) {
        const auto table = static_cast<std::uint32_t>(w.lanes_of(i.from[3])[lane]);
        std::uint32_t result = 0;
        for (unsigned bit = 0; bit < 32; ++bit) {
            const auto at = [&](int o) { return static_cast<unsigned>(w.lanes_of(i.from[o])[lane] >> bit & 1); };
            result |= (table >> (at(0) << 2 | at(1) << 1 | at(2)) & 1) << bit;
        }
        return result;
    });
}

// Lanes of a warp.
void active_lanes(warp& w, const instruction& i, lane_mask lanes)
{
    set_lanes<std::uint32_t>(w, i.to[0], lanes, [&](unsigned) { return lanes; });
}
enum class shuffle_mode { butterfly, index, up, down };
void shuffle(warp& w, const instruction& i, lane_mask lanes)
{
    std::uint32_t values[warp_size];
    lane_mask in_range = 0;
    for_lanes(lanes, [&](unsigned lane) {
        const auto b = static_cast<int>(w.lanes_of(i.from[1])[lane] & 0x1f);
        const auto c = static_cast<std::uint32_t>(w.lanes_of(i.from[2])[lane]);
        const int own = static_cast<int>(lane), segment = c >> 8 & 0x1f, clamp = c & 0x1f;
        const int most = (own & segment) | (clamp & ~segment), least = own & segment;
        int from = own;
        bool in = false;
        switch (static_cast<shuffle_mode>(i.variant)) {
            case shuffle_mode::butterfly:
                from = own ^ b;
                in = from <= most;
                break;
            case shuffle_mode::index:
                from = least | (b & ~segment);
                in = from <= most;
                break;
            case shuffle_mode::up:
                from = own - b;
                in = from >= most;
                break;
            case shuffle_mode::down:
                from = own + b;
                in = from <= most;
                break;
        }
        if (!in) from = own;
        in_range |= static_cast<lane_mask>(in) << lane;
        if ((lanes >> from & 1) == 0) report("a shuffle reads a lane that does not take part: " + w.place(i));
        values[lane] = static_cast<std::uint32_t>(w.lanes_of(i.from[0])[from]);
    });
    if (i.to[0] != none) for_lanes(lanes, [&](unsigned lane) { w.lanes_of(i.to[0])[lane] = values[lane]; });
    if (i.to_predicate != none) w.set_predicate(i.to_predicate, lanes, in_range);
}
template <class T>
void match_any(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t* const values = w.lanes_of(i.from[0]);
    std::uint32_t equal[warp_size];
    for_lanes(lanes, [&](unsigned lane) {
        equal[lane] = 0;
        for_lanes(lanes, [&](unsigned other) {
            equal[lane] |= static_cast<lane_mask>(value_of<T>(values[other]) == value_of<T>(values[lane])) << other;
        });
    });
    for_lanes(lanes, [&](unsigned lane) { w.lanes_of(i.to[0])[lane] = equal[lane]; });
}
template <class T, class Function>
void reduce_lanes(warp& w, const instruction& i, lane_mask lanes)
{
    T result{};
    bool first = true;
    for_lanes(lanes, [&](unsigned lane) {
        const T value = value_of<T>(w.lanes_of(i.from[0])[lane]);
        result = first ? value : Function{}(result, value);
        first = false;
    });
    set_lanes<T>(w, i.to[0], lanes, [&](unsigned) { return result; });
}
void ballot(warp& w, const instruction& i, lane_mask lanes)
{
    const lane_mask votes = w.predicate(i.from[0]) & lanes;
    set_lanes<std::uint32_t>(w, i.to[0], lanes, [&](unsigned) { return votes; });
}
void vote_any(warp& w, const instruction& i, lane_mask lanes)
{
    w.set_predicate(i.to[0], lanes, (w.predicate(i.from[0]) & lanes) != 0 ? all_lanes : 0);
}
void vote_all(warp& w, const instruction& i, lane_mask lanes)
{
    w.set_predicate(i.to[0], lanes, (~w.predicate(i.from[0]) & lanes) == 0 ? all_lanes : 0);
}
void nothing(warp&, const instruction&, lane_mask) {}

/// The table, by the name of each operation.
class operations {
public:
    operations()
    {
        add_types();
        add_conversions();
        add_bits_and_memory();
        add_control();
    }
    [[nodiscard]] const operation& find(const std::string& name) const
    {
        const auto found = all_.find(name);
        if (found == all_.end()) not_emulated("the operation " + name);
        return found->second;
    }

private:
    using u8 = std::uint8_t;
    using u16 = std::uint16_t;
    using u32 = std::uint32_t;
    using u64 = std::uint64_t;
    using s8 = std::int8_t;
    using s16 = std::int16_t;
    using s32 = std::int32_t;
    using s64 = std::int64_t;

    void set(const std::string& name, execute_function execute) { all_[name] = {execute}; }
    void set_meeting(const std::string& name, execute_function execute, int variant = 0)
    {
        all_[name] = {execute, flow::meet, variant};
    }

    /// f(name, T{}) for each type that registers can have.
    template <class Function>
    static void for_each_type(Function f)
    {
        f(std::string("u8"), u8{});
        f(std::string("s8"), s8{});
        f(std::string("b8"), u8{});
        f(std::string("u16"), u16{});
        f(std::string("s16"), s16{});
        f(std::string("b16"), u16{});
        f(std::string("u32"), u32{});
        f(std::string("s32"), s32{});
        f(std::string("b32"), u32{});
        f(std::string("u64"), u64{});
        f(std::string("s64"), s64{});
        f(std::string("b64"), u64{});
        f(std::string("f32"), float{});
        f(std::string("f64"), double{});
    }

    template <class T>
    void add_comparisons(const std::string& type)
    {
        const auto put = [&](const char* name, execute_function execute) {
            set(std::string("setp.") + name + "." + type, execute);
        };
        put("eq", compare<T, is_eq>);
        put("ne", compare<T, is_ne>);
        put("lt", compare<T, is_lt>);
        put("le", compare<T, is_le>);
        put("gt", compare<T, is_gt>);
        put("ge", compare<T, is_ge>);
        put("lo", compare<T, is_lt>);
        put("ls", compare<T, is_le>);
        put("hi", compare<T, is_gt>);
        put("hs", compare<T, is_ge>);
        if constexpr (std::floating_point<T>) {
            put("equ", compare<T, is_equ>);
            put("neu", compare<T, is_neu>);
            put("ltu", compare<T, is_ltu>);
            put("leu", compare<T, is_leu>);
            put("gtu", compare<T, is_gtu>);
            put("geu", compare<T, is_geu>);
            put("nan", compare<T, is_nan>);
            put("num", compare<T, is_num>);
        }
    }

    void add_types()
    {
        for_each_type([this]<class T>(const std::string& type, T) {
            set("mov." + type, unary<T, T, same>);
            set("selp." + type, select<T>);
            set("add." + type, binary<T, T, add>);
            set("sub." + type, binary<T, T, subtract>);
            set("min." + type, binary<T, T, lesser>);
            set("max." + type, binary<T, T, greater_of>);
            set("neg." + type, unary<T, T, negate>);
            add_comparisons<T>(type);
            if constexpr (std::integral<T>) {
                set("mul.lo." + type, binary<T, T, multiply>);
                set("mad.lo." + type, ternary<T, T, multiply_add>);
                set("div." + type, binary<T, T, divide>);
                set("rem." + type, binary<T, T, remainder_of>);
                set("shl." + type, binary<T, T, shift_left, u32>);
                set("shr." + type, binary<T, T, shift_right, u32>);
                set("and." + type, binary<T, T, bit_and>);
                set("or." + type, binary<T, T, bit_or>);
                set("xor." + type, binary<T, T, bit_xor>);
                set("not." + type, unary<T, T, bit_not>);
                if constexpr (std::is_signed_v<T>) set("abs." + type, unary<T, T, magnitude>);
            } else {
                for (const std::string rounding : {"", ".rn"}) {
                    set("add" + rounding + "." + type, binary<T, T, add>);
                    set("sub" + rounding + "." + type, binary<T, T, subtract>);
                    set("mul" + rounding + "." + type, binary<T, T, multiply>);
                }
                set("div.rn." + type, binary<T, T, divide>);
                set("fma.rn." + type, ternary<T, T, multiply_add>);
                set("abs." + type, unary<T, T, magnitude>);
                set("rcp.rn." + type, unary<T, T, reciprocal>);
                set("sqrt.rn." + type, unary<T, T, square_root>);
            }
            for (const int values : {1, 2, 4}) {
                const std::string of = values == 1 ? "" : ".v" + std::to_string(values);
                for (const std::string cache : {"", ".nc"})
                    all_["ld.global" + cache + of + "." + type] = {load<T>, flow::next, 0, values};
                all_["st.global" + of + "." + type] = {store<T>, flow::next, 0, values};
                all_["ld.param" + of + "." + type] = {load_parameter<T>, flow::next, 0, values};
            }
        });
        // 1.0 or 0.0
        set("set.gt.f32.f32", binary<float, float, is_gt>);
        set("set.ge.f32.f32", binary<float, float, is_ge>);
        set("set.eq.f32.f32", binary<float, float, is_eq>);
        set("max.NaN.f32", binary<float, float, greater_or_nan>);
        set("min.NaN.f32", binary<float, float, lesser_or_nan>);
        set("mul.wide.u32", binary<u64, u32, multiply_wide>);
        set("mul.wide.s32", binary<s64, s32, multiply_wide>);
        set("mul.wide.u16", binary<u32, u16, multiply_wide>);
        set("mul.wide.s16", binary<s32, s16, multiply_wide>);
        set("mad.wide.u32", ternary<u64, u32, multiply_wide_add>);
        set("mad.wide.s32", ternary<s64, s32, multiply_wide_add>);
        set("mad.wide.u16", ternary<u32, u16, multiply_wide_add>);
        set("mad.wide.s16", ternary<s32, s16, multiply_wide_add>);
        set("mul.hi.u32", binary<u32, u32, high_product>);
        set("mul.hi.u64", binary<u64, u64, high_product>);
        set("rcp.approx.ftz.f64", unary<double, double, rough_reciprocal>);
        set("ex2.approx.f32", unary<float, float, rough_power_of_two>);
        set("ex2.approx.ftz.f32", unary<float, float, rough_power_of_two>);
        set("cvta.to.global.u64", unary<u64, u64, same>);
        set("cvta.global.u64", unary<u64, u64, same>);
    }

    template <class To, class From>
    void add_conversion(const std::string& to, const std::string& from)
    {
        const std::string types = to + "." + from;
        if constexpr (std::integral<To> && std::integral<From>) {
            set("cvt." + types, unary<To, From, convert>);
        } else if constexpr (std::integral<From>) {
            set("cvt.rn." + types, unary<To, From, convert>);
        } else if constexpr (std::integral<To>) {
            set("cvt.rzi." + types, unary<To, From, towards_zero<To>>);
            set("cvt.rni." + types, unary<To, From, to_nearest<To>>);
        } else {
            set(sizeof(To) < sizeof(From) ? "cvt.rn." + types : "cvt." + types, unary<To, From, convert>);
            if constexpr (std::same_as<To, From>) set("cvt.rni." + types, unary<To, From, rounded>);
        }
    }
    void add_conversions()
    {
        for_each_type([this]<class To>(const std::string& to, To) {
            for_each_type([&]<class From>(const std::string& from, From) { add_conversion<To, From>(to, from); });
        });
    }

    void add_bits_and_memory()
    {
        set("popc.b32", unary<u32, u32, count_ones>);
        set("popc.b64", unary<u32, u64, count_ones>);
        set("clz.b32", unary<u32, u32, leading_zeros>);
        set("clz.b64", unary<u32, u64, leading_zeros>);
        set("brev.b32", unary<u32, u32, reverse_bits>);
        set("bfind.u32", unary<u32, u32, highest_one>);
        set("bfind.shiftamt.u32", unary<u32, u32, shift_to_highest_one>);
        set("bfi.b32", insert_bits<u32>);
        set("bfi.b64", insert_bits<u64>);
        set("bfe.u32", ternary<u32, u32, extract_bits>);
        set("prmt.b32", ternary<u32, u32, permute_bytes>);
        set("shf.l.wrap.b32", ternary<u32, u32, funnel_left>);
        set("shf.r.wrap.b32", ternary<u32, u32, funnel_right>);
        set("lop3.b32", logic_of_three);
        set("mov.pred", of_predicate<same>);
        set("not.pred", of_predicate<bit_not>);
        set("and.pred", of_predicates<bit_and>);
        set("or.pred", of_predicates<bit_or>);
        set("xor.pred", of_predicates<bit_xor>);
        set("atom.global.add.u32", atomic<u32, add>);
        set("atom.global.add.u64", atomic<u64, add>);
        set("red.global.add.u32", atomic<u32, add>);
        set("red.global.add.u64", atomic<u64, add>);
        set("atom.global.max.u64", atomic<u64, greater_of>);
        set("red.global.max.u64", atomic<u64, greater_of>);
        set("atom.global.cas.b64", compare_and_swap<u64>);
    }

    void add_control()
    {
        all_["bra"] = all_["bra.uni"] = {nothing, flow::branch};
        all_["ret"] = all_["exit"] = {nothing, flow::leave};
        set("activemask.b32", active_lanes);
        set_meeting("bar.warp.sync", nothing);
        set_meeting("shfl.sync.bfly.b32", shuffle, static_cast<int>(shuffle_mode::butterfly));
        set_meeting("shfl.sync.idx.b32", shuffle, static_cast<int>(shuffle_mode::index));
        set_meeting("shfl.sync.up.b32", shuffle, static_cast<int>(shuffle_mode::up));
        set_meeting("shfl.sync.down.b32", shuffle, static_cast<int>(shuffle_mode::down));
        set_meeting("match.any.sync.b32", match_any<u32>);
        set_meeting("match.any.sync.b64", match_any<u64>);
        set_meeting("vote.sync.ballot.b32", ballot);
        set_meeting("vote.sync.any.pred", vote_any);
        set_meeting("vote.sync.all.pred", vote_all);
        set_meeting("redux.sync.add.u32", reduce_lanes<u32, add>);
        set_meeting("redux.sync.add.s32", reduce_lanes<s32, add>);
        set_meeting("redux.sync.min.u32", reduce_lanes<u32, lesser>);
        set_meeting("redux.sync.min.s32", reduce_lanes<s32, lesser>);
        set_meeting("redux.sync.max.u32", reduce_lanes<u32, greater_of>);
        set_meeting("redux.sync.max.s32", reduce_lanes<s32, greater_of>);
        set_meeting("redux.sync.and.b32", reduce_lanes<u32, bit_and>);
        set_meeting("redux.sync.or.b32", reduce_lanes<u32, bit_or>);
    }

    std::unordered_map<std::string, operation> all_;
};

}  // namespace

const operation& find_operation(const std::string& name)
{
    static const operations table;
    return table.find(name);
}

void pack(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t part = (std::uint64_t{1} << i.offset) - 1;
    set_lanes<std::uint64_t>(w, i.to[0], lanes, [&](unsigned lane) {
        std::uint64_t packed = 0;
        for (int v = 0; v < i.values; ++v) packed |= (w.lanes_of(i.from[v])[lane] & part) << (i.offset * v);
        return packed;
    });
}

void unpack(warp& w, const instruction& i, lane_mask lanes)
{
    const std::uint64_t part = (std::uint64_t{1} << i.offset) - 1;
    for_lanes(lanes, [&](unsigned lane) {
        const std::uint64_t packed = w.lanes_of(i.from[0])[lane];
        for (int v = 0; v < i.values; ++v) {
            if (i.to[v] != none) w.lanes_of(i.to[v])[lane] = packed >> (i.offset * v) & part;
        }
    });
}

void read_special(warp& w, const instruction& i, lane_mask lanes)
{
    set_lanes<std::uint64_t>(w, i.to[0], lanes,
                             [&](unsigned lane) { return w.special(static_cast<special_register>(i.variant), lane); });
}

}  // namespace cuda_emulator
