// One test of merging for every kind of results: a default one is the identity, merging is commutative and associative,
// the merge of parts is one pass, another configuration is refused by name and changes nothing, bytes give the results
// back.
#include "support/messages.hpp"
#include "support/sanitizers.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/metric/label_summary.hpp>
#include <reassess/metric/results_by_id.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using test_support::random_source;
using test_support::small_problem;

namespace {

/// A metric of the user's own, with a parameter: images of which some label, of either kind, has a rank below `end`.
struct found_below {
    std::uint32_t end = 2;

    static constexpr std::string_view name = "test.found_below";
    static constexpr std::uint32_t version = 3;

    [[nodiscard]] std::vector<std::uint64_t> configuration() const { return {end}; }
    [[nodiscard]] std::size_t counters(ra::metric_shape) const noexcept { return 2; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const noexcept
    {
        bool found = image.original_rank < end;
        for (std::size_t j = 0; j < image.label_count; ++j) found |= image.label_rank[j] < end;
        tally.add(found ? 1 : 0);
    }
    [[nodiscard]] ra::proportion result(std::span<const std::uint64_t> counters, ra::metric_shape) const
    {
        return {counters[1], counters[0] + counters[1]};
    }
};

/// Another one, which reads losses and lists: images by prediction, as the list says it, and by confidence.
struct sure_predictions {
    static constexpr std::string_view name = "test.sure_predictions";
    static constexpr std::uint32_t version = 1;
    static constexpr ra::metric_columns columns{.losses = true, .top_k = true};

    [[nodiscard]] std::size_t counters(ra::metric_shape shape) const noexcept { return 2 * shape.classes; }
    template <class Tally>
    void operator()(const ra::ranked_image& image, const Tally& tally) const noexcept
    {
        tally.add(2 * static_cast<std::size_t>(image.top_k[0]) + (image.confidence > 0.5 ? 1 : 0));
    }
    [[nodiscard]] std::vector<std::uint64_t> result(std::span<const std::uint64_t> counters, ra::metric_shape) const
    {
        return {counters.begin(), counters.end()};
    }
};

// A maker has a `state`, `counter(policy, classes)`: what counts batches into such a state, `count(counter, p, first,
// count)`: counts a batch of the problem, `nan_rows`: percent of images with a NaN, and `kind`, as saved.

struct scores_maker {
    using state = ra::evaluation<>;
    static constexpr unsigned nan_rows = 0;
    static constexpr unsigned kind = 1;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy);
    }
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(p.view().slice(first, count), p.targets().slice(first, count));
    }
};

struct excluding_maker : scores_maker {
    static constexpr unsigned nan_rows = 10;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, {.nan = ra::on_nan::exclude});
    }
};

struct shallow_maker : scores_maker {
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, {.depth = 2});
    }
};

/// Options that only scores with an interpretation have a use for.
struct scores_with_other_options_maker : scores_maker {
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(
            policy, {.sigmoid = ra::sigmoid_losses::yes, .brier = ra::brier_scores::no, .calibration_bins = 4});
    }
};

struct original_only_maker : scores_maker {
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(p.view().slice(first, count), ra::targets_view{.original = p.original}.slice(first, count));
    }
};

struct lists_maker : scores_maker {
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        const std::vector<std::int16_t> lists = p.lists(2);
        counter.update(ra::top_k_view<std::int16_t>(lists, 2, p.classes).slice(first, count),
                       p.targets().slice(first, count));
    }
};

struct ids_maker : scores_maker {
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        std::vector<std::uint64_t> ids;
        for (std::size_t i = first; i < first + count; ++i) ids.push_back(i * i + (std::uint64_t{1} << 40));
        counter.update(p.view().slice(first, count), p.targets().slice(first, count), {.image_ids = ids});
    }
};

struct results_maker : scores_maker {
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        const ra::targets_view targets = p.targets().slice(first, count);
        counter.update(ra::rank(ra::par, p.view().slice(first, count), targets), targets);
    }
};

struct logits_maker : scores_maker {
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, {.sigmoid = ra::sigmoid_losses::yes, .calibration_bins = 5});
    }
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(ra::logits(p.view()).slice(first, count), p.targets().slice(first, count));
    }
};

