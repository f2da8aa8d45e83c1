// The first program of the README: one model, scored against original and ReaL labels.
// Run it in a folder that simulate_validation_set wrote, or put your own files in their places.
#include <reassess/data/image_names.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/io/image_names.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/statistics/proportion_interval.hpp>

#include <cstdio>

namespace ra = reassess;

int main()
{
    const auto names = ra::io::read_image_names("names.txt");   // the image of every row
    const auto scores = ra::io::map_npy<float>("model_c.npy");  // images x classes, memory-mapped
    const auto original = ra::io::read_labels("original.npy");
    const auto real = ra::align_by_number(ra::io::read_label_sets("real.json"), names);  // by name, not by luck

    const auto result = ra::evaluate(ra::par, scores.view(), {.original = original, .real = real});

    const auto bounds = ra::wilson_interval(result.real(1), ra::confidence_level{0.95});
    std::printf("original accuracy    %.4f\n", result.top_k(1).value());
    std::printf("ReaL accuracy        %.4f [%.4f, %.4f]\n", result.real(1).value(), bounds.lower, bounds.upper);
    std::printf("preferred to label   %.4f\n", result.preference().ratio().value());
}
