// The door to the JSON library, which nothing else includes: a strict parser (RFC 8259; UTF-8
// without surrogates, escaped ones included; no byte order mark) that reports events and builds
// nothing. Without a tree of values hostile input has no hash table to attack and no memory to
// fill.
#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace executor {

// Accepts and ignores every event. A handler derives from it and hides the functions whose events
// it wants; each returns true to continue. Strings and keys come in parts: any number of on_*_part,
// then one final event with the rest; `size` is the length so far.
struct JsonEvents {
  using Error = boost::system::error_code;
  using Text = boost::json::string_view;

  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  bool on_document_begin(Error& /*error*/) { return true; }
  bool on_document_end(Error& /*error*/) { return true; }
  bool on_array_begin(Error& /*error*/) { return true; }
  bool on_array_end(std::size_t /*count*/, Error& /*error*/) { return true; }
  bool on_object_begin(Error& /*error*/) { return true; }
  bool on_object_end(std::size_t /*count*/, Error& /*error*/) { return true; }
  bool on_string_part(Text /*part*/, std::size_t /*size*/, Error& /*error*/) { return true; }
  bool on_string(Text /*rest*/, std::size_t /*size*/, Error& /*error*/) { return true; }
  bool on_key_part(Text /*part*/, std::size_t /*size*/, Error& /*error*/) { return true; }
  bool on_key(Text /*rest*/, std::size_t /*size*/, Error& /*error*/) { return true; }
  bool on_number_part(Text /*part*/, Error& /*error*/) { return true; }
  bool on_int64(std::int64_t /*value*/, Text /*rest*/, Error& /*error*/) { return true; }
  bool on_uint64(std::uint64_t /*value*/, Text /*rest*/, Error& /*error*/) { return true; }
  bool on_double(double /*value*/, Text /*rest*/, Error& /*error*/) { return true; }
  bool on_bool(bool /*value*/, Error& /*error*/) { return true; }
  bool on_null(Error& /*error*/) { return true; }
  bool on_comment_part(Text /*part*/, Error& /*error*/) { return true; }
  bool on_comment(Text /*rest*/, Error& /*error*/) { return true; }
};

// True when `text` is exactly one JSON value, with blanks around it at most, whose arrays and
// objects are nested at most `max_depth` deep. `arguments` construct the handler that receives the
// events. One limit that RFC 8259 allows: exponents of ten and more digits are refused.
template <typename Handler, typename... Arguments>
bool parse_json(std::string_view text, std::size_t max_depth, Arguments&&... arguments) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<Handler> parser(options, std::forward<Arguments>(arguments)...);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  return !error && used == text.size();
}

}  // namespace executor
