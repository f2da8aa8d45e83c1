// verdicts: what did people say of the models' mistakes?
//
//   verdicts --verdicts rated.csv
//   verdicts --label-errors imagenet_mturk.json
//
// Counts verdicts (clear mistake, not a mistake, undecidable; Fig. 7 of "Are we done with ImageNet?") by model and
// metric, with intervals. The program evaluate writes the task that raters fill in (--mistakes-sample). With --json the
// same numbers for programs; examples/README.md describes them.
#include "program.hpp"

#include <reassess/io/verdicts.hpp>
#include <reassess/metric/verdicts.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
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
    std::vector<std::string> further;
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
    app.add_option("--further", args.further,
                   "a verdict in addition to clear mistake, not a mistake and undecidable; repeatable");
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
    std::vector<ra::verdict_record> records;
    const auto add = [&](std::vector<ra::verdict_record> more) {
        records.insert(records.end(), more.begin(), more.end());
        return more.size();
    };
    for (const std::string& file : args.verdicts) add(ra::io::read_verdicts(file));
    const std::size_t of_label_errors =
        args.label_errors.empty() ? 0 : add(ra::io::read_label_error_verdicts(args.label_errors));
    std::vector<std::string> further = args.further;
    for (std::string& word : further) word = ra::io::verdict_word(word);
    for (const std::string& file : args.imagenet_mistakes) {
        for (ra::verdict_record& record : ra::io::read_imagenet_mistakes(file)) {
            if (std::find(further.begin(), further.end(), record.verdict) == further.end())
                further.push_back(record.verdict);
            records.push_back(std::move(record));
        }
    }
    const std::vector<tally> tallies = group_by_model(ra::tally_verdicts(records, {.further_verdicts = further}));
    if (args.json_file != "-") print_report(tallies, of_label_errors);
    if (!args.json_file.empty()) program::write_json(args.json_file, to_json(tallies, records.size(), of_label_errors));
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Counts people's verdicts on models' mistakes, by model and metric.", "verdicts");
    arguments args;
    declare_options(app, args);
    return program::run(app, argc, argv, [&] { count_verdicts(args); });
}
