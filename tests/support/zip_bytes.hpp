// Construction of valid and invalid zip archives as bytes (PKWARE's APPNOTE, sections 4.3 and 4.5.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace test_support {

inline std::uint32_t crc32_of(std::string_view bytes)
{
    std::uint32_t crc = 0xffffffff;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

/// A member to write; fields that are not set get their correct values.
struct zip_member {
    std::string name{};
    /// Bytes as stored in the archive.
    std::string bytes{};
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    std::optional<std::uint64_t> size{};
    std::optional<std::uint32_t> crc{};
};

enum class zip_kind { plain, zip64 };

inline std::string zip_bytes(const std::vector<zip_member>& members, zip_kind kind = zip_kind::plain)
{
    const auto number = [](std::uint64_t value, std::size_t bytes) {
        std::string text;
        for (std::size_t i = 0; i < bytes; ++i)
            text += static_cast<char>(static_cast<unsigned char>(value >> (8 * i) & 0xff));
        return text;
    };
    const bool large = kind == zip_kind::zip64;
    constexpr std::uint64_t in_extra = 0xffffffff;
    std::string archive, directory;
    for (const zip_member& member : members) {
        const std::uint64_t size = member.size.value_or(member.bytes.size());
        const std::uint64_t packed = member.bytes.size();
        const std::string sizes = number(size, 8) + number(packed, 8);
        const std::string offset = number(archive.size(), 8);
        const std::string local_extra = large ? number(1, 2) + number(16, 2) + sizes : "";
        const std::string extra = large ? number(1, 2) + number(24, 2) + sizes + offset : "";
        const std::string common =
            number(large ? 45 : 20, 2) + number(member.flags, 2) + number(member.method, 2) + number(0, 2) +
            number(0x21, 2) + number(member.crc.value_or(crc32_of(member.bytes)), 4) +
            number(large ? in_extra : packed, 4) + number(large ? in_extra : size, 4) + number(member.name.size(), 2);
        directory += "PK\1\2" + number(45, 2) + common + number(extra.size(), 2) + number(0, 2) + number(0, 2) +
                     number(0, 2) + number(0, 4) + number(large ? in_extra : archive.size(), 4) + member.name + extra;
        archive += "PK\3\4" + common + number(local_extra.size(), 2) + member.name + local_extra + member.bytes;
    }
    const std::size_t begin = archive.size();
    archive += directory;
    if (large) {
        const std::size_t end = archive.size();
        archive += "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) + number(0, 4) +
                   number(members.size(), 8) + number(members.size(), 8) + number(directory.size(), 8) +
                   number(begin, 8);
        archive += "PK\6\7" + number(0, 4) + number(end, 8) + number(1, 4);
    }
    const std::uint64_t count = large ? 0xffff : members.size();
    return archive + "PK\5\6" + number(0, 2) + number(0, 2) + number(count, 2) + number(count, 2) +
           number(large ? in_extra : directory.size(), 4) + number(large ? in_extra : begin, 4) + number(0, 2);
}

}  // namespace test_support
