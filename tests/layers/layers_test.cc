// Theory of operation. Zygotes are started in the real jail, by a runner that leaves one layer out,
// in pools of our own: the attestation that keeps the service from using such a sandbox is tried
// here, and then skipped. The whole table takes half an hour, so that it is made by `make layers`;
// tested are a few of its cells for each layer.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "execution/attest_sandbox.h"
#include "layers/layer.h"
#include "layers/trial.h"
#include "support/boost_test.h"
#include "support/server.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// The letters of the table in LAYERS.md, by layer and attack.
using Letters = std::map<std::string, std::map<std::string, std::string>>;

fs::path tests() {
  return fs::path(source_directory()) / "tests";
}

fs::path corpus() {
  return tests() / "escape";
}

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> found;
  std::istringstream line(row);
  for (std::string cell; std::getline(line, cell, '|');) {
    const std::size_t first = cell.find_first_not_of(' ');
    if (first != std::string::npos) {
      found.push_back(cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    }
  }
  return found;
}

Letters table() {
  std::ifstream file(tests() / "layers" / "LAYERS.md");
  Letters letters;
  std::vector<std::string> columns;
  for (std::string row; std::getline(file, row);) {
    if (row.starts_with("| attack |")) columns = cells(row);
    if (columns.empty() || !row.starts_with("| ") || row.starts_with("| attack |")) continue;
    const std::vector<std::string> found = cells(row);
    BOOST_REQUIRE(found.size() == columns.size());
    for (std::size_t i = 1; i < found.size(); ++i) letters[columns[i]][found[0]] = found[i];
  }
  return letters;
}

// What the attestation says of a sandbox without the layer; "" when it is attested.
std::string refusal(const Layer& layer) {
  const Scratch scratch;
  Pool pool(options_without(layer, scratch), attest_sandbox, [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(2 * kHang));
  return attested ? "" : attested.error().text();
}

// The first and the last attack with the letter in a layer's column.
std::vector<std::string> samples(const std::map<std::string, std::string>& column,
                                 const std::string& letter) {
  std::vector<std::string> found;
  for (const auto& [attack, value] : column) {
    if (value == letter) found.push_back(attack);
  }
  if (found.size() > 2) found = {found.front(), found.back()};
  return found;
}

BOOST_AUTO_TEST_SUITE(layers_test)

BOOST_AUTO_TEST_CASE(a_sandbox_without_a_layer_is_refused_and_the_missing_fact_named) {
  for (const Layer& layer : layers()) {
    const std::string fact = layer.fact;
    const std::string refused = refusal(layer);
    if (fact.empty()) {  // known: the table says so
      BOOST_TEST(refused == "",
                 "the attestation sees that " << layer.id << " is off: name the fact");
    } else {
      BOOST_TEST(refused.find("the sandbox is not attested: ") != std::string::npos, layer.id);
      BOOST_TEST(refused.find(fact + " is ") != std::string::npos, layer.id << ": " << refused);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_table_has_every_attack_and_every_layer) {
  const Letters letters = table();
  std::set<std::string> attacks;
  for (const fs::path& file : attacks_in(corpus())) attacks.insert(file.stem());
  for (const Layer& layer : layers()) {
    if (std::string(layer.id) == "none") continue;
    const auto column = letters.find(layer.id);
    BOOST_REQUIRE_MESSAGE(column != letters.end(), layer.id << " is missing: run make layers");
    std::set<std::string> listed;
    for (const auto& [attack, letter] : column->second) listed.insert(attack);
    BOOST_TEST(listed == attacks, "LAYERS.md is not of this corpus: run make layers");
  }
}

BOOST_AUTO_TEST_CASE(attacks_that_one_layer_alone_stops_succeed_without_it) {
  const Letters letters = table();
  for (const Layer& layer : layers()) {
    const auto column = letters.find(layer.id);
    if (column == letters.end()) continue;
    const auto names = samples(column->second, "X");
    if (names.empty()) continue;
    Weakened weakened(layer);
    for (const std::string& name : names) {
      const Trial trial = weakened.attempt(read_attack(corpus() / (name + ".py")));
      BOOST_TEST((trial.verdict == Verdict::kSucceeded),
                 name << " without " << layer.id << ": " << trial.detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_attacks_fail_with_all_layers) {
  const Letters letters = table();
  std::set<std::string> names;
  for (const auto& [layer, column] : letters) {
    for (const std::string& name : samples(column, "X")) names.insert(name);
  }
  BOOST_REQUIRE(!names.empty());
  Weakened whole(layers().front());
  for (const std::string& name : names) {
    const Trial trial = whole.attempt(read_attack(corpus() / (name + ".py")));
    BOOST_TEST((trial.verdict == Verdict::kSame), name << ": " << trial.detail);
  }
}

BOOST_AUTO_TEST_SUITE_END()

// For tests/layers/run, which makes the table of what this prints and says so with LAYER. Otherwise
// it is no test case at all: a disabled one would count as skipped, and run with its whole suite.
void every_attack_without_a_layer() {
  constexpr std::size_t kShown = 300;
  const char* only = std::getenv("LAYER");
  const char* names = std::getenv("ATTACKS");  // with blanks between; none: all
  const std::string wanted = names != nullptr ? " " + std::string(names) + " " : "";
  for (const Layer& layer : layers()) {
    if (only != nullptr && *only != '\0' && std::string(only) != layer.id) continue;
    std::cout << "layer\t" << layer.id << '\t' << layer.title << '\t' << layer.fact << std::endl;
    Weakened weakened(layer);
    for (const fs::path& file : attacks_in(corpus())) {
      const Attack attack = read_attack(file);
      if (!wanted.empty() && wanted.find(" " + attack.name + " ") == std::string::npos) continue;
      Trial trial = weakened.attempt(attack);
      std::replace(trial.detail.begin(), trial.detail.end(), '\n', ' ');
      std::cout << "trial\t" << layer.id << '\t' << static_cast<char>(trial.verdict) << '\t'
                << attack.name << '\t' << trial.detail.substr(0, kShown) << std::endl;
    }
    BOOST_TEST(true);
  }
}

const bool registered = [] {
  if (std::getenv("LAYER") == nullptr) return false;
  boost::unit_test::framework::master_test_suite().add(
      BOOST_TEST_CASE(&every_attack_without_a_layer));
  return true;
}();

}  // namespace
}  // namespace executor::test
