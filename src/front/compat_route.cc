// /compat/NAME/...: what clients of other sandboxes send, by the adapters that are on
// (compat/adapter.h).
#include "compat/adapter.h"
#include "compat/run_words.h"
#include "contract/json_body.h"
#include "contract/request_advice.h"
#include "front/responses.h"
#include "front/routes.h"

namespace executor {
namespace {

const char* allowed_with(std::string_view method) {
  return method == "GET" ? "GET, HEAD" : "POST";
}

Response rendered(const Endpoint& endpoint, const Execution& execution, Dialect dialect,
                  const RuntimeFacts& facts, const JsonMembers& body) {
  const Outcome& outcome = execution.outcome;
  const bool fine = dialect == Dialect::kProgram && has_exited_well(outcome);
  Response response = to_response(fine ? endpoint.render(as_returned(outcome), facts, body)
                                       : endpoint.render(outcome, facts, body));
  add_headers(response, execution);
  return response;
}

}  // namespace

void Routes::compat(const Request& request, Reply& reply) const {
  const auto options = this->options();
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : request.method;
  const Endpoint* endpoint = find_endpoint(request.path, method, options->clients.adapters);
  if (endpoint == nullptr) {
    return reply.send(to_response(render_error(404, "not_found", "Not found")));
  }
  if (endpoint->method != method) return reply.send(wrong_method(allowed_with(endpoint->method)));
  RuntimeFacts facts = endpoint->wants_facts ? facts_.get() : RuntimeFacts{};
  facts.limits = options->limits;
  // Health checks here must get the same answer as at /health.
  if (endpoint->path.starts_with("/health")) {
    if (const Response state = health(request); state.status != 200) return reply.send(state);
  }
  if (endpoint->render == nullptr) {
    return reply.send(to_response(endpoint->translate(JsonMembers(), facts).answer));
  }
  if (!turned_away(request, reply)) translate(request, *endpoint, facts, *options, reply);
}

void Routes::translate(const Request& request, const Endpoint& endpoint, const RuntimeFacts& facts,
                       const RouteOptions& options, Reply& reply) const {
  JsonMembers members;
  const auto refuse_with = [&](Refusal refusal) {
    Execution nothing;
    nothing.outcome = outcome_of(std::move(refusal));
    refuse(request, rendered(endpoint, nothing, Dialect::kProgram, facts, members),
           RefusalReason::kBadRequest, reply);
  };
  // Some clients send JSON as text/plain. A page may send that anywhere without a preflight, but
  // the browser then adds an Origin header.
  const bool trusted = request.origin.empty() || is_json_type(request.content_type);
  if (!trusted) {
    return refuse_with({std::string(kNotJson), explain_content_type(request.content_type), {}});
  }
  const auto json = read_json(request.body, request.encoding);
  if (!json) return refuse_with(json.error());
  members = JsonMembers(json->text());
  const Translation translation = endpoint.translate(members, facts);
  if (!translation.call) {
    return refuse(request, to_response(translation.answer), RefusalReason::kBadRequest, reply);
  }
  auto wanted = request_of(*translation.call, options.limits);
  if (!wanted) return refuse_with(wanted.error());
  wanted->patience = translation.patience;
  const auto render = [&, dialect = wanted->job.dialect](const Execution& execution) {
    return rendered(endpoint, execution, dialect, facts, members);
  };
  run(request, std::move(*wanted), render, false, reply);
}

}  // namespace executor
