#include "config/nginx.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/fd.h"
#include "base/whole_file.h"
#include "contract/decimal.h"

namespace executor {
namespace {

constexpr std::size_t kKilobyte = 1024;
constexpr std::size_t kMegabyte = 1024 * kKilobyte;
// All addresses together may have this many times what one may have.
constexpr std::uint32_t kAddresses = 2;

std::string size_in_words(std::size_t bytes) {
  return bytes % kMegabyte == 0 ? std::to_string(bytes / kMegabyte) + " MB"
                                : std::to_string(bytes / kKilobyte) + " KB";
}

std::string head(const char* what_for) {
  return std::string(
             "# Made by python-executor --nginx-config from the settings: not to be edited.\n# ") +
         what_for + "\n\n";
}

// A plain string of nginx's `map` is compared without regard to case, and a long one needs a larger
// hash table: a pattern has neither problem.
std::string exactly(const std::string& key) {
  std::string pattern = "~^";
  for (const char c : key) {
    if (c == '.' || c == '+') {
      pattern.append("[").append(1, c).append("]");
    } else {
      pattern.append(1, c);
    }
  }
  return pattern + "$";
}

std::string client_map(const std::vector<ApiKey>& keys) {
  if (keys.empty()) return "map $host $python_executor_client {\n    default \"\";\n}\n";
  std::string text =
      "# Authorization: Bearer KEY, or X-API-Key: KEY\n"
      "map $http_authorization $python_executor_key {\n"
      "    default $http_x_api_key;\n"
      "    \"~*^Bearer +(?<python_executor_bearer>[A-Za-z0-9._~+/=-]+)$\" "
      "$python_executor_bearer;\n"
      "}\n"
      "map $python_executor_key $python_executor_client {\n"
      "    default \"\";\n";
  for (const ApiKey& key : keys) {
    text.append("    \"").append(exactly(key.key)).append("\" ").append(key.client).append(";\n");
  }
  return text + "}\n";
}

// What an answer with status 429 says.
std::string limit_map(const NginxOptions& nginx, bool keys) {
  const std::string at_once =
      keys ? std::to_string(nginx.key_connections) + " at once for one client"
           : std::to_string(nginx.address_connections) + " at once from one address";
  return "map $limit_req_status $python_executor_limit {\n"
         "    default \"at most " +
         at_once +
         "\";\n"
         "    REJECTED \"at most " +
         std::to_string(nginx.key_rate) +
         " a second for one client\";\n"
         "}\n";
}

// An origin as a pattern: plain strings are compared without regard to case.
std::string origin_pattern(const std::string& origin) {
  std::string pattern = "~^";
  for (const char c : origin) {
    if (c == '.' || c == '+' || c == '[' || c == ']') pattern += '\\';
    pattern += c;
  }
  return pattern + "$";
}

// The origins that are allowed by CORS, and a variable that is set for a preflight request from one
// of them (https://fetch.spec.whatwg.org/#http-cors-protocol).
std::string cors_maps(const std::vector<std::string>& origins) {
  // Others' configurations name the variable where no origin is allowed, too.
  if (origins.empty()) return "map \"\" $python_executor_preflight {\n    default \"\";\n}\n";
  std::string text = "map $http_origin $python_executor_cors_origin {\n    default \"\";\n";
  for (const std::string& origin : origins) {
    text += "    \"" + origin_pattern(origin) + "\" $http_origin;\n";
  }
  return text +
         "}\n"
         "map \"$request_method $python_executor_cors_origin "
         "$http_access_control_request_method\" $python_executor_preflight {\n"
         "    default \"\";\n"
         "    \"~^OPTIONS \\S+ \\S+$\" yes;\n"
         "}\n";
}

std::string cors_file(const std::vector<std::string>& origins) {
  std::string text = head("For each place that answers: what browsers let pages of others read.");
  if (origins.empty()) return text;
  return text +
         "add_header Access-Control-Allow-Origin $python_executor_cors_origin always;\n"
         "add_header Access-Control-Expose-Headers "
         "\"X-Request-Id, Server-Timing, Retry-After\" always;\n"
         "add_header Vary Origin always;\n";
}

// Before a key is asked for: a preflight has none.
std::string preflight_answer(const std::vector<std::string>& origins) {
  if (origins.empty()) return "";
  return "if ($python_executor_preflight) {\n"
         "    include python-executor/settings/cors.conf;\n"
         "    add_header X-Request-Id $python_executor_request_id always;\n"
         "    add_header Access-Control-Allow-Methods \"GET, HEAD, POST\";\n"
         "    add_header Access-Control-Allow-Headers \"Accept, Authorization, Content-Type, "
         "MCP-Protocol-Version, X-API-Key, X-Request-Id\";\n"
         "    add_header Access-Control-Max-Age 600;\n"
         "    return 204;\n"
         "}\n";
}

std::string zones(const NginxOptions& nginx, bool keys) {
  std::string text =
      "limit_conn_zone $binary_remote_addr zone=python_executor_addresses:2m;\n"
      "limit_conn_zone python_executor zone=python_executor_all:64k;\n";
  if (!keys) return text;
  text += "limit_conn_zone $python_executor_client zone=python_executor_keys:1m;\n";
  if (nginx.key_rate > 0) {
    text += "limit_req_zone $python_executor_client zone=python_executor_key_rate:1m rate=" +
            std::to_string(nginx.key_rate) + "r/s;\n";
  }
  return text;
}

std::string http_file(const Config& config, const std::vector<ApiKey>& keys) {
  const bool logged = config.nginx.log_addresses;
  return head("For the http block: ../http.conf includes it.") +
         "map $host $python_executor_body_limit {\n    default \"" +
         size_in_words(config.front.max_body) +
         "\";\n}\n"
         "# The address in logs.\n"
         "map $host $python_executor_address {\n    default " +
         (logged ? "$remote_addr" : "\"\"") + ";\n}\n" + client_map(keys) +
         cors_maps(config.clients.cors_origins) + limit_map(config.nginx, !keys.empty()) +
         zones(config.nginx, !keys.empty());
}

std::string responder_file(const Config& config) {
  return head("For each location that the responder answers: ../responder.conf includes it.") +
         "client_max_body_size " + std::to_string(config.front.max_body / kKilobyte) + "k;\n";
}

std::string connections(const char* zone, std::uint32_t most) {
  return std::string("limit_conn python_executor_") + zone + " " + std::to_string(most) + ";\n";
}

// A request counts from its complete header to the end of its answer. With keys, only requests that
// have one count: all others end with 401.
std::string execute_file(const Config& config, bool keys) {
  const NginxOptions& nginx = config.nginx;
  const auto patience = std::to_string(std::lround(std::ceil(config.front_timeout.count())));
  std::string text =
      head("For the location of /execute: ../execute.conf includes it.") +
      "# The responder keeps the deadlines; these only notice that it has stopped answering, or\n"
      "# taking a body, which it does once it has memory for it.\n"
      "fastcgi_read_timeout " +
      patience + "s;\nfastcgi_send_timeout " + patience + "s;\n" +
      preflight_answer(config.clients.cors_origins);
  if (keys) {
    text +=
        "if ($python_executor_client = \"\") {\n    rewrite ^ /__python_executor_unauthorized "
        "last;\n}\n";
    if (nginx.key_rate > 0) {
      text += "limit_req zone=python_executor_key_rate burst=" + std::to_string(nginx.key_rate) +
              " nodelay;\n";
    }
    if (nginx.key_connections > 0) text += connections("keys", nginx.key_connections);
  } else {
    text += connections("addresses", nginx.address_connections);
  }
  return text + connections("all", kAddresses * nginx.address_connections);
}

std::string pages_file(const NginxOptions& nginx) {
  return head("For the location of the pages: ../pages.conf includes it.") +
         connections("addresses", nginx.address_connections);
}

// nginx writes the address of the client into what it logs, unless it logs nothing of requests.
std::string log_file(const NginxOptions& nginx) {
  return head("For the http block of an nginx that is the service's own.") + "error_log stderr " +
         (nginx.log_addresses ? "error" : "emerg") + ";\n";
}

// The directory's group may read. Its set-group-ID bit would suffice for that, but a process
// without CAP_FSETID cannot set it.
Result<void> give_to_group_of(const std::string& directory, int file) {
  struct stat place {};
  struct stat made {};
  if (::stat(directory.c_str(), &place) != 0 || ::fstat(file, &made) != 0) {
    return os_failure("look at " + directory);
  }
  if (place.st_gid == made.st_gid) return {};
  if (::fchown(file, static_cast<uid_t>(-1), place.st_gid) != 0) {
    return os_failure("give a file to the group of " + directory);
  }
  return {};
}

Result<void> replace_file(const std::string& path, const std::string& text) {
  constexpr mode_t kOwnerAndGroup = 0640;
  const std::string next = path + ".next";
  ::unlink(next.c_str());
  const UniqueFd file(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerAndGroup));
  if (!file) return os_failure("make " + next);
  const std::string directory = std::filesystem::path(path).parent_path();
  if (auto given = give_to_group_of(directory, file.get()); !given) return given;
  ::fchmod(file.get(), kOwnerAndGroup);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return os_failure("write " + next);
  }
  if (::rename(next.c_str(), path.c_str()) != 0) return os_failure("replace " + path);
  return {};
}

}  // namespace