struct excluding_logits_maker : logits_maker {
    static constexpr unsigned nan_rows = 10;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy,
                             {.nan = ra::on_nan::exclude, .brier = ra::brier_scores::no, .calibration_bins = 3});
    }
};

struct results_of_weights_maker : scores_maker {
    static constexpr ra::evaluation_options options{.calibration_bins = 3};
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, options);
    }
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        // No row of zeros.
        std::vector<float> weights = p.scores;
        for (float& weight : weights) weight += 1.0F;
        const ra::scores_view<float> view(weights, p.classes);
        const ra::targets_view targets = p.targets().slice(first, count);
        const auto scores =
            ra::probabilities(view.slice(first, count), {.normalise = ra::normalise::yes, .clip = 0.01});
        counter.update(ra::rank(ra::seq, scores, targets, options), targets);
    }
};

struct user_metric_maker : scores_maker {
    using state = ra::evaluation<found_below>;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, {.depth = 2}, found_below{});
    }
};

struct user_metrics_of_logits_maker : logits_maker {
    static constexpr unsigned nan_rows = 10;
    using state = ra::evaluation<sure_predictions, found_below>;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return ra::evaluator(policy, {.nan = ra::on_nan::exclude, .top_k = 1, .calibration_bins = 2},
                             sure_predictions{}, found_below{});
    }
};

/// label_summary with the interface of evaluator.
class summary_counter {
public:
    explicit summary_counter(std::size_t classes) : summary_({.classes = classes}) {}
    void update(const ra::targets_view& targets) { summary_.update(targets); }
    [[nodiscard]] const ra::label_summary& result() const noexcept { return summary_; }

private:
    ra::label_summary summary_;
};

struct labels_maker {
    using state = ra::label_summary;
    static constexpr unsigned nan_rows = 0;
    static constexpr unsigned kind = 2;
    template <class Policy>
    static auto counter(Policy, std::size_t classes)
    {
        return summary_counter(classes);
    }
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(p.targets().slice(first, count));
    }
};

struct real_only_maker : labels_maker {
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(ra::targets_view{.real = p.real.view()}.slice(first, count));
    }
};

/// results_by_id with the interface of evaluator.
template <class Policy>
class by_id_counter {
public:
    explicit by_id_counter(Policy policy) : policy_(policy) {}
    void update(const ra::scores_view<float>& scores, const ra::targets_view& targets, std::size_t first)
    {
        std::vector<std::uint64_t> ids;
        for (std::size_t i = first; i < first + scores.images(); ++i) ids.push_back(i * i + (std::uint64_t{1} << 40));
        results_.add(ra::rank(policy_, ra::logits(scores), targets, {.nan = ra::on_nan::exclude, .top_k = 2}), targets,
                     ids);
    }
    [[nodiscard]] const ra::results_by_id& result() const noexcept { return results_; }

private:
    Policy policy_;
    ra::results_by_id results_;
};

struct by_id_maker {
    using state = ra::results_by_id;
    static constexpr unsigned nan_rows = 10;
    static constexpr unsigned kind = 4;
    template <class Policy>
    static auto counter(Policy policy, std::size_t)
    {
        return by_id_counter(policy);
    }
    template <class Counter>
    static void count(Counter& counter, const small_problem& p, std::size_t first, std::size_t count)
    {
        counter.update(p.view().slice(first, count), p.targets().slice(first, count), first);
    }
};

#define STATES                                                                                                       \
    scores_maker, excluding_maker, shallow_maker, scores_with_other_options_maker, original_only_maker, lists_maker, \
        ids_maker, results_maker, logits_maker, excluding_logits_maker, results_of_weights_maker, user_metric_maker, \
        user_metrics_of_logits_maker, labels_maker, real_only_maker, by_id_maker

template <class Maker>
small_problem problem_for(random_source& random, std::size_t images)
{
    return small_problem({.images = images, .classes = 2 + random.below(6), .nan_rows = Maker::nan_rows}, random);
}

