#include "doctor/python.h"

#include <cstdlib>
#include <sstream>

#include "jail/process.h"

namespace executor {
namespace {

// Prints one fact a line. Threads are counted when everything is imported: a library that has
// started some would leave a forked worker with their locks and without them.
constexpr const char* kPythonProbe = R"(
import os, sys
for name in ('OMP', 'OPENBLAS', 'MKL', 'BLIS', 'NUMEXPR'):
    os.environ[name + '_NUM_THREADS'] = '1'
split = sys.argv.index('--')
sys.path[:0] = sys.argv[1:split]
import importlib
print('version', sys.version.split()[0], sep='\t')
for name in sys.argv[split + 1:]:
    try:
        module = importlib.import_module(name)
        own = name.split('.')[0] in sys.stdlib_module_names
        print('module', name, '' if own else getattr(module, '__version__', ''), sep='\t')
    except BaseException as error:
        print('missing', name, f'{type(error).__name__}: {error}'.replace('\n', ' '), sep='\t')
with open('/proc/self/status') as status:
    for line in status:
        if line.startswith('Threads:'):
            print('threads', line.split()[1], sep='\t')
)";

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, '\t');) fields.push_back(field);
  fields.resize(3);
  return fields;
}

}  // namespace

PythonFacts survey_python(const std::string& python, const std::vector<std::string>& path,
                          const std::vector<std::string>& modules) {
  PythonFacts facts;
  std::vector<std::string> command = {python, "-I", "-B", "-c", kPythonProbe};
  command.insert(command.end(), path.begin(), path.end());
  command.emplace_back("--");
  command.insert(command.end(), modules.begin(), modules.end());
  const auto printed = output_of(command);
  if (!printed) {
    facts.error = printed.error().text();
    return facts;
  }
  std::istringstream lines(*printed);
  for (std::string line; std::getline(lines, line);) {
    const auto fields = fields_of(line);
    if (fields[0] == "version") facts.version = fields[1];
    if (fields[0] == "threads") facts.threads = std::atoi(fields[1].c_str());
    if (fields[0] == "module") facts.modules.emplace_back(fields[1], fields[2]);
    if (fields[0] == "missing") facts.missing.emplace_back(fields[1], fields[2]);
  }
  return facts;
}

Section judge_python(const PythonFacts& facts) {
  Section section{"Python", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  if (!facts.error.empty()) {
    add(missing_required("Python can be run: " + facts.error, "apt-get install python3"));
    return section;
  }
  add(verified("Python " + facts.version));
  for (const auto& [name, error] : facts.missing) {
    add(missing_required(
        "module " + name + " can be imported: " + error,
        "install it (Debian: apt-get install python3-" + name.substr(0, name.find('.')) +
            "), name its directory with --python-path, or take it out of --preload"));
  }
  std::size_t plain = 0;
  for (const auto& [name, version] : facts.modules) {
    plain += version.empty() ? 1 : 0;
    if (!version.empty()) add(verified("module " + name + " " + version));
  }
  add(verified(std::to_string(plain) + " more modules to preload can be imported"));
  add(graded(facts.threads == 1, true,
             "one thread after all imports: " + std::to_string(facts.threads),
             "build or configure the library that starts threads for one thread "
             "(OPENBLAS_NUM_THREADS=1), or take it out of --preload"));
  return section;
}

}  // namespace executor
