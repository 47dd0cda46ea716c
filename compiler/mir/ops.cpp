#include <array>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {
namespace {

enum class Traits : std::uint8_t { P, E };

constexpr std::array infos = {
#define MIR_OP(name, text, result, operands, traits) OpInfo{text, Type::result, operands, Traits::traits == Traits::E},
#include "compiler/mir/ops.def"
#undef MIR_OP
};

constexpr std::array<std::string_view, 4> types = {
#define MIR_TYPE(name, text) text,
#include "compiler/mir/ops.def"
#undef MIR_TYPE
};

}  // namespace

const OpInfo& info(Op op) {
  const auto index = static_cast<std::size_t>(op);
  HZ_CHECK(index < infos.size());
  return infos[index];
}

std::string_view to_text(Type type) { return types[static_cast<std::size_t>(type)]; }

Levels own_level(const Value& value) {
  switch (value.op) {
    case Op::ColumnF:
    case Op::ColumnI:
    case Op::RowTableF:
      return Row;
    case Op::PeriodF:
    case Op::PeriodI:
      return Period;
    case Op::Seed:
    case Op::FutureNo:
    case Op::Require:
      return Future;
    case Op::Prev:
      return Row | Period | Future;
    case Op::Load:
    case Op::Store:
    case Op::Accumulate:
      return value.address.period_stride != 0 ? Future | Period : Future;
    default:
      return Constant;
  }
}

}  // namespace horizon::mir
