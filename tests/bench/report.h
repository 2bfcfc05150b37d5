// What a bench run leaves behind: a table for people, and files for other programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "batches.h"
#include "campaign.h"
#include "fields.h"
#include "neighbours.h"
#include "pages.h"
#include "pairs.h"
#include "stages.h"
#include "zygote_limit.h"

namespace executor::bench {

struct Options;

// The whole table as markdown: the machine, the contenders, the ratios.
void write_table(std::ostream& out, const Findings& findings, const Options& options);

// Every round of every contender as JSON, with the table's medians.
void write_results(std::ostream& out, const Findings& findings, const Options& options);

// A line per contender for gnuplot: id, trivial p50, pandas p50, trivial runs/s, pandas runs/s;
// "-" where nothing was measured.
void write_plot_data(std::ostream& out, const Findings& findings);

// Further tables, to follow the first.
void write_neighbours(std::ostream& out, const std::vector<Neighbourhood>& all);
void write_stages(std::ostream& out, const std::vector<Stage>& stages);
void write_zygote_limit(std::ostream& out, const std::vector<ZygoteLimit>& limits);
void write_pages(std::ostream& out, const std::vector<PageCost>& costs);
void write_fields(std::ostream& out, const std::vector<FieldCost>& all);
void write_pairs(std::ostream& out, const std::string& base, const std::vector<Pairs>& all);
void write_batches(std::ostream& out, const BatchCosts& costs);

// For a table: three significant digits, as far as whole numbers allow.
std::string number(double value);

}  // namespace executor::bench
