#pragma once
// Which values a pass may not change by even one bit. Private to compiler/opt.
#include <vector>

#include "compiler/mir/mir.hpp"

namespace horizon::opt {

inline bool is_constant(const mir::Value& v) { return v.op == mir::Op::ConstF || v.op == mir::Op::ConstI; }

/// Values that a draw, a comparison or a rounding depends on (a requirement's comparison has a tolerance of its own and does
/// not count).
class Exact {
 public:
  explicit Exact(const mir::Kernel& kernel) : exact_(kernel.values.size()), kernel_(kernel) {
    find_raw();
    find_conditions();
    for (std::size_t i = 0; i < exact_.size(); ++i) protect_operands_of(mir::ValueId(i));
    for (const mir::RowTable& t : kernel.row_tables) {
      protect(t.a);
      protect(t.b);
    }
    for (std::size_t i = exact_.size(); i-- > 0;)   // operands stand before their users
      if (exact_[i])
        for (const mir::ValueId arg : kernel.values[mir::ValueId(i)].args) protect(arg);
  }
  bool operator[](mir::ValueId id) const { return exact_[id.index()]; }

 private:
  const mir::Value& value(mir::ValueId id) const { return kernel_.values[id]; }
  void protect(mir::ValueId id) {
    if (id) exact_[id.index()] = true;
  }

  /// Raw: made of the bits of a draw and constants only. What meets a raw value is a parameter of a draw.
  void find_raw() {
    raw_.resize(kernel_.values.size());
    for (std::size_t i = 0; i < raw_.size(); ++i) {
      const mir::Value& v = value(mir::ValueId(i));
      bool any = v.op == mir::Op::Seed || v.op == mir::Op::FutureNo, all = true;
      for (const mir::ValueId arg : v.args) {
        any = any || raw_[arg.index()];
        all = all && (raw_[arg.index()] || is_constant(value(arg)) || value(arg).type == mir::Type::I64);
      }
      raw_[i] = any && all && v.op != mir::Op::RowTableF;   // a quantile: the draw is done
    }
  }
  /// Masks that something else than a requirement uses.
  void find_conditions() {
    decides_.resize(kernel_.values.size());
    for (std::size_t i = decides_.size(); i-- > 0;) {
      const mir::Value& v = value(mir::ValueId(i));
      const bool passes_on = v.op == mir::Op::And || v.op == mir::Op::Or || v.op == mir::Op::Not;
      if (v.op == mir::Op::Require || (passes_on && !decides_[i])) continue;
      for (const mir::ValueId arg : v.args)
        if (value(arg).type == mir::Type::Mask) decides_[arg.index()] = true;
    }
  }
  void protect_operands_of(mir::ValueId id) {
    const mir::Value& v = value(id);
    const bool rounds = v.op == mir::Op::Floor || v.op == mir::Op::Ceil || v.op == mir::Op::BitsOf || v.op == mir::Op::SolveBeta ||
                        v.op == mir::Op::SolveGamma || v.op == mir::Op::SolvePoisson;
    const bool compares = (v.op == mir::Op::Lt || v.op == mir::Op::Le || v.op == mir::Op::Eq) && decides_[id.index()];
    bool draws = false;
    for (const mir::ValueId arg : v.args) draws = draws || raw_[arg.index()];
    if (rounds || compares || draws)
      for (const mir::ValueId arg : v.args) protect(arg);
  }

  std::vector<bool> exact_, raw_, decides_;
  const mir::Kernel& kernel_;
};

}  // namespace horizon::opt
