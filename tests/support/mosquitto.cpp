#include "support/mosquitto.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace wayside::test {
namespace {

constexpr int port_attempts_max = 5;

}  // namespace

Mosquitto::Mosquitto() {
  // Somebody else may take the port between our look and mosquitto's start.
  for (int attempt = 0; attempt < port_attempts_max; ++attempt) {
    port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("mosquitto does not start:\n" + log());
}

void Mosquitto::start() {
  if (process_) throw std::runtime_error("mosquitto is already running");
  if (!try_start()) throw std::runtime_error("mosquitto does not start again:\n" + log());
}

bool Mosquitto::try_start() {
  std::ofstream(folder_.file("mosquitto.conf"))
      << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\npersistence false\n"
      << "max_queued_messages 0\nmax_inflight_messages 0\n";
  process_.emplace(std::vector<std::string>{"mosquitto", "-c", folder_.file("mosquitto.conf")},
                   folder_.file("mosquitto.log"));
  bool up = false;
  eventually([&] { return (up = answers()) || !process_->running(); }, std::chrono::seconds(10));
  if (!up) process_.reset();
  return up;
}

bool Mosquitto::answers() const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  const bool ok = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return ok;
}

void Mosquitto::kill() {
  if (process_) process_->kill();
  process_.reset();
}
void Mosquitto::freeze() {
  if (process_) process_->signal(SIGSTOP);
}
void Mosquitto::thaw() {
  if (process_) process_->signal(SIGCONT);
}

std::string Mosquitto::log() const {
  std::ifstream in(folder_.file("mosquitto.log"));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace wayside::test
