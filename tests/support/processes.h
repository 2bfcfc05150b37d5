// What /proc says about running processes, for tests that none is left behind. Reads only;
// never signals anything.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace executor::test {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  // Clock ticks since boot; with the pid it identifies one process permanently, so that a recycled
  // pid is not taken for it.
  unsigned long long started = 0;
  std::string command;  // the command line, arguments joined by blanks; empty for a zombie
};

// Every process that can be seen, in no particular order.
std::vector<Process> all_processes();

// The children of `root`, their children, and so on; without `root` itself.
std::vector<Process> descendants(pid_t root);

// True while this very process exists, also as a zombie that has not been reaped.
bool exists(const Process& process);

// Those whose command line contains `text`.
std::vector<Process> with_command(const std::vector<Process>& processes, std::string_view text);

// Those that execute the program of that name, by the first word of their command line: others may
// have it as an argument.
std::vector<Process> with_program(const std::vector<Process>& processes, std::string_view name);

// Of these, what firejail has started: known by its parent, for its name is that of a descriptor.
std::vector<Process> zygotes(const std::vector<Process>& processes);

// Every firejail among them and everything that runs inside.
std::vector<Process> jailed(const std::vector<Process>& processes);

// The zygotes' children.
std::vector<Process> workers(const std::vector<Process>& processes);

// How often all threads of a process together have gone to sleep so far.
long sleeps_of(pid_t pid);

}  // namespace executor::test