/// Of images first .. first + count - 1.
template <class Maker, class Policy = ra::serial_policy>
typename Maker::state counted(const small_problem& p, std::size_t first, std::size_t count, Policy policy = {})
{
    auto counter = Maker::counter(policy, p.classes);
    Maker::count(counter, p, first, count);
    return counter.result();
}
template <class Maker>
typename Maker::state one_pass(const small_problem& p)
{
    return counted<Maker>(p, 0, p.images());
}
/// Without any batch: options are all that is known.
template <class Maker>
typename Maker::state no_batch(std::size_t classes)
{
    return Maker::counter(ra::seq, classes).result();
}
/// Of a batch without images: its shape and inputs are known too.
template <class Maker>
typename Maker::state no_images(const small_problem& p)
{
    return counted<Maker>(p, 0, 0);
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
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
        parts.push_back(counted<Maker>(p, cuts[i], cuts[i + 1] - cuts[i]));
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

TEST_CASE_TEMPLATE("merging: a default state is the identity on both sides", Maker, STATES)
{
    random_source random(71);
    using state = typename Maker::state;
    const small_problem p = problem_for<Maker>(random, 30);
    for (const state& s : {one_pass<Maker>(p), no_batch<Maker>(p.classes), no_images<Maker>(p), state()}) {
        CHECK(sum(s, state()) == s);
        CHECK(sum(state(), s) == s);
        CHECK(sum(s, state()).to_bytes() == s.to_bytes());
        CHECK(sum(state(), s).to_bytes() == s.to_bytes());
    }
}

TEST_CASE_TEMPLATE("merging: a configured state without images adds nothing", Maker, STATES)
{
    random_source random(72);
    const small_problem p = problem_for<Maker>(random, 30);
    const auto s = one_pass<Maker>(p);
    for (const auto& nothing : {no_batch<Maker>(p.classes), no_images<Maker>(p), counted<Maker>(p, 17, 0)}) {
        CHECK(sum(s, nothing) == s);
        CHECK(sum(nothing, s) == s);
        CHECK(sum(nothing, s).to_bytes() == s.to_bytes());
    }
}

TEST_CASE_TEMPLATE("merging is commutative and associative", Maker, STATES)
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

TEST_CASE_TEMPLATE("merging: the merge of parts in any order is one pass", Maker, STATES)
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

TEST_CASE_TEMPLATE("merging: batches of any size are one pass", Maker, STATES)
{
    random_source random(75);
    const small_problem p = problem_for<Maker>(random, 31);
    const auto expected = one_pass<Maker>(p);
    for (std::size_t batch = 1; batch <= p.images(); ++batch) {
        auto counter = Maker::counter(ra::seq, p.classes);
        for (std::size_t first = 0; first < p.images(); first += batch)
            Maker::count(counter, p, first, std::min(batch, p.images() - first));
        REQUIRE(counter.result() == expected);
    }
}

TEST_CASE_TEMPLATE("merging: the same on any number of threads", Maker, STATES)
{
    // Enough images that counting them is several blocks of work.
    random_source random(76);
    const small_problem p({.images = 25000, .classes = 4, .nan_rows = Maker::nan_rows}, random);
    const auto expected = one_pass<Maker>(p);
    for (const unsigned threads : {1U, 2U, 3U, 7U}) {
        const ra::parallel_policy policy = ra::par.on(threads).serial_below(0);
        REQUIRE(counted<Maker>(p, 0, p.images(), policy) == expected);
        const auto first = counted<Maker>(p, 0, 11000, policy);
        REQUIRE(sum(counted<Maker>(p, 11000, p.images() - 11000, policy), first) == expected);
    }
}

TEST_CASE_TEMPLATE("merging: a state is not merged with itself", Maker, STATES)
{
    random_source random(77);
    const small_problem p = problem_for<Maker>(random, 10);
    for (auto s : {one_pass<Maker>(p), no_batch<Maker>(p.classes), typename Maker::state()}) {
        const auto before = s;
        CHECK_ERROR(std::invalid_argument, s.merge(s), "cannot be merged with itself");
        CHECK(s == before);
    }
}

TEST_CASE_TEMPLATE("merging: another number of classes is refused, with images or without", Maker, STATES)
{
    random_source random(78);
    const small_problem three({.images = 9, .classes = 3, .nan_rows = Maker::nan_rows}, random);
    const small_problem four({.images = 9, .classes = 4, .nan_rows = Maker::nan_rows}, random);
    const auto three_counted = one_pass<Maker>(three), four_counted = one_pass<Maker>(four);
    check_refused(three_counted, four_counted, {"classes", "3", "4"});
    check_refused(three_counted, no_images<Maker>(four), {"classes", "3", "4"});
    check_refused(no_images<Maker>(three), four_counted, {"classes", "3", "4"});
    check_refused(no_images<Maker>(three), no_images<Maker>(four), {"classes", "3", "4"});
}

TEST_CASE_TEMPLATE("merging: bytes give the state back", Maker, STATES)
{
    random_source random(79);
    using state = typename Maker::state;
    for (int repetition = 0; repetition < 20; ++repetition) {
        const small_problem p = problem_for<Maker>(random, random.below(60));
        for (const state& s : {one_pass<Maker>(p), no_batch<Maker>(p.classes), no_images<Maker>(p), state()}) {
            const state read = state::from_bytes(s.to_bytes());
            REQUIRE(read == s);
            REQUIRE(read.to_bytes() == s.to_bytes());
        }
        // And it can be merged on with.
        const std::size_t half = p.images() / 2;
        state resumed = state::from_bytes(counted<Maker>(p, 0, half).to_bytes());
        resumed.merge(counted<Maker>(p, half, p.images() - half));
        REQUIRE(resumed == one_pass<Maker>(p));
    }
}

TEST_CASE("merging: a label_summary that was read back counts on")
{
    random_source random(87);
    const small_problem p = problem_for<labels_maker>(random, 40);
    ra::label_summary resumed = ra::label_summary::from_bytes(counted<labels_maker>(p, 0, 15).to_bytes());
    resumed.update(p.targets().slice(15, 25));
    CHECK(resumed == one_pass<labels_maker>(p));
}

TEST_CASE_TEMPLATE("merging: bytes that are cut off or of another kind are refused", Maker, STATES)
{
    random_source random(80);
    using state = typename Maker::state;
    const small_problem p = problem_for<Maker>(random, 25);
    const std::vector<std::byte> bytes = one_pass<Maker>(p).to_bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_THROWS_AS(static_cast<void>(state::from_bytes(std::span(bytes).first(size))), std::invalid_argument);
    std::vector<std::byte> longer = bytes;
    longer.push_back(std::byte{0});
    CHECK_ERROR(std::invalid_argument, state::from_bytes(longer), "1 unexpected bytes at the end");
    std::vector<std::byte> other = bytes;
    other[0] = std::byte{'R'};
    CHECK_ERROR(std::invalid_argument, state::from_bytes(other), "are not a saved state of reassess");
    other = bytes;
    for (const int format : {0, 3}) {
        other[8] = static_cast<std::byte>(format);
        CHECK_ERROR(std::invalid_argument, state::from_bytes(other),
                    "format " + std::to_string(format) + ", this version reads formats 1 to 2");
    }
    other = bytes;
    other[12] = static_cast<std::byte>(Maker::kind == 2 ? 1 : 2);
    CHECK_ERROR(std::invalid_argument, state::from_bytes(other),
                Maker::kind == 1   ? "these bytes are a label_summary, expected an evaluation"
                : Maker::kind == 2 ? "these bytes are an evaluation, expected a label_summary"
                                   : "these bytes are a label_summary, expected results_by_id");
    for (const int kind : {0, 3, 6}) {
        other[12] = static_cast<std::byte>(kind);
        CHECK_ERROR(std::invalid_argument, state::from_bytes(other), "kind " + std::to_string(kind) + " is unknown");
    }
}

TEST_CASE_TEMPLATE("merging: changed bytes are refused or are a state, which can be saved again", Maker, STATES)
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
    // Sanitizers take minutes for every byte of large states. An odd step meets every byte of a word.
    const std::size_t step = test_support::under_sanitizer ? (bytes.size() / 1024) | 1 : 1;
    for (std::size_t place = 0; place < bytes.size(); place += step) {
        for (const std::byte flip : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
            std::vector<std::byte> changed = bytes;
            changed[place] ^= flip;
            check(changed);
        }
    }
    const int repetitions = test_support::under_sanitizer ? 500 : 2000;
    for (int repetition = 0; repetition < repetitions; ++repetition) {
        std::vector<std::byte> changed = bytes;
        for (std::size_t n = 1 + random.below(4); n > 0; --n)
            changed[random.below(changed.size())] = static_cast<std::byte>(random.below<unsigned char>(256));
        if (random.chance(30)) changed.resize(random.below(changed.size()));
        check(changed);
    }
    CHECK(refused > 100);
    CHECK(read > 100);
}

