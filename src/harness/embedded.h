// The Python source files of this directory, compiled into the runner: embedded_NAME() is the text
// of NAME.py. The definitions are generated (scripts/embed).
#pragma once

#include <string_view>

namespace executor {

std::string_view embedded_harness();
std::string_view embedded_harness_calls();
std::string_view embedded_harness_children();
std::string_view embedded_harness_evidence();
std::string_view embedded_harness_exit();
std::string_view embedded_harness_files();
std::string_view embedded_harness_fresh();
std::string_view embedded_harness_hints();
std::string_view embedded_harness_hooks();
std::string_view embedded_harness_images();
std::string_view embedded_harness_network();
std::string_view embedded_harness_paths();
std::string_view embedded_harness_random();
std::string_view embedded_harness_report();
std::string_view embedded_harness_result();
std::string_view embedded_harness_script();
std::string_view embedded_harness_shadowed();
std::string_view embedded_harness_suggestions();
std::string_view embedded_harness_syntax();
std::string_view embedded_harness_values();

}  // namespace executor
