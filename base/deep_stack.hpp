#pragma once
// Work that recurses as deep as its input is: a chain of 20,000 definitions is a valid scenario, and must not end at the 8 MiB
// of stack that a program gets.
#include <functional>
#include <type_traits>
#include <utility>

namespace horizon {

/// Calls `work` with a stack of about a gigabyte, of which only what is touched costs memory, and waits for it. What `work`
/// throws comes back to the caller. Calls within `work` go straight on.
void on_deep_stack(const std::function<void()>& work);

/// The same for a function with a value.
template <class F>
auto with_deep_stack(F f) -> std::invoke_result_t<F> {
  std::invoke_result_t<F> result{};
  on_deep_stack([&] { result = f(); });
  return result;
}

}  // namespace horizon
