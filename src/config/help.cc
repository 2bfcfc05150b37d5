#include "config/help.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "base/near_name.h"
#include "config/sources.h"

namespace executor {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kWidth = 80;

constexpr const char* kUsage =
    R"(Runs Python for HTTP clients, each run in a sandbox. nginx passes the requests on.

  python-executor [SETTINGS]             serve
  python-executor run [OPTIONS] FILE     send a script to a running service (--help run)
  python-executor --doctor               say whether this machine can serve, and what it lacks
  python-executor --check-config [...]   say whether a configuration would work here
  python-executor --help TOPIC           all settings of a topic below; or commands, or all
  python-executor --help SETTING         one setting, as --help memory-limit-mb

For example, serve as the package does, and look whether it would with more memory for each run:
  python-executor --config /etc/python-executor.conf
  python-executor --config /etc/python-executor.conf --memory-limit-mb 1024 --check-config

The settings that are used most. The command line wins over the environment
(PYTHON_EXECUTOR_MEMORY_LIMIT_MB for memory-limit-mb), the environment over the file of --config.
)";

// The words of `text` in lines of at most kWidth characters, the first after `head`, the others
// indented as far.
std::string wrapped(const std::string& head, const std::string& text) {
  std::string lines = head;
  std::size_t column = head.size();
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column > head.size() && column + word.size() + 1 > kWidth) {
      lines += "\n" + std::string(head.size(), ' ');
      column = head.size();
    } else if (column > head.size()) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + "\n";
}

// What a value is when it is not given; empty where it is nothing. Boost shows "arg (=512)".
std::string default_of(const po::option_description& setting) {
  const std::string shown = setting.format_parameter();
  const std::size_t begin = shown.find("(=");
  if (begin == std::string::npos) return "";
  return shown.substr(begin + 2, shown.rfind(')') - begin - 2);
}

bool takes_value(const po::option_description& setting) {
  return setting.semantic()->max_tokens() > 0;
}

// What comes before the first semicolon says what a setting is, the rest how it is used.
std::string first_clause(const std::string& text) {
  return text.substr(0, text.find(';'));
}

std::string names_of(const std::vector<HelpTopic>& topics) {
  std::string text;
  for (const HelpTopic& topic : topics) text.append(topic.name).append(", ");
  return text + "all";
}

std::string caption_of(const po::options_description& table) {
  std::ostringstream text;
  text << table;
  return text.str().substr(0, text.str().find(":\n"));
}

std::string overview(const std::vector<HelpTopic>& topics) {
  constexpr std::size_t kNames = 28;
  std::string text = kUsage;
  for (const HelpTopic& topic : topics) {
    if (topic.most_used.empty()) continue;
    const std::size_t more = topic.table->options().size() - topic.most_used.size();
    text.append("\n").append(topic.name);
    if (more > 0) {
      text += ", and " + std::to_string(more) + " more (--help " + std::string(topic.name) + ")";
    }
    text += "\n";
    for (const std::string_view name : topic.most_used) {
      const auto& setting = topic.table->find(std::string(name), false);
      std::string head = "  --" + std::string(name);
      head.resize(std::max(kNames, head.size() + 2), ' ');
      text += wrapped(head, first_clause(setting.description()));
    }
  }
  return text;
}

// In one table, so that all columns are alike: scripts/document-settings reads it.
std::string everything(const std::vector<HelpTopic>& topics) {
  po::options_description all;
  for (const HelpTopic& topic : topics) all.add(*topic.table);
  std::ostringstream text;
  text << all;
  return text.str();
}

std::string one_setting(const po::option_description& setting, const HelpTopic& topic) {
  const std::string& name = setting.long_name();
  std::string text = "--" + name + (takes_value(setting) ? " VALUE" : "") + "\n";
  text += wrapped("  ", setting.description());
  const std::string usual = default_of(setting);
  if (!usual.empty()) text += wrapped("  ", "Default: " + usual);
  if (topic.most_used.empty()) return text;  // no setting of a file or of the environment
  return text + "\n  In the environment: " + variable_of(name) +
         "=VALUE\n  In a file:          " + name + " = VALUE\n  More of " +
         caption_of(*topic.table) + ": --help " + std::string(topic.name) + "\n";
}

Failure unknown(const std::string& about, const std::vector<HelpTopic>& topics) {
  std::vector<std::string_view> known = {"all"};
  for (const HelpTopic& topic : topics) {
    known.push_back(topic.name);
    for (const auto& setting : topic.table->options()) known.emplace_back(setting->long_name());
  }
  const std::string_view meant = near_name(about, known);
  return failure(
      "help: there is no topic or setting \"" + about + "\"; " +
      (meant.empty() ? "topics: " + names_of(topics) : "did you mean " + std::string(meant) + "?"));
}

bool is_file_of_python(const std::string& word) {
  return word.ends_with(".py");
}

}  // namespace

Result<std::string> help(std::string_view about, const std::vector<HelpTopic>& topics) {
  std::string name(about);
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  if (name.empty()) return overview(topics);
  if (name == "all") return everything(topics);
  for (const HelpTopic& topic : topics) {
    if (name != topic.name) continue;
    std::ostringstream text;
    text << *topic.table;
    return text.str();
  }
  for (const HelpTopic& topic : topics) {
    const auto* setting = topic.table->find_nothrow(name, false);
    if (setting != nullptr) return one_setting(*setting, topic);
  }
  return unknown(name, topics);
}

std::string unknown_command(const std::string& word) {
  static constexpr std::array<std::string_view, 7> kKnown = {
      "run", "help", "--help", "--doctor", "--check-config", "--version", "--config"};
  std::string text = "there is no command \"" + word + "\"; ";
  if (is_file_of_python(word)) {
    return text + "python-executor run " + word + " sends a script to a running service";
  }
  std::string_view meant = near_name(word, kKnown);
  if (meant.empty()) meant = near_name("--" + word, kKnown);
  if (!meant.empty()) return text + "did you mean python-executor " + std::string(meant) + "?";
  return text +
         "without one it serves, and run sends a script to a running service. See "
         "python-executor --help";
}

}  // namespace executor
