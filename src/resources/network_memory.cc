#include "resources/network_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <vector>

#include "base/unix_sockets.h"

namespace executor {
namespace {

// What a buffer of TCP's takes before it grows (net.ipv4.tcp_rmem).
constexpr std::uint64_t kTcpBuffer = 131'072;

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kSpace = " \t";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;
       at = line.find_first_not_of(kSpace)) {
    line.remove_prefix(at);
    words.push_back(line.substr(0, line.find_first_of(kSpace)));
    line.remove_prefix(words.back().size());
  }
  return words;
}

std::uint64_t number_of(std::string_view text, int base = 10) {
  std::uint64_t number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

// How many sockets of a kind /proc/PID/net/FILE counts: the number after "KIND: WORD".
std::uint64_t sockets_of(const std::string& file, std::string_view kind) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto words = words_of(line);
    if (words.size() > 2 && words[0] == kind) return number_of(words[2]);
  }
  return 0;
}

// Data belongs to its sender, which exists until the data is read, but is not listed once it was
// closed. A connection that was not accepted is listed, and takes memory even when nothing was sent
// to it.
std::uint64_t queued_in_unix_sockets(const std::string& net, std::uint64_t limit) {
  const std::uint64_t most = limit / kUnixBuffer + 1;
  const std::uint64_t before = count_unix_sockets(net + "protocols");
  std::uint64_t listed = 0, unaccepted = 0;
  std::ifstream lines(net + "unix");
  std::string line;
  std::getline(lines, line);  // the names of the columns
  for (; unaccepted < most && std::getline(lines, line); ++listed) {
    if (is_unaccepted_unix_socket(line)) ++unaccepted;
  }
  if (unaccepted == most) return most * kUnixBuffer;
  // Neither those that were made nor those that have ended meanwhile count as closed.
  const std::uint64_t existing = std::min(before, count_unix_sockets(net + "protocols"));
  const std::uint64_t closed = existing - std::min(existing, listed);
  return std::max(unaccepted, closed) * kUnixBuffer;
}

std::uint64_t sum_lines(const std::string& file, std::uint64_t limit,
                        std::uint64_t (*queued)(std::string_view)) {
  std::ifstream lines(file);
  std::string line;
  std::getline(lines, line);  // the names of the columns
  std::uint64_t sum = 0;
  while (sum <= limit && std::getline(lines, line)) sum += queued(line);
  return sum;
}

}  // namespace

// sl local remote state tx:rx timer retransmits uid timeout inode. A socket that no process holds
// takes no more from the network than its first buffer, but may fill that with packets of one byte
// each, which take a thousand times as much.
std::uint64_t queued_in_internet_socket(std::string_view line) {
  constexpr std::size_t kState = 3, kQueues = 4, kInode = 9;
  constexpr std::string_view kListening = "0A";  // its "queue" counts connections
  const auto words = words_of(line);
  if (words.size() <= kInode || words[kState] == kListening) return 0;
  const std::string_view queues = words[kQueues];
  const std::size_t colon = std::min(queues.find(':'), queues.size() - 1);
  const std::uint64_t received = number_of(queues.substr(colon + 1), 16);
  const std::uint64_t bytes = number_of(queues.substr(0, colon), 16) + received;
  const bool held = words[kInode] != "0";
  return held || bytes == 0 ? bytes : std::max(bytes, kTcpBuffer);
}

// address: references protocol flags type state inode path. One that no process can have has no
// inode.
bool is_unaccepted_unix_socket(std::string_view line) {
  constexpr std::size_t kInode = 6;
  const auto words = words_of(line);
  return words.size() > kInode && words[kInode] == "0";
}

std::uint64_t network_memory(int pid, std::uint64_t limit) {
  const std::string net = "/proc/" + std::to_string(pid) + "/net/";
  const std::string counts = net + "sockstat";
  std::uint64_t sum = 0;
  // Fewer unix sockets than this cannot hold too much.
  if (sockets_of(counts, "sockets:") * kUnixBuffer > limit) {
    sum += queued_in_unix_sockets(net, limit);
  }
  for (const char* kind : {"TCP:", "UDP:"}) {
    const std::string name = kind[0] == 'T' ? "tcp" : "udp";
    if (sockets_of(counts, kind) != 0) {
      sum += sum_lines(net + name, limit, queued_in_internet_socket);
    }
    const std::string kind6 = std::string(kind).insert(3, "6");
    if (sockets_of(net + "sockstat6", kind6) != 0) {
      sum += sum_lines(net + name + "6", limit, queued_in_internet_socket);
    }
  }
  return sum;
}

}  // namespace executor
