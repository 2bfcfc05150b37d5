// The messages of the bare servers: a length (four bytes, little endian) and that many bytes, on a
// connected unix stream socket.
#pragma once

#include <sys/un.h>

#include <string>

namespace executor::bench {

// The address of the unix socket at `path`. Throws std::runtime_error when it is too long for one.
sockaddr_un socket_address(const std::string& path);

// The bytes on the wire of the message `text`.
std::string to_message(const std::string& text);

// Sends all of `bytes`. Throws std::system_error.
void send_bytes(int socket, const std::string& bytes);

// Receives one message and returns its text. Throws std::system_error, or std::runtime_error when
// the other side hangs up in the middle or announces more than 1 MiB.
std::string receive_message(int socket);

}  // namespace executor::bench
