// Tests of dawid_skene on published data: anaesthetists (Dawid and Skene, Applied Statistics 28, 1979, Table 1) and
// caries ratings (Espeland and Handelman, Biometrics 45, 1989), against published estimates and a 50-digit
// implementation.
#include <reassess/io/rater_votes.hpp>
#include <reassess/labeling/dawid_skene.hpp>

#include "support/expected_figures.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::read_json;
using test_support::relative_error;

namespace {

const std::filesystem::path reference = REASSESS_TEST_REFERENCE_DIR;

/// Patients and observers are numbered as in the table, from 0.
ra::annotations anaesthetists()
{
    return ra::io::read_csv_votes(
               reference / "anaesthesia_1979.csv",
               {.task = "patient", .worker = "observer", .label = "rating", .answer_names = {"1", "2", "3", "4"}})
        .votes;
}

/// Every answer pattern of the five dentists, repeated by its frequency.
ra::annotations caries()
{
    const ra::io::table patterns = ra::io::read_csv(reference / "caries_1989.csv");
    const std::vector<double> times = patterns.numbers("n");
    std::vector<std::vector<double>> answers;
    for (std::size_t rater = 1; rater <= 5; ++rater)
        answers.push_back(patterns.numbers("rater_" + std::to_string(rater)));
    const auto items = static_cast<std::size_t>(std::accumulate(times.begin(), times.end(), 0.0));
    ra::annotations votes({.raters = 5, .items = items}, {"sound", "caries"});
    std::size_t item = 0;
    for (std::size_t pattern = 0; pattern < patterns.rows(); ++pattern) {
        for (double i = 0; i < times[pattern]; ++i, ++item) {
            for (std::size_t rater = 0; rater < 5; ++rater)
                votes.add(rater, item, static_cast<int>(answers[rater][pattern]) - 1);
        }
    }
    return votes;
}

double number(const nlohmann::json& digits)
{
    return std::stod(digits.get<std::string>());
}

void check_never_falls(const std::vector<double>& log_likelihood)
{
    for (std::size_t i = 1; i < log_likelihood.size(); ++i) {
        CAPTURE(i);
        CHECK(log_likelihood[i] >= log_likelihood[i - 1] - 1e-12 * std::abs(log_likelihood[i - 1]));
    }
}

}  // namespace

TEST_CASE("Dawid-Skene 1979: the log-likelihood equals the reference, also after the first iterations")
{
    const auto result = ra::dawid_skene(anaesthetists(), ra::answers_are_classes(4), {.tolerance = 1e-13});
    CHECK(result.converged);
    CHECK(result.identified);
    CHECK(relative_error(result.final_log_likelihood().value(), -192.89088121420527603) < 1e-12);
    const std::vector<double> first{-205.09113829380423211, -194.55095235654297314, -193.1594454917082792,
                                    -192.94242396399811011, -192.90931015964787159};
    REQUIRE(result.log_likelihood.size() > first.size());
    for (std::size_t i = 0; i < first.size(); ++i) CHECK(relative_error(result.log_likelihood[i], first[i]) < 1e-13);
    check_never_falls(result.log_likelihood);
    CHECK(relative_error(result.prior[0], 0.39955475288215805859) < 1e-11);
    CHECK(relative_error(result.prior[1], 0.42198339191383379799) < 1e-11);
    CHECK(relative_error(result.prior[2], 0.11179518853734147676) < 1e-11);
    CHECK(relative_error(result.prior[3], 0.066666666666666666667) < 1e-11);
}

TEST_CASE("Dawid-Skene 1979: every published estimate is reproduced")
{
    const auto result = ra::dawid_skene(anaesthetists(), ra::answers_are_classes(4));
    const auto rounds_to = [](double value, double published) { return std::abs(value - published) < 0.0051; };
    const std::vector<double> prior{0.40, 0.42, 0.11, 0.07};
    // Table 2: observers x true classes x answers.
    const std::vector<double> rates{
        .89, .11, 0, 0, .07, .88, .05, 0, 0, .34, .66, 0,  0, 0, .56, .44,  // observer 1
        .83, .17, 0, 0, .05, .63, .31, 0, 0, 0,   1,   0,  0, 0, 0,   1,    // observer 2
        1,   0,   0, 0, .11, .79, .11, 0, 0, .40, .20, .4, 0, 0, .67, .33,  // observer 3
        .94, .06, 0, 0, .05, .84, .10, 0, 0, 0,   .80, .2, 0, 0, .33, .67,  // observer 4
        1,   0,   0, 0, .16, .73, .11, 0, 0, .21, .79, 0,  0, 0, .33, .67,  // observer 5
    };
    REQUIRE(result.error_rates.size() == rates.size());
    for (std::size_t c = 0; c < 4; ++c) CHECK(rounds_to(result.prior[c], prior[c]));
    for (std::size_t i = 0; i < rates.size(); ++i) {
        CAPTURE(i);
        CHECK(rounds_to(result.error_rates[i], rates[i]));
    }
    // Table 4: all except three patients are certain.
    const auto posterior = [&](std::size_t patient, std::vector<double> published) {
        for (std::size_t c = 0; c < 4; ++c) CHECK(rounds_to(result.posterior(patient - 1, c), published[c]));
    };
    posterior(7, {.98, .02, 0, 0});
    posterior(35, {0, .95, .05, 0});
    posterior(38, {0, .02, .98, 0});
    for (std::size_t patient = 1; patient <= 45; ++patient) {
        if (patient == 7 || patient == 35 || patient == 38) continue;
        double greatest = 0;
        for (std::size_t c = 0; c < 4; ++c) greatest = std::max(greatest, result.posterior(patient - 1, c));
        CAPTURE(patient);
        CHECK(rounds_to(greatest, 1));
    }
    CHECK(result.error_rate(2, 3, 2) == result.error_rates[(2 * 4 + 3) * 4 + 2]);
}

