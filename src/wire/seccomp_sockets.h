// The rules about sockets: which can be made, and what may be set and asked of them.
#pragma once

#include <vector>

#include "wire/seccomp_table.h"

namespace executor {

// TCP and UDP. For any other protocol, and for a protocol with another's type, socket() starts
// modprobe, as root and outside of every limit of the run, for any caller and each time.
std::vector<SeccompRule> internet_sockets();

// A pair of datagram sockets does not stay a pair: sendmsg can name any other address, through a
// pointer. Streams and packets stay in their pair.
std::vector<SeccompRule> unix_sockets(Sockets sockets);

// Not SO_LINGER: the process that closes such a socket last waits, and that could be the responder,
// to which it was sent in a packet on the job socket. Not SO_SNDBUF and SO_RCVBUF, nor SO_RCVLOWAT,
// which makes room as well: buffers are memory that no limit counts.
std::vector<SeccompRule> socket_options();

// Not SO_PEERPIDFD, which for the job socket is a descriptor of the zygote's process; not SO_COOKIE
// and its like, which count every run's sockets.
std::vector<SeccompRule> answers_of_sockets();

}  // namespace executor
