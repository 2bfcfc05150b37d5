// What the launcher's children have in common, between fork and exec.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "launcher/options.h"

namespace executor {

inline constexpr int kFailedChild =
    126;  // the exit status of a child that could not become another

// In a child: says why on standard error, and exits.
[[noreturn]] void fail_child(const Failure& failed);

// The launcher blocks signals, and its children would inherit that.
void clear_signal_mask();

// The responder's command with the options that the launcher always adds.
std::vector<std::string> responder_command(const LauncherOptions& options);

// Executes the program that is the first of the words.
[[noreturn]] void execute(std::vector<std::string>& words);
// The same with an empty environment.
[[noreturn]] void execute_bare(std::vector<std::string>& words);

}  // namespace executor
