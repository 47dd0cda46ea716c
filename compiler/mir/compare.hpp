#pragma once
// What two editions of a module have in common, so that what was made from the one need not be made again from the other.
#include <vector>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {

/// Of two modules, which must outlive it. Numbers are compared bit by bit; names of rows and places in the scenario never count.
class Comparison {
 public:
  Comparison(const Module& before, const Module& now);

  /// Machine code of the one is that of the other: codegen::code_key of both is equal. Numbers of columns and of tables that only
  /// the prologue reads may differ, and so may counts of rows and periods.
  bool same_code() const;
  /// The kernel with this id, which both must have, gets the same arrays from the prologue in both and has the same addresses.
  bool same_kernel(KernelId id) const;

 private:
  bool same_constants(const Kernel& k) const;

  const Module& before_;
  const Module& now_;
  bool functions_ = false;             // all are equal
  bool periods_ = false;               // their number and all columns of periods are equal
  std::vector<std::uint8_t> tables_;   // by table: equal; as many as both have
};

}  // namespace horizon::mir
