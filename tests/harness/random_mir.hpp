#pragma once
// Random sound MIR: every operation, level, address form, state, function and stage. The same seed gives the same module.
#include <string>

#include "tests/harness/in_a_row.hpp"
#include "tests/harness/random_values.hpp"

namespace horizon::testing {

class RandomMir : private RandomValues {
 public:
  explicit RandomMir(std::uint64_t seed) : RandomValues(seed) {}

  mir::Module make(std::size_t operations = 60) {
    m_.periods = static_cast<std::uint32_t>(1 + below(11));
    for (const std::size_t size : {16, 64, 256}) {
      mir::Table table{"table " + std::to_string(size), {}};
      for (std::size_t i = 0; i < size; ++i) table.numbers.push_back(number());
      m_.tables.add(table);
    }
    for (int i = 0; i < 2; ++i) m_.period_columns.push_back(floats(m_.periods));
    m_.period_columns.push_back(integers(m_.periods, 0));
    m_.period_columns.push_back(integers(m_.periods, 4));   // small: part of addresses
    for (std::uint32_t t = 0; t < m_.periods; ++t) m_.period_numbers.push_back(31.0 * t + 15.5);
    m_.slots = 4 + 4 + 4 + 3 * m_.periods + 16;
    m_.outputs = test::in_a_row(m_.slots - 16, 16);
    for (std::size_t i = 0; i < 3; ++i) function("function " + std::to_string(i), 12);
    pair_function();
    const std::size_t kernels = 1 + below(3);
    for (std::size_t i = 0; i < kernels; ++i) kernel("kernel \"" + std::to_string(i) + "\"", operations);
    for (std::size_t i = 0; i < kernels;) {
      mir::Stage stage;
      stage.period_by_period = below(2) == 0;
      for (std::size_t n = 1 + below(2); n > 0 && i < kernels; --n) stage.kernels.push_back(mir::KernelId(i++));
      for (const mir::KernelId id : stage.kernels) stage.period_by_period = stage.period_by_period && m_.kernels[id].step == 1;
      m_.stages.push_back(stage);
    }
    return std::move(m_);
  }

 private:
  /// One operation that functions may have, too.
  void pure_operation(std::size_t callees) {
    static constexpr Op plain[] = {
        Op::Add,  Op::Sub, Op::Mul,  Op::Div,  Op::Fma,  Op::Fma, Op::Neg,    Op::Abs,     Op::Sqrt, Op::Min,
        Op::Max,  Op::Floor, Op::Ceil, Op::Lt, Op::Le,   Op::Eq,  Op::ILt,    Op::IUlt,    Op::IEq,  Op::And,
        Op::Or,   Op::Not, Op::Select, Op::Select, Op::ISelect, Op::IAdd, Op::ISub, Op::IMul, Op::UMul32,
        Op::IAnd, Op::IOr, Op::IXor, Op::Shl,  Op::Shr,  Op::Sar, Op::FromBits};
    const std::size_t kind = below(std::size(plain) + 6);
    if (kind < std::size(plain)) {
      std::vector<ValueId> args;
      for (const char c : mir::info(plain[kind]).operands)
        args.push_back(any(c == 'f' ? Type::F64 : c == 'i' ? Type::I64 : Type::Mask));
      apply(plain[kind], args);
    } else if (kind == std::size(plain)) {
      const std::size_t table = below(m_.tables.size());
      const auto size = static_cast<std::int64_t>(m_.tables[mir::TableId(table)].numbers.size());
      apply(Op::TableF, {index_below(size)}, static_cast<std::int32_t>(table));
    } else if (kind == std::size(plain) + 1) {
      apply(Op::BitsOf, {not_nan(any(Type::F64))});
    } else if (kind == std::size(plain) + 2) {
      shape_operation();
    } else if (callees > 0) {
      call(mir::FunctionId(below(callees)));
    }
  }
  void shape_operation() {
    const ValueId bits = any(Type::I64);
    const ValueId a = below(3) == 0 ? any(Type::F64) : constant(0.3 + static_cast<double>(below(90)) / 8);
    const auto which = below(3);
    if (which == 0)
      apply(Op::SolveGamma, {bits, a});
    else if (which == 1)
      apply(Op::SolvePoisson, {bits, a});
    else
      apply(Op::SolveBeta, {bits, a, constant(0.5 + static_cast<double>(below(40)))});
  }
  void call(mir::FunctionId id) {
    mir::Value v{};
    v.op = Op::Call;
    v.function = id;
    const mir::Function& f = m_.functions[id];
    v.type = f.values[f.results[0]].type;
    for (const Type type : f.parameters) v.args.push_back(any(type));
    add(v);
  }
  void function(std::string name, std::size_t operations) {
    mir::Function f;
    f.name = std::move(name);
    values_ = &f.values;
    kernel_ = nullptr;
    for (const Type type : {Type::F64, Type::I64, Type::Mask, Type::F64}) {
      mir::Value v{};
      v.op = Op::Param;
      v.type = type;
      v.index = static_cast<std::int32_t>(f.parameters.size());
      f.parameters.push_back(type);
      add(v);
    }
    for (std::size_t i = 0; i < operations; ++i) pure_operation(m_.functions.size());
    f.results.push_back(ValueId(f.values.size() - 1));
    m_.functions.add(std::move(f));
  }

