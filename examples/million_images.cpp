// million_images: what it costs to score a million images. Makes their scores as a file of 4 GB, evaluates it through a
// memory map, and checks the result.
//
//   million_images [--images N] [--classes C] [--file FILE.npy]
//
// The file is evaluated twice, in batches, as a stream is, and in one call. The counts must be equal, and the ranks of
// some rows of every batch must be those that plain loops find. Then the file is removed.
#include "drawn_scores.hpp"
#include "memory_use.hpp"
#include "program.hpp"
#include "temporary_file.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/io/npy.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using program::json;

namespace {

struct arguments {
    std::size_t images = 1'000'000;
    std::size_t classes = 1000;
    std::string file = (std::filesystem::temp_directory_path() / "reassess_million_images.npy").string();
    std::size_t batch = 0;
    unsigned threads = 0;
    bool keep = false;
    std::string json_file;
};

double seconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// ---- The file

/// Writes the scores, some megabytes at a time, and returns their labels.
program::drawn_labels write_scores(const arguments& args)
{
    program::drawn_labels labels;
    program::score_drawer drawer(args.classes);
    ra::io::npy_writer<float> file(args.file, {args.images, args.classes});
    const std::size_t rows = std::clamp<std::size_t>((std::size_t{1} << 20) / args.classes, 1, args.images);
    std::vector<float> buffer(rows * args.classes);
    program::progress_bar bar("writing", args.images);
    for (std::size_t first = 0; first < args.images; first += rows) {
        const std::size_t count = std::min(rows, args.images - first);
        for (std::size_t i = 0; i < count; ++i) drawer.draw(buffer.data() + i * args.classes, labels);
        file.append(std::span(buffer).first(count * args.classes));
        bar.show(first + count);
    }
    file.close();
    return labels;
}

// ---- Evaluation and its check

/// One row by plain loops, as the definition of a rank has it.
void check_row(const float* row, std::size_t classes, const ra::image_results& ranks, const ra::targets_view& batch,
               std::size_t image)
{
    const auto rank_of = [&](ra::class_index label) {
        ra::rank_index rank = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            const float own = row[label];
            rank += row[c] > own || (row[c] == own && c < static_cast<std::size_t>(label));
        }
        return rank;
    };
    bool right =
        rank_of(ranks.prediction[image]) == 0 && ranks.original_rank[image] == rank_of((*batch.original)[image]);
    const auto set = (*batch.real)[image];
    const auto* label_rank = ranks.label_rank.data() + (batch.real->offsets()[image] - batch.real->first_label());
    for (const ra::class_index label : set) right = *label_rank++ == rank_of(label) && right;
    if (!right) throw std::logic_error("plain loops find other ranks in a row");
}

struct pass {
    ra::evaluation<> evaluation{};
    double seconds = 0;
    std::size_t batches = 0;
    std::size_t checked_rows = 0;
};

/// As a stream is evaluated; the checks are not part of the time.
template <class Policy>
pass evaluate_in_batches(Policy policy, const ra::scores_view<float>& scores, const ra::targets_view& targets,
                         std::size_t batch, program::own_memory& memory)
{
    constexpr std::size_t stride = 997;
    pass result;
    ra::evaluator evaluator(policy);
    program::progress_bar bar("evaluating", scores.images());
    for (std::size_t first = 0; first < scores.images(); first += batch) {
        const std::size_t count = std::min(batch, scores.images() - first);
        const ra::scores_view<float> part = scores.slice(first, count);
        const ra::targets_view part_targets = targets.slice(first, count);
        const auto start = std::chrono::steady_clock::now();
        const ra::image_results ranks = ra::rank(policy, part, part_targets);
        evaluator.update(ranks, part_targets);
        result.seconds += seconds_since(start);
        ++result.batches;
        memory.look();
        for (std::size_t image = 0; image < count; image += stride) {
            check_row(part.row(image), scores.classes(), ranks, part_targets, image);
            ++result.checked_rows;
        }
        bar.show(first + count);
    }
    result.evaluation = evaluator.result();
    return result;
}

template <class Policy>
pass evaluate_at_once(Policy policy, const ra::scores_view<float>& scores, const ra::targets_view& targets)
{
    const auto start = std::chrono::steady_clock::now();
    pass result{.evaluation = ra::evaluate(policy, scores, targets), .batches = 1};
    result.seconds = seconds_since(start);
    return result;
}

