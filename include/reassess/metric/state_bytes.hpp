// Binary format of saved results: magic, format version and kind, then little-endian 64-bit numbers.
//
//   offset  bytes   content
//   0       8       "reassess"
//   8       4       version of the format: 2; format 1 (version 0.1 of the library) is read too
//   12      4       kind: 1 evaluation, 2 label_summary, 3 the losses of an evaluation (format 1 only),
//                   4 results_by_id, 5 a state file (io/state_file.hpp)
//   16      8 each  the numbers of the class; a list is its length, then its elements
//
// A reader allocates nothing that the remaining bytes do not contain.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "pair_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

enum class state_kind : std::uint32_t {
    evaluation = 1,
    label_summary = 2,
    losses = 3,
    results_by_id = 4,
    state_file = 5
};

inline const char* name_of(state_kind kind) noexcept
{
    switch (kind) {
        case state_kind::evaluation:
            return "an evaluation";
        case state_kind::label_summary:
            return "a label_summary";
        case state_kind::results_by_id:
            return "results_by_id";
        case state_kind::state_file:
            return "a state file";
        case state_kind::losses:
            break;
    }
    return "the losses of an evaluation";
}

inline constexpr std::string_view state_magic = "reassess";
inline constexpr std::uint32_t state_format = 2;

class state_writer {
public:
    explicit state_writer(state_kind kind)
    {
        for (const char c : state_magic) bytes_.push_back(static_cast<std::byte>(c));
        put(state_format, 4);
        put(static_cast<std::uint32_t>(kind), 4);
    }

    void number(std::uint64_t value) { put(value, 8); }
    void list(std::span<const std::uint64_t> values)
    {
        bytes_.reserve(bytes_.size() + 8 * (values.size() + 1));
        number(values.size());
        for (const std::uint64_t value : values) number(value);
    }
    /// A list with 4 bytes for each number, padded to a multiple of 8 bytes.
    void list_of_32_bits(std::span<const std::uint32_t> values)
    {
        bytes_.reserve(bytes_.size() + 4 * values.size() + 12);
        number(values.size());
        for (const std::uint32_t value : values) put(value, 4);
        if (values.size() % 2 != 0) put(0, 4);
    }
    void pairs(const pair_counts& counts)
    {
        number(counts.size());
        for (const pair_count& entry : counts.sorted()) {
            number(entry.first);
            number(entry.second);
            number(entry.count);
        }
    }

    /// Writes the length, then eight characters per number.
    void text(std::string_view characters)
    {
        number(characters.size());
        for (std::size_t first = 0; first < characters.size(); first += 8) {
            std::uint64_t eight = 0;
            for (std::size_t i = 0; i < 8 && first + i < characters.size(); ++i)
                eight |= std::uint64_t{static_cast<unsigned char>(characters[first + i])} << (8 * i);
            number(eight);
        }
    }

    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
    void put(std::uint64_t value, int size)
    {
        for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xffU));
    }

    std::vector<std::byte> bytes_;
};

class state_reader {
public:
    explicit state_reader(std::span<const std::byte> bytes) : bytes_(bytes)
    {
        expects(bytes.size() >= 16 && std::memcmp(bytes.data(), state_magic.data(), state_magic.size()) == 0,
                "saved state: these ", bytes.size(), " bytes are not a saved state of reassess");
        position_ = state_magic.size();
        const std::uint64_t format = get(4);
        expects(format >= 1 && format <= state_format, "saved state: format ", format,
                ", this version reads formats 1 to ", state_format);
        format_ = static_cast<std::uint32_t>(format);
        const std::uint64_t kind = get(4);
        expects(kind >= 1 && kind <= (format == 1 ? 3 : 5) && (format == 1 || kind != 3), "saved state: kind ", kind,
                " is unknown");
        kind_ = static_cast<state_kind>(kind);
    }

    [[nodiscard]] std::uint32_t format() const noexcept { return format_; }
    [[nodiscard]] state_kind kind() const noexcept { return kind_; }
    void expect_kind(state_kind expected) const
    {
        expects(kind_ == expected, "saved state: these bytes are ", name_of(kind_), ", expected ", name_of(expected));
    }

    [[nodiscard]] std::uint64_t number() { return get(8); }
    /// Reads a number that must not exceed `most`.
    [[nodiscard]] std::uint64_t number_up_to(std::uint64_t most, const char* what)
    {
        const std::uint64_t value = number();
        expects(value <= most, "saved state: ", what, " is ", value, ", expected at most ", most);
        return value;
    }
    [[nodiscard]] std::vector<std::uint64_t> list()
    {
        const std::size_t size = length(8);
        std::vector<std::uint64_t> values(size);
        for (std::uint64_t& value : values) value = number();
        return values;
    }
    [[nodiscard]] std::vector<std::uint32_t> list_of_32_bits()
    {
        const std::size_t size = length(4);
        std::vector<std::uint32_t> values(size);
        for (std::uint32_t& value : values) value = static_cast<std::uint32_t>(get(4));
        expects(size % 2 == 0 || get(4) == 0, "saved state: the padding of a list is not 0");
        return values;
    }
    /// Reads pairs with numbers below first_end and second_end, in ascending order.
    [[nodiscard]] pair_counts pairs(std::uint64_t first_end, std::uint64_t second_end)
    {
        const std::size_t size = length(24);
        pair_counts counts;
        counts.reserve_more(size);
        std::uint64_t before = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::uint64_t first = number();
            const std::uint64_t second = number();
            const std::uint64_t count = number();
            expects(first < first_end && second < second_end && count > 0, "saved state: pair (", first, ", ", second,
                    ") counted ", count, " times, expected pairs below (", first_end, ", ", second_end, ")");
            const std::uint64_t key = first << 32 | second;
            expects(i == 0 || before < key, "saved state: the pairs are not ascending");
            before = key;
            counts.add(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second), count);
        }
        return counts;
    }
    [[nodiscard]] std::string text()
    {
        const std::uint64_t size = number();
        const std::size_t left = bytes_.size() - position_;
        expects(size <= left, "saved state: truncated or damaged: a text of ", size, " characters, but only ", left,
                " bytes are left");
        std::string characters(static_cast<std::size_t>(size), ' ');
        for (std::size_t first = 0; first < characters.size(); first += 8) {
            const std::uint64_t eight = number();
            for (std::size_t i = 0; i < 8 && first + i < characters.size(); ++i)
                characters[first + i] = static_cast<char>(eight >> (8 * i) & 0xffU);
            const std::size_t used = characters.size() - first;
            expects(used >= 8 || eight >> (8 * used) == 0, "saved state: the padding of a text is not 0");
        }
        return characters;
    }
    void expect_end() const
    {
        expects(position_ == bytes_.size(), "saved state: ", bytes_.size() - position_, " unexpected bytes at the end");
    }

private:
    /// The length of a list whose elements take `element_bytes` each.
    std::size_t length(std::size_t element_bytes)
    {
        const std::uint64_t size = number();
        const std::size_t left = bytes_.size() - position_;
        expects(size <= left / element_bytes, "saved state: truncated or damaged: a list of ", size,
                " elements, but only ", left, " bytes are left");
        return static_cast<std::size_t>(size);
    }

    std::uint64_t get(std::size_t size)
    {
        expects(size <= bytes_.size() - position_, "saved state: truncated after ", bytes_.size(), " bytes");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(bytes_[position_ + i]) << (8 * i);
        position_ += size;
        return value;
    }

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
    std::uint32_t format_ = state_format;
    state_kind kind_ = state_kind::evaluation;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
