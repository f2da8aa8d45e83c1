// Reads the predictions of MLPerf's mlperf_log_accuracy.json (image classification).
#pragma once

#include "../data/element_traits.hpp"
#include "../data/float16.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The bytes that hexadecimal digits stand for; nothing for other text.
[[nodiscard]] inline std::optional<std::vector<std::uint8_t>> bytes_of_hexadecimal(std::string_view text)
{
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(16 * high + low));
    }
    return bytes;
}

/// The class in the data of one entry: an integer of 1, 2, 4 or 8 bytes, or a float of 2, 4 or 8, whose bits of a class
/// above 0 are those of an integer above all classes.
[[nodiscard]] inline std::optional<std::int64_t> class_of_mlperf(const std::vector<std::uint8_t>& bytes)
{
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) bits |= std::uint64_t{bytes[i]} << (8 * i);
    // The bits of 1.0.
    constexpr std::uint64_t one_of_16 = 0x3c00, one_of_32 = 0x3f800000, one_of_64 = 0x3ff0000000000000;
    switch (bytes.size()) {
        case 1:
            return static_cast<std::int64_t>(bits);
        case 2:
            if (bits < one_of_16) return static_cast<std::int64_t>(bits);
            return whole_number(real_value(half{static_cast<std::uint16_t>(bits)}));
        case 4:
            if (bits < one_of_32) return static_cast<std::int64_t>(bits);
            return whole_number(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        case 8: {
            const auto integer = static_cast<std::int64_t>(bits);
            if (bits < one_of_64 || integer < 0) return integer;
            return whole_number(std::bit_cast<double>(bits));
        }
        default:
            return std::nullopt;
    }
}

/// The prediction of every image in the order of `qsl_idx`, which is the position of the image. `text` is a JSON list
/// of objects with `qsl_idx` and `data`, hexadecimal bytes of one class. An image may occur again with the same class.
/// Throws io::file_error, naming the entry, for any other content, for an empty list and for an image without a
/// prediction. O(bytes).
/// Source: github.com/mlcommons/inference, vision/classification_and_detection.
[[nodiscard]] inline std::vector<std::int64_t> predictions_of_mlperf(const std::filesystem::path& path,
                                                                     const std::string& text)
{
    constexpr std::string_view wanted =
        "MLPerf's list of objects with qsl_idx and data, hexadecimal digits of one class in 1, 2, 4 or 8 bytes";
    const nlohmann::json list = parse_json(path, text, wanted);
    if (!list.is_array()) fail_file(path, "is not a list, expected ", wanted);
    if (list.empty()) fail_file(path, "is an empty list, expected ", wanted);
    std::vector<std::optional<std::int64_t>> found;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const nlohmann::json& entry = list[i];
        std::optional<std::int64_t> value;
        if (entry.is_object() && entry.contains("qsl_idx") && entry["qsl_idx"].is_number_unsigned() &&
            entry.contains("data") && entry["data"].is_string()) {
            const auto bytes = bytes_of_hexadecimal(entry["data"].get<std::string>());
            if (bytes) value = class_of_mlperf(*bytes);
        }
        if (!value) {
            const bool has_data = entry.is_object() && entry.contains("qsl_idx") && entry.contains("data");
            fail_file(path, "entry ", i, " is ", value_text(entry),
                      has_data            ? concatenate(" of qsl_idx ", value_text(entry["qsl_idx"]), " and data ",
                                                        value_text(entry["data"]))
                      : entry.is_object() ? " without qsl_idx or data"
                                          : "",
                      ", expected ", wanted);
        }
        const std::uint64_t image = entry["qsl_idx"].get<std::uint64_t>();
        if (image >= list.size())
            fail_file(path, "entry ", i, " has qsl_idx ", image, ", but there are only ", list.size(), " entries");
        if (image >= found.size()) found.resize(static_cast<std::size_t>(image) + 1);
        std::optional<std::int64_t>& prediction = found[static_cast<std::size_t>(image)];
        if (prediction && *prediction != *value)
            fail_file(path, "entry ", i, " has class ", *value, " for image ", image, ", an earlier one ", *prediction);
        prediction = value;
    }
    std::vector<std::int64_t> predictions;
    for (std::size_t image = 0; image < found.size(); ++image) {
        if (!found[image]) fail_file(path, "no entry has qsl_idx ", image);
        predictions.push_back(*found[image]);
    }
    return predictions;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
