#include "escape/attack.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace executor::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrelude = "from prelude import *\n";

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
  } else if (key == "open") {
    attack.open = value;
  } else {
    throw std::runtime_error(attack.name + ": unknown option '" + key + ": " + value + "'");
  }
}

void read_head(Attack& attack) {
  std::istringstream lines(attack.source);
  for (std::string line; std::getline(lines, line) && line.starts_with("# ");) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || line.find(' ', 2) < colon) continue;  // a comment
    set_option(attack, line.substr(2, colon - 2), line.substr(colon + 2));
  }
  if (!attack.source.starts_with("# expect: ")) {
    throw std::runtime_error(attack.name + ": the first line must be `# expect: ...`");
  }
}

}  // namespace

Attack read_attack(const fs::path& file) {
  Attack attack;
  attack.name = file.stem();
  attack.source = read(file);
  read_head(attack);
  const std::size_t at = attack.source.find(kPrelude);
  if (at != std::string::npos) {
    attack.source.replace(at, kPrelude.size(), read(file.parent_path() / "prelude.py"));
  }
  return attack;
}

std::vector<fs::path> attacks_in(const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".py" && file.stem() != "prelude") found.push_back(file);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace executor::test
