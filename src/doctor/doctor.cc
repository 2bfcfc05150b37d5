#include "doctor/doctor.h"

#include <algorithm>
#include <cstdio>

#include "doctor/judge.h"
#include "doctor/survey.h"

namespace executor {
namespace {

// Beside those that each run and each request take.
constexpr std::uint64_t kSpareDescriptors = 64;
constexpr std::uint64_t kDescriptorsOfRun = 8;

class Report {
 public:
  void add(const Chapter& chapter) {
    std::fputs((rendered(chapter) + "\n").c_str(), stdout);
    std::fflush(stdout);  // what comes next can take seconds, or hang
    missing_ += count_missing(chapter);
  }
  [[nodiscard]] std::size_t missing() const { return missing_; }

 private:
  std::size_t missing_ = 0;
};

std::uint64_t descriptors_of(const Config& config) {
  return kDescriptorsOfRun * config.service.workers + config.front.threads + kSpareDescriptors;
}

// Every module that some set preloads, once.
std::vector<std::string> modules_of(const Config& config) {
  std::vector<std::string> modules;
  for (const PreloadSet& set : config.service.sets) {
    modules.insert(modules.end(), set.also.begin(), set.also.end());
    modules.insert(modules.end(), set.modules.begin(), set.modules.end());
  }
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  return modules;
}

void examine_machine(const Config& config, const Needs& needs, Report& report) {
  const CallerFacts caller = survey_caller();
  report.add(judge_kernel(survey_kernel(), needs));
  report.add(judge_namespaces(survey_namespaces(), needs));
  report.add(judge_caller(caller, needs, descriptors_of(config)));
  report.add(judge_container(survey_container(), needs));
  report.add(judge_cgroup(survey_cgroup()));
  const FirejailOptions& firejail = config.service.jail.firejail;
  report.add(judge_firejail(survey_firejail(firejail, caller.user), needs, caller.user));
  report.add(judge_fastcgi_library(survey_fastcgi_library()));
  const SocketFacts socket = survey_socket(config.front.socket);
  report.add(judge_socket(socket, caller.user));
  const Setup& setup = config.service.setup;
  report.add(judge_python(survey_python(setup.python, setup.path, modules_of(config))));
  report.add(judge_resources(survey_resources(socket.directory), config.service.workers,
                             setup.limits.memory));
}

}  // namespace

int run_doctor(const Config& config) {
  Report report;
  examine_machine(config, Needs(), report);
  if (report.missing() > 0) {
    std::printf("Scripts cannot be served: %zu facts that are needed are absent.\n",
                report.missing());
    return 1;
  }
  std::puts("Scripts can be served.");
  return 0;
}

}  // namespace executor
