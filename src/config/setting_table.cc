#include "config/setting_table.h"

#include <algorithm>
#include <cstddef>

#include "contract/decimal.h"

namespace executor {
namespace {

namespace po = boost::program_options;

po::typed_value<std::string>* text_value(std::string& to, const Setting& setting) {
  auto* value = po::value<std::string>(&to);
  if (!to.empty()) value->default_value(to, setting.shown_usual());
  return value;
}

}  // namespace

std::string Setting::shown_usual() const {
  if (!usual_in_words.empty()) return usual_in_words;
  if (!repeated) return usual.empty() ? "" : usual[0];
  std::string text;
  for (const std::string& one : usual) {
    text.append(text.empty() ? "\"" : " \"").append(one).append("\"");
  }
  return text;
}

Setting& SettingTable::number(const std::string& name, std::chrono::duration<double>& to,
                              Range range, const char* meaning) {
  Setting setting{.name = name,
                  .meaning = meaning,
                  .usual = {decimal(to.count(), 6)},
                  .range = range,
                  .value = [&to] { return decimal(to.count(), 6); }};
  auto* value = po::value<double>();
  value->default_value(to.count(), setting.shown_usual());
  value->notifier([name, &to, range](double given) {
    check_range(name, given, range, "at least 0 and ");
    to = std::chrono::duration<double>(given);
  });
  return add(std::move(setting), value);
}

void SettingTable::descriptor(const char* name, int& to, const char* meaning) {
  add({.name = name, .meaning = meaning, .usual = {std::to_string(to)}},
      po::value<int>(&to)->default_value(to));
}

Setting& SettingTable::yes_or_no(const char* name, bool& to, const char* usual,
                                 const char* meaning) {
  return add({.name = name,
              .meaning = meaning,
              .usual = {usual},
              .value = [&to] { return to ? "yes" : "no"; }},
             po::value<bool>(&to)->default_value(to, usual));
}

Setting& SettingTable::text(const char* name, std::string& to, const char* meaning,
                            const std::string& usual) {
  Setting setting{.name = name, .meaning = meaning, .value = [&to] { return to; }};
  if (!to.empty()) setting.usual = {usual.empty() ? to : usual};
  auto* value = text_value(to, setting);
  return add(std::move(setting), value);
}

void SettingTable::text_in_words(const char* name, std::string& to, const char* meaning,
                                 const char* usual_in_words) {
  Setting setting{
      .name = name, .meaning = meaning, .usual = {to}, .usual_in_words = usual_in_words};
  auto* value = text_value(to, setting);
  add(std::move(setting), value);
}

void SettingTable::list(const char* name, std::vector<std::string>& to, const std::string& meaning,
                        const std::vector<std::string>& usual) {
  Setting setting{.name = name, .meaning = meaning, .repeated = true, .usual = usual};
  auto* value = po::value<std::vector<std::string>>(&to);
  if (!usual.empty()) value->default_value(to, setting.shown_usual());
  add(std::move(setting), value);
}

void SettingTable::parsed(const char* name, const char* usual, Parse parse, const char* meaning) {
  auto* value = po::value<std::string>()->default_value(usual);
  value->notifier([parse = std::move(parse)](const std::string& given) {
    if (const auto fine = parse(given); !fine) throw po::error(fine.error().text());
  });
  add({.name = name, .meaning = meaning, .usual = {usual}}, value);
}

void SettingTable::command(const char* name, const char* meaning) {
  add({.name = name, .meaning = meaning, .takes_value = false}, nullptr);
}

void SettingTable::command(const char* name, bool& to, const char* meaning) {
  add({.name = name, .meaning = meaning, .takes_value = false}, po::bool_switch(&to));
}

const Setting* SettingTable::find(std::string_view name) const {
  const auto has_name = [name](const Setting& setting) { return setting.name == name; };
  const auto found = std::find_if(rows_.begin(), rows_.end(), has_name);
  return found == rows_.end() ? nullptr : &*found;
}

// What one unit is in the destination: bytes for sizes, else the unit itself.
std::uint64_t SettingTable::bytes_of_unit(std::string_view name) {
  constexpr std::uint64_t kKilobyte = 1024;
  if (name.ends_with("-kb")) return kKilobyte;
  return name.ends_with("-mb") ? kKilobyte * kKilobyte : 1;
}

// Not a number is not within any range. `least` is how the text names the bound 0.
void SettingTable::check_range(const std::string& name, double value, Range range,
                               const char* least) {
  const bool enough = range.or_zero ? value >= 0 : value > 0 && value >= range.least;
  if (enough && value <= range.most) return;
  const auto whole = [](double number) { return std::to_string(static_cast<long>(number)); };
  const std::string positive =
      range.least > 0 ? "at least " + whole(range.least) + " and " : "greater than 0 and ";
  throw po::error(name + " must be " + (range.or_zero ? least : positive) + "at most " +
                  whole(range.most));
}

void SettingTable::refuse_word(const std::string& name, const std::vector<std::string>& words,
                               const std::string& given) {
  std::string text = name + " must be ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  throw po::error(text + ", not \"" + given + "\"");
}

Setting& SettingTable::add(Setting setting, const po::value_semantic* value) {
  if (value != nullptr) {
    options_.add_options()(setting.name.c_str(), value, setting.meaning.c_str());
  } else {
    options_.add_options()(setting.name.c_str(), setting.meaning.c_str());
  }
  setting.name.resize(std::min(setting.name.find(','), setting.name.size()));
  return rows_.emplace_back(std::move(setting));
}

}  // namespace executor
