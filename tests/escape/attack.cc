#include "escape/attack.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "support/execute.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrelude = "from prelude import *\n";
// A line of the prelude, which every attack can read.
constexpr std::string_view kTierOfPrelude = "TIER = \"full\"";
constexpr std::string_view kOwnIds = "own-";
constexpr std::array<std::string_view, 3> kTiers = {"full", "namespaces", "uid"};

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> alternatives(std::string text) {
  constexpr std::string_view kOr = " or ";
  std::vector<std::string> found;
  for (std::size_t at = text.find(kOr); at != std::string::npos; at = text.find(kOr)) {
    found.push_back(text.substr(0, at));
    text.erase(0, at + kOr.size());
  }
  found.push_back(text);
  return found;
}

void set_option(Attack& attack, const std::string& key, const std::string& value) {
  if (key == "expect") {
    attack.expected = alternatives(value);
  } else if (key == "dialect" && value == "program") {
    attack.is_program = true;
  } else if (key == "timeout") {
    attack.timeout = std::stod(value);
  } else if (key == "runs") {
    attack.runs = std::stoi(value);
  } else if (key == "concurrent") {
    attack.concurrent = std::stoi(value);
  } else if (key == "gone") {
    attack.gone = value;
  } else if (key == "absent") {
    attack.absent = value;
  } else if (key == "fields") {
    attack.fields = value;
  } else if (key == "files") {
    attack.files = value;
  } else if (key == "without") {
    attack.without = value;
  } else if (key == "architecture") {
    attack.architecture = value;
  } else if (key == "open") {
    attack.open = value;
  } else if (key == "closed") {
    attack.open.clear();
  } else {
    throw std::runtime_error(attack.name + ": unknown option '" + key + ": " + value + "'");
  }
}

// The key of the option, empty when it concerns another tier, or other ids.
std::string key_in(const std::string& tier, bool own_ids, const std::string& key) {
  if (key.starts_with(kOwnIds)) return own_ids ? key.substr(kOwnIds.size()) : "";
  for (const std::string_view other : kTiers) {
    if (!key.starts_with(std::string(other) + "-")) continue;
    return other == tier ? key.substr(other.size() + 1) : "";
  }
  return key;
}

void read_head(Attack& attack, const std::string& tier, bool own_ids) {
  std::istringstream lines(attack.source);
  for (std::string line; std::getline(lines, line) && line.starts_with("# ");) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || line.find(' ', 2) < colon) continue;  // a comment
    const std::string key = key_in(tier, own_ids, line.substr(2, colon - 2));
    if (!key.empty()) set_option(attack, key, line.substr(colon + 2));
  }
  if (!attack.source.starts_with("# expect: ")) {
    throw std::runtime_error(attack.name + ": the first line must be `# expect: ...`");
  }
}

std::string prelude(const fs::path& directory, const std::string& tier) {
  std::string text = read(directory / "prelude.py");
  const std::size_t at = text.find(kTierOfPrelude);
  if (at == std::string::npos) throw std::runtime_error("the prelude has no line for the tier");
  return text.replace(at, kTierOfPrelude.size(), "TIER = \"" + tier + "\"");
}

bool is_for_this_machine(const fs::path& file) {
  utsname machine{};
  ::uname(&machine);
  const std::string wanted = read_attack(file).architecture;
  return wanted.empty() || wanted == machine.machine;
}

}  // namespace

Attack read_attack(const fs::path& file, const std::string& tier, bool own_ids) {
  Attack attack;
  attack.name = file.stem();
  attack.source = read(file);
  read_head(attack, tier, own_ids);
  const std::size_t at = attack.source.find(kPrelude);
  if (at != std::string::npos) {
    const fs::path folder = file.parent_path();
    const bool nested = folder.filename() == "fields";
    const fs::path corpus = nested ? folder.parent_path() : folder;
    attack.source.replace(at, kPrelude.size(), prelude(corpus, tier));
  }
  return attack;
}

std::string body_of(const Attack& attack) {
  std::string body =
      request_body(attack.is_program ? "code" : "script", attack.source, attack.timeout);
  if (!attack.fields.empty()) body.insert(1, attack.fields + ", ");
  return body;
}

std::vector<fs::path> attacks_in(const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".py" || file.stem() == "prelude") continue;
    if (is_for_this_machine(file)) found.push_back(file);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace executor::test
