#include "config/preload.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <regex>
#include <sstream>

namespace executor {
namespace {

// What most scripts import and what costs nothing to preload: no shared libraries of their own, so
// no mappings that every clone would copy.
constexpr const char* kCommonModules =
    "json re math random datetime time calendar collections itertools functools operator heapq "
    "bisect string textwrap typing dataclasses enum copy csv io os pathlib base64 struct "
    "contextlib urllib.parse inspect traceback subprocess";

// The heavy modules. A script that names one of them would wait longer for its import than a worker
// that has them all takes to be made.
constexpr const char* kDataSet =
    "data: numpy pandas asyncio multiprocessing concurrent.futures tempfile uuid secrets sqlite3 "
    "statistics zoneinfo";

// Shared libraries again, and slow to import. Only one ready worker: plots are rarer.
constexpr const char* kPlotSet =
    "plot=1: matplotlib + matplotlib.pyplot numpy pandas pandas.plotting._matplotlib";

// Draws what plots have in common. Fonts keep their files open, which no worker would have: they
// are forgotten, as matplotlib itself does after a fork.
constexpr const char* kPlotWarmUp = R"(
import gc, io
import matplotlib.pyplot as plt
from matplotlib import font_manager
def main():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [2, 1, 3], label="line")
    axes.bar([1, 2], [1, 2])
    axes.set_title("title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    plt.close("all")
    font_manager._get_font.cache_clear()
    gc.collect()
)";

// Reaches the parts of pandas that small scripts use.
constexpr const char* kPandasWarmUp = R"(
import numpy as np
import pandas as pd
def main():
    df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.5, 2.5, 3.5, np.nan], "c": list("xyxy")})
    df["d"] = df["a"] * 2
    groups = df.groupby("c")["a"].mean()
    return {"sum": df[["a", "b"]].sum().to_dict(), "mean": float(df["b"].mean()),
            "groups": groups.to_dict(), "rows": df.to_dict(orient="records")[:1],
            "sorted": df.sort_values("a").shape, "filtered": len(df[df["a"] > 2])}
)";

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// The script that warms a set's spare workers: of the heaviest library that it has.
std::string warm_up_of(const PreloadSet& set) {
  const auto has = [&set](const char* module) {
    return std::find(set.modules.begin(), set.modules.end(), module) != set.modules.end() ||
           std::find(set.also.begin(), set.also.end(), module) != set.also.end();
  };
  if (has("matplotlib.pyplot")) return kPlotWarmUp;
  return has("pandas") ? kPandasWarmUp : "";
}

}  // namespace

std::vector<std::string> default_preload() {
  constexpr const char* kDebians = "/usr/lib/python3/dist-packages/matplotlib";
  std::error_code ignored;
  std::vector<std::string> sets = {"light:"};
  if (std::filesystem::exists(kDebians, ignored)) sets.emplace_back(kPlotSet);
  sets.emplace_back(kDataSet);
  return sets;
}

std::vector<std::string> shown_default_preload() {
  return {"light:", kPlotSet, kDataSet};
}

std::string default_common_modules() {
  return kCommonModules;
}

Result<PreloadSet> parse_preload_set(const std::string& text, const std::string& common_modules,
                                     std::uint32_t ready) {
  static const std::regex kForm(R"(([^:=+\s]+)(?:=(\d{1,4}))?\s*:([^+]*)(?:\+([^+]*))?)");
  std::smatch parts;
  if (!std::regex_match(text, parts, kForm)) {
    return failure("preload must look like \"NAME[=READY]: MODULE ... [+ MODULE ...]\", not \"" +
                   text + "\"");
  }
  PreloadSet set;
  set.name = parts[1];
  set.modules = words(parts[3]);
  set.also = words(parts[4]);
  set.warm_up = warm_up_of(set);
  const auto common = words(common_modules);
  set.also.insert(set.also.end(), common.begin(), common.end());
  set.ready = parts[2].matched ? static_cast<std::uint32_t>(std::stoul(parts[2])) : ready;
  if (set.ready == 0) return failure("preload set " + set.name + ": READY must be greater than 0");
  return set;
}

}  // namespace executor
