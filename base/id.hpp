#pragma once
// Strong integer ids: an index into one store, never mixed up with an index into another.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace horizon {

/// `Tag` names the store: `using ExprId = Id<struct ExprTag>;`. A default-made id is "none".
template <class Tag>
struct Id {
  std::uint32_t value = none_value;

  static constexpr std::uint32_t none_value = 0xffffffffu;
  constexpr Id() = default;
  constexpr explicit Id(std::size_t index) : value(static_cast<std::uint32_t>(index)) {}
  constexpr bool has_value() const { return value != none_value; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr std::size_t index() const { return value; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

}  // namespace horizon

template <class Tag>
struct std::hash<horizon::Id<Tag>> {
  std::size_t operator()(horizon::Id<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.value); }
};
