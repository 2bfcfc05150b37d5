// What clients do that is no request for a run, or that they do not wait for.
#include "soak/kind.h"
#include "support/execute.h"

namespace executor::test {
namespace {

std::string head(const std::string& path, std::size_t length) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(length) + "\r\n\r\n";
}

// A request for a run of `script`, as bytes.
std::string bytes_of(const std::string& script, const std::string& more_headers = {}) {
  const std::string body = request_body("script", script, 20);
  std::string text = head("/execute", body.size());
  text.insert(text.size() - 2, more_headers);
  return text + body;
}

std::string expect(const Response& response, int status, std::string_view error) {
  boost::system::error_code broken;
  const auto body = boost::json::parse(response.body, broken);
  if (!broken && response.status == status && body.is_object()) {
    const auto* const said = body.get_object().if_contains("error");
    if (said != nullptr && *said == boost::json::value(error)) return {};
  }
  return std::to_string(response.status) + " " + response.body.substr(0, 1000);
}

Request post(const std::string& body, const std::string& type = "application/json") {
  return {"POST", "/execute", {{"Content-Type", type}}, body};
}

// A client that goes away has no answer to judge: the end shows what is left of the run.
std::string leave_running(Caller& caller, const std::string& token) {
  Connection(caller.port())
      .write(bytes_of("import subprocess\ndef main():\n    subprocess.run(['sleep', '86388.25'])\n"
                      "    return " +
                      token));
  return {};
}

std::string leave_looping(Caller& caller, const std::string& token) {
  Connection(caller.port())
      .write(bytes_of("def main():\n    while True: pass\n    return " + token));
  return {};
}

std::string leave_in_the_body(Caller& caller, const std::string& token) {
  Connection(caller.port()).write(head("/execute", 5000) + "{\"script\": \"" + token);
  return {};
}

std::string leave_in_the_answer(Caller& caller, const std::string& token) {
  Connection client(caller.port());
  client.write(bytes_of("def main():\n    return 'TOKEN' * 500000\n#" + token));
  client.read_until("HTTP/1.1 200 OK");
  return {};
}

std::string leave_while_events_come(Caller& caller, const std::string& token) {
  Connection client(caller.port());
  client.write(bytes_of("import time\ndef main():\n    while True:\n        print(" + token +
                            ", flush=True)\n        time.sleep(0.01)",
                        "Accept: text/event-stream\r\n"));
  client.read_until(token);
  return {};
}

std::string say_nothing(Caller& caller, const std::string& /*token*/) {
  const Connection client(caller.port());
  return {};
}

std::string send_what_is_no_http(Caller& caller, const std::string& token) {
  return expect(send_raw(caller.port(), token + " is no request\r\n\r\n"), 400, "Bad request");
}

std::string send_too_much(Caller& caller, const std::string& token) {
  Connection client(caller.port());
  client.write(head("/execute", 9000000) + token + std::string(9000000, ' '));
  return expect(client.read(), 413, "Request body too large (the limit is 8 MB)");
}

std::string send_what_is_no_json(Caller& caller, const std::string& token) {
  return expect(caller.send(post("{\"script\": " + token + ",}")), 400, "Request must be JSON");
}

std::string send_deep_json(Caller& caller, const std::string& /*token*/) {
  return expect(caller.send(post(std::string(100000, '['))), 400, "Request must be JSON");
}

std::string send_another_type(Caller& caller, const std::string& token) {
  return expect(caller.send(post("script=" + token, "application/x-www-form-urlencoded")), 400,
                "Request must be JSON");
}

std::string send_no_script(Caller& caller, const std::string& token) {
  return expect(caller.send(post("{\"token\": " + token + "}")), 400,
                "Missing 'script' field in request body");
}

std::string ask_with_another_method(Caller& caller, const std::string& token) {
  return expect(caller.send({"PUT", "/execute?" + token, {}, {}}), 405, "Method not allowed");
}

std::string ask_for_another_path(Caller& caller, const std::string& token) {
  return expect(caller.send({"POST", "/execute/" + token, {}, "x"}), 404, "Not found");
}

std::string ask_for_health(Caller& caller, const std::string& /*token*/) {
  const Response response = caller.send({"GET", "/health", {}, {}});
  if (response.status == 200 && response.body == "{\"status\": \"healthy\"}\n") return {};
  return std::to_string(response.status) + " " + response.body;
}

}  // namespace

std::vector<Kind> client_kinds() {
  return {{"client goes while it runs", 60, leave_running},
          {"client goes while it loops", 40, leave_looping},
          {"client goes in its body", 50, leave_in_the_body},
          {"client goes in its answer", 20, leave_in_the_answer},
          {"client goes amid events", 20, leave_while_events_come},
          {"client says nothing", 50, say_nothing},
          {"not HTTP", 50, send_what_is_no_http},
          {"body too large", 50, send_too_much},
          {"not JSON", 100, send_what_is_no_json},
          {"JSON too deep", 30, send_deep_json},
          {"another content type", 30, send_another_type},
          {"neither script nor code", 50, send_no_script},
          {"another method", 50, ask_with_another_method},
          {"another path", 50, ask_for_another_path},
          {"health", 200, ask_for_health}};
}

}  // namespace executor::test
