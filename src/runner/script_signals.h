// Signals of a script. A worker is the first process of its PID namespace, to which the kernel
// sends no signal from within whose action is the default one (pid_namespaces(7)). So the default
// action is spelled out for it: the process says which signal it was, and ends.
//
// Three things together do that. Handlers, which workers inherit, stand for the default action.
// Where a script asks for the default action again, sigaction(3) installs such a handler. And
// kill(3), raise(3) and killpg(3) end a process that sends itself what the kernel would not
// deliver: SIGKILL, and the signals of faults, which have no handlers, because a fault itself does
// end the process.
//
// Like those of runner/libc_answers.h, these definitions come before libc's for Python, its
// extension modules and the C libraries below them. Processes that a script makes have libc's
// behaviour.
#pragma once

namespace executor {

// Says that the process ends by this signal. Called in a signal handler: async-signal-safe.
using SignalReport = void (*)(int signal);

// Call once in the zygote, after Python's start. A process that is no worker ends by the signal.
void install_ending_handlers();

// This process is a worker, and reports by which signal it ends. Call first of all.
void end_by_signals_with(SignalReport report);

}  // namespace executor
