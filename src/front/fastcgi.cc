#include "front/fastcgi.h"

#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <new>
#include <optional>

#include "base/peer.h"
#include "base/signals.h"
#include "contract/request.h"
#include "front/accept_gate.h"
#include "front/drain.h"
#include "front/head.h"
#include "front/listener.h"

namespace executor {
namespace {

// How long a connection may be silent before its thread takes another one (libfcgi's own default is
// two seconds, in which a handful of silent connections would hold every thread).
constexpr const char* kSilenceMilliseconds = "500";
// Back-off after a failed accept (EMFILE, for example).
constexpr int kAcceptPauseMilliseconds = 20;

std::string parameter(const FCGX_Request& request, const char* name) {
  const char* value = FCGX_GetParam(name, request.envp);
  return value != nullptr ? value : "";
}

// What may stand in a log line and a header: nginx should ensure it, but it may not be our nginx.
std::string sane_token(std::string text) {
  constexpr std::size_t kLongest = 128;
  const auto sane = [](unsigned char c) { return std::isgraph(c) != 0 && c != '"' && c != '\\'; };
  if (text.size() > kLongest || !std::all_of(text.begin(), text.end(), sane)) return {};
  return text;
}

// Room for the whole body at once; without it each part would need a larger copy of those before.
void reserve_body(std::size_t size, Request& request) {
  try {
    request.body.reserve(size);
  } catch (const std::bad_alloc&) {  // this request's end, not the process's
    request.out_of_memory = true;
  }
}

void read_body(FCGX_Request& from, std::size_t limit, Request& request) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read only where it was written
  std::array<char, 65536> part;
  for (int size = 0; (size = FCGX_GetStr(part.data(), part.size(), from.in)) > 0;) {
    // Read to its end even when it is not kept: only then is a client's going away seen.
    request.body_too_large =
        request.body_too_large || static_cast<std::size_t>(size) > limit - request.body.size();
    if (request.body_too_large || request.out_of_memory) continue;
    try {
      request.body.append(part.data(), static_cast<std::size_t>(size));
    } catch (const std::bad_alloc&) {  // this request's end, not the process's
      request.out_of_memory = true;
      request.body = std::string();
    }
  }
  if (request.body_too_large) request.body = std::string();
}

// How long the body will be, if nginx says so.
std::optional<std::size_t> announced_size(const FCGX_Request& from) {
  const std::string text = parameter(from, "CONTENT_LENGTH");
  const char* const end = text.data() + text.size();
  std::size_t size = 0;
  const auto [stopped, error] = std::from_chars(text.data(), end, size);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return size;
}

// Nothing of the body is read before there is room for all that is made of it.
void await_memory(const FastCgiOptions& options, std::size_t size, Request& request) {
  const bool has_body =
      request.route == "execute" || request.route == "mcp" || request.route == "compat";
  if (options.memory == nullptr || !has_body) return;
  const auto wait = std::chrono::duration_cast<Clock::duration>(options.memory_wait);
  auto entry = options.memory->await(parsing_memory(size), Deadline::at(request.arrived + wait),
                                     request.connection);
  request.at_capacity = entry.result != MemoryBudget::AdmissionResult::kHeld;
  request.memory = std::move(entry.memory);
}

Request read_request(FCGX_Request& from, const FastCgiOptions& options) {
  Request request;
  request.route = parameter(from, "ROUTE");
  request.method = parameter(from, "REQUEST_METHOD");
  request.content_type = parameter(from, "CONTENT_TYPE");
  request.encoding = parameter(from, "HTTP_CONTENT_ENCODING");
  request.accept = parameter(from, "HTTP_ACCEPT");
  request.path = parameter(from, "SCRIPT_NAME");
  request.origin = parameter(from, "HTTP_ORIGIN");
  request.mcp_version = parameter(from, "HTTP_MCP_PROTOCOL_VERSION");
  request.id = sane_token(parameter(from, "REQUEST_ID"));
  if (options.log_addresses) request.client = sane_token(parameter(from, "REMOTE_ADDR"));
  request.key = sane_token(parameter(from, "CLIENT_NAME"));
  request.connection = from.ipcFd;
  const auto announced = announced_size(from);
  const std::size_t size = announced.value_or(request.method == "POST" ? options.max_body : 0);
  request.body_too_large = size > options.max_body;
  if (!request.body_too_large) await_memory(options, size, request);
  // Refused at once: reading a body would cost the time that other requests wait for.
  if (request.at_capacity) return request;
  if (!request.body_too_large && announced) reserve_body(size, request);
  read_body(from, std::min(size, options.max_body), request);
  request.body_size = request.body.size();
  return request;
}

// https://fastcgi-archives.github.io/FastCGI_Specification.html, section 3.3
void append_record(std::string& bytes, char type, int request_id, std::string_view content) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xFFU); };
  const auto id = static_cast<std::size_t>(request_id);
  bytes += {FCGI_VERSION_1,
            type,
            byte(id >> 8U),
            byte(id),
            byte(content.size() >> 8U),
            byte(content.size()),
            0,
            0};
  bytes += content;
}

