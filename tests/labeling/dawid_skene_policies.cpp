// Tests of dawid_skene: same bits for every policy and number of threads; the two-class code equals the general code.
#include <reassess/labeling/dawid_skene.hpp>

#include "dawid_skene_problem.hpp"
#include "support/policies.hpp"
#include "support/relative_error.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using test_support::simulated_votes;

namespace {

bool same_bits(const std::vector<double>& a, const std::vector<double>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("Dawid-Skene: results have the same bits for every policy")
{
    for (const std::size_t classes : {2U, 3U}) {
        // Several hundred blocks of 256 items, so that threads share them.
        const ra::annotations votes = simulated_votes(40'000, 20, classes, 3).votes();
        const ra::answer_meaning meaning = classes == 2 ? ra::no_maybe_yes() : ra::answers_are_classes(3);
        const ra::dawid_skene_options options{.max_iterations = 20};
        const auto wanted = ra::dawid_skene(votes, meaning, options);
        CHECK(wanted.iterations == 20);
        test_support::for_each_policy([&](auto policy) {
            const auto result = ra::dawid_skene(policy, votes, meaning, options);
            CHECK(same_bits(result.posteriors, wanted.posteriors));
            CHECK(same_bits(result.error_rates, wanted.error_rates));
            CHECK(same_bits(result.prior, wanted.prior));
            CHECK(same_bits(result.log_likelihood, wanted.log_likelihood));
        });
    }
}

TEST_CASE("Dawid-Skene: two classes give the same result as three of which one never occurs")
{
    const ra::annotations votes = simulated_votes(2000, 9, 2, 3).votes();
    std::vector<ra::class_index> gold(2000, ra::missing_label);
    for (std::size_t item = 0; item < 2000; item += 97) gold[item] = static_cast<ra::class_index>(item % 2);
    for (const bool with_gold : {false, true}) {
        ra::dawid_skene_options options{.max_iterations = 50};
        if (with_gold) options.gold = gold;
        const auto two = ra::dawid_skene(votes, ra::no_maybe_yes(), options);
        const auto three = ra::dawid_skene(votes, ra::answer_meaning({1, 0, 0, 0.5, 0.5, 0, 0, 1, 0}, 3), options);
        CHECK(two.iterations == three.iterations);
        for (std::size_t i = 0; i < two.iterations; ++i)
            CHECK(relative_error(two.log_likelihood[i], three.log_likelihood[i]) < 1e-13);
        for (std::size_t item = 0; item < 2000; ++item) {
            CHECK(std::abs(two.posterior(item, 0) - three.posterior(item, 0)) < 1e-12);
            CHECK(std::abs(two.posterior(item, 1) - three.posterior(item, 1)) < 1e-12);
        }
    }
}
