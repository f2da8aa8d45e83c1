// The passes over scores and stored lists of one model, without templates and without Python: what the bindings call
// and scores_*.cpp and lists.cpp define for their element types.
#pragma once

#include <reassess/evaluate.hpp>

#include <cstddef>
#include <cstdint>

namespace binding {

namespace ra = reassess;

enum class element { float16, bfloat16, float32, float64, int8, uint8, int32, int64 };

/// A matrix in host memory: scores, images x classes, or stored lists, images x k (int32 and int64).
struct matrix {
    element type = element::float32;
    const void* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t row_stride = 0;  ///< in elements
};

/// The arguments of a call other than its matrix.
struct call {
    ra::targets_view targets{};
    ra::score_interpretation scores{};
    ra::evaluation_options options{};
    std::size_t classes = 0;  ///< of stored lists
    unsigned threads = 0;
    std::uint64_t first_image = 0;
    /// Called between blocks of rows, so that a signal ends a long call. May throw.
    void (*between_blocks)() = nullptr;
};

/// The evaluation of scores or lists; errors: see ra::evaluate.
ra::evaluation<> evaluate(const matrix& input, const call& arguments);
/// The results of each image; errors: see ra::rank.
ra::image_results rank(const matrix& input, const call& arguments);

}  // namespace binding
