#include "compiler/mir/builder.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Op;
using mir::ValueId;

bool is_constant(const mir::Value& v) { return v.op == Op::ConstF || v.op == Op::ConstI; }

/// Which values must keep every bit.
class Exact {
 public:
  explicit Exact(const mir::Kernel& kernel) : exact_(kernel.values.size()), kernel_(kernel) {
    find_raw();
    find_conditions();
    for (std::size_t i = 0; i < exact_.size(); ++i) protect_operands_of(ValueId(i));
    for (const mir::RowTable& t : kernel.row_tables) {
      protect(t.a);
      protect(t.b);
    }
    for (std::size_t i = exact_.size(); i-- > 0;)   // operands stand before their users
      if (exact_[i])
        for (const ValueId arg : kernel.values[ValueId(i)].args) protect(arg);
  }
  bool operator[](ValueId id) const { return exact_[id.index()]; }

 private:
  const mir::Value& value(ValueId id) const { return kernel_.values[id]; }
  void protect(ValueId id) {
    if (id) exact_[id.index()] = true;
  }

  /// Raw: made of the bits of a draw and constants only. What meets a raw value is a parameter of a draw.
  void find_raw() {
    raw_.resize(kernel_.values.size());
    for (std::size_t i = 0; i < raw_.size(); ++i) {
      const mir::Value& v = value(ValueId(i));
      bool any = v.op == Op::Seed || v.op == Op::FutureNo, all = true;
      for (const ValueId arg : v.args) {
        any = any || raw_[arg.index()];
        all = all && (raw_[arg.index()] || is_constant(value(arg)) || value(arg).type == mir::Type::I64);
      }
      raw_[i] = any && all && v.op != Op::RowTableF;   // a quantile: the draw is done
    }
  }
  /// Masks that something else than a requirement uses.
  void find_conditions() {
    decides_.resize(kernel_.values.size());
    for (std::size_t i = decides_.size(); i-- > 0;) {
      const mir::Value& v = value(ValueId(i));
      const bool passes_on = v.op == Op::And || v.op == Op::Or || v.op == Op::Not;
      if (v.op == Op::Require || (passes_on && !decides_[i])) continue;
      for (const ValueId arg : v.args)
        if (value(arg).type == mir::Type::Mask) decides_[arg.index()] = true;
    }
  }
  void protect_operands_of(ValueId id) {
    const mir::Value& v = value(id);
    const bool rounds = v.op == Op::Floor || v.op == Op::Ceil || v.op == Op::BitsOf || v.op == Op::SolveBeta ||
                        v.op == Op::SolveGamma || v.op == Op::SolvePoisson;
    const bool compares = (v.op == Op::Lt || v.op == Op::Le || v.op == Op::Eq) && decides_[id.index()];
    bool draws = false;
    for (const ValueId arg : v.args) draws = draws || raw_[arg.index()];
    if (rounds || compares || draws)
      for (const ValueId arg : v.args) protect(arg);
  }

  std::vector<bool> exact_, raw_, decides_;
  const mir::Kernel& kernel_;
};

bool leaves_the_loop(const mir::Kernel& kernel, const mir::Value& v) {
  return v.op == Op::Div && (kernel.values[v.args[0]].level & mir::Period) != 0 &&
         (kernel.values[v.args[1]].level & mir::Period) == 0;
}

void rewrite(mir::Module& module, mir::Kernel& kernel) {
  const Exact exact(kernel);
  mir::Kernel result;
  mir::Builder b(module, result);
  std::vector<ValueId> now(kernel.values.size());
  const auto move = [&](ValueId& id) {
    if (id) id = now[id.index()];
  };
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    mir::Value v = kernel.values[ValueId(i)];
    const bool changes = leaves_the_loop(kernel, v) && !exact[ValueId(i)];
    for (ValueId& arg : v.args) move(arg);
    move(v.address.row_slot);
    move(v.address.period_slot);
    if (changes) {
      b.at(v.span);
      now[i] = b.mul({v.args[0]}, b.div(b.c(1), {v.args[1]})).id;
    } else {
      v.level = mir::Constant;   // derived anew
      now[i] = b.copy(v);
    }
  }
  kernel.values = std::move(result.values);
  for (mir::StateSlot& s : kernel.state) move(s.next);
  for (mir::RowTable& t : kernel.row_tables) {
    move(t.a);
    move(t.b);
  }
}

}  // namespace

void use_reciprocals(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels) rewrite(module, kernel);
}

}  // namespace horizon::opt
