#include "config/settings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "config/places.h"
#include "config/preload.h"
#include "front/listener.h"

namespace executor {
namespace {

// The largest values that the rooms can handle. Larger ones are mistakes, and would overflow there.
constexpr double kMaxWorkers = 10'000;
constexpr double kMaxZygotes = 64;
constexpr double kMaxWaiting = 100'000;
constexpr double kMaxCount = 10'000'000;
constexpr double kMaxMegabytes = 1 << 24;
constexpr double kMaxKilobytes = 1 << 20;  // lengths on the wire have 32 bits
constexpr double kDay = 86'400;
constexpr double kLongest = 1e9;
constexpr bool kOrZero = true;

std::uint32_t default_workers() {
  return std::max(4U, 2 * std::thread::hardware_concurrency());
}

// Cloning is one thread's work, and one thread keeps only so many processors busy.
std::uint32_t default_zygotes() {
  return std::max(1U, std::thread::hardware_concurrency() / 8);
}

// `words`, and the names of all tiers.
template <typename Value>
std::vector<std::pair<std::string, Value>> tier_words(
    std::vector<std::pair<std::string, Value>> words = {}) {
  for (const Tier tier : kTiers) words.emplace_back(name_of(tier), tier);
  return words;
}

// Marks a row that a reload cannot change.
void only_at_start(Setting& row) {
  row.at_start_only = true;
}

Result<void> parse_uid_range(const std::string& text, UidRange& range) {
  char rest = 0;
  if (std::sscanf(text.c_str(), "%u-%u%c", &range.first, &range.last, &rest) == 2 &&
      range.first <= range.last && range.first > 0) {
    return {};
  }
  return failure("uid-range must look like 20000-29999, not " + text);
}

}  // namespace

SettingTable service_table(Config& config, PreloadTexts& preload) {
  ServiceOptions& service = config.service;
  SettingTable table("Service");
  table.number("workers", usually(service.workers, default_workers()), {kMaxWorkers},
               "runs at once", "two for each processor, at least 4");
  table.number("ready", preload.ready, {kMaxWorkers}, "workers kept ready in each preload set");
  table.number(
      "zygotes", usually(service.zygotes, default_zygotes()), {kMaxZygotes},
      "processes that make the workers of each preload set, and divide its READY workers among "
      "them; always one in the tier uid",
      "one for each 8 processors, at least 1");
  table.number("queue", service.queue, {kMaxWaiting, kOrZero},
               "requests that may wait for a run to end");
  table.number("queue-wait-seconds", service.queue_wait, {kDay}, "longest wait in the queue");
  table.number("grace-seconds", config.grace, {kDay},
               "time that running scripts have to end when the service stops");
  table.number("recycle-seconds", usually(service.recycle, std::chrono::hours(1)),
               {kLongest, kOrZero}, "age at which a zygote is replaced by a new one; 0: never");
  table.number("attest-seconds", usually(service.attest, std::chrono::minutes(5)),
               {kLongest, kOrZero},
               "how often the sandbox is attested again; 0: for each new zygote only");
  only_at_start(table.number("max-body-kb", usually(config.front.max_body, 8ULL << 20),
                             {kMaxKilobytes}, "request body; the program in it has at most 1 MB"));
  only_at_start(table.number(
      "body-memory-mb", usually(config.body_memory, 0), {kMaxMegabytes, kOrZero},
      "memory for all request bodies and answers in the responder together: requests "
      "wait for it, or get 503; 0: 256, or as much as the largest request needs if that is "
      "more"));
  only_at_start(table.text("socket", usually(config.front.socket, kUsualSocket),
                           "the FastCGI socket: a path, or ADDRESS:PORT for a trusted network"));
  only_at_start(table.word<LogFormat>(
      "log-format", config.log_format, {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
      "format of the log on standard error: text, or json for one object per line"));
  table.descriptor("ready-fd", config.ready_fd,
                   "descriptor to which READY=1 is written once scripts can run");
  return table;
}

SettingTable nginx_table(Config& config) {
  NginxOptions& nginx = config.nginx;
  SettingTable table("In front of the service: nginx");
  only_at_start(table.number(
      "front-timeout-seconds", usually(config.front_timeout, std::chrono::duration<double>::zero()),
      {kLongest, kOrZero},
      "how long nginx waits for an answer; 0: as long as all waits and the longest run "
      "take together and 5 s more, at least 75 s"));
  table.number("connections-per-address", usually(nginx.address_connections, 0),
               {kMaxWaiting, kOrZero},
               "requests at once from one address; 0: twice as many as may run and wait, at least "
               "512");
  table.text("api-keys-file", nginx.keys_file,
             "a file of keys, one NAME KEY pair per line: /execute requires one of these keys, as "
             "Authorization: Bearer KEY or X-API-Key: KEY");
  table.number("key-requests-per-second", nginx.key_rate, {kMaxWaiting, kOrZero},
               "requests a second of one client, whichever of its keys it sends; 0: no limit");
  table.number("key-requests-at-once", nginx.key_connections, {kMaxWaiting, kOrZero},
               "requests at once of one client, whichever of its keys it sends; 0: no limit");
  only_at_start(table.yes_or_no("log-addresses", nginx.log_addresses, "yes",
                                "whether logs have the addresses of clients"));
  return table;
}

SettingTable limits_table(Config& config) {
  SandboxLimits& run = config.service.setup.limits;
  SettingTable table("Limits of one run");
  table.number("max-timeout-seconds", config.request.max_timeout, {kDay},
               "longest wall-clock time that a request may ask for");
  table.number("script-timeout-seconds", config.request.default_function_timeout, {kDay},
               "wall-clock time of a request with script and without timeout");
  table.number("code-timeout-seconds", config.request.default_program_timeout, {kDay},
               "wall-clock time of a request with code and without timeout");
  table.number("cpu-limit-seconds", run.cpu_seconds, {kDay}, "CPU time of one process");
  table.number("memory-limit-mb", run.memory, {.most = kMaxMegabytes, .least = 16},
               "memory of a run, all of its processes together");
  table.number("max-output-kb", config.service.run.output, {kMaxKilobytes},
               "stdout of a run, and separately its stderr");
  table.number("max-result-kb", run.result, {kMaxKilobytes}, "what main() returns, as JSON");
  table.number("file-size-limit-mb", run.file_size, {kMaxMegabytes}, "one file");
  table.number("scratch-limit-mb", run.scratch, {kMaxMegabytes},
               "home, /tmp and /dev/shm together");
  table.number("scratch-files", run.scratch_inodes, {.most = kMaxCount, .least = 8},
               "files, directories and links in home, /tmp and /dev/shm");
  table.number("processes", run.processes, {.most = kMaxCount, .least = 2},
               "processes and threads");
  table.number("open-files", run.open_files, {.most = kMaxCount, .least = 16},
               "descriptors of one process");
  only_at_start(table.word<CgroupMode>(
      "cgroup", config.service.cgroup,
      {{"auto", CgroupMode::kAuto}, {"required", CgroupMode::kRequired}, {"off", CgroupMode::kOff}},
      "a cgroup of its own for each run: auto (where one is delegated), required or off"));
  return table;
}

SettingTable sandbox_table(Config& config, PreloadTexts& preload) {
  ServiceOptions& service = config.service;
  JailOptions& jail = service.jail;
  SettingTable table("Sandbox");
  table.list("preload", usually(preload.sets, default_preload()),
             "a preload set, \"NAME[=READY]: MODULE ... [+ MODULE ...]\": a script that names a "
             "module in front of the plus gets a worker of the first such set, with all of its "
             "modules imported; READY workers are kept ready; may be given several times",
             shown_default_preload());
  table.word<ServeAfter>("serve-after", service.serve_after,
                         {{"first-set", ServeAfter::kFirstSet}, {"all-sets", ServeAfter::kAllSets}},
                         "when a starting service becomes healthy and serves: first-set (once one "
                         "preload set is attested; scripts that need another set wait for it in "
                         "the queue), or all-sets");
  table.text("preload-common", usually(preload.common, default_common_modules()),
             "modules of the standard library that every set has imported");
  table.list("expose", service.setup.expose,
             "a path that scripts may read; may be given several times");
  table.list("python-path", service.setup.path,
             "a directory of modules, exposed and put in front of sys.path; may be given several "
             "times");
  table.word<std::optional<Tier>>("tier", service.tier,
                                  tier_words<std::optional<Tier>>({{"auto", std::nullopt}}),
                                  "tier of isolation: full, namespaces or uid; auto: the highest "
                                  "that can be attested");
  table.word<Tier>("minimum-tier", service.minimum_tier, tier_words<Tier>(),
                   "the lowest tier in which scripts may run");
  table.word<RunIdentity>(
      "run-identity", jail.identity,
      {{"auto", RunIdentity::kAuto}, {"own", RunIdentity::kOwn}, {"shared", RunIdentity::kShared}},
      "in the tiers full and namespaces: own (each run has a user id of its "
      "own on the host, from /etc/subuid and /etc/subgid), shared (the "
      "service's), or auto: own where that is possible");
  table.word<LandlockMode>(
      "landlock", service.landlock,
      {{"auto", LandlockMode::kAuto}, {"required", LandlockMode::kRequired}},
      "in the tier uid: required (the tier is refused where the kernel has no Landlock), or auto: "
      "used where it is available");
  table.descriptor("launcher-fd", jail.launcher_fd,
                   "socket to python-executor-launcher, which sets it: the tier uid needs it");
  table.parsed(
      "uid-range", "20000-29999",
      [&uids = service.setup.uids](const std::string& text) { return parse_uid_range(text, uids); },
      "user ids that workers get in the tier uid; set by the launcher as well");
  table.text_in_words("runner", usually(jail.runner, default_runner()),
                      "the program that runs inside the jail", "where it was installed or built");
  table.text("firejail", jail.firejail.program, "the firejail program");
  table.text("firejail-profile", usually(jail.firejail.profile, default_profile()),
             "the profile of the outer jail; for a program in its build directory, the checkout's",
             FirejailOptions().profile);
  return table;
}

}  // namespace executor
