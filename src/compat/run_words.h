// What the adapters have in common: how a run has ended, in terms of processes, and translations of
// request fields to those of POST /execute.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "compat/json_read.h"
#include "contract/outcome.h"
#include "wire/lower_limits.h"

namespace executor {

// How a process that did only this run would have ended: one of the two. A run that the service
// ended was killed; an uncaught exception is status 1.
struct ExitWords {
  std::optional<int> code;
  std::optional<int> signal;
};
ExitWords exit_words(const Outcome& outcome);
// Whether the process has exited with status 0 on its own, as by os._exit(0) or when another
// program took its place. Of a program that is a success to clients that look at the status.
bool has_exited_well(const Outcome& outcome);
// The same outcome as of a program that has come to its end.
Outcome as_returned(Outcome outcome);
// As a shell reports it: 128 + the signal.
int shell_status(const Outcome& outcome);
// "SIGKILL".
std::string signal_name(int signal);

// Whether nothing ran for a reason of ours, so that the same request may succeed later.
bool is_ours(Ending ending);

// Whether stderr shows the error: a traceback ends with it.
bool is_error_in_stderr(const Outcome& outcome);
// What went to stderr, followed by the error where it is not in there, as with a timeout.
std::string stderr_with_error(const Outcome& outcome);

// What a client calls a field of POST /execute.
struct FieldWords {
  std::string_view field;      // "argv"
  std::string_view name;       // "'args'"
  std::string_view must_be{};  // "an array of strings"; where it has the same form: empty
};
// What is wrong with a request, and where: the texts of POST /execute in the client's words. A
// missing program is `code` for all.
std::string refusal_text(const Outcome& refused, std::initializer_list<FieldWords> words = {});

// JSON text of a program, which may be empty there: POST /execute takes none that is.
std::string runnable(std::string_view json);

// Seconds as whole milliseconds.
std::string milliseconds_json(double seconds);

// JSON text of milliseconds as that of seconds; "" for "". Anything else stays unchanged, for
// parse_request() to refuse.
std::string seconds_of_milliseconds(std::string_view json);

// A number as JSON has it; 0 where it is none; out of a double's range it is as large as can be, or
// 0.
double number_of(std::string_view json);

// JSON text of seconds, no more than `most`: clients ask for their own sandbox's most when they
// have no wish. What is no number stays unchanged, for parse_request() to refuse.
std::string at_most(std::string_view json, std::chrono::duration<double> most);

// An amount, in bytes or 1, as one of the `limits` of POST /execute: whole units of it, no more
// than `most` has and no fewer than it takes. "" where it is not greater than 0.
std::string limit_of(std::string_view name, double amount, const LowerLimits& most);

// Whether it is one of the names that clients use for Python.
bool is_python(std::string_view language);

// `files` of POST /execute, JSON, from an array of objects whose members `name` and `content` have
// these names. With `base64` true, content is base64; otherwise where a member `encoding` is
// "base64". Empty when the array does not have that form.
std::optional<std::string> files_of(std::string_view array, std::string_view name,
                                    std::string_view content, bool base64);

}  // namespace executor
