// Documents of JSON that the event reader builds, against nlohmann's own, and values as parts of messages.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/io/json_reader.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ra = reassess;
using nlohmann::json;
using test_support::random_source;

namespace {

json read(std::string_view text)
{
    return ra::detail::parse_json("a.json", text, "a document");
}

json random_document(random_source& random, int depth)
{
    const std::size_t kind = random.below<std::size_t>(depth == 0 ? 6 : 8);
    switch (kind) {
        case 0:
            return nullptr;
        case 1:
            return random.chance(50);
        case 2:
            return -static_cast<int>(random.below(1000));
        case 3:
            return random.below<std::size_t>(1U << 30);
        case 4:
            return static_cast<double>(random.below(1000)) / 7;
        case 5:
            return std::string(random.below<std::size_t>(4), 'x') + "\"\\\n\xc3\xa9";
        case 6: {
            json list = json::array();
            for (std::size_t n = random.below<std::size_t>(4); n > 0; --n)
                list.push_back(random_document(random, depth - 1));
            return list;
        }
        default: {
            json object = json::object();
            for (std::size_t n = random.below<std::size_t>(4); n > 0; --n)
                object[std::to_string(random.below(5))] = random_document(random, depth - 1);
            return object;
        }
    }
}

}  // namespace

TEST_CASE("JSON: a document is read as nlohmann's reader does")
{
    random_source random(61);
    for (int repetition = 0; repetition < 2000; ++repetition) {
        const json document = random_document(random, 5);
        const std::string text = document.dump(random.chance(50) ? 2 : -1);
        CHECK(read(text) == document);
    }
    // Of two members of one name the last counts, also where the first is a list or an object.
    for (const std::string_view text : {R"({"a": 1, "a": 2})", R"({"a": [1, {"b": 2}], "a": {"c": 3}})",
                                        R"([[], {}, [[]], {"a": {}}, ""])", R"({"a": {"a": [1], "b": 0}, "b": [{}]})",
                                        "1e300", "-0.0", "18446744073709551615", "-9223372036854775808", "null"}) {
        CHECK(read(text) == json::parse(text));
    }
}

TEST_CASE("JSON: what is no document is refused with its place")
{
    const auto refused = [](std::string_view text, std::string_view byte) {
        CAPTURE(text);
        CHECK_ERROR(ra::io::file_error, read(text),
                    "a.json: not valid JSON near byte " + std::string(byte) + ", expected a document");
    };
    refused("", "1");
    refused("[1, 2", "6");
    refused(R"({"a" 1})", "6");
    refused("[1] 2", "5");
    refused("[1e999]", "6");
    refused("nul", "4");
}

TEST_CASE("JSON: a value as a part of a message")
{
    const auto text = [](std::string_view value) { return ra::detail::value_text(json::parse(value)); };
    for (const std::string_view number : {"null", "true", "false", "7", "-7", "18446744073709551615", "1.0", "-2.5"})
        CHECK(text(number) == number);
    CHECK(text("1e300") == "1e+300");
    CHECK(text("\"a\\nb\"") == "\"a\\x0ab\"");
    CHECK(text("[1]") == "a list");
    CHECK(text("{}") == "an object");
}