// `text` as the rest of a response, and the end of the request.
std::string last_records(int request_id, std::string_view text) {
  constexpr std::size_t kLongest = 32768;  // below the format's 65535
  std::string bytes;
  bytes.reserve(text.size() + text.size() / 4096 + 64);
  for (; !text.empty(); text.remove_prefix(std::min(kLongest, text.size()))) {
    append_record(bytes, FCGI_STDOUT, request_id, text.substr(0, kLongest));
  }
  append_record(bytes, FCGI_STDOUT, request_id, {});
  append_record(bytes, FCGI_END_REQUEST, request_id, std::string(8, '\0'));
  return bytes;
}

class FastCgiReply : public Reply {
 public:
  // `asked` is the request that this reply answers; replying frees the request's body and memory.
  FastCgiReply(FCGX_Request& request, Request& asked, AcceptGate& gate)
      : request_(request), asked_(asked), gate_(gate), unread_(asked.at_capacity) {}

  void send(const Response& response) override {
    if (std::exchange(begun_, true)) return;
    give_memory_back();
    std::string head = head_of(response);
    head.append("Content-Length: ").append(std::to_string(response.body.size()));
    head.append("\r\n\r\n");
    if (unread_) return deliver_later(head + response.body);
    if (head.size() + response.body.size() <= kPartSize) {
      put(head + response.body);
      return end();
    }
    std::string_view rest = give(head, kPatienceMilliseconds);
    if (!rest.empty()) return deliver_later(std::string(rest) + response.body);
    rest = give(response.body, kPatienceMilliseconds);
    return rest.empty() ? end() : deliver_later(rest);
  }

  void begin(const Response& response) override {
    if (std::exchange(begun_, true)) return;
    limit_send_time(kStreamPatienceSeconds);
    add(head_of(response) + "\r\n" + response.body);
  }
  void add(std::string_view part) override {
    if (pending_.empty()) {
      pending_ = give(part, 0);
    } else {
      pending_.append(part);
      pending_.erase(0, pending_.size() - give(pending_, 0).size());
    }
  }
  bool flush() override {
    const std::string_view rest = give(pending_, kStreamPatienceSeconds * 1000);
    pending_.erase(0, pending_.size() - rest.size());
    return pending_.empty();
  }
  void finish() override {
    if (finished_) return;
    give_memory_back();
    const std::string_view rest = give(pending_, kPatienceMilliseconds);
    if (!rest.empty()) return deliver_later(rest);
    limit_send_time(0);
    return end();
  }