std::vector<GeneratedFile> nginx_files(const Config& config, const std::vector<ApiKey>& keys) {
  const NginxOptions& nginx = config.nginx;
  return {{"http.conf", http_file(config, keys)},
          {"responder.conf", responder_file(config)},
          {"execute.conf", execute_file(config, !keys.empty())},
          {"cors.conf", cors_file(config.clients.cors_origins)},
          {"pages.conf", pages_file(nginx)},
          {"log.conf", log_file(nginx)}};
}

Result<void> write_nginx_files(const Config& config, const std::string& directory) {
  std::vector<ApiKey> keys;
  if (!config.nginx.keys_file.empty()) {
    auto read = read_api_keys(config.nginx.keys_file);
    if (!read) return read.error();
    keys = std::move(*read);
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Failure("make the directory " + directory, error.value());
  for (const GeneratedFile& file : nginx_files(config, keys)) {
    if (auto done = replace_file(directory + "/" + file.name, file.text); !done) return done;
  }
  return {};
}

std::string fill_openapi(std::string text, const Config& config) {
  const auto replace = [&text](const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  };
  const RequestLimits& request = config.request;
  const std::vector<std::pair<std::string, std::string>> values = {
      {"@MAX_TIMEOUT@", decimal(request.max_timeout.count(), 6)},
      {"@SCRIPT_TIMEOUT@", decimal(request.default_function_timeout.count(), 6)},
      {"@CODE_TIMEOUT@", decimal(request.default_program_timeout.count(), 6)},
      {"@MAX_BODY@", size_in_words(config.front.max_body)},
      {"@MAX_OUTPUT@", size_in_words(config.service.run.output)}};
  for (const auto& [name, value] : values) {
    replace("\"" + name + "\"", value);  // a number of its own
    replace(name, value);                // a word in a text
  }
  return text;
}

Result<std::string> read_openapi(const Config& config, const std::string& path) {
  auto text = read_whole_file(path);
  if (!text) return text.error();
  return fill_openapi(std::move(*text), config);
}

}  // namespace executor