TEST_CASE("Dawid-Skene 1979: repeated answers of observer 1 count separately")
{
    const ra::annotations votes = anaesthetists();
    CHECK(votes.votes() == 315);
    const auto result = ra::dawid_skene(votes, ra::answers_are_classes(4), {.max_iterations = 1});
    // Patient 3 after one iteration: observer 1 answered 1, 1 and 2.
    CHECK(relative_error(result.posterior(2, 0), 0.23521838101499772778) < 1e-13);
    CHECK(relative_error(result.posterior(2, 1), 0.76477843366612539816) < 1e-13);
    CHECK(relative_error(result.posterior(2, 2), 3.1853188768740569357e-6) < 1e-12);
    CHECK(result.posterior(2, 3) == 0);
}

TEST_CASE("Dawid-Skene 1979: starting at the majority ends in a lower maximum")
{
    const auto result = ra::dawid_skene(anaesthetists(), ra::answers_are_classes(4),
                                        {.tolerance = 1e-13, .start = ra::dawid_skene_start::majority});
    CHECK(result.converged);
    CHECK(relative_error(result.final_log_likelihood().value(), -193.97463953577557861) < 1e-12);
    CHECK(relative_error(result.prior[1], 0.4669597778361929404) < 1e-11);
    check_never_falls(result.log_likelihood);
}

TEST_CASE("Dawid-Skene: caries data, 3,859 items in two classes, equal the published estimates")
{
    const ra::annotations votes = caries();
    REQUIRE(votes.items() == 3859);
    const auto result = ra::dawid_skene(votes, ra::answers_are_classes(2), {.tolerance = 1e-14});
    CHECK(result.converged);
    CHECK(relative_error(result.final_log_likelihood().value(), -7410.9419762714591163) < 1e-12);
    CHECK(relative_error(result.prior[0], 0.80034081739733355722) < 1e-11);
    CHECK(relative_error(result.error_rates[0], 0.99418094988566366961) < 1e-11);
    CHECK(relative_error(result.error_rates[2], 0.59632197679157309952) < 1e-11);
    CHECK(relative_error(result.error_rates[19], 0.91340638162926244947) < 1e-11);
    CHECK(relative_error(result.posterior(0, 1), 0.0013421031586596703566) < 1e-10);
    CHECK(relative_error(result.posterior(3858, 0), 3.9533995077487262877e-6) < 1e-10);
    check_never_falls(result.log_likelihood);
}

TEST_CASE("Dawid-Skene: every estimate equals the references in 50 and 40 digits")
{
    NEEDS_REAL_DATA(data);
    const auto check = [](const ra::dawid_skene_result& result, const nlohmann::json& computed,
                          const std::string& rates, const std::string& posteriors,
                          const std::vector<std::size_t>& item_of) {
        CHECK(relative_error(result.final_log_likelihood().value(), number(computed.at("log_likelihood"))) < 1e-12);
        for (std::size_t rater = 0; rater < result.raters; ++rater) {
            for (std::size_t c = 0; c < result.classes; ++c) {
                for (std::size_t a = 0; a < result.answers; ++a) {
                    const double wanted = number(computed.at(rates).at(std::to_string(rater + 1))[c][a]);
                    const double rate = result.error_rate(rater, c, static_cast<ra::answer_index>(a)).value();
                    CHECK(std::abs(rate - wanted) < 1e-10);
                }
            }
        }
        REQUIRE(computed.at(posteriors).size() == item_of.size());
        for (std::size_t i = 0; i < item_of.size(); ++i) {
            for (std::size_t c = 0; c < result.classes; ++c) {
                const double wanted = number(computed.at(posteriors)[i][c]);
                CHECK(std::abs(result.posterior(item_of[i], c) - wanted) < 1e-10);
            }
        }
    };
    std::vector<std::size_t> patients(45);
    std::iota(patients.begin(), patients.end(), std::size_t{0});
    check(ra::dawid_skene(anaesthetists(), ra::answers_are_classes(4), {.tolerance = 1e-13}),
          read_json(data / "dawid-skene/anaesthesia_reference.json").at("computed"),
          "error_rates_observer_true_observed", "posterior", patients);
    std::vector<std::size_t> first_of_pattern{0};
    for (const double times : ra::io::read_csv(reference / "caries_1989.csv").numbers("n"))
        first_of_pattern.push_back(first_of_pattern.back() + static_cast<std::size_t>(times));
    first_of_pattern.pop_back();
    check(ra::dawid_skene(caries(), ra::answers_are_classes(2), {.tolerance = 1e-14}),
          read_json(data / "dawid-skene/caries_reference.json").at("computed"), "error_rates_rater_true_observed",
          "posterior_per_pattern", first_of_pattern);
}
