#include <bit>
#include <cmath>

#include "compiler/interp/machine.hpp"
#include "runtime/rng/poisson.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::interp {
namespace {

using mir::Op;
using Bits = std::uint64_t;

double f(Bits bits) { return std::bit_cast<double>(bits); }
Bits bits_of(double x) { return std::bit_cast<Bits>(x); }
Bits mask_of(bool m) { return m ? ~Bits{0} : 0; }
std::int64_t s(Bits bits) { return static_cast<std::int64_t>(bits); }

/// One instruction on N lanes. The bodies are what ops.def says, word for word.
template <int N>
class Lanes {
 public:
  Lanes(const Program& program, Bits* registers, const Where& where) : p_(program), r_(registers), w_(where) {}

  void step(const Instruction& i) {
    to_ = at(i.to);
    a_ = at(i.a);
    b_ = at(i.b);
    c_ = at(i.c);
    switch (i.op) {
      case Op::Add:
      case Op::Sub:
      case Op::Mul:
      case Op::Div:
      case Op::Fma:
      case Op::Neg:
      case Op::Abs:
      case Op::Sqrt:
      case Op::Min:
      case Op::Max:
      case Op::Floor:
      case Op::Ceil:
        return arithmetic(i);
      case Op::Lt:
      case Op::Le:
      case Op::Eq:
      case Op::ILt:
      case Op::IUlt:
      case Op::IEq:
      case Op::And:
      case Op::Or:
      case Op::Not:
      case Op::Select:
      case Op::Shortcut:
      case Op::ISelect:
        return test(i);
      case Op::IAdd:
      case Op::ISub:
      case Op::IMul:
      case Op::UMul32:
      case Op::IAnd:
      case Op::IOr:
      case Op::IXor:
      case Op::Shl:
      case Op::Shr:
      case Op::Sar:
      case Op::BitsOf:
      case Op::FromBits:
      case Op::Param:
        return integer(i);
      case Op::Load:
      case Op::Store:
      case Op::Accumulate:
      case Op::Require:
        return memory(i);
      case Op::TableF:
      case Op::RowTableF:
      case Op::SolveBeta:
      case Op::SolveGamma:
      case Op::SolvePoisson:
        return table(i);
      case Op::ColumnF:
      case Op::ColumnI:
      case Op::PeriodF:
      case Op::PeriodI:
      case Op::Seed:
      case Op::FutureNo:
        return leaf(i);
      case Op::ConstF:
      case Op::ConstI:
      case Op::Prev:
      case Op::Call:
        HZ_UNREACHABLE("decoded away");
    }
  }

 private:
  const Program& p_;
  Bits* r_;
  const Where& w_;
  Bits *to_ = nullptr, *a_ = nullptr, *b_ = nullptr, *c_ = nullptr;

  Bits* at(Register r) const { return r == no_register ? nullptr : r_ + std::size_t{r} * N; }
  template <class Body>
  void each(Body&& body) {
#pragma GCC unroll 1   // vectors, not single numbers side by side
#pragma GCC ivdep   // a result's register is none of its operands'
    for (int l = 0; l < N; ++l) to_[l] = body(l);
  }
  template <class Body>
  void unary(Body&& body) {
    each([&](int l) { return bits_of(body(f(a_[l]))); });
  }
  template <class Body>
  void binary(Body&& body) {
    each([&](int l) { return bits_of(body(f(a_[l]), f(b_[l]))); });
  }