  /// Look-ups at one base and several constant distances, as polynomials by segment make them; `base` below 128, or of run (row: level) and place.
  void look_up_group() {
    const bool row = below(2) == 0;
    ValueId sum = constant(0.0), base = index_below(below(2) == 0 ? 16 : 128, row);
    if (below(2) == 0) base = apply(Op::IAdd, {apply(Op::UMul32, {index_below(row ? 4 : 8, row), constant(std::int64_t{row ? 208 : 16})}), index_below(16, row)});
    for (std::int64_t k = 0; k < 6; ++k) {
      const ValueId index = k == 0 ? base : apply(Op::IAdd, {base, constant(16 * k)});
      sum = apply(Op::Add, {sum, apply(row ? Op::RowTableF : Op::TableF, {index}, row ? 0 : 2)});
    }
  }

  /// A select by period and future whose sides are long chains that nobody else uses, one in the other.
  void choice() {
    const std::size_t first = values_->size();
    const ValueId x = apply(Op::Add, {any_future(Type::F64), any(Type::F64)});
    const ValueId t = apply(Op::FromBits, {apply(Op::IAnd, {leaf(Op::PeriodI, 2), constant(std::int64_t{0x3fffffffffffffff})})});
    ValueId result = apply(Op::Mul, {x, t});
    for (int depth = 0; depth < 2; ++depth) {
      const ValueId mask = below(2) == 0 ? any(Type::Mask) : apply(Op::Lt, {any(Type::F64), t});
      ValueId chain = result;
      for (int i = 0; i < 3; ++i) chain = apply(Op::Div, {chain, apply(Op::Sqrt, {apply(Op::Add, {chain, t})})});
      const ValueId other = any(Type::F64);
      result = apply(Op::Select, below(2) == 0 ? std::vector{mask, chain, other} : std::vector{mask, other, chain});
    }
    for (std::size_t i = first; i < result.index(); ++i) hidden_.insert(ValueId(i));
  }

