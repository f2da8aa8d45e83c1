// simulate_validation_set: a validation set to try the programs on, without any download.
//
//   simulate_validation_set --out DIR
//
// writes DIR/names.txt, original.npy, real.json, the scores of four models of growing accuracy, model_a.npy ..
// model_d.npy, and votes on the labels of every other image, votes.csv of raters and experts.csv of experts. Label sets
// have the sizes of the released ReaL labels, the original label is as often acceptable (90 %), and the rows are in
// another order than the label sets, as in real life. The same seed gives the same files everywhere.
#include "program.hpp"
#include "simulated_votes.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/npy.hpp>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

struct arguments {
    std::string folder;
    std::size_t images = 5000;
    std::size_t classes = 1000;
    std::uint64_t seed = 1;
};

/// task,worker,label, as relabel reads them.
std::string votes_csv(const ra::io::named_votes& sample)
{
    std::string text = "task,worker,label\n";
    const ra::annotations& votes = sample.votes;
    for (std::size_t vote = 0; vote < votes.votes(); ++vote) {
        const ra::rated_pair& pair = sample.pairs[votes.item_of()[vote]];
        text += sample.images[pair.image] + ' ' + std::to_string(pair.label) + ',' +
                sample.rater_names[votes.rater_of()[vote]] + ',' + votes.answer_names()[votes.answer_of()[vote]] + '\n';
    }
    return text;
}

void simulate(const arguments& args)
{
    const std::filesystem::path folder = args.folder;
    std::filesystem::create_directories(folder);
    simulated::random_source random(args.seed);
    const std::vector<simulated::image> images = simulated::draw_images(args.images, args.classes, random);

    const std::vector<std::size_t> order = simulated::draw_order(images.size(), random);

    ra::label_sets real;
    for (const simulated::image& i : images) real.append(std::span<const ra::class_index>(i.labels));
    ra::io::write_label_sets(folder / "real.json", real);

    std::vector<std::string> names;
    std::vector<ra::class_index> original;
    ra::label_sets real_of_rows;
    for (const std::size_t i : order) {
        names.push_back(simulated::name_of(i));
        original.push_back(images[i].original);
        real_of_rows.append(std::span<const ra::class_index>(images[i].labels));
    }
    std::string lines;
    for (const std::string& name : names) lines += name + '\n';
    program::write_text((folder / "names.txt").string(), lines);
    ra::io::write_npy(folder / "original.npy", original, {original.size()});

    simulated::random_source of_votes(args.seed + 1);
    const simulated::rated_sample sample =
        simulated::draw_votes(names, original, real_of_rows.view(), args.classes, of_votes);
    program::write_text((folder / "votes.csv").string(), votes_csv(sample.rated));
    program::write_text((folder / "experts.csv").string(), votes_csv(sample.experts));

    for (const auto& [name, strength] : simulated::models) {
        const std::vector<float> scores = simulated::draw_scores(images, order, args.classes, strength, random);
        ra::io::write_npy(folder / ("model_" + std::string(name) + ".npy"), scores, {images.size(), args.classes});
    }
    std::cout << "simulated " << program::with_commas(args.images) << " images of "
              << program::with_commas(args.classes) << " classes in " << args.folder << '\n';
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Writes a simulated validation set: labels, label sets, the scores of four models and raters' votes.",
                 "simulate_validation_set");
    arguments args;
    app.add_option("--out", args.folder, "folder for the files")->required();
    app.add_option("--images", args.images, "number of images")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    app.add_option("--classes", args.classes, "number of classes")
        ->check(CLI::Range(10, 1'000'000))
        ->capture_default_str();
    app.add_option("--seed", args.seed, "seed of the random numbers")->capture_default_str();
    return program::run(app, argc, argv, [&] { simulate(args); });
}
