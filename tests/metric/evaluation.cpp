// Every number of an evaluation against its definition, on random problems full of odd cases.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

namespace {

void check_original(const ra::evaluation<>& e, const small_problem& p)
{
    for (std::size_t k = 1; k <= e.depth(); ++k) REQUIRE(e.top_k(k) == p.top_k(k));
    const std::vector<std::uint64_t> histogram = e.rank_histogram();
    REQUIRE(histogram.size() == e.depth());
    for (std::size_t r = 0; r < e.depth(); ++r)
        REQUIRE(histogram[r] == p.top_k(r + 1).hits - (r == 0 ? 0 : p.top_k(r).hits));
    REQUIRE(e.missing_labels() == p.count([&](std::size_t i) { return p.valid(i) && p.original[i] == -1; }));
    for (std::size_t c = 0; c < p.classes; ++c) {
        const auto label = static_cast<ra::class_index>(c);
        REQUIRE(e.class_accuracy(label) ==
                p.share([&](std::size_t i) { return p.labelled(i) && p.original[i] == label; },
                        [&](std::size_t i) { return p.right(i); }));
    }
}

void check_real(const ra::evaluation<>& e, const small_problem& p)
{
    for (std::size_t k = 1; k <= e.depth(); ++k) {
        REQUIRE(e.real(k) == p.any_of_top_k(k));
        REQUIRE(e.real_kth(k) == p.kth(k, 1));
        REQUIRE(e.real_kth_where_enough_labels(k) == p.kth(k, k));
        REQUIRE(e.all_of_top_k(k) == p.all_of_top_k(k));
    }
    REQUIRE(e.with_real_labels() == p.count([&](std::size_t i) { return p.has_real_labels(i); }));
    REQUIRE(e.without_real_labels() == p.count([&](std::size_t i) { return p.valid(i) && p.sets[i].empty(); }));
}

void check_both(const ra::evaluation<>& e, const small_problem& p)
{
    const auto differing = [&](bool model, bool label) {
        return p.count([&](std::size_t i) {
            return p.labelled(i) && !p.right(i) && p.acceptable(i, p.prediction(i)) == model &&
                   p.acceptable(i, p.original[i]) == label;
        });
    };
    const ra::preference_counts preference = e.preference();
    REQUIRE(preference.model_preferred == differing(true, false));
    REQUIRE(preference.label_preferred == differing(false, true));
    REQUIRE(preference.both_correct == differing(true, true));
    REQUIRE(preference.both_wrong == differing(false, false));
    REQUIRE(preference.both_wrong_without_labels ==
            p.count([&](std::size_t i) { return p.labelled(i) && !p.right(i) && p.sets[i].empty(); }));
    for (std::size_t c = 0; c < p.classes; ++c) {
        const auto label = static_cast<ra::class_index>(c);
        REQUIRE(e.confirmed_class_accuracy(label) ==
                p.share([&](std::size_t i) { return p.confirmed(i) && p.original[i] == label; },
                        [&](std::size_t i) { return p.right(i); }));
    }
}

void check_counts_of_images(const ra::evaluation<>& e, const small_problem& p)
{
    REQUIRE(e.images() == p.images());
    REQUIRE(e.nan_images() == p.count([&](std::size_t i) { return !p.valid(i); }));
    REQUIRE(e.repeated_images() == 0);
}

}  // namespace

TEST_CASE("evaluation: every metric of scores is what its definition says")
{
    test_support::random_source random(21);
    for (int repetition = 0; repetition < 150; ++repetition) {
        const bool with_nan = random.chance(50);
        const small_problem p(
            {.images = random.below(40), .classes = 1 + random.below(9), .nan_rows = with_nan ? 10U : 0U}, random);
        const ra::evaluation e =
            ra::evaluate(ra::seq, p.view(), p.targets(), {.nan = with_nan ? ra::on_nan::exclude : ra::on_nan::error});
        REQUIRE(e.classes() == p.classes);
        REQUIRE(e.depth() == p.classes);
        check_counts_of_images(e, p);
        check_original(e, p);
        check_real(e, p);
        check_both(e, p);
        REQUIRE(e.ties().value() == p.count([&](std::size_t i) { return p.tied[i] != 0; }));
    }
}

TEST_CASE("evaluation: a depth below the number of classes")
{
    test_support::random_source random(22);
    for (std::size_t classes = 2; classes <= 9; ++classes) {
        for (std::size_t depth = 1; depth < classes; ++depth) {
            const small_problem p({.images = 40, .classes = classes}, random);
            const ra::evaluation e = ra::evaluate(ra::seq, p.view(), p.targets(), {.depth = depth});
            REQUIRE(e.depth() == depth);
            check_original(e, p);
            check_real(e, p);
            check_both(e, p);
            CHECK_ERROR(
                std::out_of_range, e.top_k(depth + 1),
                "k is " + std::to_string(depth + 1) + ", but only ranks below " + std::to_string(depth) + " are known");
        }
    }
}

