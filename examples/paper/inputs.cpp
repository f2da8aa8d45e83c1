// What the program `paper` reads.
#include "paper.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/io/assessed_mistakes.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/join_tables.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/verdicts.hpp>
#include <reassess/ranking/rank.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace paper {

namespace {

constexpr std::size_t imagenet_classes = 1000;

/// The data folder, and a note of every file that it lacks.
class folder {
public:
    folder(std::filesystem::path path, std::vector<std::string>& left_out) : path_(std::move(path)), left_out_(left_out)
    {
    }

    /// Whether all of these exist. Records missing files and the parts of the report that need them.
    bool has(const std::vector<std::string>& files, const std::string& lacking)
    {
        std::string missing;
        for (const std::string& file : files) {
            if (!std::filesystem::exists(path_ / file)) missing += (missing.empty() ? "" : ", ") + file;
        }
        if (missing.empty()) return true;
        left_out_.push_back(missing + (missing.find(',') == std::string::npos ? " is" : " are") +
                            " not there: " + lacking);
        return false;
    }
    [[nodiscard]] std::filesystem::path operator/(const std::string& file) const { return path_ / file; }

private:
    std::filesystem::path path_;
    std::vector<std::string>& left_out_;
};

constexpr const char* names_file = "label-errors/imagenet_val_set_index_to_filepath.json";
constexpr const char* original_file = "label-errors/imagenet_val_set_original_labels.npy";
constexpr const char* real_file = "reassessed-imagenet/real.json";
constexpr const char* mistakes_file = "imagenet-mistakes/vit3b_mistakes.json";
constexpr const char* rows_file = "imagenetv2/imagenet-validation-original.json";
constexpr const char* models_folder = "imagenetv2/imagenet-validation-original";

validation_set read_labels(const folder& data)
{
    validation_set images;
    images.names = ra::io::read_image_names(data / names_file);
    images.original = ra::io::read_labels(data / original_file);
    images.real = ra::align_by_number(ra::io::read_label_sets(data / real_file), images.names);
    images.animals = animals();
    summarise_labels(images);
    return images;
}

/// Stored lists of predictions, whose rows are in an order of their own.
void read_models(const folder& data, validation_set& images)
{
    const std::vector<std::string> rows = ra::io::read_image_names(data / rows_file);
    const std::vector<std::size_t> place_of = ra::match_names(images.names, rows);
    std::vector<ra::class_index> original;
    for (const std::size_t place : place_of) original.push_back(images.original[place]);
    const ra::label_sets real = ra::align(images.real, images.names, rows);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(data / models_folder)) {
        if (entry.path().extension() == ".npy") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& path : files) {
        const ra::io::npy_file file(path);
        if (file.shape().size() != 2) {
            throw ra::io::file_error(path.string() + ": has " + std::to_string(file.shape().size()) +
                                     " dimensions, expected 2: (images, k)");
        }
        try {
            ra::io::visit_integers(file, [&](auto values) {
                const ra::targets_view targets{.original = original, .real = real.view()};
                const ra::top_k_view predictions(values.data(), file.shape()[0], file.shape()[1], imagenet_classes);
                images.models.push_back(
                    count_model(path.stem().string(), ra::rank(ra::par, predictions, targets), targets));
            });
        } catch (const ra::io::file_error&) {
            throw;
        } catch (const std::logic_error& error) {
            throw ra::io::file_error(path.string() + ": " + error.what());
        }
    }
    sort_models(images);
}

rated_images read_votes(const folder& data, const validation_set& images)
{
    const std::string votes = (data / "reassessed-imagenet/raters.npz").string();
    const std::string gold = (data / "reassessed-imagenet/golden.npz").string();
    rated_images result;
    result.rated = ra::io::read_pair_votes(votes);
    result.images = ra::io::number_images(images.names, images.original, original_file, result.rated);
    result.gold = ra::io::find_gold(ra::io::read_pair_votes(gold), gold, result.rated, votes);
    result.published = ra::pairs_in(result.images.pairs, ra::io::read_label_sets(data / real_file).view());
    result.virtual_classes = animals();
    return result;
}

std::vector<model_point> read_timm(const folder& data)
{
    const ra::io::table original = ra::io::read_csv(data / "timm/results-imagenet.csv");
    const ra::io::table real = ra::io::read_csv(data / "timm/results-imagenet-real.csv");
    const std::vector<double> x = original.numbers("top1"), y = real.numbers("top1");
    const std::vector<std::string> keys{"model", "img_size"};
    std::vector<model_point> points;
    for (const auto& row : ra::io::join_tables(original, real, keys).rows) {
        points.push_back({std::string(original.text(row.left, original.column("model"))) + ", " +
                              std::string(original.text(row.left, original.column("img_size"))) + " px",
                          x[row.left], y[row.right]});
    }
    return points;
}

}  // namespace

std::vector<ra::class_index> animals()
{
    std::vector<ra::class_index> classes(398);
    std::iota(classes.begin(), classes.end(), 0);
    return classes;
}

