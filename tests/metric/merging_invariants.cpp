// Law 2, once for every state: a default state is the identity, merging is commutative and associative, the merge of
// parts is one pass, another configuration is refused by name and changes nothing, bytes give the state back.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/metric/label_summary.hpp>
#include <reassess/metric/model_evaluation.hpp>
#include <reassess/metric/score_evaluation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::random_source;
using test_support::small_problem;

namespace {

// A maker has a `state`, `empty()`: a configured state without images, `count(state, policy, p, first, count)`: adds a
// batch of the problem, `nan_rows`: percent of images with a NaN, and `kind`, as saved.

struct scores_maker {
    using state = ra::model_evaluation;
    static constexpr unsigned nan_rows = 0;
    static constexpr unsigned kind = 1;
    static state empty(std::size_t classes) { return state({.classes = classes}); }
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        s.update(policy, p.view().slice(first, count), p.targets().slice(first, count));
    }
};

struct excluding_maker : scores_maker {
    static constexpr unsigned nan_rows = 10;
    static state empty(std::size_t classes) { return state({.classes = classes, .nan = ra::on_nan::exclude}); }
};

struct shallow_maker : scores_maker {
    static state empty(std::size_t classes) { return state({.classes = classes, .depth = 2}); }
};

struct original_only_maker : scores_maker {
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        s.update(policy, p.view().slice(first, count), ra::targets_view{.original = p.original}.slice(first, count));
    }
};

struct lists_maker : scores_maker {
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        const std::vector<std::int16_t> lists = p.lists(2);
        s.update(policy, ra::predictions_view<std::int16_t>(lists, 2).slice(first, count),
                 p.targets().slice(first, count));
    }
};

struct ids_maker : scores_maker {
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        std::vector<std::uint64_t> ids;
        for (std::size_t i = first; i < first + count; ++i) ids.push_back(i * i + (std::uint64_t{1} << 40));
        s.update(policy, p.view().slice(first, count), p.targets().slice(first, count), {.image_ids = ids});
    }
};

struct rankings_maker : scores_maker {
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        const ra::targets_view targets = p.targets().slice(first, count);
        s.update(policy, ra::rank(policy, p.view().slice(first, count), targets), targets);
    }
};

struct labels_maker {
    using state = ra::label_summary;
    static constexpr unsigned nan_rows = 0;
    static constexpr unsigned kind = 2;
    static state empty(std::size_t classes) { return state({.classes = classes}); }
    template <class Policy>
    static void count(state& s, Policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        s.update(p.targets().slice(first, count));
    }
};

struct real_only_maker : labels_maker {
    template <class Policy>
    static void count(state& s, Policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        s.update(ra::targets_view{.real = p.real.view()}.slice(first, count));
    }
};

struct logits_maker {
    using state = ra::score_evaluation;
    static constexpr unsigned nan_rows = 0;
    static constexpr unsigned kind = 3;
    static constexpr ra::score_value_options values{.scores = ra::score_kind::logits,
                                                    .sigmoid = ra::sigmoid_losses::yes};
    static state empty(std::size_t classes)
    {
        return state({.classes = classes, .values = values, .calibration_bins = 5});
    }
    template <class Policy>
    static void count(state& s, Policy policy, const small_problem& p, std::size_t first, std::size_t count)
    {
        s.update(policy, p.view().slice(first, count), p.targets().slice(first, count));
    }
};

struct excluding_logits_maker : logits_maker {
    static constexpr unsigned nan_rows = 10;
    static constexpr ra::score_value_options values{.scores = ra::score_kind::logits, .brier = ra::brier_scores::no};
    static state empty(std::size_t classes)
    {
        return state({.classes = classes, .values = values, .calibration_bins = 3, .nan = ra::on_nan::exclude});
    }
};

#define STATES                                                                                                 \
    scores_maker, excluding_maker, shallow_maker, original_only_maker, lists_maker, ids_maker, rankings_maker, \
        labels_maker, real_only_maker, logits_maker, excluding_logits_maker

template <class Maker>
small_problem problem_for(random_source& random, std::size_t images)
{
    return small_problem({.images = images, .classes = 2 + random.below(6), .nan_rows = Maker::nan_rows}, random);
}

template <class Maker>
typename Maker::state one_pass(const small_problem& p)
{
    auto s = Maker::empty(p.classes);
    Maker::count(s, ra::seq, p, 0, p.images());
    return s;
}

template <class State>
State sum(State a, const State& b)
{
    a.merge(b);
    return a;
}

