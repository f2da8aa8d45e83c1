// simulate_validation_set: a validation set to try the programs on, without any download.
//
//   simulate_validation_set --out DIR
//
// writes DIR/names.txt, original.npy, real.json and the scores of four models of growing accuracy, model_a.npy ..
// model_d.npy. Label sets have the sizes of the released ReaL labels, the original label is as often acceptable (90 %),
// and the rows are in another order than the label sets, as in real life. The same seed gives the same files
// everywhere.
#include "program.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/npy.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;

namespace {

struct arguments {
    std::string folder;
    std::size_t images = 5000;
    std::size_t classes = 1000;
    std::uint64_t seed = 1;
};

/// Random numbers that are the same on every platform, which those of the standard distributions are not.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    /// Uniform on 0 .. end - 1 (but for a bias of about end / 2^64).
    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    /// In [0, 1).
    float uniform() { return static_cast<float>(engine_() >> 40) * 0x1p-24F; }
    bool chance(float probability) { return uniform() < probability; }
    /// Nearly normal, of mean 0 and standard deviation 1: the sum of four 16-bit uniform numbers.
    float noise()
    {
        const std::uint64_t bits = engine_();
        const auto sum =
            static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
        return (sum / 65536 - 2) * 1.7320508F;
    }

private:
    std::mt19937_64 engine_;
};

struct image {
    ra::class_index original = 0;
    /// What is seen best comes first.
    std::vector<ra::class_index> labels{};
    /// How well the labels can be seen: models of all strengths fail on the same hard images.
    float clarity = 1;
};

/// Images of the released ReaL labels by number of labels.
constexpr std::array<std::uint64_t, 10> set_sizes{3163, 39394, 5408, 1319, 411, 161, 88, 41, 13, 2};

std::size_t draw_set_size(random_source& random)
{
    std::uint64_t draw = random.below(50000);
    std::size_t size = 0;
    while (draw >= set_sizes[size]) draw -= set_sizes[size++];
    return size;
}

std::vector<image> draw_images(const arguments& args, random_source& random)
{
    std::vector<image> images(args.images);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const std::uint64_t main_class = i % args.classes;
        const std::size_t size = std::min(draw_set_size(random), args.classes);
        for (std::size_t j = 0; j < size; ++j) {
            // Further labels are mostly neighbours, so that some classes keep occurring together.
            std::uint64_t c =
                j == 0 ? main_class
                       : (main_class + 1 + random.below(random.chance(0.8F) ? 3 : args.classes)) % args.classes;
            auto& labels = images[i].labels;
            while (std::find(labels.begin(), labels.end(), static_cast<ra::class_index>(c)) != labels.end())
                c = (c + 1) % args.classes;
            labels.push_back(static_cast<ra::class_index>(c));
        }
        images[i].clarity = 0.35F + 1.3F * random.uniform();
        const auto& labels = images[i].labels;
        const bool acceptable = !labels.empty() && random.chance(0.9F);
        images[i].original =
            acceptable ? labels[random.below(labels.size())] : static_cast<ra::class_index>(random.below(args.classes));
    }
    return images;
}

/// Scores in which the labels stand out from the noise by `strength`, the best seen one most.
std::vector<float> draw_scores(const std::vector<image>& images, const std::vector<std::size_t>& order,
                               std::size_t classes, float strength, random_source& random)
{
    std::vector<float> scores(order.size() * classes);
    program::progress_bar bar("simulating", order.size());
    for (std::size_t row = 0; row < order.size(); ++row) {
        float* const row_scores = scores.data() + row * classes;
        for (std::size_t c = 0; c < classes; ++c) row_scores[c] = random.noise();
        const image& seen = images[order[row]];
        float weight = strength * seen.clarity;
        for (const ra::class_index label : seen.labels) {
            row_scores[label] += weight;
            weight *= 0.8F;
        }
        row_scores[seen.original] += strength / 4;
        bar.show(row + 1);
    }
    return scores;
}

void simulate(const arguments& args)
{
    const std::filesystem::path folder = args.folder;
    std::filesystem::create_directories(folder);
    random_source random(args.seed);
    const std::vector<image> images = draw_images(args, random);

    std::vector<std::size_t> order(images.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
        std::swap(order[i], order[random.below(i + 1)]);
    }

    ra::label_sets real;
    for (const image& i : images) real.append(std::span<const ra::class_index>(i.labels));
    ra::io::write_label_sets(folder / "real.json", real);

    std::string names;
    std::vector<ra::class_index> original;
    for (const std::size_t i : order) {
        const std::string number = std::to_string(i + 1);
        names += "simulated_val_" + std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number + ".JPEG\n";
        original.push_back(images[i].original);
    }
    program::write_text((folder / "names.txt").string(), names);
    ra::io::write_npy(folder / "original.npy", original, {original.size()});

    constexpr std::array<std::pair<const char*, float>, 4> models{{{"a", 3.1F}, {"b", 3.7F}, {"c", 4.4F}, {"d", 5.4F}}};
    for (const auto& [name, strength] : models) {
        const std::vector<float> scores = draw_scores(images, order, args.classes, strength, random);
        ra::io::write_npy(folder / ("model_" + std::string(name) + ".npy"), scores, {images.size(), args.classes});
    }
    std::cout << "simulated " << program::with_commas(args.images) << " images of "
              << program::with_commas(args.classes) << " classes in " << args.folder << '\n';
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Writes a simulated validation set: labels, label sets and the scores of four models.",
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
