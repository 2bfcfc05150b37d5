// The command line of the bench. A contender whose option is missing does not take part.
#pragma once

#include <optional>
#include <string>

namespace executor::bench {

struct Options {
  std::string service;      // HOST:PORT
  std::string responder;    // the service's FastCGI socket
  std::string base;         // HOST:PORT of an older service, to be measured next to it
  std::string base_name;    // what the table calls that
  std::string flask;        // HOST:PORT
  std::string plain_light;  // unix sockets of the fork servers, see socket_client.h
  std::string plain_data;
  std::string bare_light;
  std::string bare_data;
  std::string python;    // the interpreter to start for each request
  std::string firejail;  // firejail and its options, in front of `python`
  std::string machine;   // one line about the machine, for the head of the table
  double idle_mb = 0;    // PSS of the idle service in MB; 0: not measured
  int rounds = 5;
  bool only_fields = false;  // the table of fields.h and nothing else
  bool only_pairs = false;   // the table of pairs.h and nothing else; `rounds` pairs
  bool quick = false;        // fewer samples: does it work, not how fast it is
  std::string output = ".";  // an existing directory
};

// Nothing when only the help was asked for (and printed). Throws on a bad command line.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace executor::bench