/// Random cuts of [0, images) into parts, empty ones among them.
std::vector<std::size_t> random_cuts(random_source& random, std::size_t images)
{
    std::vector<std::size_t> cuts{0, images};
    for (std::size_t n = random.below(6); n > 0; --n) cuts.push_back(random.below(images + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

/// One state for each part.
template <class Maker>
std::vector<typename Maker::state> parts_of(const small_problem& p, const std::vector<std::size_t>& cuts)
{
    std::vector<typename Maker::state> parts;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        parts.push_back(Maker::empty(p.classes));
        Maker::count(parts.back(), ra::seq, p, cuts[i], cuts[i + 1] - cuts[i]);
    }
    return parts;
}

template <class State>
std::string refusal(State& a, const State& b)
{
    return test_support::message_of<std::invalid_argument>([&] { a.merge(b); });
}

/// Both refuse each other, name both values and stay as they were.
template <class State>
void check_refused(State a, State b, std::initializer_list<std::string_view> parts)
{
    const State a_before = a, b_before = b;
    CHECK(test_support::lacks(refusal(a, b), parts) == "");
    CHECK(test_support::lacks(refusal(b, a), parts) == "");
    CHECK(a == a_before);
    CHECK(b == b_before);
    CHECK(!(a == b));
}

}  // namespace

TEST_CASE_TEMPLATE("law of merging: a default state is the identity on both sides", Maker, STATES)
{
    random_source random(71);
    using state = typename Maker::state;
    const small_problem p = problem_for<Maker>(random, 30);
    for (const state& s : {one_pass<Maker>(p), Maker::empty(p.classes), state()}) {
        CHECK(sum(s, state()) == s);
        CHECK(sum(state(), s) == s);
        CHECK(sum(s, state()).to_bytes() == s.to_bytes());
        CHECK(sum(state(), s).to_bytes() == s.to_bytes());
    }
}

TEST_CASE_TEMPLATE("law of merging: a configured state without images adds nothing", Maker, STATES)
{
    random_source random(72);
    const small_problem p = problem_for<Maker>(random, 30);
    const auto s = one_pass<Maker>(p);
    auto no_images = Maker::empty(p.classes);
    CHECK(sum(s, no_images) == s);
    CHECK(sum(no_images, s) == s);
    Maker::count(no_images, ra::seq, p, 17, 0);
    CHECK(sum(s, no_images) == s);
    CHECK(sum(no_images, s) == s);
}

TEST_CASE_TEMPLATE("law of merging: commutative and associative", Maker, STATES)
{
    random_source random(73);
    for (int repetition = 0; repetition < 20; ++repetition) {
        const small_problem p = problem_for<Maker>(random, 3 + random.below(40));
        const std::size_t third = p.images() / 3;
        const auto parts = parts_of<Maker>(p, {0, third, 2 * third, p.images()});
        REQUIRE(sum(parts[0], parts[1]) == sum(parts[1], parts[0]));
        REQUIRE(sum(sum(parts[0], parts[1]), parts[2]) == sum(parts[0], sum(parts[1], parts[2])));
    }
}

TEST_CASE_TEMPLATE("law of merging: the merge of parts in any order is one pass", Maker, STATES)
{
    random_source random(74);
    for (int repetition = 0; repetition < 30; ++repetition) {
        const small_problem p = problem_for<Maker>(random, random.below(60));
        const auto expected = one_pass<Maker>(p);
        auto parts = parts_of<Maker>(p, random_cuts(random, p.images()));
        random.shuffle(parts);
        typename Maker::state merged;
        for (const auto& part : parts) merged.merge(part);
        REQUIRE(merged == expected);
        REQUIRE(merged.to_bytes() == expected.to_bytes());
        // As a tree: neighbours first.
        while (parts.size() > 1) {
            std::vector<typename Maker::state> next;
            for (std::size_t i = 0; i < parts.size(); i += 2)
                next.push_back(i + 1 < parts.size() ? sum(parts[i + 1], parts[i]) : parts[i]);
            parts = next;
        }
        REQUIRE(parts[0] == expected);
    }
}

TEST_CASE_TEMPLATE("law of merging: batches of any size are one pass", Maker, STATES)
{
    random_source random(75);
    const small_problem p = problem_for<Maker>(random, 31);
    const auto expected = one_pass<Maker>(p);
    for (std::size_t batch = 1; batch <= p.images(); ++batch) {
        auto s = Maker::empty(p.classes);
        for (std::size_t first = 0; first < p.images(); first += batch)
            Maker::count(s, ra::seq, p, first, std::min(batch, p.images() - first));
        REQUIRE(s == expected);
    }
}

TEST_CASE_TEMPLATE("law of merging: the same on any number of threads", Maker, STATES)
{
    // Enough images that counting them is several blocks of work.
    random_source random(76);
    const small_problem p({.images = 25000, .classes = 4, .nan_rows = Maker::nan_rows}, random);
    const auto expected = one_pass<Maker>(p);
    for (const unsigned threads : {1U, 2U, 3U, 7U}) {
        const ra::parallel_policy policy = ra::par.on(threads).serial_below(0);
        auto whole = Maker::empty(p.classes), first = whole, second = whole;
        Maker::count(whole, policy, p, 0, p.images());
        REQUIRE(whole == expected);
        Maker::count(first, policy, p, 0, 11000);
        Maker::count(second, policy, p, 11000, p.images() - 11000);
        second.merge(first);
        REQUIRE(second == expected);
    }
}

TEST_CASE_TEMPLATE("law of merging: a state is not merged with itself", Maker, STATES)
{
    random_source random(77);
    const small_problem p = problem_for<Maker>(random, 10);
    for (auto s : {one_pass<Maker>(p), Maker::empty(p.classes), typename Maker::state()}) {
        const auto before = s;
        CHECK_ERROR(std::invalid_argument, s.merge(s), "itself");
        CHECK(s == before);
    }
}

TEST_CASE_TEMPLATE("law of merging: another number of classes is refused, with images or without", Maker, STATES)
{
    random_source random(78);
    const small_problem three({.images = 9, .classes = 3, .nan_rows = Maker::nan_rows}, random);
    const small_problem four({.images = 9, .classes = 4, .nan_rows = Maker::nan_rows}, random);
    const auto three_counted = one_pass<Maker>(three), four_counted = one_pass<Maker>(four);
    check_refused(three_counted, four_counted, {"classes", "3", "4"});
    check_refused(three_counted, Maker::empty(4), {"classes", "3", "4"});
    check_refused(Maker::empty(3), four_counted, {"classes", "3", "4"});
    check_refused(Maker::empty(3), Maker::empty(4), {"classes", "3", "4"});
}

TEST_CASE_TEMPLATE("law of merging: bytes give the state back", Maker, STATES)
{
    random_source random(79);
    using state = typename Maker::state;
    for (int repetition = 0; repetition < 20; ++repetition) {
        const small_problem p = problem_for<Maker>(random, random.below(60));
        for (const state& s : {one_pass<Maker>(p), Maker::empty(p.classes), state()}) {
            const state read = state::from_bytes(s.to_bytes());
            REQUIRE(read == s);
            REQUIRE(read.to_bytes() == s.to_bytes());
        }
        // And the state can be counted on with.
        auto first = Maker::empty(p.classes);
        Maker::count(first, ra::seq, p, 0, p.images() / 2);
        state resumed = state::from_bytes(first.to_bytes());
        Maker::count(resumed, ra::seq, p, p.images() / 2, p.images() - p.images() / 2);
        REQUIRE(resumed == one_pass<Maker>(p));
    }
}

TEST_CASE_TEMPLATE("law of merging: bytes that are cut off or of another kind are refused", Maker, STATES)
{
    random_source random(80);
    using state = typename Maker::state;
    const small_problem p = problem_for<Maker>(random, 25);
    const std::vector<std::byte> bytes = one_pass<Maker>(p).to_bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_THROWS_AS(static_cast<void>(state::from_bytes(std::span(bytes).first(size))), std::invalid_argument);
    std::vector<std::byte> longer = bytes;
    longer.push_back(std::byte{0});
    CHECK_ERROR(std::invalid_argument, state::from_bytes(longer), "1 bytes are left over");
    std::vector<std::byte> other = bytes;
    other[0] = std::byte{'R'};
    CHECK_ERROR(std::invalid_argument, state::from_bytes(other), "no saved state");
    other = bytes;
    other[8] = std::byte{2};
    CHECK_ERROR(std::invalid_argument, state::from_bytes(other), "format 2", "reads format 1");
    other = bytes;
    other[12] = static_cast<std::byte>(Maker::kind % 3 + 1);
    CHECK_ERROR(std::invalid_argument, state::from_bytes(other), "kind " + std::to_string(Maker::kind % 3 + 1),
                "wanted " + std::to_string(Maker::kind));
}

TEST_CASE_TEMPLATE("law of merging: changed bytes are refused or are a state, which can be saved again", Maker, STATES)
{
    random_source random(81);
    using state = typename Maker::state;
    const small_problem p = problem_for<Maker>(random, 12);
    const std::vector<std::byte> bytes = one_pass<Maker>(p).to_bytes();
    int refused = 0, read = 0;
    const auto check = [&](const std::vector<std::byte>& changed) {
        try {
            const state s = state::from_bytes(changed);
            ++read;
            REQUIRE(s.to_bytes() == changed);
            static_cast<void>(sum(state(), s));
        } catch (const std::invalid_argument&) {
            ++refused;
        }
    };
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        for (const std::byte flip : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
            std::vector<std::byte> changed = bytes;
            changed[place] ^= flip;
            check(changed);
        }
    }
    for (int repetition = 0; repetition < 2000; ++repetition) {
        std::vector<std::byte> changed = bytes;
        for (std::size_t n = 1 + random.below(4); n > 0; --n)
            changed[random.below(changed.size())] = static_cast<std::byte>(random.below<unsigned char>(256));
        if (random.chance(30)) changed.resize(random.below(changed.size()));
        check(changed);
    }
    CHECK(refused > 100);
    CHECK(read > 100);
}