 private:
  // What surely fits into a unix socket that poll(2) calls writable: it has three quarters of its
  // buffer, 208 KiB by default, left.
  static constexpr std::size_t kPartSize = 32768;
  static constexpr int kStreamPatienceSeconds = 5;
  // How long a reader may take nothing before its answer is delivered without this thread.
  static constexpr int kPatienceMilliseconds = 20;

  // 0: no limit.
  void limit_send_time(int seconds) const {
    const timeval patience{seconds, 0};
    ::setsockopt(request_.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  // Before a client has the last of its answer: it may send its next request at once, and this
  // thread may have work left.
  void give_memory_back() {
    asked_.body = std::string();
    asked_.memory.release();
  }
  void put(std::string_view text) {
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), request_.out);
  }
  [[nodiscard]] bool writable(int milliseconds) const {
    pollfd event{request_.ipcFd, POLLOUT, 0};
    return ::poll(&event, 1, milliseconds) == 1;
  }
  // Gives the reader what it takes without a longer pause; the rest.
  std::string_view give(std::string_view text, int milliseconds) {
    while (!text.empty() && writable(milliseconds)) {
      put(text.substr(0, kPartSize));
      FCGX_FFlush(request_.out);
      text.remove_prefix(std::min(kPartSize, text.size()));
    }
    return text;
  }
  // Without this thread and libfcgi, which has sent all that it was given.
  void deliver_later(std::string_view rest) {
    finished_ = true;
    const bool wanted = FCGX_GetError(request_.out) == 0 && gate_.drain().has_room(rest.size());
    UniqueFd connection(std::exchange(request_.ipcFd, -1));
    FCGX_Free(&request_, 0);
    if (!wanted) return;
    gate_.drain().take(std::move(connection), last_records(request_.requestId, rest),
                       unread_ ? Drain::Close::kAfterPeer : Drain::Close::kWhenSent);
  }
  void end() {
    finished_ = true;
    FCGX_Finish_r(&request_);  // closes the connection unless nginx asked to keep it
    if (UniqueFd kept(std::exchange(request_.ipcFd, -1)); kept) gate_.keep(std::move(kept));
  }

  FCGX_Request& request_;
  Request& asked_;
  AcceptGate& gate_;
  const bool unread_;  // the request's body
  bool begun_ = false;
  bool finished_ = false;
  std::string pending_;
};

enum class AcceptResult : std::uint8_t {
  kServed,
  kNobody,    // another thread or process was quicker, or it sent nothing
  kOutOfFds,  // of a descriptor for it
  kFailed,    // to accept, and would at once again
};

// Lets libfcgi take its next request from a connection that has been kept, or accept a new one.
int accept_request(FCGX_Request& fcgi, int listener, UniqueFd kept) {
  fcgi.listen_sock = kept ? -1 : listener;
  fcgi.keepConnection = kept ? 1 : 0;  // of the request before, after which it is not closed
  fcgi.ipcFd = kept.release();
  return FCGX_Accept_r(&fcgi);
}

AcceptResult serve_one(FCGX_Request& fcgi, UniqueFd kept, const FastCgiOptions& options,
                       const Handler& handler, AcceptGate& gate, bool on_reserve = false) {
  const bool is_kept = static_cast<bool>(kept);
  const int accepted = accept_request(fcgi, gate.listener(), std::move(kept));
  if (accepted < 0 && is_kept) return AcceptResult::kNobody;
  if (accepted == -EMFILE || accepted == -ENFILE) return AcceptResult::kOutOfFds;
  if (accepted < 0) return accepted == -EAGAIN ? AcceptResult::kNobody : AcceptResult::kFailed;
  Request request = read_request(fcgi, options);
  request.on_reserve = on_reserve;
  FastCgiReply reply(fcgi, request, gate);
  handler(request, reply);
  if (fcgi.ipcFd >= 0) FCGX_Free(&fcgi, 1);  // not answered to its end
  return AcceptResult::kServed;
}

