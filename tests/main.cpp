// The one main of all doctest files. Says at the end how many cases were left out for want of the real data.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/real_data.hpp"

#include <doctest/doctest.h>

#include <iostream>

int main(int argc, char** argv)
{
    doctest::Context context(argc, argv);
    const int status = context.run();
    if (const int skipped = test_support::skipped_for_want_of_data(); skipped > 0) {
        std::cout << "left out: " << skipped << " test cases on real data, because REASSESS_DATA is not set\n";
    }
    return status;
}
