// Who is measured, and the words that the table says of each.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client.h"
#include "script.h"

namespace executor::bench {

struct Options;

struct Contender {
  std::string id;  // what the ratios and the result files call it
  std::string name;
  std::string preloaded;
  std::string warm_up;
  std::string sandbox;
  std::string transport;
  bool runs_pandas = true;
  std::function<ClientPtr(const Script&)> make_client;

  [[nodiscard]] bool runs(const Script& script) const {
    return runs_pandas || script.name != "pandas";
  }
};

// The contenders that `options` names, in the order of the table.
std::vector<Contender> make_contenders(const Options& options);

// An older service, if `options` names one. It is measured only next to the service.
std::optional<Contender> make_base(const Options& options);

}  // namespace executor::bench