TEST_CASE("evaluation: stored lists give every metric up to their depth, and no ties")
{
    test_support::random_source random(23);
    for (std::size_t classes = 1; classes <= 9; ++classes) {
        for (std::size_t depth = 1; depth <= classes; ++depth) {
            const small_problem p({.images = 40, .classes = classes}, random);
            const std::vector<std::int16_t> lists = p.lists(depth);
            const ra::evaluation e =
                ra::evaluate(ra::seq, ra::top_k_view<std::int16_t>(lists, depth, classes), p.targets());
            REQUIRE(e.depth() == depth);
            check_counts_of_images(e, p);
            check_original(e, p);
            check_real(e, p);
            check_both(e, p);
            REQUIRE(!e.ties().has_value());
        }
    }
}

TEST_CASE("evaluation: sets of more than 64 labels, all of them leading")
{
    constexpr std::size_t classes = 200;
    std::vector<float> scores(classes);
    for (std::size_t c = 0; c < classes; ++c) scores[c] = -static_cast<float>(c);
    for (const std::size_t size : {63UL, 64UL, 65UL, 66UL, 130UL, 199UL, 200UL}) {
        // The first `size` predictions, but for one of every other image.
        std::vector<int> all, all_but_one;
        for (std::size_t c = 0; c < size; ++c) {
            all.push_back(static_cast<int>(c));
            if (c != size - 2) all_but_one.push_back(static_cast<int>(c));
        }
        ra::label_sets sets(std::vector<std::vector<int>>{all, all_but_one});
        std::vector<float> two_rows = scores;
        two_rows.insert(two_rows.end(), scores.begin(), scores.end());
        const ra::evaluation e =
            ra::evaluate(ra::seq, ra::scores_view<float>(two_rows, classes), {.real = sets.view()});
        for (std::size_t k = 1; k <= classes; ++k) {
            const std::uint64_t enough = std::uint64_t{k <= size} + std::uint64_t{k <= size - 1};
            const std::uint64_t hits = std::uint64_t{k <= size} + std::uint64_t{k <= size - 2};
            REQUIRE(e.all_of_top_k(k) == ra::proportion{hits, enough});
        }
    }
}

TEST_CASE("evaluation: only the labels that were given can be asked about")
{
    test_support::random_source random(24);
    const small_problem p({.images = 30, .classes = 5}, random);
    const ra::evaluation original_only = ra::evaluate(ra::seq, p.view(), {.original = p.original});
    const ra::evaluation real_only = ra::evaluate(ra::seq, p.view(), {.real = p.real.view()});
    const ra::evaluation neither = ra::evaluate(ra::seq, p.view(), {});
    check_original(original_only, p);
    check_real(real_only, p);
    CHECK(original_only.has_original());
    CHECK(!original_only.has_real());
    CHECK(!real_only.has_original());
    CHECK(real_only.has_real());
    CHECK(neither.images() == 30);
    CHECK(original_only.with_real_labels() == 0);
    CHECK(original_only.without_real_labels() == 0);
    CHECK(real_only.missing_labels() == 0);
    for (const ra::evaluation<>* e : {&real_only, &neither}) {
        CHECK_ERROR(std::invalid_argument, e->top_k(1), "the evaluation has no original labels");
        CHECK_ERROR(std::invalid_argument, e->rank_histogram(), "the evaluation has no original labels");
        CHECK_ERROR(std::invalid_argument, e->preference(), "the evaluation has no original labels");
        CHECK_ERROR(std::invalid_argument, e->confirmed_class_accuracy(0), "the evaluation has no original labels");
        CHECK_ERROR(std::invalid_argument, e->class_accuracy(0), "the evaluation has no original labels");
        CHECK_ERROR(std::invalid_argument, e->confusion(), "the evaluation has no original labels");
    }
    for (const ra::evaluation<>* e : {&original_only, &neither}) {
        CHECK_ERROR(std::invalid_argument, e->real(1), "the evaluation has no label sets");
        CHECK_ERROR(std::invalid_argument, e->real_kth(1), "the evaluation has no label sets");
        CHECK_ERROR(std::invalid_argument, e->real_kth_where_enough_labels(1), "the evaluation has no label sets");
        CHECK_ERROR(std::invalid_argument, e->all_of_top_k(1), "the evaluation has no label sets");
    }
    CHECK_ERROR(std::invalid_argument, original_only.preference(), "the evaluation has no label sets");
    CHECK_ERROR(std::invalid_argument, original_only.confirmed_class_accuracy(0), "the evaluation has no label sets");
}