// ---- Output

json json_of_pass(const pass& p, double bytes)
{
    json object;
    object["batches"] = p.batches;
    object["seconds"] = p.seconds;
    object["gigabytes_per_second"] = bytes / p.seconds / 1e9;
    return object;
}

void score_million_images(const arguments& args)
{
    const double bytes = static_cast<double>(args.images) * static_cast<double>(args.classes) * sizeof(float);
    program::expect_room(args.file, bytes);
    const program::temporary_file owner(args.file, args.keep);
    program::own_memory memory;
    const auto start = std::chrono::steady_clock::now();
    const program::drawn_labels labels = write_scores(args);
    const double write_seconds = seconds_since(start);
    memory.look();

    const ra::io::mapped_scores<float> file = ra::io::map_npy<float>(args.file);
    const ra::scores_view<float> scores = file.view();
    // About 100 MB: large enough for threads, and progress is seen.
    const std::size_t batch = args.batch != 0 ? args.batch : std::max<std::size_t>(1, 25'000'000 / args.classes);
    const auto policy = args.threads == 0 ? ra::par : ra::par.on(args.threads);
    const pass batches = evaluate_in_batches(policy, scores, labels.targets(), batch, memory);
    const pass whole = evaluate_at_once(policy, scores, labels.targets());
    memory.look();
    if (!(batches.evaluation == whole.evaluation)) throw std::logic_error("batches and one call count differently");
    const std::optional<double> peak = program::memory_status("VmHWM");

    if (!args.json_file.empty()) {
        json result;
        result["images"] = args.images;
        result["classes"] = args.classes;
        result["bytes"] = bytes;
        result["write_seconds"] = write_seconds;
        result["passes"] = {json_of_pass(batches, bytes), json_of_pass(whole, bytes)};
        program::add_proportion(result["top_1"], whole.evaluation.top_k(1));
        program::add_proportion(result["real"], whole.evaluation.real(1));
        result["checked_rows"] = batches.checked_rows;
        result["own_peak_bytes"] = program::number_or_null(memory.most());
        result["peak_bytes"] = program::number_or_null(peak);
        program::write_json(args.json_file, result);
        if (args.json_file == "-") return;
    }
    std::cout << program::with_commas(args.images) << " x " << program::with_commas(args.classes) << " float32 scores, "
              << program::gigabytes(bytes) << ", written in " << program::number("%.1f s", write_seconds) << "\n\n";
    std::vector<std::vector<std::string>> table{{"evaluated", "seconds", "GB/s", "images/s"}};
    for (const pass& p : {batches, whole}) {
        table.push_back(
            {p.batches == 1 ? "in one call" : "in " + program::with_commas(p.batches) + " batches",
             program::number("%.2f", p.seconds), program::number("%.2f", bytes / p.seconds / 1e9),
             program::with_commas(static_cast<std::uint64_t>(static_cast<double>(args.images) / p.seconds))});
    }
    program::print_table(table);
    std::cout << "\ntop-1 " << program::percent_with_interval(whole.evaluation.top_k(1)) << "   ReaL "
              << program::percent_with_interval(whole.evaluation.real(1)) << "\nequal counts; ranks of "
              << program::with_commas(batches.checked_rows) << " rows are those of plain loops\n";
    if (peak && memory.most()) {
        std::cout << "peak memory: " << program::number("%.0f MB", *memory.most() / 1e6) << " of its own, "
                  << program::number("%.0f MB", *peak / 1e6) << " with the file's pages\n";
    }
    if (args.keep) std::cout << "kept: " << args.file << '\n';
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Writes the scores of a million images to a file and evaluates it through a memory map.",
                 "million_images");
    arguments args;
    app.add_option("--images", args.images, "number of images")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    app.add_option("--classes", args.classes, "number of classes")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--file", args.file, "file for the scores; removed at the end")->capture_default_str();
    app.add_flag("--keep", args.keep, "keep the file");
    app.add_option("--batch", args.batch, "images in a batch; by default about 100 MB of scores")
        ->check(CLI::Range(1, 100'000'000));
    app.add_option("--threads", args.threads, "number of threads; by default all cores");
    app.add_option("--json", args.json_file, "write the numbers as JSON (- for standard output)");
    return program::run(app, argc, argv, [&] { score_million_images(args); });
}
