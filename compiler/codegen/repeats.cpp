#include "compiler/codegen/repeats.hpp"

#include <optional>

namespace horizon::codegen {
namespace {

using mir::Value;
using mir::ValueId;

constexpr std::size_t least_rounds = 5;

/// But for their operands.
bool is_alike(const Value& a, const Value& b) {
  return a.op == b.op && a.type == b.type && a.args.size() == b.args.size() && a.number == b.number &&
         a.integer == b.integer && a.index == b.index && a.function == b.function;
}

/// The second round shows where operands stand; false if the first does not fit to it.
bool take_first_round(const mir::Function& f, Repeats& r) {
  r.first.assign(r.length, {});
  for (std::size_t i = r.begin; i < r.begin + r.length; ++i) {
    const Value &one = f.values[ValueId(i)], &two = f.values[ValueId(i + r.length)];
    for (std::size_t k = 0; k < one.args.size(); ++k) {
      const ValueId a = one.args[k], b = two.args[k];
      if (b.index() < r.begin || b.index() >= r.begin + r.length) {
        if (b.index() != a.index() + (b.index() < r.begin ? 0 : r.length)) return false;
        continue;
      }
      ValueId& first = r.first[b.index() - r.begin];
      if (a.index() >= r.begin || (first && first != a)) return false;
      first = a;
    }
  }
  return true;
}

/// Whether round `round`, from 2 on, goes on as those before do.
bool goes_on(const mir::Function& f, const Repeats& r, std::size_t round) {
  for (std::size_t i = r.begin + round * r.length; i < r.begin + (round + 1) * r.length; ++i) {
    if (i >= f.values.size()) return false;
    const Value &before = f.values[ValueId(i - r.length)], &value = f.values[ValueId(i)];
    if (!is_alike(before, value)) return false;
    for (std::size_t k = 0; k < value.args.size(); ++k) {
      const std::size_t a = before.args[k].index();
      if (value.args[k].index() != a + (a < r.begin ? 0 : r.length)) return false;
    }
  }
  return true;
}

/// Values of earlier rounds than the last two are gone behind the loop, of the last but one there are those
/// that the last one takes.
bool is_there_after(const Repeats& r, ValueId id) {
  if (!r.holds(id.index()) || id.index() >= r.begin + (r.count - 1) * r.length) return true;
  return id.index() >= r.begin + (r.count - 2) * r.length && r.first[(id.index() - r.begin) % r.length];
}

bool is_whole(const mir::Function& f, const Repeats& r) {
  for (std::size_t i = r.begin + r.count * r.length; i < f.values.size(); ++i) {
    for (const ValueId a : f.values[ValueId(i)].args)
      if (!is_there_after(r, a)) return false;
  }
  for (const ValueId id : f.results)
    if (!is_there_after(r, id)) return false;
  return true;
}

std::optional<Repeats> repeats_at(const mir::Function& f, std::size_t begin, std::size_t length) {
  for (std::size_t i = begin; i < begin + length; ++i)
    if (!is_alike(f.values[ValueId(i)], f.values[ValueId(i + length)])) return std::nullopt;
  Repeats r{begin, length, 2, {}};
  if (!take_first_round(f, r)) return std::nullopt;
  while (goes_on(f, r, r.count)) ++r.count;
  if (!is_whole(f, r)) return std::nullopt;
  return r;
}

/// Two rounds in place of each; one that is left stands before the loop, where operands may still be known or
/// shared.
std::optional<Repeats> two_at_once(const mir::Function& f, const Repeats& r) {
  return repeats_at(f, r.begin + (r.count % 2) * r.length, 2 * r.length);
}

}  // namespace

Repeats repeats_of(const mir::Function& f) {
  Repeats best;
  for (std::size_t begin = f.parameters.size(); begin < f.values.size(); ++begin) {
    for (std::size_t length = 1; begin + least_rounds * length <= f.values.size(); ++length) {
      const auto found = repeats_at(f, begin, length);
      if (found && found->count >= least_rounds && found->length * found->count > best.length * best.count)
        best = *found;
    }
  }
  return best.count == 0 ? best : two_at_once(f, best).value_or(Repeats{});
}

}  // namespace horizon::codegen
