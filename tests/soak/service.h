// The service that a soak keeps under load, and what the soaks print and check of it alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "soak/holdings.h"
#include "support/server.h"

namespace executor::test {

// Of the load between the two looks, from SOAK_MINUTES.
std::chrono::duration<double> soak_time();
// From SOAK_REQUESTS, instead of a time, for the hostile soak. 0: not given.
std::uint64_t soak_requests();
// Zygotes are replaced three times, so that they come and go, and the last ones grow old as well.
std::vector<std::string> soak_options();
// Whether nothing is served, every set has its workers ready, and no zygote is being replaced.
bool is_idle(const Server& server);

void print_holdings(const std::vector<Holding>& before, const std::vector<Holding>& after);
void check_holdings(const std::vector<Holding>& before, const std::vector<Holding>& after);

}  // namespace executor::test
