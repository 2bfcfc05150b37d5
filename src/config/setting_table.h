// A table of settings, one row each: name, unit, default, bounds, text, and where the value goes.
// What reads settings, --help, --help-json and, from that, every document are made from the rows.
#pragma once

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace executor {

// What a number must be: at most `most`, and more than 0 unless 0 has a meaning of its own; at
// least `least` where less could not work.
struct Range {
  double most = 0;
  bool or_zero = false;
  double least = 0;
};

// What is known of a setting, but for where its value goes.
struct Setting {
  std::string name;     // ends in the unit where there is one: -seconds, -mb, -kb
  std::string meaning;  // what comes before a semicolon says what it is, the rest how it is used
  bool takes_value = true;
  bool repeated = false;             // may be given several times
  std::vector<std::string> usual{};  // the default as one would write it; may be none
  std::string usual_in_words{};      // where the default differs between machines: how
  std::optional<Range> range{};
  std::vector<std::string> words{};  // the only values; empty: any
  bool at_start_only = false;        // a reload cannot change it
  // What the destination holds now; null where that is not to be compared.
  std::function<std::string()> value{};
  // The default as messages show it; empty where there is none.
  [[nodiscard]] std::string shown_usual() const;
};

// Each function adds a row; the default is what the destination has, which must outlive the table.
// A value that is refused throws boost::program_options::error, whose text begins with the name.
class SettingTable {
 public:
  explicit SettingTable(std::string title) : title_(std::move(title)), options_(title_) {}

  // The name's unit is converted: of a name that ends in -mb the destination has bytes.
  template <std::integral Number>
  Setting& number(const std::string& name, Number& to, Range range, const char* meaning,
                  const char* usual_in_words = "");
  Setting& number(const std::string& name, std::chrono::duration<double>& to, Range range,
                  const char* meaning);
  // -1: none.
  void descriptor(const char* name, int& to, const char* meaning);
  // `usual` is the word for the default.
  Setting& yes_or_no(const char* name, bool& to, const char* usual, const char* meaning);
  template <typename Value>
  Setting& word(const std::string& name, Value& to,
                const std::vector<std::pair<std::string, Value>>& words, const char* meaning);
  // Without a default where the destination is empty. `usual` is shown where the default is
  // another on each machine: as it is where the program is installed.
  Setting& text(const char* name, std::string& to, const char* meaning,
                const std::string& usual = "");
  void text_in_words(const char* name, std::string& to, const char* meaning,
                     const char* usual_in_words);
  // `usual` is shown as the default on every machine.
  void list(const char* name, std::vector<std::string>& to, const std::string& meaning,
            const std::vector<std::string>& usual = {});
  // A text that `parse` takes, or refuses with a failure.
  using Parse = std::function<Result<void>(const std::string&)>;
  void parsed(const char* name, const char* usual, Parse parse, const char* meaning);
  // Without a value. `name` may have a letter after a comma: "help,h".
  void command(const char* name, const char* meaning);
  void command(const char* name, bool& to, const char* meaning);

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<Setting>& rows() const { return rows_; }
  // Null when there is no such setting.
  [[nodiscard]] const Setting* find(std::string_view name) const;
  [[nodiscard]] const boost::program_options::options_description& options() const {
    return options_;
  }

 private:
  static std::uint64_t bytes_of_unit(std::string_view name);
  static void check_range(const std::string& name, double value, Range range, const char* least);
  [[noreturn]] static void refuse_word(const std::string& name,
                                       const std::vector<std::string>& words,
                                       const std::string& given);
  // Takes the value, which may be null: then there is none.
  Setting& add(Setting setting, const boost::program_options::value_semantic* value);

  std::string title_;
  std::vector<Setting> rows_;
  boost::program_options::options_description options_;
};

// Gives a destination another default than its room has, in the row itself.
template <typename Value>
Value& usually(Value& to, std::type_identity_t<Value> value) {
  to = std::move(value);
  return to;
}

template <std::integral Number>
Setting& SettingTable::number(const std::string& name, Number& to, Range range, const char* meaning,
                              const char* usual_in_words) {
  const auto unit = static_cast<Number>(bytes_of_unit(name));
  const auto usual = static_cast<Number>(to / unit);
  Setting setting{.name = name,
                  .meaning = meaning,
                  .usual = {std::to_string(usual)},
                  .usual_in_words = usual_in_words,
                  .range = range,
                  .value = [&to] { return std::to_string(to); }};
  auto* value = boost::program_options::value<Number>();
  value->default_value(usual, setting.shown_usual());
  value->notifier([name, &to, range, unit](Number given) {
    check_range(name, static_cast<double>(given), range, "");
    to = static_cast<Number>(given * unit);
  });
  return add(std::move(setting), value);
}

template <typename Value>
Setting& SettingTable::word(const std::string& name, Value& to,
                            const std::vector<std::pair<std::string, Value>>& words,
                            const char* meaning) {
  Setting setting{.name = name, .meaning = meaning};
  for (const auto& [word, stands_for] : words) {
    setting.words.push_back(word);
    if (stands_for == to) setting.usual = {word};
  }
  setting.value = [&to, words] {
    const auto is_it = [&to](const auto& word) { return word.second == to; };
    return std::find_if(words.begin(), words.end(), is_it)->first;
  };
  auto* value = boost::program_options::value<std::string>();
  value->default_value(setting.usual.at(0));
  value->notifier([name, &to, words, known = setting.words](const std::string& given) {
    for (const auto& [word, stands_for] : words) {
      if (word != given) continue;
      to = stands_for;
      return;
    }
    refuse_word(name, known, given);
  });
  return add(std::move(setting), value);
}

}  // namespace executor
