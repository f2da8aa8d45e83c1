// Tests of number formatting and of escaping in reports.
#include <reassess/report/text.hpp>

#include <doctest/doctest.h>

#include <string>

namespace report = reassess::report;

TEST_CASE("report: numbers are formatted with commas, signs and the requested digits")
{
    CHECK(report::number_text(57553, 0) == "57,553");
    CHECK(report::number_text(-483207.539, 2) == "-483,207.54");
    CHECK(report::number_text(999.5, 0) == "1,000");
    CHECK(report::number_text(-0.001, 2) == "0.00");
    CHECK(report::number_text(0.123, 3) == "0.123");
    CHECK(report::signed_text(2.449, 2) == "+2.45");
    CHECK(report::signed_text(-2.449, 1) == "-2.4");
    CHECK(report::signed_text(0.001, 2) == "0.00");
    CHECK(report::interval_text({89.748, 90.291}, 2) == "[89.75, 90.29]");
}

TEST_CASE("report: a number agrees if it rounds to the printed one")
{
    report::number n{.id = "x", .what = "x", .value = 90.0228};
    n.published = report::printed{90.02, 2};
    CHECK(n.agrees());
    CHECK(report::difference_text(n) == "agrees");
    n.published = report::printed{90, 0};
    CHECK(n.agrees());
    n.published = report::printed{90.0, 2};
    CHECK_FALSE(n.agrees());
    CHECK(report::difference_text(n) == "+0.02");
    CHECK(report::beside_published_text(n) == "(published 90.00, difference +0.02)");
    // Halfway values agree with both neighbours, because the rounding mode of the publication is unknown.
    n.value = 7.45;
    n.published = report::printed{7.4, 1};
    CHECK(n.agrees());
    n.value.reset();
    CHECK_FALSE(n.agrees());
    CHECK(report::difference_text(n) == "-");
    CHECK(report::value_text(n) == "-");
}

TEST_CASE("report: shares have Wilson's interval in percent, and 0 of 0 has none")
{
    const report::number n = report::percentage("real", "ReaL accuracy", {42164, 46837});
    CHECK(n.value == 100 * (42164.0 / 46837.0));
    CHECK(report::cell_text(n) == "90.02 [89.75, 90.29]");
    CHECK(report::value_text(n) == "90.02 %");
    const report::number none = report::percentage("none", "none", {0, 0});
    CHECK_FALSE(none.value.has_value());
    CHECK_FALSE(none.bounds.has_value());
}

TEST_CASE("report: text is escaped and never interpreted as markup")
{
    CHECK(report::escaped_html("<script>\"a\" & 'b'") == "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;");
    CHECK(report::escaped_markdown("a|b *c* _d_ [e](f)\n#") == "a\\|b \\*c\\* \\_d\\_ \\[e\\](f) \\#");
}

TEST_CASE("report: each note is written once, with the rows it refers to")
{
    report::number off{.what = "x", .value = 1.0};
    off.published = report::printed{2, 0};
    off.note = "why";
    report::number fits = off;
    fits.published = report::printed{1, 0};
    const report::table table{.id = "t",
                              .columns = {"", "a", "b"},
                              .rows = {{"first", off, off}, {"second", fits, off}, {"third", fits, fits}}};
    CHECK(report::notes_of(table) == std::vector<std::string>{"first; second: why"});
}