TEST_CASE("law of merging: other depths, NaN rules and kinds of labels of a model_evaluation are refused")
{
    random_source random(82);
    const small_problem p({.images = 20, .classes = 5}, random);
    const ra::model_evaluation all = one_pass<scores_maker>(p);
    ra::model_evaluation empty_batch({.classes = 5});
    scores_maker::count(empty_batch, ra::seq, p, 0, 0);
    for (const ra::model_evaluation& scores : {all, empty_batch}) {
        check_refused(scores, one_pass<shallow_maker>(p), {"depth", "5", "2"});
        check_refused(scores, shallow_maker::empty(5), {"depth", "5", "2"});
        check_refused(scores, one_pass<excluding_maker>(p), {"NaN rule", "error", "exclude"});
        check_refused(scores, excluding_maker::empty(5), {"NaN rule", "error", "exclude"});
        check_refused(scores, one_pass<original_only_maker>(p), {"with label sets", "without label sets"});
        ra::model_evaluation real_only({.classes = 5}), neither({.classes = 5}), lists({.classes = 5}), none = neither;
        real_only.update(ra::seq, p.view(), {.real = p.real.view()});
        neither.update(ra::seq, p.view(), {});
        none.update(ra::seq, p.view().slice(0, 0), {});
        const std::vector<std::int16_t> predictions = p.lists(5);
        lists.update(ra::seq, ra::predictions_view<std::int16_t>(predictions, 5), p.targets());
        check_refused(scores, real_only, {"with original labels", "without original labels"});
        check_refused(scores, neither, {"with original labels", "without original labels"});
        check_refused(scores, none, {"with original labels", "without original labels"});
        check_refused(scores, lists, {"with ties", "without ties"});
    }
    check_refused(all, one_pass<ids_maker>(p), {"with image ids", "without image ids"});
    check_refused(shallow_maker::empty(5), ra::model_evaluation({.classes = 5, .depth = 3}), {"depth", "2", "3"});
    check_refused(ra::model_evaluation({.classes = 5}), ra::model_evaluation({.depth = 10}), {"depth 10", "5"});
    check_refused(ra::model_evaluation({.nan = ra::on_nan::exclude}), ra::model_evaluation({.depth = 10}),
                  {"NaN rule", "error", "exclude"});
}

TEST_CASE("law of merging: options that complete each other are merged")
{
    const ra::model_evaluation classes({.classes = 5}), depth({.depth = 3});
    CHECK(sum(classes, depth) == ra::model_evaluation({.classes = 5, .depth = 3}));
    CHECK(sum(depth, classes) == ra::model_evaluation({.classes = 5, .depth = 3}));
}

TEST_CASE("law of merging: other kinds of labels of a label_summary are refused")
{
    random_source random(83);
    const small_problem p({.images = 20, .classes = 5}, random);
    ra::label_summary both_empty({.classes = 5}), original_only = both_empty, original_empty = both_empty;
    both_empty.update(p.targets().slice(0, 0));
    original_only.update({.original = p.original});
    original_empty.update({.original = std::span<const ra::class_index>{}});
    for (const ra::label_summary& both : {one_pass<labels_maker>(p), both_empty}) {
        check_refused(both, one_pass<real_only_maker>(p), {"both kinds of labels", "label sets only"});
        check_refused(both, original_only, {"both kinds of labels", "original labels only"});
        check_refused(both, original_empty, {"both kinds of labels", "original labels only"});
    }
}
