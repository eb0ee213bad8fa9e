#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace wayside::features {

/// An array of zeros whose length is fixed. A large one takes addresses only: the machine gives its
/// pages as they are first written, so that room for the worst case costs nothing until it comes.
template <class T>
class LazyArray {
  static_assert(std::is_trivially_copyable_v<T>, "a T of zero bytes is a T");

 public:
  explicit LazyArray(std::size_t size)
      : data_(static_cast<T*>(std::calloc(size == 0 ? 1 : size, sizeof(T)))), size_(size) {
    if (data_ == nullptr) throw std::bad_alloc();
  }

  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<T> first(std::size_t n) { return {data_.get(), n}; }
  [[nodiscard]] std::span<const T> first(std::size_t n) const { return {data_.get(), n}; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_;
};

}  // namespace wayside::features
