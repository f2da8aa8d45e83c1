// verdicts: what did people say of the models' mistakes?
//
//   verdicts --verdicts rated.csv
//   verdicts --label-errors imagenet_mturk.json
//   verdicts --imagenet-mistakes vit3b_mistakes.json --real real.json
//
// Counts verdicts (clear mistake, not a mistake, undecidable; Fig. 7 of "Are we done with ImageNet?") by model and
// metric, with intervals; and mistakes that experts assessed by severity and category, against ReaL labels. The program
// evaluate writes the task that raters fill in (--mistakes-sample). With --json the same numbers for programs;
// examples/README.md describes them.
#include "program.hpp"

#include <reassess/io/assessed_mistakes.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/verdicts.hpp>
#include <reassess/metric/assessed_mistakes.hpp>
#include <reassess/metric/verdicts.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using program::json;

namespace {

struct arguments {
    std::vector<std::string> verdicts;
    std::string label_errors;
    std::vector<std::string> imagenet_mistakes;
    std::string real;
    std::vector<std::string> further;
    std::string separator = ",";
    std::string json_file;
};

void declare_options(CLI::App& app, arguments& args)
{
    app.add_option("--verdicts", args.verdicts,
                   "CSV, or JSON list of objects, with model, metric, image and verdict; repeatable");
    app.add_option("--label-errors", args.label_errors,
                   "imagenet_mturk.json of the label-errors study: another study, mapped to verdicts");
    app.add_option("--imagenet-mistakes", args.imagenet_mistakes,
                   "mistakes by category and severity (vit3b_mistakes.json of imagenet-mistakes); repeatable");
    app.add_option("--real", args.real,
                   "label sets (real.json, or an object of image names and lists): which of --imagenet-mistakes they "
                   "accept");
    app.add_option("--further", args.further,
                   "a verdict in addition to clear mistake, not a mistake and undecidable; repeatable");
    program::add_separator(app, args.separator);
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
}

/// All verdicts of one model's mistakes by one metric.
struct tally {
    std::string model{};
    std::string metric{};
    std::vector<ra::verdict_share> shares{};
};

std::vector<tally> group_by_model(const std::vector<ra::verdict_share>& shares)
{
    std::vector<tally> tallies;
    for (const ra::verdict_share& share : shares) {
        if (tallies.empty() || tallies.back().model != share.model || tallies.back().metric != share.metric)
            tallies.push_back({share.model, share.metric, {}});
        tallies.back().shares.push_back(share);
    }
    return tallies;
}

/// The assessed mistakes of one model.
struct assessment {
    std::string model{};
    ra::assessed_mistake_summary summary{};
};

std::vector<assessment> assess(const arguments& args)
{
    std::vector<assessment> assessments;
    for (const std::string& file : args.imagenet_mistakes) {
        const std::vector<ra::assessed_mistake> mistakes = ra::io::read_imagenet_mistakes(file);
        ra::label_sets real;
        if (args.real.empty()) {
            for (std::size_t i = 0; i < mistakes.size(); ++i) real.append(std::span<const ra::class_index>());
        } else {
            real = ra::io::read_label_sets_of_mistakes(args.real, mistakes);
        }
        assessments.push_back(
            {std::filesystem::path(file).stem().string(), ra::count_assessed_mistakes(mistakes, real)});
    }
    return assessments;
}

json to_json(ra::proportion share)
{
    json entry;
    program::add_proportion(entry, share);
    return entry;
}

/// The counts of some of the mistakes; without ReaL labels `real` is null.
json to_json(const std::string& name, const ra::assessed_mistake_counts& counts, const ra::assessed_mistake_counts& all,
             const arguments& args)
{
    json entry{{"name", name}, {"share", to_json({counts.total(), all.total()})}, {"real", nullptr}};
    if (args.real.empty()) return entry;
    entry["real"] = {{"accepted", counts.accepted_by_real},
                     {"not_accepted", counts.not_accepted_by_real},
                     {"without_labels", counts.without_real_labels},
                     {"accepted_share", to_json(counts.accepted_share())},
                     {"share_of_accepted", to_json({counts.accepted_by_real, all.accepted_by_real})}};
    return entry;
}

json to_json(const assessment& one, const arguments& args)
{
    const ra::assessed_mistake_summary& summary = one.summary;
    const auto list = [&](const std::vector<ra::assessed_mistake_group>& groups) {
        json entries = json::array();
        for (const auto& group : groups) entries.push_back(to_json(group.name, group.counts, summary.all, args));
        return entries;
    };
    return {{"model", one.model},
            {"mistakes", summary.all.total()},
            {"all", to_json("all", summary.all, summary.all, args)},
            {"severities", list(summary.severities)},
            {"categories", list(summary.categories)}};
}

void print_assessment(const assessment& one, const arguments& args)
{
    const ra::assessed_mistake_counts& all = one.summary.all;
    std::cout << one.model << ": " << program::with_commas(all.total())
              << " mistakes that experts assessed, in percent with 95 % Wilson intervals\n";
    std::vector<std::vector<std::string>> table{{"", "mistakes", "of all mistakes"}};
    if (!args.real.empty()) {
        for (const char* const title :
             {"accepted", "not accepted", "without ReaL labels", "accepted, of those with labels", "of all accepted"})
            table[0].push_back(title);
    }
    const auto add = [&](const std::string& name, const ra::assessed_mistake_counts& counts) {
        table.push_back({name, program::with_commas(counts.total()),
                         program::percent_with_interval({counts.total(), all.total()})});
        if (args.real.empty()) return;
        for (const std::uint64_t count :
             {counts.accepted_by_real, counts.not_accepted_by_real, counts.without_real_labels})
            table.back().push_back(program::with_commas(count));
        table.back().push_back(program::percent_with_interval(counts.accepted_share()));
        table.back().push_back(program::percent_with_interval({counts.accepted_by_real, all.accepted_by_real}));
    };
    for (const auto& group : one.summary.severities) add("severity " + group.name, group.counts);
    for (const auto& group : one.summary.categories) add("category " + group.name, group.counts);
    add("all", all);
    program::print_table(table);
}

json to_json(const std::vector<tally>& tallies, std::size_t verdicts, std::size_t of_label_errors)
{
    json result{{"verdicts", verdicts}, {"of_label_errors", of_label_errors}, {"tallies", json::array()}};
    for (const tally& one : tallies) {
        json shares = json::array();
        for (const ra::verdict_share& share : one.shares) {
            json entry{{"verdict", share.verdict}};
            program::add_proportion(entry, share.share);
            shares.push_back(std::move(entry));
        }
        result["tallies"].push_back({{"model", one.model}, {"metric", one.metric}, {"verdicts", std::move(shares)}});
    }
    return result;
}

void print_report(const std::vector<tally>& tallies, std::size_t of_label_errors)
{
    if (of_label_errors > 0) {
        std::cout << "label-errors is another study than the paper's (Northcutt, Athalye, Mueller 2021): "
                  << program::with_commas(of_label_errors)
                  << " images whose label its own model doubted.\nIts raters' majority as a verdict on the guess: the "
                     "given label = clear "
                     "mistake; the guessed label or both = not a mistake; neither, or no majority = undecidable.\n\n";
    }
    if (tallies.empty()) {
        std::cout << "No verdicts.\n";
        return;
    }
    std::cout << "Verdicts in percent, with 95 % Wilson intervals\n";
    std::vector<std::vector<std::string>> table{{"model", "mistakes by", "verdicts"}};
    for (const ra::verdict_share& share : tallies.front().shares) table[0].push_back(share.verdict);
    for (const tally& one : tallies) {
        table.push_back({one.model, one.metric, program::with_commas(one.shares.front().share.total)});
        for (const ra::verdict_share& share : one.shares)
            table.back().push_back(program::percent_with_interval(share.share));
    }
    program::print_table(table);
}

void count_verdicts(const arguments& args)
{
    if (args.verdicts.empty() && args.label_errors.empty() && args.imagenet_mistakes.empty())
        throw program::usage_error("no verdicts: give --verdicts, --label-errors or --imagenet-mistakes");
    if (!args.real.empty() && args.imagenet_mistakes.empty())
        throw program::usage_error("--real compares label sets with --imagenet-mistakes, which is missing");
    std::vector<ra::verdict_record> records;
    const auto add = [&](std::vector<ra::verdict_record> more) {
        records.insert(records.end(), more.begin(), more.end());
        return more.size();
    };
    std::vector<std::string> further = args.further;
    for (std::string& word : further) word = ra::io::verdict_word(word);
    for (const std::string& file : args.verdicts) {
        std::vector<ra::verdict_record> of_file = ra::io::read_verdicts(file, program::csv_of(args.separator));
        try {
            static_cast<void>(ra::tally_verdicts(of_file, {.further_verdicts = further}));
        } catch (const std::invalid_argument& error) {
            throw ra::io::file_error(file + ": " + error.what());
        }
        add(std::move(of_file));
    }
    const std::size_t of_label_errors =
        args.label_errors.empty() ? 0 : add(ra::io::read_label_error_verdicts(args.label_errors));
    const std::vector<tally> tallies = group_by_model(ra::tally_verdicts(records, {.further_verdicts = further}));
    const std::vector<assessment> assessments = assess(args);
    if (args.json_file != "-") {
        const bool only_assessments = args.verdicts.empty() && args.label_errors.empty();
        if (!only_assessments) print_report(tallies, of_label_errors);
        for (std::size_t i = 0; i < assessments.size(); ++i) {
            if (i > 0 || !only_assessments) std::cout << '\n';
            print_assessment(assessments[i], args);
        }
    }
    if (args.json_file.empty()) return;
    json result = to_json(tallies, records.size(), of_label_errors);
    result["imagenet_mistakes"] = json::array();
    for (const assessment& one : assessments) result["imagenet_mistakes"].push_back(to_json(one, args));
    program::write_json(args.json_file, result);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Counts people's verdicts on models' mistakes, by model and metric.", "verdicts");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { count_verdicts(args); });
}
