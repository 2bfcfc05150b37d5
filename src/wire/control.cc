#include "wire/control.h"

#include <type_traits>

#include "wire/codec.h"

namespace executor {
namespace {

enum class Tag : std::uint8_t {
  kSetup,
  kSpawn,
  kReady,
  kWorker,
  kExited,
  kFailed,
  kGivenIds,
  kNeedsIds
};

void put(Encoder& to, const SandboxLimits& limits) {
  visit_members(limits, [&to](const auto& value) { to.put(value); });
}

SandboxLimits get_limits(Decoder& from) {
  SandboxLimits limits;
  visit_members(limits,
                [&from](auto& value) { value = from.get<std::decay_t<decltype(value)>>(); });
  return limits;
}

void put(Encoder& to, const Setup& setup) {
  to.put(Tag::kSetup).put(setup.tier).put(setup.uids.first).put(setup.uids.last);
  to.put(static_cast<std::uint8_t>(setup.own_ids));
  put(to, setup.limits);
  to.put(setup.preload).put(setup.expose).put(setup.path).put(std::string_view(setup.python));
  to.put(std::string_view(setup.warm_up));
}

Setup get_setup(Decoder& from) {
  Setup setup;
  setup.tier = from.get<Tier>();
  setup.uids.first = from.get<std::uint32_t>();
  setup.uids.last = from.get<std::uint32_t>();
  setup.own_ids = from.get_bool();
  setup.limits = get_limits(from);
  setup.preload = from.get_list();
  setup.expose = from.get_list();
  setup.path = from.get_list();
  setup.python = from.get_text();
  setup.warm_up = from.get_text();
  return setup;
}

void put(Encoder& to, const GivenIds& ids) {
  to.put(Tag::kGivenIds).put(ids.count);
}

void put(Encoder& to, const NeedsIds& /*none*/) {
  to.put(Tag::kNeedsIds);
}

void put(Encoder& to, const Spawn& spawn) {
  to.put(Tag::kSpawn).put(spawn.count);
}

void put(Encoder& to, const Ready& ready) {
  to.put(Tag::kReady).put(std::string_view(ready.python_version));
}

void put(Encoder& to, const WorkerStarted& worker) {
  to.put(Tag::kWorker).put(worker.id);
}

void put(Encoder& to, const WorkerExited& exited) {
  to.put(Tag::kExited).put(exited.id).put(exited.wait_status);
  to.put(exited.user_microseconds).put(exited.system_microseconds).put(exited.max_rss_kilobytes);
  to.put(exited.page_faults);
}

WorkerExited get_exited(Decoder& from) {
  WorkerExited exited;
  exited.id = from.get<std::uint64_t>();
  exited.wait_status = from.get<std::int32_t>();
  exited.user_microseconds = from.get<std::uint64_t>();
  exited.system_microseconds = from.get<std::uint64_t>();
  exited.max_rss_kilobytes = from.get<std::uint64_t>();
  exited.page_faults = from.get<std::uint64_t>();
  return exited;
}

void put(Encoder& to, const ZygoteFailed& failed) {
  to.put(Tag::kFailed).put(std::string_view(failed.text)).put(failed.error);
}

ZygoteFailed get_failed(Decoder& from) {
  ZygoteFailed failed;
  failed.text = from.get_text();
  failed.error = from.get<std::int32_t>();
  return failed;
}

template <typename Message>
std::string encode_any(const Message& message) {
  Encoder to;
  std::visit([&to](const auto& alternative) { put(to, alternative); }, message);
  return to.bytes();
}

}  // namespace

std::string encode(const ToZygote& message) {
  return encode_any(message);
}
std::string encode(const FromZygote& message) {
  return encode_any(message);
}

std::optional<ToZygote> decode_to_zygote(std::string_view bytes) {
  Decoder from(bytes);
  std::optional<ToZygote> message;
  switch (from.get<Tag>()) {
    case Tag::kSetup:
      message = get_setup(from);
      break;
    case Tag::kGivenIds:
      message = GivenIds{from.get<std::uint32_t>()};
      break;
    case Tag::kSpawn:
      message = Spawn{from.get<std::uint32_t>()};
      break;
    default:
      break;
  }
  return from.complete() ? message : std::nullopt;
}

std::optional<Spawn> decode_spawn(std::string_view bytes) {
  Decoder from(bytes);
  const bool named = from.get<Tag>() == Tag::kSpawn;
  const Spawn spawn{from.get<std::uint32_t>()};
  const bool whole = named && from.complete() && spawn.count <= kMaxSpawned;
  return whole ? std::optional(spawn) : std::nullopt;
}

std::optional<FromZygote> decode_from_zygote(std::string_view bytes) {
  Decoder from(bytes);
  std::optional<FromZygote> message;
  switch (from.get<Tag>()) {
    case Tag::kNeedsIds:
      message = NeedsIds();
      break;
    case Tag::kReady:
      message = Ready{std::string(from.get_text())};
      break;
    case Tag::kWorker:
      message = WorkerStarted{from.get<std::uint64_t>()};
      break;
    case Tag::kExited:
      message = get_exited(from);
      break;
    case Tag::kFailed:
      message = get_failed(from);
      break;
    default:
      break;
  }
  return from.complete() ? message : std::nullopt;
}

}  // namespace executor
