#pragma once
// A value or an error (std::expected is C++23). Used for the outside world; a user's mistakes are diagnostics.
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace horizon {

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class Expected {
 public:
  Expected(T value) : data_(std::in_place_index<0>, std::move(value)) {}
  Expected(Unexpected<E> e) : data_(std::in_place_index<1>, std::move(e.error)) {}
  bool has_value() const { return data_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() {
    HZ_CHECK(has_value());
    return std::get<0>(data_);
  }
  const T& value() const {
    HZ_CHECK(has_value());
    return std::get<0>(data_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const E& error() const { return std::get<1>(data_); }

 private:
  std::variant<T, E> data_;
};

}  // namespace horizon
