// The client that sends nothing but attacks on what runs share with one another: the programs of
// tests/escape that a hostile review has led to, and clients that hold connections.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace executor::test {

struct SharedAttack {
  std::string name;
  // Makes it once, and waits for its end. Whatever it is answered is right.
  std::function<void(std::uint16_t port)> make;
};

std::vector<SharedAttack> shared_attacks();

}  // namespace executor::test
