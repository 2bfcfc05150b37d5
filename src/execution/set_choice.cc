#include "execution/set_choice.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace executor {
namespace {

// Words that reach a module without naming it.
struct Synonyms {
  std::string_view module;
  std::vector<std::string_view> words;
};
const std::array<Synonyms, 2> kSynonyms = {{
    {"asyncio", {"async"}},  // an awaited main() needs it
    {"matplotlib", {"matplotlib", "pylab", "seaborn", ".plot(", ".plot.", ".hist(", ".boxplot("}},
}};

// Whether a script that contains `source` may need `module`.
bool names(std::string_view source, std::string_view module) {
  const auto contains = [source](std::string_view word) {
    return source.find(word) != std::string_view::npos;
  };
  for (const Synonyms& synonyms : kSynonyms) {
    if (synonyms.module == module) {
      return std::any_of(synonyms.words.begin(), synonyms.words.end(), contains);
    }
  }
  return contains(module);
}

// A job that asks for images has figures to show.
bool wants(const Job& job, const std::string& module) {
  return names(job.source, module) || names(job.preamble, module) ||
         (job.images && module == "matplotlib");
}

bool is_attested(const Generation& generation, std::size_t set) {
  const auto members = generation.members_of(set);
  return std::any_of(members.begin(), members.end(),
                     [](const auto& member) { return member.pool->load().attested; });
}

// Whether the workers of `other` have imported what the job's own set would have given it.
bool suits(const PreloadSet& own, const PreloadSet& other, const Job& job) {
  const auto has = [&other](const std::string& module) {
    const auto in = [&module](const std::vector<std::string>& modules) {
      return std::find(modules.begin(), modules.end(), module) != modules.end();
    };
    return in(other.modules) || in(other.also);
  };
  return std::all_of(own.modules.begin(), own.modules.end(),
                     [&](const std::string& module) { return !wants(job, module) || has(module); });
}

}  // namespace

std::size_t set_for(const Generation& generation, const Job& job) {
  std::size_t fallback = 0;
  for (std::size_t i = 0; i < generation.options.sets.size(); ++i) {
    const auto& modules = generation.options.sets[i].modules;
    const auto wanted = [&job](const std::string& module) { return wants(job, module); };
    if (std::any_of(modules.begin(), modules.end(), wanted)) return i;
    if (modules.empty()) fallback = i;
  }
  return fallback;
}

bool is_starting(const Generation& generation, std::size_t set) {
  const auto members = generation.members_of(set);
  return std::all_of(members.begin(), members.end(),
                     [](const auto& member) { return member.pool->starting(); });
}

std::vector<std::size_t> sets_for(const Generation& generation, const Job& job) {
  const auto& sets = generation.options.sets;
  const std::size_t own = set_for(generation, job);
  std::vector<std::size_t> all = {own};
  for (std::size_t other = 0; other < sets.size(); ++other) {
    if (other != own && suits(sets[own], sets[other], job)) all.push_back(other);
  }
  return all;
}

std::optional<std::size_t> serving_one(const Generation& generation,
                                       const std::vector<std::size_t>& sets) {
  if (!is_starting(generation, sets.front())) return sets.front();
  const auto attested = std::find_if(sets.begin(), sets.end(), [&generation](std::size_t set) {
    return is_attested(generation, set);
  });
  return attested == sets.end() ? std::nullopt : std::optional(*attested);
}

}  // namespace executor
