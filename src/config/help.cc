#include "config/help.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "base/near_name.h"
#include "compat/json_write.h"
#include "config/near_settings.h"
#include "config/sources.h"
#include "contract/render.h"

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
  python-executor --help SETTING         one setting, such as --help memory-limit-mb

For example, serve as the package does, and check if it could with more memory for each run:
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

// What comes before the first semicolon says what a setting is, the rest how it is used.
std::string first_clause(const std::string& text) {
  return text.substr(0, text.find(';'));
}

std::string names_of(const std::vector<HelpTopic>& topics) {
  std::string text;
  for (const HelpTopic& topic : topics) text.append(topic.name).append(", ");
  return text + "all";
}

std::string overview(const std::vector<HelpTopic>& topics) {
  constexpr std::size_t kNames = 28;
  std::string text = kUsage;
  for (const HelpTopic& topic : topics) {
    if (topic.most_used.empty()) continue;
    const std::size_t more = topic.table->rows().size() - topic.most_used.size();
    text.append("\n").append(topic.name);
    if (more > 0) {
      text += ", and " + std::to_string(more) + " more (--help " + std::string(topic.name) + ")";
    }
    text += "\n";
    for (const std::string_view name : topic.most_used) {
      const Setting* setting = topic.table->find(name);
      std::string head = "  --" + std::string(name);
      head.resize(std::max(kNames, head.size() + 2), ' ');
      text += wrapped(head, first_clause(setting->meaning));
    }
  }
  return text;
}

// In one table, so that all columns are alike.
std::string everything(const std::vector<HelpTopic>& topics) {
  po::options_description all;
  for (const HelpTopic& topic : topics) all.add(topic.table->options());
  std::ostringstream text;
  text << all;
  return text.str();
}

std::string one_setting(const Setting& setting, const HelpTopic& topic) {
  const std::string& name = setting.name;
  std::string text = "--" + name + (setting.takes_value ? " VALUE" : "") + "\n";
  text += wrapped("  ", setting.meaning);
  const std::string usual = setting.shown_usual();
  if (!usual.empty()) text += wrapped("  ", "Default: " + usual);
  if (topic.most_used.empty()) return text;  // no setting of a file or of the environment
  return text + "\n  In the environment: " + variable_of(name) +
         "=VALUE\n  In a file:          " + name + " = VALUE\n  More of " + topic.table->title() +
         ": --help " + std::string(topic.name) + "\n";
}

Failure unknown(const std::string& about, const std::vector<HelpTopic>& topics) {
  std::vector<std::string_view> known = {"all"};
  for (const HelpTopic& topic : topics) {
    known.push_back(topic.name);
    for (const Setting& setting : topic.table->rows()) known.emplace_back(setting.name);
  }
  const std::string meant = near_settings(about, known);
  return failure("help: there is no topic or setting \"" + about + "\"; " +
                 (meant.empty() ? "topics: " + names_of(topics) : "did you mean " + meant + "?"));
}

std::string texts_as_json(const std::vector<std::string>& texts) {
  std::vector<std::string> values;
  for (const std::string& text : texts) values.push_back(render_text(text));
  return json_array(values);
}

std::string truth(bool value) {
  return value ? "true" : "false";
}

std::string range_as_json(const Range& range) {
  return json_object({{range.or_zero || range.least > 0 ? "least" : "more_than",
                       std::to_string(static_cast<long>(range.least))},
                      {"most", std::to_string(static_cast<long>(range.most))}});
}

std::string as_json(const Setting& setting) {
  const std::string& words = setting.usual_in_words;
  return json_object({{"name", render_text(setting.name)},
                      {"takes_value", truth(setting.takes_value)},
                      {"repeated", truth(setting.repeated)},
                      {"default", words.empty() ? texts_as_json(setting.usual) : "[]"},
                      {"default_in_words", words.empty() ? "" : render_text(words)},
                      {"range", setting.range ? range_as_json(*setting.range) : ""},
                      {"values", setting.words.empty() ? "" : texts_as_json(setting.words)},
                      {"meaning", render_text(setting.meaning)}});
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
    text << topic.table->options();
    return text.str();
  }
  for (const HelpTopic& topic : topics) {
    const Setting* setting = topic.table->find(name);
    if (setting != nullptr) return one_setting(*setting, topic);
  }
  return unknown(name, topics);
}

std::string help_json(const std::vector<HelpTopic>& topics) {
  std::vector<std::string> tables;
  for (const HelpTopic& topic : topics) {
    std::vector<std::string> rows;
    for (const Setting& setting : topic.table->rows()) rows.push_back(as_json(setting));
    tables.push_back(json_object({{"topic", render_text(topic.name)},
                                  {"title", render_text(topic.table->title())},
                                  {"in_files", truth(!topic.most_used.empty())},
                                  {"settings", json_array(rows)}}));
  }
  return json_array(tables) + "\n";
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
