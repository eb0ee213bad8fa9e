#include "support/mosquitto.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace wayside::test {
namespace {

constexpr auto start_timeout = std::chrono::seconds(10);
constexpr int port_attempts_max = 5;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool ok = fd >= 0 &&
                  ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

}  // namespace

Mosquitto::Mosquitto() {
  std::string pattern = (std::filesystem::temp_directory_path() / "wayside-mosquitto-XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  folder_ = pattern;
  // Somebody else may take the port between our look and mosquitto's start.
  for (int attempt = 0; attempt < port_attempts_max; ++attempt) {
    port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("mosquitto does not start:\n" + log());
}

Mosquitto::~Mosquitto() {
  end(SIGKILL);
  std::error_code ignored;  // a leftover temporary folder fails no test
  std::filesystem::remove_all(folder_, ignored);
}

void Mosquitto::start() {
  if (pid_ > 0) throw std::runtime_error("mosquitto is already running");
  if (!try_start()) throw std::runtime_error("mosquitto does not start again:\n" + log());
}

bool Mosquitto::try_start() {
  const std::string config = folder_ / "mosquitto.conf";
  const std::string log_file = folder_ / "mosquitto.log";
  std::ofstream(config) << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\n"
                        << "persistence false\nmax_queued_messages 0\n";
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    const int out = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execl("/usr/sbin/mosquitto", "mosquitto", "-c", config.c_str(), nullptr);
    ::_exit(127);
  }
  const auto give_up = std::chrono::steady_clock::now() + start_timeout;
  while (std::chrono::steady_clock::now() < give_up) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (answers()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  end(SIGKILL);
  return false;
}

bool Mosquitto::answers() const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  const bool ok = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return ok;
}

void Mosquitto::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Mosquitto::kill() {
  end(SIGKILL);
}
void Mosquitto::terminate() {
  end(SIGTERM);
}
void Mosquitto::freeze() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}
void Mosquitto::thaw() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

std::string Mosquitto::log() const {
  std::ifstream in(folder_ / "mosquitto.log");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace wayside::test
