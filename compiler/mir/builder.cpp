#include "compiler/mir/builder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace horizon::mir {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t x) {
  hash ^= x + 0x9E3779B97F4A7C15u + (hash << 6) + (hash >> 2);
  return hash * 0xFF51AFD7ED558CCDu;
}

std::uint64_t hash_of(const Value& value) {
  std::uint64_t hash = static_cast<std::uint64_t>(value.op);
  for (const ValueId id : value.args) hash = mix(hash, id.value);
  hash = mix(hash, std::bit_cast<std::uint64_t>(value.number));
  hash = mix(hash, static_cast<std::uint64_t>(value.integer));
  hash = mix(hash, static_cast<std::uint64_t>(value.index));
  return mix(hash, value.function.value);
}

bool is_plus_zero(std::optional<double> x) { return x && std::bit_cast<std::uint64_t>(*x) == 0; }
bool is_minus_zero(std::optional<double> x) { return x && *x == 0 && std::signbit(*x); }

}  // namespace

// ---- appending ---------------------------------------------------------------------------------------------------

bool Builder::same(const Value& a, const Value& b) const {
  return a.op == b.op && a.type == b.type && a.args == b.args && a.integer == b.integer && a.index == b.index &&
         a.function == b.function &&
         std::bit_cast<std::uint64_t>(a.number) == std::bit_cast<std::uint64_t>(b.number);
}

ValueId Builder::append(Value value) {
  if (function_ == nullptr) {
    value.level = own_level(value);
    for (const ValueId id : value.args) value.level |= level(id);
    if (value.address.row_slot) value.level |= level(value.address.row_slot);
    if (value.address.period_slot) value.level |= level(value.address.period_slot);
  }
  value.span = span_;
  return values_->add(std::move(value));
}

ValueId Builder::share(Value value) {
  const std::uint64_t hash = hash_of(value);
  const auto [begin, end] = numbering_.equal_range(hash);
  for (auto at = begin; at != end; ++at)
    if (same((*values_)[at->second], value)) return at->second;
  const ValueId id = append(std::move(value));
  numbering_.emplace(hash, id);
  return id;
}

ValueId Builder::leaf(Op op, Type type, std::int32_t index) { return pure(op, type, {}, 0, index); }

ValueId Builder::pure(Op op, Type type, std::vector<ValueId> args, std::int64_t integer, std::int32_t index,
                      FunctionId function) {
  Value value{};
  value.op = op;
  value.type = type;
  value.args = std::move(args);
  value.integer = integer;
  value.index = index;
  value.function = function;
  return share(std::move(value));
}

// ---- what is known -----------------------------------------------------------------------------------------------

std::optional<double> Builder::constant(F x) const {
  const Value& value = (*values_)[x.id];
  if (value.op != Op::ConstF) return std::nullopt;
  return value.number;
}

std::optional<std::int64_t> Builder::constant(I x) const {
  const Value& value = (*values_)[x.id];
  if (value.op != Op::ConstI) return std::nullopt;
  return value.integer;
}

/// A mask has no constant of its own: true is written 0 == 0, false 0 == 1.
std::optional<bool> Builder::constant(M m) const {
  const Value& value = (*values_)[m.id];
  if (value.op != Op::IEq) return std::nullopt;
  const auto a = constant(I{value.args[0]}), b = constant(I{value.args[1]});
  if (!a || !b) return std::nullopt;
  return *a == *b;
}

Builder::M Builder::truth(bool value) { return {pure(Op::IEq, Type::Mask, {ci(0).id, ci(value ? 0 : 1).id})}; }

Builder::M Builder::truth_of(F x) {
  const Value& value = (*values_)[x.id];
  if (const auto known = constant(x)) return truth(*known != 0);
  if (value.op == Op::Select && constant(F{value.args[1]}) == 1.0 && constant(F{value.args[2]}) == 0.0)
    return {value.args[0]};
  return mnot(eq(x, c(0)));
}

Builder::F Builder::mask_mul(F mask, F y) {
  if (const auto known = constant(mask)) {
    if (*known == 0) return c(0);
    return mul(mask, y);
  }
  const Value& value = (*values_)[mask.id];
  if (value.op == Op::Select && constant(F{value.args[1]}) == 1.0 && constant(F{value.args[2]}) == 0.0)
    return select(M{value.args[0]}, y, c(0));
  return select(eq(mask, c(0)), c(0), mul(mask, y));
}

// ---- numbers -----------------------------------------------------------------------------------------------------

Builder::F Builder::c(double x) {
  Value value{};
  value.op = Op::ConstF;
  value.type = Type::F64;
  value.number = x;
  return {share(std::move(value))};
}

Builder::F Builder::add(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a + *b);
  if (is_minus_zero(a)) return y;
  if (is_minus_zero(b)) return x;
  return {pure(Op::Add, Type::F64, {x.id, y.id})};
}