  /// Selects or shortcuts that stand side by side and choose alike, over long chains, twice: the second ones need what the first computed.
  void bundle() {
    const std::size_t first = values_->size();
    const ValueId t = apply(Op::FromBits, {apply(Op::IAnd, {leaf(Op::PeriodI, 2), constant(std::int64_t{0x3fffffffffffffff})})});
    const ValueId mask = apply(Op::Lt, {any_future(Type::F64), below(2) == 0 ? t : any(Type::F64)});
    const bool shortcut = below(2) == 0, sunk = below(2) == 0, flipped = below(2) == 0;
    const ValueId other = sunk ? constant(0.0) : any(Type::F64);
    ValueId chain = apply(Op::Add, {any_future(Type::F64), t});
    for (int round = 0; round < 2; ++round) {
      std::vector<ValueId> chains, results;
      for (int i = 0; i < 3; ++i) {
        chain = apply(Op::Div, {chain, apply(Op::Sqrt, {apply(Op::Add, {chain, t})})});
        chains.push_back(shortcut ? apply(Op::Select, {mask, other, chain}) : chain);
      }
      for (const ValueId x : chains) {
        const bool swap = flipped && !shortcut;
        results.push_back(apply(shortcut ? Op::Shortcut : Op::Select, {mask, swap ? x : other, swap ? other : x}));
      }
      for (const ValueId x : results) {
        if (!sunk) break;
        mir::Value v{};
        v.op = Op::Accumulate;
        v.args = {x};
        v.address.base = static_cast<std::uint32_t>(m_.outputs[0] + below(16));
        add(v);
      }
    }
    for (std::size_t i = first; i < values_->size(); ++i) hidden_.insert(ValueId(i));
  }

  /// A function that gives the futures 2k and 2k+1 two halves of one result, as draws do; the last one.
  void pair_function() {
    mir::Function f;
    f.name = "pairs";
    values_ = &f.values;
    kernel_ = nullptr;
    for (std::int32_t i = 0; i < 2; ++i) {
      mir::Value v{};
      v.op = Op::Param;
      v.type = Type::I64;
      v.index = i;
      f.parameters.push_back(Type::I64);
      add(v);
    }
    mir::Value shift{};
    shift.op = Op::Shr;
    shift.integer = 1;
    shift.args = {ValueId(1)};
    const ValueId pair = add(shift), one = constant(std::int64_t{1});
    const ValueId even = apply(Op::IMul, {apply(Op::IXor, {pair, ValueId(0)}), constant(std::int64_t{0x9E3779B97F4A7C1})});
    const ValueId odd = apply(Op::IXor, {even, apply(Op::Shr, {even})});
    f.results = {apply(Op::ISelect, {apply(Op::IEq, {apply(Op::IAnd, {ValueId(1), one}), one}), odd, even})};
    m_.functions.add(std::move(f));
  }
  void pair_call() {
    mir::Value v{};
    v.op = Op::Call;
    v.function = mir::FunctionId(m_.functions.size() - 1);
    v.type = Type::I64;
    v.args = {below(2) == 0 ? leaf(Op::Seed) : leaf(Op::ColumnI, 2), leaf(Op::FutureNo)};
    add(v);
  }

