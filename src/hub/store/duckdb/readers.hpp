#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>

namespace wayside::hub::duck {

/// Who reads now: a file that no longer belongs to the store may still be one of a snapshot that a
/// reader holds, and is removed when the last such reader has left.
class Readers {
 public:
  using Ticket = std::uint64_t;

  class Guard {
   public:
    explicit Guard(Readers& readers) : readers_(readers), ticket_(readers.enter()) {}
    ~Guard() { readers_.leave(ticket_); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Readers& readers_;
    Ticket ticket_;
  };

  /// Readers that come later see what is committed now.
  [[nodiscard]] Ticket now() const {
    const std::scoped_lock lock(mutex_);
    return next_;
  }
  /// No reader from before `ticket` is left.
  [[nodiscard]] bool gone(Ticket ticket) const {
    const std::scoped_lock lock(mutex_);
    return active_.empty() || *active_.begin() >= ticket;
  }
  void wait_until_gone(Ticket ticket) {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return active_.empty() || *active_.begin() >= ticket; });
  }

 private:
  Ticket enter() {
    const std::scoped_lock lock(mutex_);
    active_.insert(next_);
    return next_++;
  }
  void leave(Ticket ticket) {
    {
      const std::scoped_lock lock(mutex_);
      active_.erase(ticket);
    }
    left_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::set<Ticket> active_;
  Ticket next_ = 1;
};

}  // namespace wayside::hub::duck
