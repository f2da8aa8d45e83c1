// Program that includes the umbrella header and io/: label sets from a file, and an interval from Boost.Math.
#include <reassess/io/io.hpp>
#include <reassess/reassess.hpp>

#include <fstream>
#include <iostream>

namespace ra = reassess;

int main()
{
    std::ofstream("real.json") << "[[0], [2, 1], []]";
    const ra::label_sets sets = ra::io::read_label_sets("real.json");

    const auto interval = ra::wilson_interval({.hits = sets.labels(), .total = 4}, ra::confidence_level{0.95});
    std::cout << sets.labels() << " labels of " << sets.images() << " images; 3 of 4 is in " << interval.lower << " to "
              << interval.upper << '\n';
    return sets.labels() == 3 && sets[1].front() == 1 && interval.lower < 0.75 && interval.upper > 0.75 ? 0 : 1;
}
