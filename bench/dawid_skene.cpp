// Dawid-Skene on the released votes: one iteration and a whole fit, compared with a plain loop.
//
//   REASSESS_DATA=folder bench_dawid_skene
//
// The time of an iteration is (time of 41 iterations - time of 1 iteration) / 40, which excludes sorting the votes. The
// library iterates over distinct vote patterns, which are fewer than the items (see the counters); the plain loop
// iterates over the items. Both give the same estimate. `times_faster` is the median over rounds of the ratio of both
// times. crowd_kit.py measures Python libraries.
#include <reassess/data/image_names.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/rater_votes.hpp>
#include <reassess/labeling/dawid_skene.hpp>
#include <reassess/labeling/vote_patterns.hpp>

#include "read_loop.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

std::optional<std::string> data_folder()
{
    const char* const folder = std::getenv("REASSESS_DATA");
    if (folder == nullptr) return std::nullopt;
    return std::string(folder);
}

std::string votes_file(const std::string& folder)
{
    return folder + "/reassessed-imagenet/raters.npz";
}

/// The released votes, or none (with an error of the benchmark) without REASSESS_DATA.
const ra::annotations* released_votes(benchmark::State& state)
{
    static const std::optional<ra::annotations> votes = [] {
        const auto folder = data_folder();
        return folder ? std::optional(ra::io::read_rater_votes(votes_file(*folder)).votes) : std::nullopt;
    }();
    if (!votes) state.SkipWithError("set REASSESS_DATA to the folder of the released data");
    return votes ? &*votes : nullptr;
}

/// Plain loop for any number of classes: for every item the sum of the log rates, then the expected counts.
class plain_loop {
public:
    plain_loop(const ra::annotations& votes, const ra::answer_meaning& meaning)
        : items_(votes.items()), raters_(votes.raters()), answers_(votes.answers()), classes_(meaning.classes())
    {
        votes_of_.resize(items_);
        for (std::size_t v = 0; v < votes.votes(); ++v)
            votes_of_[votes.item_of()[v]].push_back({votes.rater_of()[v], votes.answer_of()[v]});
        posteriors_.assign(items_, std::vector<double>(classes_, 0.0));
        for (std::size_t item = 0; item < items_; ++item) {
            for (const auto& [rater, answer] : votes_of_[item]) {
                for (std::size_t c = 0; c < classes_; ++c)
                    posteriors_[item][c] += meaning.of(answer)[c] / static_cast<double>(votes_of_[item].size());
            }
        }
    }

    double iterate()
    {
        std::vector<double> prior(classes_, 0.0), counts(raters_ * classes_ * answers_, 0.0);
        for (std::size_t item = 0; item < items_; ++item) {
            for (std::size_t c = 0; c < classes_; ++c) {
                prior[c] += posteriors_[item][c];
                for (const auto& [rater, answer] : votes_of_[item])
                    counts[(rater * classes_ + c) * answers_ + answer] += posteriors_[item][c];
            }
        }
        std::vector<double> log_rates(counts.size());
        for (std::size_t row = 0; row < raters_ * classes_; ++row) {
            double total = 0.0;
            for (std::size_t a = 0; a < answers_; ++a) total += counts[row * answers_ + a];
            for (std::size_t a = 0; a < answers_; ++a)
                log_rates[row * answers_ + a] = std::log(counts[row * answers_ + a] / total);
        }
        double log_likelihood = 0.0;
        std::vector<double> score(classes_);
        for (std::size_t item = 0; item < items_; ++item) {
            for (std::size_t c = 0; c < classes_; ++c) {
                score[c] = std::log(prior[c] / static_cast<double>(items_));
                for (const auto& [rater, answer] : votes_of_[item])
                    score[c] += log_rates[(rater * classes_ + c) * answers_ + answer];
            }
            const double greatest = *std::max_element(score.begin(), score.end());
            double sum = 0.0;
            for (double& s : score) sum += s = std::exp(s - greatest);
            for (std::size_t c = 0; c < classes_; ++c) posteriors_[item][c] = score[c] / sum;
            log_likelihood += greatest + std::log(sum);
        }
        return log_likelihood;
    }

private:
    struct vote {
        std::size_t rater = 0;
        ra::answer_index answer = 0;
    };

    std::size_t items_, raters_, answers_, classes_;
    std::vector<std::vector<vote>> votes_of_;
    std::vector<std::vector<double>> posteriors_;
};