Builder::F Builder::sub(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a - *b);
  if (is_plus_zero(b)) return x;
  return {pure(Op::Sub, Type::F64, {x.id, y.id})};
}

Builder::F Builder::mul(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a * *b);
  if (a == 1.0) return y;
  if (b == 1.0) return x;
  return {pure(Op::Mul, Type::F64, {x.id, y.id})};
}

Builder::F Builder::div(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a / *b);
  if (b == 1.0) return x;
  return {pure(Op::Div, Type::F64, {x.id, y.id})};
}

Builder::F Builder::fma(F x, F y, F z) {
  const auto a = constant(x), b = constant(y), d = constant(z);
  if (a && b && d) return c(std::fma(*a, *b, *d));
  return {pure(Op::Fma, Type::F64, {x.id, y.id, z.id})};
}

Builder::F Builder::neg(F x) {
  if (const auto a = constant(x)) return c(-*a);
  return {pure(Op::Neg, Type::F64, {x.id})};
}
Builder::F Builder::abs(F x) {
  if (const auto a = constant(x)) return c(std::fabs(*a));
  return {pure(Op::Abs, Type::F64, {x.id})};
}
Builder::F Builder::sqrt(F x) {
  if (const auto a = constant(x)) return c(std::sqrt(*a));
  return {pure(Op::Sqrt, Type::F64, {x.id})};
}
Builder::F Builder::floor(F x) {
  if (const auto a = constant(x)) return c(std::floor(*a));
  return {pure(Op::Floor, Type::F64, {x.id})};
}
Builder::F Builder::ceil(F x) {
  if (const auto a = constant(x)) return c(std::ceil(*a));
  return {pure(Op::Ceil, Type::F64, {x.id})};
}

Builder::F Builder::min(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a < *b ? *a : *b);
  return {pure(Op::Min, Type::F64, {x.id, y.id})};
}
Builder::F Builder::max(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return c(*a > *b ? *a : *b);
  return {pure(Op::Max, Type::F64, {x.id, y.id})};
}

// ---- tests -------------------------------------------------------------------------------------------------------