  void arithmetic(const Instruction& i) {
    switch (i.op) {
      case Op::Add:
        return binary([](double x, double y) { return x + y; });
      case Op::Sub:
        return binary([](double x, double y) { return x - y; });
      case Op::Mul:
        return binary([](double x, double y) { return x * y; });
      case Op::Div:
        return binary([](double x, double y) { return x / y; });
      case Op::Fma:
        return each([&](int l) { return bits_of(std::fma(f(a_[l]), f(b_[l]), f(c_[l]))); });
      case Op::Neg:
        return unary([](double x) { return -x; });
      case Op::Abs:
        return unary([](double x) { return std::fabs(x); });
      case Op::Sqrt:
        return unary([](double x) { return std::sqrt(x); });
      case Op::Min:
        return binary([](double x, double y) { return x < y ? x : y; });
      case Op::Max:
        return binary([](double x, double y) { return x > y ? x : y; });
      case Op::Floor:
        return unary([](double x) { return std::floor(x); });
      default:
        return unary([](double x) { return std::ceil(x); });
    }
  }
  void test(const Instruction& i) {
    switch (i.op) {
      case Op::Lt:
        return each([&](int l) { return mask_of(f(a_[l]) < f(b_[l])); });
      case Op::Le:
        return each([&](int l) { return mask_of(f(a_[l]) <= f(b_[l])); });
      case Op::Eq:
        return each([&](int l) { return mask_of(f(a_[l]) == f(b_[l])); });
      case Op::ILt:
        return each([&](int l) { return mask_of(s(a_[l]) < s(b_[l])); });
      case Op::IUlt:
        return each([&](int l) { return mask_of(a_[l] < b_[l]); });
      case Op::IEq:
        return each([&](int l) { return mask_of(a_[l] == b_[l]); });
      case Op::And:
        return each([&](int l) { return a_[l] & b_[l]; });
      case Op::Or:
        return each([&](int l) { return a_[l] | b_[l]; });
      case Op::Not:
        return each([&](int l) { return ~a_[l]; });
      default:
        return each([&](int l) { return (a_[l] & b_[l]) | (~a_[l] & c_[l]); });
    }
  }
  void integer(const Instruction& i) {
    const auto n = static_cast<int>(i.integer);
    switch (i.op) {
      case Op::IAdd:
        return each([&](int l) { return a_[l] + b_[l]; });
      case Op::ISub:
        return each([&](int l) { return a_[l] - b_[l]; });
      case Op::IMul:
        return each([&](int l) { return a_[l] * b_[l]; });
      case Op::UMul32:
        return each([&](int l) { return (a_[l] & 0xffffffffu) * (b_[l] & 0xffffffffu); });
      case Op::IAnd:
        return each([&](int l) { return a_[l] & b_[l]; });
      case Op::IOr:
        return each([&](int l) { return a_[l] | b_[l]; });
      case Op::IXor:
        return each([&](int l) { return a_[l] ^ b_[l]; });
      case Op::Shl:
        return each([&](int l) { return a_[l] << n; });
      case Op::Shr:
        return each([&](int l) { return a_[l] >> n; });
      case Op::Sar:
        return each([&](int l) { return static_cast<Bits>(s(a_[l]) >> n); });
      default:
        return each([&](int l) { return a_[l]; });   // BitsOf, FromBits, a call's result
    }
  }
  double* slot(const Instruction& i) const {
    std::uint64_t slot = i.base + std::uint64_t{i.stride} * w_.period;
    if (i.at_row != no_register) slot += *at(i.at_row);
    if (i.at_period != no_register) slot += *at(i.at_period);
    HZ_CHECK(slot < p_.module->slots);
    return w_.args->buffers + slot * w_.args->lanes + w_.lane;
  }
  void memory(const Instruction& i) {
    if (i.op == Op::Require) {
      for (int l = 0; l < N; ++l) {
        if (a_[l] == 0) w_.args->fault[w_.lane + static_cast<std::uint32_t>(l)] = 1;
      }
      return;
    }
    double* const memory = slot(i);
    if (i.op == Op::Load) return each([&](int l) { return bits_of(memory[l]); });
    for (int l = 0; l < N; ++l) memory[l] = i.op == Op::Store ? f(a_[l]) : memory[l] + f(a_[l]);
  }
  void table(const Instruction& i) {
    const auto index = static_cast<std::size_t>(i.integer);
    if (i.op == Op::TableF) {
      const std::vector<double>& numbers = p_.module->tables[mir::TableId(index)].numbers;
      return each([&](int l) {
        HZ_CHECK(a_[l] < numbers.size());
        return bits_of(numbers[a_[l]]);
      });
    }
    if (i.op == Op::RowTableF) {
      const double* const numbers = w_.args->row_tables[w_.row * p_.kernel->row_tables.size() + index];
      return each([&](int l) {
        HZ_CHECK(a_[l] < HZ_TABLE_NUMBERS);
        return bits_of(rng::table_number(numbers, a_[l]));
      });
    }
    if (i.op == Op::SolveBeta)
      return each([&](int l) { return bits_of(rng::beta_quantile(f(b_[l]), f(c_[l]), a_[l])); });
    if (i.op == Op::SolvePoisson)
      return each([&](int l) { return bits_of(rng::poisson_quantile(f(b_[l]), a_[l])); });
    return each([&](int l) { return bits_of(rng::gamma_quantile(f(b_[l]), a_[l])); });
  }
  void leaf(const Instruction& i) {
    const auto index = static_cast<std::size_t>(i.integer);
    const auto period = [&](int l) {   // past the last period: anything, it is not stored
      return std::min<std::size_t>((std::size_t{w_.period} + static_cast<std::uint32_t>(l)) * i.stride + i.base, p_.module->periods - 1);
    };
    const auto row = [&](int l) { return w_.lanes_are_rows ? std::min(w_.row + static_cast<std::uint32_t>(l), p_.kernel->rows - 1) : w_.row; };
    switch (i.op) {
      case Op::ColumnF:
        return each([&](int l) { return bits_of(p_.kernel->columns[index].numbers[row(l)]); });
      case Op::ColumnI:
        return each([&](int l) { return static_cast<Bits>(p_.kernel->columns[index].integers[row(l)]); });
      case Op::PeriodF:
        return each([&](int l) { return bits_of(p_.module->period_columns[index].numbers[period(l)]); });
      case Op::PeriodI:
        return each([&](int l) { return static_cast<Bits>(p_.module->period_columns[index].integers[period(l)]); });
      case Op::Seed:
        return each([&](int) { return Bits{w_.args->seed}; });
      default:
        return each([&](int l) { return w_.args->first_future + w_.lane + static_cast<std::uint32_t>(l); });
    }
  }
};

using Execute = void (*)(const Program&, const Code&, std::uint64_t*, const Where&);

template <int N>
[[gnu::flatten]] void execute_plain(const Program& program, const Code& code, Bits* registers, const Where& where) {
  Lanes<N> lanes(program, registers, where);
  for (const Instruction& i : code) lanes.step(i);
}
/// The same C++ for machines with wide registers and fma as an instruction. Every operation is exactly defined (the C library's
/// fma rounds once, too), so the bits are the same.
template <int N>
[[gnu::flatten, gnu::target("avx2,fma")]] void execute_wide(const Program& program, const Code& code, Bits* registers,
                                                            const Where& where) {
  Lanes<N> lanes(program, registers, where);
  for (const Instruction& i : code) lanes.step(i);
}
template <int N>
Execute best() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &execute_wide<N> : &execute_plain<N>;
}

}  // namespace

template <int N>
void execute(const Program& program, const Code& code, std::uint64_t* registers, const Where& where) {
  static const Execute run = best<N>();
  run(program, code, registers, where);
}
template void execute<8>(const Program&, const Code&, std::uint64_t*, const Where&);
template void execute<32>(const Program&, const Code&, std::uint64_t*, const Where&);

}  // namespace horizon::interp
