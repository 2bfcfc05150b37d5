// Messages on the control socket. The zygote is our own program, but scripts run next to it.
#include "wire/control.h"

#include "base/utf8.h"
#include "contract/json_check.h"
#include "contract/render.h"
#include "execution/verdict.h"
#include "fuzz/property.h"

namespace executor {
namespace {

void check_answer(const Answer& answer) {
  must(is_json(answer.body), "an answer is JSON");
  must(is_valid_utf8(answer.body), "an answer is UTF-8");
}

void check_exit(const WorkerExited& exited) {
  for (const Dialect dialect : {Dialect::kFunction, Dialect::kProgram}) {
    const Outcome outcome = judge(dialect, {.exit = Exit{exited.wait_status}}, RunLimits());
    must(outcome.ending == Ending::kExited || outcome.ending == Ending::kCrashed ||
             outcome.ending == Ending::kTimeout || outcome.ending == Ending::kMemoryLimit,
         "a worker that is gone has exited, crashed, or used up its time or memory");
    must(!outcome.error.empty(), "an ending without a claim has a text");
    check_answer(render(dialect, outcome));
  }
}

template <typename Message>
void check_form(const std::optional<Message>& message, std::string_view input) {
  if (!message) return;
  must(encode(*message) == input, "a message has one form");
}

}  // namespace

void check_properties(std::string_view input) {
  const auto to = decode_to_zygote(input);
  const auto from = decode_from_zygote(input);
  check_form(to, input);
  check_form(from, input);
  must(!to || !from, "no message goes both ways");
  if (!from) return;

  must(!decode_from_zygote(input.substr(0, input.size() - 1)), "a part of a message is invalid");
  if (const auto* failed = std::get_if<ZygoteFailed>(&*from)) {
    check_answer(render_unhealthy(failed->text));
  }
  if (const auto* exited = std::get_if<WorkerExited>(&*from)) check_exit(*exited);
}

}  // namespace executor
