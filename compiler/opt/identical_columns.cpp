#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "compiler/opt/moved.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

bool same_bits(const mir::Column& a, const mir::Column& b) {
  return a.type == b.type && a.integers == b.integers && a.numbers.size() == b.numbers.size() &&
         (a.numbers.empty() || std::memcmp(a.numbers.data(), b.numbers.data(), a.numbers.size() * sizeof(double)) == 0);
}

bool is_column(const mir::Value& v) { return v.op == mir::Op::ColumnF || v.op == mir::Op::ColumnI; }

/// Everything but the number of the value and its place in the scenario.
bool is_shareable(const mir::Value& v) { return !mir::info(v.op).effect; }

auto key_of(const mir::Value& v) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v.number, sizeof bits);
  return std::tuple(v.op, v.type, v.args, bits, v.integer, v.index, v.function);
}

void merge(mir::Kernel& kernel) {
  std::vector<std::int32_t> first(kernel.columns.size());
  for (std::size_t c = 0; c < first.size(); ++c) {
    std::size_t at = 0;
    while (!same_bits(kernel.columns[at], kernel.columns[c])) ++at;
    first[c] = static_cast<std::int32_t>(at);
  }
  std::map<decltype(key_of(kernel.values[mir::ValueId(0)])), mir::ValueId> known;
  std::vector<mir::ValueId> instead(kernel.values.size());
  const auto redirect = [&](mir::ValueId& id) {
    if (id) id = instead[id.index()];
  };
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    mir::Value& v = kernel.values[mir::ValueId(i)];
    instead[i] = mir::ValueId(i);
    if (is_column(v)) v.index = first[static_cast<std::size_t>(v.index)];
    move_operands(v, redirect);
    if (is_shareable(v)) instead[i] = known.emplace(key_of(v), mir::ValueId(i)).first->second;
  }
  move_uses(kernel, redirect);
}

}  // namespace

void merge_identical_columns(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels)
    if (!kernel.values.empty()) merge(kernel);
}

}  // namespace horizon::opt
