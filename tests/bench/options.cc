#include "options.h"

#include <boost/program_options.hpp>
#include <iostream>
#include <stdexcept>

namespace executor::bench {

namespace po = boost::program_options;

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  po::options_description known("options");
  auto add = known.add_options();
  add("help", "this text");
  add("service", po::value(&options.service), "HOST:PORT of the service");
  add("responder", po::value(&options.responder), "the service's FastCGI socket");
  add("base", po::value(&options.base), "HOST:PORT of an older service");
  add("base-name", po::value(&options.base_name), "what the table calls the older service");
  add("flask", po::value(&options.flask), "HOST:PORT of the Flask application");
  add("plain-light", po::value(&options.plain_light), "socket of the plain fork server");
  add("plain-data", po::value(&options.plain_data), "the same, numpy and pandas preloaded");
  add("bare-light", po::value(&options.bare_light), "socket of the optimised bare server");
  add("bare-data", po::value(&options.bare_data), "the same, numpy and pandas preloaded");
  add("python", po::value(&options.python), "interpreter to start for each request");
  add("firejail", po::value(&options.firejail), "firejail and its options, put before --python");
  add("machine", po::value(&options.machine), "one line about the machine");
  add("idle-mb", po::value(&options.idle_mb), "PSS of the idle service in MB");
  add("rounds", po::value(&options.rounds), "interleaved rounds (5)");
  add("fields", po::bool_switch(&options.only_fields),
      "the table of the fields of a request alone");
  add("pairs", po::bool_switch(&options.only_pairs),
      "the service and the older one alternately, and nothing else");
  add("quick", po::bool_switch(&options.quick), "fewer samples");
  add("output", po::value(&options.output), "directory for the results (.)");

  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, known), given);
  po::notify(given);
  if (given.count("help") != 0) {
    std::cout << known;
    return std::nullopt;
  }
  if (options.only_pairs && (options.service.empty() || options.base.empty())) {
    throw std::runtime_error("--pairs needs --service and --base");
  }
  if (options.rounds < 1 || options.rounds > 100) throw std::runtime_error("--rounds: 1 to 100");
  return options;
}

}  // namespace executor::bench
