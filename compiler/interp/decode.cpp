#include <bit>
#include <map>

#include "compiler/interp/machine.hpp"

namespace horizon::interp {
namespace {

using mir::Op;
using mir::Value;
using mir::ValueId;

class Decoder {
 public:
  explicit Decoder(Program& program) : p_(program), top_(static_cast<Register>(program.kernel->values.size())) {
    p_.registers = top_;
  }

  void run() {
    const mir::Kernel& kernel = *p_.kernel;
    p_.prev.resize(kernel.state.size());
    for (std::size_t i = 0; i < kernel.values.size(); ++i) value(ValueId(i), kernel.values[ValueId(i)]);
    for (const mir::StateSlot& slot : kernel.state) {
      p_.next.push_back(slot.next.value);
      p_.first.push_back(slot.first ? slot.first.value : no_register);
    }
    transfers();
    // Literals of functions get registers of their own after all others.
    for (const auto& [bits, reg] : pool_) p_.literals.emplace_back(p_.registers + reg, bits);
    for (Code* code : {&p_.uniform[0], &p_.uniform[1], &p_.uniform[2], &p_.uniform[3], &p_.future, &p_.period}) {
      for (Instruction& i : *code) {
        for (Register* r : {&i.a, &i.b, &i.c}) {
          if (*r != no_register && *r >= pool_begin) *r = p_.registers + (*r - pool_begin);
        }
      }
    }
    p_.registers += static_cast<Register>(pool_.size());
  }

 private:
  static constexpr Register pool_begin = 0x80000000u;
  Program& p_;
  Register top_;                               ///< first free register for the insides of calls
  std::map<std::uint64_t, Register> pool_;     ///< literals of functions by their bits

  static std::uint64_t literal(const Value& v) {
    return v.op == Op::ConstF ? std::bit_cast<std::uint64_t>(v.number) : static_cast<std::uint64_t>(v.integer);
  }
  void value(ValueId id, const Value& v) {
    if (v.op == Op::ConstF || v.op == Op::ConstI) {
      p_.literals.emplace_back(id.value, literal(v));
    } else if (v.op == Op::Prev) {
      p_.prev[static_cast<std::size_t>(v.index)].push_back(id.value);
    } else {
      std::vector<Register> operands;
      for (const ValueId a : v.args) operands.push_back(a.value);
      operation(code_of(v.level), v, id.value, operands);
    }
  }
  Code& code_of(mir::Levels level) {
    if ((level & mir::Future) == 0) return p_.uniform[level & 3];
    return (level & mir::Period) != 0 ? p_.period : p_.future;
  }
  void operation(Code& code, const Value& v, Register to, const std::vector<Register>& operands) {
    if (v.op == Op::Call) return call(code, p_.module->functions[v.function], to, operands);
    Instruction i;
    i.op = v.op;
    i.to = to;
    if (!operands.empty()) i.a = operands[0];
    if (operands.size() > 1) i.b = operands[1];
    if (operands.size() > 2) i.c = operands[2];
    i.integer = v.op == Op::Shl || v.op == Op::Shr || v.op == Op::Sar ? v.integer : v.index;
    i.base = v.address.base;
    i.stride = v.address.period_stride;
    if (v.op == Op::PeriodF || v.op == Op::PeriodI) {
      i.base = static_cast<std::uint32_t>(v.integer);
      i.stride = p_.kernel->step;
    }
    if (v.address.row_slot) i.at_row = v.address.row_slot.value;
    if (v.address.period_slot) i.at_period = v.address.period_slot.value;
    code.push_back(i);
  }
  /// By value: all but what is there for shortcuts, which save nothing here.
  static std::vector<bool> needed_in(const mir::Function& f) {
    std::vector<bool> needed(f.values.size());
    for (const ValueId result : f.results) needed[result.index()] = true;
    for (std::size_t i = needed.size(); i-- > 0;) {
      if (!needed[i]) continue;
      const Value& v = f.values[ValueId(i)];
      for (const ValueId a : v.args)
        if (v.op != Op::Shortcut || a == v.args[2]) needed[a.index()] = true;
    }
    return needed;
  }
  /// The body in place of the call; registers of its insides are free again after it.
  void call(Code& code, const mir::Function& f, Register to, const std::vector<Register>& operands) {
    const Register saved = top_;
    std::vector<Register> map(f.values.size());
    const std::vector<bool> needed = needed_in(f);
    for (std::size_t i = 0; i < f.values.size(); ++i) {
      const Value& v = f.values[ValueId(i)];
      if (!needed[i]) continue;
      if (v.op == Op::Shortcut) {
        map[i] = map[v.args[2].index()];
      } else if (v.op == Op::Param) {
        map[i] = operands[static_cast<std::size_t>(v.index)];
      } else if (v.op == Op::ConstF || v.op == Op::ConstI) {
        const auto fresh = static_cast<Register>(pool_.size());
        map[i] = pool_begin + pool_.emplace(literal(v), fresh).first->second;
      } else {
        map[i] = top_++;
        p_.registers = std::max(p_.registers, top_);
        std::vector<Register> inner;
        for (const ValueId a : v.args) inner.push_back(map[a.index()]);
        operation(code, v, map[i], inner);
      }
    }
    Instruction copy;
    copy.op = Op::Param;
    copy.to = to;
    copy.a = map[f.results[0].index()];
    code.push_back(copy);
    top_ = saved;
  }
  void transfers() {
    const mir::StateLayout state = mir::state_layout(*p_.kernel, p_.period_by_period);
    p_.state_slots = state.slots;
    for (std::size_t i = 0; i < p_.kernel->values.size(); ++i) {
      const auto reg = static_cast<Register>(i);
      const std::int32_t place = p_.layout.place[i], spill = state.spill[i];
      if (place >= 0) p_.places[p_.kernel->values[ValueId(i)].level & 3].push_back({reg, static_cast<Register>(place)});
      if (spill >= 0) p_.spills.push_back({reg, static_cast<Register>(spill)});
    }
  }
};

}  // namespace

Program decode(const mir::Module& module, mir::KernelId kernel) {
  Program program;
  program.module = &module;
  program.kernel = &module.kernels[kernel];
  for (const mir::Stage& stage : module.stages) {
    for (const mir::KernelId id : stage.kernels) {
      if (id == kernel) program.period_by_period = stage.period_by_period;
    }
  }
  program.layout = mir::uniform_layout(*program.kernel);
  Decoder(program).run();
  return program;
}

}  // namespace horizon::interp
