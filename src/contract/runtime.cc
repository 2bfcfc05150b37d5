#include "contract/runtime.h"

#include "contract/decimal.h"
#include "contract/lower_limits.h"
#include "contract/render.h"
#include "contract/request_body.h"

namespace executor {
namespace {

// Of a package that is there twice, the one in front is what an import finds.
constexpr std::string_view kScript = R"python(
def main():
    import importlib.metadata
    import platform
    import re
    import sys

    packages = {}
    for distribution in importlib.metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.metadata["Version"]
        if name and version:
            key = re.sub(r"[-_.]+", "-", name).lower()
            packages.setdefault(key, {"name": name, "version": version})
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "packages": [packages[key] for key in sorted(packages)],
    }
)python";

std::string member(std::string_view name, const std::string& json) {
  return render_text(name) + ": " + json;
}

template <typename Texts>
std::string array_of(const Texts& texts) {
  std::string json = "[";
  for (const auto& text : texts) {
    if (json.size() > 1) json += ", ";
    json += render_text(text);
  }
  return json + "]";
}

std::string limits_json(const RequestLimits& limits) {
  std::string json = "{" + member("timeout_seconds", decimal(limits.max_timeout.count(), 6));
  for (const LimitName& row : kLimitNames) {
    json += ", " + member(row.name, std::to_string(limits.run.*(row.limit) / row.unit));
  }
  return json + ", " + member("source_kb", std::to_string(limits.max_source / kKibi)) + "}";
}

}  // namespace

Job runtime_job() {
  return Job{.dialect = Dialect::kFunction, .source = std::string(kScript)};
}

std::string render_runtime(const RuntimeView& facts) {
  std::string_view found = facts.found;
  if (!found.starts_with('{') || !found.ends_with('}') || found.size() < 3) return {};
  found = found.substr(1, found.size() - 2);
  return "{" + member("version", render_text(facts.version)) + ", " +
         member("tier", render_text(facts.tier)) + ", " +
         (facts.landlock ? member("landlock", *facts.landlock ? "true" : "false") + ", " : "") +
         std::string(found) + ", " + member("preloaded", array_of(facts.preloaded)) + ", " +
         (facts.starting.empty() ? "" : member("starting", array_of(facts.starting)) + ", ") +
         member("limits", limits_json(facts.limits)) + ", " +
         member("fields", array_of(field_names())) + "}\n";
}

}  // namespace executor
