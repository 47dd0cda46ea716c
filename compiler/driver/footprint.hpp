#pragma once
// Which slots a kernel reads and writes, for runs that compute again only what has changed; private to this folder.
#include <functional>

#include "compiler/mir/layout.hpp"
#include "compiler/mir/mir.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::driver {

/// The slots that addresses of one kernel stand for, from the arrays that its prologue has filled. All three must outlive it.
class Addresses {
 public:
  Addresses(const mir::Module& module, const mir::Kernel& kernel, const plan::Kernel& made);
  /// Those of all rows and periods; some may come more than once.
  void each(const mir::Address& address, const std::function<void(std::uint64_t slot)>& see) const;

 private:
  bool varies(mir::ValueId id, mir::Level level) const { return (kernel_.values[id].level & level) != 0; }
  std::uint64_t part(mir::ValueId id, std::size_t row, std::size_t step) const;

  const mir::Kernel& kernel_;
  const plan::Kernel& made_;
  mir::UniformLayout layout_;
  std::uint32_t steps_;
};

/// `made` is the plan's kernel of `kernel`, with its arrays. The code is left to the caller.
plan::Footprint footprint_of(const mir::Module& module, const mir::Kernel& kernel, const plan::Kernel& made);

}  // namespace horizon::driver