TEST_CASE("merging: evaluations of other depths, NaN rules and kinds of labels are refused")
{
    random_source random(82);
    const small_problem p({.images = 20, .classes = 5}, random);
    const ra::evaluation<> all = one_pass<scores_maker>(p);
    for (const ra::evaluation<>& scores : {all, no_images<scores_maker>(p)}) {
        check_refused(scores, one_pass<shallow_maker>(p), {"depth", "5", "2"});
        check_refused(scores, no_batch<shallow_maker>(5), {"depth", "5", "2"});
        check_refused(scores, one_pass<excluding_maker>(p), {"NaN rule", "error", "exclude"});
        check_refused(scores, no_batch<excluding_maker>(5), {"NaN rule", "error", "exclude"});
        check_refused(scores, one_pass<original_only_maker>(p), {"with label sets", "without label sets"});
        ra::evaluator real_only(ra::seq), neither(ra::seq), lists(ra::seq), none(ra::seq);
        real_only.update(p.view(), {.real = p.real.view()});
        neither.update(p.view(), {});
        none.update(p.view().slice(0, 0), {});
        const std::vector<std::int16_t> predictions = p.lists(5);
        lists.update(ra::top_k_view<std::int16_t>(predictions, 5, 5), p.targets());
        check_refused(scores, real_only.result(), {"with original labels", "without original labels"});
        check_refused(scores, neither.result(), {"with original labels", "without original labels"});
        check_refused(scores, none.result(), {"with original labels", "without original labels"});
        check_refused(scores, lists.result(), {"with ties", "without ties"});
    }
    check_refused(all, one_pass<ids_maker>(p), {"is with", "is without", "image ids"});
    const auto of_depth = [](std::size_t depth) { return ra::evaluator(ra::seq, {.depth = depth}).result(); };
    check_refused(of_depth(2), of_depth(3), {"depth", "2", "3"});
    check_refused(all, of_depth(10), {"depth", "5", "10"});
    check_refused(no_batch<excluding_maker>(5), of_depth(10), {"NaN rule", "error", "exclude"});
}

