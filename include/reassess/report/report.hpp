// All report headers: numbers with published values, tables and figures, written as HTML, Markdown and JSON (opt-in:
// needs nlohmann's JSON, and gnuplot to draw figures).
#pragma once

#include "document.hpp"
#include "gnuplot.hpp"
#include "html.hpp"
#include "json.hpp"
#include "markdown.hpp"
#include "plot.hpp"
#include "text.hpp"
