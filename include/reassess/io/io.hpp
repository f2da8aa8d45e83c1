// All readers and writers of files (opt-in: needs Boost.Interprocess, nlohmann's JSON, libcsv and libzip).
#pragma once

#include "csv.hpp"
#include "file_error.hpp"
#include "image_names.hpp"
#include "join_tables.hpp"
#include "label_sets.hpp"
#include "labels.hpp"
#include "npy.hpp"
#include "npy_text.hpp"
#include "npz.hpp"
#include "rater_votes.hpp"
#include "score_file.hpp"
#include "text_file.hpp"
#include "verdicts.hpp"
