#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace wayside::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

void become(const std::vector<std::string>& command, int log, int input) {
  ::setpgid(0, 0);
  ::dup2(input >= 0 ? input : ::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::perror(argv[0]);
  ::_exit(127);
}

int decode(int raw) {
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

}  // namespace

Process::Process(std::vector<std::string> command, std::string log_file, const Environment& extra,
                 int input)
    : log_file_(std::move(log_file)) {
  const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) fail("cannot write " + log_file_);
  const char* path = std::getenv("PATH");
  const std::string path_with_sbin =
      std::string(path != nullptr ? path : "/usr/bin") + ":/usr/sbin";
  pid_ = ::fork();
  if (pid_ < 0) fail("cannot fork");
  if (pid_ == 0) {
    ::setenv("PATH", path_with_sbin.c_str(), 1);
    for (const auto& [name, value] : extra) ::setenv(name.c_str(), value.c_str(), 1);
    become(command, log, input);
  }
  ::close(log);
}

Process::~Process() {
  if (pid_ > 0 && !status_) kill();
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      log_file_(std::move(other.log_file_)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  std::swap(log_file_, other.log_file_);
  return *this;
}

void Process::signal(int number) const {
  if (pid_ > 0 && !status_) ::kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
  eventually([&] { return !running(); }, limit);
  return status_;
}

int Process::terminate() {
  signal(SIGTERM);
  if (const auto status = wait(std::chrono::seconds(10))) return *status;
  kill();
  return *status_;
}

void Process::kill() {
  signal(SIGKILL);
  while (!status_) {
    int raw = 0;
    if (::waitpid(pid_, &raw, 0) == pid_) status_ = decode(raw);
  }
}

bool Process::running() {
  if (status_ || pid_ <= 0) return false;
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) == pid_) status_ = decode(raw);
  return !status_;
}

std::string Process::output() const {
  std::ifstream in(log_file_, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Outcome run(std::vector<std::string> command, const Process::Environment& extra,
            std::chrono::milliseconds limit) {
  const TemporaryFolder folder;
  Process process(std::move(command), folder.file("output"), extra);
  const auto status = process.wait(limit);
  if (!status) process.kill();
  return {status.value_or(-1), process.output()};
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool ok = socket >= 0 &&
                  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!ok) fail("no free port");
  return ntohs(address.sin_port);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "wayside-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a file that cannot be removed must not fail a test that passed
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace wayside::test