TEST_CASE("evaluation: k must be 1 to the depth, a class a class; k = classes hits all")
{
    const std::vector<float> scores{1, 2, 3, 2, 5, 1};
    const std::vector<ra::class_index> original{0, 1, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {1}, {0, 1}});
    const ra::evaluation e =
        ra::evaluate(ra::seq, ra::scores_view<float>(scores, 2), {.original = original, .real = sets.view()});
    CHECK(e.top_k(2) == ra::proportion{3, 3});
    CHECK(e.real(2) == ra::proportion{3, 3});
    CHECK_ERROR(std::out_of_range, e.top_k(0), "k is 0");
    CHECK_ERROR(std::out_of_range, e.top_k(3), "k is 3, expected at most the number of classes, 2");
    CHECK_ERROR(std::out_of_range, e.real(0), "k is 0");
    CHECK_ERROR(std::out_of_range, e.real(3), "k is 3");
    CHECK_ERROR(std::out_of_range, e.real_kth(3), "k is 3, expected at most the number of classes, 2");
    CHECK_ERROR(std::out_of_range, e.real_kth(0), "k is 0");
    CHECK_ERROR(std::out_of_range, e.real_kth_where_enough_labels(3), "k is 3");
    CHECK_ERROR(std::out_of_range, e.all_of_top_k(3), "k is 3");
    CHECK_ERROR(std::out_of_range, e.confirmed_class_accuracy(2), "class 2 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range, e.confirmed_class_accuracy(-1), "class -1 is outside [0, 2)");
    CHECK_ERROR(std::out_of_range, e.class_accuracy(2), "class 2 is outside [0, 2)");
}

TEST_CASE("evaluation: nothing counted is 0 of 0, not 0")
{
    const std::vector<ra::class_index> none;
    const ra::label_sets no_sets, empty_sets(std::vector<std::vector<int>>{{}, {}});
    const ra::evaluation e =
        ra::evaluate(ra::seq, ra::scores_view<float>(nullptr, 0, 1000), {.original = none, .real = no_sets.view()});
    CHECK(e.classes() == 1000);
    CHECK(e.images() == 0);
    CHECK(e.top_k(1) == ra::proportion{});
    CHECK(!e.real(5).try_value().has_value());
    CHECK_ERROR(std::domain_error, e.top_k(1).value(), "0 of 0");
    CHECK(!e.confirmed_class_accuracy(999).try_value().has_value());
    CHECK(!e.preference().ratio().try_value().has_value());

    const std::vector<float> scores{1, 2, 2, 1};
    const std::vector<ra::class_index> missing{-1, -1};
    const ra::evaluation unlabelled =
        ra::evaluate(ra::seq, ra::scores_view<float>(scores, 2), {.original = missing, .real = empty_sets.view()});
    CHECK(unlabelled.real(1) == ra::proportion{});
    CHECK(unlabelled.top_k(1) == ra::proportion{});
    CHECK(unlabelled.without_real_labels() == 2);
    CHECK(unlabelled.missing_labels() == 2);
    CHECK(unlabelled.images() == 2);
}

TEST_CASE("evaluation: the lower class of a tie is the prediction, and ties are counted")
{
    const std::vector<float> scores{.5F, .5F, 0, .5F, .5F, 0, 1, 2, 3};
    const std::vector<ra::class_index> original{0, 1, 2};
    const ra::evaluation e = ra::evaluate(ra::seq, ra::scores_view<float>(scores, 3), {.original = original});
    CHECK(e.top_k(1) == ra::proportion{2, 3});
    CHECK(e.top_k(2) == ra::proportion{3, 3});
    CHECK(e.ties().value() == 2);
}

TEST_CASE("evaluation: ties of original labels that were never given are not known")
{
    const std::vector<float> scores{1, 1};
    CHECK(!ra::evaluation().ties().has_value());
    CHECK(!ra::evaluate(ra::seq, ra::scores_view<float>(scores, 2), {}).ties().has_value());
}

TEST_CASE("evaluation: options that cannot be are refused")
{
    const std::vector<float> scores(5);
    const ra::scores_view<float> view(scores, 5);
    CHECK_ERROR(std::invalid_argument, ra::evaluate(ra::seq, view, {}, {.depth = 6}),
                "this evaluation has depth 6, but only ranks below 5 of the batch are known");
    CHECK_ERROR(std::invalid_argument,
                ra::evaluate(ra::seq, ra::scores_view<float>(nullptr, 0, std::size_t{1} << 31), {}),
                "2147483648 classes");
    CHECK_ERROR(std::invalid_argument,
                ra::evaluate(ra::seq, ra::top_k_view<int>(nullptr, 0, 1, std::size_t{1} << 31), {}),
                "2147483648 classes");
    for (const std::size_t bins : {std::size_t{0}, std::size_t{65537}}) {
        CHECK_ERROR(std::invalid_argument, ra::evaluator(ra::seq, {.calibration_bins = bins}),
                    "calibration: " + std::to_string(bins) + " bins, expected 1 to 65536");
    }
    CHECK(ra::evaluate(ra::seq, view, {}, {.depth = 5}).depth() == 5);
    CHECK(ra::evaluator(ra::seq, {.depth = 5}).result().depth() == 5);
}
