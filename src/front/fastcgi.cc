#include "front/fastcgi.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <new>

#include "base/peer.h"
#include "base/signals.h"
#include "front/listener.h"

namespace executor {
namespace {

// How long a connection may be silent before its thread takes another one (libfcgi's own default is
// two seconds, in which a handful of silent connections would hold every thread).
constexpr const char* kSilenceMilliseconds = "500";
// After a failed accept, for example for want of descriptors.
constexpr int kAcceptPauseMilliseconds = 20;

std::string parameter(const FCGX_Request& request, const char* name) {
  const char* value = FCGX_GetParam(name, request.envp);
  return value != nullptr ? value : "";
}

// What may stand in a log line and a header: nginx should have seen to it, but need not be ours.
std::string sane_token(std::string text) {
  constexpr std::size_t kLongest = 128;
  const auto sane = [](unsigned char c) { return std::isgraph(c) != 0 && c != '"' && c != '\\'; };
  if (text.size() > kLongest || !std::all_of(text.begin(), text.end(), sane)) return {};
  return text;
}

void read_body(FCGX_Request& from, std::size_t limit, Request& request) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read only where it was written
  std::array<char, 65536> part;
  for (int size = 0; (size = FCGX_GetStr(part.data(), part.size(), from.in)) > 0;) {
    // Read to its end even when too large: only then is a client's going away seen.
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
}

Request read_request(FCGX_Request& from, std::size_t max_body) {
  Request request;
  request.route = parameter(from, "ROUTE");
  request.method = parameter(from, "REQUEST_METHOD");
  request.content_type = parameter(from, "CONTENT_TYPE");
  request.accept = parameter(from, "HTTP_ACCEPT");
  request.id = sane_token(parameter(from, "REQUEST_ID"));
  request.connection = from.ipcFd;
  read_body(from, max_body, request);
  return request;
}

const char* reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

// Waits until nginx has taken the answer and hung up: what a handler does after it has responded
// (ending a worker, making the next) would otherwise compete with nginx for the CPU. Whether it
// has.
bool await_delivery(int connection) {
  constexpr int kMilliseconds = 20;
  pollfd event{connection, kPeerEvents, 0};
  return ::poll(&event, 1, kMilliseconds) == 1;
}

std::string head_of(const Response& response) {
  std::string text = "Status: " + std::to_string(response.status) + " " +
                     reason_phrase(response.status) + "\r\nContent-Type: " + response.content_type +
                     "\r\n";
  for (const auto& [name, value] : response.headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  return text;
}

class FastCgiReply : public Reply {
 public:
  explicit FastCgiReply(FCGX_Request& request) : request_(request) {}

  void send(const Response& response) override {
    if (std::exchange(begun_, true)) return;
    std::string text = head_of(response);
    text.append("Content-Length: ").append(std::to_string(response.body.size()));
    text.append("\r\n\r\n").append(response.body);
    put(text);
    end();
  }

  void begin(const Response& response) override {
    if (std::exchange(begun_, true)) return;
    const timeval patience{kStreamPatienceSeconds, 0};
    ::setsockopt(request_.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    add(head_of(response) + "\r\n" + response.body);
  }
  void add(std::string_view part) override {
    pending_.append(part);
    std::size_t sent = 0;
    while (sent < pending_.size() && writable()) {
      const std::string_view next = std::string_view(pending_).substr(sent, kPartSize);
      put(next);
      FCGX_FFlush(request_.out);
      sent += next.size();
    }
    pending_.erase(0, sent);
  }
  void finish() override {
    if (std::exchange(finished_, true)) return;
    put(pending_);
    end();
  }

 private:
  // What surely fits into a unix socket that poll(2) calls writable: it has three quarters of its
  // buffer, 208 KiB by default, left.
  static constexpr std::size_t kPartSize = 32768;
  static constexpr int kStreamPatienceSeconds = 5;

  void put(std::string_view text) {
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), request_.out);
  }
  [[nodiscard]] bool writable() const {
    pollfd event{request_.ipcFd, POLLOUT, 0};
    return ::poll(&event, 1, 0) == 1;
  }
  void end() {
    finished_ = true;
    FCGX_Finish_r(&request_);
    // nginx asks to keep the connection and does not: else it would stay open until this thread has
    // the next one.
    if (request_.ipcFd >= 0 && await_delivery(request_.ipcFd)) FCGX_Free(&request_, 1);
  }

  FCGX_Request& request_;
  bool begun_ = false;
  bool finished_ = false;
  std::string pending_;
};

}  // namespace

// Where the threads wait for connections: one at a time, so that a connection wakes one and closing
// wakes all. Accepting could not be ended otherwise: shutdown(2) would end it for every process
// that has the socket, and libfcgi repeats what a signal has interrupted.
class Entrance {
 public:
  Entrance(UniqueFd listener, bool inherited)
      : listener_(std::move(listener)),
        closed_(::eventfd(0, EFD_CLOEXEC)),
        reserve_(::eventfd(0, EFD_CLOEXEC)),
        inherited_(inherited) {}

  [[nodiscard]] int listener() const { return listener_.get(); }
  [[nodiscard]] bool inherited() const { return inherited_; }
  [[nodiscard]] bool usable() const { return closed_ && reserve_; }

