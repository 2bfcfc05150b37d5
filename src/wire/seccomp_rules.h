// Rules of the seccomp table, said shortly.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "wire/seccomp_table.h"

namespace executor {

// Of numbers the low half, which is all that the kernel takes.
inline constexpr std::uint32_t kAll = 0xffffffffU;

constexpr ArgumentTest is(unsigned index, std::uint32_t value) {
  return {index, kAll, value};
}

constexpr ArgumentTest is_not(unsigned index, std::uint32_t value) {
  return {index, kAll, value, false};
}

constexpr ArgumentTest masked(unsigned index, std::uint32_t mask, std::uint32_t value) {
  return {index, mask, value};
}

// One of `size` values from `first` on: `size` is a power of two, `first` a multiple of it.
constexpr ArgumentTest is_among(unsigned index, std::uint32_t first, std::uint32_t size) {
  return {index, ~(size - 1), first};
}

// `bound` must be a power of two.
constexpr ArgumentTest is_below(unsigned index, std::uint32_t bound) {
  return is_among(index, 0, bound);
}

constexpr ArgumentTest is_at_least(unsigned index, std::uint32_t bound) {
  return {index, ~(bound - 1), 0, false};
}

// An address, of which all 64 bits count.
constexpr ArgumentTest is_null(unsigned index) {
  return {index, ~0ULL, 0};
}

inline std::vector<SeccompRule> any(std::initializer_list<int> calls) {
  std::vector<SeccompRule> rules;
  for (const int call : calls) rules.push_back({call, {}});
  return rules;
}

// `call` with any of `values` as its argument `index`.
inline std::vector<SeccompRule> one_of(int call, unsigned index,
                                       std::initializer_list<unsigned long> values) {
  std::vector<SeccompRule> rules;
  for (const unsigned long value : values) {
    rules.push_back({call, {is(index, static_cast<std::uint32_t>(value))}});
  }
  return rules;
}

// `call` in each of these ways.
inline std::vector<SeccompRule> ways(int call,
                                     std::initializer_list<std::vector<ArgumentTest>> tests) {
  std::vector<SeccompRule> rules;
  for (const std::vector<ArgumentTest>& way : tests) rules.push_back({call, way});
  return rules;
}

inline void append(std::vector<SeccompRule>& rules, const std::vector<SeccompRule>& more) {
  rules.insert(rules.end(), more.begin(), more.end());
}

}  // namespace executor