  // ---- kernels
  /// Slots: 4 + 4 reached by columns, then by periods, then 16 at the end: base + row + 3 * period + period_slot fits.
  mir::Address address() {
    mir::Address a;
    a.base = static_cast<std::uint32_t>(below(4));
    if (below(2) == 0) a.row_slot = below(3) == 0 ? constant(static_cast<std::int64_t>(below(4))) : leaf(Op::ColumnI, 3);
    if (below(2) == 0) a.period_stride = static_cast<std::uint32_t>(1 + below(3));
    if (below(3) == 0) a.period_slot = leaf(Op::PeriodI, 3);
    return a;
  }
  void memory_operation() {
    mir::Value v{};
    const std::size_t kind = below(4);
    if (kind == 3) {
      apply(Op::Require, {any(Type::Mask)});
      return;
    }
    v.op = kind == 0 ? Op::Load : kind == 1 ? Op::Store : Op::Accumulate;
    v.address = address();
    if (kind != 0) v.args.push_back(any(Type::F64));
    add(v);
  }
  void leaves() {
    for (std::int32_t i = 0; i < 2; ++i) leaf(Op::ColumnF, i);
    for (std::int32_t i = 2; i < 4; ++i) leaf(Op::ColumnI, i);
    for (std::int32_t i = 0; i < 2; ++i) leaf(Op::PeriodF, i);
    for (std::int32_t i = 2; i < 4; ++i) leaf(Op::PeriodI, i);
    leaf(Op::Seed);
    const ValueId future = leaf(Op::FutureNo);   // also as an f64, 2^52 + its number
    apply(Op::FromBits, {apply(Op::IOr, {future, constant(std::int64_t{0x4330000000000000})})});
    for (int i = 0; i < 3; ++i) constant(number());
    constant(integer());
    for (std::size_t i = 0; i < kernel_->state.size(); ++i) leaf(Op::Prev, static_cast<std::int32_t>(i));
  }
  void kernel(std::string name, std::size_t operations) {
    mir::Kernel k;
    k.name = std::move(name);
    k.rows = static_cast<std::uint32_t>(1 + below(5));
    k.registers = static_cast<std::uint32_t>(1 + below(2));
    for (const std::uint32_t step : {2u, 3u, 4u, 5u})
      if (m_.periods % step == 0 && below(2) == 0) k.step = step;
    for (std::uint32_t r = 0; r < k.rows; ++r) k.row_names.push_back("row " + std::to_string(r));
    for (int i = 0; i < 2; ++i) k.columns.push_back(floats(k.rows));
    for (const int size : {0, 4}) k.columns.push_back(integers(k.rows, size));
    mir::Column shapes{"shapes", Type::F64, {}, {}};
    for (std::uint32_t r = 0; r < k.rows; ++r) shapes.numbers.push_back(0.5 + static_cast<double>(below(80)) / 4);
    k.columns.push_back(shapes);
    k.state.resize(below(4));
    values_ = &k.values;
    hidden_.clear();
    kernel_ = &k;
    const ValueId shape = leaf(Op::ColumnF, 4), other = constant(2.5);
    k.row_tables.push_back({mir::RowTable::Family::Beta, shape, other});
    k.row_tables.push_back({mir::RowTable::Family::Gamma, shape, {}});
    leaves();
    for (std::size_t i = 0; i < operations; ++i) {
      const std::size_t kind = below(12);
      if (kind < 2)
        memory_operation();
      else if (kind == 3 && below(3) == 0)
        look_up_group();
      else if (kind == 3 && below(2) == 0)
        pair_call();
      else if (kind == 3 && below(2) == 0)
        bundle();
      else if (kind == 3)
        choice();
      else if (kind == 2)
        apply(Op::RowTableF, {index_below(1024, true)}, static_cast<std::int32_t>(below(2)));
      else
        pure_operation(m_.functions.size());
    }
    for (mir::StateSlot& slot : k.state) slot.next = any(Type::F64);
    show_unused(k);
    m_.kernels.add(std::move(k));
    kernel_ = nullptr;
  }
  /// Everything that nobody uses is added to the results, so that a wrong bit shows.
  void show_unused(const mir::Kernel& k) {
    std::vector<bool> used(k.values.size());
    for (const mir::Value& v : k.values) {
      for (const ValueId a : v.args) used[a.index()] = true;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      const Type type = k.values[ValueId(i)].type;
      if (used[i] || type == Type::None) continue;
      ValueId x(i);
      if (type == Type::I64) {   // never a NaN, whose bits would not be compared
        mir::Value high{};
        high.op = Op::Shr;
        high.integer = 2;
        high.args = {x};
        const ValueId bits = below(2) == 0 ? add(high) : apply(Op::IAnd, {x, constant(std::int64_t{0x3fffffffffffffff})});
        x = apply(Op::FromBits, {bits});
      }
      if (type == Type::Mask) x = apply(Op::Select, {x, constant(1.0), constant(0.0)});
      mir::Value v{};
      v.op = below(4) == 0 ? Op::Accumulate : Op::Store;
      v.args = {x};
      v.address.base = static_cast<std::uint32_t>(m_.outputs[0] + i % 16);
      add(v);
    }
  }
};

}  // namespace horizon::testing