  // Waits for a connection; false when closed. Whoever comes in leaves again. Somebody else may
  // have been quicker to accept it.
  bool enter() {
    const std::lock_guard turn(turn_);
    if (!somebody_waits(-1)) return false;
    const std::lock_guard lock(mutex_);
    ++inside_;
    return true;
  }
  void leave(bool served) {
    const std::lock_guard lock(mutex_);
    if (served) ++served_;
    if (!reserve_) reserve_.reset(::eventfd(0, EFD_CLOEXEC));
    if (--inside_ == 0) empty_.notify_all();
  }
  // One descriptor is kept back, so that when there are no others one thread at a time can accept a
  // connection nevertheless, to refuse it. False when another thread has it now. Leaving ends that.
  bool give_reserve() {
    const std::lock_guard lock(mutex_);
    const bool had = static_cast<bool>(reserve_);
    reserve_.reset();
    return had;
  }
  [[nodiscard]] Progress progress() {
    const bool awaited = somebody_waits(0);
    const std::lock_guard lock(mutex_);
    return {awaited, served_};
  }
  void close() const { (void)::eventfd_write(closed_.get(), 1); }
  void await_empty(Deadline deadline) {
    { const std::lock_guard turn(turn_); }  // whoever was coming in is in
    std::unique_lock lock(mutex_);
    empty_.wait_until(lock, deadline.moment(), [this] { return inside_ == 0; });
  }

 private:
  // Waits for a connection, -1 for ever. False when there is none, or closed.
  [[nodiscard]] bool somebody_waits(int milliseconds) const {
    std::array<pollfd, 2> events{pollfd{closed_.get(), POLLIN, 0},
                                 pollfd{listener_.get(), POLLIN, 0}};
    while (::poll(events.data(), events.size(), milliseconds) < 0) {
    }
    return events[0].revents == 0 && events[1].revents != 0;
  }

  UniqueFd listener_;
  UniqueFd closed_;
  UniqueFd reserve_;
  bool inherited_;
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t inside_ = 0;
  std::uint64_t served_ = 0;
};

namespace {

enum class Visit : std::uint8_t {
  kServed,
  kNobody,  // others were quicker, or it said nothing
  kShort,   // of a descriptor for it
  kFailed,  // to accept, and would at once again
};

Visit serve_one(FCGX_Request& fcgi, std::size_t max_body, const Handler& handler,
                bool on_reserve = false) {
  const int accepted = FCGX_Accept_r(&fcgi);
  if (accepted == -EMFILE || accepted == -ENFILE) return Visit::kShort;
  if (accepted < 0) return accepted == -EAGAIN ? Visit::kNobody : Visit::kFailed;
  Request request = read_request(fcgi, max_body);
  request.on_reserve = on_reserve;
  FastCgiReply reply(fcgi);
  handler(request, reply);
  return Visit::kServed;
}

// One thread: request after request. Ends only when the server stops.
void serve(Entrance& entrance, std::size_t max_body, const Handler& handler) {
  block_all_signals();  // libfcgi does not repeat interrupted calls
  FCGX_Request fcgi;
  FCGX_InitRequest(&fcgi, entrance.listener(), 0);
  while (entrance.enter()) {
    Visit visit = serve_one(fcgi, max_body, handler);
    if (visit == Visit::kShort && entrance.give_reserve()) {
      visit = serve_one(fcgi, max_body, handler, true);
      FCGX_Free(&fcgi, 1);  // else the connection could outlast the visit
    }
    entrance.leave(visit == Visit::kServed);
    if (visit == Visit::kShort || visit == Visit::kFailed)
      ::poll(nullptr, 0, kAcceptPauseMilliseconds);
  }
  FCGX_Free(&fcgi, 1);
}

}  // namespace

FastCgiServer::FastCgiServer(FastCgiOptions options, std::unique_ptr<Entrance> entrance)
    : options_(std::move(options)), entrance_(std::move(entrance)) {}

FastCgiServer::FastCgiServer(FastCgiServer&&) noexcept = default;

Result<FastCgiServer> FastCgiServer::open(const FastCgiOptions& options, UniqueFd inherited) {
  ::setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", kSilenceMilliseconds, 1);
  // FCGX_Init takes SIGTERM and SIGUSR1 for itself unless somebody else has them.
  ::signal(SIGTERM, [](int) {});
  ::signal(SIGUSR1, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  if (FCGX_Init() != 0) return failure("start libfcgi");
  const bool is_inherited = static_cast<bool>(inherited);
  auto listener = is_inherited ? Result<UniqueFd>(std::move(inherited)) : listen_on(options.socket);
  if (!listener) return listener.error();
  // A connection that is seen may be gone, or another's, when it is accepted.
  if (::fcntl(listener->get(), F_SETFL, O_NONBLOCK) != 0) return os_failure("use the socket");
  auto entrance = std::make_unique<Entrance>(std::move(*listener), is_inherited);
  if (!entrance->usable()) return os_failure("make an eventfd");
  return FastCgiServer(options, std::move(entrance));
}

void FastCgiServer::start(const Handler& handler) {
  handler_ = &handler;
  grow(options_.threads);
}

void FastCgiServer::grow(std::uint32_t threads) {
  while (threads_.size() < threads) {
    threads_.emplace_back(serve, std::ref(*entrance_), options_.max_body, std::cref(*handler_));
  }
}

Progress FastCgiServer::progress() const {
  return entrance_->progress();
}

void FastCgiServer::hand_over(Deadline deadline) {
  if (!entrance_->inherited()) return;
  entrance_->close();
  entrance_->await_empty(deadline);
}

void FastCgiServer::stop() {
  if (!entrance_) return;
  entrance_->close();
  // Not FCGX_ShutdownPending(): with it, a thread that was waiting for the first byte of a silent
  // connection goes on closing that descriptor's number in a loop, whoever has it by then.
  const bool ours = !entrance_->inherited();
  if (ours) ::shutdown(entrance_->listener(), SHUT_RDWR);  // nobody is left waiting
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  entrance_.reset();
  if (ours) forget_address(options_.socket);
}

FastCgiServer::~FastCgiServer() {
  stop();
}

}  // namespace executor
