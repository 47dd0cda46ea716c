#include "compiler/driver/footprint.hpp"

#include <bit>

#include "base/check.hpp"

namespace horizon::driver {
namespace {

/// A set of slots, first as flags.
class Slots {
 public:
  explicit Slots(std::uint32_t slots) : in_(slots) {}
  void add(std::uint64_t slot) {
    HZ_CHECK(slot < in_.size());
    in_[slot] = 1;
  }
  std::vector<plan::SlotRange> ranges() const {
    std::vector<plan::SlotRange> ranges;
    for (std::uint32_t slot = 0; slot < in_.size(); ++slot) {
      if (in_[slot] == 0) continue;
      if (ranges.empty() || ranges.back().end != slot) ranges.push_back({slot, slot});
      ranges.back().end = slot + 1;
    }
    return ranges;
  }

 private:
  std::vector<std::uint8_t> in_;
};

}  // namespace

Addresses::Addresses(const mir::Module& module, const mir::Kernel& kernel, const plan::Kernel& made)
    : kernel_(kernel), made_(made), layout_(mir::uniform_layout(kernel)), steps_(module.periods / kernel.step) {}

void Addresses::each(const mir::Address& address, const std::function<void(std::uint64_t)>& see) const {
  const bool by_period = address.period_stride != 0 || (address.period_slot && varies(address.period_slot, mir::Period));
  const std::uint32_t rows = address.row_slot && varies(address.row_slot, mir::Row) ? kernel_.rows : 1;
  const std::uint32_t steps = by_period ? steps_ : 1;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::uint64_t row_slot = part(address.row_slot, row, 0);
    if (row > 0 && row_slot == part(address.row_slot, row - 1, 0)) continue;
    for (std::uint32_t step = 0; step < steps; ++step) {
      see(address.base + row_slot + std::uint64_t{step} * address.period_stride + part(address.period_slot, 0, step));
    }
  }
}

/// The value of a part of an address; `row_slot` varies by row alone, `period_slot` by period alone.
std::uint64_t Addresses::part(mir::ValueId id, std::size_t row, std::size_t step) const {
  if (!id) return 0;
  const mir::Value& value = kernel_.values[id];
  if (value.op == mir::Op::ConstI) return static_cast<std::uint64_t>(value.integer);
  const auto place = static_cast<std::size_t>(layout_.place[id.index()]);
  switch (value.level) {
    case mir::Constant: return std::bit_cast<std::uint64_t>(made_.constants.at(place));
    case mir::Row: return std::bit_cast<std::uint64_t>(made_.row_values.at(row * layout_.row_values + place));
    case mir::Period: return std::bit_cast<std::uint64_t>(made_.time_values.at(step * layout_.time_values + place));
    default: break;
  }
  HZ_CHECK(false);
  return 0;
}

plan::Footprint footprint_of(const mir::Module& module, const mir::Kernel& kernel, const plan::Kernel& made) {
  const Addresses addresses(module, kernel, made);
  Slots reads(module.slots), writes(module.slots);
  for (const mir::Value& value : kernel.values) {
    if (value.op == mir::Op::Load) addresses.each(value.address, [&](std::uint64_t slot) { reads.add(slot); });
    if (value.op == mir::Op::Store || value.op == mir::Op::Accumulate) addresses.each(value.address, [&](std::uint64_t slot) { writes.add(slot); });
  }
  return {nullptr, reads.ranges(), writes.ranges()};
}

}  // namespace horizon::driver
