#pragma once
// Pieces of work that do not depend on each other, done by all cores.
#include <cstddef>
#include <functional>

namespace horizon {

/// Cores that this process may use, at least 1.
std::size_t cores();

/// Calls `piece(0)` .. `piece(count - 1)`, each once, on this thread and on others, all with deep stacks (base/deep_stack.hpp); returns
/// when all are done. Pieces may share out work of their own: no more threads than cores are at work in all, pieces of the call that came
/// first go first, and whoever waits for the last of his own does others' meanwhile, so a piece must not hold a lock that another
/// piece wants. Where no further thread starts, this one does all. If pieces throw, the first by number is thrown again.
void share_out(std::size_t count, const std::function<void(std::size_t)>& piece);

}  // namespace horizon