template <class Policy>
double seconds_of_fit(Policy policy, const ra::annotations& votes, const ra::answer_meaning& meaning,
                      std::size_t iterations)
{
    return bench::seconds_of([&] {
        benchmark::DoNotOptimize(
            ra::dawid_skene(policy, votes, meaning, {.tolerance = 0, .max_iterations = iterations}));
    });
}

template <class Policy>
void iteration(benchmark::State& state, Policy policy, const ra::answer_meaning& meaning)
{
    const ra::annotations* const votes = released_votes(state);
    if (votes == nullptr) return;
    plain_loop loop(*votes, meaning);
    std::vector<double> ratios;
    for (auto _ : state) {
        const double plain = bench::seconds_of([&] {
            for (int i = 0; i < 10; ++i) benchmark::DoNotOptimize(loop.iterate());
        });
        const double one = seconds_of_fit(policy, *votes, meaning, 1);
        const double seconds = std::max(1e-9, (seconds_of_fit(policy, *votes, meaning, 41) - one) / 40);
        state.SetIterationTime(seconds);
        ratios.push_back(plain / 10 / seconds);
    }
    state.counters["items"] = static_cast<double>(votes->items());
    state.counters["distinct_votes"] = static_cast<double>(ra::detail::vote_patterns(*votes, {}).size());
    state.counters["times_faster"] = bench::quantile(ratios, 0.5);
}

void iteration_seq(benchmark::State& state)
{
    iteration(state, ra::seq, ra::no_maybe_yes());
}
BENCHMARK(iteration_seq)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);

void iteration_2_threads(benchmark::State& state)
{
    iteration(state, ra::par.on(2).serial_below(0), ra::no_maybe_yes());
}
BENCHMARK(iteration_2_threads)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);

/// Answers as classes, the only model of crowd-kit.
void iteration_three_classes(benchmark::State& state)
{
    iteration(state, ra::seq, ra::answers_are_classes(3));
}
BENCHMARK(iteration_three_classes)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);

void iteration_plain_loop(benchmark::State& state)
{
    const ra::annotations* const votes = released_votes(state);
    if (votes == nullptr) return;
    plain_loop loop(*votes, ra::no_maybe_yes());
    for (auto _ : state) benchmark::DoNotOptimize(loop.iterate());
}
BENCHMARK(iteration_plain_loop)->Unit(benchmark::kMillisecond)->Iterations(40);

/// The original labels as a virtual rater of images of animals, for the whole fit below.
void add_virtual_rater(ra::io::rater_votes& rated, const std::string& folder)
{
    const auto names = ra::io::read_image_names(folder + "/label-errors/imagenet_val_set_index_to_filepath.json");
    const auto labels = ra::io::read_labels(folder + "/label-errors/imagenet_val_set_original_labels.npy");
    const auto row_of = ra::match_names(names, rated.images);
    std::vector<ra::answer_index> answers;
    for (const ra::rated_pair& pair : rated.pairs) {
        const ra::class_index label = labels[row_of[pair.image]];
        answers.push_back(label > 397 ? ra::no_answer : label == pair.label ? 2 : 0);
    }
    rated.votes.add_rater(answers);
}

/// Reading the files and a fit to 1e-9, on one core.
void load_and_fit(benchmark::State& state, bool with_virtual_rater)
{
    const auto folder = data_folder();
    if (!folder) return state.SkipWithError("set REASSESS_DATA to the folder of the released data");
    for (auto _ : state) {
        auto rated = ra::io::read_rater_votes(votes_file(*folder));
        if (with_virtual_rater) add_virtual_rater(rated, *folder);
        const auto fit = ra::dawid_skene(rated.votes, ra::no_maybe_yes());
        state.counters["iterations_to_1e-9"] = static_cast<double>(fit.iterations);
    }
}
BENCHMARK_CAPTURE(load_and_fit, virtual_rater, true)->Unit(benchmark::kSecond)->Iterations(3);
BENCHMARK_CAPTURE(load_and_fit, raters_alone, false)->Unit(benchmark::kSecond)->Iterations(3);

void load(benchmark::State& state)
{
    const auto folder = data_folder();
    if (!folder) return state.SkipWithError("set REASSESS_DATA to the folder of the released data");
    for (auto _ : state) benchmark::DoNotOptimize(ra::io::read_rater_votes(votes_file(*folder)));
}
BENCHMARK(load)->Unit(benchmark::kSecond)->Iterations(3);

}  // namespace
