// Prints the warp instructions and sectors of tests/cuda/counts.hpp. Built and run by cuda_counts.sh.
#include "../tests/cuda/counts.hpp"

#include <cstdio>
#include <string>

int main()
{
    int above = 0;
    test_support::check_counts([&](bool within, const std::string& what) {
        if (within) return;
        ++above;
        std::printf("more than 10 %% above the limit: %s\n", what.c_str());
    });
    return above == 0 ? 0 : 1;
}
