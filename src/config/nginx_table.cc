#include "config/nginx_table.h"

#include <utility>

namespace executor {

namespace po = boost::program_options;

po::options_description nginx_table(double& front_timeout, NginxOptions& nginx) {
  po::options_description table("In front of the service: nginx");
  auto add = table.add_options();
  add("front-timeout-seconds", po::value(&front_timeout)->default_value(0),
      "how long nginx waits for an answer; 0: as long as all waits and the longest run take "
      "together and 5 s more, at least 75 s");
  add("connections-per-address", po::value(&nginx.address_connections)->default_value(0),
      "requests at once from one address; 0: twice as many as may run and wait, at least 512");
  add("api-keys-file", po::value(&nginx.keys_file),
      "a file of keys, NAME KEY a line: /execute wants one of them, as Authorization: Bearer KEY "
      "or X-API-Key: KEY");
  add("key-requests-per-second", po::value(&nginx.key_rate)->default_value(nginx.key_rate),
      "requests a second with one key; 0: no limit");
  add("key-requests-at-once",
      po::value(&nginx.key_connections)->default_value(nginx.key_connections),
      "requests at once with one key; 0: no limit");
  add("log-addresses", po::value(&nginx.log_addresses)->default_value(true, "yes"),
      "whether logs have the addresses of clients");
  return table;
}

Result<void> check_nginx(const NginxOptions& nginx) {
  constexpr std::uint32_t kMost = 100'000;
  for (const auto& [name, value] : {std::pair("connections-per-address", nginx.address_connections),
                                    {"key-requests-per-second", nginx.key_rate},
                                    {"key-requests-at-once", nginx.key_connections}}) {
    if (value > kMost) return failure(std::string(name) + " must be at most 100000");
  }
  return {};
}

}  // namespace executor