// Where there are no more descriptors: without the idle connections, or to refuse the request.
AcceptResult serve_without_fds(FCGX_Request& fcgi, const FastCgiOptions& options,
                               const Handler& handler, AcceptGate& gate) {
  auto accepted = AcceptResult::kOutOfFds;
  if (gate.close_idle()) accepted = serve_one(fcgi, {}, options, handler, gate);
  if (accepted != AcceptResult::kOutOfFds || !gate.release_reserve_fd()) return accepted;
  accepted = serve_one(fcgi, {}, options, handler, gate, true);
  gate.close_idle();  // it was one
  return accepted;
}

// One thread: request after request. Ends only when the server stops.
void serve(AcceptGate& gate, const FastCgiOptions& options, const Handler& handler) {
  block_all_signals();  // libfcgi does not repeat interrupted calls
  FCGX_Request fcgi;
  FCGX_InitRequest(&fcgi, gate.listener(), 0);
  while (auto kept = gate.acquire()) {
    AcceptResult accepted = serve_one(fcgi, std::move(*kept), options, handler, gate);
    if (accepted == AcceptResult::kOutOfFds) {
      accepted = serve_without_fds(fcgi, options, handler, gate);
    }
    gate.release(accepted == AcceptResult::kServed);
    if (accepted == AcceptResult::kOutOfFds || accepted == AcceptResult::kFailed)
      ::poll(nullptr, 0, kAcceptPauseMilliseconds);
  }
  FCGX_Free(&fcgi, 1);
}

}  // namespace

FastCgiServer::FastCgiServer(FastCgiOptions options, std::unique_ptr<AcceptGate> gate)
    : options_(std::move(options)), gate_(std::move(gate)) {}

FastCgiServer::FastCgiServer(FastCgiServer&&) noexcept = default;

Result<FastCgiServer> FastCgiServer::open(const FastCgiOptions& options, UniqueFd inherited) {
  ::setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", kSilenceMilliseconds, 1);
  // FCGX_Init installs handlers for SIGTERM and SIGUSR1 unless they have some already.
  ::signal(SIGTERM, [](int) {});
  ::signal(SIGUSR1, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  if (FCGX_Init() != 0) return failure("start libfcgi");
  const bool is_inherited = static_cast<bool>(inherited);
  auto listener = is_inherited ? Result<UniqueFd>(std::move(inherited)) : listen_on(options.socket);
  if (!listener) return listener.error();
  // A connection that poll(2) reports may be gone, or taken by another, by the time of the accept.
  if (::fcntl(listener->get(), F_SETFL, O_NONBLOCK) != 0) return os_failure("use the socket");
  auto gate =
      std::make_unique<AcceptGate>(std::move(*listener), is_inherited, options.max_undelivered);
  if (!gate->usable()) return os_failure("make an eventfd");
  return FastCgiServer(options, std::move(gate));
}

void FastCgiServer::start(const Handler& handler) {
  handler_ = &handler;
  grow(options_.threads);
}

void FastCgiServer::grow(std::uint32_t threads) {
  while (threads_.size() < threads) {
    threads_.emplace_back(serve, std::ref(*gate_), options_, std::cref(*handler_));
  }
}

Progress FastCgiServer::progress() const {
  return gate_->progress();
}

void FastCgiServer::stop_accepting(Deadline deadline) {
  if (!gate_->inherited()) return;
  gate_->close();
  gate_->await_empty(deadline);
}

void FastCgiServer::stop() {
  if (!gate_) return;
  gate_->close();
  // Not FCGX_ShutdownPending(): with it, a thread that was waiting for the first byte of a silent
  // connection keeps closing that descriptor number in a loop, even after it has been reused.
  const bool ours = !gate_->inherited();
  if (ours) ::shutdown(gate_->listener(), SHUT_RDWR);  // leaves no client waiting
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  gate_.reset();
  if (ours) forget_address(options_.socket);
}

FastCgiServer::~FastCgiServer() {
  stop();
}

}  // namespace executor
