// Reports: numbers beside the published ones, tables and figures, as HTML, Markdown and JSON (opt-in: needs nlohmann's
// JSON, and gnuplot when figures are drawn).
#pragma once

#include "document.hpp"
#include "gnuplot.hpp"
#include "html.hpp"
#include "json.hpp"
#include "markdown.hpp"
#include "plot.hpp"
#include "text.hpp"
