#pragma once
// Exhaustive dispatch over std::variant: match(v, [](const A&) {...}, [](const B&) {...}).
#include <utility>
#include <variant>

namespace horizon {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

template <class Variant, class... Fs>
decltype(auto) match(Variant&& v, Fs&&... fs) {
  return std::visit(Overloaded{std::forward<Fs>(fs)...}, std::forward<Variant>(v));
}

}  // namespace horizon