void summarise_labels(validation_set& images)
{
    images.targets = ra::label_summary({.classes = imagenet_classes});
    images.targets.update({.original = images.original, .real = images.real.view()});
}

model count_model(std::string name, const ra::image_results& ranks, const ra::targets_view& targets)
{
    ra::evaluator counts(ra::par);
    counts.update(ranks, targets);
    model one{std::move(name), counts.result(), {}};
    one.joint = ra::pair_outcomes(ra::image_outcomes(ranks, targets, {.metric = ra::accuracy_of::original}),
                                  ra::image_outcomes(ranks, targets, {.metric = ra::accuracy_of::real}));
    return one;
}

void sort_models(validation_set& images)
{
    std::stable_sort(images.models.begin(), images.models.end(), [](const model& a, const model& b) {
        return a.evaluation.top_k(1).value() < b.evaluation.top_k(1).value();
    });
}

inputs read_inputs(const std::filesystem::path& data_path, const std::filesystem::path& facts,
                   const std::vector<std::string>& verdict_files)
{
    inputs in;
    in.table_1 = ra::io::read_csv(facts / "table1.csv");
    in.table_4 = ra::io::read_csv(facts / "table4.csv");
    in.table_5 = ra::io::read_csv(facts / "table5.csv");
    for (const std::string& file : verdict_files) {
        const auto more = ra::io::read_verdicts(file);
        in.verdicts.insert(in.verdicts.end(), more.begin(), more.end());
    }

    folder data(data_path, in.left_out);
    bool anything = false;
    if (data.has({names_file, original_file, real_file}, "no images, models and votes of ImageNet")) {
        anything = true;
        in.images = read_labels(data);
        if (data.has({rows_file, models_folder}, "no Figures 1, 5 and 6, and no released models in Fig. 4 and Table 1"))
            read_models(data, *in.images);
        if (data.has({"reassessed-imagenet/raters.npz", "reassessed-imagenet/golden.npz"},
                     "no Fig. 3, and no numbers of rated images")) {
            in.votes = read_votes(data, *in.images);
            if (data.has({"reassessed-imagenet/raters_golden.npz"}, "no single raters in Fig. 3")) {
                const std::string file = (data / "reassessed-imagenet/raters_golden.npz").string();
                in.votes->gold_raters = ra::io::read_pair_votes(file);
                ra::io::expect_same_pairs(*in.votes->gold_raters, file, in.votes->gold, "golden.npz");
            }
        }
    }
    if (data.has({"label-errors/imagenet_mturk.json"}, "no verdicts of the label-errors study for Fig. 7")) {
        anything = true;
        const auto verdicts = ra::io::read_label_error_verdicts(data / "label-errors/imagenet_mturk.json");
        in.label_error_verdicts = verdicts.size();
        in.verdicts.insert(in.verdicts.end(), verdicts.begin(), verdicts.end());
    }
    if (data.has({"timm/results-imagenet.csv", "timm/results-imagenet-real.csv"},
                 "no models of today, neither in Fig. 4 nor in a section of their own")) {
        anything = true;
        in.timm = read_timm(data);
    }
    if (data.has({mistakes_file, real_file}, "no mistakes of a later model in the section on today")) {
        anything = true;
        const auto mistakes = ra::io::read_imagenet_mistakes(data / mistakes_file);
        in.mistakes =
            ra::count_assessed_mistakes(mistakes, ra::io::read_label_sets_of_mistakes(data / real_file, mistakes));
    }
    if (!anything) {
        in.simulated =
            "Simulated: without the released data, the images, models and votes of this section are made by a random "
            "number generator. They show what the section looks like and say nothing about ImageNet.";
        in.images = simulate_images();
        in.votes = simulate_votes(*in.images);
    }
    return in;
}

std::string id_part(std::string_view name)
{
    std::string id;
    for (const char c : name) {
        const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (keep || (c >= 'A' && c <= 'Z')) {
            id += keep ? c : static_cast<char>(c - 'A' + 'a');
        } else if (!id.empty() && id.back() != '-') {
            id += '-';
        }
    }
    while (!id.empty() && id.back() == '-') id.pop_back();
    return id;
}

report::number real_number(std::string id, std::string what, std::optional<double> value, int digits)
{
    report::number n{.id = std::move(id), .what = std::move(what), .value = value};
    n.digits = digits;
    return n;
}

std::vector<model_point> table_5_models(const inputs& in, bool only_pool)
{
    const ra::io::table& table = in.table_5;
    const std::vector<double> original = table.numbers("original_accuracy"), real = table.numbers("real_accuracy");
    std::vector<model_point> points;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const std::string_view pool = table.text(row, table.column("pool"));
        if (pool == "labels" || (only_pool && pool == "other")) continue;
        points.push_back({std::string(table.text(row, table.column("model"))), original[row], real[row]});
    }
    return points;
}

}  // namespace paper
