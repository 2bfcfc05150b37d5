#include "runner/namespaces.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "base/file_at.h"

namespace executor {
namespace {

constexpr std::size_t kMaxUnusedNetworks = 16;

std::string id_map(unsigned inside, unsigned outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1";
}

// A map can be written once.
Result<void> map_if_empty(int proc, const char* map, unsigned outside) {
  const auto there = read_at(proc, map);
  if (!there) return there.error();
  if (!there->empty()) return {};
  return write_at(proc, map, id_map(kSandboxId, outside));
}

// The address where glibc keeps the calling thread's id, computed from the description that it has
// for debuggers (bits, number of elements, offset). Up to version 2.42, glibc gave the kernel this
// address at start-up; since 2.43 it gives another one.
pid_t* thread_id_for_debuggers() {
  const auto* const place =
      static_cast<const std::uint32_t*>(::dlsym(RTLD_DEFAULT, "_thread_db_pthread_tid"));
  if (place == nullptr || place[0] != 8 * sizeof(pid_t) || place[1] != 1) return nullptr;
  return reinterpret_cast<pid_t*>(::pthread_self() + place[2]);
}

Result<pid_t*> thread_id_address() {
  pid_t* address = thread_id_for_debuggers();
  if (address == nullptr && ::prctl(PR_GET_TID_ADDRESS, &address) != 0) {
    return os_failure("find the thread id's address");
  }
  if (*address != ::gettid()) return failure("find the thread id's address: it is not there");
  return address;
}

Result<void> bring_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return os_failure("open a socket for the loopback interface");
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", sizeof "lo");
  request.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return os_failure("bring lo up");
  return {};
}

// The raw call: its last two arguments change places from one architecture to another (clone(2)).
// NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes through both
long clone_here(unsigned long flags, int* pidfd, pid_t* thread_id) {
#if defined(__x86_64__)
  return ::syscall(SYS_clone, flags, nullptr, pidfd, thread_id, 0);
#elif defined(__aarch64__)
  return ::syscall(SYS_clone, flags, nullptr, pidfd, 0, thread_id);
#else
#error "the order of the arguments of clone(2) on this architecture is not known"
#endif
}

// Born there, a process need not be moved, which would stall all clones of the machine.
// NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes through both
long clone_into(int cgroup, unsigned long flags, int* pidfd, pid_t* thread_id) {
  clone_args args{};
  args.flags = flags | CLONE_INTO_CGROUP;
  args.pidfd = reinterpret_cast<std::uintptr_t>(pidfd);
  args.child_tid = reinterpret_cast<std::uintptr_t>(thread_id);
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup);
  return ::syscall(SYS_clone3, &args, sizeof args);
}

}  // namespace

Result<OuterIds> enter_own_namespaces(int proc) {
  const OuterIds outer{::geteuid(), ::getegid()};
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return os_failure("make a user namespace");
  if (auto wrote = write_at(proc, "self/setgroups", "deny"); !wrote) return wrote.error();
  return outer;
}

Result<void> map_own_ids(int proc, const OuterIds& outer) {
  if (auto done = map_if_empty(proc, "self/uid_map", outer.uid); !done) return done;
  return map_if_empty(proc, "self/gid_map", outer.gid);
}

Result<void> map_worker_ids(int proc) {
  static const std::string map = id_map(kSandboxId, kSandboxId);
  if (auto wrote = write_at(proc, "self/uid_map", map); !wrote) return wrote;
  return write_at(proc, "self/gid_map", map);
}

Result<Cloned> clone_worker(unsigned long namespaces, int cgroup) {
  static const Result<pid_t*> thread_id = thread_id_address();
  if (!thread_id) return thread_id.error();
  int pidfd = -1;
  const unsigned long flags = CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | namespaces;
  // clone3(2) only where it is needed: seccomp filters of containers refuse it, because they cannot
  // read its flags.
  const long pid = cgroup < 0 ? clone_here(flags | SIGCHLD, &pidfd, *thread_id)
                              : clone_into(cgroup, flags, &pidfd, *thread_id);
  if (pid < 0) return os_failure("clone a worker");
  return Cloned{static_cast<pid_t>(pid), UniqueFd(pid == 0 ? -1 : pidfd)};
}

Result<UniqueFd> NetworkPool::make() {
  if (::unshare(CLONE_NEWNET) != 0) return os_failure("make a network namespace");
  if (auto up = bring_loopback_up(); !up) return up.error();
  const int network = ::openat(proc_, "self/ns/net", O_RDONLY | O_CLOEXEC);
  if (network < 0) return os_failure("open the network namespace");
  return UniqueFd(network);
}

Result<UniqueFd> NetworkPool::enter() {
  if (!home_) {
    auto home = make();
    if (!home) return home.error();
    home_ = std::move(*home);
  }
  if (unused_.empty()) return make();
  UniqueFd network = std::move(unused_.back());
  unused_.pop_back();
  if (::setns(network.get(), CLONE_NEWNET) != 0) return os_failure("enter a network namespace");
  return network;
}

// Whether nothing was ever sent in the namespace that the process is in: every packet, of either
// IP version, passes lo. Sockets without packets leave nothing behind when they close.
Result<bool> NetworkPool::is_pristine() const {
  auto text = read_at(proc_, "self/net/dev");
  if (!text) return text.error();
  const std::size_t at = text->find("lo:");
  if (at == std::string::npos) return false;
  std::string_view counters = std::string_view(*text).substr(at + 3);
  return counters.find_first_of("123456789") == std::string_view::npos;
}

// As a run does: its own address, where nothing listens.
Result<void> NetworkPool::use() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(9);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!socket || ::sendto(socket.get(), "", 1, 0, reinterpret_cast<const sockaddr*>(&here),
                          sizeof here) != 1) {
    return os_failure("send a packet to the loopback interface");
  }
  return {};
}

Result<void> NetworkPool::try_to_share() {
  auto one = enter();
  if (!one) return one.error();
  if (auto used = use(); !used) return used;
  auto other = enter();
  if (!other) return other.error();
  struct stat first {
  }, second{};
  if (::fstat(one->get(), &first) != 0 || ::fstat(other->get(), &second) != 0) {
    return os_failure("look at a network namespace");
  }
  if (first.st_ino == second.st_ino) return failure("the seal holds: two runs have one network");
  if (auto given = give_back(std::move(*one)); !given) return given;
  if (!unused_.empty()) {
    return failure("the seal holds: a network in which packets were sent is used again");
  }
  if (auto left = leave(); !left) return left;
  return give_back(std::move(*other));
}

Result<void> NetworkPool::leave() {
  if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) {
    return os_failure("leave a worker's network namespace");
  }
  return {};
}

Result<void> NetworkPool::give_back(UniqueFd network) {
  if (unused_.size() >= kMaxUnusedNetworks) return {};
  if (::setns(network.get(), CLONE_NEWNET) != 0) return {};
  const auto pristine = is_pristine();
  if (pristine && *pristine) unused_.push_back(std::move(network));
  return leave();
}

}  // namespace executor