TEST_CASE("merging: an evaluation of logits is refused by one of scores without an interpretation, or of probabilities")
{
    random_source random(84);
    const small_problem p({.images = 20, .classes = 5}, random);
    std::vector<float> shares = p.scores;
    for (float& share : shares) share /= 10.0F;
    const auto of = [&](const auto& scores, const ra::evaluation_options& options = {}) {
        ra::evaluator counter(ra::seq, options);
        counter.update(scores, p.targets());
        return counter.result();
    };
    const ra::scores_view<float> view(shares, 5);
    const ra::evaluation<> logits = of(ra::logits(view)), probabilities = of(ra::probabilities(view));
    check_refused(logits, of(view), {"is of logits", "is of scores without an interpretation"});
    check_refused(probabilities, of(view), {"is of probabilities", "is of scores without an interpretation"});
    check_refused(logits, probabilities, {"is of logits", "is of probabilities"});
    check_refused(probabilities, of(ra::probabilities(view, {.clip = 0.25})),
                  {"is of probabilities", "is of clipped probabilities"});
    check_refused(of(ra::probabilities(view, {.clip = 0.125})), of(ra::probabilities(view, {.clip = 0.25})),
                  {"is of clipped probabilities", "clip differs"});
    check_refused(probabilities, of(ra::probabilities(p.view(), {.normalise = ra::normalise::yes})),
                  {"is of probabilities", "is of normalised probabilities"});
    check_refused(logits, of(ra::logits(view), {.sigmoid = ra::sigmoid_losses::yes}),
                  {"is of logits", "is of logits with sigmoid losses"});
    check_refused(logits, of(ra::logits(view), {.brier = ra::brier_scores::no}),
                  {"is of logits", "is of logits without Brier scores"});
    check_refused(logits, of(ra::logits(view), {.calibration_bins = 7}), {"calibration bins", "15", "7"});
    // Options are enough to refuse.
    const auto without_batch = [](const ra::evaluation_options& options) {
        return ra::evaluator(ra::seq, options).result();
    };
    check_refused(logits, without_batch({.calibration_bins = 7}), {"calibration bins", "15", "7"});
    check_refused(logits, without_batch({.sigmoid = ra::sigmoid_losses::yes}),
                  {"differ in sigmoid losses or Brier scores"});
    check_refused(logits, without_batch({.brier = ra::brier_scores::no}), {"differ in sigmoid losses or Brier scores"});
}