Builder::M Builder::lt(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(*a < *b);
  return {pure(Op::Lt, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::le(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(*a <= *b);
  return {pure(Op::Le, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::eq(F x, F y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(*a == *b);
  return {pure(Op::Eq, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::ieq(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(*a == *b);
  return {pure(Op::IEq, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::ilt(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(*a < *b);
  return {pure(Op::ILt, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::ult(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return truth(static_cast<std::uint64_t>(*a) < static_cast<std::uint64_t>(*b));
  return {pure(Op::IUlt, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::mand(M x, M y) {
  if (const auto a = constant(x)) return *a ? y : x;
  if (const auto b = constant(y)) return *b ? x : y;
  if (x.id == y.id) return x;
  return {pure(Op::And, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::mor(M x, M y) {
  if (const auto a = constant(x)) return *a ? x : y;
  if (const auto b = constant(y)) return *b ? y : x;
  if (x.id == y.id) return x;
  return {pure(Op::Or, Type::Mask, {x.id, y.id})};
}
Builder::M Builder::mnot(M x) {
  if (const auto a = constant(x)) return truth(!*a);
  const Value& value = (*values_)[x.id];
  if (value.op == Op::Not) return {value.args[0]};
  return {pure(Op::Not, Type::Mask, {x.id})};
}
Builder::F Builder::select(M m, F x, F y) {
  if (const auto known = constant(m)) return *known ? x : y;
  if (x.id == y.id) return x;
  return {pure(Op::Select, Type::F64, {m.id, x.id, y.id})};
}
Builder::F Builder::shortcut(M m, F a, F b) {
  if (const auto known = constant(m)) return *known ? a : b;
  if (a.id == b.id) return a;
  return {pure(Op::Shortcut, Type::F64, {m.id, a.id, b.id})};
}
Builder::I Builder::iselect(M m, I x, I y) {
  if (const auto known = constant(m)) return *known ? x : y;
  if (x.id == y.id) return x;
  return {pure(Op::ISelect, Type::I64, {m.id, x.id, y.id})};
}

// ---- whole numbers: two's complement, wrapping --------------------------------------------------------------------

namespace {
std::uint64_t u(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::int64_t s(std::uint64_t x) { return static_cast<std::int64_t>(x); }
}  // namespace

Builder::I Builder::ci(std::int64_t x) { return {pure(Op::ConstI, Type::I64, {}, x)}; }

Builder::I Builder::f2bits(F x) {
  if (const auto a = constant(x)) return ci(std::bit_cast<std::int64_t>(*a));
  return {pure(Op::BitsOf, Type::I64, {x.id})};
}
Builder::F Builder::bits2f(I x) {
  if (const auto a = constant(x)) return c(std::bit_cast<double>(*a));
  return {pure(Op::FromBits, Type::F64, {x.id})};
}
Builder::I Builder::iadd(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(s(u(*a) + u(*b)));
  if (a == 0) return y;
  if (b == 0) return x;
  return {pure(Op::IAdd, Type::I64, {x.id, y.id})};
}
Builder::I Builder::isub(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(s(u(*a) - u(*b)));
  if (b == 0) return x;
  return {pure(Op::ISub, Type::I64, {x.id, y.id})};
}
Builder::I Builder::imul(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(s(u(*a) * u(*b)));
  return {pure(Op::IMul, Type::I64, {x.id, y.id})};
}
Builder::I Builder::iand(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(*a & *b);
  return {pure(Op::IAnd, Type::I64, {x.id, y.id})};
}
Builder::I Builder::ior(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(*a | *b);
  return {pure(Op::IOr, Type::I64, {x.id, y.id})};
}
Builder::I Builder::ixor(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(*a ^ *b);
  return {pure(Op::IXor, Type::I64, {x.id, y.id})};
}
Builder::I Builder::shl(I x, int n) {
  if (const auto a = constant(x)) return ci(s(u(*a) << n));
  return {pure(Op::Shl, Type::I64, {x.id}, n)};
}
Builder::I Builder::shr(I x, int n) {
  if (const auto a = constant(x)) return ci(s(u(*a) >> n));
  return {pure(Op::Shr, Type::I64, {x.id}, n)};
}
Builder::I Builder::sar(I x, int n) {
  if (const auto a = constant(x)) return ci(*a >> n);
  return {pure(Op::Sar, Type::I64, {x.id}, n)};
}
Builder::I Builder::umul32(I x, I y) {
  const auto a = constant(x), b = constant(y);
  if (a && b) return ci(s((u(*a) & 0xffffffffu) * (u(*b) & 0xffffffffu)));
  return {pure(Op::UMul32, Type::I64, {x.id, y.id})};
}

// ---- tables, calls, memory ---------------------------------------------------------------------------------------

Builder::F Builder::table(const double* numbers, int size, I index) {
  const std::vector<double> wanted(numbers, numbers + size);
  for (std::size_t i = 0; i < module_->tables.size(); ++i) {
    const auto& have = module_->tables[TableId(i)].numbers;
    if (have.size() == wanted.size() && std::equal(have.begin(), have.end(), wanted.begin()))
      return table(TableId(i), index);
  }
  const std::string name = "table" + std::to_string(module_->tables.size());
  return table(module_->tables.add(Table{name, wanted}), index);
}

Builder::F Builder::table(TableId table, I index) {
  return {pure(Op::TableF, Type::F64, {index.id}, 0, static_cast<std::int32_t>(table.value))};
}

Builder::F Builder::row_table(std::int32_t row_table, I index) {
  return {pure(Op::RowTableF, Type::F64, {index.id}, 0, row_table)};
}

ValueId Builder::param(Type type) {
  HZ_CHECK(function_ != nullptr && function_->parameters.size() == values_->size());
  const auto index = static_cast<std::int32_t>(function_->parameters.size());
  function_->parameters.push_back(type);
  return leaf(Op::Param, type, index);
}

ValueId Builder::call(FunctionId function, std::vector<ValueId> args) {
  const Function& callee = module_->functions[function];
  HZ_CHECK(callee.results.size() == 1 && callee.parameters.size() == args.size());
  return pure(Op::Call, callee.values[callee.results[0]].type, std::move(args), 0, -1, function);
}

Builder::F Builder::solve_beta(I bits, F a, F b) {
  return {pure(Op::SolveBeta, Type::F64, {bits.id, a.id, b.id})};
}
Builder::F Builder::solve_poisson(I bits, F mean) {
  return {pure(Op::SolvePoisson, Type::F64, {bits.id, mean.id})};
}
Builder::F Builder::solve_gamma(I bits, F shape) {
  return {pure(Op::SolveGamma, Type::F64, {bits.id, shape.id})};
}

Builder::F Builder::load(const Address& address) {
  Value value{};
  value.op = Op::Load;
  value.type = Type::F64;
  value.address = address;
  return {append(std::move(value))};
}

void Builder::store(const Address& address, F x) {
  Value value{};
  value.op = Op::Store;
  value.type = Type::None;
  value.args = {x.id};
  value.address = address;
  append(std::move(value));
}

void Builder::accumulate(const Address& address, F x) {
  Value value{};
  value.op = Op::Accumulate;
  value.type = Type::None;
  value.args = {x.id};
  value.address = address;
  append(std::move(value));
}

ValueId Builder::copy(const Value& value) {
  at(value.span);
  return info(value.op).effect ? append(value) : share(value);
}

void Builder::require(M m) {
  if (constant(m) == true) return;
  Value value{};
  value.op = Op::Require;
  value.type = Type::None;
  value.args = {m.id};
  append(std::move(value));
}

}  // namespace horizon::mir
