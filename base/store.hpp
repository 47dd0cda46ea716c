#pragma once
// An append-only vector indexed by a strong id.
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/id.hpp"

namespace horizon {

template <class IdType, class T>
class Store {
 public:
  IdType add(T value) {
    items_.push_back(std::move(value));
    return IdType(items_.size() - 1);
  }
  T& operator[](IdType id) {
    HZ_CHECK(id.index() < items_.size());
    return items_[id.index()];
  }
  const T& operator[](IdType id) const {
    HZ_CHECK(id.index() < items_.size());
    return items_[id.index()];
  }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  IdType id_at(std::size_t index) const { return IdType(index); }

 private:
  std::vector<T> items_;
};

}  // namespace horizon