TEST_CASE("merging: a metric of the user's own with other parameters is refused")
{
    random_source random(85);
    const small_problem p({.images = 20, .classes = 5}, random);
    const auto of = [&](found_below m) {
        ra::evaluator counter(ra::seq, {}, m);
        counter.update(p.view(), p.targets());
        return counter.result();
    };
    const ra::evaluation<found_below> two = of({2}), three = of({3});
    check_refused(two, three, {"metric test.found_below has other parameters in the merged evaluation"});
    CHECK(two.get<found_below>() == p.share([&](std::size_t) { return true; },
                                            [&](std::size_t i) {
                                                const auto holds = [&](std::size_t k) {
                                                    return p.prediction(i, k) == p.original[i] ||
                                                           p.acceptable(i, p.prediction(i, k));
                                                };
                                                return holds(1) || holds(2);
                                            }));
    // Bytes say which parameters they were counted with.
    CHECK(ra::evaluation<found_below>::from_bytes(three.to_bytes(), found_below{3}) == three);
    CHECK_ERROR(std::invalid_argument, ra::evaluation<found_below>::from_bytes(three.to_bytes()),
                "metric test.found_below was saved with other parameters");
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(three.to_bytes()),
                "it has the metric test.found_below, which is not a template argument of this evaluation");
    CHECK_ERROR(std::invalid_argument, ra::evaluation<found_below>::from_bytes(one_pass<scores_maker>(p).to_bytes()),
                "it does not have the metric test.found_below, a template argument of this evaluation");
}

namespace {

/// Its result says its parameter.
struct parameter : found_below {
    static constexpr std::string_view name = "test.parameter";
    [[nodiscard]] std::uint32_t result(std::span<const std::uint64_t>, ra::metric_shape) const noexcept { return end; }
};

}  // namespace

TEST_CASE("merging: counters are read with the parameters that they were counted with")
{
    random_source random(86);
    const small_problem p({.images = 20, .classes = 5}, random);
    for (const ra::evaluation_options& options : {ra::evaluation_options{}, ra::evaluation_options{.depth = 3}}) {
        ra::evaluator counter(ra::seq, options, parameter{{7}});
        const ra::evaluation<parameter> empty = ra::evaluator(ra::seq, options, parameter{{4}}).result();
        counter.update(p.view(), p.targets());
        CHECK(empty.get<parameter>() == 4);
        CHECK(sum(empty, counter.result()).get<parameter>() == 7);
        CHECK(sum(counter.result(), empty).get<parameter>() == 7);
        CHECK(sum(ra::evaluation<parameter>(), counter.result()).get<parameter>() == 7);
    }
}

TEST_CASE("merging: what only one of two knows is merged")
{
    random_source random(88);
    const small_problem p({.images = 20, .classes = 5}, random);
    const ra::evaluation<> depth = no_batch<shallow_maker>(5), classes = no_images<shallow_maker>(p);
    CHECK(sum(depth, ra::evaluation<>()) == depth);
    CHECK(sum(classes, depth) == classes);
    CHECK(sum(depth, classes) == classes);
    CHECK(classes.classes() == 5);
    CHECK(classes.depth() == 2);
}

TEST_CASE("merging: other kinds of labels of a label_summary are refused")
{
    random_source random(83);
    const small_problem p({.images = 20, .classes = 5}, random);
    ra::label_summary both_empty({.classes = 5}), original_only = both_empty, original_empty = both_empty;
    both_empty.update(p.targets().slice(0, 0));
    original_only.update({.original = p.original});
    original_empty.update({.original = std::span<const ra::class_index>{}});
    for (const ra::label_summary& both : {one_pass<labels_maker>(p), both_empty}) {
        check_refused(both, one_pass<real_only_maker>(p), {"original labels and label sets", "label sets only"});
        check_refused(both, original_only, {"original labels and label sets", "original labels only"});
        check_refused(both, original_empty, {"original labels and label sets", "original labels only"});
    }
}
