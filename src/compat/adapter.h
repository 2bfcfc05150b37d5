// Other sandboxes' HTTP interfaces, so that their clients need another base URL and nothing else.
// An adapter is a table: paths below /compat/NAME, each with a function that turns a request into
// a POST /execute and one that turns an outcome into that client's answer. Pure; knows nothing of
// HTTP but methods and statuses.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compat/call.h"
#include "compat/json_read.h"
#include "compat/runtime_facts.h"
#include "contract/outcome.h"
#include "contract/render.h"

namespace executor {

// What a request asks for: something to be run, or an answer at once.
struct Translation {
  std::optional<Call> call{};
  Answer answer{};  // where there is no call
  // How long it waits for a slot; empty: as the setting says.
  std::optional<std::chrono::duration<double>> patience{};
};

struct Endpoint {
  std::string_view method;
  std::string_view path;  // below /compat/NAME
  // `body` is JSON; without members for GET, and where it is not an object.
  Translation (*translate)(const JsonMembers& body, const RuntimeFacts& facts);
  // For POST. Endings of runs are 200; our own failures get a status on which that client retries.
  // `body` is the request's, as above.
  Answer (*render)(const Outcome& outcome, const RuntimeFacts& facts, const JsonMembers& body);
  bool wants_facts = false;  // else only the limits are known
};

// A health check's answer that several clients know: {"status": "ok"}.
Translation say_ok(const JsonMembers& body, const RuntimeFacts& facts);

struct Adapter {
  std::string_view name;  // as the setting `compat` has it
  std::span<const Endpoint> endpoints;
};

// All adapters.
std::span<const Adapter> adapters();

// The endpoint of a path ("/compat/dify/v1/sandbox/run", whatever prefix is in front) among the
// adapters that are on, whatever its method; null when there is none. `method` decides between
// those of one path.
const Endpoint* find_endpoint(std::string_view path, std::string_view method,
                              std::span<const std::string> on);

}  // namespace executor
