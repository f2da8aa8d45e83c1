// The report in a real browser: headless Chromium, on a telephone's 400 pixels and on a screen's 1,400, in light and
// dark. Screenshots stay in the build folder, in Testing/screenshots.
#include "../support/real_data.hpp"
#include "../support/sanitizers.hpp"
#include "run_program.hpp"

#include <filesystem>
#include <string>
#include <vector>

using nlohmann::json;
using test_support::run_program;
using test_support::temporary_folder;

namespace {

/// Headless Chromium on a page, with a profile of its own; the options tell what it does there.
test_support::program_result browse(const temporary_folder& folder, std::vector<std::string> options)
{
    std::vector<std::string> command{"timeout",
                                     "100",
                                     "chromium",
                                     "--headless=new",
                                     "--no-sandbox",
                                     "--disable-gpu",
                                     "--hide-scrollbars",
                                     "--disable-dev-shm-usage",
                                     "--disable-background-networking",
                                     "--no-first-run",
                                     "--virtual-time-budget=20000",
                                     "--user-data-dir=" + folder / "profile"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back("file://" + folder / "around.html");
    return run_program(command);
}

void replace_once(std::string& text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, "not in the page: ", from);
    text.replace(at, from.size(), to);
}

/// A copy of the report that measures itself, in a frame of `width` pixels; a window may not be that narrow.
void write_pages(const temporary_folder& folder, std::string html, int width)
{
    // The report lets no script run. The copy lets its own, and still nothing be fetched.
    replace_once(html, "default-src 'none';", "default-src 'none'; script-src 'unsafe-inline';");
    replace_once(html,
                 "<meta name=", "<script>" + test_support::read_all(REASSESS_MEASURE_SCRIPT) + "</script><meta name=");
    test_support::write_all(folder / "inside.html", html);
    test_support::write_all(
        folder / "around.html",
        "<!DOCTYPE html><body style=\"margin: 0\"><iframe id=\"frame\" src=\"inside.html\" style=\"border: 0; width: " +
            std::to_string(width) +
            "px; height: 900px\"></iframe><pre id=\"found\" style=\"display: none\"></pre><script>onmessage = "
            "(message) => {document.getElementById('found').textContent = "
            "btoa(unescape(encodeURIComponent(message.data)));document.getElementById('frame').style.height = "
            "JSON.parse(message.data).height + 'px'; };</script></body>");
}

std::string decode_base_64(const std::string& text)
{
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0, held = 0;
    for (const char c : text) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string::npos) break;
        held = held << 6 | static_cast<unsigned>(digit);
        bits += 6;
        if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xff);
    }
    return bytes;
}

json measure(const temporary_folder& folder)
{
    const auto page = browse(folder, {"--dump-dom"});
    const std::string begin = "<pre id=\"found\" style=\"display: none\">";
    const std::size_t at = page.output.find(begin);
    REQUIRE_MESSAGE(at != std::string::npos, page.errors);
    const std::string found = decode_base_64(page.output.substr(at + begin.size()));
    REQUIRE_MESSAGE(!found.empty(), "the page has told nothing: ", page.errors);
    return json::parse(found);
}

void check_page(const std::string& out, const std::string& name)
{
    const json report = json::parse(test_support::read_all(out + "/report.json"));
    const std::string html = test_support::read_all(out + "/report.html");
    std::vector<std::string> figures, tables;
    for (const json& section : report["sections"]) {
        for (const json& id : section["figures"]) figures.push_back(id);
        for (const json& id : section["tables"]) tables.push_back(id);
    }
    const std::filesystem::path screenshots = "Testing/screenshots";
    std::filesystem::create_directories(screenshots);
    for (const int width : {400, 1400}) {
        CAPTURE(width);
        const temporary_folder folder;
        write_pages(folder, html, width);
        const json found = measure(folder);
        CHECK(found["width"] == width);
        CHECK(found["scroll_width"] <= width);
        CHECK(found["figures"] == json(figures));
        CHECK(found["drawn"] == figures.size());
        for (const std::string& id : tables) {
            const auto& ids = found["tables"];
            CHECK_MESSAGE(std::find(ids.begin(), ids.end(), id) != ids.end(), "no table ", id);
        }
        CHECK(found["least_letters"] >= 8.0);
        for (const char* const none : {"cut", "overlaps", "dead_links", "fetched", "duplicate_ids", "errors"})
            CHECK_MESSAGE(found[none].empty(), none, ": ", found[none].dump(1));
        for (const char* const scheme : {"light", "dark"}) {
            // A screenshot of both, of the dark one at one width.
            if (std::string(scheme) == "dark" && width == 400) continue;
            const std::string file =
                std::filesystem::absolute(screenshots / (name + "-" + std::to_string(width) + "-" + scheme + ".png"));
            std::filesystem::remove(file);
            const auto shot = browse(
                folder,
                {"--screenshot=" + file,
                 "--window-size=" + std::to_string(width) + "," + std::to_string(found["height"].get<int>()),
                 std::string("--blink-settings=preferredColorScheme=") + (std::string(scheme) == "dark" ? "0" : "1")});
            CHECK_MESSAGE(std::filesystem::exists(file), shot.errors);
        }
    }
}

bool browser_is_there()
{
    if (run_program({"sh", "-c", "chromium --version"}).status == 0) return true;
    MESSAGE("left out: there is no chromium on this system");
    return false;
}

}  // namespace

TEST_CASE("report: a browser shows all of it, cuts nothing off and fetches nothing")
{
    if (test_support::under_sanitizer || !browser_is_there()) return;
    const temporary_folder folder;
    const auto run = run_program({REASSESS_PAPER_PROGRAM, "--out", folder / "out"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    check_page(folder / "out", "simulated");
}

TEST_CASE("report: the same of the released data")
{
    NEEDS_REAL_DATA(data);
    if (test_support::under_sanitizer || !browser_is_there()) return;
    const temporary_folder folder;
    const auto run = run_program({REASSESS_PAPER_PROGRAM, "--data", data.string(), "--out", folder / "out"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    check_page(folder / "out", "released");
}
